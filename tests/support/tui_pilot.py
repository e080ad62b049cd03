"""What the tests of the app share: a desk over a copy of the shop, and an app driven by Pilot."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from codeask.assistant import Assistant, Config
from codeask.assistant.assistant import Progress
from codeask.executors.catalog import ToolCall
from codeask.formatter import Answer
from codeask.router.dialogue import Turn
from codeask.router.router import Alternative, Route
from codeask.tui.app import CodeaskApp, no_index
from codeask.tui.desk import Desk
from codeask.tui.screens.main import MainScreen
from textual.pilot import Pilot

SHOP = Path(__file__).resolve().parent.parent / "fixtures" / "shop"
CALLERS = ToolCall("find_callers", {"name": "price"})
REFERENCES = ToolCall("find_references", {"name": "price"})
DEFINITION = ToolCall("find_definition", {"name": "Cart"})
TIMINGS = {"route": 4.0, "execute": 61.0, "format": 1.0}
KEYS = {" ": "space", "?": "question_mark", ".": "full_stop", "_": "underscore", "/": "slash",
        "@": "at", "=": "equals_sign", "-": "minus", "~": "tilde"}  # fmt: skip


class TableRouter:
    """Routes by a table of questions, else to `CALLERS`; remembers what it was asked."""

    def __init__(self, table: Mapping[str, Route] | None = None) -> None:
        self.table = dict(table or {})
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []

    def route(self, question: str, history: Sequence[Turn] = ()) -> Route:
        self.asked.append((question, tuple(history)))
        known = Route(CALLERS, 0.97, (Alternative(REFERENCES, 0.02),))
        return self.table.get(question, known)


class SteadyAssistant(Assistant):
    """An assistant whose figures are the same in every run, so that screens can be compared."""

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, limit: int | None = None,
        watch: Progress | None = None,
    ) -> Answer:  # fmt: skip
        return _steady(super().ask(question, history, limit=limit, watch=watch))

    def run(self, call: ToolCall, *, watch: Progress | None = None) -> Answer:
        return _steady(super().run(call, watch=watch))


def _steady(answer: Answer) -> Answer:
    from dataclasses import replace

    return replace(answer, timings_ms=TIMINGS)


def shop(folder: Path) -> Path:
    """A copy of the shop that no enclosing checkout swallows."""
    target = folder / "shop"
    shutil.copytree(SHOP, target)
    (target / ".git").mkdir()
    return target


def make_desk(
    folder: Path,
    router: TableRouter | None = None,
    repo: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Desk:
    """A desk over a copy of the shop; the user's files are in the test's own folder."""
    given = router or TableRouter()
    config = Config(index=False)
    desk = Desk(
        lambda root: SteadyAssistant(root, given, config), folder / "data",
        config_file=folder / "config.toml", environment=environment or {}, clock=lambda: 1.7e9,
    )  # fmt: skip
    desk.open(repo or shop(folder))
    return desk


@asynccontextmanager
async def opened(
    desk: Desk,
    size: tuple[int, int] = (120, 40),
    index_command: Callable[[Path], list[str]] = no_index,
) -> AsyncIterator[tuple[CodeaskApp, Pilot[None]]]:
    """The app on a desk, with its examples read."""
    app = CodeaskApp(desk, index_command)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield app, pilot


def play(
    desk: Desk, scene: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (120, 40)
) -> None:
    """Runs a scene on an open app."""

    async def run() -> None:
        async with opened(desk, size) as (_, pilot):
            await scene(pilot)

    asyncio.run(run())


def screen_of(pilot: Pilot[None]) -> MainScreen:
    """The main screen, whatever dialog is over it."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


async def settled(pilot: Pilot[None]) -> None:
    """Waits until nothing runs."""
    for _ in range(2):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def typed(pilot: Pilot[None], text: str) -> None:
    """Types a text."""
    await pilot.press(*[KEYS.get(letter, letter) for letter in text])


async def ask(pilot: Pilot[None], question: str) -> None:
    """Puts a question into the box, asks it, and waits for the answer."""
    screen_of(pilot).prompt.put(question)
    await pilot.press("enter")
    await settled(pilot)


@contextmanager
def set_home(folder: Path) -> Iterator[None]:
    """`~` is this folder."""
    import os

    before = os.environ.get("HOME")
    os.environ["HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = before
