"""Kotlin on tree-sitter-kotlin.

Members of a companion object count as members of its class, an extension function as a member of
the type that it extends. Not covered: types that are inferred from what a function returns.
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
    from tree_sitter import Language, Node, Tree

_COMMENTS = ("block_comment", "line_comment")
_BODIES = frozenset({"class_body", "enum_class_body", "function_body", "block"})
_ANNOTATION = frozenset({"annotation"})
_VISIBILITY = frozenset({"public", "private", "protected", "internal"})
_MEMBER_OF = frozenset({"class_body", "enum_class_body", "source_file"})
_TYPES = frozenset({"class", "interface", "enum"})
_MAX_READINGS = 12
_RECEIVERS = ("user_type", "nullable_type", "parenthesized_type")


@cache
def _language() -> Language:
    import tree_sitter_kotlin
    from tree_sitter import Language

    return Language(tree_sitter_kotlin.language())


class Adapter(base.Adapter):
    """Kotlin 1 and 2, scripts (.kts) included."""

    name = "kotlin"
    written_fields = True
    overloads = True
    lacks = MappingProxyType(
        {
            "structs": "Kotlin has no structs.",
            "traits": "Kotlin has no traits; its interfaces are meant.",
        }
    )
    self_names = ("this",)
    implicit_self = True
    folder_scope = True
    open_types = True
    capital_receivers = True
    exact_modules = True
    raise_pattern = r"\bthrow\b|\berror\(|\bTODO\("
    test_mark = r"^(?:\w+\.)*(?:Test|ParameterizedTest|RepeatedTest|TestFactory)\b"
    test_name = r"test"

    def grammar(self, path: str) -> Language:
        return _language()

    def tree(self, path: str, data: bytes) -> Tree:
        """The syntax tree; the grammar takes some annotated declarations for expressions.

        `@A @B("x") internal fun f()` is read as `internal fun f()`, an infix call of `fun`. Read
        again without the keyword before, it is what it should be.
        """
        tree = self.parser(path).parse(data)
        for _ in range(_MAX_READINGS):  # what follows may be misread in its turn
            misread = [n for n in tree.root_node.children if n.type == "annotated_expression"]
            words = [word for node in misread for word in _soft_keywords(node)]
            if not words:
                break
            blanked = bytearray(data)
            for start, end in words:
                blanked[start:end] = re.sub(rb"[^\n]", b" ", data[start:end])
            data = bytes(blanked)
            tree = self.parser(path).parse(data)
        return tree

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match node.type:
            case "package_header":
                return Details("package", header_end=node.end_byte)
            case "class_declaration" | "object_declaration":
                return _type(node)
            case "type_alias":
                details = Details("type", header_end=node.end_byte)
                details.value = squeeze(text_of(node.named_children[-1]), 200)
                return _finished(details, node)
            case "enum_entry":
                details = _finished(Details("variant"), node, flag_missing=False)
                details.header_end = _body_start(node)
                return details
            case "function_declaration" | "secondary_constructor":
                return _function(node, enclosing)
            case "class_parameter":
                return _parameter_property(node)
        return _property(node, name, enclosing)

    def imports(self, node: Node) -> Iterable[Import]:
        path = next((c for c in node.named_children if c.type == "qualified_identifier"), None)
        line = node.start_point[0] + 1
        written = re.sub(r"\s|`", "", text_of(path))
        if any(child.type == "*" for child in node.children):
            yield Import(written, "*", "", line)
        elif path is not None:
            module, _, name = written.rpartition(".")
            renamed = node.named_children[-1]
            yield Import(module, name, name if renamed == path else text_of(renamed), line)

    def home(self, path: str, package: str, modules: tuple[str, ...]) -> str:
        return packages.home(path, package)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        return packages.reaches(item.module, target, file_is_type=False)

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        return None  # a path names a type, or is a package that is written out

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:class|interface|object|typealias)\s+`?{name}\b"
            rf"|\bfun\s+(?:<[^>]*>\s*)?(?:[\w.<>?, *]+\.)?`?{name}`?\s*[(<]"
            rf"|\b(?:val|var)\s+(?:<[^>]*>\s*)?(?:[\w.<>?, *()]+\.)?(?:\([^)]*\b)?`?{name}\b"
            rf"|(?:^|[{{,;])\s*(?:@\w+\s*)*{name}\s*(?:[,;({{}}]|$)|\bpackage\s[\w.]*\b{name}\b"
            rf"|\b{name}\s*\("
        )

    def subtype_pattern(self, name: str) -> str:
        return rf"\b(?:class|interface|object)\b[^{{;]*?:[^{{;]*?\b{name}\b"


_SOFT = re.compile(r"((?:[a-z]+\s+)*)(?:fun|class|interface|object|val|var)\b")


def _soft_keywords(node: Node) -> Iterable[tuple[int, int]]:
    """Where keywords stand that an annotated expression takes for names; else its annotations."""
    start = node.start_byte
    while node.type == "annotated_expression" and node.named_children:
        node = node.named_children[-1]
    found = _SOFT.match(text_of(node))
    if found and found[1]:
        yield node.start_byte, node.start_byte + len(found[1])
    elif found:
        yield start, node.start_byte


def _body_start(node: Node) -> int:
    body = next((child for child in node.children if child.type in _BODIES), None)
    return body.start_byte if body is not None else node.end_byte


def _finished(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds annotations, keywords and the comment above, and what they say."""
    keywords: list[str] = []
    for child in node.children:
        if child.type == "modifiers":
            for mark in child.children:
                if mark.type == "annotation":
                    details.decorators.append(squeeze(text_of(mark)[1:].strip()))
                elif mark.type not in _COMMENTS:
                    keywords.append(text_of(mark))
    details.header = after(node, _ANNOTATION)
    if not _VISIBILITY & set(keywords):
        keywords.insert(0, "public")
    if "suspend" in keywords:
        keywords.append("async")  # what other languages call it
    details.modifiers = [*keywords, *(m for m in details.modifiers if m not in keywords)]
    if "public" in details.modifiers:
        details.modifiers.append("exported")
    details.doc = comment_above(node, _COMMENTS)
    if any(mark.startswith("Deprecated") for mark in details.decorators):
        details.modifiers.append("deprecated")
    if flag_missing and not details.doc:
        details.modifiers.append("undocumented")
    return details


def _type_name(node: Node) -> str:
    text = re.sub(r"\s|@\w+", "", text_of(node))
    for _ in range(4):
        text = re.sub(r"<[^<>]*>", "", text)
    return text.split("<")[0].rstrip("?")


def _type(node: Node) -> Details:
    details = Details("class", header_end=_body_start(node))
    tokens = {child.type for child in node.children}
    written = {text_of(m) for c in node.children if c.type == "modifiers" for m in c.children}
    if "interface" in tokens:
        details.kind = "interface"
    elif "enum" in written:
        details.kind = "enum"
    elif node.type == "object_declaration":
        details.modifiers.append("object")
    for child in node.children:
        if child.type == "delegation_specifiers":
            for specifier in child.named_children:
                base_ = _base(specifier)
                if base_ is not None:
                    extends = details.kind == "interface"
                    details.bases.append(Base(base_.name) if extends else base_)
        elif child.type == "primary_constructor":
            inner = next((c for c in child.named_children if c.type == "class_parameters"), None)
            details.parameters = list(_parameters(inner))
    return _finished(details, node)


def _base(node: Node) -> Base | None:
    """`Base(x)` is a class, a bare name an interface (only they are taken up without a call)."""
    inner = node.named_children[0] if node.named_children else None
    if inner is None:
        return None
    if inner.type == "constructor_invocation":
        return Base(_type_name(inner.named_children[0]))
    if inner.type == "explicit_delegation":
        inner = inner.named_children[0]
    return Base(_type_name(inner), "implements") if inner.type == "user_type" else None


def _function(node: Node, enclosing: str) -> Details:
    details = Details("method" if enclosing in _TYPES else "function")
    before = node.child_by_field_name("name")
    receiver = next(
        (c for c in node.children if c.type in _RECEIVERS and before is not None
         and c.start_byte < before.start_byte), None,
    )  # fmt: skip
    if receiver is not None:
        details.kind = "method"
        details.container = _type_name(receiver).rpartition(".")[2]
        details.modifiers.append("extension")
        details.free = enclosing not in _TYPES
    parameters = next((c for c in node.children if c.type == "function_value_parameters"), None)
    details.parameters = list(_parameters(parameters))
    if node.type == "function_declaration":
        details.returns = _type_after(node, parameters)
    body = next((c for c in node.children if c.type in _BODIES), None)
    details.header_end = body.start_byte if body is not None else node.end_byte
    if body is None and enclosing == "interface":
        details.modifiers.append("abstract")
    return _finished(details, node)


def _type_after(node: Node, before: Node | None) -> str:
    """The type that is written behind `before` and a colon."""
    children = node.children
    for at, child in enumerate(children[:-1]):
        if child.type == ":" and (before is None or child.start_byte >= before.end_byte):
            return squeeze(text_of(children[at + 1]), 120)
    return ""


def _parameters(node: Node | None) -> Iterable[Parameter]:
    if node is None:
        return
    dots = ""
    children = node.children
    for at, child in enumerate(children):
        if child.type == "parameter_modifiers":
            dots = "..." if "vararg" in text_of(child) else ""
        elif child.type == "parameter":
            following = children[at + 1 : at + 3]
            default = text_of(following[1]) if following and following[0].type == "=" else ""
            name = text_of(child.named_children[0])
            yield Parameter(dots + name, _type_after(child, None), squeeze(default, 80))
            dots = ""
        elif child.type == "class_parameter":
            name = next((text_of(c) for c in child.named_children if c.type == "identifier"), "")
            first = "..." if any("vararg" in text_of(c) for c in child.children[:1]) else ""
            tokens = [c.type for c in child.children]
            default = text_of(child.children[-1]) if "=" in tokens else ""
            yield Parameter(first + name, _type_after(child, None), squeeze(default, 80))


def _property(node: Node, name: str, enclosing: str) -> Details | None:
    if node.parent is None or node.parent.type not in _MEMBER_OF:
        return None  # a local is no definition that others can name
    member = enclosing in _TYPES
    details = Details("property" if member else "variable")
    variable = next((c for c in node.children if c.type.endswith("variable_declaration")), None)
    receiver = next((c for c in node.children if c.type in _RECEIVERS), None)
    if receiver is not None and variable is not None and receiver.start_byte < variable.start_byte:
        details.kind = "property"
        details.container = _type_name(receiver).rpartition(".")[2]
        details.modifiers.append("extension")
        details.free = not member
    if variable is not None and variable.type == "variable_declaration":
        details.returns = _type_after(variable, None)
    ends = [
        c.start_byte for c in node.children if c.type in ("getter", "setter", "property_delegate")
    ]
    details.header_end = min(ends, default=node.end_byte)
    tokens = [c.type for c in node.children]
    if "=" in tokens:
        details.value = text_of(node.children[tokens.index("=") + 1])
    details = _finished(details, node, flag_missing=False)
    if "const" in details.modifiers or (name.isupper() and "val" in tokens and not member):
        details.kind = "constant"
    return details


def _parameter_property(node: Node) -> Details:
    """`class Point(val x: Int)` declares a property of the class."""
    details = Details("property", header_end=node.end_byte, returns=_type_after(node, None))
    tokens = [c.type for c in node.children]
    if "=" in tokens:
        details.value = text_of(node.children[-1])
    return _finished(details, node, flag_missing=False)
