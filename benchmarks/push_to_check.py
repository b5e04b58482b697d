"""How long it takes from opening a pull request to its queued check run, with the app's real processes, warm.

    python -m benchmarks.push_to_check

The stand-in for GitHub delivers the webhook and answers the API on loopback; GitHub's own delays come on top.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from tests.github.fake import FakeGitHub
from tests.test_crash import Up

ROUNDS = 20


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        github = FakeGitHub(directory=place / "github")
        app = Up(github, place)
        try:
            app.wait()
            github.send_webhooks_to(f"{app.url}/api/github/webhooks")
            print(table(rounds(github)))
        finally:
            app.close()
            github.close()


def rounds(github: FakeGitHub) -> list[float]:
    alice = github.user("alice")
    repo = github.repository("alice/parser", {"README.md": "A parser.\n"})
    repo.install()
    took = []
    for number in range(ROUNDS + 1):
        repo.push(f"topic{number}", {"README.md": f"{number}\n"}, by=alice)
        began = time.perf_counter()
        pull = repo.open_pull(head=f"topic{number}", by=alice)
        while not pull.runs():
            time.sleep(0.005)
        took.append(time.perf_counter() - began)
        while pull.runs()[0].now.status != "completed":
            time.sleep(0.02)
    return took[1:]  # the first one is not warm


def table(took: list[float]) -> str:
    ordered = sorted(took)
    return "\n".join([
        "| from opening to the queued check run | median | slowest |", "|:--|--:|--:|",
        f"| {len(took)} pull requests | {statistics.median(ordered):.2f} s | {ordered[-1]:.2f} s |",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
