"""Wordings that leave no choice: each decides its argument, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from codeask.executors.catalog import ToolCall
from codeask.router.dialogue import Turn
from codeask.router.modifiers import adjust


def adjusted(tool: str, question: str, history: tuple[Turn, ...] = (), **arguments: Any) -> Any:
    adjust(tool, question, history, arguments)
    return arguments


@pytest.mark.parametrize(
    "words",
    ["no tests", "tests aside", "Leave the tests out.", "without looking at tests", "non-test code only",
     "not counting the tests", "in production code", "skip test files", "tests don't count", "ohne Tests"],
)  # fmt: skip
def test_tests_are_left_out(words: str) -> None:
    question = f"who calls parse in src, {words}"
    assert adjusted("find_callers", question, name="parse", tests="only")["tests"] == "exclude"


@pytest.mark.parametrize("words", ["only in the tests", "in test_io.py", "tests only"])
def test_tests_alone_are_not_left_out(words: str) -> None:
    assert "tests" not in adjusted("find_callers", f"who calls parse {words}", name="parse")


@pytest.mark.parametrize(
    ("words", "limit"),
    [("top 5", 5), ("max twenty", 20), ("the first three", 3), ("ten hits at most", 10), ("Five is enough.", 5),
     ("two examples will do", 2), ("at most 3", 3), ("first 10 please", 10)],
)  # fmt: skip
def test_limits(words: str, limit: int) -> None:
    assert adjusted("find_callers", f"callers of parse, {words}", name="parse")["limit"] == limit


@pytest.mark.parametrize(
    "question",
    ["what sets 'at most 3 tries'", "commits of the first two weeks", "is the limit 2.5", "first argument of parse"],
)  # fmt: skip
def test_no_limit(question: str) -> None:
    assert "limit" not in adjusted("search_text", question, text="tries")


@pytest.mark.parametrize(
    "words", ["just the count", "how many in total?", "count them", ", give me the number"]
)
def test_counts(words: str) -> None:
    question = f"static methods of cache.py {words}"
    assert adjusted("list_symbols", question, kind="method")["mode"] == "count"


def test_no_yes_or_no_for_code_or_prose() -> None:
    assert "mode" not in adjusted("show_symbol", "can I pass a list to f?", name="f", mode="exists")


@pytest.mark.parametrize(
    ("words", "pattern"),
    [("starting with get_", "get_*"), ("that end in Mixin", "*Mixin"), ("with Key in the name", "*Key*"),
     ("that start with an underscore", "_*"), ("ending in a question mark", "*?"), ("named Gpg...", "Gpg*")],
)  # fmt: skip
def test_name_patterns(words: str, pattern: str) -> None:
    assert adjusted("list_symbols", f"classes {words}", kind="class")["pattern"] == pattern


def test_several_filters() -> None:
    question = (
        "functions decorated with @lru_cache in geometry.py, only those returning Iterator[int]"
    )
    found = adjusted("list_symbols", question, kind="function", returns="Iterator[int")
    assert found["decorator"] == "lru_cache" and found["returns"] == "Iterator[int]"
    assert found["path"] == "geometry.py"


def test_folders_outside_and_inside() -> None:
    found = adjusted("find_callers", "who calls f outside of core/net/ in src/app", name="f")
    assert found["exclude"] == "core/net/" and found["path"] == "src/app"
    assert "path" not in adjusted("find_callers", "who calls f but not in src/app", name="f")


def test_a_language_before_code() -> None:
    found = adjusted("rank_symbols", "longest functions in the Go code", metric="lines", path="Go")
    assert found == {"metric": "lines", "lang": "go"}


def test_what_something_throws() -> None:
    found = adjusted("find_raises", "what errors can getRows return?", name="getRows")
    assert found == {"name": "*", "within": "getRows"}
    kept = adjusted("find_raises", "where does it raise ValueError", name="ValueError")
    assert kept == {"name": "ValueError"}


COMPARED = Turn("A or B?", ToolCall("compare", {"names": ("LeftPad", "RightPad")}))


@pytest.mark.parametrize(
    ("question", "name"),
    [("where is the second one used?", "RightPad"), ("and the first?", "LeftPad"), ("show me the latter", "RightPad"),
     ("the first argument of it", "it"), ("who calls Centre first?", "Centre")],
)  # fmt: skip
def test_ordinals_after_a_comparison(question: str, name: str) -> None:
    typed = name if name in question else "LeftPad"
    assert adjusted("find_references", question, (COMPARED,), name=typed)["name"] == name


def test_follow_ups_keep_what_they_do_not_say() -> None:
    last = Turn(
        "", ToolCall("list_symbols", {"kind": "function", "returns": "Strip", "path": "a/"})
    )
    found = adjusted("list_symbols", "and only in b/", (last,), kind="function", path="b/")
    assert found == {"kind": "function", "path": "b/", "returns": "Strip"}
    whole = adjusted("list_symbols", "and in the whole repo", (last,), kind="function")
    assert whole == {"kind": "function"}
    other = "which functions of the scheduler are asynchronous and have no tests yet"
    assert adjusted("list_symbols", other, (last,), kind="function") == {"kind": "function"}


def test_outside_that_folder() -> None:
    last = Turn("", ToolCall("find_config", {"kind": "env", "path": "telemetry"}))
    found = adjusted(
        "find_config", "and outside that folder?", (last,), kind="env", name="telemetry"
    )
    assert found["exclude"] == "telemetry" and "path" not in found


def test_settings_in_general_have_no_name() -> None:
    last = Turn("", ToolCall("find_references", {"name": "APP_MODE"}))
    assert adjusted("find_config", "any other env vars?", (last,), name="APP_MODE") == {}


@pytest.mark.parametrize(
    ("words", "metric"),
    [("most referenced", "references"), ("most imported", "importers"), ("deepest nested", "depth"), ("most complex", "complexity")],
)  # fmt: skip
def test_metrics(words: str, metric: str) -> None:
    assert adjusted("rank_symbols", f"{words} things", metric="lines")["metric"] == metric


def test_language_versions_are_dependencies() -> None:
    assert adjusted("list_dependencies", "which Python versions are fine?") == {"name": "Python"}


def test_what_a_file_is_for() -> None:
    assert adjusted("explain", "What does share.py do?", path="share.py") == {"name": "share.py"}
    inside = "why does it retry in share.py"
    assert adjusted("explain", inside, path="share.py") == {"path": "share.py"}
