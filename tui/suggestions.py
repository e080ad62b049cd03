"""Questions to begin with, made from a repository's own symbols; each has an answer there.

A few files are read, no index is needed.
"""

from __future__ import annotations

import builtins
import time
from collections import Counter
from collections.abc import Iterable, Sequence

from ..executors.languages import parsable
from ..executors.repository import FileEntry, Repository, is_test_path
from ..executors.syntax import CALLABLE_KINDS, Definition, FileFacts

FILES = 8
BYTES = 60_000  # larger files are passed over: the first questions are to be there at once
SECONDS = 0.6
GENERAL = (
    "where does the program start?",
    "which packages do we depend on?",
    "give me an overview",
)
_TYPES = frozenset({"class", "struct", "interface", "trait"})


def suggestions(repository: Repository, paths: Iterable[FileEntry] | None = None) -> list[str]:
    """Three questions. `paths` are the files of the repository (default: its listing)."""
    entries = list(paths) if paths is not None else list(repository.listing().files.values())
    deadline = time.monotonic() + SECONDS
    read: list[FileFacts] = []
    for entry in telling_files(entries):
        if read and time.monotonic() > deadline:
            break
        facts = repository.facts(entry)
        if facts is not None and facts.definitions:
            read.append(facts)
    return questions(read)


def telling_files(entries: Sequence[FileEntry]) -> list[FileEntry]:
    """The files likeliest to hold the project's own code: no tests, not deep, of a good size."""
    languages = Counter(e.language for e in entries if parsable(e.language))
    if not languages:
        return []
    common = languages.most_common(1)[0][0]
    good = [
        entry
        for entry in entries
        if entry.language == common
        and 100 < entry.size < BYTES
        and not is_test_path(entry.path)
        and not set(entry.path.lower().split("/")[:-1]) & _ASIDE
    ]
    good = good or [e for e in entries if e.language == common and e.size < BYTES]
    depth = Counter(entry.path.split("/")[0] for entry in good)
    return sorted(
        good, key=lambda e: (-depth[e.path.split("/")[0]], e.path.count("/"), -e.size, e.path)
    )[:FILES]


_COMMON = frozenset(
    {*dir(builtins), "close", "write", "index", "update", "append", "setup", "start"}
)
_ASIDE = frozenset(
    ["docs", "doc", "examples", "example", "bench", "benchmarks", "scripts", "vendor", "migrations",
     "tools", "js_tests", "node_modules", "third_party", "testdata", "fixtures"]
)  # fmt: skip


def questions(read: Sequence[FileFacts]) -> list[str]:
    """Three questions about what these files define."""
    calls: Counter[str] = Counter(
        site.name for f in read for site in f.sites if site.role == "call"
    )
    defined = [(facts, d) for facts in read for d in facts.definitions if _public(d)]
    names = Counter(definition.name for _, definition in defined)
    types = [d for _, d in defined if d.kind in _TYPES and names[d.name] == 1]
    functions = [d for _, d in defined if d.kind in CALLABLE_KINDS and names[d.name] == 1]
    bases = Counter(base.name.rpartition(".")[2] for _, d in defined for base in d.bases)
    made: list[str] = []
    called = [d for d in functions if calls[d.name] >= 2]
    if called:
        best = max(called, key=lambda d: ("_" in d.name or d.name != d.name.lower(), calls[d.name]))
        made.append(f"who calls {best.name}?")
    extended = [d for d in types if bases[d.name] >= 1]
    if extended:
        best = max(extended, key=lambda d: bases[d.name])
        made.append(f"which classes extend {best.name}?")
        types = [d for d in types if d is not best]
    documented = [d for d in [*types, *functions] if d.doc and d.lines > 8]
    asked = " ".join(made)
    explained = [d for d in documented if d.name not in asked]
    if explained:
        made.append(f"how does {max(explained, key=lambda d: d.lines).name} work?")
    for definition in [*types, *functions]:
        if len(made) < 3 and definition.name not in " ".join(made):
            made.append(f"where is {definition.name} defined?")
    return [*made, *GENERAL][:3]


def _public(definition: Definition) -> bool:
    name = definition.name
    return len(name) > 3 and not name.startswith("_") and name.lower() not in _COMMON
