"""`find_files`: files and folders by name, glob, extension or sort ("yaml files", "migrations")."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from .. import grep
from ..catalog import LANGUAGES, ToolCall
from ..languages import language_of
from ..repository import FileEntry, is_test_path
from ..results import Match
from ..search import Search

Predicate = Callable[[str], bool]
MAX_FIRST_LINES = 200

_SORT_WORD = re.compile(r"\s+(?:source\s+)?(?:files?|scripts?|folders?|director(?:y|ies))$", re.I)
_LANGUAGE_WORDS = {"yml": "yaml", "shell": "bash", "c++": "cpp", "c#": "csharp", "py": "python",
                   "js": "javascript", "ts": "typescript", "golang": "go", "md": "markdown",
                   "docs": "markdown"}  # fmt: skip
_SORTS: dict[str, str] = {
    "image": r"\.(png|jpe?g|gif|svg|webp|ico|bmp)$",
    "picture": r"\.(png|jpe?g|gif|svg|webp|ico|bmp)$",
    "font": r"\.(woff2?|ttf|otf|eot)$",
    "notebook": r"\.ipynb$",
    "config": r"(^|/)[^/]*\.(toml|ini|cfg|conf|ya?ml|env)$|(^|/)[^/]*config[^/]*$",
    "ci": r"(^|/)\.github/workflows/|(^|/)(\.gitlab-ci\.yml|\.travis\.yml|Jenkinsfile)$"
    r"|(^|/)\.circleci/",
    "workflow": r"(^|/)\.github/workflows/",
    "docker": r"(^|/)(Dockerfile[^/]*|[^/]*\.dockerfile|(docker-)?compose[^/]*\.ya?ml)$",
    "lock": r"(^|/)([^/]*\.lock|package-lock\.json|pnpm-lock\.yaml|go\.sum)$",
    "type stub": r"\.pyi$",
    "stub": r"\.pyi$",
    "license": r"(^|/)(licen[cs]e|copying)[^/]*$",
    "licence": r"(^|/)(licen[cs]e|copying)[^/]*$",
    "changelog": r"(^|/)(change(s|log)|history|news|release[_-]?notes)[^/]*$",
    "env": r"(^|/)\.env[^/]*$",
}


def find_files(call: ToolCall, search: Search) -> Iterator[Match]:
    """Files first by how well the pattern fits, then by path; folders of that name too."""
    typed = call.text("pattern").strip().strip("`'\"").removeprefix("./")
    files = list(_entries(search))
    folders = Counter(folder for path in files for folder in _parents(path))
    found: list[str] = []
    for predicate, note in _readings(typed, files):
        found = [path for path in files if predicate(path)]
        found += [folder + "/" for folder in sorted(folders) if predicate(folder + "/")]
        if found:
            if note:
                search.note(note)
            break
    for index, path in enumerate(found):
        if path.endswith("/"):
            folder = path.rstrip("/")
            count = folders[folder]
            held = f"{count} file" if count == 1 else f"{count} files"
            yield Match(folder, 1, 1, folder.rpartition("/")[2], "folder", held, "file")
            continue
        first = _first_line(search, path) if index < MAX_FIRST_LINES else ""
        yield Match(path, 1, 1, path.rpartition("/")[2], "file", first, "file")


def _entries(search: Search) -> Iterator[str]:
    """Every file in scope, binary ones too: a listing has text files only."""
    for path in sorted(grep.list_files(search.repository.root, search.remaining())):
        known = search.listing.files.get(path) or FileEntry(path, 0, 0, language_of(path))
        if search.filter.accepts(known):
            yield path


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _first_line(search: Search, path: str) -> str:
    source = search.source(path) if path in search.listing.files else None
    if source is None:
        return ""
    first = next((line.strip() for line in source.lines if line.strip()), "")
    return first[:200]


def _readings(typed: str, files: list[str]) -> Iterator[tuple[Predicate, str]]:
    """What the pattern can mean, strictest first, each with what to tell when it is taken."""
    if any(c in typed for c in "*?[{"):
        yield _glob(typed, 0), ""
        yield _glob(typed, re.IGNORECASE), "Upper and lower case taken as alike."
        return
    plain = _SORT_WORD.sub("", typed)
    yield _named(typed), ""
    yield from ((predicate, "") for predicate in _extension(plain))
    yield _folded(plain), ""
    yield from ((predicate, "") for predicate in _sort(plain, plain != typed))
    note = f"No file is called '{typed}'; these have it in their name."
    yield _contains(plain), note
    yield _contains(re.sub(r"\.\w+$", "", plain)), note


def _glob(pattern: str, flags: int) -> Predicate:
    regex = re.compile(glob_regex(pattern), flags)
    if "/" in pattern.rstrip("/"):
        return lambda path: regex.search("/" + path) is not None
    return lambda path: regex.search("/" + path.rstrip("/").rpartition("/")[2]) is not None


def glob_regex(pattern: str) -> str:
    """A glob as a regular expression to search for in `"/" + path`; `{a,b}` is understood."""
    pattern = pattern.strip("/")
    out, index, depth = "/", 0, 0
    while index < len(pattern):
        char = pattern[index]
        if pattern.startswith("**/", index):
            out, index = out + r"(?:.*/)?", index + 3
            continue
        if pattern.startswith("**", index):
            out, index = out + ".*", index + 2
            continue
        closing = pattern.find("]", index + 2) if char == "[" else -1
        if closing > 0:
            inner = pattern[index + 1 : closing].replace("\\", "\\\\").replace("[", "\\[")
            out += "[" + ("^" + inner[1:] if inner.startswith("!") else inner) + "]"
            index = closing + 1
            continue
        if char == "{" and "}" in pattern[index:]:
            out, depth = out + "(?:", depth + 1
        elif char == "}" and depth:
            out, depth = out + ")", depth - 1
        elif char == "," and depth:
            out += "|"
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char))
        index += 1
    return out + "/?$"


def _named(typed: str) -> Predicate:
    """The last component is the name, exactly or without its suffix; with "/" the path's end."""
    wanted = typed.strip("/")
    if "/" in wanted:
        return lambda path: f"/{path.rstrip('/')}".endswith("/" + wanted)

    def fits(path: str) -> bool:
        name = path.rstrip("/").rpartition("/")[2]
        return name == wanted or (len(wanted) > 1 and name.partition(".")[0] == wanted)

    return fits


def _extension(plain: str) -> Iterable[Predicate]:
    """By suffix (".proto", "proto") or by language ("python")."""
    word = plain.lower().lstrip(".")
    if not re.fullmatch(r"[\w.+#-]{1,20}", word):
        return
    language = _LANGUAGE_WORDS.get(word, word)
    if language in LANGUAGES and not plain.startswith("."):
        yield lambda path: not path.endswith("/") and language_of(path) == language
    if plain.startswith(".") or "." not in plain:
        yield lambda path: path.lower().endswith("." + word)


def _fold(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.lower())


def _folded(plain: str) -> Predicate:
    """Names in any case and with any separators; plural or singular alike."""
    wanted = {_fold(plain), _fold(plain.removesuffix("s")), _fold(plain) + "s"}

    def fits(path: str) -> bool:
        inner = path.rstrip("/")
        name = inner.rpartition("/")[2]
        if "/" in plain:
            return ("/" + _fold(inner)).endswith("/" + _fold(plain.strip("/")))
        return _fold(name) in wanted or _fold(name.partition(".")[0]) in wanted

    return fits


def _sort(plain: str, said_files: bool) -> Iterable[Predicate]:
    word = plain.lower()
    if word.rstrip("s") in ("test", "spec") or (said_files and word == "unit test"):
        yield lambda path: not path.endswith("/") and is_test_path(path)
    pattern = _SORTS.get(word) or _SORTS.get(word.removesuffix("s"))
    if pattern:
        regex = re.compile(pattern, re.IGNORECASE)
        yield lambda path: not path.endswith("/") and regex.search(path) is not None


def _contains(plain: str) -> Predicate:
    wanted = _fold(plain)
    if len(wanted) < 3:
        return lambda path: False
    if "/" in wanted:
        return lambda path: wanted in _fold(path)
    return lambda path: wanted in _fold(path.rstrip("/").rpartition("/")[2])
