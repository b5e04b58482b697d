"""Runs the bench: every tool on pairs of equal revisions, alone and beside a neighbour, and on pairs that differ.

    make accuracy [MINUTES=30] [ONLY=REGEX]

What was answered is kept at once, in `build/accuracy/COMMIT/verdicts.jsonl`, so that an interrupted run goes on, and
another commit begins anew. Partner: `page.py` writes what came out into docs/accuracy.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accuracy import page, revisions
from benchmarks.accuracy.neighbour import neighbour
from benchmarks.accuracy.tools import TOOLS, Place
from bot.git import Repository

BUILD = Path("build/accuracy").absolute()
PAIRS = {
    # tool: how many pairs of how many works; of equal revisions alone, of such beside a neighbour, of some that differ
    "perfwright": ((3, 72), (3, 64), (0, 0)),
    "perfwright-verdicts": ((0, 0), (0, 0), (1, 136)),
    "perfwright-time": ((1, 16), (1, 16), (2, 27)),
    "pytest-benchmark": ((1, 32), (1, 32), (1, 32)),
    "asv": ((1, 16), (1, 16), (1, 16)),
    "asv-interleaved": ((1, 16), (1, 16), (1, 16)),
    "pyperf": ((1, 4), (0, 0), (1, 4)),
    "pytest-codspeed": ((1, 16), (1, 16), (1, 16)),
}
EARLY = {"perfwright": 0.8}
"""Whose pairs are asked first, should time run out."""
CONDITIONS = ("quiet", "neighbour", "slower")
EVERY = (0.5, 1, 1.5, 2, 3, 5, 10, 3)
"""Percent; how much more the works of a pair that differs do, one after another."""
DOSES = {
    "perfwright-verdicts": tuple(dose for other in (0.5, 1, 2, 3, 5, 10, 2, 3, 5) for dose in (1.5, other, 1.5, 1.5)),
    "perfwright-time": (*(3, 3, 5, 3, 5) * 5, 1, 2),
    "pyperf": (2, 3, 5, 10),
}
"""Where more trials are needed of some, or one trial takes long."""
MINUTES = 30


@dataclass(frozen=True, slots=True)
class Job:
    """One tool is asked about one pair of revisions."""

    tool: str
    condition: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.tool}-{self.condition}-{self.number}"

    @property
    def doses(self) -> dict[str, float]:
        """The works of the pair, and by how many percent head does more of each."""
        _, count = PAIRS[self.tool][CONDITIONS.index(self.condition)]
        doses = DOSES.get(self.tool, EVERY)
        chosen = revisions.works(count, count * self.number)
        if self.condition != "slower":
            return dict.fromkeys(chosen, 0.0)
        given = [doses[(count * self.number + place) % len(doses)] for place in range(count)]
        random.Random(self.name).shuffle(given)
        return dict(zip(chosen, given, strict=True))


def jobs(minutes: float, only: str) -> list[Job]:
    """All that is asked, so mixed that every tool meets the machine in the same moods."""
    found: list[tuple[float, Job]] = []
    for tool, asked in PAIRS.items():
        for condition, (count, _) in zip(CONDITIONS, asked, strict=True):
            count = round(count * minutes / MINUTES) or min(count, 1)
            if re.search(only, f"{tool} {condition}"):
                found += [
                    ((number + 0.5) / count * EARLY.get(tool, 1.0), Job(tool, condition, number))
                    for number in range(count)
                ]
    return [job for _, job in sorted(found, key=lambda one: one[0])]


def ask(place: Place, job: Job) -> dict[str, object]:
    """Make the pair where it is not made yet, ask, and say how long it took."""
    base, head = f"{job.name}-base", f"{job.name}-head"
    if not (place.repository / ".git/refs/tags" / head).exists():
        revisions.git(place.repository, "checkout", "-q", "main")
        revisions.commit(place.repository, base, dict.fromkeys(job.doses, 0.0), seed=base)
        revisions.commit(place.repository, head, job.doses, seed=head)
    load = os.getloadavg()[0]
    with neighbour(job.number) if job.condition == "neighbour" else nullcontext():
        began = time.monotonic()
        words = TOOLS[job.tool](place, base, head, tuple(job.doses))
    seconds = time.monotonic() - began
    return {
        "tool": job.tool, "condition": job.condition, "number": job.number, "doses": job.doses, "words": words,
        "seconds": round(seconds, 1), "load": round(load, 1),
    }  # fmt: skip


def main() -> None:
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    build = BUILD / Repository(Path()).commit("HEAD")[:12]
    build.mkdir(parents=True, exist_ok=True)
    place, kept = Place(build, BUILD / "peers"), build / "verdicts.jsonl"
    if not place.repository.exists():
        revisions.start(place.repository)
    versions = place.install_peers()
    known = [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    done = {Job(one["tool"], one["condition"], one["number"]) for one in known}
    todo = [job for job in jobs(given.minutes, given.only) if job not in done]
    for number, job in enumerate(todo, 1):
        if time.monotonic() - began > given.minutes * 60:
            print(f"{len(todo) - number + 1} pairs were not asked about: the {given.minutes:g} minutes are over")
            break
        answer = ask(place, job)
        known.append(answer)
        with kept.open("a") as file:
            file.write(json.dumps(answer) + "\n")
        spent = time.monotonic() - began
        left = spent / number * (len(todo) - number)
        changed = {
            rule: said
            for rule, words in answer["words"].items()
            if (said := [f"{work} {word}" for work, word in words.items() if word in page.CHANGES])
        }
        print(f"{number}/{len(todo)} {job.tool} {job.name}: {answer['seconds']} s, about {left / 60:.0f} minutes left;"
              f" {changed or 'nothing called changed'}", flush=True)  # fmt: skip
    page.write(known, versions)


if __name__ == "__main__":
    main()
