"""`FileFacts` as bytes and back: what the index keeps of a file.

Column by column (all names, all lines …), numbers as what they are more than the one before: half the
size of records, and as quick to read. MessagePack by msgspec, quicker than `marshal`, and safe to
read from a damaged file. Sites and opaque ranges stand apart, since many questions need neither.
"""

from __future__ import annotations

import re
import zlib
from array import array
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b
from importlib.util import find_spec
from itertools import accumulate
from operator import attrgetter
from pathlib import Path

from msgspec import DecodeError, Struct, ValidationError
from msgspec.msgpack import Decoder, Encoder

from .languages.base import Base, Import, Parameter
from .syntax import Definition, FileFacts, Later, Site, SiteRole, TypeHint

SCHEMA = 2  # raise it whenever what is stored changes its form
DAMAGED = (
    DecodeError,
    ValidationError,
    zlib.error,
    ValueError,
    OverflowError,
    IndexError,
    KeyError,
)

_ROLES: dict[str, SiteRole] = {
    "c": "call", "w": "write", "r": "raise", "x": "catch", "d": "decorate",
}  # fmt: skip
_LETTERS = {role: letter for letter, role in _ROLES.items()}


class _Head(Struct, array_like=True, gc=False):
    """Definitions by columns: `qualnames` only where they are not the parent's and the name;
    `places` are line, start and distances from them to end line, end, name; and to the parent."""

    language: str
    lines: int
    has_errors: bool
    names: list[str]
    qualnames: list[str]
    kinds: list[str]
    places: tuple[list[int], list[int], list[int], list[int], list[int], list[int]]
    signatures: list[str]
    docs: list[str]
    bases: list[tuple[Base, ...]]
    decorators: list[tuple[str, ...]]
    modifiers: list[str]
    parameters: list[tuple[Parameter, ...]]
    returns: list[str]
    values: list[str]
    complexities: list[int]
    depths: list[int]
    imports: tuple[Import, ...]
    types: tuple[TypeHint, ...]


class _Tail(Struct, array_like=True, gc=False):
    """Sites by columns: a letter each for the role, and numbers of `words`."""

    words: list[str]
    roles: str
    names: list[int]
    receivers: list[int]
    lines: list[int]
    starts: list[int]
    scopes: list[int]
    ranges: list[int]  # starts and ends by turns


_ENCODER = Encoder()
_HEAD: Decoder[_Head] = Decoder(_Head)
_TAIL: Decoder[_Tail] = Decoder(_Tail)
_DEFINITION = attrgetter(*Definition.__struct_fields__)
_SITE = attrgetter(*Site.__struct_fields__)


def encode(facts: FileFacts) -> tuple[bytes, bytes]:
    """Facts as two compressed parts: definitions, imports and types; sites and opaque ranges."""
    head, tail = _head(facts), _tail(facts)
    return zlib.compress(_ENCODER.encode(head), 1), zlib.compress(_ENCODER.encode(tail), 1)


def _head(facts: FileFacts) -> _Head:
    found = facts.definitions
    columns = list(zip(*map(_DEFINITION, found), strict=True)) or [()] * len(_FIELDS)
    by_name = dict(zip(_FIELDS, columns, strict=True))
    lines, starts = by_name["line"], by_name["start"]
    whole = [f"{found[d.parent].qualname}.{d.name}" if d.parent >= 0 else d.name for d in found]
    return _Head(
        facts.language, facts.lines, facts.has_errors,
        list(by_name["name"]),
        ["" if q == own else q for q, own in zip(by_name["qualname"], whole, strict=True)],
        list(by_name["kind"]),
        (
            _steps(lines),
            _steps(starts),
            [end - at for end, at in zip(by_name["end_line"], lines, strict=True)],
            [end - at for end, at in zip(by_name["end"], starts, strict=True)],
            [name - at for name, at in zip(by_name["name_start"], starts, strict=True)],
            [i - up if up >= 0 else 0 for i, up in enumerate(by_name["parent"])],
        ),
        list(by_name["signature"]), list(by_name["doc"]), list(by_name["bases"]),
        list(by_name["decorators"]), [" ".join(marks) for marks in by_name["modifiers"]],
        list(by_name["parameters"]), list(by_name["returns"]), list(by_name["value"]),
        list(by_name["complexity"]), list(by_name["depth"]), facts.imports, facts.types,
    )  # fmt: skip


_FIELDS = Definition.__struct_fields__


def _tail(facts: FileFacts) -> _Tail:
    columns = list(zip(*map(_SITE, facts.sites), strict=True)) or [()] * 6
    roles, names, receivers, lines, starts, scopes = columns
    words: dict[str, int] = {}
    for word in (*names, *receivers):
        words.setdefault(word, len(words))
    number = words.__getitem__
    first, last = facts.opaque
    ranges = [0] * (2 * len(first))
    ranges[::2], ranges[1::2] = first, last
    return _Tail(
        list(words), "".join(map(_LETTERS.__getitem__, roles)), list(map(number, names)),
        list(map(number, receivers)), _steps(lines), _steps(starts), _steps(scopes),
        _steps(ranges),
    )  # fmt: skip


def _steps(numbers: Sequence[int]) -> list[int]:
    """Each number as what it is more than the one before; `accumulate` is the inverse."""
    return [b - a for a, b in zip([0, *numbers], numbers, strict=False)]


def decode(path: str, head: bytes, tail: bytes) -> FileFacts:
    """The inverse of `encode`; raises one of `DAMAGED` (for the tail when it is first read)."""
    first = _HEAD.decode(zlib.decompress(head))
    return FileFacts(
        path, first.language, first.lines, _definitions(first), first.imports, first.types,
        first.has_errors, lambda: _later(tail),
    )  # fmt: skip


def _definitions(head: _Head) -> tuple[Definition, ...]:
    lines, starts = list(accumulate(head.places[0])), list(accumulate(head.places[1]))
    _, _, to_end_line, to_end, to_name, up = head.places
    parents = [i - step if step else -1 for i, step in enumerate(up)]
    qualnames = head.qualnames
    for i, name in enumerate(head.names):
        if not qualnames[i]:
            parent = parents[i]
            qualnames[i] = f"{qualnames[parent]}.{name}" if parent >= 0 else name
    marks = {written: tuple(written.split()) for written in set(head.modifiers)}
    return tuple(
        map(
            Definition, head.names, qualnames, head.kinds, lines,
            map(int.__add__, lines, to_end_line), starts, map(int.__add__, starts, to_end),
            map(int.__add__, starts, to_name), parents, head.signatures, head.docs, head.bases,
            head.decorators, map(marks.__getitem__, head.modifiers), head.parameters,
            head.returns, head.values, head.complexities, head.depths,
        )
    )  # fmt: skip


def _later(tail: bytes) -> Later:
    rest = _TAIL.decode(zlib.decompress(tail))
    word = rest.words.__getitem__
    sites = map(
        Site, map(_ROLES.__getitem__, rest.roles), map(word, rest.names),
        map(word, rest.receivers), accumulate(rest.lines), accumulate(rest.starts),
        accumulate(rest.scopes),
    )  # fmt: skip
    ranges = array("I", accumulate(rest.ranges))
    return tuple(sites), ranges[::2], ranges[1::2]


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
