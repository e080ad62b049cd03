"""The places of a result as they are shown: `groups` puts them in order and under headings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..executors.repository import is_test_path
from ..executors.results import Match, ToolResult
from .reading import parts
from .safe import addressed, unaddressed
from .words import first_sentence

# Their order is the answer, so nothing in it is moved.
ORDERED = frozenset(
    [
        "find_call_path", "find_callees", "list_imports", "list_dependencies", "rank_symbols",
        "git_history", "locate", "explain", "compare", "overview", "show_symbol", "list_members",
        "find_definition", "find_superclasses", "find_files", "find_config",
    ]
)  # fmt: skip
RANKED = frozenset(["locate", "explain", "compare"])
FOLDERS_FROM = 13  # as many places fit on a small screen without headings
EXISTS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A match, its index in the result, and the first sentence of its documentation ("" if none)."""

    match: Match
    index: int
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Places under one heading; `heading` is "" for the main ones."""

    heading: str
    places: tuple[Place, ...]


def doc_of(result: ToolResult, index: int) -> str:
    """The first sentence of a match's documentation: from the facts, else from its own text."""
    docs = result.facts.get("docs")
    found: object = None
    if isinstance(docs, Mapping):
        found = docs.get(index, docs.get(str(index)))
    elif isinstance(docs, (list, tuple)):
        found = docs[index] if index < len(docs) else None
    elif index == 0:
        found = docs
    compared = result.facts.get("compared")
    if found is None and isinstance(compared, Mapping):
        last = result.matches[index].name.rpartition(".")[2]
        about = compared.get(result.matches[index].name, compared.get(last))
        found = about.get("docs") if isinstance(about, Mapping) else None
    if isinstance(found, str) and found.strip():
        return first_sentence(found)
    if result.call.tool not in (*RANKED, "show_symbol"):
        return ""
    match = result.matches[index]
    rest = unaddressed(match.text).partition("\n")[2].strip()
    alone = rest and "\n" not in rest and not re.search(r"[;{}=]|\)$|^\w+:|^[#@/]", rest)
    if alone and match.role != "call" and not addressed(rest):
        return first_sentence(rest)  # signature and documentation, a line each
    _, _, docs = parts(
        unaddressed(match.text), match.name if match.kind in ("function", "method") else ""
    )
    return first_sentence(docs[0]) if docs else ""


def groups(result: ToolResult) -> list[Group]:
    """The places to show, in order: the main ones (by folder when many), tests, possible ones."""
    mode = result.call.text("mode", "list")
    if mode == "count":
        return []
    places = _once([Place(m, i, doc_of(result, i)) for i, m in enumerate(result.matches)])
    if mode == "exists":
        places = sorted(places, key=lambda p: not p.match.certain)[:EXISTS_SHOWN]
    sure = [place for place in places if place.match.certain]
    unsure = [place for place in places if not place.match.certain]
    made: list[Group] = []
    if result.call.tool in ORDERED or mode == "exists":
        made.append(Group("", tuple(sure)))
    else:
        only_tests = result.call.text("tests") == "only" or result.call.tool == "find_tests"
        tests = [p for p in sure if not only_tests and is_test_path(p.match.path)]
        made += _by_folder([p for p in sure if p not in tests])
        made.append(Group("in tests:", tuple(tests)))
    made.append(Group("possibly:", tuple(unsure)))
    return [group for group in made if group.places]


def _once(places: list[Place]) -> list[Place]:
    """Without places that would read the same: several calls or imports on one line."""
    seen: dict[tuple[str, int, str], Place] = {}
    for place in places:
        seen.setdefault((place.match.path, place.match.line, place.match.text), place)
    return list(seen.values())


def _by_folder(places: list[Place]) -> list[Group]:
    folders: dict[str, list[Place]] = {}
    for place in places:
        folders.setdefault(place.match.path.rpartition("/")[0], []).append(place)
    if len(places) < FOLDERS_FROM or len(folders) < 2 or len(folders) > len(places) // 2:
        return [Group("", tuple(places))]
    return [
        Group(f"{folder or 'top folder'} ({len(inside)}):", tuple(inside))
        for folder, inside in sorted(folders.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
