"""The OpenAI-compatible back end against a scripted server on this machine."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from codeask.executors.errors import BackendError
from codeask.formatter.backends import ToolUse
from codeask.formatter.backends.openai import OpenAIBackend
from openai_server import OpenAIServer, events, tool_call

ASKED = [{"role": "user", "content": "hello"}]


def test_a_stream_comes_in_pieces_with_its_cost() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 2}
    with OpenAIServer(lambda _: events("Good ", "day", usage=usage)) as server:
        model = OpenAIBackend(server.url, "m", key="secret")
        assert list(model.stream(ASKED, max_tokens=9)) == ["Good ", "day"]
    (asked,) = server.requests
    assert (asked["max_tokens"], asked["key"], asked["path"]) == (
        9, "Bearer secret", "/v1/chat/completions",
    )  # fmt: skip
    assert (model.figures.prompt_tokens, model.figures.new_tokens) == (7, 2)
    assert 0 < model.figures.first_ms <= model.figures.total_ms


def test_tools_are_asked_for_and_their_arguments_kept_as_written() -> None:
    with OpenAIServer(lambda _: tool_call("find_callers", name="f")) as server:
        model = OpenAIBackend(server.url, "m")
        reply = model.complete(ASKED, max_tokens=5, tools=[{"type": "function"}], seed=4)
    assert reply.tool_uses == (ToolUse("call_find_callers", "find_callers", '{"name": "f"}'),)
    assert reply.text == ""
    assert server.requests[0]["seed"] == 4
    assert server.requests[0]["tools"] == [{"type": "function"}]


def test_a_busy_server_is_asked_again() -> None:
    said: list[Any] = [503, 429, {"content": "yes"}]
    with OpenAIServer(lambda _: said.pop(0)) as server:
        model = OpenAIBackend(server.url, "m", pause=0.01)
        assert model.complete(ASKED, max_tokens=5).text == "yes"
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("said", "problem", "asked"),
    [
        (401, "check the key", 1),
        (503, "answered 503", 3),
        (["data: {broken\n\n"], "broken event", 1),
        (['data: {"error": {"message": "out of memory"}}\n\n'], "out of memory", 1),
    ],
)
def test_what_goes_wrong_is_one_sentence(said: Any, problem: str, asked: int) -> None:
    with OpenAIServer(lambda _: said) as server:
        model = OpenAIBackend(server.url, "m", pause=0.01)
        with pytest.raises(BackendError, match=problem):
            list(model.stream(ASKED, max_tokens=5))
    assert len(server.requests) == asked


def test_what_is_no_completion_is_told() -> None:
    with (
        OpenAIServer(lambda _: events("x")) as server,
        pytest.raises(BackendError, match="no chat completion"),
    ):
        OpenAIBackend(server.url, "m").complete(ASKED, max_tokens=5)


def test_a_silent_and_an_absent_server() -> None:
    def slow(_: Mapping[str, Any]) -> Mapping[str, Any]:
        time.sleep(0.5)
        return {"content": "late"}

    with OpenAIServer(slow) as server:
        model = OpenAIBackend(server.url, "m", timeout=0.1, retries=0)
        with pytest.raises(BackendError, match=r"within 0\.1 s"):
            model.complete(ASKED, max_tokens=5)
    with pytest.raises(BackendError, match="cannot be reached"):
        OpenAIBackend("http://127.0.0.1:9/v1", "m", retries=0).complete(ASKED, max_tokens=5)
