"""The command line on real repositories, the way a person meets it; nothing here needs the network."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import git, write

CONFIG = "install: 'true'\n"
ASV = '{"version": 1, "benchmark_dir": "benchmarks"}'
FAST = "def work(n):\n    return sum(range(n))\n"
SLOW = "def work(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
BENCHMARKS = """\
import sample

def time_work():
    sample.work(2000)

def time_other():
    sorted(range(500), reverse=True)
"""
SUITE = {
    ".github/perfwright.yml": CONFIG,
    "asv.conf.json": ASV,
    "benchmarks/__init__.py": "",
    "benchmarks/all.py": BENCHMARKS,
    "sample.py": FAST,
}


@pytest.fixture
def run(tmp_path):
    home = tmp_path / "home"

    def call(*arguments, timeout=300, **environment):
        # A person's own settings must not change what is tested; PATH is where the tools are.
        env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PERFWRIGHT_HOME": str(home)}
        command = [sys.executable, "-m", "bot", *map(str, arguments)]
        return subprocess.run(
            command, env={**env, **environment}, capture_output=True, text=True, timeout=timeout, check=False
        )

    call.home = home
    return call


def check(run, place, *more, base="c0", head="c1", **kwargs):
    return run("check", place, "--base", base, "--head", head, *more, **kwargs)


def without_seconds(part):
    """A part of a report without how long things took."""
    return {name: value for name, value in part.items() if name != "seconds" and not name.endswith("_s")}


def one_line(answer, status):
    """The error is one line that names the program; stage names may come before it."""
    assert answer.returncode == status, answer.stderr
    assert "Traceback" not in answer.stderr
    lines = [line for line in answer.stderr.splitlines() if line.startswith("perfwright: ")]
    assert len(lines) == 1, answer.stderr
    return lines[0]


class TestCheck:
    def test_a_regression_is_found_with_its_cause_and_nothing_is_measured_twice(self, run, make_repository, tmp_path):
        place = make_repository(SUITE, {"sample.py": SLOW})
        answer = check(run, place, "--json", tmp_path / "r.json", "--markdown", tmp_path / "r.md")
        assert answer.returncode == 1, answer.stderr
        report = json.loads((tmp_path / "r.json").read_text())
        words = {one["id"]: one["verdict"] for one in report["benchmarks"]}
        assert words == {"benchmarks.all.time_work": "regression", "benchmarks.all.time_other": "no change"}
        suspect = report["suspects"][0]
        assert (suspect["path"], suspect["function"]) == ("sample.py", "work")
        assert suspect["share"] > 0.9
        assert "1 regression" in answer.stdout
        assert "`work` in `sample.py`" in (tmp_path / "r.md").read_text()
        database, query = sqlite3.connect(run.home / "perfwright.db"), "select count(*) from results"
        count = database.execute(query).fetchone()
        again = check(run, place, "--json", "-")
        assert database.execute(query).fetchone() == count
        texts = (tmp_path / "r.json").read_text(), again.stdout
        first, second = (json.loads(text, object_hook=without_seconds) for text in texts)
        assert first == second

    def test_the_same_revision_is_no_change(self, run, make_repository):
        answer = check(run, make_repository(SUITE), "--json", "-", base="c0", head="c0")
        assert answer.returncode == 0, answer.stderr
        assert json.loads(answer.stdout)["verdict"] == "no change"

    def test_cpu_time_finds_a_large_regression(self, run, make_repository):
        slower = SLOW.replace("range(n)", "range(5 * n)")
        place = make_repository(SUITE, {"sample.py": slower})
        answer = check(run, place, "--metric", "cpu time", "--select", "time_work", "--json", "-")
        assert answer.returncode == 1, answer.stderr
        (one,) = json.loads(answer.stdout)["benchmarks"]
        assert (one["verdict"], one["unit"]) == ("regression", "ns")

    def test_benchmark_files_of_base_are_used_on_both_sides(self, run, make_repository):
        more_work = BENCHMARKS.replace("2000", "9000") + "\ndef time_new():\n    pass\n"
        place = make_repository(SUITE, {"benchmarks/all.py": more_work.replace("time_other", "time_renamed")})
        report = json.loads(check(run, place, "--json", "-").stdout)
        words = {one["id"].rsplit(".", 1)[1]: one["verdict"] for one in report["benchmarks"]}
        assert words == {
            "time_work": "no change", "time_new": "added", "time_renamed": "added", "time_other": "removed",
        }  # fmt: skip

    def test_head_behind_base_is_compared_backwards_and_said(self, run, make_repository):
        place = make_repository(SUITE, {"sample.py": SLOW})
        answer = check(run, place, "--json", "-", "--select", "time_work", base="c1", head="c0")
        report = json.loads(answer.stdout)
        assert report["verdict"] == "improvement"
        assert any("backwards" in note for note in report["notes"])

    def test_a_change_that_no_benchmark_reaches_is_named(self, run, make_repository):
        place = make_repository(SUITE, {"sample.py": FAST + "\ndef unused():\n    return 1\n"})
        report = json.loads(check(run, place, "--json", "-").stdout)
        assert report["verdict"] == "inconclusive"
        assert report["uncovered"] == ["sample.py::unused"]


class TestBadBenchmarks:
    def test_one_that_errors_says_where_and_the_rest_goes_on(self, run, make_repository):
        sides = ("both", "head", "base")
        extra = "\ndef {}():\n    {}\n"

        def made(fine):
            return FAST + "".join(
                extra.format(one, "pass" if one == fine else "raise ValueError('x')") for one in sides
            )

        timed = BENCHMARKS + "".join(extra.format(f"time_{one}", f"sample.{one}()") for one in sides)
        place = make_repository(
            {**SUITE, "sample.py": made("head"), "benchmarks/all.py": timed}, {"sample.py": made("base")}
        )
        answer = check(run, place, "--json", "-")
        assert answer.returncode == 0, answer.stderr
        found = {one["id"].rsplit(".", 1)[1]: one for one in json.loads(answer.stdout)["benchmarks"]}
        assert {found[f"time_{one}"]["verdict"] for one in sides} == {"failed"}
        assert "fails on both sides" in found["time_both"]["reason"]
        assert "fails at head only" in found["time_head"]["reason"]
        assert "fails at base only" in found["time_base"]["reason"]
        assert found["time_work"]["verdict"] == "no change"

    def test_one_that_never_ends_is_stopped(self, run, make_repository):
        endless = BENCHMARKS + "\ndef time_endless():\n    while True:\n        pass\n"
        config = CONFIG + "budget: 60s\n"
        place = make_repository({**SUITE, ".github/perfwright.yml": config, "benchmarks/all.py": endless})
        report = json.loads(check(run, place, "--json", "-", head="c0").stdout)
        found = {one["id"].rsplit(".", 1)[1]: one for one in report["benchmarks"]}
        assert "did not finish" in found["time_endless"]["reason"]
        assert found["time_work"]["verdict"] == "no change"

    def test_one_that_prints_garbage_is_measured(self, run, make_repository):
        noisy = BENCHMARKS.replace("    sample.work", "    print('{\"benchmarks\": 1}\\x1b[2J' * 50)\n    sample.work")
        config = CONFIG + "fixes: off\n"
        place = make_repository(
            {**SUITE, ".github/perfwright.yml": config, "benchmarks/all.py": noisy}, {"sample.py": SLOW}
        )
        report = json.loads(check(run, place, "--json", "-").stdout)
        assert report["benchmarks"][1]["verdict"] == "regression", report["benchmarks"]

    def test_when_all_fail_nothing_could_be_measured(self, run, make_repository):
        place = make_repository({**SUITE, "benchmarks/all.py": "def time_x():\n    raise OSError\n"}, {"a": "1"})
        assert check(run, place).returncode == 3


class TestBadInput:
    def test_no_git_repository(self, run, tmp_path):
        assert "not a git repository" in one_line(check(run, tmp_path), 2)

    def test_no_directory(self, run, tmp_path):
        assert "not a directory" in one_line(check(run, tmp_path / "none"), 2)

    def test_an_unknown_revision(self, run, make_repository):
        assert "unknown revision 'nope'" in one_line(check(run, make_repository(SUITE), head="nope"), 2)

    def test_no_options(self, run):
        assert one_line(run("check", "."), 2).endswith("Missing option '--base'. (see `perfwright check --help`)")

    def test_an_unknown_command(self, run):
        assert one_line(run("chekc"), 2).endswith("(see `perfwright --help`)")

    def test_unrelated_histories(self, run, make_repository):
        place = make_repository(SUITE)
        git(place, "checkout", "-q", "--orphan", "other")
        git(place, "commit", "-q", "-m", "other")
        assert "share no history" in one_line(check(run, place, head="other"), 2)

    def test_no_benchmarks(self, run, make_repository):
        assert "no benchmarks found" in one_line(check(run, make_repository({"a.py": ""}, {"a.py": "x = 1\n"})), 3)

    @pytest.mark.parametrize(
        ("config", "says"),
        [
            pytest.param("treshold: 1%\n", "threshold", id="an unknown key gets the nearest known one"),
            pytest.param("budget: soon\n", "budget", id="a value of the wrong type"),
            pytest.param("a: [\n", "perfwright.yml", id="no YAML"),
            pytest.param("benchmarks:\n  - runner: pyperv\n", "did you mean pyperf?", id="a runner that is not there"),
        ],
    )
    def test_configuration(self, run, make_repository, config, says):
        place = make_repository({**SUITE, ".github/perfwright.yml": config}, {"sample.py": SLOW})
        assert says in one_line(check(run, place), 2)

    def test_configuration_comes_from_base_and_never_from_head(self, run, make_repository):
        place = make_repository(SUITE, {".github/perfwright.yml": "install: exit 1\n"})
        assert check(run, place).returncode == 0

    def test_a_configuration_file_that_is_not_there(self, run, make_repository, tmp_path):
        answer = check(run, make_repository(SUITE), "--config", tmp_path / "none.yml")
        assert one_line(answer, 2).endswith("none.yml cannot be read: No such file or directory")

    def test_an_install_that_fails_shows_the_end_of_its_output(self, run, make_repository):
        config = "install: echo 'what went \x1b[31mwrong' >&2; exit 7\n"
        place = make_repository({**SUITE, ".github/perfwright.yml": config.replace("\x1b", "")}, {"sample.py": SLOW})
        answer = check(run, place)
        assert "does not install" in one_line(answer, 3)
        assert "what went" in answer.stderr

    def test_a_benchmark_module_that_does_not_load(self, run, make_repository):
        place = make_repository({**SUITE, "benchmarks/all.py": "import not_there\n"}, {"sample.py": SLOW})
        assert "not_there" in one_line(check(run, place), 3)

    def test_a_bad_pattern(self, run, make_repository):
        assert "--select" in one_line(check(run, make_repository(SUITE), "--select", "("), 2)

    def test_a_pattern_that_finds_nothing(self, run, make_repository):
        place = make_repository(SUITE, {"sample.py": SLOW})
        assert "'zzz'" in one_line(check(run, place, "--select", "zzz"), 3)

    def test_no_git_on_the_machine(self, run, make_repository, tmp_path):
        empty = tmp_path / "bin"
        empty.mkdir()
        place = make_repository(SUITE)
        assert "git is not installed" in one_line(check(run, place, PATH=str(empty)), 2)

    def test_an_unknown_sandbox(self, run, make_repository):
        assert "no sandbox driver 'none-such'" in one_line(
            check(run, make_repository(SUITE), "--sandbox", "none-such"), 2
        )

    def test_a_home_that_cannot_be_written(self, run, make_repository, tmp_path):
        (tmp_path / "file").write_text("")
        answer = check(run, make_repository(SUITE), PERFWRIGHT_HOME=str(tmp_path / "file" / "home"))
        one_line(answer, 3)

    @pytest.mark.skipif(os.getuid() != 0, reason="mounting a small disk needs root")
    def test_a_full_disk(self, run, make_repository, tmp_path):
        small = tmp_path / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", small], check=False).returncode:
            pytest.skip("this machine lets nobody mount")
        try:
            one_line(check(run, make_repository(SUITE), head="c0", PERFWRIGHT_HOME=str(small)), 3)
        finally:
            subprocess.run(["umount", small], check=True)


MANY = "\n".join(f"def time_{n:02}():\n    sum(range(2000))\n" for n in range(16))


def started(place: Path, home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bot", "check", str(place), "--base", "c0", "--head", "c1", "--json", "-"]
    env = {**os.environ, "PERFWRIGHT_HOME": str(home)}
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def counts(home: Path) -> set[tuple[object, ...]]:
    """What has been counted and is kept, with the time when."""
    try:
        database = sqlite3.connect(f"file:{home / 'perfwright.db'}?mode=ro", uri=True)
        return set(database.execute("select key, made, value from results where kind = 'Count'"))
    except sqlite3.Error:
        return set()


def wait_for_counts(process: subprocess.Popen[str], home: Path, number: int) -> None:
    deadline = time.monotonic() + 120
    while len(counts(home)) < number:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def running_below(home: Path) -> list[str]:
    """Sandboxes that show this home's environments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(home) in line and "bwrap" in line:
                found.append(line)
    return found


class TestInterruption:
    def test_a_check_that_was_stopped_goes_on_where_it_was(self, run, make_repository):
        place = make_repository({**SUITE, "benchmarks/all.py": MANY}, {"sample.py": SLOW})
        kept = set()
        for number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM):
            process = started(place, run.home)
            wait_for_counts(process, run.home, len(kept) + 6)
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
            if number != signal.SIGKILL:
                assert process.returncode == 3
                assert "run the same command again" in errors
            deadline = time.monotonic() + 10
            while running_below(run.home):
                assert time.monotonic() < deadline, "a sandbox outlives the check"
                time.sleep(0.05)
            assert kept < counts(run.home), "what had been counted was counted again"
            kept = counts(run.home)
        answer = check(run, place, "--json", "-")
        assert answer.returncode == 0, answer.stderr
        assert kept < counts(run.home), "what had been counted was counted again"
        assert len(json.loads(answer.stdout)["benchmarks"]) == 16


class TestOtherCommands:
    def test_rules_lists_every_card_and_explain_prints_one(self, run):
        listed = run("rules")
        assert listed.returncode == 0
        names = [line.split()[0] for line in listed.stdout.splitlines()]
        assert "list_membership_in_loop" in names
        assert "## Why is this slow?" in run("explain", names[0]).stdout

    def test_explaining_what_is_no_rule(self, run):
        assert "no rule or word 'nothing'" in one_line(run("explain", "nothing"), 2)
        assert "did you mean 'inconclusive'" in one_line(run("explain", "inconclusiv"), 2)

    def test_a_word_of_a_report_is_explained(self, run):
        shown = run("explain", "No", "change").stdout
        assert shown.startswith("**no change**: ")
        assert '"How large is large enough" in docs/statistics.md' in shown

    def test_doctor_names_every_tool(self, run):
        answer = run("doctor")
        for tool in ("git", "bubblewrap", "CPython", "valgrind"):
            assert tool in answer.stdout

    def test_a_conflict_with_base_is_said(self, run, make_repository):
        place = make_repository({**SUITE, "notes": "1\n"}, {"notes": "2\n"})
        git(place, "checkout", "-q", "-b", "feature", "c0")
        write(place, {"notes": "3\n"})
        git(place, "commit", "-q", "-a", "-m", "feature")
        report = json.loads(check(run, place, "--json", "-", base="main", head="feature").stdout)
        assert report["verdict"] == "no change"
        assert any("conflicts with base in notes" in note for note in report["notes"])
