"""What the router's model can say: its tags, its heads, and which head belongs to which tool.

The tool names come from the catalogue; everything else here is the wire format of the model in
`models/router/`, so a change of this file asks for a new training.
"""

from __future__ import annotations

from typing import Final

# Entity tags. `name` is the principal name of a call whatever the tool calls that argument
# (name, module, names, source, target of git_history); `second` is the other one.
TAGS: Final = (
    "name",
    "second",
    "path",
    "exclude",
    "text",
    "pattern",
    "decorator",
    "returns",
    "parameter",
    "since",
    "until",
    "author",
    "lang",
)
BIO: Final = ("O", *(f"{mark}-{tag}" for tag in TAGS for mark in "BI"))

# tool -> argument -> tag that fills it.
ARGUMENT_TAGS: Final[dict[str, dict[str, str]]] = {
    "find_callees": {"name": "name", "callee": "second"},
    "find_call_path": {"source": "name", "target": "second"},
    "find_superclasses": {"name": "name", "base": "second"},
    "find_overrides": {"name": "name", "of": "second"},
    "find_raises": {"name": "name", "within": "second"},
    "find_importers": {"module": "name"},
    "git_history": {
        "target": "name",
        "author": "author",
        "since": "since",
        "until": "until",
    },
    "compare": {"names": "name"},
    "search_text": {"text": "text"},
    "find_files": {"pattern": "pattern"},
    "find_entrypoints": {"pattern": "pattern"},
    "list_symbols": {
        "pattern": "pattern",
        "decorator": "decorator",
        "returns": "returns",
        "parameter": "parameter",
    },
    **{
        tool: {"name": "name"}
        for tool in (
            "find_definition",
            "find_references",
            "find_callers",
            "find_impact",
            "find_subclasses",
            "list_members",
            "show_symbol",
            "find_writes",
            "find_tests",
            "find_config",
            "list_dependencies",
            "explain",
        )
    },
}
SCOPE_TAGS: Final = ("path", "exclude", "lang")
QUERY_TOOLS: Final = ("explain", "locate")

NONE: Final = "-"
_SYMBOLS: Final = [
    "class",
    "function",
    "method",
    "interface",
    "struct",
    "trait",
    "enum",
    "dataclass",
    "constant",
    "variable",
    "type",
    "exception",
    "test",
    "any",
]

# head -> its classes; the first one means "the question does not say".
HEADS: Final[dict[str, tuple[str, ...]]] = {
    "mode": (NONE, "count", "exists"),
    "tests": (NONE, "exclude", "only"),
    "limit": (NONE, "one", "number"),
    "kind": (
        NONE,
        *_SYMBOLS,
        *("property", "field", "import", "macro", "file", "module"),
        *("env", "setting", "flag", "main", "cli", "route", "task"),
    ),
    "modifier": (
        NONE,
        *("async", "abstract", "static", "public", "private", "deprecated", "undocumented"),
    ),
    "part": (NONE, "signature", "docs", "source"),
    "action": (
        NONE,
        *("raise", "catch", "log", "blame", "introduced", "diff", "contributors"),
    ),
    "metric": (
        NONE,
        *("lines", "complexity", "parameters", "callers", "references"),
        *("importers", "methods", "depth", "size", "commits"),
    ),
    "reason": (
        NONE,
        *("edit", "run", "platform", "general", "chat", "opinion"),
        *("referent", "ambiguous"),
    ),
}
# Heads that any tool but `decline` and `clarify` may use; the others belong to these tools.
COMMON_HEADS: Final = ("mode", "tests", "limit")
TOOL_HEADS: Final[dict[str, tuple[str, ...]]] = {
    "find_definition": ("kind",),
    "list_members": ("kind",),
    "list_symbols": ("kind", "modifier"),
    "show_symbol": ("part",),
    "find_unused": ("kind",),
    "find_raises": ("action",),
    "find_config": ("kind",),
    "find_entrypoints": ("kind",),
    "rank_symbols": ("kind", "metric"),
    "git_history": ("action",),
    "clarify": ("reason",),
    "decline": ("reason",),
}
# tool -> classes of a shared head that make sense for it.
ALLOWED: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("list_symbols", "kind"): tuple(_SYMBOLS),
    ("find_definition", "kind"): (NONE, *_SYMBOLS, "macro"),
    ("list_members", "kind"): (NONE, "method", "property", "field", "constant"),
    ("find_unused", "kind"): (NONE, *_SYMBOLS, "import", "macro", "property", "field"),
    ("find_config", "kind"): (NONE, "env", "setting", "flag", "constant"),
    ("find_entrypoints", "kind"): (NONE, "main", "cli", "route", "task"),
    ("rank_symbols", "kind"): (NONE, "function", "class", "method", "file", "module"),
    ("rank_symbols", "metric"): HEADS["metric"][1:],
    ("show_symbol", "part"): HEADS["part"],
    ("find_raises", "action"): (NONE, "raise", "catch"),
    ("git_history", "action"): (NONE, "log", "blame", "introduced", "diff", "contributors"),
    ("clarify", "reason"): ("referent", "ambiguous"),
    ("decline", "reason"): ("edit", "run", "platform", "general", "chat", "opinion"),
}


def heads_of(tool: str) -> tuple[str, ...]:
    """Name the heads whose classes are arguments of `tool`."""
    own = TOOL_HEADS.get(tool, ())
    return own if tool in ("clarify", "decline") else (*COMMON_HEADS, *own)
