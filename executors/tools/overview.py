"""`overview`: what a repository or folder is, how it is laid out, and how it is built."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from ..catalog import ToolCall
from ..languages import parsable
from ..paths import path_predicate
from ..repository import FileEntry
from ..results import Match
from ..search import Search
from .manifest_parsers import parser_of

MAX_FOLDERS = 20
MAX_FILES = 40
_README = re.compile(r"^readme(\.(md|rst|txt|markdown))?$", re.IGNORECASE)
_KEY_FILES = re.compile(
    r"^(contributing|licen[cs]e|copying|changelog|changes|history|makefile|tox\.ini|noxfile\.py"
    r"|dockerfile|architecture|justfile)(\.\w+)?$",
    re.IGNORECASE,
)
_NOISE = re.compile(r"^\s*(\[?!\[|<|\.\. |:\w|[=\-~#*^`\"]{3,}\s*$|\[!|\|)|^\s*$")
_LICENCES = (("Apache", r"Apache License"), ("MIT", r"MIT License|Permission is hereby granted, free"),
             ("BSD", r"Redistribution and use in source and binary"), ("MPL-2.0", r"Mozilla Public"),
             ("AGPL", r"GNU AFFERO"), ("LGPL", r"GNU LESSER"), ("GPL", r"GNU GENERAL"),
             ("ISC", r"ISC License"))  # fmt: skip


def overview(call: ToolCall, search: Search) -> Iterator[Match]:
    """README, key files and folders; languages, sizes and commands stand in the facts."""
    typed, base = call.text("path").strip(), ""
    entries = list(search.files())
    if typed and typed.strip("./"):
        base = _folder(typed, [entry.path for entry in entries])
        predicate = path_predicate(typed, [entry.path for entry in entries])
        if predicate is None:
            search.note(f"No file or folder here matches '{typed}'.")
            return
        entries = [
            e for e in entries if (e.path.startswith(base + "/") if base else predicate(e.path))
        ]
    else:
        base = _single_root(entries)
    _facts(search, entries, base)
    yield from _key_files(search, entries, base)
    yield from _folders(search, entries, base)
    yield from _files(search, entries, base, every=bool(typed))


def _folder(typed: str, paths: list[str]) -> str:
    """The shallowest folder of that name, "" when it is not a folder's."""
    wanted = "/" + typed.removeprefix("./").strip("/").lower()
    folders = {p[:i] for p in paths for i, c in enumerate(p) if c == "/"}
    fitting = [f for f in folders if ("/" + f.lower()).endswith(wanted)]
    return min(fitting, key=lambda f: (f.count("/"), f), default="")


def _single_root(entries: list[FileEntry]) -> str:
    """The folder that holds everything ("" for the root): archives often have one of their own."""
    base = ""
    while entries:
        inner = {e.path[len(base) :].lstrip("/").partition("/")[0] for e in entries}
        first = next(iter(inner))
        whole = f"{base}/{first}".lstrip("/")
        if len(inner) > 1 or any(e.path == whole for e in entries):
            break
        base = whole
    return base


def _below(base: str, path: str) -> str:
    return path[len(base) + 1 :] if base else path


def _facts(search: Search, entries: list[FileEntry], base: str) -> None:
    files: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for entry in entries:
        if entry.language:
            files[entry.language] += 1
            source = search.source(entry.path) if parsable(entry.language) else None
            lines[entry.language] += source.data.count(b"\n") if source is not None else 0
    order = sorted(files, key=lambda name: (-lines[name], -files[name]))
    search.facts["languages"] = [
        {"name": name, "files": files[name], "lines": lines[name]} for name in order[:12]
    ]
    search.facts["files"] = len(entries)
    search.facts["lines"] = sum(lines.values())
    readme = _readme(entries, base)
    description = _first_paragraph(search, readme)[1] if readme else ""
    search.facts["description"] = description or _docstring(search, base)
    licence = _licence(search, entries, base)
    if licence:
        search.facts["licence"] = licence
    commands = list(dict.fromkeys(_commands(search, entries, base)))
    if commands:
        search.facts["commands"] = commands[:30]


def _readme(entries: list[FileEntry], base: str) -> str:
    return next((e.path for e in entries if _README.match(_below(base, e.path))), "")


def _first_paragraph(search: Search, path: str) -> tuple[int, str]:
    """First line and text of the first paragraph that is prose: no badge, title or directive."""
    source = search.source(path)
    rows = source.lines if source is not None else []
    taken: list[str] = []
    first = 1
    for number, row in enumerate(rows, 1):
        underlined = number < len(rows) and re.match(r"^[=\-~#*^]{3,}\s*$", rows[number])
        if _NOISE.match(row) or row.startswith("#") or underlined:
            if taken:
                break
            continue
        first = first if taken else number
        taken.append(row.strip())
    return first, " ".join(taken)[:600]


def _docstring(search: Search, folder: str) -> str:
    """What a folder says of itself: its README, package docstring, package.json or doc.go."""
    prefix = folder + "/" if folder else ""
    for name in ("README.md", "README.rst", "readme.md"):
        if prefix + name in search.listing.files:
            return _first_paragraph(search, prefix + name)[1]
    for name in ("package.json", "__init__.py", "doc.go"):
        source = search.source(prefix + name) if prefix + name in search.listing.files else None
        if source is None:
            continue
        text = source.data.decode("utf-8", "replace")
        if name == "package.json":
            return str(_loaded(text, json.loads).get("description") or "")
        found = re.match(r'\s*(?:#.*\n\s*)*[rR]?"""\s*(.+?)(?:\n\s*\n|""")|\s*(?:/\*|//)\s*(.+)', text,
                         re.DOTALL if name == "__init__.py" else 0)  # fmt: skip
        if found:
            return " ".join((found[1] or found[2] or "").split())[:300]
    return ""


def _loaded(text: str, load: Any) -> dict[str, Any]:
    try:
        data = load(text)
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _licence(search: Search, entries: list[FileEntry], base: str) -> str:
    for entry in entries:
        if re.match(r"^(licen[cs]e|copying)(\.\w+)?$", _below(base, entry.path), re.IGNORECASE):
            source = search.source(entry.path)
            text = source.data[:3000].decode("utf-8", "replace") if source is not None else ""
            for name, pattern in _LICENCES:
                if re.search(pattern, text):
                    return name
    return ""


def _commands(search: Search, entries: list[FileEntry], base: str) -> Iterator[str]:
    """How it is built and tested, as the project's own files name it."""
    for entry in entries:
        name = _below(base, entry.path)
        if name not in ("package.json", "pyproject.toml", "Makefile", "tox.ini", "noxfile.py"):
            continue
        source = search.source(entry.path)
        text = source.data.decode("utf-8", "replace") if source is not None else ""
        if name == "package.json":
            yield from (f"npm run {s}" for s in _loaded(text, json.loads).get("scripts") or {})
        elif name == "Makefile":
            targets = re.findall(r"^([a-zA-Z][\w-]*)\s*:(?!=)", text, re.MULTILINE)
            yield from (f"make {target}" for target in targets)
        elif name == "tox.ini":
            yield from (
                "tox -e " + e for e in re.findall(r"^\[testenv:([^\]]+)\]", text, re.MULTILINE)
            )
        elif name == "noxfile.py":
            sessions = re.findall(r"@nox\.session[^\n]*\ndef (\w+)", text)
            yield from (f"nox -s {session}" for session in sessions)
        else:
            tool = _loaded(text, tomllib.loads).get("tool") or {}
            yield from (f"tox -e {e}" for e in (tool.get("tox") or {}).get("env") or {})
            if "pytest" in tool:
                yield "pytest"


def _key_files(search: Search, entries: list[FileEntry], base: str) -> Iterator[Match]:
    readme = _readme(entries, base)
    if readme:
        line, text = _first_paragraph(search, readme)
        yield Match(readme, line, line, _below(base, readme), "readme", text, "file")
    for entry in entries:
        name = _below(base, entry.path)
        if "/" in name or entry.path == readme:
            continue
        if parser_of(name) is not None or _KEY_FILES.match(name):
            kind = "manifest" if parser_of(name) is not None else "file"
            yield Match(entry.path, 1, 1, name, kind, search.line(entry.path, 1)[:200], "file")


def _folders(search: Search, entries: list[FileEntry], base: str) -> Iterator[Match]:
    """Folders right below, those with the most files first, each with what it says of itself."""
    counts: Counter[str] = Counter()
    for entry in entries:
        inner = _below(base, entry.path)
        if "/" in inner:
            counts[inner.partition("/")[0]] += 1
            if inner.startswith(("src/", "lib/", "packages/", "crates/")) and inner.count("/") > 1:
                counts["/".join(inner.split("/")[:2])] += 1
    described: list[dict[str, Any]] = []
    for name, count in counts.most_common(MAX_FOLDERS):
        path = f"{base}/{name}" if base else name
        about = _docstring(search, path)
        described.append({"name": path, "files": count, "about": about})
        held = f"{count} file" if count == 1 else f"{count} files"
        text = f"{held}: {about}" if about else held
        yield Match(path, 1, 1, name, "folder", text, "file")
    search.facts["folders"] = described


def _files(search: Search, entries: list[FileEntry], base: str, *, every: bool) -> Iterator[Match]:
    """Code files right in the folder with their first line of documentation, largest first."""
    direct = [e for e in entries if "/" not in _below(base, e.path) and parsable(e.language)]
    direct.sort(key=lambda e: -e.size)
    for entry in direct[: MAX_FILES if every else 10]:
        name = _below(base, entry.path)
        yield Match(entry.path, 1, 1, name, "file", _about_file(search, entry.path), "file")


def _about_file(search: Search, path: str) -> str:
    source = search.source(path)
    if source is None:
        return ""
    rows = [row.strip() for row in source.lines[:30] if row.strip()]
    first = next((row for row in rows if not row.startswith("#!")), "")
    if first.startswith(('"""', "'''", 'r"""')):
        return first.lstrip("r").strip("\"'").strip() or (rows[1] if len(rows) > 1 else "")
    return first[:200]
