"""`run_tool`: the one way a tool is run, with its time-out, truncation, timing and error capture."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from .catalog import TOOLS, ToolCall
from .errors import CodeaskError, DeadlineExceeded, ToolError, Unread
from .languages import parsable
from .languages.support import ASKING, missing
from .repository import Repository
from .results import Match, Scope, Status, ToolResult
from .search import Search
from .watch import Watch

TIMEOUT_SECONDS = 10.0
MAX_MATCHES = 200

ToolFunction = Callable[[ToolCall, Search], Iterator[Match]]

# Where each tool's function (of the tool's own name) is; imported when it is first run.
MODULES: dict[str, str] = {
    "find_definition": "definitions",
    "show_symbol": "definitions",
    "find_references": "references",
    "find_callers": "calls",
    "find_callees": "calls",
    "find_call_path": "calls",
    "find_impact": "calls",
    "find_subclasses": "hierarchy",
    "find_superclasses": "hierarchy",
    "find_overrides": "hierarchy",
    "list_members": "listing",
    "list_symbols": "listing",
    "find_unused": "unused",
    "find_importers": "imports",
    "list_imports": "imports",
    "find_writes": "writes",
    "find_raises": "raises",
    "find_tests": "tests",
    "find_config": "config",
    "find_entrypoints": "entrypoints",
    "list_dependencies": "manifests",
    "search_text": "text",
    "find_files": "files",
    "overview": "overview",
    "rank_symbols": "metrics",
    "git_history": "history",
    "locate": "retrieval",
    "explain": "retrieval",
    "compare": "retrieval",
}
# Tools that start from a name and list places: a common name's are told in part where there is no index.
_IMPATIENT = frozenset(
    {"find_definition", "show_symbol", "find_callers", "find_references", "find_subclasses",
     "list_members", "find_writes", "find_tests", "find_overrides", "explain"}
)  # fmt: skip
# Those of them that ripgrep can tell to have no answer: by headers, not by what is inside.
_BY_HEADERS = frozenset({"find_definition", "show_symbol", "list_members", "explain"})
PATIENCE_SECONDS = 0.45  # for reading sources, within which a name is answered cold
# Tools whose `path` is what they are about, not where they search.
_OWN_PATH = frozenset({"list_imports", "overview"})


def tool_function(name: str) -> ToolFunction:
    """The function that runs tool `name`."""
    module = importlib.import_module(f".tools.{MODULES[name]}", __package__)
    function: ToolFunction = getattr(module, name)
    return function


def run_tool(
    call: ToolCall,
    repository: Repository,
    *,
    timeout: float = TIMEOUT_SECONDS,
    max_matches: int = MAX_MATCHES,
    watch: Watch | None = None,
    patience: float = PATIENCE_SECONDS,
) -> ToolResult:
    """Runs one tool call over the repository as it is now; never raises for what it finds there.

    `timeout` is in seconds. Status `timeout` keeps what was found until then, `truncated` the first
    `max_matches`; `failed` has the reason in `note`. `clarify` and `decline` raise `ToolError`.
    A search that `watch` stops ends with status `timeout` too. Without an index a common name's files
    are read for `patience` seconds: what was found in them is `truncated`, `facts["unread"]` tells how
    many files remain. Nothing is said to be absent, and nothing counted, before all is read.
    """
    if not TOOLS[call.tool].runs:
        raise ToolError(f"'{call.tool}' is an answer, not a tool that looks into a repository.")
    started = time.monotonic()
    watch = watch or Watch()
    search = Search(
        repository,
        call,
        started + timeout,
        own_path=call.tool in _OWN_PATH,
        watch=watch,
        texts=max_matches,
        patience=patience if _impatient(call) else math.inf,
    )
    matches: list[Match] = []
    status: Status = "ok"
    try:
        if search.filter.word:
            search.note(
                f"Nothing here is called '{search.filter.word}', so every folder was searched."
            )
            call = search.call = call.with_arguments(path=None)
        if search.filter.problem:
            search.note(search.filter.problem)
        else:
            try:
                _collect(call, search, matches)
                if not matches:
                    search.sure_of_none(headers=call.tool in _BY_HEADERS)
            except Unread:  # what is there decides the answer, so all of it has to be read
                matches.clear()
                search = replace(
                    search, patience=math.inf, unread=set(), put_off=set(), notes=[], facts={}
                )
                _collect(call, search, matches)
        _note_what_is_missing(call, search)
    except DeadlineExceeded:
        status = "timeout"
        when = "on request" if watch.stopped else f"after {timeout:g} s"
        search.note(f"Stopped {when}; this is what was found by then.")
    except CodeaskError as error:
        status = "failed"
        search.note(str(error))
    repository.persist()
    matches = _in_scope(matches, search)
    return _result(call, search, matches, status, max_matches, started)


def _impatient(call: ToolCall) -> bool:
    return call.tool in _IMPATIENT and call.text("mode", "list") == "list"


def _collect(call: ToolCall, search: Search, matches: list[Match]) -> None:
    for match in tool_function(call.tool)(call, search):
        matches.append(match)
        search.watch.found(match)
        search.remaining()


def _note_what_is_missing(call: ToolCall, search: Search) -> None:
    """Says what the call asks for and the languages it looked at do not have."""
    present = {e.language for e in search.files()} if call.tool in ASKING else set[str]()
    for sentence in missing(call, sorted(filter(parsable, present))):
        search.note(sentence)


def _in_scope(matches: list[Match], search: Search) -> list[Match]:
    kept: dict[tuple[str, int, str, str], Match] = {}
    for match in matches:
        if match.path and match.path in search.listing.files and not search.in_scope(match.path):
            continue
        kept.setdefault((match.path, match.line, match.name, match.role), match)
    return list(kept.values())


def _with_text(match: Match, search: Search) -> Match:
    if match.text or search.texts >= 0 or match.path not in search.listing.files:
        return match
    return replace(match, text=search.line(match.path, match.line))


def _result(
    call: ToolCall, search: Search, matches: list[Match], status: Status, max_matches: int,
    started: float,
) -> ToolResult:  # fmt: skip
    total = len(matches)
    mode = call.text("mode", "list")
    if mode == "exists":
        search.facts.setdefault("exists", total > 0)
    elif mode == "count":
        search.facts.setdefault("count", total)
    if status == "ok" and not matches and not search.facts.get("names"):
        status = "empty"
    wanted = search.for_headers | search.for_uses
    is_read = search.repository.is_read
    files = search.listing.files if search.unread else {}
    unread = {p for p in search.unread if p in search.put_off or not is_read(files[p])}
    if unread:
        status = "truncated" if matches else status
        search.facts["unread"] = len(unread)
        search.notes.insert(
            0,
            f"Without an index {len(wanted) - len(unread):,} of the {len(wanted):,} files that matter"
            " were read in this time; ask again to read on, or run 'codeask index' to have all.",
        )
    limit = call.number("limit")
    cut = max_matches if limit is None else min(limit, max_matches)
    if status == "ok" and total > max_matches and (limit is None or limit > max_matches):
        status = "truncated"
    try:
        scope = search.scope()
    except CodeaskError:  # the listing itself failed: nothing was searched
        scope = Scope()
    return ToolResult(
        call=call,
        status=status,
        matches=tuple(_with_text(match, search) for match in matches[:cut]),
        total=total,
        facts=search.facts,
        elapsed_ms=(time.monotonic() - started) * 1000,
        scope=scope,
        note=" ".join(search.notes),
    )
