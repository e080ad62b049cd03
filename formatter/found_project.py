"""The direct sentences of the tools about the project rather than one symbol; see `found.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..executors.results import Match
from .places import doc_of
from .view import View, place
from .words import first_sentence, join, language, names, number, plural, tick

Sentence = Callable[[View], str]


def _config(view: View) -> str:
    if view.call.text("name"):
        value = view.facts.get("value")
        if value is not None:
            return f"{view.name} is {tick(str(value))}, set at {place(view.matches[0])}."
        return f"{view.name} is read or set in {number(view.count, 'place')}{view.where}."
    noun = {"env": "environment variable", "flag": "feature flag", "constant": "constant"}
    word = noun.get(view.call.text("kind"), "setting")
    listed = view.names()
    told = isinstance(view.facts.get("names"), (list, tuple))
    if not told and any(match.kind in ("function", "method", "class") for match in view.matches):
        article = "an" if word[0] in "ae" else "a"
        places = number(view.count, "place")
        verbs = "reads or sets" if view.count == 1 else "read or set"
        return f"{places}{view.where} {verbs} {article} {word}."
    verb = "is" if len(listed) == 1 else "are"
    return f"There {verb} {number(len(listed), word)}{view.where}: {names(listed)}."


def _entrypoints(view: View) -> str:
    noun = {"main": "place where a program starts", "cli": "command-line command",
            "route": "HTTP route", "task": "scheduled task"}  # fmt: skip
    kind = view.call.text("kind")
    if kind == "main" and view.count != 1:
        return f"Programs start in {view.count:,} places{view.where}{_named(view)}."
    verb = "is" if view.count == 1 else "are"
    many = number(view.count, noun.get(kind, "entry point"))
    return f"There {verb} {many}{view.where}{_named(view)}."


def _named(view: View) -> str:
    return f": {names(view.names())}" if view.names() else ""


def _dependencies(view: View) -> str:
    versions = view.facts.get("versions")
    known = versions if isinstance(versions, Mapping) else {}

    def shown(name: str) -> str:
        version = known.get(name)
        text = ", ".join(map(str, version)) if isinstance(version, (list, tuple)) else version
        return f"{tick(name)} {text}" if text else tick(name)

    if view.call.text("name"):
        text = join([shown(name) for name in view.names()][:4])
        verb = "is" if len(view.names()) == 1 else "are"
        kind = "a dependency" if verb == "is" else "dependencies"
        files = list(dict.fromkeys(place(match) for match in view.matches))
        return f"{text} {verb} declared as {kind} in {join(files[:4])}."
    tongues = {match.name for match in view.matches if match.kind == "language"}
    listed = [name for name in view.names() if name not in tongues]
    if not listed:
        return f"No package is declared, only {join([shown(name) for name in view.names()])}."
    count = view.count if view.cut else len(listed)
    verb = "is" if count == 1 else "are"
    among = f": {names(listed)}" if not view.cut else f", {names(listed)} among them"
    return f"{number(count, 'package')} {verb} declared{among}."


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
    facts = view.facts
    given = facts.get("languages")
    rows = [row for row in given if isinstance(row, Mapping)] if isinstance(given, list) else []
    parts = [
        f"{language(str(row['name']))} ({number(int(row['files']), 'file')})"
        for row in rows[:4]
        if row.get("name") and isinstance(row.get("files"), int)
    ]
    subject = tick(view.call.text("path")) if view.call.text("path") else "This repository"
    files = facts.get("files")
    count = files if isinstance(files, int) else view.result.scope.files
    shape = f"{subject} has {number(count, 'file')}{': ' + join(parts) if parts else ''}."
    clauses = [shape] if count > 0 else []
    if facts.get("description"):
        clauses.append(first_sentence(str(facts["description"])))
    if _listed(view, "commands"):
        clauses.append(f"Commands named in it: {names(_listed(view, 'commands'), 6)}.")
    return " ".join(clauses) or f"What describes {subject.replace('This', 'this')} is listed."


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
    if action == "blame" and _values(view):
        lines = [f"{name} ({number(int(n), 'line')})" for name, n in _values(view).items()]
        subject = tick(view.call.text("target")) if target else "It"
        return f"{subject} was last changed by {join(lines[:5])}."
    if action == "diff":
        changes = [f"{sign}{view.facts[key]:,}" for key, sign in (("added", "+"), ("removed", "-"))
                   if isinstance(view.facts.get(key), int)]  # fmt: skip
        counted = f" ({' '.join(changes)} lines)" if changes else ""
        return f"{number(view.count, 'changed file')}{target}{counted}."
    noun = "commit"
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


def _listed(view: View, key: str) -> list[str]:
    """A fact that is a list of names."""
    given = view.facts.get(key)
    return [str(item) for item in given] if isinstance(given, (list, tuple)) else []


def _explain(view: View) -> str:
    clauses = [_headline(view, 0)]
    if _listed(view, "calls"):
        clauses.append(f"It calls {names(_listed(view, 'calls'), 5)}.")
    if _listed(view, "called_by"):
        clauses.append(f"It is called by {names(_listed(view, 'called_by'), 5)}.")
    others = view.count - 1
    if others:
        clauses.append(
            f"{number(others, 'more place')} to read {'is' if others == 1 else 'are'} below."
        )
    return " ".join(clauses)


def _compare(view: View) -> str:
    shown = range(min(4, len(view.result.matches)))
    clauses = [_headline(view, index) for index in shown]
    compared = view.facts.get("compared")
    sides = [str(name) for name in compared] if isinstance(compared, Mapping) else []
    first, second = sides if len(sides) == 2 else ("the first", "the second")
    for key, words in (
        ("common", "Both have"),
        ("only_first", f"Only {tick(first)} has"),
        ("only_second", f"Only {tick(second)} has"),
    ):
        if _listed(view, key):
            clauses.append(f"{words} {names(_listed(view, key), 6)}.")
    return " ".join(clauses)


PROJECT: Mapping[str, Sentence] = {
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
