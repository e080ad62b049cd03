"""The index beside the app: made by a process of its own, so that the app never waits for it.

Not covered: what the index is; `codeask index` makes it, and tells its progress line by line.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["none", "running", "ready", "failed"]
_COUNT = re.compile(r"([\d,]+)\s*(?:/|of)\s*([\d,]+)")


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the index is: `done` of `total` files while it runs."""

    state: State = "none"
    done: int = 0
    total: int = 0

    @property
    def text(self) -> str:
        """What the footer says."""
        if self.state == "running":
            if not self.total:
                return "indexing…"
            return f"indexing {self.done * 100 // self.total}% ({self.done:,}/{self.total:,})"
        return {"none": "", "ready": "index ready", "failed": "no index: answers are cold"}[
            self.state
        ]


def progress_of(told: str) -> IndexState | None:
    """The progress that a line of `codeask index` tells (`1,200/6,820 files`), if it does."""
    found = _COUNT.search(told)
    if found is None:
        return None
    done, total = (int(number.replace(",", "")) for number in found.groups())
    return IndexState("running", min(done, total), total) if total else None


def command(root: Path) -> list[str]:
    """The command that makes or completes the index of a repository."""
    program = "from codeask.tui.cli import codeask; codeask()"
    jobs = max(1, (os.cpu_count() or 2) // 2)  # the questions asked meanwhile need the others
    return [sys.executable, "-c", program, "index", "--repo", str(root), "--jobs", str(jobs)]


class Indexer:
    """One run of the indexing process. `report` is called from a thread of its own."""

    def __init__(self, argv: Sequence[str], report: Callable[[IndexState], None]) -> None:
        self._argv, self._report = list(argv), report
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def start(self) -> threading.Thread:
        """Starts it; gives the thread that follows it."""
        thread = threading.Thread(target=self._follow, daemon=True, name="codeask-index")
        thread.start()
        return thread

    def stop(self) -> None:
        """Ends the process; what it has stored by then stays."""
        self._stopped = True
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def _follow(self) -> None:
        try:
            self._process = subprocess.Popen(
                self._argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE, text=True, errors="replace", start_new_session=True,
            )  # fmt: skip
            if hasattr(os, "setpriority"):  # the processes that it starts inherit it
                os.setpriority(os.PRIO_PROCESS, self._process.pid, 10)
        except OSError:
            self._report(IndexState("failed"))
            return
        self._report(IndexState("running"))
        assert self._process.stderr is not None
        with self._process.stderr as stream:
            for told in stream:  # text mode: a carriage return ends a line too
                state = progress_of(told)
                if state is not None and not self._stopped:
                    self._report(state)
        code = self._process.wait()
        if not self._stopped:
            self._report(IndexState("ready" if code == 0 else "failed"))
