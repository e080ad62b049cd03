"""What is said when a tool found nothing, and when no tool was run (`decline`, `clarify`).

`ABSENT[tool](view)` is the noun phrase of what was looked for: "no call of `x`".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..executors.catalog import ToolCall
from .found import symbol_words
from .view import View
from .words import join, tick

# These look at every text file, so their scope is not said as code of some language.
BY_TEXT = frozenset(["search_text", "find_files", "overview", "list_dependencies", "git_history",
                     "find_config"])  # fmt: skip


def _named(noun: str, argument: str = "name") -> Callable[[View], str]:
    return lambda view: f"no {noun} {tick(view.call.text(argument))}{view.where}"


def _callees(view: View) -> str:
    callee = view.call.text("callee")
    what = f"call of {tick(callee)}" if callee else "call"
    return f"no {what} in {view.name}{view.where}"


def _call_path(view: View) -> str:
    source, target = tick(view.call.text("source")), tick(view.call.text("target"))
    return f"no chain of calls from {source} to {target}"


def _superclasses(view: View) -> str:
    base = view.call.text("base")
    return f"no sign that {view.name} inherits from {tick(base)}" if base else (
        f"no base class of {view.name}{view.where}"
    )  # fmt: skip


def _overrides(view: View) -> str:
    of = f" of {tick(view.call.text('of'))}" if view.call.text("of") else ""
    return f"no class that overrides {view.name}{of}{view.where}"


def _members(view: View) -> str:
    return f"no {view.call.text('kind', 'member')} of {view.name}{view.where}"


def _symbols(view: View) -> str:
    noun, filters = symbol_words(view)
    return f"no {noun}{filters}"


def _unused(view: View) -> str:
    return f"no unused {view.call.text('kind', 'definition')}{view.where}"


def _raises(view: View) -> str:
    verb = "catches" if view.call.text("action") == "catch" else "raises"
    name = view.call.text("name")
    what = "an exception" if name in ("*", "any") else tick(name)
    within = f" within {tick(view.call.text('within'))}" if view.call.text("within") else ""
    return f"nothing that {verb} {what}{within}{view.where}"


def _optional(noun: str, argument: str) -> Callable[[View], str]:
    def phrase(view: View) -> str:
        value = view.call.text(argument)
        return f"no {noun}{' ' + tick(value) if value else ''}{view.where}"

    return phrase


def _entrypoints(view: View) -> str:
    noun = {"main": "program start", "cli": "command-line command", "route": "HTTP route",
            "task": "scheduled task"}.get(view.call.text("kind"), "entry point")  # fmt: skip
    pattern = view.call.text("pattern")
    return f"no {noun}{' with ' + tick(pattern) if pattern else ''}{view.where}"


def _history(view: View) -> str:
    noun = "uncommitted change" if view.call.text("action") == "diff" else "commit"
    target = view.call.text("target")
    return f"no {noun}{' for ' + tick(target) if target else ''}{view.where}"


def _overview(view: View) -> str:
    path = view.call.text("path")
    return f"no file{' in ' + tick(path) if path else ''}"


def _explain(view: View) -> str:
    return f"no code about {tick(view.call.text('name') or view.call.text('query'))}{view.where}"


def _compare(view: View) -> str:
    names = view.call.arguments.get("names", ())
    listed = [tick(name) for name in names] if isinstance(names, tuple) else []
    return f"no definition of {join(listed, 'or')}{view.where}"


ABSENT: Mapping[str, Callable[[View], str]] = {
    "find_definition": _named("definition of"),
    "find_references": _named("use of"),
    "find_callers": _named("call of"),
    "find_callees": _callees,
    "find_call_path": _call_path,
    "find_impact": _named("caller, importer or test of"),
    "find_subclasses": _named("subclass or implementation of"),
    "find_superclasses": _superclasses,
    "find_overrides": _overrides,
    "list_members": _members,
    "list_symbols": _symbols,
    "show_symbol": _named("definition of"),
    "find_importers": _named("import of", "module"),
    "list_imports": _named("import in", "path"),
    "find_writes": _named("write to"),
    "find_unused": _unused,
    "find_raises": _raises,
    "find_tests": _named("test of"),
    "find_config": _optional("setting", "name"),
    "find_entrypoints": _entrypoints,
    "list_dependencies": _optional("dependency", "name"),
    "search_text": _named("line with", "text"),
    "find_files": _named("file that matches", "pattern"),
    "overview": _overview,
    "rank_symbols": lambda view: f"no {view.call.text('kind', 'symbol')} to rank{view.where}",
    "git_history": _history,
    "locate": _named("code about", "query"),
    "explain": _explain,
    "compare": _compare,
}

_NOT_RUN: Mapping[tuple[str, str], str] = {
    ("decline", "edit"): "codeask only reads: it does not change code, but it can show where a "
    "change would go. Ask where something is, who uses it, or what breaks if it changes.",
    ("decline", "run"): "codeask does not run or install anything. Ask where the program starts, "
    "how it is laid out, or which packages it declares.",
    ("decline", "platform"): "codeask sees the files and the git history here, not issues, pull "
    "requests or releases of a hosting site. Ask for recent commits or for who changed a file.",
    ("decline", "general"): "That is general programming knowledge and codeask answers from this "
    "repository only. Ask where or how this code does it.",
    ("decline", "chat"): "codeask answers questions about the code in this repository, for example "
    "'who calls parse_args?' or 'where are retries handled?'.",
    ("decline", "opinion"): "codeask tells what is in the code, not what would be better. Ask for "
    "facts to judge by: callers, complexity, tests, history.",
    ("clarify", "referent"): "What does 'this' or 'it' stand for? Name the symbol or file in the "
    "question, for example 'who calls Session.send?'.",
    ("clarify", "ambiguous"): "The question can be read in several ways. Name a symbol or a file, "
    "or say whether you want the definition, the uses, the callers or an explanation.",
}  # fmt: skip


def not_run(call: ToolCall) -> str:
    """The helpful sentence for a call that looks nothing up."""
    return _NOT_RUN[call.tool, call.text("reason")]
