"""What evidence states, sentence by sentence, and how a sentence lies over the nearest of it.

A sentence that words one or two statements has their words in their order and few of its own; one that
puts true names together anew has not. The support layer reads the sentence beside those statements.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..executors.results import Match, ToolResult
from .clauses import clauses_of
from .evidence import flat
from .plain import BY_CLAUSES, sentences
from .reading import parts
from .safe import unaddressed
from .verify import citations, uncited

MOST_PLACES: Final = 6
MOST_LINES: Final = 80
_TOKEN: Final = re.compile(r"[A-Za-z_$][\w$]*|\d+(?:\.\d+)*")
_HUMP: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENDING: Final = re.compile(r"(?:ing|ed|es|s|er|ly|e)$")
_TICKED: Final = re.compile(r"`([^`]+)`")
_GLUE: Final = frozenset(
    ["the", "a", "an", "of", "to", "in", "is", "are", "was", "it", "its", "and", "or", "for", "on", "by",
     "with", "that", "this", "as", "at", "be", "does", "do", "there", "which", "so", "then", "also",
     "under", "here", "has", "have", "when", "one", "them", "they", "their", "these", "those", "line",
     "say", "says", "written", "comment", "place", "defined", "named", "called", "yes"]
)  # fmt: skip
_AGAINST: Final = frozenset(
    ["not", "no", "never", "nothing", "none", "without", "cannot", "neither", "nor", "unless", "nowhere"]
)  # fmt: skip
# What a sentence says that a thing does: words for the same are one.
RELATIONS: Final = {
    stem: relation
    for relation, stems in {
        "call": ("call", "calls", "calling", "invoke", "invokes", "runs"),
        "return": ("return", "returns", "returned", "gives", "yields"),
        "raise": ("raise", "raises", "raised", "throw", "throws", "thrown", "raising"),
        "catch": ("catch", "catches", "caught", "handles", "except"),
        "take": ("take", "takes", "accepts", "parameter", "parameters", "argument", "arguments"),
        "set": ("set", "sets", "assigns", "assigned", "stores", "writes"),
        "extend": ("extend", "extends", "inherits", "subclass", "subclasses", "implements"),
        "test": ("test", "tests", "checks"),
        "import": ("import", "imports", "imported"),
        "use": ("use", "uses", "used"),
        "create": ("create", "creates", "created", "constructs", "builds"),
        "by": ("by",),
    }.items()
    for stem in stems
}


@dataclass(frozen=True, slots=True)
class Laid:
    """A sentence over the nearest statements: `best` (at most `MOST`), best first, and `numbers`, all
    within [0, 1]."""

    best: tuple[str, ...]
    numbers: tuple[float, ...]


MOST: Final = 6
COUNT: Final = 16


def statements(result: ToolResult, numbers: Sequence[int], sentence: str) -> list[tuple[int, str]]:
    """What the places `numbers` (from 1) state, each with its number; 0 is the result as a whole."""
    found: list[tuple[int, str]] = []
    if result.call.tool not in BY_CLAUSES or not result.matches:
        told = sentences(result, cite=False)
        found += [(0, part) for part in re.split(r"(?<=[.;:])\s", told) if part]
        found.append((0, told))
    if result.note:
        found.append((0, result.note))
    found += [(0, f"{key} {flat(value)}") for key, value in result.facts.items()]
    found += [(0, f"{result.call.tool.replace('_', ' ')} {flat(dict(result.call.arguments))}")]
    for number in numbers:
        match = result.matches[number - 1]
        found += [(number, clause.text) for clause in clauses_of(result, number - 1, sentence)]
        text = unaddressed(match.text)
        _, comments, docs = parts(text)
        found += [(number, told) for told in [*docs, *comments]]
        found += [(number, line.strip()) for line in text.split("\n")[:MOST_LINES] if line.strip()]
        found.append((number, f"{match.name} {match.role} {match.kind} {match.path}:{match.line}"))
    return found


def places_of(sentence: str, result: ToolResult) -> list[int]:
    """The numbers of the places that a sentence stands on: those it cites, else the nearest three."""
    cited = [n for n in dict.fromkeys(citations(sentence)) if 1 <= n <= len(result.matches)]
    if cited:
        return cited[:MOST_PLACES]
    words = set(_tokens(uncited(sentence)))

    def shared(number: int) -> int:
        match = result.matches[number - 1]
        return len(words & set(_tokens(f"{match.name} {match.path} {match.text}")))

    return sorted(range(1, len(result.matches) + 1), key=lambda n: (-shared(n), n))[:3]


def _tokens(text: str) -> list[str]:
    """Names as they stand, words cut to their stems, relations by their kind; glue left out."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        lower = token.lower()
        if lower in RELATIONS:
            found.append(f"<{RELATIONS[lower]}>")
        elif lower not in _GLUE:
            found.append(_ENDING.sub("", lower) if len(lower) > 4 and lower.isalpha() else lower)
    return found


def lay(sentence: str, result: ToolResult) -> Laid:
    """The statements nearest to a sentence, and how it differs from them."""
    bare = uncited(sentence)
    own = _tokens(bare)
    numbers = places_of(sentence, result)
    known: set[str] = set()
    for number in numbers:
        known |= set(_subject(result.matches[number - 1]))
    made = [(text, _tokens(text)) for _, text in statements(result, numbers, bare)]
    scored = sorted(
        ((_worth(own, tokens), -at) for at, (_, tokens) in enumerate(made)), reverse=True
    )
    ranked = [-at for worth, at in scored if worth > 0]
    best = [made[at][0] for at in _distinct(ranked, made)][:MOST]
    first = made[ranked[0]][1] if ranked else []
    second = max((made[at][1] for at in ranked), key=lambda t: _union(own, first, t), default=[])
    return Laid(tuple(best), _numbers(bare, own, known, first, second, [t for _, t in made]))


def _distinct(ranked: Sequence[int], made: Sequence[tuple[str, list[str]]]) -> list[int]:
    chosen: list[int] = []
    for at in ranked:
        if all(not set(made[at][1]) <= set(made[other][1]) for other in chosen):
            chosen.append(at)
        if len(chosen) == MOST:
            break
    return chosen


def _subject(match: Match) -> list[str]:
    stem = match.path.rpartition("/")[2]
    return _tokens(f"{match.name} {match.name.rpartition('.')[2]} {match.kind} {stem}")


def _worth(own: Sequence[str], tokens: Sequence[str]) -> float:
    shared = sum((Counter(own) & Counter(tokens)).values())
    return (
        2 * shared * shared / ((len(own) or 1) * (len(own) + min(len(tokens), 2 * len(own)) or 1))
    )


def _union(own: Sequence[str], first: Sequence[str], second: Sequence[str]) -> int:
    return sum((Counter(own) & (Counter(first) | Counter(second))).values())


def _in_order(own: Sequence[str], tokens: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(tokens) + 1)
    for one in own:
        before = 0
        for at, other in enumerate(tokens, 1):
            before, row[at] = row[at], before + 1 if one == other else max(row[at], row[at - 1])
    return row[-1]


def _numbers(
    bare: str, own: list[str], known: set[str], first: list[str], second: list[str],
    every: Sequence[Sequence[str]],
) -> tuple[float, ...]:  # fmt: skip
    count = len(own) or 1
    names = [t for code in _TICKED.findall(bare) for t in _tokens(code)]
    other = [token for token in own if token not in known]
    joined = set(first) | set(second)
    anywhere = {token for tokens in every for token in tokens}
    relations = [t for t in own if t.startswith("<")]
    order = max(_in_order(other, [*first, *second]), _in_order(other, [*second, *first]))
    pairs = list(itertools.pairwise(own))
    there = {pair for tokens in (first, second) for pair in itertools.pairwise(tokens)}
    against = [t for t in _TOKEN.findall(bare.lower()) if t in _AGAINST or t.endswith("n't")]
    theirs = [t for t in joined if t in _AGAINST]
    digits = [t for t in own if t[0].isdigit()]
    loose = [t for t in other if t not in joined]
    return (
        _in_order(own, first) / count,
        sum(t in set(first) for t in own) / count,
        sum(t in joined or t in known for t in own) / count,
        order / (len(other) or 1),
        min(len(loose), 8) / 8,
        min(sum(t not in anywhere and t not in known for t in own), 8) / 8,
        sum(t not in set(first) | known for t in names) / (len(names) or 1),
        sum(t not in joined | known for t in names) / (len(names) or 1),
        float(bool(relations)),
        sum(t not in joined for t in relations) / (len(relations) or 1),
        float(bool(against) != bool(theirs)), float(bool(against)),
        sum(t not in joined for t in digits) / (len(digits) or 1),
        sum(pair in there for pair in pairs) / (len(pairs) or 1),
        min(count, 24) / 24,
        float(not other),
    )  # fmt: skip
