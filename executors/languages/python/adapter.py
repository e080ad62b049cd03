"""Python on tree-sitter-python."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...repository import module_path
from .. import base
from ..base import Base, Details, Import, Parameter, squeeze, text_of, without_type_arguments
from ..modules import is_or_above, module_reaches

if TYPE_CHECKING:
    from tree_sitter import Language, Node


@cache
def _language() -> Language:
    import tree_sitter_python
    from tree_sitter import Language

    return Language(tree_sitter_python.language())


class Adapter(base.Adapter):
    """Python 3, with the constructs of Python 2 that the grammar still reads."""

    name = "python"
    lacks = MappingProxyType(
        {
            "structs": "Python has no structs.",
            "interfaces": "Python has no interfaces; Protocol and ABC classes serve as such.",
            "traits": "Python has no traits.",
        }
    )
    self_names = ("self", "cls")
    local_kinds = frozenset({"variable"})
    capital_types = True
    reexports = True

    def grammar(self, path: str) -> Language:
        return _language()

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        if kind == "class":
            return _class(node)
        if kind == "function":
            return _function(node, name, enclosing)
        if kind == "type":
            return Details("type", value=text_of(node.child_by_field_name("right")))
        return _variable(node, name, kind, enclosing)

    def imports(self, node: Node) -> Iterable[Import]:
        line = node.start_point[0] + 1
        module_node = node.child_by_field_name("module_name")
        if node.type == "import_statement":
            for child in node.children_by_field_name("name"):
                module, alias = _aliased(child)
                yield Import(module, "", alias or module.split(".")[0], line)
            return
        module = "__future__" if node.type == "future_import_statement" else text_of(module_node)
        for child in node.children_by_field_name("name"):
            name, alias = _aliased(child)
            yield Import(module, name, alias or name, child.start_point[0] + 1)
        if any(child.type == "wildcard_import" for child in node.children):
            yield Import(module, "*", "", line)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        own = module_path(target)
        dots = len(item.module) - len(item.module.lstrip("."))
        inner = item.module.lstrip(".").replace(".", "/")
        if dots:
            full = _package(importer, dots)
            full = posixpath.normpath(posixpath.join(full, inner)) if inner else full
            return is_or_above(full, own) or is_or_above(posixpath.join(full, item.name), own)
        return module_reaches(inner, own) or bool(
            item.name and module_reaches(f"{inner}/{item.name}", own)
        )

    def module_stems(self, importer: str, module: str) -> tuple[str, ...]:
        last = module.rpartition(".")[2]
        return (last or posixpath.basename(_package(importer, len(module))),)

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        rest = path.partition(".")[2]
        if item is not None and not rest and item.module.startswith(f"{item.alias}."):
            return Import(item.alias, "", item.alias, item.line)  # `import a.b` binds `a`
        if item is None or not rest:
            return item
        base = f"{item.module}.{item.name}" if item.name else item.module
        top = base if item.alias != item.module.split(".")[0] else item.alias
        return Import(f"{top}.{rest}", "", item.alias, item.line)

    def definition_pattern(self, name: str) -> str:
        return (
            rf"(?:\bdef|\bclass|\btype)\s+{name}\b"
            rf"|^\s*(?:self\.)?{name}\s*(?::[^=\n]+)?=[^=]|^\s*{name}\s*:\s*\S"
            rf"|^[\w, ()]*\b{name}\b[\w, ()]*=[^=]"
        )

    def call_pattern(self, name: str) -> str:
        return rf"\b{name}\s*(?:\\\s*)?\(|@\s*[\w.\s]*\b{name}\b|\b{name}\s+as\b"

    def subtype_pattern(self, name: str) -> str:
        return rf"\bclass\s+\w+\s*(?:\[[^\]]*\]\s*)?\([^:]*\b{name}\b"


def _package(importer: str, dots: int) -> str:
    """The folder that a relative import starts from."""
    folder = posixpath.dirname(importer)
    for _ in range(dots - 1):
        folder = posixpath.dirname(folder)
    return folder


def _aliased(node: Node) -> tuple[str, str]:
    if node.type == "aliased_import":
        return text_of(node.child_by_field_name("name")), text_of(node.child_by_field_name("alias"))
    return text_of(node), ""


def _decorators(node: Node) -> tuple[Node | None, list[str]]:
    outer = node.parent
    if outer is None or outer.type != "decorated_definition":
        return None, []
    marks = [
        text_of(part)
        for child in outer.children
        if child.type == "decorator"
        for part in child.named_children
        if part.type != "comment"  # `@name  # why` has the comment inside the decorator
    ]
    return outer, [squeeze(mark) for mark in marks]


def _docstring(node: Node) -> str:
    body = node.child_by_field_name("body")
    first = body.named_child(0) if body is not None and body.named_child_count else None
    while first is not None and first.type == "comment":
        first = first.next_named_sibling
    if first is None or first.type != "expression_statement" or not first.named_child_count:
        return ""
    literal = first.named_child(0)
    if literal is None or literal.type not in ("string", "concatenated_string"):
        return ""
    return _literal(text_of(literal))


def _literal(text: str) -> str:
    value: object
    if text.startswith('"""') and text.endswith('"""') and "\\" not in text and len(text) > 5:
        value = text[3:-3]  # the common case, twenty times quicker than the parser
    else:
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return ""
    if not isinstance(value, str):
        return ""
    lines = value.expandtabs().strip().split("\n")
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    margin = min(indents, default=0)
    return "\n".join([lines[0], *(line[margin:].rstrip() for line in lines[1:])])


def _visibility(name: str) -> str:
    dunder = name.startswith("__") and name.endswith("__")
    return "private" if name.startswith("_") and not dunder else "public"


def _deprecated(decorators: Iterable[str], doc: str) -> bool:
    return any("deprecat" in mark.lower() for mark in decorators) or "deprecated" in doc.lower()


def _class(node: Node) -> Details:
    outer, decorators = _decorators(node)
    bases: list[Base] = []
    modifiers: list[str] = [_visibility(text_of(node.child_by_field_name("name")))]
    arguments = node.child_by_field_name("superclasses")
    for child in arguments.named_children if arguments is not None else ():
        if child.type == "keyword_argument":
            if text_of(child.child_by_field_name("value")).endswith("ABCMeta"):
                modifiers.append("abstract")
        elif child.type not in ("comment", "dictionary_splat", "list_splat"):
            bases.append(Base(without_type_arguments(text_of(child))))
    if any(b.name.rpartition(".")[2] == "ABC" for b in bases):
        modifiers.append("abstract")
    doc = _docstring(node)
    if not doc:
        modifiers.append("undocumented")
    if _deprecated(decorators, ""):
        modifiers.append("deprecated")
    return Details(
        "class", bases=bases, decorators=decorators, modifiers=modifiers, doc=doc, start=outer
    )


def _function(node: Node, name: str, enclosing: str) -> Details:
    outer, decorators = _decorators(node)
    kind = "method" if enclosing == "class" else "function"
    marks = {mark.split("(")[0].rpartition(".")[2] for mark in decorators} if decorators else set()
    modifiers = [_visibility(name)]
    if (first := node.child(0)) is not None and first.type == "async":
        modifiers.append("async")
    if "staticmethod" in marks or "classmethod" in marks:
        modifiers.append("static")
    if any(mark.startswith("abstract") for mark in marks):
        modifiers.append("abstract")
    if kind == "method" and marks & {"property", "cached_property", "setter", "deleter"}:
        kind = "property"
    doc = _docstring(node)
    if not doc:
        modifiers.append("undocumented")
    if _deprecated(decorators, "\n".join(doc.split("\n")[:1])) or ".. deprecated::" in doc:
        modifiers.append("deprecated")
    returns = text_of(node.child_by_field_name("return_type"))
    return Details(
        kind,
        decorators=decorators,
        modifiers=modifiers,
        parameters=list(_parameters(node.child_by_field_name("parameters"))),
        returns=returns,
        doc=doc,
        start=outer,
    )


def _parameters(node: Node | None) -> Iterable[Parameter]:
    for child in node.named_children if node is not None else ():
        sort = child.type
        if sort == "identifier":
            yield Parameter(text_of(child))
        elif sort != "comment":
            written = child.child_by_field_name("name") or child
            if sort == "typed_parameter":
                written = child.named_children[0]
            kind = text_of(child.child_by_field_name("type"))
            default = text_of(child.child_by_field_name("value"))
            yield Parameter(text_of(written), squeeze(kind, 120), squeeze(default, 80))


def _own_class(node: Node) -> str:
    """Qualified name of the class whose method a node is in; that of the function where none is."""
    names: list[str] = []
    of_class = False
    at = node.parent
    while at is not None:
        if at.type in ("class_definition", "function_definition"):
            if not of_class and at.type == "class_definition":
                names, of_class = [], True  # the methods in between are no part of it
            names.insert(0, text_of(at.child_by_field_name("name")))
        at = at.parent
    return ".".join(names)


def _variable(node: Node, name: str, kind: str, enclosing: str) -> Details | None:
    if kind == "field":
        if enclosing not in ("method", "property", "function"):
            return None
        right = text_of(node.child_by_field_name("right"))
        return Details("field", value=right, container=_own_class(node))
    if enclosing == "class":
        kind = "field"
    elif name.isupper() or (name.upper() == name and len(name) > 1):
        kind = "constant"
    right = node.child_by_field_name("right")
    written = text_of(node.child_by_field_name("type"))
    return Details(
        kind,
        modifiers=[_visibility(name)],
        returns=written,
        value=text_of(right),
        header_end=node.end_byte,
    )
