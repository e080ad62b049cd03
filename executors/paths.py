"""Which files a question means: `path`, `exclude`, `lang` and `tests` as a filter over paths."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .catalog import ToolCall
from .repository import FileEntry, is_test_path

Predicate = Callable[[str], bool]


def path_predicate(written: str, paths: Iterable[str]) -> Predicate | None:
    """A test for the paths that `written` (folder, file, glob or module) means, None for no path.

    Tried in this order, and the first that matches anything counts: the exact file or folder from
    the root; a glob; a run of whole path components anywhere ("auth/views"); the same without file
    suffixes ("models" for models.py) or with dots for slashes ("django.http"); the same in any case
    and with `-` and `_` alike; a part of one component ("auth" for oauth2).
    """
    written = written.strip().removeprefix("./").rstrip("/")
    if written in ("", "."):
        return lambda path: True
    listed = list(paths)
    for make in (_exact, _glob, _components, _stem, _dotted, _loose, _part):
        predicate = make(written)
        if predicate is not None and any(predicate(path) for path in listed):
            return predicate
    return None


def _exact(written: str) -> Predicate:
    return lambda path: path == written or path.startswith(written + "/")


def _glob(written: str) -> Predicate | None:
    if not any(c in written for c in "*?["):
        return None
    if "/" not in written:
        return lambda path: fnmatch.fnmatch(path.rpartition("/")[2], written)
    patterns = [written, "*/" + written, written + "/*"]
    return lambda path: any(fnmatch.fnmatch(path, pattern) for pattern in patterns)


def _components(written: str) -> Predicate:
    middle, end = f"/{written}/", f"/{written}"
    return lambda path: middle in f"/{path}" or f"/{path}".endswith(end)


def _stem(written: str) -> Predicate:
    end = f"/{written}"
    return lambda path: f"/{os.path.splitext(path)[0]}".endswith(end)


def _dotted(written: str) -> Predicate | None:
    if "." not in written or " " in written:
        return None
    inner = written.replace(".", "/")
    components, stem = _components(inner), _stem(inner)
    return lambda path: components(path) or stem(path)


def _loose(written: str) -> Predicate:
    def fold(text: str) -> str:
        return text.lower().replace("-", "_").replace(" ", "_")

    wanted = fold(written)
    components, stem = _components(wanted), _stem(wanted)
    return lambda path: components(fold(path)) or stem(fold(path))


def _part(written: str) -> Predicate | None:
    wanted = written.lower()
    if len(wanted) < 3 or "/" in wanted:
        return None
    return lambda path: wanted in path.lower()


@dataclass(frozen=True)
class PathFilter:
    """The files a call is about. `problem` is a sentence where a written path matches no file; one
    `word` that does is not taken for a path where a behaviour is described ("read from disk")."""

    include: Predicate | None
    exclude: Predicate | None
    lang: str
    tests: str
    problem: str = ""
    word: str = ""

    @classmethod
    def of(cls, call: ToolCall, paths: Iterable[str], *, use_path: bool = True) -> PathFilter:
        """The filter that a call's common arguments describe."""
        listed = list(paths)
        written = call.text("path") if use_path else ""
        include = path_predicate(written, listed) if written else None
        problem = word = ""
        if written and include is None and call.text("query") and re.fullmatch(r"[\w -]+", written):
            word = written
        elif written and include is None:
            problem = f"No file or folder here matches '{written}'."
        left_out = call.text("exclude")
        exclude = path_predicate(left_out, listed) if left_out else None
        return cls(include, exclude, call.text("lang"), call.text("tests"), problem, word)

    @property
    def accepts_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.include or self.exclude or self.lang or self.tests)

    def accepts(self, entry: FileEntry) -> bool:
        """Whether a file is in scope."""
        if self.lang and entry.language != self.lang:
            return False
        if self.include is not None and not self.include(entry.path):
            return False
        if self.exclude is not None and self.exclude(entry.path):
            return False
        return not self.tests or is_test_path(entry.path) == (self.tests == "only")
