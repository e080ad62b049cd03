"""What an adapter must provide, and the helpers that adapters share.

Capture names of `queries.scm` (one pattern may carry several):

    @definition.KIND with @name   a definition of KIND (function method class interface struct trait
                                  enum type constant variable field property variant module macro;
                                  extension and package: see `syntax.STRUCTURAL_KINDS`)
    @call with @name [@receiver]  a call or an instantiation; the receiver is what stands before the dot
    @write with @name [@receiver] an assignment, augmented assignment, increment or deletion
    @raise with @name             raise, throw, panic: the exception's name
    @catch with @name             except, catch, recover: the exception's name
    @decorate with @name          a decorator, annotation or attribute in use
    @path                         like @receiver, before `::`: a module or type, never a value
    @self                         the receiver is the object itself, though it is not written
    @maybe                        an identifier: a call unless it is a variable of the function
    @local                        an identifier that is a variable, or no use at all
    @adjacent                     counts only where this node follows the @name without a gap
    @typed with @name @type       a variable whose type is written: annotation or constructor call
    @typed with @name @value      a variable whose type is that of the value
    @typed with @name @each       a variable that goes through the value's elements
    @declarator                   in place of @name: a node in which `Adapter.declared` finds the name
    @import                       one import statement, given to `Adapter.imports`
    @opaque                       comment or string content: no code
    @branch                       a statement that branches or loops (complexity, nesting depth)
    @boolean                      a short-circuit operator, case or conditional (complexity only)
"""

from __future__ import annotations

import posixpath
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from msgspec import Struct as Value  # a value that the index stores and reads back in C

from ..repository import module_path
from .modules import is_or_above, module_reaches, relative

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Query, Tree


class Parameter(Value, frozen=True, array_like=True, gc=False):
    """A parameter; `type` and `default` as written, "" where absent. `*args` keeps its stars."""

    name: str
    type: str = ""
    default: str = ""


class Base(Value, frozen=True, array_like=True, gc=False):
    """A supertype as written, without type arguments (`t.Protocol`), and how it is taken up.

    `relation` is extends, implements, embeds or mixes.
    """

    name: str
    relation: str = "extends"


class Import(Value, frozen=True, array_like=True, gc=False):
    """One imported name.

    `module` as written (`..models`, `./x`, `net/http`); `name` the imported member, "" for the whole
    module and "*" for everything; `alias` the local name it is bound to ("" when none is bound).
    """

    module: str
    name: str
    alias: str
    line: int


@dataclass(slots=True)
class Details:
    """What an adapter says of one definition beyond its name and extent."""

    kind: str
    container: str = ""  # qualified container that is not the enclosing definition (Go receiver)
    free: bool = False  # at file level, whatever encloses it in the text
    bases: list[Base] = field(default_factory=list)
    decorators: list[str] = field(default_factory=list)  # as written, without @ and arguments kept
    modifiers: list[str] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)
    returns: str = ""
    doc: str = ""
    value: str = ""  # right-hand side of a constant or variable, shortened
    header_end: int = 0  # byte where the signature ends (0: the node's `body` field starts there)
    start: Node | None = None  # a wider node (decorated definition, export statement)
    header: Node | None = None  # where line and signature begin, after decorators in the node


class Adapter(ABC):
    """One language. Instances hold no state of a file and are made once per process.

    The attributes say what binding may conclude from a name in this language.
    """

    name: str
    joint: str = "."  # between the parts of a qualified name
    self_names: tuple[str, ...] = ("self",)  # receivers that mean the enclosing class
    implicit_self: bool = False  # a bare call inside a class may be one of its methods
    folder_scope: bool = False  # files of one folder see each other's names without an import
    global_names: bool = False  # a name may come from a file that no import tells
    open_types: bool = False  # members of a type may stand outside its own braces
    capital_types: bool = False  # own types begin with a capital: `x = make()` tells no type
    linkage: bool = False  # a name outside of types is one for the whole program, or its file's own
    module_methods: bool = False  # a module is no mere namespace: it has methods that are mixed in
    capital_receivers: bool = False  # `Name.f()` calls on a type, `name.f()` on a value
    typed_returns: bool = False  # what a call gives is mostly written: `x.make().f()` tells a type
    reexports: bool = False  # a module passes on what it imports
    classes: frozenset[str] = frozenset({"class"})  # definition kinds that are meant by "class"
    exact_modules: bool = False  # `reaches` is True for the module's own file alone
    this_parameter: bool = False  # an extension's first parameter has the type that it extends
    expressions: bool = False  # `Expressions` reads what a method is called on
    written_fields: bool = False  # the types of fields, parameters and most variables are written
    delegating: frozenset[str] = frozenset()  # calls by which a constructor hands on to another
    # captured definition kinds that are locals, and so no definitions, inside a function
    local_kinds: frozenset[str] = frozenset()
    overloads: bool = False  # functions of one name differ by their parameters
    constructors: str = ""  # regex of functions of a type that make one, where `T()` does not
    # Rust regexes of what lines with an error raised or caught look like
    raise_pattern: str = r"\braise\b|\bthrow\b"
    catch_pattern: str = r"\bexcept\b|\bcatch\b|\brescue\b"
    # what the language does not have (`support.FEATURES`), each with a sentence for who asks for it
    lacks: Mapping[str, str] = MappingProxyType({})
    heuristic: frozenset[str] = frozenset()  # tools that go by conventions in this language
    test_mark: str = ""  # regex of a decorator that makes a function a test, wherever it stands
    test_name: str = r"test_|Test|Benchmark|Fuzz|Example"  # of a test function in a test file

    @abstractmethod
    def grammar(self, path: str) -> Language:
        """The tree-sitter grammar for a file."""

    @abstractmethod
    def describe(self, node: Node, name: str, kind: str, enclosing: str) -> Details | None:
        """The details of a definition captured by the query, or None to drop it.

        `kind` is the captured one, `enclosing` the kind of the innermost enclosing definition
        ("" at file level).
        """

    @abstractmethod
    def imports(self, node: Node) -> Iterable[Import]:
        """The names that one import statement binds."""

    @abstractmethod
    def definition_pattern(self, name: str) -> str:
        """A Rust regex for a line (or lines) that may define `name` (already escaped)."""

    def call_pattern(self, name: str) -> str:
        """A multiline Rust regex for what may call or rename `name` (escaped); here any mention."""
        return rf"\b{name}\b" if name[-1:].isalnum() or name[-1:] == "_" else name

    @abstractmethod
    def subtype_pattern(self, name: str) -> str:
        """A multiline Rust regex for a header that may take `name` (escaped) as a supertype."""

    def reaches(self, importer: str, item: Import, target: str) -> bool | None:
        """Whether an import in file `importer` can bring in what file `target` defines.

        True when the module is the file's own or a package above it (re-export), False when it is
        another one, None when that cannot be told.
        """
        own = module_path(target)
        if item.module.startswith("."):
            return is_or_above(module_path(relative(importer, item.module)), own)
        return True if module_reaches(re.sub(r"::|\.|\\", "/", item.module), own) else None

    def home(self, path: str, package: str, modules: tuple[str, ...]) -> str:
        """The path that imports must reach for what a file defines.

        `package` is what the file says it is of, `modules` are those in braces around the
        definition, outermost first.
        """
        return path

    def sees(self, package: str, other: str) -> bool:
        """Whether a file of one package knows another's names without an import."""
        return package == other

    def module_stems(self, importer: str, module: str) -> tuple[str, ...]:
        """Last parts of the paths of the files that can be the module itself."""
        last = re.split(r"[./\\:]", module.rstrip("./"))[-1]
        return (last or posixpath.basename(relative(importer, module)),)

    def path_import(self, item: Import | None, path: str, name: str) -> Import | None:
        """The import that `path.name` stands for; `item` is what binds the path's first part.

        None where a path without an import names no module.
        """
        return item

    def followed(self, imports: Iterable[Import], item: Import) -> Import:
        """An import of a file as it is meant, where it goes by another import of that file."""
        return item

    @cached_property
    def query_text(self) -> str:
        """The text of this language's `queries.scm`."""
        package = type(self).__module__.rpartition(".")[0]
        return resources.files(package).joinpath("queries.scm").read_text("utf-8")

    def parser(self, path: str) -> Parser:
        """A parser for the file."""
        from tree_sitter import Parser

        return Parser(self.grammar(path))

    def tree(self, path: str, data: bytes) -> Tree:
        """The syntax tree of a file; byte offsets in it are those of `data`.

        tree-sitter keeps Python's lock while it parses; a long file is handed to it in pieces, so that
        other threads (a terminal app's loop) go on between them.
        """
        parser = self.parser(path)
        if len(data) <= _AT_ONCE:
            return parser.parse(data)
        tree = parser.parse(lambda start, _: data[start : start + _AT_ONCE])
        return parser.parse(data, tree)  # the same tree, and its nodes know their text

    def declared(self, node: Node) -> Node | None:
        """The node of the name that a captured `@declarator` declares."""
        return node

    def query(self, path: str) -> Query:
        """The compiled query for the file's grammar."""
        from tree_sitter import Query

        grammar = self.grammar(path)
        if grammar not in _QUERIES:
            _QUERIES[grammar] = Query(grammar, self.query_text)
        return _QUERIES[grammar]


_QUERIES: dict[Language, Query] = {}
_AT_ONCE = 16 * 1024  # bytes that are parsed without letting other threads in: about 4 ms


def text_of(node: Node | None) -> str:
    """The source text of a node, "" for None."""
    raw = node.text if node is not None else None
    return raw.decode("utf-8", "replace") if raw is not None else ""


def squeeze(text: str, width: int = 300) -> str:
    """`text` on one line, blanks squeezed, at most `width` characters."""
    if len(text) <= width and " " not in text and text.isprintable():
        return text
    line = " ".join(text[: 4 * width].split())
    return line if len(line) <= width else line[: width - 1] + "…"


def after(node: Node, kinds: frozenset[str]) -> Node | None:
    """The first token of a node that is neither in `kinds` nor a comment, looked for at the front.

    A child that begins with one of `kinds` (Java's modifiers) is entered.
    """
    for child in node.children:
        if child.type in kinds or "comment" in child.type:
            continue
        if child.children and child.children[0].type in kinds:
            inner = after(child, kinds)
            if inner is None:
                continue
            return inner
        return child
    return None


def without_type_arguments(text: str) -> str:
    """`Protocol[T]` → `Protocol`, `List<int>` → `List`."""
    for opener in "[<(":
        text = text.split(opener, 1)[0]
    return text.strip()


def comment_above(node: Node, kinds: tuple[str, ...] = ("comment",)) -> str:
    """The text of the comments that end on the lines directly above `node`, markers removed."""
    parts: list[str] = []
    line = node.start_point[0]
    above = node.prev_sibling
    while above is not None and above.type in kinds and above.end_point[0] >= line - 1:
        before = above.prev_sibling
        if before is not None and before.end_point[0] == above.start_point[0]:
            break  # a comment behind code on its own line belongs to that code
        parts.append(text_of(above))
        line = above.start_point[0]
        above = above.prev_sibling
    return clean_comment("\n".join(reversed(parts)))


_MARKERS = re.compile(r"^\s*(/\*\*?|\*/|\*|///?!?|//!|#+|--)?[ \t]?|\s*\*/\s*$", re.MULTILINE)


def clean_comment(text: str) -> str:
    """Comment text without its markers (`//`, `/** … */`, `#`)."""
    return _MARKERS.sub("", text).strip()
