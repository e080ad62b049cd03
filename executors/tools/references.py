"""`find_references`: every use of a name in code, comments and strings left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..binding import Target, target_of
from ..catalog import ToolCall
from ..names import find_definitions, spellings, split_name
from ..results import Match, Role
from ..search import Search
from ..syntax import FileFacts, Site

_ROLES: dict[str, Role] = {"call": "call", "write": "write", "raise": "raise", "catch": "catch"}


def find_references(call: ToolCall, search: Search) -> Iterator[Match]:
    """Uses of the symbol by path and line; certain ones first."""
    typed = call.text("name")
    found = find_definitions(search, typed, scoped=False)
    name = found[0][1].name if found else split_name(typed)[1]
    target = target_of(search, found, name)
    matches = list(references(search, target, qualified=bool(split_name(typed)[0])))
    if not matches and not found:
        search.sure_of_none()
        for spelling in spellings(search, name):
            matches = list(references(search, Target(search, spelling, ()), qualified=False))
            if matches:
                search.note(f"There is no '{typed}'; taken as '{spelling}'.")
                break
    yield from sorted(matches, key=lambda m: not m.certain)


def references(search: Search, target: Target, *, qualified: bool) -> Iterator[Match]:
    """Uses of a target in the files in scope; `qualified` drops uses that bind elsewhere."""
    mentions = 0
    defined = {(f.path, d.name_start) for f, d in target.definitions}
    for facts in search.parse(
        search.candidates(target.name, fixed=True, word=_is_word(target.name))
    ):
        imported = {item.line for item in facts.imports if target.name in (item.name, item.alias)}
        definitions = {d.name_start for d in facts.definitions if d.name == target.name}
        source = search.source(facts.path)
        if source is None:
            continue
        for offset in _occurrences(source.data, target.name):
            if (facts.path, offset) in defined or offset in definitions:
                continue
            if facts.is_opaque(offset):
                mentions += 1
                continue
            line = source.line_at(offset)
            site = facts.site_at(offset, target.name)
            role = _role(site, line in imported)
            certain = _certain(facts, target, site, source.data, offset, line)
            if certain is False and qualified:
                continue
            yield search.match_line(
                facts, line, facts.scope_at(offset), role, certain=certain is True
            )
    search.facts["mentions"] = mentions
    if mentions:
        search.note(f"Comments and strings, not listed, mention it {mentions} more times.")


def _is_word(name: str) -> bool:
    return re.fullmatch(r"\w+", name) is not None


def _occurrences(data: bytes, name: str) -> Iterator[int]:
    """Where a name stands as a word of its own: plain search, which is quicker than a pattern."""
    word, at = name.encode(), data.find(name.encode())
    while at >= 0:
        end = at + len(word)
        if not _INSIDE.match(data[at - 1 : at] if at else b"") and not _INSIDE.match(
            data[end : end + 1]
        ):
            yield at
        at = data.find(word, end)


_INSIDE = re.compile(rb"[\w$]")


def _role(site: Site | None, imported: bool) -> Role:
    if site is not None:
        return _ROLES.get(site.role, "reference")
    return "import" if imported else "reference"


def _certain(
    facts: FileFacts, target: Target, site: Site | None, data: bytes, offset: int, line: int
) -> bool | None:
    if not target.definitions:
        return True
    if site is None:  # a plain mention binds like a call at the same place would
        before = re.search(rb"[\w.:]+(?:\.|::)\s*$", data[max(0, offset - 80) : offset])
        receiver = before[0].decode("utf-8", "replace").rstrip().removesuffix(".") if before else ""
        if not receiver and any(i.line == line for i in facts.imports if i.name == target.name):
            return target.binds(facts, Site("call", target.name, "", line, offset, -1))
        site = Site("call", target.name, receiver, line, offset, facts.scope_at(offset))
    return target.binds(facts, site)
