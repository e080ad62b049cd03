"""TypeScript on tree-sitter-typescript, which has one grammar for `.ts` and one for `.tsx`."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..base import Base, Details, squeeze, text_of
from ..javascript.adapter import jsx_text
from ..javascript.ecma import (
    EcmaAdapter,
    accessibility,
    callable_details,
    class_details,
    finish,
    tokens,
    visibility,
)
from ..javascript.headers import base_name
from ..javascript.places import scope_path

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query

# Members of these shapes belong to the type alias that names them.
_TYPE_OPERATORS = frozenset({"intersection_type", "union_type", "parenthesized_type"})


@cache
def _language(tsx: bool) -> Language:
    import tree_sitter_typescript
    from tree_sitter import Language

    make = (
        tree_sitter_typescript.language_tsx if tsx else tree_sitter_typescript.language_typescript
    )
    return Language(make())


@cache
def _tsx_query(text: str) -> Query:
    from tree_sitter import Query

    return Query(_language(True), text)


class Adapter(EcmaAdapter):
    """TypeScript, declaration files and TSX."""

    name = "typescript"
    typed_returns = True
    lacks = MappingProxyType(
        {
            "structs": "TypeScript has no structs.",
            "traits": "TypeScript has no traits; its interfaces are meant.",
            "dataclasses": "TypeScript has no data classes.",
        }
    )

    def grammar(self, path: str) -> Language:
        return _language(path.endswith(".tsx"))

    def query(self, path: str) -> Query:
        """The compiled query; only the grammar of TSX knows JSX's nodes."""
        if path.endswith(".tsx"):
            return _tsx_query(self.query_text + jsx_text())
        return super().query(path)

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match node.type:
            case "abstract_class_declaration":
                return class_details(node, name)
            case "interface_declaration":
                return _interface(node, name)
            case "type_alias_declaration":
                return _alias(node, name)
            case "enum_declaration":
                return finish(Details("enum", modifiers=[visibility(name)]), node)
            case "internal_module" | "module":
                return _namespace(node, name)
            case "function_signature":
                return finish(callable_details(node, "function", name), node)
            case "method_signature" | "abstract_method_signature":
                return _method_signature(node, name)
            case "property_signature":
                return _property_signature(node, name)
            case "required_parameter" | "optional_parameter":
                return _parameter_property(node, name)
        if kind == "variant":
            value = text_of(node.child_by_field_name("value"))
            details = Details("variant", modifiers=["public"], value=value)
            return finish(details, node, flag_missing=False)
        return super().describe(node, name, kind, enclosing)


def _interface(node: Node, name: str) -> Details:
    details = Details("interface", modifiers=[visibility(name)])
    for child in node.children:
        if child.type == "extends_type_clause":
            for written in child.children_by_field_name("type"):
                details.bases.append(Base(base_name(written)))
    return finish(details, node)


def _alias(node: Node, name: str) -> Details:
    value = text_of(node.child_by_field_name("value"))
    details = Details("type", modifiers=[visibility(name)], value=squeeze(value, 200))
    return finish(details, node)


def _namespace(node: Node, name: str) -> Details:
    details = Details("module", modifiers=[visibility(name)])
    written = node.child_by_field_name("name")
    if written is not None and written.type == "nested_identifier":
        outer = scope_path(node)
        inner = text_of(written.child_by_field_name("object"))
        details.container = f"{outer}.{inner}" if outer else inner
    return finish(details, node)


def _method_signature(node: Node, name: str) -> Details | None:
    if not _of_a_named_type(node):
        return None
    kind = "property" if tokens(node) & {"get", "set"} else "method"
    details = callable_details(node, kind, name)
    return finish(details, node)


def _property_signature(node: Node, name: str) -> Details | None:
    if not _of_a_named_type(node):
        return None
    details = Details("property", modifiers=[visibility(name)])
    details.returns = squeeze(text_of(node.child_by_field_name("type")).lstrip(":"), 120)
    details.header_end = node.end_byte
    return finish(details, node, flag_missing=False)


def _of_a_named_type(node: Node) -> bool:
    """Whether a signature is a direct member of an interface, a class or a type alias."""
    body = node.parent
    if body is None or body.type in ("interface_body", "class_body"):
        return body is not None
    outer = body.parent
    while outer is not None and outer.type in _TYPE_OPERATORS:
        outer = outer.parent
    return outer is not None and outer.type in ("type_alias_declaration", "interface_declaration")


def _parameter_property(node: Node, name: str) -> Details:
    """`constructor(private x: T)` declares a field of the class."""
    container = scope_path(node).removesuffix(".constructor")
    details = Details("field", modifiers=[visibility(name)], container=container)
    if "accessibility_modifier" in tokens(node):
        details.modifiers[0] = accessibility(node)
    details.returns = squeeze(text_of(node.child_by_field_name("type")).lstrip(":"), 120)
    details.value = text_of(node.child_by_field_name("value"))
    details.header_end = node.end_byte
    return finish(details, node, flag_missing=False)
