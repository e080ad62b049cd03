"""The settings: each field of the configuration, written to the file that `ask` reads."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Static

from ...executors.errors import CodeaskError
from ...formatter import line
from .. import configuration
from ..desk import Desk
from .dialog import Dialog


class SettingsDialog(Dialog[bool]):
    """Gives True when something was saved."""

    TITLE_TEXT = "Settings"
    HINT: ClassVar[str] = "Ctrl+S saves · an empty field takes the default · Esc leaves"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", "Save", priority=True)]
    DEFAULT_CSS = """
    SettingsDialog #fields { height: auto; max-height: 15; }
    SettingsDialog .setting { height: 3; }
    SettingsDialog .setting > Static { width: 14; height: 3; padding: 1 1 0 0; text-style: bold; }
    SettingsDialog .setting > Input { width: 24; }
    SettingsDialog .setting > .help { width: 1fr; padding: 0 1; color: $text-muted; text-style: none; }
    SettingsDialog Button { min-width: 10; }
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._before: dict[str, str] = {}

    def inside(self) -> ComposeResult:
        """A row a setting."""
        try:
            found = configuration.settings(self._desk.config_file, self._desk.environment)
            self._wrong = ""
        except CodeaskError as error:
            found, self._wrong = [], line(str(error))
        with VerticalScroll(id="fields"):
            for setting in found:
                self._before[setting.key] = setting.value
                fixed = f" (set by {setting.variable})" if setting.variable else ""
                with Horizontal(classes="setting"):
                    yield Static(setting.key, markup=False)
                    yield Input(
                        setting.value, placeholder=setting.default, id=f"set-{setting.key}",
                        disabled=bool(setting.variable), password=setting.key.endswith("_key"),
                    )  # fmt: skip
                    yield Static(f"{setting.help}{fixed}", classes="help", markup=False)
        yield Button("Save", id="save", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Says what is wrong with the file, if anything."""
        self.problem(self._wrong)

    def on_button_pressed(self) -> None:
        """Saves."""
        self.action_save()

    def on_input_submitted(self) -> None:
        """Enter saves too."""
        self.action_save()

    def action_save(self) -> None:
        """Writes what was changed."""
        now = {key: self.query_one(f"#set-{key}", Input).value for key in self._before}
        changes = {key: value for key, value in now.items() if value != self._before[key]}
        try:
            if changes:
                configuration.save(changes, self._desk.config_file)
        except CodeaskError as error:
            self.problem(line(str(error)))
            return
        self.dismiss(bool(changes))
