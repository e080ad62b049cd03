"""How a sentence lies over what its places state: near where it words one, far where it makes it up."""

from __future__ import annotations

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.results import Match, ToolResult
from codeask.formatter.statements import COUNT, lay, places_of, statements

SEND = '''def send(job, tries):
    """Hands a job to the queue."""
    check(job)
    if tries > 3:
        raise QueueFull(job)
    return push(job)'''
RESULT = ToolResult(
    ToolCall("explain", {"query": "send", "name": "send"}),
    "ok",
    (
        Match("q/a.py", 1, 6, "send", "function", SEND, "definition"),
        Match("q/b.py", 9, 9, "main", "function", "send(job, 1)", "call"),
    ),
    2,
)
IN_ORDER, UNKNOWN, NAMES, RELATION, NEGATED, NUMBER = 3, 4, 7, 9, 10, 12


def numbers(sentence: str) -> tuple[float, ...]:
    return lay(sentence, RESULT).numbers


def test_a_clause_and_its_rewording_lie_over_the_evidence() -> None:
    for sentence in (
        "`send` raises `QueueFull` under `if tries > 3` [1].",
        "It calls `check` and `push` [1].",
        "The function `send` hands a job to the queue [1].",
    ):
        found = numbers(sentence)
        assert len(found) == COUNT and all(0 <= number <= 1 for number in found)
        assert (found[IN_ORDER], found[UNKNOWN], found[NAMES]) == (1.0, 0.0, 0.0), sentence


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("It calls `push` and `check`, which hands jobs [1].", IN_ORDER),
        ("`send` is a wrapper for a pool [1].", UNKNOWN),
        ("`send` raises `KeyError` [1].", NAMES),
        ("`send` extends `push` [1].", RELATION),
        ("`send` never calls `check` [1].", NEGATED),
        ("`send` raises `QueueFull` under `if tries > 5` [1].", NUMBER),
    ],
)
def test_what_differs_is_counted(sentence: str, number: int) -> None:
    like = numbers("`send` calls `check` and `push` [1].")[number]
    found = numbers(sentence)[number]
    assert found < like if number == IN_ORDER else found > like


def test_a_sentence_is_held_against_the_places_that_it_cites() -> None:
    assert places_of("`send` does [2].", RESULT) == [2]
    assert places_of("It hands a job to the queue.", RESULT)[0] == 1
    told = [text for _, text in statements(RESULT, [2], "x")]
    assert "send(job, 1)" in told and not any("QueueFull" in text for text in told)
    assert lay("It calls `check` [1].", RESULT).best[0].startswith("`send` calls `check`")


def test_a_list_is_held_against_its_plain_answer() -> None:
    call = ToolCall("find_callers", {"name": "send"})
    result = ToolResult(call, "ok", RESULT.matches, 2)
    assert any("called in 2 places" in text for _, text in statements(result, [1], ""))
    assert lay("`send` is called in 2 places.", result).numbers[IN_ORDER] == 1.0
