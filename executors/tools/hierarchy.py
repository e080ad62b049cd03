"""`find_subclasses`, `find_superclasses` and `find_overrides`: the type hierarchy, both ways."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from .. import grep, postings
from ..binding import target_of
from ..catalog import ToolCall
from ..languages import adapter
from ..languages.base import Base
from ..names import Found, definitions_named, find_definitions, split_name
from ..reach import item_reaches
from ..results import Match
from ..search import Search
from ..syntax import TYPE_KINDS, Definition, FileFacts
from .method_sets import go_implementers, go_interfaces_of
from .parts import parts

MAX_LEVELS = 12
MAX_OWNERS = 24


def find_subclasses(call: ToolCall, search: Search) -> Iterator[Match]:
    """Types that take the named one as a base; with `transitive`, those below them too."""
    typed = call.text("name")
    found = find_definitions(search, typed, kinds=TYPE_KINDS, scoped=False)
    qualifier, last = split_name(typed)
    name = found[0][1].name if found else last
    origins = [pair for pair in found if pair[1].name == name]
    levels = MAX_LEVELS if call.flag("transitive") else 1
    for facts, definition, certain in _below(search, name, origins, qualifier, levels):
        yield search.match_definition(facts, definition, "subclass", certain=certain)


def _below(
    search: Search, name: str, origins: Sequence[Found], qualifier: str, levels: int
) -> Iterator[tuple[FileFacts, Definition, bool]]:
    """Types below `origins` (all called `name`), breadth first, each once."""
    seen: set[tuple[str, int]] = {(f.path, d.start) for f, d in origins}
    level: list[tuple[str, Sequence[Found]]] = [(name, origins)]
    for depth in range(levels):
        following: list[Found] = []
        for facts, definition, certain in _direct(search, level, qualifier if not depth else ""):
            if (facts.path, definition.start) in seen:
                continue
            seen.add((facts.path, definition.start))
            following.append((facts, definition))
            yield facts, definition, certain
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
    for alias, name in _aliases(search, wanted):  # re-exports: `from .core import Node as Public`
        wanted.setdefault(alias, []).extend(wanted[name])
    word = "(?:" + "|".join(re.escape(name) for name in sorted(wanted)) + ")"
    patterns = {
        lang: adapter(lang).subtype_pattern(word) for lang in search.languages(scoped=False)
    }
    for facts in search.parse(search.candidates_for(wanted, patterns, postings.BASE, scoped=False)):
        aliases = {i.alias: i.name for i in facts.imports if i.name and i.alias}
        for definition in facts.definitions:
            for base in definition.bases:
                last = base.name.rpartition(".")[2]
                name = aliases.get(last, last)
                name = name if name in wanted else last
                if name in wanted:
                    bound = _base_binds(search, facts, definition, base, wanted[name], qualifier)
                    if bound is not False:
                        yield facts, definition, bound is True
                    break
    for _, origins in level:
        interfaces = [p for p in origins if p[0].language == "go" and p[1].kind == "interface"]
        if interfaces:
            for pair in go_implementers(search, interfaces):
                yield *pair, True


def _aliases(search: Search, names: Collection[str]) -> list[tuple[str, str]]:
    """(alias, name) for `import name as alias` and `Alias = name` anywhere in the repository."""
    if search.coverage is not None:
        return _stored_aliases(search, names)
    word = "(?:" + "|".join(re.escape(name) for name in sorted(names)) + ")"
    pattern = rf"(?m)\b{word}\s+as\s+\w+|^\w+\s*=\s*(?:\w+\.)*{word}\s*;?$"
    patterns = dict.fromkeys(search.languages(scoped=False), pattern)
    found: set[tuple[str, str]] = set()
    paths = [
        entry.path
        for entry in search.candidates_for(names, patterns, postings.RENAMED, scoped=False)
    ]
    if not paths:
        return []
    for line in grep.lines(
        search.repository.root, pattern, only_matching=True, paths=paths,
        timeout=search.remaining(),
    ):  # fmt: skip
        words = re.findall(r"\w+", line.text)
        alias, name = (words[-1], words[0]) if " as " in line.text else (words[0], words[-1])
        if name in names and alias not in names and alias[:1].isupper():
            found.add((alias, name))
    return sorted(found)


def _stored_aliases(search: Search, names: Collection[str]) -> list[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for facts in search.parse(search.candidates_for(names, {}, postings.RENAMED, scoped=False)):
        renamed = [(item.alias, item.name) for item in facts.imports]
        renamed += [
            (d.name, postings.last_part(d.value))
            for d in facts.definitions
            if d.parent < 0 and d.kind in ("variable", "constant")
        ]
        found.update(
            (alias, name)
            for alias, name in renamed
            if name in names and alias not in names and alias[:1].isupper()
        )
    return sorted(found)


def _base_binds(
    search: Search,
    facts: FileFacts,
    definition: Definition,
    base: Base,
    origins: Sequence[Found],
    qualifier: str,
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
    homes = target_of(search, origins, origins[0][1].name).homes
    if any(d.start == definition.start and f.path == facts.path for f, d in origins):
        return False  # class X(other.X)
    for item in items:
        reached = item_reaches(search, facts.path, item, homes, facts.language)
        if reached:
            return True
        if reached is False and not any(i.name == "*" for i in facts.imports):
            return False
    if items:
        return None
    if rest:  # a nested class: Outer.Inner
        return True if any(d.qualname.endswith(base.name) for _, d in origins) else None
    if facts.path in paths:
        return True
    if any(facts.definitions[i].kind in TYPE_KINDS for i in facts.by_name.get(last, ())):
        return False  # the file's own class of that name
    if adapter(facts.language).global_names:  # no import tells, but there may be no other
        known = {(f.path, d.start) for f, d in origins}
        others = [
            (f, d) for f, d in definitions_named(search, (last,), scoped=False)
            if d.kind in TYPE_KINDS and (f.path, d.start) not in known and f.language == facts.language
        ]  # fmt: skip
        around = f"{definition.container}."
        near = [d for _, d in origins if around.startswith(f"{d.container}.")]
        return True if not others or near else None
    rules = adapter(facts.language)
    if rules.folder_scope:
        folder = facts.path.rpartition("/")[0]
        packages = {f.package for f, _ in origins}
        if facts.package or any(packages):
            if any(rules.sees(facts.package, package) for package in packages):
                return True
            stars = [i for i in facts.imports if i.name == "*"]
            told = [item_reaches(search, facts.path, i, homes, facts.language) for i in stars]
            return True if True in told else None if None in told else False
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
    bases += [base for _, part in parts(search, (facts, definition)) for base in part.bases]
    if facts.language == "go" and definition.kind != "interface":
        bases += [
            Base(d.name, "implements") for _, d in go_interfaces_of(search, facts, definition)
        ]
    return bases


def _origin(search: Search, facts: FileFacts, owner: Definition, base: Base) -> Found | None:
    last = base.name.rpartition(".")[2]
    aliases = {i.alias: i.name for i in facts.imports if i.name and i.alias}
    last = aliases.get(last, last)
    for _, alias in definitions_named(search, (last,), scoped=False):
        if alias.kind in ("variable", "constant") and re.fullmatch(r"[\w.]+", alias.value):
            last = alias.value.rpartition(".")[2]  # `Alias = Node`
            break
    candidates = [
        pair for pair in definitions_named(search, (last,), scoped=False)
        if pair[1].kind in TYPE_KINDS and pair[1].start != owner.start
    ]  # fmt: skip
    told = [(pair, _base_binds(search, facts, owner, base, [pair], "")) for pair in candidates]
    for wanted in (True, None):
        for pair, bound in told:
            if bound is wanted:
                return pair
    return None


def find_overrides(call: ToolCall, search: Search) -> Iterator[Match]:
    """Definitions of the method in types below `of` (or below any type that defines it)."""
    qualifier, method = split_name(call.text("name"))
    owner = call.text("of") or qualifier
    found = [p for p in find_definitions(search, method, scoped=False) if p[1].container]
    if owner:
        origins = find_definitions(search, owner, kinds=TYPE_KINDS, scoped=False)
        name = origins[0][1].name if origins else split_name(owner)[1]
        below = _keys(_below(search, name, origins, split_name(owner)[0], MAX_LEVELS))
        if not origins and not below:
            search.note(f"'{owner}' is not defined in this repository.")
    else:
        below = {}
        for pair in found[:MAX_OWNERS]:
            origin = _owner(search, pair)
            if origin is not None:
                below |= _keys(_below(search, origin[1].name, [origin], "", MAX_LEVELS))
        origins = []
    asked = _arities(found, origins, owner)
    for facts, definition in found:
        key = _owner_key(facts, definition)
        if (
            asked
            and adapter(facts.language).overloads
            and (len(definition.parameters) not in asked or "static" in definition.modifiers)
        ):
            continue  # another method of that name
        if key in below:
            yield search.match_definition(facts, definition, "override", certain=below[key])


def _arities(found: Sequence[Found], origins: Sequence[Found], owner: str) -> set[int]:
    """How many parameters the methods have that may be overridden, where that is known."""
    if not owner:
        return set()
    types = {(f.path, d.qualname) for f, d in origins}
    own = [d for f, d in found if (f.path, d.container) in types and "static" not in d.modifiers]
    return {len(d.parameters) for d in own}


def _keys(found: Iterable[tuple[FileFacts, Definition, bool]]) -> dict[tuple[str, str], bool]:
    """Types by where they are (see `_place`) and name."""
    return {(_place(facts), definition.qualname): certain for facts, definition, certain in found}


def _place(facts: FileFacts) -> str:
    """Where all of a type is: its file, its package, or anywhere (methods beside a C++ class)."""
    rules = adapter(facts.language)
    if rules.folder_scope and rules.open_types:
        return facts.path.rpartition("/")[0]
    return "" if rules.open_types else facts.path


def _owner_key(facts: FileFacts, member: Definition) -> tuple[str, str]:
    return _place(facts), member.container


def _owner(search: Search, pair: Found) -> Found | None:
    """The type that a member belongs to."""
    facts, member = pair
    parent = facts.definitions[member.parent] if member.parent >= 0 else None
    if parent is not None and parent.kind != "module":  # a C++ method beside its class names it
        return facts, parent
    for other, definition in definitions_named(
        search, (member.container.rpartition(".")[2],), scoped=False
    ):
        if definition.kind in TYPE_KINDS and _place(other) == _place(facts):
            return other, definition
    return None
