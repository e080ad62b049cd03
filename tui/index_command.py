"""`codeask index`: completes the index of a repository, with a progress bar, or deletes it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..assistant.config import Config
from ..executors.complete import update
from ..executors.errors import CodeaskError, UsageError
from ..executors.index import Index, clear
from ..executors.repository import Repository, find_root
from .parser import Parser

DESCRIPTION = """\
Complete the index of a repository, so that questions about it are answered in milliseconds.
Questions fill it too, as far as they read files; it lies in the user's cache folder, never in the
repository, and notices every change by itself."""


def main(argv: Sequence[str]) -> int:
    """Runs `codeask index`; gives the exit code. Raises `CodeaskError`."""
    options = _parser().parse_args(list(argv))
    if options.clear:
        clear()
        print("Every index is deleted.")
        return 0
    if options.jobs < 1:
        raise UsageError(f"--jobs is a whole number from 1, not '{options.jobs}'.")
    if not Config.load().index:
        raise UsageError("The index is switched off; set 'index = true' in the configuration.")
    root = Path(options.repo) if options.repo else find_root(Path.cwd())
    repository = Repository(root, Index(root))
    with _stop_on_signal() as stopped, _progress() as progress:
        done = update(repository, jobs=options.jobs, progress=progress, stopped=stopped.is_set)
    assert repository.index is not None
    if not done.complete:
        raise CodeaskError(
            f"Stopped after {done.done:,} files, which are kept; run 'codeask index' to go on."
        )
    repository.index.close()
    size = repository.index.bytes / 1_000_000
    print(
        f"{done.files:,} files are in the index ({size:.1f} MB); {done.done:,} were read now, "
        f"in {done.seconds:.1f} s."
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="codeask index", description=DESCRIPTION, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--repo", metavar="DIR", help="the repository (default: the checkout here)")
    parser.add_argument(
        "--jobs", type=int, default=min(8, os.cpu_count() or 1), metavar="N",
        help="processes that parse (default: one a processor, at most 8)",
    )  # fmt: skip
    parser.add_argument(
        "--clear", action="store_true", help="delete the indexes of all repositories"
    )
    return parser


@contextmanager
def _stop_on_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C or a request to end sets: what is read by then is stored."""
    stopped = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopped.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, else lines like `1,200/6,820 files` on stderr."""
    if not sys.stderr.isatty():
        yield lambda done, total: print(f"{done:,}/{total:,} files", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("indexing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
    with bar:  # no thread of its own: so the index's processes can be copies of this one
        task = bar.add_task("indexing")
        yield lambda done, total: bar.update(task, completed=done, total=total, refresh=True)
