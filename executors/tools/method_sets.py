"""Go's structural typing: which types have the methods that an interface asks for.

A method counts as the same when its name, parameter types and result agree as written (package
qualifiers aside). Embedded structs and interfaces lend their methods. Not covered: type parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..names import Found, definitions_named
from ..search import Search
from ..syntax import Definition, FileFacts

Shape = tuple[tuple[str, ...], str]
_QUALIFIER = re.compile(r"\b\w+\.(?=\w)")
MAX_EMBEDDING = 4


def _shape(method: Definition) -> Shape:
    def plain(text: str) -> str:
        return _QUALIFIER.sub("", re.sub(r"\s+", "", text).replace("interface{}", "any"))

    result = re.sub(r"^\((.*)\)$", r"\1", method.returns.strip())
    results = [part.strip().rpartition(" ")[2] for part in result.split(",")] if result else []
    return tuple(plain(p.type) for p in method.parameters), ",".join(plain(r) for r in results)


def go_implementers(search: Search, interfaces: Sequence[Found]) -> Iterator[Found]:
    """Types of the repository whose method set covers one of the interfaces."""
    wanted = [needs for pair in interfaces if (needs := _required(search, pair, 0))]
    if not wanted:
        return
    names = {name for needs in wanted for name in needs}
    have: dict[tuple[str, str], dict[str, Shape]] = {}
    for facts, method in definitions_named(search, names, scoped=False):
        if facts.language == "go" and method.kind == "method" and method.parent < 0:
            key = (facts.path.rpartition("/")[0], method.container)
            have.setdefault(key, {})[method.name] = _shape(method)
    lent = _embedders(search, have)
    for key, extra in lent.items():
        have[key] = {**extra, **have.get(key, {})}
    fitting = {
        key for key, methods in have.items()
        if any(all(methods.get(n) == s for n, s in needs.items()) for needs in wanted)
    }  # fmt: skip
    for facts, definition in definitions_named(search, {name for _, name in fitting}, scoped=False):
        folder = facts.path.rpartition("/")[0]
        if definition.kind in ("struct", "type", "class") and (folder, definition.name) in fitting:
            yield facts, definition


def _required(search: Search, interface: Found, depth: int) -> dict[str, Shape]:
    """Method name → shape that an interface asks for, embedded interfaces included."""
    facts, definition = interface
    index = facts.definitions.index(definition)
    needs = {
        d.name: _shape(d) for d in facts.definitions if d.parent == index and d.kind == "method"
    }
    if depth < MAX_EMBEDDING:
        for base in definition.bases:
            last = base.name.rpartition(".")[2]
            for pair in definitions_named(search, (last,), scoped=False):
                if pair[1].kind == "interface" and pair[0].language == "go":
                    needs = {**_required(search, pair, depth + 1), **needs}
                    break
    return needs


def _embedders(
    search: Search, have: dict[tuple[str, str], dict[str, Shape]]
) -> dict[tuple[str, str], dict[str, Shape]]:
    """Types that embed one of `have` and so are lent its methods (one level a round)."""
    lent: dict[tuple[str, str], dict[str, Shape]] = {}
    names = {name for _, name in have}
    for _ in range(MAX_EMBEDDING):
        if not names:
            break
        pattern = (
            r"^\s*\*?(?:\w+\.)?(?:" + "|".join(map(re.escape, sorted(names))) + r")\s*(?:`.*)?$"
        )
        following: set[str] = set()
        for facts in search.parse(search.candidates(pattern, scoped=False)):
            folder = facts.path.rpartition("/")[0]
            for definition in facts.definitions:
                key = (folder, definition.name)
                for base in definition.bases:
                    last = base.name.lstrip("*").rpartition(".")[2]
                    if base.relation != "embeds" or last not in names or key in lent:
                        continue
                    gift: dict[str, Shape] = {}
                    for (_, name), methods in [*have.items(), *lent.items()]:
                        if name == last:
                            gift.update(methods)
                    lent[key] = gift
                    following.add(definition.name)
        names = following
    return lent


def go_interfaces_of(search: Search, facts: FileFacts, definition: Definition) -> list[Found]:
    """Interfaces of the same package folder that a type implements."""
    folder = facts.path.rpartition("/")[0]
    package = list(search.parse(
            e for e in search.files(scoped=False)
            if e.language == "go" and e.path.rpartition("/")[0] == folder
        ))  # fmt: skip
    have = _method_set(package, definition, 0)
    found: list[Found] = []
    for other in package:
        for candidate in other.definitions:
            if candidate.kind == "interface" and candidate.start != definition.start:
                needs = _required(search, (other, candidate), 0)
                if needs and all(have.get(name) == shape for name, shape in needs.items()):
                    found.append((other, candidate))
    return found


def _method_set(
    package: Sequence[FileFacts], definition: Definition, depth: int
) -> dict[str, Shape]:
    """A type's own methods and those that types of the same package lend it by embedding."""
    have: dict[str, Shape] = {}
    embedded = {base.name.lstrip("*").rpartition(".")[2] for base in definition.bases}
    for facts in package:
        for other in facts.definitions:
            if other.parent < 0 and other.name in embedded and depth < MAX_EMBEDDING:
                have = {**_method_set(package, other, depth + 1), **have}
    for facts in package:
        for method in facts.definitions:
            if (
                method.kind == "method"
                and method.parent < 0
                and method.container == definition.name
            ):
                have[method.name] = _shape(method)
    return have
