"""What bisecting measures: one count of the good commit and of another a time, or turns in CPU time.

Partner: `bot/core/bisect.py` decides which commit is next.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot.core.model import Suite
from bot.errors import UserError
from bot.harness import Listing
from bot.stages.meter import Meter, Sides


def known(benchmark: str, listings: Sequence[Listing]) -> None:
    """Raise UserError, with the nearest id, where the good commit has no such benchmark."""
    names = [one for listing in listings for one in listing.benchmarks]
    if benchmark in names:
        return
    nearest = difflib.get_close_matches(benchmark, names, 1, 0.5)
    hint = f"did you mean {nearest[0]}?" if nearest else "`perfwright check` shows the ids"
    raise UserError(f"the good revision has no benchmark {benchmark}: {hint}")


def ratio(sides: Sides, suites: Sequence[Suite], meter: Meter, benchmark: str, times: int) -> float | None:
    """What a commit costs over the good one; each time under another hash seed and layout of memory."""
    for suite in suites:
        if benchmark in meter.listing(sides.base, suite).benchmarks:
            base, head = (
                meter.counts(side, suite, [benchmark], seed=times)[benchmark].instructions
                for side in (sides.base, sides.head)
            )
            return head / base if base and head else None
    return None
