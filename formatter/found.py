"""The direct sentence of each tool when it found something: `FOUND[tool](view)`.

Each gives one or two whole sentences whose names and numbers all come out of the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from .clauses import clauses_of
from .found_project import PROJECT, Sentence
from .places import doc_of
from .view import View, place
from .words import article, join, names, number, tick


def _definition(view: View) -> str:
    first = view.matches[0]
    if view.count == 1:
        return f"{tick(first.name)} is {article(first.kind)} defined at {place(first)}."
    head = f"{view.name} has {number(view.count, 'definition')}{view.where}{view.apart()}"
    if view.call.text("mode") == "count":
        return head + "."
    return f"{head}; the likeliest is {tick(first.name)} ({first.kind}) at {place(first)}."


def _places(verb: str) -> Sentence:
    """`x` is <verb> in 7 places, 3 of them in tests."""

    def sentence(view: View) -> str:
        where = number(view.count, "place")
        return f"{view.name} is {verb} in {where}{view.where}{view.apart()}.{view.spread()}"

    return sentence


def _callees(view: View) -> str:
    if view.call.text("callee"):
        callee = view.call.text("callee").rpartition(".")[2]
        sure = all(re.search(rf"\b{re.escape(callee)}\b", m.text) for m in view.matches)
        many = f" in {number(view.count, 'place')}" if sure else ""  # else steps in between as well
        return f"{view.name} calls {tick(view.call.text('callee'))}{many}{view.where}."
    called = view.names()
    return f"{view.name} calls {number(len(called), 'function')}{view.where}: {names(called)}."


def _call_path(view: View) -> str:
    source, target = tick(view.call.text("source")), tick(view.call.text("target"))
    path = view.facts.get("path")
    steps = [str(step) for step in path] if isinstance(path, (list, tuple)) else view.names()
    chain = " → ".join(tick(step) for step in steps)
    return f"{source} reaches {target} in {number(max(1, len(steps) - 1), 'call')}: {chain}."


def _impact(view: View) -> str:
    counts = view.facts.get("impact")
    parts: list[str] = []
    if isinstance(counts, Mapping):
        words = {"direct": "direct call", "indirect": "indirect call", "importers": "import",
                 "tests": "use in tests"}  # fmt: skip
        for key, word in words.items():
            count = counts.get(key, 0)
            if count:
                shown = "uses in tests" if key == "tests" and count != 1 else ""
                parts.append(f"{count:,} {shown}" if shown else number(count, word))
    return f"A change of {view.name} touches {join(parts) or number(view.count, 'place')}."


def _subclasses(view: View) -> str:
    indirect = ", indirect ones included" if view.call.flag("transitive") else ""
    listed = "" if view.call.text("mode") == "count" else f": {names(view.names())}"
    if all(match.kind == "class" for match in view.matches):
        head = f"{view.name} has {number(view.count, 'subclass')}"
    else:
        head = f"{view.name} is extended or implemented by {number(view.count, 'type')}"
    return f"{head}{indirect}{view.where}{view.apart()}{listed}."


def _superclasses(view: View) -> str:
    if view.call.text("base"):
        return f"{view.name} inherits from {tick(view.call.text('base'))}."
    indirect = ", directly or through others" if view.call.flag("transitive") else ""
    own = view.call.text("name").rpartition(".")[2]
    above = [name for name in view.names() if name.rpartition(".")[2] != own] or view.names()
    return f"{view.name} inherits from {names(above)}{indirect}."


def _overrides(view: View) -> str:
    of = f" of {tick(view.call.text('of'))}" if view.call.text("of") else ""
    head = f"{view.name}{of} is implemented or overridden in {number(view.count, 'place')}"
    return f"{head}{view.where}{view.apart()}: {names(view.names())}."


def _members(view: View) -> str:
    kind = view.call.text("kind")
    if kind:
        return f"{view.name} has {number(view.count, kind)}: {names(view.names())}."
    detail = "" if view.cut or view.call.text("mode") == "count" else f": {view.kinds()}"
    return f"{view.name} has {number(view.count, 'member')}{detail}."


def symbol_words(view: View) -> tuple[str, str]:
    """The noun that `list_symbols` was asked for, and its filters as words to put behind it."""
    call = view.call
    kind = call.text("kind", "any")
    noun = "symbol" if kind == "any" else kind
    modifier = f"{call.text('modifier')} " if call.text("modifier") else ""
    filters = ""
    for argument, word in (
        ("pattern", "named like"),
        ("decorator", "decorated with"),
        ("returns", "returning"),
        ("parameter", "taking"),
    ):
        if call.text(argument):
            filters += f" {word} {tick(call.text(argument))}"
    return modifier + noun, filters + view.where


def _symbols(view: View) -> str:
    noun, filters = symbol_words(view)
    verb = "is" if view.count == 1 else "are"
    return f"There {verb} {number(view.count, noun)}{filters}{view.apart()}.{view.spread()}"


def _show(view: View) -> str:
    first, part = view.matches[0], view.call.text("part", "source")
    head = f"{tick(first.name)} is {article(first.kind)} at {place(first)}"
    if part == "docs":
        doc = doc_of(view.result, 0)
        return f"{head}: {doc}" if doc else f"{head} without documentation."
    if part == "source":
        lines = max(1, first.end_line - first.line + 1)
        return f"{head}, {number(lines, 'line')} long."
    parameters = view.facts.get("parameters")
    taken = [p for p in parameters if isinstance(p, Mapping)] if parameters else []
    words = join([_parameter(p) for p in taken]) if taken else "no parameters"
    returns = view.facts.get("returns")
    gives = f" and returns {tick(str(returns))}" if returns else ""
    if not taken and (parameters is None or first.kind not in ("function", "method")):
        said = [c.text for c in clauses_of(view.result, 0) if c.kind in ("takes", "returns")]
        return " ".join([f"{head}.", *said])
    return f"{head}; it takes {words}{gives}."


def _parameter(parameter: Mapping[str, object]) -> str:
    words = str(parameter.get("name", ""))
    if parameter.get("type"):
        words += f": {parameter['type']}"
    if parameter.get("default") not in (None, ""):
        words += f" = {parameter['default']}"
    return tick(words)


def _importers(view: View) -> str:
    module = tick(view.call.text("module"))
    files = number(view.files(), "file") if not view.cut else number(view.count, "place")
    return f"{module} is imported in {files}{view.where}{view.apart()}.{view.spread()}"


def _imports(view: View) -> str:
    subject = tick(view.call.text("path"))
    if not isinstance(view.facts.get("names"), (list, tuple)):
        return f"{subject} imports in {number(view.count, 'place')}."
    listed = view.names()
    return f"{subject} imports {number(len(listed), 'module')}: {names(listed)}."


def _unused(view: View) -> str:
    noun = view.call.text("kind") or "definition"
    verb = "is" if view.count == 1 else "are"
    return f"{number(view.count, noun)}{view.where} {verb} not referred to in this repository."


def _raises(view: View) -> str:
    verb = "caught" if view.call.text("action") == "catch" else "raised"
    within = view.call.text("within")
    if view.call.text("name") in ("*", "any"):
        place_ = f"In {tick(within)}, " if within else ""
        if not isinstance(view.facts.get("names"), (list, tuple)):
            what = "exceptions are" if view.count != 1 else "an exception is"
            inside = f" in {tick(within)}" if within else ""
            return f"{what.capitalize()} {verb} in {number(view.count, 'place')}{inside}."
        kinds = view.names()
        many = number(len(kinds), "exception")
        return f"{place_}{many} {'is' if len(kinds) == 1 else 'are'} {verb}: {names(kinds)}."
    inside = f" within {tick(within)}" if within else ""
    head = f"{view.name} is {verb} in {number(view.count, 'place')}{inside}"
    return f"{head}{view.where}{view.apart()}.{view.spread()}"


def _tests(view: View) -> str:
    files = "" if view.cut else f" in {number(view.files(), 'file')}"
    if not view.cut and len({(m.path, m.name) for m in view.matches}) < view.count:
        return f"Tests use {view.name} in {number(view.count, 'place')}{files}."
    more = f", and possibly {view.guesses:,} more" if view.guesses else ""
    return f"{view.name} is used by {number(view.count, 'test')}{files}{more}."


FOUND: Mapping[str, Sentence] = {
    **PROJECT,
    "find_definition": _definition,
    "find_references": _places("used"),
    "find_callers": _places("called"),
    "find_callees": _callees,
    "find_call_path": _call_path,
    "find_impact": _impact,
    "find_subclasses": _subclasses,
    "find_superclasses": _superclasses,
    "find_overrides": _overrides,
    "list_members": _members,
    "list_symbols": _symbols,
    "show_symbol": _show,
    "find_importers": _importers,
    "list_imports": _imports,
    "find_writes": _places("written"),
    "find_unused": _unused,
    "find_raises": _raises,
    "find_tests": _tests,
}
