"""PHP on tree-sitter-php.

Names are compared without their namespace, which a file declares and `use` brings in; types go
without their leading backslash and with dots. A trait that a class uses is a base with the relation
`mixes`. Not covered: `__call` and `__get`, variable functions and classes, containers' services.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...repository import module_path
from .. import base, packages
from ..base import Base, Details, Import, Parameter, after, comment_above, squeeze, text_of

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_NAMES = ("name", "qualified_name")
_KEYWORDS = {
    "abstract_modifier": "abstract",
    "final_modifier": "final",
    "static_modifier": "static",
    "readonly_modifier": "readonly",
    "var_modifier": "public",
}
_KINDS = {
    "class_declaration": "class",
    "interface_declaration": "interface",
    "trait_declaration": "trait",
    "enum_declaration": "enum",
}
_DEPRECATED = re.compile(r"^\s*@deprecated\b", re.MULTILINE)
_TAG = re.compile(r"^\s*@(return|var)\s+([^\s*]+)", re.MULTILINE)
_PARAMETER = re.compile(r"^\s*@param\s+(\S+)\s+(?:\.\.\.)?(\$\w+)", re.MULTILINE)


@cache
def _language() -> Language:
    import tree_sitter_php
    from tree_sitter import Language

    return Language(tree_sitter_php.language_php())


class Adapter(base.Adapter):
    """PHP 5 to 8, also between HTML."""

    name = "php"
    lacks = MappingProxyType(
        {
            "structs": "PHP has no structs.",
            "dataclasses": "PHP has no data classes.",
            "async": "PHP has no async functions.",
        }
    )
    joint = "\\"
    self_names = ("$this", "self", "static")
    folder_scope = True
    exact_modules = True
    constructors = "__construct"
    typed_returns = True
    raise_pattern = r"\bthrow\b"
    catch_pattern = r"\bcatch\b"
    test_name = r"test"
    test_mark = r"\bTest\b"

    def grammar(self, path: str) -> Language:
        return _language()

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match kind:
            case "package":
                return Details("package", header_end=node.end_byte)
            case "function" | "method":
                return _function(node, kind)
            case "constant":
                return _constant(node, enclosing)
            case "field":
                return _field(node, name)
            case "variant":
                value = text_of(node.child_by_field_name("value"))
                details = Details("variant", modifiers=["public"], value=value)
                return _finished(details, node, flag_missing=False)
        return _type(node)

    def imports(self, node: Node) -> Iterable[Import]:
        line = node.start_point[0] + 1
        if node.type != "namespace_use_declaration":  # include and require
            path = re.findall(r"""["']([^"'$]+)["']""", text_of(node))
            if path:
                yield Import(path[-1].lstrip("/"), "*", "", line)
            return
        prefix = ""
        clauses = list(node.named_children)
        for child in node.named_children:
            if child.type == "namespace_name":
                prefix = text_of(child) + "\\"
            elif child.type == "namespace_use_group":
                clauses = list(child.named_children)
        for clause in clauses:
            if clause.type != "namespace_use_clause":
                continue
            written = next((text_of(c) for c in clause.named_children if c.type in _NAMES), "")
            module, _, name = (prefix + written.strip("\\")).rpartition("\\")
            alias = text_of(clause.child_by_field_name("alias"))
            yield Import(module, name, alias or name, clause.start_point[0] + 1)

    def home(self, path: str, package: str, modules: tuple[str, ...]) -> str:
        return packages.home(path, package.replace("\\", "."))

    def sees(self, package: str, other: str) -> bool:
        return package == other or not other  # a function may be of the global namespace

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        if item.name == "*":  # an included file
            wanted = re.sub(r"^(\.{1,2}/)+", "", item.module)
            return f"/{target}".endswith("/" + wanted) or target.endswith(item.module)
        module = item.module.replace("\\", ".")
        if item.name[:1].isupper() and packages.reaches(
            f"{module}.{item.name}", target, file_is_type=False
        ):
            return True
        if not module:
            return True if "/" not in target else None
        folder, _, stem = module_path(target).rpartition("/")
        last = folder.rpartition("/")[2]
        if stem == item.name and last in (item.module.rpartition("\\")[2], "src", "lib", ""):
            return True  # PSR-4: a folder stands for the end of a namespace
        return packages.reaches(module, target, file_is_type=False)

    def module_stems(self, importer: str, module: str) -> tuple[str, ...]:
        if re.search(r"/|\.\w+$", module):  # an included file
            return (module_path(module).rpartition("/")[2],)
        return (module.rpartition("\\")[2],)

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        if item is not None:  # `use A\B; B\f()`
            rest = path.partition(".")[2].replace(".", "\\")
            whole = "\\".join(part for part in (item.module, item.name, rest) if part)
            return Import(whole, name, "", item.line)
        return Import(path.replace(".", "\\").strip("\\"), name, "", 0)

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:class|interface|trait|enum|function|const|case|namespace)\s+&?\s*(?:[\w\\?|]+\s+)?{name}\b"
            rf"|\b(?:public|private|protected|static|var|readonly)\b[\w\s?|\\&]*\$(?:\w+\s*,\s*\$)*{name}\b"
            rf"|,\s*\$?{name}\b|\bdefine\(\s*[\"']{name}\b|^\s*\$?{name}\s*=|\bconst\b[^;]*\b{name}\s*="
        )

    def subtype_pattern(self, name: str) -> str:
        return rf"(?m)\b(?:extends|implements)\b[^{{;]*?\b{name}\b|^\s+use\s[\w\\,\s]*?\b{name}\b"


def plain(node: Node | None) -> str:
    """`\\A\\B` → `A.B`."""
    return text_of(node).strip("\\").replace("\\", ".")


def _finished(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds attributes, keywords and the comment above, and what they say."""
    visible, keywords = "public", []
    for child in node.children:
        if child.type == "attribute_list":
            for mark in child.named_children:
                details.decorators += [squeeze(text_of(c)) for c in mark.named_children]
        elif child.type == "visibility_modifier":
            visible = text_of(child).split("(")[0]
        elif child.type in _KEYWORDS:
            keywords.append(_KEYWORDS[child.type])
    details.header = after(node, frozenset({"attribute_list"}))
    details.modifiers = list(dict.fromkeys([visible, *keywords, *details.modifiers[1:]]))
    details.doc = comment_above(node)
    if _DEPRECATED.search(details.doc) or any("Deprecated" in mark for mark in details.decorators):
        details.modifiers.append("deprecated")
    if not details.doc and flag_missing:
        details.modifiers.append("undocumented")
    wanted = "return" if details.kind in ("function", "method") else "var"
    details.returns = details.returns or dict(_TAG.findall(details.doc)).get(wanted, "")
    types = {name: kind for kind, name in _PARAMETER.findall(details.doc)}
    if types:
        details.parameters = [
            Parameter(p.name, p.type or types.get(p.name.lstrip("&."), ""), p.default)
            for p in details.parameters
        ]
    return details


def _type(node: Node) -> Details:
    details = Details(_KINDS[node.type], modifiers=["public"])
    body = node.child_by_field_name("body")
    for child in node.named_children:
        if child.type in ("base_clause", "class_interface_clause"):
            relation = "extends" if child.type == "base_clause" else "implements"
            details.bases += [
                Base(plain(c), relation) for c in child.named_children if c.type in _NAMES
            ]
    for child in body.named_children if body is not None else ():
        if child.type == "use_declaration":
            details.bases += [
                Base(plain(c), "mixes") for c in child.named_children if c.type in _NAMES
            ]
    return _finished(details, node)


def _function(node: Node, kind: str) -> Details:
    details = Details(kind, modifiers=["public"])
    details.parameters = list(_parameters(node.child_by_field_name("parameters")))
    details.returns = squeeze(text_of(node.child_by_field_name("return_type")), 120)
    body = node.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else node.end_byte
    outer = node.parent.parent if node.parent is not None else None
    if outer is not None and outer.type == "interface_declaration":
        details.modifiers.append("abstract")
    made = _finished(details, node)
    if re.search(r"^\s*@test\b", made.doc, re.MULTILINE):
        made.modifiers.append("test")
    return made


def _parameters(node: Node | None) -> Iterator[Parameter]:
    for child in node.named_children if node is not None else ():
        if not child.type.endswith("parameter"):
            continue
        name = text_of(child.child_by_field_name("name"))
        dots = "..." if child.type == "variadic_parameter" else ""
        if child.child_by_field_name("reference_modifier") is not None:
            dots = "&" + dots
        kind = squeeze(text_of(child.child_by_field_name("type")), 120)
        default = squeeze(text_of(child.child_by_field_name("default_value")), 80)
        yield Parameter(dots + name, kind, default)


def _constant(node: Node, enclosing: str) -> Details | None:
    details = Details("constant", modifiers=["public"])
    if node.type == "function_call_expression":  # define('NAME', value)
        arguments = node.child_by_field_name("arguments")
        values = arguments.named_children if arguments is not None else []
        details.value = text_of(values[1]) if len(values) > 1 else ""
        details.header_end = node.end_byte
        outer = node.parent or node
        details.doc = comment_above(outer)
        return details
    if enclosing in ("function", "method"):
        return None
    details.value = text_of(node.named_children[-1])
    outer = node.parent
    if outer is not None:
        details = _finished(details, outer, flag_missing=False)
        details.header = outer if _first(node) else None
        details.header_end = node.end_byte
        details.start = outer if _first(node) else None
    return details


def _first(node: Node) -> bool:
    before = node.prev_named_sibling
    return before is None or before.type != node.type


def _field(node: Node, name: str) -> Details | None:
    details = Details("field", modifiers=["public"])
    if node.type == "property_promotion_parameter":
        details.returns = squeeze(text_of(node.child_by_field_name("type")), 120)
        details.value = text_of(node.child_by_field_name("default_value"))
        written = text_of(node.child_by_field_name("visibility")) or "public"
        details.modifiers = [written.split("(")[0]]
        details.header_end = node.end_byte
        at = node.parent
        while at is not None and at.type not in _KINDS:
            at = at.parent
        if at is None:
            return None
        details.container = text_of(at.child_by_field_name("name"))
        return details
    outer = node.parent
    if outer is None or outer.type != "property_declaration":
        return None
    details.returns = squeeze(text_of(outer.child_by_field_name("type")), 120)
    details.value = text_of(node.child_by_field_name("default_value"))
    details = _finished(details, outer, flag_missing=False)
    details.header = outer if _first(node) else None
    details.start = outer if _first(node) else None
    details.header_end = node.end_byte
    return details
