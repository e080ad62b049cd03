"""Places in code that no grammar is shipped for: Cython, Lua, Perl, R, Dart, Elixir, Objective-C …

A line that looks like the head of a definition begins one; it ends before the next head that is
indented no deeper. Good enough to point at, for described behaviour only: the exact tools, which
must not guess, leave these files out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

OUTLINED = (
    ".pyx", ".pxi", ".pxd", ".lua", ".pl", ".pm", ".r", ".R", ".jl", ".dart", ".ex", ".exs", ".m",
    ".mm", ".zig", ".nim", ".groovy", ".c.src", ".h.src", ".vue", ".svelte",
)  # fmt: skip
_WORDS = rb"(?:(?:pub|public|private|protected|static|async|export|default|local|inline|abstract|final|cdef|cpdef|api|virtual|override) +)*"
_HEAD = re.compile(
    rb"^(?P<indent>[ \t]*)(?:"
    + _WORDS + rb"(?:class|module|defmodule|struct|enum|union|interface|trait|mixin|extension|@implementation|@interface|@protocol)"
    rb"[ \t]+(?P<type>[\w.]+)"
    rb"|" + _WORDS + rb"(?:def|defp|function|func|fn|fun|sub|proc|macro)[ \t]+(?P<named>[\w.:!?]+)"
    rb"|c(?:p?)def[ \t]+(?:[\w.\[\], *&]{1,120}[ \t*&])?(?P<cdef>\w+)[ \t]*\((?=[^\n]*(?::|,|\()[ \t]*(?:#[^\n]*)?$)"
    rb"|[-+][ \t]*\([^)\n]*\)[ \t]*(?P<message>\w+)"
    rb"|(?:const |let |var )?(?P<assigned>[\w.]+)[ \t]*(?:<-|=|:=)[ \t]*(?:async )?function[ \t]*\("
    rb"|(?!(?:return|else|new|throw)\b)(?:[\w:<>,@]+[ \t*&]+){1,12}(?P<c>[\w@]+)[ \t]*\([^;{}\n]{0,400}\)[^;{}()\n]{0,80}\n?[ \t]*\{[ \t]*$"
    rb")",
    re.MULTILINE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """One definition by its looks: `start` and `end` are byte offsets, `name` holds those around."""

    start: int
    end: int
    name: str
    kind: str
    signature: str


def pieces(data: bytes) -> list[Piece]:
    """The definitions of a text in order; those inside come after the one around them."""
    found: list[tuple[int, int, str, str, str]] = []  # start, depth, name, kind, signature
    for match in _HEAD.finditer(data):
        group = match.lastgroup or ""
        depth = len(match["indent"].expandtabs(4))
        line_end = data.find(b"\n", match.start())
        line = data[match.start() : line_end if line_end >= 0 else len(data)]
        kind = "class" if group == "type" else "function"
        name = match[group].decode("utf-8", "replace")
        found.append((match.start(), depth, name, kind, line.decode("utf-8", "replace").strip()))
    ends = [len(data)] * len(found)
    names: list[str] = []
    around: list[int] = []  # the open ones, outermost first
    for number, (start, depth, name, _, _) in enumerate(found):
        while around and found[around[-1]][1] >= depth:
            ends[around.pop()] = start
        around.append(number)
        names.append(f"{names[around[-2]]}.{name}" if len(around) > 1 else name)
    return [
        Piece(start, end, name, kind, signature[:240])
        for (start, _, _, kind, signature), end, name in zip(found, ends, names, strict=True)
    ]
