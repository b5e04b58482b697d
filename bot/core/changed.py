"""Which functions the diff touches: aligned across moves and renames, each with hunks that are its own.

Partner: `bot/core/cuts.py` says which of the hunks can be taken back alone.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from bot.core.model import FileChange, Hunk
from bot.core.patch import lines_of
from bot.core.source import MODULE, Function, functions, parse
from bot.core.tree import Tree

MOST_ALIGNED = 300
"""Functions that vanish, and that appear, which are compared with each other; beyond these nothing is aligned."""
ALIKE = 0.7
"""How much of two bodies must be equal for one function to be the other under a new name or in another file."""
_TINY_TOKENS = 12
"""A body this short is like many others: only one of the same name is the same function."""
PYTHON = (".py", ".pyi")


@dataclass(frozen=True, slots=True)
class Changed:
    """A function that the diff touches, on whichever sides it exists."""

    path: str
    name: str
    base_path: str
    base: Function | None
    head: Function | None
    hunks: tuple[Hunk, ...]
    """Those inside it alone; they count in `base_path` and `path`."""

    @property
    def lines(self) -> tuple[int, int]:
        """First and last line at head that the diff changed."""
        return self.lines_of(self.hunks)

    def lines_of(self, hunks: Sequence[Hunk]) -> tuple[int, int]:
        """First and last line at head that some of its hunks are about, within the function.

        A hunk that only removes is about the line in front; a removed decorator about the function's first line.
        """
        touched = [line for hunk in hunks for line in hunk.new_changed or (max(1, hunk.new_start),)] or [1]
        first, last = min(touched), max(touched)
        if self.head is None:
            return first, last
        start, end = self.head.start, self.head.end
        return min(max(first, start), end), min(max(last, start), end)


def changed_functions(changes: Sequence[FileChange], base: Tree, head: Tree) -> tuple[Changed, ...]:
    """Every function of a Python file with a changed line on either side; module level as one function.

    What only type checkers read (`.pyi`) has no functions: nothing of it ever runs.
    """
    found: list[Changed] = []
    for change in changes:
        if change.path.endswith(".py") and change.hunks:
            before = base.text(change.old_path) or "" if change.status != "added" else ""
            after = head.text(change.path) or "" if change.status != "deleted" else ""
            found += _changed_in(change, before, after)
    return tuple(_aligned(found, base, head))


def is_test(path: str) -> bool:
    """Whether a file belongs to tests, by the names that pytest goes by."""
    *folders, name = path.split("/")
    named = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
    return named or not {"test", "tests"}.isdisjoint(folders)


def left_out(changes: Sequence[FileChange], base: Tree, head: Tree) -> tuple[str, ...]:
    """What of the diff cannot be looked into, or only roughly; for people."""
    unread, rough = [], []
    for change in changes:
        if not change.path.endswith(PYTHON):
            continue
        texts = [
            tree.text(path)
            for tree, path, there in (
                (base, change.old_path, change.status != "added"),
                (head, change.path, change.status != "deleted"),
            )
            if there
        ]
        if change.binary or None in texts:
            unread.append(change.path)
        elif any(parse(text) is None for text in texts if text is not None):
            rough.append(change.path)
    notes = []
    if unread:
        notes.append(f"left out of the diagnosis, being binary, not UTF-8 or too large: {_some(unread)}")
    if rough:
        notes.append(f"read by their indentation, since this Python cannot parse them: {_some(rough)}")
    return tuple(notes)


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return ", ".join(paths[:5]) + more


def _changed_in(change: FileChange, before: str, after: str) -> list[Changed]:
    old, new = sorted(functions(before), key=_first), sorted(functions(after), key=_first)
    old_lines, new_lines = _Lines.of(before), _Lines.of(after)
    at_head = _of_both(old, new, change.hunks)
    at_base = {other: one for one, other in at_head.items()}
    hunks: dict[tuple[Function | None, Function | None], list[Hunk]] = {}
    for whole in change.hunks:
        pieces = split(whole, _touched(old, whole.old_start, whole.old_length), at_head, new)
        for hunk in _with_silent(pieces, old_lines, new_lines):
            if not _says_something(hunk, old_lines, new_lines):
                continue
            was, is_ = _most_at(old, hunk.old_changed), _most_at(new, hunk.new_changed)
            if was and is_ and was not in at_head and is_ not in at_base:
                at_base[is_] = was  # renamed
            head = is_ or (at_head.get(was) if was else None)
            hunks.setdefault((None, head) if head else (was, None), []).append(hunk)
    found = []
    for (gone, head), mine in hunks.items():
        base = at_base.get(head) if head else gone
        one = head or base
        found.append(Changed(change.path, one.name if one else MODULE, change.old_path, base, head, tuple(mine)))
    return found


def _of_both(old: Sequence[Function], new: Sequence[Function], hunks: Sequence[Hunk]) -> dict[Function, Function]:
    """The functions of base that head has as well, by their names.

    Where several have one name, as those of a property, the ones with most lines in common belong together, and of
    those that have none the first ones.
    """
    there: dict[str, list[Function]] = {}
    for one in new:
        there.setdefault(one.name, []).append(one)
    namesakes: dict[str, list[Function]] = {}
    for one in old:
        if one.name in there:
            namesakes.setdefault(one.name, []).append(one)
    found: dict[Function, Function] = {}
    for name, mine in namesakes.items():
        alike = _in_common(mine, there[name], hunks) if len(mine) > 1 or len(there[name]) > 1 else {}
        rest = [one for one in mine if one not in alike]
        found |= alike
        found |= zip(rest, [one for one in there[name] if one not in alike.values()], strict=False)
    return found


def _in_common(old: Sequence[Function], new: Sequence[Function], hunks: Sequence[Hunk]) -> dict[Function, Function]:
    """Which function of head has most of the lines that the diff leaves in one of base."""
    blocks = [_blocks(hunk) for hunk in hunks]
    ends = [end for (_, end), _ in blocks]
    shared: Counter[tuple[Function, Function]] = Counter()
    for one in old:
        for line in range(one.start, one.end + 1):
            behind = bisect_right(ends, line)
            if behind < len(blocks) and blocks[behind][0][0] <= line:
                continue  # the diff takes it away
            (_, old_end), (_, new_end) = blocks[behind - 1] if behind else ((0, 0), (0, 0))
            if other := _at(new, line - old_end + new_end):
                shared[one, other] += 1
    found: dict[Function, Function] = {}
    for (one, other), _ in shared.most_common():
        if one not in found and other not in found.values():
            found[one] = other
    return found


def _first(function: Function) -> int:
    return function.start


def _touched(found: Sequence[Function], start: int, length: int) -> Sequence[Function]:
    """The functions that a block of lines reaches into or lies beside; functions do not overlap."""
    first = bisect_right(found, start, key=_first) - 1
    return found[max(0, first) : bisect_right(found, start + length + 1, key=_first)]


def split(
    hunk: Hunk, old: Sequence[Function], at_head: Mapping[Function, Function], new: Sequence[Function]
) -> Iterator[Hunk]:
    """A hunk in pieces that end where functions end, so that each is about one function.

    A hunk puts one block of lines for another; where a function that both sides have begins or ends in both blocks,
    the blocks can be divided there. Functions that stand in another order at head divide nothing.
    """
    old_from, old_end = _block(hunk.old_start, hunk.old_length)
    new_from, new_end = _block(hunk.new_start, hunk.new_length)
    borders = [(old_from, new_from)]
    for one in old:
        if other := at_head.get(one):
            for border in ((one.start, other.start), (one.end + 1, other.end + 1)):
                last = borders[-1]
                inside = last[0] <= border[0] <= old_end and last[1] <= border[1] <= new_end
                if inside and border != last:
                    borders.append(border)
    for at, (old_line, new_line) in enumerate(borders):
        old_next, new_next = borders[at + 1] if at + 1 < len(borders) else (old_end, new_end)
        for piece in _around(old, old_line, old_next, new, new_line, new_next):
            yield hunk if len(borders) == 1 and piece == (old_line, old_next, new_line, new_next) else _hunk(*piece)


def _around(
    old: Sequence[Function], old_from: int, old_end: int, new: Sequence[Function], new_from: int, new_end: int
) -> Iterator[tuple[int, int, int, int]]:
    """A block that only adds or only removes lines is divided around each function that it adds or removes."""
    if old_from == old_end:
        for start, end in _divided(_touched(new, new_from, new_end - new_from), new_from, new_end):
            yield old_from, old_end, start, end
    elif new_from == new_end:
        for start, end in _divided(_touched(old, old_from, old_end - old_from), old_from, old_end):
            yield start, end, new_from, new_end
    else:
        yield old_from, old_end, new_from, new_end


def _divided(functions_: Sequence[Function], at: int, end: int) -> Iterator[tuple[int, int]]:
    for one in functions_:
        if at <= one.start and one.end < end:
            if at < one.start:
                yield at, one.start
            yield one.start, one.end + 1
            at = one.end + 1
    if at < end:
        yield at, end


def _block(start: int, length: int) -> tuple[int, int]:
    """First line and the one behind the last; git puts the start of an empty block one line early."""
    return (start, start + length) if length else (start + 1, start + 1)


def _hunk(old_from: int, old_end: int, new_from: int, new_end: int) -> Hunk:
    old_length, new_length = old_end - old_from, new_end - new_from
    old_start, new_start = old_from if old_length else old_from - 1, new_from if new_length else new_from - 1
    return Hunk(
        f"@@ -{old_start},{old_length} +{new_start},{new_length} @@", old_start, old_length, new_start, new_length,
        tuple(range(old_from, old_end)), tuple(range(new_from, new_end)),
    )  # fmt: skip


def _with_silent(pieces: Iterable[Hunk], old: _Lines, new: _Lines) -> Iterator[Hunk]:
    """Each piece with what follows and says nothing by itself: empty lines behind a function come and go with it."""
    waiting: Hunk | None = None
    for piece in pieces:
        if waiting is None or _says_something(piece, old, new):
            if waiting is not None:
                yield waiting
            waiting = piece
        else:
            (old_from, _), (new_from, _) = _blocks(waiting)
            (_, old_end), (_, new_end) = _blocks(piece)
            waiting = _hunk(old_from, old_end, new_from, new_end)
    if waiting is not None:
        yield waiting


def _blocks(hunk: Hunk) -> tuple[tuple[int, int], tuple[int, int]]:
    return _block(hunk.old_start, hunk.old_length), _block(hunk.new_start, hunk.new_length)


def _says_something(hunk: Hunk, old: _Lines, new: _Lines) -> bool:
    """Whether a hunk changes more than comments and empty lines."""
    return old.code(hunk.old_changed) != new.code(hunk.new_changed)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a file, and which of them lie in texts of several lines, where a `#` is no comment."""

    lines: Sequence[str]
    quoted: Collection[int]

    @classmethod
    def of(cls, source: str) -> _Lines:
        module = parse(source)
        texts = (
            node
            for node in (ast.walk(module) if module else ())
            if isinstance(node, ast.JoinedStr)
            or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))
        )
        quoted = {line for node in texts for line in range(node.lineno, node.end_lineno or node.lineno)}
        return cls(lines_of(source), {line + 1 for line in quoted})

    def code(self, numbers: Sequence[int]) -> list[str]:
        """Those that say something, of some lines."""
        texts = ((number, self.lines[number - 1]) for number in numbers if number <= len(self.lines))
        return [
            text if number in self.quoted else text.rstrip()
            for number, text in texts
            if number in self.quoted or (text.strip() and not text.lstrip().startswith("#"))
        ]


def _most_at(found: Sequence[Function], lines: Sequence[int]) -> Function | None:
    """The function that most of the lines are in; module level only where none is in one."""
    there = Counter(one for line in lines if (one := _at(found, line)))
    return there.most_common(1)[0][0] if there else None


def _at(found: Sequence[Function], line: int) -> Function | None:
    place = bisect_right(found, line, key=_first) - 1
    return found[place] if place >= 0 and line <= found[place].end else None


def _aligned(found: Sequence[Changed], base: Tree, head: Tree) -> Iterator[Changed]:
    """The functions, those that moved or were renamed as one; without those that moved and are as they were."""
    gone = [one for one in found if one.base and not one.head]
    come = [one for one in found if one.head and not one.base]
    pairs: dict[Changed, Changed] = {}
    if len(gone) <= MOST_ALIGNED and len(come) <= MOST_ALIGNED:
        pairs = _pairs(gone, come, base, head)
    taken = set(pairs.values())
    for one in found:
        if one in taken:
            continue
        if one not in pairs:
            yield one
        elif (moved := _moved(pairs[one], one, base, head)).hunks:
            yield moved


def _pairs(gone: Sequence[Changed], come: Sequence[Changed], base: Tree, head: Tree) -> dict[Changed, Changed]:
    """Which function at head is which one of base, the most alike first."""
    old = [(one, _tokens(base.text(one.base_path), one.base)) for one in gone]
    new = [(one, _tokens(head.text(one.path), one.head)) for one in come]
    alike = [
        (likeness, number, place)
        for number, (one, its) in enumerate(new)
        for place, (other, others) in enumerate(old)
        if (likeness := _likeness(one, its, other, others)) >= ALIKE
    ]
    pairs: dict[Changed, Changed] = {}
    taken: set[int] = set()
    for _, number, place in sorted(alike, key=lambda item: (-item[0], item[1], item[2])):
        if new[number][0] not in pairs and place not in taken:
            pairs[new[number][0]] = old[place][0]
            taken.add(place)
    return pairs


def _likeness(one: Changed, its: Counter[str], other: Changed, others: Counter[str]) -> float:
    same_name = one.name.rpartition(".")[2] == other.name.rpartition(".")[2]
    total = its.total() + others.total()
    if not total or (total < 2 * _TINY_TOKENS and not same_name):
        return 0.0
    return 2 * (its & others).total() / total + (0.1 if same_name else 0.0)


def _tokens(text: str | None, function: Function | None) -> Counter[str]:
    lines = lines_of(text or "")[function.start - 1 : function.end] if function else []
    return Counter(re.findall(r"\w+|[^\w\s]", "".join(lines)))


def _moved(gone: Changed, come: Changed, base: Tree, head: Tree) -> Changed:
    """One function that stood elsewhere at base, with hunks for what differs but its name."""
    assert gone.base is not None
    assert come.head is not None
    old = lines_of(base.text(gone.base_path) or "")[gone.base.start - 1 : gone.base.end]
    new = lines_of(head.text(come.path) or "")[come.head.start - 1 : come.head.end]
    was, is_ = gone.name.rpartition(".")[2], come.name.rpartition(".")[2]
    plain = [re.sub(rf"\bdef {re.escape(was)}\b", f"def {is_}", line).strip() for line in old]
    hunks = [
        _hunk(gone.base.start + i, gone.base.start + j, come.head.start + k, come.head.start + m)
        for tag, i, j, k, m in SequenceMatcher(
            None, plain, [line.strip() for line in new], autojunk=False
        ).get_opcodes()
        if tag != "equal"
    ]
    return replace(come, base_path=gone.base_path, base=gone.base, hunks=tuple(hunks))
