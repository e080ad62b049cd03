"""`update`: makes a repository's index complete, in several processes, with progress and a way to stop.

Processes, since py-tree-sitter holds the interpreter's lock while it parses. What is done is written
part by part: an update that is stopped or killed goes on where it was.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import cast

from . import wordindex
from .errors import ToolError
from .index import BUSY, Batch, Index, Known, Parsed, batch, joined
from .repository import Repository, Source, digest
from .shortlist import readable
from .tree import FileEntry, is_racy

_PART = 128  # files that one process works on at a time
_GROUP = 4_096  # files that are written at a time
_GROUP_SECONDS = 60.0
_COLLECTED = (50_000, 20, 100)  # of `gc.set_threshold`
_ALONE = 96  # so few files are read sooner than a process starts

Progress = Callable[[int, int], None]  # files done, files to do


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update did. `files` are the parsable ones, `done` those it read; time in seconds."""

    files: int
    done: int
    removed: int
    seconds: float
    complete: bool


@dataclass(slots=True)
class _Part:
    """Files for one process, with the digests that the index knows."""

    root: Path
    files: list[tuple[FileEntry, bytes]]
    asking: int  # the process that asks


@dataclass(slots=True)
class _Done:
    batch: Batch
    touched: list[tuple[str, int, int]]
    files: int


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Few collections of garbage: what is made here has no cycles, and looking for them took 7 %."""
    before = gc.get_threshold()
    gc.set_threshold(*_COLLECTED)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_seldom_collected()
def update(
    repository: Repository,
    *,
    jobs: int = 1,
    progress: Progress = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Updated:
    """Reads every parsable file that the index does not know as it is now, and forgets those gone.

    `progress` is called with the number of files done and to be done, from the calling thread;
    `stopped` is asked between parts. Raises `ToolError` where the repository has no usable index.
    """
    index = repository.index
    if index is None:
        raise ToolError("The index is switched off; set 'index = true' to keep one.")
    started = time.monotonic()
    repository.settle()
    listing = repository.listing()
    known = index.known()
    if index.problem:
        raise ToolError(f"The index cannot be kept in {index.folder}: {index.problem}.")
    todo = [entry for entry in listing.parsable if repository.stored(entry) is None]
    gone = [path for path in known if path not in listing.files]
    if gone:
        index.remove(gone)
    done = 0
    progress(done, len(todo))
    group = _Group(index)
    try:
        parts = _parts(repository.root, todo, known)
        for finished in _run(parts, jobs if len(todo) > _ALONE else 1):
            group.take(finished)
            done += finished.files
            progress(done, len(todo))
            if stopped():
                break
    finally:
        group.write()
    if done == len(todo):
        wordindex.update(repository, filter(readable, listing.files.values()))
    return Updated(
        len(listing.parsable), done, len(gone), time.monotonic() - started, done == len(todo)
    )


class _Group:
    """Parts that are written together: an index of few, large segments is small and quick to ask."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.waiting: list[_Done] = []
        self.since = time.monotonic()

    def take(self, done: _Done) -> None:
        """Adds a part; writes when many wait, or for long."""
        self.waiting.append(done)
        files = sum(one.files for one in self.waiting)
        if files >= _GROUP or time.monotonic() - self.since > _GROUP_SECONDS:
            self.write()

    def write(self) -> None:
        """Writes what waits. Raises `ToolError` when the index takes nothing."""
        waiting, self.waiting = self.waiting, []
        self.since = time.monotonic()
        if not waiting:
            return
        touched = [item for done in waiting for item in done.touched]
        written = self.index.write(joined(done.batch for done in waiting))
        if not written or (touched and not self.index.touch(touched)):
            why = self.index.problem or BUSY
            raise ToolError(f"The index in {self.index.folder} cannot be written: {why}.")


def _parts(root: Path, todo: Sequence[FileEntry], known: Mapping[str, Known]) -> Iterator[_Part]:
    at = 0
    while at < len(todo):  # the last ones are small, so that all processes end together
        some = todo[at : at + (_PART if len(todo) - at > 4 * _PART else max(1, _PART // 3))]
        at += len(some)
        digests = [known[e.path].digest if e.path in known else b"" for e in some]
        yield _Part(root, list(zip(some, digests, strict=True)), os.getpid())


def _run(parts: Iterator[_Part], jobs: int) -> Iterator[_Done]:
    if jobs < 2:
        yield from map(_work, parts)
        return
    if sys.platform == "linux" and threading.active_count() == 1:
        yield from _run_in_copies(parts, jobs)
        return
    from joblib import Parallel, delayed  # a plain question never needs it

    pool = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    yield from cast("Iterator[_Done]", pool(delayed(_work)(part) for part in parts))


def _run_in_copies(parts: Iterator[_Part], jobs: int) -> Iterator[_Done]:
    """In copies of this process, which start at once: safe where it has no other thread."""
    from . import syntax  # noqa: F401  # once for all copies

    pool = ProcessPoolExecutor(jobs, mp_context=get_context("fork"))
    try:
        waiting = {pool.submit(_work, part) for part in islice(parts, 2 * jobs)}
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for one in done:
                waiting.update(pool.submit(_work, part) for part in islice(parts, 1))
                yield one.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _work(part: _Part) -> _Done:
    """Reads and parses the files of one part: what runs in a process of its own."""
    if os.getpid() != part.asking:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it reaches all, and the first one decides
        gc.set_threshold(*_COLLECTED)
    from .syntax import extract

    repository = Repository(part.root)
    parsed: list[Parsed] = []
    touched: list[tuple[str, int, int]] = []
    for entry, before in part.files:
        mtime = 0 if is_racy(entry.mtime_ns, time.time_ns()) else entry.mtime_ns
        source = repository.read(entry.path)
        if source is not None and digest(source.data) == before:
            touched.append((entry.path, entry.size, mtime))
            continue
        facts = extract(source, entry.language) if source is not None else None
        reason = "" if source is not None else repository.content_skips.get(entry.path, "")
        if facts is not None or reason in ("binary", "minified"):
            data = (source or Source(entry.path, b"")).data
            parsed.append(
                Parsed(entry.path, entry.language, entry.size, mtime, data, facts, reason)
            )
    return _Done(batch(parsed), touched, len(part.files))
