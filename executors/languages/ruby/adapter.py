"""Ruby on tree-sitter-ruby.

A module lends its methods to what includes, extends or prepends it: a base with the relation
`mixes`. `attr_accessor` and its like define properties, `Struct.new` a struct, `Class.new(Base)` a
class. A word alone is a call unless the method has a variable of that name. Instance variables go
without their `@`. Not covered: `method_missing`, `send`, methods made by other libraries' macros.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from .. import base
from ..base import Base, Details, Import, Parameter, comment_above, squeeze, text_of
from ..modules import is_or_above, module_reaches, relative

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_MIXES = frozenset({"include", "extend", "prepend"})
_VISIBILITY = frozenset({"private", "protected", "public", "module_function"})
_DEPRECATED = re.compile(r"@deprecated\b|^Deprecated\b|\bDEPRECATED\b", re.MULTILINE)
_RETURN = re.compile(r"@return\s+\[([^\]]+)\]")
_PARAMETER = re.compile(
    r"@param\s+(?:\[(?P<t1>[^\]]+)\]\s+(?P<n1>\w+)|(?P<n2>\w+)\s+\[(?P<t2>[^\]]+)\])"
)
_TYPE_MAKERS = {"Struct": "struct", "Data": "struct", "Class": "class", "Module": "module"}
_STARS = {"splat_parameter": "*", "hash_splat_parameter": "**", "block_parameter": "&"}
_NAMED_CONSTANTS = ("constant", "scope_resolution")


@cache
def _language() -> Language:
    import tree_sitter_ruby
    from tree_sitter import Language

    return Language(tree_sitter_ruby.language())


class Adapter(base.Adapter):
    """Ruby 2 and 3, RSpec's and Rails' test blocks included."""

    name = "ruby"
    lacks = MappingProxyType(
        {
            "structs": "Ruby has no structs.",
            "interfaces": "Ruby has no interfaces.",
            "traits": "Ruby has no traits; modules that are mixed in serve as such.",
            "enums": "Ruby has no enums.",
            "decorators": "Ruby has no decorators.",
            "async": "Ruby has no async functions.",
            "abstract": "Ruby has no abstract classes or methods.",
        }
    )
    joint = "::"
    implicit_self = True
    global_names = True
    module_methods = True
    open_types = True
    constructors = "new"
    test_name = r"test_"
    test_mark = r"\btest\b"
    raise_pattern = r"\braise\b|\bfail\b"
    catch_pattern = r"\brescue\b"

    def grammar(self, path: str) -> Language:
        return _language()

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        if "#{" in name:
            return None  # it is only known at run time
        match kind:
            case "class" | "module":
                return _class(node, kind)
            case "method":
                return _method(node, enclosing)
            case "function":
                return _test(node)
            case "property":
                return _finish(Details("property", modifiers=_visibility(node)), node)
            case "constant":
                return _constant(node, enclosing)
            case "field":
                value = text_of(node.child_by_field_name("right"))
                owner = _path(node)
                if not owner:
                    return None
                return Details("field", container=owner, value=value, header_end=node.end_byte)
        return None

    def imports(self, node: Node) -> Iterable[Import]:
        method = text_of(node.child_by_field_name("method"))
        arguments = node.child_by_field_name("arguments")
        written = [c for c in arguments.named_children if c.type in ("string", "simple_symbol")] \
            if arguments is not None else []  # fmt: skip
        if not written or "#{" in text_of(written[-1]):
            return
        module = text_of(written[-1]).strip("\"'")
        line = node.start_point[0] + 1
        if method == "autoload" and len(written) == 2:
            name = text_of(written[0]).strip(":\"'")
            yield Import(module, name, name, line)
        elif method == "require_relative":
            yield Import(module if module.startswith(".") else f"./{module}", "*", "", line)
        elif method in ("require", "load", "require_dependency"):
            yield Import(module.removesuffix(".rb"), "*", "", line)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        own = re.sub(r"\.\w+$", "", target)
        if item.module.startswith("."):
            return (
                True
                if is_or_above(relative(importer, item.module).removesuffix(".rb"), own)
                else None
            )
        return True if module_reaches(item.module, own) else None

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:def|class|module)\s+(?:self\s*\.\s*|[\w:]+(?:\.|::))?{name}(?:\W|$)"
            rf"|(?:^|[\s,(|;]){name}\s*(?:,[\w\s,*]+)?=[^=~>]|@{name}\b\s*(?:=|\|\||,|\+|-)"
            rf"|[:\"']{name}(?:\W|$)|\balias\s+:?{name}(?:\W|$)"
        )

    def subtype_pattern(self, name: str) -> str:
        return (
            rf"\bclass\s+[\w:]+\s*<\s*[\w:]*\b{name}\b"
            rf"|\b(?:include|extend|prepend)\b[\s(]+[\w:,\s]*?\b{name}\b"
            rf"|\bClass\.new\s*\(\s*[\w:]*\b{name}\b"
        )


def _documentation(node: Node) -> str:
    found = comment_above(node)
    body = node.parent
    if (
        not found
        and body is not None
        and body.type in ("body_statement", "block_body")
        and body.named_children[0] == node
    ):
        found = comment_above(body)  # the first member's comment stands before the body
    return "" if found.startswith("frozen_string_literal") else found


def _finish(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Fills in the comment above and what YARD tags in it say."""
    outer = node
    if node.parent is not None and node.parent.type == "argument_list":
        outer = node.parent.parent or node  # `private def x`
    details.doc = _documentation(outer)
    if _DEPRECATED.search(details.doc):
        details.modifiers.append("deprecated")
    if not details.doc and flag_missing:
        details.modifiers.append("undocumented")
    returned = _RETURN.search(details.doc)
    if returned and details.kind in ("method", "property"):
        details.returns = returned[1]
    types = {m["n1"] or m["n2"]: m["t1"] or m["t2"] for m in _PARAMETER.finditer(details.doc)}
    if types:
        details.parameters = [
            Parameter(p.name, types.get(p.name.lstrip("*&"), ""), p.default)
            for p in details.parameters
        ]
    return details


def constant_path(node: Node | None) -> str:
    """`::A::B` → `A.B`."""
    return text_of(node).replace("::", ".").strip(".")


def _class(node: Node, kind: str) -> Details:
    name = node.child_by_field_name("name")
    details = Details(kind)
    if name is not None and name.type == "scope_resolution":
        scope = constant_path(name.child_by_field_name("scope"))
        outer = _path(node)
        details.container = f"{outer}.{scope}" if outer and scope else scope or outer
    details.header_end = name.end_byte if name is not None else 0
    parent = node.child_by_field_name("superclass")
    if parent is not None:
        details.header_end = parent.end_byte
        if parent.named_children and parent.named_children[0].type in _NAMED_CONSTANTS:
            details.bases.append(Base(constant_path(parent.named_children[0])))
    details.bases += _mixed_in(node.child_by_field_name("body"))
    return _finish(details, node)


def _mixed_in(body: Node | None) -> Iterator[Base]:
    for child in body.named_children if body is not None else ():
        if child.type == "call" and text_of(child.child_by_field_name("method")) in _MIXES:
            arguments = child.child_by_field_name("arguments")
            for written in arguments.named_children if arguments is not None else ():
                if (
                    written.type in _NAMED_CONSTANTS
                    and child.child_by_field_name("receiver") is None
                ):
                    yield Base(constant_path(written), "mixes")
        elif child.type == "singleton_class":
            yield from _mixed_in(child.child_by_field_name("body"))


def _path(node: Node) -> str:
    """Names of the classes and modules around a node, outermost first, dotted."""
    names: list[str] = []
    at = node.parent
    while at is not None:
        if at.type in ("class", "module"):
            names.append(constant_path(at.child_by_field_name("name")))
        at = at.parent
    return ".".join(reversed(names))


def _method(node: Node, enclosing: str) -> Details:
    """`def`, `alias`, `alias_method` and `define_method`."""
    details = Details("method" if enclosing not in ("", "function", "method") else "function")
    details.modifiers = _visibility(node)
    if node.type in ("method", "singleton_method"):
        parameters = node.child_by_field_name("parameters")
        name = node.child_by_field_name("name")
        details.parameters = list(_parameters(parameters))
        last = parameters or name
        details.header_end = last.end_byte if last is not None else 0
        receiver = node.child_by_field_name("object")
        if receiver is not None:
            details.modifiers.append("static")
            if receiver.type == "constant" and text_of(receiver) != _path(node).rpartition(".")[2]:
                details.container, details.kind = constant_path(receiver), "method"
    elif node.type == "call":
        block = node.child_by_field_name("block")
        inner = block.child_by_field_name("parameters") if block is not None else None
        details.parameters = list(_parameters(inner))
        arguments = node.child_by_field_name("arguments")
        details.header_end = arguments.end_byte if arguments is not None else node.end_byte
    else:
        details.header_end = node.end_byte
        details.modifiers.append("alias")
    if _in_singleton(node):
        details.modifiers.append("static")
    return _finish(details, node)


def _in_singleton(node: Node) -> bool:
    at = node.parent
    while at is not None and at.type not in ("class", "module"):
        if at.type == "singleton_class":
            return True
        at = at.parent
    return False


def _parameters(node: Node | None) -> Iterator[Parameter]:
    for child in node.named_children if node is not None else ():
        if child.type == "comment":
            continue
        name = child.child_by_field_name("name")
        value = squeeze(text_of(child.child_by_field_name("value")), 80)
        if child.type == "keyword_parameter":
            yield Parameter(f"{text_of(name)}:", "", value)
        else:
            yield Parameter(
                _STARS.get(child.type, "") + text_of(name or child).lstrip("*&"), "", value
            )


_sections: list[tuple[Node, list[tuple[int, str]]]] = []


def _visibility(node: Node) -> list[str]:
    """public, private or protected: by the section, or by `private def` around the method."""
    outer = node.parent
    if outer is not None and outer.type == "argument_list" and outer.parent is not None:
        word = text_of(outer.parent.child_by_field_name("method"))
        if word in _VISIBILITY:
            return ["public" if word == "module_function" else word]
        node, outer = outer.parent, outer.parent.parent
    if outer is None or outer.type != "body_statement":
        return ["public"]
    if not _sections or _sections[-1][0] != outer:  # kept for the class at hand
        found = [
            (child.start_byte, text_of(child))
            for child in outer.named_children
            if child.type == "identifier" and text_of(child) in _VISIBILITY
        ]
        _sections[:] = [(outer, found)]
    access = "public"
    for start, word in _sections[-1][1]:
        if start > node.start_byte:
            break
        access = "public" if word == "module_function" else word
    return ["public" if node.type == "singleton_method" else access]


def _test(node: Node) -> Details:
    arguments = node.child_by_field_name("arguments")
    details = Details("function", modifiers=["test"])
    details.header_end = arguments.end_byte if arguments is not None else 0
    return details


def _constant(node: Node, enclosing: str) -> Details | None:
    """A constant; one that holds `Struct.new` or `Class.new` is that type."""
    if enclosing in ("method", "function"):
        return None
    right = node.child_by_field_name("right")
    details = Details("constant", value=text_of(right), header_end=node.end_byte)
    if (
        right is not None
        and right.type == "call"
        and text_of(right.child_by_field_name("method")) in ("new", "define")
    ):
        maker = text_of(right.child_by_field_name("receiver"))
        arguments = right.child_by_field_name("arguments")
        if maker in _TYPE_MAKERS:
            details.kind, details.value = _TYPE_MAKERS[maker], ""
            details.header_end = arguments.end_byte if arguments is not None else right.end_byte
            if maker == "Class" and arguments is not None:
                details.bases = [
                    Base(constant_path(c))
                    for c in arguments.named_children
                    if c.type in _NAMED_CONSTANTS
                ]
            block = right.child_by_field_name("block")
            if block is not None:
                details.bases += _mixed_in(block.child_by_field_name("body"))
    return _finish(details, node, flag_missing=details.kind != "constant")
