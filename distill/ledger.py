"""`Ledger`: an append-only JSONL file keyed by content, which a killed run goes on from.

One writer at a time. A line is whole or it is not there: what a killed writer left unfinished is cut
off when the file is next opened, and nothing that is in the file is ever done again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from ..executors.errors import UsageError
from .traces import records

VOLATILE = frozenset({"time", "timings_ms", "elapsed_ms", "versions", "commit"})


class Ledger:
    """The records of `path` by their key `id`; use as a context manager to append."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._records: dict[str, dict[str, Any]] = {}
        if path.is_file():
            _cut_unfinished(path)
            for record in records([path]):
                self._records[record["id"]] = record
        self._stream = None

    def __enter__(self) -> Ledger:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        stream = None
        try:
            stream = self.path.open("ab")
            _lock(stream.fileno())
        except OSError as error:
            if stream is not None:
                stream.close()
            raise UsageError(
                f"'{self.path}' cannot be written: {error}; is another run at work on it?"
            ) from error
        self._stream = stream
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def __contains__(self, key: str) -> bool:
        return key in self._records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._records.values())

    def get(self, key: str) -> dict[str, Any] | None:
        """The record of a key, the latest one, or None."""
        return self._records.get(key)

    def append(self, record: Mapping[str, Any]) -> None:
        """Adds one record and makes sure that it is on the disk."""
        if self._stream is None:
            raise RuntimeError("Append inside the ledger's context.")
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        self._stream.write(line)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._records[record["id"]] = dict(record)


def _cut_unfinished(path: Path) -> None:
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as stream:
            stream.truncate(whole)


def _lock(descriptor: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: a single writer is up to the user
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def data_hash(found: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over records in the order of their ids, times and versions left out."""
    digest = hashlib.sha256()
    for record in sorted(found, key=lambda record: str(record["id"])):
        digest.update(json.dumps(_lasting(record), sort_keys=True).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _lasting(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _lasting(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [_lasting(item) for item in value]
    return value


def key_of(*parts: object) -> str:
    """A key made from what decides a record's content: the first 24 hex digits of its SHA-256."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
