"""A question and its answer in the conversation: words, places, figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Markdown, Static

from ...executors.catalog import ToolCall
from ...executors.results import ToolResult
from ...formatter import Answer, block, line
from ..callline import written
from ..wording import escaped, sentences
from .places import PlacesList
from .timing import TimingBar

if TYPE_CHECKING:
    from ...assistant.assistant import Progress

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
LONG = 14  # lines of words; a longer answer is folded
SOON = 50  # places that are shown before the search has ended


def soon(call: ToolCall, watch: Progress) -> ToolResult:
    """What a search has found by now, as a result."""
    matches = tuple(watch.matches[:SOON])
    return ToolResult(call, "ok", matches, len(matches))


def dropped(answer: Answer) -> Content:
    """The sentences that failed verification, struck out, with what is wrong with each."""
    told = [
        Content.assemble(
            "✗ dropped: ", (line(one.text), "strike"), f"  ({line('; '.join(one.problems))})"
        )
        for one in answer.dropped
    ]
    if answer.failure:
        told.append(Content(f"✗ {line(answer.failure)}"))
    return Content("\n").join(told)


class ExchangeView(Vertical):
    """`number` is the exchange's in the session, None until it is answered."""

    DEFAULT_CSS = """
    ExchangeView { height: auto; margin: 0 0 1 0; padding: 0 1; }
    ExchangeView > .question { text-style: bold; height: auto; }
    ExchangeView > .state { color: $text-muted; height: 1; text-wrap: nowrap; }
    ExchangeView > .problem { color: $text-error; height: auto; }
    ExchangeView > .dropped { height: auto; color: $text-warning; }
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
        self._streamed = 0  # sentences that are on the screen before the answer is whole

    def compose(self) -> ComposeResult:
        """Question, what is being done, words, places, figures."""
        yield Static(self._asked, classes="question", markup=False)
        yield Static("", classes="state", markup=False)
        yield Static("", classes="problem", markup=False)
        yield Markdown()
        yield Static("… the answer goes on (f unfolds)", classes="fold", markup=False)
        yield Static("", classes="dropped", markup=False)
        yield PlacesList()
        yield TimingBar()

    def on_mount(self) -> None:
        """Only what there is to see takes room."""
        self.hide_parts()

    def hide_parts(self) -> None:
        """Leaves the question alone on the screen."""
        for part in (
            self.words,
            self.places,
            self.figures,
            self._problem,
            self._fold,
            self._dropped,
        ):
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
    def _dropped(self) -> Static:
        return self.query_one(".dropped", Static)

    @property
    def _fold(self) -> Static:
        return self.query_one(".fold", Static)

    def waiting(self, text: str) -> None:
        """Says what it waits for."""
        self._state.display = True
        self._state.update(text, layout=False)

    async def tick(self) -> None:
        """A step of the sign of life: what is being done, and all that there is by now."""
        self._ticks += 1
        watch = self.progress
        if watch is None or not self.query(".state"):  # not yet, or not any more, on the screen
            return
        route = watch.route
        call = self.call or (route.call if route is not None else None)
        doing = "choosing a tool" if call is None else f"searching: {line(written(call))}"
        found = f", {len(watch.matches):,} found" if watch.matches else ""
        if watch.sentences:
            doing, found = "writing", ""
        self.waiting(f"{_SPINNER[self._ticks % len(_SPINNER)]} {doing}{found}  (esc stops)")
        if call is not None and watch.matches and len(self.places.rows) < SOON:
            self.places.show([soon(call, watch)])
        await self._stream(watch.sentences)

    async def _stream(self, sentences: list[str]) -> None:
        """Appends the sentences that are new."""
        new = sentences[self._streamed :]
        if not new:
            return
        self._streamed = len(sentences)
        self.words.display = True
        await self.words.append("".join(f"{escaped(sentence)} " for sentence in new))

    async def show(self, answer: Answer, *, corrected: bool = False) -> None:
        """Shows an answer, in place of what stood there."""
        self.answer, self.corrected, self.progress = answer, corrected, None
        self._streamed = 0
        text = sentences(answer)
        with self.app.batch_update():
            self._state.display = self._problem.display = False
            self.places.show([answer.result, *answer.also] if answer.result is not None else [])
            self.figures.show(answer, corrected)
            self.figures.display = True
            self.words.display = True
            if self.words.source.rstrip() != text:
                await self.words.update(text)
            self._set_folded(text.count("\n") >= LONG)
            told = dropped(answer)
            if told or self._dropped.display:
                self._dropped.display = bool(told)
                self._dropped.update(told)

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
