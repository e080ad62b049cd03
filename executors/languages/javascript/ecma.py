"""What JavaScript and TypeScript share: definitions, bases, comments and module imports.

The two grammars agree on most node names; where they do not, either name is accepted here, so that
one class reads both. Not covered: members that are only known at run time (`app[method] = …`,
`Object.defineProperty`, `util.inherits`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib import resources
from typing import TYPE_CHECKING

from .. import base
from ..base import Base, Details, Import, Parameter, comment_above, squeeze, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = frozenset({"arrow_function", "function_expression", "generator_function"})
CLASSES = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_CALLABLE = FUNCTIONS | {
    "function_declaration",
    "generator_function_declaration",
    "method_definition",
}
_FIELDS = frozenset({"field_definition", "public_field_definition"})
# Expressions that hand on the value inside them.
_WRAPPERS = frozenset(
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
_LITERALS = frozenset(
    {"string", "number", "template_string", "true", "false", "null", "regex", "unary_expression"}
)
_EXPORTS = re.compile(r"(?:module\.)?exports\b\.?")
_DEPRECATED = re.compile(r"@deprecated\b")
_ACCESSORS = frozenset({"get", "set"})
_FLAGS = frozenset({"async", "static", "abstract"})


class EcmaAdapter(base.Adapter):
    """The shared half of an adapter; a subclass adds its grammar and what only it has."""

    self_names = ("this",)

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
                return None if _bound(node) or _dressed(node) else _function(node, name)
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
            return _called_import(node)
        if node.type == "export_statement":
            return _re_export(node)
        return _import_statement(node)

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:function|class|interface|type|enum|namespace|module)\b[*\s]*[\"']?{name}\b"
            rf"|\b(?:const|let|var)\b[^=;]*?\b{name}\b"
            rf"|(?:^|[\s.#\"',{{(*]){name}[\"']?\s*[?!]?\s*(?:[:=,;<(]|$)"
        )

    def subtype_pattern(self, name: str) -> str:
        return rf"\b(?:class|interface)\b[^;{{}}]*\b(?:extends|implements)\b[^;{{]*\b{name}\b"


# -- definitions -----------------------------------------------------------------------------------


def class_details(node: Node, name: str, outer: Node | None = None) -> Details | None:
    """A class declaration or expression; an expression that is bound to a name goes by that."""
    if node.type == "class" and outer is None and _bound(node):
        return None
    details = Details("class", bases=list(_heritage(node)))
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
        details.parameters = list(_parameters(parameters))
    details.returns = _written_type(node.child_by_field_name("return_type"))
    body = node.child_by_field_name("body")
    details.header_end = body.start_byte if body is not None else node.end_byte
    return details


def method_details(node: Node, name: str) -> Details | None:
    """A method of a class or an object literal."""
    kind = "property" if tokens(node) & _ACCESSORS else "method"
    details = callable_details(node, kind, name)
    if node.parent is not None and node.parent.type == "object":
        where = _object_path(node)
        if where is not None:
            details.container = _joined(scope_path(where[0]), where[1])
            if not details.container and kind == "method":
                details.kind = "function"  # a member of what the module exports
            if where[2]:
                details.modifiers.append("exported")
    return finish(details, node)


def _property(node: Node, name: str, enclosing: str) -> Details | None:
    """`key: function () {}` in an object literal that has a name."""
    value = node.child_by_field_name("value")
    where = _object_path(node)
    if value is None or where is None:
        return None
    details = callable_details(value, "method", name)
    details.container = _joined(scope_path(where[0]), where[1])
    if not details.container and not enclosing:
        details.kind = "function"
    if where[2]:
        details.modifiers.append("exported")
    return finish(details, node)


def _variable(node: Node, name: str, enclosing: str) -> Details | None:
    written = node.child_by_field_name("value")
    value = _undressed(_unwrapped(written))
    name_node = node.child_by_field_name("name")
    simple = name_node is not None and name_node.type == "identifier"
    if simple and value is not None:
        if value.type in FUNCTIONS:
            return finish(callable_details(value, "function", name), node)
        if value.type == "class":
            return class_details(value, name, node)
    if enclosing not in ("", "module") or not _outside_functions(node):
        return None  # a local is no definition that others can name
    if _required(value):
        return None  # an import, which is told apart as one
    constant = node.parent is not None and text_of(node.parent.child_by_field_name("kind"))
    fixed = name.isupper() or (value is not None and value.type in _LITERALS)
    details = Details("constant" if constant == "const" and fixed else "variable")
    details.modifiers.append(visibility(name))
    details.returns = _written_type(node.child_by_field_name("type"))
    details.value = text_of(written)
    details.header_end = node.end_byte
    if (
        written is not None
        and written.type == "assignment_expression"
        and _EXPORTS.search(text_of(written)[:80].partition("{")[0])
    ):
        details.modifiers.append("exported")
    return finish(details, node, flag_missing=False)


def _assignment(node: Node, name: str, kind: str, enclosing: str) -> Details | None:
    """`exports.f = …`, `Foo.prototype.m = …`, `app.use = …`, `this.m = …` with a function."""
    left = node.child_by_field_name("left")
    value = _unwrapped(node.child_by_field_name("right"))
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
    details.start = _outer(node)
    exported = _EXPORTS.match(owner)
    if exported:
        details.modifiers.append("exported")
        owner = owner[exported.end() :]
    owner = owner.removesuffix(".prototype").replace("?.", ".").replace("!", "")
    if owner == "this":
        details.container = _own_class(node)
    elif re.fullmatch(r"[\w$.]+", owner):
        details.container = owner.removeprefix("this.")
    if owner and details.kind == "function":
        details.kind = "method"
    return details


def _assigned_field(node: Node, name: str) -> Details | None:
    """`this.x = …` in a constructor: a field, unless the class declares it itself."""
    inside = next((n for n in _ancestors(node) if n.type in _CALLABLE), None)
    if inside is None or inside.type == "arrow_function":
        return None
    own = text_of(inside.child_by_field_name("name"))
    body = inside.parent
    if inside.type == "method_definition":
        if own != "constructor" or body is None:
            return None
        for member in body.named_children:
            if member.type in _FIELDS and name == text_of(_field_name(member)):
                return None
    elif not own[:1].isupper():
        return None  # only a function that is named like a class builds objects
    details = Details("field", modifiers=[visibility(name)], container=_own_class(node))
    details.value = text_of(node.child_by_field_name("right"))
    details.header_end = node.end_byte
    return finish(details, node, flag_missing=False)


def _field(node: Node, name: str) -> Details | None:
    value = _unwrapped(node.child_by_field_name("value"))
    written = tokens(node)
    if value is not None and value.type in FUNCTIONS:
        details = callable_details(value, "method", name)
    else:
        details = Details("field", modifiers=[visibility(name)])
        details.returns = _written_type(node.child_by_field_name("type"))
        details.value = text_of(node.child_by_field_name("value"))
        details.header_end = node.end_byte
    details.modifiers += sorted(written & _FLAGS)
    if "accessibility_modifier" in written:
        details.modifiers[0] = accessibility(node)
    return finish(details, node, flag_missing=details.kind == "method")


def finish(details: Details, node: Node, *, flag_missing: bool = True) -> Details:
    """Adds what stands around a definition: decorators, comment, export, and what they imply."""
    outer = _outer(node)
    first = outer
    marks: list[Node] = [c for c in outer.children if c.type == "decorator"]
    if outer is not node:
        marks += [c for c in node.children if c.type == "decorator"]
    above = outer.prev_sibling
    while above is not None and above.type == "decorator":
        marks.insert(0, above)
        first = above
        above = above.prev_sibling
    details.decorators = [squeeze(text_of(mark)[1:].strip()) for mark in marks]
    details.doc = comment_above(first) or _overload_comment(first)
    if first is not node and not _shared(outer, node):
        details.start = first
    if outer.type == "export_statement" or _exported_by_name(node, outer):
        details.modifiers.append("exported")
    if _DEPRECATED.search(details.doc) or any("deprecat" in d.lower() for d in details.decorators):
        details.modifiers.append("deprecated")
    if flag_missing and not details.doc:
        details.modifiers.append("undocumented")
    return details


def _outer(node: Node) -> Node:
    """The outermost statement that only holds this definition."""
    outer = node
    while outer.parent is not None and outer.parent.type in _AROUND:
        if _shared(outer.parent, node) and outer.prev_named_sibling is not None:
            break  # not the first of `const a = 1, b = 2`
        outer = outer.parent
    return outer


def _shared(outer: Node, node: Node) -> bool:
    """Whether a declaration declares several names, one of them by `node`."""
    at: Node | None = node
    while at is not None and at != outer:
        at = at.parent
        if at is not None and at.type in ("lexical_declaration", "variable_declaration"):
            return sum(child.type == "variable_declarator" for child in at.children) > 1
    return False


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
    known = _CALLABLE | {"function_signature", "method_signature", "abstract_method_signature"}
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


# -- names and places ------------------------------------------------------------------------------


def _ancestors(node: Node) -> Iterator[Node]:
    at = node.parent
    while at is not None:
        yield at
        at = at.parent


def _unwrapped(node: Node | None) -> Node | None:
    """The value that an expression hands on: `(x as T)` → `x`, `a = b = f` → `f`."""
    while node is not None:
        if node.type == "assignment_expression":
            node = node.child_by_field_name("right")
        elif node.type in _WRAPPERS and node.named_children:
            node = node.named_children[-1 if node.type == "type_assertion" else 0]
        else:
            break
    return node


def _undressed(node: Node | None) -> Node | None:
    """The function in `memo(function () {…})`, or the node itself."""
    if node is None or node.type != "call_expression":
        return node
    called = text_of(node.child_by_field_name("function")).rpartition(".")[2]
    given = node.child_by_field_name("arguments")
    if called not in _DRESSERS or given is None or not given.named_children:
        return node
    inner = _undressed(given.named_children[0])
    return inner if inner is not None and inner.type in FUNCTIONS else node


def _dressed(node: Node) -> bool:
    """Whether a function expression goes by the name its dressing is bound to."""
    call = next((at for at in _ancestors(node) if at.type != "arguments"), None)
    while call is not None and call.type == "call_expression" and _undressed(call) == node:
        if _bound(call):
            return True
        call = call.parent.parent if call.parent is not None else None
    return False


def _bound(node: Node) -> bool:
    """Whether a function or class expression goes by another name than its own."""
    for at in _ancestors(node):
        if at.type == "assignment_expression":
            left = text_of(at.child_by_field_name("left"))
            if left not in ("module.exports", "exports"):
                return True
        elif at.type not in _WRAPPERS:
            return at.type in ("variable_declarator", "pair") or at.type in _FIELDS
    return False


def _outside_functions(node: Node) -> bool:
    """Whether a declaration is the module's: not in a function, unless that is called at once."""
    for at in _ancestors(node):
        if at.type in ("for_statement", "for_in_statement", "class_static_block"):
            return False
        if at.type in _CALLABLE:
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


def _object_path(node: Node) -> tuple[Node, str, bool] | None:
    """Of an object literal's member: (where the object is bound, its dotted name, exported).

    None when the object has no name: an argument inside a function, say.
    """
    path: list[str] = []
    passed_call = False
    for at in _ancestors(node):
        kind = at.type
        if kind == "pair":
            path.append(text_of(at.child_by_field_name("key")).strip("\"'"))
        elif kind == "variable_declarator" or kind in _FIELDS:
            if passed_call and not _outside_functions(at):
                return None
            named = at.child_by_field_name("name") or at.child_by_field_name("property")
            path.append(text_of(named))
            return at, ".".join(reversed(path)), _outer(at).type == "export_statement"
        elif kind == "assignment_expression":
            left = text_of(at.child_by_field_name("left"))
            exported = _EXPORTS.match(left)
            owner = left[exported.end() :] if exported else left
            path.append(owner.removesuffix(".prototype").removeprefix("this."))
            return at, ".".join(part for part in reversed(path) if part), exported is not None
        elif kind == "export_statement":
            return at, ".".join(reversed(path)), True
        elif kind == "return_statement" or kind == "arrow_function":
            return None if passed_call else (at, ".".join(reversed(path)), False)
        elif kind in ("arguments", "call_expression"):
            passed_call = True
        elif kind != "object" and kind not in _WRAPPERS:
            return None
    return None


def scope_path(node: Node) -> str:
    """Qualified name of the definitions around a node, "" at file level."""
    return ".".join(
        reversed([name for name in (_scope_name(at) for at in _ancestors(node)) if name])
    )


def _scope_name(node: Node) -> str:
    if (
        node.type in ("variable_declarator", "assignment_expression", "pair")
        or node.type in _FIELDS
    ):
        value = _unwrapped(node.child_by_field_name("value") or node.child_by_field_name("right"))
        value = _undressed(value)
        if value is None or (value.type not in FUNCTIONS and value.type != "class"):
            return ""
        if node.type == "assignment_expression":
            left = text_of(node.child_by_field_name("left"))
            return _EXPORTS.sub("", left).replace(".prototype", "").removeprefix("this.")
        return text_of(_field_name(node))
    if node.type in ("function_expression", "class"):
        return "" if _bound(node) or _dressed(node) else text_of(node.child_by_field_name("name"))
    if node.type in _CALLABLE or node.type in CLASSES or node.type in ("internal_module", "module"):
        return text_of(node.child_by_field_name("name")).strip("\"'")
    return ""


def _field_name(node: Node) -> Node | None:
    for field in ("name", "property", "key"):
        found = node.child_by_field_name(field)
        if found is not None:
            return found
    return None


def _own_class(node: Node) -> str:
    """Qualified name of what `this` is an instance of: the class, or the constructor function."""
    for at in _ancestors(node):
        if at.type in CLASSES:
            return _joined(scope_path(at), _scope_name(at)) or scope_path(at)
        if at.type in _CALLABLE and at.type not in ("arrow_function", "method_definition"):
            owner = _joined(scope_path(at), _scope_name(at))
            return owner
    return ""


def _joined(outer: str, inner: str) -> str:
    return f"{outer}.{inner}" if outer and inner else outer or inner


def _exported_by_name(node: Node, outer: Node) -> bool:
    """Whether a file-level name stands in an `export {…}` or `module.exports = {…}`."""
    root = outer.parent
    if root is None or root.type != "program":
        return False
    name = text_of(_field_name(node))
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
    if not _EXPORTS.match(text_of(node.child_by_field_name("left"))):
        return
    value = _unwrapped(node.child_by_field_name("right"))
    if value is not None and value.type in _NAMED_VALUES:
        yield text_of(value if value.type == "identifier" else value.child_by_field_name("name"))
    for member in value.named_children if value is not None and value.type == "object" else ():
        if member.type == "shorthand_property_identifier":
            yield text_of(member)
        elif member.type == "pair":
            yield text_of(member.child_by_field_name("value"))


# -- headers ---------------------------------------------------------------------------------------


def _heritage(node: Node) -> Iterator[Base]:
    for child in node.children:
        if child.type != "class_heritage":
            continue
        for part in child.named_children:
            if part.type == "extends_clause":
                for value in part.children_by_field_name("value"):
                    yield from _bases(value, "extends")
            elif part.type == "implements_clause":
                for written in part.named_children:
                    yield from _bases(written, "implements")
            elif part.type != "comment":
                yield from _bases(part, "extends")


def _bases(node: Node, relation: str) -> Iterator[Base]:
    """The supertypes an expression or type names; `mixin(A, B)` mixes in A and B."""
    if node.type in _WRAPPERS and node.named_children:
        node = node.named_children[0]
    if node.type == "call_expression":
        yield from _mixed(node)
    elif node.type != "comment":
        yield Base(base_name(node), relation)


def _mixed(node: Node) -> Iterator[Base]:
    given = node.child_by_field_name("arguments")
    named = [
        child
        for child in (given.named_children if given is not None else ())
        if child.type == "call_expression"
        or (child.type in ("identifier", "member_expression") and _like_a_type(child))
    ]
    function = node.child_by_field_name("function")
    if function is not None and named and _like_a_type(function):
        yield Base(text_of(function), "mixes")  # a mixin that is spelled like the class it makes
    for child in named:
        if child.type == "call_expression":
            yield from _mixed(child)
        else:
            yield Base(text_of(child), "mixes")
    if not named:
        yield Base(text_of(function), "extends")


def _like_a_type(node: Node) -> bool:
    return text_of(node).rpartition(".")[2][:1].isupper()


def base_name(node: Node) -> str:
    """The name of a type, without type arguments."""
    if node.type == "generic_type":
        return text_of(node.child_by_field_name("name"))
    return squeeze(text_of(node).split("<", 1)[0], 120).strip()


def _parameters(node: Node) -> Iterator[Parameter]:
    for child in node.named_children:
        if child.type in ("comment", "decorator"):
            continue
        if child.type == "assignment_pattern":
            left, default = child.child_by_field_name("left"), child.child_by_field_name("right")
            yield Parameter(squeeze(text_of(left), 120), "", squeeze(text_of(default), 80))
            continue
        pattern = child.child_by_field_name("pattern") or child
        yield Parameter(
            squeeze(text_of(pattern), 120),
            _written_type(child.child_by_field_name("type")),
            squeeze(text_of(child.child_by_field_name("value")), 80),
        )


def _written_type(node: Node | None) -> str:
    return squeeze(text_of(node).lstrip(":"), 120)


# -- modules ---------------------------------------------------------------------------------------


def _module(node: Node | None) -> str:
    return text_of(node).strip("\"'`")


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _import_statement(node: Node) -> Iterator[Import]:
    module = _module(node.child_by_field_name("source"))
    clauses = [c for c in node.named_children if c.type.endswith("_clause")]
    if not clauses:
        yield Import(module, "", "", _line(node))  # for its side effects only
    for clause in clauses:
        if clause.type == "import_require_clause":
            required = _module(clause.child_by_field_name("source"))
            yield Import(required, "", text_of(clause.named_children[0]), _line(node))
            continue
        for part in clause.named_children:
            if part.type == "identifier":
                yield Import(module, "default", text_of(part), _line(part))
            elif part.type == "namespace_import":
                yield Import(module, "", text_of(part.named_children[-1]), _line(part))
            elif part.type == "named_imports":
                yield from _specifiers(module, part)


def _specifiers(module: str, clause: Node) -> Iterator[Import]:
    for item in clause.named_children:
        if item.type in ("import_specifier", "export_specifier"):
            name = _module(item.child_by_field_name("name"))
            alias = _module(item.child_by_field_name("alias"))
            yield Import(module, name, alias or name, _line(item))


def _re_export(node: Node) -> Iterator[Import]:
    """`export … from`: the alias is the name under which the file gives it on."""
    module = _module(node.child_by_field_name("source"))
    clauses = [c for c in node.named_children if c.type in ("export_clause", "namespace_export")]
    if not clauses:
        yield Import(module, "*", "", _line(node))
    for clause in clauses:
        if clause.type == "namespace_export":
            yield Import(module, "", text_of(clause.named_children[-1]), _line(node))
        else:
            yield from _specifiers(module, clause)


def _required(value: Node | None) -> bool:
    """Whether a value is a `require(…)` or `await import(…)`, or a member of one."""
    while value is not None and value.type in ("member_expression", "await_expression"):
        value = value.child_by_field_name("object") or value.named_children[0]
    if value is None or value.type != "call_expression":
        return False
    return text_of(value.child_by_field_name("function")) in ("require", "import")


def _called_import(node: Node) -> Iterator[Import]:
    """`require(…)` and `import(…)`, with the names that a declaration around binds."""
    arguments = node.child_by_field_name("arguments")
    first = (
        arguments.named_children[0] if arguments is not None and arguments.named_children else None
    )
    if first is None or first.type not in ("string", "template_string"):
        return
    module, line = _module(first), _line(node)
    at, member = node.parent, ""
    while at is not None and (at.type in _WRAPPERS or at.type == "await_expression"):
        at = at.parent
    while at is not None and at.type == "member_expression":
        member = text_of(at.child_by_field_name("property"))
        at = at.parent
    while at is not None and at.type == "assignment_expression":
        at = at.parent
    target = at.child_by_field_name("name") if at is not None else None
    if at is None or at.type != "variable_declarator" or target is None:
        yield Import(module, member if member != "then" else "", "", line)
    elif target.type == "identifier":
        yield Import(module, member, text_of(target), line)
    else:
        yield from _destructured(module, target)


def _destructured(module: str, pattern: Node) -> Iterator[Import]:
    for part in pattern.named_children:
        if part.type == "shorthand_property_identifier_pattern":
            yield Import(module, text_of(part), text_of(part), _line(part))
        elif part.type == "pair_pattern":
            key = _module(part.child_by_field_name("key"))
            yield Import(module, key, text_of(part.child_by_field_name("value")), _line(part))
        elif part.type == "object_assignment_pattern":
            name = text_of(part.child_by_field_name("left"))
            yield Import(module, name, name, _line(part))
        elif part.type == "rest_pattern":
            yield Import(module, "", text_of(part.named_children[0]), _line(part))
