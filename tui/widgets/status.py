"""The two lines around the app: which repository is open above, keys and the index below."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Footer, Static

from ...formatter import line
from ..indexing import IndexState


class TopBar(Static):
    """The repository, how many files it has, and the session."""

    DEFAULT_CSS = """
    TopBar { height: 1; padding: 0 1; background: $panel; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, repo: str, files: int | None, title: str = "") -> None:
        """Shows what is open."""
        counted = "" if files is None else f"  {files:,} files"
        self.update(
            Content.assemble(
                ("codeask ", "bold $primary"), (line(repo), "bold"), (counted, "dim"),
                (f"  · {line(title)}" if title else "", "dim"),
            ),
            layout=False,
        )  # fmt: skip


class BottomBar(Horizontal):
    """The keys that work here, and the state of the index."""

    DEFAULT_CSS = """
    BottomBar { height: 1; dock: bottom; background: $panel; }
    BottomBar > Footer { width: 1fr; dock: none; }
    BottomBar > #index { width: auto; max-width: 40; height: 1; padding: 0 1; background: $panel;
        color: $text-muted; }
    """

    def compose(self) -> ComposeResult:
        """Keys, index."""
        yield Footer(show_command_palette=False, compact=True)
        yield Static("", id="index", markup=False)

    def show_index(self, state: IndexState) -> None:
        """Shows how far the index is."""
        self.query_one("#index", Static).update(state.text)
