"""Nothing is kept that is not signed, nothing is acknowledged that is not kept."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Iterable

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

    async def put(self, delivery) -> bool:
        new = delivery.id not in self.kept
        self.kept.setdefault(delivery.id, delivery.body)
        return new

    def send(self, body: bytes = b"{}", parts: Iterable[bytes] | None = None, **headers: str) -> int:
        """The status of one request; `parts` is what really comes, and all of it unless the last one is b""."""
        given = {
            "content_length": str(len(body)), "x_hub_signature_256": signature(body), "x_github_event": "push",
            "x_github_delivery": "guid", **headers,
        }  # fmt: skip
        scope = {"headers": [(name.replace("_", "-").encode(), _raw(value)) for name, value in given.items()]}
        coming = iter([body] if parts is None else parts)
        status: list[int] = []

        async def receive():
            part = next(coming, None)
            if part is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": part, "more_body": parts is not None and part != b""}

        async def send(message):
            if message["type"] == "http.response.start":
                status.append(message["status"])

        asyncio.run(self.app(scope, receive, send))
        return status[0]


def _raw(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def test_a_signed_delivery_is_kept_and_somebody_is_woken():
    door = Door()
    assert door.send(b'{"a": 1}') == 202
    assert (door.kept, door.woken, door.counted) == ({"guid": b'{"a": 1}'}, ["guid"], [("push", "stored")])


def test_the_same_delivery_again_is_acknowledged_and_wakes_nobody():
    door = Door()
    assert [door.send(), door.send()] == [202, 202]
    assert door.woken == ["guid"]


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param({"x_hub_signature_256": ""}, 401, id="no signature"),
        pytest.param({"x_hub_signature_256": signature(b"{}", "other")}, 401, id="another secret"),
        pytest.param({"x_hub_signature_256": signature(b"{ }")}, 401, id="of another body"),
        pytest.param({"x_hub_signature_256": "sha1=" + "0" * 40}, 401, id="of another kind"),
        pytest.param({"x_hub_signature_256": "é\udc80"}, 401, id="no text at all"),
        pytest.param({"x_github_event": ""}, 400, id="no event"),
        pytest.param({"x_github_delivery": ""}, 400, id="no id"),
        pytest.param({"x_github_delivery": "x" * 101}, 400, id="too long an id"),
        pytest.param({"x_github_delivery": "a\nb"}, 400, id="an id with a line end"),
        pytest.param({"parts": [b"{"]}, 400, id="shorter than it says"),
        pytest.param({"content_length": str(LARGEST_BYTES + 1)}, 413, id="says that it is too large"),
        pytest.param({"x_github_event": "star"}, 202, id="an event that means nothing"),
    ],
)
def test_what_is_not_kept(request_, status):
    door = Door()
    assert door.send(**request_) == status
    assert (door.kept, door.woken) == ({}, [])


def test_chunks_are_read_up_to_the_limit():
    door = Door()
    assert door.send(b"{}", [b"{", b"}", b""], content_length="") == 202
    mebibyte = b"x" * (1 << 20)
    read = []
    parts = (read.append(number) or mebibyte for number in range(1000))
    assert door.send(b"x", parts, content_length="") == 413
    assert len(read) == LARGEST_BYTES // len(mebibyte) + 1


def test_many_large_bodies_at_once_cannot_fill_the_memory():
    """What has not signed yet is held up to a limit of all together; when it has gone there is room again."""
    door = Door()
    answers: list[int] = []
    largest = b"x" * LARGEST_BYTES

    async def one(number: int, go_on: asyncio.Event) -> None:
        coming = iter([{"body": largest, "more_body": True}, {"body": b""}])

        async def receive():
            message = next(coming)
            if message["body"] == b"":
                await go_on.wait()
            return {"type": "http.request", **message}

        async def send(message):
            if message["type"] == "http.response.start":
                answers.append(message["status"])

        await door.app({"headers": [(b"x-github-delivery", b"%d" % number)]}, receive, send)

    async def all_at_once() -> None:
        go_on = asyncio.Event()
        sent = [asyncio.create_task(one(number, go_on)) for number in range(10)]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*sent)

    asyncio.run(all_at_once())
    assert sorted(answers) == [401] * 8 + [503] * 2
    assert door.send() == 202


def test_without_a_secret_nothing_is_taken():
    door = Door(secret=None)
    assert door.send() == 503
    assert door.kept == {}


def test_what_cannot_be_stored_is_not_acknowledged():
    async def put(_delivery):
        raise TransientError("the disk is full")

    door = Door(put=put)
    assert door.send() == 503
    assert door.woken == []


TEXT = st.text(st.characters(codec="latin-1"), max_size=120)


HEADERS = ("x_hub_signature_256", "x_github_event", "x_github_delivery", "content_length")


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(HEADERS), TEXT))
def test_whatever_comes_is_answered_and_nothing_unsigned_is_kept(body, headers):
    door = Door()
    headers.setdefault("x_hub_signature_256", "sha256=" + "0" * 64)
    assert door.send(body, **headers) in (400, 401, 413)
    assert door.kept == {}


@given(st.binary(max_size=100), st.text(max_size=80))
def test_only_the_right_signature_is_right(body, guess):
    assert signed(SECRET, body, signature(body).encode())
    assert not signed(SECRET, body, guess.encode("utf-8", "surrogatepass"))
