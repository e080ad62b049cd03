"""`Expressions`: the type of an expression in C and C++, as far as declarations write it.

Declared variables, parameters and fields; `auto` by what it is set to; calls by the written type of
what they return; smart pointers, containers and iterators by what they hold; aliases by what they
stand for; parameters of class templates by the arguments at hand. What belongs to `std` is told too,
since it is none of the repository's. Not covered: overloads that return different types, operators.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .names import Found, definitions_named
from .owners import MAX_LEVELS, OWNERS, enclosing_type
from .search import Search
from .syntax import CALLABLE_KINDS, Definition, FileFacts, Site, TypeHint

STD = "std::"
_MOST_STEPS = 12
_BEFORE = re.compile(
    r"^(?:const|volatile|typename|struct|class|union|enum|mutable|static|constexpr|inline|extern|virtual)\b\s*"
)
_POINTERS = frozenset(
    ["unique_ptr", "shared_ptr", "weak_ptr", "optional", "reference_wrapper", "iterator", "intrusive_ptr",
     "scoped_ptr", "RefPtr", "scoped_refptr"]
)  # fmt: skip
_SEQUENCES = frozenset(
    ["vector", "list", "deque", "array", "set", "multiset", "unordered_set", "unordered_multiset", "span",
     "initializer_list", "forward_list", "stack", "queue", "priority_queue", "valarray", "iterator",
     "unique_ptr", "shared_ptr"]
)  # fmt: skip
_MAPS = frozenset(["map", "multimap", "unordered_map", "unordered_multimap"])
_TEXTS = frozenset(
    ["string", "wstring", "string_view", "u16string", "u32string", "ostream", "istream", "iostream",
     "stringstream", "ostringstream", "istringstream", "ofstream", "ifstream", "fstream"]
)  # fmt: skip
_STANDARD = (
    _POINTERS
    | _SEQUENCES
    | _MAPS
    | _TEXTS
    | {"pair", "tuple", "function", "variant", "thread", "mutex"}
)
_ELEMENTS = frozenset(["front", "back", "at", "top", "value", "operator[]", "emplace_back"])
_ITERATORS = frozenset(
    ["begin", "end", "rbegin", "rend", "cbegin", "cend", "find", "lower_bound", "upper_bound", "insert",
     "erase", "emplace"]
)  # fmt: skip
_GIVE_ITERATORS = frozenset(
    ["begin", "end", "cbegin", "cend", "find_if", "find_if_not", "max_element", "min_element", "next", "prev",
     "remove_if"]
)  # fmt: skip
_CASTS = frozenset(
    ["static_cast", "dynamic_cast", "const_cast", "reinterpret_cast", "static_pointer_cast",
     "dynamic_pointer_cast", "const_pointer_cast", "make_unique", "make_shared", "down_cast", "make_intrusive"]
)  # fmt: skip
_SAME = frozenset(
    ["move", "forward", "ref", "cref", "min", "max", "as_const", "exchange", "addressof"]
)


class Type(NamedTuple):
    """A type: its name with what qualifies it (`std::vector`), its arguments as written, its stars."""

    path: str
    arguments: tuple[str, ...] = ()
    stars: int = 0  # of a pointer, and brackets of an array

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("::")[2]

    @property
    def standard(self) -> bool:
        """Whether it is of `std`."""
        return self.path.startswith(STD)

    @property
    def written(self) -> str:
        """As it is written in code."""
        return f"{self.path}<{', '.join(self.arguments)}>" if self.arguments else self.path


_WORD = re.compile(r"[A-Za-z_]\w+")
Where = tuple[FileFacts, int, int]  # a file, the scope in it, and the line


@dataclass
class Expressions:
    """Types of expressions, by declarations that are looked up in the repository."""

    search: Search
    _named: dict[str, list[Found]] = field(default_factory=dict)
    _parameters: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)
    _above: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _hints: dict[str, dict[tuple[int, str], list[TypeHint]]] = field(default_factory=dict)
    _around: dict[tuple[str, int], set[str]] = field(default_factory=dict)

    def type_of(self, facts: FileFacts, site: Site) -> str | None:
        """The name of the type that a method is called on, with `std::` where it is of it.

        None where it is not told.
        """
        if "…" in site.receiver:
            return None
        where = facts, site.scope, site.line
        found = self._expression(where, site.receiver, _MOST_STEPS)
        if found is not None and self._arrow(facts, site):
            found = self._pointed(found, _MOST_STEPS)
        if found is None:
            return None
        return STD + found.name if found.standard else found.name

    def _arrow(self, facts: FileFacts, site: Site) -> bool:
        source = self.search.source(facts.path)
        return source is not None and source.data[
            max(0, site.start - 20) : site.start
        ].rstrip().endswith(b"->")

    # expressions

    def _expression(self, where: Where, text: str, left: int) -> Type | None:
        text = text.strip()
        if left <= 0 or not text:
            return None
        if text[0] in "*&!~-+":
            found = self._expression(where, text[1:], left - 1)
            return self._pointed(found, left) if found is not None and text[0] == "*" else found
        if text.startswith("new "):
            return self._written(where, re.split(r"[({]", text[4:], maxsplit=1)[0], left - 1)
        before, joint, member = _last_member(text)
        groups, arguments, name = _parts(member)
        if joint:
            owner = self._expression(where, before, left - 1)
            if owner is None:
                return self._agreed(name, left - 1) if groups[:1] == ["("] else None
            if joint == "->":
                owner = self._pointed(owner, left)
            found = self._member(owner, name, groups[:1] == ["("], left - 1) if owner else None
            rest = groups[1:] if groups[:1] == ["("] else groups
        elif not name and groups:  # in brackets
            inner = (
                member[: opening(member, len(member) - 1) or None] if len(groups) > 1 else member
            )
            found = self._expression(where, inner[1:-1], left - 1)
            rest = groups[1:]
        else:
            found, rest = self._plain(where, name, arguments, groups, member, left - 1)
        for group in rest:
            if found is not None:
                found = self._element(where, found, left, keyed=True) if group == "[" else None
        return found

    def _plain(
        self, where: Where, name: str, arguments: list[str], groups: list[str], member: str, left: int
    ) -> tuple[Type | None, list[str]]:  # fmt: skip
        """The type of a name, of a call of one or of a cast, and the brackets that are left."""
        facts, scope, _ = where
        if name == "this":
            own = enclosing_type(facts, scope)
            return (Type(own) if own else None), groups
        if groups[:1] not in (["("], ["{"]):
            return self._variable(where, name, left), groups
        path, _, last = name.rpartition("::")
        if last in _CASTS and arguments:
            return self._written(where, arguments[0], left), groups[1:]
        if last in _SAME and path in ("std", "") and len(groups) == 1:
            inner = member[member.index("(") + 1 : -1]
            return self._expression(where, _commas(inner)[0] if inner else "", left), []
        known = path == "std" and last in _GIVE_ITERATORS | _ITERATORS
        if known and "(" in member:
            first = _commas(member[member.index("(") + 1 : -1])[0]
            found = self._expression(where, first, left)
            if found is not None and found.standard and found.name != "iterator":
                found = self._standard_member(found, "begin", left)
            return found, groups[1:]
        if path == "std":
            return Type(name, tuple(arguments)), groups[1:]
        owner = path.rpartition("::")[2]
        if owner and (found := self._member(Type(owner), last, True, left)) is not None:
            return found, groups[1:]
        own = enclosing_type(facts, scope) if not path else ""
        if own and (found := self._member(Type(own), last, True, left)) is not None:
            return found, groups[1:]
        if any(d.kind in OWNERS | {"type"} for _, d in self.named(last)):
            whole = f"{name}<{', '.join(arguments)}>" if arguments else name
            return self._written(where, whole, left), groups[1:]
        free = [
            (f, d) for f, d in self.named(last)
            if d.kind == "function" and not _of_type(f, d)
        ]  # fmt: skip
        return self._same_return(free, None, left), groups[1:]

    def _variable(self, where: Where, name: str, left: int) -> Type | None:
        facts, scope, line = where
        at = scope
        while True:
            hint = self.hinted(facts, at, line, name)
            if hint is not None:
                return self._hint((facts, at, hint.line), hint, left)
            if at < 0:
                break
            definition = facts.definitions[at]
            for parameter in definition.parameters:
                if parameter.name.lstrip("*&.") == name and parameter.type:
                    return self._written((facts, at, line), parameter.type, left)
            if definition.kind in OWNERS:
                break
            at = definition.parent
        own = enclosing_type(facts, scope)
        if own and (found := self._member(Type(own), name.rpartition("::")[2], False, left)):
            return found
        outside = [
            (f, d) for f, d in self.named(name.rpartition("::")[2])
            if d.kind in ("variable", "constant") and d.returns
        ]  # fmt: skip
        return self._same_return(outside, None, left)

    def hinted(self, facts: FileFacts, scope: int, line: int, name: str) -> TypeHint | None:
        """What is written of a variable in a scope: the last before the line that asks."""
        if facts.path not in self._hints:
            table: dict[tuple[int, str], list[TypeHint]] = {}
            for hint in facts.types:
                table.setdefault((hint.scope, hint.name), []).append(hint)
            self._hints[facts.path] = table
        found = self._hints[facts.path].get((scope, name), [])
        before = [hint for hint in found if hint.line <= line]
        return before[-1] if before else (found[0] if found else None)

    def _hint(self, where: Where, hint: TypeHint, left: int) -> Type | None:
        facts, scope, line = where
        if not hint.type.startswith("="):
            found = self._written(where, hint.type, left)
            declared = self.search.line(facts.path, line)
            stars = re.search(rf"([*\s]*)\b{re.escape(hint.name)}\s*((?:\[[^\]]*\])*)", declared)
            more = stars[1].count("*") + stars[2].count("[") if stars else 0
            return found._replace(stars=found.stars + more) if found and more else found
        each = hint.type.startswith("=[]")
        value = hint.type[3:] if each else hint.type[1:]
        if value.endswith("…"):
            return None
        if re.match(rf"\s*{re.escape(hint.name)}\b", value):
            line -= 1  # `auto x = x.y()` of one further out
        found = self._expression((facts, scope, line), value, left - 1)
        return self._element(where, found, left) if each and found is not None else found

    # members

    def prime(self, names: Iterable[str]) -> None:
        """Looks many names up at once: without an index each look is a run of ripgrep."""
        new = {name for name in names if name not in self._named and re.fullmatch(r"~?\w+", name)}
        for name in new:
            self._named[name] = []
        for facts, definition in definitions_named(self.search, sorted(new), scoped=False):
            self._named[definition.name].append((facts, definition))

    def words_of(self, facts: FileFacts, name: str) -> set[str]:
        """Words whose definitions say what `name` is called on in a file."""
        receivers = " ".join(
            site.receiver for site in facts.sites
            if site.name == name and site.role == "call" and not site.receiver.endswith("::")
        )  # fmt: skip
        if not receivers:
            return set()
        used = set(_WORD.findall(receivers))
        told = {hint.name: hint.type for hint in facts.types if hint.name in used}
        for definition in facts.definitions:
            told |= {p.name: p.type for p in definition.parameters if p.name in used}
        return (used - told.keys()) | set(_WORD.findall(" ".join(told.values())))

    def named(self, name: str) -> list[Found]:
        """All definitions of a name."""
        if name not in self._named:
            known = re.fullmatch(r"[~#]?\w+", name)
            self._named[name] = (
                list(definitions_named(self.search, (name,), scoped=False)) if known else []
            )
        return self._named[name]

    def defines(self, owner: str, name: str) -> bool:
        """Whether a type has a function of its own of a name."""
        return any(
            d.kind in CALLABLE_KINDS and d.container.rpartition(".")[2] == owner
            for _, d in self.named(name)
        )

    def _member(self, owner: Type, name: str, called: bool, left: int) -> Type | None:
        if left <= 0:
            return None
        if owner.standard:
            return self._standard_member(owner, name, left)
        for type_ in (owner.name, *self.above(owner.name)):
            found = [
                (f, d) for f, d in self.named(name)
                if d.container.rpartition(".")[2] == type_ and d.returns
                and (d.kind in CALLABLE_KINDS) == called
            ]  # fmt: skip
            if found:
                return self._same_return(found, owner if type_ == owner.name else None, left)
        return None

    def _standard_member(self, owner: Type, name: str, left: int) -> Type | None:
        args = owner.arguments
        held = args[1] if owner.name in _MAPS and len(args) > 1 else args[0] if args else ""
        item = f"std::pair<{args[0]}, {args[1]}>" if owner.name in _MAPS and len(args) > 1 else held
        if name in ("get", "lock", "release") and owner.name in _POINTERS:
            return self._anywhere(held, left)
        if name in _ELEMENTS:
            return self._anywhere(held, left) if held else Type("std::?")
        if name in _ITERATORS and item:
            return Type("std::iterator", (item,))
        if name in ("first", "second"):
            at = 0 if name == "first" else 1
            return self._anywhere(args[at], left) if len(args) > at else None
        return Type("std::?")

    def _same_return(self, found: Iterable[Found], owner: Type | None, left: int) -> Type | None:
        """The one type that all of these write as what they give or are."""
        answers: set[Type | None] = set()
        for facts, definition in found:
            written = definition.returns
            if written in ("void", "") or written.startswith(("auto", "decltype")):
                answers.add(None)
                continue
            given: Mapping[str, str] = {}
            if owner is not None and owner.arguments:
                names = self.parameters_of(owner.name)
                given = dict(zip(names, owner.arguments, strict=False))
            for name, argument in given.items():
                written = re.sub(rf"\b{re.escape(name)}\b", argument, written)
            place = _place(facts, definition)
            type_ = self._written((facts, place, definition.line), written, left - 1)
            array = re.search(rf"\b{re.escape(definition.name)}\s*\[", definition.signature)
            if array and type_ is not None and definition.kind not in CALLABLE_KINDS:
                type_ = type_._replace(stars=type_.stars + 1)
            answers.add(type_)
        return answers.pop() if len(answers) == 1 else None

    def _agreed(self, name: str, left: int) -> Type | None:
        """What a method gives, on whatever it is called: where all of its name agree."""
        found = [(f, d) for f, d in self.named(name) if d.kind in CALLABLE_KINDS]
        return self._same_return(found, None, left) if found else None

    def above(self, name: str) -> tuple[str, ...]:
        """The types that a type derives from, nearest first."""
        if name not in self._above:
            found: dict[str, None] = {}
            level = [name]
            for _ in range(MAX_LEVELS):
                bases = [
                    base.name.rpartition(".")[2]
                    for one in level
                    for _, d in self.named(one)
                    if d.kind in OWNERS
                    for base in d.bases
                ]
                bases += [self._meant(base) for base in bases]
                level = [base for base in dict.fromkeys(bases) if base and base not in found]
                found.update(dict.fromkeys(level))
            self._above[name] = tuple(found)
        return self._above[name]

    def _meant(self, name: str) -> str:
        """What an alias stands for, "" where it stands for nothing of the repository."""
        kinds = {d.kind for _, d in self.named(name)} - {"module"}
        if kinds != {"type"}:
            return ""
        type_ = self._aliased(Type(name), None, _MOST_STEPS)
        return type_.name if type_ is not None and not type_.standard else ""

    # types

    def _anywhere(self, written: str, left: int) -> Type | None:
        """A type that was resolved where it was written."""
        head = _head(written)
        return self._aliased(head, None, left) if head is not None else None

    def _written(self, where: Where, written: str, left: int) -> Type | None:
        """What a written type stands for; None for a parameter of a template and for `auto`."""
        head = _head(written)
        if left <= 0 or head is None or head.path in ("auto", "decltype"):
            return None
        facts, scope, _ = where
        hidden = self._hidden(facts, scope)
        if (head.name in hidden and "::" not in head.path) or head.path.split("::")[0] in hidden:
            return None
        return self._aliased(head, where, left)

    def _aliased(self, head: Type, where: Where | None, left: int) -> Type | None:
        """What a type is, aliases followed; None where it cannot be told."""
        outer = head.path.rpartition("::")[0]
        if head.standard and "::" not in head.path.removeprefix(STD):
            return head
        found = [
            pair for pair in self.named(head.name) if pair[1].kind in OWNERS or pair[1].kind == "type"
        ]  # fmt: skip
        if outer and (owner := self._outer(outer, where, left)) is not None:
            if owner.standard:
                return self._inner(owner, head.name, left)
            inside = [p for p in found if p[1].container.rpartition(".")[2] == owner.name]
            found = inside or found
        elif where is not None:
            found = [p for p in found if p[0].path == where[0].path] or found
        aliases = [pair for pair in found if pair[1].kind == "type" and pair[1].value]
        if not found and head.name in _STANDARD and not outer:
            return head._replace(path=STD + head.path)
        if len(aliases) < len(found) or not found:
            return head
        near = [pair for pair in aliases if where and _visible(pair, where)] or aliases
        answers: set[Type | None] = set()
        for facts, definition in near:
            value = _head(definition.value)
            if value is None or value.path != head.path:
                place = facts, definition.parent, definition.line
                answers.add(self._written(place, definition.value, left - 1))
        meant = answers.pop() if len(answers) == 1 else None
        return meant._replace(stars=meant.stars + head.stars) if meant is not None else None

    def _outer(self, path: str, where: Where | None, left: int) -> Type | None:
        """The type that qualifies another one; None for a namespace."""
        head = _head(path)
        if head is None or left <= 0:
            return None
        known = {d.kind for _, d in self.named(head.name)}
        if not head.standard and known.isdisjoint(OWNERS | {"type"}):
            return None
        return self._written(where, path, left - 1) if where else self._anywhere(path, left - 1)

    def _inner(self, owner: Type, name: str, left: int) -> Type | None:
        """A type in one of `std`: `std::vector<Item>::iterator`."""
        item = self._standard_member(owner, "begin", left)
        if item is None or not item.arguments:
            return Type(STD + name)
        if name.endswith("iterator"):
            return item
        if name in ("value_type", "reference", "const_reference"):
            return self._anywhere(item.arguments[0], left - 1)
        return Type(STD + name)

    def _pointed(self, type_: Type, left: int) -> Type | None:
        """What `->` leads to: the type itself, or what a smart pointer holds."""
        if type_.stars:
            return type_._replace(stars=type_.stars - 1)
        if type_.name not in _POINTERS or not (type_.standard or type_.arguments):
            return type_
        return self._anywhere(type_.arguments[0], left - 1) if type_.arguments else None

    def _element(self, where: Where, type_: Type, left: int, *, keyed: bool = False) -> Type | None:
        """What stands in a container, what an iterator stands for; of `T*` and `T[]` the `T`.

        `keyed`: what is got out of a map by its key, not what one goes through.
        """
        if type_.stars:
            return type_._replace(stars=type_.stars - 1)
        if not type_.standard:
            return None
        if type_.name in _MAPS and len(type_.arguments) > 1:
            value = self._written(where, type_.arguments[1], left - 1)
            return value if keyed else Type("std::pair", type_.arguments)
        if not type_.arguments:
            return Type("std::?") if type_.name in _TEXTS else None
        return self._written(where, type_.arguments[0], left - 1)

    def parameters_of(self, name: str) -> tuple[str, ...]:
        """Names of the parameters of a class template."""
        for facts, definition in self.named(name):
            if definition.kind in OWNERS:
                return self._template(facts, _place(facts, definition))
        return ()

    def _hidden(self, facts: FileFacts, scope: int) -> set[str]:
        """Names of the templates' parameters around a place."""
        key = facts.path, scope
        if key not in self._around:
            found: set[str] = set()
            while scope >= 0:
                found.update(self._template(facts, scope))
                scope = facts.definitions[scope].parent
            self._around[key] = found
        return self._around[key]

    def _template(self, facts: FileFacts, index: int) -> tuple[str, ...]:
        key = (facts.path, index)
        if key not in self._parameters:
            definition = facts.definitions[index]
            source = self.search.source(facts.path)
            text = source.data[definition.start : definition.name_start] if source else b""
            self._parameters[key] = tuple(_template_names(text.decode("utf-8", "replace")))
        return self._parameters[key]


def _place(facts: FileFacts, definition: Definition) -> int:
    """The index of a definition of a file."""
    return next(i for i in facts.by_name[definition.name] if facts.definitions[i] is definition)


def _visible(pair: Found, where: Where) -> bool:
    """Whether an alias stands in what is around a place."""
    facts, definition = pair
    scope = f"{where[0].qualname(where[1])}."
    return facts.path == where[0].path and scope.startswith(f"{definition.container}.")


def _of_type(facts: FileFacts, definition: Definition) -> bool:
    return definition.parent >= 0 and facts.definitions[definition.parent].kind in OWNERS


def _template_names(text: str) -> Iterator[str]:
    for found in re.finditer(r"\btemplate\s*<", text):
        inner = text[found.end() : _closing(text, found.end() - 1)]
        for one in _commas(inner):
            words = re.findall(r"\w+", one.split("=")[0])
            if words:
                yield words[-1]


def _head(written: str) -> Type | None:
    """`const std::vector<App*> &` → (`std::vector`, (`App*`,))."""
    text = written.strip()
    while (shorter := _BEFORE.sub("", text)) != text:
        text = shorter
    found = re.match(r"(?:::)?\w+", text)
    if found is None:
        return None
    path, rest = found[0].removeprefix("::"), text[found.end() :].lstrip()
    arguments: list[str] = []
    while rest[:1] == "<" or rest[:2] == "::":
        if rest[0] == "<":
            close = _closing(rest, 0)
            arguments = [one.strip() for one in _commas(rest[1:close])]
            rest = rest[close + 1 :].lstrip()
            if rest[:2] == "::":  # kept in the path: an inner type of it
                path += f"<{', '.join(arguments)}>"
                arguments = []
            continue
        part = re.match(r"::\s*(?:template\s+)?(\w+)\s*", rest)
        if part is None:
            break
        path, rest = f"{path}::{part[1]}", rest[part.end() :]
    return Type(path, tuple(arguments), rest.count("*"))


_OPEN, _CLOSE = "([{", ")]}"


def _closing(text: str, at: int) -> int:
    """Where the angle bracket at `at` is closed; the end where it is not."""
    depth = 0
    for position in range(at, len(text)):
        letter = text[position]
        if letter in "<([{":
            depth += 1
        elif letter in ")]}" or (letter == ">" and text[position - 1 : position] != "-"):
            depth -= 1
            if depth == 0:
                return position
    return len(text)


def opening(text: str, at: int) -> int:
    """Where the bracket that ends at `at` was opened, 0 where it was not."""
    depth = 0
    for position in range(at, -1, -1):
        if text[position] in _CLOSE:
            depth += 1
        elif text[position] in _OPEN:
            depth -= 1
            if depth == 0:
                return position
    return 0


def _commas(text: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for position, letter in enumerate(text):
        if letter in "<([{":
            depth += 1
        elif letter in ")]}" or (letter == ">" and text[position - 1 : position] != "-"):
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]]


def _last_member(text: str) -> tuple[str, str, str]:
    """`a.b()->c[0]` → (`a.b()`, `->`, `c[0]`); without one the text itself comes last."""
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        letter = text[position]
        if letter in _CLOSE:
            depth += 1
        elif letter in _OPEN:
            depth -= 1
        elif depth == 0 and letter == ">" and text[position - 1 : position] == "-":
            return text[: position - 1].rstrip(), "->", text[position + 1 :].strip()
        elif depth == 0 and letter == "." and not text[position - 1 : position].isdigit():
            return text[:position].rstrip(), ".", text[position + 1 :].strip()
    return "", "", text


def _parts(member: str) -> tuple[list[str], list[str], str]:
    """`get<T>(x)[0]` → (brackets in order, arguments of the template, name)."""
    groups: list[str] = []
    text = member.strip()
    while text[-1:] in (")", "]", "}"):
        at = opening(text, len(text) - 1)
        groups.insert(0, text[at])
        text = text[:at].rstrip()
        if at == 0:
            break
    arguments: list[str] = []
    if text.endswith(">"):
        at = text.find("<")
        if at > 0:
            arguments = [one.strip() for one in _commas(text[at + 1 : -1])]
            text = text[:at].rstrip()
    return groups, arguments, text.removeprefix("template ").strip()
