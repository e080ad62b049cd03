"""Traces: the shipped ones and those codeask writes are read alike, and survive a killed writer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from codeask.assistant.agent import AgentRun, Step, answer_of
from codeask.assistant.trace import Trace
from codeask.distill.corpora import split_of
from codeask.distill.traces import TeacherTrace, read, records, shipped
from codeask.executors.catalog import ToolCall
from codeask.executors.errors import UsageError
from codeask.executors.results import Match, ToolResult
from codeask.formatter.backends import Figures, ToolUse

CALL = ToolCall("find_callers", {"name": "f"})
PLACE = Match("a.py", 3, 3, "g", "function", "f()", "call")
RESULT = ToolResult(CALL, "ok", (PLACE,), 1, {"count": 1})


def test_the_shipped_traces_belong_to_pinned_codebases_and_cite_what_is_there() -> None:
    traces = shipped()
    assert len(traces) == 1047
    assert len({trace.id for trace in traces}) == 1047
    assert {trace.repo for trace in traces} <= set(split_of())


def test_a_result_survives_json() -> None:
    assert ToolResult.from_json(CALL, json.loads(json.dumps(RESULT.to_json()))) == RESULT


def test_an_agent_run_written_as_a_trace_is_read_back() -> None:
    second = ToolResult(CALL, "empty", (), 0)
    steps = (
        Step(ToolUse("1", "find_callers", "{}"), CALL, RESULT),
        Step(ToolUse("2", "find_callers", "{}"), CALL, second, first=2),
    )
    messages = ({"role": "user", "content": "who?"},)
    run = AgentRun("who?", "`g` does [1]. See [9].", "answered", steps, messages, Figures(), 5.0)
    answer = answer_of(run, "openai:big")
    assert answer.citations == (0,)
    assert answer.result is not None
    assert (answer.result.status, answer.result.total) == ("ok", 1)
    written = Trace("who?", "demo", answer, run=run, seed=3).to_json()
    read_back = TeacherTrace.from_json(json.loads(json.dumps(written)))
    assert read_back.calls == (CALL, CALL)
    assert read_back.evidence == (PLACE,)
    assert (read_back.answer, read_back.model) == (run.text, "openai:big")
    assert read_back.messages == messages


def test_an_unfinished_last_line_is_left_out_and_a_broken_one_told(tmp_path: Path) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text('{"a": 1}\n{"b": ')
    assert list(records([file])) == [{"a": 1}]
    file.write_text('{"a": \n{"b": 1}\n')
    with pytest.raises(UsageError, match=r"t\.jsonl:1"):
        list(records([file]))
    with pytest.raises(UsageError, match="cannot be read"):
        read([tmp_path / "none.jsonl"])


def test_an_invalid_call_is_told() -> None:
    with pytest.raises(UsageError, match="invalid call"):
        TeacherTrace.from_json(
            {"repo": "r", "question": "q", "answer": "", "call": {"tool": "x"}, "result": None}
        )
