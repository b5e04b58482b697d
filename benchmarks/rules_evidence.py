"""Applies every safe fix to released packages, and runs their own tests before and after.

    python -m benchmarks.rules_evidence PLACE [PACKAGE==VERSION ...] [--unsafe]

Below PLACE each package gets its source distribution and a virtual environment of its own; both stay for a second look.
Rows go into the table of `docs/rules-evidence.md`. With `--unsafe` the unsafe fixes are applied too, and nothing is
written: their tests may fail, which is why such fixes are offered only after they were verified.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tarfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from uv import find_uv_bin

from bot.core import card
from codemods import RewriteError, catalogue, find, rewrite
from rules import load

PAGE = Path(__file__).parents[1] / "docs" / "rules-evidence.md"
MARK = "<!-- written by benchmarks/rules_evidence.py -->\n"
HEADINGS = (
    "| package | lines | safe sites | other sites | applied | tests before | tests after | ended otherwise | gain "
    "| rules |"
)
PACKAGES = (
    "cachetools==6.2.1", "more-itertools==10.8.0", "h11==0.16.0", "tomlkit==0.13.3", "marshmallow==4.0.1",
    "itsdangerous==2.2.0", "sqlparse==0.5.3", "toolz==1.0.0", "simpy==4.1.1", "lark==1.2.2", "jinja2==3.1.6",
    "hpack==4.1.0", "idna==3.11", "mistune==3.1.4", "wcwidth==0.2.14", "pyparsing==3.2.5",
    "click==8.3.0", "tabulate==0.9.0", "boltons==25.0.0", "soupsieve==2.8",
    "attrs==25.4.0", "jsonschema==4.25.1", "packaging==25.0", "networkx==3.5",
)  # fmt: skip
NEEDED = (
    "pytest", "hypothesis", "freezegun", "pretend", "numpy", "trio", "pytest-regressions", "pyyaml", "interegular",
    "ephemeral-port-reserve", "cryptography", "watchdog", "pytest-timeout", "jsonpath-ng", "simplejson",
    "python-dateutil", "beautifulsoup4", "html5lib", "lxml",
)  # fmt: skip
NOT_SOURCE = frozenset(
    {"test", "tests", "testing", "docs", "doc", "examples", "example", "build", "venv", ".venv", "bench", "benchmarks"}
)
LENIENT = (
    "--ignore=docs", "--ignore=examples", "--continue-on-collection-errors", "-W", "ignore::pytest.PytestWarning",
)  # fmt: skip
TESTS_WALL_S = 900
CLOCK = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?")
"""What some packages put into the names of their tests."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one package."""

    package: str
    lines: int
    sites: Counter[str]
    rules: Counter[str]
    before: dict[str, str]
    after: dict[str, str]

    @property
    def changed(self) -> list[str]:
        """The tests that end in another way than before."""
        names = {*self.before, *self.after}
        return sorted(name for name in names if self.before.get(name) != self.after.get(name))


def run(*argv: str | Path, place: Path | None = None, wall_s: int = TESTS_WALL_S) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(item) for item in argv], cwd=place, capture_output=True, text=True, timeout=wall_s, check=False
    )


def prepare(package: str, place: Path) -> tuple[Path, Path]:
    """The unpacked source distribution, fresh, and the interpreter of an environment in which its tests run."""
    home = place / package
    python = home / "venv" / "bin" / "python"
    if not python.exists():
        home.mkdir(parents=True, exist_ok=True)
        run(find_uv_bin(), "venv", "--quiet", "--seed", "--python", sys.executable, home / "venv")
        # Only the package itself comes as source: what builds its metadata may be a wheel.
        download = ("-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", package.partition("==")[0])
        done = run(python, *download, "-d", home, package)
        if done.returncode:
            raise RuntimeError(f"{package}: {done.stderr[-500:]}")
        run(find_uv_bin(), "pip", "install", "--quiet", "--python", python, package, *NEEDED)
    [archive] = home.glob("*.tar.gz")
    shutil.rmtree(home / "source", ignore_errors=True)
    with tarfile.open(archive) as files:
        files.extractall(home / "source", filter="data")
    [source] = (home / "source").iterdir()
    done = run(find_uv_bin(), "pip", "install", "--quiet", "--python", python, "--no-deps", "--editable", source)
    if done.returncode:
        raise RuntimeError(f"{package}: {done.stderr[-500:]}")
    return source, python


def outcomes(source: Path, python: Path) -> dict[str, str]:
    """How each test of the package ends."""
    report = source.parent / "report.xml"
    report.unlink(missing_ok=True)
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", f"--junitxml={report}", "-o", "addopts=")
    run(python, "-m", "pytest", *options, *LENIENT, place=source)
    if not report.exists():
        return {}
    found: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        ends = [child.tag for child in case if child.tag in {"failure", "error", "skipped"}]
        name = CLOCK.sub("now", f"{case.get('classname')}::{case.get('name')}")
        found[name] = ends[0] if ends else "passed"
    return found


def modules(source: Path) -> Iterator[Path]:
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).parts
        is_test = path.name.startswith("test_") or path.name in {"conftest.py", "setup.py", "noxfile.py"}
        if not is_test and not NOT_SOURCE & set(parts):
            yield path


def apply(path: Path, levels: set[str]) -> tuple[Counter[str], Counter[str]]:
    """Rewrite every site of these levels, one rule after the other; the sites by level, and those changed by rule."""
    found = find(path.read_bytes())
    sites = Counter(item.site.fix for item in found.found)
    rules: Counter[str] = Counter()
    text = found.source
    for rule in catalogue():
        try:
            while True:
                every = rewrite(rule, text).sites
                chosen = [index for index, site in enumerate(every) if site.fix in levels]
                if not chosen or rules[rule] > sum(sites.values()) * 3:
                    break
                text = rewrite(rule, text, only=chosen[-1]).source
                rules[rule] += 1
        except RewriteError:
            continue
    if rules.total():
        path.write_bytes(text.encode(found.encoding))
    return sites, rules


def look(package: str, place: Path, levels: set[str]) -> Row:
    source, python = prepare(package, place)
    before = outcomes(source, python)
    sites: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    lines = 0
    for path in modules(source):
        lines += path.read_bytes().count(b"\n")
        found, changed = apply(path, levels)
        sites += found
        rules += changed
    return Row(package, lines, sites, rules, before, outcomes(source, python))


def gain(rules: Counter[str]) -> str:
    """The least and the most that the cards of these rules measured, at their largest size."""
    found: list[float] = []
    for rule in rules:
        rows = re.findall(r"^\| \d+ \|(.*)\|$", card.parse(load(rule)).sections["Evidence"], flags=re.MULTILINE)
        found += [float(ratio) for ratio in rows[-1].split("|")]
    return f"{min(found):.1f} to {max(found):.1f}" if found else ""


def line(row: Row) -> str:
    passed = [Counter(side.values())["passed"] for side in (row.before, row.after)]
    others = row.sites.total() - row.sites["safe"]
    rules = ", ".join(f"{rule} {count}" for rule, count in row.rules.most_common())
    counts = [row.lines, row.sites["safe"], others, row.rules.total(), *passed, len(row.changed)]
    cells = [row.package, *counts, gain(row.rules), rules]
    return f"| {' | '.join(map(str, cells))} |"


def write(row: Row) -> None:
    """Put the row into the page's table, in the place of the one that it has for this package."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
    old = [text for text in rest.splitlines() if text.startswith("| ") and "==" in text]
    rows = {text.split("|")[1].strip(): text for text in [*old, line(row)]}
    lines = [HEADINGS, "|---" * HEADINGS.count(" | ") + "|---|", *(rows[package] for package in sorted(rows))]
    PAGE.write_text(f"{head}{MARK}\n" + "\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("place", type=Path)
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--unsafe", action="store_true")
    arguments = parser.parse_args()
    for package in arguments.packages or PACKAGES:
        try:
            row = look(package, arguments.place.resolve(), {"safe", "unsafe"} if arguments.unsafe else {"safe"})
        except (RuntimeError, ValueError, subprocess.TimeoutExpired) as error:
            print(f"{package}: {error}", flush=True)
            continue
        print(line(row), row.changed[:5], flush=True)
        if not arguments.unsafe:
            write(row)


if __name__ == "__main__":
    main()
