"""`@` in a question: the mention at the cursor, and the files and symbols that it may mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

_MENTION = re.compile(r"(?:^|(?<=[\s(\"'`]))@([\w./:$~-]*)$")
BEST = 8


@dataclass(frozen=True, slots=True)
class Mention:
    """`@text` that ends at the cursor; `start` is the column of the `@`."""

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file or symbol that a mention may stand for."""

    text: str
    kind: Literal["file", "symbol"]


def mention_at(line: str, column: int) -> Mention | None:
    """The mention that is being typed before `column`, if any; an address like a@b is none."""
    found = _MENTION.search(line[:column])
    return Mention(found.start(), found[1]) if found else None


def completed(line: str, column: int, mention: Mention, chosen: str) -> tuple[str, int]:
    """The line with the mention replaced by what was chosen, and the cursor's new column."""
    rest = line[column:]
    gap = "" if rest[:1] in (" ", "?", ",", ".", ")") else " "
    return line[: mention.start] + chosen + gap + rest, mention.start + len(chosen) + len(gap)


class Names:
    """The files and symbols of a repository, for fuzzy search. Thread-safe once made."""

    def __init__(self, files: Iterable[str] = (), symbols: Iterable[str] = ()) -> None:
        self.files = sorted(set(files))
        self.symbols = sorted(set(symbols))
        self._by_letter: dict[str, list[tuple[str, Candidate]]] = {}
        for path in self.files:
            self._note(path.rpartition("/")[2], Candidate(path, "file"))
        for name in self.symbols:
            self._note(name, Candidate(name, "symbol"))

    def _note(self, key: str, candidate: Candidate) -> None:
        for letter in set(key.lower()):
            self._by_letter.setdefault(letter, []).append((key, candidate))

    def best(self, typed: str, limit: int = BEST) -> list[Candidate]:
        """What `typed` most likely means: prefixes first, then parts, then near spellings."""
        if not typed:
            return [Candidate(path, "file") for path in _shallow(self.files, limit)]
        if "/" in typed:
            return self._paths(typed, limit)
        lower = typed.lower()
        rare = min((self._by_letter.get(letter, []) for letter in set(lower)), key=len)
        scored: list[tuple[float, int, str, Candidate]] = []
        for key, candidate in rare:
            score = _score(lower, key)
            if score > 0:
                scored.append((-score, len(candidate.text), candidate.text, candidate))
        if not scored:
            return self._near(lower, limit)
        scored.sort(key=lambda entry: entry[:3])
        return [candidate for _, _, _, candidate in scored[:limit]]

    def _paths(self, typed: str, limit: int) -> list[Candidate]:
        from rapidfuzz import fuzz, process

        lower = typed.lower()
        inside = [path for path in self.files if lower in path.lower()]
        if inside:
            return [Candidate(path, "file") for path in sorted(inside, key=len)[:limit]]
        found = process.extract(
            typed, self.files, scorer=fuzz.partial_ratio, limit=limit, score_cutoff=70
        )
        return [Candidate(path, "file") for path, _, _ in found]

    def _near(self, typed: str, limit: int) -> list[Candidate]:
        from rapidfuzz import fuzz, process

        if len(typed) < 3:
            return []
        pool = [*self.symbols, *self.files]
        found = process.extract(
            typed, pool, scorer=fuzz.ratio, processor=_last, limit=limit, score_cutoff=65
        )
        symbols = len(self.symbols)
        return [Candidate(text, "symbol" if at < symbols else "file") for text, _, at in found]


def _last(name: str) -> str:
    return name.rpartition("/")[2].lower()


def _score(typed: str, key: str) -> float:
    """How well `typed` (in small letters) fits a name: 0 not at all, the more the better."""
    lower = key.lower()
    if lower == typed:
        return 100
    share = len(typed) / len(lower)
    if lower.startswith(typed):
        return 80 + 10 * share
    if typed in lower:
        return 50 + 10 * share
    if len(typed) > 1 and _initials(key).startswith(typed):
        return 45 + 10 * share
    return 20 * share if _in_order(typed, lower) and share > 0.3 else 0


def _initials(key: str) -> str:
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", key)
    return "".join(word[0].lower() for word in words)


def _in_order(typed: str, lower: str) -> bool:
    at = -1
    for letter in typed:
        at = lower.find(letter, at + 1)
        if at < 0:
            return False
    return True


def _shallow(files: Sequence[str], limit: int) -> list[str]:
    return sorted(files, key=lambda path: (path.count("/"), path))[:limit]
