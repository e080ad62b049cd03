"""What C and C++ share: declarators, definitions, includes, comments.

A name stands somewhere inside a declarator (`*(*name[3])(int)`), so the queries capture declarators
and `declared` finds the name. A prototype is a definition with the modifier `declaration`. Not
covered: what a macro expands to, and definitions made by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...repository import module_path
from .. import base
from ..base import Details, Import, Parameter, clean_comment, comment_above, squeeze, text_of
from ..modules import relative
from .preprocessor import always, guesses

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

NAMES = frozenset(
    {"identifier", "field_identifier", "type_identifier", "destructor_name", "operator_name",
     "namespace_identifier", "primitive_type", "qualified_identifier", "template_function", "literal_operator"}
)  # fmt: skip
_WRAPPERS = frozenset({"parenthesized_declarator", "reference_declarator", "attributed_declarator"})
_GTEST = re.compile(r"(?:TYPED_|GTEST_)?TEST(?:_[FPA])?|TYPED_TEST_P")
_DEPRECATED = re.compile(r"[@\\]deprecated\b|^Deprecated\b", re.MULTILINE)
_DEPRECATED_MARK = re.compile(r"\bdeprecated\b|_DEPRECATED\b", re.IGNORECASE)
_SPECIFIERS = frozenset(
    {"static", "inline", "extern", "const", "constexpr", "consteval", "constinit", "virtual",
     "explicit", "friend", "volatile", "_Noreturn", "thread_local"}
)  # fmt: skip
_ATTRIBUTES = ("attribute_declaration", "attribute_specifier", "ms_declspec_modifier")
_KEYWORDS = frozenset({"if", "for", "while", "switch", "return", "sizeof", "else", "defined"})
_MARKS = re.compile(r"^[!<]+[ \t]?", re.MULTILINE)


class CFamilyAdapter(base.Adapter):
    """The shared half of an adapter; a subclass adds its grammar and what only it has."""

    global_names = True
    linkage = True
    exact_modules = True
    expressions = True
    typeless_functions = False  # constructors, before which a macro may stand too

    def tree(self, path: str, data: bytes) -> Tree:
        """The syntax tree; macros around declarations are blanked where that helps to read more."""
        text = always(data)
        tree = self.parser(path).parse(text)
        unread = _unread(tree.root_node)
        for step in guesses(text, cpp=self.typeless_functions) if unread else ():
            bolder = step(text)
            if bolder == text:
                continue
            other = self.parser(path).parse(bolder)
            left = _unread(other.root_node)
            if left <= unread:
                text, tree, unread = bolder, other, left
            if not unread:
                break
        return tree

    def declared(self, node: Node) -> Node | None:
        return name_in(node)

    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        if kind == "macro":
            return _macro(node)
        if kind == "variant":
            details = Details("variant", value=text_of(node.child_by_field_name("value")))
            return document(details, node, flag_missing=False)
        if kind in ("struct", "enum", "class"):
            return self.type_details(node, kind)
        if kind == "type":
            return _typedef(node, name)
        declarator = declarator_of(node, name)
        if declarator is None:
            return None
        function = function_in(declarator)
        if node.type == "field_declaration" and not (function and self.is_method(declarator)):
            return self.field(node, declarator)
        if function is not None and (kind == "function" or not declared_as_pointer(declarator)):
            return self.function(node, function, name, enclosing)
        if enclosing in ("function", "method", "macro") or kind == "function":
            return None
        return self.variable(node, declarator, name)

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        """An include names a file: beside the includer, or below some folder of the search path."""
        return target == relative(importer, item.module) or f"/{target}".endswith(
            "/" + item.module.lstrip("./")
        )

    def module_stems(self, importer: str, module: str) -> tuple[str, ...]:
        return (module_path(module).rpartition("/")[2],)

    def imports(self, node: Node) -> Iterable[Import]:
        written = text_of(node.child_by_field_name("path")).strip('"<> ')
        yield Import(written, "*", "", node.start_point[0] + 1)

    def type_details(self, node: Node, kind: str) -> Details | None:
        """A struct, union, enum or class with a body."""
        details = Details(kind)
        body = node
        if node.type == "type_definition":  # `typedef struct {…} name`
            body = node.child_by_field_name("type") or node
            opened = body.child_by_field_name("body")
            details.header_end = opened.start_byte if opened is not None else 0
        if body.type == "union_specifier":
            details.modifiers.append("union")
        return document(details, outermost(node), node)

    def is_method(self, declarator: Node) -> bool:
        """Whether a field's declarator declares a function (C: a pointer to one at most)."""
        return False

    def field(self, node: Node, declarator: Node) -> Details | None:
        details = Details("field", returns=written_type(node, declarator))
        details.header_end = node.end_byte
        details.value = text_of(node.child_by_field_name("default_value"))
        details.container = self.anonymous_path(node)
        return document(details, node, flag_missing=False)

    def anonymous_path(self, node: Node) -> str:
        """Container of a field in a struct without a name that is itself a field (`A.u.x`)."""
        return ""

    def function(self, node: Node, function: Node, name: str, enclosing: str) -> Details | None:
        if enclosing in ("function", "method") or name in _KEYWORDS:
            return None
        details = Details("function", returns=written_type(node, function))
        details.parameters = list(parameters_of(function))
        details.modifiers = _specifiers(node)
        details.modifiers.append("private" if "static" in details.modifiers else "public")
        if node.type != "function_definition":
            details.modifiers.append("declaration")
            details.header_end = node.end_byte
        return document(details, outermost(node), node)

    def variable(self, node: Node, declarator: Node, name: str) -> Details | None:
        unread = node.parent is not None and node.parent.type == "ERROR"
        if node.type == "function_definition" or unread or node.children[-1].is_missing:
            return None  # a local of a function that could not be read
        specifiers = _specifiers(node)
        constant = ("const" in specifiers or "constexpr" in specifiers) and not declared_as_pointer(
            declarator
        )
        details = Details("constant" if constant else "variable", modifiers=specifiers)
        details.modifiers.append("private" if "static" in specifiers else "public")
        details.returns = written_type(node, declarator)
        details.value = text_of(declarator.child_by_field_name("value"))
        if "extern" in specifiers and not details.value:
            details.modifiers.append("declaration")
        if not details.value:
            details.header_end = node.end_byte
        return document(details, outermost(node), node, flag_missing=False)

    def definition_pattern(self, name: str) -> str:
        return (
            rf"\b(?:struct|union|enum|class|namespace|define|concept|using)\b.*\b{name}\b"
            rf"|(?:^|\W){name}\b\s*(?:\)\s*)?(?:\(|\[|=|;|,|:|\{{|$)|\boperator\b|\b{name}\b\s*(?:/[/*]|\}})"
        )

    def subtype_pattern(self, name: str) -> str:
        return rf"\b(?:class|struct)\b[^;{{}}()]*?[^:]:[^:][^;{{}}]*?\b{name}\b"


def _unread(root: Node) -> int:
    """Bytes of a tree that the grammar could not read."""
    total, stack = 0, [root]
    while stack:
        node = stack.pop()
        if node.type == "ERROR":
            total += node.end_byte - node.start_byte + 1
        elif node.is_missing:
            total += 1
        elif node.has_error:
            stack.extend(node.children)
    return total


def name_in(node: Node | None) -> Node | None:
    """The node of the name in a declarator, without its qualification."""
    function: Node | None = None
    while node is not None and node.type not in NAMES:
        if node.type == "function_declarator":
            function = node
        node = _inner(node)
    while node is not None and node.type in ("qualified_identifier", "template_function"):
        inner = node.child_by_field_name("name")
        if inner is None:
            break
        node = inner
    if node is not None and function is not None and _GTEST.fullmatch(text_of(node)):
        return _gtest_name(function) or node
    return node


def _inner(node: Node) -> Node | None:
    inner = node.child_by_field_name("declarator")
    if inner is None and node.type in _WRAPPERS:
        for child in node.named_children:
            if child.type.endswith("declarator") or child.type in NAMES:
                return child
    return inner


def _gtest_name(function: Node) -> Node | None:
    """The test's name in `TEST(Suite, name)`."""
    parameters = function.child_by_field_name("parameters")
    written = parameters.named_children if parameters is not None else []
    return written[1].child_by_field_name("type") if len(written) == 2 else None


def gtest_suite(function: Node) -> str:
    """The suite of a googletest function, "" for any other function."""
    name = function.child_by_field_name("declarator")
    if name is None or not _GTEST.fullmatch(text_of(name)):
        return ""
    parameters = function.child_by_field_name("parameters")
    return text_of(parameters.named_children[0]) if parameters is not None and len(
        parameters.named_children) == 2 else ""  # fmt: skip


def declarator_of(node: Node, name: str) -> Node | None:
    """The declarator of a declaration that declares `name`."""
    for child in node.children_by_field_name("declarator"):
        if text_of(name_in(child)) == name:
            return child
    return None


def function_in(declarator: Node) -> Node | None:
    """The function declarator that is nearest to the name, None where no function is declared."""
    node: Node | None = declarator
    found: Node | None = None
    while node is not None and node.type not in NAMES:
        if node.type == "function_declarator":
            found = node
        elif node.type in ("init_declarator", "array_declarator"):
            return None
        node = _inner(node)
    return found


def declared_as_pointer(declarator: Node) -> bool:
    """Whether a pointer (to a function or not) stands between the name and what it declares."""
    node: Node | None = declarator
    pointer = False
    while node is not None and node.type not in NAMES:
        if node.type == "function_declarator":
            pointer = False
        elif node.type in ("pointer_declarator", "array_declarator"):
            pointer = True
        node = _inner(node)
    return pointer


def written_type(node: Node, declarator: Node) -> str:
    """The type as written, with the stars and ampersands of the declarator before the name."""
    kept = [child for child in node.children
            if child.type == "type_qualifier" or child == node.child_by_field_name("type")]  # fmt: skip
    text = " ".join(_type_head(child) for child in kept)
    inner: Node | None = node.child_by_field_name("declarator")
    stars = ""
    while inner is not None and inner != declarator:
        stars += {"pointer_declarator": "*", "reference_declarator": "&"}.get(inner.type, "")
        inner = _inner(inner)
    while inner is not None and inner.type == "init_declarator":
        inner = _inner(inner)
    while inner is not None and inner.type in ("pointer_declarator", "reference_declarator"):
        stars += text_of(inner.children[0])
        inner = _inner(inner)
    return squeeze(f"{text} {stars}".strip(), 120)


def _type_head(node: Node) -> str:
    body = node.child_by_field_name("body")
    text = text_of(node)
    return text[: body.start_byte - node.start_byte].strip() if body is not None else text


def parameters_of(function: Node) -> Iterator[Parameter]:
    """The parameters of a function declarator; `(void)` has none."""
    written = function.child_by_field_name("parameters")
    for child in written.named_children if written is not None else ():
        if child.type in ("variadic_parameter", "..."):
            yield Parameter("...")
        elif child.type.endswith("parameter_declaration"):
            declarator = child.child_by_field_name("declarator")
            name = text_of(name_in(declarator))
            kind = written_type(child, declarator or child)
            if not name and kind == "void":
                continue
            dots = "..." if child.type.startswith("variadic") else ""
            default = squeeze(text_of(child.child_by_field_name("default_value")), 80)
            yield Parameter(dots + name, kind, default)


def _specifiers(node: Node) -> list[str]:
    words: list[str] = []
    for child in node.children:
        if child.type in (
            "storage_class_specifier",
            "type_qualifier",
            "virtual",
            "explicit_function_specifier",
        ):
            words += [word for word in text_of(child).split() if word in _SPECIFIERS]
        elif child.type in _ATTRIBUTES and _DEPRECATED_MARK.search(text_of(child)):
            words.append("deprecated")
    return words


def outermost(node: Node) -> Node:
    """The statement that only holds this definition: its template header, its declaration."""
    while node.parent is not None and node.parent.type == "template_declaration":
        node = node.parent
    return node


def document(details: Details, *outer: Node, flag_missing: bool = True) -> Details:
    """Fills in the comment above (or, marked `<`, behind) and what it says."""
    for node in outer:
        details.doc = _MARKS.sub("", comment_above(node)) or _comment_behind(node)
        if details.doc:
            break
    if _DEPRECATED.search(details.doc):
        details.modifiers.append("deprecated")
    if not details.doc and flag_missing:
        details.modifiers.append("undocumented")
    wide = outer[0]
    if wide.type == "template_declaration":
        details.start = wide
    return details


def _comment_behind(node: Node) -> str:
    after = node.next_sibling
    while after is not None and not after.is_named:
        after = after.next_sibling
    if after is None or after.type != "comment" or after.start_point[0] != node.end_point[0]:
        return ""
    written = text_of(after)
    return _MARKS.sub("", clean_comment(written)) if re.match(r"/[/*][/*!]?<", written) else ""


def _macro(node: Node) -> Details:
    details = Details("macro")
    value = text_of(node.child_by_field_name("value")).strip()
    details.header_end = node.end_byte
    if node.type == "preproc_function_def":
        parameters = node.child_by_field_name("parameters")
        named = parameters.named_children if parameters is not None else []
        details.parameters = [Parameter(text_of(child)) for child in named]
        if parameters is not None:
            details.header_end = parameters.end_byte
    elif value:
        details.kind = "constant"
        details.modifiers.append("macro")
        details.value = squeeze(value, 200)
    return document(details, node)


def _typedef(node: Node, name: str) -> Details | None:
    """A typedef; of a type with a body of its own only the name is the node."""
    whole = node
    while whole.parent is not None and whole.type != "type_definition":
        whole = whole.parent
    details = Details("type", header_end=node.end_byte, free=whole != node)
    written = whole.child_by_field_name("type")
    if written is not None:
        details.value = squeeze(_type_head(written), 200)
    return document(details, whole)
