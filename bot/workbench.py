"""The edges that the stages work with, tied together: git, sandbox, environments, store and progress.

Partner: `bot/pipeline.py` makes one workbench per check and hands it from stage to stage.
"""

from __future__ import annotations

import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from bot import harness, sandbox
from bot.core.model import Side, Suite
from bot.counter import Event
from bot.environment import Environment, Workshop
from bot.git import Repository, Variant
from bot.harness import Harness, Instrument, Parted
from bot.sandbox import Command, Driver, Limits, Mount
from bot.sandbox.process import Process
from bot.store import Store


class Progress(Protocol):
    """Where a person sees how far the work has got."""

    def stage(self, name: str) -> None:
        """A stage of the path begins."""
        ...

    def step(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        """What is being done now; `done` of `total` when it can be counted."""
        ...


@dataclass(frozen=True, slots=True)
class Checkout:
    """One side, ready to run: files and environment."""

    side: Side
    variant: Variant
    environment: Environment
    env: Mapping[str, str]
    """The configuration's variables, in force when it runs as they were when it was built."""


class Workbench:
    """The edges of one check; close it, or use it as a context, and its files are gone."""

    def __init__(self, repository: Repository, driver: Driver, home: Path, progress: Progress) -> None:
        self.repository, self.driver, self.progress = repository, driver, progress
        self.environments = Workshop(home / "environments", driver)
        self.store = Store(home / "perfwright.db")
        self._scratch = tempfile.TemporaryDirectory(prefix="perfwright-")
        self._running: weakref.WeakSet[Process] = weakref.WeakSet()
        self._interrupted = False
        self.clock: Callable[[], float] = time.monotonic

    def export(self, variant: Variant) -> Path:
        """The variant's files on disk; sandboxes copy them, nothing ever runs in this place."""
        place = Path(self._scratch.name) / variant.digest
        if not place.is_dir():
            # Two threads may export the same files: each into a place of its own, the first one stays.
            made = Path(tempfile.mkdtemp(dir=self._scratch.name))
            variant.export(made)
            try:
                made.rename(place)
            except OSError:
                if not place.is_dir():
                    raise
        return place

    def command(
        self, checkout: Checkout, argv: tuple[str, ...], *, seed: int = 0, limits: Limits | None = None
    ) -> Command:
        """A command of the run phase in a checkout; the same seed on both sides makes them comparable."""
        environment = checkout.environment
        return Command(
            argv,
            "run",
            (self.export(checkout.variant), *environment.sources),
            (*environment.mounts, Mount(self.environments.harness(environment.interpreter), sandbox.HARNESS)),
            {
                **environment.variables,
                **checkout.env,
                "VIRTUAL_ENV": sandbox.ENVIRONMENT,
                "PYTHONHASHSEED": str(seed),
                "PYTHONNOUSERSITE": "1",
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
            limits or Limits(),
        )

    def start(self, command: Command, event: Event | None = None) -> Process:
        """Start a command in the sandbox; `event` is what the processor shall count of it."""
        if self._interrupted:
            raise KeyboardInterrupt
        process = Process(self.driver, command, event)
        self._running.add(process)
        return process

    def interrupt(self) -> None:
        """End everything that runs and start nothing more; for a signal handler, so that no thread waits for it."""
        self._interrupted = True
        for process in tuple(self._running):
            process.kill()

    def serve(
        self,
        checkout: Checkout,
        suite: Suite,
        instrument: Instrument,
        *,
        seed: int = 0,
        limits: Limits | None = None,
        prefix: tuple[str, ...] = (),
        event: Event | None = None,
    ) -> Harness:
        """A harness that serves a suite in a checkout."""

        def start(part: Suite) -> Harness:
            argv = (*prefix, *harness.argv(part, instrument))
            command = self.command(checkout, argv, seed=seed, limits=limits)
            return Harness(lambda: self.start(command, event), instrument)

        parts = suite.apart()
        return start(parts[0]) if len(parts) == 1 else Parted(parts, start)

    def close(self) -> None:
        """Remove what the check has put on disk; what was measured stays in the store."""
        self._scratch.cleanup()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
