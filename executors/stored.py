"""`FileFacts` as bytes and back, and the postings that a file is found by: what the index keeps.

MessagePack by msgspec, which builds the values in C: 0.1 ms a file, quicker than `marshal`, and safe
to read from a damaged file. Sites and opaque ranges stand apart, since many questions need neither.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from msgspec import DecodeError, Struct, ValidationError
from msgspec.msgpack import Decoder, Encoder

from .languages.base import Import
from .syntax import Definition, FileFacts, Later, Site, TypeHint

SCHEMA = 1  # raise it whenever what is stored changes its form
DAMAGED = (DecodeError, ValidationError, zlib.error, ValueError, OverflowError)

# What a word is to a file: mentioned (with how often), defined, called or decorated with, a base of
# a type, or known there by another name.
MENTION, DEFINED, CALLED, BASE, RENAMED = "mdcba"

Postings = Mapping[str, Mapping[str, int]]  # role → word → how often (0 where it is not counted)


class _Head(Struct, array_like=True, gc=False):
    language: str
    lines: int
    has_errors: bool
    definitions: tuple[Definition, ...]
    imports: tuple[Import, ...]
    types: tuple[TypeHint, ...]


class _Tail(Struct, array_like=True, gc=False):
    sites: tuple[Site, ...]
    starts: bytes
    ends: bytes


_ENCODER = Encoder()
_HEAD: Decoder[_Head] = Decoder(_Head)
_TAIL: Decoder[_Tail] = Decoder(_Tail)


def encode(facts: FileFacts) -> tuple[bytes, bytes]:
    """Facts as two compressed parts: definitions, imports and types; sites and opaque ranges."""
    head = _Head(
        facts.language, facts.lines, facts.has_errors, facts.definitions, facts.imports, facts.types
    )
    starts, ends = facts.opaque
    tail = _Tail(facts.sites, array("I", starts).tobytes(), array("I", ends).tobytes())
    return zlib.compress(_ENCODER.encode(head), 1), zlib.compress(_ENCODER.encode(tail), 1)


def decode(path: str, head: bytes, tail: bytes) -> FileFacts:
    """The inverse of `encode`; raises one of `DAMAGED` (for the tail when it is first read)."""
    first = _HEAD.decode(zlib.decompress(head))
    return FileFacts(
        path, first.language, first.lines, first.definitions, first.imports, first.types,
        first.has_errors, lambda: _later(tail),
    )  # fmt: skip


def _later(tail: bytes) -> Later:
    rest = _TAIL.decode(zlib.decompress(tail))
    starts, ends = array("I"), array("I")
    starts.frombytes(rest.starts)
    ends.frombytes(rest.ends)
    return rest.sites, starts, ends


def folded(word: str) -> str:
    """What spellings of one name have in common: its letters and digits, in lower case."""
    return word.replace("_", "").lower()


_BREAKS = bytes(
    c if (chr(c).isalnum() and c < 128) or c == 0x5F or c >= 128 else 0x20 for c in range(256)
)
_WORD = re.compile(r"\w+")
_LONGEST = 200
_PLAIN_NAME = re.compile(r"[\w.]{1,200}")


def words(data: bytes) -> dict[str, int]:
    """How often each word stands in a text; numbers and over-long tokens are left out."""
    if data.isascii():
        found = data.translate(_BREAKS).decode("ascii").split()
    else:  # letters beyond ASCII belong to words, dashes and quotes beyond ASCII do not
        found = _WORD.findall(data.decode("utf-8", "replace"))
    counts = Counter(found)
    # ":" comes next after the digits
    return {w: n for w, n in counts.items() if w > ":" and len(w) <= _LONGEST}


def postings(facts: FileFacts, data: bytes) -> Postings:
    """Everything a file is found by, and how often."""
    defined, bases, called, renamed = set[str](), set[str](), set[str](), set[str]()
    for definition in facts.definitions:
        defined.add(definition.name)
        for base in definition.bases:
            bases.add(last_part(base.name))
            bases.add(base.name.rpartition(".")[2])
        value = definition.value
        if definition.kind in ("variable", "constant") and _PLAIN_NAME.fullmatch(value):
            renamed.add(last_part(value))  # `Alias = module.name`
    for site in facts.sites:
        if site.role in ("call", "decorate"):
            called.add(site.name)
    for item in facts.imports:
        if item.alias and item.name and item.alias != item.name:
            renamed.add(item.name)
    return {
        MENTION: words(data),
        DEFINED: dict.fromkeys(defined, 0),
        BASE: dict.fromkeys(bases, 0),
        CALLED: dict.fromkeys(called, 0),
        RENAMED: dict.fromkeys(renamed, 0),
    }


def last_part(name: str) -> str:
    """`http.client.HTTPError` → `HTTPError`, `std::vector` → `vector`."""
    return name.rpartition(".")[2].rpartition(":")[2].rpartition("\\")[2]


Row = tuple[str, str, bytes, bytes]  # role, word, files, counts (see `pack`)
MOST_FILES = 60_000  # of one segment, whose files are numbered by two bytes


def pack(numbers: Sequence[int], counts: Sequence[int]) -> tuple[bytes, bytes]:
    """Numbers of files (from 0) as two bytes each; counts as one byte each where they are small."""
    if counts and max(counts) > 255:
        times = array("H", [min(count, 65_535) for count in counts]).tobytes()
    else:
        times = bytes(counts)
    return array("H", numbers).tobytes(), times


def unpack(files: bytes, counts: bytes = b"") -> tuple[Sequence[int], Sequence[int]]:
    """The inverse of `pack`."""
    numbers = array("H")
    numbers.frombytes(files)
    if len(counts) <= len(numbers):
        return numbers, counts
    times = array("H")
    times.frombytes(counts)
    return numbers, times


def invert(files: Iterable[tuple[int, Postings]]) -> list[Row]:
    """Postings of files (by number) turned round: which files a word is found in, in key order."""
    tables: dict[str, dict[str, list[int]]] = {}  # number and count by turns
    for number, found in files:
        for role, counts in found.items():
            table = tables.setdefault(role, {})
            for word, count in counts.items():
                pairs = table.get(word)
                if pairs is None:
                    table[word] = [number, count]
                else:
                    pairs += number, count
    return [
        (role, word, *pack(pairs[::2], pairs[1::2] if role == MENTION else ()))
        for role in sorted(tables)
        for word, pairs in sorted(tables[role].items())
    ]


def join(segments: Iterable[tuple[int, Iterable[Row]]], alive: Container[int] | None) -> list[Row]:
    """Rows of several segments, each with what its file numbers are to be raised by, as one.

    Files that are not `alive` (by their new number) are left out; None keeps all.
    """
    table: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for shift, rows in segments:
        for role, word, files, counts in rows:
            numbers, times = unpack(files, counts)
            entry = table.setdefault((role, word), ([], []))
            if alive is None:
                entry[0].extend([number + shift for number in numbers])
                entry[1].extend(times)
                continue
            for at, number in enumerate(numbers):
                if number + shift in alive:
                    entry[0].append(number + shift)
                    entry[1].extend(times[at : at + 1])
    return [(*key, *pack(*table[key])) for key in sorted(table) if table[key][0]]


_GRAMMAR = re.compile(rb"\btree_sitter_[a-z_]+")


@cache
def version() -> str:
    """What stored facts depend on: the form, the sources that extract them, and the grammars.

    A changed adapter, query or grammar gives another version, so that old facts are never served.
    """
    folder = Path(__file__).parent
    sources = [folder / "syntax.py", folder / "repository.py", Path(__file__)]
    languages = folder / "languages"
    sources += sorted(p for p in languages.rglob("*") if p.suffix in (".py", ".scm"))
    state = blake2b(str(SCHEMA).encode(), digest_size=8)
    grammars = {"tree_sitter"}
    for source in sources:
        content = source.read_bytes()
        state.update(source.relative_to(folder).as_posix().encode() + b"\0" + content)
        grammars.update(name.decode() for name in _GRAMMAR.findall(content))
    for grammar in sorted(grammars):
        spec = find_spec(grammar)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            for binary in sorted(Path(place).glob("_binding*")):
                status = binary.stat()
                state.update(f"{grammar} {status.st_size} {status.st_mtime_ns}".encode())
    return state.hexdigest()
