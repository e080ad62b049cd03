"""Traces as the distillation reads them: the teacher's, the shipped ones, those of `ask --trace`.

Three writers, one value: a `TeacherTrace` has the question, the calls with their results, and the
worded answer whose `[n]` number the places through all results. The shipped files have one `call`
and one `result` a line and an answer as text; `Trace.to_json` writes lists and an object.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..executors.catalog import ToolCall
from ..executors.errors import InvalidCallError, UsageError
from ..executors.results import Match, ToolResult
from ..router.dialogue import Turn

SHIPPED = Path(__file__).parent / "data" / "traces"


@dataclass(frozen=True, slots=True)
class TeacherTrace:
    """One answered question about one codebase. `special` marks unusual shipped ones, `source` is
    the question's origin, `messages` the agent's conversation where there was one."""

    id: str
    repo: str
    question: str
    calls: tuple[ToolCall, ...]
    results: tuple[ToolResult, ...]
    answer: str
    history: tuple[Turn, ...] = ()
    messages: tuple[Mapping[str, Any], ...] = ()
    source: str = ""
    special: str = ""
    model: str = ""

    @property
    def evidence(self) -> tuple[Match, ...]:
        """The places in the order of the answer's numbers: `[n]` is at n - 1."""
        return tuple(match for result in self.results for match in result.matches)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TeacherTrace:
        """Reads either form; raises `UsageError` saying what is wrong with the record."""
        try:
            pairs = _pairs(data)
            calls = tuple(ToolCall.from_json(call) for call, _ in pairs)
            results = tuple(
                ToolResult.from_json(call, result)
                for call, (_, result) in zip(calls, pairs, strict=True)
                if result is not None
            )
            answer = data["answer"]
            agent = data.get("agent") or {}
            shown = answer if isinstance(answer, str) else answer["text"]
            history = tuple(
                Turn(turn["question"], ToolCall.from_json(turn["call"]))
                for turn in data.get("history") or ()
            )
            return cls(
                id=data.get("id") or content_id(data),
                repo=data["repo"],
                question=data["question"],
                calls=calls,
                results=results,
                answer=agent.get("text", shown),
                history=history,
                messages=tuple(agent.get("messages") or ()),
                source=data.get("source") or "",
                special=data.get("special") or "",
                model=agent.get("model") or "",
            )
        except InvalidCallError as error:
            raise UsageError(f"The trace has an invalid call: {error}") from error
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"The trace lacks or misspells {error}.") from error


def _pairs(data: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], Mapping[str, Any] | None]]:
    """(call, result) in order; a call that looked nothing up has no result."""
    if "call" in data:
        return [(data["call"], data.get("result"))]
    return list(zip(data["calls"], data["results"], strict=True))


def content_id(data: Mapping[str, Any]) -> str:
    """A stable name for a record that has none: a hash of what was asked of which codebase."""
    asked = json.dumps([data["question"], data["repo"], data.get("history") or []])
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def records(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The JSON objects of JSONL files; an unfinished last line (a killed writer's) is left out."""
    for path in paths:
        try:
            lines = path.read_bytes().split(b"\n")
        except OSError as error:
            raise UsageError(f"The file '{path}' cannot be read: {error}.") from error
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                if number == len(lines):
                    return
                raise UsageError(f"{path}:{number} is not JSON: {error}.") from error


def read(paths: Iterable[Path]) -> list[TeacherTrace]:
    """All traces of JSONL files, in order."""
    return [TeacherTrace.from_json(record) for record in records(paths)]


def shipped() -> list[TeacherTrace]:
    """The traces that come with codeask: 1,047 worded answers over 32 codebases."""
    return read(sorted(SHIPPED.glob("*.jsonl")))
