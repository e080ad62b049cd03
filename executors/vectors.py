"""Meaning as vectors: the shipped sentence encoder (int8 ONNX) for descriptions and definitions.

Loaded at its first use. Vectors of definitions may be kept from one question to the next by a
`VectorStore`: they depend on the text and the encoder only, so a changed file needs no clearing.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

FILES = ("encoder.onnx", "tokenizer.json", "encoder.json")
_BATCH = 8  # texts of like length; more gain nothing on a CPU
_MOST_STORED = 200_000


class Encoder:
    """Texts → vectors of unit length. Thread-safe. Raises `ModelError` when a file is missing."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(
                f"The retrieval model in '{folder}' lacks {', '.join(missing)}; reinstall codeask "
                "or run 'codeask distill make-encoder'."
            )
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(os.cpu_count() or 1, 4)
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            about: dict[str, Any] = json.loads((folder / "encoder.json").read_text("utf-8"))
            self.width, self.pieces = int(about["width"]), int(about["pieces"])
            self.tag = str(about["sha256"])[:16]
            self._session = onnxruntime.InferenceSession(
                str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # the libraries raise their own bare exceptions
            raise ModelError(
                f"The retrieval model in '{folder}' cannot be read; reinstall codeask."
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(self.pieces)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of `width` numbers a text, of length 1; texts are cut after `pieces` pieces."""
        import numpy as np

        found = np.zeros((len(texts), self.width), dtype=np.float32)
        pieces = [encoded.ids for encoded in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(texts)), key=lambda i: len(pieces[i]))
        for at in range(0, len(order), _BATCH):
            rows = order[at : at + _BATCH]
            longest = max(len(pieces[i]) for i in rows)
            ids = np.zeros((len(rows), longest), dtype=np.int64)
            mask = np.zeros_like(ids)
            for row, i in enumerate(rows):
                ids[row, : len(pieces[i])] = pieces[i]
                mask[row, : len(pieces[i])] = 1
            found[rows] = np.asarray(self._session.run(["vector"], {"ids": ids, "mask": mask})[0])
        return found


def model_folder() -> Path:
    """Where the shipped retrieval models are."""
    return Path(__file__).resolve().parent.parent / "models" / "retrieval"


@cache
def encoder() -> Encoder:
    """The shipped encoder, loaded once a process."""
    return Encoder(model_folder())


class VectorStore:
    """Vectors kept in one SQLite file, a byte a number, found by their text.

    It never raises: without a file that can be written, every vector is computed anew.
    """

    def __init__(self, folder: Path, tag: str) -> None:
        self._path = folder / f"vectors-{tag}.sqlite"
        self._lock = threading.Lock()

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=1.0, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("CREATE TABLE IF NOT EXISTS vector(key BLOB PRIMARY KEY, value BLOB)")
        return connection

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """The stored ones of some keys."""
        if not self._path.exists():
            return {}
        try:
            with self._lock, closing(self._connect()) as connection:
                marks = ",".join("?" * len(keys))
                rows = connection.execute(
                    f"SELECT key, value FROM vector WHERE key IN ({marks})", list(keys)
                )
                return dict(rows.fetchall())
        except sqlite3.Error:
            return {}

    def put(self, rows: Sequence[tuple[bytes, bytes]]) -> None:
        """Stores some; when there are far too many, all earlier ones go."""
        try:
            with self._lock, closing(self._connect()) as connection:
                connection.execute("BEGIN IMMEDIATE")
                (count,) = connection.execute("SELECT max(rowid) FROM vector").fetchone()
                if (count or 0) > _MOST_STORED:
                    connection.execute("DELETE FROM vector")
                connection.executemany("INSERT OR REPLACE INTO vector VALUES (?,?)", rows)
                connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            if not isinstance(error, sqlite3.OperationalError):
                self._path.unlink(missing_ok=True)  # damaged: made anew at the next use
        except OSError:
            return


def vectors_of(texts: Sequence[str], by: Encoder, store: VectorStore | None) -> Vectors:
    """The vectors of texts, from the store where they are, else computed and stored."""
    import numpy as np

    if store is None:
        return by.encode(texts)
    keys = [blake2b(text.encode("utf-8", "replace"), digest_size=12).digest() for text in texts]
    known = store.get(list(dict.fromkeys(keys)))
    found = np.zeros((len(texts), by.width), dtype=np.float32)
    new = [i for i, key in enumerate(keys) if len(known.get(key, b"")) != by.width]
    for i, key in enumerate(keys):
        if len(known.get(key, b"")) == by.width:
            found[i] = np.frombuffer(known[key], dtype=np.int8)
    if new:
        made = by.encode([texts[i] for i in new])
        scaled = np.round(made * (127 / np.abs(made).max(1, keepdims=True))).astype(np.int8)
        found[new] = scaled
        store.put([(keys[i], row.tobytes()) for i, row in zip(new, scaled, strict=True)])
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
