"""`rank_symbols`: functions, classes and files by a measure."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..catalog import ToolCall
from ..languages import adapter, parsable
from ..reach import import_reaches
from ..repository import FileEntry, is_test_path
from ..results import Match
from ..search import Search
from ..syntax import CALLABLE_KINDS, TYPE_KINDS, Definition, FileFacts
from ..written_types import plain_path
from .history import git

DEFAULT_LIMIT = 10
_DEFAULT_KIND = {"lines": "function", "complexity": "function", "parameters": "function",
                 "callers": "function", "references": "function", "depth": "function",
                 "methods": "class", "importers": "file", "size": "file", "commits": "file"}  # fmt: skip
_UNITS = {"lines": "lines", "complexity": "cyclomatic complexity", "parameters": "parameters",
          "callers": "calls", "references": "mentions", "importers": "importing files",
          "methods": "methods", "depth": "levels of nesting", "size": "bytes",
          "commits": "commits"}  # fmt: skip
_DATA = frozenset({"", "json", "yaml", "toml", "markdown", "rst"})
_VENDORED = re.compile(
    r"(^|/)(node_modules|vendor|vendored|_vendor|third_party|dist|build|\.venv)/"
    r"|(\.pb|_pb2|_pb2_grpc|\.generated|_generated)\.\w+$"
)
_WORD = re.compile(rb"[A-Za-z_$][\w$]*")
# Methods of the built-in containers: a call `x.get()` says nothing about whose `get` it is.
_COMMON = frozenset(n for t in (dict, list, str, set, bytes, tuple, int) for n in dir(t)) | {
    "respond_to?", "to_s", "to_h", "to_a", "inspect", "include?", "merge", "merge!", "each", "map",
    "key?", "empty?", "first", "last", "dup", "freeze", "new", "call", "begin", "end", "data",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Ranked:
    value: int
    path: str
    line: int
    end_line: int
    name: str
    kind: str


def rank_symbols(call: ToolCall, search: Search) -> Iterator[Match]:
    """The ranking in order, ten places unless `limit` says otherwise."""
    metric = call.text("metric")
    kind = call.text("kind") or _DEFAULT_KIND[metric]
    if kind in ("file", "module") or metric in ("commits", "importers"):
        ranked = list(_files(search, metric))
    else:
        ranked = list(_symbols(search, metric, kind))
    sign = 1 if call.text("order") == "asc" else -1
    ranked.sort(key=lambda r: (sign * r.value, r.path, r.line))
    top = ranked[: call.number("limit") or DEFAULT_LIMIT]
    search.facts["names"] = [item.name for item in top]
    search.facts["values"] = [[item.name, item.value] for item in top]
    search.facts["ranked"] = len(ranked)
    for item in top:
        unit = _UNITS[metric]
        unit = unit[:-1] if item.value == 1 and unit.endswith("s") else unit
        text = f"{item.value:,} {unit}" if metric != "complexity" else f"{unit} {item.value}"
        role = "file" if item.kind == "file" else "definition"
        yield Match(item.path, item.line, item.end_line, item.name, item.kind, text, role)


def _parse(search: Search, entries: Iterable[FileEntry]) -> Iterator[FileFacts]:
    """Facts of the parsable files, as many as the time allows: a partial ranking is told as one."""
    todo = [entry for entry in entries if parsable(entry.language)]
    for done, entry in enumerate(todo):
        if time.monotonic() > search.deadline - 0.5:
            search.note(f"Only {done} of {len(todo)} files could be read in the time.")
            return
        yield from search.parse([entry])


def _of_kind(definition: Definition, kind: str) -> bool:
    if kind == "class":
        return definition.kind in TYPE_KINDS - {"module"}
    if kind == "method":
        return definition.kind == "method"
    return definition.kind in CALLABLE_KINDS


def _symbols(search: Search, metric: str, kind: str) -> Iterator[_Ranked]:
    in_scope = list(_parse(search, (e for e in search.files() if _counts(search, e))))
    pairs = [(f, d) for f in in_scope for d in f.definitions if _of_kind(d, kind)]
    if metric == "callers":
        values = _call_counts(search, pairs)
    elif metric == "references":
        values = _mention_counts(search, pairs)
    elif metric == "methods":
        values = [_methods(in_scope, f, d) for f, d in pairs]
    else:
        values = [_own_value(f, d, metric) for f, d in pairs]
    for (facts, definition), value in zip(pairs, values, strict=True):
        yield _Ranked(
            value, facts.path, definition.line, definition.end_line, definition.qualname,
            definition.kind,
        )  # fmt: skip


def _own_value(facts: FileFacts, definition: Definition, metric: str) -> int:
    if metric == "parameters":
        names = [p.name for p in definition.parameters]
        return len([n for n in names if n not in ("self", "cls", "*", "/")])
    if metric == "size":
        return definition.end - definition.start
    if metric in ("complexity", "depth") and definition.kind in TYPE_KINDS:
        inner = [getattr(d, metric) for d in facts.definitions
                 if definition.start < d.start and d.end <= definition.end]  # fmt: skip
        return max(inner, default=0)
    return int(getattr(definition, metric))


def _methods(files: list[FileFacts], facts: FileFacts, owner: Definition) -> int:
    """Methods of a type, also those that stand outside its braces where the language allows it."""
    rules = adapter(facts.language)
    folder = facts.path.rpartition("/")[0]
    near = [facts]
    if rules.open_types:
        near = [f for f in files if f.language == facts.language
                and (not rules.folder_scope or f.path.rpartition("/")[0] == folder)]  # fmt: skip
    anywhere = rules.open_types and not rules.folder_scope

    def owns(member: Definition) -> bool:
        name = member.container.rpartition(".")[2] if anywhere else member.container
        return name == (owner.name if anywhere else owner.qualname)

    inside = {d.name for f in near for d in f.definitions
              if d.kind in ("method", "property") and owns(d)}  # fmt: skip
    return len(inside)


def _call_counts(search: Search, pairs: list[tuple[FileFacts, Definition]]) -> list[int]:
    """Call sites that reach each definition, by scope, import and receiver; unsure ones left out."""
    by_name: dict[str, list[int]] = {}
    for index, (_, definition) in enumerate(pairs):
        by_name.setdefault(definition.name, []).append(index)
    counts = [0] * len(pairs)
    entries = [entry for entry in search.files(scoped=False) if not _VENDORED.search(entry.path)]
    if search.call.text("tests") == "exclude":  # then calls from tests do not count either
        entries = [entry for entry in entries if not is_test_path(entry.path)]
    if any(definition.kind == "method" for _, definition in pairs):
        search.note("Calls of a method on a variable of unknown type are counted by name.")
    for facts in _parse(search, entries):
        for site in facts.sites:
            if site.role != "call":
                continue
            options = [i for i in by_name.get(site.name, ()) if pairs[i][0].language == facts.language
                       or {pairs[i][0].language, facts.language} <= {"javascript", "typescript"}]  # fmt: skip
            for index in _reached(facts, site.receiver, site.scope, site.name, options, pairs):
                counts[index] += 1
    return counts


def _reached(
    facts: FileFacts, receiver: str, scope: int, name: str, options: list[int],
    pairs: list[tuple[FileFacts, Definition]],
) -> list[int]:  # fmt: skip
    methods = [i for i in options if pairs[i][1].kind == "method"]
    rules = adapter(facts.language)
    if receiver.removesuffix("::") in (*rules.self_names, "self", "Self", "cls", "this", "super()"):
        around = facts.enclosing(scope, TYPE_KINDS)
        owner = facts.qualname(around)
        own = [i for i in methods if pairs[i][0].path == facts.path
               and pairs[i][1].container == owner]  # fmt: skip
        return own or (methods if len(methods) == 1 else [])
    plain = [i for i in options if pairs[i][1].kind != "method"]
    if receiver.endswith("::"):  # a path names its type or module
        owner = plain_path(receiver.removesuffix("::"))
        last = owner.rpartition(".")[2]
        own = [i for i in methods if pairs[i][1].container.rpartition(".")[2] == last]
        first = owner.split(".")[0]
        item = next((item for item in facts.imports if item.alias == first), None)
        whole = adapter(facts.language).path_import(item, owner, name)
        return own[:1] or (_through_imports(facts, [whole], plain, pairs) if whole else [])
    first = receiver.split(".")[0]
    if receiver:
        imported = [item for item in facts.imports if first in (item.alias, item.name, item.module)]
        through = _through_imports(facts, imported, plain, pairs)
        if through:
            return through
        sole = len(methods) == 1 and not imported and name not in _COMMON
        return [i for i in methods if sole and _may_be(facts, first, scope, pairs[i][1])]
    here = [i for i in plain if pairs[i][0].path == facts.path]
    if here:
        return here[:1]
    if rules.implicit_self and methods:
        within = facts.definitions[scope].container if scope >= 0 else ""
        own = [i for i in methods if pairs[i][1].container == within]
        if own or rules.module_methods:  # Ruby: lent by what is mixed in
            return own or (methods if len(methods) == 1 and name not in _COMMON else [])
    if rules.linkage:
        bodies = [i for i in plain if "declaration" not in pairs[i][1].modifiers]
        return (bodies or plain)[:1]
    if adapter(facts.language).folder_scope:
        folder = facts.path.rpartition("/")[0]
        return [i for i in plain if pairs[i][0].path.rpartition("/")[0] == folder][:1]
    named = [item for item in facts.imports if name in (item.alias, item.name) or item.name == "*"]
    return _through_imports(facts, named, plain, pairs)


def _may_be(facts: FileFacts, receiver: str, scope: int, method: Definition) -> bool:
    """Whether a variable's written type, where there is one, is the method's own."""
    owner = method.container.rpartition(".")[2]
    while scope >= 0:
        around = facts.definitions[scope]
        written = [p.type for p in around.parameters if p.name == receiver]
        written += [h.type for h in facts.types if h.scope == scope and h.name == receiver]
        if any(written):
            return any(re.search(rf"\b{re.escape(owner)}\b", text) for text in written)
        scope = around.parent
    return True


def _through_imports(
    facts: FileFacts, imports: list, options: list[int], pairs: list[tuple[FileFacts, Definition]]
) -> list[int]:
    for item in imports:
        for index in options:
            if import_reaches(facts.path, item, pairs[index][0].path, facts.language):
                return [index]
    return []


def _mention_counts(search: Search, pairs: list[tuple[FileFacts, Definition]]) -> list[int]:
    """Occurrences of the name as a word in code files, the definitions themselves left out."""
    defined = Counter(d.name for _, d in pairs)
    search.note("Mentions are counted by name.")
    if search.coverage is not None and not search.coverage.unknown:
        stored = search.coverage.index.mentions(defined.keys())
        return [max(0, stored.get(d.name, 0) - defined[d.name]) for _, d in pairs]
    wanted = {d.name.encode() for _, d in pairs}
    words: Counter[bytes] = Counter()
    for entry in search.files(scoped=False):
        if not parsable(entry.language) or time.monotonic() > search.deadline - 0.5:
            continue
        source = search.repository.read(entry.path)
        if source is not None:
            words.update(w for w in _WORD.findall(source.data) if w in wanted)
    return [max(0, words[d.name.encode()] - defined[d.name]) for _, d in pairs]


def _counts(search: Search, entry: FileEntry) -> bool:
    """Whether a file takes part: vendored and generated ones only when they are asked for."""
    if search.call.text("path") or search.call.text("lang"):
        return True
    return not _VENDORED.search(entry.path)


def _files(search: Search, metric: str) -> Iterator[_Ranked]:
    entries = [entry for entry in search.files() if _counts(search, entry)]
    code = [entry for entry in entries if entry.language not in _DATA]
    if code and not search.call.text("lang"):
        entries = code  # data, documentation and lock files are no answer to "largest file"
    values = _file_values(search, metric, entries)
    for entry in entries:
        value = values.get(entry.path)
        if value is not None:
            source = search.source(entry.path) if metric in ("lines", "size") else None
            lines = _line_count(source.data) if source is not None else 1
            yield _Ranked(value, entry.path, 1, max(1, lines), entry.path, "file")


def _line_count(data: bytes) -> int:
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


def _file_values(search: Search, metric: str, entries: list[FileEntry]) -> dict[str, int]:
    if metric == "size":
        return {entry.path: entry.size for entry in entries}
    if metric == "lines":
        sources = ((entry.path, search.source(entry.path)) for entry in entries)
        return {path: _line_count(source.data) for path, source in sources if source is not None}
    if metric == "commits":
        output = git(search, "log", "--format=", "--name-only", "-z", "--relative", check=False)
        if not output:
            search.note("This folder is not a git repository, so commits cannot be counted.")
        counted = Counter(path for path in re.split(r"[\0\n]+", output) if path)
        return {entry.path: counted[entry.path] for entry in entries if counted[entry.path]}
    if metric == "importers":
        return _importers(search, entries)
    values: dict[str, int] = {}
    for facts in _parse(search, entries):
        callables = [d for d in facts.definitions if d.kind in CALLABLE_KINDS]
        if metric in ("complexity", "depth"):
            each = [getattr(d, metric) for d in callables]
            values[facts.path] = sum(each) if metric == "complexity" else max(each, default=0)
        elif metric == "methods":
            values[facts.path] = len(callables)
        elif metric == "parameters":
            values[facts.path] = max((len(d.parameters) for d in callables), default=0)
    if metric in ("callers", "references"):
        search.note("Files are not called; ask for the most imported files or called functions.")
    return values


def _importers(search: Search, entries: list[FileEntry]) -> dict[str, int]:
    """Importing files of each file; each import statement is taken to its nearest file."""
    from .import_targets import Targets

    targets = Targets(search.listing.files)
    importers: dict[str, set[str]] = {}
    for facts in _parse(search, search.files(scoped=False)):
        for item in facts.imports:
            for path in targets.of(facts.path, facts.language, item):
                if path != facts.path:
                    importers.setdefault(path, set()).add(facts.path)
    return {e.path: len(importers[e.path]) for e in entries if e.path in importers}
