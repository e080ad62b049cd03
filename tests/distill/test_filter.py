"""Which traces are kept, and the data sets made of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from codeask.distill import filter as sieve
from codeask.distill import summary
from codeask.distill.corpora import split_of
from codeask.distill.datasets import agent_rows, check, conversation, write
from codeask.distill.endpoint import Endpoint
from codeask.distill.leakage import leaks
from codeask.distill.parallel import Workers
from codeask.distill.traces import SHIPPED, TeacherTrace, read, records
from codeask.executors.errors import CodeaskError
from openai_server import OpenAIServer

GOOD: dict[str, Any] = {
    "id": "g1",
    "repo": "flask",
    "question": "who calls alpha?",
    "call": {"tool": "find_callers", "arguments": {"name": "alpha"}},
    "result": {
        "status": "ok",
        "total": 1,
        "matches": [
            {
                "path": "app/core.py", "line": 4, "end_line": 4, "name": "beta",
                "kind": "function", "text": "alpha()", "role": "call",
            }
        ],
        "facts": {},
        "note": "",
    },
    "answer": "`beta` calls `alpha` [1].",
}  # fmt: skip


def reason(**changed: Any) -> str:
    return sieve.judge({**GOOD, **changed}).reason


def test_reasons() -> None:
    assert reason() == ""
    assert reason(answer="`gamma` calls `alpha` [1].") == "answer not verified"
    assert reason(answer=" ") == "no answer"
    assert reason(call={"tool": "find_caller", "arguments": {}}) == "not a valid trace"
    bare = {k: v for k, v in GOOD.items() if k not in ("call", "result")}
    assert sieve.judge({**bare, "calls": [], "results": []}).reason == "no tool was used"
    off = {**bare, "calls": [], "results": [], "kind": "out_of_scope"}
    assert sieve.judge(off).reason == ""
    refusal = {"tool": "decline", "arguments": {"reason": "chat"}}
    assert sieve.judge({**bare, "calls": [refusal], "results": [None]}).reason == ""
    assert reason(agent={"stopped": "time"}) == "ended at a bound"


def test_near_duplicates_of_one_codebase_fall_out(tmp_path: Path) -> None:
    found = [
        GOOD,
        {**GOOD, "id": "g2", "question": "who calls alpha"},
        {**GOOD, "id": "g3", "repo": "celery"},
        {**GOOD, "id": "g4", "question": "what would break without alpha, who calls it"},
    ]
    verdicts = sieve.sift(found, {}, Workers(count=1), None, tmp_path)
    assert [v.reason for v in verdicts] == ["", "near-duplicate", "", ""]


def test_corrections_override(tmp_path: Path) -> None:
    wrong = {**GOOD, "id": "bad", "answer": "`gamma` calls it [1]."}
    other = {**wrong, "id": "bad2", "question": "callers of alpha, please?"}
    fixes = {
        "g1": {"id": "g1", "keep": False},
        "bad": {"id": "bad", "answer": "`beta` does [1]."},
        "bad2": {"id": "bad2", "keep": True},
    }
    verdicts = sieve.sift([GOOD, wrong, other], fixes, Workers(count=1), None, tmp_path)
    assert {v.record["id"]: v.reason for v in verdicts} == {
        "g1": "dropped by hand", "bad": "", "bad2": "",
    }  # fmt: skip


def test_what_humans_keep_is_never_a_near_duplicate(tmp_path: Path) -> None:
    twin = {**GOOD, "id": "g2", "question": "who calls alpha"}
    third = {**GOOD, "id": "g3", "question": "who calls alpha??"}
    kept = {name: {"id": name, "keep": True} for name in ("g2", "g3")}
    verdicts = sieve.sift([GOOD, twin, third], kept, Workers(count=1), None, tmp_path)
    assert {v.record["id"]: v.reason for v in verdicts} == {
        "g1": "near-duplicate", "g2": "", "g3": "",
    }  # fmt: skip


def test_what_the_teacher_knew_is_dropped_and_asked_once(tmp_path: Path) -> None:
    def memory(body: Mapping[str, Any]) -> Mapping[str, Any]:
        known = "celery" not in body["messages"][0]["content"]
        return {"content": "beta in core.py" if known else "I do not know."}

    found = [GOOD, {**GOOD, "id": "g2", "repo": "celery"}]
    with OpenAIServer(memory) as server:
        endpoint = Endpoint(server.url, "big")
        for _ in range(2):
            verdicts = sieve.sift(found, {}, Workers(count=1), endpoint, tmp_path)
            assert [v.reason for v in verdicts] == ["known without tools", ""]
    assert len(server.requests) == 2


def test_the_shipped_traces_pass_nearly_all_and_make_data_sets(tmp_path: Path) -> None:
    found = list(records(sorted(SHIPPED.glob("*.jsonl"))))[::6]
    verdicts = sieve.sift(found, {}, Workers(count=1), None, tmp_path)
    figures = sieve.write(verdicts, tmp_path, closed_book=False)
    assert figures["share kept"] >= 0.9
    assert summary.figures_of(tmp_path, "filter") == figures
    assert "Not asked" in (tmp_path / "filter.html").read_text()
    kept = read([tmp_path / "kept.jsonl"])
    made = write(kept, tmp_path / "sets")
    splits = split_of()
    for task in ("router", "formatter", "agent"):
        for name in ("train", "valid", "test"):
            rows = [
                json.loads(line)
                for line in (tmp_path / "sets" / task / f"{name}.jsonl").read_text().splitlines()
            ]
            split = "validation" if name == "valid" else name
            assert len(rows) == made[f"{task} rows, {split}"] > 0
            if task == "router":
                assert {splits[row["repo"]] for row in rows} == {split}
            else:
                assert all(row["messages"][-1]["role"] == "assistant" for row in rows)


def test_agent_rows_are_one_an_assistant_turn() -> None:
    said = conversation(TeacherTrace.from_json(GOOD))
    assert [m["role"] for m in said] == ["system", "user", "assistant", "tool", "assistant"]
    rows = agent_rows(said, [])
    assert [len(row["messages"]) for row in rows] == [3, 5]
    call = rows[0]["messages"][-1]["tool_calls"][0]["function"]
    assert (call["name"], json.loads(call["arguments"])) == ("find_callers", {"name": "alpha"})


def test_what_two_splits_share_is_found_and_fails_the_check() -> None:
    text = "def handle_everything(self):\n" + "    self.do_one_thing(1)\n" * 8
    piece = {**GOOD["result"]["matches"][0], "text": text}
    test = TeacherTrace.from_json(
        {**GOOD, "repo": "zod", "question": "how does parse_all_inputs work",
         "result": {**GOOD["result"], "matches": [piece]}}
    )  # fmt: skip
    asked = TeacherTrace.from_json(
        {**GOOD, "id": "a", "question": "How does parse_all_inputs work?"}
    )
    named = TeacherTrace.from_json({**GOOD, "id": "b", "question": "callers of parse_all_inputs"})
    shown = TeacherTrace.from_json({**GOOD, "id": "c", "result": test.results[0].to_json()})
    clean = TeacherTrace.from_json({**GOOD, "id": "d"})
    same = TeacherTrace.from_json({**GOOD, "id": "e", "repo": "zod"})
    found = {leak.id: leak.sort for leak in leaks([asked, named, shown, clean, same], [test])}
    assert found == {"a": "question", "b": "symbol", "c": "text", "e": "codebase"}
    with pytest.raises(CodeaskError, match="share the symbol 'parse_all_inputs'"):
        check({"train": [named], "validation": [], "test": [test]})
    check({"train": [clean], "validation": [], "test": [test]})
