"""From an import statement to the repository's file that it loads (for counting importers)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from ..languages import adapter, language_of, parsable
from ..languages.base import Import
from ..repository import module_path

_FAMILY = {"typescript": "javascript", "cpp": "c"}


class Targets:
    """The files of a repository by every tail of their module path (`a/b/c`, `b/c`, `c`)."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._exact: dict[tuple[str, str], str] = {}
        self._tails: dict[tuple[str, str], list[str]] = {}
        self._folders: dict[str, str] = {}
        for path in sorted(paths):
            language = _family(language_of(path))
            if not parsable(language):
                continue
            if language == "go":  # a package is a folder: its first file stands for it
                if not path.endswith("_test.go"):
                    self._folders.setdefault(posixpath.dirname(path), path)
                continue
            module = module_path(path)
            self._exact.setdefault((language, module), path)
            parts = module.split("/")
            for start in range(len(parts)):
                self._tails.setdefault((language, "/".join(parts[start:])), []).append(path)

    def of(self, importer: str, language: str, item: Import) -> list[str]:
        """The file an import in `importer` loads, empty for one of another package."""
        family = _family(language)
        folder = posixpath.dirname(importer)
        if family == "go":
            return self._go(item.module)
        if family == "python":
            dots = len(item.module) - len(item.module.lstrip("."))
            inner = item.module.lstrip(".").replace(".", "/")
            if dots:
                for _ in range(dots - 1):
                    folder = posixpath.dirname(folder)
                inner = posixpath.normpath(posixpath.join(folder, inner)) if inner else folder
            return self._find(family, f"{inner}/{item.name}" if item.name else inner, bool(dots)) or \
                self._find(family, inner, bool(dots))  # fmt: skip
        rules = adapter(language)
        if item.module.startswith(".") and not rules.exact_modules:
            full = posixpath.normpath(posixpath.join(folder, item.module))
            return self._find(family, re.sub(r"\.[cm]?[jt]sx?$", "", full), True)
        if not rules.exact_modules:
            return []
        stems = dict.fromkeys((item.name, *rules.module_stems(importer, item.module)))
        for stem in stems:
            for path in self._tails.get((family, stem), []):
                if stem and rules.reaches(importer, item, path):
                    return [path]
        return []

    def _find(self, language: str, module: str, exact: bool) -> list[str]:
        if (language, module) in self._exact:
            return [self._exact[language, module]]
        found = [] if exact else self._tails.get((language, module), [])
        shallow = sorted(found, key=lambda path: (path.count("/"), path))
        # one component alone ("json") names the standard library more often than a deep file
        return shallow[:1] if "/" in module or (shallow and shallow[0].count("/") <= 2) else []

    def _go(self, module: str) -> list[str]:
        fitting = [f for f in self._folders if f and (module == f or module.endswith("/" + f)
                   or f.endswith("/" + module))]  # fmt: skip
        best = max(fitting, key=len, default=None)
        return [self._folders[best]] if best is not None else []


def _family(language: str) -> str:
    return _FAMILY.get(language, language)
