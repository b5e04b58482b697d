"""What was not seen is never equal, and one difference is enough, wherever it stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.behaviour import Alike, compare, left_otherwise

seen = st.builds("{}{}.{}".format, st.sampled_from("=!"), st.sampled_from("ab"), st.sampled_from("xy"))
unseen = st.builds("?{}".format, st.text("abc", max_size=3))
words = st.lists(seen | unseen, max_size=12)


def same(calls, **more):
    return compare(calls, calls, calls, **more)


@given(words)
def test_a_version_is_like_itself_but_for_what_was_not_seen(calls):
    alike = same(calls)
    assert (alike.different, alike.beyond) == (None, None)
    assert alike.same == sum(call[0] != "?" for call in calls)
    assert alike.same + alike.left_out == len(calls)


@given(words, words, words, st.sets(st.integers(0, 11)), words)
def test_every_call_is_counted_once_or_is_the_reason(before, again, after, beyond, base):
    alike = compare(before, again, after, beyond=beyond, base=base)
    longest = max(map(len, (before, again, after)))
    assert alike.same + alike.left_out <= longest
    assert alike.same + alike.left_out == longest or (alike.different, alike.beyond) != (None, None)


@given(st.lists(seen, min_size=1, max_size=9), st.data())
def test_one_changed_result_is_a_difference_wherever_it_stands(calls, data):
    number = data.draw(st.integers(0, len(calls) - 1))
    changed = [*calls]
    changed[number] = data.draw((seen | unseen).filter(lambda one: one != calls[number]))
    assert compare(calls, calls, changed).different == number


@given(st.lists(seen, min_size=1, max_size=9), words)
def test_what_does_not_do_the_same_twice_is_neither_equal_nor_different(calls, after):
    again = [f"{call}!" for call in calls]
    assert compare(calls, again, after[: len(calls)]).same == 0
    assert compare(calls, again, after[: len(calls)]).different is None


@pytest.mark.parametrize(
    ("before", "after", "base", "expected"),
    [
        pytest.param("=a.x", "!b.x", "", Alike(beyond=0), id="one refuses: held against it"),
        pytest.param("!a.x", "=b.x", "", Alike(beyond=0), id="one no longer refuses: held against it"),
        pytest.param("=a.x", "=a.y", "", Alike(beyond=0), id="only what it leaves behind differs: held against it"),
        pytest.param("=a.x", "=b.x", "=b.x", Alike(different=0), id="another result: wrong, whatever base does"),
        pytest.param("=a.x", "?late", "", Alike(beyond=0), id="no end: held against it"),
        pytest.param(
            "!a.x", "!b.x", "", Alike(left_out=1, reasons=("both versions refuse it, in other words",)),
            id="both refuse: no difference and no proof",
        ),
        pytest.param(
            "=a.x", "!b.x", "!b.x", Alike(left_out=1, reasons=("base does the same as the fix",)),
            id="base refuses as the fix does: no difference and no proof",
        ),
    ],
)  # fmt: skip
def test_beyond_the_types_that_were_recorded(before, after, base, expected):
    assert compare([before], [before], [after], beyond={0}, base=[base] if base else []) == expected


def test_within_the_types_that_were_recorded_base_excuses_a_refusal_and_no_result():
    assert compare(["=a.x"], ["=a.x"], ["!b.x"], base=["!b.x"]).different is None
    assert compare(["=a.x"], ["=a.x"], ["!b.x"]).different == 0
    assert compare(["!a.x"], ["!a.x"], ["!b.x"]).different == 0
    assert compare(["=a.x"], ["=a.x"], ["=b.x"], base=["=b.x"]).different == 0


def test_calls_that_both_refuse_are_the_same_and_did_not_return():
    alike = same(["=a.x", "!b.x", "!b.x"])
    assert (alike.same, alike.returned) == (3, 1)


def test_calls_that_one_side_had_no_time_for_are_left_out():
    alike = compare(["=a.x", "=b.x"], ["=a.x"], ["=a.x", "=b.x"])
    assert (alike.same, alike.left_out, alike.reasons) == (1, 1, ("the time for replaying was spent",))


HELD = (("a.py", "", ""), ("a.py", "SEEN", "1"))
OTHERWISE = (("a.py", "", ""), ("a.py", "SEEN", "2"))


@pytest.mark.parametrize(
    ("again", "after", "words", "expected"),
    [
        pytest.param(HELD, HELD, "=a", None, id="the same"),
        pytest.param(HELD, OTHERWISE, "=a", ("a.py", "SEEN"), id="another value"),
        pytest.param(HELD, HELD[:1], "=a", ("a.py", "SEEN"), id="no value any more"),
        pytest.param(HELD, (), "=a", None, id="the file is not loaded"),
        pytest.param(OTHERWISE, OTHERWISE, "=a", None, id="not the same twice"),
        pytest.param(HELD, OTHERWISE, "?a call did not end in time", None, id="a call was cut short"),
        pytest.param(HELD, OTHERWISE, "?the arguments cannot be made again (X)", ("a.py", "SEEN"), id="one not made"),
    ],
)
def test_what_the_calls_leave_in_the_modules(again, after, words, expected):
    sides = (HELD, again, after)
    assert left_otherwise(*(([words], left) for left in sides)) == expected
    assert left_otherwise((["=a", words], HELD), *(([words], left) for left in sides[1:])) is None
