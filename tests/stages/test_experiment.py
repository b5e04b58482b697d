"""Which experiments are made to explain regressions, and which benchmarks a cause is told of."""

from __future__ import annotations

import pytest

from bot.core.changed import changed_functions
from bot.core.diagnose import Cost, Costs, Experiment, growth
from bot.core.diff import parse_diff
from bot.git import Repository
from bot.stages import experiment

BASE = "".join(f"def {name}(x):\n    return x\n\n\n" for name in "fghi")
HEAD = BASE.replace("return x", "return [x]")


class Laboratory:
    """Knows by how much each benchmark grows by which function; counts what is tried."""

    def __init__(self, base, head, grown):
        self.base, self.head, self._grown = base, head, grown
        self.tried = []

    def growing(self, benchmarks):
        return {one for one in benchmarks if not one.startswith("waits")}

    def experiments(self, benchmarks, taken, seeds=(0,)):
        if not benchmarks or not taken:
            return {}
        names = {cut.changed.name for cut in taken}
        if names not in self.tried:
            self.tried.append(names)
        return {one: Experiment(((100.0, 200.0, 200.0 - 100.0 * self._left(one, names)),)) for one in benchmarks}

    def _left(self, benchmark, names):
        return sum(part for name, part in self._grown[benchmark].items() if name in names)


class Explained:
    """What is found where benchmarks call functions and grow by functions."""

    def __init__(self, make_repository, paths, grown, outside=""):
        repository = Repository(make_repository({"m.py": BASE}, {"m.py": HEAD}))
        shas = repository.commit("c0"), repository.commit("c1")
        base, head = map(repository.tree, shas)
        candidates = changed_functions(parse_diff(repository.diff(*shas)), base, head)
        self.laboratory = Laboratory(base, head, grown)
        self.asked = []

        def costs(path, weight):
            return Costs({one: Cost(1, weight) for one in candidates if one.name in path}, {}, {}, 1000)

        def runs():
            self.asked.append(1)
            return {one: {each: "at import" for each in candidates if each.name in outside} for one in paths}

        profiles = {one: (costs(path, 10), costs(path, 20)) for one, path in paths.items()}
        profiles = {one: (*both, growth(candidates, *both)) for one, both in profiles.items()}
        self.causes = experiment.explain(self.laboratory, candidates, profiles, runs)

    def names(self, benchmark):
        return {cut.changed.name for cut in self.causes[benchmark].cuts}

    def outside(self, benchmark):
        return {one.name: where for one, where in self.causes[benchmark].outside.items()}


@pytest.mark.parametrize(
    ("paths", "grown", "causes"),
    [
        pytest.param({"a": "fg", "b": "fg"}, {"a": "fg", "b": "fg"}, {"a": "fg", "b": "fg"}, id="both run all of it"),
        pytest.param({"a": "fg", "b": "f"}, {"a": "fg", "b": "f"}, {"a": "fg", "b": "f"}, id="one runs a part of it"),
        pytest.param({"a": "f", "b": "g"}, {"a": "fg", "b": "g"}, {"a": "fg", "b": "g"}, id="one runs none of it"),
        pytest.param({"a": "fg", "b": "f"}, {"a": "fg", "b": "fg"}, {"a": "fg", "b": "fg"}, id="in a set-up as well"),
        pytest.param({"a": "f", "b": "g"}, {"a": "h", "b": "h"}, {"a": "h", "b": "h"}, id="what neither runs"),
        pytest.param({"a": "f", "b": "fg"}, {"a": "", "b": "g"}, {"a": "", "b": "g"}, id="nothing explains the first"),
    ],
)
def test_a_cause_is_told_of_the_benchmarks_that_it_explains(make_repository, paths, grown, causes):
    parts = {one: dict.fromkeys(names, 1 / len(names) if names else 0) for one, names in grown.items()}
    found = Explained(make_repository, paths, parts)
    assert {one: found.names(one) for one in paths} == {one: set(names) for one, names in causes.items()}
    assert all(cause.experiment.share == pytest.approx(1) for cause in found.causes.values() if cause.cuts)


@pytest.mark.parametrize(
    ("grown", "outside", "guilty", "told", "most"),
    [
        pytest.param({"f": 1}, "h", "f", {}, 1, id="nobody asks where the measured call explains it"),
        pytest.param({"h": 1}, "h", "h", {"h": "at import"}, 3, id="what runs at import"),
        pytest.param({"h": 1}, "hi", "h", {"h": "at import"}, 5, id="one of two that run at import"),
        pytest.param({"h": 1}, "", "h", {"h": ""}, 6, id="what nobody has seen"),
        pytest.param({"f": 0.5, "h": 0.5}, "h", "fh", {"h": "at import"}, 6, id="with what the call runs"),
        pytest.param({}, "hi", "", {}, 4, id="nothing"),
    ],
)
def test_what_the_measured_call_does_not_run_is_found_by_experiment(
    make_repository, grown, outside, guilty, told, most
):
    found = Explained(make_repository, {"a": "f"}, {"a": grown}, outside)
    assert found.names("a") == set(guilty)
    assert found.outside("a") == told
    assert len(found.laboratory.tried) <= most
    assert bool(found.asked) == bool(told)


def test_of_what_executes_no_more_than_before_nothing_is_tried(make_repository):
    found = Explained(make_repository, {"waits": "f"}, {"waits": {"f": 1}})
    assert (found.names("waits"), found.laboratory.tried) == (set(), [])


def test_of_very_many_changes_only_those_that_are_seen_are_tried(make_repository, monkeypatch):
    monkeypatch.setattr(experiment, "MOST_RELATED", 3)
    found = Explained(make_repository, {"a": "f"}, {"a": {"h": 1}})
    assert found.laboratory.tried == [{"f"}]
