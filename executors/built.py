"""Built copies: JavaScript and declarations that a compiler made out of TypeScript in the same tree.

A package from a registry, or a checkout after a build, has each definition several times: in `src/`
and again in `lib/`, `dist/cjs/`, `build/` … A reader wants the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_BUILT = re.compile(r"(\.d)?\.[cm]?[jt]s$|\.jsx$")
_DECLARED = re.compile(r"\.d\.[cm]?ts$")
_SOURCE = re.compile(r"\.[cm]?tsx?$")
_OUTPUT = frozenset(
    "lib dist build out output cjs esm esm5 esm2015 es es6 umd types module commonjs node".split()  # noqa: SIM905
)


def built_copies(paths: Iterable[str]) -> frozenset[str]:
    """Those of `paths` (POSIX) whose TypeScript source is also among them."""
    listed = list(paths)
    sources: set[str] = set()
    for path in listed:
        if _SOURCE.search(path) and not _DECLARED.search(path):
            stem = _SOURCE.sub("", path)
            sources.add(stem)
            parts = stem.split("/")
            if "src" in parts:
                at = parts.index("src")
                sources.add("/".join([*parts[:at], "", *parts[at + 1 :]]))
    if not sources:
        return frozenset()
    return frozenset(path for path in listed if _is_copy(path, sources))


def _is_copy(path: str, sources: set[str]) -> bool:
    if not _BUILT.search(path) or (_SOURCE.search(path) and not _DECLARED.search(path)):
        return False
    stem = _BUILT.sub("", path)
    if stem in sources:
        return True
    parts = stem.split("/")
    for at in range(len(parts)):
        for dropped in range(3):  # of `dist/cjs/`, of `lib/`, of nothing
            if not all(part in _OUTPUT for part in parts[at : at + dropped]):
                break
            if "/".join([*parts[:at], "", *parts[at + dropped :]]) in sources:
                return True
    return False
