"""Meaning as vectors: the shipped `Bag`, loaded at its first use, and the `Encoder` that taught it.

The encoder takes 8 ms a text, which a hundred definitions and a question cannot be given; the bag
takes a twentieth of a millisecond.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ModelError
from .onnx import session
from .wordpieces import WordPieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

FILES = ("encoder.onnx", "tokenizer.json", "encoder.json")
_BATCH = 8  # texts of like length; more gain nothing on a CPU


class Encoder:
    """Texts → vectors of unit length. Thread-safe. Raises `ModelError` when a file is missing."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(
                f"The retrieval model in '{folder}' lacks {', '.join(missing)}; reinstall codeask "
                "or run 'codeask distill make-encoder'."
            )
        from tokenizers import Tokenizer

        try:
            about: dict[str, Any] = json.loads((folder / "encoder.json").read_text("utf-8"))
            self.width, self.pieces = int(about["width"]), int(about["pieces"])
            self.tag = str(about["sha256"])[:16]
            self._session = session(folder / "encoder.onnx", threads=min(os.cpu_count() or 1, 4))
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


class Bag:
    """Texts → vectors near the encoder's, from the bag of their pieces.

    `codeask distill train-bag` taught it what the encoder says of the definitions of many packages,
    and of descriptions. Raises `ModelError` when a file is missing.
    """

    def __init__(self, folder: Path) -> None:
        import numpy as np

        try:
            self.tag = blake2b((folder / "bag.npz").read_bytes(), digest_size=8).hexdigest()
            with np.load(folder / "bag.npz", allow_pickle=False) as kept:
                part = {name: kept[name].astype(np.float32) for name in kept.files}
            self._pieces = WordPieces(folder)
            self._words = part["words"] * part["scales"][:, None]
            self._weights, self._places = part["weights"], part["places"]
            self._straight, self._up, self._down = (
                (part[name], part[f"{name} bias"]) for name in ("straight", "up", "down")
            )
        except Exception as error:  # the libraries raise their own bare exceptions
            raise ModelError(
                f"The retrieval model in '{folder}' lacks 'bag.npz' or cannot be read; reinstall "
                "codeask or run 'codeask distill train-bag'."
            ) from error

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1."""
        import numpy as np

        means = np.zeros((len(texts), self._words.shape[1]), dtype=np.float32)
        for row, pieces in enumerate(marked(self._pieces, texts, len(self._places))):
            ids = np.array(pieces)
            means[row] = (self._weights[ids] * self._places[: len(ids)]) @ self._words[ids]
        means *= 8 / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
        (straight, more), (up, first), (down, last) = self._straight, self._up, self._down
        hidden = means @ up + first
        # GELU by tanh differs from the exact one by less than the vectors' rounding
        hidden *= 0.5 * (1 + np.tanh(0.7978846 * (hidden + 0.044715 * hidden**3)))
        found = means @ straight + more + hidden @ down + last
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)


def marked(pieces: WordPieces, texts: Sequence[str], most: int) -> list[list[int]]:
    """The pieces of texts between the marks of begin and end, cut after `most`."""
    return [[pieces.first, *some, pieces.end][:most] for some in pieces.of(texts, most)]


@cache
def bag() -> Bag:
    """The shipped bag, loaded once a process."""
    return Bag(model_folder())
