"""Which type a definition is a member of, and which types derive from it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from . import postings
from .builtin_names import BUILTIN_TYPES
from .languages import adapter
from .search import Search
from .syntax import OWNER_KINDS, Definition, FileFacts
from .written_types import TYPE_NOISE

OWNERS = OWNER_KINDS - {"module"}  # what has members, not only names of its own
MAX_LEVELS = 5
_MOST_FILES = 150  # with subtypes, that are read to know them all
_BELOW = postings.BASE + postings.RENAMED


def is_owner(facts: FileFacts, definition: Definition) -> bool:
    """Whether what encloses a definition is a type (or a Ruby module) whose member it is."""
    if definition.parent < 0:
        return False
    parent = facts.definitions[definition.parent]
    # the names of a C enum are known outside of it
    leaked = definition.kind == "variant" and adapter(facts.language).linkage
    return has_members(facts, parent) and (not leaked or "scoped" in parent.modifiers)


def has_members(facts: FileFacts, definition: Definition) -> bool:
    """Whether a definition is a type, or a Ruby module."""
    return definition.kind in OWNERS or (
        definition.kind == "module" and adapter(facts.language).module_methods
    )


def enclosing_type(facts: FileFacts, scope: int) -> str:
    """Name of the type around a place; a method that stands beside its type says its own."""
    while scope >= 0:
        definition = facts.definitions[scope]
        if definition.kind == "method" and definition.container:
            return definition.container.rpartition(".")[2]
        if has_members(facts, definition):
            return definition.name
        scope = definition.parent
    return ""


def modules(facts: FileFacts, scope: int) -> tuple[str, ...]:
    """Names of the modules in braces around a scope, outermost first."""
    names: list[str] = []
    while scope >= 0:
        if facts.definitions[scope].kind == "module":
            names.insert(0, facts.definitions[scope].name)
        scope = facts.definitions[scope].parent
    return tuple(names)


def subtype_names(search: Search, names: Iterable[str]) -> set[str]:
    """Names of the types that derive from `names`, transitively, compared by last name."""
    found = _subtype_names(search, names, most_files=1 << 30)
    return found if found is not None else set()


def _subtype_names(search: Search, names: Iterable[str], most_files: int) -> set[str] | None:
    """None where more than that many files would have to be read."""
    found: set[str] = set()
    level = {name for name in names if name}
    languages = search.languages(scoped=False)
    for _ in range(MAX_LEVELS):
        if not level:
            break
        word = "(?:" + "|".join(re.escape(name) for name in sorted(level)) + ")"
        alias = rf"\b{word}\s+as\s+\w+"  # the header has another name
        patterns = {lang: f"{adapter(lang).subtype_pattern(word)}|{alias}" for lang in languages}
        following: set[str] = set()
        entries = search.candidates_for(level, patterns, _BELOW, scoped=False)
        most_files -= len(entries)
        if most_files < 0:
            return None
        for facts in search.parse(entries, headers=True):
            for definition in facts.definitions:
                if definition.name not in found and _above(facts, definition) & level:
                    following.add(definition.name)
        level = following - found
        found |= following
    return found


def _above(facts: FileFacts, definition: Definition) -> set[str]:
    """Last names of a definition's supertypes, what imports rename under both names."""
    bases = {base.name.rpartition(".")[2] for base in definition.bases}
    if bases and facts.renamed:
        bases |= {facts.renamed[name] for name in bases & facts.renamed.keys()}
    return bases


@dataclass
class Family:
    """Some types and those that derive from them, asked by name: `"Sub" in family`.

    Where their subtypes stand in few files all are read at once; else, name by name, the types above
    the one that is asked for.
    """

    search: Search
    owners: frozenset[str]
    extended: bool = False  # a header elsewhere may add supertypes (`impl Trait for Type`)
    _told: dict[str, bool] = field(default_factory=dict)

    @cached_property
    def _below(self) -> set[str] | None:
        most = _MOST_FILES if not self.extended else 1 << 30
        return _subtype_names(self.search, self.owners, most) if self.owners else set()

    def __contains__(self, name: object) -> bool:
        if name in self.owners:
            return True
        if (
            not isinstance(name, str)
            or not re.fullmatch(r"\w+", name)
            or name in BUILTIN_TYPES
            or name in TYPE_NOISE
        ):
            return False
        if self._below is not None:
            return name in self._below
        if name not in self._told:
            self._told[name] = self._derives(name)
        return self._told[name]

    def _derives(self, name: str) -> bool:
        seen, level = {name}, {name}
        for _ in range(MAX_LEVELS):
            above: set[str] = set()
            for facts in self.search.parse(self.search.with_types(level), headers=True):
                for one in level:
                    for index in facts.by_name.get(one, ()):
                        above |= _above(facts, facts.definitions[index])
            level = {base for base in above if re.fullmatch(r"\w+", base)} - seen
            if level & self.owners:
                return True
            seen |= level
            if not level:
                break
        return False
