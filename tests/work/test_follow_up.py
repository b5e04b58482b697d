"""What a merged fix is told: nothing, unless its own benchmark was measured and is not faster."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from bot.core.task import Task, Where
from bot.work import follow_up
from tests.reports.samples import SAMPLES

ITS_OWN = "tests/test_bench.py::test_parse"
CHANGED = SAMPLES["changed"]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        pytest.param({ITS_OWN: "no change"}, "did not deliver: `tests/test_bench.py::test_parse` is not", id="alike"),
        pytest.param({ITS_OWN: "regression"}, "`tests/test_bench.py::test_parse` is slower", id="slower"),
        pytest.param({ITS_OWN: "no change", "other": "improvement"}, "did not deliver", id="another is faster"),
        pytest.param({ITS_OWN: "improvement"}, "", id="faster"),
        pytest.param({ITS_OWN: "inconclusive"}, "", id="inconclusive"),
        pytest.param({ITS_OWN: "failed"}, "", id="not measured"),
        pytest.param({"other": "no change"}, "", id="no benchmark reaches what it changes"),
        pytest.param({}, "", id="nothing was measured"),
    ],
)
def test_a_merged_fix_is_told_of_what_it_promised_and_of_nothing_else(found, told):
    verdicts = tuple(replace(CHANGED.verdicts[0], id=name, verdict=word) for name, word in found.items())
    said = []
    repository = SimpleNamespace(
        marked_comment=lambda _pull, mark: next((one for one in said if one.startswith(mark)), None),
        comment=lambda _pull, body: said.append(body),
    )
    details = {"pull": 5, "merged_sha": "1" * 40, "benchmark": ITS_OWN}
    for _again in range(2):
        follow_up._tell(
            repository, Task("t", "follow_up", Where(1, 2, "a/b"), details), replace(CHANGED, verdicts=verdicts)
        )
    assert len(said) == bool(told)
    assert told in "".join(said)
