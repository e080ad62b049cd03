"""`find_raises`: where an exception is raised, thrown or caught."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..catalog import ToolCall
from ..languages import adapter
from ..names import find_definitions, spellings, split_name
from ..repository import FileEntry
from ..results import Match, Role
from ..search import Search
from ..syntax import FileFacts


def find_raises(call: ToolCall, search: Search) -> Iterator[Match]:
    """Raise or catch sites of the exception, in `within` where that is given."""
    typed = call.text("name")
    role: Role = "catch" if call.text("action", "raise") == "catch" else "raise"
    name = "" if typed.strip() in ("*", "any", "") else split_name(typed)[1]
    matches = list(_sites(search, call.text("within"), name, role))
    if not matches and name:
        for spelling in spellings(search, name):
            matches = list(_sites(search, call.text("within"), spelling, role))
            if matches:
                search.note(f"There is no '{typed}'; taken as '{spelling}'.")
                break
    names = dict.fromkeys(match.name for match in matches)
    if not name:
        search.facts["names"] = list(names)
    yield from matches


def _sites(search: Search, within: str, name: str, role: Role) -> Iterator[Match]:
    for facts, start, end in _extents(search, within, name, role):
        aliases = {i.alias for i in facts.imports if i.name == name and i.alias} | {name}
        for site in facts.sites:
            if site.role != role or not start <= site.start < end:
                continue
            owner = re.split(r"::|\.", site.receiver.removesuffix("::"))[-1]
            case = site.receiver.endswith("::") or site.name[:1].islower()
            variant = case and owner in aliases  # `Error::NotFound`, `Failure.missing`
            if name and site.name not in aliases and not variant:
                continue
            if name:
                yield search.match_site(facts, site, role)
            else:
                text = search.line(facts.path, site.line)
                yield Match(facts.path, site.line, site.line, site.name, "exception", text, role)


def _extents(
    search: Search, within: str, name: str, role: str
) -> Iterator[tuple[FileFacts, int, int]]:
    if within:
        found = find_definitions(search, within)
        if not found:
            search.note(f"'{within}' is not defined in this repository.")
        for facts, definition in found:
            yield facts, definition.start, definition.end
        return
    for facts in search.parse(_candidates(search, name, role)):
        yield facts, 0, 1 << 62


def _candidates(search: Search, name: str, role: str) -> list[FileEntry]:
    if name:
        return search.candidates(name, fixed=True, word=True)
    rules = [adapter(language) for language in search.languages()]
    patterns = {rule.catch_pattern if role == "catch" else rule.raise_pattern for rule in rules}
    return search.candidates("|".join(sorted(filter(None, patterns)))) if patterns else []
