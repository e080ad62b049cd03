"""`Bar`: how far a step is: a bar on a terminal, now and then a line in a log."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

EVERY = 5.0  # seconds between two lines of a log


class Bar:
    """Counts what is done of `total`; use as a context manager. `done` is what an earlier run did.

    On a terminal it is a bar with the time left; elsewhere a line on stderr every few seconds and
    one at the end.
    """

    def __init__(self, name: str, total: int, *, done: int = 0, every: float = EVERY) -> None:
        self.name, self.total, self.done, self.every = name, total, done, every
        self._before, self._started = done, time.monotonic()
        self._said = self._started
        self._note = self._line = ""
        self._rich: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and self.total:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress,
                TextColumn,
                TimeRemainingColumn,
            )

            columns = (
                TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                TimeRemainingColumn(), TextColumn("{task.fields[note]}", markup=False),
            )  # fmt: skip
            self._rich = Progress(*columns, console=Console(stderr=True))
            self._rich.start()
            self._rich.add_task(self.name, total=self.total, completed=self.done, note="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._rich is not None:
            self._rich.stop()
        elif self.total and self._text() != self._line:
            self._print()

    def step(self, count: int = 1, note: str = "") -> None:
        """`count` more are done; `note` is shown behind the count."""
        self.done += count
        self._note = note or self._note
        if self._rich is not None:
            self._rich.update(0, completed=self.done, note=self._note)
        elif time.monotonic() - self._said >= self.every:
            self._print()

    def say(self, text: str) -> None:
        """A line of its own, above the bar."""
        if self._rich is not None:
            self._rich.console.print(text, markup=False, highlight=False)
        else:
            print(text, file=sys.stderr, flush=True)

    def _text(self) -> str:
        here = self.done - self._before
        left = (time.monotonic() - self._started) / max(1, here) * (self.total - self.done)
        parts = [f"{self.name}: {self.done:,}/{self.total:,}"]
        parts += [f"{left:.0f} s left"] if here and self.done < self.total else []
        return ", ".join([*parts, *([self._note] if self._note else [])])

    def _print(self) -> None:
        self._said = time.monotonic()
        self._line = self._text()
        print(self._line, file=sys.stderr, flush=True)
