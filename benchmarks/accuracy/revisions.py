"""Makes the repository that is measured: revisions of equal code in ever other words, some with more work to do.

Two revisions differ as a pull request that changes nothing does: other comments and docstrings, other names of private
helpers, functions added, removed and in another order, other imports, other files. So no two share a layout in memory,
and nothing that was measured of one answers for another. `repository/` holds the words they all start from.
"""

from __future__ import annotations

import ast
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).parent / "repository"
KINDS = ("formulas", "json_lines", "ordering", "patterns", "records", "recursion", "strings", "words")
UNITS = 200
IMPORTS = ("bisect", "calendar", "colorsys", "contextlib", "copy", "fractions", "heapq", "statistics", "string", "uuid")
NOUNS = ("account", "basket", "cargo", "ledger", "margin", "parcel", "quota", "route", "signal", "ticket", "voucher")


def start(place: Path) -> None:
    """A repository with what all revisions have in common."""
    shutil.copytree(SOURCE, place, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (place / ".github/perfwright.yml", place / "asv.conf.json"):
        path.write_text(path.read_text().replace("PYTHON", f"{sys.version_info.major}.{sys.version_info.minor}"))
    git(place, "init", "-q", "-b", "main")
    commit(place, "start", dict.fromkeys(works(1), 0.0), seed="start")


def git(place: Path, *arguments: str) -> None:
    """Run git there."""
    who = ["-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    subprocess.run(["git", "-C", str(place), *who, *arguments], check=True)


def works(count: int, first: int = 0) -> tuple[str, ...]:
    """So many modules of work, of each kind in turn."""
    return tuple(f"{KINDS[(first + one) % len(KINDS)]}_{one // len(KINDS) + 1}" for one in range(count))


def commit(place: Path, name: str, doses: Mapping[str, float], seed: str) -> None:
    """One more revision, tagged `name`; `doses` has its modules, and by how many percent each works more."""
    draw = random.Random(seed)
    shutil.rmtree(place / "work", ignore_errors=True)
    (place / "work").mkdir()
    _unused_modules(place / "work", draw)
    for module, dose in doses.items():
        text = reworded((SOURCE / f"work/{module.rpartition('_')[0]}.py").read_text(), draw)
        units = UNITS + round(UNITS * dose / 100)
        (place / f"work/{module}.py").write_text(text.replace(f"UNITS = {UNITS}\n", f"UNITS = {units}\n"))
    calls = (f"\n\ndef time_{module}():\n    {module}.run()\n" for module in doses)
    suite = f'"""The work as asv runs it."""\n\nfrom work import {", ".join(doses)}\n'
    (place / "benchmarks/suite.py").write_text("".join([suite, *calls]))
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", name)
    git(place, "tag", name)


def _unused_modules(package: Path, draw: random.Random) -> None:
    """Other modules beside those that are measured, loaded before them."""
    chosen = [f"extra_{noun}" for noun in draw.sample(NOUNS, draw.randrange(6))]
    for name in chosen:
        (package / f"{name}.py").write_text("\n\n".join(_padding(draw, 12)) + "\n")
    imports = "".join(f"from work import {name}\n" for name in chosen)
    (package / "__init__.py").write_text((SOURCE / "work/__init__.py").read_text() + imports)


def reworded(text: str, draw: random.Random) -> str:
    """The same module to run, in other words."""
    docstring, before, definitions, after = _parts(text)
    if draw.random() < 0.5:
        docstring = f'"""{" ".join(draw.choices(NOUNS, k=draw.randrange(1, 60)))}."""'
    comments = [f"# {draw.choice(NOUNS)} {draw.random()}" for _ in range(draw.randrange(40))]
    imports = [f"import {name}" for name in draw.sample(IMPORTS, draw.randrange(4))]
    definitions += _padding(draw, draw.randrange(8))
    draw.shuffle(definitions)
    text = "\n\n".join(["\n".join(comments), docstring, "\n".join(imports), *before, *definitions, *after]) + "\n"
    for name in sorted(set(re.findall(r"^(?:def|class) (_\w+)", text, re.MULTILINE))):
        if draw.random() < 0.5:
            text = re.sub(rf"\b{name}\b", f"{name}_{draw.choice(NOUNS)}", text)
    return text


def _parts(text: str) -> tuple[str, list[str], list[str], list[str]]:
    """The docstring, what stands before the functions and classes, these, and what stands between and behind them."""
    lines = text.splitlines()
    before: list[str] = []
    definitions: list[str] = []
    after: list[str] = []
    docstring, *statements = ast.parse(text).body
    for one in statements:
        decorators = getattr(one, "decorator_list", [])
        written = "\n".join(lines[min([one.lineno, *(d.lineno for d in decorators)]) - 1 : one.end_lineno])
        kind = definitions if isinstance(one, ast.FunctionDef | ast.ClassDef) else after if definitions else before
        kind.append(written)
    return "\n".join(lines[: docstring.end_lineno]), before, definitions, after


def _padding(draw: random.Random, count: int) -> list[str]:
    """Functions that nobody calls."""
    made = []
    for number in range(count):
        noun, other = draw.sample(NOUNS, 2)
        lines = [f"    {other} += {draw.randrange(10**6)} * {noun}" for _ in range(draw.randrange(1, 12))]
        header = f"def {noun}_{number}({noun}, {other}={draw.random()}):"
        made.append("\n".join([header, *lines, f"    return {other}, {draw.random()}"]))
    return made
