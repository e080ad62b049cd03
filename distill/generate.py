"""`codeask distill generate`: a teacher answers questions about the corpora with our tools.

Questions come from files and from the teacher itself, which is shown a codebase's layout and
symbols. Every finished run is one line of `traces.jsonl` (what `ask --trace` writes, and the whole
conversation), keyed by what decides it; a run that failed is one line of `failures.jsonl` and is
tried again next time. Killed at any moment, the next start goes on and pays for nothing twice.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..assistant.agent import Limits, answer_of, run_agent
from ..assistant.trace import Trace
from ..executors.catalog import ToolCall
from ..executors.errors import BackendError, UsageError
from ..executors.repository import Repository
from ..executors.run import run_tool
from ..formatter.backends import Backend
from ..router.dialogue import Turn
from . import summary
from .corpora import MANIFEST, SPLITS, Corpus, corpora, default_folder, obtain
from .endpoint import Endpoint, add_endpoint_arguments, backend, endpoint_of
from .labelled import QUESTIONS
from .ledger import Ledger, data_hash, key_of
from .parallel import Workers, each
from .progress import Bar
from .traces import records

VERSION = 1  # of instructions and record: another one means other keys
KINDS = {
    "symbol": "about one named symbol: its definition, callers, members, subclasses or uses",
    "behaviour": "about how or where something is done, naming no symbol",
    "project": "about dependencies, configuration, entry points, tests or layout",
    "absent": "about a symbol or feature that this codebase does NOT have, but well might",
    "out_of_scope": "that no reading of this code can answer (opinion, general, an order to edit)",
}
ASK = """\
Here is what a codebase holds. Write {count} questions that a developer new to it would type, {kind}.
Short, natural, varied in form; some without a question mark. One question a line, nothing else.

{sketch}"""


@dataclass(frozen=True, slots=True)
class Task:
    """One question to answer about one unpacked codebase."""

    id: str
    repo: str
    folder: str
    question: str
    source: str
    kind: str
    history: tuple[Turn, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Answering:
    """What a worker needs besides its task; picklable, so that it can go to another machine."""

    endpoint: Endpoint
    limits: Limits
    attempts: int = 3
    pause: float = 1.0

    def __call__(self, task: Task) -> dict[str, Any]:
        """The finished record, or one with `failed` where the teacher could not be reached."""
        problem = ""
        for attempt in range(self.attempts):
            if attempt:
                time.sleep(self.pause * 2 ** (attempt - 1))
            try:
                return self._record(task)
            except (BackendError, OSError) as error:
                problem = str(error)
        return {"id": task.id, "repo": task.repo, "question": task.question, "failed": problem}

    def _record(self, task: Task) -> dict[str, Any]:
        run = run_agent(
            task.question, Repository(Path(task.folder)), backend(self.endpoint),
            history=task.history, limits=self.limits, seed=task.seed,
        )  # fmt: skip
        answer = answer_of(run, self.endpoint.model)
        trace = Trace(
            task.question, task.repo, answer, task.history, "", answer.timings_ms, time.time(),
            run, task.seed,
        )  # fmt: skip
        return {**trace.to_json(), "id": task.id, "source": task.source, "kind": task.kind}


def sketch(repository: Repository, most: int = 60) -> str:
    """A codebase in a few lines: its layout and some of its public symbols."""
    layout = run_tool(ToolCall("overview"), repository, timeout=5)
    lines = [f"{match.path} {match.kind}" for match in layout.matches[:20]]
    for kind in ("class", "function"):
        call = ToolCall("list_symbols", {"kind": kind, "tests": "exclude"})
        found = run_tool(call, repository, timeout=5, max_matches=400).matches
        step = max(1, len(found) // (most // 2))
        lines += [f"{match.kind} {match.name} ({match.path})" for match in found[::step]]
    return "\n".join(lines[: most + 20])


def own_questions(
    teacher: Backend, repository: Repository, kind: str, count: int, seed: int
) -> list[str]:
    """Questions that the teacher makes up about a codebase, without numbering and repetition."""
    prompt = ASK.format(count=count, kind=KINDS[kind], sketch=sketch(repository))
    reply = teacher.complete(
        [{"role": "user", "content": prompt}], max_tokens=40 * count + 100, seed=seed
    )
    lines = (re.sub(r"^\s*(?:[-*•]|\d+[.)])\s*", "", line) for line in reply.text.splitlines())
    asked = [line.strip().strip('"') for line in lines]
    return list(dict.fromkeys(q for q in asked if 3 <= len(q) <= 300 and not q.endswith(":")))[
        :count
    ]


def from_files(
    paths: Iterable[Path], chosen: dict[str, Corpus], folder: Path, endpoint: Endpoint, seed: int
) -> list[Task]:
    """The tasks of question files, for the codebases that are chosen."""
    tasks: list[Task] = []
    for number, row in enumerate(records(paths), 1):
        corpus = chosen.get(row.get("repo", ""))
        if corpus is None:
            continue
        history = tuple(
            Turn(turn["question"], ToolCall.from_json(turn["call"]))
            for turn in row.get("history") or ()
        )
        source = row.get("id") or f"row-{number}"
        tasks.append(
            _task(corpus, folder, row["question"], source, "labelled", history, endpoint, seed)
        )
    return tasks


def _task(
    corpus: Corpus, folder: Path, question: str, source: str, kind: str,
    history: tuple[Turn, ...], endpoint: Endpoint, seed: int,
) -> Task:  # fmt: skip
    asked = [[turn.question, turn.call.to_json()] for turn in history]
    key = key_of(VERSION, endpoint.model, seed, corpus.name, corpus.pin, question, asked)
    return Task(key, corpus.name, str(folder / corpus.name), question, source, kind, history, seed)


def from_teacher(
    chosen: dict[str, Corpus], folder: Path, endpoint: Endpoint, seed: int, count: int, out: Path
) -> list[Task]:
    """Tasks of questions that the teacher makes up, `count` a kind and codebase; kept in a ledger."""
    tasks: list[Task] = []
    with Ledger(out / "questions.jsonl") as asked:
        for corpus in chosen.values():
            for kind in KINDS:
                key = key_of(VERSION, "questions", endpoint.model, seed, corpus.pin, kind, count)
                if key not in asked:
                    repository = Repository(folder / corpus.name)
                    made = own_questions(backend(endpoint), repository, kind, count, seed)
                    asked.append({"id": key, "repo": corpus.name, "kind": kind, "questions": made})
                    print(f"{corpus.name}: {len(made)} {kind} questions", file=sys.stderr)
                row = asked.get(key) or {}
                tasks += [
                    _task(corpus, folder, question, "teacher", kind, (), endpoint, seed)
                    for question in row.get("questions", ())
                ]
    return tasks


def generate(tasks: Sequence[Task], answering: Answering, workers: Workers, out: Path) -> Ledger:
    """Answers the tasks that `out` does not hold yet; gives the ledger of all traces."""
    unique = {task.id: task for task in tasks}
    with Ledger(out / "traces.jsonl") as done, Ledger(out / "failures.jsonl") as failed:
        todo = [task for task in unique.values() if task.id not in done]
        with _Meter(len(unique), len(unique) - len(todo), answering.endpoint) as meter:
            for _, record in each(answering, todo, workers):
                (failed if "failed" in record else done).append(record)
                meter.count(record)
    return done


class _Meter(Bar):
    """Progress with what it costs: how many failed, how fast it goes, the price so far."""

    def __init__(self, total: int, before: int, endpoint: Endpoint) -> None:
        super().__init__("generate", total, done=before)
        self._began, self._endpoint = time.monotonic(), endpoint
        self._runs = self._failed = self._prompt_tokens = self._new_tokens = 0

    def count(self, record: dict[str, Any]) -> None:
        """One more question has ended."""
        agent = record.get("agent") or {}
        failed = "failed" in record
        self._runs += 1
        self._failed += failed
        self._prompt_tokens += agent.get("prompt_tokens", 0)
        self._new_tokens += agent.get("new_tokens", 0)
        took = max(1e-6, time.monotonic() - self._began)
        cost = self._endpoint.cost(self._prompt_tokens, self._new_tokens)
        self.step(
            not failed,
            f"{self._failed} failed, {self._runs / took:.2f} questions and "
            f"{self._new_tokens / took:.0f} tokens a second, cost {cost:.2f}",
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    add_endpoint_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, help="folder of the traces")
    parser.add_argument("--questions", type=Path, action="append", help="JSONL files of questions")
    parser.add_argument("--shipped-questions", action="store_true", help="the labelled questions")
    parser.add_argument("--own", type=int, default=0, help="questions the teacher makes up, a kind")
    parser.add_argument("--repo", action="append", help="only this codebase (may be repeated)")
    parser.add_argument("--split", choices=SPLITS, help="only codebases of this split")
    parser.add_argument("--corpora", type=Path, help="where codebases are unpacked")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="another corpora.toml")
    parser.add_argument("--limit", type=int, help="at most this many questions")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--turns", type=int, default=Limits().turns, help="model turns a question")
    parser.add_argument("--workers", type=int, default=4, help="questions at a time")
    parser.add_argument("--parallel", choices=("threading", "loky", "dask"), default="threading")
    parser.add_argument("--dask", default="", help="address of the Dask scheduler")


def run(args: argparse.Namespace) -> int:
    """Generates; prints the folder's summary. Exit code 1 where some questions failed."""
    endpoint = endpoint_of(args)
    chosen = {
        corpus.name: corpus
        for corpus in corpora(args.manifest).values()
        if (not args.repo or corpus.name in args.repo)
        and (args.split is None or corpus.split == args.split)
    }
    files = [*(args.questions or ())]
    if args.shipped_questions:
        files += sorted(QUESTIONS.glob("*.jsonl"))
    if not files and not args.own:
        raise UsageError("Say where questions come from: --questions FILE, or --own 5.")
    folder = args.corpora or default_folder()
    for corpus in chosen.values():
        obtain(corpus, folder, lambda url: print(f"fetching {url}", file=sys.stderr))
    tasks = from_files(files, chosen, folder, endpoint, args.seed)
    if args.own:
        tasks += from_teacher(chosen, folder, endpoint, args.seed, args.own, args.out)
    tasks = tasks[: args.limit]
    limits = Limits(turns=args.turns, seconds=endpoint.timeout)
    workers = Workers(args.parallel, args.workers, args.dask)
    done = generate(tasks, Answering(endpoint, limits), workers, args.out)
    missing = [task for task in tasks if task.id not in done]
    traces = [record for record in done if record["id"] in {task.id for task in tasks}]
    read, written = (
        sum((trace.get("agent") or {}).get(kind, 0) for trace in traces)
        for kind in ("prompt_tokens", "new_tokens")
    )
    summary.write(
        args.out, "generate",
        settings={"endpoint": asdict(endpoint), "limits": asdict(limits), "seed": args.seed},
        figures={
            "questions": len({task.id for task in tasks}),
            "answered": len(traces),
            "failed": len({task.id for task in missing}),
            "with tools": sum(bool(trace["results"]) for trace in traces),
            "prompt tokens": read,
            "new tokens": written,
            "cost": round(endpoint.cost(read, written), 4),
            "data hash": data_hash(traces),
        },
        tables={
            "by codebase": summary.counts(trace["repo"] for trace in traces),
            "by kind": summary.counts(trace["kind"] for trace in traces),
            "how they ended": summary.counts(trace["agent"]["stopped"] for trace in traces),
            "tools": summary.counts(call["tool"] for trace in traces for call in trace["calls"]),
        },
    )  # fmt: skip
    print(json.dumps(summary.figures_of(args.out, "generate"), indent=2))
    return 1 if missing else 0
