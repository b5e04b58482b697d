"""A fix as a patch in a comment: what is shown there applies, or a command says how to get it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.work import _proposal
from tests.reports.samples import SAMPLES

REPORT = SAMPLES["changed"]
FIX = REPORT.fixes[0]


@pytest.mark.parametrize(
    ("patch", "shown"),
    [
        pytest.param(FIX.patch, True, id="as it is"),
        pytest.param(FIX.patch + "+    space = '\u200b'\n", False, id="a character that cannot be seen"),
        pytest.param(FIX.patch.replace("\n", "\r\n"), False, id="line ends of another system"),
        pytest.param(FIX.patch + "+    a = 1\n" * 5_000, False, id="longer than a comment"),
        pytest.param(FIX.patch + f"+    a = '{'`' * 30}'\n", False, id="more backticks than a fence shows"),
    ],
)
def test_a_patch_is_shown_whole_or_not_at_all(patch, shown):
    said = _proposal._patch(REPORT, replace(FIX, patch=patch))
    assert (patch in said) == shown
    assert ("--json FILE" in said) == (not shown)
