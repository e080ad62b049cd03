"""From tags and flags to calls; the predictions are written by hand, so no model is needed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from codeask.executors.catalog import ToolCall
from codeask.router import Turn
from codeask.router.arguments import describes, fill
from codeask.router.dialogue import render
from codeask.router.labels import HEADS
from codeask.router.model import Prediction, Tagged


def predicted(
    question: str,
    context: str = "",
    tags: Mapping[str, str] | None = None,
    earlier: Mapping[str, str] | None = None,
    query: str = "",
    **flags: str,
) -> Prediction:
    """A prediction that tags the given words (tag → text) and is sure of the given flags."""
    spans = []
    for segment, text, wanted in ((0, question, tags or {}), (1, context, earlier or {})):
        for tag, words in wanted.items():
            start = text.index(words)
            spans.append(Tagged(segment, start, start + len(words), tag.rstrip("2"), 0.9))
    heads = {
        head: {name: float(name == flags.get(head, classes[0])) for name in classes}
        for head, classes in HEADS.items()
    }
    at = (question.index(query), question.index(query) + len(query)) if query else None
    return Prediction((), tuple(spans), heads, at)


CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "find_callers",
        "who calls `parse_args()` in src/cli, no tests?",
        {"tags": {"name": "`parse_args()`", "path": "src/cli"}, "tests": "exclude"},
        {"name": "parse_args", "path": "src/cli", "tests": "exclude"},
    ),
    (
        "find_call_path",
        "how do we get from main to send",
        {"tags": {"name": "main", "second": "send"}},
        {"source": "main", "target": "send"},
    ),
    (
        "explain",
        "how does paramiko verify host-keys?",
        {"query": "miko verify host"},  # pieces of words
        {"query": "paramiko verify host-keys"},
    ),
    (
        "compare",
        "Client vs AsyncClient",
        {"tags": {"name": "Client ", "name2": "AsyncClient"}},
        {"names": ["Client", "AsyncClient"]},
    ),
    (
        "list_symbols",
        "functions that start with get_ and carry @cache",
        {"tags": {"pattern": "get_", "decorator": "@cache"}, "kind": "function"},
        {"kind": "function", "pattern": "get_*", "decorator": "cache"},
    ),
    (
        "rank_symbols",
        "five shortest methods in the Go code",
        {"tags": {"lang": "Go"}, "metric": "lines", "kind": "method", "limit": "number"},
        {"metric": "lines", "kind": "method", "order": "asc", "limit": 5, "lang": "go"},
    ),
    (
        "find_files",
        "any .proto files",
        {"tags": {"pattern": ".proto"}, "mode": "exists"},
        {"pattern": "*.proto", "mode": "exists"},
    ),
    (
        "locate",
        "where do we hash passwords?",
        {"query": "hash passwords"},
        {"query": "hash passwords"},
    ),
    ("locate", "where do we hash passwords?", {}, {"query": "hash passwords"}),
    ("decline", "fix this bug", {"reason": "edit"}, {"reason": "edit"}),
    ("find_raises", "what can load() raise", {"action": "raise"}, {"name": "*", "action": "raise"}),
    # No tag at all: a word that looks like code is taken, an ordinary one never is.
    ("find_definition", "where's get_app", {}, {"name": "get_app"}),
]


@pytest.mark.parametrize(("tool", "question", "said", "arguments"), CASES)
def test_fill(tool: str, question: str, said: dict[str, Any], arguments: dict[str, Any]) -> None:
    call = fill(tool, question, "", (), predicted(question, **said))
    assert call is not None
    assert call.to_json() == {"tool": tool, "arguments": arguments}


def test_a_comparison_looks_harder_for_its_second_name() -> None:
    question = "helpers or register?"
    places = {word: question.index(word) for word in ("helpers", "register")}

    def tagger(allowed: frozenset[str], outside: float) -> tuple[Tagged, ...]:
        seen = ["helpers", *(["register"] if outside < 0.05 else [])]
        return tuple(Tagged(0, places[w], places[w] + len(w), "name", 0.9) for w in seen)

    prediction = replace(predicted(question), tagger=tagger)
    call = fill("compare", question, "", (), prediction)
    assert call is not None and call.arguments["names"] == ("helpers", "register")


def test_parts_of_the_code_are_no_entry_points() -> None:
    call = ToolCall("find_entrypoints", {"kind": "main"})
    assert describes(call, "which middlewares are there")
    assert not describes(call, "which routes are there")
    assert not describes(call, "where does it start")


def test_a_setting_is_called_without_its_sort() -> None:
    prediction = predicted(
        question := "default of the POOL_SIZE setting", tags={"name": "POOL_SIZE setting"}
    )
    call = fill("find_config", question, "", (), prediction)
    assert call is not None and call.text("name") == "POOL_SIZE"


def test_a_missing_name_is_not_made_up() -> None:
    question = "where is it defined"
    assert fill("find_definition", question, "", (), predicted(question)) is None


def test_whether_something_is_supported_is_not_whether_there_are_packages() -> None:
    for question, meant in (("is http2 supported?", False), ("does it have dependencies?", True)):
        call = fill("list_dependencies", question, "", (), predicted(question, mode="exists"))
        assert (call is not None) is meant


def test_a_follow_up_takes_its_name_from_the_dialogue_unless_it_brings_its_own() -> None:
    history = (Turn("where is Live", ToolCall("find_definition", {"name": "Live"})),)
    context = render(history)
    tagged = predicted("who calls it", context, earlier={"name": "Live"})
    call = fill("find_callers", "who calls it", context, history, tagged)
    assert call == ToolCall("find_callers", {"name": "Live"})
    untagged = fill("find_callers", "who calls it", context, history, predicted("who calls it"))
    assert untagged == call
    own = predicted("and Progress?", context, {"name": "Progress"}, {"name": "Live"})
    call = fill("find_callers", "and Progress?", context, history, own)
    assert call == ToolCall("find_callers", {"name": "Progress"})


def test_arguments_survive_json() -> None:
    question = "Client vs AsyncClient"
    call = fill(
        "compare",
        question,
        "",
        (),
        predicted(question, tags={"name": "Client ", "name2": "AsyncClient"}),
    )
    assert call is not None
    assert ToolCall.from_json(json.loads(json.dumps(call.to_json()))) == call
