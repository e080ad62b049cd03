"""The line under an answer: the tool, how sure, where the time went, whether it is verified; before, what is done."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from ...formatter import Answer
from ...formatter import line as safe_line
from ..callline import written
from ..timings import brief, legend, shares

BAR = 8  # columns of the bar
WIDEST = 200
_PARTS = ("$primary", "$secondary", "$accent")


class TimingBar(Static):
    """One line: what matters least is left out first where there is no room."""

    DEFAULT_CSS = """
    TimingBar { height: 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Answer, bool] | None = None
        self._doing = ""

    def tell(self, text: str) -> None:
        """Says what is being done, until there are figures."""
        self._shown, self._doing = None, text
        self.refresh()

    def show(self, answer: Answer, corrected: bool = False) -> None:
        """Shows an answer's figures."""
        self._shown = (answer, corrected)
        self.refresh()

    @property
    def visual(self) -> Content:
        """The line as it fits: made when it is drawn, for before it has no width."""
        if self._shown is None:
            return Content(self._doing)
        return figures(*self._shown, self.size.width or WIDEST)


def figures(answer: Answer, corrected: bool, width: int) -> Content:
    """The line of an answer within `width` columns: tool, how sure, bar, times, what worded it."""
    call = answer.route.call
    sure = "chosen by you" if corrected else f"{answer.route.confidence:.0%}"
    mark = ("✓ ", "$success") if answer.verified else ("✗ not verified ", "$error")
    arguments = safe_line(written(call).partition(" ")[2])
    columns = shares(answer.timings_ms, BAR)
    bar = [("█" * part, style) for part, style in zip(columns, _PARTS, strict=True) if part]
    times = f" {legend(answer.timings_ms)}"
    head = Content.assemble(mark, (call.tool, "bold"))
    tail = Content.assemble(f"  {sure}  ", *bar, times)
    if head.cell_length + tail.cell_length > width:
        tail = Content.assemble(f"  {sure}  ", *bar, f" {brief(answer.timings_ms)}")
    wording = Content(f"  {answer.backend}")
    made = head + tail
    if made.cell_length + wording.cell_length <= width:
        made += wording
    room = width - made.cell_length - 2
    if arguments and room >= min(len(arguments), 12):
        shown = arguments if len(arguments) <= room else arguments[: room - 1] + "…"
        made = Content.assemble(head, f" {shown}", made[len(head) :])
    return made
