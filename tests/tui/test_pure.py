"""The logic beside the widgets, by tables of cases."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from codeask.assistant import Config
from codeask.executors.catalog import ToolCall
from codeask.executors.errors import CodeaskError, UsageError
from codeask.executors.repository import Repository
from codeask.executors.results import Match, Scope, ToolResult
from codeask.formatter import Answer, GivenRoute
from codeask.router.dialogue import Turn
from codeask.router.router import Alternative, Route
from codeask.tui import configuration, indexing, sessions
from codeask.tui.callline import moved, read, written
from codeask.tui.cli import guarded, main_codeask
from codeask.tui.code import coloured
from codeask.tui.corrections import Correction, Store, typed_words
from codeask.tui.editors import chosen_editor, launch
from codeask.tui.history import History
from codeask.tui.indexing import Indexer, IndexState, progress_of
from codeask.tui.mentions import Candidate, Mention, Names, completed, mention_at
from codeask.tui.render import shortened
from codeask.tui.review import run as review
from codeask.tui.serve import is_loopback, is_own
from codeask.tui.suggestions import GENERAL, suggestions
from codeask.tui.timings import legend, shares
from codeask.tui.widgets.places import rows_of
from codeask.tui.wording import Escaper, copied, escaped, exported, fenced, sentences
from hypothesis import given
from hypothesis import strategies as st

SHOP = Path(__file__).resolve().parent.parent / "fixtures" / "shop"
CALLERS = ToolCall("find_callers", {"name": "price"})
MATCH = Match("shop/cart.py", 18, 18, "Cart.total", "method", "return sum(price(i))", "call")


def answer(text: str = "`price` is called in 1 place.", *matches: Match) -> Answer:
    found = matches or (MATCH,)
    result = ToolResult(CALLERS, "ok", found, len(found), scope=Scope(5, ("python",)))
    route = Route(
        CALLERS, 0.97, (Alternative(ToolCall("find_references", {"name": "price"}), 0.02),)
    )
    return Answer(text, (0,), True, "plain", {"route": 4.0, "execute": 61.0}, route, result)


# editors

EDITORS = [
    ("vim", ["vim", "+7", "--", "/r/a.py"], True),
    ("/usr/bin/nvim -u NONE", ["/usr/bin/nvim", "-u", "NONE", "+7", "--", "/r/a.py"], True),
    ("nano", ["nano", "+7", "/r/a.py"], True),
    ("emacs -nw", ["emacs", "-nw", "+7", "/r/a.py"], True),
    ("emacsclient -n", ["emacsclient", "-n", "+7", "/r/a.py"], False),
    ("code", ["code", "--goto", "/r/a.py:7"], False),
    ("code --wait", ["code", "--wait", "--goto", "/r/a.py:7"], False),
    ("zed", ["zed", "/r/a.py:7"], False),
    ("idea", ["idea", "--line", "7", "/r/a.py"], False),
    ("/opt/pycharm/bin/pycharm64.exe", ["/opt/pycharm/bin/pycharm64.exe", "--line", "7", "/r/a.py"],
     False),
    ("'/My Apps/webstorm.sh'", ["/My Apps/webstorm.sh", "--line", "7", "/r/a.py"], False),
    ("subl -n", ["subl", "-n", "/r/a.py:7"], False),
    ("hx", ["hx", "/r/a.py:7"], True),
    ("ed", ["ed", "/r/a.py"], True),
]  # fmt: skip


@pytest.mark.parametrize(("editor", "argv", "in_terminal"), EDITORS)
def test_editors_open_at_the_line(editor: str, argv: list[str], in_terminal: bool) -> None:
    start = launch(editor, Path("/r/a.py"), 7)
    assert (list(start.argv), start.in_terminal) == (argv, in_terminal)


def test_editor_is_chosen_by_the_environment() -> None:
    assert chosen_editor({"EDITOR": "nano", "VISUAL": "code"}) == "code"
    assert chosen_editor({"EDITOR": "nano", "CODEASK_EDITOR": "zed"}) == "zed"
    assert chosen_editor({"EDITOR": " "}) == "vi"
    with pytest.raises(UsageError, match="set EDITOR"):
        launch("vim 'x", Path("/r/a.py"), 1)


def test_a_file_name_is_never_an_option_or_a_shell_word() -> None:
    start = launch("vim", Path("-c :!reboot; $(x).py"), 1)
    assert start.argv[-1].startswith("/")
    assert start.argv[-1].endswith("/-c :!reboot; $(x).py")


# mentions

MENTIONS = [
    ("who calls @pri", 14, Mention(10, "pri")),
    ("@", 1, Mention(0, "")),
    ("(@a/b.py", 8, Mention(1, "a/b.py")),
    ("mail me@home", 12, None),
    ("@done and", 9, None),
    ("who calls @pri now", 14, Mention(10, "pri")),
]


@pytest.mark.parametrize(("text", "column", "found"), MENTIONS)
def test_mention_at_the_cursor(text: str, column: int, found: Mention | None) -> None:
    assert mention_at(text, column) == found


def test_completing_keeps_what_follows() -> None:
    assert completed("who calls @pri?", 14, Mention(10, "pri"), "price") == ("who calls price?", 15)
    assert completed("@pri", 4, Mention(0, "pri"), "price") == ("price ", 6)


NAMES = Names(
    ["shop/cart.py", "shop/report.py", "README.md", "docs/guide/intro.md"],
    ["Cart", "CartItem", "get_cart", "HttpResponse", "parse_args", "total"],
)
FUZZY = [
    ("cart", "Cart"),
    ("carti", "CartItem"),
    ("gc", "get_cart"),
    ("hr", "HttpResponse"),
    ("htprsp", "HttpResponse"),
    ("report", "shop/report.py"),
    ("guide/in", "docs/guide/intro.md"),
    ("prase_args", "parse_args"),
    ("READ", "README.md"),
]


@pytest.mark.parametrize(("typed", "first"), FUZZY)
def test_fuzzy_completion(typed: str, first: str) -> None:
    assert NAMES.best(typed)[0].text == first


def test_completion_of_nothing_and_of_nonsense() -> None:
    assert NAMES.best("", 2) == [Candidate("README.md", "file"), Candidate("shop/cart.py", "file")]
    assert NAMES.best("qqqq") == []


# history


def test_history_file_is_read_back_and_survives_a_broken_line(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    history = History.load(file)
    for question in ("a", "b", "b", "zwei\nZeilen"):
        history.add(question)
    with file.open("a") as stream:
        stream.write('{"question": "cut sho')
    assert History.load(file).questions == ["a", "b", "zwei\nZeilen"]
    assert file.stat().st_mode & 0o077 == 0


def test_history_search_wants_all_words_newest_first() -> None:
    history = History(["who calls a", "where is a", "who calls b", "who calls a"])
    assert history.search("calls WHO") == ["who calls a", "who calls b"]
    assert history.search("nothing") == []


# calls on a line

LINES = [
    ("find_callers name=price tests=exclude", ToolCall("find_callers", {"name": "price", "tests": "exclude"})),
    ("locate query='retry a request'", ToolCall("locate", {"query": "retry a request"})),
    ("compare names=A,B", ToolCall("compare", {"names": ("A", "B")})),
    ("find_subclasses name=A transitive=true", ToolCall("find_subclasses", {"name": "A", "transitive": True})),
]  # fmt: skip


@pytest.mark.parametrize(("text", "call"), LINES)
def test_calls_are_written_and_read(text: str, call: ToolCall) -> None:
    assert read(text) == call
    assert written(call) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Write a tool"),
        ("find_caller name=a", "did you mean 'find_callers'"),
        ("find_callers nam=a", "did you mean 'name'"),
        ("find_callers name", "KEY=VALUE"),
        ("find_callers name='a", "A quote is not closed"),
    ],
)
def test_a_wrong_call_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(CodeaskError, match=words):
        read(text)


def test_arguments_move_to_another_tool() -> None:
    call = ToolCall("find_callers", {"name": "price", "tests": "exclude"})
    assert moved(call, "find_references") == "find_references name=price tests=exclude"
    assert moved(call, "locate", "who pays?") == "locate query='who pays?' tests=exclude"
    assert moved(call, "find_call_path") == "find_call_path source=price target= tests=exclude"
    assert moved(ToolCall("locate", {"query": "x y"}), "find_callers") == "find_callers name='x y'"


# wording


@given(st.text(alphabet="ab`*_[]<>#\\~!&$ \n1.)-\x1b"))
def test_what_is_escaped_is_read_back_literally(text: str) -> None:
    from markdown_it import MarkdownIt

    made = escaped(text)
    assert "\x1b" not in made
    tokens = MarkdownIt("commonmark").parseInline(made)[0].children or []
    marks = {t.type for t in tokens} - {
        "text",
        "code_inline",
        "softbreak",
        "hardbreak",
        "text_special",
    }
    assert not marks


def test_pieces_are_escaped_as_the_whole_is() -> None:
    text = "a_b `c_d` [1] e*f `g"
    escaper = Escaper()
    assert "".join(escaper.feed(letter) for letter in text) == Escaper().feed(text)
    assert Escaper().feed("a_b `c_d`") == "a\\_b `c_d`"


def test_source_stands_in_a_fence_that_it_cannot_close() -> None:
    match = replace(MATCH, text="a\n````\nb\x1b[2J")
    assert fenced(match) == "`````py\na\n````\nb␛[2J\n`````"


def test_copied_and_exported() -> None:
    assert copied("who?", answer()) == (
        "who?\n\n`price` is called in 1 place.\n\nshop/cart.py:18  return sum(price(i))\n"
    )
    assert exported("shop", "2026-01-02 03:04", [("who?", answer())]) == (
        "# shop, 2026-01-02 03:04\n\n## who?\n\n`price` is called in 1 place.\n\n"
        "- `shop/cart.py:18`  `return sum(price(i))`\n\n"
        "`find_callers name=price`, sure to 97%, worded by plain\n"
    )
    assert sentences(answer("a\nb")) == "a\n\nb"


# timings


@given(st.lists(st.floats(0, 1e5), min_size=3, max_size=3), st.integers(3, 40))
def test_shares_fill_the_bar_and_hide_nothing(times: list[float], width: int) -> None:
    timings: dict[str, float] = dict(zip(("route", "execute", "format"), times, strict=True))
    columns = shares(timings, width)
    assert sum(columns) == width
    assert all(c >= 1 for c, t in zip(columns, times, strict=True) if t > 0) or sum(times) <= 0


def test_legend() -> None:
    assert legend({"route": 4.2, "execute": 61}) == "route 4 · search 61 · words 0 ms"
    assert legend({"route": 4, "execute": 1300}) == "route 4 ms · search 1.3 s · words 0 ms"


# code


def test_code_keeps_every_line_and_shows_control_characters() -> None:
    code = coloured("a.py", '\n\nx = "\x1b[31m"\n\ty = 1\n\n')
    assert ["".join(text for _, text in line) for line in code.lines] == [
        "", "", 'x = "␛[31m"', "    y = 1",
    ]  # fmt: skip
    assert ("string", '"␛[31m"') in [
        (k, "".join(t for q, t in code.lines[2] if q == k)) for k, _ in code.lines[2]
    ]
    assert coloured("x.unknown", "a b").lines == ((("plain", "a b"),),)


def test_long_paths_lose_their_first_folders() -> None:
    assert shortened("a/b.py:1", 10) == "a/b.py:1"
    assert shortened("django/contrib/flatpages/views.py:37", 30) == "…/flatpages/views.py:37"
    assert shortened("a" * 40, 10) == "a" * 40


# sessions


def test_a_session_is_read_back(tmp_path: Path) -> None:
    session = sessions.Session(tmp_path, "/r", started=1.7e9, id="abc")
    session.put(sessions.Exchange("who calls price?", answer()))
    session.put(sessions.Exchange("and?", answer("Nothing.")))
    session.put(sessions.Exchange("and?", answer("Something."), corrected=True), 1)
    loaded = sessions.load(session.file)
    assert loaded is not None
    assert [e.question for e in loaded.exchanges] == ["who calls price?", "and?"]
    assert loaded.exchanges[1].answer.text == "Something."
    assert loaded.exchanges[1].corrected
    first = loaded.exchanges[0].answer
    assert first.result == answer().result
    assert first.route.call == CALLERS
    assert [a.call.tool for a in first.route.alternatives] == ["find_references"]


def test_sessions_are_searched(tmp_path: Path) -> None:
    for number, question in enumerate(("who calls price?", "where is Cart?")):
        session = sessions.Session(tmp_path, f"/r{number}", started=1.7e9 + number, id=f"s{number}")
        session.put(sessions.Exchange(question, answer(f"Answer {number}.")))
    (tmp_path / "junk.jsonl").write_text("not json\n", "utf-8")
    assert {f.questions for f in sessions.search(tmp_path)} == {
        ("who calls price?",),
        ("where is Cart?",),
    }
    (found,) = sessions.search(tmp_path, "ANSWER 1")
    assert (found.repo, found.excerpt) == ("/r1", "Answer 1.")
    assert sessions.search(tmp_path, "nowhere") == []
    assert sessions.load(tmp_path / "junk.jsonl") is None


# corrections


def correction(question: str = "the cart users", **call: str) -> Correction:
    turn = Turn("where is it?", ToolCall("find_definition", {"name": "Cart"}))
    arguments = call or {"name": "Cart"}
    return Correction(
        question, ToolCall("find_references", arguments), "find_callers", (turn,), "shop", "python"
    )


def test_a_correction_is_a_row_the_router_trains_on(tmp_path: Path) -> None:
    from codeask.distill.labelled import load

    store = Store(tmp_path)
    store.add(correction())
    store.add(correction("which_x uses WhichX", name="WhichX"))
    first, second = load([store.pending_file])
    assert first.question == "the cart users"
    assert first.call == ToolCall("find_references", {"name": "Cart"})
    assert first.history[0].question == "where is it?"
    assert [first.question[s.start : s.end] for s in first.spans if s.segment == 0] == ["cart"]
    assert second.repo == "shop"
    assert Correction.from_row(store.pending()[0]) == correction()


def test_words_that_were_typed_otherwise() -> None:
    assert typed_words(
        "who uses parse args?", ToolCall("find_callers", {"name": "parse_args"})
    ) == {"name": "parse args"}
    assert typed_words("who uses Cart", ToolCall("find_callers", {"name": "Cart"})) == {}


def test_corrections_are_reviewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(tmp_path)
    assert review([], store) == 1
    assert "No corrections yet" in capsys.readouterr().out
    for question in ("a", "b", "c"):
        store.add(correction(question))
    store.add(correction("a", name="Item"))
    assert review([], store) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("to review (3):\n")
    assert "  a  → find_references name=Item  (was find_callers)\n" in listed
    first, second, third = (row["id"].removeprefix("user-") for row in store.pending())
    review(["accept", first], store)
    review(["edit", second, "find_callers", "name=x y"], store)
    review(["delete", third], store)
    assert [row["question"] for row in store.accepted()] == ["b"]
    (row,) = store.pending()
    assert row["call"] == {"tool": "find_callers", "arguments": {"name": "x y"}}
    out = tmp_path / "out.jsonl"
    review(["export", str(out), "--pending"], store)
    assert len([json.loads(line) for line in out.read_text("utf-8").splitlines()]) == 2
    with pytest.raises(UsageError, match="already"):
        review(["export", str(out)], store)
    with pytest.raises(UsageError, match="no correction 'zz'"):
        review(["delete", "zz"], store)
    with pytest.raises(UsageError, match="--all"):
        review(["accept"], store)
    assert review(["accept", "--all"], store) == 0
    assert store.pending() == []


def test_corrections_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEASK_DATA", str(tmp_path))
    assert guarded("codeask", main_codeask, ["corrections"]) == 1
    assert guarded("codeask", main_codeask, ["corrections", "acept"]) == 2
    assert capsys.readouterr().err.startswith("codeask: Argument command: invalid choice: 'acept'")


# suggestions


def test_suggestions_are_about_this_repository(tmp_path: Path) -> None:
    assert suggestions(Repository(SHOP))[0] == "who calls price?"
    (tmp_path / "a.txt").write_text("no code")
    assert suggestions(Repository(tmp_path)) == list(GENERAL)


# configuration


def test_settings_are_the_fields_of_the_configuration(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# mine\ntimeout = 3.5 # short\n", "utf-8")
    found = {s.key: s for s in configuration.settings(file, {"CODEASK_THRESHOLD": "0.4"})}
    assert (found["timeout"].value, found["timeout"].default) == ("3.5", "10")
    assert found["threshold"].variable == "CODEASK_THRESHOLD"
    assert found["timeout"].help == "seconds for the tools of one question"
    configuration.save({"threshold": "0.6", "max_matches": "50"}, file)
    text = file.read_text("utf-8")
    assert text.startswith("# mine\ntimeout = 3.5 # short\n")
    assert Config.load(environment={}, path=file) == Config(
        threshold=0.6, timeout=3.5, max_matches=50
    )
    configuration.save({"timeout": ""}, file)
    assert Config.load(environment={}, path=file).timeout == Config().timeout


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"threshold": "7"}, "^threshold is a number from 0 to 1"), ({"tiemout": "1"}, "no setting")],
)
def test_a_wrong_setting_changes_nothing(
    tmp_path: Path, changes: Mapping[str, str], words: str
) -> None:
    file = tmp_path / "config.toml"
    with pytest.raises(UsageError, match=words):
        configuration.save(changes, file)
    assert not file.exists()


# the index beside the app


def test_progress_is_read_from_what_the_process_says() -> None:
    assert progress_of("1,200/6,820 files") == IndexState("running", 1200, 6820)
    assert progress_of("reading 3 of 4") == IndexState("running", 3, 4)
    assert progress_of("hello") is None
    assert IndexState("running", 1200, 6820).text == "indexing 17% (1,200/6,820)"


def test_an_indexing_process_is_followed(tmp_path: Path) -> None:
    import sys

    states: list[IndexState] = []
    program = (
        "import sys; print('1/2 files\\r2/2 files', file=sys.stderr); sys.exit(int(sys.argv[1]))"
    )
    for code in ("0", "3"):
        Indexer([sys.executable, "-c", program, code], states.append).start().join(20)
    begun, half, whole = (
        IndexState("running"),
        IndexState("running", 1, 2),
        IndexState("running", 2, 2),
    )
    assert states == [
        begun,
        half,
        whole,
        IndexState("ready"),
        begun,
        half,
        whole,
        IndexState("failed"),
    ]
    assert indexing.command(Path("/r"))[3:6] == ["index", "--repo", "/r"]


# in a browser

OWN = [
    ("localhost:8765", "http://localhost:8765", "localhost", True),
    ("127.0.0.1:8765", None, "localhost", True),
    ("[::1]:8765", None, "localhost", True),
    ("localhost:8765", "http://evil.example", "localhost", False),
    ("localhost:8765", "null", "localhost", False),
    ("evil.example:8765", "http://evil.example:8765", "localhost", False),
    ("box.lan:8765", "http://box.lan:8765", "0.0.0.0", True),
    ("box.lan:8765", "http://evil.example", "0.0.0.0", False),
]


@pytest.mark.parametrize(("host", "origin", "served", "own"), OWN)
def test_only_its_own_page_is_served(host: str, origin: str | None, served: str, own: bool) -> None:
    assert is_own(host, origin, served) is own


def test_loopback() -> None:
    assert is_loopback("127.0.0.5")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("example.org")


def test_given_route_is_restored_without_alternatives() -> None:
    record = {
        "route": {**CALLERS.to_json(), "confidence": 1.0},
        "result": None,
        "answer": {"text": "x", "citations": [], "verified": True, "backend": "plain"},
    }
    assert sessions.restored(record).route == GivenRoute(CALLERS)


def test_places_that_sentences_cite_by_number_are_numbered() -> None:
    matches = tuple(
        Match(f"a{n}.py", n, n, f"f{n}", "function", f"def f{n}()", "relevant")
        for n in range(1, 11)
    )
    described = ToolResult(ToolCall("locate", {"query": "f"}), "ok", matches, 10)
    rows = [row.content.plain for row in rows_of([described])]
    assert rows[0].startswith("[1]  a1.py:1") and rows[9].startswith("[10] a10.py:10")
    assert not any("[" in row.content.plain for row in rows_of([described, described]))
    called = ToolResult(ToolCall("find_callers", {"name": "f"}), "ok", matches, 10)
    assert not any("[" in row.content.plain for row in rows_of([called]))
