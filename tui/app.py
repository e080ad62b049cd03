"""The Textual app: `codeask` alone, `codeask tui`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from . import indexing, themes
from .desk import Desk
from .parser import Parser
from .screens.main import MainScreen
from .subcommands import COMMANDS
from .userdata import data_folder

if TYPE_CHECKING:
    from ..assistant import Assistant

# Commands of the palette: name, help, action of the main screen.
PALETTE = (
    ("Repository", "Open another repository", "repository"),
    ("New session", "Begin with an empty conversation", "new_session"),
    ("Sessions", "Search saved sessions and go on with one", "sessions"),
    ("Steer", "Change the tool or arguments of the last answer", "steer"),
    ("Question history", "Search the questions asked before", "history"),
    ("Export", "Write the session as Markdown", "export"),
    ("Settings", "Thresholds, time-outs, models; ask reads the same file", "settings"),
    ("Code", "Show or hide the evidence pane", "evidence"),
    ("Help", "All keys", "help"),
)


def no_index(root: Path) -> list[str]:
    """No process that indexes."""
    return []


class CodeaskApp(App[None]):
    """Shows a `Desk` whose repository is open. `index_command` gives what to run for the index."""

    TITLE = "codeask"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", priority=True),
        Binding("ctrl+p", "command_palette", "Commands", priority=True),
    ]

    def __init__(
        self, desk: Desk, index_command: Callable[[Path], list[str]] = no_index, theme: str = ""
    ) -> None:
        super().__init__()
        self.desk = desk
        self.index_command = index_command
        for ours in themes.OURS:
            self.register_theme(ours)
        wanted = theme or str(desk.state.get("theme", ""))
        self.theme = wanted if wanted in self.available_themes else themes.DEFAULT

    def get_default_screen(self) -> Screen[None]:
        """The conversation."""
        return MainScreen(self.desk)

    def on_mount(self) -> None:
        """A theme that is chosen is kept."""
        self.theme_changed_signal.subscribe(
            self, lambda theme: self.desk.remember("theme", theme.name)
        )

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers."""
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Quit", "Screenshot"):
                yield command
        if isinstance(screen, MainScreen):
            for title, help_text, action in PALETTE:
                yield SystemCommand(title, help_text, getattr(screen, f"action_{action}"))


def index_command(root: Path) -> list[str]:
    """The process that completes the index of a repository."""
    return indexing.command(root) if "index" in COMMANDS else []


def make_desk(data: Path | None = None) -> Desk:
    """The user's desk, before a repository is opened."""

    def make(root: Path) -> Assistant:
        from ..assistant import Assistant, Config

        return Assistant(root, config=Config.load())

    return Desk(make, data or data_folder())


def calm() -> None:
    """Lets nothing hold the keys up: garbage is collected in small steps, never among the modules nor
    among what an index gave (0.1 s and more); a new session looks there. A worker thread gives Python's
    lock back after 0.5 ms instead of 5.
    """
    gc.freeze()
    gc.set_threshold(10_000, 3, 1_000_000)
    sys.setswitchinterval(0.0005)


def run(argv: Sequence[str], prog: str = "codeask tui") -> int:
    """Opens the app; gives the exit code. Raises `CodeaskError` when there is nothing to open."""
    parser = Parser(prog=prog, description="Ask questions in a terminal app.", allow_abbrev=False)
    parser.add_argument("--repo", metavar="DIR", help="the repository (default: the checkout here)")
    parser.add_argument("--theme", help=f"one of {', '.join(t.name for t in themes.OURS)}, …")
    options = parser.parse_args(list(argv))
    desk = make_desk()
    desk.open(Path(options.repo) if options.repo else Path.cwd())
    app = CodeaskApp(desk, index_command, options.theme or "")
    calm()
    app.run()
    return app.return_code or 0
