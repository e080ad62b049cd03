"""The languages: which file is which (`language_of`), and the adapter of each (`adapter`).

A language with syntax support is one folder here: `queries.scm` names what the syntax tree holds
and `adapter.py` has a class `Adapter` (see `base.py`). Importing this module loads no grammar.
"""

from __future__ import annotations

import importlib
import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import Adapter

# Languages that can be parsed, each with a folder of its own.
SUFFIXES: dict[str, tuple[str, ...]] = {
    "python": (".py", ".pyi", ".pyw"),
    "javascript": (".js", ".jsx", ".mjs", ".cjs"),
    "typescript": (".ts", ".tsx", ".mts", ".cts"),
    "go": (".go",),
    "rust": (".rs",),
    "c": (".c", ".h"),
    "cpp": (
        ".cpp",
        ".cc",
        ".cxx",
        ".c++",
        ".hpp",
        ".hh",
        ".hxx",
        ".h++",
        ".ipp",
        ".tpp",
        ".inl",
        ".h",
    ),
    "java": (".java",),
    "csharp": (".cs",),
    "ruby": (".rb", ".rake", ".gemspec", ".ru"),
    "kotlin": (".kt", ".kts"),
    "php": (".php", ".phtml"),
    "bash": (".sh", ".bash", ".bats"),
    "swift": (".swift",),
    "scala": (".scala", ".sc"),
}

# Languages that are only known by name (for `lang`, `overview` and ranking by size).
_OTHER: dict[str, tuple[str, ...]] = {
    "html": (".html", ".htm", ".jinja", ".j2"),
    "css": (".css", ".scss", ".less", ".sass"),
    "sql": (".sql",),
    "json": (".json", ".jsonc"),
    "yaml": (".yaml", ".yml"),
    "toml": (".toml",),
    "markdown": (".md", ".markdown", ".mdx"),
    "rst": (".rst",),
    "lua": (".lua",),
    "perl": (".pl", ".pm"),
    "r": (".r", ".R"),
    "dart": (".dart",),
    "elixir": (".ex", ".exs"),
    "haskell": (".hs",),
    "objc": (".m", ".mm"),
    "zig": (".zig",),
}

_BY_SUFFIX: dict[str, str] = {}
for _table in (SUFFIXES, _OTHER):
    for _language, _suffixes in _table.items():
        for (
            _suffix
        ) in _suffixes:  # the first language named has it: `.h` is C unless told otherwise
            _BY_SUFFIX.setdefault(_suffix, _language)
_BY_NAME = {
    "Rakefile": "ruby",
    "Gemfile": "ruby",
    "Guardfile": "ruby",
    "Makefile": "make",
    "Dockerfile": "docker",
}
# How the names of files end that can be parsed.
PARSABLE = tuple(
    dict.fromkeys(
        spelled
        for suffix in [s for group in SUFFIXES.values() for s in group]
        for spelled in (suffix, suffix.upper())
    )
) + tuple(name for name, language in _BY_NAME.items() if language in SUFFIXES)


def language_of(path: str) -> str:
    """The language of a file by its name, "" where it is not known."""
    name = path.rpartition("/")[2]
    if name in _BY_NAME:
        return _BY_NAME[name]
    suffix = os.path.splitext(name)[1]
    return _BY_SUFFIX.get(suffix) or _BY_SUFFIX.get(suffix.lower(), "")


def parsable(language: str) -> bool:
    """Whether files of `language` can be parsed."""
    return language in SUFFIXES


@cache
def adapter(language: str) -> Adapter:
    """The adapter of a parsable language; its grammar is loaded here, once."""
    module = importlib.import_module(f".{language}.adapter", __name__)
    made: Adapter = module.Adapter()
    return made
