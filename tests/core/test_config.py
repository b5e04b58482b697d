from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.config import BenchmarksConfig, Config, RulesConfig, SweepConfig, parse_config
from bot.errors import UserError

FULL = """\
install: uv pip install -e . pytest pytest-benchmark   # runs in the sandbox, with package index only
python: 3.10
env: {NO_EXTENSIONS: 1}
benchmarks:
  - runner: pytest
    paths: [benchmarks/]
  - {runner: command, command: python bench.py}
tests: pytest -q
threshold: 2.5%
thresholds: {"*test_slow*": "5%", "tests/a.py::test_x[long]": 10%}
calls: {"*test_slow*": 30/minute, "*": 2.5e6 / day}
fail-check: no
budget: 1h30m
rules: {ignore: [str_concat_in_loop], unsafe: true}
fixes: off
sweep: {schedule: "*/15 0-6,8 * jan-mar mon", open-pull-requests: 0}
forks: never
"""


def refusal(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_config(text)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="an empty file is all defaults"),
        pytest.param("# later\n\n", id="a file of comments is all defaults"),
        pytest.param("---\n", id="an empty document is all defaults"),
        pytest.param("\ufeff", id="a byte order mark alone is all defaults"),
        pytest.param("{}", id="an empty mapping is all defaults"),
        pytest.param("python:\nenv: ~\nbudget: null\n", id="a key without a value keeps its default"),
    ],
)
def test_defaults(text: str) -> None:
    assert parse_config(text) == Config()


def test_the_defaults_are_those_of_the_contract() -> None:
    assert Config() == Config(
        install=None,
        python=None,
        env={},
        benchmarks=(),
        tests=None,
        threshold=0.01,
        thresholds={},
        metrics={},
        calls={},
        fail_check=True,
        budget_s=600,
        rules=RulesConfig(ignore=(), unsafe=False),
        fixes="suggest",
        sweep=SweepConfig(schedule="0 3 * * *", open_pull_requests=3),
        forks="approve",
    )


def test_every_key_is_read() -> None:
    assert parse_config(FULL) == Config(
        install="uv pip install -e . pytest pytest-benchmark",
        python="3.10",
        env={"NO_EXTENSIONS": "1"},
        benchmarks=(
            BenchmarksConfig("pytest", ("benchmarks/",)),
            BenchmarksConfig("command", command=("python bench.py",)),
        ),
        tests="pytest -q",
        threshold=0.025,
        thresholds={"*test_slow*": 0.05, "tests/a.py::test_x[long]": 0.1},
        calls={"*test_slow*": 43_200.0, "*": 2.5e6},
        fail_check=False,
        budget_s=5400,
        rules=RulesConfig(("str_concat_in_loop",), unsafe=True),
        fixes="off",
        sweep=SweepConfig("*/15 0-6,8 * jan-mar mon", 0),
        forks="never",
    )


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        pytest.param("python: 3.10", "python", "3.10", id="3.10 does not become 3.1"),
        pytest.param("python: '3.13t'", "python", "3.13t", id="free-threaded Python has a t"),
        pytest.param("threshold: 0%", "threshold", 0.0, id="a threshold of nothing"),
        pytest.param("threshold: 1 %", "threshold", 0.01, id="a space before the percent sign"),
        pytest.param("calls: {a: 0/day}", "calls", {"a": 0.0}, id="a benchmark that production never calls"),
        pytest.param("calls: {a: 2/second}", "calls", {"a": 172_800.0}, id="calls per second"),
        pytest.param("budget: 90s", "budget_s", 90, id="seconds"),
        pytest.param("budget: 24h", "budget_s", 86400, id="the largest budget"),
        pytest.param("fail-check: False", "fail_check", False, id="a capital False"),
        pytest.param("fixes: off", "fixes", "off", id="off stays the word off"),
        pytest.param("fixes: auto-merge", "fixes", "auto-merge", id="auto-merge"),
        pytest.param("env: {A: no, B: '', C: ~}", "env", {"A": "no", "B": "", "C": "~"}, id="env values stay text"),
        pytest.param("tests: |\n  a\n  b\n", "tests", "a\nb\n", id="a script of several lines"),
        pytest.param("benchmarks: []", "benchmarks", (), id="an empty list means discovered"),
        pytest.param(
            "benchmarks: [{runner: pyperf, command: python b.py}]",
            "benchmarks",
            (BenchmarksConfig("pyperf", (), ("python b.py",)),),
            id="pyperf may have a command",
        ),
        pytest.param(
            "benchmarks: [{runner: command, command: [make, 'make all'], setup: a, prepare: b}]",
            "benchmarks",
            (BenchmarksConfig("command", (), ("make", "make all"), "a", "b"),),
            id="several commands, with what is run before",
        ),
    ],
)
def test_value(text: str, field: str, expected: object) -> None:
    assert getattr(parse_config(text), field) == expected


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        pytest.param("treshold: 1%", 1, "'treshold' in the configuration; did you mean threshold?", id="a typo"),
        pytest.param("fail_check: true", 1, "did you mean fail-check?", id="an underscore for a hyphen"),
        pytest.param("sweep:\n  open_pull_requests: 3", 2, "did you mean open-pull-requests?", id="a nested typo"),
        pytest.param("zzz: 1", 1, "use one of install, python, env", id="an unknown key with nothing near"),
        pytest.param("a: &x [1]\nb: *x", 1, "anchors", id="an anchor"),
        pytest.param("install: *x", 1, "anchors", id="an alias without an anchor"),
        pytest.param("python: !!float 3.10", 1, "tags", id="a tag"),
        pytest.param("env: !!python/object/apply:os.system [id]", 1, "tags", id="a tag that would run code"),
        pytest.param("<<: {fixes: off}", 1, "unknown key '<<'", id="a merge key"),
        pytest.param("x" * 70_000, 1, "larger than 64 KiB", id="a file that is too large"),
        pytest.param("a: " + "[" * 60_000, 1, "deeper than 8", id="deep nesting in brackets"),
        pytest.param("- " * 30_000, 1, "deeper than 8", id="deep nesting in dashes"),
        pytest.param("fixes: off\nenv:\n\tA: b", 3, "indent with spaces", id="a tab as indentation"),
        pytest.param("fixes: off\ntests: 'a", 2, "quotes", id="a quote that never ends"),
        pytest.param("tests: pytest: -q", 1, "YAML syntax", id="a colon within plain text"),
        pytest.param("fixes: off\n---\nfixes: off", 2, "a second document", id="two documents"),
        pytest.param("fixes: off\ntests: \x07", 2, "not allowed", id="a control character"),
        pytest.param('tests: "\\UFFFFFFFF"', 1, "not YAML", id="an escape beyond Unicode"),
        pytest.param("fixes: off\nfixes: off", 2, "'fixes' is already set in line 1", id="a key set twice"),
        pytest.param("env: {A: 1, A: 2}", 1, "'A' is already set", id="a nested key set twice"),
        pytest.param("? [a]\n: b", 1, "is a list or a mapping", id="a list as a key"),
        pytest.param("- fixes: off", 1, "must be a mapping", id="a list at the top"),
        pytest.param("pytest", 1, "must be a mapping", id="a word at the top"),
        pytest.param("install: [uv, pip]", 1, "install must be text", id="a list as a command"),
        pytest.param("install: ' '", 1, "install is empty", id="a command of spaces"),
        pytest.param("python: 3", 1, "one CPython version", id="Python without a minor version"),
        pytest.param("python: '>=3.9'", 1, "one CPython version", id="a specifier as Python version"),
        pytest.param("env: A=b", 1, "env must be a mapping", id="env as text"),
        pytest.param("env: {1A: b}", 1, "not an identifier", id="an env name that begins with a digit"),
        pytest.param("env: {A: [b]}", 1, "env A must be text", id="an env value that is a list"),
        pytest.param('env: {A: "\\0"}', 1, "NUL", id="an env value with a NUL"),
        pytest.param("env:\n  OK: 1\n  PATH: /x", 3, "'PATH': it decides which programs run", id="PATH in env"),
        pytest.param("env: {LD_PRELOAD: x.so}", 1, "'LD_PRELOAD': it puts other code", id="LD_PRELOAD in env"),
        pytest.param("env: {LD_LIBRARY_PATH: x}", 1, "'LD_LIBRARY_PATH'", id="LD_LIBRARY_PATH in env"),
        pytest.param("env: {PYTHONHASHSEED: 0}", 1, "the measurement sets it", id="PYTHONHASHSEED in env"),
        pytest.param("env: {PYTHONPATH: .}", 1, "shadow", id="PYTHONPATH in env"),
        pytest.param("env: {PYTHONSTARTUP: a.py}", 1, "runs a file", id="PYTHONSTARTUP in env"),
        pytest.param("env: {PYTHONMALLOC: debug}", 1, "allocator", id="PYTHONMALLOC in env"),
        pytest.param("benchmarks: pytest", 1, "benchmarks must be a list", id="benchmarks as a word"),
        pytest.param("benchmarks: [pytest]", 1, "an entry of benchmarks must be a mapping", id="a runner as a word"),
        pytest.param("benchmarks:\n  - paths: [a]", 2, "names no runner", id="an entry without a runner"),
        pytest.param("benchmarks: [{runner: 'a b'}]", 1, "write one word", id="a runner of two words"),
        pytest.param("benchmarks: [{runner: asv, setup: x}]", 1, "takes no setup", id="asv with a setup"),
        pytest.param("benchmarks: [{runner: command}]", 1, "needs a command", id="the runner command without one"),
        pytest.param("benchmarks: [{runner: asv, command: x}]", 1, "takes no command", id="asv with a command"),
        pytest.param("benchmarks: [{runner: asv, paths: x}]", 1, "paths must be a list", id="paths as text"),
        pytest.param("benchmarks: [{runner: asv, paths: [../x]}]", 1, "leaves the repository", id="a path upwards"),
        pytest.param("benchmarks: [{runner: asv, paths: [/etc]}]", 1, "leaves the repository", id="an absolute path"),
        pytest.param("benchmarks: [{runner: asv, paths: [-x]}]", 1, "leaves the repository", id="a path like a flag"),
        pytest.param("threshold: 1", 1, "such as 1%", id="a threshold without a percent sign"),
        pytest.param("threshold: -1%", 1, "from 0% up", id="a negative threshold"),
        pytest.param("threshold: nan%", 1, "from 0% up", id="a threshold that is no number"),
        pytest.param("threshold: 9999%", 1, "at most 1000%", id="a threshold that is never reached"),
        pytest.param("thresholds:\n  a: 1%\n  'b*': x", 3, "'b*' cannot be 'x'", id="a bad value among thresholds"),
        pytest.param("calls:\n  a: 1e6", 2, "write calls per second, minute, hour or day", id="calls per nothing"),
        pytest.param("calls: {a: -1/day}", 1, "'a' cannot be '-1/day'", id="fewer calls than none"),
        pytest.param("calls: {a: 1e99/second}", 1, "write at most 1e+15/day", id="more calls than there can be"),
        pytest.param("calls: 2e6/day", 1, "calls must be a mapping", id="calls as one value"),
        pytest.param("thresholds: 5%", 1, "thresholds must be a mapping", id="thresholds as one value"),
        pytest.param("fail-check: maybe", 1, "true or false", id="a flag that is neither"),
        pytest.param("budget: 10", 1, "such as 10m", id="a budget without a unit"),
        pytest.param("budget: 0m", 1, "from 1s to 24h", id="a budget of nothing"),
        pytest.param("budget: 25h", 1, "from 1s to 24h", id="a budget beyond a day"),
        pytest.param("rules: {ignore: x}", 1, "ignore must be a list", id="ignored rules as text"),
        pytest.param("rules: {ignore: [no-hyphens]}", 1, "perfwright rules", id="not the name of a rule"),
        pytest.param("fixes: sugest", 1, "did you mean suggest?", id="fixes with a typo"),
        pytest.param("forks: yes", 1, "approve, never, always", id="forks as a flag"),
        pytest.param("sweep: {schedule: '0 3 * *'}", 1, "has 4 fields, not 5", id="a schedule of four fields"),
        pytest.param("sweep: {schedule: '60 3 * * *'}", 1, "'60' is not a minute", id="a minute out of range"),
        pytest.param("sweep: {schedule: '0 3 * * fun'}", 1, "not a day of week", id="an unknown day"),
        pytest.param("sweep: {schedule: '*/0 3 * * *'}", 1, "not a minute", id="every zero minutes"),
        pytest.param("sweep: {schedule: '0 9-5 * * *'}", 1, "not a hour", id="a range backwards"),
        pytest.param("sweep: {open-pull-requests: many}", 1, "whole number", id="a count that is a word"),
        pytest.param("fixes: {a: b}", 1, "fixes must be text", id="a mapping as a word"),
        pytest.param('"a\\nb\\x1b[31m": 1', 1, "'a\\nb\\x1b[31m'", id="a key with a line break and an escape"),
    ],
)
def test_mistake(text: str, line: int, words: str) -> None:
    message = refusal(text)
    assert message.startswith(f".github/perfwright.yml:{line}: ")
    assert words in message
    assert len(message.splitlines()) == 1


def test_the_source_is_named() -> None:
    with pytest.raises(UserError, match=r"^local\.yml:1: "):
        parse_config("x: 1", source="local.yml")


@pytest.mark.parametrize(
    ("glob", "benchmark", "matches"),
    [
        pytest.param("t.py::test_x[long]", "t.py::test_x[long]", True, id="an id with brackets matches itself"),
        pytest.param("t.py::test_x[*]", "t.py::test_x[long]", True, id="a star within brackets"),
        pytest.param("t.py::*", "t.py::test_x[long]", True, id="a star for the rest"),
        pytest.param("*test_[xy]", "t.py::test_x", True, id="brackets as a set of letters"),
        pytest.param("t.py::test_?", "t.py::test_x", True, id="a question mark"),
        pytest.param("t.py::test_x", "t.py::test_x[long]", False, id="not the same id with parameters"),
        pytest.param("t.py::test_x[long]", "t.py::test_xl", True, id="brackets as written in fnmatch"),
        pytest.param("T.py::*", "t.py::test_x", False, id="not another case"),
        pytest.param("test_x", "t.py::test_x", False, id="not a part of the id"),
    ],
)
def test_threshold_for(glob: str, benchmark: str, matches: bool) -> None:
    assert Config(thresholds={glob: 0.5}).threshold_for(benchmark) == (0.5 if matches else 0.01)


def test_the_first_glob_that_matches_wins() -> None:
    config = parse_config("threshold: 3%\nthresholds: {'a*': 1%, '*': 2%}")
    assert [config.threshold_for(name) for name in ("ab", "b")] == [0.01, 0.02]


def test_the_first_glob_gives_the_call_rate_and_none_means_undeclared():
    config = parse_config("calls: {'a*': 1/hour, 'ab': 5/day}")
    assert [config.calls_a_day(name) for name in ("ab", "b")] == [24.0, None]


@given(st.text(min_size=1))
def test_any_id_matches_itself(benchmark: str) -> None:
    assert Config(thresholds={benchmark: 0.5}).threshold_for(benchmark) == 0.5


def only_a_config_or_one_line(text: str) -> None:
    outcome = config_or_message(text)
    if isinstance(outcome, Config):
        outcome.threshold_for("a[b]")
    else:
        assert len(outcome.splitlines()) == 1
        assert outcome.isprintable()


def config_or_message(text: str) -> Config | str:
    try:
        return parse_config(text)
    except UserError as error:
        return str(error)


WORDS = st.one_of(
    st.sampled_from(["install", "python", "env", "benchmarks", "runner", "paths", "command", "threshold", "rules"]),
    st.sampled_from(
        ["ignore", "sweep", "schedule", "pytest", "1%", "10m", "off", "true", "&", "*", "!", "|", ">", "-"]
    ),
    st.sampled_from(
        ["?", ":", ",", "[", "]", "{", "}", "#", "'", '"', "\\", "\\x", "\\U00110000", "%", "@", "`", "---"]
    ),
    st.sampled_from(["...", "%YAML", "%TAG", "<<", "~", "=", "\t", "\r", "\x85", "\u2028", "\ufeff", "\ud800", "\x00"]),
)


@given(st.text())
@example("%YAML 1." + "9" * 5000 + "\n---\n")
@example("\ud800")
@example("a: \x85\u2028 'b")
def test_any_text_gives_a_config_or_one_line(text: str) -> None:
    only_a_config_or_one_line(text)


@given(st.lists(st.one_of(WORDS, st.sampled_from(["\n", "\n  ", " ", ": "]), st.text(max_size=3))).map("".join))
def test_any_yaml_like_text_gives_a_config_or_one_line(text: str) -> None:
    only_a_config_or_one_line(text)


@given(st.integers(0, len(FULL)), st.integers(0, 3), st.one_of(WORDS, st.text(max_size=2)))
def test_any_edit_of_a_good_file_gives_a_config_or_one_line(at: int, removed: int, added: str) -> None:
    only_a_config_or_one_line(FULL[:at] + added + FULL[at + removed :])


def test_a_metric_that_is_named_decides_and_one_that_is_off_is_not_wanted() -> None:
    config = parse_config("thresholds: {slow: 20%}\nmetrics: {peak-memory: 10%, import-time: off}\n")
    assert config.metric_threshold("peak memory", "quick") == 0.1
    assert config.metric_threshold("peak memory", "slow") == 0.2
    assert config.metric_threshold("import time", "") is None
    assert config.metric_threshold("calls", "quick") == 0.05
    assert [config.decides(one) for one in ("peak memory", "import time", "calls", "tracked")] == [
        True,
        False,
        False,
        True,
    ]


def test_an_unknown_metric_is_refused_with_the_nearest() -> None:
    assert "did you mean peak-memory?" in refusal("metrics: {peak-mem: 5%}")
