"""What JavaScript and TypeScript share: definitions, bases, comments and module imports.

The two grammars agree on most node names; where they do not, either name is accepted here, so that
one class reads both. Not covered: members that are only known at run time (`app[method] = …`,
`Object.defineProperty`, `util.inherits`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING

from ...repository import module_path
from .. import base
from ..base import Details, Import, Parameter, after, comment_above, squeeze, text_of
from ..modules import is_or_above, module_reaches, relative
from .headers import heritage, parameters_of, written_type
from .modules import called_import, import_statement, re_export, required
from .places import (
    CALLABLE,
    EXPORTS,
    FIELDS,
    FUNCTIONS,
    ancestors,
    bound,
    dressed,
    exported_by_name,
    field_name,
    joined,
    object_path,
    outermost,
    outside_functions,
    own_class,
    scope_path,
    shares_declaration,
    undressed,
    unwrapped,
)

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERALS = frozenset(
    {"string", "number", "template_string", "true", "false", "null", "regex", "unary_expression"}
)
_DEPRECATED = re.compile(r"@deprecated\b")
_DECORATOR = frozenset({"decorator"})
_ACCESSORS = frozenset({"get", "set"})
_FLAGS = frozenset({"async", "static", "abstract"})


class EcmaAdapter(base.Adapter):
    """The shared half of an adapter; a subclass adds its grammar and what only it has."""

    self_names = ("this",)
    capital_types = True
    reexports = True

    @cached_property
    def query_text(self) -> str:
        """The shared patterns and those of the language's own `queries.scm`."""
        shared = resources.files(__package__ or "").joinpath("shared.scm").read_text("utf-8")
        return shared + super().query_text

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        match node.type:
            case "class_declaration" | "class":
                return class_details(node, name)
            case "function_declaration" | "generator_function_declaration":
                return _function(node, name)
            case "function_expression":
                return None if bound(node) or dressed(node) else _function(node, name)
            case "method_definition":
                return method_details(node, name)
            case "pair":
                return _property(node, name, enclosing)
            case "variable_declarator":
                return _variable(node, name, enclosing)
            case "assignment_expression":
                return _assignment(node, name, kind, enclosing)
            case "field_definition" | "public_field_definition":
                return _field(node, name)
        return None

    def imports(self, node: Node) -> Iterable[Import]:
        if node.type == "call_expression":
            return called_import(node)
        if node.type == "export_statement":
            return re_export(node)
        return import_statement(node)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        if not item.module.startswith("."):
            inner = re.sub(r"^[@~]/", "", item.module)
            return True if module_reaches(inner, module_path(target)) else None
        full = relative(importer, item.module)
        full = module_path(full) if "." in full.rpartition("/")[2] else full
        return is_or_above(full, module_path(target))

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:function|class|interface|type|enum|namespace|module)\b[*\s]*[\"']?(?:\w+\.)*{name}\b"
            rf"|\b(?:const|let|var)\b[^=;]*?\b{name}\b"
            rf"|(?:^|[\s.#\"',{{(*]){name}[\"']?\s*[?!]?\s*(?:[:=,;<(]|$)"
        )

    def subtype_pattern(self, name: str) -> str:
        inside = r"|<[^;]*?>)*?"  # braces in a header stand only in type arguments
        return (
            rf"\b(?:class|interface)\b(?:[^;{{}}<]{inside}"
            rf"\b(?:extends|implements)\b(?:[^;{{<]{inside}\b{name}\b"
        )


def class_details(node: Node, name: str, outer: Node | None = None) -> Details | None:
    """A class declaration or expression; an expression that is bound to a name goes by that."""
    if node.type == "class" and outer is None and bound(node):
        return None
    details = Details("class", bases=list(heritage(node)))
    details.modifiers.append(visibility(name))
    if node.type == "abstract_class_declaration":
        details.modifiers.append("abstract")
    body = node.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else 0
    return finish(details, outer or node)


def _function(node: Node, name: str) -> Details:
    return finish(callable_details(node, "function", name), node)


def callable_details(node: Node, kind: str, name: str) -> Details:
    """What the header of a function or method says."""
    details = Details(kind, modifiers=[visibility(name)])
    written = tokens(node)
    details.modifiers += sorted(written & _FLAGS)
    if "accessibility_modifier" in written:
        details.modifiers[0] = accessibility(node)
    parameters = node.child_by_field_name("parameters")
    if parameters is None:
        single = node.child_by_field_name("parameter")
        details.parameters = [Parameter(text_of(single))] if single is not None else []
    else:
        details.parameters = list(parameters_of(parameters))
    details.returns = written_type(node.child_by_field_name("return_type"))
    body = node.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else node.end_byte
    return details


def method_details(node: Node, name: str) -> Details | None:
    """A method of a class or an object literal."""
    kind = "property" if tokens(node) & _ACCESSORS else "method"
    details = callable_details(node, kind, name)
    if node.parent is not None and node.parent.type == "object":
        where = object_path(node)
        if where is not None:
            details.container = joined(scope_path(where[0]), where[1])
            if not details.container and kind == "method":
                details.kind = "function"  # a member of what the module exports
            if where[2]:
                details.modifiers.append("exported")
    return finish(details, node)


def _property(node: Node, name: str, enclosing: str) -> Details | None:
    """`key: function () {}` in an object literal that has a name."""
    value = node.child_by_field_name("value")
    where = object_path(node)
    if value is None or where is None:
        return None
    details = callable_details(value, "method", name)
    details.container = joined(scope_path(where[0]), where[1])
    if not details.container and not enclosing:
        details.kind = "function"
    if where[2]:
        details.modifiers.append("exported")
    return finish(details, node)


def _variable(node: Node, name: str, enclosing: str) -> Details | None:
    written = node.child_by_field_name("value")
    value = undressed(unwrapped(written))
    name_node = node.child_by_field_name("name")
    simple = name_node is not None and name_node.type == "identifier"
    if simple and value is not None:
        if value.type in FUNCTIONS:
            return finish(callable_details(value, "function", name), node)
        if value.type == "class":
            return class_details(value, name, node)
    if enclosing not in ("", "module") or not outside_functions(node):
        return None  # a local is no definition that others can name
    if required(value):
        return None  # an import, which is told apart as one
    constant = node.parent is not None and text_of(node.parent.child_by_field_name("kind"))
    fixed = name.isupper() or (value is not None and value.type in _LITERALS)
    details = Details("constant" if constant == "const" and fixed else "variable")
    details.modifiers.append(visibility(name))
    details.returns = written_type(node.child_by_field_name("type"))
    details.value = text_of(written)
    details.header_end = node.end_byte
    if (
        written is not None
        and written.type == "assignment_expression"
        and EXPORTS.search(text_of(written)[:80].partition("{")[0])
    ):
        details.modifiers.append("exported")
    return finish(details, node, flag_missing=False)


def _assignment(node: Node, name: str, kind: str, enclosing: str) -> Details | None:
    """`exports.f = …`, `Foo.prototype.m = …`, `app.use = …`, `this.m = …` with a function."""
    left = node.child_by_field_name("left")
    value = unwrapped(node.child_by_field_name("right"))
    if left is None or value is None:
        return None
    owner = text_of(left.child_by_field_name("object"))
    if kind == "field" and value.type not in FUNCTIONS:
        return _assigned_field(node, name)
    if value.type not in FUNCTIONS and value.type != "class":
        return None
    if name == "exports" and owner in ("", "module"):
        return None  # the function's own name, if any, is what it is known by
    if value.type == "class":
        details = class_details(value, name, node)
    else:
        details = finish(callable_details(value, "function", name), node)
    if details is None or left.type == "identifier":
        return details
    details.start = outermost(node)
    exported = EXPORTS.match(owner)
    if exported:
        details.modifiers.append("exported")
        owner = owner[exported.end() :]
    owner = owner.removesuffix(".prototype").replace("?.", ".").replace("!", "")
    if owner == "this":
        details.container = own_class(node)
    elif re.fullmatch(r"[\w$.]+", owner):
        details.container = owner.removeprefix("this.")
    if owner and details.kind == "function":
        details.kind = "method"
    return details


def _assigned_field(node: Node, name: str) -> Details | None:
    """`this.x = …` in a constructor: a field, unless the class declares it itself."""
    inside = next((n for n in ancestors(node) if n.type in CALLABLE), None)
    if inside is None or inside.type == "arrow_function":
        return None
    own = text_of(inside.child_by_field_name("name"))
    body = inside.parent
    if inside.type == "method_definition":
        if own != "constructor" or body is None:
            return None
        for member in body.named_children:
            if member.type in FIELDS and name == text_of(field_name(member)):
                return None
    elif not own[:1].isupper():
        return None  # only a function that is named like a class builds objects
    details = Details("field", modifiers=[visibility(name)], container=own_class(node))
    details.value = text_of(node.child_by_field_name("right"))
    details.header_end = node.end_byte
    return finish(details, node, flag_missing=False)


def _field(node: Node, name: str) -> Details | None:
    value = unwrapped(node.child_by_field_name("value"))
    written = tokens(node)
    if value is not None and value.type in FUNCTIONS:
        details = callable_details(value, "method", name)
    else:
        details = Details("field", modifiers=[visibility(name)])
        details.returns = written_type(node.child_by_field_name("type"))
        details.value = text_of(node.child_by_field_name("value"))
        details.header_end = node.end_byte
    details.modifiers += sorted(written & _FLAGS)
    if "accessibility_modifier" in written:
        details.modifiers[0] = accessibility(node)
    return finish(details, node, flag_missing=details.kind == "method")


def finish(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds what stands around a definition: decorators, comment, export, and what they imply."""
    outer = outermost(node)
    first = outer
    marks: list[Node] = [c for c in outer.children if c.type == "decorator"]
    if outer is not node:
        marks += [c for c in node.children if c.type == "decorator"]
    above = outer.prev_sibling
    while above is not None and above.type == "decorator":
        marks.insert(0, above)
        first = above
        above = above.prev_sibling
    if any(c.type == "decorator" for c in node.children):
        details.header = after(node, _DECORATOR)
    details.decorators = [squeeze(text_of(mark)[1:].strip()) for mark in marks]
    details.doc = comment_above(first) or _overload_comment(first)
    if first is not node and not shares_declaration(outer, node):
        details.start = first
    if outer.type == "export_statement" or exported_by_name(node, outer):
        details.modifiers.append("exported")
    if _DEPRECATED.search(details.doc) or any("deprecat" in d.lower() for d in details.decorators):
        details.modifiers.append("deprecated")
    if flag_missing and not details.doc:
        details.modifiers.append("undocumented")
    return details


def _overload_comment(first: Node) -> str:
    """The comment of the overload before: the implementation seldom repeats it."""
    before = first.prev_named_sibling
    if before is None or not _signature_name(before):
        return ""
    if _signature_name(before) != _signature_name(first):
        return ""
    return comment_above(before) or _overload_comment(before)


def _signature_name(node: Node) -> str:
    inner = node.child_by_field_name("declaration") if node.type == "export_statement" else node
    if inner is not None and inner.type == "ambient_declaration":
        inner = inner.named_children[0] if inner.named_children else None
    known = CALLABLE | {"function_signature", "method_signature", "abstract_method_signature"}
    if inner is None or inner.type not in known:
        return ""
    return text_of(inner.child_by_field_name("name"))


def visibility(name: str) -> str:
    """`private` for `#x` and `_x`, else `public`."""
    return "private" if name.startswith(("#", "_")) else "public"


def accessibility(node: Node) -> str:
    """`private` for the keywords private and protected, else `public`."""
    keyword = next((text_of(c) for c in node.children if c.type == "accessibility_modifier"), "")
    return "public" if keyword == "public" else "private"


def tokens(node: Node) -> set[str]:
    """Types of the children before the body or value: keywords stand there."""
    found: set[str] = set()
    for child in node.children:
        if child.type in ("formal_parameters", "statement_block", "class_body", "="):
            break
        found.add(child.type)
    return found
