"""`codeask distill train-ranker`: which candidate a developer points at, learned from labels.

The right places are those that the worked answers of the traces cite, and those written down beside
labelled questions. Candidates and their features come from the very code that answers questions.
Fitted on the splits `train` and `validation`, the reader's weight on the traces alone, which the
reader has not seen; what is said of `test` is measured on codebases that nothing here has seen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from ..executors.catalog import ToolCall
from ..executors.ranking import Weights
from ..executors.reader import reader
from ..executors.repository import Repository
from ..executors.reranker import (
    FEATURES,
    MOST,
    PRESENCE,
    READ,
    READING,
    cosines,
    features,
    passage,
    presence_features,
    reading_features,
)
from ..executors.results import Match
from ..executors.search import Search
from ..executors.shortlist import rank, with_bodies
from ..executors.units import Unit
from ..executors.vectors import Bag, Encoder, bag
from . import summary
from .corpora import default_folder, split_of
from .labelled import QUESTIONS
from .traces import TeacherTrace, records, shipped

PRESENT = Path(__file__).parent / "data" / "presence.jsonl"
PENALTY = 0.03  # 0.01 … 0.1 differ by less than a point, codebases held out
MOST_FALSE_YES = 0.08  # of the absent behaviours, codebases held out; 0.1 are allowed
MOST_LOST = 0.02  # of the answerable questions, by the cut-off of lists
# A `locate` whose worked answer says that what was found is not it: its places answer nothing.
NOT_THERE = ("off_topic", "empty", "unanswered")
GROUPS = ("locate", "explain", "explain a name")
_WHOLE = ("file", "module")
_BROAD = ("class", "interface", "struct", "module", "file", "section", "type")


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates: a row of features each and which cited places it `answers`.

    `places` is how many places are cited, `passages` what is read of each candidate. Of a question
    about presence, `answers` is of no use and `present` the answer. `told_by` is the tag of what
    gave the candidates' vectors. `source` is "trace", "question" or "presence".
    """

    repo: str
    split: str
    group: str
    rows: list[list[float]]
    about: list[float]
    answers: list[list[int]]
    places: int = 0
    present: bool | None = None
    query: str = ""
    passages: list[str] = field(default_factory=list[str])
    told_by: str = ""
    source: str = ""

    @property
    def right(self) -> list[bool]:
        """Of each candidate, whether it was cited."""
        return [bool(numbers) for numbers in self.answers]


def cited(trace: TeacherTrace) -> list[Match]:
    """The places that a worked answer points at."""
    numbers = {int(n) for n in re.findall(r"\[(\d+)\]", trace.answer)}
    return [match for n, match in enumerate(trace.evidence, 1) if n in numbers]


def answers(unit: Unit | Match, place: Match) -> bool:
    """Whether a unit is a cited place: the same name there, or a function over the same lines."""
    if unit.path != place.path:
        return False
    if unit.name and _last(unit.name) == _last(place.name):
        return True
    if unit.kind in _WHOLE and place.kind in _WHOLE:
        return True
    return unit.kind not in _BROAD and unit.line <= place.end_line and place.line <= unit.end_line


def _last(name: str) -> str:
    return name if "/" in name else re.split(r"[.:#]+", name)[-1]


def questions(repo: str) -> Iterator[tuple[ToolCall, list[Match] | None, bool | None]]:
    """(call, cited places, None) of traces and labelled questions, (call, None, present) of others.

    The latter are the presence questions and the labelled ones to which the answer is no.
    """
    for _, call, places, present in sourced(repo):
        yield call, places, present


Asked = tuple[str, ToolCall, list[Match] | None, bool | None]


def sourced(repo: str) -> Iterator[Asked]:
    """`questions` after where each is from: "trace", "question" or "presence"."""
    for trace in shipped():
        if trace.repo == repo and trace.calls and trace.calls[0].tool in ("locate", "explain"):
            places = cited(trace)
            not_there = trace.calls[0].tool == "locate" and trace.special in NOT_THERE
            if places and not not_there:
                yield "trace", trace.calls[0], places, None
    for row in _labelled().get(repo, ()):
        call, places = ToolCall.from_json(row["call"]), row["places"]
        if places:
            yield "question", call, [_place(place) for place in places], None
        elif call.text("mode") == "exists":
            yield "presence", call, None, False
    for line in PRESENT.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["repo"] == repo:
            arguments = {"query": row["query"], "mode": "exists"}
            call = ToolCall.from_json({"tool": "locate", "arguments": arguments})
            yield "presence", call, None, bool(row["present"])


@cache
def _labelled() -> Mapping[str, list[dict[str, Any]]]:
    """By codebase, the questions of `data/questions` whose right places are written down."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in records(sorted(QUESTIONS.glob("*.jsonl"))):
        if row["call"]["tool"] in ("locate", "explain") and "places" in row:
            found.setdefault(row["repo"], []).append(row)
    return found


def _place(place: Mapping[str, Any]) -> Match:
    line = place["line"]
    return Match(place["path"], line, line, place["name"], "", "", "relevant")


def group_of(call: ToolCall) -> str:
    """The one of `GROUPS` that a question belongs to."""
    return "explain a name" if call.text("name") else call.tool


def collect(repo: str, split: str, root: Path) -> Iterator[Example]:
    """The examples of one codebase."""
    repository = Repository(root)
    for source, call, cited_places, present in sourced(repo):
        places = [p for p in cited_places or () if (root / p.path).is_file()]
        text = call.text("query") or call.text("name")
        if (present is None and not places) or not text:
            continue
        search = Search(repository, call, time.monotonic() + 120)
        ranked = rank(search, text, Weights())
        units = ranked.units[:MOST]
        with_bodies(search, units)
        passages = [passage(unit) for unit in units]
        near = cosines(ranked.query.text, passages, bag())
        rows = features(ranked, units, near)
        about = presence_features(ranked, rows, near)
        yield Example(
            repo, split, "presence" if places == [] else group_of(call), rows.tolist(),
            about.tolist(),
            [[n for n, p in enumerate(places) if answers(unit, p)] for unit in units],
            len(places), present, ranked.query.text, passages, bag().tag, source,
        )  # fmt: skip


class Reads:
    """The reader's scores of examples' candidates, kept in a file from one fit to the next."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known: dict[str, float] = {}
        if path is not None and path.is_file():
            for line in path.read_text("utf-8").splitlines():
                self._known.update(json.loads(line))

    def of(self, example: Example, numbers: Sequence[int]) -> list[float]:
        """The scores of the candidates with these numbers."""
        keys = [f"{example.query}\n{example.passages[i]}" for i in numbers]
        new = list(dict.fromkeys(key for key in keys if key not in self._known))
        if new:
            texts = [key.removeprefix(f"{example.query}\n") for key in new]
            made = dict(zip(new, reader().read(example.query, texts), strict=True))
            self._known |= made
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(made) + "\n")
        return [self._known[key] for key in keys]


def gains(answered: Iterable[Sequence[int]], places: int) -> tuple[float, float, float, float]:
    """hit@1, hit@5, reciprocal rank, NDCG@10 of the first ten in order; each cited place counts once.

    `answered` has the numbers of the cited places that each one answers.
    """
    seen, hits = set[int](), list[int]()
    for position, numbers in enumerate(islice(answered, 10)):
        new = next((n for n in numbers if n not in seen), None)
        if new is not None:
            seen.add(new)
            hits.append(position)
    ideal = sum(1 / math.log2(i + 2) for i in range(min(places, 10)))
    gained = sum(1 / math.log2(i + 2) for i in hits)
    first = hits[0] if hits else 99
    return float(first < 1), float(first < 5), 1 / (first + 1) if hits else 0.0, gained / ideal


def fit_order(examples: Sequence[Example]) -> dict[str, Any]:
    """Linear scores under which a softmax over a question's candidates falls on the cited ones."""
    return _listwise([(e.rows, e.right) for e in examples])


def fit_reading(examples: Sequence[Example], order: Mapping[str, Any], reads: Reads) -> Any:
    """The same over the candidates that are read; None where no example has any."""
    lists = [
        (reading_rows(e, order, reads), [e.right[i] for i in first_read(e, order)])
        for e in examples if e.source == "trace" and any(e.right)
    ]  # fmt: skip
    return _listwise(lists)


def first_read(example: Example, order: Mapping[str, Any]) -> list[int]:
    """The numbers of the candidates that are read, in the order before."""
    return in_order(order, example.rows)[:READ]


def in_order(model: Mapping[str, Any], rows: Sequence[Sequence[float]]) -> list[int]:
    """The numbers of rows, best first."""
    import numpy as np

    return [int(i) for i in np.argsort(-odds(model, rows), kind="stable")] if len(rows) else []


def reading_rows(example: Example, order: Mapping[str, Any], reads: Reads) -> list[list[float]]:
    """`reading_features` of the candidates that are read."""
    first = first_read(example, order)
    scores = odds(order, [example.rows[i] for i in first])
    return reading_features([float(x) for x in scores], reads.of(example, first)).tolist()


def final_order(
    example: Example, order: Mapping[str, Any], reading: Mapping[str, Any] | None, reads: Reads
) -> list[int]:
    """The numbers of the candidates, best first; without `reading` as they are before it."""
    found = in_order(order, example.rows)
    if reading is not None and found:
        again = in_order(reading, reading_rows(example, order, reads))
        found[:READ] = [found[i] for i in again]
    return found


def _listwise(lists: Sequence[tuple[Sequence[Sequence[float]], Sequence[bool]]]) -> dict[str, Any]:
    """(ListNet's top-one likelihood, Cao et al. 2007, of all cited candidates together.)"""
    import numpy as np
    from scipy.optimize import minimize
    from sklearn.preprocessing import StandardScaler

    chosen = [(rows, right) for rows, right in lists if any(right) and not all(right)]
    scaler = StandardScaler().fit(np.array([row for rows, _ in chosen for row in rows]))
    scaled = [(scaler.transform(rows), np.array(right)) for rows, right in chosen]

    def loss(weights: Any) -> tuple[float, Any]:
        total, slope = 0.0, np.zeros_like(weights)
        for rows, right in scaled:
            scores = rows @ weights
            share = np.exp(scores - scores.max())
            share /= share.sum()
            cited = share[right].sum() + 1e-12
            total -= math.log(cited)
            slope -= rows.T @ (share * right / cited - share)
        count = len(scaled)
        return total / count + PENALTY * weights @ weights, slope / count + 2 * PENALTY * weights

    start = np.zeros(scaled[0][0].shape[1])
    weights = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    return {
        "mean": _plain(scaler.mean_), "scale": _plain(scaler.scale_),
        "weights": _plain(weights), "bias": 0.0,
    }  # fmt: skip


def _plain(values: Any) -> list[float]:
    return [round(float(x), 6) for x in values]


def fit_presence(
    examples: Sequence[Example], order: Mapping[str, Any], reads: Reads
) -> tuple[dict[str, Any], float, float]:
    """The yes-or-no regression and its thresholds for a "yes" and for a list, by codebases held out.

    `yes` lets few enough absent behaviours through; `list` loses few enough of the traces whose
    cited place is among the first five.
    """
    import numpy as np

    asked = [e for e in examples if e.present is not None and e.rows]
    rows = np.array([about(e, order, reads) for e in asked])
    present = np.array([bool(e.present) for e in asked])
    found = [e for e in examples if e.source == "trace" and _first(e, order) < 5]
    found_rows = np.array([about(e, order, reads) for e in found])
    held, held_found = np.zeros(len(asked)), np.zeros(len(found))
    for repo in sorted({e.repo for e in (*asked, *found)}):
        out = np.array([e.repo == repo for e in asked])
        model = _logistic(rows[~out], present[~out], np.ones((~out).sum()), 0.3)
        if out.any():
            held[out] = probability(model, rows[out])
        here = np.array([e.repo == repo for e in found], dtype=bool)
        if here.any():
            held_found[here] = probability(model, found_rows[here])
    yes = float(np.quantile(held[~present], 1 - MOST_FALSE_YES))
    least = min(yes, float(np.quantile(held_found, MOST_LOST))) if len(found) else yes / 5
    fitted = _logistic(rows, present, np.ones(len(asked)), 0.3)
    return fitted, round(yes, 3), round(least, 3)


def _first(example: Example, order: Mapping[str, Any]) -> int:
    """The place of the first cited candidate in the learned order, from 0; 99 where there is none."""
    best = in_order(order, example.rows)
    return next((p for p, i in enumerate(best) if example.right[i]), 99)


def about(example: Example, order: Mapping[str, Any], reads: Reads) -> list[float]:
    """The presence features with the ranker's and the reader's best filled in."""
    told = list(example.about)
    told[PRESENCE.index("best")] = float(odds(order, example.rows).max())
    told[PRESENCE.index("read")] = max(reads.of(example, first_read(example, order)))
    return told


def odds(model: Mapping[str, Any], rows: Any) -> Any:
    """Log odds of rows under a fitted model's JSON form."""
    import numpy as np

    scaled = (np.asarray(rows) - np.array(model["mean"])) / np.array(model["scale"])
    return scaled @ np.array(model["weights"]) + model["bias"]


def probability(model: Mapping[str, Any], rows: Any) -> Any:
    """Probabilities of rows under a fitted model's JSON form."""
    import numpy as np

    return 1 / (1 + np.exp(-odds(model, rows)))


def _logistic(rows: Any, right: Any, weights: Any, strength: float) -> dict[str, Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(rows)
    model = LogisticRegression(C=strength, max_iter=2_000)
    model.fit(scaler.transform(rows), right, sample_weight=weights)

    return {
        "mean": _plain(scaler.mean_), "scale": _plain(scaler.scale_),
        "weights": _plain(model.coef_[0]), "bias": round(float(model.intercept_[0]), 6),
    }  # fmt: skip


def figures(
    examples: Sequence[Example], ordered: Callable[[Example], Sequence[int]]
) -> dict[str, list[float]]:
    """Of each of `GROUPS` and of all: how many, hit@1, hit@5, MRR, NDCG@10 among the candidates."""
    import numpy as np

    by_group: dict[str, list[tuple[float, float, float, float]]] = {"all": []}
    for e in examples:
        if e.present is None:
            found = gains([e.answers[i] for i in ordered(e)], e.places)
            by_group.setdefault(e.group, []).append(found)
            by_group["all"].append(found)
    return {
        group: [len(by_group[group]), *(round(float(x), 3) for x in np.mean(by_group[group], 0))]
        for group in (*GROUPS, "all") if by_group.get(group)
    }  # fmt: skip


def presence_figures(
    examples: Sequence[Example], ranker: Mapping[str, Any], reads: Reads
) -> dict[str, float]:
    """How many absent and present behaviours were asked for, and what share of each got a yes."""
    asked: dict[bool, list[bool]] = {True: [], False: []}
    for e in examples:
        if e.present is not None:
            told = [about(e, ranker["order"], reads)] if e.rows else []
            there = probability(ranker["presence"], told)[0] if told else 0.0
            asked[e.present].append(bool(there >= ranker["yes"]))
    return {
        "absent": len(asked[False]), "false yes": _share(asked[False]),
        "present": len(asked[True]), "yes": _share(asked[True]),
    }  # fmt: skip


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0


def train(examples: Sequence[Example], out: Path, reads: Reads) -> dict[str, Any]:
    """Fits on what is not `test`, writes `ranker.json`, gives the figures by split."""
    seen = [e for e in examples if e.split != "test"]
    order = fit_order(seen)
    reading = fit_reading(seen, order, reads)
    presence, yes, least = fit_presence(seen, order, reads)
    made: dict[str, Any] = {
        "features": list(FEATURES), "reading_features": list(READING),
        "presence_features": list(PRESENCE),
        "order": order, "reading": reading, "presence": presence, "yes": yes, "list": least,
    }  # fmt: skip
    told: dict[str, Any] = {}
    for split in ("validation", "test"):
        some = [e for e in examples if e.split == split]
        if some:
            placed = figures(some, lambda e: final_order(e, order, reading, reads))
            told[split] = {**placed, **presence_figures(some, made, reads)}
    told["each codebase held out"] = held_out(seen, reads)
    rows = json.dumps([asdict(e) for e in seen], sort_keys=True)
    made["figures"], made["data_sha256"] = told, hashlib.sha256(rows.encode()).hexdigest()
    out.mkdir(parents=True, exist_ok=True)
    (out / "ranker.json").write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    return told


def held_out(examples: Sequence[Example], reads: Reads | None) -> dict[str, list[float]]:
    """Of the traces, the figures where each codebase is ordered by what was fitted on the others.

    Without `reads`, in the order before the reader.
    """
    placed: dict[int, list[int]] = {}
    traces = [e for e in examples if e.source == "trace"]
    for repo in sorted({e.repo for e in traces}):
        others = [e for e in examples if e.repo != repo]
        order = fit_order(others)
        reading = fit_reading(others, order, reads) if reads is not None else None
        for e in traces:
            if e.repo == repo:
                placed[id(e)] = final_order(e, order, reading, reads or Reads())
    return figures(traces, lambda e: placed[id(e)])


PARTS: dict[str, tuple[str, ...]] = {
    "meaning": ("cosine", "cosine of best", "cosine rank"),
    "fields": tuple(name for name in FEATURES if name.startswith("cover")),
    "kinds": ("callable", "type", "module", "section"),
    "name": ("name made of query", "query words in name", "private", "dunder"),
    "path": ("test", "aside", "depth"),
    "file": ("log in file", "file best", "file sum"),
    "calls": ("called by", "calls"),
}


def ablations(
    examples: Sequence[Example], others: Mapping[str, Encoder | Bag], reads: Reads
) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """What each part is worth on the traces, by codebases held out: its name and the figures."""
    seen = [e for e in examples if e.split != "test"]
    traces = [e for e in seen if e.source == "trace"]
    words = FEATURES.index("bm25 of best")
    yield "words", figures(traces, lambda e: _by_column(e, words))
    yield "words, meaning and the reader", held_out(seen, reads)
    yield "words and meaning", held_out(seen, None)
    yield "the same, fitted on traces alone", held_out(traces, None)
    yield (
        "the reader alone, of the first by words",
        figures(traces, lambda e: _by_reader(e, words, reads)),
    )
    for name, by in others.items():
        some = [_seen_by(e, by) if e.source == "trace" else e for e in seen]
        yield (
            f"words and meaning by {name}, traces alone",
            held_out([e for e in some if e.source == "trace"], None),
        )
    for left_out, names in PARTS.items():
        yield (
            f"words and meaning without {left_out}",
            held_out([_without(e, names) for e in seen], None),
        )


def _by_column(example: Example, column: int) -> list[int]:
    return sorted(range(len(example.rows)), key=lambda i: -example.rows[i][column])


def _by_reader(example: Example, column: int, reads: Reads) -> list[int]:
    found = _by_column(example, column)
    scores = reads.of(example, found[:READ])
    again = sorted(range(len(scores)), key=lambda i: -scores[i])
    found[:READ] = [found[i] for i in again]
    return found


def _seen_by(example: Example, by: Encoder | Bag) -> Example:
    """The example with other vectors of its candidates."""
    if not example.passages or example.told_by == by.tag:
        return example
    near = cosines(example.query, example.passages, by)
    place = sorted(range(len(near)), key=lambda i: -near[i])
    columns = [FEATURES.index(name) for name in PARTS["meaning"]]
    rows = [list(row) for row in example.rows]
    for position, i in enumerate(place):
        for column, x in zip(columns, (near[i], near[i] - max(near), position / MOST), strict=True):
            rows[i][column] = x
    told = list(example.about)
    told[PRESENCE.index("near")] = max(near)
    told[PRESENCE.index("near three")] = sum(near[i] for i in place[:3]) / 3
    return replace(example, rows=rows, about=told, told_by=by.tag)


def _without(example: Example, names: Sequence[str]) -> Example:
    columns = [FEATURES.index(name) for name in names]
    rows = [[0.0 if i in columns else x for i, x in enumerate(row)] for row in example.rows]
    return replace(example, rows=rows)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--out", type=Path, required=True, help="folder for ranker.json")
    parser.add_argument("--corpora", type=Path, help="unpacked codebases (default: user's cache)")
    parser.add_argument("--work", type=Path, required=True, help="where examples are kept")
    parser.add_argument(
        "--compare",
        nargs="*",
        default=[],
        metavar="NAME=FOLDER",
        help="encoders to --ablate with",
    )
    parser.add_argument(
        "--no-test", action="store_true", help="fit only, measure nothing on the test codebases"
    )
    parser.add_argument(
        "--collect", action="store_true", help="collect the examples only, for train-reader"
    )
    parser.add_argument("--ablate", action="store_true", help="also what each feature is worth")


def run(args: argparse.Namespace) -> int:
    """Collects what is not collected yet (a file a codebase), then reads the best and fits."""
    folder = args.corpora or default_folder()
    args.work.mkdir(parents=True, exist_ok=True)
    examples: list[Example] = []
    for repo, split in split_of().items():
        if split == "test" and args.no_test:
            continue
        kept = args.work / f"{repo}.jsonl"
        if not kept.is_file():
            if not (folder / repo).is_dir():
                print(f"{repo} is not in {folder}: left out", file=sys.stderr)
                continue
            lines = [json.dumps(asdict(e)) for e in collect(repo, split, folder / repo)]
            kept.write_text("\n".join(lines), "utf-8")
            print(f"{repo}: {len(lines)} questions", file=sys.stderr, flush=True)
        text = kept.read_text("utf-8")
        read = (Example(**json.loads(line)) for line in text.splitlines())
        examples += [_seen_by(example, bag()) for example in read]
    if args.collect:
        return 0
    reads = Reads(args.work / f"reads-{reader().tag}.json")
    told = train(examples, args.out, reads)
    settings = {
        "penalty": PENALTY,
        "false yes at most": MOST_FALSE_YES,
        "lost at most": MOST_LOST,
    }
    summary.write(args.work, "train-ranker", settings=settings, figures=told)
    for split, values in told.items():
        print(split, values)
    if args.ablate:
        named = (given.partition("=") for given in args.compare)
        others = {name: Encoder(Path(place)) for name, _, place in named}
        for name, values in ablations(examples, others, reads):
            print(f"{name}: {values}", flush=True)
    return 0
