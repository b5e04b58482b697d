"""Lists what occurs in the functions of a module, from the quick tree of the standard library.

Its partner is `Codemod.SIGNS`: a rule of which no sign occurs need not look at the module at all.
"""

from __future__ import annotations

import ast

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CONSTANTS = (ast.Constant, ast.UnaryOp, ast.Tuple)
_WORK = frozenset({"sum", "min", "max", "any", "all", "sorted"})
FEW = 3
IN_LOOP = "loop "


def signs(module: ast.Module) -> frozenset[str]:
    """Such as `len()`, `.pop()`, `in name` and `+=`, of everything in functions; again with `loop ` if in a loop.

    `any(generator)` and `.match(text)` say what the first argument is; `in display` is a list or tuple written out,
    `in built` anything else but a name; `if call` a condition that begins with a call; `first` an index 0 of something
    that was just made; `for if` a loop that begins with a condition;
    `constants` is a collection of some constants, `recursion` a call of the function that it stands in, `property` one
    that loops.
    """
    found: set[str] = set()
    stack: list[tuple[ast.AST, str | None, str]] = [(module, None, "")]
    while stack:
        node, prefix, function = stack.pop()
        if prefix is not None:
            for sign in _signs(node):
                found.add(sign)
                if prefix:
                    found.add(prefix + sign)
                if sign == f"{function}()":
                    found.add("recursion")
            if isinstance(node, _LOOPS):
                prefix = IN_LOOP
        elif isinstance(node, _FUNCTIONS):
            prefix = ""
        if isinstance(node, ast.FunctionDef):
            function = node.name
            if any(isinstance(item, ast.Name) and item.id == "property" for item in node.decorator_list):
                found.update({"property"} if any(map(_is_work, ast.walk(node))) else ())
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                stack.append((value, prefix, function))
            elif isinstance(value, list):
                stack += [(item, prefix, function) for item in value if isinstance(item, ast.AST)]
    return frozenset(found)


def _is_work(node: ast.AST) -> bool:
    """Is it a loop, or a call of what loops over its argument?"""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name in _WORK
    return isinstance(node, _LOOPS)


def _signs(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return f"{name}()", *_signs_of_arguments(name, node)
        case ast.Call(func=ast.Attribute(attr=name)):
            return f".{name}()", *_signs_of_arguments(f".{name}", node)
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[container]):
            return (_sign_of_container(container),)
        case ast.Compare(ops=[ast.Eq()]):
            return ("==",)
        case ast.BinOp(op=ast.BitAnd()):
            return ("&",)
        case ast.AugAssign():
            return ("+=",)
        case ast.For(body=[ast.If()]):
            return ("for if",)
        case ast.If(test=test) | ast.IfExp(test=test):
            first = test.left if isinstance(test, ast.Compare) else test
            return ("if call",) if isinstance(first, ast.Call) else ()
        case ast.Subscript(value=ast.Call() | ast.ListComp(), slice=ast.Constant(value=0)):
            return ("first",)
        case ast.List(elts=items) | ast.Set(elts=items) | ast.Dict(values=items) if len(items) >= FEW:
            return ("constants",) if all(isinstance(item, _CONSTANTS) for item in items) else ()
    return ()


def _signs_of_arguments(name: str, call: ast.Call) -> tuple[str, ...]:
    match call.args:
        case [ast.GeneratorExp(), *_]:
            return (f"{name}(generator)",)
        case [ast.Constant(value=str() | bytes()), *_]:
            return (f"{name}(text)",)
    return ()


def _sign_of_container(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return "in name"
    return "in display" if isinstance(node, ast.List | ast.Tuple) else "in built"
