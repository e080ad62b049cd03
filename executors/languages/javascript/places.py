"""Where a definition of JavaScript or TypeScript stands: what binds, exports and encloses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..base import text_of

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
CALLABLE = FUNCTIONS | {
    "function_declaration",
    "generator_function_declaration",
    "method_definition",
}
FIELDS = frozenset({"field_definition", "public_field_definition"})
# Expressions that hand on the value inside them.
WRAPPERS = frozenset(
    {
        "parenthesized_expression",
        "as_expression",
        "satisfies_expression",
        "non_null_expression",
        "type_assertion",
    }
)
# Statements around a declaration that belong to it: comments stand above the outermost.
_AROUND = frozenset(
    {
        "lexical_declaration",
        "variable_declaration",
        "expression_statement",
        "ambient_declaration",
        "export_statement",
        "assignment_expression",
    }
)
# Calls that give back the function they are given, dressed up.
_DRESSERS = frozenset({"memo", "forwardRef", "observer", "useCallback"})
_NAMED_VALUES = FUNCTIONS | {"identifier", "class"}
EXPORTS = re.compile(r"(?:module\.)?exports\b\.?")


def ancestors(node: Node) -> Iterator[Node]:
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def unwrapped(node: Node | None) -> Node | None:
    """The value that an expression hands on: `(x as T)` → `x`, `a = b = f` → `f`."""
    while node is not None:
        if node.type == "assignment_expression":
            node = node.child_by_field_name("right")
        elif node.type in WRAPPERS and node.named_children:
            node = node.named_children[-1 if node.type == "type_assertion" else 0]
        else:
            break
    return node


def undressed(node: Node | None) -> Node | None:
    """The function in `memo(function () {…})`, or the node itself."""
    if node is None or node.type != "call_expression":
        return node
    called = text_of(node.child_by_field_name("function")).rpartition(".")[2]
    given = node.child_by_field_name("arguments")
    if called not in _DRESSERS or given is None or not given.named_children:
        return node
    inner = undressed(given.named_children[0])
    return inner if inner is not None and inner.type in FUNCTIONS else node


def dressed(node: Node) -> bool:
    """Whether a function expression goes by the name its dressing is bound to."""
    call = next((at for at in ancestors(node) if at.type != "arguments"), None)
    while call is not None and call.type == "call_expression" and undressed(call) == node:
        if bound(call):
            return True
        call = call.parent.parent if call.parent is not None else None
    return False


def bound(node: Node) -> bool:
    """Whether a function or class expression goes by another name than its own."""
    for at in ancestors(node):
        if at.type == "assignment_expression":
            left = text_of(at.child_by_field_name("left"))
            if left not in ("module.exports", "exports"):
                return True
        elif at.type not in WRAPPERS:
            return at.type in ("variable_declarator", "pair") or at.type in FIELDS
    return False


def outside_functions(node: Node) -> bool:
    """Whether a declaration is the module's: not in a function, unless that is called at once."""
    for at in ancestors(node):
        if at.type in ("for_statement", "for_in_statement", "class_static_block"):
            return False
        if at.type in CALLABLE:
            outer = at.parent
            while outer is not None and outer.type in (
                "parenthesized_expression",
                "unary_expression",
            ):
                outer = outer.parent
            called = outer.child_by_field_name("function") if outer is not None else None
            if called is None or called.start_byte > at.start_byte or called.end_byte < at.end_byte:
                return False
    return True


def object_path(node: Node) -> tuple[Node, str, bool] | None:
    """Of an object literal's member: (where the object is bound, its dotted name, exported).

    None when the object has no name: an argument inside a function, say.
    """
    path: list[str] = []
    passed_call = False
    for at in ancestors(node):
        kind = at.type
        if kind == "pair":
            path.append(text_of(at.child_by_field_name("key")).strip("\"'"))
        elif kind == "variable_declarator" or kind in FIELDS:
            if passed_call and not outside_functions(at):
                return None
            named = at.child_by_field_name("name") or at.child_by_field_name("property")
            path.append(text_of(named))
            return at, ".".join(reversed(path)), outermost(at).type == "export_statement"
        elif kind == "assignment_expression":
            left = text_of(at.child_by_field_name("left"))
            exported = EXPORTS.match(left)
            owner = left[exported.end() :] if exported else left
            path.append(owner.removesuffix(".prototype").removeprefix("this."))
            return at, ".".join(part for part in reversed(path) if part), exported is not None
        elif kind == "export_statement":
            return at, ".".join(reversed(path)), True
        elif kind == "return_statement" or kind == "arrow_function":
            return None if passed_call else (at, ".".join(reversed(path)), False)
        elif kind in ("arguments", "call_expression"):
            passed_call = True
        elif kind != "object" and kind not in WRAPPERS:
            return None
    return None


def scope_path(node: Node) -> str:
    """Qualified name of the definitions around a node, "" at file level."""
    return ".".join(
        reversed([name for name in (_scope_name(at) for at in ancestors(node)) if name])
    )


def _scope_name(node: Node) -> str:
    if node.type in ("variable_declarator", "assignment_expression", "pair") or node.type in FIELDS:
        value = unwrapped(node.child_by_field_name("value") or node.child_by_field_name("right"))
        value = undressed(value)
        if value is None or (value.type not in FUNCTIONS and value.type != "class"):
            return ""
        if node.type == "assignment_expression":
            left = text_of(node.child_by_field_name("left"))
            return EXPORTS.sub("", left).replace(".prototype", "").removeprefix("this.")
        return text_of(field_name(node))
    if node.type in ("function_expression", "class"):
        return "" if bound(node) or dressed(node) else text_of(node.child_by_field_name("name"))
    if node.type in CALLABLE or node.type in CLASSES or node.type in ("internal_module", "module"):
        return text_of(node.child_by_field_name("name")).strip("\"'")
    return ""


def field_name(node: Node) -> Node | None:
    for field in ("name", "property", "key"):
        found = node.child_by_field_name(field)
        if found is not None:
            return found
    return None


def own_class(node: Node) -> str:
    """Qualified name of what `this` is an instance of: the class, or the constructor function."""
    for at in ancestors(node):
        if at.type in CLASSES:
            return joined(scope_path(at), _scope_name(at)) or scope_path(at)
        if at.type in CALLABLE and at.type not in ("arrow_function", "method_definition"):
            owner = joined(scope_path(at), _scope_name(at))
            return owner
    return ""


def joined(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and inner else outer or inner


def outermost(node: Node) -> Node:
    """The outermost statement that only holds this definition."""
    outer = node
    while outer.parent is not None and outer.parent.type in _AROUND:
        if shares_declaration(outer.parent, node) and outer.prev_named_sibling is not None:
            break  # not the first of `const a = 1, b = 2`
        outer = outer.parent
    return outer


def shares_declaration(outer: Node, node: Node) -> bool:
    """Whether a declaration declares several names, one of them by `node`."""
    at: Node | None = node
    while at is not None and at != outer:
        at = at.parent
        if at is not None and at.type in ("lexical_declaration", "variable_declaration"):
            return sum(child.type == "variable_declarator" for child in at.children) > 1
    return False


def exported_by_name(node: Node, outer: Node) -> bool:
    """Whether a file-level name stands in an `export {…}` or `module.exports = {…}`."""
    root = outer.parent
    if root is None or root.type != "program":
        return False
    name = text_of(field_name(node))
    return name in _exported_names(root)


_exported_of: list[tuple[Node, frozenset[str]]] = []


def _exported_names(root: Node) -> frozenset[str]:
    """Names that a file exports apart from their definition; kept for the file at hand."""
    held = _exported_of[-1:]
    if held and held[0][0] == root:
        return held[0][1]
    names: set[str] = set()
    for statement in root.named_children:
        if statement.type == "export_statement" and statement.child_by_field_name("source") is None:
            for clause in statement.named_children:
                if clause.type == "export_clause":
                    names.update(
                        text_of(s.child_by_field_name("name")) for s in clause.named_children
                    )
                elif clause.type == "identifier":
                    names.add(text_of(clause))
        elif statement.type == "expression_statement":
            names.update(_assigned_exports(statement.named_children[0]))
    found = frozenset(names)
    _exported_of[:] = [(root, found)]
    return found


def _assigned_exports(node: Node) -> Iterator[str]:
    if node.type != "assignment_expression":
        return
    if not EXPORTS.match(text_of(node.child_by_field_name("left"))):
        return
    value = unwrapped(node.child_by_field_name("right"))
    if value is not None and value.type in _NAMED_VALUES:
        yield text_of(value if value.type == "identifier" else value.child_by_field_name("name"))
    for member in value.named_children if value is not None and value.type == "object" else ():
        if member.type == "shorthand_property_identifier":
            yield text_of(member)
        elif member.type == "pair":
            yield text_of(member.child_by_field_name("value"))
