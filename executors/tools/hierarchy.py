"""`find_subclasses`, `find_superclasses` and `find_overrides`: the type hierarchy, both ways."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..binding import import_reaches
from ..catalog import ToolCall
from ..languages import adapter
from ..languages.base import Base
from ..names import Found, definitions_named, find_definitions, split_name
from ..results import Match
from ..search import Search
from ..syntax import TYPE_KINDS, Definition, FileFacts
from .method_sets import go_implementers, go_interfaces_of

MAX_LEVELS = 12
_CONTRACTS = frozenset({"interface", "trait"})


def find_subclasses(call: ToolCall, search: Search) -> Iterator[Match]:
    """Types that take the named one as a base; with `transitive`, those below them too."""
    typed = call.text("name")
    found = find_definitions(search, typed, kinds=TYPE_KINDS, scoped=False)
    qualifier, last = split_name(typed)
    name = found[0][1].name if found else last
    origins = [pair for pair in found if pair[1].name == name]
    seen: set[tuple[str, int]] = {(f.path, d.start) for f, d in origins}
    level: list[tuple[str, Sequence[Found]]] = [(name, origins)]
    for depth in range(MAX_LEVELS if call.flag("transitive") else 1):
        following: list[Found] = []
        for facts, definition, certain in _direct(search, level, qualifier if not depth else ""):
            if (facts.path, definition.start) in seen:
                continue
            seen.add((facts.path, definition.start))
            following.append((facts, definition))
            yield search.match_definition(facts, definition, "subclass", certain=certain)
        level = [(d.name, [(f, d)]) for f, d in following]
        if not level:
            break


def _direct(
    search: Search, level: Sequence[tuple[str, Sequence[Found]]], qualifier: str
) -> Iterator[tuple[FileFacts, Definition, bool]]:
    """Direct subtypes of a level of types (name, its definitions), found by one ripgrep run."""
    wanted: dict[str, list[Found]] = {}
    for name, origins in level:
        wanted.setdefault(name, []).extend(origins)
    word = "(?:" + "|".join(re.escape(name) for name in sorted(wanted)) + ")"
    patterns = {adapter(lang).subtype_pattern(word) for lang in search.languages(scoped=False)}
    # a base under an alias stands in the import line, not in the class header
    patterns.add(rf"\b{word}\s+as\s+\w+")
    pattern = "|".join(f"(?:{p})" for p in sorted(patterns))
    for facts in search.parse(search.candidates(pattern, scoped=False, multiline=True)):
        aliases = {i.alias: i.name for i in facts.imports if i.name and i.alias}
        aliases |= {
            d.name: d.value.rpartition(".")[2]
            for d in facts.definitions
            if d.kind in ("variable", "constant") and d.value.rpartition(".")[2] in wanted
        }
        for definition in facts.definitions:
            for base in definition.bases:
                last = base.name.rpartition(".")[2]
                name = last if last in wanted else aliases.get(last, "")
                if name in wanted:
                    bound = _base_binds(facts, definition, base, wanted[name], qualifier)
                    if bound is not False:
                        yield facts, definition, bound is True
                    break
    for name, origins in level:
        interfaces = [p for p in origins if p[0].language == "go" and p[1].kind == "interface"]
        if interfaces:
            for pair in go_implementers(search, interfaces):
                yield *pair, True
        del name


def _base_binds(
    facts: FileFacts, definition: Definition, base: Base, origins: Sequence[Found], qualifier: str
) -> bool | None:
    """Whether a base as written is one of `origins` (True, False, or None: not told)."""
    first, _, rest = base.name.partition(".")
    last = base.name.rpartition(".")[2]
    items = [i for i in facts.imports if first in (i.alias, i.name)]
    if not origins:  # a base from outside the repository: the import must fit the qualifier
        if not qualifier:
            return True
        modules = {f"{i.module}.{i.name}".strip(".") for i in items} | {i.module for i in items}
        return any(qualifier.lower() in m.lower() for m in modules) or base.name.startswith(
            qualifier
        )
    paths = {f.path for f, _ in origins}
    if any(d.start == definition.start and f.path == facts.path for f, d in origins):
        return False  # class X(other.X)
    for item in items:
        reaches = {import_reaches(facts.path, item, path, facts.language) for path in paths}
        if True in reaches:
            return True
        if reaches == {False} and not any(i.name == "*" for i in facts.imports):
            return False
    if items:
        return None
    if rest:  # a nested class: Outer.Inner
        return True if any(d.qualname.endswith(base.name) for _, d in origins) else None
    if facts.path in paths:
        return True
    if any(facts.definitions[i].kind in TYPE_KINDS for i in facts.by_name.get(last, ())):
        return False  # the file's own class of that name
    folder = facts.path.rpartition("/")[0]
    if facts.language in ("go", "java", "kotlin", "csharp"):
        return True if any(path.rpartition("/")[0] == folder for path in paths) else None
    return None


def find_superclasses(call: ToolCall, search: Search) -> Iterator[Match]:
    """The bases in order, each at its own definition where the repository has it."""
    found = find_definitions(search, call.text("name"), kinds=TYPE_KINDS)
    if not found:
        return
    names: list[str] = []
    queue: list[Found] = found[:1]
    if len(found) > 1:
        others = ", ".join(f"{f.path}:{d.line}" for f, d in found[1:4])
        search.note(f"Shown for {queue[0][0].path}; the name is also defined at {others}.")
    seen: set[str] = set()
    for _ in range(MAX_LEVELS if call.flag("transitive") or call.text("base") else 1):
        following: list[Found] = []
        for facts, definition in queue:
            for base in _bases(search, facts, definition):
                if base.name in seen:
                    continue
                seen.add(base.name)
                names.append(base.name)
                origin = _origin(search, facts, definition, base)
                if origin is not None:
                    following.append(origin)
                    match = search.match_definition(*origin, "superclass")
                else:
                    match = Match(facts.path, definition.line, definition.line, base.name, "class",
                                  definition.signature, "superclass")  # fmt: skip
                yield match
        queue = following
        if not queue:
            break
    search.facts["names"] = names
    wanted = split_name(call.text("base"))[1].lower() if call.text("base") else ""
    if wanted:
        search.facts["exists"] = any(n.rpartition(".")[2].lower() == wanted for n in names)


def _bases(search: Search, facts: FileFacts, definition: Definition) -> list[Base]:
    bases = list(definition.bases)
    if facts.language == "go" and definition.kind != "interface":
        bases += [
            Base(d.name, "implements") for _, d in go_interfaces_of(search, facts, definition)
        ]
    return bases


def _origin(search: Search, facts: FileFacts, owner: Definition, base: Base) -> Found | None:
    last = base.name.rpartition(".")[2]
    aliases = {i.alias: i.name for i in facts.imports if i.name and i.alias}
    last = aliases.get(last, last)
    candidates = [
        pair for pair in definitions_named(search, (last,), scoped=False)
        if pair[1].kind in TYPE_KINDS and pair[1].start != owner.start
    ]  # fmt: skip
    told = [(pair, _base_binds(facts, owner, base, [pair], "")) for pair in candidates]
    for wanted in (True, None):
        for pair, bound in told:
            if bound is wanted:
                return pair
    return None


def find_overrides(call: ToolCall, search: Search) -> Iterator[Match]:
    """Definitions of the method in types below `of` (or below any type that defines it)."""
    typed = call.text("name")
    qualifier, method = split_name(typed)
    owner = call.text("of") or qualifier
    found = [p for p in find_definitions(search, method, scoped=False) if p[1].container]
    if not found:
        return
    method = found[0][1].name
    if owner:
        below = _family(search, owner)
        if below is None:
            search.note(f"'{owner}' is not defined in this repository.")
            below = set()
        wanted = split_name(owner)[1].lower()
        for facts, definition in found:
            last = definition.container.rpartition(".")[2]
            if last in below and last.lower() != wanted:
                yield search.match_definition(facts, definition, "override")
        return
    owners = {definition.container.rpartition(".")[2] for _, definition in found}
    from ..binding import subtype_names

    overriding: set[str] = set()
    for name in sorted(owners)[:40]:
        overriding |= subtype_names(search, (name,)) & owners
    contracts = [p for p in found if _container_kind(p) in _CONTRACTS and p[0].language == "go"]
    for facts, definition in found:
        last = definition.container.rpartition(".")[2]
        go = contracts and facts.language == "go" and _container_kind((facts, definition)) == ""
        if last in overriding or go:
            yield search.match_definition(facts, definition, "override")


def _container_kind(pair: Found) -> str:
    facts, definition = pair
    return facts.definitions[definition.parent].kind if definition.parent >= 0 else ""


def _family(search: Search, owner: str) -> set[str] | None:
    """Names of the types below `owner`, None when it is neither defined nor used as a base."""
    from ..binding import subtype_names

    found = find_definitions(search, owner, kinds=TYPE_KINDS, scoped=False)
    last = found[0][1].name if found else split_name(owner)[1]
    below = subtype_names(search, (last,))
    interfaces = [p for p in found if p[0].language == "go" and p[1].kind == "interface"]
    below |= {d.name for _, d in go_implementers(search, interfaces)} if interfaces else set()
    return below if found or below else None
