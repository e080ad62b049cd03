"""Scala 2 and 3 on tree-sitter-scala.

An `object` counts as a class, so that the members of a companion stand beside those of its class.
Not covered: implicit conversions and givens, which are applied without being named.
"""

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

_COMMENTS = ("block_comment", "comment")
_ANNOTATION = frozenset({"annotation"})
_TYPES = frozenset({"class", "trait", "enum"})
_LOCAL = frozenset({"function", "method"})
_PROPERTIES = frozenset(
    {"val_definition", "var_definition", "val_declaration", "var_declaration", "given_definition"}
)
_MEMBER_OF = frozenset({"template_body", "enum_body", "compilation_unit", "with_template_body"})


@cache
def _language() -> Language:
    import tree_sitter_scala
    from tree_sitter import Language

    return Language(tree_sitter_scala.language())


class Adapter(base.Adapter):
    """Scala with braces or indentation."""

    name = "scala"
    written_fields = True
    overloads = True
    lacks = MappingProxyType(
        {
            "structs": "Scala has no structs.",
            "interfaces": "Scala has no interfaces; its traits are meant.",
            "async": "Scala has no async functions.",
        }
    )
    self_names = ("this",)
    implicit_self = True
    folder_scope = True
    capital_receivers = True
    exact_modules = True
    test_mark = r"^(?:\w+\.)*(?:Test|ParameterizedTest)\b"
    test_name = r"test"

    def grammar(self, path: str) -> Language:
        return _language()

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        if node.type == "package_clause":
            return _package(node)
        if node.type in _PROPERTIES:
            return _property(node, name, enclosing)
        if node.type == "class_parameter":
            return _class_parameter(node)
        if kind == "function":
            return _function(node, enclosing)
        if kind == "variant":
            return _finished(Details("variant", header_end=node.end_byte), node, flag_missing=False)
        if kind == "type":
            details = Details("type", header_end=node.end_byte)
            details.value = squeeze(text_of(node.child_by_field_name("type")), 200)
            return _finished(details, node)
        return _type(node, kind)

    def imports(self, node: Node) -> Iterable[Import]:
        line = node.start_point[0] + 1
        module = ".".join(
            text_of(part) for part in node.children_by_field_name("path") if part.is_named
        )
        last = node.named_children[-1] if node.named_children else None
        if last is not None and last.type == "namespace_wildcard":
            yield Import(module, "*", "", line)
        elif last is not None and last.type == "namespace_selectors":
            for child in last.named_children:
                at = child.start_point[0] + 1
                if child.type in ("namespace_wildcard", "wildcard"):
                    yield Import(module, "*", "", at)
                elif child.type.endswith("renamed_identifier"):
                    alias = text_of(child.child_by_field_name("alias"))
                    name = text_of(child.child_by_field_name("name"))
                    yield Import(module, name, "" if alias == "_" else alias, at)
                elif child.type == "identifier":
                    yield Import(module, text_of(child), text_of(child), at)
        else:
            outer, _, name = module.rpartition(".")
            yield Import(outer, name, name, line)

    def home(self, path: str, package: str, modules: tuple[str, ...]) -> str:
        return packages.home(path, package)

    def sees(self, package: str, other: str) -> bool:
        return package == other or package.startswith(other + ".") or not other

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        return packages.reaches(item.module, target, file_is_type=False)

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        return None

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:class|object|trait|enum|type|def|val|var|given|case)\s+`?{name}\b"
            rf"|[(,]\s*(?:@\w+\s*)*(?:(?:private|protected|override|implicit|val|var|\[\w+\])\s+)*{name}\s*:"
            rf"|^\s*(?:val|var)?\s*{name}\s*:|\bcase\s[\w, ]*\b{name}\b|\(.*\b{name}\b.*\)\s*="
            rf"|\bpackage\s[\w.]*\b{name}\b"
        )

    def subtype_pattern(self, name: str) -> str:
        return rf"\b(?:extends|with|derives)\b[^{{=]*?\b{name}\b"


def _package(node: Node) -> Details:
    """A package clause; `package a` and `package b` in a row are `a.b`."""
    names = [re.sub(r"\s", "", text_of(node.child_by_field_name("name")))]
    before = node.prev_named_sibling
    while before is not None and before.type in ("package_clause", *_COMMENTS):
        if before.type == "package_clause":
            names.insert(0, re.sub(r"\s", "", text_of(before.child_by_field_name("name"))))
        before = before.prev_named_sibling
    name = node.child_by_field_name("name")
    return Details(
        "package",
        container=".".join(names[:-1]),
        header_end=name.end_byte if name is not None else node.end_byte,
    )


def _finished(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds annotations, keywords and the comment above, and what they say."""
    keywords: list[str] = []
    for child in node.children:
        if child.type == "annotation":
            details.decorators.append(squeeze(text_of(child)[1:].strip()))
        elif child.type == "modifiers":
            keywords += [text_of(mark).partition("[")[0] for mark in child.children]
        elif child.type in ("case", "implicit"):
            keywords.append(child.type)
    details.header = after(node, _ANNOTATION)
    if not {"private", "protected"} & set(keywords):
        keywords.insert(0, "public")
    details.modifiers = [*keywords, *(m for m in details.modifiers if m not in keywords)]
    if "public" in details.modifiers:
        details.modifiers.append("exported")
    details.doc = comment_above(node, _COMMENTS)
    if any(mark.startswith("deprecated") for mark in details.decorators):
        details.modifiers.append("deprecated")
    if flag_missing and not details.doc:
        details.modifiers.append("undocumented")
    return details


def _type_name(node: Node) -> str:
    text = re.sub(r"\s|@\w+", "", text_of(node))
    for _ in range(4):
        text = re.sub(r"\[[^\[\]]*\]", "", text)
    return text


def _type(node: Node, kind: str) -> Details:
    details = Details(kind)
    clause = node.child_by_field_name("extend")
    for number, written in enumerate(
        c for c in (clause.children_by_field_name("type") if clause is not None else ())
        if c.is_named and c.type != "arguments"
    ):  # fmt: skip
        if written.type == "compound_type":  # `A with B`
            parts = [c for c in written.named_children if c.type != "refinement"]
            details.bases += [
                Base(_type_name(part), "extends" if not at else "mixes")
                for at, part in enumerate(parts)
            ]
        else:
            details.bases.append(Base(_type_name(written), "mixes" if number else "extends"))
    body = node.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else node.end_byte
    if node.type == "object_definition":
        details.modifiers.append("object")
    elif any(child.type == "case" for child in node.children):
        details.modifiers.append("data")  # what other languages call it
    lists = node.children_by_field_name("class_parameters")
    details.parameters = [p for inner in lists for p in _parameters(inner)]
    return _finished(details, node)


def _function(node: Node, enclosing: str) -> Details:
    details = Details("method" if enclosing in _TYPES else "function")
    lists = [c for c in node.children_by_field_name("parameters") if c.type == "parameters"]
    details.parameters = [p for inner in lists for p in _parameters(inner)]
    details.returns = squeeze(text_of(node.child_by_field_name("return_type")), 120)
    body = node.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else node.end_byte
    if body is None:
        details.modifiers.append("abstract")
    outer = node.parent
    while outer is not None and outer.type in ("template_body", "indented_block", "block"):
        outer = outer.parent
    if outer is not None and outer.type == "extension_definition":
        first = outer.child_by_field_name("parameters")
        extended = next(iter(_parameters(first)), None)
        if extended is not None:
            details.kind = "method"
            details.modifiers.append("extension")
            details.container = re.split(r"[\[\s]", extended.type)[0].rpartition(".")[2]
            details.free = enclosing not in _TYPES
    return _finished(details, node)


def _parameters(node: Node | None) -> Iterable[Parameter]:
    for child in node.named_children if node is not None else ():
        if child.type in ("parameter", "class_parameter"):
            written = squeeze(text_of(child.child_by_field_name("type")), 120)
            default = squeeze(text_of(child.child_by_field_name("default_value")), 80)
            dots = "..." if written.endswith("*") else ""
            name = text_of(child.child_by_field_name("name"))
            yield Parameter(dots + name, written.rstrip("*"), default)


def _property(node: Node, name: str, enclosing: str) -> Details | None:
    parent = node.parent
    if enclosing in _LOCAL or parent is None or parent.type not in _MEMBER_OF:
        return None  # a local is no definition that others can name
    member = enclosing in _TYPES
    details = Details("property" if member else "variable", header_end=node.end_byte)
    written = node.child_by_field_name("type") or node.child_by_field_name("return_type")
    details.returns = squeeze(text_of(written), 120)
    details.value = text_of(node.child_by_field_name("value"))
    details = _finished(details, node, flag_missing=False)
    fixed = node.type == "val_definition"
    if fixed and (name.isupper() or "final" in details.modifiers):
        details.kind = "constant"
    return details


def _class_parameter(node: Node) -> Details | None:
    """`class A(val x: Int)`: a field; every parameter of a case class is one."""
    tokens = {child.type for child in node.children}
    owner = node.parent.parent if node.parent is not None else None
    case = owner is not None and any(c.type == "case" for c in owner.children)
    if not {"val", "var"} & tokens and not case:
        return None
    details = Details("field", header_end=node.end_byte)
    details.returns = squeeze(text_of(node.child_by_field_name("type")), 120)
    details.value = text_of(node.child_by_field_name("default_value"))
    return _finished(details, node, flag_missing=False)
