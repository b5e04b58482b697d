from __future__ import annotations

import pytest

from bot.core.ledger import Saving, totals

COUNTED = Saving(5, "a" * 40, "b::x", 0.5, 3_000_000, "instructions", 0.0)
TIMED = Saving(6, "b" * 40, "b::y", 0.5, 1_000_000, "ns", 0.0)


def test_counts_and_times_become_cpu_seconds_and_energy():
    assert COUNTED.cpu_s == pytest.approx(1000)
    assert TIMED.cpu_s == pytest.approx(1000)
    assert COUNTED.kwh == pytest.approx(1000 * 10 / 3.6e6)
    assert totals([COUNTED, TIMED]) == pytest.approx((2000, 2 * COUNTED.kwh))
    assert totals([]) == (0, 0)
