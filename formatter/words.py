"""Small pieces of English that the plain sentences are made of. All take and give plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ..executors.catalog import ToolCall
from ..executors.results import Match, Scope

_LANGUAGES = {
    "python": "Python",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
    "go": "Go",
    "rust": "Rust",
    "java": "Java",
    "c": "C",
    "cpp": "C++",
    "csharp": "C#",
    "ruby": "Ruby",
    "php": "PHP",
    "html": "HTML",
    "css": "CSS",
    "sql": "SQL",
    "json": "JSON",
    "yaml": "YAML",
    "toml": "TOML",
    "objc": "Objective-C",
}


def language(name: str) -> str:
    """A language as people write it."""
    return _LANGUAGES.get(name, name.capitalize())


def plural(word: str) -> str:
    """The plural of a noun as code questions use it: class, entry, path."""
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def article(word: str) -> str:
    """`a class`, `an enum`."""
    return f"{'an' if word[:1] in 'aeiou' else 'a'} {word}"


def number(count: int, word: str) -> str:
    """`1 class`, `1,204 classes`."""
    return f"{count:,} {word if count == 1 else plural(word)}"


def tick(name: str) -> str:
    """A name of the code, in backticks."""
    return f"`{name.strip().strip('`')}`"


def join(parts: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def names(items: Sequence[str], most: int = 8) -> str:
    """Names of the code as a list; how many were left out is told."""
    shown = [tick(item) for item in items[:most]]
    left = len(items) - len(shown)
    return join([*shown, f"{left:,} more"]) if left > 0 else join(shown)


def scope_words(call: ToolCall) -> str:
    """What the call narrows to: ` in shop (Python files, tests left out)`; "" for nothing."""
    words = ""
    # two tools are *about* their path
    if call.text("path") and call.tool not in ("list_imports", "overview"):
        words = f" in {tick(call.text('path'))}"
    inner: list[str] = []
    if call.text("lang"):
        inner.append(f"{language(call.text('lang'))} only")
    if call.text("tests"):
        inner.append("tests left out" if call.text("tests") == "exclude" else "tests only")
    if call.text("exclude"):
        inner.append(f"{tick(call.text('exclude'))} left out")
    return f"{words} ({', '.join(inner)})" if inner else words


def searched(scope: Scope, *, by_text: bool) -> str:
    """`the Python and Go code of 412 files (1,366 binary files were not searched)`; "" where it is not told."""
    if scope.files < 0:
        return ""
    if scope.files == 0:
        return "no file, as none is in scope"
    where = number(scope.files, "file")
    if not by_text:
        code = join([language(name) for name in scope.languages])
        where = f"the {code} code of {where}" if code else f"{where}, none of which can be parsed"
    left = [f"{count:,} {reason}" for reason, count in scope.skipped.items() if count]
    if left:
        word = "file" if sum(scope.skipped.values()) == 1 else "files"
        verb = "was" if word == "file" else "were"
        where += f" ({join(left)} {word} {verb} not searched)"
    return where


def folders(matches: Iterable[Match], most: int = 3) -> list[tuple[str, int]]:
    """The folders that hold most of the matches, with their counts; "." for the top folder."""
    counts = Counter(match.path.rpartition("/")[0] or "." for match in matches)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]


def first_sentence(text: str, most: int = 200) -> str:
    """The first sentence of a docstring, without its quotes."""
    text = " ".join(text.strip().strip("\"'#/* ").split())
    end = text.find(". ")
    text = text if end < 0 else text[: end + 1]
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
