"""`Desk`: what the app works with, apart from any widget: assistant, session, the user's files."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.catalog import ToolCall
from ..executors.languages import language_of
from ..executors.repository import find_root
from ..executors.results import ToolResult
from ..formatter import Answer, Formatter, GivenRoute
from ..formatter.wording import STOPPED
from . import sessions
from .corrections import Correction, Store
from .history import History
from .userdata import write_text

if TYPE_CHECKING:
    from ..assistant import Assistant
    from ..assistant.assistant import Progress
    from ..router.dialogue import Turn

MOST_RECENT = 20


@dataclass
class Desk:
    """One open repository and the user's files about it.

    `make` gives the assistant of a folder, at the first use: it is slow to import, and the first paint
    does not need it; `data` is the user's data folder, `config_file` the
    configuration (None: the user's). Raises `CodeaskError` where a folder cannot be opened.
    """

    make: Callable[[Path], Assistant]
    data: Path
    config_file: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self.history = History.load(self.data / "history.jsonl")
        self.corrections = Store(self.data)
        self.state: dict[str, Any] = _state(self.data / "state.json")
        self._assistant: Assistant | None = None
        self._lock = threading.Lock()

    @property
    def assistant(self) -> Assistant:
        """The assistant of the open repository; made by the first thread that asks for it."""
        with self._lock:
            if self._assistant is None:
                self._assistant = self.make(self.root)
            return self._assistant

    def open(self, folder: Path) -> None:
        """Opens the checkout around a folder, with a new session."""
        self.root = Path(os.path.realpath(find_root(folder.expanduser())))
        self.reload()
        self.new_session()
        recent = [path for path in self.recent() if path != str(self.root)]
        self.remember("recent", [str(self.root), *recent][:MOST_RECENT])

    def reload(self) -> None:
        """Takes the configuration as it is now; the session goes on."""
        with self._lock:
            self._assistant = None

    def new_session(self) -> None:
        """Begins a session; the one before stays saved."""
        folder = self.data / "sessions"
        self.session = sessions.Session(folder, str(self.root), started=self.clock())

    def resume(self, session: sessions.Session) -> None:
        """Goes on with a saved session, in its own repository."""
        if session.repo != str(self.root):
            self.open(Path(session.repo))
        self.session = session

    def recent(self) -> list[str]:
        """Repositories opened before, the latest first."""
        found = self.state.get("recent")
        return [str(path) for path in found] if isinstance(found, list) else []

    def remember(self, key: str, value: object) -> None:
        """Keeps something of the app's own state (theme, recent repositories)."""
        if self.state.get(key) != value:
            self.state[key] = value
            write_text(self.data / "state.json", json.dumps(self.state, indent=1))

    def turns(self, before: int | None = None) -> tuple[Turn, ...]:
        """The dialogue so far, up to exchange number `before`: what a follow-up may speak of."""
        from ..router.dialogue import Turn

        earlier = self.session.exchanges[:before]
        return tuple(Turn(one.question, one.answer.route.call) for one in earlier if one.question)

    def answer(
        self, question: str, history: tuple[Turn, ...], call: ToolCall | None, watch: Progress
    ) -> Answer:
        """The answer to a question, or to a call that is given. Blocks; for a worker thread."""
        if call is not None:
            return self.assistant.run(call, watch=watch)
        return self.assistant.ask(question, history, watch=watch)

    def correct(self, number: int, call: ToolCall) -> bool:
        """Notes that `call` is right for exchange `number`; False when nothing was changed."""
        exchange = self.session.exchanges[number]
        before = exchange.answer.route.call
        if before == call:
            return False
        result = exchange.answer.result
        self.corrections.add(
            Correction(
                question=exchange.question,
                call=call,
                was=before.tool,
                history=self.turns(number),
                repo=self.root.name,
                lang=_language(result),
            )
        )
        return True


def partial(watch: Progress, call: ToolCall | None) -> Answer | None:
    """What a stopped question had found by then; None before it was even routed."""
    route = watch.route or (GivenRoute(call) if call is not None else None)
    if route is None:
        return None
    result = ToolResult(
        call=route.call,
        status="timeout",
        matches=tuple(watch.matches),
        total=len(watch.matches),
        note="Stopped on request; this is what was found by then.",
    )
    answer = Formatter().answer(route, [result], {})
    if watch.sentences:  # it was being worded already: those sentences were verified
        answer = replace(answer, text=" ".join(watch.sentences), failure=STOPPED)
    return answer


def _language(result: ToolResult | None) -> str:
    """The language that an answer is about: that of its first place, else the only one searched."""
    if result is None:
        return ""
    told = [language_of(match.path) for match in result.matches[:1]]
    if not told and len(result.scope.languages) == 1:
        told = list(result.scope.languages)
    return told[0] if told else ""


def _state(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
