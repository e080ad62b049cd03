"""Whether an import brings in what a file defines: aliases, relative imports and re-exports followed."""

from __future__ import annotations

from collections.abc import Collection

from .languages import adapter
from .languages.base import Import
from .repository import FileEntry
from .search import Search

_MAX_REEXPORTS = 3


def import_reaches(importer: str, item: Import, target: str, language: str) -> bool | None:
    """Whether an import in file `importer` can bring in what file `target` defines.

    True when the module is the file's own or a package above it (re-export), False when it is
    another one, None when that cannot be told.
    """
    return adapter(language).reaches(importer, item, target)


def item_reaches(
    search: Search,
    importer: str,
    item: Import,
    paths: Collection[str],
    language: str,
    depth: int = 0,
) -> bool | None:
    """Whether an import brings in what one of `paths` defines, re-exports (three deep) followed."""
    answers = {import_reaches(importer, item, path, language) for path in paths}
    if True in answers:
        return True
    if depth < _MAX_REEXPORTS and item.name and adapter(language).reexports:
        for facts in search.parse(_module_files(search, importer, item, language)):
            for inner in facts.imports:
                if inner.alias == item.name or inner.name == "*":
                    passed = inner if inner.name != "*" else Import(
                        inner.module, item.name, item.name, inner.line)  # fmt: skip
                    if item_reaches(search, facts.path, passed, paths, language, depth + 1):
                        return True
            if any(
                d.name == item.name and d.parent < 0 and d.kind in ("variable", "constant")
                for d in facts.definitions
            ):
                return None  # `Alias = …`: the value may be it
    return None if None in answers else False


def _module_files(search: Search, importer: str, item: Import, language: str) -> list[FileEntry]:
    """The files that are the import's module itself, not a package above or a module below it."""
    exact = Import(item.module, "", item.alias, item.line)
    stems = adapter(language).module_stems(importer, item.module)
    return [
        entry
        for stem in dict.fromkeys(stems)
        for entry in search.modules.get(stem, ())
        if entry.language == language and import_reaches(importer, exact, entry.path, language)
    ][:4]
