"""Units of retrieval: the definitions, documentation sections and settings of a file, with counts.

A unit is a definition (function, method, class header with its members' names), what looks like
one in a language without grammar, a module as a whole, a section of a Markdown or reStructuredText
file, or a key of a settings file with its block.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .outline import OUTLINED, Piece, pieces
from .ranking import Counts, Query, name_stems
from .repository import Source
from .syntax import CALLABLE_KINDS, SCOPE_KINDS, Definition, FileFacts

DOC_LANGUAGES = frozenset({"markdown", "rst"})
SETTINGS_SUFFIXES = (".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties")
_LOCK = re.compile(r"[-._]lock\.\w+$")
_KEY = re.compile(
    rb"^(?P<indent>[ \t]*)(?:\[+(?P<section>[^\]\n]+)\]+|(?:- +)?[\"']?(?P<key>[\w./@-]+(?: [\w./@-]+)?)[\"']?"
    rb"[ \t]*(?:=|:(?=[ \t\n]|$)))",
    re.MULTILINE,
)
_MOST_LINES = 40  # of a key's block, else the keys in it are the places
_QUOTED = re.compile(r'("""|\'\'\')(.*?)\1', re.DOTALL)
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
    body: str = ""  # filled for the best only, as are `calls`, see `shortlist.with_bodies`
    calls: frozenset[str] = frozenset()


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


def is_outlined(path: str) -> bool:
    """Whether a file is code that no grammar is shipped for, but whose definitions can be told."""
    return path.endswith(OUTLINED)


def outline_units(source: Source, query: Query) -> list[Unit]:
    """What looks like a definition and has a hit, in code without grammar; inner ones count alone."""
    found = pieces(source.data)
    units: dict[int, Unit] = {}
    at, around = 0, list[int]()
    for offset, term in query.hits(source.data):
        while at < len(found) and found[at].start <= offset:
            around.append(at)
            at += 1
        while around and found[around[-1]].end <= offset:
            around.pop()
        if not around:
            continue
        number = around[-1]
        if number not in units:
            units[number] = _outlined(source, query, found[number])
        units[number].counts.add("body", term)
    return list(units.values())


def _outlined(source: Source, query: Query, piece: Piece) -> Unit:
    first = source.line_at(piece.start)
    last = max(first, source.line_at(max(piece.start, piece.end - 1)))
    while last > first and not source.lines[last - 1].strip():
        last -= 1
    container, _, name = piece.name.rpartition(".")
    text = source.data[piece.start : piece.end][:1_500].decode("utf-8", "replace")
    quoted = _QUOTED.search(text)
    counts = Counts(min(piece.end - piece.start, 1_500 if piece.kind == "class" else 1_000_000))
    doc = quoted.group(2).strip() if quoted else ""
    for field, some in (
        ("name", name), ("container", container), ("signature", piece.signature), ("doc", doc),
    ):  # fmt: skip
        _add(counts, query, field, some)
    for word in set(name_stems(source.path)):
        if word in query.terms:
            counts.add("path", word)
    return Unit(
        source.path, first, last, piece.name, piece.kind, piece.signature, doc, -1, counts
    )  # fmt: skip


def is_settings(path: str) -> bool:
    """Whether a file holds settings by keys; lock files do not."""
    return path.endswith(SETTINGS_SUFFIXES) and _LOCK.search(path) is None


def setting_units(source: Source, query: Query) -> list[Unit]:
    """The keys of a YAML, TOML or INI file whose block has a hit, a comment above included.

    A key holds the deeper indented lines below it; a section's keys come after its header.
    """
    found = query.hits(source.data)
    if not found:
        return []
    at_line = _setting_at(source)
    units: dict[int, Unit] = {}
    for offset, term in found:
        span = at_line[source.line_at(offset) - 1]
        if span is None:
            continue
        first, last, name = span
        unit = units.get(first)
        if unit is None:
            counts = Counts(sum(len(text) + 1 for text in source.lines[first - 1 : last]))
            _add(counts, query, "name", name.rpartition(".")[2])
            _add(counts, query, "container", name.rpartition(".")[0])
            _add(counts, query, "path", source.path)
            head = source.lines[first - 1].strip()
            unit = units[first] = Unit(
                source.path, first, last, name, "setting", head, "", -1, counts
            )
        unit.counts.add("body", term)
    return list(units.values())


_Span = tuple[int, int, str]  # first line, last line, dotted name


def _setting_at(source: Source) -> list[_Span | None]:
    """For each line the outermost key around it whose block is short, else the innermost.

    A section in brackets is the place of its own header only.
    """
    at_line: list[_Span | None] = [None] * len(source.lines)
    settled = [False] * len(source.lines)
    sections: set[int] = set()
    for span in _settings(source, sections):
        first, last, _ = span
        short = last - first < _MOST_LINES and first not in sections
        for line in range(first - 1, last):
            if not settled[line]:
                at_line[line], settled[line] = span, short
    return at_line


def _settings(source: Source, sections: set[int]) -> list[_Span]:
    """Every key with its block and the comment above, the outer ones first.

    `sections` is given the first lines of those that are sections.
    """
    headers: set[int] = set()
    keys: list[tuple[int, int, str]] = []  # line, depth, name
    section = 0
    for match in _KEY.finditer(source.data):
        part = "section" if match["section"] else "key"
        depth = len(match["indent"].expandtabs(4)) + section
        if part == "section":
            section, depth = 1, 0
            headers.add(len(keys))
        name = match[part].decode("utf-8", "replace").strip()
        keys.append((source.line_at(match.start(part)), depth, name))
    spans: list[_Span] = []
    around: list[tuple[int, str, int]] = []  # depth, name, number of its span
    ends = [len(source.lines)] * len(keys)
    for number, (line, depth, name) in enumerate(keys):
        while around and around[-1][0] >= depth:
            ends[around.pop()[2]] = line - 1
        around.append((depth, name, number))
        spans.append((line, line, ".".join(outer for _, outer, _ in around)))
    lines = source.lines
    for number, (line, _, name) in enumerate(spans):
        first, last = line, ends[number]
        while last > line and not lines[last - 1].strip(" \t#"):
            last -= 1
        while first > 1 and lines[first - 2].lstrip().startswith(("#", ";")):
            first -= 1
        spans[number] = first, last, name
        if number in headers:
            sections.add(first)
    return spans


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
