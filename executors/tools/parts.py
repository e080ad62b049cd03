"""What is written of a type outside its own braces, in every language that allows it.

Go's methods stand beside the type in its package, Rust's `impl`, Swift's `extension` and C#'s
partial classes in any file; a definition elsewhere may carry the type's name as its container.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..languages import adapter
from ..names import Found
from ..reach import item_reaches
from ..search import Search
from ..syntax import OWNER_KINDS, Definition, FileFacts


def beside(search: Search, pair: Found, *, scoped: bool = True) -> Iterator[FileFacts]:
    """The files that can hold more of a type, its own among them."""
    facts, definition = pair
    rules = adapter(facts.language)
    if not rules.open_types:
        yield facts
        return
    if rules.folder_scope:
        folder = facts.path.rpartition("/")[0]
        entries = [
            entry
            for entry in search.files(scoped=scoped)
            if entry.language == facts.language and entry.path.rpartition("/")[0] == folder
        ]
    else:
        entries = [
            entry
            for entry in search.candidates(definition.name, fixed=True, word=True, scoped=scoped)
            if entry.language == facts.language
        ]
    for other in search.parse(entries):
        if other.path == facts.path or _same_type(search, other, pair):
            yield other


def _same_type(search: Search, facts: FileFacts, pair: Found) -> bool:
    """Whether the name means that type in another file: not where its own or an import is another."""
    owner, definition = pair
    if adapter(facts.language).folder_scope:
        return True
    if any(
        facts.definitions[i].kind in OWNER_KINDS and "partial" not in facts.definitions[i].modifiers
        for i in facts.by_name.get(definition.name, ())
        if facts.definitions[i].kind != "type"
    ):
        return False
    items = [item for item in facts.imports if item.alias == definition.name]
    reaches = [item_reaches(search, facts.path, i, {owner.path}, facts.language) for i in items]
    return not reaches or any(reach is not False for reach in reaches)


def is_part(definition: Definition, of: Definition) -> bool:
    """Whether a definition says more of a type: an extension of it or another partial declaration."""
    if definition.start == of.start or definition.name != of.name:
        return False
    return definition.kind == "extension" or (
        "partial" in definition.modifiers and "partial" in of.modifiers
    )


def parts(search: Search, pair: Found, *, scoped: bool = False) -> Iterator[Found]:
    """The extensions and partial declarations of a type."""
    for facts in beside(search, pair, scoped=scoped):
        for definition in facts.definitions:
            if is_part(definition, pair[1]):
                yield facts, definition


def outer_members(search: Search, pair: Found, *, scoped: bool = True) -> Iterator[Found]:
    """Members of a type that stand outside its own braces."""
    own_facts, owner = pair
    for facts in beside(search, pair, scoped=scoped):
        around = {i for i, d in enumerate(facts.definitions) if is_part(d, owner)}
        for member in facts.definitions:
            if member.parent in around:
                yield facts, member
            elif member.container in (owner.name, owner.qualname):
                parent = facts.definitions[member.parent] if member.parent >= 0 else None
                outside = parent is None or parent.kind not in OWNER_KINDS
                if outside and (facts.path, member.start) != (own_facts.path, owner.start):
                    yield facts, member
