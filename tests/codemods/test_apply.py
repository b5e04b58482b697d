"""Edits that would leave no program are not made, wherever they stand; only what is around them is compiled to know."""

from __future__ import annotations

import libcst as cst
import pytest

from codemods import _apply, find
from codemods._apply import fits, replace, replacements
from codemods._edit import Edit
from codemods._tree import Tree

PLAIN = "def f(a):\n    return PLACE\n"
ITERABLE = "def f(a):\n    return [b for b in PLACE]\n"
IN_CLASS = (
    "class A:\n    x = 1\n\n    # why\n    @property\n    def f(self):\n        super().f\n        return PLACE\n"
)
IN_BRANCH = "if 1:\n\tdef f(a):\n\t\treturn [b for b in PLACE]\n"
NONLOCAL = "def f():\n    n = 0\n    def g():\n        nonlocal n\n        return PLACE\n    return g\n"
DEEP = "def f():\n    n = m = 0\n    def g():\n        def h():\n            nonlocal n, m\n        return PLACE\n"
ASYNC = "class A:\n    async def f(self):\n        return [PLACE for _ in ()]\n"
STATEMENT = "x = 1\ny = [PLACE]\n"
TWO = "class A:\n    def f(self):\n        return PLACE\n    def g(self):\n        return [a for a in PLACE]\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(
    ("source", "new", "is_program"),
    [
        pytest.param(PLAIN, "await a", False, id="await where nothing waits"),
        pytest.param(PLAIN, "(b := a)", True, id="an assignment in place"),
        pytest.param(ITERABLE, "(c := a)", False, id="an assignment in what a comprehension runs over"),
        pytest.param(IN_CLASS, "(b := 1)", True, id="in a method behind a comment and a decorator"),
        pytest.param(IN_CLASS, "await a", False, id="await in a method"),
        pytest.param(IN_BRANCH, "a", True, id="in a branch, with tabs"),
        pytest.param(IN_BRANCH, "(c := a)", False, id="an assignment in a branch, with tabs"),
        pytest.param(NONLOCAL, "(n := 1)", True, id="a variable of the function around it"),
        pytest.param(NONLOCAL, "await n", False, id="await beside a variable of the function around it"),
        pytest.param(DEEP, "n + m", True, id="around a function with variables from further out"),
        pytest.param(DEEP, "[n for n in (m := 1)]", False, id="no program around such a function"),
        pytest.param(ASYNC, "await a", True, id="await where it may be"),
        pytest.param(STATEMENT, "a", True, id="a statement of the module"),
        pytest.param(STATEMENT, "(yield)", False, id="yield outside of functions"),
        pytest.param(TWO, "a", True, id="two functions"),
        pytest.param(TWO, "(b := a)", False, id="two functions, of which one would be no program"),
        pytest.param("def f(a=PLACE):\n    pass\n", "(b := 1)", True, id="a default"),
        pytest.param("def f(a):\n    nonlocal a\n    return PLACE\n", "1", True, id="what was no program before"),
    ],
)
def test_what_was_a_program_stays_one(source: str, new: str, is_program: bool, newline: str) -> None:
    tree = Tree(cst.parse_module(source.replace("\n", newline)))
    expression = cst.parse_expression(new)
    changes = {node: lambda _: expression for node in tree.loads("PLACE")}
    function = tree.functions[0] if tree.functions else None
    edit = Edit(function, "safe", "", changes)  # type: ignore[arg-type]  # where there is none, nobody asks
    assert fits(tree, edit) is is_program


@pytest.mark.parametrize("statement", ["b = 1", "return 2"])
def test_a_statement_at_the_end_of_a_function_is_none_of_the_next(statement: str) -> None:
    tree = Tree(cst.parse_module(TWO))
    first, second = tree.functions
    [line] = first.node.body.body
    [place] = [node for node in tree.loads("PLACE") if tree.start(node) > tree.start(second.node)]
    edit = Edit(first, "safe", "", {place: lambda _: cst.Name("b")}, after={line: statement})
    assert fits(tree, edit)
    assert f"PLACE\n        {statement}\n    def g" in replace(tree.source, replacements(tree, [edit]))


def test_only_the_function_around_an_edit_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    monkeypatch.setattr(_apply, "compiles", lambda text: compiled.append(text) or True)  # type: ignore[func-returns-value]
    methods = [f"    def f{n}(self, a):\n        return list(b for b in a)\n" for n in range(30)]
    source = "class A:\n" + "".join(methods)
    assert len(find(source).found) == len(compiled) == len(methods)
    assert sum(map(len, compiled)) < 2 * len(source)
