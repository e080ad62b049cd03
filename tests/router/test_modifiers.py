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


@pytest.mark.parametrize(
    "words", ["Only in tests.", "in the tests folder", "just the unit tests", "tests only"]
)
def test_tests_alone_whatever_the_model_says(words: str) -> None:
    found = adjusted("find_callers", f"callers of parse, {words}", name="parse", tests="exclude")
    assert found["tests"] == "only"


@pytest.mark.parametrize(
    ("question", "limit"),
    [("which method in it has the deepest nesting", 1), ("smallest header?", 1), ("longest functions", None),
     ("Which header gets included most?", 1), ("which files are the largest", None)],
)  # fmt: skip
def test_one_thing_asked_for(question: str, limit: int | None) -> None:
    assert adjusted("rank_symbols", question, metric="lines").get("limit") == limit


CALLED = (Turn("what does run! call", ToolCall("find_callees", {"name": "run!"})),)
BASES = (Turn("who subclasses Codec", ToolCall("find_subclasses", {"name": "Codec"})),)


@pytest.mark.parametrize(
    ("tool", "question", "history", "expected"),
    [
        ("find_call_path", "how does control get from vprint to parse?", (), {"source": "vprint", "target": "parse"}),
        ("find_call_path", "how do we end in clean, starting from Handler", (), {"source": "Handler", "target": "clean"}),
        ("find_callees", "does it call setup_traps?", CALLED, {"name": "run!", "callee": "setup_traps", "mode": "exists"}),
        ("find_callees", "Does New also call Recovery itself?", (), {"name": "New", "callee": "Recovery", "mode": "exists"}),
        ("find_callees", "what does it call itself", (), {}),
        ("find_overrides", "who overrides configure() of Command", (), {"of": "Command"}),
        ("find_overrides", "which of those override decode", BASES, {"of": "Codec"}),
        ("search_text", "any FIXME or TODO left", (), {"text": "FIXME|TODO", "regex": True}),
    ],
)  # fmt: skip
def test_two_words_have_their_places(
    tool: str, question: str, history: tuple[Turn, ...], expected: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"text": "FIXME or TODO"} if tool == "search_text" else {}
    assert adjusted(tool, question, history, **given) == {**given, **expected}


def test_several_plain_words_are_left_to_the_model() -> None:
    names: dict[str, Any] = {"name": "do state", "callee": "set account"}
    found = adjusted("find_callees", "does do state call set account", **names)
    assert found == {**names, "mode": "exists"}


@pytest.mark.parametrize(
    "question",
    ["is parse used in src", "Header splitting. are line breaks refused", "expired rows: is that handled",
     "can it run twice", "any limit on uploads?", "hm, is there something for retries", "ok so does it retry"],
)  # fmt: skip
def test_what_asks_whether_is_answered_by_yes_or_no(question: str) -> None:
    assert adjusted("locate", question, query="x")["mode"] == "exists"


@pytest.mark.parametrize(
    "question",
    ["is it used, and where", "can you show retries", "do they all override it", "rate limiting?", "how is it used"],
)  # fmt: skip
def test_what_asks_for_places_is_not_answered_by_yes_or_no(question: str) -> None:
    assert "mode" not in adjusted("locate", question, query="x")


@pytest.mark.parametrize("name", ["View.render", "View#render", "View::render"])
def test_a_method_said_with_its_class_is_of_that_class(name: str) -> None:
    found = adjusted("find_overrides", f"who overrides {name}", name=name)
    assert found == {"name": "render", "of": "View"}


def test_what_a_function_can_raise_is_within_it() -> None:
    found = adjusted("find_raises", "errors that recover_all can return", name="recover_all")
    assert found == {"name": "*", "within": "recover_all"}


def test_a_decorator_said_as_a_noun_is_the_decorator() -> None:
    found = adjusted(
        "list_symbols", "class methods in core", kind="method", decorator="class methods"
    )
    assert found["decorator"] == "classmethod"


@pytest.mark.parametrize(
    ("question", "decorator", "kind"),
    [("How many properties return str in urls.py?", "property", "method"),
     ("classmethods in config.py", "classmethod", "method"), ("lru_cached functions", "lru_cache", "function")],
)  # fmt: skip
def test_decorators_said_as_nouns(question: str, decorator: str, kind: str) -> None:
    found = adjusted("list_symbols", question, kind="function")
    assert (found["decorator"], found["kind"]) == (decorator, kind)
    assert "decorator" not in adjusted("list_symbols", "classes ending in Properties", kind="class")


def test_a_follow_up_keeps_that_tests_are_left_out() -> None:
    last = (Turn("x", ToolCall("find_subclasses", {"name": "A", "tests": "exclude"})),)
    found = adjusted("find_subclasses", "how many are there?", last, name="A", tests="only")
    assert found["tests"] == "exclude"


@pytest.mark.parametrize(
    "question", ["is numpy a dependency", "do we depend on numpy?", "which version of numpy"]
)
def test_the_package_asked_about(question: str) -> None:
    assert adjusted("list_dependencies", question)["name"] == "numpy"


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ('hit "at most 3", where is "at most" from', 'at most 3", where is "at most', "at most"),
        ("grep the XXX comments", "the XXX comments", "XXX"),
        ("a.b.ParserError: no lock. where?", "a.b.ParserError: no lock", "no lock"),
        ('say "hello" somewhere', "hello", "hello"),
    ],
)
def test_the_text_that_is_searched_for(question: str, text: str, wanted: str) -> None:
    assert adjusted("search_text", question, text=text)["text"] == wanted


@pytest.mark.parametrize(
    ("question", "modifier"),
    [("static functions in net.c", "static"), ("public ones only, taking a key", "public"),
     ("undocumented public methods", "undocumented"), ("functions in static/", None)],
)  # fmt: skip
def test_modifiers_said(question: str, modifier: str | None) -> None:
    assert adjusted("list_symbols", question, kind="function").get("modifier") == modifier


def test_a_scope_left_out_is_no_scope() -> None:
    found = adjusted("find_raises", "do we throw it anywhere but in io.py", name="E", path="io.py")
    assert found == {"name": "E", "exclude": "io.py", "mode": "exists"}
    found = adjusted("git_history", "my unstaged changes in io.py", action="diff", path="io.py")
    assert found == {"action": "diff", "target": "io.py"}


def test_several_things_asked_for_are_no_one_thing() -> None:
    assert "limit" not in adjusted("rank_symbols", "longest functions", metric="lines", limit=1)
    kept = adjusted("rank_symbols", "which class has the most methods", metric="methods", limit=1)
    assert kept["limit"] == 1
