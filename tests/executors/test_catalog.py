"""Validation of tool calls."""

from __future__ import annotations

import pickle

import pytest
from codeask.executors.catalog import Argument, Tool, ToolCall, _registry, get_tool
from codeask.executors.errors import InvalidCallError


def test_values_are_normalised() -> None:
    call = ToolCall("find_subclasses", {"name": " Base ", "transitive": "yes", "lang": "ts"})
    assert dict(call.arguments) == {"name": "Base", "transitive": True, "lang": "typescript"}
    assert ToolCall("compare", {"names": "A, B"}).arguments["names"] == ("A", "B")
    assert ToolCall("rank_symbols", {"metric": "lines", "limit": "5"}).number("limit") == 5


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("find_caller", {"name": "f"}, "did you mean 'find_callers'"),
        ("find_callers", {"nam": "f"}, "did you mean 'name'"),
        ("find_callers", {}, "needs 'name'"),
        ("find_callers", {"name": ""}, "empty"),
        ("find_callers", {"name": "f", "limit": 0}, "whole number from 1"),
        ("find_callers", {"name": "f", "mode": "counts"}, "did you mean 'count'"),
        ("find_subclasses", {"name": "f", "transitive": "perhaps"}, "true or false"),
        ("compare", {"names": "A"}, "two or more"),
        ("decline", {"reason": "lazy"}, "one of edit, run"),
    ],
)
def test_bad_calls_say_what_is_allowed(tool: str, arguments: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidCallError, match=words):
        ToolCall.from_json({"tool": tool, "arguments": arguments})


def test_a_call_is_immutable_hashable_and_survives_json_and_pickle() -> None:
    call = ToolCall("find_callers", {"name": "f", "limit": 3})
    with pytest.raises(TypeError):
        call.arguments["name"] = "g"  # type: ignore[index]
    assert ToolCall.from_json(call.to_json()) == call
    assert pickle.loads(pickle.dumps(call)) == call
    assert len({call, ToolCall("find_callers", {"limit": 3, "name": "f"})}) == 1
    assert call.with_arguments(limit=None).arguments == {"name": "f"}


def test_a_tool_defined_twice_raises() -> None:
    tool = Tool("twice", "", (Argument("name", ""),))
    with pytest.raises(ValueError, match="twice"):
        _registry([tool, tool])


def test_schema_states_required_and_allowed_values() -> None:
    schema = get_tool("list_symbols").schema()["function"]["parameters"]
    assert schema["required"] == ["kind"]
    assert "dataclass" in schema["properties"]["kind"]["enum"]
    assert schema["additionalProperties"] is False
