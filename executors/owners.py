"""Which type a definition is a member of, and which types derive from it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from . import postings
from .languages import adapter
from .search import Search
from .syntax import OWNER_KINDS, Definition, FileFacts

OWNERS = OWNER_KINDS - {"module"}  # what has members, not only names of its own
MAX_LEVELS = 5
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
    found: set[str] = set()
    level = {name for name in names if name}
    languages = search.languages(scoped=False)
    for _ in range(MAX_LEVELS):
        if not level:
            break
        word = "(?:" + "|".join(re.escape(name) for name in sorted(level)) + ")"
        patterns = {adapter(lang).subtype_pattern(word) for lang in languages}
        patterns.add(rf"\b{word}\s+as\s+\w+")  # an alias: the header has another name
        pattern = "|".join(f"(?:{p})" for p in sorted(patterns))
        following: set[str] = set()
        for facts in search.parse(search.candidates_for(level, pattern, _BELOW, scoped=False)):
            aliases = {i.alias: i.name for i in facts.imports if i.name}
            for definition in facts.definitions:
                bases = {base.name.rpartition(".")[2] for base in definition.bases}
                bases |= {aliases.get(name, name) for name in bases}
                if bases & level and definition.name not in found:
                    following.add(definition.name)
        level = following - found
        found |= following
    return found
