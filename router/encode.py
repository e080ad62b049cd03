"""Question and dialogue as the model's input: word pieces, shapes, and where each came from.

Identifiers are split at their humps (`SpiderLoggerAdapter` reads as three words), and what that
loses (case, glue, punctuation) comes back as one *shape* number a piece: the model can tell
`WordEditor` from `word editor` although the word pieces are the same. Offsets point into the
original text, so a tagged span is always literally what was typed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tokenizers import Tokenizer

QUESTION_PIECES: Final = 160
CONTEXT_PIECES: Final = 96

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+|\d+|[^\w\s]|_", re.UNICODE)
_CHUNK: Final = re.compile(r"\S+")
# What is tagged as one: a word, `Session.send`, `src/v4/*.ts`, `x-powered-by`.
_UNIT: Final = re.compile(r"[\w$@~*/\\#-]+(?:(?:\.+|::)[\w$@*/\\#-]+)*", re.ASCII)
# What a whole blank-delimited chunk looks like; first match wins. The list's order is part of the
# model's wire format.
_SHAPES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"https?://",
        r"--?[A-Za-z][\w-]+$",  # --flag
        r"@\w",
        r"[\w.$]+\(.*\)?$",  # call()
        r".*[/\\]",  # path
        r".*\*",  # glob
        r"\.?[\w-]+(\.[\w-]+)*\.(py|pyi|pyx|js|jsx|ts|tsx|go|rs|java|kt|rb|php|c|h|cc|cpp|hpp|cs"
        r"|swift|scala|sh|md|rst|txt|json|ya?ml|toml|cfg|ini|lock|html|css|mod|sum|xml|sql)$",
        r"\w+(\.\w+)+$|\w+(::\w+)+$|\w+#\w+$",  # qualified
        r"_*[A-Z0-9]+(_[A-Z0-9]+)+$",  # UPPER_SNAKE
        r"_|\w+_\w*$",  # snake
        r"[a-z]+\d*[A-Z]\w*$",  # camel
        r"[A-Z]+[a-z0-9]+[A-Z]\w*$",  # Pascal
        r"[A-Z]{2,}\w*$",  # UPPER
        r"[A-Z][\w']*$",  # Capital
        r"\d",
        r"[^\w]+$",
    )
)
_QUOTES: Final = "\"'`“”‘’«»"
_EDGE: Final = ".,;:!?()[]{}<>" + _QUOTES
# A piece's shape: class of its chunk, whether it is glued to the piece before, whether the chunk
# stands in quotes.
SHAPES: Final = (len(_SHAPES) + 1) * 4 + 1


@dataclass(frozen=True, slots=True)
class Encoded:
    """One input row. All tuples have one item a piece.

    `offsets` are (start, end) in the question where `segments` is 0, in the context where it is
    1; special tokens have (0, 0). Pieces with the same number in `units` are one word, name or path
    and are tagged alike; -1 stands alone.
    """

    ids: tuple[int, ...]
    segments: tuple[int, ...]
    shapes: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    units: tuple[int, ...] = ()


class Encoder:
    """Turns texts into `Encoded` rows with the tokenizer of the model's folder."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.cls: int = tokenizer.token_to_id("[CLS]") or 0
        self.sep: int = tokenizer.token_to_id("[SEP]") or 0

    @classmethod
    def load(cls, path: Path) -> Encoder:
        """Read a `tokenizer.json`."""
        from tokenizers import Tokenizer

        return cls(Tokenizer.from_file(str(path)))

    def save(self, path: Path) -> None:
        """Write the `tokenizer.json`."""
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._tokenizer.save(str(path))

    def encode(self, question: str, context: str = "") -> Encoded:
        """Encode `[CLS] question [SEP] context [SEP]`; too long texts lose their middle or end."""
        ids, shapes, offsets = [self.cls], [0], [(0, 0)]
        segments, units, number = [0], [-1], 0
        for segment, (text, most) in enumerate(
            ((question, QUESTION_PIECES), (context, CONTEXT_PIECES))
        ):
            if segment and not text:
                break
            pieces = self._pieces(text)
            if len(pieces) > most:
                # A long message asks at its start or its end; its middle is pasted text.
                half = most // 2
                pieces = pieces[:half] + pieces[-half:] if segment == 0 else pieces[:most]
            found = [unit.span() for unit in _UNIT.finditer(text)]
            for piece, shape, span in pieces:
                ids.append(piece)
                shapes.append(shape)
                offsets.append(span)
                segments.append(segment)
                at = bisect_right(found, (span[0], len(text))) - 1
                inside = at >= 0 and span[1] <= found[at][1]
                units.append(number + at if inside else -1)
            number += len(found)
            units.append(-1)
            ids.append(self.sep)
            shapes.append(0)
            offsets.append((0, 0))
            segments.append(segment)
        return Encoded(tuple(ids), tuple(segments), tuple(shapes), tuple(offsets), tuple(units))

    def _pieces(self, text: str) -> list[tuple[int, int, tuple[int, int]]]:
        words, starts, shapes = split(text)
        if not words:
            return []
        found = self._tokenizer.encode(words, is_pretokenized=True, add_special_tokens=False)
        out: list[tuple[int, int, tuple[int, int]]] = []
        for piece, word, (start, end) in zip(found.ids, found.word_ids, found.offsets, strict=True):
            if word is None:  # a special token, which none is asked for
                continue
            base = starts[word]
            shape = shapes[word] if start == 0 else shapes[word] | 1
            out.append((piece, shape + 1, (base + start, base + end)))
        return out


def split(text: str) -> tuple[list[str], list[int], list[int]]:
    """Split `text` into words; return them, their starts, and their shape numbers (from 0)."""
    words: list[str] = []
    starts: list[int] = []
    shapes: list[int] = []
    for chunk in _CHUNK.finditer(text):
        raw = chunk.group()
        core = raw.strip(_EDGE)
        if raw.endswith("()") or (core and "(" in core):
            core = raw.strip(".,;:!?" + _QUOTES)
        kind = shape_of(core) if core else len(_SHAPES) - 1
        quoted = any(mark in raw for mark in '"`“«') or raw[0] in _QUOTES
        glued = False
        for word in _WORD.finditer(raw):
            words.append(word.group())
            starts.append(chunk.start() + word.start())
            shapes.append(kind * 4 + quoted * 2 + glued)
            glued = True
    return words, starts, shapes


def shape_of(chunk: str) -> int:
    """Number the kind of a chunk: 0…15 as `_SHAPES`, 16 for a plain lower-case word."""
    for number, pattern in enumerate(_SHAPES):
        if pattern.match(chunk):
            return number
    return len(_SHAPES)


def batch(rows: Sequence[Encoded], pad: int) -> tuple[list[list[int]], ...]:
    """Pad rows to one length: ids, mask, segments, shapes, each `[rows][pieces]`."""
    width = max(len(row.ids) for row in rows)

    def padded(values: Sequence[int], fill: int) -> list[int]:
        return [*values, *([fill] * (width - len(values)))]

    return (
        [padded(row.ids, pad) for row in rows],
        [padded([1] * len(row.ids), 0) for row in rows],
        [padded(row.segments, 0) for row in rows],
        [padded(row.shapes, 0) for row in rows],
    )
