from __future__ import annotations

import msgspec
import pytest

from bot.core.ledger import Saving, totals

COUNTED = Saving(5, "a" * 40, "b::x", 0.5, 3_000_000, "instructions", 0.0)
TIMED = Saving(6, "b" * 40, "b::y", 0.5, 1_000_000, "ns", 0.0, 86_400.0)


def test_counts_and_times_become_cpu_seconds():
    assert COUNTED.cpu_s_a_call == pytest.approx(0.001)
    assert TIMED.cpu_s_a_call == pytest.approx(0.001)


def test_a_declared_rate_counts_and_else_a_million_a_day():
    assert TIMED.cpu_s_a_day == pytest.approx(86.4)
    assert COUNTED.cpu_s_a_day == pytest.approx(1000)
    assert Saving(7, "c" * 40, "b::z", 0.5, 3_000_000, "instructions", 0.0, 0.0).cpu_s_a_day == 0


def test_cpu_seconds_become_energy_and_add_up():
    assert COUNTED.kwh_a_day == pytest.approx(1000 * 10 / 3.6e6)
    assert totals([COUNTED, TIMED]) == pytest.approx((1086.4, COUNTED.kwh_a_day + TIMED.kwh_a_day))
    assert totals([]) == (0, 0)


def test_what_was_booked_before_rates_could_be_declared_is_still_read():
    booked = msgspec.json.encode({**msgspec.to_builtins(COUNTED)} | {"extra": 1})
    old = msgspec.json.encode(
        {key: value for key, value in msgspec.json.decode(booked).items() if "declared" not in key}
    )
    assert msgspec.json.decode(old, type=Saving) == COUNTED
