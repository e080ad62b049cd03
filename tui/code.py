"""Source text as coloured lines: what the evidence pane shows, without a widget.

Lexing is Pygments'; which colour a kind of token has is the theme's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ..formatter import block

if TYPE_CHECKING:
    from pygments.lexer import Lexer

MOST_LEXED = 300_000  # characters; a longer text is shown without colours
WIDEST = 2_000  # columns of a line that are kept
TAB = 4
# Pygments' token types by their path, the longest first, and what we call them.
_KINDS = (
    (("Comment", "Preproc"), "keyword"),
    (("Comment",), "comment"),
    (("String", "Doc"), "comment"),
    (("Literal", "String", "Doc"), "comment"),
    (("Literal", "String"), "string"),
    (("Literal", "Number"), "number"),
    (("Keyword", "Constant"), "number"),
    (("Keyword",), "keyword"),
    (("Operator", "Word"), "keyword"),
    (("Name", "Function"), "function"),
    (("Name", "Class"), "class"),
    (("Name", "Decorator"), "decorator"),
    (("Name", "Builtin"), "builtin"),
    (("Name", "Tag"), "keyword"),
    (("Name", "Attribute"), "function"),
    (("Name", "Exception"), "class"),
    (("Generic", "Heading"), "class"),
    (("Generic", "Inserted"), "string"),
    (("Generic", "Deleted"), "keyword"),
)
KINDS = ("plain", *sorted({kind for _, kind in _KINDS}))
CodeLine = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A file's lines; each is a run of (kind, text) with no control character in it."""

    path: str
    lines: tuple[CodeLine, ...]

    @property
    def width(self) -> int:
        """Columns of the longest line."""
        return max((sum(len(text) for _, text in line) for line in self.lines), default=0)


def coloured(path: str, text: str) -> Code:
    """The lines of a text that stands in the file `path`."""
    shown = "\n".join(row.expandtabs(TAB)[:WIDEST] for row in block(text).split("\n"))
    lexer = _lexer(path) if len(shown) <= MOST_LEXED else None
    lines: list[list[tuple[str, str]]] = [[]]
    tokens = lexer.get_tokens(shown) if lexer is not None else [((), shown)]
    for kind, value in tokens:
        name = _kind(kind)
        for number, part in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append((name, part))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return Code(path, tuple(tuple(line) for line in lines))


@lru_cache(maxsize=64)
def _lexer_class(name: str) -> Any:
    from pygments.lexers import find_lexer_class_for_filename

    return find_lexer_class_for_filename(name)


def _lexer(path: str) -> Lexer | None:
    name = PurePosixPath(path).name
    try:
        found = _lexer_class("x" + PurePosixPath(path).suffix if "." in name else name)
    except (ImportError, ValueError):
        return None
    # the lines must be counted as the file has them
    return found(stripnl=False, ensurenl=False) if found is not None else None


@lru_cache(maxsize=512)
def _kind(token: tuple[str, ...]) -> str:
    parts = tuple(token)
    for path, kind in _KINDS:
        if parts[: len(path)] == path:
            return kind
    return "plain"
