"""Go on tree-sitter-go.

A method is defined beside its type, so it carries the receiver's type as its container. Embedding
counts as a supertype with the relation `embeds`; who implements an interface is not written in Go
and is found from method sets elsewhere.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from .. import base
from ..base import Base, Details, Import, Parameter, comment_above, squeeze, text_of
from ..modules import tail_matches

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_DEPRECATED = re.compile(r"^Deprecated:", re.MULTILINE)
_VERSION = re.compile(r"v\d+")
_NAMED_TYPES = ("type_identifier", "qualified_type", "generic_type", "pointer_type")


@cache
def _language() -> Language:
    import tree_sitter_go
    from tree_sitter import Language

    return Language(tree_sitter_go.language())


class Adapter(base.Adapter):
    """Go with generics. Receivers have names of their own: they are typed, not `self_names`."""

    name = "go"
    typed_returns = True
    lacks = MappingProxyType(
        {
            "classes": "Go has no classes; its structs are meant.",
            "traits": "Go has no traits; its interfaces are meant.",
            "enums": "Go has no enums; constants of a named type serve as such.",
            "dataclasses": "Go has no data classes.",
            "decorators": "Go has no decorators.",
            "async": "Go has no async functions; any call can be started with 'go'.",
            "abstract": "Go has no abstract classes or methods.",
        }
    )
    heuristic = frozenset({"find_superclasses"})
    self_names = ()
    folder_scope = True
    open_types = True
    classes = frozenset({"struct"})
    raise_pattern = r"\bpanic\b"
    catch_pattern = r"\brecover\b|\berrors\.(?:Is|As)\b|[!=]=\s*(?:\w+\.)?(?:[eE]rr[A-Z]|EOF)"

    def grammar(self, path: str) -> Language:
        return _language()

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match node.type:
            case "function_declaration" | "method_declaration":
                return _function(node, name)
            case "type_spec" | "type_alias":
                return _type(node, name)
            case "method_elem":
                return _interface_method(node, name)
            case "field_declaration":
                return _field(node, name)
            case "short_var_declaration":
                return _bound_function(node, name, node.child_by_field_name("right"))
            case _:
                return _value(node, name, kind, enclosing)

    def imports(self, node: Node) -> Iterable[Import]:
        module = text_of(node.child_by_field_name("path")).strip('"`')
        written = text_of(node.child_by_field_name("name"))
        line = node.start_point[0] + 1
        if written == ".":
            yield Import(module, "*", "", line)
        elif written == "_":
            yield Import(module, "", "", line)  # for its side effects only
        else:
            yield Import(module, "", written or _package_name(module), line)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        folder = posixpath.dirname(target)
        return tail_matches(folder, item.module) if folder else None

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\bfunc\s*(?:\([^)]*\)\s*)?{name}\b|\b(?:type|var|const)\s+{name}\b"
            rf"|(?:^\s+|[{{;]\s*)(?:\w+\s*,\s*)*{name}\b|\b{name}\s*:=\s*func\b"
            rf"|\b(?:var|const)\s+[\w, ]*\b{name}\b"
        )

    def call_pattern(self, name: str) -> str:
        # `new(T)` and `T{…}` make one
        return rf"\b{name}\s*[(\[{{)]|\(\s*[*&\[\]]*(?:\w+\s*\.\s*)?{name}\b"

    def subtype_pattern(self, name: str) -> str:
        return rf"(?m)(?:^|[{{;])[ \t]*\*?(?:\w+\.)?{name}(?:\[[^\]\n]*\])?[ \t]*(?:`[^`\n]*`[ \t]*)?(?:[;}}]|//|/\*|$)"


def _package_name(module: str) -> str:
    """The name a package most likely has: its last part without version (`gopkg.in/yaml.v3`)."""
    parts = module.split("/")
    last = parts[-2] if len(parts) > 1 and _VERSION.fullmatch(parts[-1]) else parts[-1]
    last = re.sub(r"\.v\d+$", "", last)
    return last.removeprefix("go-").replace("-", "_") if "-" in last else last


def _document(details: Details, *outermost: Node, flag_missing: bool = True) -> Details:
    """Fills in the comment above the first of `outermost` that has one, and what it says."""
    for node in outermost:
        details.doc = comment_above(node)
        if details.doc:
            break
    if _DEPRECATED.search(details.doc):
        details.modifiers.append("deprecated")
    if not details.doc and flag_missing:
        details.modifiers.append("undocumented")
    return details


def _visibility(name: str) -> list[str]:
    return ["public", "exported"] if name[:1].isupper() else ["private"]


def _named(node: Node | None) -> str:
    """The name of a type as written, without pointer and type arguments."""
    while node is not None:
        if node.type == "generic_type":
            node = node.child_by_field_name("type")
        elif node.type in ("pointer_type", "parenthesized_type", "type_elem"):
            node = node.named_children[0] if node.named_children else None
        else:
            break
    return text_of(node)


def _parameters(node: Node | None) -> Iterable[Parameter]:
    for child in node.named_children if node is not None else ():
        if not child.type.endswith("parameter_declaration"):
            continue
        dots = "..." if child.type == "variadic_parameter_declaration" else ""
        written = squeeze(text_of(child.child_by_field_name("type")), 120)
        names = child.children_by_field_name("name")
        for name in names:
            yield Parameter(dots + text_of(name), written)
        if not names:
            yield Parameter(dots + "_", written)


def _signature(node: Node, kind: str, name: str) -> Details:
    return Details(
        kind,
        modifiers=_visibility(name),
        parameters=list(_parameters(node.child_by_field_name("parameters"))),
        returns=squeeze(text_of(node.child_by_field_name("result")), 120),
    )


def _function(node: Node, name: str) -> Details:
    receiver = node.child_by_field_name("receiver")
    details = _signature(node, "function" if receiver is None else "method", name)
    if receiver is not None and receiver.named_children:
        details.container = _named(receiver.named_children[0].child_by_field_name("type"))
    return _document(details, node)


def _bound_function(node: Node, name: str, values: Node | None) -> Details | None:
    """A function literal bound to a name, at package level or in a function."""
    literal = values.named_children[0] if values is not None and values.named_children else None
    if literal is None or literal.type != "func_literal":
        return None
    details = _signature(literal, "function", name)
    body = literal.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else 0
    return _document(details, node)


def _type(node: Node, name: str) -> Details:
    written = node.child_by_field_name("type")
    shape = written.type if written is not None else ""
    kind = {"struct_type": "struct", "interface_type": "interface"}.get(shape, "type")
    details = Details(kind, modifiers=_visibility(name))
    if written is not None and kind == "type":
        details.value = squeeze(text_of(written), 200)
    elif written is not None:
        details.header_end = _opening_brace(written)
        details.bases = list(_embedded(written))
    outer = node.parent
    single = outer is not None and outer.type == "type_declaration" and "(" not in _tokens(outer)
    if outer is not None and single:
        details.start = outer
        return _document(details, outer)
    return _document(details, node)


def _tokens(node: Node) -> set[str]:
    return {child.type for child in node.children if not child.is_named}


def _opening_brace(node: Node) -> int:
    for child in node.children:
        if child.type == "{":
            return child.start_byte
        for inner in child.children[:1]:
            if inner.type == "{":
                return inner.start_byte
    return node.end_byte


def _embedded(node: Node) -> Iterable[Base]:
    """What a struct or an interface embeds; the terms of a type constraint are no supertypes."""
    if node.type == "interface_type":
        for child in node.named_children:
            if child.type == "type_elem" and len(child.named_children) == 1:
                only = child.named_children[0]
                if only.type in _NAMED_TYPES:
                    yield Base(_named(only), "embeds")
        return
    for fields in node.named_children:
        for field in fields.named_children:
            if field.type == "field_declaration" and not field.children_by_field_name("name"):
                yield Base(_named(field.child_by_field_name("type")), "embeds")


def _interface_method(node: Node, name: str) -> Details | None:
    outer = node.parent.parent if node.parent is not None else None
    if outer is None or outer.type not in ("type_spec", "type_alias"):
        return None  # an interface without a name
    details = _signature(node, "method", name)
    details.header_end = node.end_byte
    return _document(details, node)


def _field(node: Node, name: str) -> Details | None:
    path: list[str] = []  # names from the type inwards: a struct in a struct has a field path
    at = node.parent
    while at is not None and at.type not in ("type_spec", "type_alias"):
        if at.type == "field_declaration":
            path.append(text_of(at.child_by_field_name("name")))
        elif at.type in ("parameter_declaration", "block", "var_spec", "composite_literal"):
            return None  # a struct without a name
        at = at.parent
    if at is None:
        return None
    written = text_of(node.child_by_field_name("type"))
    details = Details("field", modifiers=_visibility(name), returns=squeeze(written, 120))
    details.header_end = node.end_byte
    if path:
        path.append(text_of(at.child_by_field_name("name")))
        details.container = ".".join(reversed(path))
    return _document(details, node, flag_missing=False)


def _value(node: Node, name: str, kind: str, enclosing: str) -> Details | None:
    """A constant or variable; only those of the package are definitions."""
    values = node.child_by_field_name("value")
    bound = _bound_function(node, name, values) if kind == "variable" else None
    if bound is not None and len(node.children_by_field_name("name")) == 1:
        details = bound
        details.modifiers = [m for m in details.modifiers if m != "undocumented"]
    elif enclosing or not _at_package_level(node) or name == "_":
        return None
    else:
        written = text_of(node.child_by_field_name("type"))
        details = Details(kind, modifiers=_visibility(name), returns=squeeze(written, 120))
        details.value = text_of(values)
        details.header_end = node.end_byte
    outer = node.parent
    if outer is not None and outer.type == "var_spec_list":
        outer = outer.parent
    single = outer is not None and "(" not in _tokens(outer)
    if outer is not None and single and outer.type.endswith("_declaration"):
        details.start = outer
        return _document(details, outer, flag_missing=details.kind == "function")
    return _document(details, node, flag_missing=details.kind == "function")


def _at_package_level(node: Node) -> bool:
    at = node.parent
    while at is not None and at.type in ("var_spec_list", "var_declaration", "const_declaration"):
        at = at.parent
    return at is not None and at.type == "source_file"
