"""The nouns of the path from plan to report; `docs/glossary.md` gives each word its one meaning.

Every noun is frozen, and plain enough to be stored as JSON between two stages (see `bot/store`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Side = Literal["base", "head"]
Gate = Literal["instructions", "processor instructions", "cpu time"]
"""The metric that decides about a benchmark of the code's speed, the best one first: instructions as valgrind counts
them, or as the processor does in turns."""
Metric = Literal[
    "instructions", "processor instructions", "cpu time", "wall time", "peak memory", "bytecodes", "calls",
    "import time", "tracked",
]  # fmt: skip
Word = Literal["regression", "improvement", "no change", "inconclusive", "added", "removed", "failed"]
FixStatus = Literal["verified", "rejected", "unverified"]
Status = Literal["added", "deleted", "modified", "renamed"]

TESTS = "tests"
"""The runner whose benchmarks are the repository's own tests; every report says so beside their verdicts."""
PROJECT = "project"
"""The option by which a harness knows which of several projects it serves."""

IN_TURNS: tuple[Metric, ...] = ("processor instructions", "cpu time", "wall time")
"""What the time arm measures, in sessions."""
UNITS: Mapping[Metric, str] = {
    "instructions": "instructions", "processor instructions": "instructions", "cpu time": "ns", "wall time": "ns",
    "peak memory": "bytes", "bytecodes": "bytecodes", "calls": "calls", "import time": "instructions", "tracked": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Revisions:
    """The three commits of a comparison. Head is always compared with the merge base, never with the tip of base."""

    base_sha: str
    head_sha: str
    merge_base_sha: str
    backwards: bool = False
    """Head is an ancestor of base, so base itself stands in for the merge base."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """One hunk of the diff. Starts are 1-based; a length may be 0 (pure insertion or deletion)."""

    header: str
    old_start: int
    old_length: int
    new_start: int
    new_length: int
    old_changed: tuple[int, ...]
    """Line numbers at base that the hunk removes."""
    new_changed: tuple[int, ...]
    """Line numbers at head that the hunk adds."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """What the diff does to one file; `old_path` differs from `path` for a rename, hunks are empty for binaries."""

    path: str
    old_path: str
    status: Status
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """The benchmarks of one runner as it found them in a tree, before anything of the repository has run."""

    runner: str
    paths: tuple[str, ...]
    """Files (or, for asv, the directory) that hold the benchmarks, relative to the root of the repository."""
    definition: tuple[str, ...] = ()
    """Every file that defines what is measured (benchmarks, their conftest files and data): base's version is used on
    both sides, so that editing a benchmark is never mistaken for editing the code that it measures."""
    imports: tuple[str, ...] = ()
    """Top-level modules that the definition imports, from which the needed packages are found."""
    options: Mapping[str, str] = field(default_factory=dict)
    """What the runner's harness needs to know more, such as asv's benchmark directory."""
    projects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The paths by the project that they lie in, where that is not always the root's: each is loaded by itself."""

    def apart(self) -> tuple[Suite, ...]:
        """What one process each has to load."""
        parts = (
            replace(self, paths=paths, options={**self.options, PROJECT: place}, projects={})
            for place, paths in self.projects.items()
        )
        return tuple(parts) or (self,)


@dataclass(frozen=True, slots=True)
class BenchmarkRef:
    """One benchmark: `id` is the runner's own name for it, and what every report shows."""

    id: str
    runner: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides what `measure` will do; computed from git objects alone, nothing has run yet."""

    revisions: Revisions
    changes: tuple[FileChange, ...]
    suites: tuple[Suite, ...]
    head_suites: tuple[Suite, ...]
    notes: tuple[str, ...] = ()
    """Things that a reader of the report should know, such as a conflict between base and head."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What was measured of one metric of one benchmark on both sides.

    `base` and `head` pair up by index: for `instructions` one count per hash seed, for times and for what the processor
    counts the median of one session's turns per call, for everything else one value per hash seed.
    """

    benchmark: str
    runner: str
    metric: Metric
    base: tuple[float, ...] = ()
    head: tuple[float, ...] = ()
    base_error: str | None = None
    head_error: str | None = None
    unit: str | None = None
    """None is the metric's own; a value that a suite tracks itself names one."""
    noise: float = 0.0
    """How far two counts of the same side under the same seed were apart, as a log ratio; 0 where none was repeated."""
    lacking: str | None = None
    """Why not everything is there that was asked for to be sure: without it nothing is called a change."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer for one benchmark. `ratio` is head over base, above 1 is worse; `reason` is for people."""

    id: str
    verdict: Word
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    base: float | None = None
    head: float | None = None
    unit: str = "instructions"
    rounds: int = 0
    reason: str | None = None
    runner: str = ""
    metric: Metric = "instructions"
    """The metric that decided, in which `ratio`, `base` and `head` are given."""
    metrics: tuple[Verdict, ...] = ()
    """What further metrics say of the same benchmark, each with a word of its own."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A function that the diff changed and that explains a share (0 to 1, or more) of one benchmark's change."""

    benchmark: str
    path: str
    function: str
    hunk: str
    """The header of the hunk, or "" where no line of the function itself changed."""
    lines: tuple[int, int]
    """First and last guilty line at head, 1-based."""
    share: float
    evidence: str
    interval: tuple[float, float] | None = None
    """The range of the share, where an experiment has shown it."""


@dataclass(frozen=True, slots=True)
class TestCount:
    """Outcome of the repository's tests with a fix applied; `broken` names tests that passed before and do not now."""

    __test__ = False
    passed: int
    failed: int
    broken: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    """Tests that failed with it, or without it, and not always."""
    before: int = 0
    """How many passed without it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Calls of the changed functions, made without and with a fix in separate sandboxes, that did the same."""

    calls: int = 0
    """Recorded calls, from tests and benchmarks."""
    variations: int = 0
    left_out: int = 0
    """Those of which nothing can be said, such as calls that do not do the same twice."""
    seconds: float = 0.0
    difference: str | None = None
    """The first call that did something else, with both results."""
    reason: str | None = None
    """Why nothing, or not everything, could be compared."""


PARTIAL_REVERT = "partial_revert"
RESTORED_DECORATOR = "restored_decorator"
WITHOUT_CARD = (PARTIAL_REVERT, RESTORED_DECORATOR)
"""Rules that the diff itself suggests; every other one has a card."""
TOGETHER = " + "
"""Stands between the names of the rules of one fix."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A candidate patch and what verifying it showed. `ratio` is fixed over head on `benchmark`: below 1 is faster."""

    rule: str
    path: str
    function: str
    patch: str
    """A unified diff that `git apply` takes."""
    status: FixStatus
    benchmark: str | None = None
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    tests: TestCount | None = None
    reason: str | None = None
    note: str | None = None
    """What a person should know before taking it, such as what a partial revert takes back."""
    compared: Compared | None = None
    won_back: float | None = None
    """The share of the regression that it takes back; 1 is all of it."""
    uncounted: int = 0
    """Further benchmarks that were not counted with it, beyond the most that are."""

    @property
    def rules(self) -> tuple[str, ...]:
        """All rules that have a part in it."""
        return tuple(self.rule.split(TOGETHER))


@dataclass(frozen=True, slots=True)
class Effort:
    """What finding causes took: variants of head that were counted, and the seconds of that and of the profiles."""

    variants: int = 0
    experiments_s: float = 0.0
    profiles_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured: a number is only as good as what produced it."""

    system: str
    cpu: str
    cores: int
    python: str
    sandbox: str
    tools: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """All that a check has to say; the surfaces in `bot/reports` are pure functions of it."""

    revisions: Revisions
    verdict: Word
    metric: Gate
    seconds: float
    machine: Machine
    verdicts: tuple[Verdict, ...]
    suspects: tuple[Suspect, ...] = ()
    fixes: tuple[Fix, ...] = ()
    notes: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    """Functions (path::function) that the diff changed and that no benchmark reached."""
    threshold: float = 0.01
    imports: tuple[Verdict, ...] = ()
    """What importing the package costs."""
    covered: tuple[str, ...] = ()
    """Functions (path::function) that the diff changed and that some benchmark reached."""
    effort: Effort = field(default_factory=Effort)
    ignored: int = 0
    """How many benchmarks were measured and left out, since people do not want to hear of them."""


OpportunityFix = Literal["safe", "unsafe", "display-only", "none"]


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A place where a rule applies, found without a pull request; its `fix.benchmark` is the one that it costs most."""

    fix: Fix
    line: int
    end_line: int
    """1-based, at the revision that was swept."""
    level: OpportunityFix
    """The card's word on this site."""
    rank: float = 0.0
    """The share of its benchmark's bytecodes that the function executes with what it calls; 0 where none reaches it."""

    known_as: str = ""
    """Its key on an earlier night, when its lines were others (`bot/core/sites.py`)."""

    @property
    def key(self) -> str:
        """What it is, wherever its lines have moved to; another site in the same function is another."""
        return self.known_as or self.own_key

    @property
    def own_key(self) -> str:
        """How it is named the first time that it is seen."""
        removed = "\n".join(line for line in self.fix.patch.split("\n") if line.startswith("-"))
        return f"{self.place}:{hashlib.sha256(removed.encode('utf-8', 'surrogateescape')).hexdigest()[:10]}"

    @property
    def place(self) -> str:
        """The rule and the function."""
        return f"{self.fix.rule}:{self.fix.path}:{self.fix.function}"[:289]

    @property
    def removed(self) -> str:
        """The lines that the fix takes away, however deep they stand."""
        lines = [line[1:].strip() for line in self.fix.patch.split("\n") if line.startswith("-")]
        return "\n".join(lines[1:])  # the first one names the file


@dataclass(frozen=True, slots=True)
class Site:
    """What an opportunity was when it was last seen."""

    key: str
    place: str
    removed: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of opportunities before a sweep, by their keys."""

    open: tuple[str, ...] = ()
    """Proposed, and open still: verified again, beside the others."""
    declined: tuple[str, ...] = ()
    """What people want to hear no more of, also by the names of whole rules: not verified."""
    tried: tuple[str, ...] = ()
    """What did not pass on other nights, the longest ago first: verified after all that was never tried."""
    proposed: tuple[str, ...] = ()
    """All that was ever proposed, and not merged."""
    sites: tuple[Site, ...] = ()
    """What stood on the last nights where something was proposed."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep has found, the most promising first."""

    rev_sha: str
    files: int
    seconds: float
    opportunities: tuple[Opportunity, ...]
    metric: Gate
    machine: Machine | None = None
    """Where it was verified, if it was."""
    notes: tuple[str, ...] = ()
    """Files that could not be read, and what could not be verified."""
    tried: tuple[str, ...] = ()
    """The keys of those whose verification has begun."""
