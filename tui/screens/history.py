"""Finding a question that was asked before."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content
from textual.widgets import Input, OptionList

from ...formatter import line
from ..history import History
from .dialog import ListDialog


class HistoryDialog(ListDialog[str]):
    """Gives the chosen question."""

    TITLE_TEXT = "Questions asked before"
    HINT: ClassVar[str] = "Type to search · Enter takes it into the question box · Esc leaves"
    PLACEHOLDER = "words of the question"

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._found: list[str] = []

    def on_mount(self) -> None:
        """All of them, newest first."""
        self._search("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows."""
        self._search(event.value)

    def _search(self, words: str) -> None:
        self._found = self._history.search(words)
        self.offer([Content(line(question)) for question in self._found])
        self.problem("" if self._found else "No question has these words.")

    def on_input_submitted(self) -> None:
        """Takes the highlighted one."""
        self._take(self.listed.highlighted)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Takes the clicked one."""
        self._take(event.option_index)

    def _take(self, at: int | None) -> None:
        if at is not None and at < len(self._found):
            self.dismiss(self._found[at])
