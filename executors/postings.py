"""Postings: which files have which words, how often, and what a word is to a file.

Files are counted as they are read (`Words`), and turned round a segment at a time (`rows`): the
entries are arrays that numpy sorts, so that a word costs no Python per file.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, repeat
from typing import Any

from .syntax import FileFacts

# What a word is to a file: mentioned, defined, called or decorated with, a base of a type, or known
# there by another name.
MENTION, DEFINED, CALLED, BASE, RENAMED = "mdcba"
_BITS = {MENTION: 0, DEFINED: 1, CALLED: 2, BASE: 4, RENAMED: 8}

# One word of one segment: its letters (`folded`), the word ("" where these are it), its files as two
# bytes each, how often (one byte each, or two where one is above 255), and its roles (a byte of
# `_BITS` each, or nothing where it is only mentioned).
Row = tuple[str, str, bytes, bytes, bytes]
MOST_FILES = 60_000  # of one segment, whose files are numbered by two bytes


def folded(word: str) -> str:
    """What spellings of one name have in common: its letters and digits, in lower case."""
    return word.replace("_", "").lower()


def last_part(name: str) -> str:
    """`http.client.HTTPError` → `HTTPError`, `std::vector` → `vector`."""
    return name.rpartition(".")[2].rpartition(":")[2].rpartition("\\")[2]


_BREAKS = bytes(
    c if (chr(c).isalnum() and c < 128) or c == 0x5F or c >= 128 else 0x20 for c in range(256)
)
_WORD = re.compile(r"\w+")
_LONGEST = 200
_PLAIN_NAME = re.compile(r"[\w.]{1,200}")


def words(data: bytes) -> dict[str, int]:
    """How often each word stands in a text; numbers and over-long tokens are left out."""
    return {w: n for w, n in _tokens(data).items() if _counts(w)}


def _tokens(data: bytes) -> Counter[str]:
    if data.isascii():
        return Counter(data.translate(_BREAKS).decode("ascii").split())
    # letters beyond ASCII belong to words, dashes and quotes beyond ASCII do not
    return Counter(_WORD.findall(data.decode("utf-8", "replace")))


def _counts(token: str) -> bool:
    return token > ":" and len(token) <= _LONGEST  # ":" comes next after the digits


def roles(facts: FileFacts) -> dict[str, int]:
    """What words are to a file beyond being mentioned, as bits."""
    defined = (definition.name for definition in facts.definitions)
    found: dict[str, int] = dict.fromkeys(defined, _BITS[DEFINED])

    def mark(word: str, role: str) -> None:
        found[word] = found.get(word, 0) | _BITS[role]

    for definition in facts.definitions:
        for base in definition.bases:
            mark(last_part(base.name), BASE)
            mark(base.name.rpartition(".")[2], BASE)
        value = definition.value
        if definition.kind in ("variable", "constant") and _PLAIN_NAME.fullmatch(value):
            mark(last_part(value), RENAMED)  # `Alias = module.name`
    for word in {site.name for site in facts.sites if site.role in ("call", "decorate")}:
        mark(word, CALLED)
    for item in facts.imports:
        if item.alias and item.name and item.alias != item.name:
            mark(item.name, RENAMED)
    return found


@dataclass(slots=True)
class Words:
    """The words of some files: entries as arrays (word's number, file's number, how often, bits)."""

    # it numbers what it is asked for the first time
    vocabulary: dict[str, int] = field(default_factory=lambda: defaultdict(count().__next__))
    word: array[int] = field(default_factory=lambda: array("I"))
    file: array[int] = field(default_factory=lambda: array("I"))
    times: array[int] = field(default_factory=lambda: array("I"))
    bits: bytearray = field(default_factory=bytearray)

    def __reduce__(self) -> tuple[type[Words], tuple[object, ...]]:
        """As it is sent to another process, which only reads it."""
        return Words, (dict(self.vocabulary), self.word, self.file, self.times, self.bits)

    def add(self, file: int, facts: FileFacts, data: bytes) -> None:
        """Counts a file."""
        tokens, marks = _tokens(data), roles(facts)
        for word in marks:
            if word not in tokens:
                tokens[word] = 0  # `operator+`
        self.word.extend(map(self.vocabulary.__getitem__, tokens))
        self.file.extend(repeat(file, len(tokens)))
        self.times.extend(tokens.values())
        self.bits += bytes(map(marks.get, tokens, repeat(0)))

    def add_row(self, word: str, files: Sequence[int], times: Sequence[int], bits: bytes) -> None:
        """Adds what a stored row says, its files as they are to be numbered."""
        self.word.extend(repeat(self.vocabulary[word], len(files)))
        self.file.extend(files)
        self.times.extend(times)
        self.bits += bits or bytes(len(files))


def rows(parts: Iterable[tuple[int, Words]]) -> list[Row]:
    """The words of several parts, each with what its files are to be raised by, in key order."""
    import numpy as np

    vocabulary: dict[str, int] = defaultdict(count().__next__)
    columns: list[tuple[Any, ...]] = []
    for shift, part in parts:
        numbers = np.fromiter(map(vocabulary.__getitem__, part.vocabulary), np.int64)
        columns.append(
            (
                numbers[np.frombuffer(part.word, np.uint32)],
                np.frombuffer(part.file, np.uint32) + np.uint32(shift),
                np.frombuffer(part.times, np.uint32),
                np.frombuffer(part.bits, np.uint8),
            )
        )
    keys = sorted((folded(word), word) for word in vocabulary)
    if not keys:
        return []
    rank = np.empty(len(keys), np.int64)
    rank[[vocabulary[word] for _, word in keys]] = np.arange(len(keys))
    word, file, times, bits = map(np.concatenate, zip(*columns, strict=True))
    order = np.lexsort((file, rank[word]))
    ranked = rank[word][order]
    starts = np.flatnonzero(np.diff(ranked, prepend=-1))
    files, many = (
        file[order].astype("<u2").tobytes(),
        np.minimum(times[order], 65_535).astype("<u2"),
    )
    few, marks = many.astype(np.uint8).tobytes(), bits[order].tobytes()
    highest, any_bits = (
        np.maximum.reduceat(many, starts),
        np.bitwise_or.reduceat(bits[order], starts),
    )
    found: list[Row] = []
    ends = [*starts[1:].tolist(), len(order)]
    for at, first, last, most, any_ in zip(
        ranked[starts].tolist(),
        starts.tolist(),
        ends,
        highest.tolist(),
        any_bits.tolist(),
        strict=True,
    ):
        letters, name = keys[at]
        if any_ or _counts(name):
            counts = few[first:last] if most < 256 else many[first:last].tobytes()
            found.append((letters, "" if letters == name else name, files[2 * first : 2 * last],
                          counts, marks[first:last] if any_ else b""))  # fmt: skip
    return found


def unpack(files: bytes, times: bytes) -> tuple[Sequence[int], Sequence[int]]:
    """The numbers of a row's files, and how often the word stands in each."""
    numbers = array("H")
    numbers.frombytes(files)
    if len(times) == len(numbers):
        return numbers, times
    counts = array("H")
    counts.frombytes(times)
    return numbers, counts


def in_role(role: str, files: bytes, bits: bytes) -> Iterator[int]:
    """The numbers of a row's files to which the word is that."""
    numbers, _ = unpack(files, b"")
    bit = _BITS[role]
    if not bit:
        return iter(numbers)
    return (number for number, mask in zip(numbers, bits, strict=False) if mask & bit)


def moved(segments: Iterable[tuple[int, Iterable[Row]]], alive: Container[int]) -> list[Row]:
    """Rows of several segments, each with what its files are to be raised by, as one.

    Files that are not `alive` (by their new number) are left out.
    """
    whole = Words()
    for shift, found in segments:
        for letters, name, files, times, bits in found:
            numbers, counts = unpack(files, times)
            kept = [at for at, number in enumerate(numbers) if number + shift in alive]
            if kept:
                marks = bytes([bits[at] for at in kept]) if bits else b""
                whole.add_row(name or letters, [numbers[at] + shift for at in kept],
                              [counts[at] for at in kept], marks)  # fmt: skip
    return rows([(0, whole)])
