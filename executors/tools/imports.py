"""`find_importers` and `list_imports`: who imports a module, and what a file imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..catalog import ToolCall
from ..languages import SUFFIXES, adapter, parsable
from ..languages.base import Import
from ..paths import path_predicate
from ..reach import import_reaches
from ..repository import module_path
from ..results import Match
from ..search import Search


def find_importers(call: ToolCall, search: Search) -> Iterator[Match]:
    """Import statements of a module, package, file or of a name out of it."""
    typed = call.text("module").strip().strip("`'\"")
    wanted = typed
    if any(typed.endswith(suffix) for group in SUFFIXES.values() for suffix in group):
        wanted = typed.rpartition(".")[0]
    word = re.split(r"[./:\\]", wanted.rstrip("./"))[-1] or wanted
    owners = _own_files(search, wanted)
    if wanted != typed:
        owners = tuple(o for o in owners if f"/{o}".endswith(typed.lstrip("./"))) or owners
    matches: list[Match] = []
    for facts in search.parse(search.candidates(word, fixed=True, ignore_case=True)):
        for item in facts.imports:
            certain = _imports(facts.path, facts.language, item, wanted, owners)
            own = facts.path in owners and not adapter(facts.language).linkage
            if certain is not None and not own:  # queue.c includes its own queue.h
                matches.append(search.match_line(facts, item.line, -1, "importer", certain=certain))
    if not matches and not owners:
        search.note(f"No import statement names '{typed}'.")
    yield from sorted(matches, key=lambda m: (not m.certain, m.path, m.line))


def _own_files(search: Search, wanted: str) -> tuple[str, ...]:
    inner = wanted.replace(".", "/") if "/" not in wanted else wanted
    inner = re.sub(r"^(?:crate|self|super)/", "", re.sub(r"::|\\", "/", inner))
    return tuple(
        entry.path
        for entry in search.files(scoped=False)
        if parsable(entry.language)
        and f"/{module_path(entry.path)}".lower().endswith("/" + inner.lower().strip("/"))
    )


def _imports(
    path: str, language: str, item: Import, wanted: str, owners: tuple[str, ...]
) -> bool | None:
    module = item.module
    names = {module, re.sub(r"/|::|\\", ".", module), f"{module}.{item.name}", item.name}
    names.add(f"{module}{adapter(language).joint}{item.name}")
    if wanted.lstrip("\\") in names or module.startswith(
        (wanted + ".", wanted + "/", wanted + "\\")
    ):
        return True
    plain = re.sub(r"/|::|\\", ".", wanted).lower()
    if re.sub(r"/|::|\\", ".", module).lower().endswith("." + plain):
        return True
    for owner in owners:
        exact = Import(module, item.name, item.alias, item.line)
        if _names_file(path, language, exact, owner):
            return True
    if plain in {name.lower() for name in names}:
        return None if owners and adapter(language).exact_modules else False
    return None


def _names_file(importer: str, language: str, item: Import, owner: str) -> bool:
    """Whether the import's own module is the file (not only a package above it)."""
    if not import_reaches(importer, item, owner, language):
        return False
    if adapter(language).exact_modules:
        return True
    last = module_path(owner).rpartition("/")[2]
    module = re.split(r"[./\\:]", re.sub(r"\.(\w+)$", r".\1", item.module).rstrip("./"))
    tail = set(module[-2:]) | {item.name}
    return last in tail


def list_imports(call: ToolCall, search: Search) -> Iterator[Match]:
    """Imports of a file, or of every file in a folder; `facts["names"]` has each module once."""
    typed = call.text("path")
    predicate = path_predicate(typed, [e.path for e in search.files() if parsable(e.language)])
    if predicate is None:
        search.note(f"No source file or folder here matches '{typed}'.")
        return
    entries = [e for e in search.files() if parsable(e.language) and predicate(e.path)]
    names: dict[str, None] = {}
    files = 0
    for facts in search.parse(entries):
        files += 1
        for item in facts.imports:
            names.setdefault(item.module)
            joint = adapter(facts.language).joint
            shown = item.module
            if item.name and item.name != "*":
                shown = f"{item.module}{joint}{item.name}"
            yield Match(
                facts.path, item.line, item.line, shown, "import",
                search.line(facts.path, item.line), "import",
            )  # fmt: skip
    search.facts["names"] = list(names)
    search.facts["files"] = files
