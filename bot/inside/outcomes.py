"""Runs the repository's tests with pytest and reports every outcome as one line of JSON.

Started as `python outcomes.py ROOT [PYTEST-ARGUMENT ...]`. Partner: `bot/stages/verify.py`.
"""

import json
import os
import sys

import pytest
import suite_pytest


class Outcomes:
    """Collects the outcome of each test; the benchmark fixture calls once and measures nothing."""

    def __init__(self):
        self.outcomes, self.errors = {}, []

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
    outcomes = Outcomes()
    arguments = suite_pytest.arguments({"root": root, "paths": []}) + ["--continue-on-collection-errors"]
    status = pytest.main(arguments + sys.argv[2:], plugins=[suite_pytest.Plugin(None), outcomes])
    result = {"outcomes": outcomes.outcomes, "errors": outcomes.errors, "status": int(status)}
    data = json.dumps(result).encode() + b"\n"
    while data:
        data = data[os.write(answer, data) :]


if __name__ == "__main__":
    main()
