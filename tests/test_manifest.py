"""`app.yml` asks for what the code uses: no event that nobody handles, no permission that nobody needs."""

from __future__ import annotations

from bot import handlers
from bot.github import PERMISSIONS
from bot.registration import manifest

BY_THEMSELVES = {"check_run", "check_suite", "installation", "installation_repositories"}
"""GitHub sends these to every app that may write checks, or to every app."""
READING = {"metadata": "read", "merge_queues": "read"}
"""Given to every app; and what the event `merge_group` needs."""


def test_exactly_the_events_that_are_handled():
    assert set(manifest("https://perf.example.org")["default_events"]) == set(handlers.events()) - BY_THEMSELVES


def test_exactly_the_permissions_that_are_used():
    assert manifest("https://perf.example.org")["default_permissions"] == {**PERMISSIONS, **READING}


def test_our_addresses_are_in_it():
    made = manifest("https://perf.example.org")
    assert made["hook_attributes"] == {"url": "https://perf.example.org/api/github/webhooks", "active": True}
    assert made["redirect_url"] == "https://perf.example.org/setup/callback"
    assert made["public"] is False
