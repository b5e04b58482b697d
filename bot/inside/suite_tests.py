"""The repository's own tests as benchmarks: each test, all that it calls, without its fixtures.

Partner: `bot/runners/tests.py`.
"""

import collections
import functools
import json

import suite_pytest

MOST_CASES = 3  # of one parametrized test that may be chosen: some have tens of thousands


class Plugin(suite_pytest.Plugin):
    """Serves the tests that were chosen, or all of them as long as none has been."""

    def __init__(self, serve, root, only):
        super().__init__(serve, root)
        self.only = only
        self.cases = collections.Counter()

    def is_benchmark(self, item):
        """Tests of random input are left out: no two runs of them do the same."""
        if self.only is not None:
            return self.identity(item.nodeid) in self.only
        function = item.nodeid.partition("[")[0]
        self.cases[function] += 1
        is_random = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        return self.cases[function] <= MOST_CASES and not is_random

    def is_whole(self, item):
        return not suite_pytest.has_fixture(item)


def load(spec, serve):
    """Collect the tests and serve them; where some are chosen, their files alone: collecting is slow while counting."""
    only = spec["options"].get("only")
    chosen = None if only is None else set(json.loads(only))
    holding = {one.partition("::")[0] for one in chosen or ()}
    paths = [path for path in spec["paths"] if path in holding] or spec["paths"]
    suite_pytest.load(dict(spec, paths=paths), serve, functools.partial(Plugin, only=chosen))
