"""Progress for people: a live line on a terminal, one line a stage elsewhere; a front door's own."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from bot.core.text import plain


class SilentProgress:
    """What `bot.workbench.Progress` asks for, for callers that show nothing."""

    def stage(self, name: str) -> None:
        """A stage of the path begins."""

    def step(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        """What is being done now."""


class TerminalProgress:
    """What `bot.workbench.Progress` asks for, on standard error."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._stage = ""
        self._task: TaskID | None = None
        columns = (
            SpinnerColumn(), TextColumn("[bold]{task.fields[stage]:9}"), TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        self._bar = Bar(*columns, console=console, transient=True, disable=not console.is_terminal)

    def stage(self, name: str) -> None:
        """A stage of the path begins."""
        with self._lock:
            self._stage = name
            if not self._console.is_terminal:
                self._console.print(name, highlight=False)
            self._show("", 0, None)

    def step(self, text: str, *, done: int = 0, total: int | None = None) -> None:
        """What is being done now."""
        with self._lock:
            self._show(plain(text, 60), done, total)

    def _show(self, text: str, done: int, total: int | None) -> None:
        if self._task is None:
            self._task = self._bar.add_task(text, total=total, completed=done, stage=self._stage)
        self._bar.update(self._task, description=text, completed=done, total=total, stage=self._stage)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()
