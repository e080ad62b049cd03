"""A question and its answer in the conversation: words, places, figures.

It is made of as few widgets as can be: every layout goes through all of those on the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from ...executors.catalog import ToolCall
from ...executors.results import ToolResult
from ...formatter import Answer, block, line
from ..callline import written
from ..markdown import content_of
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


class Words(Static):
    """The sentences of an answer (`source`: as Markdown), below them what was dropped, or a problem.

    Long ones are folded until `unfolded`.
    """

    DEFAULT_CSS = """
    Words { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self.source = ""
        self.dropped = Content("")
        self.problem = ""
        self.unfolded = False
        self._rows: list[Content] = []

    def show(self, source: str, dropped: Content | None = None) -> None:
        """Shows sentences given as Markdown, and those that were dropped."""
        dropped = dropped or Content("")
        if (source, dropped) != (self.source, self.dropped) or self.problem:
            self.source, self.dropped, self.problem = source, dropped, ""
            self._rows = content_of(source).split("\n", allow_blank=True) if source else []
            self._build()

    def fail(self, sentence: str) -> None:
        """Shows what went wrong below what there is."""
        self.problem = sentence
        self._build()

    @property
    def is_long(self) -> bool:
        """Whether there is something to fold."""
        return len(self._rows) > LONG

    def toggle(self) -> None:
        """Folds or unfolds."""
        if self.is_long:
            self.unfolded = not self.unfolded
            self._build()

    def _build(self) -> None:
        rows = self._rows
        if self.is_long and not self.unfolded:
            hint = f"… {len(rows) - LONG:,} more lines (f unfolds)"
            rows = [*rows[:LONG], Content.styled(hint, "italic dim")]
        if self.dropped:
            rows = [*rows, self.dropped.stylize("$text-warning")]
        if self.problem:
            rows = [*rows, Content.styled(f"✗ {self.problem}", "$text-error")]
        self.update(Content("\n").join(rows))
        self.display = bool(rows)

    def on_click(self) -> None:
        """A click unfolds."""
        if not self.unfolded:
            self.toggle()


class ExchangeView(Vertical):
    """`number` is the exchange's in the session, None until it is answered."""

    DEFAULT_CSS = """
    ExchangeView { height: auto; margin: 0 0 1 0; padding: 0 1; }
    ExchangeView > .question { text-style: bold; height: auto; }
    """

    def __init__(self, question: str = "", call: ToolCall | None = None) -> None:
        super().__init__()
        self.question = question
        self.call = call
        self.number: int | None = None
        self.answer: Answer | None = None
        self.corrected = False
        self.progress: Progress | None = None
        self.words = Words()
        self.places = PlacesList()
        self.figures = TimingBar()
        self._ticks = 0
        self._streamed = 0  # sentences that are on the screen before the answer is whole
        self._told = Content("")
        self._heading = Static(self._told, classes="question", markup=False)
        for part in (self.words, self.places, self.figures):
            part.display = False

    def compose(self) -> ComposeResult:
        """Question, words, places, figures or what is being done."""
        yield self._heading
        yield self.words
        yield self.places
        yield self.figures

    def _appear(self) -> None:
        heading = self._asked
        if heading != self._told:  # not before it is seen: every update is a layout
            self._told = heading
            self._heading.update(heading)
        self.display = True

    def begin(self) -> None:
        """Leaves the question alone on the screen."""
        self._streamed = 0
        self.words.show("")
        self.places.show([])
        self.figures.display = False
        self._appear()

    @property
    def _asked(self) -> Content:
        return Content.assemble(("❯ ", "$primary"), block(self.question))

    def waiting(self, text: str) -> None:
        """Says what it waits for."""
        self.figures.tell(text)
        self.figures.display = True

    def tick(self) -> None:
        """A step of the sign of life: what is being done, and all that there is by now."""
        self._ticks += 1
        watch = self.progress
        if watch is None or not self.is_attached:  # not yet, or not any more, on the screen
            return
        route = watch.route
        call = self.call or (route.call if route is not None else None)
        doing = "choosing a tool" if call is None else f"searching: {line(written(call))}"
        found = f", {len(watch.matches):,} found" if watch.matches else ""
        if watch.sentences:
            doing, found = "writing", ""
        elif watch.doing:
            doing, found = line(watch.doing), ""
        self.waiting(f"{_SPINNER[self._ticks % len(_SPINNER)]} {doing}{found}  (esc stops)")
        if call is not None and watch.matches and len(self.places.rows) < SOON:
            shown = soon(call, watch)
            if len(shown.matches) != self.places.places:
                self.places.show([shown])
        said = watch.sentences
        if len(said) > self._streamed:
            self._streamed = len(said)
            self.words.show(" ".join(escaped(sentence) for sentence in said))

    def show(self, answer: Answer, *, corrected: bool = False) -> None:
        """Shows an answer, in place of what stood there."""
        self.answer, self.corrected, self.progress = answer, corrected, None
        self._streamed = 0
        self.words.show(sentences(answer), dropped(answer))
        self.places.show([answer.result, *answer.also] if answer.result is not None else [])
        self.figures.show(answer, corrected)
        self.figures.display = True
        self._appear()

    def fail(self, sentence: str) -> None:
        """Shows what went wrong and what to do."""
        self.progress = None
        self.figures.display = False
        self.words.fail(block(sentence))
        self._appear()

    def on_places_list_folded(self, event: PlacesList.Folded) -> None:
        """f folds or unfolds words that are long, too."""
        event.stop()
        self.words.toggle()
