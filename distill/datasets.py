"""`codeask distill datasets`: traces → rows of router, formatter and agent, split by codebase.

The split of a codebase is the manifest's. A training trace that shares a question, a distinctive
symbol or a piece of source with another split is left out and told; if anything is still shared
after that, the step fails. Agent rows are one an assistant turn, because mlx-lm masks the loss up
to the final message only; the formatter's are made by its own prompt function.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ..assistant.agent import Limits, assistant_turn, opening, shown, tool_turn
from ..executors.catalog import TOOLS, ToolCall
from ..executors.errors import CodeaskError
from ..formatter.backends import ToolUse
from ..formatter.prompt import messages as formatter_messages
from ..formatter.verify import citations
from . import summary
from .corpora import MANIFEST, SPLITS, Split, split_of
from .labelled import QUESTIONS
from .leakage import leaks, question_key
from .traces import SHIPPED, TeacherTrace, read, records

# mlx-lm reads train.jsonl, valid.jsonl and test.jsonl
FILES: dict[Split, str] = {
    "train": "train.jsonl",
    "validation": "valid.jsonl",
    "test": "test.jsonl",
}
TASKS = ("router", "formatter", "agent")
LIMITS = Limits()


def router_row(trace: TeacherTrace) -> dict[str, Any] | None:
    """A labelled question, as in the question files; None without a call."""
    if not trace.calls:
        return None
    row: dict[str, Any] = {
        "id": f"trace-{trace.id}",
        "question": trace.question,
        "call": trace.calls[0].to_json(),
        "repo": trace.repo,
    }
    if trace.history:
        row["history"] = [{"question": t.question, "call": t.call.to_json()} for t in trace.history]
    return row


def formatter_row(trace: TeacherTrace) -> dict[str, Any] | None:
    """The formatter's prompt and the teacher's words; None where not exactly one tool was run."""
    if len(trace.results) != 1 or not trace.answer:
        return None
    prompt = formatter_messages(trace.question, trace.results[0])
    return {"messages": [*prompt, {"role": "assistant", "content": trace.answer}]}


def conversation(trace: TeacherTrace, limits: Limits = LIMITS) -> list[dict[str, Any]]:
    """The agent's whole conversation: the recorded one, or the one its calls and answer imply.

    Results are shown within `limits`, as they will be when the student runs; an answer that cites
    what is not shown is left out.
    """
    if trace.messages:
        return [dict(message) for message in trace.messages]
    said = opening(trace.question, trace.history)
    first = 1
    for number, (call, result) in enumerate(zip_longest(trace.calls, trace.results), 1):
        use = ToolUse(f"call_{number}", call.tool, arguments(call))
        said.append(assistant_turn("", [use]))
        if result is None:  # declined, asked back, or only the call is known
            return said
        result = replace(result, matches=result.matches[: limits.places])
        said.append(tool_turn(use, shown(result, first, limits.characters)))
        first += len(result.matches)
    if all(number < first for number in citations(trace.answer)):
        said.append(assistant_turn(trace.answer, ()))
    return said


def agent_rows(
    said: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """One row an assistant turn: all before it, and it last."""
    return [
        {"messages": [dict(message) for message in said[: at + 1]], "tools": list(tools)}
        for at, message in enumerate(said)
        if message["role"] == "assistant" and at > 0 and not _earlier(said, at)
    ]


def _earlier(said: Sequence[Mapping[str, Any]], at: int) -> bool:
    """Whether the turn at `at` belongs to the history that a follow-up starts from."""
    last_question = max((i for i, m in enumerate(said) if m["role"] == "user"), default=0)
    return at < last_question and not any(m["role"] == "tool" for m in said[:at])


def labelled(paths: Iterable[Path]) -> list[TeacherTrace]:
    """The labelled questions as traces that end with their first call: they teach the agent that.

    Left out are those whose arguments are spelled otherwise than they were typed, which only a look
    at the repository tells.
    """
    return [
        TeacherTrace.from_json({**row, "result": None, "answer": ""})
        for row in records(paths)
        if row.get("repo") and not row.get("surface")
    ]


def arguments(call: ToolCall) -> str:
    """A call's arguments as JSON, in the catalogue's order: that in which decoding is confined."""
    plain = call.to_json()["arguments"]
    order = TOOLS[call.tool].schema()["function"]["parameters"]["properties"]
    return json.dumps({key: plain[key] for key in order if key in plain}, ensure_ascii=False)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument(
        "--traces", type=Path, action="append", help="JSONL files (default: shipped)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="another corpora.toml")
    parser.add_argument("--seed", type=int, default=7, help="order of the training rows")
    parser.add_argument("--places", type=int, default=LIMITS.places, help="shown to the agent")
    parser.add_argument("--characters", type=int, default=LIMITS.characters, help="of a place")


def run(args: argparse.Namespace) -> int:
    """Writes the three data sets; fails when a split still shares something with training."""
    files = args.traces or sorted(SHIPPED.glob("*.jsonl"))
    limits = Limits(places=args.places, characters=args.characters)
    figures = write(read(files), args.out, args.manifest, args.seed, limits)
    print(json.dumps(figures, indent=2))
    return 0


def write(
    traces: Sequence[TeacherTrace],
    out: Path,
    manifest: Path = MANIFEST,
    seed: int = 7,
    limits: Limits = LIMITS,
) -> dict[str, Any]:
    """Writes the data sets of traces below `out`; gives the figures of the summary page."""
    splits = split_of(manifest)
    by_split = _by_split(traces, splits)
    typed = _by_split(labelled(sorted(QUESTIONS.glob("*.jsonl"))), splits)
    others = [trace for part in SPLITS[1:] for trace in (*by_split[part], *typed[part])]
    shared = {leak.id: leak for leak in leaks([*by_split["train"], *typed["train"]], others)}
    for part in (by_split, typed):
        part["train"] = [trace for trace in part["train"] if trace.id not in shared]
    check({split: [*by_split[split], *typed[split]] for split in SPLITS})
    random.Random(seed).shuffle(by_split["train"])
    tables: dict[str, summary.Table] = {
        "left out as shared": summary.counts(leak.sort for leak in shared.values()),
        "codebases no manifest knows": summary.counts(
            trace.repo for trace in traces if trace.repo not in splits
        ),
    }
    figures: dict[str, Any] = {"traces": len(traces), "left out as shared": len(shared)}
    for task in TASKS:
        for split, found in by_split.items():
            rows = _rows(task, found, typed[split], limits)
            path = out / task / FILES[split]
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            path.write_text("".join(lines), encoding="utf-8")
            figures[f"{task} rows, {split}"] = len(rows)
    for leak in shared.values():
        print(f"left out {leak.id}: {leak.sort} '{leak.what}' is shared", file=sys.stderr)
    summary.write(
        out,
        "datasets",
        settings={"seed": seed, "limits": asdict(limits)},
        figures=figures,
        tables=tables,
    )
    return figures


def _by_split(
    traces: Iterable[TeacherTrace], splits: Mapping[str, Split]
) -> dict[Split, list[TeacherTrace]]:
    """The traces of the codebases that the manifest knows, by the codebase's split."""
    found: dict[Split, list[TeacherTrace]] = {split: [] for split in SPLITS}
    for trace in traces:
        if trace.repo in splits:
            found[splits[trace.repo]].append(trace)
    return found


def check(by_split: Mapping[Split, Sequence[TeacherTrace]]) -> None:
    """Raises `CodeaskError` naming the first thing that training shares with another split."""
    others = [*by_split["validation"], *by_split["test"]]
    for leak in leaks(by_split["train"], others):
        raise CodeaskError(
            f"Training and test share the {leak.sort} '{leak.what}' (trace {leak.id}); "
            "mend the traces or the manifest's splits."
        )


def _rows(
    task: str, traces: Sequence[TeacherTrace], typed: Sequence[TeacherTrace], limits: Limits
) -> list[dict[str, Any]]:
    if task == "router":
        made = (router_row(trace) for trace in traces)
        return [row for row in made if row is not None]
    if task == "formatter":
        made = (formatter_row(trace) for trace in traces)
        return [row for row in made if row is not None]
    schemas = [tool.schema() for tool in TOOLS.values()]
    said = [conversation(trace, limits) for trace in traces if trace.answer]
    asked = {question_key(trace.question) for trace in traces}
    said += [conversation(trace) for trace in typed if question_key(trace.question) not in asked]
    return [row for each in said for row in agent_rows(each, schemas)]
