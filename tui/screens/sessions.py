"""Saved sessions: searched, and gone on with."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from textual.content import Content
from textual.widgets import Input, OptionList

from ...formatter import line
from ..sessions import Found, search
from .dialog import ListDialog


class SessionsDialog(ListDialog[Path]):
    """Gives the file of the chosen session."""

    TITLE_TEXT = "Sessions"
    HINT: ClassVar[str] = (
        "Type to search questions, answers and repositories · Enter opens · Esc leaves"
    )
    PLACEHOLDER = "words of a question or answer"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._found: list[Found] = []

    def on_mount(self) -> None:
        """All of them, newest first."""
        self._search("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows."""
        self._search(event.value)

    def _search(self, words: str) -> None:
        self.run_worker(lambda: self._read(words), thread=True, exclusive=True, group="sessions")

    def _read(self, words: str) -> None:
        found = search(self._folder, words)
        self.app.call_from_thread(self._show, words, found)

    def _show(self, words: str, found: list[Found]) -> None:
        if words != self.line.value:
            return
        self._found = found
        self.offer([_row(session) for session in found])
        nothing = "No session has these words." if words else "Nothing was asked yet."
        self.problem("" if found else nothing)

    def on_input_submitted(self) -> None:
        """Takes the highlighted one."""
        self._take(self.listed.highlighted)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Takes the clicked one."""
        self._take(event.option_index)

    def _take(self, at: int | None) -> None:
        if at is not None and at < len(self._found):
            self.dismiss(self._found[at].file)


def _row(session: Found) -> Content:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(session.started))
    first = line(session.questions[0]) if session.questions else "(nothing asked)"
    more = f" +{len(session.questions) - 1}" if len(session.questions) > 1 else ""
    excerpt = (
        f"  … {line(session.excerpt)}" if session.excerpt and session.excerpt not in first else ""
    )
    return Content.assemble(
        (when, "dim"), "  ", (line(Path(session.repo).name), "$primary"), "  ", first, (more, "dim"),
        (excerpt, "italic dim"),
    )  # fmt: skip
