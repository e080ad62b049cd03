"""`find_tests`: which tests exercise a symbol."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..binding import target_of
from ..catalog import ToolCall
from ..languages import adapter
from ..names import find_definitions, fold, split_name
from ..repository import is_test_path
from ..results import Match
from ..search import Search
from ..syntax import CALLABLE_KINDS, FileFacts
from .test_marks import in_test


def find_tests(call: ToolCall, search: Search) -> Iterator[Match]:
    """Tests that use the symbol, then tests only named after it; one match a test function."""
    typed = call.text("name")
    found = find_definitions(search, typed, scoped=False)
    found = [pair for pair in found if not is_test_path(pair[0].path)] or found
    name = found[0][1].name if found else split_name(typed)[1]
    target = target_of(search, found, name)
    seen: set[tuple[str, int]] = set()
    sure: list[Match] = []
    unsure: list[Match] = []
    entries = [
        entry
        for entry in search.candidates(name, fixed=True, word=True)
        if is_test_path(entry.path) or adapter(entry.language).test_mark
    ]
    for facts in search.parse(entries):
        source = search.source(facts.path)
        if source is None:
            continue
        sites = {site.start: site for site in facts.sites if site.name == name}
        for found_at in re.finditer(
            rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)", source.data
        ):
            offset = found_at.start()
            if facts.is_opaque(offset):
                continue
            scope = facts.scope_at(offset)
            index = _test_around(facts, scope)
            if index < 0 or not in_test(facts, scope) or (facts.path, index) in seen:
                continue
            site = sites.get(offset)
            bound = target.binds(facts, site) if site is not None and found else True
            if bound is False:
                continue
            seen.add((facts.path, index))
            match = search.match_definition(
                facts, facts.definitions[index], "test", certain=bound is True
            )
            (sure if bound is True else unsure).append(match)
    yield from sure
    yield from unsure
    if not sure and not unsure:
        search.sure_of_none()
        yield from _named_after(search, name)


def _test_around(facts: FileFacts, scope: int) -> int:
    """The outermost function around a place (a test in most runners), else the class, else -1."""
    best = scope
    while scope >= 0:
        if facts.definitions[scope].kind in CALLABLE_KINDS:
            best = scope
        scope = facts.definitions[scope].parent
    return best


def _named_after(search: Search, name: str) -> Iterator[Match]:
    wanted = fold(name)
    entries = [e for e in search.candidates(name, fixed=True, ignore_case=True)
               if is_test_path(e.path)]  # fmt: skip
    for facts in search.parse(entries):
        for definition in facts.definitions:
            tested = fold(definition.name).removeprefix("test").removesuffix("test")
            if definition.kind in CALLABLE_KINDS | {"class"} and wanted in tested:
                yield search.match_definition(facts, definition, "test", certain=False)
