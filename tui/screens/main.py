"""The main screen: conversation, evidence, question box; what its keys and messages do."""

from __future__ import annotations

import asyncio
import gc
import shutil
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import OptionList

from ...executors.catalog import ToolCall
from ...executors.errors import CodeaskError
from ...executors.results import Match
from ...formatter import Answer, GivenRoute, line
from ...formatter.places import RANKED
from ..code import Code, coloured
from ..desk import Desk, partial
from ..editors import chosen_editor, launch
from ..indexing import Indexer, IndexState
from ..mentions import Candidate, Names
from ..widgets.conversation import MOST, Conversation
from ..widgets.evidence import CodeView, EvidencePane
from ..widgets.places import PlacesList
from ..widgets.prompt import PLACEHOLDER, Prompt
from ..widgets.status import BottomBar, TopBar
from ..widgets.welcome import Welcome

if TYPE_CHECKING:
    from ...assistant import Assistant
    from ..app import CodeaskApp
    from ..screens.steer import Steered
    from ..widgets.exchange import ExchangeView

WIDE = 110  # columns from which the code stands beside the conversation
STOP_SECONDS = 0.3  # that a stopped search is waited for before its partial result is shown
ENDING_SECONDS = 30.0  # that the next question waits for a stopped one at most
TICK_SECONDS = 0.1
AT_ONCE_SECONDS = 0.06  # an answer that comes sooner is painted once, with its question


class MainScreen(Screen[None]):
    """The one screen; everything else is a dialog over it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help"),
        Binding("ctrl+o", "repository", "Repository"),
        Binding("ctrl+r", "history", "History", show=False, priority=True),
        Binding("ctrl+t", "steer", "Steer", priority=True),
        Binding("ctrl+n", "new_session", "New", show=False, priority=True),
        Binding("ctrl+l", "sessions", "Sessions", show=False, priority=True),
        Binding("f4", "export", "Export", show=False),
        Binding("f2", "settings", "Settings", show=False),
        Binding("f3", "evidence", "Code", show=False),
        Binding("escape", "back", "Stop", show=False),
        Binding("tab", "next_pane", "Next", show=False),
        Binding("shift+tab", "previous_pane", "Previous", show=False),
        Binding("pageup", "page(-1)", "Up", show=False, priority=True),
        Binding("pagedown", "page(1)", "Down", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    MainScreen { layout: vertical; background: $background; }
    MainScreen > #body { layout: horizontal; height: 1fr; }
    MainScreen > #body > Conversation { width: 1fr; }
    MainScreen > #body > EvidencePane { width: 1fr; border-left: vkey $panel; }
    MainScreen.-narrow > #body { layout: vertical; }
    MainScreen.-narrow > #body > EvidencePane { width: 100%; height: 45%; border-left: none; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self._waiting: list[ExchangeView] = []
        self._answering: ExchangeView | None = None
        self._stopping = asyncio.Event()
        self._ending: asyncio.Future[Answer] | None = None
        self._names: Names | None = None
        self._files: int | None = None
        self._wants_code = True
        self._shown: tuple[str, Code] | None = None
        self._indexer: Indexer | None = None

    if TYPE_CHECKING:

        @property
        def app(self) -> CodeaskApp: ...

    # what stands where

    def compose(self) -> ComposeResult:
        """Repository, conversation and evidence, question box, keys."""
        yield TopBar()
        with Container(id="body"):
            yield Conversation()
            yield EvidencePane()
        yield Prompt(self.desk.history)
        yield BottomBar()

    def on_mount(self) -> None:
        """The question box is ready at once; what takes time begins after the first paint."""
        self.evidence.display = False
        self._tell_top()
        self.prompt.box.focus()
        self.call_after_refresh(self._opened)

    def on_resize(self, event: events.Resize) -> None:
        """The code stands beside the conversation where there is room, else below it."""
        self.set_class(event.size.width < WIDE, "-narrow")

    @property
    def conversation(self) -> Conversation:
        """The conversation."""
        return self.query_one(Conversation)

    @property
    def evidence(self) -> EvidencePane:
        """The evidence pane."""
        return self.query_one(EvidencePane)

    @property
    def prompt(self) -> Prompt:
        """The question box."""
        return self.query_one(Prompt)

    def _tell_top(self) -> None:
        title = self.desk.session.title if self.desk.session.exchanges else ""
        home = str(Path.home())
        root = str(self.desk.root)
        shown = f"~{root[len(home) :]}" if root.startswith(home + "/") else root
        self.query_one(TopBar).show(shown, self._files, title)

    # opening a repository

    def _opened(self) -> None:
        """Reads what the welcome needs and warms up, off the loop; then completes the index."""
        self._names = None
        self._files = None
        self._warm_up()
        self._start_index()

    @work(thread=True, exclusive=True, group="open", exit_on_error=False)
    def _warm_up(self) -> None:
        from ..suggestions import suggestions

        desk = self.desk
        try:
            assistant = desk.assistant
            listing = assistant.repository.listing()
            self.app.call_from_thread(self._listed, assistant, len(listing.files), [])
            examples = suggestions(assistant.repository, list(listing.files.values()))
            self.app.call_from_thread(self._listed, assistant, len(listing.files), examples)
        except CodeaskError as error:
            self.app.call_from_thread(self.tell, str(error), "error")
            return
        from ..widgets import exchange  # noqa: F401  what it imports is not needed before

        self.app.call_from_thread(self.conversation.prepare)
        try:
            assistant.route("where is main defined?")
        except CodeaskError as error:
            self.app.call_from_thread(
                self.tell, f"{error} Until then, Ctrl+T chooses a tool by hand.", "error"
            )

    def _listed(self, assistant: Assistant, files: int, examples: list[str]) -> None:
        if assistant is not self.desk.assistant:
            return  # another repository was opened meanwhile
        self._files = files
        self._tell_top()
        if examples:
            self.query_one(Welcome).show(examples)
            if not self.desk.session.exchanges:
                self.prompt.box.placeholder = f"{PLACEHOLDER} (Enter: {line(examples[0])})"

    def _start_index(self) -> None:
        if self._indexer is not None:
            self._indexer.stop()
        argv = self.app.index_command(self.desk.root)
        if argv:
            self._indexer = Indexer(argv, self._index_said)
            self._indexer.start()

    def _index_said(self, state: IndexState) -> None:
        self.app.call_later(self._show_index, state)

    def _show_index(self, state: IndexState) -> None:
        for bar in self.query(BottomBar):  # none when the app is closing
            bar.show_index(state)

    def on_unmount(self) -> None:
        """Ends what still runs."""
        if self._indexer is not None:
            self._indexer.stop()
        if self._answering is not None and self._answering.progress is not None:
            self._answering.progress.stop()

    # asking

    @on(Prompt.Asked)
    async def asked(self, event: Prompt.Asked) -> None:
        """A question; an empty one is the first example."""
        examples = self.query_one(Welcome).examples
        question = event.question
        if not question and not self.desk.session.exchanges and examples and not self._waiting:
            question = examples[0]
        if question:
            await self.ask(question)

    @on(Welcome.Picked)
    async def picked(self, event: Welcome.Picked) -> None:
        """An example."""
        self.prompt.box.focus()
        await self.ask(event.question)

    async def ask(self, question: str) -> None:
        """Puts a question at the end of the conversation, to be answered in its turn."""
        if self.prompt.box.placeholder != PLACEHOLDER:
            self.prompt.box.placeholder = PLACEHOLDER
        self._put(await self.conversation.add(question))

    def _put(self, view: ExchangeView) -> None:
        self._waiting.append(view)
        if self._answering is None:
            self._serve()
        else:
            self.conversation.begin(view)
            view.begin()
            view.waiting("waits for the question before it")

    @work(group="serve", exit_on_error=False)
    async def _serve(self) -> None:
        """Answers what waits, one after the other."""
        while self._waiting and self._answering is None:
            view = self._answering = self._waiting.pop(0)
            answer = None
            try:
                answer = await self._answer(view)
                self.conversation.begin(view)
                if answer is None:
                    view.fail("Stopped before a tool was chosen; ask again, or in other words.")
                else:
                    view.show(answer, corrected=view.call is not None and bool(view.question))
            except CodeaskError as error:
                view.fail(f"{error} (Ctrl+T chooses a tool by hand.)")
            except Exception as error:  # a bug must not end the session
                self.log.error(error)
                view.fail(
                    f"This is a bug in codeask ({type(error).__name__}: {error}); the session goes "
                    "on, please report it."
                )
            await self._painted()
            if answer is not None and view.is_attached:
                self._keep(view, answer)
            self._answering = None
            await self.conversation.prepare()

    async def _answer(self, view: ExchangeView) -> Answer | None:
        """Runs the pipeline on a thread. What it answers at once is shown in one go; for what takes
        longer there are the question, a sign of life, and the places as they are found.
        """
        from ...assistant.assistant import Progress

        watch = view.progress = Progress()
        self._stopping.clear()
        await self._let_end(view)
        history = self.desk.turns(view.number)
        search = asyncio.ensure_future(
            asyncio.to_thread(self.desk.answer, view.question, history, view.call, watch)
        )
        await asyncio.wait({search}, timeout=AT_ONCE_SECONDS)
        if not search.done():
            self.conversation.begin(view)
            view.begin()
            view.tick()
            timer = self.set_interval(TICK_SECONDS, view.tick)
            stop = asyncio.ensure_future(self._stopping.wait())
            await asyncio.wait({search, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not search.done():
                await asyncio.wait({search}, timeout=STOP_SECONDS)
            stop.cancel()
            timer.stop()
        if search.done():
            return search.result()
        search.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._ending = search
        return partial(watch, view.call)

    async def _let_end(self, view: ExchangeView) -> None:
        """Waits for a stopped question that is in the middle of a model's turn: models do one thing
        at a time.
        """
        ending, self._ending = self._ending, None
        if ending is not None and not ending.done():
            self.conversation.begin(view)
            view.begin()
            view.waiting("waits for the stopped question to end  (esc waits no longer)")
            stop = asyncio.ensure_future(self._stopping.wait())
            await asyncio.wait(
                {ending, stop}, timeout=ENDING_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            stop.cancel()

    async def _painted(self) -> None:
        """Waits until what was shown is on the terminal."""
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    def _keep(self, view: ExchangeView, answer: Answer) -> None:
        """Saves an answer and shows the code of its first place; it is on the screen already."""
        from ..sessions import Exchange

        try:
            exchange = Exchange(view.question, answer, view.corrected)
            view.number = self.desk.session.put(exchange, view.number)
        except CodeaskError as error:
            self.tell(str(error), "error")
        self._tell_top()
        first = view.places.first
        if answer.result is not None and answer.result.call.tool in RANKED and answer.citations:
            first = answer.result.matches[answer.citations[0]]  # the first that is spoken of
        if first is not None and not self.has_class("-narrow") and not self._in_places:
            self._show_place(first)

    @property
    def _in_places(self) -> bool:
        return isinstance(self.focused, (PlacesList, CodeView))

    # evidence

    @on(PlacesList.Shown)
    def place_shown(self, event: PlacesList.Shown) -> None:
        """The cursor moved: the code follows, and so does the conversation."""
        self._show_place(event.match)
        conversation, places = self.conversation, event.source
        offset = places.region.offset - conversation.content_region.offset
        conversation.scroll_to_region(
            places.cursor_region.translate(offset + conversation.scroll_offset), animate=False
        )

    def _show_place(self, match: Match) -> None:
        if self._wants_code:
            self.evidence.display = True
            self._read_place(match)

    @work(thread=True, exclusive=True, group="evidence", exit_on_error=False)
    def _read_place(self, match: Match) -> None:
        code, remark = self._code_of(match)
        self.app.call_from_thread(self.evidence.show, match, code, remark)

    def _code_of(self, match: Match) -> tuple[Code | None, str]:
        if not match.path or match.kind == "folder":
            return (coloured("", match.text), "") if match.text else (None, "This is no file.")
        shown = self._shown
        source = self.desk.assistant.repository.read(match.path)
        if source is None:
            return None, f"{line(match.path)} cannot be shown: it is binary, unreadable or gone."
        key = f"{match.path}\0{hash(source.data)}"
        if shown is not None and shown[0] == key:
            return shown[1], ""
        code = coloured(match.path, source.data.decode("utf-8", "replace"))
        self._shown = (key, code)
        return code, ""

    def action_evidence(self) -> None:
        """Shows or hides the code."""
        self._wants_code = not self.evidence.display
        self.evidence.display = self._wants_code

    # opening, copying

    @on(PlacesList.Opened)
    def place_opened(self, event: PlacesList.Opened) -> None:
        """Enter on a place."""
        self._edit(event.match)

    @on(CodeView.Opened)
    def code_opened(self) -> None:
        """Enter on the code."""
        if self.evidence.match is not None:
            self._edit(self.evidence.match)

    def _edit(self, match: Match) -> None:
        file = self.desk.root / match.path
        if not match.path or not file.exists():
            self.tell("This place is no file that an editor could open.", "warning")
            return
        if self.app.is_web:
            self.tell("In a browser there is no editor; y copies the place.", "warning")
            return
        editor = chosen_editor(self.desk.environment)
        try:
            start = launch(editor, file, match.line)
            if shutil.which(start.argv[0]) is None:
                self.tell(f"The editor '{editor}' cannot be found; set EDITOR.", "error")
            elif start.in_terminal:
                with self.app.suspend():
                    subprocess.run(start.argv, check=False)
            else:
                threading.Thread(target=_run_beside, args=(start.argv,), daemon=True).start()
        except CodeaskError as error:
            self.tell(str(error), "error")
        except OSError as error:
            self.tell(f"The editor '{editor}' cannot be run ({error.strerror}).", "error")
        except SuspendNotSupported:
            self.tell("This terminal cannot be handed to an editor; y copies the place.", "error")

    @on(PlacesList.Copied)
    def copied(self, event: PlacesList.Copied) -> None:
        """y and Y."""
        view = self._view_of(event.source)
        if event.match is not None:
            self._copy_place(event.match)
        elif view is not None and view.answer is not None:
            from ..wording import copied

            self.app.copy_to_clipboard(copied(view.question, view.answer))
            self.tell("Copied the answer with its places.")

    @on(CodeView.Copied)
    def code_copied(self) -> None:
        """y on the code."""
        if self.evidence.match is not None:
            self._copy_place(self.evidence.match)

    def _copy_place(self, match: Match) -> None:
        from ..wording import where

        self.app.copy_to_clipboard(where(match))
        self.tell(f"Copied {where(match)}")

    def tell(self, sentence: str, severity: str = "information") -> None:
        """A sentence in the corner."""
        level = severity if severity in ("warning", "error") else "information"
        self.notify(
            line(sentence), severity=level, markup=False, timeout=8 if level == "error" else 3
        )

    # steering

    @on(PlacesList.Steered)
    def steered(self, event: PlacesList.Steered) -> None:
        """s on a place."""
        self._steer(self._view_of(event.source))

    def action_steer(self) -> None:
        """Steers the answer that has the focus, else the last one."""
        focused = self.focused
        view = self._view_of(focused) if isinstance(focused, PlacesList) else None
        asked = self.conversation.exchanges
        if view is None and not asked:
            self.tell("Ask something first; then its tool can be changed.", "warning")
            return
        self._steer(view or asked[-1])

    def _view_of(self, places: PlacesList) -> ExchangeView | None:
        from ..widgets.exchange import ExchangeView

        return places.parent if isinstance(places.parent, ExchangeView) else None

    def _steer(self, view: ExchangeView | None) -> None:
        if view is None or view is self._answering or view in self._waiting:
            return
        from .steer import SteerDialog

        call = ToolCall("locate", {"query": view.question or "this"})
        route = view.answer.route if view.answer is not None else GivenRoute(call, 0.0)

        def run(chosen: Steered | None) -> None:
            if chosen is None:
                return
            try:
                known = chosen.remember and view.number is not None and view.question
                if known and self.desk.correct(view.number or 0, chosen.call):
                    self.tell("Noted as a correction; 'codeask corrections' reviews them.")
            except CodeaskError as error:
                self.tell(str(error), "error")
            view.call = chosen.call
            self._put(view)

        self.app.push_screen(SteerDialog(view.question, route), run)

    # moving about

    def action_back(self) -> None:
        """Esc: stops what runs; else back to the question box."""
        if self._answering is not None and self._answering.progress is not None:
            self._answering.progress.stop()
            self._stopping.set()
            return
        self.prompt.box.focus()
        if self.has_class("-narrow"):
            self.evidence.display = False

    @on(Prompt.Leaving)
    def action_next_pane(self) -> None:
        """Tab: box, places, code, box."""
        focused = self.focused
        if isinstance(focused, PlacesList) and self.evidence.display:
            self.evidence.view.focus()
        elif isinstance(focused, (PlacesList, CodeView, OptionList)):
            self.prompt.box.focus()
        else:
            self._focus_places()

    def action_previous_pane(self) -> None:
        """Shift+Tab: the other way."""
        focused = self.focused
        if isinstance(focused, (PlacesList, OptionList)):
            self.prompt.box.focus()
        elif isinstance(focused, CodeView) or not self.evidence.display:
            self._focus_places()
        else:
            self.evidence.view.focus()

    def _focus_places(self) -> None:
        listed = [view.places for view in self.conversation.exchanges if view.places.display]
        examples = self.query_one(Welcome).query_one(OptionList)
        if listed:
            listed[-1].focus()
        elif self.query_one(Welcome).display and examples.display:
            examples.focus()

    @on(PlacesList.Left)
    def places_left(self, event: PlacesList.Left) -> None:
        """Beyond a list is the one of the answer before or after it, below the last the box."""
        listed = [view.places for view in self.conversation.exchanges if view.places.display]
        at = listed.index(event.source) + event.direction
        if at >= len(listed):
            self.prompt.box.focus()
        elif at >= 0:
            listed[at].highlighted = 0 if event.direction > 0 else listed[at].option_count - 1
            listed[at].focus()

    def action_page(self, direction: int) -> None:
        """Page up and down: the code when it has the focus, else the conversation."""
        target = self.evidence.view if isinstance(self.focused, CodeView) else self.conversation
        if direction < 0:
            target.scroll_page_up(animate=False)
        else:
            target.scroll_page_down(animate=False)

    # completion

    @on(Prompt.Searching)
    def search_names(self, event: Prompt.Searching) -> None:
        """Candidates for `@`; files and symbols are read at the first one."""
        if self._names is None:
            self.prompt.offer(event.typed, [], "reading names…")
        self._complete(event.typed)

    @work(thread=True, exclusive=True, group="names", exit_on_error=False)
    def _complete(self, typed: str) -> None:
        names = self._names
        if names is None:
            from ...router.link import GrepLinker

            repository = self.desk.assistant.repository
            try:
                files = repository.listing().files
                names = Names(files, GrepLinker(repository.root, timeout=5.0).defined_names())
            except CodeaskError as error:
                self.app.call_from_thread(self.prompt.offer, typed, [], str(error))
                return
            self._names = names
        found: list[Candidate] = names.best(typed)
        self.app.call_from_thread(self.prompt.offer, typed, found, "no such file or symbol")

    # dialogs

    def action_help(self) -> None:
        """F1."""
        from .help import HelpDialog

        self.app.push_screen(HelpDialog())

    def action_history(self) -> None:
        """Questions asked before."""
        from .history import HistoryDialog

        def take(question: str | None) -> None:
            self.prompt.box.focus()
            if question is not None:
                self.prompt.put(question)

        self.app.push_screen(HistoryDialog(self.desk.history), take)

    def action_settings(self) -> None:
        """The configuration."""
        from .settings import SettingsDialog

        def saved(changed: bool | None) -> None:
            if not changed:
                return
            try:
                self.desk.reload()
                self._warm_up()
                self.tell("Saved; 'ask' reads the same file.")
            except CodeaskError as error:
                self.tell(str(error), "error")

        self.app.push_screen(SettingsDialog(self.desk), saved)

    def action_repository(self) -> None:
        """Another repository."""
        from .repositories import RepositoryDialog

        def chosen(folder: Path | None) -> None:
            if folder is not None:
                self._open(folder)

        self.app.push_screen(RepositoryDialog(self.desk.recent()), chosen)

    @work(exit_on_error=False)
    async def _open(self, folder: Path) -> None:
        try:
            self.desk.open(folder)
        except CodeaskError as error:
            self.tell(str(error), "error")
            return
        await self._clear()
        self._opened()

    async def _clear(self) -> None:
        self._waiting.clear()
        if self._answering is not None and self._answering.progress is not None:
            self._answering.progress.stop()
            self._stopping.set()
        self.evidence.display = False
        self._shown = None
        await self.conversation.empty()
        self._tell_top()
        self.prompt.box.focus()
        gc.collect()  # see `calm` in app.py

    @work(exit_on_error=False)
    async def action_new_session(self) -> None:
        """A new session in the same repository."""
        self.desk.new_session()
        await self._clear()

    def action_sessions(self) -> None:
        """Saved sessions."""
        from .sessions import SessionsDialog

        def chosen(file: Path | None) -> None:
            if file is not None:
                self._resume(file)

        self.app.push_screen(SessionsDialog(self.desk.data / "sessions"), chosen)

    @work(exit_on_error=False)
    async def _resume(self, file: Path) -> None:
        from ..sessions import load

        session = load(file)
        if session is None:
            return
        other = session.repo != str(self.desk.root)
        try:
            self.desk.resume(session)
        except CodeaskError as error:
            self.tell(str(error), "error")
            return
        await self._clear()
        if other:
            self._opened()
        for number, exchange in list(enumerate(session.exchanges))[-MOST:]:
            view = await self.conversation.add(exchange.question)
            view.number = number
            self.conversation.begin(view)
            view.show(exchange.answer, corrected=exchange.corrected)
        self._tell_top()

    def action_export(self) -> None:
        """The session as Markdown."""
        import time

        from ..wording import exported
        from .export import ExportDialog

        session = self.desk.session
        if not session.exchanges:
            self.tell("There is nothing to export yet; ask something first.", "warning")
            return
        started = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.started))
        pairs = [(exchange.question, exchange.answer) for exchange in session.exchanges]
        document = exported(self.desk.root.name, started, pairs)
        proposed = self.desk.data / "exports" / f"{session.file.stem}.md"

        def done(file: Path | None) -> None:
            if file is not None:
                self.tell(f"Written to {file}")

        self.app.push_screen(ExportDialog(proposed, document), done)


def _run_beside(argv: Sequence[str]) -> None:
    """Runs an editor that has its own window; its output would spoil the screen."""
    nowhere = subprocess.DEVNULL
    with suppress(OSError):  # a moment ago it was there; there is nobody left to tell
        subprocess.run(
            argv, stdin=nowhere, stdout=nowhere, stderr=nowhere, check=False, start_new_session=True
        )
