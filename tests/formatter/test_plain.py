"""Plain wording: every tool has its sentences, and no control character gets through."""

from __future__ import annotations

import pytest
from codeask.executors.catalog import TOOLS, ToolCall
from codeask.executors.results import Match, Scope, ToolResult
from codeask.formatter import Formatter, GivenRoute, block, groups, line
from codeask.formatter.absent import ABSENT, not_run
from codeask.formatter.found import FOUND
from codeask.formatter.plain import sentences
from codeask.router import Link

SCOPE = Scope(412, ("python", "go"), "cold", {"binary": 1366, "minified": 7})
RUN = [name for name, tool in TOOLS.items() if tool.runs]


def call_of(name: str, **more: object) -> ToolCall:
    """A call with every required argument."""
    values: dict[str, object] = {"kind": "function", "metric": "lines", "names": ("a", "b")}
    needed = {a.name: values.get(a.name, "x") for a in TOOLS[name].arguments if a.required}
    return ToolCall(name, {**needed, **more})  # type: ignore[dict-item]


def match_of(path: str = "a/b.py", line: int = 3, **more: object) -> Match:
    fields = {"name": "C.f", "kind": "method", "text": "def f(self)", "role": "call", **more}
    return Match(path, line, line, **fields)  # type: ignore[arg-type]


def test_the_tables_are_the_catalogue() -> None:
    assert set(FOUND) == set(RUN)
    assert set(ABSENT) == set(RUN)


@pytest.mark.parametrize("name", RUN)
@pytest.mark.parametrize("mode", ["list", "count", "exists"])
def test_every_tool_has_sentences(name: str, mode: str) -> None:
    call = call_of(name, mode=mode)
    some = ToolResult(call, "ok", (match_of(), match_of("t/test_b.py")), 2, {}, 1.0, SCOPE)
    none = ToolResult(call, "empty", (), 0, {}, 1.0, SCOPE)
    for text in (sentences(some), sentences(none)):
        assert text
        assert "  " not in text
        assert ".." not in text.replace("...", "")
    assert sentences(none).startswith({"list": "Nothing found", "count": "0", "exists": "No"}[mode])


def test_nothing_found_says_where_it_looked() -> None:
    result = ToolResult(call_of("find_callers"), "empty", (), 0, {}, 1.0, SCOPE)
    assert sentences(result) == (
        "Nothing found: no call of `x` in the Python and Go code of 412 files "
        "(1,366 binary and 7 minified files were not searched)."
    )


def test_uncertain_places_come_last() -> None:
    matches = (match_of(line=1, certain=False), match_of(line=2), match_of("tests/test_a.py", 3))
    result = ToolResult(call_of("find_callers"), "ok", matches, 3, {}, 1.0, SCOPE)
    assert sentences(result).startswith(
        "`x` is called in 2 places, 1 of them in tests, and possibly 1 more."
    )
    shown = [(g.heading, [p.match.line for p in g.places]) for g in groups(result)]
    assert shown == [("", [2]), ("in tests:", [3]), ("possibly:", [1])]


def test_only_uncertain_places_are_hedged() -> None:
    matches = (match_of(certain=False),)
    result = ToolResult(call_of("find_callers"), "ok", matches, 1, {}, 1.0, SCOPE)
    assert sentences(result) == "Possibly: `x` is called in 1 place."


def test_failure_time_out_and_truncation_are_said() -> None:
    call = call_of("find_callers")
    failed = ToolResult(call, "failed", note="git is not installed.")
    assert sentences(failed) == "The search failed: git is not installed."
    late = ToolResult(call, "timeout", note="Stopped after 1 s.")
    assert "no proof" in sentences(late)
    assert "Stopped after 1 s." in sentences(late)
    cut = ToolResult(call, "truncated", (match_of(),), 900, {}, 1.0, SCOPE)
    assert "The first 1 of 900 are listed." in sentences(cut)


def test_long_lists_are_grouped_by_folder() -> None:
    matches = tuple(match_of(f"{'ab'[i % 2]}/f{i}.py", i + 1) for i in range(14))
    result = ToolResult(call_of("find_callers"), "ok", matches, 14, {}, 1.0, SCOPE)
    assert [group.heading for group in groups(result)] == ["a (7):", "b (7):"]


@pytest.mark.parametrize("docs", [{"0": "Sends it. More."}, {0: "Sends it."}, ["Sends it."]])
def test_worded_tools_show_the_first_sentence_of_docs(docs: object) -> None:
    call = ToolCall("explain", {"query": "sending", "name": "C.f"})
    result = ToolResult(call, "ok", (match_of(),), 1, {"docs": docs}, 1.0, SCOPE)
    assert sentences(result) == "`C.f` (method, a/b.py:3): Sends it [1]."
    assert groups(result)[0].places[0].doc == "Sends it."


@pytest.mark.parametrize("tool", ["decline", "clarify"])
def test_every_reason_has_a_helpful_sentence(tool: str) -> None:
    for reason in TOOLS[tool].arguments[0].values:
        assert len(not_run(ToolCall(tool, {"reason": reason}))) > 40


HOSTILE = "a\x1b]8;;x\x07b\x9bc\u202ed\udcffe\x00\x7f\u2066"


def test_control_characters_are_shown() -> None:
    assert line(HOSTILE) == "a␛]8;;x␇b\\x9bc\\u202ed\\xffe␀␡\\u2066"
    assert block("a\tb\nc\r") == "a\tb\nc␍"
    assert line("naïve 日本 🎉") == "naïve 日本 🎉"


@pytest.mark.parametrize("name", RUN)
def test_no_hostile_text_reaches_an_answer(name: str) -> None:
    call = call_of(name)
    matches = (match_of(HOSTILE, name=HOSTILE, kind=HOSTILE, text=HOSTILE),)
    facts = {"names": [HOSTILE], "docs": {"0": HOSTILE}, "value": HOSTILE, "path": [HOSTILE]}
    result = ToolResult(call, "ok", matches, 1, facts, 1.0, SCOPE, note=HOSTILE)
    text = Formatter().answer(GivenRoute(call), [result], {}).text
    assert not set(text) & set("\x1b\x07\x9b\u202e\udcff\x00\x7f\u2066")


def test_compare_tells_what_differs() -> None:
    call = ToolCall("compare", {"names": ("A", "B")})
    facts = {
        "compared": {"A": {"docs": "The one. Long."}, "B": {}},
        "common": ["x"],
        "only_first": ["y", "z"],
        "only_second": [],
    }
    matches = (
        match_of(name="A", kind="class", role="definition"),
        match_of(line=9, name="B", kind="class", role="definition"),
    )
    assert sentences(ToolResult(call, "ok", matches, 2, facts, 1.0, SCOPE)) == (
        "`A` (class, a/b.py:3): The one [1]. `B` is a class (a/b.py:9) [2]. Both have `x` [1][2]. "
        "Only `A` has `y` and `z` [1][2]."
    )


def test_a_second_line_of_a_ranked_place_is_its_documentation() -> None:
    call = ToolCall("locate", {"query": "sending"})
    match = match_of(role="relevant", text="def f(self)\nSends it.")
    assert sentences(ToolResult(call, "ok", (match,), 1, {}, 1.0, SCOPE)) == (
        "The likeliest place is `C.f` (method, a/b.py:3): Sends it [1]."
    )


def test_a_word_read_otherwise_than_typed_is_told() -> None:
    call = ToolCall("find_definition", {"name": "set_cookie"})
    result = ToolResult(call, "ok", (match_of(name="set_cookie"),), 1, {}, 1.0, SCOPE)
    said = sentences(result)
    for link, told in (
        (Link("set_coookie", ("set_cookie",), "typo"), "There is no `set_coookie`; the nearest is `set_cookie`. "),
        (Link("set cookie", ("set_cookie",), "spelling"), ""),
        (Link("set cookie", ("set_cookie", "setCookie"), "spelling"),
         "`set cookie` is read as `set_cookie` (others: `setCookie`). "),
        (Link("cookies", (), "absent"),
         "Nothing here is called `cookies`, so what the question describes was searched for. "),
    ):  # fmt: skip
        assert Formatter().answer(GivenRoute(call, links=(link,)), [result], {}).text == told + said
