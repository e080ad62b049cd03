"""Generation against a scripted teacher: recorded whole, resumed without paying twice."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from codeask.assistant.agent import Limits
from codeask.distill import summary
from codeask.distill.corpora import DONE, Corpus, corpora
from codeask.distill.endpoint import Endpoint
from codeask.distill.generate import (
    KINDS,
    Answering,
    Task,
    add_arguments,
    from_files,
    from_teacher,
    generate,
    run,
)
from codeask.distill.ledger import Ledger, data_hash, key_of
from codeask.distill.parallel import Workers
from codeask.distill.traces import TeacherTrace
from codeask.executors.errors import UsageError
from openai_server import OpenAIServer, tool_call

CORPUS = Corpus("demo", "train", ("python",), "1.0", ())


def teacher(body: Mapping[str, Any]) -> Mapping[str, Any] | int:
    """Calls a tool for a question, answers from its result, and makes up questions when asked to."""
    last = body["messages"][-1]
    if "codebase holds" in last["content"]:
        return {"content": "1. who calls alpha?\n- where is beta\nwho calls alpha?\n"}
    if last["role"] == "tool":
        return {"content": "`beta` calls `alpha` [1]."}
    if "broken" in last["content"]:
        return 500
    return tool_call("find_callers", name="alpha")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(teacher) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "a.py").write_text("def alpha():\n    pass\n\ndef beta():\n    alpha()\n")
    return tmp_path


def answering(server: OpenAIServer) -> Answering:
    return Answering(Endpoint(server.url, "big"), Limits(), attempts=2, pause=0.0)


def tasks(folder: Path, *questions: str) -> list[Task]:
    return [
        Task(key_of(question), "demo", str(folder / "demo"), question, f"q{n}", "labelled")
        for n, question in enumerate(questions)
    ]


def test_a_trace_is_recorded_whole(server: OpenAIServer, folder: Path, tmp_path: Path) -> None:
    done = generate(
        tasks(folder, "who calls alpha?"), answering(server), Workers(), tmp_path / "out"
    )
    (record,) = done
    trace = TeacherTrace.from_json(record)
    assert trace.answer == "`beta` calls `alpha` [1]."
    assert [m.name for m in trace.evidence] == ["beta"]
    assert [message["role"] for message in trace.messages] == [
        "system", "user", "assistant", "tool", "assistant",
    ]  # fmt: skip
    assert record["agent"]["new_tokens"] > 0


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_the_second_run_asks_only_what_is_missing(
    server: OpenAIServer, folder: Path, tmp_path: Path, backend: Any
) -> None:
    asked = tasks(folder, "who calls alpha?", "callers of alpha", "alpha is called by")
    out, workers = tmp_path / "out", Workers(backend, 2)
    whole = data_hash(generate(asked, answering(server), workers, tmp_path / "at-once"))
    generate(asked[:1], answering(server), workers, out)
    with (out / "traces.jsonl").open("a") as stream:
        stream.write('{"id": "torn')  # what a killed writer leaves
    before = len(server.requests)
    done = generate(asked, answering(server), workers, out)
    assert len(server.requests) - before == 4
    assert data_hash(done) == whole
    assert len(list(Ledger(out / "traces.jsonl"))) == 3


def test_a_failure_is_kept_apart_and_tried_again(
    server: OpenAIServer, folder: Path, tmp_path: Path
) -> None:
    asked = tasks(folder, "broken", "who calls alpha?")
    done = generate(asked, answering(server), Workers(), tmp_path)
    assert [record["question"] for record in done] == ["who calls alpha?"]
    (failure,) = Ledger(tmp_path / "failures.jsonl")
    assert "500" in failure["failed"]
    before = len(server.requests)
    generate(asked, answering(server), Workers(), tmp_path)
    assert len(server.requests) > before


def test_questions_from_files_and_from_the_teacher(
    server: OpenAIServer, folder: Path, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        json.dumps({"id": "x1", "question": "who calls alpha?", "repo": "demo"}) + "\n"
        + json.dumps({"id": "x2", "question": "elsewhere", "repo": "other"}) + "\n"
    )  # fmt: skip
    endpoint = Endpoint(server.url, "big")
    known = {"demo": CORPUS}
    assert [t.source for t in from_files([rows], known, folder, endpoint, 0)] == ["x1"]
    made = from_teacher(known, folder, endpoint, 0, 2, tmp_path)
    assert {t.question for t in made} == {"who calls alpha?", "where is beta"}
    assert {t.kind for t in made} == set(KINDS)
    asked = server.requests[0]["messages"][0]["content"]
    assert "function alpha (a.py)" in asked
    before = len(server.requests)
    assert from_teacher(known, folder, endpoint, 0, 2, tmp_path) == made
    assert len(server.requests) == before
    other = from_files([rows], known, folder, endpoint, 1)
    assert other[0].id != from_files([rows], known, folder, endpoint, 0)[0].id


def test_the_command_tells_what_was_asked_what_failed_and_what_it_cost(
    server: OpenAIServer, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tmp_path / "corpora.toml"
    manifest.write_text(
        "[demo]\nsplit='train'\nlanguages=['python']\nversion='1'\n"
        "sources=[{url='https://example.org/a.tar.gz', sha256='0'}]\n"
    )
    (folder / f"demo{DONE}").write_text(corpora(manifest)["demo"].pin)  # as if it were unpacked
    rows = tmp_path / "rows.jsonl"
    questions = ("who calls alpha?", "broken")
    lines = [json.dumps({"question": question, "repo": "demo"}) for question in questions]
    rows.write_text("\n".join(lines) + "\n")
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    out = tmp_path / "out"
    words = [
        "--endpoint", server.url, "--model", "big", "--questions", str(rows), "--out", str(out),
        "--corpora", str(folder), "--manifest", str(manifest), "--price-in", "1000000",
    ]  # fmt: skip
    assert run(parser.parse_args(words)) == 1  # one of them failed
    figures = summary.figures_of(out, "generate")
    assert (figures["questions"], figures["answered"], figures["failed"]) == (2, 1, 1)
    assert figures["cost"] == figures["prompt tokens"] > 0
    assert "1 failed" in capsys.readouterr().err
    assert (out / "generate.html").is_file()
    with pytest.raises(UsageError, match="Name the teacher"):
        run(parser.parse_args(["--out", str(out), "--questions", str(rows)]))
    with pytest.raises(UsageError, match="where questions come from"):
        run(parser.parse_args([*words[:4], "--out", str(out)]))


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    with (
        Ledger(tmp_path / "t.jsonl"),
        pytest.raises(UsageError, match="another run"),
        Ledger(tmp_path / "t.jsonl"),
    ):
        pass


def test_the_hash_knows_no_order_and_no_clock() -> None:
    first = [{"id": "a", "time": 1, "x": {"elapsed_ms": 3}}, {"id": "b"}]
    second = [{"id": "b"}, {"id": "a", "time": 2, "x": {"elapsed_ms": 4}}]
    assert data_hash(first) == data_hash(second)
    assert data_hash(first) != data_hash([{"id": "b"}, {"id": "a", "x": {}, "y": 1}])
