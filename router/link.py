"""Linking: the words that were typed → names that exist in the repository.

The repository is reached through `Linker`, so that the router needs neither ripgrep nor an index.
Linking never invents a name: what is not found stays as typed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from ..executors import grep
from ..executors.catalog import ArgumentValue, ToolCall

if TYPE_CHECKING:
    from ..executors.index import Index
    from ..executors.repository import Repository

# The arguments that name a symbol, by tool; all others of these tools are left as they are.
_NAME_ARGUMENTS = ("name", "source", "target", "callee", "base", "of", "within")
_SYMBOL_TOOLS = frozenset(
    [
        "find_definition",
        "find_references",
        "find_callers",
        "find_callees",
        "find_call_path",
        "find_impact",
        "find_subclasses",
        "find_superclasses",
        "find_overrides",
        "list_members",
        "show_symbol",
        "find_writes",
        "find_tests",
        "find_raises",
        "explain",
    ]
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*$")
_LOOKED_AT = 20  # files of a word that are read before ripgrep is asked


class Linker(Protocol):
    """What linking needs of a repository."""

    def has_word(self, word: str) -> bool:
        """Whether the word stands in the code exactly so."""
        ...

    def same_letters(self, words: str) -> Sequence[str]:
        """Names that differ from `words` in case and separators only, most frequent first."""
        ...

    def defined_names(self) -> Collection[str]:
        """Names that are defined in the repository, for matching typos; may be empty when cold.

        Give the same frozenset every time: what matching prepares is kept for it.
        """
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """One typed word and the names it may mean, best first; empty when nothing fits.

    `how`: the word stands in the code (`exact`), its letters do (`spelling`), or only a name that
    differs by a letter or two (`typo`), which the user must be told; `absent`: it is no name of this
    code, and what the question describes is searched for instead, which the user must be told too.
    """

    typed: str
    names: tuple[str, ...]
    how: Literal["exact", "spelling", "typo", "absent"] = "exact"


def link_name(typed: str, linker: Linker) -> Link:
    """The existing names that `typed` may mean: exact, other spelling, then a typo (distance ≤ 2)."""
    last = re.split(r"[.:#/]", typed)[-1]
    if _IDENTIFIER.match(last) and linker.has_word(last):
        return Link(typed, (typed,))
    prefix = typed[: len(typed) - len(last)]
    same = tuple(linker.same_letters(last))
    if same:
        return Link(typed, tuple(prefix + name for name in same[:5]), "spelling")
    near = _near(last, frozenset(linker.defined_names()))
    near = tuple(
        name for name in near if linker.has_word(name)
    )  # the list may be older than the code
    return Link(typed, tuple(prefix + name for name in near), "typo")


def _near(typed: str, names: frozenset[str]) -> tuple[str, ...]:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(typed) < 4 or not names:
        return ()
    most = 1 if len(typed) < 8 else 2
    wanted = _folded(typed)
    by_length = _by_length(names)
    candidates = {
        folded: spellings
        for length in range(len(wanted) - most, len(wanted) + most + 1)
        for folded, spellings in by_length.get(length, {}).items()
    }
    found = process.extract(
        wanted, list(candidates), scorer=OSA.distance, score_cutoff=most, limit=3
    )
    near = [(OSA.distance(typed, name), name) for text, _, _ in found for name in candidates[text]]
    return tuple(name for _, name in sorted(near))[:3]


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


@lru_cache(maxsize=4)  # a set of names keeps its hash, so that a warm look-up folds nothing
def _by_length(names: frozenset[str]) -> dict[int, dict[str, list[str]]]:
    """Names by the length of their letters, all spellings of the same letters together."""
    found: dict[int, dict[str, list[str]]] = {}
    for name in names:
        letters = _folded(name)
        found.setdefault(len(letters), {}).setdefault(letters, []).append(name)
    return found


def link_call(
    call: ToolCall, linker: Linker, question: str = ""
) -> tuple[ToolCall, tuple[Link, ...]]:
    """The call with its symbol names as the code spells them, and what each was linked to.

    With the `question`, a name in plain words may have been more or fewer of its words.
    """
    if call.tool == "compare":
        return _link_names(call, linker)
    if call.tool not in _SYMBOL_TOOLS:
        return call, ()
    changes: dict[str, ArgumentValue | None] = {}
    links: list[Link] = []
    taken: list[str] = []  # words of the question that a name has taken in
    for argument in _NAME_ARGUMENTS:
        typed = call.text(argument)
        if not typed or typed == "*" or re.search(r"[/*]|\.\w{1,4}$", typed):
            continue  # a file, a folder or a glob is no symbol
        if any(typed in words for words in taken):
            changes[argument] = None
            continue
        link = _link_words(typed, question, linker)
        if link is not None and len(link.typed) > len(typed):
            taken.append(link.typed)
        link = link or link_name(typed, linker)
        if link.names and link.names[0] != typed:
            changes[argument] = link.names[0]
            links.append(link)
    if any(call.text("path") in words.split() for words in taken):
        changes["path"] = None
    return (call.with_arguments(**changes) if changes else call), tuple(links)


_MOST_WORDS = 5


def _link_words(typed: str, question: str, linker: Linker) -> Link | None:
    """Plain words that were tagged too narrowly or too widely, as the defined name they are part of.

    "which functions does init default help cmd call" is about `InitDefaultHelpCmd`, though `init` be
    a name too: three words that spell a name together are no chance. Two are taken where the tagged
    ones alone spell none.
    """
    said = re.search(rf"(?<!\w){re.escape(typed)}(?!\w)", question)
    if said is None or not re.fullmatch(r"[a-zA-Z][a-z]*(?: [a-zA-Z][a-z]*)*", typed):
        return None
    words = list(re.finditer(r"[a-zA-Z][a-z]*", question))
    inside = [i for i, m in enumerate(words) if said.start() <= m.start() and m.end() <= said.end()]
    by_length = _by_length(frozenset(linker.defined_names()))

    def spelled(first: int, last: int) -> list[str]:
        text = question[words[first].start() : words[last].end()]
        letters = _folded(text)
        blank = re.fullmatch(r"[a-zA-Z]+(?: [a-zA-Z]+)*", text) is not None
        return by_length.get(len(letters), {}).get(letters, []) if blank else []

    alone = bool(inside) and bool(spelled(inside[0], inside[-1]))
    windows = [
        (first, last)
        for first in range(max(0, inside[0] - _MOST_WORDS), inside[-1] + 1)
        for last in range(first, min(len(words), first + _MOST_WORDS))
        if last >= inside[0] and (first, last) != (inside[0], inside[-1])
    ]
    for first, last in sorted(windows, key=lambda window: window[0] - window[1]):
        count = last - first + 1
        wider = first <= inside[0] and last >= inside[-1]
        if count < 2 or (not wider and (first < inside[0] or last > inside[-1])):
            continue
        names = spelled(first, last)
        if names and (not alone or (wider and count > 2)):
            text = question[words[first].start() : words[last].end()]
            return Link(text, tuple(sorted(names)[:5]), "spelling")
    return None


# The tools whose subject is a name; `find_definition` and `explain` take a described one as well.
_ABOUT_A_NAME = _SYMBOL_TOOLS - {"find_definition", "explain"}
_PLAIN_WORDS = re.compile(r"[a-z]{3,}(?: [a-z]+)*")
_TYPE = (
    r"(?:class|interface|struct|function|method|trait|enum|type|exception|error|field|variable|constant"
    r"|macro|decorator|hook|helper|fixture|option|flag|parameter)"
)
_MARKED = rf"[`'\"“]{{0}}|{{0}}(?:\(| {_TYPE}\b)|\b{_TYPE} {{0}}"


def absent_name(call: ToolCall, question: str, linker: Linker) -> str:
    """The plain words that a linked `call` takes for a name although nothing here has it, or "".

    "what is raised when authentication fails" is about no exception called so: an exception in one
    plain word must be defined here. Several words must be spelled by some name. Not so where the
    question marks the words as a name (quotes, parentheses, "class") or wants a plain yes or no.
    """
    name = call.text("name")
    raised = call.tool == "find_raises"
    if (
        call.tool not in _ABOUT_A_NAME
        or call.text("mode") == "exists"
        or not _PLAIN_WORDS.fullmatch(name)
        or not (raised or " " in name)
        or re.search(_MARKED.format(re.escape(name)), question, re.IGNORECASE)
    ):
        return ""
    known = name in linker.defined_names() if raised else link_name(name, linker).names
    return "" if known else name


def _link_names(call: ToolCall, linker: Linker) -> tuple[ToolCall, tuple[Link, ...]]:
    names = call.arguments["names"]
    assert isinstance(names, tuple)  # the catalogue says so; for the type checker
    links = [link_name(name, linker) for name in names]
    linked = tuple(link.names[0] if link.names else link.typed for link in links)
    changed = tuple(link for link in links if link.names and link.names[0] != link.typed)
    return (call.with_arguments(names=linked) if changed else call), changed


# A definition's header in most languages, for a cheap list of names without parsing.
_HEADER = (
    r"\b(?:def|class|func|function|fn|interface|struct|trait|enum|type|module|record|protocol)"
    r"\s+(?:\([^)]*\)\s*)?[A-Za-z_$][\w$]*"
)


class GrepLinker:
    """A `Linker` over a folder that needs no index: ripgrep answers, each question once."""

    def __init__(self, root: Path, timeout: float = 2.0) -> None:
        self._root = root
        self._timeout = timeout

    def has_word(self, word: str) -> bool:
        """One ripgrep run that stops at the first file."""
        return grep.contains(self._root, word, timeout=self._timeout)

    def same_letters(self, words: str) -> Sequence[str]:
        """Spellings in the code of the same letters, most frequent first."""
        letters = re.sub(r"[\W_]+", "", words)
        if len(letters) < 3:
            return ()
        pattern = r"\b_*" + "[_-]?".join(map(re.escape, letters)) + r"_*\b"
        counts: dict[str, int] = {}
        for line in grep.lines(
            self._root, pattern, ignore_case=True, only_matching=True, timeout=self._timeout
        ):
            counts[line.text] = counts.get(line.text, 0) + 1
        named = [name for name in counts if _IDENTIFIER.match(name)]
        return sorted(named, key=lambda name: (-counts[name], name))

    def defined_names(self) -> Collection[str]:
        """Names behind the definition keywords of most languages."""
        return self._defined

    @cached_property
    def _defined(self) -> frozenset[str]:
        found = grep.lines(self._root, _HEADER, only_matching=True, timeout=self._timeout)
        return frozenset(re.split(r"\W+", line.text)[-1] for line in found)


class IndexLinker(GrepLinker):
    """A `Linker` that asks a repository's index first, and ripgrep for what the index does not know.

    A word counts as there only when one of the files that the index names has it still, so that no
    name that is gone is linked; one that is new since is found by ripgrep.
    """

    def __init__(self, root: Path, index: Index, timeout: float = 2.0) -> None:
        super().__init__(root, timeout)
        self._index = index

    def has_word(self, word: str) -> bool:
        """One look-up in the index, and mostly one file read."""
        return self._stands(word) or super().has_word(word)

    def same_letters(self, words: str) -> Sequence[str]:
        """The index keeps words by their letters."""
        letters = re.sub(r"[\W_]+", "", words).lower()
        if len(letters) < 3:
            return ()
        self._index.known()  # as last written
        counts = self._index.spellings(letters)
        named = [name for name in counts if _IDENTIFIER.match(name) and self._stands(name)]
        named.sort(key=lambda name: (-counts[name], name))
        return named or super().same_letters(words)

    @cached_property
    def _defined(self) -> frozenset[str]:
        self._index.known()
        return self._index.defined() or super()._defined

    def _stands(self, word: str) -> bool:
        from ..executors.postings import MENTION  # loaded with the index; the router needs neither

        self._index.known()  # as last written
        whole = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        for path in sorted(self._index.files_with(MENTION, [word])[word])[:_LOOKED_AT]:
            try:
                if whole.search((self._root / path).read_text("utf-8", "replace")):
                    return True
            except OSError:
                continue
        return False


def linker_for(repository: Repository) -> GrepLinker:
    """The linker of an opened repository: by its index where it has one."""
    if repository.index is not None:
        return IndexLinker(repository.root, repository.index)
    return GrepLinker(repository.root)
