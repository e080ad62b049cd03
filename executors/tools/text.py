"""`search_text`: lines that contain a text or match a pattern, in every text file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import grep
from ..catalog import ToolCall
from ..errors import DeadlineExceeded, ToolError
from ..languages import parsable
from ..results import Match
from ..search import Search

MAX_TEXT = 400
MAX_PARSED_FILES = 60  # files whose matches are named after the function around them
_MARKERS = frozenset({"TODO", "FIXME", "XXX", "HACK", "BUG", "NOTE"})
# What a message has filled in when it is printed: numbers, quoted values, paths, formats.
_FILLED = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|<[^>]*>|\S*\d\S*|\{[^}]*\}|%\w|\S*/\S*""")


def search_text(call: ToolCall, search: Search) -> Iterator[Match]:
    """Exact case first; then any case; then, for a message, its longest part that stands anywhere.

    A note says whenever something else than the text as given was searched for.
    """
    text = _one_line(call.text("text"), search)
    regex = call.flag("regex")
    word = text in _MARKERS and not regex
    try:
        found = _lines(search, text, regex=regex, ignore_case=call.flag("ignore_case"), word=word)
    except DeadlineExceeded:
        raise
    except ToolError:
        if not regex:
            raise
        search.note(f"'{text}' is not a valid pattern; searched for as plain text.")
        regex, found = False, _lines(search, text, ignore_case=call.flag("ignore_case"))
    if not found and not call.flag("ignore_case"):
        found = _lines(search, text, regex=regex, ignore_case=True, word=word)
        if found:
            search.note(f"No '{text}' in this case; found with upper and lower case alike.")
    if not found and not regex:
        found = _part_of(search, text)
    yield from _matches(search, found)


def _one_line(text: str, search: Search) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return lines[0] if lines and "\n" in text else text
    longest = max(lines, key=len)
    search.note(f"Searched for the longest line of the text: '{longest}'.")
    return longest


def _lines(
    search: Search, text: str, *, regex: bool = False, ignore_case: bool = False, word: bool = False
) -> list[grep.Line]:
    found = grep.lines(
        search.repository.root, text, fixed=not regex, word=word, ignore_case=ignore_case,
        timeout=search.remaining(),
    )  # fmt: skip
    return [line for line in found if search.in_scope(line.path)]


def _part_of(search: Search, text: str) -> list[grep.Line]:
    """Lines with the longest fixed part of a printed message (values were filled in)."""
    parts = {part.strip(" .,:;()[]") for part in _FILLED.split(text)}
    parts |= {part.strip() for part in re.split(r"\s*[:;]\s+", text)[1:]}
    whole = text.strip(" .,:;()[]\"'`")
    for part in sorted(parts | {whole}, key=len, reverse=True):
        if part == text or len(part) < 8:
            continue
        found = _lines(search, part, ignore_case=True)
        if found:
            search.note(f"The text does not stand in the code as a whole; its part '{part}' does.")
            return found
    return []


def _matches(search: Search, found: list[grep.Line]) -> Iterator[Match]:
    parsed = list(dict.fromkeys(line.path for line in found))[:MAX_PARSED_FILES]
    seen: set[tuple[str, int]] = set()
    for line in found:
        if (line.path, line.line) in seen:
            continue
        seen.add((line.path, line.line))
        name, kind = _around(search, line.path, line.line) if line.path in parsed else ("", "")
        text = line.text.strip()
        shown = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
        yield Match(
            line.path, line.line, line.line, name or line.path, kind or "file", shown, "text"
        )


def _around(search: Search, path: str, line: int) -> tuple[str, str]:
    """The innermost definition around a line: qualified name and kind, "" where there is none."""
    entry = search.listing.files[path]
    facts = search.repository.facts(entry) if parsable(entry.language) else None
    if facts is None:
        return "", ""
    around = [d for d in facts.definitions if d.line <= line <= d.end_line]
    inner = max(around, key=lambda d: d.start, default=None)
    return (inner.qualname, inner.kind) if inner is not None else ("", "")
