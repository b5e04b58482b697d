"""What a person has closed is known again, and what nobody has closed is still offered."""

from __future__ import annotations

import pytest

from bot.core.model import Fix, Known, Opportunity
from bot.core.patch import make_patch
from bot.core.sites import follow, seen

RULE = "list_membership_in_loop"


def site(lines, function="parse", path="pkg/parser.py", rule=RULE):
    before = "".join(f"    {line}\n" for line in lines.split("; "))
    patch = make_patch(path, before, before.replace("[]", "set()"))
    return Opportunity(Fix(rule, path, function, patch, "unverified"), 1, 1, "safe")


SEEN, FOUND = site("seen = []"), site("found = []")


@pytest.mark.parametrize(
    ("first", "tonight", "refused"),
    [
        pytest.param([SEEN], [SEEN], [True], id="nothing has changed"),
        pytest.param([SEEN], [site("known = []")], [True], id="a name was changed"),
        pytest.param([SEEN], [site("seen: list[str] = []")], [True], id="the line was changed"),
        pytest.param([SEEN], [site("if x:; seen = []")], [True], id="it stands among other lines"),
        pytest.param([SEEN], [SEEN, site("other = []")], [True, False], id="another one has come"),
        pytest.param([SEEN, FOUND], [SEEN, FOUND], [True, False], id="nobody closed the second"),
        pytest.param([SEEN, FOUND], [FOUND, site("known = []")], [False, True], id="a name of one of two"),
        pytest.param([SEEN, FOUND], [site("kept = []"), FOUND], [True, False], id="in whichever order"),
        pytest.param([SEEN, FOUND], [FOUND], [False], id="mended by hand"),
        pytest.param([SEEN], [site("self.words.of_all = frozenset(x) or []")], [False], id="nothing alike"),
        pytest.param([SEEN], [site("seen = []", function="read")], [True], id="the function has another name"),
        pytest.param([SEEN], [site("seen = []", path="pkg/new.py")], [True], id="the file has another name"),
        pytest.param([SEEN], [site("seen = []", "read", "pkg/new.py")], [False], id="somewhere else"),
        pytest.param([SEEN], [SEEN, site("seen = []", function="read")], [True, False], id="the same lines again"),
        pytest.param([SEEN], [site("seen = []", rule="count_in_loop")], [False], id="another rule"),
    ],
)
def test_what_a_person_has_closed_is_known_again(first, tonight, refused):
    closed = first[0].key
    sites = seen(first, (), {closed})
    assert [one.key == closed for one in follow(tonight, Known(proposed=(closed,), sites=sites))] == refused


def test_a_site_is_followed_through_many_changes_and_while_it_is_away():
    closed = SEEN.key
    sites = seen([SEEN], (), {closed})
    for lines in ("known = []", "known: list = []", "", "known: list[str] = []"):
        found = follow([site(lines)] if lines else [], Known(proposed=(closed,), sites=sites))
        assert [one.key for one in found] == [closed] * len(found)
        sites = seen(found, sites, {closed})


def test_what_was_merged_is_followed_no_more():
    sites = seen([SEEN, FOUND], (), {SEEN.key})
    assert seen([], sites, ()) == ()


@pytest.mark.parametrize("closed", [SEEN.key, SEEN.place], ids=["with its lines", "without"])
def test_what_was_closed_before_sites_were_kept_is_known_by_its_function(closed):
    known = Known(proposed=(closed, "count_in_loop:pkg/parser.py:parse"))
    first = follow([site("known = []"), site("seen = []", function="read")], known)
    assert [one.key == closed for one in first] == [True, False]
    later = follow([site("known = []"), FOUND], Known(proposed=(closed,), sites=seen(first, (), {closed})))
    assert [one.key == closed for one in later] == [True, False]
