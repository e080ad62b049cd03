"""Java on tree-sitter-java. Not covered: what annotation processors (Lombok) add."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from .. import base, packages
from ..base import Base, Details, Import, Parameter, after, comment_above, squeeze, text_of

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_COMMENTS = ("block_comment", "line_comment")
_VISIBILITY = frozenset({"public", "private", "protected"})
_MARKS = frozenset({"marker_annotation", "annotation"})
_LINK = re.compile(r"\{@\w+\s+([^{}]*)\}")


@cache
def _language() -> Language:
    import tree_sitter_java
    from tree_sitter import Language

    return Language(tree_sitter_java.language())


class Adapter(base.Adapter):
    """Java up to records, sealed types and patterns."""

    name = "java"
    written_fields = True
    typed_returns = True
    overloads = True
    delegating = frozenset({"super", "this"})
    lacks = MappingProxyType(
        {
            "structs": "Java has no structs.",
            "traits": "Java has no traits; its interfaces are meant.",
            "async": "Java has no async functions.",
        }
    )
    self_names = ("this",)
    implicit_self = True
    folder_scope = True
    capital_receivers = True
    exact_modules = True
    test_mark = r"^(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|TestFactory|Theory)\b"
    test_name = r"test"

    def grammar(self, path: str) -> Language:
        return _language()

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match node.type:
            case "package_declaration":
                return Details("package", header_end=node.end_byte)
            case "field_declaration" | "constant_declaration":
                return _field(node, name, kind)
            case "formal_parameter":
                return _component(node)
            case "enum_constant":
                details = Details("variant", modifiers=["public"])
                return _finished(details, node, flag_missing=False)
            case "method_declaration" | "annotation_type_element_declaration":
                return _method(node)
            case "constructor_declaration" | "compact_constructor_declaration":
                return _method(node)
        return _type(node, kind)

    def imports(self, node: Node) -> Iterable[Import]:
        path = next(c for c in node.named_children if c.type.endswith("identifier"))
        line = node.start_point[0] + 1
        written = re.sub(r"\s", "", text_of(path))
        if any(child.type == "asterisk" for child in node.children):
            yield Import(written, "*", "", line)
        else:
            module, _, name = written.rpartition(".")
            yield Import(module, name, name, line)

    def home(self, path: str, package: str, modules: tuple[str, ...]) -> str:
        return packages.home(path, package)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        if item.name[:1].isupper():
            whole = packages.reaches(f"{item.module}.{item.name}", target, file_is_type=True)
            if whole:
                return True
        return packages.reaches(item.module, target, file_is_type=True)

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        return None  # only types have functions

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:class|interface|enum|record)\s+{name}\b|[\w>\]?]\s+{name}\s*[(=;,)\[]"
            rf"|(?:^|[{{,}}])\s*(?:@\w+\s+)*{name}\s*(?:[,;({{}}=]|$)|\bpackage\s[\w.]*\b{name}\b"
        )

    def subtype_pattern(self, name: str) -> str:
        return rf"\b(?:extends|implements)\b[^{{;]*?\b{name}\b"


def _finished(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds annotations, keywords and the comment above, and what they say."""
    keywords: list[str] = []
    for child in node.children:
        if child.type == "modifiers":
            for mark in child.children:
                if mark.is_named and mark.type.endswith("annotation"):
                    details.decorators.append(squeeze(text_of(mark)[1:].strip()))
                elif mark.type not in _COMMENTS:
                    keywords.append(text_of(mark))
    details.header = after(node, _MARKS)
    visible = _VISIBILITY & set(keywords)
    if not visible and _in_an_interface(node):
        keywords.insert(0, "public")
    details.modifiers = [*keywords, *(m for m in details.modifiers if m not in keywords)]
    if "public" in details.modifiers:
        details.modifiers.append("exported")
    details.doc = _LINK.sub(r"\1", comment_above(node, _COMMENTS))
    if any(mark.startswith("Deprecated") for mark in details.decorators) or re.search(
        r"^@deprecated\b", details.doc, re.MULTILINE
    ):
        details.modifiers.append("deprecated")
    if flag_missing and not details.doc:
        details.modifiers.append("undocumented")
    return details


def _in_an_interface(node: Node) -> bool:
    return node.parent is not None and node.parent.type in (
        "interface_body",
        "annotation_type_body",
    )


def _type_name(node: Node) -> str:
    if node.type == "generic_type":
        node = node.named_children[0]
    if node.type == "annotated_type":
        node = node.named_children[-1]
        return _type_name(node)
    return re.sub(r"\s|@\w+", "", text_of(node))


def _listed(node: Node | None) -> Iterable[str]:
    """Names of the types in a clause (`implements A, B<C>`)."""
    for child in node.named_children if node is not None else ():
        if child.type == "type_list":
            yield from (_type_name(t) for t in child.named_children if t.type not in _COMMENTS)
        elif child.type not in _COMMENTS:
            yield _type_name(child)


def _type(node: Node, kind: str) -> Details:
    details = Details(kind)
    details.bases += [Base(name) for name in _listed(node.child_by_field_name("superclass"))]
    interfaces = node.child_by_field_name("interfaces")
    details.bases += [Base(name, "implements") for name in _listed(interfaces)]
    for child in node.children:
        if child.type == "extends_interfaces":
            details.bases += [Base(name) for name in _listed(child)]
    if node.type == "record_declaration":
        details.modifiers.append("record")
        details.parameters = list(_parameters(node.child_by_field_name("parameters")))
    elif node.type == "annotation_type_declaration":
        details.modifiers.append("annotation")
    return _finished(details, node)


def _method(node: Node) -> Details:
    details = Details("method")
    details.parameters = list(_parameters(node.child_by_field_name("parameters")))
    returns = text_of(node.child_by_field_name("type"))
    details.returns = squeeze(returns + text_of(node.child_by_field_name("dimensions")), 120)
    if node.child_by_field_name("body") is None:
        details.header_end = node.end_byte
        if _in_an_interface(node):
            details.modifiers.append("abstract")
    return _finished(details, node)


def _parameters(node: Node | None) -> Iterable[Parameter]:
    for child in node.named_children if node is not None else ():
        if child.type == "formal_parameter":
            written = text_of(child.child_by_field_name("type"))
            written += text_of(child.child_by_field_name("dimensions"))
            yield Parameter(text_of(child.child_by_field_name("name")), squeeze(written, 120))
        elif child.type == "spread_parameter":
            names = [c for c in child.named_children if c.type == "variable_declarator"]
            types = [
                c for c in child.named_children if c.type not in ("modifiers",) and c not in names
            ]
            name = text_of(names[0].child_by_field_name("name")) if names else ""
            yield Parameter("..." + name, squeeze(text_of(types[0]), 120) if types else "")


def _field(node: Node, name: str, kind: str) -> Details:
    details = Details(kind, header_end=node.end_byte)
    details.returns = squeeze(text_of(node.child_by_field_name("type")), 120)
    for declarator in node.children_by_field_name("declarator"):
        if text_of(declarator.child_by_field_name("name")) == name:
            details.value = text_of(declarator.child_by_field_name("value"))
    details = _finished(details, node, flag_missing=False)
    if {"static", "final"} <= set(details.modifiers):
        details.kind = "constant"
    return details


def _component(node: Node) -> Details:
    """A component of a record: a private field with an accessor of its name."""
    details = Details("field", modifiers=["public"], header_end=node.end_byte)
    details.returns = squeeze(text_of(node.child_by_field_name("type")), 120)
    return _finished(details, node, flag_missing=False)
