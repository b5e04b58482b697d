"""Audits the dependencies of `uv.lock`: where they come from, whether the index still vouches for them, known holes.

    python -m scripts.audit [--strict]

Every locked file has to come from the index with a digest, the index has to list it with the same digest and must not
have yanked it, and there have to be wheels for Linux, because building one runs code of the package and needs a
compiler. Known holes are looked up
by `uv audit`; where its service cannot be reached, that is said, and with `--strict` it is a failure.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from uv import find_uv_bin

_LOCK = Path("uv.lock")
_KIND = "application/vnd.pypi.simple.v1+json"
Page = Mapping[str, Any]


def locked(text: str) -> list[Page]:
    """The packages of a lock file but the project itself."""
    packages = tomllib.loads(text)["package"]
    return [one for one in packages if "editable" not in one["source"] and "virtual" not in one["source"]]


def files(package: Page) -> list[Page]:
    """Every file that may be installed for a package."""
    return [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]


def wrong_in_lock(package: Page) -> Iterator[str]:
    """What cannot be right whatever the index says."""
    name = f"{package['name']} {package.get('version', '')}"
    if "registry" not in package["source"]:
        yield f"{name} does not come from an index: {package['source']}"
        return
    for file in files(package):
        if not str(file.get("hash", "")).startswith("sha256:"):
            yield f"{name} has a file without a digest"
    wheels = [file["url"] for file in package.get("wheels", ())]
    missing = [one for one in ("x86_64", "aarch64") if not any(_runs_on(one, wheel) for wheel in wheels)]
    if missing:
        yield f"{name} has no wheel for Linux on {' and '.join(missing)}: installing it would run its build"


def _runs_on(machine: str, wheel: str) -> bool:
    return wheel.endswith("-any.whl") or ("linux" in wheel and machine in wheel)


def wrong_on_index(package: Page, page: Page) -> Iterator[str]:
    """Where the index does not vouch any more for what is locked."""
    listed = {file["filename"]: file for file in page["files"]}
    for file in files(package):
        name = file["url"].rpartition("/")[2]
        found = listed.get(name)
        if found is None:
            yield f"{name} is not on the index any more"
        elif f"sha256:{found['hashes'].get('sha256')}" != file["hash"]:
            yield f"{name} has another digest on the index than in the lock"
        elif found.get("yanked"):
            yield f"{name} was yanked: {found['yanked']}"


def ask(package: Page) -> Page:
    """The page of a package on the index that it was locked from."""
    address = f"{package['source']['registry'].rstrip('/')}/{package['name']}/"
    request = urllib.request.Request(address, headers={"Accept": _KIND})  # noqa: S310  # the lock's own index
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        found: Page = json.loads(answer.read())
    return found


def audit(packages: list[Page], ask: Callable[[Page], Page]) -> list[str]:
    """Everything that is wrong, one line each."""
    found = [line for package in packages for line in wrong_in_lock(package)]
    indexed = [package for package in packages if "registry" in package["source"]]
    with ThreadPoolExecutor(8) as pool:
        for package, page in zip(indexed, pool.map(ask, indexed), strict=True):
            found += wrong_on_index(package, page)
    return found


def known_holes() -> tuple[str, bool]:
    """What `uv audit` says, and whether its service could be asked."""
    command = [find_uv_bin(), "audit", "--frozen", "--preview-features", "audit-command"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    reached = "error sending request" not in answer.stderr and "Request failed" not in answer.stderr
    return (answer.stdout + answer.stderr if answer.returncode else ""), reached


def main() -> int:
    """Print what is wrong; 1 where something is."""
    packages = locked(_LOCK.read_text(encoding="utf-8"))
    try:
        wrong = audit(packages, ask)
    except OSError as error:
        print(f"audit: the index cannot be asked ({error}): nothing was audited")
        return 1
    said, reached = known_holes()
    if reached and said:
        wrong.append(said.strip())
    for line in wrong:
        print(f"audit: {line}")
    if not reached:
        print("audit: known holes were NOT looked up: the service of `uv audit` (osv.dev) cannot be reached from here")
    if not wrong:
        print(f"audit: {len(packages)} packages: every file is on the index with the locked digest, and none is yanked")
    return 1 if wrong or ("--strict" in sys.argv[1:] and not reached) else 0


if __name__ == "__main__":
    sys.exit(main())
