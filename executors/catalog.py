"""The catalogue of tools: router labels, executor tools and function-calling schema in one place.

`TOOLS` maps a tool's name to its `Tool`; `ToolCall` is one validated use of a tool. Nothing here
runs anything, and importing it loads neither tree-sitter nor a model.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from .errors import InvalidCallError

ArgumentType = Literal["string", "integer", "boolean", "strings"]
ArgumentValue = str | int | bool | tuple[str, ...]

LANGUAGES = [
    "python",
    "javascript",
    "typescript",
    "go",
    "rust",
    "java",
    "c",
    "cpp",
    "csharp",
    "ruby",
    "php",
    "kotlin",
    "swift",
    "scala",
    "bash",
    "html",
    "css",
    "sql",
    "json",
    "yaml",
    "toml",
    "markdown",
    "lua",
    "perl",
    "r",
    "dart",
    "elixir",
    "haskell",
    "objc",
    "zig",
]

_LANGUAGE_ALIASES = {
    "py": "python",
    "js": "javascript",
    "jsx": "javascript",
    "node": "javascript",
    "ts": "typescript",
    "tsx": "typescript",
    "golang": "go",
    "rs": "rust",
    "c++": "cpp",
    "cxx": "cpp",
    "c#": "csharp",
    "cs": "csharp",
    "rb": "ruby",
    "kt": "kotlin",
    "sh": "bash",
    "shell": "bash",
    "md": "markdown",
    "yml": "yaml",
    "objective-c": "objc",
}


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a tool. `values` lists the allowed values, empty when any is allowed."""

    name: str
    description: str
    type: ArgumentType = "string"
    required: bool = False
    values: tuple[str, ...] = ()

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the value."""
        if self.type == "strings":
            return {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 2,
                "description": self.description,
            }
        schema: dict[str, Any] = {"type": self.type, "description": self.description}
        if self.values:
            schema["enum"] = list(self.values)
        if self.type == "integer":
            schema["minimum"] = 1
        return schema

    def normalise(self, tool: str, value: object) -> ArgumentValue:
        """`value` as the catalogue stores it, or `InvalidCallError` naming what is allowed."""
        if self.type == "strings":
            items = value.split(",") if isinstance(value, str) else value
            if not isinstance(items, Iterable):
                raise InvalidCallError(f"{tool}: '{self.name}' takes two or more names.")
            names = tuple(str(item).strip() for item in items if str(item).strip())
            if len(names) < 2:
                raise InvalidCallError(f"{tool}: '{self.name}' takes two or more names.")
            return names
        if self.type == "boolean":
            return _boolean(tool, self.name, value)
        if self.type == "integer":
            return _positive(tool, self.name, value)
        text = str(value).strip() if self.name != "text" else str(value)
        if not text:
            raise InvalidCallError(f"{tool}: '{self.name}' is empty; give it a value.")
        if self.name == "lang":
            text = _LANGUAGE_ALIASES.get(text.lower(), text.lower())
        if self.values and text not in self.values:
            near = difflib.get_close_matches(text, self.values, 1)
            hint = f" (did you mean '{near[0]}'?)" if near else ""
            raise InvalidCallError(
                f"{tool}: '{self.name}' cannot be '{text}'{hint}; "
                f"it is one of {', '.join(self.values)}."
            )
        return text


def _boolean(tool: str, name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    text = str(value).strip().lower()
    if text not in known:
        raise InvalidCallError(f"{tool}: '{name}' is true or false, not '{value}'.")
    return known[text]


def _positive(tool: str, name: str, value: object) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = 0
    if number < 1:
        raise InvalidCallError(f"{tool}: '{name}' is a whole number from 1, not '{value}'.")
    return number


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: what it is called, what it answers, and the arguments it takes."""

    name: str
    description: str
    arguments: tuple[Argument, ...]

    @property
    def runs(self) -> bool:
        """Whether it looks into the repository (`clarify` and `decline` do not)."""
        return self.name not in ("clarify", "decline")

    def argument(self, name: str) -> Argument:
        """The argument called `name`, or `InvalidCallError` with the nearest valid one."""
        for argument in self.arguments:
            if argument.name == name:
                return argument
        names = [argument.name for argument in self.arguments]
        near = difflib.get_close_matches(name, names, 1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        raise InvalidCallError(
            f"{self.name} has no argument '{name}'; {hint}It takes {', '.join(names)}."
        )

    def schema(self) -> dict[str, Any]:
        """The tool as an OpenAI-style function definition."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": {
                    "type": "object",
                    "properties": {a.name: a.schema() for a in self.arguments},
                    "required": [a.name for a in self.arguments if a.required],
                    "additionalProperties": False,
                },
            },
        }


COMMON = (
    Argument("path", "Folder, file or glob to search, as the user wrote it."),
    Argument("lang", "Only files of this programming language, for example python or go."),
    Argument("tests", "Leave test code out, or look only at it.", values=("exclude", "only")),
    Argument(
        "mode",
        "Answer with the places (list), their number (count), or yes and no (exists).",
        values=("list", "count", "exists"),
    ),
    Argument("limit", "Return at most this many.", "integer"),
    Argument("exclude", "Folder, file or glob not to search."),
)

SYMBOL_KINDS = (
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
)
DEFINITION_KINDS = (*SYMBOL_KINDS, "property", "field", "module", "macro", "variant")


def _name(description: str) -> Argument:
    return Argument("name", description, required=True)


def _tool(name: str, description: str, *arguments: Argument) -> Tool:
    return Tool(name, description, (*arguments, *COMMON))


_ALL = (
    _tool(
        "find_definition",
        "Where a named symbol is defined, declared or implemented.",
        _name("The symbol, qualified where that helps: 'Session.send'."),
        Argument("kind", "Only definitions of this kind.", values=DEFINITION_KINDS),
    ),
    _tool(
        "find_references",
        "Where a named symbol is used, mentioned or referenced.",
        _name("The symbol."),
    ),
    _tool(
        "find_callers",
        "Who calls a function or method; where a class is instantiated.",
        _name("The function, method or class."),
    ),
    _tool(
        "find_callees",
        "What a function calls; with mode 'exists' and callee, whether X calls Y.",
        _name("The calling function."),
        Argument("callee", "The function it may call."),
    ),
    _tool(
        "find_call_path",
        "How control gets from one function to another.",
        Argument("source", "The function to start from.", required=True),
        Argument("target", "The function to reach.", required=True),
    ),
    _tool(
        "find_impact",
        "What breaks if a symbol changes: transitive callers, importers and tests.",
        _name("The symbol that would change."),
    ),
    _tool(
        "find_subclasses",
        "Which classes subclass, extend or implement a type.",
        _name("The base class or interface."),
        Argument("transitive", "Also the subclasses of subclasses.", "boolean"),
    ),
    _tool(
        "find_superclasses",
        "What a type inherits from, mixes in or embeds.",
        _name("The type."),
        Argument("transitive", "Also the bases of the bases.", "boolean"),
        Argument("base", "With mode 'exists': the type it may inherit from."),
    ),
    _tool(
        "find_overrides",
        "Which classes override or implement a method.",
        _name("The method."),
        Argument("of", "The class whose method is overridden."),
    ),
    _tool(
        "list_members",
        "Methods, fields, variants or columns of a type; everything in one named file.",
        _name("The type, file or module."),
        Argument(
            "kind",
            "Only members of this kind.",
            values=("method", "property", "field", "constant"),
        ),
    ),
    _tool(
        "list_symbols",
        "List or count symbols of a kind, with filters.",
        Argument("kind", "The kind of symbol.", required=True, values=SYMBOL_KINDS),
        Argument("pattern", "Name, prefix ('get_*') or glob the name must match."),
        Argument("decorator", "Decorator, annotation or attribute it carries, without '@'."),
        Argument("returns", "Type that it returns."),
        Argument("parameter", "Name or type of a parameter that it takes."),
        Argument(
            "modifier",
            "A property the symbol must have.",
            values=(
                "async",
                "abstract",
                "static",
                "public",
                "private",
                "deprecated",
                "undocumented",
            ),
        ),
    ),
    _tool(
        "show_symbol",
        "A symbol's signature, docstring or source code.",
        _name("The symbol."),
        Argument("part", "What to show.", values=("signature", "docs", "source")),
    ),
    _tool(
        "find_importers",
        "Which files import a module or package.",
        Argument("module", "The module, package or file.", required=True),
    ),
    _tool(
        "list_imports",
        "What a file or module imports.",
        Argument("path", "The file, module or folder.", required=True),
    ),
    _tool(
        "find_writes",
        "Where a field or variable is assigned or mutated.",
        _name("The field or variable."),
    ),
    _tool(
        "find_unused",
        "Definitions that nothing refers to: dead code, unused imports.",
        Argument("kind", "Only this kind.", values=(*DEFINITION_KINDS, "import")),
    ),
    _tool(
        "find_raises",
        "Where an exception is raised, thrown or caught.",
        _name("The exception, or '*' for any."),
        Argument("action", "Raised or caught.", values=("raise", "catch")),
        Argument("within", "Only inside this function or class."),
    ),
    _tool("find_tests", "Which tests exercise a symbol.", _name("The symbol.")),
    _tool(
        "find_config",
        "Environment variables read, settings, feature flags, value of a constant or default.",
        Argument("name", "The setting, variable or constant."),
        Argument("kind", "What sort.", values=("env", "setting", "flag", "constant")),
    ),
    _tool(
        "find_entrypoints",
        "Where the program starts; command-line commands, HTTP routes, scheduled tasks.",
        Argument("kind", "What sort.", values=("main", "cli", "route", "task")),
        Argument("pattern", "Text the entry point's name or route must contain."),
    ),
    _tool(
        "list_dependencies",
        "Third-party packages and versions from manifests and lock files.",
        Argument("name", "One package."),
    ),
    _tool(
        "search_text",
        "Find a literal string or pattern: an error message, a TODO.",
        Argument("text", "The text.", required=True),
        Argument("regex", "The text is a regular expression.", "boolean"),
        Argument("ignore_case", "Upper and lower case are alike.", "boolean"),
    ),
    _tool(
        "find_files",
        "Files and folders by name, extension or sort.",
        Argument("pattern", "Name, glob or extension.", required=True),
    ),
    _tool("overview", "Structure, languages, README, layout, how to build or contribute."),
    _tool(
        "rank_symbols",
        "Functions, classes or files ranked by a measure: the longest, most called, deepest.",
        Argument(
            "metric",
            "The measure.",
            required=True,
            values=(
                "lines",
                "complexity",
                "parameters",
                "callers",
                "references",
                "importers",
                "methods",
                "depth",
                "size",
                "commits",
            ),
        ),
        Argument("kind", "What to rank.", values=("function", "class", "method", "file", "module")),
        Argument("order", "Largest or smallest first.", values=("desc", "asc")),
    ),
    _tool(
        "git_history",
        "Who changed something and when; recent, first or uncommitted changes.",
        Argument("target", "Symbol, path or commit."),
        Argument("author", "Only commits of this author."),
        Argument("since", "Only commits after this date."),
        Argument("until", "Only commits before this date."),
        Argument(
            "action",
            "What to tell.",
            values=("log", "blame", "introduced", "diff", "contributors"),
        ),
    ),
    _tool(
        "locate",
        "Where the code for a described behaviour is, when no code name is given.",
        Argument("query", "The behaviour, in the user's own words.", required=True),
    ),
    _tool(
        "explain",
        "How or why something works, what a symbol does or is for.",
        Argument("query", "What is to be explained.", required=True),
        Argument("name", "The symbol or file, where one is named."),
    ),
    _tool(
        "compare",
        "The difference between two or more symbols.",
        Argument("names", "The symbols.", "strings", required=True),
    ),
    Tool(
        "clarify",
        "The question cannot be answered without knowing what 'this' or 'it' is.",
        (
            Argument(
                "reason",
                "What is missing.",
                required=True,
                values=("referent", "ambiguous"),
            ),
        ),
    ),
    Tool(
        "decline",
        "Not a question that reading this repository can answer.",
        (
            Argument(
                "reason",
                "Why not.",
                required=True,
                values=("edit", "run", "platform", "general", "chat", "opinion"),
            ),
        ),
    ),
)


def _registry(tools: Iterable[Tool]) -> Mapping[str, Tool]:
    registry: dict[str, Tool] = {}
    for tool in tools:
        if tool.name in registry:
            raise ValueError(f"Tool '{tool.name}' is defined twice.")
        merged: dict[str, Argument] = {}
        for argument in tool.arguments:  # a tool's own `path` stands before the common one
            merged.setdefault(argument.name, argument)
        registry[tool.name] = Tool(tool.name, tool.description, tuple(merged.values()))
    return MappingProxyType(registry)


TOOLS: Mapping[str, Tool] = _registry(_ALL)


def get_tool(name: str) -> Tool:
    """The tool called `name`, or `InvalidCallError` naming the nearest one."""
    if name in TOOLS:
        return TOOLS[name]
    near = difflib.get_close_matches(name, TOOLS, 1)
    hint = f"did you mean '{near[0]}'?" if near else "see 'codeask tools'."
    raise InvalidCallError(f"There is no tool '{name}'; {hint}")


def function_schemas() -> list[dict[str, Any]]:
    """Every tool as an OpenAI-style function definition, in catalogue order."""
    return [tool.schema() for tool in TOOLS.values()]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One use of a tool; creating it validates and normalises `arguments` (`InvalidCallError`)."""

    tool: str
    arguments: Mapping[str, ArgumentValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tool = get_tool(self.tool)
        valid: dict[str, ArgumentValue] = {}
        for name, value in self.arguments.items():
            valid[name] = tool.argument(name).normalise(tool.name, value)
        for argument in tool.arguments:
            if argument.required and argument.name not in valid:
                raise InvalidCallError(f"{tool.name} needs '{argument.name}'; add it.")
        object.__setattr__(self, "arguments", MappingProxyType(valid))

    def __hash__(self) -> int:
        return hash((self.tool, tuple(sorted(self.arguments.items(), key=lambda kv: kv[0]))))

    def __reduce__(self) -> tuple[type[ToolCall], tuple[str, dict[str, ArgumentValue]]]:
        return ToolCall, (self.tool, dict(self.arguments))

    def text(self, name: str, default: str = "") -> str:
        """The string argument `name`, or `default`."""
        value = self.arguments.get(name, default)
        return value if isinstance(value, str) else str(value)

    def flag(self, name: str) -> bool:
        """Whether the boolean argument `name` is true."""
        return self.arguments.get(name) is True

    def number(self, name: str) -> int | None:
        """The integer argument `name`, or None."""
        value = self.arguments.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def with_arguments(self, **changes: ArgumentValue | None) -> ToolCall:
        """A copy with arguments set, or removed where the value is None."""
        merged: dict[str, ArgumentValue] = dict(self.arguments)
        for name, value in changes.items():
            if value is None:
                merged.pop(name, None)
            else:
                merged[name] = value
        return ToolCall(self.tool, merged)

    def to_json(self) -> dict[str, Any]:
        """`{"tool": …, "arguments": {…}}` with plain JSON values."""
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in self.arguments.items()}
        return {"tool": self.tool, "arguments": plain}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ToolCall:
        """The inverse of `to_json`; raises `InvalidCallError` for anything else."""
        arguments = data.get("arguments", {})
        if not isinstance(arguments, Mapping) or not isinstance(data.get("tool"), str):
            raise InvalidCallError(
                'A call is an object like {"tool": "find_callers", "arguments": {"name": "f"}}.'
            )
        return cls(data["tool"], arguments)
