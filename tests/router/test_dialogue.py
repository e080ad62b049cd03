"""The dialogue as the model reads it."""

from __future__ import annotations

from codeask.executors.catalog import ToolCall
from codeask.router import Turn
from codeask.router.dialogue import TURNS, render


def test_newest_turn_comes_first_and_the_query_is_not_repeated() -> None:
    history = [
        Turn("how are routes matched", ToolCall("explain", {"query": "routes matched"})),
        Turn("who calls  add?", ToolCall("find_callers", {"name": "add", "path": "src"})),
    ]
    assert render(history) == (
        "find callers | name add; path src | who calls add? || explain |  | how are routes matched"
    )


def test_only_the_last_turns_are_kept() -> None:
    history = [
        Turn(f"where is f{i}", ToolCall("find_definition", {"name": f"f{i}"})) for i in range(9)
    ]
    text = render(history)
    assert text.count("||") == TURNS - 1
    assert "f8" in text and "f5" not in text


def test_no_history_is_no_context() -> None:
    assert render([]) == ""
