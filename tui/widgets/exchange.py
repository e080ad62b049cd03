"""A question and its answer in the conversation: words, places, figures."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Markdown, Static

from ...assistant.assistant import Progress
from ...executors.catalog import ToolCall
from ...formatter import Answer, block, line
from ..callline import written
from ..wording import sentences
from .places import PlacesList
from .timing import TimingBar

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
LONG = 14  # lines of words; a longer answer is folded


class ExchangeView(Vertical):
    """`number` is the exchange's in the session, None until it is answered."""

    DEFAULT_CSS = """
    ExchangeView { height: auto; margin: 0 0 1 0; padding: 0 1; }
    ExchangeView > .question { text-style: bold; height: auto; }
    ExchangeView > .state { color: $text-muted; height: 1; text-wrap: nowrap; }
    ExchangeView > .problem { color: $text-error; height: auto; }
    ExchangeView > .fold { height: 1; color: $text-muted; text-style: italic; }
    ExchangeView > Markdown { padding: 0; margin: 0; background: transparent; height: auto; }
    ExchangeView > Markdown.folded { max-height: 14; overflow: hidden; }
    ExchangeView > Markdown MarkdownBlock { margin: 0 0 0 0; }
    """

    def __init__(self, question: str, call: ToolCall | None = None) -> None:
        super().__init__()
        self.question = question
        self.call = call
        self.number: int | None = None
        self.answer: Answer | None = None
        self.corrected = False
        self.progress: Progress | None = None
        self._ticks = 0

    def compose(self) -> ComposeResult:
        """Question, what is being done, words, places, figures."""
        yield Static(self._asked, classes="question", markup=False)
        yield Static("", classes="state", markup=False)
        yield Static("", classes="problem", markup=False)
        yield Markdown()
        yield Static("… the answer goes on (f unfolds)", classes="fold", markup=False)
        yield PlacesList()
        yield TimingBar()

    def on_mount(self) -> None:
        """Only what there is to see takes room."""
        for part in (self.words, self.places, self.figures, self._problem, self._fold):
            part.display = False

    @property
    def _asked(self) -> Content:
        return Content.assemble(("❯ ", "$primary"), block(self.question))

    @property
    def words(self) -> Markdown:
        """The sentences."""
        return self.query_one(Markdown)

    @property
    def places(self) -> PlacesList:
        """The places."""
        return self.query_one(PlacesList)

    @property
    def figures(self) -> TimingBar:
        """The figures."""
        return self.query_one(TimingBar)

    @property
    def _state(self) -> Static:
        return self.query_one(".state", Static)

    @property
    def _problem(self) -> Static:
        return self.query_one(".problem", Static)

    @property
    def _fold(self) -> Static:
        return self.query_one(".fold", Static)

    def waiting(self, text: str) -> None:
        """Says what it waits for."""
        self._state.display = True
        self._state.update(text)

    def tick(self) -> None:
        """A step of the sign of life: what is being done, and how much was found."""
        self._ticks += 1
        watch = self.progress
        if watch is None:
            return
        route = watch.route
        call = self.call or (route.call if route is not None else None)
        doing = "choosing a tool" if call is None else f"searching: {line(written(call))}"
        found = f", {len(watch.matches)} found" if watch.matches else ""
        self.waiting(f"{_SPINNER[self._ticks % len(_SPINNER)]} {doing}{found}  (esc stops)")

    async def show(self, answer: Answer, *, corrected: bool = False) -> None:
        """Shows an answer, in place of what stood there."""
        self.answer, self.corrected, self.progress = answer, corrected, None
        with self.app.batch_update():
            self._state.display = self._problem.display = False
            self.places.show([answer.result, *answer.also] if answer.result is not None else [])
            self.figures.show(answer, corrected)
            self.figures.display = True
            self.words.display = True
            await self.words.update(sentences(answer))
            text = self.words.source
            self._set_folded(text.count("\n") >= LONG)

    def fail(self, sentence: str) -> None:
        """Shows what went wrong and what to do."""
        self.progress = None
        self._state.display = False
        self._problem.display = True
        self._problem.update(Content(block(f"✗ {sentence}")))

    def _set_folded(self, folded: bool) -> None:
        self.words.set_class(folded, "folded")
        self._fold.display = folded

    def toggle_fold(self) -> None:
        """Folds or unfolds words that are long."""
        if self.words.source.count("\n") >= LONG:
            self._set_folded(not self.words.has_class("folded"))

    def on_click(self) -> None:
        """A click on the fold line unfolds."""
        if self._fold.display and self._fold.mouse_hover:
            self._set_folded(False)
