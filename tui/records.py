"""The objects of `ask --json` (version 1; see the README for every field)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..formatter import Answer, RouteLike, route_json

VERSION = 1
STAGES = ("startup", "route", "execute", "format", "total")


def timings(stages: Mapping[str, float], startup: float) -> dict[str, float]:
    """Milliseconds of every stage and their sum, to a tenth."""
    whole = {"startup": startup, **stages}
    named = {stage: round(whole.get(stage, 0.0), 1) for stage in STAGES[:-1]}
    return {**named, "total": round(sum(named.values()), 1)}


def answer_record(
    question: str, repo: str, answer: Answer, timings_ms: Mapping[str, float]
) -> dict[str, Any]:
    """An answered question. `also` is there only where a second reading was tried."""
    record: dict[str, Any] = {
        "version": VERSION,
        "question": question,
        "repo": repo,
        "route": route_json(answer.route),
        "result": answer.result.to_json() if answer.result is not None else None,
        "answer": {
            "text": answer.text,
            "citations": list(answer.citations),
            "verified": answer.verified,
            "backend": answer.backend,
        },
        "timings_ms": dict(timings_ms),
    }
    if answer.also:
        record["also"] = [
            {"call": result.call.to_json(), **result.to_json()} for result in answer.also
        ]
        assert answer.result is not None
        record["result"]["call"] = answer.result.call.to_json()
    return record


def route_record(
    question: str, repo: str, route: RouteLike, timings_ms: Mapping[str, float]
) -> dict[str, Any]:
    """A question that was only routed."""
    return {
        "version": VERSION,
        "question": question,
        "repo": repo,
        "route": route_json(route),
        "result": None,
        "answer": None,
        "timings_ms": dict(timings_ms),
    }


def error_record(question: str, repo: str, line: int, error: str) -> dict[str, Any]:
    """A line of a batch that could not be answered; `line` counts from 1."""
    return {"version": VERSION, "question": question, "repo": repo, "line": line, "error": error}
