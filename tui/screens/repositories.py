"""Choosing the repository: those opened before, or any folder by its path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from textual.content import Content
from textual.widgets import Input, OptionList

from ...executors.errors import CodeaskError
from ...executors.repository import find_root
from ...formatter import line
from .dialog import ListDialog

MOST = 12


class RepositoryDialog(ListDialog[Path]):
    """Gives the root of the chosen repository."""

    TITLE_TEXT = "Open a repository"
    HINT: ClassVar[str] = (
        "A path (folders complete as you type), or one of the list · Enter opens · Esc leaves"
    )
    PLACEHOLDER = "~/src/…"

    def __init__(self, recent: list[str]) -> None:
        super().__init__()
        self._recent = recent
        self._paths: list[str] = []

    def on_mount(self) -> None:
        """Those opened before."""
        self._offer("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Folders that begin with what is typed, or recent ones that contain it."""
        self._offer(event.value)

    def _offer(self, typed: str) -> None:
        self._paths = matching(typed, self._recent)
        self.offer([Content(line(path)) for path in self._paths])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Opens the path that is typed, else the highlighted one."""
        typed = event.value.strip()
        at = self.listed.highlighted
        exists = bool(typed) and Path(typed).expanduser().is_dir()
        if typed and (exists or at is None or at >= len(self._paths)):
            self._open(typed)
        elif at is not None and at < len(self._paths):
            self._open(self._paths[at])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Opens the clicked one."""
        self._open(self._paths[event.option_index])

    def _open(self, path: str) -> None:
        try:
            root = find_root(Path(path).expanduser())
        except CodeaskError as error:
            self.problem(line(str(error)).replace(" with --repo", ""))
            return
        self.dismiss(root)


def matching(typed: str, recent: list[str]) -> list[str]:
    """Recent repositories that contain `typed`, then the folders that it is the beginning of."""
    lower = typed.lower()
    found = [path for path in recent if lower in path.lower()]
    if typed.startswith(("/", "~", ".")):
        folder, _, start = typed.rpartition("/")
        try:
            inside = sorted(os.scandir(Path(folder or "/").expanduser()), key=lambda e: e.name)
            found += [
                entry.path
                for entry in inside
                if entry.name.startswith(start)
                and (start.startswith(".") or not entry.name.startswith("."))
                and entry.is_dir()
            ]
        except OSError:
            pass
    return list(dict.fromkeys(found))[:MOST]
