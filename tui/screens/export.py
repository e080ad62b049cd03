"""Where to export the session to."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.widgets import Input

from ...executors.errors import CodeaskError
from ...formatter import line
from ..userdata import write_text
from .dialog import Dialog


class ExportDialog(Dialog[Path]):
    """Writes the document; gives the file."""

    TITLE_TEXT = "Export as Markdown"
    HINT: ClassVar[str] = "Enter writes the file · Esc leaves"

    def __init__(self, proposed: Path, document: str) -> None:
        super().__init__()
        self._proposed, self._document = proposed, document

    def inside(self) -> ComposeResult:
        """The path."""
        yield Input(str(self._proposed))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Writes it, but over nothing."""
        file = Path(event.value.strip()).expanduser()
        if not event.value.strip() or file.is_dir():
            self.problem("Name a file, for example ~/questions.md")
            return
        if file.exists():
            self.problem(f"{line(str(file))} is there already; choose another name.")
            return
        try:
            write_text(file.absolute(), self._document)
        except CodeaskError as error:
            self.problem(line(str(error)))
            return
        self.dismiss(file.absolute())
