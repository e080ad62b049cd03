"""Lines that a table of regular expressions recognises: what `entrypoints` and `config` share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .. import grep
from ..languages import parsable
from ..search import Search
from ..syntax import FileFacts


@dataclass(frozen=True, slots=True)
class Rule:
    """`probe` is a Rust regex that finds candidate lines, `pattern` reads one (group `name`)."""

    sort: str
    label: str
    languages: tuple[str, ...]  # () for any file
    pattern: str
    probe: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line that a rule recognised; `groups` are the pattern's named groups."""

    rule: Rule
    path: str
    line: int
    text: str
    groups: dict[str, str]


def hits(search: Search, rules: Sequence[Rule], *, probe: str = "") -> Iterator[Hit]:
    """Every recognised line in scope, by path and line; code in comments and strings left out.

    `probe` is a narrower Rust regex for the lines to look at.
    """
    if not rules:
        return
    probe = probe or rust("|".join(f"(?:{rule.probe or rule.pattern})" for rule in rules))
    compiled = [(rule, re.compile(rule.pattern)) for rule in rules]
    facts: FileFacts | None = None
    for line in grep.lines(search.repository.root, probe, timeout=search.remaining()):
        entry = search.listing.files.get(line.path)
        if entry is None or not search.in_scope(line.path):
            continue
        for rule, pattern in compiled:
            if rule.languages and entry.language not in rule.languages:
                continue
            for found in pattern.finditer(line.text):
                if facts is None or facts.path != line.path:
                    facts = search.repository.facts(entry) if parsable(entry.language) else None
                if facts is not None and _is_text(search, facts, line, found.start()):
                    continue
                groups = {k: v for k, v in found.groupdict().items() if v is not None}
                yield Hit(rule, line.path, line.line, line.text.strip(), groups)


def rust(pattern: str) -> str:
    """A Python pattern as ripgrep reads it."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


def _is_text(search: Search, facts: FileFacts, line: grep.Line, column: int) -> bool:
    source = search.source(line.path)
    if source is None:
        return False
    lead = len(line.text[:column].encode("utf-8", "replace"))
    blanks = len(line.text[column:]) - len(line.text[column:].lstrip())
    return facts.is_opaque(source.starts[line.line - 1] + lead + blanks)
