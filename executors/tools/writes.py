"""`find_writes`: where a field or variable is assigned, changed in place or deleted."""

from __future__ import annotations

from collections.abc import Iterator

from ..binding import target_of
from ..catalog import ToolCall
from ..names import find_definitions, spellings, split_name
from ..results import Match
from ..search import Search

_MUTATORS = frozenset(
    [
        "append",
        "extend",
        "insert",
        "remove",
        "pop",
        "clear",
        "update",
        "add",
        "discard",
        "setdefault",
        "sort",
        "reverse",
        "push",
        "unshift",
        "shift",
        "splice",
        "set",
        "delete",
        "appendleft",
        "popleft",
    ]
)
_DATA_KINDS = frozenset({"field", "property", "variable", "constant", "variant"})


def find_writes(call: ToolCall, search: Search) -> Iterator[Match]:
    """Assignments, augmented assignments, deletions and mutating method calls on the name."""
    typed = call.text("name")
    matches = list(_writes(search, typed, split_name(typed)[1]))
    if not matches:
        search.sure_of_none()
        for spelling in spellings(search, split_name(typed)[1]):
            matches = list(_writes(search, spelling, spelling))
            if matches:
                search.note(f"There is no write to '{typed}'; taken as '{spelling}'.")
                break
    yield from sorted(matches, key=lambda m: not m.certain)


def _writes(search: Search, typed: str, name: str) -> Iterator[Match]:
    qualifier = split_name(typed)[0]
    found = find_definitions(search, typed, scoped=False, kinds=_DATA_KINDS) if qualifier else []
    target = target_of(search, found, name)
    for facts in search.parse(search.candidates(name, fixed=True, word=True)):
        for site in facts.sites:
            if site.role == "write" and site.name == name:
                bound = target.binds(facts, site) if found and site.receiver else True
                if bound is not False:
                    yield search.match_site(facts, site, "write", certain=bound is True)
            elif site.role == "call" and site.name in _MUTATORS and _ends_in(site.receiver, name):
                yield search.match_site(facts, site, "write", certain=not found)
        for definition in facts.definitions:
            if definition.name == name and definition.value and definition.kind in _DATA_KINDS:
                yield search.match_line(facts, definition.line, definition.parent, "write")


def _ends_in(receiver: str, name: str) -> bool:
    return receiver == name or receiver.endswith("." + name)
