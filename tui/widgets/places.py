"""The places of an answer as a list: moving over it shows the code, Enter opens the editor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ...executors.results import Match, ToolResult
from ...formatter import Place, groups, line
from ...formatter.places import RANKED
from ..render import WIDEST, Line, Piece, number_of, place_line, shortened, where_of

FOLDED = 10  # places shown of a long list until it is unfolded
COLUMN = 34  # of a path in the list, which has half of the screen; the code's heading has it whole
_MORE = "more"
_STYLES = {"plain": "", "name": "bold", "heading": "bold", "path": "$primary", "aside": "dim",
           "doc": "italic"}  # fmt: skip


def content_of(pieces: Line) -> Content:
    """A line of `render` in the theme's colours."""
    return Content.assemble(*((piece.text, _STYLES[piece.style]) for piece in pieces))


@dataclass(frozen=True, slots=True)
class Row:
    """A row: a heading (no place), or a place of a result."""

    content: Content
    result: ToolResult | None = None
    place: Place | None = None


def rows_of(results: Sequence[ToolResult]) -> list[Row]:
    """The rows of results, in the order of the one-shot command's output."""
    rows: list[Row] = []
    for result in results:
        if len(results) > 1 and result.matches:
            rows.append(Row(Content.styled(result.call.tool, "bold")))
        for group in groups(result):
            if group.heading:
                rows.append(Row(Content.styled(line(group.heading), "bold")))
            column = max(len(shortened(where_of(place), COLUMN)) for place in group.places)
            for place in group.places:
                number = number_of(result, place) if len(results) == 1 else ""
                told = place_line(result, place, column, WIDEST, COLUMN)
                content = content_of((Piece(number, "aside"), *told))
                if result.call.tool in RANKED and place.doc:
                    margin = " " * (len(number) or 4)
                    doc = Content.styled(f"{margin}{line(place.doc)}", "italic dim")
                    content = Content("\n").join([content, doc])
                rows.append(Row(content, result, place))
    return rows


class PlacesList(OptionList):
    """Rows of places. Long lists fold to their first ones."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("y", "copy_place", "Copy"),
        Binding("Y", "copy_answer", "Copy all"),
        Binding("s", "steer", "Steer"),
        Binding("f", "fold", "Fold"),
    ]
    DEFAULT_CSS = """
    PlacesList {
        height: auto; max-height: 10000; border: none; padding: 0; background: transparent;
        text-wrap: nowrap; text-overflow: ellipsis;
        &:focus { border: none; background-tint: transparent 0%; }
        & > .option-list--option { padding: 0 1; }
        & > .option-list--option-disabled { color: $text-muted; }
        & > .option-list--option-highlighted { background: $panel; color: $foreground;
            text-style: none; }
        &:focus > .option-list--option-highlighted { background: $primary-muted; text-style: bold; }
    }
    """

    @dataclass
    class Shown(Message):
        """The cursor is on a place."""

        source: PlacesList
        match: Match

    @dataclass
    class Opened(Message):
        """A place is to be opened in the editor."""

        match: Match

    @dataclass
    class Copied(Message):
        """The place under the cursor, or the whole answer, is to be copied."""

        source: PlacesList
        match: Match | None

    @dataclass
    class Steered(Message):
        """The answer is to be steered."""

        source: PlacesList

    @dataclass
    class Left(Message):
        """The cursor went beyond the list: -1 above, 1 below."""

        source: PlacesList
        direction: int

    @dataclass
    class Folded(Message):
        """Long words beside the list are to be folded or unfolded too."""

    def __init__(self) -> None:
        super().__init__(markup=False, compact=True)
        self.rows: list[Row] = []
        self.unfolded = False

    def show(self, results: Sequence[ToolResult]) -> None:
        """Shows the places of results; the cursor stays where it was if it can."""
        self.rows = rows_of(results)
        self._build()

    @property
    def match(self) -> Match | None:
        """The place under the cursor."""
        row = self._row(self.highlighted)
        return row.place.match if row is not None and row.place is not None else None

    @property
    def cursor_region(self) -> Region:
        """Where the row under the cursor is within the list."""
        heights = [1 + row.content.plain.count("\n") for row in self.rows]
        at = self.highlighted or 0
        return Region(
            0, sum(heights[:at]), self.size.width, heights[at] if at < len(heights) else 1
        )

    @property
    def places(self) -> int:
        """How many places there are, folded ones too."""
        return sum(row.place is not None for row in self.rows)

    @property
    def first(self) -> Match | None:
        """The first place."""
        return next((row.place.match for row in self.rows if row.place is not None), None)

    def _row(self, index: int | None) -> Row | None:
        return self.rows[index] if index is not None and index < self._shown() else None

    def _shown(self) -> int:
        whole = len(self.rows)
        return whole if self.unfolded or whole <= FOLDED + 2 else FOLDED

    def _build(self) -> None:
        at, shown = self.highlighted, self._shown()
        options = [
            Option(row.content, id=str(number), disabled=row.place is None)
            for number, row in enumerate(self.rows[:shown])
        ]
        hidden = sum(row.place is not None for row in self.rows[shown:])
        if hidden:
            options.append(
                Option(Content.styled(f"… {hidden:,} more (f unfolds)", "italic"), id=_MORE)
            )
        self.set_options(options)
        self.display = bool(options)
        if at is not None and options:
            self.highlighted = min(at, len(options) - 1)

    def action_fold(self) -> None:
        """Unfolds a long list and long words, or folds them again."""
        self.unfolded = not self.unfolded
        self._build()
        self.post_message(self.Folded())

    def action_cursor_up(self) -> None:
        first = next((i for i, row in enumerate(self.rows) if row.place is not None), 0)
        if self.highlighted is None or self.highlighted <= first:
            self.post_message(self.Left(self, -1))
        else:
            super().action_cursor_up()

    def action_cursor_down(self) -> None:
        if self.highlighted is not None and self.highlighted >= self.option_count - 1:
            self.post_message(self.Left(self, 1))
        else:
            super().action_cursor_down()

    def action_select(self) -> None:
        """Enter: opens the place in the editor; unfolds on the last row of a folded list."""
        if self.highlighted is None:
            return
        if self.get_option_at_index(self.highlighted).id == _MORE:
            self.action_fold()
        elif self.match is not None:
            self.post_message(self.Opened(self.match))

    def action_copy_place(self) -> None:
        """Copies `path:line`."""
        if self.match is not None:
            self.post_message(self.Copied(self, self.match))

    def action_copy_answer(self) -> None:
        """Copies the answer with its places."""
        self.post_message(self.Copied(self, None))

    def action_steer(self) -> None:
        """Changes the tool or its arguments."""
        self.post_message(self.Steered(self))

    async def _on_click(self, event: events.Click) -> None:
        """A click shows the place, a second one opens it."""
        event.prevent_default()
        clicked: int | None = event.style.meta.get("option")
        if clicked is None or self.get_option_at_index(clicked).disabled:
            return
        same = self.highlighted == clicked
        self.highlighted = clicked
        if self.get_option_at_index(clicked).id == _MORE or (same and event.chain > 1):
            self.action_select()
        elif same:
            self._tell()

    def on_focus(self) -> None:
        """The cursor begins at the first place."""
        if self.highlighted is None:
            self.highlighted = next(
                (i for i, r in enumerate(self.rows) if r.place is not None), None
            )
        self._tell()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The cursor moved."""
        event.stop()
        if self.has_focus:
            self._tell()

    def _tell(self) -> None:
        if self.match is not None:
            self.post_message(self.Shown(self, self.match))
