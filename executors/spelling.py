"""Mistyped words of a query: what they most likely meant among the words that a repository has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from . import grep
from .ranking import Query, stem
from .search import Search

_SHORTEST = 5  # letters; of so short words only swapped letters are put right
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MOST = 2  # words that are looked for: each costs a search
_LEAST = 2  # times that a word must stand in the repository


def variants(word: str) -> set[str]:
    """The words that are one slip of the hand away: a letter left out, doubled, wrong or swapped.

    (Damerau 1964.) The first letter is taken to be right.
    """
    inner = range(1, len(word))
    found = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 1)}
    if len(word) > _SHORTEST:
        found |= {word[:i] + word[i + 1 :] for i in inner}
        found |= {word[:i] + letter + word[i + 1 :] for i in inner for letter in _LETTERS}
        found |= {word[:i] + letter + word[i:] for i in (*inner, len(word)) for letter in _LETTERS}
    return found - {word}


def corrected(search: Search, query: Query, missing: Iterable[str]) -> Query:
    """The query with those of its `missing` terms replaced that are mistyped; a note tells it."""
    instead: dict[str, str] = {}
    for term in sorted(missing, key=len, reverse=True)[:_MOST]:
        word = query.words[term]
        if len(word) < _SHORTEST or not (word.isascii() and word.isalpha()):
            continue
        meant = _likeliest(search, word)
        if meant and stem(meant) not in query.terms:
            instead[term] = meant
            search.note(f"Read '{word}' as '{meant}': no file here has the first.")
    if not instead:
        return query
    renamed = {term: stem(meant) for term, meant in instead.items()}
    return Query(
        query.text,
        {renamed.get(term, term): share for term, share in query.terms.items()},
        {renamed.get(term, term): instead.get(term, word) for term, word in query.words.items()},
    )


def _likeliest(search: Search, word: str) -> str:
    near = variants(word)
    found = grep.lines(
        search.repository.root, "|".join(sorted(near)), word=True, ignore_case=True,
        only_matching=True, suffixes=search.suffixes(), timeout=search.remaining(),
    )  # fmt: skip
    counts = Counter(line.text.lower() for line in found)
    best = max(sorted(counts), key=counts.__getitem__, default="")
    return best if best in near and counts[best] >= _LEAST else ""
