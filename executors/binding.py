"""Which definition a use most likely binds to, as far as imports and written types tell.

`Target` stands for the definitions a question is about; `Target.binds` says of one use whether it
is theirs: True, False, or None where the code does not say (the use is kept and marked uncertain).
Not covered: data flow through containers, return types, and monkey patching.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from . import postings
from .languages import adapter
from .languages.base import Import
from .names import Found
from .repository import FileEntry
from .search import Search
from .syntax import CALLABLE_KINDS, OWNER_KINDS, Definition, FileFacts, Site

# Methods that the built-in types have: a call on an unknown receiver says nothing about ours.
_COMMON_METHODS = frozenset(
    [
        "get",
        "set",
        "add",
        "pop",
        "items",
        "keys",
        "values",
        "update",
        "append",
        "extend",
        "insert",
        "remove",
        "clear",
        "copy",
        "join",
        "split",
        "strip",
        "format",
        "replace",
        "find",
        "index",
        "count",
        "read",
        "write",
        "close",
        "open",
        "start",
        "stop",
        "run",
        "send",
        "next",
        "push",
        "map",
        "filter",
        "forEach",
        "reduce",
        "then",
        "catch",
        "call",
        "apply",
        "bind",
        "toString",
        "has",
        "delete",
        "size",
        "length",
        "sort",
        "reverse",
        "slice",
        "concat",
        "includes",
        "String",
        "Error",
        "Close",
        "Read",
        "Write",
        "Len",
        "Lock",
        "Unlock",
        "Add",
        "Done",
        "at",
        "back",
        "begin",
        "c_str",
        "data",
        "emplace_back",
        "empty",
        "end",
        "erase",
        "front",
        "push_back",
        "reset",
        "str",
        "swap",
    ]
)
# … and those of the JVM's, .NET's and Rust's own types.
_COMMON_METHODS |= frozenset(
    [
        "equals",
        "hashCode",
        "getClass",
        "compareTo",
        "clone",
        "notify",
        "notifyAll",
        "wait",
        "toArray",
        "iterator",
        "isEmpty",
        "contains",
        "containsKey",
        "containsValue",
        "put",
        "putAll",
        "addAll",
        "removeAll",
        "stream",
        "collect",
        "substring",
        "charAt",
        "trim",
        "getName",
        "getValue",
        "getKey",
        "getMessage",
        "entrySet",
        "keySet",
        "toList",
        "toMap",
        "accept",
        "test",
        "run",
        "call",
        "apply",
        "Equals",
        "GetHashCode",
        "GetType",
        "ToString",
        "CompareTo",
        "Dispose",
        "Contains",
        "ContainsKey",
        "TryGetValue",
        "Remove",
        "Clear",
        "Count",
        "Where",
        "Select",
        "ToList",
        "ToArray",
        "First",
        "FirstOrDefault",
        "Any",
        "All",
        "Invoke",
        "Append",
        "Format",
        "into",
        "as_ref",
        "as_mut",
        "as_str",
        "to_string",
        "to_owned",
        "unwrap",
        "expect",
        "ok",
        "err",
        "iter",
        "iter_mut",
        "into_iter",
        "len",
        "is_empty",
        "push_str",
        "fmt",
        "eq",
        "cmp",
        "hash",
        "drop",
        "deref",
        "borrow",
        "borrow_mut",
        "lock",
        "next",
        "collect",
        "and_then",
        "map_err",
        "unwrap_or",
        "from",
        "poll",
        "let",
        "also",
        "takeIf",
        "joinToString",
    ]
)
_BUILTIN_TYPES = frozenset(
    ["str", "int", "float", "bool", "bytes", "list", "dict", "set", "tuple", "string", "number"]
)
_OWNERS = OWNER_KINDS - {"module"}  # what has members, not only names of its own
_TYPE_WORD = re.compile(r"[A-Za-z_]\w*")
_KERNEL = frozenset(
    ["p", "puts", "print", "raise", "fail", "require", "format", "sprintf", "open", "loop", "warn", "exit",
     "abort", "sleep", "rand", "gets", "lambda", "proc", "catch", "throw", "system", "test", "name",
     "send", "method", "class", "freeze", "dup", "tap", "then", "inspect", "to_s", "initialize"]
)  # fmt: skip
_TYPE_NOISE = frozenset(
    ["Optional", "Union", "Annotated", "None", "const", "var", "struct", "union", "enum", "class",
     "typename", "volatile", "static", "unsigned", "signed", "std", "unique_ptr", "shared_ptr"]
)  # fmt: skip
_MAX_LEVELS = 5
_BELOW = postings.BASE + postings.RENAMED
_MAX_REEXPORTS = 3


def import_reaches(importer: str, item: Import, target: str, language: str) -> bool | None:
    """Whether an import in file `importer` can bring in what file `target` defines.

    True when the module is the file's own or a package above it (re-export), False when it is
    another one, None when that cannot be told.
    """
    return adapter(language).reaches(importer, item, target)


def item_reaches(
    search: Search,
    importer: str,
    item: Import,
    paths: Collection[str],
    language: str,
    depth: int = 0,
) -> bool | None:
    """Whether an import brings in what one of `paths` defines, re-exports (three deep) followed."""
    answers = {import_reaches(importer, item, path, language) for path in paths}
    if True in answers:
        return True
    if depth < _MAX_REEXPORTS and item.name and adapter(language).reexports:
        for facts in search.parse(_module_files(search, importer, item, language)):
            for inner in facts.imports:
                if inner.alias == item.name or inner.name == "*":
                    passed = inner if inner.name != "*" else Import(
                        inner.module, item.name, item.name, inner.line)  # fmt: skip
                    if item_reaches(search, facts.path, passed, paths, language, depth + 1):
                        return True
            if any(
                d.name == item.name and d.parent < 0 and d.kind in ("variable", "constant")
                for d in facts.definitions
            ):
                return None  # `Alias = …`: the value may be it
    return None if None in answers else False


def _module_files(search: Search, importer: str, item: Import, language: str) -> list[FileEntry]:
    """The files that are the import's module itself, not a package above or a module below it."""
    exact = Import(item.module, "", item.alias, item.line)
    stems = adapter(language).module_stems(importer, item.module)
    return [
        entry
        for stem in dict.fromkeys(stems)
        for entry in search.modules.get(stem, ())
        if entry.language == language and import_reaches(importer, exact, entry.path, language)
    ][:4]


@dataclass
class Target:
    """The definitions (all of one last name) that uses are compared with."""

    search: Search
    name: str
    definitions: Sequence[Found]
    _reached: dict[tuple[str, str, str], bool | None] = field(default_factory=dict)
    _fields: dict[tuple[str, str], str] = field(default_factory=dict)
    _ancestors: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def files(self) -> frozenset[str]:
        """Paths of the files that define it."""
        return frozenset(facts.path for facts, _ in self.definitions)

    @cached_property
    def is_type(self) -> bool:
        """Whether it is a type, which is made rather than called."""
        return any(definition.kind in _OWNERS for _, definition in self.definitions)

    @cached_property
    def homes(self) -> frozenset[str]:
        """What imports must reach: the files, or what stands for a module in braces in one."""
        return frozenset(
            adapter(facts.language).home(
                facts.path, facts.package, _modules(facts, definition.parent)
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
            if "extension" in definition.modifiers and definition.parameters:
                names.add(_type_name(definition.parameters[0].type, ()) or "")
        return frozenset(names - {""})

    @cached_property
    def _extended(self) -> bool:
        """Whether it extends types that it does not stand in: subtypes are not all known."""
        return any("extension" in definition.modifiers for _, definition in self.definitions)

    @cached_property
    def family(self) -> frozenset[str]:
        """The owners and the types that derive from them, by name."""
        return frozenset(self.owners | subtype_names(self.search, self.owners))

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
        return self._bare(facts, site) if not site.receiver else self._qualified(facts, site)

    def is_made(self, facts: FileFacts, site: Site) -> bool:
        """Whether a call makes a value of the target, a type, without naming it last.

        `Self { … }` within the type, `Type::new(…)` and `Enum::Variant(…)`.
        """
        rules = adapter(facts.language)
        if site.name in rules.delegating and not site.receiver:  # `super(…)`, `this(…)`
            at = facts.enclosing(site.scope, _OWNERS)
            around = facts.definitions[at] if at >= 0 else None
            if around is None or site.name == "this":
                return around is not None and around.name == self.name
            bases = [b.name.rpartition(".")[2] for b in around.bases if b.relation == "extends"]
            return bases[:1] == [self.name]
        if site.name in rules.self_names:
            return not site.receiver and self._enclosing_type(facts, site.scope) == self.name
        if not rules.constructors or not site.receiver.endswith("::"):
            return False
        if not re.fullmatch(rules.constructors, site.name):
            return False
        owner = plain_path(site.receiver.removesuffix("::"))
        if owner in rules.self_names:
            return self._enclosing_type(facts, site.scope) == self.name
        before, _, last = owner.rpartition(".")
        if last not in self.local_names(facts):
            return False
        receiver = before.replace(".", "::") + "::" if before else ""
        named = Site("call", last, receiver, site.line, site.start, site.scope)
        return self.binds(facts, named) is not False

    def _bare(self, facts: FileFacts, site: Site) -> bool | None:
        rules = adapter(facts.language)
        if self.owners and rules.implicit_self:
            around = facts.enclosing(site.scope, _OWNERS)
            while around >= 0:  # a nested class sees the members of those around it
                if facts.definitions[around].name in self.family:
                    return True
                around = facts.enclosing(facts.definitions[around].parent, _OWNERS)
            if self._enclosing_type(facts, site.scope) in self.family:
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
                return reach
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
        return None if self._others else True  # no import tells, but there may be no other

    def _lexical(self, facts: FileFacts, site: Site) -> bool | None:
        """Ruby: a constant is looked up in the modules around, a method in what is mixed in.

        A method that no other type defines may still be called bare where it is not seen to be
        mixed in: by a template method of an ancestor, or by a module for what includes it.
        """
        own = [facts.definitions[i] for i in facts.by_name.get(site.name, ())]
        scope = facts.qualname(site.scope) + "."
        if not self.is_type and self.owners and not self.free:
            inside = self._enclosing_type(facts, site.scope)
            if inside and any(d.container.rpartition(".")[2] == inside for d in own):
                return False
            return None if self.name in _KERNEL or self._defined_elsewhere else True
        if any(scope.startswith(f"{d.container}.") for _, d in self.definitions if d.container):
            return True
        if facts.path in self.files or any(self._reaches(facts, i) for i in facts.imports):
            return True
        return None if own or self._others else True

    def _linked(self, facts: FileFacts, site: Site) -> bool | None:
        """C and C++: a name with external linkage is the same everywhere, a static one is not."""
        if facts.path in self.files:
            return True
        if any(facts.definitions[i].parent < 0 for i in facts.by_name.get(site.name, ())):
            return False
        shared = [
            (f, d) for f, d in self.definitions
            if not {"static", "internal"} & set(d.modifiers) or d.kind == "field" or _is_header(f.path)
        ]  # fmt: skip
        if not shared:
            included = (self._reaches(facts, i) for i in facts.imports)
            return any(included)
        others = self._others
        if not others:
            return True
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
            self._reached[key] = item_reaches(
                self.search, facts.path, item, self.homes, facts.language
            )
        return self._reached[key]

    def _qualified(self, facts: FileFacts, site: Site) -> bool | None:
        path = site.receiver.endswith("::")
        receiver = plain_path(site.receiver.removesuffix("::"))
        first = re.split(r"\W", receiver, maxsplit=1)[0]
        last = receiver.rpartition(".")[2].strip()
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
                return self._in_namespace(site, last)
            if not self.owners:
                return False
        renamed = next((i.name for i in items if path and i.alias == receiver and i.name), "")
        if renamed and renamed != last and renamed in self.owners:  # `use Tax as Rate`
            return True
        if last in self.owners or receiver in self.owners:
            return self._is_owner(facts, receiver, last)
        if path and last in self.family:
            return True
        if path and receiver not in (*adapter(facts.language).self_names, "parent"):
            return False  # another type's or module's
        if self._is_other_type(facts, site, receiver, last):
            return False
        own = self._receiver_type(facts, site, receiver, first)
        if own is not None:
            open_ = own in _abstract_names(self.owners) or self._extended
            return own in self.family or (None if open_ else False)
        imported = [item for item in items if item.alias == first]
        if imported and "(" not in receiver:
            # on a module or another class it is not ours; on an imported object it may be
            is_object = any(item.name[:1].islower() for item in imported)
            return None if is_object or (last[:1].islower() and last != first) else False
        if self.name in _COMMON_METHODS or len(self.owners) > 1:
            return None
        return None if self._defined_elsewhere else True

    def _is_other_type(self, facts: FileFacts, site: Site, receiver: str, last: str) -> bool:
        """Whether a receiver reads as a type (`Prices.round()`) that is none of the family.

        A constant is all capitals; a property that is spelled like a type stands in the class.
        """
        if not adapter(facts.language).capital_receivers or last in self.family:
            return False
        spelled = re.fullmatch(r"(?:\w+\.)*[A-Z]\w*[a-z]\w*", receiver) is not None
        return spelled and not self._is_own_member(facts, Site("call", last, "", 0, 0, site.scope))

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
        return False

    def _module_call(self, facts: FileFacts, item: Import | None, path: str) -> bool | None:
        """Whether `path.name` is the target; `item` is the import of the path's first part."""
        whole = adapter(facts.language).path_import(item, path, self.name)
        return self._reaches(facts, whole) if whole is not None else False

    def _receiver_type(self, facts: FileFacts, site: Site, receiver: str, first: str) -> str | None:
        """Last name of the receiver's type where it is written, else None."""
        rules = adapter(facts.language)
        inside = self._enclosing_type(facts, site.scope)
        if receiver in rules.self_names:
            return inside or None
        if receiver.startswith("super") or receiver == "parent":
            at = facts.enclosing(site.scope, _OWNERS)
            bases = facts.definitions[at].bases if at >= 0 else ()
            bases = [b for b in bases if b.relation == "extends"] or bases
            names = [base.name.rpartition(".")[2] for base in bases]
            known = [name for name in names if name in self.family]
            return known[0] if known else (names[0] if len(names) == 1 else None)
        built = re.fullmatch(r"(?:new\s+)?(?:\w+\.)*([A-Z]\w*)\(.*\)", receiver, re.DOTALL)
        if rules.constructors and not built:  # `Type.new(…)`
            made = rf"(?:\w+\.)*([A-Z]\w*)\.(?:{rules.constructors})(?:\(.*\))?"
            built = re.fullmatch(made, receiver, re.DOTALL)
        known = built[1] if built else self._variable_type(facts, site.scope, receiver)
        if known is None and rules.typed_returns and receiver.endswith(")"):
            known = self._returned_type(receiver)
        if known is not None and known[:1].islower() and rules.capital_types:
            known = None if known not in _BUILTIN_TYPES else known  # `x = make()` tells no type
        aliases = {item.alias: item.name for item in facts.imports if item.name}
        return aliases.get(known, known) if known is not None else None

    def _variable_type(self, facts: FileFacts, scope: int, variable: str) -> str | None:
        known = self.family | self._aliases(facts)
        rules = adapter(facts.language)
        read = _outer_type if rules.written_fields else partial(_type_name, known=known)
        held = next((n for n in rules.self_names if variable.startswith(n + ".")), "")
        at = scope
        while True:
            for hint in facts.types:
                if hint.scope == at and hint.name.replace("->", ".") == variable:
                    return read(hint.type)
            if at < 0:
                break
            for parameter in facts.definitions[at].parameters:
                if parameter.name.lstrip("*.") == variable and parameter.type:
                    return read(parameter.type)
            at = facts.definitions[at].parent
        a_field = rules.written_fields and (held or rules.implicit_self)
        if (a_field or rules.linkage or variable.startswith("$this.")) and (
            written := self._field_type(facts, scope, variable.removeprefix(f"{held}."))
        ):
            return read(written)
        if (
            "." in variable or variable[:1] == "@"
        ):  # an attribute set in another method of the same class
            owner = facts.enclosing(scope, _OWNERS)
            for hint in facts.types:
                same = owner >= 0 and facts.enclosing(hint.scope, _OWNERS) == owner
                if same and hint.name.replace("->", ".") == variable:
                    return _type_name(hint.type, known)
        return None

    def _returned_type(self, receiver: str) -> str | None:
        """The type that a call gives, where all definitions of the called name agree on one."""
        called = re.search(r"(\w+)\((?:[^()]|\([^()]*\))*\)$", receiver)
        if called is None:
            return None
        key = ("", called[1])
        if key not in self._fields:
            from .names import definitions_named

            written = {
                _type_name(d.returns.strip("?\\"), self.family) or ""
                for _, d in definitions_named(self.search, (called[1],), scoped=False)
                if d.kind in CALLABLE_KINDS
            }
            agreed = written.pop() if len(written) == 1 else ""
            self._fields[key] = (
                "" if agreed in ("self", "static", "this", "auto", "mixed") else agreed
            )
        return self._fields[key] or None

    def _field_type(self, facts: FileFacts, scope: int, variable: str) -> str:
        """The written type of a field that a class in another file declares for this method."""
        owner = self._enclosing_type(facts, scope)
        name = variable.removeprefix("$").removeprefix("this.")
        if not owner or not re.fullmatch(r"\w+", name):
            return ""
        if (owner, name) not in self._fields:
            from .names import definitions_named

            here = [(facts, facts.definitions[i]) for i in facts.by_name.get(name, ())]
            written = _fields_of(here, owner)
            if not written:
                named = list(definitions_named(self.search, (name,), scoped=False))
                fields = {d.container.rpartition(".")[2] for _, d in named}
                above = self._above(owner) if fields - {owner} else ()
                written = [w for type_ in (owner, *above) for w in _fields_of(named, type_)]
            self._fields[owner, name] = written[0] if written else ""
        return self._fields[owner, name]

    def _above(self, name: str) -> Sequence[str]:
        """Names of the types that a type inherits fields from, nearest first."""
        from .names import definitions_named

        if name not in self._ancestors:
            found: dict[str, None] = {}
            level = [name]
            for _ in range(_MAX_LEVELS):
                level = [
                    base.name.rpartition(".")[2]
                    for _, definition in definitions_named(self.search, level, scoped=False)
                    if definition.kind in _OWNERS
                    for base in definition.bases
                ]
                level = [base for base in dict.fromkeys(level) if base not in found]
                found.update(dict.fromkeys(level))
            self._ancestors[name] = tuple(found)
        return self._ancestors[name]

    def _aliases(self, facts: FileFacts) -> set[str]:
        return {item.alias for item in facts.imports if item.name in self.family and item.alias}

    def _enclosing_type(self, facts: FileFacts, scope: int) -> str:
        """Name of the type around a place; a method that stands beside its type says its own."""
        while scope >= 0:
            definition = facts.definitions[scope]
            if definition.kind == "method" and definition.container:
                return definition.container.rpartition(".")[2]
            if _has_members(facts, definition):
                return definition.name
            scope = definition.parent
        return ""


def _fields_of(found: Iterable[Found], owner: str) -> list[str]:
    """The written types of the fields among definitions that are a type's."""
    return [
        d.returns for _, d in found
        if d.kind in ("field", "property", "constant") and d.returns
        and d.container.rpartition(".")[2] == owner
    ]  # fmt: skip


# Types that stand for what they hold: a method that they do not have is called on it.
_WRAPPERS = frozenset(
    ["Box", "Rc", "Arc", "Cow", "Pin", "Ref", "RefMut", "MutexGuard", "RwLockReadGuard", "Optional",
     "RwLockWriteGuard", "Lazy", "Provider"]
)  # fmt: skip
_BEFORE_TYPE = re.compile(
    r"^(?:[&*\s(]|'\w+\s|@\w+\s|(?:mut|dyn|impl|const|final|some|any|inout|ref|out|in|readonly)\s)+"
)


def _outer_type(written: str) -> str | None:
    """The type that a method is called on where types are written whole: `&mut Arc<Shop>` → `Shop`.

    None where that is no name, or the name of a type parameter.
    """
    text = written
    for _ in range(4):
        text = _BEFORE_TYPE.sub("", text).rstrip("?!& ")
        if text.startswith("[") or text.endswith("[]"):
            return "Array"
        found = re.match(r"[\w.:]+", text)
        if found is None:
            return None
        name = re.split(r"\.|::", found[0].rstrip(":"))[-1]
        if name in _WRAPPERS and text[found.end() : found.end() + 1] in ("<", "["):
            text = text[found.end() + 1 :]
            continue
        unknown = name in ("var", "let", "val", "auto", "_", "Self") or re.fullmatch(
            r"[A-Z]\d?", name
        )
        return None if unknown or not name else name
    return None


def is_owner(facts: FileFacts, definition: Definition) -> bool:
    """Whether what encloses a definition is a type (or a Ruby module) whose member it is."""
    if definition.parent < 0:
        return False
    parent = facts.definitions[definition.parent]
    # the names of a C enum are known outside of it
    leaked = definition.kind == "variant" and adapter(facts.language).linkage
    return _has_members(facts, parent) and (not leaked or "scoped" in parent.modifiers)


def _has_members(facts: FileFacts, definition: Definition) -> bool:
    return definition.kind in _OWNERS or (
        definition.kind == "module" and adapter(facts.language).module_methods
    )


def _is_header(path: str) -> bool:
    return re.search(r"\.(h|hh|hpp|hxx|h\+\+|ipp|tpp|inl)$", path) is not None


def _modules(facts: FileFacts, scope: int) -> tuple[str, ...]:
    """Names of the modules in braces around a scope, outermost first."""
    names: list[str] = []
    while scope >= 0:
        if facts.definitions[scope].kind == "module":
            names.insert(0, facts.definitions[scope].name)
        scope = facts.definitions[scope].parent
    return tuple(names)


def plain_path(receiver: str) -> str:
    """`&mut self.a::<B>` → `self.a`, `crate::x::Type<T>` → `crate.x.Type`, `a?.b` → `a.b`."""
    if re.fullmatch(r"[\w.$]+", receiver):
        return receiver
    text = (
        re.sub(r"^(?:[&*(\s]|mut\b|await\b)+", "", receiver) if receiver[:1] in "&*(" else receiver
    )
    for _ in range(3):
        text = re.sub(r"(?:::|(?<=\w))<[^<>]*>", "", text)
    return re.sub(r"\s*(?:::|\?\.|!!?\.|->)\s*", ".", text).rstrip("!?")


def _abstract_names(owners: Iterable[str]) -> frozenset[str]:
    return frozenset({"Any", "object", "any", "unknown", "Object", "interface"}) - set(owners)


def _type_name(written: str, known: Collection[str]) -> str | None:
    """The known type among those of an annotation (`Optional[Session]`), else its outermost."""
    words = _TYPE_WORD.findall(written.replace("typing.", ""))
    for word in words:
        if word in known:
            return word
    plain = [w for w in words if w not in _TYPE_NOISE]
    last = written.strip("*& ").split("[")[0].split("<")[0].split(".")[-1].strip()
    if len(plain) == 1:
        return plain[0]
    return last if last in plain and last[:1].isupper() else (plain[-1] if plain else None)


def subtype_names(search: Search, names: Iterable[str]) -> set[str]:
    """Names of the types that derive from `names`, transitively, compared by last name."""
    found: set[str] = set()
    level = {name for name in names if name}
    languages = search.languages(scoped=False)
    for _ in range(_MAX_LEVELS):
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


def target_of(search: Search, found: Sequence[Found], name: str) -> Target:
    """The target for the definitions that a typed name means."""
    last = found[0][1].name if found else name
    return Target(search, last, [pair for pair in found if pair[1].name == last])
