"""Source text → `FileFacts`: definitions, uses and imports of one file, read off its syntax tree.

One query pass a file, the same for every language; what differs stands in `languages/`. Facts are
plain values (no tree-sitter objects), so that they can be kept, compared and stored.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from .languages import adapter as adapter_for
from .languages.base import Adapter, Base, Details, Import, Parameter, squeeze, text_of
from .repository import Source

if TYPE_CHECKING:
    from tree_sitter import Node

SiteRole = Literal["call", "write", "raise", "catch", "decorate"]


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition. Lines count from 1, `start`, `end` and `name_start` are byte offsets.

    `parent` is the index of the enclosing definition in `FileFacts.definitions`, -1 at file level;
    `signature` is the header on one line; `doc` its docstring or the comment above; `complexity` is
    McCabe's (1 + branches), `depth` the deepest nesting of branching statements.
    """

    name: str
    qualname: str
    kind: str
    line: int
    end_line: int
    start: int
    end: int
    name_start: int
    parent: int
    signature: str
    doc: str = ""
    bases: tuple[Base, ...] = ()
    decorators: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    value: str = ""
    complexity: int = 1
    depth: int = 0

    @property
    def lines(self) -> int:
        """Length in lines, header included."""
        return self.end_line - self.line + 1

    @property
    def container(self) -> str:
        """Qualified name of what it is defined in, "" at file level."""
        return self.qualname.rpartition(".")[0]


@dataclass(frozen=True, slots=True)
class Site:
    """A use of a name that the syntax tells apart: a call, write, raise, catch or decoration.

    `receiver` is the text before the dot ("" when none); `scope` the index of the enclosing
    definition, -1 at file level; `start` the byte offset of the name.
    """

    role: SiteRole
    name: str
    receiver: str
    line: int
    start: int
    scope: int


@dataclass(frozen=True, slots=True)
class TypeHint:
    """A variable (`x`, `self.x`) whose type is written, in the definition with index `scope`."""

    name: str
    type: str
    scope: int
    line: int


@dataclass(frozen=True)
class FileFacts:
    """What one file defines, uses and imports. `opaque`: byte ranges of comments and strings."""

    path: str
    language: str
    lines: int
    definitions: tuple[Definition, ...]
    sites: tuple[Site, ...]
    imports: tuple[Import, ...]
    types: tuple[TypeHint, ...]
    opaque: tuple[tuple[int, int], ...]
    has_errors: bool = False

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[int]]:
        """Indices of definitions by their last name."""
        table: dict[str, list[int]] = {}
        for index, definition in enumerate(self.definitions):
            table.setdefault(definition.name, []).append(index)
        return table

    @cached_property
    def _opaque_starts(self) -> list[int]:
        return [start for start, _ in self.opaque]

    def is_opaque(self, offset: int) -> bool:
        """Whether a byte offset lies in a comment or string."""
        at = bisect_right(self._opaque_starts, offset) - 1
        return at >= 0 and offset < self.opaque[at][1]

    def scope_at(self, offset: int) -> int:
        """Index of the innermost definition around a byte offset, -1 at file level."""
        best = -1
        for index, definition in enumerate(self.definitions):
            if definition.start > offset:
                break
            if offset < definition.end and definition.kind in SCOPE_KINDS:
                best = index
        return best

    def qualname(self, scope: int) -> str:
        """Qualified name of a definition index; the file's own path at file level."""
        return self.definitions[scope].qualname if scope >= 0 else self.path

    def enclosing(self, scope: int, kinds: frozenset[str]) -> int:
        """The innermost definition of one of `kinds` at or around index `scope`, or -1."""
        while scope >= 0 and self.definitions[scope].kind not in kinds:
            scope = self.definitions[scope].parent
        return scope


CALLABLE_KINDS = frozenset({"function", "method", "macro"})
TYPE_KINDS = frozenset({"class", "interface", "struct", "trait", "enum", "type", "module"})
SCOPE_KINDS = CALLABLE_KINDS | TYPE_KINDS
_SITES: tuple[SiteRole, ...] = ("call", "write", "raise", "catch", "decorate")
Captures = Mapping[str, "list[Node]"]


def extract(source: Source, language: str) -> FileFacts:
    """The facts of a file. Syntax errors do not stop it: what the parser recovers is kept."""
    from tree_sitter import QueryCursor

    adapter = adapter_for(language)
    tree = adapter.parser(source.path).parse(source.data)
    matches = QueryCursor(adapter.query(source.path)).matches(tree.root_node)
    collected = _Collector(adapter, source)
    for _, captures in matches:
        collected.take(captures)
    return collected.facts(language, tree.root_node.has_error)


class _Collector:
    """Gathers the captures of one file and puts them in order."""

    def __init__(self, adapter: Adapter, source: Source) -> None:
        self.adapter = adapter
        self.source = source
        self.definitions: dict[int, tuple[Node, Node, str]] = {}  # by byte offset of the name
        self.sites: list[tuple[SiteRole, Node, str]] = []
        self.typed: list[tuple[Node, str]] = []
        self.imports: list[Import] = []
        self.opaque: list[tuple[int, int]] = []
        self.branches: list[tuple[int, int]] = []
        self.booleans: list[int] = []

    def take(self, captures: Captures) -> None:
        if "opaque" in captures:
            self.opaque.extend((n.start_byte, n.end_byte) for n in captures["opaque"])
            return
        if "branch" in captures:
            self.branches.extend((n.start_byte, n.end_byte) for n in captures["branch"])
        if "boolean" in captures:
            self.booleans.extend(n.start_byte for n in captures["boolean"])
        if "import" in captures:
            for node in captures["import"]:
                self.imports.extend(self.adapter.imports(node))
        name = captures.get("name")
        if name is None:
            return
        receiver = text_of(captures["receiver"][0]) if "receiver" in captures else ""
        for role in _SITES:
            if role in captures:
                self.sites.extend((role, node, receiver) for node in name)
        if "typed" in captures and "type" in captures:
            self.typed.append((name[0], text_of(captures["type"][0])))
        for key, nodes in captures.items():
            if key.startswith("definition."):
                for node in name:  # the first pattern that names it decides
                    self.definitions.setdefault(node.start_byte, (nodes[0], node, key[11:]))

    def facts(self, language: str, has_errors: bool) -> FileFacts:
        definitions = self._definitions()
        opaque = sorted(self.opaque)
        facts = FileFacts(
            path=self.source.path,
            language=language,
            lines=self.source.data.count(b"\n") + (not self.source.data.endswith(b"\n")),
            definitions=tuple(definitions),
            sites=(),
            imports=tuple(self.imports),
            types=(),
            opaque=tuple(opaque),
            has_errors=has_errors,
        )
        scopes = _Scopes(definitions)
        seen: set[tuple[str, int]] = set()
        sites: list[Site] = []
        for role, node, receiver in sorted(self.sites, key=lambda site: site[1].start_byte):
            at = node.start_byte
            if (role, at) not in seen:
                seen.add((role, at))
                line = node.start_point[0] + 1
                sites.append(
                    Site(role, _bare(text_of(node)), squeeze(receiver, 120), line, at, scopes.at(at))
                )
        types = tuple(
            TypeHint(text_of(node), squeeze(written, 120), scopes.at(node.start_byte),
                     node.start_point[0] + 1)
            for node, written in self.typed
        )  # fmt: skip
        object.__setattr__(facts, "sites", tuple(sites))
        object.__setattr__(facts, "types", types)
        return facts

    def _definitions(self) -> list[Definition]:
        found: list[Definition] = []
        open_: list[int] = []  # indices of the enclosing definitions, outermost first
        ordered = sorted(
            self.definitions.values(), key=lambda d: (d[0].start_byte, -d[0].end_byte)
        )
        for node, name_node, kind in ordered:
            while open_ and found[open_[-1]].end <= node.start_byte:
                open_.pop()
            enclosing = [i for i in open_ if found[i].end >= node.end_byte]
            parent = enclosing[-1] if enclosing else -1
            name = _bare(text_of(name_node))
            outer = found[parent].kind if parent >= 0 else ""
            details = self.adapter.describe(node, name, kind, outer)
            if details is None or not name:
                continue
            made = self._definition(node, name_node, name, details, found, parent)
            if made.kind in SCOPE_KINDS:
                open_.append(len(found))
            found.append(made)
        return found

    def _definition(
        self, node: Node, name_node: Node, name: str, details: Details,
        found: list[Definition], parent: int,
    ) -> Definition:  # fmt: skip
        body = node.child_by_field_name("body")
        header_end = details.header_end or (body.start_byte if body is not None else node.end_byte)
        signature = squeeze(self.source.data[node.start_byte : header_end].decode("utf-8", "replace"))
        container = details.container or (found[parent].qualname if parent >= 0 else "")
        complexity, depth = 1, 0
        if details.kind in CALLABLE_KINDS:
            inside = [b for b in self.branches if node.start_byte <= b[0] < node.end_byte]
            booleans = sum(node.start_byte <= at < node.end_byte for at in self.booleans)
            complexity, depth = 1 + len(inside) + booleans, _depth(inside)
        wide = details.start or node
        return Definition(
            name=name,
            qualname=f"{container}.{name}" if container else name,
            kind=details.kind,
            line=node.start_point[0] + 1,
            end_line=node.end_point[0] + (1 if node.end_point[1] or wide is node else 0),
            start=wide.start_byte,
            end=node.end_byte,
            name_start=name_node.start_byte,
            parent=parent,
            signature=signature.rstrip(" :{=>"),
            doc=details.doc,
            bases=tuple(details.bases),
            decorators=tuple(details.decorators),
            modifiers=tuple(dict.fromkeys(details.modifiers)),
            parameters=tuple(details.parameters),
            returns=details.returns,
            value=squeeze(details.value, 200),
            complexity=complexity,
            depth=depth,
        )


class _Scopes:
    """Finds the innermost scope of ascending byte offsets without starting over each time."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.scopes = [
            (d.start, d.end, i) for i, d in enumerate(definitions) if d.kind in SCOPE_KINDS
        ]
        self.starts = [start for start, _, _ in self.scopes]

    def at(self, offset: int) -> int:
        at = bisect_right(self.starts, offset) - 1
        while at >= 0:
            start, end, index = self.scopes[at]
            if start <= offset < end:
                return index
            at -= 1
            if at >= 0 and self.scopes[at][1] <= start and self.scopes[at][1] <= offset:
                # skip siblings that ended before: walk on to an encloser
                continue
        return -1


def _depth(branches: Sequence[tuple[int, int]]) -> int:
    deepest = 0
    open_: list[int] = []
    for start, end in sorted(branches):
        while open_ and open_[-1] <= start:
            open_.pop()
        open_.append(end)
        deepest = max(deepest, len(open_))
    return deepest


_QUOTES = re.compile(r"^[\"'`]|[\"'`]$")


def _bare(name: str) -> str:
    return _QUOTES.sub("", name)
