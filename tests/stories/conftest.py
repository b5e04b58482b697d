"""GitHub, and the bot that listens to it; nothing that the bot sends may break GitHub's schemas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.web import create_app
from tests.github.fake import FakeGitHub
from tests.github.people import Person, Repo
from tests.stories.bot import FILES, Bot, Listener


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    with FakeGitHub(directory=tmp_path / "github") as github:
        yield github
        assert github.violations == []


@pytest.fixture
def bot(github: FakeGitHub, tmp_path: Path) -> Iterator[Bot]:
    bot = Bot(github, tmp_path)
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
