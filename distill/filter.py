"""`codeask distill filter`: which traces are fit to be learned from, and why the others are not.

A trace is kept when its calls are valid, a tool was used where one was needed, its answer passes the
formatter's verification, the teacher could not have given it without tools, and no kept trace of the
codebase is nearly the same. Human corrections override all of it. Reasons are counted.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..executors.catalog import TOOLS, ToolCall
from ..executors.errors import BackendError, UsageError
from ..executors.results import Match, ToolResult
from ..formatter.verify import citations, split, verify
from . import summary
from .endpoint import Endpoint, add_endpoint_arguments, backend, endpoint_of
from .leakage import question_key
from .ledger import Ledger, data_hash, key_of
from .parallel import Workers, each
from .progress import Bar
from .traces import SHIPPED, TeacherTrace, records

NEAR = 92.0  # rapidfuzz' token-sort ratio from which two questions are nearly the same
NEEDS_NO_TOOL = frozenset({"out_of_scope"})
CLOSED_BOOK = "Answer from memory, in one to three sentences, naming files and symbols: {question} (It is about the {repo} codebase.)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one record: kept when `reason` is empty. `record` has corrections in it."""

    record: Mapping[str, Any]
    reason: str = ""
    detail: str = ""


def judge(record: Mapping[str, Any]) -> Verdict:
    """The checks that one record can be put to by itself."""
    try:
        trace = TeacherTrace.from_json(record)
    except UsageError as error:
        return Verdict(record, "not a valid trace", str(error))
    declined = any(not TOOLS[call.tool].runs for call in trace.calls)
    if not trace.results:
        if declined or record.get("kind") in NEEDS_NO_TOOL:
            return Verdict(record)
        return Verdict(record, "no tool was used", trace.question)
    stopped = (record.get("agent") or {}).get("stopped")
    if stopped not in (None, "answered", "refused"):
        return Verdict(record, "ended at a bound", str(stopped))
    if not trace.answer.strip():
        return Verdict(record, "no answer")
    result = ToolResult.merged(trace.results[0].call, trace.results)
    for sentence in verify(trace.answer, trace.question, result):
        if not sentence.verified:
            return Verdict(
                record, "answer not verified", f"{sentence.text}: {sentence.problems[0]}"
            )
    return Verdict(record)


def without_near_duplicates(
    verdicts: Sequence[Verdict], decided: Sequence[Verdict] = ()
) -> list[Verdict]:
    """Of nearly the same questions with the same call about one codebase, the first stays; what
    humans `decided` stays as they did, and comes first."""
    from rapidfuzz import fuzz

    kept: dict[tuple[str, str], list[str]] = {}
    out: list[Verdict] = []
    for number, verdict in enumerate([*decided, *verdicts]):
        if verdict.reason:
            out.append(verdict)
            continue
        trace = TeacherTrace.from_json(verdict.record)
        call = json.dumps(trace.calls[0].to_json(), sort_keys=True) if trace.calls else ""
        history = json.dumps([turn.question for turn in trace.history])
        mine, key = question_key(trace.question), (trace.repo, call + history)
        near = next((q for q in kept.get(key, ()) if fuzz.token_sort_ratio(mine, q) >= NEAR), None)
        if near is not None and number >= len(decided):
            out.append(Verdict(verdict.record, "near-duplicate", f"{trace.question} ~ {near}"))
        else:
            kept.setdefault(key, []).append(mine)
            out.append(verdict)
    return out


@dataclass(frozen=True, slots=True)
class ClosedBook:
    """Asks the teacher a trace's question without tools; picklable."""

    endpoint: Endpoint

    def __call__(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The teacher's words from memory, or `failed`."""
        asked = CLOSED_BOOK.format(question=record["question"], repo=record["repo"])
        key = closed_book_key(self.endpoint, record)
        try:
            reply = backend(self.endpoint).complete(
                [{"role": "user", "content": asked}], max_tokens=200
            )
        except BackendError as error:
            return {"id": key, "failed": str(error)}
        return {"id": key, "answer": reply.text}


def closed_book_key(endpoint: Endpoint, record: Mapping[str, Any]) -> str:
    """What a closed-book answer is kept under."""
    return key_of("closed-book", endpoint.model, record["repo"], record["question"])


def known_without_tools(record: Mapping[str, Any], from_memory: str) -> bool:
    """Whether the answer from memory names what the evidence has: the cited places' files and names.

    A trace whose every cited symbol (two at least, or one with its file) is in the model's memory
    teaches it to remember, not to look.
    """
    trace = TeacherTrace.from_json(record)
    cited = {match for sentence in split(trace.answer) for match in _cited(sentence, trace)}
    if not cited:
        return False
    memory = from_memory.lower()
    names = {match.name.rpartition(".")[2].lower() for match in cited if match.name}
    files = {match.path.rpartition("/")[2].lower() for match in cited}
    asked = trace.question.lower()
    new = {name for name in names if name not in asked}
    return bool(new) and all(name in memory for name in new) and any(f in memory for f in files)


def _cited(sentence: str, trace: TeacherTrace) -> list[Match]:
    evidence = trace.evidence
    return [evidence[n - 1] for n in citations(sentence) if 1 <= n <= len(evidence)]


def corrected(
    found: Iterable[Mapping[str, Any]], corrections: Mapping[str, Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Verdict]]:
    """The records with human corrections put in, and the verdicts that humans gave outright.

    A correction is `{"id": …}` with `keep` (true or false), or a new `answer` or `call`.
    """
    left: list[Mapping[str, Any]] = []
    decided: list[Verdict] = []
    for record in found:
        correction = corrections.get(record.get("id", ""))
        if correction is None:
            left.append(record)
            continue
        changed = {**record, **{k: v for k, v in correction.items() if k not in ("id", "keep")}}
        if correction.get("keep") is False:
            decided.append(Verdict(changed, "dropped by hand"))
        elif correction.get("keep") is True:
            decided.append(Verdict(changed))
        else:
            left.append(changed)
    return left, decided


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument(
        "--traces", type=Path, action="append", help="JSONL files (default: shipped)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the kept traces")
    parser.add_argument("--corrections", type=Path, help="JSONL of human corrections")
    parser.add_argument("--closed-book", action="store_true", help="drop what the model knew")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--parallel", choices=("threading", "loky", "dask"), default="loky")
    parser.add_argument("--dask", default="", help="address of the Dask scheduler")
    add_endpoint_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Writes `kept.jsonl` and `dropped.jsonl`, prints the figures."""
    files = args.traces or sorted(SHIPPED.glob("*.jsonl"))
    found = list(records(files))
    corrections: dict[str, Mapping[str, Any]] = {}
    if args.corrections:
        for row in records([args.corrections]):
            if "call" in row:
                ToolCall.from_json(row["call"])
            corrections[row["id"]] = row
    workers = Workers(args.parallel, args.workers, args.dask)
    endpoint = endpoint_of(args) if args.closed_book else None
    verdicts = sift(found, corrections, workers, endpoint, args.out)
    figures = write(verdicts, args.out, closed_book=endpoint is not None)
    print(json.dumps(figures, indent=2))
    return 0


def sift(
    found: Sequence[Mapping[str, Any]], corrections: Mapping[str, Mapping[str, Any]],
    workers: Workers, endpoint: Endpoint | None, out: Path,
) -> list[Verdict]:  # fmt: skip
    """A verdict for every record, in the records' order; answers from memory are kept in `out`."""
    place = {record.get("id", number): number for number, record in enumerate(found)}
    left, decided = corrected(found, corrections)
    verdicts: list[Verdict] = []
    with Bar("filter", len(left)) as bar:
        for _, verdict in each(judge, left, workers):
            verdicts.append(verdict)
            bar.step()
    verdicts.sort(key=lambda verdict: place.get(verdict.record.get("id", ""), 0))
    if endpoint is not None:
        verdicts = _drop_known(verdicts, endpoint, workers, out)
    return without_near_duplicates(verdicts, decided)


def _drop_known(
    verdicts: Sequence[Verdict], endpoint: Endpoint, workers: Workers, out: Path
) -> list[Verdict]:
    with Ledger(out / "closed-book.jsonl") as memory:
        asked = [
            verdict.record
            for verdict in verdicts
            if not verdict.reason and closed_book_key(endpoint, verdict.record) not in memory
        ]
        with Bar("closed book", len(asked)) as bar:
            for _, answer in each(ClosedBook(endpoint), asked, workers):
                if "failed" in answer:
                    raise BackendError(answer["failed"])
                memory.append(answer)
                bar.step()
        return [
            Verdict(verdict.record, "known without tools", verdict.record["question"])
            if not verdict.reason
            and known_without_tools(
                verdict.record,
                (memory.get(closed_book_key(endpoint, verdict.record)) or {}).get("answer", ""),
            )
            else verdict
            for verdict in verdicts
        ]


def write(verdicts: Sequence[Verdict], out: Path, *, closed_book: bool) -> dict[str, Any]:
    """Writes kept and dropped records and the summary; gives its figures."""
    out.mkdir(parents=True, exist_ok=True)
    kept = [dict(verdict.record) for verdict in verdicts if not verdict.reason]
    dropped = [
        {**verdict.record, "reason": verdict.reason, "detail": verdict.detail}
        for verdict in verdicts
        if verdict.reason
    ]
    for name, rows in (("kept", kept), ("dropped", dropped)):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (out / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8", errors="surrogatepass")
    figures = {
        "traces": len(verdicts),
        "kept": len(kept),
        "share kept": round(len(kept) / max(1, len(verdicts)), 4),
        "data hash": data_hash(kept),
    }
    notes = [] if closed_book else ["Not asked: whether the teacher knew an answer without tools."]
    summary.write(
        out, "filter", settings={"near": NEAR}, figures=figures, notes=notes,
        tables={
            "dropped": summary.counts(row["reason"] for row in dropped),
            "kept by codebase": summary.counts(row["repo"] for row in kept),
            "examples of what was dropped": [
                (row["reason"], row["detail"]) for row in dropped[:200]
            ],
        },
    )  # fmt: skip
    return figures
