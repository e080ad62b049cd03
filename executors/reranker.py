"""The learned order of candidates: words, place and meaning weighed by a small trained ranker.

`features` turns each candidate into numbers and `Ranker` (two linear scores, `models/retrieval/
ranker.json`) these into an order; the first few of it are read together with the question (`reader`)
and put in order anew. What each is worth stands in docs/retrieval.md.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ModelError
from .ranking import name_stems, split_words
from .reader import reader
from .repository import is_test_path
from .search import Search
from .shortlist import Ranked, is_aside, with_bodies
from .units import Unit
from .vectors import Bag, Encoder, bag, model_folder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

MOST = 100  # candidates that are looked at closely
READ = 12  # of these, those that are read together with the question
_FIELDS = ("name", "container", "path", "signature", "doc", "members", "body")
# Words of the languages themselves: they say nothing of what code is about.
_SYNTAX = frozenset(
    """def self cls return returns if else elif for while in is not and or none null nil true false
    function const let var new this class struct func fn pub impl mut static final public private
    protected void int str string bool float any object err try except catch finally raise throw
    throws import from export default async await yield with as lambda pass break continue case
    switch undefined typeof instanceof end do then len""".split()  # noqa: SIM905
)
_KINDS = (
    ("function", "method", "macro"),
    ("class", "interface", "struct", "trait", "enum", "type"),
    ("module",),
    ("section",),
)
FEATURES = (
    "bm25 of best", "bm25 of most", "log rank", "1 / rank", "cover",
    *(f"cover {name}" for name in _FIELDS),
    "name made of query", "query words in name",
    "callable", "type", "module", "section",
    "test", "aside", "log size", "private", "dunder", "log in file", "file best", "file sum",
    "documented", "depth", "terms", "called by", "calls",
    "cosine", "cosine of best", "cosine rank",
)  # fmt: skip


def passage(unit: Unit) -> str:
    """What the encoder reads of a candidate."""
    return described(unit.path, unit.name, unit.doc, f"{unit.signature} {unit.body}")


def described(path: str, name: str, doc: str, code: str) -> str:
    """A definition as words: its name, comment, place, and each word of its code once.

    An identifier or a bracket costs the encoder pieces that say nothing; its words do. The pairs
    that the encoder is trained on are put in the same form (`distill/train_encoder.py`).
    """
    named = split_words(name)
    comment = " ".join(doc.split())[:160]
    place = split_words("/".join(path.rpartition(".")[0].split("/")[-2:]))
    seen = {*named, *_SYNTAX}
    words = (word for word in dict.fromkeys(split_words(code[:1_600])) if word not in seen)
    rest = [word for word in words if len(word) > 1 or not word.isascii()][:60]
    return f"{' '.join(named)}. {comment} ({' '.join(place)}) {' '.join(rest)}"


def cosines(query: str, passages: Sequence[str], by: Bag | Encoder) -> list[float]:
    """How near each passage's meaning is to the query's, in [-1, 1]."""
    if not passages:
        return []
    found = by.encode([query, *passages])
    return [float(x) for x in found[1:] @ found[0]]


def features(ranked: Ranked, units: Sequence[Unit], near: Sequence[float]) -> Numbers:
    """One row of `FEATURES` a unit; `near` has the cosines, all 0 where there is no encoder."""
    import numpy as np

    total = ranked.scorer.total
    best = max((unit.score for unit in units), default=0.0) or 1.0
    nearest = max(near, default=0.0)
    by_nearness = sorted(range(len(units)), key=lambda i: -near[i])
    place = {i: position for position, i in enumerate(by_nearness)}
    files = Counter(unit.path for unit in ranked.units)
    sums: dict[str, list[float]] = {}
    for unit in ranked.units:
        sums.setdefault(unit.path, []).append(unit.score)
    calling, called = _calls(units, best)
    rows = []
    for rank, unit in enumerate(units):
        last = unit.name.rpartition(".")[2]
        stems = set(name_stems(last))
        known = [stem for stem in stems if stem in ranked.query.terms]
        scores = sums[unit.path]
        rows.append((
            unit.score / best, unit.score / total, math.log(1 + rank), 1 / (1 + rank),
            ranked.cover(unit),
            *(ranked.scorer.cover(unit.counts.fields.get(name, ())) for name in _FIELDS),
            len(known) / max(1, len(stems)), len(known),
            *(unit.kind in kinds for kinds in _KINDS),
            is_test_path(unit.path), is_aside(unit.path), math.log(unit.counts.size + 1),
            last.startswith("_"), last.startswith("__"), math.log(1 + files[unit.path]),
            scores[0] / best, sum(scores[:5]) / best, bool(unit.doc), unit.path.count("/"),
            len(ranked.query.terms), calling[rank], called[rank], near[rank], near[rank] - nearest,
            place[rank] / MOST,
        ))  # fmt: skip
    return np.array(rows, dtype=np.float64).reshape(-1, len(FEATURES))


def _calls(units: Sequence[Unit], best: float) -> tuple[list[float], list[float]]:
    """Of each unit the scores (1 = the best) of those that call it, and of those that it calls."""
    names = [unit.name.rpartition(".")[2] for unit in units]
    by_name: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        by_name.setdefault(name, []).append(index)
    calling, called = [0.0] * len(units), [0.0] * len(units)
    for index, unit in enumerate(units):
        for name in unit.calls & by_name.keys():
            if name != names[index]:
                for other in by_name[name]:
                    calling[other] += unit.score / best / len(by_name[name])
                    called[index] += units[other].score / best / len(by_name[name])
    return [math.sqrt(x) for x in calling], [math.sqrt(x) for x in called]


PRESENCE = (
    "best", "near", "near three", "cover", "widest", "missing", "terms", "in a name", "read",
)  # fmt: skip
# Of those that are read: how they stood before, and what the reader says.
READING = ("odds", "rank", "read", "read of best", "read rank")


def reading_features(odds: Sequence[float], scores: Sequence[float]) -> Numbers:
    """One row of `READING` a candidate that was read; they come in the order of their odds."""
    import numpy as np

    best = sorted(range(len(scores)), key=lambda i: -scores[i])
    place = {i: position for position, i in enumerate(best)}
    return np.array(
        [
            (odds[i] - odds[0], math.log(1 + i), score, score - scores[best[0]], place[i] / READ)
            for i, score in enumerate(scores)
        ],
        dtype=np.float64,
    ).reshape(-1, len(READING))


def presence_features(ranked: Ranked, rows: Numbers, near: Sequence[float]) -> Numbers:
    """What tells whether a described behaviour is there at all: the numbers of `PRESENCE`.

    `rows` are the features of the candidates; "best" and "read" are left 0 for the ranker to fill.
    """
    import numpy as np

    top = sorted(near, reverse=True)[:3]
    covers = [ranked.cover(unit) for unit in ranked.units[:10]]
    total = ranked.scorer.total
    missing = sum(
        ranked.scorer.idf[term] * share
        for term, share in ranked.query.terms.items()
        if not ranked.found[term]
    )
    in_name = rows[:, FEATURES.index("name made of query")].max() if len(rows) else 0.0
    return np.array(
        [0.0, max(near, default=0.0), sum(top) / 3, covers[0] if covers else 0.0,
         max(covers, default=0.0), missing / total, len(ranked.query.terms), in_name, 0.0]
    )  # fmt: skip


@dataclass(frozen=True)
class Weights:
    """A logistic regression over standardised numbers."""

    mean: Numbers
    scale: Numbers
    weights: Numbers
    bias: float

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Weights:
        """From the JSON form; `KeyError` or `TypeError` when it is another."""
        import numpy as np

        mean, scale, weights = (np.array(raw[name], float) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(raw["bias"]))

    def odds(self, rows: Numbers) -> Numbers:
        """Log odds, one a row."""
        return (rows - self.mean) / self.scale @ self.weights + self.bias


@dataclass(frozen=True)
class Ranker:
    """The order of candidates, that of those that are read, and whether an answer is among them.

    `yes` and `list` are the least probabilities for a "yes" and for showing a list.
    """

    order: Weights
    reading: Weights
    presence: Weights
    yes: float
    list: float

    @classmethod
    def load(cls, folder: Path) -> Ranker:
        """Reads `ranker.json`; raises `ModelError` where it is missing or of another version."""
        try:
            raw = json.loads((folder / "ranker.json").read_text("utf-8"))
            written = raw["features"], raw["reading_features"], raw["presence_features"]
            fits = written == (list(FEATURES), list(READING), list(PRESENCE))
            made = cls(
                Weights.of(raw["order"]), Weights.of(raw["reading"]), Weights.of(raw["presence"]),
                float(raw["yes"]), float(raw["list"]),
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"The ranker in '{folder}' is missing or broken; reinstall codeask."
            ) from error
        if not fits:
            raise ModelError(f"The ranker in '{folder}' is of another version; reinstall codeask.")
        return made

    def judge(
        self, ranked: Ranked, units: Sequence[Unit], near: Sequence[float],
        read: Callable[[Sequence[int]], Sequence[float]],
    ) -> Judged:  # fmt: skip
        """The units in their learned order and how likely the behaviour is there at all.

        `read` gives the reader's scores of the units of some numbers.
        """
        rows = features(ranked, units, near)
        if not units:
            return Judged((), 0.0)
        odds = self.order.odds(rows)
        order = sorted(range(len(units)), key=lambda i: -odds[i])
        first = order[:READ]
        scores = read(first)
        again = self.reading.odds(reading_features([float(odds[i]) for i in first], scores))
        order[:READ] = [first[k] for k in sorted(range(len(first)), key=lambda k: -again[k])]
        about = presence_features(ranked, rows, near)
        about[PRESENCE.index("best")] = odds.max()
        about[PRESENCE.index("read")] = max(scores)
        there = 1 / (1 + math.exp(-float(self.presence.odds(about))))
        return Judged(tuple(units[i] for i in order), there)


@dataclass(frozen=True, slots=True)
class Judged:
    """Candidates, best first, and the probability that the described behaviour is among them."""

    units: tuple[Unit, ...]
    there: float


@cache
def ranker() -> Ranker:
    """The shipped ranker, loaded once a process."""
    return Ranker.load(model_folder())


def rerank(search: Search, ranked: Ranked) -> Judged:
    """Looks closely at the best `MOST` candidates; those behind keep their order."""
    units = ranked.units[:MOST]
    with_bodies(search, units)
    search.remaining()
    query, passages = ranked.query.text, [passage(unit) for unit in units]

    def read(numbers: Sequence[int]) -> Sequence[float]:
        search.remaining()
        return reader().read(query, [passages[i] for i in numbers])

    judged = ranker().judge(ranked, units, cosines(query, passages, bag()), read)
    return Judged((*judged.units, *ranked.units[MOST:]), judged.there)
