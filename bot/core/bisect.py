"""Finds the first bad commit of a range with few probes, some of which may not answer.

Partner: `bot/pipeline.py` probes by counting instructions, which gives the same answer each time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Answer = Literal["good", "bad", "skip"]


@dataclass(frozen=True, slots=True)
class Found:
    """The first bad commit; with skipped ones before it, it is one of `candidates`, the last of which is bad."""

    candidates: tuple[str, ...]
    probes: int


def search(commits: Sequence[str], probe: Callable[[str], Answer]) -> Found:
    """`commits` follow a good one in order, and the last is known to be bad."""
    answers: dict[int, Answer] = {len(commits) - 1: "bad"}
    while True:
        low = max((at for at, said in answers.items() if said == "good"), default=-1)
        high = min(at for at, said in answers.items() if said == "bad")
        open_ = [at for at in range(low + 1, high) if at not in answers]
        if not open_:
            return Found(tuple(commits[low + 1 : high + 1]), len(answers) - 1)
        # Around a commit that does not build, the nearest that is still open.
        middle = (low + high) / 2
        at = min(open_, key=lambda one: abs(one - middle))
        answers[at] = probe(commits[at])
