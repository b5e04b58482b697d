"""The repository's configuration, `.github/perfwright.yml`: from text to a `Config`, or one line saying what to mend.

Pure; the caller reads the text from the base branch. The README shows every key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

import yaml

from bot.core.model import Metric
from bot.errors import UserError

FixPolicy = Literal["off", "suggest", "pull-request", "auto-merge"]
ForkPolicy = Literal["approve", "never", "always"]

METRIC_THRESHOLDS: Mapping[Metric, float] = {
    "cpu time": 0.01, "wall time": 0.05, "peak memory": 0.05, "bytecodes": 0.05, "calls": 0.05, "import time": 0.05,
    "tracked": 0.05,
}  # fmt: skip
"""The smallest change that gets a word, for what is measured beside instructions."""
MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
MAX_BUDGET_S = 24 * 60 * 60
MAX_CALLS_A_DAY = 1e15


@dataclass(frozen=True, slots=True)
class BenchmarksConfig:
    """One entry of `benchmarks`; `command` is only for the runners `command` and `pyperf`."""

    runner: str
    """The name of a file in `bot/runners`."""
    paths: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    setup: str | None = None
    """For the runner `command`: what is run once before, and not measured."""
    prepare: str | None = None
    """For the runner `command`: what is run before each time, and not measured."""


@dataclass(frozen=True, slots=True)
class RulesConfig:
    """Which rules are not wanted, and whether fixes that a card calls unsafe may be offered."""

    ignore: tuple[str, ...] = ()
    unsafe: bool = False


@dataclass(frozen=True, slots=True)
class SweepConfig:
    """When the default branch is swept (cron, UTC), and how many fix pull requests may be open at a time."""

    schedule: str = "0 3 * * *"
    open_pull_requests: int = 3


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a repository can choose; the defaults are what a missing file means."""

    install: str | None = None
    """None: worked out from the repository's own declarations (`bot/core/requirements.py`)."""
    python: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    benchmarks: tuple[BenchmarksConfig, ...] = ()
    """Empty: discovered."""
    tests: str | None = None
    threshold: float = 0.01
    """A fraction: 0.01 is 1%."""
    thresholds: Mapping[str, float] = field(default_factory=dict)
    """Glob over benchmark ids to fraction, in the order of the file."""
    metrics: Mapping[Metric, float | None] = field(default_factory=dict)
    """A threshold for a metric beside the gate, whose changes then decide as well; None: it is not measured."""
    calls: Mapping[str, float] = field(default_factory=dict)
    """Glob over benchmark ids to calls a day in production, in the order of the file; for the ledger alone."""
    fail_check: bool = True
    budget_s: int = 600
    rules: RulesConfig = RulesConfig()
    fixes: FixPolicy = "suggest"
    sweep: SweepConfig = SweepConfig()
    forks: ForkPolicy = "approve"

    def threshold_for(self, benchmark_id: str) -> float:
        """The fraction of the first glob that matches, else `threshold`."""
        for glob, fraction in self.thresholds.items():
            if matches(benchmark_id, glob):
                return fraction
        return self.threshold

    def calls_a_day(self, benchmark_id: str) -> float | None:
        """The call rate of the first glob that matches; None where the repository declares none."""
        return next((rate for glob, rate in self.calls.items() if matches(benchmark_id, glob)), None)

    def metric_threshold(self, metric: Metric, benchmark_id: str) -> float | None:
        """The smallest change of one metric that gets a word; None where the metric is not wanted."""
        own = self.metrics.get(metric, METRIC_THRESHOLDS.get(metric, 0.0))
        return None if own is None else max(own, self.threshold_for(benchmark_id))

    def decides(self, metric: Metric) -> bool:
        """Whether changes of a further metric decide about the check: those that the configuration names."""
        return metric == "tracked" or self.metrics.get(metric) is not None


def parse_config(text: str, *, source: str = ".github/perfwright.yml") -> Config:
    """Read the configuration; every mistake is a UserError of one line with source, line number and what to do."""
    try:
        root = _compose(text)
        return Config() if root is None or _is_unset(root) else Config(**_fields(root, _CONFIG, "the configuration"))
    except _MistakeError as mistake:
        raise UserError(" ".join(f"{source}:{mistake.line}: {mistake.text}".split())) from None


class _MistakeError(Exception):
    def __init__(self, where: yaml.Node | int, text: str) -> None:
        super().__init__(text)
        self.line = where if isinstance(where, int) else _line(where.start_mark)
        self.text = text


def _line(mark: Any) -> int:
    return mark.line + 1 if mark else 1


def matches(benchmark_id: str, glob: str) -> bool:
    """Whether a glob names a benchmark.

    Ids hold brackets (`test_x[long]`), which a glob reads as a set of letters: take them as brackets as well.
    """
    return (
        benchmark_id == glob or fnmatchcase(benchmark_id, glob) or fnmatchcase(benchmark_id, glob.replace("[", "[[]"))
    )


# ---- YAML: text to nodes; every scalar stays the text that was written, so 3.10 is not 3.1


def _compose(text: str) -> yaml.Node | None:
    if len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise _MistakeError(1, f"the file is larger than {MAX_BYTES // 1024} KiB; shorten it")
    try:
        _refuse_tricks(text)
        return yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        raise _MistakeError(_line(error.problem_mark or error.context_mark), _syntax_message(error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _MistakeError(line, f"character {error.character!r} is not allowed in YAML; remove it") from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # PyYAML lets Python's own errors through for escapes and versions that are out of range.
        raise _MistakeError(1, "this is not YAML; check escapes and directives") from None


def _refuse_tricks(text: str) -> None:
    """Look at the event stream first: nothing is built before aliases and deep nesting are ruled out."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _MistakeError(line, "anchors (&) and aliases (*) are not supported; quote the text or write it out")
        if getattr(event, "tag", None):
            raise _MistakeError(line, "tags (!) are not supported; quote the text or remove the tag")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _MistakeError(line, f"nested deeper than {MAX_DEPTH} levels; flatten it")


def _syntax_message(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "this is not YAML"
    if "'\\t'" in problem:
        return "a tab where YAML wants spaces; indent with spaces"
    if "expected a single document" in (error.context or ""):
        return "a second document begins here; keep one and remove the '---'"
    return f"YAML syntax: {problem}; check indentation, quotes and brackets"


def _is_unset(node: yaml.Node) -> bool:
    """`key:`, `key: ~` and `key: null` mean the default."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in ("", "~", "null", "Null", "NULL")


# ---- values: nodes to what a Config holds

_Read = Callable[[yaml.Node, str], Any]


def _fields(node: yaml.Node, table: Mapping[str, _Read], what: str) -> dict[str, Any]:
    """The keys that are set, under their Python names; an unknown key is a mistake."""
    values = {}
    for key, value in _pairs(node, what).items():
        if key.value not in table:
            raise _MistakeError(key, f"unknown key {_quoted(key.value)} in {what}; {_nearest(key.value, table)}")
        if not _is_unset(value):
            values[_field(key.value)] = table[key.value](value, key.value)
    return values


def _field(key: str) -> str:
    return "budget_s" if key == "budget" else key.replace("-", "_")


def _pairs(node: yaml.Node, what: str) -> dict[yaml.ScalarNode, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _MistakeError(node, f"{what} must be a mapping; write it as 'key: value' lines")
    seen: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _MistakeError(key, f"a key in {what} is a list or a mapping; write it as plain text")
        if key.value in seen:
            raise _MistakeError(key, f"{_quoted(key.value)} is already set in line {seen[key.value]}; keep one")
        seen[key.value] = _line(key.start_mark)
    return dict(node.value)


def _items(node: yaml.Node, what: str, example: str) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode):
        raise _MistakeError(node, f"{what} must be a list; write {what}: {example}")
    return list(node.value)


def _text(node: yaml.Node, what: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _MistakeError(node, f"{what} must be text, not a list or a mapping; put it in quotes")
    value = str(node.value)
    if not value.strip() or "\0" in value:
        raise _MistakeError(node, f"{what} is empty or holds a NUL character; write a text or remove the key")
    return value


def _choice(names: tuple[str, ...]) -> _Read:
    def read(node: yaml.Node, what: str) -> str:
        value = _text(node, what)
        if value not in names:
            raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; {_nearest(value, names)}")
        return value

    return read


def _flag(node: yaml.Node, what: str) -> bool:
    value = _text(node, what).lower()
    if value in ("true", "yes", "on"):
        return True
    if value in ("false", "no", "off"):
        return False
    raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; write true or false")


def _count(node: yaml.Node, what: str) -> int:
    value = _text(node, what)
    if not re.fullmatch(r"[0-9]{1,3}", value):
        raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; write a whole number from 0 to 999")
    return int(value)


def _python(node: yaml.Node, what: str) -> str:
    value = _text(node, what)
    if not re.fullmatch(r"3\.[0-9]{1,2}(\.[0-9]{1,3})?t?", value):
        raise _MistakeError(node, f'{what} cannot be {_quoted(value)}; write one CPython version, such as "3.12"')
    return value


def _percentage(node: yaml.Node, what: str) -> float:
    value = _text(node, what).strip()
    match = re.fullmatch(r"([0-9]{1,4}(?:\.[0-9]{1,6})?)\s*%", value)
    if match is None:
        raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; write a percentage from 0% up, such as 1%")
    if float(match[1]) > 1000:
        raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; write at most 1000%")
    return round(float(match[1]) / 100, 10)


def _thresholds(node: yaml.Node, what: str) -> dict[str, float]:
    return {
        _text(glob, "a glob"): _percentage(value, _quoted(glob.value)) for glob, value in _pairs(node, what).items()
    }


def _calls(node: yaml.Node, what: str) -> dict[str, float]:
    return {_text(glob, "a glob"): _rate(value, _quoted(glob.value)) for glob, value in _pairs(node, what).items()}


_PER_DAY: Mapping[str, int] = {"second": 24 * 60 * 60, "minute": 24 * 60, "hour": 24, "day": 1}


def _rate(node: yaml.Node, what: str) -> float:
    value = _text(node, what).strip()
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?(?:e[0-9]{1,2})?)\s*/\s*(second|minute|hour|day)", value)
    if match is None:
        raise _MistakeError(
            node, f"{what} cannot be {_quoted(value)}; write calls per second, minute, hour or day, such as 2e6/day"
        )
    calls_a_day = float(match[1]) * _PER_DAY[match[2]]
    if calls_a_day > MAX_CALLS_A_DAY:
        raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; write at most {MAX_CALLS_A_DAY:.0e}/day")
    return calls_a_day


def _metrics(node: yaml.Node, what: str) -> dict[Metric, float | None]:
    known = {metric.replace(" ", "-"): metric for metric in METRIC_THRESHOLDS}
    found: dict[Metric, float | None] = {}
    for key, value in _pairs(node, what).items():
        if key.value not in known:
            raise _MistakeError(key, f"unknown metric {_quoted(key.value)}; {_nearest(key.value, known)}")
        off = isinstance(value, yaml.ScalarNode) and value.value in ("off", "false", "no")
        found[known[key.value]] = None if off else _percentage(value, key.value)
    return found


def _duration_s(node: yaml.Node, what: str) -> int:
    value = _text(node, what).strip()
    match = re.fullmatch(r"(?:([0-9]{1,6})h)?\s*(?:([0-9]{1,6})m)?\s*(?:([0-9]{1,6})s)?", value)
    if match is None:
        raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; write a time such as 10m, 90s or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total_s = hours * 3600 + minutes * 60 + seconds
    if not 0 < total_s <= MAX_BUDGET_S:
        raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; write a time from 1s to 24h")
    return total_s


_REFUSED_ENV: Mapping[str, str] = {
    "PATH": "it decides which programs run; name the program in install instead",
    "LD_": "it puts other code into every process, and changes what is counted",
    "DYLD_": "it puts other code into every process, and changes what is counted",
    "GLIBC_TUNABLES": "it changes the allocator that is measured",
    "MALLOC_": "it changes the allocator that is measured",
    "VALGRIND_": "it changes how instructions are counted",
    "PYTHONHASHSEED": "the measurement sets it, the same on both sides",
    "PYTHONPATH": "it would shadow the installed packages; install what is needed instead",
    "PYTHONHOME": "it would replace the interpreter of the environment; use python instead",
    "PYTHONSTARTUP": "it runs a file that is not part of the benchmark",
    "PYTHONINSPECT": "the process would wait for a keyboard",
    "PYTHONMALLOC": "it changes the allocator that is measured",
    "PYTHONTRACEMALLOC": "tracing allocations changes every measurement",
    "PYTHONPROFILEIMPORTTIME": "it writes to the output that is parsed",
    "PYTHONUSERBASE": "it would add packages from outside the environment",
}


def _env(node: yaml.Node, what: str) -> dict[str, str]:
    return {_env_name(name): _env_value(value, name.value) for name, value in _pairs(node, what).items()}


def _env_name(node: yaml.ScalarNode) -> str:
    name = str(node.value)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise _MistakeError(node, f"env name {_quoted(name)} is not an identifier; use letters, digits and underscores")
    for refused, why in _REFUSED_ENV.items():
        if name == refused or (refused.endswith("_") and name.startswith(refused)):
            raise _MistakeError(node, f"env cannot set {_quoted(name)}: {why}; remove it")
    return name


def _env_value(node: yaml.Node, name: str) -> str:
    if not isinstance(node, yaml.ScalarNode) or "\0" in node.value:
        raise _MistakeError(node, f"env {name} must be text without NUL characters; put it in quotes")
    return str(node.value)


def _benchmarks(node: yaml.Node, what: str) -> tuple[BenchmarksConfig, ...]:
    items = _items(node, what, "[{runner: pytest, paths: [benchmarks/]}]")
    return tuple(_benchmarks_entry(item) for item in items)


def _benchmarks_entry(node: yaml.Node) -> BenchmarksConfig:
    values = _fields(node, _BENCHMARKS, "an entry of benchmarks")
    if "runner" not in values:
        raise _MistakeError(node, "an entry of benchmarks names no runner; add 'runner: pytest', or another")
    entry = BenchmarksConfig(**values)
    if entry.runner == "command" and not entry.command:
        raise _MistakeError(node, "the runner command needs a command; add 'command: ...'")
    if entry.command and entry.runner not in ("command", "pyperf"):
        raise _MistakeError(node, f"the runner {entry.runner} takes no command; remove it, or use runner: command")
    if (entry.setup or entry.prepare) and entry.runner != "command":
        raise _MistakeError(node, f"the runner {entry.runner} takes no setup or prepare; they are for runner: command")
    return entry


def _runner(node: yaml.Node, what: str) -> str:
    """Any word: which runners there are, only the room of runners knows."""
    value = _text(node, what)
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", value):
        raise _MistakeError(node, f"{what} cannot be {_quoted(value)}; write one word, such as pytest")
    return value


def _commands(node: yaml.Node, what: str) -> tuple[str, ...]:
    """One command, or a list of them."""
    listed = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(_text(item, what).strip() for item in listed)


def _paths(node: yaml.Node, what: str) -> tuple[str, ...]:
    return tuple(_path(item) for item in _items(node, what, "[benchmarks/]"))


def _path(node: yaml.Node) -> str:
    value = _text(node, "a path")
    path = PurePosixPath(value)
    if path.is_absolute() or ".." in path.parts or value.startswith(("-", "~")) or "\\" in value or "\n" in value:
        raise _MistakeError(node, f"path {_quoted(value)} leaves the repository; write it relative to the root, with /")
    return value


def _rules(node: yaml.Node, what: str) -> RulesConfig:
    return RulesConfig(**_fields(node, {"ignore": _rule_names, "unsafe": _flag}, what))


def _rule_names(node: yaml.Node, what: str) -> tuple[str, ...]:
    return tuple(_rule_name(item) for item in _items(node, what, "[str_concat_in_loop]"))


def _rule_name(node: yaml.Node) -> str:
    value = _text(node, "a rule")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise _MistakeError(node, f"{_quoted(value)} is not the name of a rule; see 'perfwright rules' for the names")
    return value


def _sweep(node: yaml.Node, what: str) -> SweepConfig:
    return SweepConfig(**_fields(node, {"schedule": _cron, "open-pull-requests": _count}, what))


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_CRON: tuple[tuple[str, int, int, list[str]], ...] = (
    ("minute", 0, 59, []),
    ("hour", 0, 23, []),
    ("day of month", 1, 31, []),
    ("month", 1, 12, _MONTHS),
    ("day of week", 0, 7, _DAYS),
)


def _cron(node: yaml.Node, what: str) -> str:
    value = _text(node, what)
    parts = value.split()
    if len(parts) != len(_CRON):
        raise _MistakeError(node, f'{what} {_quoted(value)} has {len(parts)} fields, not 5; write it like "0 3 * * *"')
    for part, (name, low, high, words) in zip(parts, _CRON, strict=True):
        if not all(_is_cron_item(item, low, high, words) for item in part.split(",")):
            raise _MistakeError(node, f"{what}: {_quoted(part)} is not a {name} ({low}-{high}, *, a-b, */n)")
    return " ".join(parts)


def _is_cron_item(item: str, low: int, high: int, words: list[str]) -> bool:
    match = re.fullmatch(r"(\*|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:/([0-9]{1,2}))?", item.lower())
    if match is None or (match[4] and int(match[4]) == 0):
        return False
    if match[1] == "*":
        return True
    first = _cron_number(match[2], low, words)
    last = _cron_number(match[3], low, words) if match[3] else first
    return first is not None and last is not None and low <= first <= last <= high


def _cron_number(text: str, low: int, words: list[str]) -> int | None:
    if text in words:
        return words.index(text) + low
    return int(text) if text.isdigit() else None


def _nearest(value: str, names: Iterable[str]) -> str:
    near = get_close_matches(value, list(names), n=1, cutoff=0.5)
    return f"did you mean {near[0]}?" if near else f"use one of {_listed(names)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _quoted(value: str) -> str:
    """Text of the repository, short and on one line."""
    return repr(value if len(value) <= 40 else f"{value[:37]}...")


_BENCHMARKS: Mapping[str, _Read] = {
    "runner": _runner,
    "paths": _paths,
    "command": _commands,
    "setup": _text,
    "prepare": _text,
}

_CONFIG: Mapping[str, _Read] = {
    "install": _text,
    "python": _python,
    "env": _env,
    "benchmarks": _benchmarks,
    "tests": _text,
    "threshold": _percentage,
    "thresholds": _thresholds,
    "metrics": _metrics,
    "calls": _calls,
    "fail-check": _flag,
    "budget": _duration_s,
    "rules": _rules,
    "fixes": _choice(get_args(FixPolicy)),
    "sweep": _sweep,
    "forks": _choice(get_args(ForkPolicy)),
}
