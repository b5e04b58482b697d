"""Compares the rules with other tools in the same run, on texts whose answers are known and on real code.

    python -m benchmarks.peers PLACE [--lines 20000]

Below PLACE the tools get a virtual environment of their own, from the package index. Partner: the pairs of
`tests/codemods/`, each with expressions whose answers must stay the same: a fix after which they differ is wrong.
*Found* counts pairs with a finding of any of the tool's rules about speed; *fixed* those that it rewrote; seconds are
those of a clock and of processors per 1,000 lines of the standard library, each tool run as its users run it, with its
start and nothing kept from before.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from benchmarks.sweep_speed import chosen

PAIRS = Path(__file__).parents[1] / "tests" / "codemods"
TOOLS = ("ruff", "refurb", "perflint", "codemodder", "fixit")
RUFF_RULES = "PERF,C4,SIM,FURB,PIE810,PLR6201,PLR1714,PLR6104,PLC0206,PLC0207,RUF005,RUF015,RUF017"
CODEMODS = "use-generator,use-set-literal,combine-startswith-endswith,combine-isinstance-issubclass,use-walrus-if"
WALL_S = 600
OWN = """
import sys
from pathlib import Path
from codemods import find, rewrite
for name in sys.argv[1:]:
    path = Path(name)
    source = path.read_bytes().decode()
    for rule in {one.rule for one in find(source).found}:
        source = rewrite(rule, source).source
        print(f"{name}:{rule}")
    path.write_bytes(source.encode())
"""
ANSWERS = """
import sys, types
def answer(call, scope):
    try:
        value = eval(call, scope)
        return repr(value) if not isinstance(value, types.GeneratorType) else repr(list(value))
    except Exception as error:
        return type(error).__name__
scope = {"__name__": "case"}
exec(compile(open(sys.argv[1]).read(), "case", "exec"), scope)
print([answer(call, scope) for call in scope["CALLS"]])
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """How a tool looks at files, and how it fixes them in place; None where it cannot."""

    look: Callable[[Path, list[str]], list[str]]
    fix: Callable[[Path, list[str]], list[str]] | None


def command(name: str, *options: str) -> Callable[[Path, list[str]], list[str]]:
    return lambda tools, files: [str(tools / name), *options, *files]


def sweep(_: Path, files: list[str]) -> list[str]:
    """`perfwright sweep`, which looks at commits, with nothing kept."""
    place = Path(files[0]).parent
    git = ["git", "-C", str(place), "-c", "user.name=someone", "-c", "user.email=someone@example.org"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *command], check=True)
    return ["env", f"PERFWRIGHT_HOME={place}/.git/home", sys.executable, "-m", "bot", "sweep", str(place)]


# Without W8301, a tuple instead of a list: it finds the list of expressions that each pair holds for the tests.
PERFLINT = (
    "--load-plugins=perflint", "--disable=all", "--score=n",
    "--enable=W8101,W8102,W8201,W8202,R8203,W8204,W8205,W8401,W8402,W8403",
)  # fmt: skip
RUFF = ("--isolated", "--preview", "--no-cache", "--target-version", "py311", "--output-format", "concise")
TABLE: Mapping[str, Tool] = {
    "perfwright": Tool(
        sweep,
        lambda _, files: [sys.executable, "-c", OWN, *files],
    ),
    "ruff": Tool(
        command("ruff", "check", *RUFF, "--select", RUFF_RULES),
        command("ruff", "check", *RUFF, "--select", RUFF_RULES, "--fix", "--unsafe-fixes", "--show-fixes"),
    ),
    "refurb": Tool(command("refurb", "--enable-all", "--quiet", "--python-version", "3.11"), None),
    "perflint": Tool(command("pylint", *PERFLINT), None),
    "fixit": Tool(command("fixit", "--quiet", "lint"), command("fixit", "--quiet", "fix", "--automatic")),
    "codemodder": Tool(
        lambda tools, files: [
            str(tools / "codemodder"), str(Path(files[0]).parent), "--dry-run", "--codemod-include", _named(CODEMODS),
            "--path-include", "**.py", "--output", os.devnull,
        ],
        lambda tools, files: [
            str(tools / "codemodder"), str(Path(files[0]).parent), "--codemod-include", _named(CODEMODS),
            "--path-include", "**.py", "--output", os.devnull,
        ],
    ),
}  # fmt: skip


def _named(names: str) -> str:
    return ",".join(f"pixee:python/{name}" for name in names.split(","))


def install(place: Path) -> Path:
    """The directory with the tools' programs."""
    home = place / "peers"
    if not (home / "bin" / "codemodder").exists():
        subprocess.run([find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
        command = [find_uv_bin(), "pip", "install", "--quiet", "--python", str(home / "bin" / "python"), *TOOLS]
        subprocess.run(command, check=True)
    return home / "bin"


def run(argv: list[str]) -> tuple[str, float, float]:
    """What a tool prints, and the seconds of a clock and of processors that it takes."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=WALL_S, check=False)
    wall_s, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout + done.stderr, wall_s, cpu_s


def answers(path: Path) -> str:
    """What the expressions of a text give; hashes are the same in every process, so that sets keep their order."""
    argv = [sys.executable, "-W", "ignore", "-c", ANSWERS, str(path)]
    done = subprocess.run(argv, env={"PYTHONHASHSEED": "0"}, capture_output=True, text=True, check=False)
    return done.stdout or "no answers"


def row(name: str, tools: Path, place: Path, real: list[str], lines: int) -> str:
    home = place / name
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    texts: dict[Path, str] = {}
    for path in sorted(PAIRS.glob("*/*.before.py")):
        copy = home / f"{path.parent.name}_{path.name.replace('.before', '')}"
        copy.write_bytes(path.read_bytes())
        texts[copy] = copy.read_bytes().decode()
    files = [str(path) for path in texts]
    tool = TABLE[name]
    said, *_ = run(tool.look(tools, files) if name != "perfwright" else tool.fix(tools, files))  # type: ignore[misc]
    if name == "codemodder" and tool.fix is not None:
        said, *_ = run(tool.fix(tools, files))
    elif tool.fix is not None and name != "perfwright":
        run(tool.fix(tools, files))
    changed = [path for path, text in texts.items() if path.read_bytes().decode() != text]
    found = [path for path in texts if path.name in said or path in changed]
    wrong = []
    for path in changed:
        original = home / "original.py"
        original.write_bytes(texts[path].encode())
        if answers(original) != answers(path):
            wrong.append(path.name)
    print(f"{name}: wrong {wrong}", file=sys.stderr, flush=True)
    sample = place / f"{name}-real"
    shutil.rmtree(sample, ignore_errors=True)
    sample.mkdir()
    copies = [str(shutil.copy(path, sample / f"m{number}_{Path(path).name}")) for number, path in enumerate(real)]
    try:
        _, wall_s, cpu_s = run(tool.look(tools, copies))
        seconds = f"{wall_s * 1000 / lines:.3f} | {cpu_s * 1000 / lines:.3f}"
    except subprocess.TimeoutExpired:
        seconds = f"did not end in {WALL_S} s | "
    fixed = str(len(changed)) if tool.fix else "-"
    return f"| {name} | {len(found)} | {fixed} | {len(wrong) if tool.fix else '-'} | {seconds} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path)
    parser.add_argument("--lines", type=int, default=20_000)
    arguments = parser.parse_args()
    place = arguments.place.resolve()
    tools = install(place)
    real = chosen(arguments.lines)
    lines = sum(count for _, count in real)
    pairs = len(list(PAIRS.glob("*/*.before.py")))
    print(f"| tool | found, of {pairs} | fixed | wrong fixes | s per 1,000 lines | of processors |")
    print("|---|---|---|---|---|---|")
    for name in TABLE:
        print(row(name, tools, place, [str(path) for path, _ in real], lines), flush=True)


if __name__ == "__main__":
    main()
