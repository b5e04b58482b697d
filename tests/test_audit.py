"""The audit of the dependencies: what it finds wrong with a lock file, and with an index."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.audit import audit, locked, main, wrong_in_lock

DIGEST = "ab" * 32


def wheel(platform: str) -> dict[str, Any]:
    return {"url": f"https://files.example.org/x/pkg-1-py3-none-{platform}.whl", "hash": f"sha256:{DIGEST}"}


def package(**more: Any) -> dict[str, Any]:
    source = {"registry": "https://index.example.org/simple"}
    return {"name": "pkg", "version": "1", "source": source, "wheels": [wheel("any")], **more}


def page(**more: Any) -> dict[str, Any]:
    return {"files": [{"filename": "pkg-1-py3-none-any.whl", "hashes": {"sha256": DIGEST}, **more}]}


def test_a_package_that_the_index_vouches_for_is_fine():
    assert audit([package()], lambda _: page()) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param({"files": []}, "is not on the index any more", id="a file that is gone"),
        pytest.param(page(hashes={"sha256": "cd" * 32}), "another digest", id="a file that was replaced"),
        pytest.param(page(hashes={}), "another digest", id="a file without a digest"),
        pytest.param(page(yanked="broken"), "was yanked: broken", id="a release that was taken back"),
    ],
)
def test_what_the_index_does_not_vouch_for_is_named(answer, said):
    (line,) = audit([package()], lambda _: answer)
    assert said in line


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"source": {"git": "https://example.org/x"}}, "does not come from an index", id="a repository"),
        pytest.param({"source": {"url": "https://example.org/x.whl"}}, "does not come from an index", id="an address"),
        pytest.param({"wheels": [], "sdist": package()["wheels"][0]}, "has no wheel", id="a source distribution alone"),
        pytest.param({"wheels": [wheel("macosx_26_0_arm64")]}, "for Linux on x86_64 and aarch64", id="another system"),
        pytest.param({"wheels": [wheel("manylinux_2_28_x86_64")]}, "for Linux on aarch64", id="for one machine alone"),
        pytest.param({"wheels": [wheel("any") | {"hash": ""}]}, "without a digest", id="a file without a digest"),
    ],
)
def test_what_is_wrong_in_the_lock_is_named(changed, said):
    (line,) = wrong_in_lock(package(**changed))
    assert said in line


def test_our_own_lock_names_files_of_an_index_with_digests_and_wheels():
    packages = locked((Path(__file__).parents[1] / "uv.lock").read_text())
    assert len(packages) > 50
    assert [line for one in packages for line in wrong_in_lock(one)] == []


def test_an_index_that_does_not_answer_is_a_failure(monkeypatch, capsys):
    def away(_: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr("scripts.audit.ask", away)
    assert main() == 1
    assert "nothing was audited" in capsys.readouterr().out


@pytest.mark.parametrize(("argv", "status"), [([], 0), (["--strict"], 1)])
def test_holes_that_nobody_could_look_up_are_said_to_be_so(monkeypatch, capsys, argv, status):
    monkeypatch.setattr("scripts.audit.audit", lambda *_: [])
    monkeypatch.setattr("scripts.audit.known_holes", lambda: ("", False))
    monkeypatch.setattr("sys.argv", ["audit", *argv])
    assert main() == status
    assert "NOT looked up" in capsys.readouterr().out
