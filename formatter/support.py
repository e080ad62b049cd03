"""The support layer of verification: does the cited evidence say what a sentence says?

A small cross-encoder (the first layers of MiniLM, vocabulary pruned, int8) reads the sentence and the
lines of its cited places together. Beside BERT's embeddings every piece has a *mark*: whether its
word also stands on the other side, so that matching need not be learned from few examples.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..executors.errors import ModelError
from ..executors.onnx import session
from ..executors.results import Match, ToolResult
from .evidence import around, estimate
from .safe import unaddressed
from .statements import Laid, lay, places_of
from .support_features import features
from .verify import CITATION, citations, uncited

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FOLDER: Final = Path(__file__).resolve().parent.parent / "models" / "support"
PIECES: Final = 96
SENTENCE_PIECES: Final = 46
EVIDENCE_TOKENS: Final = 76
MARKS: Final = 5  # special; in the sentence: matched, not; in the evidence: matched, not
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\w\s]|[^\W\d_a-zA-Z]+")
_ENDING: Final = re.compile(r"(?:ing|ed|es|s|er|e)$")
_GIST: Final = re.compile(r"[A-Za-z_]\w{2,}")


@dataclass(frozen=True, slots=True)
class Row:
    """One encoded pair: piece ids, segments (0 sentence, 1 evidence) and marks, of one length, and
    the `counted` numbers of `support_features`."""

    ids: tuple[int, ...]
    segments: tuple[int, ...]
    marks: tuple[int, ...]
    counted: tuple[float, ...]


def premise(sentence: str, result: ToolResult, laid: Laid) -> tuple[str, str]:
    """The sentence with its citations numbered from 1, and what the places it cites state.

    The statements nearest to it come first, after them lines of the places. A sentence that cites
    nothing is held against the call, the facts and the nearest places.
    """
    cited = [n for n in dict.fromkeys(citations(sentence)) if 1 <= n <= len(result.matches)]
    words = {word.lower() for word in _GIST.findall(uncited(sentence))}
    chosen = places_of(sentence, result)
    own = {number: place for place, number in enumerate(chosen, 1)}

    def renumbered(found: re.Match[str]) -> str:
        return "".join(f"[{own[n]}]" for n in citations(found[0]) if n in own)

    told = CITATION.sub(renumbered, sentence) if cited else sentence
    lines = [f"{_head(result.matches[n - 1], own[n])}" for n in chosen[:4]] or [_told(result)]
    left = EVIDENCE_TOKENS - sum(estimate(line) for line in lines)
    for statement in laid.best:
        if (cost := estimate(statement)) <= left:
            lines.append(statement)
            left -= cost
    if left > 12 and chosen:
        lines.append(around(unaddressed(result.matches[chosen[0] - 1].text), words, left))
    return told, "\n".join(lines)


def _told(result: ToolResult) -> str:
    asked = " ".join(str(value) for name, value in result.call.arguments.items() if name != "query")
    return f"{result.call.tool} {asked} {result.status} total {result.total}"


def _head(match: Match, number: int) -> str:
    return f"[{number}] {match.kind} {match.name}"


class Encoder:
    """Turns (sentence, evidence) into a `Row` with the tokenizer of the model's folder."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.tokenizer = tokenizer
        self._special = [tokenizer.token_to_id("[CLS]") or 0, tokenizer.token_to_id("[SEP]") or 0]

    def row(self, sentence: str, result: ToolResult) -> Row:
        """A sentence and what it stands on, ready for the model."""
        laid = lay(sentence, result)
        told, evidence = premise(sentence, result, laid)
        return self.encode(told, evidence, features(sentence, result, laid))

    def encode(self, sentence: str, evidence: str, counted: tuple[float, ...] = ()) -> Row:
        """`[CLS] sentence [SEP] evidence [SEP]`, each cut to its share of the pieces."""
        own, other = _words(sentence), _words(evidence)
        stems = [{_stem(word) for word in side} for side in (own, other)]
        first = self._side(own, stems[1], SENTENCE_PIECES)
        second = self._side(other, stems[0], PIECES - 3 - len(first))
        start, end = self._special
        ids = [start, *(i for i, _ in first), end, *(i for i, _ in second), end]
        marks = [0, *(1 + m for _, m in first), 0, *(3 + m for _, m in second), 0]
        segments = [0] * (len(first) + 2) + [1] * (len(second) + 1)
        return Row(tuple(ids), tuple(segments), tuple(marks), counted)

    def _side(self, words: list[str], there: set[str], most: int) -> list[tuple[int, int]]:
        pieces = self.tokenizer.encode(words, is_pretokenized=True, add_special_tokens=False)
        found: list[tuple[int, int]] = []
        for piece, word in zip(pieces.ids, pieces.word_ids, strict=True):
            if len(found) >= most:
                break
            matched = word is not None and _stem(words[word]) in there
            found.append((piece, int(matched)))
        return found


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _stem(word: str) -> str:
    word = word.lower()
    return _ENDING.sub("", word) if len(word) > 4 else word


INPUTS: Final = ("ids", "mask", "segments", "marks", "counted")


def batch(rows: Sequence[Row]) -> tuple[list[list[int]] | list[list[float]], ...]:
    """The `INPUTS` of the model, padded to the longest row; all but the last are integers."""
    width = max(len(row.ids) for row in rows)

    def padded(values: Sequence[int]) -> list[int]:
        return [*values, *[0] * (width - len(values))]

    return (
        [padded(row.ids) for row in rows],
        [padded([1] * len(row.ids)) for row in rows],
        [padded(row.segments) for row in rows],
        [padded(row.marks) for row in rows],
        [list(row.counted) for row in rows],
    )


class Support:
    """The shipped model: how surely the evidence of a result bears a sentence out, in [0, 1]."""

    def __init__(self, folder: Path = FOLDER) -> None:
        missing = [
            name for name in ("model.onnx", "tokenizer.json", "manifest.json")
            if not (folder / name).is_file()
        ]  # fmt: skip
        if missing:
            raise ModelError(
                f"The support model in '{folder}' lacks {', '.join(missing)}; reinstall codeask or "
                "run 'codeask distill train-support'."
            )
        try:
            from tokenizers import Tokenizer

            self._session = session(folder / "model.onnx")
            self._encoder = Encoder(Tokenizer.from_file(str(folder / "tokenizer.json")))
            manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
            self.threshold = float(manifest["threshold"])
        except Exception as error:  # each of the three libraries raises its own
            raise ModelError(
                f"The support model in '{folder}' cannot be read; reinstall codeask."
            ) from error

    def score(self, sentence: str, result: ToolResult) -> float:
        """The probability that the cited places (or, without any, the result) say so."""
        import numpy as np

        values = batch([self._encoder.row(sentence, result)])
        given = {
            name: np.asarray(value, dtype=np.float32 if name == "counted" else np.int64)
            for name, value in zip(INPUTS, values, strict=True)
        }
        logit = float(self._session.run(["logit"], given)[0][0])
        return float(1.0 / (1.0 + np.exp(-logit)))


@lru_cache(maxsize=1)
def shipped() -> Support | None:
    """The shipped model, loaded once; None where it is not there."""
    return Support() if (FOLDER / "model.onnx").is_file() else None
