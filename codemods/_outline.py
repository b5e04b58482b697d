"""Lists what occurs in the functions of a module, from the quick tree of the standard library.

Its partner is `Codemod.SIGNS`: a rule of which no sign occurs need not look at the module at all.
"""

from __future__ import annotations

import ast

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CONSTANTS = (ast.Constant, ast.UnaryOp, ast.Tuple)
FEW = 3
IN_LOOP = "loop "


def signs(module: ast.Module) -> frozenset[str]:
    """Such as `len()`, `.pop()`, `in`, `+=` and `for`, of everything in functions; again with `loop ` if in a loop.

    `constants` is a collection of some constants, `recursion` a call of the function that it stands in.
    """
    found: set[str] = set()
    stack: list[tuple[ast.AST, str | None, str]] = [(module, None, "")]
    while stack:
        node, prefix, function = stack.pop()
        if prefix is not None:
            sign = _sign(node)
            if sign:
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
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                stack.append((value, prefix, function))
            elif isinstance(value, list):
                stack += [(item, prefix, function) for item in value if isinstance(item, ast.AST)]
    return frozenset(found)


def _sign(node: ast.AST) -> str:
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return f"{name}()"
        case ast.Call(func=ast.Attribute(attr=name)):
            return f".{name}()"
        case ast.Compare(ops=ops):
            return "in" if isinstance(ops[0], ast.In | ast.NotIn) else "compare"
        case ast.AugAssign():
            return "+="
        case ast.For() | ast.AsyncFor():
            return "for"
        case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.DictComp():
            return "comprehension"
        case ast.List(elts=items) | ast.Set(elts=items) | ast.Dict(values=items) if len(items) >= FEW:
            return "constants" if all(isinstance(item, _CONSTANTS) for item in items) else ""
    return ""
