"""`list_dependencies`: packages and language versions that manifests and lock files declare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ..catalog import ToolCall
from ..repository import FileEntry
from ..results import Match
from ..search import Search
from .manifest_formats import Package
from .manifest_parsers import parser_of

Declared = tuple[str, Package]

_LANGUAGES = {"nodejs": "node", "node-js": "node", "golang": "go", "py": "python", "jdk": "java",
              "jvm": "java", "net": "dotnet", "csharp": "dotnet", "c#": "dotnet"}  # fmt: skip
_KINDS = {"language": 0, "package": 1, "peer": 2, "optional": 3, "build": 4, "dev": 5,
          "indirect": 6, "locked": 7}  # fmt: skip
_ASIDE = re.compile(r"(^|/)(examples?|samples?|tests?|docs?|fixtures|vendor|node_modules)/")


def list_dependencies(call: ToolCall, search: Search) -> Iterator[Match]:
    """Declared packages, the root manifest first; locked versions where they add something."""
    wanted = call.text("name")
    declared = [pair for pair in _declared(search) if not _is_own_lock(pair, wanted)]
    found = _named(declared, wanted, search) if wanted else declared
    found = _without_repeated_locks(found)
    versions: dict[str, str] = {}
    for _, package in found:
        if not versions.get(package.name):
            versions[package.name] = package.spec
    search.facts["names"] = list(versions)
    search.facts["versions"] = versions
    locked = {p.name: p.spec for _, p in found if p.kind == "locked"}
    if locked:
        search.facts["locked"] = locked
    for path, package in found:
        text = search.line(path, package.line) or f"{package.name} {package.spec}"
        yield Match(
            path, package.line, package.line, package.name, package.kind, text, "dependency"
        )


def _manifests(search: Search) -> list[FileEntry]:
    """Manifests in scope. `lang` means the ecosystem here: pyproject.toml is of Python."""
    lang = search.filter.lang
    search.filter = replace(search.filter, lang="")
    lang = {"typescript": "javascript", "cpp": "c"}.get(lang, lang)
    jvm = {"java", "kotlin"}
    found = []
    for entry in search.files():
        known = parser_of(entry.path)
        if known is not None and (lang in ("", known[0]) or {lang, known[0]} <= jvm):
            found.append(entry)
    return sorted(found, key=lambda e: (bool(_ASIDE.search(e.path)), e.path.count("/"), e.path))


def _declared(search: Search) -> list[Declared]:
    declared: list[Declared] = []
    manifests = _manifests(search)
    if not manifests:
        search.note("There is no manifest of dependencies here.")
    for entry in manifests:
        search.remaining()
        source, known = search.source(entry.path), parser_of(entry.path)
        if source is None or known is None:
            continue
        try:
            packages = list(known[1](source.data.decode("utf-8", "replace")))
        except (ValueError, TypeError, AttributeError) as error:
            reason = str(error).splitlines()[0] if str(error) else "unknown format"
            search.note(f"{entry.path} could not be read ({reason}).")
            continue
        packages.sort(key=lambda p: (_KINDS[p.kind], p.line))
        declared += [(entry.path, package) for package in packages]
    return declared


def _is_own_lock(pair: Declared, wanted: str) -> bool:
    """Locked packages are the whole transitive closure: only a named one is of interest."""
    return pair[1].kind == "locked" and not wanted


def normalise(name: str) -> str:
    """Package names compare without case and with `-`, `_` and `.` alike (PEP 503)."""
    plain = re.sub(r"[-_.\s]+", "-", name.strip().strip("`'\"").lower())
    plain = re.sub(r"-?\bversions?\b-?", "", plain) or plain
    return _LANGUAGES.get(plain, plain)


def _names(package: Package) -> set[str]:
    """What a package may be called: whole, without its path or scope, without a major version."""
    bare = re.sub(r"/v\d+$", "", package.name)
    last = re.split(r"[/:]", bare)[-1]
    return {normalise(name) for name in (package.name, bare, last)}


def _named(declared: list[Declared], wanted: str, search: Search) -> list[Declared]:
    name = normalise(wanted)
    exact = [pair for pair in declared if name in _names(pair[1])]
    if exact:
        return exact
    groups = [pair for pair in declared if name in normalise(pair[1].group)]
    near = [pair for pair in declared if len(name) > 2 and name in normalise(pair[1].name)]
    stem = name.rstrip("0123456789")
    if not near and not groups and len(stem) > 2:
        near = [pair for pair in declared if stem in _names(pair[1])]
    either = list(dict.fromkeys([*near, *groups]))
    if either:
        names = ", ".join(dict.fromkeys(pair[1].name for pair in either[:6]))
        search.note(f"No package is called '{wanted}'; related: {names}.")
        if search.call.text("mode") == "exists":
            search.facts["exists"] = False
            return []
    return either


def _without_repeated_locks(found: list[Declared]) -> list[Declared]:
    """Each locked package once: lock files list one package for several parents."""
    seen: set[tuple[str, str, str]] = set()
    kept: list[Declared] = []
    for path, package in found:
        key = (path, package.name, package.spec)
        if package.kind == "locked" and key in seen:
            continue
        seen.add(key)
        kept.append((path, package))
    return kept
