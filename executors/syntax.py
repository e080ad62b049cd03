"""Source text → `FileFacts`: definitions, uses and imports of one file, read off its syntax tree.

One query pass a file, the same for every language; what differs stands in `languages/`. Facts are
plain values (no tree-sitter objects), so that they can be kept, compared and stored (`stored.py`).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal

from .languages import adapter as adapter_for
from .languages.base import Adapter, Base, Details, Import, Parameter, Value, squeeze, text_of
from .repository import Source

if TYPE_CHECKING:
    from tree_sitter import Node

SiteRole = Literal["call", "write", "raise", "catch", "decorate"]


class Definition(Value, frozen=True, array_like=True, gc=False):
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


class Site(Value, frozen=True, array_like=True, gc=False):
    """A use of a name that the syntax tells apart: a call, write, raise, catch or decoration.

    `receiver` is the text before the dot ("" when none), of a path the text with its `::`; `scope` the index of the enclosing
    definition, -1 at file level; `start` the byte offset of the name.
    """

    role: SiteRole
    name: str
    receiver: str
    line: int
    start: int
    scope: int

    @property
    def written(self) -> str:
        """The name with what stands before it."""
        joint = "." if self.receiver and not self.receiver.endswith("::") else ""
        if self.receiver[:1] == "$" and joint:
            joint = "->"
        return f"{self.receiver}{joint}{self.name}"


class TypeHint(Value, frozen=True, array_like=True, gc=False):
    """A variable (`x`, `self.x`) whose type is written, in the definition with index `scope`.

    `type` is `=` and the value where the type is the value's, `=[]` and the value where it is that
    of its elements.
    """

    name: str
    type: str
    scope: int
    line: int


Later = tuple[tuple[Site, ...], Sequence[int], Sequence[int]]  # sites, opaque starts and ends


@dataclass(frozen=True)
class FileFacts:
    """What one file defines, uses and imports.

    `later` gives what many questions do not need, its sites and its opaque ranges, when one of them
    is asked for: facts out of the index are decoded no further than they are read.
    """

    path: str
    language: str
    lines: int
    definitions: tuple[Definition, ...]
    imports: tuple[Import, ...]
    types: tuple[TypeHint, ...]
    has_errors: bool
    later: Callable[[], Later] = field(repr=False, compare=False)

    @cached_property
    def _later(self) -> Later:
        return self.later()

    @property
    def sites(self) -> tuple[Site, ...]:
        """Uses that the syntax tells apart, by place."""
        return self._later[0]

    @property
    def opaque(self) -> tuple[Sequence[int], Sequence[int]]:
        """Byte ranges of comments and strings, ordered: where they start, and where they end."""
        return self._later[1], self._later[2]

    @cached_property
    def _starts(self) -> list[int]:
        return [site.start for site in self.sites]

    def site_at(self, offset: int, name: str) -> Site | None:
        """The use of a name that the syntax tells at a byte offset."""
        at = bisect_right(self._starts, offset) - 1
        while at >= 0 and self._starts[at] == offset:
            if self.sites[at].name == name:
                return self.sites[at]
            at -= 1
        return None

    @cached_property
    def by_name(self) -> Mapping[str, Sequence[int]]:
        """Indices of definitions by their last name, those that only say more of a type left out."""
        table: dict[str, list[int]] = {}
        for index, definition in enumerate(self.definitions):
            if definition.kind not in STRUCTURAL_KINDS:
                table.setdefault(definition.name, []).append(index)
        return table

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """What imports bind under another name than its own, by the local one."""
        return {i.alias: i.name for i in self.imports if i.alias and i.name and i.alias != i.name}

    @cached_property
    def package(self) -> str:
        """The package or namespace that the file says it is of, "" where it says none."""
        said = ""
        for definition in self.definitions:  # `package a` and then `package b` is `a.b`
            if definition.kind == "package" and definition.qualname.startswith(said):
                said = definition.qualname
        return said

    def is_opaque(self, offset: int) -> bool:
        """Whether a byte offset lies in a comment or string."""
        _, starts, ends = self._later
        at = bisect_right(starts, offset) - 1
        return at >= 0 and offset < ends[at]

    @cached_property
    def _scopes(self) -> _Scopes:
        return _Scopes(self.definitions)

    def scope_at(self, offset: int) -> int:
        """Index of the innermost definition around a byte offset, -1 at file level."""
        return self._scopes.at(offset)

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
# Places without a name of their own: they say more of a type (Rust's `impl`, Swift's `extension`)
# or to which package the file belongs.
STRUCTURAL_KINDS = frozenset({"extension", "package"})
OWNER_KINDS = TYPE_KINDS | {"extension"}  # what has members
SCOPE_KINDS = CALLABLE_KINDS | OWNER_KINDS
_RANKED: tuple[SiteRole, ...] = (
    "call",
    "catch",
    "decorate",
    "raise",
    "write",
)  # as sites are sorted
_WRITE = _RANKED.index("write")
_OF_USES = frozenset({*_RANKED, "name", "receiver"})
# captures that tell a variable's type, and what marks those that are no type themselves
_OF_TYPES: Mapping[str, str] = {"type": "", "value": "=", "each": "=[]"}
_BODIES = frozenset({"function", "method", "property"})  # what has variables of its own
Captures = Mapping[str, "list[Node]"]


def extract(source: Source, language: str) -> FileFacts:
    """The facts of a file. Syntax errors do not stop it: what the parser recovers is kept."""
    from tree_sitter import QueryCursor

    adapter = adapter_for(language)
    tree = adapter.tree(source.path, source.data)
    matches = QueryCursor(adapter.query(source.path)).matches(tree.root_node)
    collected = _Collector(adapter, source)
    collected.take(matches)
    return collected.facts(language, tree.root_node.has_error)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is done with a match, told by the names of its captures alone."""

    opaque: bool
    branch: bool
    boolean: bool
    imports: bool
    named: bool
    declarator: bool
    receiver: bool
    path: bool
    adjacent: bool
    own: bool
    maybe: bool
    local: bool
    roles: tuple[SiteRole, ...]
    typed: bool
    definitions: tuple[tuple[str, str], ...]  # the capture, and the kind that it tells
    role: int  # of a match that is a use and nothing else: the role's place in `_RANKED`, else -1

    @classmethod
    @cache
    def of(cls, names: tuple[str, ...]) -> _Plan:
        roles: tuple[SiteRole, ...] = tuple(role for role in _RANKED if role in names)
        return cls(
            opaque="opaque" in names,
            branch="branch" in names,
            boolean="boolean" in names,
            imports="import" in names,
            named="name" in names,
            declarator="declarator" in names,
            receiver="receiver" in names,
            path="path" in names,
            adjacent="adjacent" in names,
            own="self" in names,
            maybe="maybe" in names,
            local="local" in names,
            roles=roles,
            typed="typed" in names and any(one in names for one in _OF_TYPES),
            definitions=tuple((n, n[11:]) for n in names if n.startswith("definition.")),
            role=_RANKED.index(roles[0]) if len(roles) == 1 and {*names} <= _OF_USES else -1,
        )


class _Collector:
    """Gathers the captures of one file and puts them in order."""

    def __init__(self, adapter: Adapter, source: Source) -> None:
        self.adapter = adapter
        self.source = source
        self.definitions: dict[int, tuple[Node, Node, str]] = {}  # by byte offset of the name
        # by 8 × byte offset of the name + place of the role in `_RANKED`: the name's end, and the
        # receiver's extent or else its text
        self.sites: dict[int, tuple[int, int, int, str]] = {}
        self.typed: list[tuple[Node, Node, str]] = []
        self.imports: list[Import] = []
        self.opaque: list[tuple[int, int]] = []
        self.branches: list[tuple[int, int]] = []
        self.booleans: list[int] = []
        self.maybe: list[Node] = []
        self.locals: list[tuple[int, str]] = []

    def take(self, matches: Iterable[tuple[int, Captures]]) -> None:
        """Sorts every match into its place: the innermost loop of an extraction."""
        plans: dict[tuple[str, ...], _Plan] = {}
        sites = self.sites
        for _, captures in matches:
            names = tuple(captures)
            plan = plans.get(names)
            if plan is None:
                plan = plans[names] = _Plan.of(names)
            if plan.role >= 0:
                first, last = captures["receiver"][0].byte_range if plan.receiver else (0, 0)
                for node in captures["name"]:  # the first pattern that names it decides
                    start, end = node.byte_range
                    sites.setdefault(8 * start + plan.role, (end, first, last, ""))
            elif plan.opaque:
                self.opaque += [node.byte_range for node in captures["opaque"]]
            elif plan.maybe:
                self.maybe.append(captures["maybe"][0])
            else:
                self._take_other(captures, plan)

    def _take_other(self, captures: Captures, plan: _Plan) -> None:
        if plan.local:
            self.locals += [(node.start_byte, text_of(node)) for node in captures["local"]]
        if plan.branch:
            self.branches.extend([n.byte_range for n in captures["branch"]])
        if plan.boolean:
            self.booleans.extend([n.start_byte for n in captures["boolean"]])
        if plan.imports:
            for node in captures["import"]:
                self.imports.extend(self.adapter.imports(node))
        if plan.named:
            self._take_named(captures["name"], captures, plan)
        elif plan.declarator:
            found = self.adapter.declared(captures["declarator"][0])
            if found is not None:
                self._take_named([found], captures, plan)

    def _take_named(self, named: Sequence[Node], captures: Captures, plan: _Plan) -> None:
        receiver, first, last = "", 0, 0
        if plan.receiver:
            first, last = captures["receiver"][0].byte_range
        if plan.path:
            receiver = text_of(captures["path"][0]) + "::"
        if plan.own:
            receiver = self.adapter.self_names[0]
        if plan.adjacent:  # tokens that no rule of the grammar has put together
            if captures["adjacent"][0].start_byte != named[0].end_byte:
                return
            receiver = self._before(named[0].start_byte)
        for role in plan.roles:
            for node in named:  # the first pattern that names it decides
                start, end = node.byte_range
                key = 8 * start + _RANKED.index(role)
                self.sites.setdefault(key, (end, first, last, receiver))
        if plan.typed:
            told = next(kind for kind in _OF_TYPES if kind in captures)
            self.typed.append((named[0], captures[told][0], _OF_TYPES[told]))
        for capture, kind in plan.definitions:
            for node in named:
                self.definitions.setdefault(node.start_byte, (captures[capture][0], node, kind))

    def _before(self, offset: int) -> str:
        """The receiver that is written before a byte offset; "…" for one that is no path."""
        written = self.source.data[max(0, offset - 120) : offset]
        found = _RECEIVER.search(written)
        if found is None:
            return "…" if re.search(rb"[^.\s]\s*\.\s*$", written) else ""
        return found[0].decode("utf-8", "replace").removesuffix(".")

    def facts(self, language: str, has_errors: bool) -> FileFacts:
        definitions = self._definitions()
        scopes = _Scopes(definitions)
        self.opaque.sort()
        later: Later = (
            self._sites(scopes),
            array("I", [start for start, _ in self.opaque]),
            array("I", [end for _, end in self.opaque]),
        )
        return FileFacts(
            path=self.source.path,
            language=language,
            lines=self.source.data.count(b"\n") + (not self.source.data.endswith(b"\n")),
            definitions=tuple(definitions),
            imports=tuple(self.imports),
            types=tuple(
                TypeHint(text_of(node), mark + squeeze(text_of(written), 120),
                         scopes.at(node.start_byte), self.source.line_at(node.start_byte))
                for node, written, mark in self.typed
            ),
            has_errors=has_errors,
            later=lambda: later,
        )  # fmt: skip

    def _sites(self, scopes: _Scopes) -> tuple[Site, ...]:
        if self.maybe:
            self._add_bare_calls(scopes)
        found: list[Site] = []
        cut, line_starts = self.source.cutter(), self.source.starts
        scope_starts, owners = scopes.starts, scopes.owners
        for key, (end, first, last, receiver) in sorted(self.sites.items()):
            start = key >> 3
            name = cut(start, end)
            if not name[:1].isalpha():
                name = _bare(name)
            if last > first:
                receiver = receiver or cut(first, last)
                if last - first > 40 or " " in receiver or not receiver.isprintable():
                    receiver = _shortened(receiver)
            found.append(
                Site(
                    _RANKED[key & 7], name, receiver, bisect_right(line_starts, start), start,
                    owners[bisect_right(scope_starts, start) - 1],
                )
            )  # fmt: skip
        return tuple(found)

    def _add_bare_calls(self, scopes: _Scopes) -> None:
        """Of the words alone those that are no variable: nothing in their function assigns them."""
        assigned = [key >> 3 for key in self.sites if key & 7 == _WRITE]
        for start in assigned:
            self.sites.pop(8 * start, None)  # `x.name = 1`: the setter, no call of the getter
        taken = {  # but `x[1] = 2` may call an x
            key >> 3 for key, site in self.sites.items()
            if key & 7 != _WRITE or site[2] or site[3]
        }  # fmt: skip
        taken |= self.definitions.keys() | {start for start, _ in self.locals}
        known = {(scopes.at(start), name) for start, name in self.locals}
        for node in self.maybe:
            start, end = node.byte_range
            if start not in taken and (scopes.at(start), text_of(node)) not in known:
                self.sites[8 * start] = (end, 0, 0, "")

    def _definitions(self) -> list[Definition]:
        self.branches.sort()
        self.booleans.sort()
        found: list[Definition] = []
        open_: list[int] = []  # indices of the enclosing definitions, outermost first
        ordered = [(*of[0].byte_range, *of) for of in self.definitions.values()]
        ordered.sort(key=lambda d: (d[0], -d[1]))
        cut, local_kinds, describe = (
            self.source.cutter(), self.adapter.local_kinds, self.adapter.describe
        )  # fmt: skip
        for start, end, node, name_node, kind in ordered:
            while open_ and found[open_[-1]].end <= start:
                open_.pop()
            parent = -1
            for index in open_:
                if found[index].end >= end:
                    parent = index
            outer = found[parent].kind if parent >= 0 else ""
            if kind in local_kinds and outer in _BODIES:
                continue
            name = _bare(cut(*name_node.byte_range))
            details = describe(node, name, kind, outer)
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
        header = details.header or node
        first, last = node.byte_range
        header_end = details.header_end
        if not header_end:
            body = node.child_by_field_name("body")
            header_end = body.start_byte if body is not None else last
        parent = -1 if details.free else parent
        start = header.start_byte
        shown = min(header_end, start + 4_800)  # more than a signature is cut to
        signature = squeeze(self.source.data[start:shown].decode("utf-8", "replace"))
        container = details.container or (found[parent].qualname if parent >= 0 else "")
        complexity, depth = 1, 0
        if details.kind in CALLABLE_KINDS:
            at = bisect_left(self.branches, (first,))
            inside = self.branches[at : bisect_left(self.branches, (last,))]
            booleans = bisect_left(self.booleans, last) - bisect_left(self.booleans, first)
            complexity, depth = 1 + len(inside) + booleans, _depth(inside) if inside else 0
        end_row, end_column = node.end_point
        modifiers = details.modifiers
        return Definition(
            name=name,
            qualname=f"{container}.{name}" if container else name,
            kind=details.kind,
            line=header.start_point[0] + 1,
            end_line=end_row + (1 if end_column else 0),
            start=details.start.start_byte if details.start is not None else first,
            end=last,
            name_start=_start_of(name_node, name),
            parent=parent,
            signature=_header(signature),
            doc=details.doc,
            bases=tuple(details.bases),
            decorators=tuple(details.decorators),
            modifiers=tuple(dict.fromkeys(modifiers) if len(modifiers) > 1 else modifiers),
            parameters=tuple(details.parameters),
            returns=details.returns,
            value=squeeze(details.value, 200) if details.value else "",
            complexity=complexity,
            depth=depth,
        )


def _start_of(node: Node, name: str) -> int:
    """Where in a node its name begins, behind quotes or a sigil."""
    start, end = node.byte_range
    return start if end - start == len(name) else start + max(0, text_of(node).find(name))


class _Scopes:
    """The innermost scope of a byte offset: the definitions cut into flat, ordered pieces."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        self.starts: list[int] = [0]
        self.owners: list[int] = [-1]
        open_: list[tuple[int, int]] = []  # (end, index) of the scopes around, outermost first
        for index, definition in enumerate(definitions):
            if definition.kind in SCOPE_KINDS:
                self._close(open_, definition.start)
                open_.append((definition.end, index))
                self._cut(definition.start, index)
        self._close(open_, 1 << 62)

    def _close(self, open_: list[tuple[int, int]], until: int) -> None:
        while open_ and open_[-1][0] <= until:
            end, _ = open_.pop()
            self._cut(end, open_[-1][1] if open_ else -1)

    def _cut(self, start: int, owner: int) -> None:
        self.starts.append(start)
        self.owners.append(owner)

    def at(self, offset: int) -> int:
        """Index of the innermost definition that spans scopes, -1 at file level."""
        return self.owners[bisect_right(self.starts, offset) - 1]


def _depth(branches: Sequence[tuple[int, int]]) -> int:
    deepest = 0
    open_: list[int] = []
    for start, end in branches:
        while open_ and open_[-1] <= start:
            open_.pop()
        open_.append(end)
        deepest = max(deepest, len(open_))
    return deepest


_RECEIVER = re.compile(rb"([\w$]+(?:(?:\.|::)[\w$]+)*)(?:\.|::)$")
_COMMENT = re.compile(r"(?<=[:{]\s)(?:#|//).*$")


def _header(written: str) -> str:
    """A header on one line without what leads into the body: `:`, `{`, `=`, `;`, `=>`, a comment behind."""
    if "#" in written or "//" in written:
        written = _COMMENT.sub("", written)
    written = written.rstrip()
    if written.endswith("=>"):
        return written[:-2].rstrip()
    return written[:-1].rstrip() if written[-1:] in (":", "{", "=", ";") else written


def _shortened(receiver: str) -> str:
    """On one line; of a long one what it begins with, and the call that it ends with."""
    whole = squeeze(receiver, 4_000)
    if len(whole) <= 120:
        return whole
    tail = re.search(r"\.\s*\w+\([^()]{0,40}(?:\([^()]{0,40}\)[^()]{0,40})*\)$", whole[-100:])
    return f"{whole[:60]}…{tail[0]}" if tail is not None else f"{whole[:119]}…"


_SIGILS = "\"'`:@"


def _bare(name: str) -> str:
    """Without quotes, a symbol's colon or an instance variable's sigil."""
    if name[:1] in _SIGILS and len(name) > 1:
        return name.strip("\"'`") if name[0] in "\"'`" else name.lstrip(":@")
    return name
