from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core import diagnose
from bot.core.changed import Changed, changed_functions
from bot.core.cuts import Cut
from bot.core.diagnose import Cause, Cost, Costs, Experiment, growth, on_the_path, suspects, without_shifts
from bot.core.diff import parse_diff
from bot.core.source import Function
from bot.git import Repository

BASE = """\
import functools

LIMIT = 3


class URL:
    @functools.cache
    def build(self):
        return 1

    def other(self):
        return 2


def helper():
    def inner():
        return 3
    return inner()
"""
HEAD = BASE.replace("    @functools.cache\n", "").replace("LIMIT = 3", "LIMIT = 4").replace("return 3", "return 30")


NOTHING = Cause()


def changed(make_repository, base, head):
    repository = Repository(make_repository(base, head))
    base_sha, head_sha = repository.commit("c0"), repository.commit("c1")
    changes = parse_diff(repository.diff(base_sha, head_sha))
    return changed_functions(changes, repository.tree(base_sha), repository.tree(head_sha))


def costs(candidates, total=0, calls=None, **weights):
    """A profile in which the named functions cost something."""
    functions = {
        one: Cost(1, weights[one.name.rpartition(".")[2]])
        for one in candidates
        if one.name.rpartition(".")[2] in weights
    }
    return Costs(functions, {}, calls or {}, total)


def told(candidates, base, head, cause=NOTHING):
    return {one.function: one for one in suspects("b", growth(candidates, base, head), base, head, cause)}


def test_shares_follow_the_growth_and_name_the_largest_first(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    found = told(candidates, costs(candidates), costs(candidates, total=1000, build=900, helper=100))
    assert [(name, one.share) for name, one in found.items()] == [("URL.build", 0.9), ("helper", 0.1)]


def test_cost_that_moved_between_functions_is_no_growth(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    base, head = costs(candidates, helper=1000), costs(candidates, total=10_000, build=1010)
    found = told(candidates, base, head)
    assert found["URL.build"].share < 0.11


def test_what_a_caller_took_over_from_a_function_is_no_growth_of_the_caller(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    calls = {("m.py", 9, "m.py", 15): 1}  # build() calls helper()
    base, head = costs(candidates, calls=calls, build=100, helper=1000), costs(candidates, build=1080, helper=10)
    assert told(candidates, base, head) == {}
    assert set(told(candidates, costs(candidates, build=100, helper=1000), head)) == {"URL.build"}, "unless unrelated"


def test_a_function_that_got_cheaper_is_no_suspect(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    base, head = costs(candidates, total=500, build=500), costs(candidates, total=100, build=100)
    assert told(candidates, base, head) == {}


def proof(candidates, *names, left=110.0, **alone):
    """Experiments have shown that these explain the growth from 100 to 200."""
    by_name = {one.name.rpartition(".")[2]: one for one in candidates}
    cuts = tuple(Cut(by_name[name], by_name[name].hunks) for name in names)
    return Cause(
        cuts, (), cuts, Experiment(((100.0, 200.0, left),)), {by_name[name]: share for name, share in alone.items()}
    )


def test_what_an_experiment_has_shown_goes_before_what_a_profile_charges(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    head = costs(candidates, total=1000, helper=1000)
    found = told(candidates, costs(candidates), head, proof(candidates, "build"))
    assert list(found) == ["URL.build", "helper"]
    assert (found["URL.build"].share, found["helper"].share) == (0.9, 0.1)
    assert found["URL.build"].interval is not None
    assert "reverting this hunk removes 90 % of the change (interval 89 % to 91 %)" in found["URL.build"].evidence


def test_what_runs_only_since_a_guilty_call_is_named_where_the_cost_is_spent(make_repository):
    before = {"m.py": "import old\n\n\ndef f(x):\n    return old.g(x)\n", "new.py": "def h(x):\n    return x\n"}
    after = {
        "m.py": before["m.py"].replace("old", "new"),
        "new.py": "def h(x):\n    return [x]\n\n\ndef g(x):\n    return h(x)\n",
    }
    candidates = changed(make_repository, before, after)
    (cut,) = [Cut(one, one.hunks) for one in candidates if one.name == "f"]
    cause = Cause((cut,), experiment=Experiment(((100.0, 600.0, 100.0),)))
    calls = {("m.py", 5, "new.py", 5): 1, ("new.py", 6, "new.py", 1): 9}
    base, head = costs(candidates, total=800, f=800), costs(candidates, total=3000, calls=calls, f=5, g=10, h=2000)
    found = told(candidates, base, head, cause)
    assert list(found) == ["h", "f"]
    assert (found["h"].share, found["f"].share) == (1.0, 1.0)
    assert "runs only since the change of f" in found["h"].evidence
    assert (
        "removes 100 % of the change: 100 of 600 instructions" in found["f"].evidence
    )  # "100 % to 100 %" says nothing
    # What ran before is not brought by the call: an experiment of its own has to say what it does.
    assert list(told(candidates, costs(candidates, total=800, f=800, h=1), head, cause)) == ["f"]


@pytest.mark.parametrize(
    ("outside", "words"),
    [
        pytest.param({}, False, id="it runs in the measured call"),
        pytest.param({"build": ""}, "it was not seen in the measured call", id="nobody has seen it"),
        pytest.param({"build": "at import"}, "it was not seen in the measured call: it runs at import", id="at import"),
    ],
)
def test_where_a_guilty_function_runs_that_the_measured_call_does_not(make_repository, outside, words):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    by_name = {one.name.rpartition(".")[2]: one for one in candidates}
    cause = replace(proof(candidates, "build"), outside={by_name[name]: runs for name, runs in outside.items()})
    one = told(candidates, costs(candidates), costs(candidates), cause)["URL.build"]
    assert [part for part in one.evidence.split("; ") if "not seen" in part] == ([words] if words else [])


def test_where_a_side_could_not_be_profiled_any_function_may_be_to_blame(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    known, unknown = costs(candidates, total=9, build=9), costs(candidates)
    assert {one.name for one in on_the_path(candidates, known, known)} == {"URL.build", "<module>"}
    assert on_the_path(candidates, known, unknown) == on_the_path(candidates, unknown, known) == candidates


def test_causes_that_add_up_have_their_own_shares(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    cause = proof(candidates, "build", "helper", left=100.0, build=0.6, helper=0.4)
    found = told(candidates, costs(candidates), costs(candidates, build=6, helper=4), cause)
    assert {name: one.share for name, one in found.items()} == {"URL.build": 0.6, "helper": 0.4}
    assert "interact" not in found["helper"].evidence


def test_causes_that_act_only_together_say_so(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    cause = proof(candidates, "build", "helper", left=100.0, build=0.02, helper=0.03)
    found = told(candidates, costs(candidates), costs(candidates, build=6, helper=4), cause)
    assert {one.share for one in found.values()} == {1.0}
    assert "alone it removes 2 %, so that they interact; together with helper" in found["URL.build"].evidence


def test_one_trial_that_no_experiment_has_confirmed_is_not_told_as_one_of_several(make_repository):
    candidates = changed(make_repository, {"m.py": BASE}, {"m.py": HEAD})
    (build,) = [one for one in candidates if one.name == "URL.build"]
    found = told(candidates, costs(candidates), costs(candidates, build=6), Cause(alone={build: 1.0}))
    assert found["URL.build"].evidence.startswith("taking its changes back removes 100 % of the change")


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(0, 6), st.integers(-50, 50)), st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)))
)
def test_taking_shifts_off_keeps_the_total_and_grows_nothing(grown, links):
    left = without_shifts(grown, lambda one, other: (one, other) in links)
    assert sum(left.values()) == pytest.approx(sum(grown.values()))
    assert all(abs(left[one]) <= abs(grown[one]) and left[one] * grown[one] >= 0 for one in grown)


def test_a_caller_among_many_functions_is_found_without_asking_each(monkeypatch):
    many = [
        Changed(path, f"f{at}", path, Function(f"f{at}", at, at + 5), Function(f"f{at}", at, at + 5), ())
        for path in ("a.py", "b.py")
        for at in range(1, 1000, 10)
    ]
    asked = []
    holds = diagnose._holds
    monkeypatch.setattr(diagnose, "_holds", lambda *given: asked.append(given) or holds(*given))
    calls = {(one.path, one.head.start + 5, other.path, other.head.start): 1 for one, other in pairwise(many)}
    between = {("a.py", 7, "b.py", 991): 1, ("b.py", 7, "b.py", 991): 1}
    base = Costs({one: Cost(1, 100 * (at % 2)) for at, one in enumerate(many)}, {}, calls | between, 0)
    head = Costs({one: Cost(1, 100 * ((at + 1) % 2)) for at, one in enumerate(many)}, {}, calls | between, 0)
    assert set(growth(many, base, head).values()) == {0.0}
    assert len(asked) <= 2 * len(calls | between)
    assert diagnose._Callers.of(many, head, "head").of_each[-1] == {len(many) - 2, ("a.py", 7), ("b.py", 7)}
