"""Runs the repository's tests with pytest and reports every outcome as one line of JSON.

Started as `python outcomes.py ROOT WANTED [PYTEST-ARGUMENT ...]`; WANTED is JSON: `watched` are functions (path and
first line) whose calls are recorded, `only` the ids of the tests to run. Partner: `bot/stages/testing.py`.
"""

import json
import os
import sys

import namespaces
import record_calls

WANTED = json.loads(sys.argv[2])
RECORDER = record_calls.Recorder(sys.argv[1], WANTED.get("watched", []))
if RECORDER.watched:
    RECORDER.install()  # before pytest, which may be built on what is to be recorded

import pytest  # noqa: E402
import suite_pytest  # noqa: E402


class Outcomes:
    """Collects the outcome of each test; the benchmark fixture calls once and measures nothing."""

    def __init__(self):
        self.outcomes, self.errors = {}, []

    def pytest_collection_modifyitems(self, config, items):
        only = set(WANTED.get("only", ()))
        if only:
            config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in only])
            items[:] = [item for item in items if item.nodeid in only]

    def pytest_runtest_logstart(self, nodeid, location):
        RECORDER.test = nodeid

    def pytest_runtest_logfinish(self, nodeid, location):
        RECORDER.test = None

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            if self.outcomes.get(report.nodeid) != "failed":
                self.outcomes[report.nodeid] = report.outcome

    def pytest_collectreport(self, report):
        if report.failed:
            self.errors.append(report.nodeid)


def main():
    """Run, keeping everything else that is printed away from the answer."""
    answer = os.dup(1)
    os.dup2(2, 1)
    root = sys.argv[1]
    os.chdir(root)
    sys.path.insert(0, root)
    namespaces.install(root)
    outcomes = Outcomes()
    arguments = suite_pytest.arguments(root) + ["--continue-on-collection-errors"]
    status = pytest.main(arguments + sys.argv[3:], plugins=[suite_pytest.Plugin(None), outcomes])
    result = {"outcomes": outcomes.outcomes, "errors": outcomes.errors, "status": int(status)}
    if RECORDER.watched:
        result["recording"] = RECORDER.answer()
    data = json.dumps(result).encode() + b"\n"
    while data:
        data = data[os.write(answer, data) :]


if __name__ == "__main__":
    main()
