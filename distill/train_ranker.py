"""`codeask distill train-ranker`: which candidate a reader points at, learned from the traces.

The labelled places are those that the worked answers cite. Candidates and their features come from
the very code that answers questions. Fitted on the codebases of the splits `train` and
`validation`; what is said of `test` is measured on codebases that nothing here has seen.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ..executors.catalog import ToolCall
from ..executors.ranking import Weights
from ..executors.repository import Repository
from ..executors.reranker import (
    FEATURES,
    MOST,
    PRESENCE,
    cosines,
    features,
    passage,
    presence_features,
)
from ..executors.results import Match
from ..executors.search import Search
from ..executors.shortlist import rank, with_bodies
from ..executors.units import Unit
from ..executors.vectors import Encoder, VectorStore, encoder, vectors_of
from . import summary
from .corpora import default_folder, split_of
from .traces import TeacherTrace, shipped

PRESENT = Path(__file__).parent / "data" / "presence.jsonl"
PENALTY = 0.03  # 0.01 … 0.1 differ by less than a point, codebases held out
MOST_FALSE_YES = 0.05  # half of what is allowed, codebases held out
MOST_LOST = 0.02  # of the answerable questions, by the cut-off of lists
# A `locate` whose worked answer says that what was found is not it: its places answer nothing.
NOT_THERE = ("off_topic", "empty", "unanswered")
GROUPS = ("locate", "explain", "explain a name")
_WHOLE = ("file", "module")
_BROAD = ("class", "interface", "struct", "module", "file", "section", "type")


@dataclass(frozen=True, slots=True)
class Example:
    """One question's candidates: a row of features each and which cited places it `answers`.

    `places` is how many places are cited, `passages` what an encoder reads of each candidate. Of a
    question about presence, `answers` is of no use and `present` the answer. `encoder` is
    the tag of the one whose cosines the rows have.
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
    encoder: str = ""

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
    """(call, cited places, None) of the traces, (call, None, present) of the presence questions."""
    for trace in shipped():
        if trace.repo == repo and trace.calls and trace.calls[0].tool in ("locate", "explain"):
            places = cited(trace)
            not_there = trace.calls[0].tool == "locate" and trace.special in NOT_THERE
            if places and not not_there:
                yield trace.calls[0], places, None
    for line in PRESENT.read_text("utf-8").splitlines():
        row = json.loads(line)
        if row["repo"] == repo:
            arguments = {"query": row["query"], "mode": "exists"}
            call = ToolCall.from_json({"tool": "locate", "arguments": arguments})
            yield call, None, bool(row["present"])


def group_of(call: ToolCall) -> str:
    """The one of `GROUPS` that a question belongs to."""
    return "explain a name" if call.text("name") else call.tool


def collect(repo: str, split: str, root: Path, store: VectorStore | None) -> Iterator[Example]:
    """The examples of one codebase."""
    repository = Repository(root)
    for call, cited_places, present in questions(repo):
        places = [p for p in cited_places or () if (root / p.path).is_file()]
        if present is None and not places:
            continue
        search = Search(repository, call, time.monotonic() + 120)
        ranked = rank(search, call.text("query"), Weights())
        units = ranked.units[:MOST]
        with_bodies(search, units)
        near = cosines(ranked.query.text, units, encoder(), store)
        rows = features(ranked, units, near)
        about = presence_features(ranked, rows, near)
        yield Example(
            repo, split, "presence" if places == [] else group_of(call), rows.tolist(),
            about.tolist(),
            [[n for n, p in enumerate(places) if answers(unit, p)] for unit in units],
            len(places), present,
            ranked.query.text, [passage(unit) for unit in units], encoder().tag,
        )  # fmt: skip


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
    """Linear scores under which a softmax over a question's candidates falls on the cited ones.

    (ListNet's top-one likelihood, Cao et al. 2007, of all cited candidates together.)
    """
    import numpy as np
    from scipy.optimize import minimize
    from sklearn.preprocessing import StandardScaler

    chosen = [e for e in examples if any(e.right) and not all(e.right)]
    scaler = StandardScaler().fit(np.array([row for e in chosen for row in e.rows]))
    lists = [(scaler.transform(e.rows), np.array(e.right)) for e in chosen]

    def loss(weights: Any) -> tuple[float, Any]:
        total, slope = 0.0, np.zeros_like(weights)
        for rows, right in lists:
            scores = rows @ weights
            share = np.exp(scores - scores.max())
            share /= share.sum()
            cited = share[right].sum() + 1e-12
            total -= math.log(cited)
            slope -= rows.T @ (share * right / cited - share)
        count = len(lists)
        return total / count + PENALTY * weights @ weights, slope / count + 2 * PENALTY * weights

    start = np.zeros(lists[0][0].shape[1])
    weights = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400}).x
    return {
        "mean": _plain(scaler.mean_), "scale": _plain(scaler.scale_),
        "weights": _plain(weights), "bias": 0.0,
    }  # fmt: skip


def _plain(values: Any) -> list[float]:
    return [round(float(x), 6) for x in values]


def fit_presence(
    examples: Sequence[Example], order: Mapping[str, Any]
) -> tuple[dict[str, Any], float, float]:
    """The yes-or-no regression and its thresholds for a "yes" and for a list, by codebases held out.

    `yes` lets few enough absent behaviours through; `list` loses few enough of the questions whose
    cited place is among the first five.
    """
    import numpy as np

    asked = [e for e in examples if e.present is not None and e.rows]
    rows = np.array([about(e, order) for e in asked])
    present = np.array([bool(e.present) for e in asked])
    found = [e for e in examples if any(e.right) and _place(e, order) < 5]
    found_rows = np.array([about(e, order) for e in found])
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


def _place(example: Example, order: Mapping[str, Any]) -> int:
    """The place of the first cited candidate in the learned order, from 0; 99 where there is none."""
    import numpy as np

    best = np.argsort(-odds(order, example.rows), kind="stable")
    return next((p for p, i in enumerate(best) if example.right[i]), 99)


def about(example: Example, order: Mapping[str, Any]) -> list[float]:
    """The presence features with the ranker's best filled in."""
    return [float(odds(order, example.rows).max()), *example.about[1:]]


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


def figures(examples: Sequence[Example], order: Mapping[str, Any]) -> dict[str, list[float]]:
    """Of each of `GROUPS` and of all: how many, hit@1, hit@5, MRR, NDCG@10 among the candidates."""
    import numpy as np

    by_group: dict[str, list[tuple[float, float, float, float]]] = {"all": []}
    for e in examples:
        if e.present is None:
            best = np.argsort(-odds(order, e.rows), kind="stable") if e.rows else ()
            found = gains([e.answers[i] for i in best], e.places)
            by_group.setdefault(e.group, []).append(found)
            by_group["all"].append(found)
    return {
        group: [len(by_group[group]), *(round(float(x), 3) for x in np.mean(by_group[group], 0))]
        for group in (*GROUPS, "all") if by_group.get(group)
    }  # fmt: skip


def presence_figures(examples: Sequence[Example], ranker: Mapping[str, Any]) -> dict[str, float]:
    """How many absent and present behaviours were asked for, and what share of each got a yes."""
    asked: dict[bool, list[bool]] = {True: [], False: []}
    for e in examples:
        if e.present is not None:
            told = [about(e, ranker["order"])] if e.rows else []
            there = probability(ranker["presence"], told)[0] if told else 0.0
            asked[e.present].append(bool(there >= ranker["yes"]))
    return {
        "absent": len(asked[False]), "false yes": _share(asked[False]),
        "present": len(asked[True]), "yes": _share(asked[True]),
    }  # fmt: skip


def _share(values: Sequence[bool]) -> float:
    return round(sum(values) / len(values), 3) if values else 0.0


def train(examples: Sequence[Example], out: Path) -> dict[str, Any]:
    """Fits on what is not `test`, writes `ranker.json`, gives the figures by split."""
    seen = [e for e in examples if e.split != "test"]
    order = fit_order(seen)
    presence, yes, least = fit_presence(seen, order)
    made: dict[str, Any] = {
        "features": list(FEATURES), "presence_features": list(PRESENCE),
        "order": order, "presence": presence, "yes": yes, "list": least,
    }  # fmt: skip
    told: dict[str, Any] = {}
    for split in ("train", "validation", "test"):
        some = [e for e in examples if e.split == split]
        if some:
            told[split] = {**figures(some, order), **presence_figures(some, made)}
    told["each codebase held out"] = held_out(seen)
    rows = json.dumps([asdict(e) for e in seen], sort_keys=True)
    made["figures"], made["data_sha256"] = told, hashlib.sha256(rows.encode()).hexdigest()
    out.mkdir(parents=True, exist_ok=True)
    (out / "ranker.json").write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    return told


def held_out(examples: Sequence[Example]) -> dict[str, list[float]]:
    """The figures where each codebase is ordered by what was fitted on the others."""
    placed: list[Example] = []
    for repo in sorted({e.repo for e in examples}):
        order = fit_order([e for e in examples if e.repo != repo])
        for e in examples:
            if e.repo == repo:
                scores = odds(order, e.rows) if e.rows else ()
                placed.append(replace(e, rows=[[float(x)] for x in scores]))
    as_scored = {"mean": [0.0], "scale": [1.0], "weights": [1.0], "bias": 0.0}
    return figures(placed, as_scored)


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
    examples: Sequence[Example], others: Mapping[str, Encoder]
) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """What each part is worth: its name, figures held out and, last, of `test`, fitted without it."""
    variants = {"words and meaning": list(examples)}
    for name, by in others.items():
        variants[f"encoder {name}"] = [_seen_by(e, by) for e in examples if e.present is None]
    for left_out, names in PARTS.items():
        variants[f"without {left_out}"] = [_without(e, names) for e in examples]
    seen, test = ([e for e in examples if (e.split == "test") == t] for t in (False, True))
    yield "words, held out", figures(seen, _words_alone())
    yield "words, test", figures(test, _words_alone())
    for name, some in variants.items():
        seen, test = ([e for e in some if (e.split == "test") == t] for t in (False, True))
        yield f"{name}, held out", held_out(seen)
        yield f"{name}, test", figures(test, fit_order(seen))


def _seen_by(example: Example, by: Encoder, store: VectorStore | None = None) -> Example:
    """The example as another encoder sees it."""
    if not example.passages or example.encoder == by.tag:
        return example
    found = vectors_of(example.passages, by, store)
    near = [float(x) for x in found @ by.encode([example.query])[0]]
    place = sorted(range(len(near)), key=lambda i: -near[i])
    columns = [FEATURES.index(name) for name in PARTS["meaning"]]
    rows = [list(row) for row in example.rows]
    for position, i in enumerate(place):
        for column, x in zip(columns, (near[i], near[i] - max(near), position / MOST), strict=True):
            rows[i][column] = x
    told = list(example.about)
    told[PRESENCE.index("near")] = max(near)
    told[PRESENCE.index("near three")] = sum(near[i] for i in place[:3]) / 3
    return replace(example, rows=rows, about=told, encoder=by.tag)


def _without(example: Example, names: Sequence[str]) -> Example:
    columns = [FEATURES.index(name) for name in names]
    rows = [[0.0 if i in columns else x for i, x in enumerate(row)] for row in example.rows]
    return replace(example, rows=rows)


def _words_alone() -> dict[str, Any]:
    weights = [float(name == "bm25 of best") for name in FEATURES]
    zeros, ones = [0.0] * len(FEATURES), [1.0] * len(FEATURES)
    return {"order": {"mean": zeros, "scale": ones, "weights": weights, "bias": 0.0}}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("--out", type=Path, required=True, help="folder with encoder.onnx")
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
    parser.add_argument("--ablate", action="store_true", help="also what each feature is worth")


def run(args: argparse.Namespace) -> int:
    """Collects what is not collected yet (a file a codebase), then fits."""
    folder = args.corpora or default_folder()
    args.work.mkdir(parents=True, exist_ok=True)
    store = VectorStore(args.work, encoder().tag)
    examples: list[Example] = []
    for repo, split in split_of().items():
        if split == "test" and args.no_test:
            continue
        kept = args.work / f"{repo}.jsonl"
        if not kept.is_file():
            if not (folder / repo).is_dir():
                print(f"{repo} is not in {folder}: left out", file=sys.stderr)
                continue
            lines = [json.dumps(asdict(e)) for e in collect(repo, split, folder / repo, store)]
            kept.write_text("\n".join(lines), "utf-8")
            print(f"{repo}: {len(lines)} questions", file=sys.stderr, flush=True)
        text = kept.read_text("utf-8")
        read = (Example(**json.loads(line)) for line in text.splitlines())
        examples += [_seen_by(example, encoder(), store) for example in read]
    told = train(examples, args.out)
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
        for name, values in ablations(examples, others):
            print(f"{name}: {values}", flush=True)
    return 0
