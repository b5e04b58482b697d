"""Nothing is kept that is not signed, nothing is acknowledged that is not kept."""

from __future__ import annotations

import hashlib
import hmac
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import TransientError
from bot.webhook import LARGEST_BYTES, Webhooks, signed

SECRET = "s3cret"


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Door:
    """The application with what it would have stored."""

    def __init__(self, secret: str | None = SECRET, put=None) -> None:
        self.kept: dict[str, bytes] = {}
        self.woken: list[str] = []
        self.counted: list[tuple[str, str]] = []
        self.app = Webhooks(
            lambda: secret, frozenset({"push", "ping"}), put or self.put, self.woken.append,
            lambda event, outcome, _seconds: self.counted.append((event, outcome)),
        )  # fmt: skip

    def put(self, delivery) -> bool:
        new = delivery.id not in self.kept
        self.kept.setdefault(delivery.id, delivery.body)
        return new

    def send(self, body: bytes = b"{}", stream: bytes | None = None, **environ: object) -> str:
        given = {
            "wsgi.input": io.BytesIO(body if stream is None else stream),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_HUB_SIGNATURE_256": signature(body),
            "HTTP_X_GITHUB_EVENT": "push",
            "HTTP_X_GITHUB_DELIVERY": "guid",
            **environ,
        }
        answers: list[str] = []
        self.app(given, lambda status, _headers: answers.append(status))
        return answers[0].split()[0]


def test_a_signed_delivery_is_kept_and_somebody_is_woken():
    door = Door()
    assert door.send(b'{"a": 1}') == "202"
    assert (door.kept, door.woken, door.counted) == ({"guid": b'{"a": 1}'}, ["guid"], [("push", "stored")])


def test_the_same_delivery_again_is_acknowledged_and_wakes_nobody():
    door = Door()
    assert [door.send(), door.send()] == ["202", "202"]
    assert door.woken == ["guid"]


@pytest.mark.parametrize(
    ("environ", "status"),
    [
        pytest.param({"HTTP_X_HUB_SIGNATURE_256": ""}, "401", id="no signature"),
        pytest.param({"HTTP_X_HUB_SIGNATURE_256": signature(b"{}", "other")}, "401", id="another secret"),
        pytest.param({"HTTP_X_HUB_SIGNATURE_256": signature(b"{ }")}, "401", id="of another body"),
        pytest.param({"HTTP_X_HUB_SIGNATURE_256": "sha1=" + "0" * 40}, "401", id="of another kind"),
        pytest.param({"HTTP_X_HUB_SIGNATURE_256": "é\udc80"}, "401", id="no text at all"),
        pytest.param({"HTTP_X_GITHUB_EVENT": ""}, "400", id="no event"),
        pytest.param({"HTTP_X_GITHUB_DELIVERY": ""}, "400", id="no id"),
        pytest.param({"HTTP_X_GITHUB_DELIVERY": "x" * 101}, "400", id="too long an id"),
        pytest.param({"HTTP_X_GITHUB_DELIVERY": "a\nb"}, "400", id="an id with a line end"),
        pytest.param({"CONTENT_LENGTH": "3"}, "400", id="shorter than it says"),
        pytest.param({"CONTENT_LENGTH": str(LARGEST_BYTES + 1)}, "413", id="says that it is too large"),
        pytest.param({"CONTENT_LENGTH": "", "stream": b"{}"}, "401", id="no length, and no end known"),
        pytest.param({"HTTP_X_GITHUB_EVENT": "star"}, "202", id="an event that means nothing"),
    ],
)
def test_what_is_not_kept(environ, status):
    door = Door()
    assert door.send(**environ) == status
    assert (door.kept, door.woken) == ({}, [])


def test_chunks_are_read_up_to_the_limit():
    door = Door()
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert door.send(b"{}", **chunked) == "202"
    assert door.send(b"x", b"x" * (LARGEST_BYTES + 1), **chunked) == "413"


def test_without_a_secret_nothing_is_taken():
    door = Door(secret=None)
    assert door.send() == "503"
    assert door.kept == {}


def test_what_cannot_be_stored_is_not_acknowledged():
    def put(_delivery):
        raise TransientError("the disk is full")

    door = Door(put=put)
    assert door.send() == "503"
    assert door.woken == []


TEXT = st.text(st.characters(codec="latin-1"), max_size=120)


HEADERS = ("HTTP_X_HUB_SIGNATURE_256", "HTTP_X_GITHUB_EVENT", "HTTP_X_GITHUB_DELIVERY", "CONTENT_LENGTH")


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(HEADERS), TEXT))
def test_whatever_comes_is_answered_and_nothing_unsigned_is_kept(body, environ):
    door = Door()
    environ.setdefault("HTTP_X_HUB_SIGNATURE_256", "sha256=" + "0" * 64)
    assert door.send(body, **environ) in ("202", "400", "401", "413")
    assert door.kept == {}


@given(st.binary(max_size=100), st.text(max_size=80))
def test_only_the_right_signature_is_right(body, guess):
    assert signed(SECRET, body, signature(body))
    assert not signed(SECRET, body, guess)
