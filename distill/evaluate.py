"""`codeask distill evaluate`: systems side by side on codebases that nothing was trained on.

Questions are the test codebases' traces (with the places the reference answer cites) and labelled
questions that no tool answers. Reported for every system: time, tool usage, accuracy, hallucinated
claims, refusals, and what of a renamed training codebase it still calls by its old names.
Outcomes are kept in a ledger: a killed run goes on.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..executors.catalog import TOOLS
from ..executors.errors import UsageError
from ..executors.grep import contains
from ..executors.repository import Repository
from ..formatter.verify import citations, verify
from ..router.dialogue import Turn
from . import summary
from .corpora import MANIFEST, corpora, default_folder, obtain, split_of
from .labelled import QUESTIONS
from .ledger import Ledger, key_of
from .parallel import Workers, each
from .progress import Bar
from .renamed import Renaming, copy_renamed, renaming_of
from .systems import Outcome, System, evidence_result, outcome_json, parse_system
from .traces import SHIPPED, TeacherTrace, read, records

VERSION = 1
NEAR = 3  # lines by which a place may differ from the reference's
_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the evaluation. `places` are what the reference answer cites; none and `tool`
    that runs: nothing is to be found. `kind`: lookup, absent, refusal or renamed."""

    id: str
    repo: str
    folder: str
    question: str
    kind: str
    tool: str
    places: tuple[tuple[str, int, str], ...] = ()
    history: tuple[Turn, ...] = ()


def lookups(traces: Iterable[TeacherTrace], folder: Path) -> list[Question]:
    """Questions with a reference: found places, or none (`absent`); made-up traces are left out."""
    made: list[Question] = []
    for trace in traces:
        if trace.special in (
            "failed",
            "timeout",
            "off_topic",
            "injected",
            "injection",
            "truncated",
        ):
            continue
        evidence = trace.evidence
        cited = [evidence[n - 1] for n in citations(trace.answer) if 1 <= n <= len(evidence)]
        if evidence and not cited:
            continue
        places = tuple((m.path, m.line, m.name) for m in dict.fromkeys(cited))
        kind = "lookup" if places else "absent"
        made.append(
            Question(
                trace.id,
                trace.repo,
                str(folder / trace.repo),
                trace.question,
                kind,
                trace.calls[0].tool,
                places,
                trace.history,
            )
        )
    return made


def refusals(rows: Iterable[Mapping[str, Any]], folder: Path) -> list[Question]:
    """Labelled questions that no tool answers."""
    return [
        Question(
            row["id"],
            row["repo"],
            str(folder / row["repo"]),
            row["question"],
            "refusal",
            row["call"]["tool"],
        )
        for row in rows
        if not TOOLS[row["call"]["tool"]].runs and not row.get("history")
    ]


@dataclass(frozen=True, slots=True)
class Asking:
    """Puts one question to one system; picklable."""

    system: System
    version: str

    def __call__(self, question: Question) -> dict[str, Any]:
        """The ledger's record of the outcome."""
        outcome = self.system.ask(question.question, question.history, Path(question.folder))
        return {
            "id": self.key(question),
            "system": self.system.name,
            "question": question.id,
            "outcome": outcome_json(outcome),
        }

    def key(self, question: Question) -> str:
        """What the record is kept under."""
        return key_of(
            VERSION, self.version, repr(self.system.name), question.id, question.question,
            question.folder,
        )  # fmt: skip


def right(question: Question, outcome: Outcome) -> bool:
    """Whether the outcome answers as the reference does.

    A look-up is right when at least half of the places that the reference cites are shown, an absent
    thing when nothing is claimed, a refusal when the system refused or asked back.
    """
    if question.kind == "refusal":
        return outcome.declined
    if outcome.failed or outcome.declined:
        return False
    if question.kind == "absent":
        return not outcome.found
    shown = outcome.places[:10] if question.tool in ("locate", "explain") else outcome.places
    hit = sum(any(_same(place, other) for other in shown) for place in question.places)
    return 2 * hit >= len(question.places)


def _same(wanted: tuple[str, int, str], got: tuple[str, int, str]) -> bool:
    if wanted[0] != got[0]:
        return False
    name = wanted[2].rpartition(".")[2]
    return abs(wanted[1] - got[1]) <= NEAR or (bool(name) and name == got[2].rpartition(".")[2])


class Claims:
    """Which code-like names and paths of an answer do not exist in a codebase at all."""

    def __init__(self, folder: Path) -> None:
        self._repository = Repository(folder)
        self._files = set(self._repository.listing().files)
        self._known: dict[str, bool] = {}

    def invented(self, text: str, question: str) -> list[str]:
        """Names in backticks, paths and code-shaped words that neither code nor question has."""
        said = set(_NAME.findall(question))
        found = set(re.findall(r"`[^`]+`", text))
        names = {name for piece in found for name in _NAME.findall(piece) if len(name) > 2}
        names |= set(re.findall(r"\b[a-z]+_\w+\b|\b[a-z]+[A-Z]\w+\b|\b[A-Z][a-z]+[A-Z]\w+\b", text))
        paths = set(re.findall(r"\b[\w.-]+(?:/[\w.-]+)+\.\w+\b", text))
        gone = [p for p in paths if not any(f == p or f.endswith("/" + p) for f in self._files)]
        for name in names - said - set(self._known):
            self._known[name] = contains(self._repository.root, name)
        return [*gone, *(name for name in sorted(names - said) if not self._known[name])]


def grade(question: Question, outcome: Outcome, claims: Claims) -> dict[str, Any]:
    """The figures of one outcome."""
    unverified = 0
    if outcome.evidence is not None and outcome.text:
        checked = verify(outcome.text, question.question, evidence_result(outcome.evidence))
        unverified = sum(not sentence.verified for sentence in checked)
    return {
        "right": right(question, outcome),
        "tools": outcome.tools,
        "invented": len(claims.invented(outcome.text, question.question)),
        "unverified": unverified,
        "declined": outcome.declined,
        "failed": bool(outcome.failed),
        "total_ms": outcome.timings_ms.get("total", 0.0),
        "words": len(outcome.text.split()),
    }


def table(grades: Mapping[str, Sequence[tuple[Question, Mapping[str, Any]]]]) -> list[list[str]]:
    """One row a system, its head first."""
    head = [
        "system", "questions", "p50 s", "p95 s", "tool usage", "accuracy", "absent right",
        "refusals right", "wrongly refused", "invented an answer", "unverified an answer",
        "remembered",
    ]  # fmt: skip
    rows = [head]
    for name, graded in grades.items():
        asked = [(q, g) for q, g in graded if q.kind != "renamed"]
        need = [(q, g) for q, g in asked if q.kind != "refusal"]
        times = sorted(g["total_ms"] / 1000 for _, g in asked if not g["failed"]) or [0.0]
        renamed = [g for q, g in graded if q.kind == "renamed"]
        rows.append(
            [
                name,
                str(len(asked)),
                f"{statistics.median(times):.2f}",
                f"{times[min(len(times) - 1, int(len(times) * 0.95))]:.2f}",
                _share(g["tools"] > 0 for _, g in need),
                _share(g["right"] for q, g in asked if q.kind == "lookup"),
                _share(g["right"] for q, g in asked if q.kind == "absent"),
                _share(g["right"] for q, g in asked if q.kind == "refusal"),
                _share(g["declined"] for _, g in need),
                _mean(g["invented"] for _, g in asked),
                _mean(g["unverified"] for _, g in asked),
                _share(g["remembered"] > 0 for g in renamed),
            ]
        )
    return rows


def _share(values: Iterable[bool]) -> str:
    found = list(values)
    return f"{sum(found) / len(found):.3f} ({sum(found)}/{len(found)})" if found else "–"


def _mean(values: Iterable[float]) -> str:
    found = list(values)
    return f"{sum(found) / len(found):.3f}" if found else "–"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument(
        "--system", action="append", default=None,
        help="plain, hybrid, agent:URL#MODEL, or NAME=COMMAND with {question} and {repo}",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument(
        "--router", type=Path,
        help="folder of another router; the shipped one is fitted without the test codebases",
    )  # fmt: skip
    parser.add_argument(
        "--traces", type=Path, action="append", help="JSONL files (default: shipped)"
    )
    parser.add_argument("--repo", action="append", help="only this test codebase")
    parser.add_argument("--questions", type=int, default=30, help="look-ups a codebase, at most")
    parser.add_argument("--refusals", type=int, default=5, help="refusals a codebase, at most")
    parser.add_argument(
        "--renamed", type=int, default=20, help="questions of the memorisation probe"
    )
    parser.add_argument("--renamed-repo", default="flask", help="training codebase of the probe")
    parser.add_argument("--corpora", type=Path, help="where codebases are unpacked")
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=1, help="more disturb the times")
    parser.add_argument("--parallel", choices=("threading", "loky", "dask"), default="threading")
    parser.add_argument("--dask", default="", help="address of the Dask scheduler")


def run(args: argparse.Namespace) -> int:
    """Asks, grades, and writes `evaluate.json`, `evaluate.md` and the page with its chart."""
    systems = [parse_system(spec, args.router) for spec in args.system or ["plain"]]
    folder = args.corpora or default_folder()
    questions = choose(args, folder)
    renaming, probe = _probe(args, folder) if args.renamed else (None, [])
    workers = Workers(args.parallel, args.workers, args.dask)
    from ..assistant.trace import version

    outcomes: dict[str, dict[str, Outcome]] = {}
    with Ledger(args.out / "outcomes.jsonl") as done:
        for system in systems:
            asking = Asking(system, version())
            asked = [*questions, *probe]
            todo = [question for question in asked if asking.key(question) not in done]
            with Bar(system.name, len(asked), done=len(asked) - len(todo)) as bar:
                for _, record in each(asking, todo, workers):
                    done.append(record)
                    bar.step()
            outcomes[system.name] = {
                question.id: _outcome(done.get(asking.key(question)) or {}) for question in asked
            }
    grades = {name: _graded(found, questions, probe, renaming) for name, found in outcomes.items()}
    rows = table(grades)
    _write(args, rows, grades)
    print(markdown(rows))
    return 0


def choose(args: argparse.Namespace, folder: Path) -> list[Question]:
    """The questions of the test codebases, the same ones for the same seed."""
    known = corpora(args.manifest)
    tested = [
        name
        for name, split in split_of(args.manifest).items()
        if split == "test" and (not args.repo or name in args.repo)
    ]
    if not tested:
        raise UsageError("None of these codebases is a test codebase; see 'corpora --list'.")
    for name in tested:
        obtain(known[name], folder, lambda url: print(f"fetching {url}", file=sys.stderr))
    traces = read(args.traces or sorted(SHIPPED.glob("*.jsonl")))
    labelled = list(records(sorted(QUESTIONS.glob("*.jsonl"))))
    rng = random.Random(args.seed)
    chosen: list[Question] = []
    for name in tested:
        own = lookups([trace for trace in traces if trace.repo == name], folder)
        chosen += rng.sample(own, min(args.questions, len(own)))
        off = refusals([row for row in labelled if row.get("repo") == name], folder)
        chosen += rng.sample(off, min(args.refusals, len(off)))
    return chosen


def _probe(args: argparse.Namespace, folder: Path) -> tuple[Renaming, list[Question]]:
    """The renamed copy of a training codebase and questions about it, in its new names."""
    source = obtain(corpora(args.manifest)[args.renamed_repo], folder)
    renaming = renaming_of(Repository(source), keep=[args.renamed_repo])
    target = copy_renamed(source, args.out / "renamed" / args.renamed_repo, renaming)
    traces = read(args.traces or sorted(SHIPPED.glob("*.jsonl")))
    own = lookups([t for t in traces if t.repo == args.renamed_repo], folder)
    picked = random.Random(args.seed).sample(own, min(args.renamed, len(own)))
    return renaming, [
        replace(
            question,
            id=f"renamed-{question.id}",
            folder=str(target),
            question=renaming.text(question.question),
            kind="renamed",
            places=(),
        )
        for question in picked
    ]


def _outcome(record: Mapping[str, Any]) -> Outcome:
    kept = dict(record["outcome"])
    kept["places"] = tuple((p[0], p[1], p[2]) for p in kept["places"])
    return Outcome(**kept)


def _graded(
    outcomes: Mapping[str, Outcome], questions: Sequence[Question], probe: Sequence[Question],
    renaming: Renaming | None,
) -> list[tuple[Question, dict[str, Any]]]:  # fmt: skip
    claims: dict[str, Claims] = {}
    graded: list[tuple[Question, dict[str, Any]]] = []
    for question in [*questions, *probe]:
        outcome = outcomes[question.id]
        if question.folder not in claims:
            claims[question.folder] = Claims(Path(question.folder))
        figures = grade(question, outcome, claims[question.folder])
        if question.kind == "renamed" and renaming is not None:
            old = renaming.remembered(outcome.text, f"{question.question} {question.repo}")
            figures["remembered"] = len(old)
        graded.append((question, figures))
    return graded


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """The table in Markdown."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _write(
    args: argparse.Namespace, rows: Sequence[Sequence[str]],
    grades: Mapping[str, Sequence[tuple[Question, Mapping[str, Any]]]],
) -> None:  # fmt: skip
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "evaluate.md").write_text(markdown(rows) + "\n", encoding="utf-8")
    pictures = [_chart(args.out, grades)] if _plottable() else []
    wrong = [
        (name, question.id, question.kind, question.tool, question.question)
        for name, graded in grades.items()
        for question, figures in graded
        if question.kind != "renamed" and not figures["right"]
    ]
    summary.write(
        args.out, "evaluate",
        settings={"systems": args.system, "seed": args.seed, "repos": args.repo},
        figures={row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[1:]},
        tables={
            "systems": [tuple(row) for row in rows],  # pyright: ignore[reportArgumentType]
            "not right": wrong,  # pyright: ignore[reportArgumentType]
        },
        pictures=pictures,
    )  # fmt: skip


def _plottable() -> bool:
    import importlib.util

    return importlib.util.find_spec("matplotlib") is not None


def _chart(out: Path, grades: Mapping[str, Sequence[tuple[Question, Mapping[str, Any]]]]) -> str:
    """Accuracy against time, one point a system, as `evaluate.svg`."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4))
    for name, graded in grades.items():
        asked = [(q, g) for q, g in graded if q.kind == "lookup"]
        time = statistics.median(g["total_ms"] / 1000 for _, g in asked)
        share = sum(g["right"] for _, g in asked) / max(1, len(asked))
        axes.scatter([time], [share])
        axes.annotate(name, (time, share), textcoords="offset points", xytext=(6, 4))
    axes.set(xlabel="seconds (median)", ylabel="right", ylim=(0, 1), xscale="log")
    figure.savefig(out / "evaluate.svg")
    pyplot.close(figure)
    return "evaluate.svg"
