"""The app, driven by keys and the mouse: a test or more for every numbered item of its issue."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from codeask.assistant.assistant import Progress
from codeask.executors.catalog import ToolCall
from codeask.executors.errors import ModelError
from codeask.executors.results import Match
from codeask.formatter import Answer
from codeask.formatter.verify import Checked
from codeask.router.dialogue import Turn
from codeask.router.router import Route
from codeask.tui.indexing import IndexState
from codeask.tui.screens.help import text as help_text
from codeask.tui.screens.steer import SteerDialog
from codeask.tui.widgets.evidence import CodeView
from codeask.tui.widgets.places import PlacesList
from codeask.tui.widgets.status import BottomBar
from codeask.tui.widgets.welcome import Welcome
from textual.pilot import Pilot
from textual.widgets import Input, Static
from tui_pilot import (
    CALLERS,
    DEFINITION,
    REFERENCES,
    TableRouter,
    ask,
    make_desk,
    opened,
    play,
    screen_of,
    settled,
    typed,
)

# 1 conversation


def test_a_question_is_answered_with_places_and_figures(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await typed(pilot, "who calls price?")
        await pilot.press("enter")
        await settled(pilot)
        (view,) = screen_of(pilot).conversation.exchanges
        assert view.words.source == "`price` is called in 3 places, 1 of them in tests."
        assert [row.content.plain for row in view.places.rows] == [
            "shop/cart.py:18   return sum(price(item) for item in self.items)  (in Cart.total)",
            'shop/report.py:9  return f"{item.name}: {price(item)}"  (in line)',
            "in tests:",
            'tests/test_prices.py:5  assert price(Item("tea", 150), 2) == 300  (in test_price_of_two)',
        ]
        assert str(view.figures.visual).startswith("✓ find_callers")
        assert "97%  " in str(view.figures.visual)
        assert screen_of(pilot).prompt.box.text == ""

    play(make_desk(tmp_path), scene)


def test_follow_ups_carry_the_dialogue(tmp_path: Path) -> None:
    router = TableRouter()

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        await ask(pilot, "and in tests?")
        assert router.asked[-1] == (
            "and in tests?",
            (Turn("who calls price?", CALLERS),),
        )

    play(make_desk(tmp_path, router), scene)


def test_up_and_down_step_through_questions_and_keep_the_draft(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        box = screen_of(pilot).prompt.box
        for question in ("first", "second"):
            await ask(pilot, question)
        await typed(pilot, "draft")
        for key, text in (("up", "second"), ("up", "first"), ("down", "second"), ("down", "draft")):
            await pilot.press(key)
            assert box.text == text

    play(make_desk(tmp_path), scene)


def test_several_lines_and_history_search(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        prompt = screen_of(pilot).prompt
        await typed(pilot, "who")
        await pilot.press("ctrl+j")
        await typed(pilot, "price")
        await pilot.press("enter")
        assert prompt.history.questions == ["who\nprice"]
        await ask(pilot, "other")
        await pilot.press("ctrl+r")
        await typed(pilot, "price")
        await pilot.press("enter")
        await pilot.pause()
        assert prompt.box.text == "who\nprice"

    play(make_desk(tmp_path), scene)


def test_at_completes_symbols_and_files(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        prompt = screen_of(pilot).prompt
        await typed(pilot, "who uses @PriceE")
        await settled(pilot)
        assert prompt.candidates.display
        await pilot.press("tab")
        assert prompt.box.text == "who uses PriceError "
        await typed(pilot, "in @report")
        await settled(pilot)
        await pilot.press("enter")
        assert prompt.box.text == "who uses PriceError in shop/report.py "
        await typed(pilot, "@zzzz")
        await settled(pilot)
        await pilot.press("escape")
        assert not prompt.candidates.display

    play(make_desk(tmp_path), scene)


def test_long_lists_fold_and_the_scroll_position_is_the_users(tmp_path: Path) -> None:
    repo = tmp_path / "many"
    (repo / ".git").mkdir(parents=True)
    (repo / "a.py").write_text(
        "def price():\n    pass\n\n\ndef use():\n" + "    price()\n" * 60, "utf-8"
    )

    async def scene(pilot: Pilot[None]) -> None:
        conversation = screen_of(pilot).conversation
        await ask(pilot, "one")
        (view,) = conversation.exchanges
        assert view.places.option_count == 11
        await pilot.press("tab", "f")
        assert view.places.option_count == 60
        await pilot.press("f", "escape")
        for question in ("two", "three"):
            await ask(pilot, question)
        assert conversation.scroll_y == conversation.max_scroll_y > 0
        conversation.scroll_to(y=3, animate=False)
        await pilot.pause()
        assert view.answer is not None
        conversation.exchanges[-1].show(view.answer)
        await pilot.pause()
        assert conversation.scroll_y == 3

    play(make_desk(tmp_path, repo=repo), scene, (80, 24))


def test_a_long_session_keeps_its_last_answers_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codeask.tui.widgets.conversation.MOST", 2)
    desk = make_desk(tmp_path)

    async def scene(pilot: Pilot[None]) -> None:
        for question in ("one", "two", "three"):
            await ask(pilot, question)
        conversation = screen_of(pilot).conversation
        assert [view.question for view in conversation.exchanges] == ["two", "three"]
        assert [view.number for view in conversation.exchanges] == [1, 2]
        assert str(conversation.query_one("#earlier", Static).visual).startswith("… 1 earlier")
        assert [one.question for one in desk.session.exchanges] == ["one", "two", "three"]

    play(desk, scene)


# 2 evidence


def test_moving_over_places_shows_the_code_in_the_middle_and_marked(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        screen = screen_of(pilot)
        await ask(pilot, "who calls price?")
        assert screen.evidence.match is not None and screen.evidence.match.line == 18
        await pilot.press("tab", "down")
        await settled(pilot)
        view = screen.evidence.view
        assert screen.evidence.match.path == "shop/report.py"
        assert view.marked == (9, 9)
        rows = [view.render_line(y).text for y in range(view.size.height)]
        (marked,) = [row for row in rows if "▶" in row]
        assert marked.strip().startswith('9 ▶     return f"{item.name}: {price(item)}"')

    play(make_desk(tmp_path), scene)


def test_the_code_is_that_of_the_place_spoken_of_first(tmp_path: Path) -> None:
    route = Route(ToolCall("locate", {"query": "sum of the cart"}), 0.9)
    desk = make_desk(tmp_path, TableRouter({"where is the sum made?": route}))
    run = desk.assistant.run

    async def scene(pilot: Pilot[None]) -> None:
        found = run(route.call)
        assert found.result is not None and len(found.result.matches) > 1
        second = replace(found, text="It is there [2].", citations=(1,))
        desk.assistant.ask = lambda *_, **__: second  # type: ignore[method-assign]
        await ask(pilot, "where is the sum made?")
        assert screen_of(pilot).evidence.match == found.result.matches[1]

    play(desk, scene)


def test_a_long_file_is_centred_on_the_line(tmp_path: Path) -> None:
    repo = tmp_path / "long"
    (repo / ".git").mkdir(parents=True)
    (repo / "a.py").write_text("x = 1\n" * 400 + "def price():\n    pass\n\n\nprice()\n", "utf-8")

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        view = screen_of(pilot).evidence.view
        middle = view.scroll_offset.y + view.size.height // 2
        assert view.marked == (405, 405)
        assert view.scroll_offset.y == min(404 - view.size.height // 2, view.max_scroll_y)
        assert abs(middle - 404) <= view.size.height // 2

    play(make_desk(tmp_path, repo=repo), scene)


def test_enter_opens_the_editor_at_the_line(tmp_path: Path) -> None:
    told = tmp_path / "told"
    editor = tmp_path / "code"
    editor.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}.new; mv {told}.new {told}\n', "utf-8"
    )
    editor.chmod(0o755)

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        await pilot.press("tab", "enter")
        for _ in range(500):
            if told.exists():
                break
            await asyncio.sleep(0.01)
        assert told.read_text("utf-8") == f"--goto\n{tmp_path}/shop/shop/cart.py:18\n"

    play(make_desk(tmp_path, environment={"EDITOR": str(editor)}), scene)


def test_an_editor_that_is_missing_is_a_sentence(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        await pilot.press("tab", "enter")
        await pilot.pause()
        (told,) = [n.message for n in pilot.app._notifications]
        assert told == "The editor 'zed-that-is-not-there' cannot be found; set EDITOR."

    play(make_desk(tmp_path, environment={"EDITOR": "zed-that-is-not-there"}), scene)


def test_y_copies_the_place_and_shift_y_the_answer(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        await pilot.press("tab", "y")
        assert pilot.app.clipboard == "shop/cart.py:18"
        await pilot.press("Y")
        assert pilot.app.clipboard.startswith("who calls price?\n\n`price` is called in 3 places")
        assert "\nshop/report.py:9  return" in pilot.app.clipboard

    play(make_desk(tmp_path), scene)


def test_the_mouse_shows_a_place(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        screen = screen_of(pilot)
        await ask(pilot, "who calls price?")
        await pilot.click(PlacesList, offset=(4, 1))
        await settled(pilot)
        assert screen.evidence.match is not None
        assert screen.evidence.match.path == "shop/report.py"
        assert isinstance(screen.focused, PlacesList)

    play(make_desk(tmp_path), scene)


def test_tab_goes_round(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        screen = screen_of(pilot)
        await ask(pilot, "who calls price?")
        seen = []
        for _ in range(3):
            await pilot.press("tab")
            seen.append(screen.focused)
        assert isinstance(seen[0], PlacesList)
        assert isinstance(seen[1], CodeView)
        assert seen[2] is screen.prompt.box

    play(make_desk(tmp_path), scene)


# 3 steering


def test_steering_runs_another_tool_and_notes_the_correction(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "price uses")
        await pilot.press("ctrl+t")
        await pilot.pause()
        dialog = pilot.app.screen
        assert isinstance(dialog, SteerDialog)
        assert dialog.query_one(Input).value == "find_callers name=price"
        await pilot.press("down")
        assert dialog.query_one(Input).value == "find_references name=price"
        await pilot.press("enter")
        await settled(pilot)
        (view,) = screen_of(pilot).conversation.exchanges
        assert view.answer is not None and view.answer.route.call == REFERENCES
        assert "chosen by you" in str(view.figures.visual)

    play(desk, scene)
    (row,) = desk.corrections.pending()
    assert row["question"] == "price uses"
    assert row["call"] == REFERENCES.to_json()
    assert row["repo"] == "shop"
    assert row["lang"] == "python"
    assert row["phenomena"] == ["correction", "was:find_callers"]


def test_a_wrong_call_is_told_in_the_dialog(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "price uses")
        await pilot.press("ctrl+t")
        await pilot.pause()
        dialog = pilot.app.screen
        dialog.query_one(Input).value = "find_caller name=price"
        await pilot.press("enter")
        assert "did you mean 'find_callers'?" in str(dialog.query_one("#problem", Static).visual)

    play(make_desk(tmp_path), scene)


def test_escape_stops_a_running_question_and_keeps_what_was_found(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    begun, go_on = threading.Event(), threading.Event()

    def slow(question: str, history: object, call: object, watch: Progress) -> Answer:
        watch.routed(Route(CALLERS, 0.9))
        watch.found(Match("shop/cart.py", 18, 18, "Cart.total", "method", "price(item)", "call"))
        begun.set()
        go_on.wait(10)
        raise AssertionError("its answer is not waited for")

    desk.answer = slow  # type: ignore[method-assign]

    async def scene(pilot: Pilot[None]) -> None:
        await typed(pilot, "who calls price?")
        await pilot.press("enter")
        while not begun.is_set():
            await pilot.pause(0.01)
        await pilot.press("escape")
        await settled(pilot)
        (view,) = screen_of(pilot).conversation.exchanges
        assert "Stopped on request; this is what was found by then." in view.words.source
        assert [row.content.plain for row in view.places.rows] == [
            "shop/cart.py:18  price(item)  (in Cart.total)"
        ]
        go_on.set()

    play(desk, scene)


def test_words_and_places_come_as_they_are_found(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    begun, go_on = threading.Event(), threading.Event()
    ask_really = desk.answer

    def slow(
        question: str, history: tuple[Turn, ...], call: ToolCall | None, watch: Progress
    ) -> Answer:
        answer = ask_really(question, history, call, watch)
        begun.set()
        go_on.wait(10)
        wrong = Checked(
            "It is called by `nobody`.", ("names 'nobody', which the evidence does not",)
        )
        return replace(answer, dropped=(wrong,))

    desk.answer = slow  # type: ignore[method-assign]

    async def scene(pilot: Pilot[None]) -> None:
        screen_of(pilot).prompt.put("who calls price?")
        await pilot.press("enter")
        while not begun.is_set():
            await pilot.pause(0.01)
        await pilot.pause(0.3)
        (view,) = screen_of(pilot).conversation.exchanges
        assert view.words.source == "`price` is called in 3 places, 1 of them in tests."
        assert view.places.option_count == 4
        assert "writing" in str(view.figures.visual)
        go_on.set()
        await settled(pilot)
        assert str(view.words.visual).split("\n") == [
            "price is called in 3 places, 1 of them in tests.",
            "✗ dropped: It is called by `nobody`.  (names 'nobody', which the evidence does not)",
        ]

    play(desk, scene)


# 4 housekeeping


def test_another_repository_begins_a_new_session(tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    (other / "b.py").write_text("def alone():\n    pass\n", "utf-8")
    desk = make_desk(tmp_path)

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        await pilot.press("ctrl+o")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = str(tmp_path / "nowhere")
        await pilot.press("enter")
        assert "There is no folder" in str(pilot.app.screen.query_one("#problem", Static).visual)
        pilot.app.screen.query_one(Input).value = str(other)
        await pilot.press("enter")
        await settled(pilot)
        assert desk.root == other
        assert screen_of(pilot).conversation.exchanges == []
        assert screen_of(pilot).query_one(Welcome).display
        assert desk.recent() == [str(other), str(tmp_path / "shop")]

    play(desk, scene)


def test_sessions_are_saved_found_and_gone_on_with(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        before = desk.session.id
        await pilot.press("ctrl+n")
        await settled(pilot)
        assert desk.session.id != before
        await ask(pilot, "something else")
        await pilot.press("ctrl+l")
        await settled(pilot)
        await typed(pilot, "calls price")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert desk.session.id == before
        (view,) = screen_of(pilot).conversation.exchanges
        assert view.places.option_count == 4
        await ask(pilot, "and now?")
        assert len(desk.session.exchanges) == 2

    play(desk, scene)


def test_export_writes_markdown_and_never_over_a_file(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    there = tmp_path / "there.md"
    there.write_text("mine", "utf-8")

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        await pilot.press("f4")
        await pilot.pause()
        line = pilot.app.screen.query_one(Input)
        proposed = Path(line.value)
        line.value = str(there)
        await pilot.press("enter")
        assert "is there already" in str(pilot.app.screen.query_one("#problem", Static).visual)
        line.value = str(proposed)
        await pilot.press("enter")
        await pilot.pause()
        assert there.read_text("utf-8") == "mine"
        assert proposed.read_text("utf-8").splitlines()[:5] == [
            f"# shop, {proposed.read_text('utf-8').splitlines()[0].split(', ')[1]}",
            "",
            "## who calls price?",
            "",
            "`price` is called in 3 places, 1 of them in tests.",
        ]

    play(desk, scene)


def test_settings_are_written_to_the_file_that_ask_reads(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    file = tmp_path / "config.toml"
    file.write_text("# mine\ntimeout = 3.0\n", "utf-8")

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("f2")
        await pilot.pause()
        field = pilot.app.screen.query_one("#set-threshold", Input)
        field.value = "7"
        await pilot.press("ctrl+s")
        assert "from 0 to 1" in str(pilot.app.screen.query_one("#problem", Static).visual)
        field.value = "0.7"
        await pilot.press("ctrl+s")
        await settled(pilot)

    play(desk, scene)
    from codeask.assistant import Config

    config = Config.load(environment={}, path=file)
    assert (config.threshold, config.timeout) == (0.7, 3.0)
    assert file.read_text("utf-8").startswith("# mine\n")


def test_theme_is_kept_and_the_palette_offers_the_commands(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)

    async def scene(pilot: Pilot[None]) -> None:
        pilot.app.theme = "high-contrast"
        await pilot.pause()
        titles = {c.title for c in pilot.app.get_system_commands(pilot.app.screen)}
        assert {"Theme", "Repository", "Sessions", "Steer", "Export", "Settings"} <= titles
        await pilot.press("f1")
        await pilot.pause()
        assert all(len(row) <= 74 for row in str(help_text()).split("\n"))  # it fits 80 columns
        assert "Shift+Enter" in str(
            pilot.app.screen.query_one("VerticalScroll Static", Static).visual
        )

    play(desk, scene)
    assert json.loads((tmp_path / "data" / "state.json").read_text())["theme"] == "high-contrast"


def test_the_footer_tells_the_index(tmp_path: Path) -> None:
    def command(root: Path) -> list[str]:
        program = "import sys; print('3/4 files', file=sys.stderr)"
        return [sys.executable, "-c", program]

    async def run() -> None:
        async with opened(make_desk(tmp_path), index_command=command) as (_, pilot):
            footer = screen_of(pilot).query_one("#index", Static)
            for _ in range(500):
                if str(footer.visual) == "index ready":
                    break
                await pilot.pause(0.01)
            assert str(footer.visual) == "index ready"
            screen_of(pilot).query_one(BottomBar).show_index(IndexState("running", 3, 4))
            assert str(footer.visual) == "indexing 75% (3/4)"

    asyncio.run(run())


# 5 errors


def test_no_model_is_a_sentence_and_a_way_on(tmp_path: Path) -> None:
    class Broken(TableRouter):
        def route(self, question: str, history: object = ()) -> Route:
            raise ModelError("The router's model is missing; reinstall codeask.")

    desk = make_desk(tmp_path, Broken())

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        (view,) = screen_of(pilot).conversation.exchanges
        assert str(view.words.visual) == (
            "✗ The router's model is missing; reinstall codeask. (Ctrl+T chooses a tool by hand.)"
        )
        await pilot.press("ctrl+t")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = "find_callers name=price"
        await pilot.press("enter")
        await settled(pilot)
        assert view.words.source == "`price` is called in 3 places, 1 of them in tests."

    play(desk, scene)


def test_a_bug_does_not_end_the_session(tmp_path: Path) -> None:
    class Buggy(TableRouter):
        def route(self, question: str, history: object = ()) -> Route:
            if question == "boom":
                raise ZeroDivisionError("oops")
            return Route(DEFINITION, 0.9)

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "boom")
        await ask(pilot, "where is Cart?")
        first, second = screen_of(pilot).conversation.exchanges
        assert "This is a bug in codeask (ZeroDivisionError: oops)" in str(first.words.visual)
        assert second.words.source.startswith("`Cart` is a class")

    play(make_desk(tmp_path, Buggy()), scene)


def test_escape_codes_of_a_repository_are_shown_never_obeyed(tmp_path: Path) -> None:
    repo = tmp_path / "hostile"
    (repo / ".git").mkdir(parents=True)
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"
    (repo / f"a{chr(27)}[31m.py").write_text(
        f"def price():\n    pass\n\n\nprice()  # {evil}[red]x[/red]\n", "utf-8"
    )
    source = ToolCall("show_symbol", {"name": "price", "part": "source"})
    router = TableRouter({"show": Route(source, 0.9)})
    desk = make_desk(tmp_path, router, repo=repo)

    async def scene(pilot: Pilot[None]) -> None:
        screen = screen_of(pilot)
        await ask(pilot, "who calls price?")
        await ask(pilot, "show")
        await pilot.press("tab", "y")
        await settled(pilot)
        shown = "\n".join(
            "".join(segment.text for segment in strip)
            for strip in pilot.app.screen._compositor.render_strips()
        )
        code = screen.evidence.view.code
        assert code is not None
        everything = shown + pilot.app.clipboard + str(code.lines) + screen.desk.session.title
        assert not set(everything) & {"\x1b", "\x07", "\x9b", "\u202e"}
        assert "␛[31m.py:" in shown
        assert "[red]x[/red]" in str(screen.conversation.exchanges[0].places.rows[0].content.plain)

    play(desk, scene)


# 6 first run


def test_the_welcome_has_three_questions_of_this_repository(tmp_path: Path) -> None:
    async def scene(pilot: Pilot[None]) -> None:
        screen = screen_of(pilot)
        examples = screen.query_one(Welcome).examples
        assert examples == (
            "who calls price?",
            "how does Cart work?",
            "where is PriceError defined?",
        )
        await pilot.press("enter")
        await settled(pilot)
        (view,) = screen.conversation.exchanges
        assert view.question == "who calls price?"
        assert view.answer is not None and view.answer.found

    play(make_desk(tmp_path), scene)
