"""Training rows, noise, targets and the report; none of it needs torch."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from codeask.assistant.config import Config
from codeask.distill import labelled
from codeask.distill.corpora import split_of
from codeask.distill.judge import (
    WIDEN_BELOW,
    Outcome,
    accepted,
    ceiling,
    expected_calibration_error,
    handling,
    judge,
    temperature_of,
)
from codeask.distill.report import per_class, reliability, suspects, write
from codeask.distill.train_router import piece_tags, split
from codeask.executors.catalog import ToolCall
from codeask.router.encode import Encoded
from codeask.router.labels import BIO

ROWS = labelled.load(sorted(labelled.QUESTIONS.glob("t*.jsonl")))


def made(question: str, tool: str, group: str = "a", **row: Any) -> labelled.Example:
    arguments = row.pop("arguments", {})
    call = {"tool": tool, "arguments": arguments}
    return labelled.example({"id": question, "question": question, "call": call, **row}, group)


def spans_of(row: labelled.Example) -> list[tuple[str, str]]:
    texts = (row.question, row.context)
    return [(texts[s.segment][s.start : s.end], s.tag) for s in row.spans]


def test_shipped_rows_are_valid_and_their_ids_unique() -> None:
    lines = sum(
        len(path.read_text("utf-8").splitlines()) for path in labelled.QUESTIONS.glob("t*.jsonl")
    )
    assert len(ROWS) == lines


def test_rows_for_training_only_share_nothing_with_the_others() -> None:
    labelled_before = {f"t{number}" for number in range(1, 7)} | {"traces"}
    extra = [row for row in ROWS if row.group not in labelled_before]
    others = [row for row in ROWS if row.group in labelled_before]
    assert {row.group for row in extra} >= {"t7", "t8", "t9", "t11", "t12"}
    assert not {row.repo for row in extra} & {row.repo for row in others}
    assert not {row.question.lower() for row in extra} & {row.question.lower() for row in others}


def test_places_are_told_of_described_behaviours_of_pinned_training_codebases() -> None:
    splits = split_of()
    told = [
        row
        for path in labelled.QUESTIONS.glob("t*.jsonl")
        for row in map(json.loads, path.read_text("utf-8").splitlines())
        if "places" in row
    ]
    assert sum(bool(row["places"]) for row in told) > 1_000
    for row in told:
        assert row["call"]["tool"] in ("locate", "explain", "compare"), row["id"]
        assert splits[row["repo"]] == "train", row["id"]
        assert all(set(place) == {"path", "name", "line"} for place in row["places"]), row["id"]


def test_arguments_are_found_where_they_were_typed() -> None:
    row = made(
        "who calls the http adapter in src/net",
        "find_callers",
        arguments={"name": "HTTPAdapter", "path": "src/net"},
        surface={"name": "http adapter"},
    )
    assert spans_of(row) == [("http adapter", "name"), ("src/net", "path")]
    earlier = {
        "question": "where is Live",
        "call": made("x", "find_definition", arguments={"name": "Live"}).call.to_json(),
    }
    row = made("who calls it", "find_callers", arguments={"name": "Live"}, history=[earlier])
    assert [(s.segment, s.tag) for s in row.spans] == [(1, "name")]
    assert spans_of(row) == [("Live", "name")]


def test_noise_keeps_spans_on_their_words() -> None:
    rng = random.Random(3)
    pool = labelled.pools(ROWS)
    known = {name for names in pool.identifiers.values() for name in names} | set(pool.paths)
    known = {name.lower() for name in known}
    changed = 0
    for row in ROWS[::5]:
        noisy = labelled.augment(row, rng, pool)
        changed += noisy.question != row.question
        assert [s.tag for s in noisy.spans] == [s.tag for s in row.spans]
        for (before, _), (after, tag) in zip(spans_of(row), spans_of(noisy), strict=True):
            same = after.lower() == before.lower()
            assert same or (tag in ("name", "second", "path") and after.lower() in known), row.id
        assert noisy.call == row.call
    assert changed > len(ROWS[::5]) / 3


def test_no_test_repository_is_trained_on() -> None:
    rows = [made("a", "locate", "t1", repo="x", arguments={"query": "a"})]
    rows += [made("b", "locate", "t2", repo=repo, arguments={"query": "b"}) for repo in "xy"]
    training, test = split(rows, ["t1"])
    assert [row.repo for row in training] == ["y"]
    assert [row.id for row in test] == ["a"]


def test_a_name_may_stand_as_it_was_typed() -> None:
    row = made(
        "the http adapter class",
        "find_definition",
        arguments={"name": "HTTPAdapter"},
        surface={"name": "http adapter"},
    )
    assert accepted(row, row.call, ToolCall("find_definition", {"name": "http adapter"}))
    assert not accepted(row, row.call, ToolCall("find_definition", {"name": "http"}))
    assert not accepted(row, row.call, ToolCall("find_references", {"name": "HTTPAdapter"}))


def test_calibration_error() -> None:
    assert expected_calibration_error([(0.8, True)] * 8 + [(0.8, False)] * 2) == pytest.approx(0)
    assert expected_calibration_error([(0.9, False)] * 4) == pytest.approx(0.9)


def chosen(row: labelled.Example, tool: str, sure: float, **arguments: Any) -> Outcome:
    """An outcome that is `sure` of its tool, the rest going to the label or one other."""
    other = row.call.tool if row.call.tool != tool else "overview"
    call = ToolCall(tool, arguments or {"query": "a"})
    return Outcome(row, call, {tool: math.log(sure), other: math.log(1 - sure)})


def test_report(tmp_path: Path) -> None:
    first = made("a <b>", "locate", arguments={"query": "a"})
    second = made("c", "explain", arguments={"query": "c"}, also=["locate"])
    outcomes = [
        chosen(first, "explain", 0.9),
        chosen(first, "locate", 0.6),
        chosen(second, "locate", 0.7),
    ]
    assert per_class(outcomes) == [("locate", 2, 0.5, 1.0), ("explain", 1, 1.0, 0.0)]
    assert [(n, round(c, 3), a) for n, c, a in reliability(outcomes, 1.0)] == [
        (1, 0.6, 1.0), (1, 0.7, 1.0), (1, 0.9, 0.0),
    ]  # fmt: skip
    assert suspects(outcomes, 1.0) == [outcomes[0]]
    write(tmp_path / "page.html", outcomes, 1.0, {"t9": {"rows": 3, "tool": 2 / 3}})
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "a &lt;b&gt;" in page and "a <b>" not in page
    assert "<td class=n>0.667</td>" in page and "<th>t9</th>" in page
    assert "<td class=n>answered</td><td class=n>3</td>" in page


def test_figures_of_outcomes() -> None:
    named = made("who calls it", "find_callers", arguments={"name": "Live"})
    asked = made("fix it", "decline", arguments={"reason": "edit"})
    outcomes = [
        chosen(named, "find_callers", 0.9, name="live"),
        chosen(named, "decline", 0.8, reason="edit"),
        chosen(asked, "decline", 0.9, reason="edit"),
        chosen(asked, "locate", 0.45, query="it"),
    ]
    found = judge(outcomes, 1.0)
    assert (found["tool"], found["whole_call"]) == (0.5, 0.5)
    assert (found["refusal_recall"], found["wrongly_refused"]) == (0.5, 0.5)
    assert (found["answered"], found["refused"], found["widened"]) == (1, 2, 1)
    assert found["confusions"] == [["find_callers", "decline", 1], ["decline", "locate", 1]]
    assert handling(outcomes[0], 1.0) == "answered"
    sure = temperature_of([outcomes[0], outcomes[2]])
    assert sure < 1.0 < temperature_of(outcomes)  # right when sure: sharper; half wrong: flatter


def test_widening_is_that_of_the_assistant() -> None:
    assert Config().threshold == WIDEN_BELOW


def test_rules_lose_little_of_what_is_labelled() -> None:
    for group in ("t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"):
        assert ceiling([row for row in ROWS if row.group == group]) >= 0.98, group


def test_targets_cover_the_words() -> None:
    row = made("who calls add_all", "find_callers", arguments={"name": "add_all"})
    offsets = ((0, 0), (0, 3), (4, 9), (10, 13), (13, 14), (14, 17), (0, 0))
    encoded = Encoded((0,) * 7, (0,) * 7, (0,) * 7, offsets)
    labels = [BIO[n] if n >= 0 else "" for n in piece_tags(row, encoded, 8)]
    assert labels == ["", "O", "O", "B-name", "I-name", "I-name", "", ""]
