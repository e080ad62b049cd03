"""From the name someone typed to the definitions it means.

Exact spelling first; then without regard to case and separators ("http adapter" → `HTTPAdapter`),
and then a note says which spelling was taken. A qualified name (`Session.send`, `http.client.get`)
narrows by class, then by module path.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache

from . import grep, postings
from .languages import PARSABLE, adapter
from .repository import is_test_path
from .search import Search
from .syntax import Definition, FileFacts

Found = tuple[FileFacts, Definition]

_SEPARATORS = re.compile(r"::|->|[./\\:]|(?<=\w)#")  # `#private` keeps its sign
_NOT_WORD = re.compile(r"[\W_]+")
MAX_SPELLINGS = 12

# What a kind that somebody says may be called in another language.
KIND_GROUPS: dict[str, frozenset[str]] = {
    "class": frozenset({"class", "struct", "enum", "interface", "trait"}),
    "struct": frozenset({"struct", "class"}),
    "interface": frozenset({"interface", "trait"}),
    "trait": frozenset({"trait", "interface"}),
    "function": frozenset({"function", "method", "macro"}),
    "method": frozenset({"method", "property", "function"}),
    "variable": frozenset({"variable", "constant", "field"}),
    "constant": frozenset({"constant", "variable", "field", "variant"}),
    "field": frozenset({"field", "property", "variable"}),
    "property": frozenset({"property", "field"}),
    "type": frozenset({"type", "class", "struct", "interface", "enum", "trait"}),
    "dataclass": frozenset({"class", "struct"}),
    "exception": frozenset({"class", "struct"}),
    "test": frozenset({"function", "method", "class"}),
}


def split_name(typed: str) -> tuple[str, str]:
    """`http::Session.send()` → ("http.Session", "send"): qualifier (dotted) and last name."""
    cleaned = re.sub(r"\(.*\)$|[<\[].*[>\]]$", "", typed.strip()).strip("`'\"* ").lstrip("@")
    parts = [part for part in _SEPARATORS.split(cleaned) if part]
    if not parts:
        return "", cleaned
    return ".".join(parts[:-1]), parts[-1]


def fold(name: str) -> str:
    """`HTTPAdapter`, `http_adapter` and `http adapter` → `httpadapter`."""
    return _NOT_WORD.sub("", name).lower()


def of_kind(definition: Definition, kind: str) -> bool:
    """Whether a definition is of a kind as people say it, in any language's words."""
    if kind in ("", "any"):
        return True
    return definition.kind == kind or definition.kind in KIND_GROUPS.get(kind, ())


@cache
def _definition_patterns(names: tuple[str, ...], languages: tuple[str, ...]) -> Mapping[str, str]:
    escaped = "(?:" + "|".join(re.escape(name) for name in names) + ")"
    return {lang: adapter(lang).definition_pattern(escaped) for lang in languages}


def definitions_named(
    search: Search, names: Collection[str], *, scoped: bool = True
) -> Iterator[Found]:
    """Every definition whose last name is exactly one of `names`: one ripgrep run for all.

    An impatient search leaves out some of them, but never all.
    """
    if not names:
        return
    patterns = _definition_patterns(tuple(sorted(names)), search.languages(scoped=scoped))
    entries = search.candidates_for(names, patterns, postings.DEFINED, scoped=scoped)
    any_found = False
    while not any_found:
        for facts in search.parse(entries, headers=True):
            for name in names:
                for index in facts.by_name.get(name, ()):
                    any_found = True
                    yield facts, facts.definitions[index]
        entries = [entry for entry in entries if entry.path in search.unread]
        if not entries:
            return


def find_definitions(
    search: Search, typed: str, *, kinds: frozenset[str] | None = None, scoped: bool = True
) -> list[Found]:
    """The definitions that `typed` means, the most likely first; empty when there are none.

    `kinds` keeps only those definition kinds. A note is added to `search` when the spelling or the
    qualifier had to be relaxed.
    """
    qualifier, last = split_name(typed)
    if not last:
        return []
    found = _exactly(search, qualifier, last, kinds, scoped)
    if found:
        return found
    search.sure_of_none(headers=True)
    for spelling in spellings(search, last, scoped=scoped):
        found = _exactly(search, qualifier, spelling, kinds, scoped)
        if found:
            taken = found[0][1]
            search.note(f"There is no '{typed}'; taken as '{taken.qualname}'.")
            return found
    return []


def _exactly(
    search: Search, qualifier: str, last: str, kinds: frozenset[str] | None, scoped: bool
) -> list[Found]:
    if not re.fullmatch(r"#?[\w$@!?=-]+", last):
        return []
    found = list(definitions_named(search, (last,), scoped=scoped))
    if not found and search.coverage is None:  # one whose header no pattern knows
        word = rf"\b{re.escape(last)}\b" if re.fullmatch(r"\w+", last) else re.escape(last)
        for facts in search.parse(search.candidates(word, scoped=scoped)):
            found += [(facts, facts.definitions[i]) for i in facts.by_name.get(last, ())]
    if kinds is not None:
        found = [pair for pair in found if pair[1].kind in kinds]
    if qualifier:
        found = _qualified(found, qualifier)
    return sorted(found, key=_likelihood)


def _qualified(found: list[Found], qualifier: str) -> list[Found]:
    wanted = qualifier.lower().split(".")

    def fits(pair: Found) -> bool:
        facts, definition = pair
        module = re.sub(r"(/__init__|/index)?\.\w+$", "", facts.path).lower().split("/")
        module += re.split(r"[.\\]", facts.package.lower()) * bool(facts.package)
        have = module + definition.container.lower().split(".") * bool(definition.container)
        # the qualifier's parts in order, the last one nearest to the name
        rest = iter(reversed(have))
        return all(part in rest for part in reversed(wanted))

    def nearest(pair: Found) -> bool:
        return f".{pair[1].container}".lower().endswith(f".{qualifier}".lower())

    exact = [pair for pair in found if nearest(pair)]
    if exact:
        return exact
    fitting = [pair for pair in found if fits(pair)]
    return [pair for pair in fitting if not pair[1].container] or fitting  # `http.client.get`


# Documentation, samples, vendored and built copies: real places, but not the ones that are meant.
_ASIDE = re.compile(
    r"(^|/)(docs?|examples?|vendor|third_party|samples?|node_modules|dist|build|bundles?|esm5?|cjs)/"
    r"|\.d\.[cm]?ts$"
)
_KIND_ORDER = {"class": 0, "interface": 0, "struct": 0, "trait": 0, "enum": 0, "function": 1,
               "type": 1, "method": 2, "property": 2, "constant": 3, "module": 3}  # fmt: skip


def _likelihood(pair: Found) -> tuple[bool, bool, bool, int, str, int]:
    facts, definition = pair
    declared = "declaration" in definition.modifiers  # a prototype; the body stands elsewhere
    aside = _ASIDE.search(facts.path) is not None
    rank = _KIND_ORDER.get(definition.kind, 4)
    return is_test_path(facts.path), aside, declared, rank, facts.path, definition.line


def spellings(search: Search, typed: str, *, scoped: bool = True) -> list[str]:
    """Spellings of `typed` in the code that differ in case or separators only, frequent first."""
    letters = fold(typed)
    if len(letters) < 2:
        return []
    counts = _stored_spellings(search, letters) if not search.call.text("lang") else {}
    if counts:
        counts.pop(typed, None)
        return sorted(counts, key=lambda name: (-counts[name], name))[:MAX_SPELLINGS]
    pattern = r"\b_*" + "[_-]?".join(re.escape(c) for c in letters) + r"_*\b"
    for line in grep.lines(
        search.repository.root, pattern, ignore_case=True, only_matching=True,
        suffixes=search.suffixes() if scoped else PARSABLE, timeout=search.remaining(),
    ):  # fmt: skip
        if line.path in search.listing.files:
            counts[line.text] = counts.get(line.text, 0) + 1
    counts.pop(typed, None)
    return sorted(counts, key=lambda name: (-counts[name], name))[:MAX_SPELLINGS]


def _stored_spellings(search: Search, letters: str) -> dict[str, int]:
    """Spellings and their mentions by the index; empty without one."""
    if search.coverage is None:
        return {}
    counts = search.coverage.index.spellings(letters)
    for entry in search.coverage.unknown:
        source = search.source(entry.path)
        for word, number in (postings.words(source.data) if source is not None else {}).items():
            if postings.folded(word) == letters:
                counts[word] = counts.get(word, 0) + number
    return counts


def distinct(found: Iterable[Found]) -> list[Found]:
    """Without repeats of the same place."""
    seen: dict[tuple[str, int], Found] = {}
    for facts, definition in found:
        seen.setdefault((facts.path, definition.start), (facts, definition))
    return list(seen.values())
