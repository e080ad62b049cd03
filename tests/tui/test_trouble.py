"""What goes wrong, or is stopped: each a sentence and a way on, and nothing that was found is lost."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from codeask.assistant import Assistant, Config
from codeask.executors.results import Match, ToolResult
from codeask.formatter import Answer, Formatter
from codeask.formatter.backends import Figures, Message, Reply, ToolUse
from codeask.formatter.verify import Checked
from codeask.tui.app import CodeaskApp
from codeask.tui.desk import Desk
from codeask.tui.widgets.exchange import ExchangeView
from codeask.tui.widgets.welcome import Welcome
from textual.pilot import Pilot
from textual.widgets import Input, Static
from tui_pilot import CALLERS, TableRouter, ask, make_desk, opened, play, screen_of, settled, shop

GOOD = "`price` is called in `Cart.total` [1]."


class Model:
    """A language model of the test: says `GOOD`, then waits to be let go on."""

    name = "model"
    figures = Figures()

    def __init__(self) -> None:
        self.begun, self.go_on, self.ended = threading.Event(), threading.Event(), threading.Event()

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        try:
            yield f"{GOOD} It is "
            self.begun.set()
            self.go_on.wait(10)
            yield "called in `line` [2]. "
        finally:
            self.ended.set()

    def complete(
        self, messages: Sequence[Message], *, max_tokens: int,
        tools: Sequence[Mapping[str, object]] = (), seed: int = 0, **_: object,
    ) -> Reply:  # fmt: skip
        if len(messages) == 2:
            return Reply("", (ToolUse("1", "find_callers", '{"name": "price"}'),))
        self.begun.set()
        self.go_on.wait(10)
        self.ended.set()
        return Reply("It is called by `nobody`.")


class Sure:
    """A support layer that believes everything."""

    threshold = 0.5

    def score(self, sentence: str, result: ToolResult) -> float:
        return 1.0


def desk_with(
    folder: Path, config: Config, model: Model | None = None, repo: Path | None = None
) -> Desk:
    """A desk whose assistant has this configuration, and this model."""

    def make(root: Path) -> Assistant:
        assistant = Assistant(root, TableRouter(), config)
        if model is not None:
            assistant._formatter = Formatter(
                model, worded=frozenset({"find_callers"}), support=Sure()
            )
            assistant._agent = model
        return assistant

    desk = Desk(make, folder / "data", config_file=folder / "config.toml", environment={})
    desk.open(repo or shop(folder))
    return desk


async def until(event: threading.Event, pilot: Pilot[None]) -> None:
    """Waits for a thread."""
    for _ in range(1000):
        if event.is_set():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come")


async def stopped(model: Model, pilot: Pilot[None]) -> ExchangeView:
    """Asks, presses Escape while the model writes, and lets it go on."""
    screen_of(pilot).prompt.put("who calls price?")
    await pilot.press("enter")
    await until(model.begun, pilot)
    await pilot.press("escape")
    model.go_on.set()
    await settled(pilot)
    (view,) = screen_of(pilot).conversation.exchanges
    return view


def test_escape_stops_wording_and_what_was_written_stays(tmp_path: Path) -> None:
    model = Model()

    async def scene(pilot: Pilot[None]) -> None:
        view = await stopped(model, pilot)
        assert view.words.source.startswith("`price` is called in `Cart.total` ")
        assert "called in `line`" not in view.words.source
        assert "Stopped on request; what was written by then is kept." in str(view.words.visual)
        assert view.places.places == 3
        assert model.ended.is_set()

    play(desk_with(tmp_path, Config(index=False), model), scene)


def test_escape_does_not_wait_for_a_model_that_hangs(tmp_path: Path) -> None:
    model = Model()

    async def scene(pilot: Pilot[None]) -> None:
        screen_of(pilot).prompt.put("who calls price?")
        await pilot.press("enter")
        await until(model.begun, pilot)
        await pilot.press("escape")
        await settled(pilot)
        first = screen_of(pilot).conversation.exchanges[0]
        assert first.words.source.startswith("`price` is called in `Cart.total` ")
        assert first.places.places == 3
        assert not model.ended.is_set()
        screen_of(pilot).prompt.put("again")  # it has the model only when the first is done with it
        await pilot.press("enter")
        await pilot.pause(0.1)
        second = screen_of(pilot).conversation.exchanges[1]
        assert "waits for the stopped question" in str(second.figures.visual)
        model.go_on.set()
        await settled(pilot)
        assert second.answer is not None and second.answer.backend == "model"

    play(desk_with(tmp_path, Config(index=False), model), scene)


def test_escape_stops_the_agent_and_its_places_stay(tmp_path: Path) -> None:
    model = Model()

    async def scene(pilot: Pilot[None]) -> None:
        view = await stopped(model, pilot)
        assert view.answer is not None and view.answer.route.call == CALLERS
        assert view.places.places == 3
        assert "nobody" not in view.words.source

    play(desk_with(tmp_path, Config(index=False, mode="agent"), model), scene)


def test_a_model_that_is_loaded_is_told(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    begun, go_on = threading.Event(), threading.Event()
    ask_really = desk.answer

    def slow(question: str, history: object, call: object, watch: object) -> Answer:
        desk.assistant._watch = watch  # type: ignore[assignment]
        desk.assistant._says("loading llamacpp:small")
        begun.set()
        go_on.wait(10)
        return ask_really(question, history, call, watch)  # type: ignore[arg-type]

    desk.answer = slow  # type: ignore[method-assign]

    async def scene(pilot: Pilot[None]) -> None:
        screen_of(pilot).prompt.put("who calls price?")
        await pilot.press("enter")
        await until(begun, pilot)
        await pilot.pause(0.3)
        (view,) = screen_of(pilot).conversation.exchanges
        assert "loading llamacpp:small  (esc stops)" in str(view.figures.visual)
        go_on.set()
        await settled(pilot)

    play(desk, scene)


def test_a_resumed_session_keeps_dropped_sentences_and_marks(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    ask_really = desk.answer
    wrong = Checked("`nobody` calls it.", ("names 'nobody', which the evidence does not",))

    def unsure(question: str, history: object, call: object, watch: object) -> Answer:
        answer = ask_really(question, history, call, watch)  # type: ignore[arg-type]
        return replace(answer, dropped=(wrong,), verified=False, failure="The server is gone.")

    desk.answer = unsure  # type: ignore[method-assign]

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        (view,) = screen_of(pilot).conversation.exchanges
        shown, figures = str(view.words.visual), str(view.figures.visual)
        await pilot.press("ctrl+n")
        await settled(pilot)
        await pilot.press("ctrl+l")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        (view,) = screen_of(pilot).conversation.exchanges
        assert str(view.words.visual) == shown
        assert "✗ dropped: `nobody` calls it." in shown and "✗ The server is gone." in shown
        assert figures.startswith("✗ not verified find_callers")
        assert str(view.figures.visual).startswith("✗ not verified find_callers")

    play(desk, scene)


def test_a_server_that_is_down_is_a_sentence_and_plain_words(tmp_path: Path) -> None:
    config = Config(
        index=False, backend="openai", server="http://127.0.0.1:9/v1", server_model="none"
    )
    desk = desk_with(tmp_path, config)

    async def scene(pilot: Pilot[None]) -> None:
        desk.assistant._formatter.worded = frozenset({"find_callers"})
        await ask(pilot, "who calls price?")
        (view,) = screen_of(pilot).conversation.exchanges
        words = str(view.words.visual).split("\n")
        assert words[0] == "price is called in 3 places, 1 of them in tests."
        assert words[1].startswith("✗ ") and "http://127.0.0.1:9/v1" in words[1]
        assert view.places.places == 3

    play(desk, scene)


def test_a_time_out_is_a_sentence_and_keeps_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(call: object, search: object) -> Iterator[Match]:
        yield Match("shop/cart.py", 18, 18, "Cart.total", "method", "price(item)", "call")
        threading.Event().wait(0.2)
        yield Match("shop/cart.py", 19, 19, "late", "method", "the one in hand", "call")
        yield Match("shop/cart.py", 20, 20, "too late", "method", "never seen", "call")

    monkeypatch.setattr("codeask.executors.run.tool_function", lambda name: endless)

    async def scene(pilot: Pilot[None]) -> None:
        await ask(pilot, "who calls price?")
        (view,) = screen_of(pilot).conversation.exchanges
        assert view.answer is not None and view.answer.result is not None
        assert view.answer.result.status == "timeout"
        assert view.places.places == 2
        assert "Stopped after 0.1 s" in view.words.source

    play(desk_with(tmp_path, Config(index=False, timeout=0.1)), scene)


def test_a_folder_that_cannot_be_read_is_a_sentence_and_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    can = os.access
    monkeypatch.setattr(  # root may read anything
        "os.access", lambda path, mode, **kw: Path(path) != closed and can(path, mode, **kw)
    )
    desk = make_desk(tmp_path)

    async def scene(pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+o")
        await pilot.pause()
        pilot.app.screen.query_one(Input).value = str(closed)
        await pilot.press("enter")
        await settled(pilot)
        problem = str(pilot.app.screen.query_one("#problem", Static).visual)
        assert problem == f"The folder '{closed}' cannot be read; check its permissions."
        await pilot.press("escape")
        await ask(pilot, "who calls price?")
        assert screen_of(pilot).conversation.exchanges[0].places.places == 3

    play(desk, scene)
    assert desk.root == tmp_path / "shop"


def test_without_an_index_the_footer_says_so_and_answers_come(tmp_path: Path) -> None:
    async def run() -> None:
        def command(root: Path) -> list[str]:
            return ["/there/is/no/such/program"]

        async with opened(make_desk(tmp_path), index_command=command) as (_, pilot):
            footer = screen_of(pilot).query_one("#index", Static)
            for _ in range(500):
                if str(footer.visual):
                    break
                await pilot.pause(0.01)
            assert str(footer.visual) == "no index: answers are cold"
            await ask(pilot, "who calls price?")
            assert screen_of(pilot).conversation.exchanges[0].places.places == 3

    asyncio.run(run())


def test_no_color_leaves_no_colour_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    repo = shop(tmp_path)

    async def scene(pilot: Pilot[None]) -> None:
        assert isinstance(pilot.app, CodeaskApp) and pilot.app.no_color
        assert screen_of(pilot).query_one(Welcome).display
        await ask(pilot, "who calls price?")
        await pilot.press("tab", "down")
        await settled(pilot)
        colours = {
            colour.get_truecolor()
            for strip in pilot.app.screen._compositor.render_strips()
            for segment in strip
            if segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None
        }
        assert colours
        assert all(red == green == blue for red, green, blue in colours)

    play(make_desk(tmp_path, repo=repo), scene)
