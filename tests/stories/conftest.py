"""GitHub, and the bot that listens to it; nothing that the bot sends may break GitHub's schemas."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.web import create_app
from tests.github.fake import FakeGitHub
from tests.github.people import Person, Repo
from tests.stories.bot import FILES, Bot, Listener, github_time


def until_noon_s(now: datetime) -> float:
    """Every story begins at noon, so that the hour at which tests run says nothing about the sweeps of the night."""
    return (timedelta(hours=12) - timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)).seconds


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    with FakeGitHub(directory=tmp_path / "github") as github:
        github.world.advance(until_noon_s(github.world.now()))
        yield github
        assert github.violations == []


@pytest.fixture
def bot(github: FakeGitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bot]:
    bot = Bot(github, tmp_path)
    clock = SimpleNamespace(time=lambda: github_time(github), monotonic=time.monotonic, sleep=time.sleep)
    for room in ("bot.github", "bot.work.check"):  # whoever is told to wait reckons with the time that it is there
        monkeypatch.setattr(f"{room}.time", clock)
    listener = Listener(create_app(bot.settings, bot.inbox, lambda _ids: None, bot.tasks))
    github.send_webhooks_to(f"{listener.url}/api/github/webhooks")
    yield bot
    listener.close()


@pytest.fixture
def alice(github: FakeGitHub) -> Person:
    return github.user("alice")


@pytest.fixture
def bob(github: FakeGitHub) -> Person:
    """Somebody without rights here."""
    return github.user("bob")


@pytest.fixture
def repo(github: FakeGitHub, bot: Bot) -> Repo:
    """A repository of alice's with the app on it."""
    repo = github.repository("alice/parser", FILES)
    repo.install()
    bot.work()
    bot.ran.clear()
    return repo
