"""The direct sentence of each tool when it found something: `FOUND[tool](view)`.

Each gives one or two whole sentences whose names and numbers all come out of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..executors.results import Match
from .places import doc_of
from .view import View, place
from .words import first_sentence, join, names, number, plural, tick

Sentence = Callable[[View], str]


def _article(word: str) -> str:
    return f"{'an' if word[:1] in 'aeiou' else 'a'} {word}"


def _definition(view: View) -> str:
    first = view.matches[0]
    if view.count == 1:
        return f"{tick(first.name)} is {_article(first.kind)} defined at {place(first)}."
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
        callee = tick(view.call.text("callee"))
        return f"{view.name} calls {callee} in {number(view.count, 'place')}{view.where}."
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
    return f"{view.name} inherits from {names(view.names())}{indirect}."


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
    head = f"{tick(first.name)} is {_article(first.kind)} at {place(first)}"
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
    if not taken and first.kind not in ("function", "method"):
        return f"{head}."
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
    listed = view.names()
    what = f"{number(len(listed), 'module')}: {names(listed)}"
    return f"{tick(view.call.text('path'))} imports {what}."


def _unused(view: View) -> str:
    noun = view.call.text("kind") or "definition"
    verb = "is" if view.count == 1 else "are"
    return f"{number(view.count, noun)}{view.where} {verb} not referred to in this repository."


def _raises(view: View) -> str:
    verb = "caught" if view.call.text("action") == "catch" else "raised"
    within = view.call.text("within")
    if view.call.text("name") in ("*", "any"):
        place_ = f"In {tick(within)}, " if within else ""
        kinds = view.names()
        many = number(len(kinds), "exception")
        return f"{place_}{many} {'is' if len(kinds) == 1 else 'are'} {verb}: {names(kinds)}."
    inside = f" within {tick(within)}" if within else ""
    head = f"{view.name} is {verb} in {number(view.count, 'place')}{inside}"
    return f"{head}{view.where}{view.apart()}.{view.spread()}"


def _tests(view: View) -> str:
    files = "" if view.cut else f" in {number(view.files(), 'file')}"
    more = f", and possibly {view.guesses:,} more" if view.guesses else ""
    return f"{view.name} is used by {number(view.count, 'test')}{files}{more}."


def _config(view: View) -> str:
    if view.call.text("name"):
        value = view.facts.get("value")
        if value is not None:
            return f"{view.name} is {tick(str(value))}, set at {place(view.matches[0])}."
        return f"{view.name} is read or set in {number(view.count, 'place')}{view.where}."
    noun = {"env": "environment variable", "flag": "feature flag", "constant": "constant"}
    word = noun.get(view.call.text("kind"), "setting")
    verb = "is" if len(view.names()) == 1 else "are"
    listed = view.names()
    return f"There {verb} {number(len(listed), word)}{view.where}: {names(listed)}."


def _entrypoints(view: View) -> str:
    noun = {"main": "place where a program starts", "cli": "command-line command",
            "route": "HTTP route", "task": "scheduled task"}  # fmt: skip
    kind = view.call.text("kind")
    if kind == "main" and view.count != 1:
        return f"Programs start in {view.count:,} places{view.where}: {names(view.names())}."
    verb = "is" if view.count == 1 else "are"
    many = number(view.count, noun.get(kind, "entry point"))
    return f"There {verb} {many}{view.where}: {names(view.names())}."


def _dependencies(view: View) -> str:
    versions = view.facts.get("versions")
    known = versions if isinstance(versions, Mapping) else {}

    def shown(name: str) -> str:
        version = known.get(name)
        text = ", ".join(map(str, version)) if isinstance(version, (list, tuple)) else version
        return f"{tick(name)} {text}" if text else tick(name)

    if view.call.text("name"):
        text = join([shown(name) for name in view.names()][:4])
        return f"{text} is declared as a dependency in {place(view.matches[0])}."
    listed = view.names()
    verb = "is" if len(listed) == 1 else "are"
    return f"{number(len(listed), 'package')} {verb} declared: {names(listed)}."


def _text(view: View) -> str:
    text = tick(view.call.text("text"))
    verb = "matches" if view.call.flag("regex") else "stands on"
    files = "" if view.cut else f" of {number(view.files(), 'file')}"
    lines = number(view.count, "line")
    return f"{text} {verb} {lines}{files}{view.where}{view.apart()}.{view.spread()}"


def _files(view: View) -> str:
    verb = "matches" if view.count == 1 else "match"
    files = number(view.count, "file")
    return f"{files} {verb} {tick(view.call.text('pattern'))}{view.where}.{view.spread()}"


def _overview(view: View) -> str:
    languages = view.facts.get("languages")
    parts: list[str] = []
    if isinstance(languages, Mapping):
        parts = [f"{language} ({count})" for language, count in list(languages.items())[:5]]
    subject = tick(view.call.text("path")) if view.call.text("path") else "This repository"
    head = f"{subject} has {number(view.result.scope.files, 'file')}"
    described = view.facts.get("description") or view.facts.get("summary")
    tail = f" {first_sentence(str(described))}" if described else ""
    return f"{head}{': ' + join(parts) if parts else ''}.{tail}"


def _values(view: View) -> dict[str, int | float]:
    """The ranked values by name: given as a mapping, as pairs, or in the order of the names."""
    given = view.facts.get("values")
    if isinstance(given, Mapping):
        pairs = list(given.items())
    elif isinstance(given, (list, tuple)):
        paired = all(isinstance(item, (list, tuple)) and len(item) == 2 for item in given)
        pairs = list(given) if paired else list(zip(view.names(), given, strict=False))
    else:
        return {}
    return {str(name): value for name, value in pairs if isinstance(value, (int, float))}


def _rank(view: View) -> str:
    call = view.call
    metric = call.text("metric")
    order = "fewest" if call.text("order") == "asc" else "most"
    measure = {"complexity": "branches", "depth": "levels of nesting", "size": "bytes"}
    kind = call.text("kind") or view.matches[0].kind or "symbol"
    values = _values(view)

    def shown(name: str) -> str:
        return f"{tick(name)} ({values[name]:,})" if name in values else tick(name)

    parts = [shown(name) for name in view.names()[:5]]
    what = f"with the {order} {measure.get(metric, metric)}"
    if len(parts) == 1:
        return f"The {kind} {what}{view.where} is {parts[0]}, at {place(view.matches[0])}."
    return f"The {plural(kind)} {what}{view.where} are {join(parts)}."


def _history(view: View) -> str:
    action = view.call.text("action", "log")
    target = f" for {tick(view.call.text('target'))}" if view.call.text("target") else ""
    if action == "contributors" and view.names():
        values = _values(view)
        listed = [
            f"{name} ({number(int(values[name]), 'commit')})" if name in values else name
            for name in view.names()
        ]
        many = number(len(listed), "contributor")
        return f"{many}{target}: {join(listed[:5])}{' and others' if len(listed) > 5 else ''}."
    noun = {"blame": "line range", "introduced": "commit", "contributors": "contributor",
            "diff": "change"}.get(action, "commit")  # fmt: skip
    first = view.matches[0]
    text = first_sentence(first.text.partition("\n")[0])
    lead = "it is" if view.count == 1 else "first"
    return f"{number(view.count, noun)}{target}; {lead}: {text or tick(first.name)}"


def _headline(view: View, index: int) -> str:
    match: Match = view.result.matches[index]
    doc = doc_of(view.result, index)
    head = f"{tick(match.name)} ({match.kind}, {place(match)})"
    return f"{head}: {doc}" if doc else f"{head}."


def _locate(view: View) -> str:
    others = view.count - 1
    tail = f" {number(others, 'other place')} may matter too." if others else ""
    if view.call.text("mode") == "count":
        return f"{number(view.count, 'place')} may be about this."
    return f"The likeliest place is {_headline(view, 0)}{tail}"


def _explain(view: View) -> str:
    others = view.count - 1
    tail = f" {number(others, 'more place')} to read below." if others else ""
    return f"{_headline(view, 0)}{tail}"


def _compare(view: View) -> str:
    return " ".join(_headline(view, index) for index in range(min(4, len(view.result.matches))))


FOUND: Mapping[str, Sentence] = {
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
    "find_config": _config,
    "find_entrypoints": _entrypoints,
    "list_dependencies": _dependencies,
    "search_text": _text,
    "find_files": _files,
    "overview": _overview,
    "rank_symbols": _rank,
    "git_history": _history,
    "locate": _locate,
    "explain": _explain,
    "compare": _compare,
}
