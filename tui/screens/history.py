"""Finding a question that was asked before."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content

from ...formatter import line
from ..history import History
from .dialog import SearchDialog


class HistoryDialog(SearchDialog[str]):
    """Gives the chosen question."""

    TITLE_TEXT = "Questions asked before"
    HINT: ClassVar[str] = "Type to search · Enter takes it into the question box · Esc leaves"
    PLACEHOLDER = "words of the question"

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history

    def _search(self, words: str) -> None:
        self._found = self._history.search(words)
        self.offer([Content(line(question)) for question in self._found])
        self.problem("" if self._found else "No question has these words.")
