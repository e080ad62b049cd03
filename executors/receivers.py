"""`Receivers`: the type of what a method is called on, where the code writes it.

By annotations, constructor calls, `self`, fields (inherited ones too) and what a called function
returns. Not covered: data flow through containers and through assignments without a type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from .builtin_names import BUILTIN_TYPES, COMMON_METHODS
from .expressions import Expressions, opening
from .languages import adapter
from .languages.base import Adapter
from .names import Found
from .owners import OWNERS, Family, enclosing_type
from .search import Search
from .syntax import CALLABLE_KINDS, FileFacts, Site
from .written_types import outer_type, type_name


@dataclass(frozen=True, slots=True)
class _Either:
    """What is in one of two."""

    first: Container[str]
    second: Container[str]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self.second or name in self.first)


@dataclass
class Receivers:
    """`family` gives the types whose `member` is asked for: of several words in a type they count."""

    search: Search
    member: str
    _family: Callable[[], Family]
    _fields: dict[tuple[str, str], str] = field(default_factory=dict)
    _has: dict[tuple[str, bool], bool | None] = field(default_factory=dict)

    @property
    def family(self) -> Family:
        """See the class."""
        return self._family()

    def has_member(self, owner: str, virtual: bool) -> bool | None:
        """Whether the member that a type has is one of the family; None where it has none.

        The nearest type that defines it decides, unless it overrides one that is `virtual`.
        """
        key = owner, virtual
        if key not in self._has:
            self._has[key] = self._has_member(owner, virtual)
        return self._has[key]

    def _has_member(self, owner: str, virtual: bool) -> bool | None:
        if owner in self.family and (virtual or not self.expressions.defines(owner, self.member)):
            return True
        for name in (owner, *self.expressions.above(owner)):
            if name in self.family.owners:
                return True
            if self.expressions.defines(name, self.member):
                return virtual and any(n in self.family for n in self.expressions.above(name))
        return None

    def prime(self, files: Iterable[FileFacts]) -> None:
        """Without an index, looks up what is needed for calls in these files, all at once."""
        if self.search.coverage is not None:
            return
        words: set[str] = set()
        for facts in files:
            rules = adapter(facts.language)
            if rules.expressions:
                words |= self.expressions.words_of(facts, self.member)
            elif rules.written_fields or rules.typed_returns:
                words.update(
                    word
                    for site in facts.sites
                    if site.name == self.member and site.role == "call"
                    for word in re.findall(r"(?<=[.>])\w+|\w+(?=\()", site.receiver)
                )
        self.expressions.prime(words)

    @cached_property
    def expressions(self) -> Expressions:
        """The types of expressions in languages that write them."""
        return Expressions(self.search)

    def type_of(self, facts: FileFacts, site: Site, receiver: str, first: str) -> str | None:
        """Last name of the receiver's type where it is written, else None."""
        rules = adapter(facts.language)
        inside = enclosing_type(facts, site.scope)
        if receiver in rules.self_names:
            return inside or None
        if receiver.startswith("super") or receiver == "parent":
            at = facts.enclosing(site.scope, OWNERS)
            bases = facts.definitions[at].bases if at >= 0 else ()
            bases = [b for b in bases if b.relation == "extends"] or bases
            names = [base.name.rpartition(".")[2] for base in bases]
            known = [name for name in names if name in self.family]
            return known[0] if known else (names[0] if len(names) == 1 else None)
        if rules.expressions:
            return self.expressions.type_of(facts, site)
        known = None
        if rules.typed_returns and receiver.endswith(")"):
            known = self._returned_type(receiver)
        if known is None:
            known = self._built(rules, receiver) or self._variable_type(facts, site, receiver)
        if known is None and (rules.written_fields or rules.typed_returns):
            known = self._member_type(facts, site, receiver, first)
        if known in ("self", "static", "Self"):
            known = inside or None
        if known is not None and re.fullmatch(r"[A-Z]\d?", known) and known not in self.family:
            return None  # the parameter of a generic type
        if rules.capital_types:
            known = self._told_elsewhere(facts, receiver, known)
        aliases = {item.alias: item.name for item in facts.imports if item.name}
        return aliases.get(known, known) if known is not None else None

    def _built(self, rules: Adapter, receiver: str) -> str | None:
        """The type that an expression makes: `new shop.Cart(…)`, `Cart(…)`, `Cart.new(…)`."""
        ends = receiver.endswith(")")
        head = receiver[: opening(receiver, len(receiver) - 1)] if ends else receiver
        found = re.fullmatch(r"(new\s+)?(?:\w+\.)*([A-Z]\w*)", head) if ends else None
        if found is not None and not found[1] and (rules.written_fields or rules.typed_returns):
            kinds = {definition.kind for _, definition in self.expressions.named(found[2])}
            if kinds and kinds <= CALLABLE_KINDS:
                return None  # a function with a capital
        if found is None and rules.constructors:
            found = re.fullmatch(rf"()(?:\w+\.)*([A-Z]\w*)\.(?:{rules.constructors})", head)
        return found[2] if found is not None else None

    def _member_type(
        self, facts: FileFacts, site: Site, receiver: str, first: str
    ) -> str | None:  # fmt: skip
        """The written type of a field of something else: `cart.owner`, `Shop.instance`."""
        before, _, member = receiver.rpartition(".")
        if not before or not re.fullmatch(r"\w+", member):
            return None
        rules = adapter(facts.language)
        owner = self.type_of(facts, site, before, first)
        if owner is None and rules.capital_receivers and re.fullmatch(r"[A-Z]\w*", before):
            owner = before
        if owner is None:
            return None
        found = self.expressions.named(member)
        for name in (owner, *(self._above(owner) if found else ())):
            written = fields_of(found, name)
            if written:
                return outer_type(written[0])
        return None

    def _told_elsewhere(self, facts: FileFacts, receiver: str, known: str | None) -> str | None:
        """What another module writes of a variable that is imported, or of a function's result.

        Only with an index: types are seldom written in these languages, and each look-up without
        one would read files.
        """
        looks = self.search.coverage is not None
        if known is None:
            return self._imported_type(facts, receiver) if looks else None
        if not known[:1].islower() or known in BUILTIN_TYPES:
            return known
        # `x = make()` tells the type that `make` says it gives
        return self._returned_type(f"{known}()") if looks and known not in COMMON_METHODS else None

    def _imported_type(self, facts: FileFacts, name: str) -> str | None:
        item = next((i for i in facts.imports if i.alias == name and i.name[:1].islower()), None)
        if item is None:
            return None
        told = {
            type_name(d.returns, self.family) if d.returns else _made(d.value)
            for _, d in self.expressions.named(item.name)
            if d.kind in ("variable", "constant") and not d.container
        }
        return told.pop() if len(told) == 1 else None

    def _variable_type(self, facts: FileFacts, site: Site, variable: str) -> str | None:
        known = _Either(self.family, self._aliases(facts))
        rules = adapter(facts.language)
        read = outer_type if rules.written_fields else partial(type_name, known=known)
        held = next((n for n in rules.self_names if variable.startswith(n + ".")), "")
        scope = at = site.scope
        while True:
            told = [
                h for h in facts.types if h.scope == at and h.name.replace("->", ".") == variable
            ]
            if at == scope and re.fullmatch(r"\$?\w+", variable):  # what it is set to last, before
                told = [hint for hint in told if hint.line <= site.line][-1:]
            if told:
                return read(told[0].type)
            if at < 0:
                break
            for parameter in facts.definitions[at].parameters:
                if parameter.name.lstrip("*.") == variable and parameter.type:
                    return read(parameter.type)
            at = facts.definitions[at].parent
        a_field = rules.written_fields and (held or rules.implicit_self)
        a_field = a_field or (held and rules.typed_returns)
        if (a_field or variable.startswith("$this.")) and (
            written := self._field_type(facts, scope, variable.removeprefix(f"{held}."))
        ):
            return read(written)
        if (
            "." in variable or variable[:1] == "@"
        ):  # an attribute set in another method of the same class
            owner = facts.enclosing(scope, OWNERS)
            for hint in facts.types:
                same = owner >= 0 and facts.enclosing(hint.scope, OWNERS) == owner
                if same and hint.name.replace("->", ".") == variable:
                    return type_name(hint.type, known)
        return None

    def _returned_type(self, receiver: str) -> str | None:
        """The type that a call gives, where all definitions of the called name agree on one."""
        called = re.search(r"(\w+)\((?:[^()]|\([^()]*\))*\)$", receiver)
        if called is None or called[1] in COMMON_METHODS:
            return None
        key = ("", called[1])
        if key not in self._fields:
            written = {
                type_name(d.returns.strip("?\\"), self.family) or ""
                for _, d in self.expressions.named(called[1])
                if d.kind in CALLABLE_KINDS
            }
            agreed = written.pop() if len(written) == 1 else ""
            self._fields[key] = (
                "" if agreed in ("self", "static", "this", "auto", "mixed") else agreed
            )
        return self._fields[key] or None

    def _field_type(self, facts: FileFacts, scope: int, variable: str) -> str:
        """The written type of a field that a class in another file declares for this method."""
        owner = enclosing_type(facts, scope)
        name = variable.removeprefix("$").removeprefix("this.")
        if not owner or not re.fullmatch(r"#?\w+", name):
            return ""
        if (owner, name) not in self._fields:
            here = [(facts, facts.definitions[i]) for i in facts.by_name.get(name, ())]
            written = fields_of(here, owner)
            if not written:
                named = self.expressions.named(name)
                fields = {d.container.rpartition(".")[2] for _, d in named}
                above = self._above(owner) if fields - {owner} else ()
                written = [w for type_ in (owner, *above) for w in fields_of(named, type_)]
            self._fields[owner, name] = written[0] if written else ""
        return self._fields[owner, name]

    def _above(self, name: str) -> Sequence[str]:
        """Names of the types that a type inherits fields from, nearest first."""
        return self.expressions.above(name)

    def _aliases(self, facts: FileFacts) -> set[str]:
        return {
            item.alias for item in facts.imports
            if item.alias and item.alias != item.name and item.name in self.family
        }  # fmt: skip


def _made(value: str) -> str | None:
    """The type that a value is made of: `new Shop()`, `Shop()`."""
    found = re.match(r"(?:new\s+)?([A-Z]\w*)\(", value)
    return found[1] if found is not None else None


def fields_of(found: Iterable[Found], owner: str) -> list[str]:
    """The written types of the fields among definitions that are a type's."""
    return [
        d.returns for _, d in found
        if d.kind in ("field", "property", "constant") and d.returns
        and d.container.rpartition(".")[2] == owner
    ]  # fmt: skip
