"""What measuring says of a suite, before anything of it is measured."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bot import harness
from bot.core.model import Suite
from bot.stages.measure import LoadError, measure


@pytest.mark.parametrize(
    ("message", "more"),
    [
        pytest.param(
            "URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
            " (there is no network while measuring: keep what it loads in the repository)",
            id="that asks the network",
        ),
        pytest.param("ModuleNotFoundError: No module named 'x'", "", id="that imports what is not there"),
    ],
)
def test_a_file_that_does_not_load_says_why(message, more):
    listing = harness.Listing((), (harness.LoadError("b.py", message),))
    progress = SimpleNamespace(step=lambda text: None)
    meter = SimpleNamespace(bench=SimpleNamespace(progress=progress), listing=lambda side, suite: listing)
    sides, plan = SimpleNamespace(base=None, head=None), SimpleNamespace(suites=[Suite("asv", ())], head_suites=())
    with pytest.raises(LoadError) as caught:
        measure(meter, plan, sides)
    assert str(caught.value) == f"the benchmarks do not load at base: b.py: {message}{more}"
