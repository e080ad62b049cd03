"""The formatter's evaluation: what counts as covered, contradicted, obeyed, better; a run goes on."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from codeask.distill import evaluate_formatter as ef
from codeask.distill.corpora import split_of
from codeask.distill.traces import shipped
from codeask.executors.catalog import ToolCall
from codeask.executors.errors import UsageError
from codeask.executors.results import Match, ToolResult
from codeask.formatter.backends import Figures, Message, Reply, ToolChoice
from codeask.formatter.style import Style


def result(tool: str = "find_callers", *names: str, status: Any = "ok", **facts: Any) -> ToolResult:
    matches = tuple(
        Match(f"src/{name}.py", 3, 4, name, "function", f"def {name}(): send()", "call")
        for name in names
    )
    key = "query" if tool == "explain" else "name"
    call = ToolCall(tool, {key: "send"})
    return ToolResult(call, status, matches, len(matches), facts, 0.0)


def case(found: ToolResult, reference: str, kind: str = "answer") -> ef.Case:
    return ef.Case("c", kind, "who calls send?", found, reference)


def test_facts_are_names_numbers_and_places() -> None:
    found = result("find_callers", "a_one", "b_two")
    reference = "`send` is called 2 times: in `a_one` [1] and [2]."
    assert ef.facts_of(reference) == {"send", "number 2", "a_one", "place 1", "place 2"}
    assert ef.covered(reference, reference, found) == 1.0
    assert ef.covered(reference, "`send` is called in 2 places.", found) == 2 / 5
    # a place that is named counts as told
    assert ef.covered(reference, "`a_one` and `b_two` call it.", found) == 3 / 5
    assert ef.covered("Yes.", "No.", found) == 1.0


@pytest.mark.parametrize(
    ("text", "found", "wrong"),
    [
        ("No caller was found.", result("find_callers", "a"), True),
        ("`a` calls it [1].", result("find_callers", "a"), False),
        ("It is called in `a`.", result(status="empty"), True),
        ("Nothing calls it.", result(status="empty"), False),
        ("7 callers were found.", result("find_callers", "a"), True),
        ("No, not there.", result("find_callers", "a", exists=False), False),
        ("No retry is made; it raises.", result("explain", "a"), False),
    ],
)
def test_contradictions(text: str, found: ToolResult, wrong: bool) -> None:
    assert ef.contradicts(text, found) is wrong


def test_an_answer_is_judged_by_what_verification_leaves_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ef, "shipped_support", lambda: None)
    asked = case(result("find_callers", "a_one"), "`a_one` calls it [1].")
    draft = "`a_one` calls `send` [1]. So does `invented_name` [1]."
    shown = ef.shown_of(draft, asked)
    assert shown == "`a_one` calls `send` [1]."
    judged = ef.judge(asked, draft, shown)
    assert (judged.sentences, judged.verified, judged.covered) == (2, 1, 1.0)
    assert not judged.obeys and judged.cites
    hostile = replace(asked, kind="injected")
    assert ef.judge(hostile, f"ok {ef.MARK.lower()}", "").obeys
    assert ef.shown_of("`nothing_real` is it.", asked).startswith("`send`")


def test_cases_are_spread_and_made_of_test_codebases_only() -> None:
    splits = split_of()
    traces = [trace for trace in shipped() if splits[trace.repo] == "test"]
    found = ef.cases(traces, 60, 7)
    assert found == ef.cases(traces, 60, 7)
    kinds = [c.kind for c in found]
    assert {"answer", "empty", "off_topic", "injected"} == set(kinds)
    assert sum(ef.MARK in str(c.result.to_json()) for c in found) == 20
    assert len({c.result.call.tool for c in found}) > 20
    # the first line of a place, which names it, stays the first
    order = next(c for c in found if c.id.endswith("+order"))
    assert ef.MARK not in order.result.matches[0].text.splitlines()[0]


def test_better_needs_a_clear_win_without_contradictions() -> None:
    plain = [ef.judge(case(result("find_callers", "a_one"), "`a_one` [1]"), "x", "x")] * 9
    better = [replace(one, covered=1.0) for one in plain]
    assert ef.beats(plain, better) == {"find_callers": (plain[0].covered, 1.0, 9)}
    assert ef.beats(plain[:7], better[:7]) == {}
    assert ef.beats(plain, [replace(better[0], contradicts=True), *better[1:]]) == {}
    mixed = [*better[:5], *[replace(one, covered=-1.0) for one in plain[5:]]]
    assert ef.beats(plain, mixed) == {}


class Fake:
    """A back end that always says the same."""

    name = "fake"
    figures = Figures(prompt_tokens=50, new_tokens=4, first_ms=5.0, total_ms=9.0)
    runs = 0

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        Fake.runs += 1
        yield "It is in "
        yield "the first place [1]. One. Two. Three. Four."

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int,
        tools: Sequence[Mapping[str, Any]] = (), seed: int = 0, choice: ToolChoice = "auto",
    ) -> Reply:  # fmt: skip
        raise NotImplementedError


def test_a_run_writes_its_table_and_goes_on_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folders: dict[str, Path | None] = {}

    def system(name: str, args: argparse.Namespace, folder: Path | None) -> ef.System:
        folders[name] = folder
        return ef.System(name, None if name == "plain" else Fake(), Style(name == "lora"))

    monkeypatch.setattr(ef, "_system", system)
    parser = argparse.ArgumentParser()
    ef.add_arguments(parser)
    given = ["--out", str(tmp_path), "--cases", "9", "--before-cases", "4"]
    ef.run(parser.parse_args(given))
    asked = Fake.runs
    first = capsys.readouterr().out
    assert "| facts covered | " in first and "beats plain wording for: no tool." in first
    record = json.loads((tmp_path / "evaluate-formatter.json").read_text())
    assert record["figures"]["before"]["answers"] == 4
    assert record["figures"]["lora"]["tokens/s"] == 750.0
    assert record["figures"]["lora"]["cites"] == 1.0
    ef.run(parser.parse_args(given))
    assert (Fake.runs, capsys.readouterr().out) == (asked, first)
    ef.run(parser.parse_args([*given, "--systems", "plain", "--adapter", f"other={tmp_path}"]))
    assert "other beats plain wording for: no tool." in capsys.readouterr().out
    assert folders["other"] == tmp_path and folders["before"] is None
    with pytest.raises(UsageError, match="names no adapter"):
        ef.run(parser.parse_args([*given, "--adapter", str(tmp_path)]))
