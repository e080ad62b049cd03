"""`find_unused`: definitions and imports that nothing else in the repository mentions.

A name that occurs anywhere else, in strings and configuration too, counts as used, since code is
reached by name in many frameworks. What remains is dead unless its name is put together at run time.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from .. import grep
from ..catalog import ToolCall
from ..index import Index
from ..languages import parsable
from ..names import of_kind
from ..repository import Source, is_test_path
from ..results import Match
from ..search import Search
from ..syntax import CALLABLE_KINDS, TYPE_KINDS, Definition, FileFacts

_WORD = re.compile(rb"[A-Za-z_$][\w$]*")
_JUDGED = CALLABLE_KINDS | TYPE_KINDS | {"constant", "variable", "property"}
_CALLED_BY_OTHERS = re.compile(
    r"^(__\w+(__)?|main|initialize|method_missing|respond_to_missing\?|init|test_\w*|Test\w*|setUp\w*|tearDown\w*|visit_\w+)$"
)


def find_unused(call: ToolCall, search: Search) -> Iterator[Match]:
    """Unused definitions by path and line; with kind `import`, imports that their file never uses."""
    kind = call.text("kind")
    if kind == "import":
        yield from _unused_imports(search)
        return
    candidates: list[tuple[FileFacts, Definition]] = []
    for facts in search.parse(e for e in search.files() if parsable(e.language)):
        if not is_test_path(facts.path) or call.text("tests") == "only":
            candidates += [(facts, d) for d in facts.definitions if _judged(facts, d, kind)]
    defined = Counter(_word(definition) for _, definition in candidates)
    counts = _occurrences(search, defined)
    bodies = Counter(_word(d) for _, d in candidates if "declaration" not in d.modifiers)
    for facts, definition in candidates:
        word = _word(definition)
        # a method that several types define is called through a base or a protocol
        shared = definition.kind == "method" and bodies[word] > 1
        repeated = "declaration" in definition.modifiers and bodies[word] > 0
        if not shared and not repeated and counts[word] <= defined[word]:
            certain = definition.kind != "method" and "exported" not in definition.modifiers
            yield search.match_definition(facts, definition, "unused", certain=certain)
    search.note("Uses by a name that is put together at run time cannot be seen.")


def _judged(facts: FileFacts, definition: Definition, kind: str) -> bool:
    if definition.kind not in _JUDGED or not of_kind(definition, kind):
        return False
    if _CALLED_BY_OTHERS.match(definition.name) or definition.decorators:
        return False  # a decorator may register it
    parent = facts.definitions[definition.parent] if definition.parent >= 0 else None
    if parent is not None and (
        parent.kind == "interface" or (parent.kind == "extension" and parent.bases)
    ):
        return False  # called through what asks for it
    return len(definition.name) > 1 and _WORD.fullmatch(_word(definition).encode()) is not None


def _word(definition: Definition) -> str:
    """The name as a word: Ruby's `empty?` is `empty` in the text."""
    return definition.name.rstrip("?!=")


def _occurrences(search: Search, defined: Counter[str]) -> Counter[str]:
    """How often each name stands as a word anywhere in the repository's text files."""
    if search.coverage is not None and not search.coverage.unknown:
        return _stored_occurrences(search, search.coverage.index, defined)
    wanted = {name.encode() for name in defined}
    counts: Counter[str] = Counter()
    for entry in search.files(scoped=False):
        search.remaining()
        source = search.repository.read(entry.path)
        if source is not None:
            for word, number in Counter(_WORD.findall(source.data)).items():
                if word in wanted:
                    counts[word.decode()] += number
    return counts


def _stored_occurrences(search: Search, index: Index, defined: Counter[str]) -> Counter[str]:
    """The same by the index, which knows the code; for names that it lacks ripgrep reads the rest."""
    counts = Counter(index.mentions(defined.keys()))
    rare = [n for n in sorted(defined) if counts[n] <= defined[n] and re.fullmatch(r"\w+", n)]
    files = search.listing.files
    for at in range(0, len(rare), 1_000):
        found = grep.lines(
            search.repository.root, "|".join(rare[at : at + 1_000]), word=True, only_matching=True,
            timeout=search.remaining(),
        )  # fmt: skip
        others = (hit for hit in found if hit.path in files)
        counts.update(hit.text for hit in others if not parsable(files[hit.path].language))
    return counts


def _unused_imports(search: Search) -> Iterator[Match]:
    for facts in search.parse(e for e in search.files() if parsable(e.language)):
        if facts.path.endswith(("__init__.py", "/index.ts", "/index.js")):
            continue  # there an import is an export
        source = search.source(facts.path)
        if source is None:
            continue
        counts = Counter(_WORD.findall(source.data))
        for item in facts.imports:
            name = item.alias.encode()
            if not name or item.module == "__future__" or item.alias in ("_", "."):
                continue
            line = source.line_text(item.line)
            if facts.language == "rust" and not _is_own_use(source, item.line):
                continue
            own = len(re.findall(rb"\b" + re.escape(name) + rb"\b", line.encode()))
            if "noqa" not in line and counts[name] <= max(1, own):
                if facts.language == "go" and name.decode() not in line:
                    continue  # the package's own name may differ from its path
                # a trait is used by the methods that it lends
                certain = facts.language != "rust" or not name[:1].isupper()
                yield Match(facts.path, item.line, item.line, item.alias, "import", line, "unused",
                            certain)  # fmt: skip


def _is_own_use(source: Source, line: int) -> bool:
    """Whether the `use` around a line is for the file alone: `pub use` and `extern crate` are not."""
    for at in range(line, max(0, line - 60), -1):
        text = source.line_text(at)
        if re.search(r"\buse\b", text):
            return not text.startswith("pub")
    return False
