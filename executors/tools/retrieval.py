"""`locate`, `explain` and `compare`: the code for a described behaviour, ranked; what names mean.

The query's words choose files (`shortlist`), their definitions are scored by words (`ranking`), and
the best of them are put in order by words and meaning (`reranker`), which also tells how likely it
is that the behaviour is there at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..binding import target_of
from ..catalog import ToolCall
from ..names import Found, distinct, find_definitions, split_name
from ..ranking import Query, Weights, name_stems
from ..repository import is_test_path
from ..reranker import Judged, ranker, rerank
from ..results import Match
from ..search import Search
from ..shortlist import Ranked, rank
from ..syntax import CALLABLE_KINDS, TYPE_KINDS, Definition, FileFacts, Site
from ..units import Unit
from .around import reasons, settings_read
from .calls import callees, callers
from .definitions import describe, modules_named
from .excerpt import excerpt
from .history import commits_behind
from .references import references

LIMIT = 10
MAX_CALLERS = 5
MAX_CALLEES = 8
MAX_BESIDE = 3
MAX_TESTS = 2
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n\s*\n")


def locate(call: ToolCall, search: Search) -> Iterator[Match]:
    """The places that a described behaviour most likely is at, best first."""
    ranked = rank(search, call.text("query"), Weights())
    yield from _answer(call, search, ranked, rerank(search, ranked))


def _answer(call: ToolCall, search: Search, ranked: Ranked, judged: Judged) -> Iterator[Match]:
    exists = call.text("mode") == "exists"
    least = ranker().yes if exists else ranker().list
    units = judged.units[: call.number("limit") or LIMIT]
    search.facts["probability"] = round(judged.there, 2)
    if judged.there < least:
        _nearest(search, ranked, units)
        return
    search.facts["terms"] = list(ranked.query.words.values())
    for unit in units:
        yield unit_match(search, unit)


def unit_match(search: Search, unit: Unit) -> Match:
    """A unit as a match."""
    return Match(
        unit.path, unit.line, unit.end_line, unit.name, unit.kind, unit_text(search, unit),
        "relevant",
    )  # fmt: skip


def _nearest(search: Search, ranked: Ranked, units: Sequence[Unit]) -> None:
    """Says that nothing fits, what was missing, and what came nearest."""
    query = ranked.query
    missing = [query.words[term] for term in query.terms if not ranked.files_with(term)]
    if missing:
        words = ", ".join(f"'{word}'" for word in missing[:5])
        search.note(f"No file here has a word like {words}.")
    if units:
        near = ", ".join(f"{unit.name} ({unit.path}:{unit.line})" for unit in units[:3])
        search.note(f"Nothing here fits the description; nearest: {near}.")


def unit_text(search: Search, unit: Unit) -> str:
    """A definition's header, comment and body; of other units what heads them."""
    if unit.index >= 0 or unit.kind in ("function", "class"):  # the latter by its looks
        lines = unit.line, unit.end_line
        return excerpt(search, unit.path, lines, unit.signature, unit.doc)
    sentence = first_sentence(unit.doc)
    return "\n".join(part for part in (unit.signature, sentence) if part) or unit.name


def first_sentence(doc: str, width: int = 240) -> str:
    """The first sentence of a docstring on one line, "" when there is none."""
    sentence = " ".join(_SENTENCE_END.split(doc.strip(), maxsplit=1)[0].split())
    return sentence if len(sentence) <= width else sentence[: width - 1] + "…"


def explain(call: ToolCall, search: Search) -> Iterator[Match]:
    """What explains a name (its definition, callers and callees) or a described behaviour."""
    typed, query = call.text("name"), call.text("query")
    if not typed:
        ranked = rank(search, query, Weights())
        judged = rerank(search, ranked)
        yield from _answer(call, search, ranked, judged)
        if judged.units and judged.there >= ranker().list:
            yield from _behind(search, judged.units[0])
        return
    found = _main(distinct(find_definitions(search, typed)))
    if found:
        yield from _explain_definition(search, found, _beside(search, typed, query))
        return
    files = list(modules_named(search, typed)) or _named_files(search, typed)
    if files:
        yield from _explain_file(search, files[0].path)
        return
    search.note(f"'{typed}' is not defined in this repository; ranked by its words.")
    ranked = rank(search, f"{typed} {query}", Weights())
    yield from _answer(call, search, ranked, rerank(search, ranked))


def _behind(search: Search, unit: Unit) -> Iterator[Match]:
    """Of the likeliest place: what its comments say why, its settings, the commits that made it."""
    yield from reasons(search, unit.path, unit.line, unit.end_line, unit.name)
    facts = search.repository.facts(search.listing.files[unit.path]) if unit.index >= 0 else None
    if facts is not None:
        yield from settings_read(search, (facts, facts.definitions[unit.index]))
        yield from commits_behind(search, unit.path, unit.line, unit.end_line)


def _beside(search: Search, typed: str, query: str) -> list[Match]:
    """The places that the question's other words are about, when it has such words."""
    named = set(name_stems(typed))
    if not [term for term in Query.of(query).terms if term not in named]:
        return []
    ranked = rank(search, f"{typed} {query}", Weights())
    judged = rerank(search, ranked)
    return [unit_match(search, unit) for unit in judged.units[:MAX_BESIDE] if unit.score > 0]


def _main(found: list[Found]) -> list[Found]:
    return [pair for pair in found if not is_test_path(pair[0].path)] or found


def _definition_match(search: Search, pair: Found) -> Match:
    facts, definition = pair
    lines = definition.line, definition.end_line
    text = excerpt(search, facts.path, lines, definition.signature, definition.doc)
    return Match(facts.path, definition.line, definition.end_line, definition.qualname,
                 definition.kind, text, "definition")  # fmt: skip


def _explain_definition(
    search: Search, found: list[Found], beside: Sequence[Match]
) -> Iterator[Match]:
    for pair in found[:3]:
        yield _definition_match(search, pair)
    shown_before = {(facts.path, definition.line) for facts, definition in found[:3]}
    yield from (match for match in beside if (match.path, match.line) not in shown_before)
    shown_before |= {(match.path, match.line) for match in beside}
    facts, definition = found[0]
    search.facts.update(_described(search, found[0]))
    if definition.kind in TYPE_KINDS:
        yield from _members(search, found[0])
    where = facts.path, definition.line, definition.end_line
    yield from reasons(search, *where, definition.qualname)
    yield from commits_behind(search, *where)
    if definition.kind not in CALLABLE_KINDS | TYPE_KINDS:
        yield from _used_in(search, found[0])
        return
    called = list(callees(facts, definition.start, definition.end))
    names = [s.written for s in called]
    search.facts["calls"] = list(dict.fromkeys(n for n in names if len(n) <= 80))[:30]
    if definition.kind in CALLABLE_KINDS:
        seen: set[str] = set()
        for site in called:
            if site.name in facts.by_name and site.name not in seen and len(seen) < MAX_CALLEES:
                seen.add(site.name)
                target = _called(facts, definition, site)
                if (facts.path, target.line) not in shown_before:
                    yield _definition_match(search, (facts, target))
    yield from settings_read(search, found[0])
    yield from _called_by(search, found[0])


def _called(facts: FileFacts, caller: Definition, site: Site) -> Definition:
    """The definition in the caller's file that it calls: of its own class after `self` or `this`."""
    own = site.receiver in ("self", "this", "$this", "cls")
    named = [facts.definitions[index] for index in facts.by_name[site.name]]
    wanted = caller.parent if own else -1
    return next((target for target in named if target.parent == wanted), named[0])


def _members(search: Search, pair: Found) -> Iterator[Match]:
    facts, definition = pair
    index = facts.definitions.index(definition)
    members = [
        member for member in facts.definitions
        if member.parent == index and member.kind in CALLABLE_KINDS
    ]  # fmt: skip
    public = [member for member in members if not member.name.startswith("_")] or members
    for member in public[:MAX_CALLEES]:
        match = _definition_match(search, (facts, member))
        yield Match(match.path, match.line, match.end_line, match.name, match.kind, match.text,
                    "member")  # fmt: skip


def _used_in(search: Search, pair: Found) -> Iterator[Match]:
    """The functions that read or write a field, variable or constant: they tell what it is for."""
    target = target_of(search, [pair], pair[1].name)
    seen: set[str] = set()
    for match in references(search, target, qualified=False):
        if match.name in seen or match.kind == "file" or is_test_path(match.path):
            continue
        seen.add(match.name)
        yield match
        if len(seen) == MAX_CALLEES:
            return


def _called_by(search: Search, pair: Found) -> Iterator[Match]:
    """The main callers, then some tests that call it."""
    target = target_of(search, [pair], pair[1].name)
    by: list[str] = []
    tests: dict[str, Match] = {}
    shown = 0
    for facts, site, bound in callers(search, target, scoped=False):
        if is_test_path(facts.path):
            if bound is True and len(tests) < MAX_TESTS:
                match = search.match_site(facts, site, "test")
                tests.setdefault(match.name, match)
            continue
        by.append(facts.qualname(site.scope))
        if shown < MAX_CALLERS:
            shown += 1
            yield search.match_site(facts, site, "call", certain=bound is True)
    search.facts["called_by"] = list(dict.fromkeys(by))[:30]
    yield from tests.values()


def _described(search: Search, pair: Found) -> dict[str, Any]:
    """Plain facts of a definition: what it takes, gives, raises, reads and writes."""
    facts, definition = pair
    described = describe(search, pair)
    described["doc"] = definition.doc
    described["takes"] = [p.name for p in definition.parameters if p.name not in ("self", "cls")]
    inside = [s for s in facts.sites if definition.start <= s.start < definition.end]
    for role, key in (("raise", "raises"), ("catch", "catches"), ("write", "writes")):
        names = [s.written for s in inside if s.role == role]
        described[key] = list(dict.fromkeys(names))[:20]
    source = search.source(facts.path)
    if source is not None and definition.kind in CALLABLE_KINDS:
        body = source.data[definition.start : definition.end].decode("utf-8", "replace")
        read = re.findall(r"\b(?:self|this)\.(\w+)\b(?!\s*(?:\(|=[^=]))", body)
        described["reads"] = list(dict.fromkeys(read))[:20]
    return described


def _named_files(search: Search, typed: str) -> list[Match]:
    wanted = typed.strip().removeprefix("./").lower()
    if "." not in wanted and "/" not in wanted:
        return []
    return [
        Match(entry.path, 1, 1, typed, "file", "", "file")
        for entry in search.files()
        if entry.path.lower() == wanted or entry.path.lower().endswith("/" + wanted)
    ]


def _explain_file(search: Search, path: str) -> Iterator[Match]:
    """A file: its opening text, then its main definitions (the longest public ones, in order)."""
    source = search.source(path)
    entry = search.listing.files[path]
    facts = next(search.parse([entry]), None)
    if source is None:
        return
    opening = "\n".join(source.lines[:8]).strip()
    yield Match(path, 1, min(8, len(source.lines)), path, "file", opening, "file")
    if facts is None:
        return
    top = [d for d in facts.definitions if d.parent < 0 and d.kind in CALLABLE_KINDS | TYPE_KINDS]
    public = [d for d in top if not d.name.startswith("_")] or top
    chosen = sorted(sorted(public, key=lambda d: -d.lines)[:LIMIT], key=lambda d: d.line)
    search.facts["names"] = [d.qualname for d in chosen]
    for definition in chosen:
        yield _definition_match(search, (facts, definition))


def compare(call: ToolCall, search: Search) -> Iterator[Match]:
    """The definitions to compare, with each one's signature, documentation and members."""
    names = call.arguments["names"]
    assert isinstance(names, tuple)  # the catalogue's type for `names`
    compared: dict[str, dict[str, Any]] = {}
    missing: list[str] = []
    for typed in names:
        found = _main(distinct(find_definitions(search, typed)))
        if not found:
            missing.append(typed)
            continue
        described = _described(search, found[0])
        described["path"], described["line"] = found[0][0].path, found[0][1].line
        described["members"] = [_short(d) for d in _own_members(found[0])][:60]
        compared[typed] = described
        yield _definition_match(search, found[0])
    search.facts["names"] = [split_name(typed)[1] for typed in names if typed in compared]
    search.facts["compared"] = compared
    search.facts["missing"] = missing
    if missing:
        words = ", ".join(f"'{name}'" for name in missing)
        ranked_too = "" if compared else "; ranked by their words"
        search.note(f"Not defined in this repository: {words}{ranked_too}.")
    if not compared:  # what was named may be described: "the sync and the async client"
        ranked = rank(search, " ".join(names), Weights())
        yield from _answer(call, search, ranked, rerank(search, ranked))
    _contrast(search, list(compared.values()))


def _own_members(pair: Found) -> list[Definition]:
    facts, definition = pair
    index = facts.definitions.index(definition)
    return [member for member in facts.definitions if member.parent == index]


def _short(definition: Definition) -> str:
    return definition.name


def _contrast(search: Search, described: list[dict[str, Any]]) -> None:
    """What two definitions share and what each has alone: members, else parameters."""
    if len(described) != 2:
        return
    key = "members" if all(d["members"] for d in described) else "takes"
    first, second = ([str(name) for name in d[key]] for d in described)
    search.facts["common"] = [name for name in first if name in second]
    search.facts["only_first"] = [name for name in first if name not in second]
    search.facts["only_second"] = [name for name in second if name not in first]
