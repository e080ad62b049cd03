"""The shipped ONNX model: a question and its dialogue → `Prediction`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.errors import ModelError
from ..executors.onnx import session
from .encode import Encoded, Encoder, batch
from .labels import BIO, HEADS, TAGS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# "No tag" is most of the training; 0.7 made most whole calls of 1.0, 0.7, 0.5 and 0.35.
OUTSIDE_WEIGHT = 0.7
FILES = ("model.onnx", "tokenizer.json", "manifest.json")


@dataclass(frozen=True, slots=True)
class Tagged:
    """Characters `start:end` of the question (`segment` 0) or dialogue (1), tagged with `score`."""

    segment: int
    start: int
    end: int
    tag: str
    score: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one question.

    `tools`: every tool with its calibrated probability, best first; `spans`: what is tagged whatever
    the tool; `flags`: head → class → probability within the head; `query`: characters of the
    described behaviour, None when untagged; `tagger` reads the tags again when only some can be meant.
    """

    tools: tuple[tuple[str, float], ...]
    spans: tuple[Tagged, ...]
    flags: dict[str, dict[str, float]]
    query: tuple[int, int] | None
    tagger: Callable[[frozenset[str], float], tuple[Tagged, ...]] | None = None

    def among(self, tags: Iterable[str], outside: float = 1.0) -> tuple[Tagged, ...]:
        """The spans, given that the call has no other tags than these; `outside` weighs "no tag"."""
        allowed = frozenset(tags)
        if self.tagger is not None:
            return self.tagger(allowed, outside)
        return tuple(span for span in self.spans if span.tag in allowed)


class Model:
    """Loads `model.onnx`, `tokenizer.json` and `manifest.json` of a folder; raises `ModelError`.

    Thread-safe: onnxruntime sessions are, and nothing else is written after loading.
    """

    def __init__(self, folder: Path) -> None:
        missing = [name for name in FILES if not (folder / name).is_file()]
        if missing:
            raise ModelError(
                f"The router's model in '{folder}' lacks {', '.join(missing)}; reinstall codeask "
                "or run 'codeask distill train-router'."
            )
        try:
            manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
            self.tools: tuple[str, ...] = tuple(manifest["tools"])
            self.temperature = float(manifest.get("temperature", 1.0))
            fits = manifest["tags"] == list(BIO) and manifest["heads"] == {
                head: list(classes) for head, classes in HEADS.items()
            }
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"'{folder}/manifest.json' is broken; reinstall codeask.") from error
        if not fits:
            raise ModelError(
                f"The router's model in '{folder}' is of another version; run 'codeask distill "
                "train-router' or reinstall codeask."
            )
        self._session, self._encoder = _load(folder)

    def predict(self, question: str, context: str = "") -> Prediction:
        """The prediction for one question; `context` is the dialogue as `dialogue.render` writes it."""
        encoded = self._encoder.encode(question, context)
        tool, flags, tags, query = self._logits(encoded)
        probabilities = softmax(tool / self.temperature)
        order = probabilities.argsort()[::-1]
        heads: dict[str, dict[str, float]] = {}
        at = 0
        for head, classes in HEADS.items():
            share = softmax(flags[at : at + len(classes)])
            heads[head] = {name: float(p) for name, p in zip(classes, share, strict=True)}
            at += len(classes)
        return Prediction(
            tuple((self.tools[i], float(probabilities[i])) for i in order),
            tuple(spans(encoded, tags)),
            heads,
            _query(encoded, query),
            lambda allowed, outside: tuple(spans(encoded, tags, allowed, outside)),
        )

    def tool_logits(self, question: str, context: str = "") -> NDArray[np.float32]:
        """Uncalibrated logits of the tools, in the manifest's order."""
        return self._logits(self._encoder.encode(question, context))[0]

    def _logits(self, encoded: Encoded) -> Sequence[Any]:
        import numpy as np

        names = ("ids", "mask", "segments", "shapes")
        inputs = {
            name: np.asarray(values, dtype=np.int64)
            for name, values in zip(names, batch([encoded], 0), strict=True)
        }
        outputs = self._session.run(["tool", "flags", "tags", "query"], inputs)
        return [output[0] for output in outputs]


def _load(folder: Path) -> tuple[Any, Encoder]:
    try:
        opened = session(folder / "model.onnx", optimised=True)  # by the export
        return opened, Encoder.load(folder / "tokenizer.json")
    except Exception as error:  # both libraries raise their own bare exceptions
        raise ModelError(
            f"The router's model in '{folder}' cannot be read; reinstall codeask."
        ) from error


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities over the last axis."""
    import numpy as np

    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True)


def spans(
    encoded: Encoded,
    tags: NDArray[np.float32],
    allowed: frozenset[str] | None = None,
    outside: float = 1.0,
) -> list[Tagged]:
    """BIO logits [pieces, tags] as spans; the pieces of one unit always go together.

    With `allowed`, all other tags are impossible, and their pieces go to the next likely one. The
    share of "no tag" is multiplied by `outside` before tags are compared.
    """
    import numpy as np

    scores = softmax(tags)
    begins, inside = scores[:, 1::2], scores[:, 2::2]
    kinds = np.concatenate([scores[:, :1] * outside * OUTSIDE_WEIGHT, begins + inside], axis=1)
    if allowed is not None:
        kinds[:, [i for i, tag in enumerate(TAGS, 1) if tag not in allowed]] = 0.0
    if encoded.units:
        units = np.asarray(encoded.units)
        for unit in set(encoded.units) - {-1}:
            kinds[units == unit] = kinds[units == unit].mean(axis=0)
    best = kinds.argmax(-1)
    found: list[Tagged] = []
    previous = -1
    for i, (start, end) in enumerate(encoded.offsets):
        if end == 0 or best[i] == 0:
            previous = -1
            continue
        tag, segment = TAGS[best[i] - 1], encoded.segments[i]
        score = float(kinds[i, best[i]] / kinds[i].sum())
        last = found[-1] if found else None
        unit = encoded.units[i] if encoded.units else -1
        same_unit = unit >= 0 and unit == previous
        glued = encoded.shapes[i] > 0 and (encoded.shapes[i] - 1) & 1
        opens = begins[i, best[i] - 1] > inside[i, best[i] - 1]
        joins = last is not None and last.tag == tag and last.segment == segment
        gap = start - last.end if last is not None else 99
        if (
            last is not None
            and joins
            and (same_unit or (gap <= 1 and (not opens or (glued and gap == 0))))
        ):
            found[-1] = Tagged(segment, last.start, end, tag, min(last.score, score))
        else:
            found.append(Tagged(segment, start, end, tag, score))
        previous = unit
    return found


def _query(encoded: Encoded, tags: NDArray[np.float32]) -> tuple[int, int] | None:
    inside = [
        offsets
        for offsets, segment, row in zip(encoded.offsets, encoded.segments, tags, strict=True)
        if offsets[1] and segment == 0 and row.argmax() > 0
    ]
    return (inside[0][0], inside[-1][1]) if inside else None
