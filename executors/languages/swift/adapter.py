"""Swift on tree-sitter-swift.

An `extension` adds members and protocols to a type, wherever that is defined. Imports name whole
modules, so that within one module every file sees every other's names. Not covered: subscripts and
operators, which have no name, and what macros add.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from .. import base
from ..base import Base, Details, Import, Parameter, after, comment_above, squeeze, text_of

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_COMMENTS = ("comment", "multiline_comment")
_ATTRIBUTE = frozenset({"attribute"})
_VISIBILITY = frozenset({"public", "private", "fileprivate", "internal", "open", "package"})
_TYPES = frozenset({"class", "struct", "enum", "interface", "extension"})
_KINDS = {"class": "class", "actor": "class", "struct": "struct", "enum": "enum"}


@cache
def _language() -> Language:
    import tree_sitter_swift
    from tree_sitter import Language

    return Language(tree_sitter_swift.language())


class Adapter(base.Adapter):
    """Swift 5 and 6."""

    name = "swift"
    written_fields = True
    lacks = MappingProxyType(
        {
            "traits": "Swift has no traits; its protocols are meant.",
            "dataclasses": "Swift has no data classes.",
            "abstract": "Swift has no abstract classes.",
        }
    )
    self_names = ("self", "Self")
    implicit_self = True
    global_names = True
    open_types = True
    capital_receivers = True
    classes = frozenset({"class", "struct"})
    raise_pattern = r"\bthrow\b|\b(?:fatalError|preconditionFailure|assertionFailure)\("
    test_mark = r"^Test\b"
    test_name = r"test"

    def grammar(self, path: str) -> Language:
        return _language()

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match node.type:
            case "class_declaration" | "protocol_declaration":
                return _type(node, kind)
            case "typealias_declaration" | "associatedtype_declaration":
                details = Details("type", header_end=node.end_byte)
                if node.type == "typealias_declaration":
                    details.value = squeeze(text_of(node.named_children[-1]), 200)
                return _finished(details, node)
            case "enum_entry":
                return _finished(
                    Details("variant", header_end=node.end_byte), node, flag_missing=False
                )
            case "macro_declaration":
                return _finished(Details("macro"), node)
            case "property_declaration" | "protocol_property_declaration":
                return _property(node, name, enclosing)
        return _function(node, enclosing)

    def imports(self, node: Node) -> Iterable[Import]:
        path = next((c for c in node.named_children if c.type == "identifier"), None)
        written = re.sub(r"\s", "", text_of(path))
        line = node.start_point[0] + 1
        if any(not c.is_named and c.type not in ("import",) for c in node.children):
            module, _, name = written.rpartition(".")
            yield Import(module, name, name, line)  # `import class UIKit.UIView`
        elif path is not None:
            yield Import(written, "*", "", line)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        module = item.module.split(".")[0]
        return True if module in target.split("/")[:-1] else False if module in _SYSTEM else None

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        return None

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:class|struct|enum|actor|protocol|extension|typealias|associatedtype|func|macro)\s+`?(?:\w+\.)*{name}\b"
            rf"|\b(?:let|var)\s+`?{name}\b|\bcase\b[^:]*?`?\b{name}\b|\b{name}\s*[(?!<]|^\s*case\s.*\b{name}\b"
            rf"|\b(?:let|var)\b[^={{]*,\s*{name}\b"
        )

    def subtype_pattern(self, name: str) -> str:
        return (
            rf"\b(?:class|struct|enum|actor|protocol|extension)\s+[\w.]+(?:\s*<[^{{]*?>)?"
            rf"\s*:[^{{]*?\b{name}\b"
        )


_SYSTEM = frozenset(
    ["Foundation", "UIKit", "SwiftUI", "Combine", "AppKit", "CoreData", "XCTest", "Darwin", "os",
     "Dispatch", "WebKit", "Testing"]
)  # fmt: skip


def _finished(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds attributes, keywords and the comment above, and what they say."""
    keywords: list[str] = []
    for child in node.children:
        if child.type == "modifiers":
            for mark in child.children:
                if mark.type == "attribute":
                    details.decorators.append(squeeze(text_of(mark)[1:].strip()))
                else:
                    keywords.append(text_of(mark))
    details.header = after(node, _ATTRIBUTE)
    plain = {keyword.partition("(")[0] for keyword in keywords}
    if not _VISIBILITY & plain and details.kind != "extension":
        keywords.insert(0, "internal")
    if "open" in plain:
        keywords.append("public")
    if "fileprivate" in plain:
        keywords.append("private")
    details.modifiers = [*keywords, *(m for m in details.modifiers if m not in keywords)]
    if "public" in details.modifiers:
        details.modifiers.append("exported")
    details.doc = comment_above(node, _COMMENTS)
    if any(re.match(r"available\b.*\bdeprecated\b", mark) for mark in details.decorators):
        details.modifiers.append("deprecated")
    if flag_missing and not details.doc:
        details.modifiers.append("undocumented")
    return details


def _type_name(node: Node | None) -> str:
    text = re.sub(r"\s|@\w+", "", text_of(node))
    for _ in range(4):
        text = re.sub(r"<[^<>]*>", "", text)
    return text.rstrip("?!")


def _type(node: Node, kind: str) -> Details:
    written = text_of(node.child_by_field_name("declaration_kind"))
    details = Details(_KINDS.get(written, kind))
    if written == "actor":
        details.modifiers.append("actor")
    first = True
    for child in node.children:
        if child.type == "inheritance_specifier":
            name = _type_name(child.child_by_field_name("inherits_from"))
            # only a class has a superclass, and it stands first; the rest are protocols
            extends = kind == "interface" or (written == "class" and first)
            first = False
            if name:
                details.bases.append(Base(name, "extends" if extends else "implements"))
    return _finished(details, node, flag_missing=details.kind != "extension")


def _function(node: Node, enclosing: str) -> Details:
    details = Details("method" if enclosing in _TYPES else "function")
    details.parameters = list(_parameters(node))
    tokens = [child.type for child in node.children]
    if "->" in tokens:
        details.returns = squeeze(text_of(node.children[tokens.index("->") + 1]), 120)
    details.modifiers += [word for word in ("async", "throws", "rethrows") if word in tokens]
    body = node.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else node.end_byte
    if body is None and enclosing == "interface":
        details.modifiers.append("abstract")
    return _finished(details, node)


def _parameters(node: Node) -> Iterable[Parameter]:
    children = node.children
    for at, child in enumerate(children):
        if child.type != "parameter":
            continue
        names = child.children_by_field_name("name")
        following = children[at + 1 : at + 3]
        default = text_of(following[1]) if len(following) > 1 and following[0].type == "=" else ""
        written = squeeze(text_of(names[1]), 120) if len(names) > 1 else ""
        dots = "..." if any(c.type == "..." for c in child.children) else ""
        yield Parameter(dots + text_of(names[0]) if names else "_", written, squeeze(default, 80))


def _property(node: Node, name: str, enclosing: str) -> Details | None:
    parent = node.parent
    if parent is None or parent.type not in (
        "class_body", "enum_class_body", "protocol_body", "source_file",
    ):  # fmt: skip
        return None  # a local is no definition that others can name
    member = enclosing in _TYPES
    details = Details("property" if member else "variable")
    annotation = next((c for c in node.children if c.type == "type_annotation"), None)
    if annotation is not None:
        details.returns = squeeze(text_of(annotation).lstrip(": "), 120)
    details.value = text_of(node.child_by_field_name("value"))
    computed = node.child_by_field_name("computed_value")
    details.header_end = computed.start_byte if computed is not None else node.end_byte
    if node.type == "protocol_property_declaration":
        details.modifiers.append("abstract")
    details = _finished(details, node, flag_missing=False)
    binding = next((text_of(c) for c in node.children if c.type == "value_binding_pattern"), "")
    fixed = binding == "let" and (not member or "static" in details.modifiers)
    if fixed and (name.isupper() or details.value[:1] in '"0123456789-tf['):
        details.kind = "constant"
    return details
