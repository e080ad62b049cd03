"""C++ on tree-sitter-cpp.

A method that is defined outside of its class says so in its name (`void A::f()`), which becomes its
container; one that is only declared in the class has the modifier `declaration`. A namespace is a
`module`. Not covered: overload resolution, templates' arguments, names that a macro makes.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..base import Base, Details, Import, squeeze, text_of, without_type_arguments
from ..c.family import (
    CFamilyAdapter,
    declared_as_pointer,
    document,
    function_in,
    gtest_suite,
    name_in,
    outermost,
)

if TYPE_CHECKING:
    from tree_sitter import Language, Node

_LOCAL = ("declaration", "alias_declaration")
_CLASSES = ("class_specifier", "struct_specifier", "union_specifier")


@cache
def _language() -> Language:
    import tree_sitter_cpp
    from tree_sitter import Language

    return Language(tree_sitter_cpp.language())


class Adapter(CFamilyAdapter):
    """C++, its headers too."""

    name = "cpp"
    lacks = MappingProxyType(
        {
            "interfaces": "C++ has no interfaces; classes of pure virtual functions serve as such.",
            "traits": "C++ has no traits.",
            "dataclasses": "C++ has no data classes.",
            "async": "C++ has no async functions.",
        }
    )
    joint = "::"
    self_names = ("this", "(*this)")
    implicit_self = True
    open_types = True
    test_mark = r"\btest\b"
    classes = frozenset({"class", "struct"})
    typeless_functions = True

    def grammar(self, path: str) -> Language:
        return _language()

    @cached_property
    def query_text(self) -> str:
        """The patterns of C and C++'s own."""
        shared = resources.files((__package__ or "").rpartition(".")[0] + ".c").joinpath(
            "queries.scm"
        )
        return shared.read_text("utf-8") + super().query_text

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        if kind == "module":
            details = Details("module", container=_qualification(node.child_by_field_name("name")))
            if details.container:
                outer = _path(node)
                details.container = f"{outer}.{details.container}" if outer else details.container
            return document(details, node, flag_missing=False)
        if enclosing in ("function", "method") and node.type in _LOCAL:
            return None
        if node.type in ("alias_declaration", "concept_definition"):
            details = Details("type", header_end=node.end_byte)
            details.value = squeeze(text_of(node.child_by_field_name("type")), 200)
            details.modifiers.extend(_access(node))
            return document(details, outermost(node), node)
        return super().describe(node, name, kind, enclosing)

    def imports(self, node: Node) -> Iterable[Import]:
        line = node.start_point[0] + 1
        if node.type == "preproc_include":
            yield from super().imports(node)
        elif node.type == "namespace_alias_definition":
            alias = text_of(node.child_by_field_name("name"))
            target = node.named_children[-1] if node.named_children else None
            yield Import(text_of(target), "", alias, line)
        elif node.named_children:
            written = text_of(node.named_children[-1])
            if any(child.type == "namespace" for child in node.children):
                yield Import(written, "", "", line)
            elif not any(child.type == "class_specifier" for child in _ancestors(node)):
                module, _, name = written.rpartition("::")
                yield Import(module, name, name, line)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        if item.name != "*":
            return None  # `using a::b`: which file has it is not said
        return super().reaches(importer, item, target)

    def declared(self, node: Node) -> Node | None:
        if node.type == "nested_namespace_specifier":
            return node.named_children[-1] if node.named_children else None
        if node.type == "template_type":
            return node.child_by_field_name("name")
        return name_in(node)

    def type_details(self, node: Node, kind: str) -> Details | None:
        details = super().type_details(node, kind)
        if details is None or node.type == "type_definition":
            return details
        for child in node.children:
            if child.type == "base_class_clause":
                details.bases += _bases(child)
            elif kind == "enum" and child.type in ("class", "struct"):
                details.modifiers.append("scoped")
        details.container = _container(node, node.child_by_field_name("name"))
        details.modifiers += _access(node)
        return details

    def is_method(self, declarator: Node) -> bool:
        return function_in(declarator) is not None and not declared_as_pointer(declarator)

    def field(self, node: Node, declarator: Node) -> Details | None:
        details = super().field(node, declarator)
        if details is not None:
            specifiers = {
                text_of(c) for c in node.children if c.type.endswith(("specifier", "qualifier"))
            }
            if "static" in specifiers and specifiers & {"const", "constexpr"}:
                details.kind = "constant"
            details.modifiers += sorted(specifiers & {"static", "const", "constexpr", "mutable"})
            details.modifiers += _access(node)
        return details

    def function(self, node: Node, function: Node, name: str, enclosing: str) -> Details | None:
        if node.parent is not None and node.parent.type == "friend_declaration":
            if node.type != "function_definition":
                return None
            enclosing = ""
        details = super().function(node, function, name, "" if enclosing == "macro" else enclosing)
        if details is None:
            return None
        for child in function.children:
            if child.type == "trailing_return_type":
                details.returns = squeeze(text_of(child).removeprefix("->").strip(), 120)
            elif child.type == "virtual_specifier":
                details.modifiers.append(text_of(child))
        tail = {child.type for child in node.children}
        if node.child_by_field_name("default_value") is not None and "virtual" in details.modifiers:
            details.modifiers.append("abstract")
        if "delete_method_clause" in tail:
            details.modifiers.append("deleted")
        suite = gtest_suite(function)
        if suite:
            details.container, details.returns, details.parameters = suite, "", []
            details.modifiers = ["test"]
            return details
        written = function.child_by_field_name("declarator")
        container = _container(node, written)
        if container or enclosing in ("class", "struct"):
            details.kind = "method"
            details.container = container
            visible = _access(node)
            details.modifiers = [m for m in details.modifiers if m not in ("public", "private")]
            details.modifiers = visible + details.modifiers
        elif _anonymous(node):
            details.modifiers = ["internal" if m == "public" else m for m in details.modifiers]
        if node.child_by_field_name("body") is None and "declaration" not in details.modifiers:
            details.header_end = node.end_byte
        else:
            initializers = next(
                (c for c in node.children if c.type == "field_initializer_list"), None
            )
            if initializers is not None:
                details.header_end = initializers.start_byte
        return details

    def variable(self, node: Node, declarator: Node, name: str) -> Details | None:
        details = super().variable(node, declarator, name)
        if details is not None:
            inner = declarator
            while inner is not None and inner.type == "init_declarator":
                inner = inner.child_by_field_name("declarator")
            container = _container(node, inner)
            if container:  # `int A::count = 0;` gives a static field its place
                details.kind, details.container = "field", container
        return details


def _ancestors(node: Node) -> Iterable[Node]:
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def _path(node: Node) -> str:
    """Names of the namespaces and classes around a node, outermost first, dotted."""
    names: list[str] = []
    for at in _ancestors(node):
        if at.type in ("namespace_definition", *_CLASSES):
            name = at.child_by_field_name("name")
            if name is not None:
                names.append(without_type_arguments(text_of(name)).replace("::", "."))
    return ".".join(reversed(names))


def _qualification(name: Node | None) -> str:
    """`A::B` of `A::B::f`, dotted and without template arguments."""
    scopes: list[str] = []
    if name is not None and name.type == "nested_namespace_specifier":
        return text_of(name).rpartition("::")[0].replace("::", ".")
    while name is not None and name.type == "qualified_identifier":
        scope = name.child_by_field_name("scope")
        if scope is not None:
            scopes.append(without_type_arguments(text_of(scope)))
        name = name.child_by_field_name("name")
    return ".".join(scopes)


def _container(node: Node, name: Node | None) -> str:
    """Where a definition with a qualified name belongs, "" for one without."""
    written = _qualification(name)
    if not written:
        return ""
    around = _path(node)
    return f"{around}.{written}" if around else written


def _anonymous(node: Node) -> bool:
    return any(
        at.type == "namespace_definition" and at.child_by_field_name("name") is None
        for at in _ancestors(node)
    )


def _bases(clause: Node) -> Iterable[Base]:
    for child in clause.named_children:
        if child.type in ("type_identifier", "qualified_identifier", "template_type"):
            name = without_type_arguments(text_of(child)).replace("::", ".").strip(". ")
            if name:
                yield Base(name)


_sections: list[tuple[Node, list[tuple[int, str]]]] = []


def _access(node: Node) -> list[str]:
    """Whether a member is public, protected or private, by the section it stands in."""
    node = outermost(node)
    body = node.parent
    if body is None or body.type != "field_declaration_list" or body.parent is None:
        return []
    if not _sections or _sections[-1][0] != body:  # kept for the class at hand
        found = [
            (child.start_byte, text_of(child).rstrip(": \n"))
            for child in body.children
            if child.type == "access_specifier"
        ]
        default = "private" if body.parent.type == "class_specifier" else "public"
        _sections[:] = [(body, [(0, default), *found])]
    access = "public"
    for start, name in _sections[-1][1]:
        if start > node.start_byte:
            break
        access = name
    return [access]
