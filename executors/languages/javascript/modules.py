"""Imports of both module systems: `import`, `export … from`, `require(…)` and `import(…)`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..base import Import, text_of
from .places import WRAPPERS

if TYPE_CHECKING:
    from tree_sitter import Node


def _module(node: Node | None) -> str:
    return text_of(node).strip("\"'`")


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def import_statement(node: Node) -> Iterator[Import]:
    module = _module(node.child_by_field_name("source"))
    clauses = [c for c in node.named_children if c.type.endswith("_clause")]
    if not clauses:
        yield Import(module, "", "", _line(node))  # for its side effects only
    for clause in clauses:
        if clause.type == "import_require_clause":
            required = _module(clause.child_by_field_name("source"))
            yield Import(required, "", text_of(clause.named_children[0]), _line(node))
            continue
        for part in clause.named_children:
            if part.type == "identifier":
                yield Import(module, "default", text_of(part), _line(part))
            elif part.type == "namespace_import":
                yield Import(module, "", text_of(part.named_children[-1]), _line(part))
            elif part.type == "named_imports":
                yield from _specifiers(module, part)


def _specifiers(module: str, clause: Node) -> Iterator[Import]:
    for item in clause.named_children:
        if item.type in ("import_specifier", "export_specifier"):
            name = _module(item.child_by_field_name("name"))
            alias = _module(item.child_by_field_name("alias"))
            yield Import(module, name, alias or name, _line(item))


def re_export(node: Node) -> Iterator[Import]:
    """`export … from`: the alias is the name under which the file gives it on."""
    module = _module(node.child_by_field_name("source"))
    clauses = [c for c in node.named_children if c.type in ("export_clause", "namespace_export")]
    if not clauses:
        yield Import(module, "*", "", _line(node))
    for clause in clauses:
        if clause.type == "namespace_export":
            yield Import(module, "", text_of(clause.named_children[-1]), _line(node))
        else:
            yield from _specifiers(module, clause)


def required(value: Node | None) -> bool:
    """Whether a value is a `require(…)` or `await import(…)`, or a member of one."""
    while value is not None and value.type in ("member_expression", "await_expression"):
        value = value.child_by_field_name("object") or value.named_children[0]
    if value is None or value.type != "call_expression":
        return False
    return text_of(value.child_by_field_name("function")) in ("require", "import")


def called_import(node: Node) -> Iterator[Import]:
    """`require(…)` and `import(…)`, with the names that a declaration around binds."""
    arguments = node.child_by_field_name("arguments")
    first = (
        arguments.named_children[0] if arguments is not None and arguments.named_children else None
    )
    if first is None or first.type not in ("string", "template_string"):
        return
    module, line = _module(first), _line(node)
    at, member = node.parent, ""
    while at is not None and (at.type in WRAPPERS or at.type == "await_expression"):
        at = at.parent
    while at is not None and at.type == "member_expression":
        member = text_of(at.child_by_field_name("property"))
        at = at.parent
    while at is not None and at.type == "assignment_expression":
        at = at.parent
    target = at.child_by_field_name("name") if at is not None else None
    if at is None or at.type != "variable_declarator" or target is None:
        yield Import(module, member if member != "then" else "", "", line)
    elif target.type == "identifier":
        yield Import(module, member, text_of(target), line)
    else:
        yield from _destructured(module, target)


def _destructured(module: str, pattern: Node) -> Iterator[Import]:
    for part in pattern.named_children:
        if part.type == "shorthand_property_identifier_pattern":
            yield Import(module, text_of(part), text_of(part), _line(part))
        elif part.type == "pair_pattern":
            key = _module(part.child_by_field_name("key"))
            yield Import(module, key, text_of(part.child_by_field_name("value")), _line(part))
        elif part.type == "object_assignment_pattern":
            name = text_of(part.child_by_field_name("left"))
            yield Import(module, name, name, _line(part))
        elif part.type == "rest_pattern":
            yield Import(module, "", text_of(part.named_children[0]), _line(part))
