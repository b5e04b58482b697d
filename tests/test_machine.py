"""What a count depends on besides the files that are counted."""

from __future__ import annotations

import pytest

from bot import counter as processor
from bot import machine, pipeline
from bot.errors import UserError

CPUINFO = "processor\t: 0\nvendor_id\t: A\nmodel\t\t: 17\nmodel name\t: A 1\ncpu MHz\t\t: 2596.1\nflags\t\t: fpu avx2\n"


@pytest.fixture
def counter(tmp_path, monkeypatch):
    """Tells what counts on a machine with this in /proc/cpuinfo, with this valgrind and this libc."""

    def counter(cpuinfo: str = CPUINFO, valgrind: str = "3.25.1", libc: str = "2.41") -> str:
        (tmp_path / "cpuinfo").write_text(cpuinfo)
        monkeypatch.setattr(machine, "valgrind", lambda: valgrind)
        monkeypatch.setattr(machine.platform, "libc_ver", lambda: ("glibc", libc))
        return machine.counter.__wrapped__(tmp_path / "cpuinfo")

    return counter


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"cpuinfo": CPUINFO.replace("A 1", "A 2")}, id="another model"),
        pytest.param({"cpuinfo": CPUINFO.replace(" avx2", "")}, id="fewer instructions"),
        pytest.param({"cpuinfo": "processor\t: 0\nCPU part\t: 0xd0c\n"}, id="another architecture"),
        pytest.param({"valgrind": "3.26.0"}, id="another valgrind"),
        pytest.param({"libc": "2.42"}, id="another libc"),
    ],
)
def test_what_counts_differs(counter, other):
    assert counter(**other) != counter()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(CPUINFO, id="the same"),
        pytest.param(CPUINFO.replace("2596.1", "3100.0"), id="another frequency"),
        pytest.param(CPUINFO + "\n" + CPUINFO.replace(": 0", ": 1"), id="more of the same processors"),
    ],
)
def test_what_counts_is_the_same(counter, other):
    assert counter(other) == counter()


def test_a_machine_that_does_not_say_what_it_is(counter, tmp_path):
    assert machine.counter.__wrapped__(tmp_path / "nowhere") != counter()


@pytest.mark.parametrize(
    ("valgrind", "lacking", "asked", "metric"),
    [
        pytest.param("3.25.1", None, None, "instructions", id="valgrind comes first"),
        pytest.param("3.25.1", None, "cpu time", "cpu time", id="unless something else is asked for"),
        pytest.param("3.25.1", None, "processor instructions", "processor instructions", id="even the processor"),
        pytest.param(None, None, None, "processor instructions", id="without it, the processor counts"),
        pytest.param(None, None, "instructions", "processor instructions", id="which are instructions as well"),
        pytest.param(None, "not offered", None, "cpu time", id="without both, time decides"),
    ],
)
def test_what_decides_is_the_best_that_a_machine_has(monkeypatch, valgrind, lacking, asked, metric):
    monkeypatch.setattr(machine, "valgrind", lambda: valgrind)
    monkeypatch.setattr(processor, "lacking", lambda: lacking)
    assert pipeline._metric(pipeline.Request("base", "head", metric=asked)) == metric


@pytest.mark.parametrize("metric", ["instructions", "processor instructions"])
def test_what_a_machine_cannot_count_is_one_line(monkeypatch, metric):
    monkeypatch.setattr(machine, "valgrind", lambda: None)
    monkeypatch.setattr(processor, "lacking", lambda: "not offered")
    with pytest.raises(UserError, match=rf"^{metric} cannot be counted here: .*--metric 'cpu time'$"):
        pipeline._metric(pipeline.Request("base", "head", metric=metric))
