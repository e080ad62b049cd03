"""Headers of classes and functions: supertypes, parameters and types as written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..base import Base, Parameter, squeeze, text_of
from .places import WRAPPERS

if TYPE_CHECKING:
    from tree_sitter import Node


def heritage(node: Node) -> Iterator[Base]:
    for child in node.children:
        if child.type != "class_heritage":
            continue
        for part in child.named_children:
            if part.type == "extends_clause":
                for value in part.children_by_field_name("value"):
                    yield from _bases(value, "extends")
            elif part.type == "implements_clause":
                for written in part.named_children:
                    yield from _bases(written, "implements")
            elif part.type != "comment":
                yield from _bases(part, "extends")


def _bases(node: Node, relation: str) -> Iterator[Base]:
    """The supertypes an expression or type names; `mixin(A, B)` mixes in A and B."""
    if node.type in WRAPPERS and node.named_children:
        node = node.named_children[0]
    if node.type == "call_expression":
        yield from _mixed(node)
    elif node.type != "comment":
        yield Base(base_name(node), relation)


def _mixed(node: Node) -> Iterator[Base]:
    given = node.child_by_field_name("arguments")
    named = [
        child
        for child in (given.named_children if given is not None else ())
        if child.type == "call_expression"
        or (child.type in ("identifier", "member_expression") and _like_a_type(child))
    ]
    function = node.child_by_field_name("function")
    if function is not None and named and _like_a_type(function):
        yield Base(text_of(function), "mixes")  # a mixin that is spelled like the class it makes
    for child in named:
        if child.type == "call_expression":
            yield from _mixed(child)
        else:
            yield Base(text_of(child), "mixes")
    if not named:
        yield Base(text_of(function), "extends")


def _like_a_type(node: Node) -> bool:
    return text_of(node).rpartition(".")[2][:1].isupper()


def base_name(node: Node) -> str:
    """The name of a type, without type arguments."""
    if node.type == "generic_type":
        return text_of(node.child_by_field_name("name"))
    return squeeze(text_of(node).split("<", 1)[0], 120).strip()


def parameters_of(node: Node) -> Iterator[Parameter]:
    for child in node.named_children:
        if child.type in ("comment", "decorator"):
            continue
        if child.type == "assignment_pattern":
            left, default = child.child_by_field_name("left"), child.child_by_field_name("right")
            yield Parameter(squeeze(text_of(left), 120), "", squeeze(text_of(default), 80))
            continue
        pattern = child.child_by_field_name("pattern") or child
        yield Parameter(
            squeeze(text_of(pattern), 120),
            written_type(child.child_by_field_name("type")),
            squeeze(text_of(child.child_by_field_name("value")), 80),
        )


def written_type(node: Node | None) -> str:
    return squeeze(text_of(node).lstrip(":"), 120)
