"""Saved sessions: searched, and gone on with."""

from __future__ import annotations

import time
from pathlib import Path
from typing import ClassVar

from textual.content import Content

from ...formatter import line
from ..sessions import Found, search
from .dialog import SearchDialog


class SessionsDialog(SearchDialog[Path]):
    """Gives the file of the chosen session."""

    TITLE_TEXT = "Sessions"
    HINT: ClassVar[str] = (
        "Type to search questions, answers and repositories · Enter opens · Esc leaves"
    )
    PLACEHOLDER = "words of a question or answer"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _search(self, words: str) -> None:
        self.run_worker(lambda: self._read(words), thread=True, exclusive=True, group="sessions")

    def _read(self, words: str) -> None:
        found = search(self._folder, words)
        self.app.call_from_thread(self._show, words, found)

    def _show(self, words: str, found: list[Found]) -> None:
        if words != self.line.value:
            return
        self._found = [session.file for session in found]
        self.offer([_row(session) for session in found])
        nothing = "No session has these words." if words else "Nothing was asked yet."
        self.problem("" if found else nothing)


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
