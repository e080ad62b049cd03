"""The questions asked before: stepping through them with up and down, and finding them again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .userdata import append_row, read_rows

MOST = 2_000


class History:
    """Questions, oldest first, and where one stands among them while stepping.

    The draft that was being typed is kept and given back below the newest question.
    """

    def __init__(self, questions: Sequence[str] = (), file: Path | None = None) -> None:
        self.questions = list(questions)[-MOST:]
        self._file = file
        self._at: int | None = None
        self._draft = ""

    @classmethod
    def load(cls, file: Path) -> History:
        """The questions of a file, which new ones are appended to."""
        texts = [row["question"] for row in read_rows(file) if isinstance(row.get("question"), str)]
        return cls(texts, file)

    def add(self, question: str) -> None:
        """Notes a question (not twice in a row) and ends stepping."""
        self._at = None
        if self.questions and self.questions[-1] == question:
            return
        self.questions.append(question)
        if self._file is not None:
            append_row(self._file, {"question": question})

    def older(self, current: str) -> str | None:
        """The question before; None at the oldest. `current` is kept if it is a draft."""
        if self._at is None:
            self._draft = current
            at = len(self.questions) - 1
        else:
            at = self._at - 1
        if at < 0:
            return None
        self._at = at
        return self.questions[at]

    def newer(self) -> str | None:
        """The question after, at last the draft; None when there is nothing to step through."""
        if self._at is None:
            return None
        if self._at + 1 < len(self.questions):
            self._at += 1
            return self.questions[self._at]
        self._at = None
        return self._draft

    def search(self, words: str, limit: int = 50) -> list[str]:
        """Questions that contain all words (in any case), newest first, each once."""
        wanted = words.lower().split()
        found: dict[str, None] = {}
        for question in reversed(self.questions):
            lower = question.lower()
            if all(word in lower for word in wanted):
                found.setdefault(question)
                if len(found) == limit:
                    break
        return list(found)
