"""The conversation: exchanges one below the other. It follows new text unless one scrolled away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from .welcome import Welcome

if TYPE_CHECKING:
    from .exchange import ExchangeView

MOST = 24  # answers on the screen


class Conversation(VerticalScroll, can_focus=False):
    """Stays at its end while answers come; where the user scrolled away, it stays there."""

    DEFAULT_CSS = """
    Conversation > #earlier { height: 1; padding: 0 1; color: $text-muted; text-style: italic; }
    Conversation { height: 1fr; padding: 0; scrollbar-size-vertical: 1; background: $background; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._gone = 0  # answers that were taken off the screen
        self._left_at = 0.0  # where it was scrolled to without the user

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

        return list(self.query(ExchangeView))

    async def add(self, view: ExchangeView) -> None:
        """Adds an exchange at the end and goes there: something was asked just now."""
        self.query_one(Welcome).display = False
        await self.mount(view)
        await self._let_go()
        self._left_at = self.scroll_y
        self.call_after_refresh(self.follow, view)

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

    def follow(self, view: ExchangeView) -> None:
        """Brings an exchange that grew into sight, unless the user scrolled since the last time.

        One that is longer than the screen is shown from its beginning.
        """
        if self.scroll_y != self._left_at:
            return
        if view.outer_size.height > self.size.height:
            self.scroll_to_widget(view, top=True, animate=False, immediate=True)
        else:
            self.scroll_end(animate=False, immediate=True)
        self._left_at = self.scroll_y

    async def empty(self) -> None:
        """Takes all exchanges away: a new session."""
        await self.query("ExchangeView").remove()
        self._gone = 0
        self.query_one("#earlier").display = False
        self.query_one(Welcome).display = True
        self.scroll_home(animate=False)
