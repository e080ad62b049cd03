"""Which definition a use most likely binds to, as far as imports and written types tell.

`Target` stands for the definitions a question is about; `Target.binds` says of one use whether it
is theirs: True, False, or None where the code does not say (the use is kept and marked uncertain).
Not covered: data flow through containers and monkey patching.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .builtin_names import COMMON_METHODS, KERNEL, STANDARD_MEMBERS
from .languages import adapter
from .languages.base import Import
from .names import Found
from .owners import OWNERS, Family, enclosing_type, is_owner, modules
from .reach import item_reaches
from .receivers import Receivers
from .search import Search
from .syntax import CALLABLE_KINDS, FileFacts, Site
from .written_types import abstract_names, plain_path, type_name

_IN_OBJECT = re.compile(
    r"(?:(?:async|get|set)\s+|\*\s*)*[\w$]+\s*(?:\(|:\s*(?:async\s*)?(?:function\b|\())"
)


@dataclass
class Target:
    """The definitions (all of one last name) that uses are compared with."""

    search: Search
    name: str
    definitions: Sequence[Found]
    _reached: dict[tuple[str, str, str], bool | None] = field(default_factory=dict)

    @cached_property
    def receivers(self) -> Receivers:
        """What the receivers of methods are."""
        return Receivers(self.search, self.name, lambda: self.family)

    @cached_property
    def files(self) -> frozenset[str]:
        """Paths of the files that define it."""
        return frozenset(facts.path for facts, _ in self.definitions)

    @cached_property
    def is_type(self) -> bool:
        """Whether it is a type, which is made rather than called."""
        return any(definition.kind in OWNERS for _, definition in self.definitions)

    @cached_property
    def homes(self) -> frozenset[str]:
        """What imports must reach: the files, or what stands for a module in braces in one."""
        return frozenset(
            adapter(facts.language).home(
                facts.path, facts.package, modules(facts, definition.parent)
            )
            for facts, definition in self.definitions
        )

    @cached_property
    def owners(self) -> frozenset[str]:
        """Last names of the types whose member it is."""
        names: set[str] = set()
        for facts, definition in self.definitions:
            parent = facts.definitions[definition.parent] if definition.parent >= 0 else None
            if parent is not None and is_owner(facts, definition):
                names.add(parent.name)
            elif definition.container and definition.kind in ("method", "field", "property"):
                names.add(definition.container.rpartition(".")[2])
            extends = "extension" in definition.modifiers and definition.parameters
            if extends and adapter(facts.language).this_parameter:
                names.add(type_name(definition.parameters[0].type, ()) or "")
        return frozenset(names - {""})

    @cached_property
    def _extended(self) -> bool:
        """Whether it extends types that it does not stand in: subtypes are not all known."""
        return any("extension" in definition.modifiers for _, definition in self.definitions)

    @cached_property
    def family(self) -> Family:
        """The owners and the types that derive from them, by name."""
        spoken = {adapter(facts.language) for facts, _ in self.definitions}
        extended = any("@definition.extension" in rules.query_text for rules in spoken)
        return Family(self.search, self.owners, extended)

    @cached_property
    def free(self) -> bool:
        """Whether any of the definitions stands outside a type (function, class, constant)."""
        return not self.definitions or any(
            not is_owner(facts, definition)
            for facts, definition in self.definitions
            if not (definition.kind == "method" and definition.container)
        )

    def local_names(self, facts: FileFacts) -> set[str]:
        """Names under which a file knows the target: its own and import aliases."""
        names = {self.name}
        names.update(i.alias for i in facts.imports if i.name == self.name and i.alias)
        return names

    def binds(self, facts: FileFacts, site: Site) -> bool | None:
        """Whether a use is one of the target's."""
        if not self.definitions:
            return None
        told = self._bare(facts, site) if not site.receiver else self._qualified(facts, site)
        # what an unread file defines may be meant
        return None if told is False and self.search.unread_headers else told

    def is_made(self, facts: FileFacts, site: Site) -> bool:
        """Whether a call makes a value of the target, a type, without naming it last.

        `Self { … }` within the type, `Type::new(…)` and `Enum::Variant(…)`.
        """
        rules = adapter(facts.language)
        if site.name in rules.delegating and not site.receiver:  # `super(…)`, `this(…)`
            at = facts.enclosing(site.scope, OWNERS)
            around = facts.definitions[at] if at >= 0 else None
            if around is None or site.name == "this":
                return around is not None and around.name == self.name
            bases = [b.name.rpartition(".")[2] for b in around.bases if b.relation == "extends"]
            return bases[:1] == [self.name]
        if site.name in rules.self_names:
            return not site.receiver and enclosing_type(facts, site.scope) == self.name
        if not rules.constructors or not site.receiver.endswith("::"):
            return False
        if not re.fullmatch(rules.constructors, site.name):
            return False
        owner = plain_path(site.receiver.removesuffix("::"))
        if owner in rules.self_names:
            return enclosing_type(facts, site.scope) == self.name
        before, _, last = owner.rpartition(".")
        if last not in self.local_names(facts):
            return False
        receiver = before.replace(".", "::") + "::" if before else ""
        named = Site("call", last, receiver, site.line, site.start, site.scope)
        return self.binds(facts, named) is not False

    def _bare(self, facts: FileFacts, site: Site) -> bool | None:
        rules = adapter(facts.language)
        if self.owners and rules.expressions:
            told = self._own_member(facts, site.scope)
            if told is not None:
                return told
        elif self.owners and rules.implicit_self:
            around = facts.enclosing(site.scope, OWNERS)
            while around >= 0:  # a nested class sees the members of those around it
                if facts.definitions[around].name in self.family:
                    return True
                around = facts.enclosing(facts.definitions[around].parent, OWNERS)
            if enclosing_type(facts, site.scope) in self.family:
                return True  # in a method that stands beside its type, or in a module
        if rules.module_methods:
            return self._lexical(facts, site)
        if not self.free:
            if any(self._is_static_import(facts, site, item) for item in facts.imports):
                return True
            # a nested function or a class body's own name may still be called bare
            return facts.path in self.files and self._sibling(facts, site)
        if rules.linkage:
            return self._linked(facts, site)
        imported = [i for i in facts.imports if site.name in (i.alias, i.name) and i.name != "*"]
        for item in imported:
            reach = self._reaches(facts, item)
            if reach is not False:
                return reach if item.name or not self._kept_inside else None
        if imported:
            return False
        if facts.path in self.files:
            return True
        if any(facts.definitions[i].parent < 0 for i in facts.by_name.get(site.name, ())):
            return False
        if rules.folder_scope and self._same_package(facts):
            return True
        if rules.implicit_self and self._is_own_member(facts, site):
            return False
        stars = [i for i in facts.imports if i.name == "*"]
        reaches = [self._reaches(facts, item) for item in stars]
        if any(reaches):
            return True
        if not rules.global_names:
            return False
        # no import tells, but there may be no other
        return None if self._others or self.search.unread_headers else True

    def _own_member(self, facts: FileFacts, scope: int) -> bool | None:
        """C++: whether the innermost type around that has such a member has it of the target."""
        at = facts.enclosing(scope, frozenset({"method"}))
        around = facts.definitions[at].container.split(".") if at >= 0 else []
        inner = facts.enclosing(scope, OWNERS)
        if inner >= 0 and (at < 0 or facts.definitions[inner].start > facts.definitions[at].start):
            around = facts.definitions[inner].qualname.split(".")
        for name in reversed(around):
            told = self.receivers.has_member(name, self._virtual)
            if told is not None:
                return told
        return None

    @cached_property
    def _virtual(self) -> bool:
        """Whether what overrides it in a type below is it, too."""
        words = {word for _, d in self.definitions for word in d.modifiers}
        return not words.isdisjoint(("virtual", "override", "final", "abstract"))

    def _lexical(self, facts: FileFacts, site: Site) -> bool | None:
        """Ruby: a constant is looked up in the modules around, a method in what is mixed in.

        A method that no other type defines may still be called bare where it is not seen to be
        mixed in: by a template method of an ancestor, or by a module for what includes it.
        """
        own = [facts.definitions[i] for i in facts.by_name.get(site.name, ())]
        scope = facts.qualname(site.scope) + "."
        if not self.is_type and self.owners and not self.free:
            inside = enclosing_type(facts, site.scope)
            if inside and any(d.container.rpartition(".")[2] == inside for d in own):
                return False
            return None if self.name in KERNEL or self._defined_elsewhere else True
        if any(scope.startswith(f"{d.container}.") for _, d in self.definitions if d.container):
            return True
        if facts.path in self.files or any(self._reaches(facts, i) for i in facts.imports):
            return True
        return None if own or self._others or self.search.unread_headers else True

    def _linked(self, facts: FileFacts, site: Site) -> bool | None:
        """C and C++: a name with external linkage is the same everywhere, a static one is not."""
        if facts.path in self.files:
            return True
        if any(facts.definitions[i].parent < 0 for i in facts.by_name.get(site.name, ())):
            return False
        shared = [
            (f, d) for f, d in self.definitions
            if not {"static", "internal"} & set(d.modifiers) or d.kind == "field" or is_header(f.path)
        ]  # fmt: skip
        if not shared:
            included = (self._reaches(facts, i) for i in facts.imports)
            return any(included)
        others = self._others
        if not others:
            return None if self.search.unread_headers else True
        scope = facts.qualname(site.scope) + "."
        if any(d.container and scope.startswith(d.container + ".") for _, d in shared):
            return True
        if any(d.container and scope.startswith(d.container + ".") for _, d in others):
            return False
        return None

    @cached_property
    def _others(self) -> Sequence[Found]:
        """Definitions of the name outside types that are not the target's."""
        from .names import definitions_named

        own = {(f.path, d.start) for f, d in self.definitions}
        return [
            (f, d) for f, d in definitions_named(self.search, (self.name,), scoped=False)
            if (f.path, d.start) not in own and d.kind not in ("method", "field", "property")
            and (not is_owner(f, d) or self.is_type)
        ]  # fmt: skip

    def _is_static_import(self, facts: FileFacts, site: Site, item: Import) -> bool:
        """Whether an import names a member of the target's owner (`import static a.B.c`)."""
        named = item.name == "*" or (item.alias == site.name and item.name == self.name)
        owner = re.split(r"\W+", item.module)[-1]
        return named and owner in self.owners and self._reaches(facts, item) is not False

    def _same_package(self, facts: FileFacts) -> bool:
        """Whether the file knows the target's names as being of its own package or folder."""
        folder = posixpath.dirname(facts.path)
        for other, _ in self.definitions:
            if facts.package or other.package:
                if adapter(facts.language).sees(facts.package, other.package):
                    return True
            elif posixpath.dirname(other.path) == folder:
                return True
        return False

    def _is_own_member(self, facts: FileFacts, site: Site) -> bool:
        """Whether a type around a bare call has a member of the name, which then is meant."""
        scopes: set[int] = set()
        at = site.scope
        while at >= 0:
            scopes.add(at)
            at = facts.definitions[at].parent
        return any(facts.definitions[i].parent in scopes for i in facts.by_name.get(site.name, ()))

    def _sibling(self, facts: FileFacts, site: Site) -> bool:
        scopes = set()
        scope = site.scope
        while scope >= 0:
            scopes.add(scope)
            scope = facts.definitions[scope].parent
        own = {i for f, d in self.definitions if f.path == facts.path
               for i in [facts.definitions.index(d)]}  # fmt: skip
        return any(facts.definitions[i].parent in scopes for i in own
                   if facts.definitions[i].parent >= 0
                   and facts.definitions[facts.definitions[i].parent].kind in CALLABLE_KINDS
                   )  # fmt: skip

    def _reaches(self, facts: FileFacts, item: Import) -> bool | None:
        key = (facts.path, item.module, item.name)
        if key not in self._reached:
            meant = adapter(facts.language).followed(facts.imports, item)
            self._reached[key] = item_reaches(
                self.search, facts.path, meant, self.homes, facts.language
            )
        return self._reached[key]

    def _qualified(self, facts: FileFacts, site: Site) -> bool | None:
        path = site.receiver.endswith("::")
        receiver = plain_path(site.receiver.removesuffix("::"))
        first = re.split(r"\W", receiver, maxsplit=1)[0]
        last = re.split(r"[.\\]", receiver)[-1].strip()
        items = [i for i in facts.imports if i.alias and i.alias in (first, receiver)]
        if receiver and any(receiver == other.package for other, _ in self.definitions):
            return True  # written out with its package
        if self.free:
            for item in items:
                reach = self._module_call(facts, item, receiver)
                if reach is not False:
                    return reach
            if path and not items and self._module_call(facts, None, receiver):
                return True
            if adapter(facts.language).linkage:
                told = self._in_namespace(site, last)
                if told is not None or not self.owners or path:
                    return told
            elif not self.owners:
                return self._in_object(facts, site, receiver) if self._of_objects else False
        renamed = next((i.name for i in items if path and i.alias == receiver and i.name), "")
        if renamed and renamed != last and renamed in self.owners:  # `use Tax as Rate`
            return True
        if last in self.owners or receiver in self.owners:
            return self._is_owner(facts, receiver, last)
        if path and last in self.family:
            return True
        if path and receiver not in (*adapter(facts.language).self_names, "parent"):
            return False  # another type's or module's
        own = self.receivers.type_of(facts, site, receiver, first)
        if own is None and self._is_other_type(facts, site, receiver, last):
            return False
        if own is not None:
            if adapter(facts.language).expressions:
                return self.receivers.has_member(own, self._virtual) is True
            open_ = own in abstract_names(self.owners) or self._extended
            return own in self.family or (None if open_ else False)
        imported = [item for item in items if item.alias == first]
        if imported and "(" not in receiver:
            # on a module or another class it is not ours; on an imported object it may be
            is_object = any(item.name[:1].islower() for item in imported)
            return None if is_object or (last[:1].islower() and last != first) else False
        common = self.name in COMMON_METHODS or (
            adapter(facts.language).expressions and self.name in STANDARD_MEMBERS
        )
        if common or len(self.owners) > 1:
            return None
        return None if self._defined_elsewhere else True

    @cached_property
    def _kept_inside(self) -> bool:
        """JavaScript: whether it is a function that its module does not export: a module that is
        required under its name may be another function."""
        return all(
            "this" in adapter(facts.language).self_names
            and definition.kind == "function"
            and "exported" not in definition.modifiers
            for facts, definition in self.definitions
        )

    @cached_property
    def _of_objects(self) -> bool:
        """JavaScript: whether it is a function that an object literal holds (`{ set(field) { … } }`)."""
        return any(
            "this" in adapter(facts.language).self_names
            and definition.kind == "function"
            and _IN_OBJECT.match(definition.signature) is not None
            for facts, definition in self.definitions
        )

    def _in_object(self, facts: FileFacts, site: Site, receiver: str) -> bool | None:
        """Its neighbours call it by `this`; on anything else the code does not say."""
        if receiver == "this" and not enclosing_type(facts, site.scope):
            return facts.path in self.files or None
        return None if receiver != "this" and self.name not in COMMON_METHODS else False

    def _is_other_type(self, facts: FileFacts, site: Site, receiver: str, last: str) -> bool:
        """Whether a receiver reads as a type (`Prices.round()`) that is none of the family.

        A constant is all capitals; a property that is spelled like a type stands in the class.
        """
        if not adapter(facts.language).capital_receivers:
            return False
        if re.fullmatch(r"(?:\w+\.)*[A-Z]\w*[a-z]\w*", receiver) is None or last in self.family:
            return False
        return not self._is_own_member(facts, Site("call", last, "", 0, 0, site.scope))

    def _is_owner(self, facts: FileFacts, receiver: str, last: str) -> bool | None:
        """Whether a receiver that is spelled like the owner is that type and not a namesake."""
        if facts.path in self.files or receiver != last:
            return True
        reaches = [self._reaches(facts, item) for item in facts.imports if item.alias == last]
        return not (reaches and all(reach is False for reach in reaches))

    def _in_namespace(self, site: Site, last: str) -> bool | None:
        """C++: whether `last::name` can be a free target; a field or method called so is another."""
        spaces = {part for _, d in self.definitions for part in d.container.split(".") if part}
        if last in spaces:
            return True
        if not self.owners and (last == "std" or "->" in site.receiver or "." in site.receiver):
            return False
        return None

    @cached_property
    def _defined_elsewhere(self) -> bool:
        """Whether types outside the family define a member of the same name."""
        from .names import definitions_named

        for facts, definition in definitions_named(self.search, (self.name,), scoped=False):
            if definition.kind in CALLABLE_KINDS | {"property", "field"} and definition.container:
                if definition.container.rpartition(".")[2] not in self.family:
                    return True
            elif facts.path not in self.files:
                return True
        return self.search.unread_headers  # then there may be

    def _module_call(self, facts: FileFacts, item: Import | None, path: str) -> bool | None:
        """Whether `path.name` is the target; `item` is the import of the path's first part."""
        whole = adapter(facts.language).path_import(item, path, self.name)
        return self._reaches(facts, whole) if whole is not None else False


def is_header(path: str) -> bool:
    return re.search(r"\.(h|hh|hpp|hxx|h\+\+|ipp|tpp|inl)$", path) is not None


def target_of(search: Search, found: Sequence[Found], name: str) -> Target:
    """The target for the definitions that a typed name means."""
    last = found[0][1].name if found else name
    return Target(search, last, [pair for pair in found if pair[1].name == last])
