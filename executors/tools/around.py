"""What stands around a definition and explains it: settings it reads, reasons that comments give."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..names import Found, find_definitions
from ..repository import is_test_path
from ..results import Match
from ..search import Search

MOST = 3
_ABOVE = 3  # lines before a definition whose comments belong to it
_SETTING = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b")
_COMMENT = re.compile(r"(?:^|\s)(?:#|//|/\*|\*|--|;;)(?:\s|$)")
_REASON = re.compile(
    r"\b(because|since|so that|otherwise|avoids?|prevents?|in order to|to make sure|ensures?|work-?"
    r"around|needed|necessary|required|instead of|rather than|must not|do not|don't|never|unless|due to|"
    r"for (?:backwards?|compatibility|performance|safety|security)|backwards?|compatib\w+|hack|bug|"
    r"issue|only (?:if|when)|the reason|to (?:keep|allow|support|handle|protect))\b|#\d{2,}",
    re.IGNORECASE,
)
# What is still to be done, and marks for linters: no reasons for what is there.
_CHORE = re.compile(
    r"^\W*(?:TODO|FIXME|XXX)\b|\b(?:noqa|pylint:|eslint-|nosec|fmt: |pragma:|type: ?ignore)"
)
_HOLDERS = frozenset({"constant", "variable", "field", "variant", "property", "macro"})


def settings_read(search: Search, pair: Found) -> Iterator[Match]:
    """The constants and settings that a definition's text names, where they are defined."""
    facts, definition = pair
    source = search.source(facts.path)
    if source is None:
        return
    text = source.data[definition.start : definition.end].decode("utf-8", "replace")
    names = [n for n in dict.fromkeys(_SETTING.findall(text)) if n != definition.name]
    shown = 0
    for name in names[: 2 * MOST]:
        here = [(facts, facts.definitions[i]) for i in facts.by_name.get(name, ())]
        found = here or find_definitions(search, name, kinds=_HOLDERS)
        for where, setting in found:
            inside = where is facts and definition.start <= setting.start < definition.end
            if not inside and setting.kind in _HOLDERS and not is_test_path(where.path):
                yield search.match_definition(where, setting, "config")
                shown += 1
                break
        if shown == MOST:
            return


def reasons(search: Search, path: str, first: int, last: int, name: str) -> Iterator[Match]:
    """Comments in and just above these lines that say why."""
    source = search.source(path)
    if source is None:
        return
    block: list[int] = []
    shown = 0
    for number in range(max(1, first - _ABOVE), min(last, len(source.lines)) + 2):
        line = source.line_text(number) if number <= last else ""
        if _COMMENT.search(line):
            block.append(number)
            continue
        chore = next((at for at, n in enumerate(block) if _CHORE.search(source.line_text(n))), None)
        block = block[:chore]
        text = "\n".join(source.line_text(n) for n in block)
        if block and _REASON.search(text):
            yield Match(path, block[0], block[-1], name, "comment", text, "relevant")
            shown += 1
        if shown == MOST:
            return
        block = []
