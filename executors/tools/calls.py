"""The call graph, read as far as a question needs it: callers, callees, paths and impact."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ..binding import Target, target_of
from ..catalog import ToolCall
from ..languages import adapter
from ..names import Found, definitions_named, find_definitions, split_name
from ..repository import is_test_path, module_path
from ..results import Match
from ..search import Search
from ..syntax import CALLABLE_KINDS, TYPE_KINDS, FileFacts, Site
from .imports import find_importers

MAX_DEPTH = 6
_AT_ONCE = 16  # files whose receivers are looked up together
MAX_LEVEL = 150  # names followed at one level of a path or of an impact


def find_callers(call: ToolCall, search: Search) -> Iterator[Match]:
    """Calls and instantiations: the call's line, named by the enclosing definition."""
    typed = call.text("name")
    found = find_definitions(search, typed, scoped=False)
    target = target_of(search, found, split_name(typed)[1])
    if not found:
        search.note(f"'{split_name(typed)[1]}' is not defined in this repository.")
    calls = [
        search.match_site(facts, site, "call", certain=bound is True or not found)
        for facts, site, bound in callers(search, target)
    ]
    yield from sorted(calls, key=lambda m: not m.certain)


def callers(
    search: Search, target: Target, *, scoped: bool = True
) -> Iterator[tuple[FileFacts, Site, bool | None]]:
    """Call sites that may be the target's, and whether they are (None: not told by the code)."""
    spoken = {adapter(facts.language) for facts, _ in target.definitions}
    if target.is_type and any(rules.constructors or rules.delegating for rules in spoken):
        # what makes a value of it may have another name (`Shop::new`, `super(…)`)
        candidates = search.candidates(target.name, fixed=True, word=True, scoped=scoped)
    else:
        # no word boundary: names with an alias are only found through their import line
        candidates = search.calling(target.name, scoped=scoped)
    for facts in _primed(target, search.parse(candidates)):
        names = target.local_names(facts)
        rules = adapter(facts.language)
        makes = (rules.constructors or rules.delegating) and target.is_type
        for site in facts.sites:
            if site.role not in ("call", "decorate"):
                continue
            if makes and site.role == "call" and target.is_made(facts, site):
                yield facts, site, True
                continue
            if site.name not in names:
                continue
            bound = target.binds(facts, site)
            if bound is not False:
                yield facts, site, bound


def _primed(target: Target, files: Iterator[FileFacts]) -> Iterator[FileFacts]:
    while some := list(islice(files, _AT_ONCE)):
        target.receivers.prime(some)
        yield from some


def find_callees(call: ToolCall, search: Search) -> Iterator[Match]:
    """What the function calls, in order; `facts["names"]` has each name once."""
    found = find_definitions(search, call.text("name"))
    found = [p for p in found if p[1].kind in CALLABLE_KINDS | TYPE_KINDS | {"property"}] or found
    wanted = split_name(call.text("callee"))[1] if call.text("callee") else ""
    names: list[str] = []
    for facts, definition in found[:1] if not wanted else found:
        for site in callees(facts, definition.start, definition.end):
            if wanted and site.name.lower() != wanted.lower():
                continue
            name = site.written
            names.append(name if len(name) <= 80 else site.name)
            yield Match(
                facts.path, site.line, site.line, names[-1], "call",
                search.line(facts.path, site.line), "call",
            )  # fmt: skip
    search.facts["names"] = list(dict.fromkeys(names))
    if not found:
        search.facts.pop("names")
    elif len(found) > 1 and not wanted:
        others = ", ".join(f"{f.path}:{d.line}" for f, d in found[1:4])
        search.note(f"Shown for '{found[0][1].qualname}'; the name is also defined at {others}.")


def callees(facts: FileFacts, start: int, end: int) -> Iterator[Site]:
    """Call sites between two byte offsets."""
    for site in facts.sites:
        if site.role == "call" and start <= site.start < end:
            yield site


@dataclass(frozen=True, slots=True)
class _Step:
    facts: FileFacts
    index: int
    came_from: _Step | None
    line: int  # of the call in the step before


def find_call_path(call: ToolCall, search: Search) -> Iterator[Match]:
    """A shortest chain of calls from `source` to `target`, breadth first over bare names."""
    sources = find_definitions(search, call.text("source"), scoped=False)
    goals = find_definitions(search, call.text("target"), scoped=False)
    if not sources or not goals:
        missing = call.text("source") if not sources else call.text("target")
        search.note(f"'{missing}' is not defined in this repository.")
        return
    goal_places = {(f.path, d.start) for f, d in goals}
    goal_names = {d.name for _, d in goals}
    level = [_step(pair, None, 0) for pair in sources]
    seen = {(s.facts.path, s.facts.definitions[s.index].start) for s in level}
    for _ in range(MAX_DEPTH):
        edges = _edges(level)
        for step, site in edges:
            if site.name in goal_names and _leads(search, step.facts, site, goals):
                goal = next(p for p in goals if p[1].name == site.name)
                yield from _path(search, _step(goal, step, site.line))
                return
        level = _next_level(search, edges, seen)
        if any((s.facts.path, s.facts.definitions[s.index].start) in goal_places for s in level):
            break
        if not level:
            break
    search.note(
        f"No chain of up to {MAX_DEPTH} calls was found; calls through values are not seen."
    )


def _step(pair: Found, came_from: _Step | None, line: int) -> _Step:
    facts, definition = pair
    return _Step(facts, facts.definitions.index(definition), came_from, line)


def _edges(level: list[_Step]) -> list[tuple[_Step, Site]]:
    edges: list[tuple[_Step, Site]] = []
    for step in level:
        definition = step.facts.definitions[step.index]
        edges += [(step, s) for s in callees(step.facts, definition.start, definition.end)]
    return edges


def _leads(search: Search, facts: FileFacts, site: Site, goals: list[Found]) -> bool:
    target = target_of(search, [p for p in goals if p[1].name == site.name], site.name)
    return target.binds(facts, site) is not False


def _next_level(
    search: Search, edges: list[tuple[_Step, Site]], seen: set[tuple[str, int]]
) -> list[_Step]:
    by_name: dict[str, list[tuple[_Step, Site]]] = {}
    for step, site in edges:
        by_name.setdefault(site.name, []).append((step, site))
    names = [name for name in by_name if re.fullmatch(r"\w+[?!]?", name)][:MAX_LEVEL]
    defined: dict[str, list[Found]] = {}
    for facts, definition in definitions_named(search, names, scoped=False):
        if definition.kind in CALLABLE_KINDS | {"class", "property"}:
            defined.setdefault(definition.name, []).append((facts, definition))
    level: list[_Step] = []
    for name, pairs in defined.items():
        step, site = by_name[name][0]
        for pair in _bound(search, step.facts, site, pairs):
            key = (pair[0].path, pair[1].start)
            if key not in seen and not is_test_path(pair[0].path):
                seen.add(key)
                level.append(_step(pair, step, site.line))
    return level


def _bound(search: Search, facts: FileFacts, site: Site, pairs: list[Found]) -> list[Found]:
    """Of same-named definitions those that the call may mean; the sure ones alone if there are any."""
    if len(pairs) == 1:
        return pairs
    told = [(pair, target_of(search, [pair], site.name).binds(facts, site)) for pair in pairs[:8]]
    sure = [pair for pair, bound in told if bound is True]
    return sure or [pair for pair, bound in told if bound is None][:4]


def _path(search: Search, last: _Step) -> Iterator[Match]:
    chain: deque[_Step] = deque()
    step: _Step | None = last
    while step is not None:
        chain.appendleft(step)
        step = step.came_from
    search.facts["path"] = [s.facts.definitions[s.index].qualname for s in chain]
    before: _Step | None = None
    for step in chain:
        definition = step.facts.definitions[step.index]
        if before is None:
            yield search.match_definition(step.facts, definition)
        else:  # the place of the call that leads here
            text = search.line(before.facts.path, step.line)
            yield Match(before.facts.path, step.line, step.line, definition.qualname,
                        definition.kind, text, "call")  # fmt: skip
        before = step


def find_impact(call: ToolCall, search: Search) -> Iterator[Match]:
    """Callers, their callers (three levels), importers and tests of what would change."""
    typed = call.text("name")
    found = find_definitions(search, typed, scoped=False)
    counts = {"direct": 0, "indirect": 0, "importers": 0, "tests": 0}
    if not found:  # a package, or a file: what imports it depends on it
        for match in find_importers(ToolCall("find_importers", {"module": typed}), search):
            counts["importers"] += 1
            yield match
        search.facts["impact"] = counts
        search.note(f"'{typed}' is not defined in this repository.")
        return
    seen: set[tuple[str, str]] = set()
    level = found[:8]
    for depth in range(3):
        following: list[Found] = []
        for name in dict.fromkeys(definition.name for _, definition in level):
            target = target_of(search, [p for p in level if p[1].name == name], name)
            for facts, site, bound in callers(search, target):
                if depth and bound is None:
                    continue  # a guess upon a guess is no finding
                key = (facts.path, facts.qualname(site.scope))
                if key in seen:
                    continue
                seen.add(key)
                test = is_test_path(facts.path)
                counts["tests" if test else "indirect" if depth else "direct"] += 1
                yield search.match_site(
                    facts, site, "test" if test else "call", certain=bound is True and depth == 0
                )
                if site.scope >= 0 and not test:
                    following.append((facts, facts.definitions[site.scope]))
        level = following[:40]
        if depth == 0:
            yield from _importers(search, found, counts)
    search.facts["impact"] = counts


def _importers(search: Search, found: list[Found], counts: dict[str, int]) -> Iterator[Match]:
    target = target_of(search, found, found[0][1].name)
    if not target.free:
        return
    stem = module_path(found[0][0].path).rpartition("/")[2]
    for facts in search.parse(search.candidates(target.name, fixed=True, word=True)):
        for item in facts.imports:
            if item.name == target.name and target._reaches(facts, item) is not False:
                counts["importers"] += 1
                yield search.match_line(facts, item.line, -1, "import")
    search.facts["module"] = stem
