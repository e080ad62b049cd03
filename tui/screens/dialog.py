"""What the dialogs share: a framed box in the middle, closed by Escape."""

from __future__ import annotations

from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A modal box with a heading and a line for what is wrong."""

    TITLE_TEXT: ClassVar[str] = ""
    HINT: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close")]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog > #box { width: 96; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
        border: round $border; background: $surface; border-title-style: bold; }
    Dialog #problem { color: $text-error; height: auto; }
    Dialog #hint { color: $text-muted; height: auto; }
    Dialog OptionList { height: auto; max-height: 14; border: none; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis; &:focus { border: none; } }
    Dialog Input { border: round $foreground 30%; height: 3; &:focus { border: round $border; } }
    """

    def compose(self) -> ComposeResult:
        """The box; `inside` gives its content."""
        with Vertical(id="box") as box:
            box.border_title = self.TITLE_TEXT
            yield from self.inside()
            yield Static("", id="problem", markup=False)
            yield Static(self.HINT, id="hint", markup=False)

    def inside(self) -> ComposeResult:
        """The dialog's own widgets."""
        yield from ()

    def on_mount(self) -> None:
        """No problem yet."""
        self.problem("")

    def problem(self, sentence: str) -> None:
        """Says what is wrong; nothing with an empty sentence."""
        told = self.query_one("#problem", Static)
        told.display = bool(sentence)
        told.update(Content(sentence))

    def on_click(self, event: events.Click) -> None:
        """A click beside the box leaves too."""
        if event.widget is self:
            self.action_close()

    def action_close(self) -> None:
        """Leaves without a choice."""
        self.dismiss(None)


class ListDialog(Dialog[T]):
    """A line to type in, and a list under it that Up and Down move in while one types."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", show=False, priority=True),
        Binding("down", "move(1)", "Down", show=False, priority=True),
    ]
    PLACEHOLDER: ClassVar[str] = ""

    def inside(self) -> ComposeResult:
        """The line and the list."""
        yield Input(placeholder=self.PLACEHOLDER)
        yield OptionList(markup=False, compact=True)

    @property
    def line(self) -> Input:
        """The line."""
        return self.query_one(Input)

    @property
    def listed(self) -> OptionList:
        """The list."""
        return self.query_one(OptionList)

    def offer(self, rows: list[Content]) -> None:
        """Fills the list."""
        self.listed.set_options([Option(row) for row in rows])
        self.listed.highlighted = 0 if rows else None

    def action_move(self, step: int) -> None:
        """Moves in the list, wherever the focus is."""
        if step < 0:
            self.listed.action_cursor_up()
        else:
            self.listed.action_cursor_down()


class SearchDialog(ListDialog[T]):
    """A list that what one types narrows; Enter or a click takes a row. `_found` are its values."""

    def __init__(self) -> None:
        super().__init__()
        self._found: list[T] = []

    def on_mount(self) -> None:
        """All of them, newest first."""
        self._search("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows."""
        self._search(event.value)

    def _search(self, words: str) -> None:
        """Offers the rows with these words, and keeps their values."""
        raise NotImplementedError

    def on_input_submitted(self) -> None:
        """Takes the highlighted one."""
        self._take(self.listed.highlighted)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Takes the clicked one."""
        self._take(event.option_index)

    def _take(self, at: int | None) -> None:
        if at is not None and at < len(self._found):
            self.dismiss(self._found[at])
