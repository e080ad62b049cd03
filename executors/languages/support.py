"""What each language has, and how sure each tool is of it: one place for the note and for the table.

An adapter declares in `lacks` what its language does not have, each with a sentence, and in
`heuristic` the tools that conclude from conventions there. `missing` turns that into the sentence a
tool says, `table` into the one in docs/languages.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..catalog import TOOLS, ToolCall
from . import SUFFIXES, adapter

# What a call asks for: (tool, argument, value) → feature; "*" for any value, "" for the tool itself.
_ASKS: dict[tuple[str, str, str], str] = {
    ("find_raises", "", ""): "exceptions",
    ("find_subclasses", "", ""): "inheritance",
    ("find_superclasses", "", ""): "inheritance",
    ("find_overrides", "", ""): "inheritance",
    ("list_members", "", ""): "types",
    ("list_symbols", "decorator", "*"): "decorators",
    ("list_symbols", "kind", "class"): "classes",
    ("list_symbols", "kind", "interface"): "interfaces",
    ("list_symbols", "kind", "trait"): "traits",
    ("list_symbols", "kind", "struct"): "structs",
    ("list_symbols", "kind", "enum"): "enums",
    ("list_symbols", "kind", "exception"): "exceptions",
    ("list_symbols", "kind", "dataclass"): "dataclasses",
    ("list_symbols", "modifier", "async"): "async",
    ("list_symbols", "modifier", "abstract"): "abstract",
    ("list_symbols", "modifier", "private"): "visibility",
    ("list_symbols", "modifier", "public"): "visibility",
}
FEATURES = frozenset(_ASKS.values())
ASKING = frozenset(tool for tool, _, _ in _ASKS)  # tools that ask for more than any language has

# Tools that read the answer off the syntax tree or a manifest. The others bind names as far as
# imports and written types tell, and mark what is not told, or go by conventions.
_EXACT = frozenset(
    ["find_definition", "show_symbol", "find_callees", "list_members", "list_symbols",
     "list_imports", "find_superclasses", "list_dependencies", "search_text", "find_files",
     "rank_symbols", "git_history", "overview", "compare"]
)  # fmt: skip
# Tools that do not look at what a language has.
_ANY_LANGUAGE = ("search_text", "find_files", "git_history", "overview")


def needed(call: ToolCall) -> Iterator[str]:
    """The features of a language that a call asks for."""
    for (tool, argument, value), feature in _ASKS.items():
        if tool != call.tool:
            continue
        given = call.text(argument) if argument else ""
        if not argument or (given and value in ("*", given)):
            yield feature


def missing(call: ToolCall, languages: Iterable[str]) -> list[str]:
    """Sentences on what the call asks for and none of the languages has; [] where one has it."""
    rules = [adapter(language) for language in languages]
    if not rules:
        return []
    said: dict[str, None] = {}
    for feature in needed(call):
        if all(feature in rule.lacks for rule in rules):
            said.update(dict.fromkeys(rule.lacks[feature] for rule in rules))
    return list(said)


def level(tool: str, language: str) -> str:
    """exact, heuristic or – (not applicable) for a tool in a language."""
    rules = adapter(language)
    lacks: Mapping[str, str] = rules.lacks
    feature = _ASKS.get((tool, "", ""))
    if feature in lacks:
        return "–"
    return "exact" if tool in _EXACT and tool not in rules.heuristic else "heuristic"


def table() -> str:
    """The table of languages and tools, and what the languages do not have, in Markdown."""
    languages = sorted(SUFFIXES)
    tools = [name for name, tool in TOOLS.items() if tool.runs and name not in _ANY_LANGUAGE]
    rows = ["| tool | " + " | ".join(languages) + " |", "|---" * (len(languages) + 1) + "|"]
    for tool in tools:
        cells = (level(tool, language) for language in languages)
        rows.append(f"| `{tool}` | " + " | ".join(cells) + " |")
    rows.append("")
    for language in languages:
        lacks = adapter(language).lacks
        if lacks:
            rows.append(f"- {language}: " + " ".join(dict.fromkeys(lacks.values())))
    return "\n".join(rows) + "\n"
