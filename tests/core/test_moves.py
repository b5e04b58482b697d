from __future__ import annotations

import pytest

from bot.core.moves import restored_decorators
from tests.core.test_changed import Diff

OLD = """\
import functools


class A:
    @functools.lru_cache(maxsize=8)
    def f(self, x):
        return x


def g():
    return 1
"""


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(OLD.replace("    @functools.lru_cache(maxsize=8)\n", ""), OLD, id="one that is gone comes back"),
        pytest.param(
            OLD.replace("    @functools.lru_cache(maxsize=8)\n    def f(self, x):", "    def f(self, x, y=1):"),
            OLD.replace("def f(self, x):", "def f(self, x, y=1):"),
            id="over a signature that has changed",
        ),
        pytest.param(OLD.replace("return x", "return x + 1"), None, id="none was removed"),
        pytest.param(
            OLD.replace("    @functools.lru_cache(maxsize=8)\n", "").replace("import functools\n", ""),
            None,
            id="not one whose name is gone as well",
        ),
    ],
)
def test_restored_decorators(make_repository, new, expected):
    diff = Diff(make_repository, {"m.py": OLD}, {"m.py": new})
    one = next(one for one in diff.functions if one.name == "A.f")
    restored = restored_decorators(diff.base.text("m.py"), diff.head.text("m.py"), one)
    assert (restored.source if restored else None) == expected
