"""Markdown as one `Content`: an answer is one widget, not one for every paragraph.

Parsing is markdown-it's, the colours of fenced code are Textual's. Not covered: tables and images,
which no answer has; their text is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

INDENT = "  "
_INLINE = {"strong": "bold", "em": "italic", "s": "strike", "link": "underline"}
CODE = "bold $text-accent"


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False})


def content_of(source: str) -> Content:
    """The text that a Markdown source means, one line a block unless it has more."""
    rows: list[Content] = []
    depth, marker = 0, ""
    counts: list[int | None] = []  # of the lists one is in: the next number, None for bullets
    style = ""
    for token in _parser().parse(source):
        match token.type:
            case "bullet_list_open":
                counts.append(None)
            case "ordered_list_open":
                counts.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                counts.pop()
            case "list_item_open":
                number = counts[-1]
                marker = "• " if number is None else f"{number}. "
                counts[-1] = None if number is None else number + 1
            case "blockquote_open":
                depth += 1
            case "blockquote_close":
                depth -= 1
            case "heading_open":
                style = "bold"
            case "heading_close":
                style = ""
            case "inline":
                lead = INDENT * (max(0, len(counts) - 1) + depth) + (marker or INDENT * len(counts))
                marker = ""
                text = _inline(token.children or ())
                rows.append(Content.assemble(lead, text.stylize(style) if style else text))
            case "fence" | "code_block":
                rows += _code(token.content, token.info.strip())
            case "hr":
                rows.append(Content("─" * 8))
    return Content("\n").join(rows)


def _inline(tokens: Sequence[Token]) -> Content:
    parts: list[Content] = []
    styles: list[str] = []
    for token in tokens:
        name, _, end = token.type.rpartition("_")
        if end == "open" and name in _INLINE:
            styles.append(_INLINE[name])
        elif end == "close" and name in _INLINE:
            styles.pop()
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(Content(" " if token.type == "softbreak" else "\n"))
        else:
            look = [*styles, CODE] if token.type == "code_inline" else styles
            parts.append(Content.styled(token.content, " ".join(look)))
    return Content("").join(parts)


def _code(text: str, language: str) -> list[Content]:
    from textual.highlight import highlight

    shown = highlight(text.rstrip("\n").expandtabs(4), language=language or "text")
    return [Content.assemble(INDENT, row) for row in shown.split("\n", allow_blank=True)]
