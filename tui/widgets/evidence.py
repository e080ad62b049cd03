"""The evidence pane: a file's code with the place of interest in the middle and marked."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from ...executors.results import Match
from ..code import KINDS, Code
from ..wording import where

# What each kind of token is shown in: a variable of the theme, and how.
_LOOK = {
    "plain": ("foreground", ""),
    "comment": ("foreground-muted", "italic"),
    "string": ("text-success", ""),
    "number": ("text-warning", ""),
    "keyword": ("text-primary", "bold"),
    "function": ("text-accent", ""),
    "class": ("text-accent", "bold"),
    "decorator": ("text-warning", ""),
    "builtin": ("text-secondary", ""),
}


class CodeView(ScrollView, can_focus=True):
    """Scrollable coloured lines; marked ones carry a sign in the margin, not only a colour."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
        Binding("enter", "open", "Open in editor"),
        Binding("y", "copy", "Copy"),
        Binding("m", "centre", "Back to the mark"),
    ]
    DEFAULT_CSS = """
    CodeView { height: 1fr; background: $surface; scrollbar-size-horizontal: 0;
        scrollbar-size-vertical: 1; }
    """

    class Opened(Message):
        """The marked place is to be opened in the editor."""

    class Copied(Message):
        """The marked place is to be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.code: Code | None = None
        self.marked = (0, -1)
        self._styles: dict[str, Style] = {}

    def on_mount(self) -> None:
        """The colours follow the theme."""
        self._read_theme()
        self.app.theme_changed_signal.subscribe(self, lambda _: self._read_theme())

    def _read_theme(self) -> None:
        variables = self.app.theme_variables
        self._styles = {}
        for kind in KINDS:
            name, how = _LOOK[kind]
            colour = variables.get(name, "")
            style = Style.parse(how) if how else Style()
            if colour.startswith("#") and not self.app.ansi_color:
                shade = Color.parse(colour)
                ground = Color.parse(variables["surface"])
                style += Style(color=ground.blend(shade.with_alpha(1), shade.a).rich_color)
            self._styles[kind] = style
        self.refresh()

    def show(self, code: Code, first: int, last: int) -> None:
        """Shows a file with the lines `first` to `last` (from 1) marked."""
        self.code, self.marked = code, (first, last)
        self.virtual_size = Size(code.width + self._margin + 1, len(code.lines))
        self.action_centre()
        self.call_after_refresh(self.action_centre)  # it may not have had its size yet
        self.refresh()

    def clear(self) -> None:
        """Shows nothing."""
        self.code, self.marked = None, (0, -1)
        self.virtual_size = Size(0, 0)
        self.refresh()

    @property
    def _margin(self) -> int:
        return len(str(len(self.code.lines))) + 3 if self.code is not None else 0

    def action_centre(self) -> None:
        """Scrolls the marked line to the middle."""
        self.scroll_to(0, max(0, self.marked[0] - 1 - self.size.height // 2), animate=False)

    def action_open(self) -> None:
        """Opens the editor."""
        self.post_message(self.Opened())

    def action_copy(self) -> None:
        """Copies the place."""
        self.post_message(self.Copied())

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        base = self.rich_style
        width = self.size.width
        at = y + self.scroll_offset.y
        if self.code is None or at >= len(self.code.lines):
            return Strip.blank(width, base)
        number, (first, last) = at + 1, self.marked
        is_marked = first <= number <= last
        if number == first:
            base += Style(bold=True, reverse=self.app.no_color) + self._highlight
        digits = self._margin - 3
        sign = "▶ " if number == first else "┃ " if is_marked else "  "
        margin = Segment(f"{number:>{digits}} {sign}", base + self._styles.get("comment", Style()))
        pieces = [Segment(text, base + self._styles[kind]) for kind, text in self.code.lines[at]]
        x = self.scroll_offset.x
        text = Strip(pieces).crop(x, x + max(0, width - self._margin))
        return Strip([margin, *text]).adjust_cell_length(width, base)

    @property
    def _highlight(self) -> Style:
        colour = self.app.theme_variables.get("primary-muted", "")
        return Style(bgcolor=colour[:7]) if colour.startswith("#") else Style(reverse=True)


class EvidencePane(Vertical):
    """A heading and the code. `match` is the place that is shown."""

    DEFAULT_CSS = """
    EvidencePane { background: $surface; }
    EvidencePane > Static {
        height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis;
    }
    EvidencePane > #remark { background: $surface; color: $text-muted; height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.match: Match | None = None

    def compose(self) -> ComposeResult:
        """The heading, a remark where there is no code, the code."""
        yield Static(" ", id="heading", markup=False)
        yield Static("", id="remark", markup=False)
        yield CodeView()

    def on_mount(self) -> None:
        """Nothing is shown yet."""
        self.query_one("#remark").display = False

    @property
    def view(self) -> CodeView:
        """The code."""
        return self.query_one(CodeView)

    def show(self, match: Match, code: Code | None, remark: str = "") -> None:
        """Shows a place in its file, or says why it cannot."""
        self.match = match
        heading = self.query_one("#heading", Static)
        heading.update(
            Content.assemble((where(match), "bold"), f"  {_inside(match)}"), layout=False
        )
        told = self.query_one("#remark", Static)
        if remark or told.display:
            told.display = bool(remark)
            told.update(remark)
        if code is None:
            self.view.clear()
        else:
            self.view.show(code, match.line, max(match.line, match.end_line))


def _inside(match: Match) -> str:
    from ...formatter import line

    name = line(match.name)
    return f"{match.kind} {name}".strip() if name and name != match.path else match.kind
