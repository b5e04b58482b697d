"""Reports to render: one as a pull request would have it, and the same with something else in it."""

from __future__ import annotations

from dataclasses import replace

from bot.core.model import Compared, Fix, Machine, Report, Revisions, Suspect, TestCount, Verdict

REVISIONS = Revisions("1f0c" * 10, "9d2e" * 10, "5ab3" * 10)
MACHINE = Machine("Linux x86_64", "AMD EPYC 7763 64-Core Processor", 4, "3.12.7", "bubblewrap", {"valgrind": "3.22.0"})
PATCH = """\
--- a/pkg/url.py
+++ b/pkg/url.py
@@ -120,7 +120,8 @@ class URL:
     def build(self, parts):
-        seen = []
+        seen = set()
         for part in parts:
             if part in seen:
                 continue
-            seen.append(part)
+            seen.add(part)
"""


def counts(name: str, verdict: str, ratio: float, base: float = 1_000_000, reason: str | None = None) -> Verdict:
    interval = (ratio * 0.996, ratio * 1.004)
    return Verdict(
        f"tests/test_bench.py::{name}", verdict, ratio, interval, base, base * ratio, rounds=3, reason=reason,
        runner="pytest",
    )  # type: ignore[arg-type]  # fmt: skip


PARSE, JOIN = "tests/test_bench.py::test_build_url", "tests/test_bench.py::test_join[many-parts]"

CHANGED = Report(
    revisions=REVISIONS,
    verdict="regression",
    metric="instructions",
    seconds=71.3,
    machine=MACHINE,
    verdicts=(
        counts("test_parse", "no change", 1.0003, 4_310_220),
        counts("test_build_url", "regression", 1.083),
        counts("test_join[many-parts]", "regression", 2.76, 182_400_000),
        counts("test_quote", "improvement", 0.79, 23_910),
        counts("test_split", "no change", 0.9991, 912),
        counts("test_sort", "inconclusive", 1.012, 88_000, "the count differs from one hash seed to the next"),
        Verdict("tests/test_bench.py::test_new", "added", reason="only head has it", runner="pytest"),
        Verdict("tests/test_bench.py::test_old", "removed", reason="only base has it", runner="pytest"),
        Verdict(
            "tests/test_bench.py::test_io", "failed", runner="pytest",
            reason="fails at head only: FileNotFoundError: [Errno 2] No such file or directory: 'data.json'",
        ),
    ),
    suspects=(
        Suspect(
            JOIN, "pkg/url.py", "URL.build", "@@ -118,6 +120,9 @@ class URL:", (120, 131), 0.92,
            "reverting this hunk removes 92 % of the change (interval 89 % to 95 %): 208,080,000 of 503,400,000"
            " instructions are left (base: 182,400,000); 1,204 → 8,911 calls into C; line 124: 90,100 bytecodes, 8,900"
            " calls into C",
            (0.89, 0.95),
        ),
        Suspect(
            PARSE, "pkg/url.py", "URL.build", "@@ -118,6 +120,9 @@ class URL:", (120, 131), 0.88,
            "reverting this hunk removes 88 % of the change (interval 83 % to 93 %): 1,009,960 of 1,083,000"
            " instructions are left (base: 1,000,000)",
            (0.83, 0.93),
        ),
        Suspect(JOIN, "pkg/path.py", "_clean", "", (14, 14), 0.06, "called 1 → 30 times"),
    ),
    fixes=(
        Fix(
            "list_membership_in_loop", "pkg/url.py", "URL.build", PATCH, "verified", JOIN, 0.41, (0.408, 0.413),
            TestCount(120, 2), compared=Compared(34, 210, 3, 4.2), won_back=0.93,
        ),
        Fix(
            "regex_compiled_per_call", "pkg/path.py", "_clean", PATCH, "rejected", JOIN, 0.998, (0.994, 1.002),
            TestCount(120, 2), "not measurably faster",
        ),
        Fix(
            "str_concat_in_loop", "pkg/url.py", "URL.build", PATCH, "rejected", JOIN,
            tests=TestCount(119, 3, ("tests/test_url.py::test_order",)), reason="tests/test_url.py::test_order fails",
        ),
    ),
    notes=("installed packages differ: idna 3.1 -> 3.2",),
    uncovered=("pkg/cookies.py::Jar.load",),
    covered=("pkg/path.py::_clean", "pkg/url.py::URL.build"),
)  # fmt: skip

UNCHANGED = replace(
    CHANGED,
    verdict="no change",
    verdicts=tuple(one for one in CHANGED.verdicts if one.verdict == "no change"),
    suspects=(), fixes=(), notes=(), uncovered=(),
)  # fmt: skip

NOTHING = replace(UNCHANGED, verdict="inconclusive", verdicts=())

TIMES = replace(
    UNCHANGED,
    verdict="regression",
    metric="cpu time",
    verdicts=(
        Verdict("bench.TimeParse.time_long", "regression", 1.094, (1.071, 1.118), 3_204_000, 3_505_000, "ns", 14),
        Verdict("bench.TimeParse.time_short(10)", "no change", 1.001, (0.994, 1.008), 812.4, 813.2, "ns", 14),
        Verdict("bench.TimeParse.time_empty", "inconclusive", 1.03, (0.98, 1.09), 41.2, 42.4, "ns", 14,
                "the machine was too noisy to tell"),
    ),
)  # fmt: skip

HUNGRY = Verdict(
    "tests/test_bench.py::test_parse", "regression", 2.01, (2.01, 2.01), 1_260_000, 2_532_600, "bytes",
    metric="peak memory",
)  # fmt: skip
ALSO = replace(UNCHANGED, verdicts=(replace(UNCHANGED.verdicts[0], metrics=(HUNGRY,)), *UNCHANGED.verdicts[1:]))

SAMPLES = {"changed": CHANGED, "unchanged": UNCHANGED, "nothing": NOTHING, "times": TIMES}
