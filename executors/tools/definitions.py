"""`find_definition` and `show_symbol`: where a symbol is defined, and what it looks like."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..catalog import ToolCall
from ..languages.base import Parameter
from ..names import Found, distinct, find_definitions, of_kind
from ..repository import is_test_path
from ..results import Match
from ..search import Search
from ..syntax import TYPE_KINDS, Definition, FileFacts

MAX_SOURCE_LINES = 120


def find_definition(call: ToolCall, search: Search) -> Iterator[Match]:
    """Every definition of the name, likeliest first; a file or module of that name as a last try."""
    found = find_definitions(search, call.text("name"))
    kind = call.text("kind")
    fitting = [pair for pair in found if pair[1].kind == kind] or [
        pair for pair in found if of_kind(pair[1], kind)
    ]
    if kind and found and not fitting:
        kinds = ", ".join(sorted({pair[1].kind for pair in found}))
        search.note(f"It is defined, though not as a {kind} but as {kinds}.")
        fitting = found
    for facts, definition in distinct(fitting):
        yield search.match_definition(facts, definition)
    if not found:
        yield from modules_named(search, call.text("name"))


def modules_named(search: Search, typed: str) -> Iterator[Match]:
    """Files that a dotted or plain module name means (`http.client`, `models`)."""
    wanted = typed.strip().replace(".", "/").lower()
    if not wanted or " " in wanted:
        return
    for entry in search.files():
        stem = entry.path.lower().rsplit(".", 1)[0].removesuffix("/__init__")
        if entry.language and (stem == wanted or stem.endswith("/" + wanted)):
            first = search.line(entry.path, 1)
            yield Match(entry.path, 1, 1, typed, "module", first, "definition")


def show_symbol(call: ToolCall, search: Search) -> Iterator[Match]:
    """The part of the likeliest definitions that is asked for; the first is in `facts` whole."""
    part = call.text("part", "source")
    found = distinct(find_definitions(search, call.text("name")))
    main = [pair for pair in found if not is_test_path(pair[0].path)] or found
    for index, pair in enumerate(main):
        if index == 0:
            search.facts.update(describe(search, pair))
        text = _part(search, pair, part, whole=index == 0)
        facts, definition = pair
        yield Match(
            facts.path, definition.line, definition.end_line, definition.qualname,
            definition.kind, text, "definition",
        )  # fmt: skip
    if part == "docs" and main and not main[0][1].doc:
        search.note(f"'{main[0][1].qualname}' has no docstring or comment above it.")
    if not found:
        yield from modules_named(search, call.text("name"))


def describe(search: Search, pair: Found) -> dict[str, Any]:
    """A definition's own facts as plain JSON: signature, docs, parameters, return type, bases."""
    facts, definition = pair
    described: dict[str, Any] = {
        "name": definition.qualname,
        "kind": definition.kind,
        "signature": definition.signature,
        "lines": definition.lines,
    }
    if definition.doc:
        described["docs"] = definition.doc
    parameters = definition.parameters or _constructor_parameters(facts, definition)
    if parameters:
        described["parameters"] = [
            {"name": p.name, "type": p.type, "default": p.default} for p in parameters
        ]
    for name, value in (("returns", definition.returns), ("value", definition.value)):
        if value:
            described[name] = value
    if definition.bases:
        described["bases"] = [base.name for base in definition.bases]
    if definition.decorators:
        described["decorators"] = list(definition.decorators)
    return described


_CONSTRUCTORS = frozenset({"__init__", "constructor", "initialize", "__construct"})


def _constructor_parameters(facts: FileFacts, definition: Definition) -> tuple[Parameter, ...]:
    """What a type is made with, where it has one constructor of its own; the receiver left out."""
    if definition.kind not in TYPE_KINDS:
        return ()
    index = facts.definitions.index(definition)
    made = [
        d for d in facts.definitions
        if d.parent == index and (d.name in _CONSTRUCTORS or d.name == definition.name)
    ]  # fmt: skip
    return tuple(p for p in made[0].parameters if p.name != "self") if len(made) == 1 else ()


def _part(search: Search, pair: Found, part: str, *, whole: bool) -> str:
    facts, definition = pair
    if part == "signature":
        return definition.signature
    if part == "docs":
        return definition.doc or definition.signature
    source = search.source(facts.path)
    if source is None or not whole:
        return definition.signature
    first = source.line_at(definition.start)
    last = min(definition.end_line, first + MAX_SOURCE_LINES - 1)
    if last < definition.end_line:
        search.note(f"Only the first {MAX_SOURCE_LINES} of {definition.lines} lines are shown.")
    return "\n".join(source.lines[first - 1 : last])
