"""`Reader`: question and definition read together by a small cross-encoder (int8 ONNX), one score each.

It sees what two vectors cannot: which word of the question meets which word of the code. That costs
milliseconds a pair and is of no use to another question, so only the best few are read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ModelError
from .onnx import session
from .vectors import model_folder
from .wordpieces import WordPieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FILES = ("reader.onnx", "reader.json", "tokenizer.json")
_BATCH = 8  # pairs of like length
_KEPT = 2_000  # scores


class Reader:
    """Pairs of a question and a passage → scores. Raises `ModelError` when a file is missing."""

    def __init__(self, folder: Path) -> None:
        self._known: dict[tuple[str, str], float] = {}
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(
                f"The retrieval model in '{folder}' lacks {', '.join(missing)}; reinstall codeask "
                "or run 'codeask distill train-reader'."
            )
        try:
            about: dict[str, Any] = json.loads((folder / "reader.json").read_text("utf-8"))
            self._asked, self._told = int(about["question pieces"]), int(about["passage pieces"])
            self.tag = str(about["sha256"])[:16]
            self._session = session(folder / "reader.onnx", threads=min(os.cpu_count() or 1, 4))
            self._pieces = WordPieces(folder)
        except Exception as error:  # the libraries raise their own bare exceptions
            raise ModelError(
                f"The retrieval model in '{folder}' cannot be read; reinstall codeask."
            ) from error

    def read(self, question: str, passages: Sequence[str]) -> list[float]:
        """How well each passage answers the question: a score, higher is better.

        The last `_KEPT` scores are kept: the same words in another scope are not read again.
        """
        known = {passage: self._known.get((question, passage)) for passage in passages}
        fresh = [passage for passage, score in known.items() if score is None]
        for passage, score in zip(fresh, self._scores(question, fresh), strict=True):
            known[passage] = self._known[question, passage] = score
        for pair in list(self._known)[:-_KEPT]:
            self._known.pop(pair, None)
        return [score for passage in passages if (score := known[passage]) is not None]

    def forget(self) -> None:
        """Drops the scores that are kept."""
        self._known.clear()

    def _scores(self, question: str, passages: Sequence[str]) -> list[float]:
        import numpy as np

        begin, end = self._pieces.first, self._pieces.end
        asked = [begin, *self._pieces.of([question], self._asked)[0], end]
        told = [[*some, end] for some in self._pieces.of(passages, self._told)]
        order = sorted(range(len(told)), key=lambda i: len(told[i]))
        found = [0.0] * len(told)
        for at in range(0, len(order), _BATCH):
            some = order[at : at + _BATCH]
            made = self._session.run(["score"], pieces(asked, [told[i] for i in some]))[0]
            for i, score in zip(some, np.asarray(made).tolist(), strict=True):
                found[i] = score
        return found


def pieces(asked: Sequence[int], told: Sequence[Sequence[int]]) -> dict[str, NDArray[np.int64]]:
    """The network's inputs [passages, pieces] of one question: `ids`, `mask`, `segments`."""
    import numpy as np

    longest = len(asked) + max(len(one) for one in told)
    ids, mask, segments = (np.zeros((len(told), longest), dtype=np.int64) for _ in range(3))
    for row, one in enumerate(told):
        end = len(asked) + len(one)
        ids[row, : len(asked)], ids[row, len(asked) : end] = asked, one
        mask[row, :end], segments[row, len(asked) : end] = 1, 1
    return {"ids": ids, "mask": mask, "segments": segments}


@cache
def reader() -> Reader:
    """The shipped reader, loaded once a process."""
    return Reader(model_folder())
