"""Units of retrieval: the definitions and documentation sections of a file, with term counts.

A unit is a definition (function, method, class header with its members' names), a module as a
whole, or a section of a Markdown or reStructuredText file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .ranking import Counts, Query, name_stems
from .repository import Source
from .syntax import CALLABLE_KINDS, SCOPE_KINDS, Definition, FileFacts

DOC_LANGUAGES = frozenset({"markdown", "rst"})
_HEADING = re.compile(
    rb"^#{1,4} +(?P<atx>.+?)#*$|^(?P<under>\S.*)\n(?:={3,}|-{3,}|~{3,}|\^{3,})$", re.MULTILINE
)


@dataclass(slots=True)
class Unit:
    """One place that can be an answer. `index` is the definition's in its file, -1 for others."""

    path: str
    line: int
    end_line: int
    name: str
    kind: str
    signature: str
    doc: str
    index: int
    counts: Counts
    score: float = 0.0
    body: str = ""  # filled for the best only, see `shortlist.with_bodies`


def definition_units(facts: FileFacts, source: Source, query: Query) -> list[Unit]:
    """The definitions of a parsed file that have a hit, and the module when its own text has."""
    counts: dict[int, Counts] = {}
    for offset, term in query.hits(source.data):
        scope = facts.scope_at(offset)
        _count(facts, counts, scope, term, offset)
    _named(facts, counts, query)
    units: list[Unit] = []
    for index, found in counts.items():
        units.append(_unit(facts, source, query, index, found))
    return units


def _count(facts: FileFacts, counts: dict[int, Counts], scope: int, term: str, offset: int) -> None:
    """Counts a hit for the innermost scope, for the functions around, and for the class's list."""
    inner = True
    while scope >= 0:
        definition = facts.definitions[scope]
        callable_ = definition.kind in CALLABLE_KINDS
        table = counts.get(scope)
        if table is None:
            table = counts[scope] = Counts(_size(facts, scope))
        if inner or callable_:
            table.add("body", term)
        elif _in_header(facts, offset):
            table.add("members", term)
        inner = False
        scope = definition.parent
    if inner:
        counts.setdefault(-1, Counts(2_000)).add("body", term)


def _in_header(facts: FileFacts, offset: int) -> bool:
    at = facts.scope_at(offset)
    definition = facts.definitions[at] if at >= 0 else None
    if definition is None:
        return False
    return 0 <= offset - definition.name_start < len(definition.name) + len(definition.signature)


def _size(facts: FileFacts, index: int) -> int:
    """Bytes of a function; of a class its header and what belongs to no member, roughly."""
    definition = facts.definitions[index]
    if definition.kind in CALLABLE_KINDS:
        return definition.end - definition.start
    return min(definition.end - definition.start, 1_500)


def _named(facts: FileFacts, counts: dict[int, Counts], query: Query) -> None:
    """Adds constants, fields and the like whose own name or value has a term."""
    for index, definition in enumerate(facts.definitions):
        if definition.kind in SCOPE_KINDS or index in counts:
            continue
        parent = definition.parent
        if parent >= 0 and facts.definitions[parent].kind in CALLABLE_KINDS:
            continue  # a local variable is no place to point at
        if any(word in query.terms for word in name_stems(definition.name)):
            found = counts[index] = Counts(definition.end - definition.start)
            for word in name_stems(definition.value):
                if word in query.terms:
                    found.add("body", word)


def _unit(facts: FileFacts, source: Source, query: Query, index: int, counts: Counts) -> Unit:
    for word in set(name_stems(facts.path)):
        if word in query.terms:
            counts.add("path", word)
    if index < 0:
        doc = _module_doc(source)
        _add(counts, query, "doc", doc)
        stem_ = facts.path.rpartition("/")[2].partition(".")[0]
        return Unit(facts.path, 1, facts.lines, stem_, "module", "", doc, -1, counts)
    definition = facts.definitions[index]
    _add(counts, query, "name", definition.name)
    _add(counts, query, "container", definition.container)
    _add(counts, query, "signature", definition.signature)
    _add(counts, query, "doc", definition.doc)
    return Unit(
        facts.path, definition.line, definition.end_line, definition.qualname, definition.kind,
        definition.signature, definition.doc, index, counts,
    )  # fmt: skip


def _add(counts: Counts, query: Query, name: str, text: str) -> None:
    for word in name_stems(text):
        if word in query.terms:
            counts.add(name, word)


def _module_doc(source: Source) -> str:
    head = source.data[:1_500].decode("utf-8", "replace").lstrip()
    quoted = re.match(r'[rR]?("""|\'\'\')(.*?)\1', head, re.DOTALL)
    if quoted:
        return quoted.group(2).strip()
    comment = re.match(r"/\*\*?(.*?)\*/", head, re.DOTALL)
    return comment.group(1).strip() if comment else ""


def section_units(source: Source, query: Query) -> list[Unit]:
    """The headed sections of a documentation file that have a hit."""
    headings = list(_HEADING.finditer(source.data))
    starts = [match.start() for match in headings]
    units: list[Unit] = []
    at = -1
    by_section: dict[int, Counts] = {}
    for offset, term in query.hits(source.data):
        while at + 1 < len(starts) and starts[at + 1] <= offset:
            at += 1
        if at not in by_section:
            end = starts[at + 1] if at + 1 < len(starts) else len(source.data)
            by_section[at] = Counts(end - (starts[at] if at >= 0 else 0))
        by_section[at].add("body", term)
    for at, counts in by_section.items():
        start = starts[at] if at >= 0 else 0
        end = starts[at + 1] if at + 1 < len(starts) else len(source.data)
        title = ""
        if at >= 0:
            found = headings[at]
            title = (found.group("atx") or found.group("under") or b"").decode("utf-8", "replace")
        _add(counts, query, "name", title)
        line = source.line_at(start)
        last = max(line, source.line_at(max(start, end - 1)))
        name = title.strip() or source.path.rpartition("/")[2]
        units.append(Unit(source.path, line, last, name, "section", name, "", -1, counts))
    return units


def body_text(data: bytes, definition: Definition, limit: int = 400) -> str:
    """The start of a definition's body on one line, its header and documentation left out."""
    text = data[definition.start : definition.end][: 4_000 + 4 * limit].decode("utf-8", "replace")
    at = text.find(definition.name)
    header = text.find("\n", at) if at >= 0 else -1
    last = next((x for x in reversed(definition.doc.split("\n")) if len(x.strip()) > 2), "").strip()
    if last:
        found = text.find(last)
        if found >= 0:
            header = max(header, found + len(last))
    rest = text[header + 1 :] if header >= 0 else ""
    return " ".join(rest.lstrip("\"'*/ \n").split())[:limit]
