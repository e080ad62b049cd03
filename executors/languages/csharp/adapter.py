"""C# on tree-sitter-c-sharp.

Namespaces tell what a file sees and are no part of qualified names. An extension method counts as a
method of its static class and of the type that it extends. Not covered: operators and indexers,
which have no name, and what source generators add.
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

_LOCAL = frozenset({"function", "method"})
_ATTRIBUTES = frozenset({"attribute_list"})
_VISIBILITY = frozenset({"public", "private", "protected", "internal", "file"})
_TYPES = frozenset({"class", "struct", "interface", "enum", "type"})
_XML = re.compile(r"</?(?:summary|para|remarks|returns|value|c|code|list|item|description)\b[^>]*>")
_XML_REFERENCE = re.compile(r'<(?:see|seealso|paramref|typeparamref)\s+\w+="(?:\w:)?([^"]*)"\s*/?>')


@cache
def _language() -> Language:
    import tree_sitter_c_sharp
    from tree_sitter import Language

    return Language(tree_sitter_c_sharp.language())


class Adapter(base.Adapter):
    """C# up to primary constructors and records."""

    name = "csharp"
    written_fields = True
    typed_returns = True
    this_parameter = True
    overloads = True
    delegating = frozenset({"base", "this"})
    lacks = MappingProxyType(
        {
            "traits": "C# has no traits; its interfaces are meant.",
        }
    )
    self_names = ("this",)
    implicit_self = True
    folder_scope = True
    capital_receivers = True
    open_types = True
    exact_modules = True
    test_mark = (
        r"^(?:\w+\.)*(?:Fact|Theory|Test|TestCase|TestCaseSource|TestMethod|DataTestMethod)\b"
    )
    test_name = r"Test"

    def grammar(self, path: str) -> Language:
        return _language()

    def tree(self, path: str, data: bytes) -> Tree:
        """The syntax tree; a file that cannot be read whole is read again with one side of each #if."""
        tree = self.parser(path).parse(data)
        if not tree.root_node.has_error or b"#" not in data:
            return tree
        again = self.parser(path).parse(without_directives(data))
        return tree if again.root_node.has_error and _broken(again) >= _broken(tree) else again

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match node.type:
            case "namespace_declaration" | "file_scoped_namespace_declaration":
                return _namespace(node)
            case "method_declaration" | "constructor_declaration":
                return _method(node, "method")
            case "local_function_statement":
                return _method(node, "function")
            case "delegate_declaration":
                details = _method(node, "type")
                details.value = squeeze(text_of(node), 200)
                return details
            case "property_declaration" | "event_declaration":
                return _property(node)
            case "event_field_declaration" | "field_declaration":
                return _field(node, name, kind)
            case "parameter":
                return _component(node)
            case "enum_member_declaration":
                details = Details("variant", modifiers=["public"], header_end=node.end_byte)
                details.value = text_of(node.child_by_field_name("value"))
                return _finished(details, node, flag_missing=False)
        return _type(node, kind)

    def imports(self, node: Node) -> Iterable[Import]:
        line = node.start_point[0] + 1
        names = [
            c for c in node.named_children if c.type.endswith("name") or c.type == "identifier"
        ]
        alias = text_of(node.child_by_field_name("name"))
        if not names:
            return
        written = re.sub(r"\s|<.*>|global::", "", text_of(names[-1])).replace("::", ".")
        if alias:
            module, _, name = written.rpartition(".")
            yield Import(module, name, alias, line)
        else:
            yield Import(written, "*", "", line)

    def home(self, path: str, package: str, modules: tuple[str, ...]) -> str:
        return packages.home(path, package)

    def sees(self, package: str, other: str) -> bool:
        return package == other or package.startswith(other + ".") or not other

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        return packages.reaches(item.module, target, file_is_type=False)

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        return None  # only types have functions

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:class|interface|enum|record|struct)\s+{name}\b"
            rf"|[\w>\]?*)]\s+(?:\w+\.)*{name}\s*(?:<[^>]*>)?\s*(?:[(={{;,)]|=>|$)"
            rf"|(?:^|[{{,}}\]])\s*{name}\s*(?:[,;({{}}=]|$)|\bnamespace\s[\w.]*\b{name}\b"
        )

    def subtype_pattern(self, name: str) -> str:
        return (
            rf"\b(?:class|interface|struct|record)\s+\w+(?:\s*<[^{{;]*?>)?(?:\s*\([^{{;]*?\))?"
            rf"\s*:[^{{;]*?\b{name}\b"
        )


_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(\w+)")
_NOT_BLANK = re.compile(rb"[^\r\n]")


def without_directives(data: bytes) -> bytes:
    """The text with preprocessor lines and every second branch blanked out; offsets stay."""
    rows: list[bytes] = []
    taken: list[bool] = []  # of each open #if, whether the branch we are in is kept
    for row in data.split(b"\n"):
        found = _DIRECTIVE.match(row)
        word = found[1] if found else b""
        if word == b"if":
            taken.append(True)
        elif word in (b"else", b"elif") and taken:
            taken[-1] = False
        elif word == b"endif" and taken:
            taken.pop()
        kept = not found and all(taken)
        rows.append(row if kept else _NOT_BLANK.sub(b" ", row))
    return b"\n".join(rows)


def _broken(tree: Tree) -> int:
    """Bytes in what the grammar could not read."""
    total, waiting = 0, [tree.root_node]
    while waiting:
        node = waiting.pop()
        if node.is_error:
            total += node.end_byte - node.start_byte
        elif node.has_error:
            waiting += node.children
    return total


def _namespace(node: Node) -> Details:
    names: list[str] = []
    at: Node | None = node
    while at is not None:
        if at.type.endswith("namespace_declaration"):
            names.insert(0, re.sub(r"\s", "", text_of(at.child_by_field_name("name"))))
        at = at.parent
    details = Details("package", container=".".join(names).rpartition(".")[0])
    if node.type == "file_scoped_namespace_declaration":
        name = node.child_by_field_name("name")
        details.header_end = name.end_byte if name is not None else 0
    return details


def _finished(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds attributes, keywords and the comment above, and what they say."""
    keywords: list[str] = []
    for child in node.children:
        if child.type == "attribute_list":
            attributes = [c for c in child.named_children if c.type == "attribute"]
            details.decorators += [squeeze(text_of(attribute)) for attribute in attributes]
        elif child.type == "modifier":
            keywords.append(text_of(child))
    details.header = after(node, _ATTRIBUTES)
    if not _VISIBILITY & set(keywords) and "public" not in details.modifiers:
        keywords.insert(0, _default_visibility(node))
    details.modifiers = [*keywords, *(m for m in details.modifiers if m not in keywords)]
    if "public" in details.modifiers:
        details.modifiers.append("exported")
    details.doc = _without_tags(comment_above(node))
    if any(re.match(r"(?:\w+\.)*Obsolete\b", mark) for mark in details.decorators):
        details.modifiers.append("deprecated")
    if flag_missing and not details.doc:
        details.modifiers.append("undocumented")
    return details


def _default_visibility(node: Node) -> str:
    outer = node.parent.parent if node.parent is not None else None
    if outer is None or outer.type.endswith("namespace_declaration"):
        return "internal"
    return "public" if outer.type == "interface_declaration" else "private"


def _without_tags(doc: str) -> str:
    """An XML documentation comment as plain text; parameters keep their names."""
    if "<" not in doc:
        return doc
    doc = _XML_REFERENCE.sub(r"\1", doc)
    doc = re.sub(r'<(?:param|typeparam|exception)\s+\w+="(?:\w:)?([^"]*)">', r"\1: ", doc)
    doc = re.sub(r"</(?:param|typeparam|exception|see)>", "", _XML.sub("", doc))
    return "\n".join(line.strip() for line in doc.split("\n") if line.strip())


def _type_name(node: Node) -> str:
    if node.type == "primary_constructor_base_type":
        node = node.named_children[0]
    return re.sub(r"<.*>|\s|global::", "", text_of(node), flags=re.DOTALL).replace("::", ".")


def _type(node: Node, kind: str) -> Details:
    details = Details(kind)
    if node.type == "record_declaration":
        details.modifiers.append("record")
        if any(child.type == "struct" for child in node.children):
            details.kind = "struct"
    for child in node.children:
        if child.type == "base_list" and kind != "enum":
            for written in child.named_children:
                if written.type in ("comment", "argument_list"):
                    continue
                name = _type_name(written)
                interface = re.match(r"I[A-Z]", name.rpartition(".")[2]) is not None
                takes_up = kind != "interface" and (interface or kind == "struct")
                details.bases.append(Base(name, "implements" if takes_up else "extends"))
        elif child.type == "parameter_list":
            details.parameters = list(_parameters(child))
    return _finished(details, node)


def _method(node: Node, kind: str) -> Details:
    details = Details(kind)
    parameters = node.child_by_field_name("parameters")
    details.parameters = list(_parameters(parameters))
    returns = node.child_by_field_name("returns") or node.child_by_field_name("type")
    details.returns = squeeze(text_of(returns), 120)
    first = parameters.named_children[0] if parameters and parameters.named_children else None
    if first is not None and any(
        c.type == "modifier" and text_of(c) == "this" for c in first.children
    ):
        details.modifiers.append("extension")
    body = node.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else node.end_byte
    outer = node.parent.parent if node.parent is not None else None
    if body is None and outer is not None and outer.type == "interface_declaration":
        details.modifiers.append("abstract")
    if kind == "function":
        details.modifiers.insert(0, "private")
        finished = _finished(details, node, flag_missing=False)
        finished.modifiers = [m for m in finished.modifiers if m not in ("internal",)]
        return finished
    return _finished(details, node)


def _parameters(node: Node | None) -> Iterable[Parameter]:
    """Parameters; the array that takes the rest (`params`) stands bare in its list."""
    if node is None:
        return
    for child in node.named_children:
        if child.type != "parameter":
            continue
        name = text_of(child.child_by_field_name("name"))
        written = squeeze(text_of(child.child_by_field_name("type")), 120)
        default = ""
        tokens = [text_of(c) for c in child.children]
        if "=" in tokens:
            default = squeeze(text_of(child.children[-1]), 80)
        yield Parameter(name, written, default)
    if any(child.type == "params" for child in node.children):
        written = squeeze(text_of(node.child_by_field_name("type")), 120)
        yield Parameter("..." + text_of(node.child_by_field_name("name")), written)


def _property(node: Node) -> Details:
    details = Details("property")
    details.returns = squeeze(text_of(node.child_by_field_name("type")), 120)
    if node.type == "event_declaration":
        details.modifiers.append("event")
    value = node.child_by_field_name("value")
    accessors = node.child_by_field_name("accessors")
    if value is not None and value.type != "arrow_expression_clause":
        details.value = text_of(value)
    first = accessors or value
    details.header_end = first.start_byte if first is not None else node.end_byte
    return _finished(details, node)


def _field(node: Node, name: str, kind: str) -> Details:
    details = Details(kind, header_end=node.end_byte)
    if node.type == "event_field_declaration":
        details.modifiers.append("event")
    declaration = next(c for c in node.named_children if c.type == "variable_declaration")
    details.returns = squeeze(text_of(declaration.child_by_field_name("type")), 120)
    for declarator in declaration.named_children:
        if declarator.type == "variable_declarator" and (
            text_of(declarator.child_by_field_name("name")) == name
        ):
            _, _, value = text_of(declarator).partition("=")
            details.value = value.strip()
    details = _finished(details, node, flag_missing=False)
    if "const" in details.modifiers or {"static", "readonly"} <= set(details.modifiers):
        details.kind = "constant"
    return details


def _component(node: Node) -> Details:
    """A parameter of a record: a public property."""
    details = Details("property", modifiers=["public"], header_end=node.end_byte)
    details.returns = squeeze(text_of(node.child_by_field_name("type")), 120)
    return _finished(details, node, flag_missing=False)
