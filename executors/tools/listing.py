"""`list_members` and `list_symbols`: what a type or file holds; symbols of a kind, filtered."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Iterator

from ..catalog import ToolCall
from ..languages import SUFFIXES, adapter, parsable
from ..names import Found, find_definitions
from ..paths import path_predicate
from ..repository import FileEntry, is_test_path
from ..results import Match
from ..search import Search
from ..syntax import CALLABLE_KINDS, STRUCTURAL_KINDS, TYPE_KINDS, Definition, FileFacts
from .parts import outer_members
from .test_marks import is_test

_MEMBER_KINDS: dict[str, frozenset[str]] = {
    "method": frozenset({"method", "function"}),
    "property": frozenset({"property"}),
    "field": frozenset({"field", "variable", "variant"}),
    "constant": frozenset({"constant", "variant", "field"}),
}
_DATACLASS = re.compile(r"dataclass\b|^(attr\.|attrs\.)|^define\b|^frozen\b")
_ERROR = re.compile(r"(?:Exception|Error|Throwable)$")
_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
_FILE_LIKE = re.compile(
    r"[/\\]|(?:" + "|".join(re.escape(s) for group in SUFFIXES.values() for s in group) + ")$"
)


def list_members(call: ToolCall, search: Search) -> Iterator[Match]:
    """Members of the type in their order; of a file, its top-level definitions."""
    typed = call.text("name")
    kind = call.text("kind")
    found = [] if _FILE_LIKE.search(typed) else find_definitions(search, typed, kinds=TYPE_KINDS)
    if not found and not _FILE_LIKE.search(typed):  # a function whose prototype was given members
        made = find_definitions(search, typed, kinds=CALLABLE_KINDS)
        found = [p for p in made if any(d.container == p[1].qualname and d.kind == "method"
                                        for d in p[0].definitions)]  # fmt: skip
    names: list[str] = []
    if found:
        main = [p for p in found if not is_test_path(p[0].path)] or found
        matches = _type_members(search, main[0], kind)
        if len(main) > 1:
            others = ", ".join(f"{f.path}:{d.line}" for f, d in main[1:4])
            search.note(f"Shown for {main[0][0].path}; the name is also defined at {others}.")
    else:
        matches = _file_members(search, typed, kind)
    for match in matches:
        names.append(match.name.rpartition(".")[2])
        yield match
    search.facts["names"] = list(dict.fromkeys(names))


def _type_members(search: Search, pair: Found, kind: str) -> Iterator[Match]:
    facts, definition = pair
    search.facts["owner"] = definition.qualname
    index = facts.definitions.index(definition)
    seen: set[str] = set()
    for member in facts.definitions:
        deeper = member.container.startswith(definition.qualname + ".")  # a variant's fields
        own = (member.parent == index and not deeper) or _set_in_method(facts, member, index)
        if definition.kind in CALLABLE_KINDS:  # what is in its braces is local
            own = member.container == definition.qualname and member.kind in ("method", "field")
        if own and member.name not in seen and _wanted(member, kind):
            seen.add(member.name)
            yield search.match_definition(facts, member, "member")
    for other, member in outer_members(search, pair):
        if member.name not in seen and _wanted(member, kind):
            seen.add(member.name)
            yield search.match_definition(other, member, "member")
    inherited = [base.name for base in definition.bases if base.relation != "implements"]
    if inherited:
        bases = ", ".join(inherited)
        search.note(f"Members inherited from {bases} are not listed.")


def _set_in_method(facts: FileFacts, member: Definition, owner: int) -> bool:
    """`self.x = …` in a method of the type."""
    parent = member.parent
    return (
        member.kind == "field"
        and parent >= 0
        and facts.definitions[parent].kind in CALLABLE_KINDS
        and facts.definitions[parent].parent == owner
    )


def _wanted(member: Definition, kind: str) -> bool:
    if not kind:
        return True
    if kind == "constant" and member.kind == "field":
        return member.name.isupper()
    if kind == "method":
        return member.kind in ("method", "function")
    return member.kind in _MEMBER_KINDS[kind]


def _file_members(search: Search, typed: str, kind: str) -> Iterator[Match]:
    entries = [e for e in search.files() if parsable(e.language)]
    predicate = path_predicate(typed, [e.path for e in entries])
    if predicate is None:
        search.note(f"No type, file or module here is called '{typed}'.")
        return
    fitting = [e for e in entries if predicate(e.path)]
    main = [e for e in fitting if not is_test_path(e.path)] or fitting
    search.facts["owner"] = main[0].path if len(main) == 1 else typed
    for facts in search.parse(main):
        for member in facts.definitions:
            top = member.parent < 0 or facts.definitions[member.parent].kind == "extension"
            if top and member.kind not in STRUCTURAL_KINDS and _wanted(member, kind):
                yield search.match_definition(facts, member, "member")


Test = Callable[[FileFacts, Definition], bool]


def list_symbols(call: ToolCall, search: Search) -> Iterator[Match]:
    """Definitions of the kind that pass every filter, by path and line."""
    tests = _filters(call)
    kind = call.text("kind")
    errors = _exception_names(search) if kind == "exception" else frozenset[str]()
    loose: list[Match] = []
    methods: list[Match] = []
    any_exact = False
    pattern = call.text("pattern")
    # plain "functions" leaves methods out; with a filter ("functions decorated with …") it does not
    only_free = kind == "function" and not tests
    for facts in search.parse(_narrowed(call, search)):
        for definition in facts.definitions:
            if not _is_kind(facts, definition, kind, errors):
                continue
            if not all(test(facts, definition) for test in tests):
                continue
            if pattern and not name_matches(definition.name, pattern):
                if definition.name.lower().startswith(pattern.strip("*").lower()):
                    loose.append(search.match_definition(facts, definition, "definition"))
                continue
            if only_free and definition.kind == "method":
                methods.append(search.match_definition(facts, definition, "definition"))
                continue
            any_exact = True
            yield search.match_definition(facts, definition, "definition")
    if methods and not any_exact:
        search.note("There are no free functions; these are methods.")
        yield from methods
        return
    if methods:
        search.note(f"{len(methods)} methods are not listed; ask for methods to see them.")
    if pattern and not any_exact and loose:
        search.note(f"No name is exactly '{pattern}'; these begin with it.")
        yield from loose


def name_matches(name: str, pattern: str) -> bool:
    """Whether a name fits a glob, or equals a pattern without wildcards."""
    if any(c in pattern for c in "*?["):
        return fnmatch.fnmatchcase(name, pattern)
    return name == pattern


def _filters(call: ToolCall) -> list[Test]:
    tests: list[Test] = []
    if decorator := call.text("decorator").lstrip("@"):
        tests.append(lambda f, d: any(_mentions(mark, decorator) for mark in d.decorators))
    if returns := call.text("returns"):
        tests.append(lambda f, d: _mentions(d.returns, returns))
    if parameter := call.text("parameter"):
        tests.append(
            lambda f, d: any(
                p.name.lstrip("*") == parameter or _mentions(p.type, parameter)
                for p in d.parameters
            )
        )
    if modifier := call.text("modifier"):
        tests.append(lambda f, d: modifier in d.modifiers)
    return tests


def _mentions(text: str, wanted: str) -> bool:
    """Whether `wanted` (case kept, then not) stands in `text` as whole words."""
    bare = re.escape(wanted.strip("@()"))
    return re.search(rf"(?<!\w){bare}(?!\w)", text, re.IGNORECASE) is not None


def _is_kind(facts: FileFacts, definition: Definition, kind: str, errors: frozenset[str]) -> bool:
    own = definition.kind
    if kind == "any":
        return own in CALLABLE_KINDS | TYPE_KINDS | {"constant", "property"}
    if kind == "function":
        return own in CALLABLE_KINDS
    if kind == "dataclass":
        if {"data", "record"} & set(definition.modifiers):
            return True
        return own == "class" and any(_DATACLASS.search(mark) for mark in definition.decorators)
    if kind == "enum":
        bases = {base.name.rpartition(".")[2] for base in definition.bases}
        return own == "enum" or (own == "class" and bool(bases & _ENUMS))
    if kind == "exception":
        derived = any(_ERROR.search(base.name) for base in definition.bases)
        return own in TYPE_KINDS and (derived or definition.name in errors)
    if kind == "test":
        return own in CALLABLE_KINDS and is_test(facts, definition)
    if kind == "class":
        return own in adapter(facts.language).classes
    if kind == "type":
        return own in TYPE_KINDS - {"module"}
    if kind == "variable":
        return own in ("variable", "constant")
    if kind in ("interface", "trait"):
        return own in ("interface", "trait")
    return own == kind


def _exception_names(search: Search) -> frozenset[str]:
    """Names of classes that derive from an exception, by name, or are called one."""
    from ..owners import subtype_names

    roots = ("BaseException", "Exception", "Error", "Throwable", "Warning")
    return frozenset(subtype_names(search, roots)) | frozenset(
        name for name in subtype_names(search, ("ValueError", "RuntimeError", "TypeError",
        "KeyError", "OSError", "LookupError", "AttributeError", "ImportError",
        "NotImplementedError", "UserWarning", "DeprecationWarning", "StandardError",
        "ArgumentError", "exception", "runtime_error", "logic_error", "RuntimeException",
        "LogicException", "InvalidArgumentException"))
    )  # fmt: skip


def _narrowed(call: ToolCall, search: Search) -> Iterable[FileEntry]:
    """Files that can hold a hit: those with a literal that the filters ask for, else all."""
    literals = [call.text("decorator").lstrip("@"), call.text("returns"), call.text("parameter")]
    kind, modifier = call.text("kind"), call.text("modifier")
    hints = {
        "dataclass": r"dataclass|\battrs?\b|@define|\brecord\b|\b(?:data|case)\s+class",
        "enum": r"\benum\b|Enum|\bFlag\b",
    }
    if kind in hints:
        return search.candidates(hints[kind])
    if modifier == "async":
        return search.candidates(r"\basync\b|\bsuspend\b")
    for literal in literals:
        if literal:
            return search.candidates(re.escape(literal.strip("()")), ignore_case=True)
    return [e for e in search.files() if parsable(e.language)]
