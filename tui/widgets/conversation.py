"""The conversation: exchanges one below the other. It follows new text unless one scrolled away."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Size
from textual.layout import DockArrangeResult
from textual.reactive import Reactive
from textual.scrollbar import ScrollBar
from textual.widget import Widget
from textual.widgets import Static

from .welcome import Welcome

if TYPE_CHECKING:
    from .exchange import ExchangeView

MOST = 24  # answers on the screen
# what is set within a layout, without a further one
_SCROLL = cast(Reactive[float], Widget.scroll_y)
_TARGET = cast(Reactive[float], Widget.scroll_target_y)
_POSITION = cast(Reactive[float], ScrollBar.position)


class Conversation(VerticalScroll, can_focus=False):
    """Stays at its end while answers come; where the user scrolled away, it stays there.

    One exchange more than is seen is kept mounted, hidden: to mount one takes longer than to answer.
    """

    DEFAULT_CSS = """
    Conversation > #earlier { height: 1; padding: 0 1; color: $text-muted; text-style: italic; }
    Conversation { height: 1fr; padding: 0; scrollbar-size-vertical: 1; background: $background; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._gone = 0  # answers that were taken off the screen
        self._followed: ExchangeView | None = None
        self._left_at = 0.0  # where it was scrolled to without the user
        self._spare: ExchangeView | None = None

    def compose(self) -> ComposeResult:
        """A welcome until something is asked."""
        yield Welcome()
        yield Static("", id="earlier", markup=False)

    def on_mount(self) -> None:
        """No answer has gone yet."""
        self.query_one("#earlier").display = False

    @property
    def exchanges(self) -> list[ExchangeView]:
        """The exchanges, oldest first."""
        from .exchange import ExchangeView

        found = self.query_children(ExchangeView)
        return [view for view in found if view is not self._spare]

    async def prepare(self) -> None:
        """Mounts the exchange that the next question will take, and lets the oldest go."""
        from .exchange import ExchangeView

        if self._spare is None:
            self._spare = view = ExchangeView()
            view.display = False
            await self.mount(view)
        await self._let_go()

    async def add(self, question: str) -> ExchangeView:
        """An exchange at the end, still hidden; `follow` it when it is shown."""
        await self.prepare()
        view, self._spare = self._spare, None
        assert view is not None
        view.question = question
        return view

    async def _let_go(self) -> None:
        """Takes the oldest answers off the screen: every layout would go through all of them."""
        shown = self.exchanges
        answered = [
            view for view in shown[:-1] if view.answer is not None and not view.has_focus_within
        ]
        gone = answered[: max(0, len(shown) - MOST)]
        if not gone:
            return
        await self.remove_children(gone)
        self._gone += len(gone)
        told = self.query_one("#earlier", Static)
        told.update(f"… {self._gone:,} earlier answers are in the session (F4 exports it)")
        told.display = True

    def begin(self, view: ExchangeView) -> None:
        """Goes to an exchange that was asked for just now, and follows it."""
        self.query_one(Welcome).display = False
        self._followed, self._left_at = view, self.scroll_y

    def arrange(self, size: Size, optimal: bool = False) -> DockArrangeResult:
        """Brings the followed exchange into sight, unless the user scrolled since the last time.

        One that is longer than the screen is shown from its beginning. It is done within the layout,
        as Textual's own `anchor` does, so that nothing is drawn at a place where it does not stay.
        """
        arranged = super().arrange(size, optimal)
        if self._followed is None or self.scroll_y != self._left_at:
            return arranged
        region = next((p.region for p in arranged.placements if p.widget is self._followed), None)
        if region is not None:
            end = arranged.total_region.bottom
            at = float(max(0, min(end - size.height, region.y)))
            if at != self.scroll_y:
                self.set_reactive(_SCROLL, at)
                self.set_reactive(_TARGET, at)
                self.vertical_scrollbar.set_reactive(_POSITION, at)
            self._left_at = at
        return arranged

    async def empty(self) -> None:
        """Takes all exchanges away: a new session."""
        self._followed = None
        await self.remove_children(self.exchanges)
        self._gone = 0
        self.query_one("#earlier").display = False
        self.query_one(Welcome).display = True
        self.scroll_home(animate=False)
