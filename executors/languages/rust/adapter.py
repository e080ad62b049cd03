"""Rust on tree-sitter-rust.

An `impl` block is an `extension`: its functions are members of the type it names, wherever that is
defined, and the trait it implements is a base. What `#[derive(…)]` implements counts as a base of
the type itself. Not covered: what macros define.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from .. import base
from ..base import Base, Details, Import, Parameter, clean_comment, squeeze, text_of
from .crates import home, reaches, stems

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Tree

_COMMENTS = frozenset({"line_comment", "block_comment"})
_SCOPES = frozenset(
    {"mod_item", "struct_item", "union_item", "enum_item", "trait_item", "impl_item"}
    | {"function_item", "enum_variant"}
)
_TYPES = {
    "struct_item": "struct",
    "union_item": "struct",
    "enum_item": "enum",
    "type_item": "type",
    "associated_type": "type",
}
_LOCAL = frozenset({"function", "method", "macro"})


@cache
def _language() -> Language:
    import tree_sitter_rust
    from tree_sitter import Language

    return Language(tree_sitter_rust.language())


class Adapter(base.Adapter):
    """Rust 2021."""

    name = "rust"
    written_fields = True
    lacks = MappingProxyType(
        {
            "classes": "Rust has no classes; its structs and enums are meant.",
            "interfaces": "Rust has no interfaces; its traits are meant.",
            "dataclasses": "Rust has no data classes.",
        }
    )
    joint = "::"
    self_names = ("self", "Self")
    open_types = True
    classes = frozenset({"struct", "enum"})
    raise_pattern = (
        r"\b(?:panic|unreachable|todo|unimplemented|bail|ensure|anyhow)!|\bErr\("
        r"|\.(?:ok_or|ok_or_else|map_err)\("
    )
    catch_pattern = r"\bErr\(|\bcatch_unwind\b|\bdowncast|\.is::<|Err(?:or)?(?:Kind)?::\w+"
    exact_modules = True
    constructors = (
        r"[A-Z]\w*|new|default|from|open|create|build|builder|try_from|try_new|parse"
        r"|(?:with|new|from)_\w+"
    )
    test_mark = r"(?:^|::)(?:test|bench|rstest|test_case|proptest|wasm_bindgen_test)\b"
    reexports = True

    def grammar(self, path: str) -> Language:
        return _language()

    def tree(self, path: str, data: bytes) -> Tree:
        """The syntax tree; items that a macro only wraps (`cfg_net! { pub struct … }`) are read.

        The macro's name and braces are blanked out where what is inside reads as items.
        """
        tree = self.parser(path).parse(data)
        for _ in range(_MAX_WRAPPED):
            wrapped = [part for node in tree.root_node.children for part in _wrapping(node)]
            if not wrapped:
                break
            blanked = bytearray(data)
            for start, end in wrapped:
                blanked[start:end] = re.sub(rb"[^\n]", b" ", data[start:end])
            again = self.parser(path).parse(bytes(blanked))
            if again.root_node.has_error and not tree.root_node.has_error:
                break
            tree, data = again, bytes(blanked)
        return tree

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match node.type:
            case "function_item" | "function_signature_item":
                return _function(node, enclosing)
            case "impl_item":
                return _implementation(node)
            case "trait_item":
                return _trait(node)
            case "mod_item":
                return _finished(Details("module", modifiers=_visibility(node)), node)
            case "macro_definition":
                details = _finished(Details("macro"), node)
                exported = any(mark == "macro_export" for mark in details.decorators)
                details.modifiers.insert(0, "public" if exported else "private")
                details.header_end = _name_end(node)
                return details
            case "enum_variant":
                return _variant(node)
            case "field_declaration":
                return _field(node)
            case "const_item" | "static_item":
                return None if enclosing in _LOCAL or name == "_" else _value(node, kind)
        return _type(node)

    def imports(self, node: Node) -> Iterable[Import]:
        line = node.start_point[0] + 1
        if node.type == "extern_crate_declaration":
            name, alias = _renamed(node)
            return [Import(name, "", alias, line)]
        found = list(_used(node.child_by_field_name("argument"), ()))
        around = _modules_around(node)
        return [_from_file(item, around) for item in found] if around else found

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        return reaches(importer, item.module, item.name, target)

    def followed(self, imports: Iterable[Import], item: Import) -> Import:
        parts = item.module.split("::")
        if parts[0] == "crate" and len(parts) > 1:  # `use shop as s; use crate::s::Cart;`
            for other in imports:
                if other.alias == parts[1] and (other.name or other.module) != parts[1]:
                    whole = [p for p in (other.module, other.name, *parts[2:]) if p]
                    return Import("::".join(whole), item.name, item.alias, item.line)
        return item

    def home(self, path: str, package: str, modules: tuple[str, ...]) -> str:
        return home(path, modules)

    def module_stems(self, importer: str, module: str) -> tuple[str, ...]:
        return stems(importer, module)

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        parts = path.split(".")
        if item is not None:
            whole = [p for p in (item.module.replace("::", "."), item.name) if p] + parts[1:]
            return Import("::".join(".".join(whole).split(".")), name, name, item.line)
        return Import("::".join(parts), name, name, 0)

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:fn|struct|enum|union|trait|type|const|static|mod|mut|macro_rules!)\s+(?:r#)?{name}\b"
            rf"|(?:^|[{{,(]|\bpub(?:\([^)]*\))?|\])\s*(?:r#)?{name}\s*(?::[^:]|[,({{=}}]|$)"
        )

    def subtype_pattern(self, name: str) -> str:
        return (
            rf"\bimpl\b[^{{;]*?\b{name}\b[^{{;]*?\bfor\b"
            rf"|\btrait\s+\w+[^{{;]*?:[^{{;]*?\b{name}\b"
            rf"|\bderive\s*\([^)]*\b{name}\b"
        )


_MAX_WRAPPED = 4  # macros in macros
_ITEM = re.compile(
    rb"(?:\s|//[^\n]*\n|/\*.*?\*/|#!?\[(?:[^\[\]]|\[[^\]]*\])*\])*"
    rb"(?:(?:pub(?:\([^)]*\))?\s+)?(?:fn|impl|struct|enum|trait|mod|use|type|const|static|unsafe|async"
    rb"|extern)\s|macro_rules!|cfg_\w+!)",
    re.DOTALL,
)


def _wrapping(node: Node) -> Iterable[tuple[int, int]]:
    """Where a macro call around items begins and ends; in modules in braces too."""
    if node.type == "expression_statement" and node.named_children:
        node = node.named_children[0]
    if node.type == "mod_item":
        body = node.child_by_field_name("body")
        for child in body.named_children if body is not None else ():
            yield from _wrapping(child)
    if node.type != "macro_invocation":
        return
    tokens = node.named_children[-1] if node.named_children else None
    if tokens is None or tokens.type != "token_tree" or tokens.text is None:
        return
    if tokens.text[:1] == b"{" and _ITEM.match(tokens.text[1:]):
        yield node.start_byte, tokens.start_byte + 1
        yield tokens.end_byte - 1, tokens.end_byte


def _used(node: Node | None, path: tuple[str, ...]) -> Iterable[Import]:
    """The names that (a part of) a `use` binds; `path` is what stands before it."""
    if node is None:
        return
    line = node.start_point[0] + 1
    match node.type:
        case "use_list":
            for child in node.named_children:
                yield from _used(child, path)
        case "scoped_use_list":
            before = (*path, *_parts(node.child_by_field_name("path")))
            yield from _used(node.child_by_field_name("list"), before)
        case "use_wildcard":
            inner = node.named_children[0] if node.named_children else None
            yield Import("::".join((*path, *_parts(inner))), "*", "", line)
        case "use_as_clause":
            parts = [*path, *_parts(node.child_by_field_name("path"))]
            yield _import(parts, text_of(node.child_by_field_name("alias")), line)
        case "line_comment" | "block_comment":
            return
        case _:
            parts = [*path, *_parts(node)]
            yield _import(parts, parts[-2] if parts[-1] == "self" and path else parts[-1], line)


def _parts(node: Node | None) -> list[str]:
    return [p for p in re.sub(r"\s|r#", "", text_of(node)).split("::") if p]


def _import(parts: list[str], alias: str, line: int) -> Import:
    if len(parts) > 1 and parts[-1] == "self":
        parts = parts[:-1]  # `use a::b::{self}` is `use a::b`
    alias = "" if alias == "_" else alias
    if len(parts) == 1:
        return Import(parts[0], "", alias, line)
    return Import("::".join(parts[:-1]), parts[-1], alias, line)


def _modules_around(node: Node) -> list[str]:
    names: list[str] = []
    at = node.parent
    while at is not None:
        if at.type == "mod_item":
            names.insert(0, text_of(at.child_by_field_name("name")))
        at = at.parent
    return names


def _from_file(item: Import, around: list[str]) -> Import:
    """An import in a module in braces as the file's own module would write it."""
    parts = item.module.split("::")
    if parts[0] not in ("self", "super"):
        return item
    here = list(around)
    while parts and (parts[0] == "self" or (parts[0] == "super" and here)):
        if parts[0] == "super":
            here.pop()
        parts.pop(0)
    first = () if parts[:1] == ["super"] else ("self",)
    return Import("::".join([*first, *here, *parts]), item.name, item.alias, item.line)


def _renamed(node: Node) -> tuple[str, str]:
    name = text_of(node.child_by_field_name("name"))
    return name, text_of(node.child_by_field_name("alias")) or name


def scope_path(node: Node) -> str:
    """Qualified name of what is around a node."""
    names: list[str] = []
    at = node.parent
    while at is not None:
        if at.type == "impl_item":
            names.append(type_name(at.child_by_field_name("type")).rpartition(".")[2])
        elif at.type in _SCOPES:
            names.append(text_of(at.child_by_field_name("name")))
        at = at.parent
    return ".".join(reversed(names))


def type_name(node: Node | None) -> str:
    """`crate::a::Map<K, V>` → `crate.a.Map`; "" for what has no name."""
    while node is not None:
        if node.type == "generic_type" or node.type == "reference_type":
            node = node.child_by_field_name("type")
        elif node.type in ("dynamic_type", "abstract_type"):
            node = node.child_by_field_name("trait")
        elif node.type == "higher_ranked_trait_bound":
            node = node.child_by_field_name("type")
        elif node.type in ("type_identifier", "scoped_type_identifier", "primitive_type"):
            return re.sub(r"<.*?>|\s", "", text_of(node), flags=re.DOTALL).replace("::", ".")
        else:
            return ""
    return ""


def _visibility(node: Node) -> list[str]:
    """`pub` is public and exported, `pub(crate)` only public, what a trait asks for both."""
    mark = next((child for child in node.children if child.type == "visibility_modifier"), None)
    if mark is not None:
        return ["public", "exported"] if text_of(mark) == "pub" else ["public"]
    body = node.parent
    outer = body.parent if body is not None else None
    if outer is None or body is None:
        return ["private"]
    of_a_trait = outer.type == "trait_item" or (
        outer.type == "impl_item" and outer.child_by_field_name("trait") is not None
    )
    return ["public"] if of_a_trait or body.type == "enum_variant_list" else ["private"]


def _last_row(node: Node) -> int:
    """The row of a node's last character: a line comment includes its line's end."""
    return node.end_point[0] - (1 if node.end_point[1] == 0 else 0)


def _finished(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds the attributes and the comment above, and what they say."""
    marks: list[str] = []
    plain: list[str] = []
    docs: list[str] = []
    row = node.start_point[0]
    at = node.prev_sibling
    while at is not None:
        if at.type == "attribute_item":
            inner = at.named_children[0] if at.named_children else None
            marks.insert(0, squeeze(text_of(inner)))
            details.start = at
        elif at.type in _COMMENTS and _last_row(at) >= row - 1:
            before = at.prev_sibling
            code = before is not None and before.type not in _COMMENTS
            if (code and before is not None and _last_row(before) == at.start_point[0]) or (
                at.child_by_field_name("inner") is not None
            ):
                break  # it belongs to the code before it, or to the file
            kept = docs if at.child_by_field_name("outer") is not None else plain
            kept.insert(0, text_of(at).rstrip("\n"))
        else:
            break
        row = at.start_point[0]
        at = at.prev_sibling
    details.decorators = marks
    details.doc = clean_comment("\n".join(docs or plain))
    if any(re.match(r"deprecated\b", mark) for mark in marks):
        details.modifiers.append("deprecated")
    if flag_missing and not details.doc:
        details.modifiers.append("undocumented")
    for mark in marks:
        derived = re.match(r"derive\s*\((.*)\)$", mark, re.DOTALL)
        for name in derived[1].split(",") if derived else ():
            if name.strip():
                details.bases.append(Base(name.strip().replace("::", "."), "implements"))
    return details


def _name_end(node: Node) -> int:
    name = node.child_by_field_name("name")
    return name.end_byte if name is not None else 0


def _function(node: Node, enclosing: str) -> Details:
    kind = "method" if enclosing in ("extension", "trait") else "function"
    details = Details(kind, modifiers=_visibility(node))
    for child in node.children:
        if child.type == "function_modifiers":
            details.modifiers += [text_of(c) for c in child.children if not c.named_children]
    parameters = node.child_by_field_name("parameters")
    details.parameters = list(_parameters(parameters))
    if kind == "method" and not any(p.name == "self" for p in details.parameters):
        details.modifiers.append("static")
    if node.type == "function_signature_item":
        details.header_end = node.end_byte
        if enclosing == "trait":
            details.modifiers.append("abstract")
    details.returns = squeeze(text_of(node.child_by_field_name("return_type")), 120)
    return _finished(details, node)


def _parameters(node: Node | None) -> Iterable[Parameter]:
    for child in node.named_children if node is not None else ():
        if child.type == "self_parameter":
            yield Parameter("self", squeeze(text_of(child), 120).replace("self", "Self"))
        elif child.type == "parameter":
            pattern = text_of(child.child_by_field_name("pattern"))
            written = squeeze(text_of(child.child_by_field_name("type")), 120)
            yield Parameter(squeeze(pattern.removeprefix("&"), 80), written)
        elif child.type == "variadic_parameter":
            yield Parameter("...")


def _type(node: Node) -> Details:
    details = Details(_TYPES[node.type], modifiers=_visibility(node))
    if details.kind == "type":
        details.value = squeeze(text_of(node.child_by_field_name("type")), 200)
        details.header_end = node.end_byte
        if node.type == "associated_type":
            details.modifiers = ["public"]
    return _finished(details, node)


def _trait(node: Node) -> Details:
    details = Details("trait", modifiers=_visibility(node))
    bounds = node.child_by_field_name("bounds")
    for child in bounds.named_children if bounds is not None else ():
        name = type_name(child)
        if name:
            details.bases.append(Base(name))
    return _finished(details, node)


def _implementation(node: Node) -> Details:
    details = Details("extension")
    trait = type_name(node.child_by_field_name("trait"))
    if trait and not any(text_of(child) == "!" for child in node.children):
        details.bases.append(Base(trait, "implements"))
    return _finished(details, node, flag_missing=False)


def _variant(node: Node) -> Details:
    details = Details("variant", modifiers=["public"], header_end=node.end_byte)
    details.value = text_of(node.child_by_field_name("value"))
    return _finished(details, node, flag_missing=False)


def _field(node: Node) -> Details:
    details = Details("field", modifiers=_visibility(node), header_end=node.end_byte)
    details.returns = squeeze(text_of(node.child_by_field_name("type")), 120)
    outer = node.parent.parent if node.parent is not None else None
    if outer is not None and outer.type == "enum_variant":
        details.container = scope_path(node)
        details.modifiers = ["public"]
    return _finished(details, node, flag_missing=False)


def _value(node: Node, kind: str) -> Details:
    details = Details(kind, modifiers=_visibility(node), header_end=node.end_byte)
    details.returns = squeeze(text_of(node.child_by_field_name("type")), 120)
    details.value = text_of(node.child_by_field_name("value"))
    return _finished(details, node, flag_missing=False)
