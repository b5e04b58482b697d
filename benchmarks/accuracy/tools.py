"""Perfwright and its peers, each asked as its users ask it: two revisions in, a word for each kind of work out.

Partner: `revisions.py` makes the revisions; `__main__.py` says who is asked how often.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from uv import find_uv_bin

from benchmarks.accuracy.revisions import git
from bot import pipeline, sandbox
from bot.git import Repository
from bot.pipeline import Request
from bot.progress import SilentProgress
from bot.sandbox import Options
from bot.workbench import Workbench

PACKAGES = ("pytest", "pytest-benchmark", "pytest-codspeed", "asv", "virtualenv", "pyperf")
CHANGED = {"+": "regression", "-": "improvement", "slower": "regression", "faster": "improvement"}
COMPARE_FAIL = ("min:5%", "median:5%", "mean:5%")
COUNT_CUT = 0.01
Works = Sequence[str]
Words = dict[str, dict[str, str]]
"""Rule -> work -> word; a tool may be read by several rules."""


class Place:
    """Where the bench works: the repository, the peers' environment, and what each tool keeps."""

    def __init__(self, build: Path, peers: Path) -> None:
        self.build, self.repository, self.bin = build, build / "repository", peers / "bin"

    def install_peers(self) -> str:
        """Install the peers where they are not, and say which versions they are."""
        uv = [find_uv_bin(), "--no-config", "--quiet"]
        python = str(self.bin / "python")
        if not self.bin.is_dir():
            subprocess.run([*uv, "venv", "--python", sys.executable, str(self.bin.parent)], check=True)
            subprocess.run([*uv, "pip", "install", "--python", python, *PACKAGES], check=True)
        listed = self._output([*uv, "pip", "list", "--python", python, "--format", "json"])
        versions = {one["name"]: one["version"] for one in json.loads(listed)}
        return ", ".join(f"{name} {versions[name]}" for name in PACKAGES[1:] if name != "virtualenv")

    def run(self, *command: str, within: Sequence[str] = (), **env: str) -> str:
        """What a peer prints; its exit status is a verdict, and read from what it prints."""
        return self._output([*within, str(self.bin / command[0]), *command[1:]], **env)

    def _output(self, command: list[str], **env: str) -> str:
        own = {"HOME": str(self.build), "PATH": f"{self.bin}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command,
            cwd=self.repository,
            env={**os.environ, **own, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout


def perfwright(place: Place, base: str, head: str, works: Works) -> Words:
    """`perfwright check`, as it is."""
    return {"Perfwright": _check(place, base, head, works)}


def perfwright_verdicts(place: Place, base: str, head: str, works: Works) -> Words:
    """The path that `perfwright check` walks, up to the verdicts; what follows looks for causes and changes none."""
    driver = sandbox.driver("bubblewrap", Options(state=place.build / "home"))
    with Workbench(Repository(place.repository), driver, place.build / "home", SilentProgress()) as bench:
        job, measurement = pipeline.measured(pipeline.plan(bench, Request(base, head)))
        verdicts, _ = pipeline.believed(job, pipeline.verdict(job, measurement))
    return {"Perfwright": _of_works({one.id: one.verdict for one in verdicts}, works)}


def perfwright_time(place: Place, base: str, head: str, works: Works) -> Words:
    """`perfwright check` without instructions."""
    return {"Perfwright, CPU time alone": _check(place, base, head, works, "--metric", "cpu time")}


def _check(place: Place, base: str, head: str, works: Works, *more: str) -> dict[str, str]:
    file = place.build / "report.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bot", "check", str(place.repository), "--base", base, "--head", head]
    env = {**os.environ, "PERFWRIGHT_HOME": str(place.build / "home")}
    done = subprocess.run(
        [*command, "--json", str(file), *more],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if not file.exists():
        raise SystemExit(f"perfwright check failed: {done.stdout[-2000:]}")
    kept = place.build / "reports" / f"{base}-{'-'.join(more[1:]) or 'combined'}.json"
    kept.parent.mkdir(exist_ok=True)
    shutil.move(file, kept)
    return _of_works({one["id"]: one["verdict"] for one in json.loads(kept.read_text())["benchmarks"]}, works)


def _of_works(said: Mapping[str, str], works: Works) -> dict[str, str]:
    named = {name.rpartition(".time_")[2]: word for name, word in said.items()}
    return {work: named[work] for work in works}


def pytest_benchmark(place: Place, base: str, head: str, works: Works) -> Words:
    """`--benchmark-compare-fail`, with three of its fields at once."""
    storage = place.build / "storage"
    shutil.rmtree(storage, ignore_errors=True)
    common = ("pytest", "-q", "-p", "no:codspeed", "-p", "no:cacheprovider", f"--benchmark-storage={storage}", "tests")
    quick = "--benchmark-max-time=0.3"
    git(place.repository, "checkout", "-q", base)
    place.run(*common, quick, "--benchmark-save=base")
    git(place.repository, "checkout", "-q", head)
    said = place.run(*common, quick, "--benchmark-compare=0001", "--benchmark-compare-fail", *COMPARE_FAIL)
    words: Words = {f"pytest-benchmark, {rule}": _nothing(works) for rule in COMPARE_FAIL}
    for name, field in re.findall(r"test_speed\[(\w+)\].* - Field '(\w+)' has failed", said):
        words[f"pytest-benchmark, {field}:5%"][name] = "regression"
    if f"{len(works)} passed" not in said and "Performance has regressed" not in said:
        raise SystemExit(f"pytest-benchmark failed: {said[-2000:]}")
    return words


def asv(place: Place, base: str, head: str, works: Works) -> Words:
    """`asv continuous`, as it is."""
    return _continuous(place, base, head, works, "asv continuous")


def asv_interleaved(place: Place, base: str, head: str, works: Works) -> Words:
    """`asv continuous --interleave-rounds`."""
    return _continuous(place, base, head, works, "asv continuous --interleave-rounds")


def _continuous(place: Place, base: str, head: str, works: Works, command: str) -> Words:
    git(place.repository, "checkout", "-q", base)
    if not (place.build / ".asv-machine.json").exists():
        place.run("asv", "machine", "--yes")
    ran = place.run(*command.split(), base, head)
    words: Words = {}
    rule = command.replace("continuous --interleave-rounds", "interleaved")
    for factor in ("1.1", "1.05"):
        table = place.run("asv", "compare", "--factor", factor, base, head)
        rows = re.findall(r"^\| (.) .*\| suite\.time_(\w+) ", table, re.MULTILINE)
        if {name for _, name in rows} != set(works):
            raise SystemExit(f"asv failed: {ran[-2000:]} {table[-2000:]}")
        words[f"{rule}, factor {factor}"] = {name: CHANGED.get(mark, "no change") for mark, name in rows}
    return words


def pyperf(place: Place, base: str, head: str, works: Works) -> Words:
    """`pyperf compare_to`, of 10 processes a side."""
    files = []
    for side, revision in (("base", base), ("head", head)):
        git(place.repository, "checkout", "-q", revision)
        files.append(str(place.build / f"pyperf-{side}.json"))
        Path(files[-1]).unlink(missing_ok=True)
        place.run("python", "speed.py", "--quiet", "--processes=10", "--values=3", "--output", files[-1])
    said = place.run("python", "-m", "pyperf", "compare_to", *files)
    found = re.findall(r"^(\w+): Mean .* (slower|faster)$", said, re.MULTILINE)
    if not found and "not significant" not in said:
        raise SystemExit(f"pyperf failed: {said[-2000:]}")
    return {"pyperf compare_to": _nothing(works) | {name: CHANGED[word] for name, word in found}}


def codspeed(place: Place, base: str, head: str, works: Works) -> Words:
    """pytest-codspeed's instruction counts under stock valgrind; it has no rule of its own without its service."""
    counts = []
    for revision in (base, head):
        git(place.repository, "checkout", "-q", revision)
        counts.append(_codspeed_counts(place, works))
    words = _nothing(works)
    for name in works:
        ratio = counts[1][name] / counts[0][name]
        words[name] = "regression" if ratio > 1 + COUNT_CUT else "improvement" if ratio < 1 - COUNT_CUT else "no change"
    return {"pytest-codspeed, counts 1 % apart": words}


def _codspeed_counts(place: Place, works: Works) -> dict[str, int]:
    out = place.build / "codspeed"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    valgrind = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}/counts"]
    suite = ["python", "-m", "pytest", "-q", "-p", "no:benchmark", "-p", "no:cacheprovider", "--codspeed", "tests"]
    said = place.run(*suite, within=valgrind, CODSPEED_ENV="1", PYTHONHASHSEED="0")
    found = {}
    for dump in out.iterdir():
        text = dump.read_text()
        name = re.search(r"^desc: Trigger: Client Request: .*\[(\w+)\]", text, re.MULTILINE)
        total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
        if name and total:
            found[name[1]] = int(total[1])
    if set(found) != set(works):
        raise SystemExit(f"pytest-codspeed failed: {said[-2000:]}")
    return found


def _nothing(works: Works) -> dict[str, str]:
    return dict.fromkeys(works, "no change")


Tool = Callable[[Place, str, str, Works], Words]
TOOLS: Mapping[str, Tool] = {
    "perfwright": perfwright,
    "perfwright-verdicts": perfwright_verdicts,
    "perfwright-time": perfwright_time,
    "pytest-benchmark": pytest_benchmark,
    "asv": asv,
    "asv-interleaved": asv_interleaved,
    "pyperf": pyperf,
    "pytest-codspeed": codspeed,
}
