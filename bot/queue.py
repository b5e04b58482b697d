"""The queue: wakes whoever is free. It carries names only; the database says what is to be done.

The only room that knows RQ and Redis. Jobs and results are JSON, never pickles. Settings of the worker: RQ finds a dead
worker late by itself, so leases decide (`docs/decisions/app.md`). Partner: `bot/worker.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue as RqQueue
from rq import Retry
from rq.serializers import JSONSerializer
from rq.worker import Worker

from bot.errors import TransientError

Name = Literal["deliveries", "tasks", "bench"]
_LONGEST_S = 8 * 3600
_RETRY = {"max": 3, "interval": [1, 10, 60]}


class Queue:
    """One queue server."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, socket_connect_timeout=2, health_check_interval=30)

    def wake_deliveries(self, ids: Sequence[str]) -> None:
        """Somebody shall look at these deliveries."""
        self._wake("bot.worker.deliver", [(one,) for one in ids], "deliveries")

    def wake_tasks(self, names: Sequence[str], queue: Name) -> None:
        """Somebody shall look at these tasks."""
        self._wake("bot.worker.work", [(name, queue) for name in names], queue)

    def missing(self, names: Sequence[str], queue: Name) -> Sequence[str]:
        """As many of the names as nobody can have been woken for: a message that waits is as good as another."""
        try:
            return names[: max(0, len(names) - RqQueue(queue, connection=self._redis).count)]
        except RedisError as error:
            raise TransientError(f"the queue cannot be reached: {error}") from None

    def _wake(self, function: str, calls: Sequence[tuple[str, ...]], queue: Name) -> None:
        if not calls:
            return
        try:
            place = RqQueue(queue, connection=self._redis, serializer=JSONSerializer)
            # One pipeline for all; a job more than needed finds nothing to do.
            jobs = [
                RqQueue.prepare_data(
                    function, args=arguments, timeout=_LONGEST_S, result_ttl=0, failure_ttl=24 * 3600,
                    retry=Retry(**_RETRY),  # type: ignore[arg-type]
                )
                for arguments in calls
            ]  # fmt: skip
            place.enqueue_many(jobs)
        except RedisError as error:
            raise TransientError(f"the queue cannot be reached: {error}") from None

    def ping(self) -> None:
        """Raises TransientError where the queue does not answer."""
        try:
            self._redis.ping()
        except RedisError as error:
            raise TransientError(f"the queue cannot be reached: {error}") from None

    def run_worker(self, queues: Sequence[Name], *, burst: bool = False) -> None:
        """Do what comes, until told to stop."""
        worker = Worker(
            list(queues), connection=self._redis, serializer=JSONSerializer, worker_ttl=30, maintenance_interval=15,
            job_monitoring_interval=5,
        )  # fmt: skip
        worker.work(burst=burst, logging_level="WARNING", with_scheduler=True)
