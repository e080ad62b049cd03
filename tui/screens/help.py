"""F1: what can be asked, and every key."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from .dialog import Dialog

KEYS = (
    ("Asking", (
        ("Enter", "ask; on an empty box: the first example"),
        ("Shift+Enter, Ctrl+J", "a new line"),
        ("Up, Down", "questions asked before; Ctrl+R searches them"),
        ("@", "completes files and symbols (Tab or Enter)"),
        ("Esc", "stops a running question; what was found stays"),
    )),
    ("Places", (
        ("Tab", "box → places of the last answer → code → box"),
        ("Up, Down, j, k", "move, on into the answers before and after"),
        ("Enter, double click", "opens $EDITOR (or $CODEASK_EDITOR) at the line"),
        ("y / Y", "copies the place / the answer with its places"),
        ("f", "unfolds a long list or answer, and folds it"),
        ("s, Ctrl+T", "steers: another tool or other arguments"),
    )),
    ("Everywhere", (
        ("Ctrl+P", "all commands, themes among them"),
        ("Ctrl+O", "another repository"),
        ("Ctrl+N / Ctrl+L", "a new session / saved sessions, searchable"),
        ("F4", "exports the session as Markdown"),
        ("F2 / F3", "settings / shows or hides the code"),
        ("Ctrl+Q", "leaves"),
    )),
)  # fmt: skip
ASK = (
    ("where is Session.send defined?", "definitions, members, source"),
    ("who calls parse_args, excluding tests", "callers, callees, paths, impact"),
    ("which classes extend Base?", "hierarchies, overrides"),
    ("where do we retry requests?", "behaviour in your own words"),
    ("and who calls it?", "follow-ups to the last answer"),
)


class HelpDialog(Dialog[None]):
    """Closed by Escape or F1."""

    TITLE_TEXT = "Help"
    HINT: ClassVar[str] = "Esc leaves"
    BINDINGS: ClassVar = [("f1", "close", "Close"), ("q", "close", "Close")]
    DEFAULT_CSS = """
    HelpDialog VerticalScroll { height: auto; max-height: 100%; }
    HelpDialog > #box { max-height: 94%; }
    """

    def inside(self) -> ComposeResult:
        """What can be asked, then the keys."""
        with VerticalScroll():
            yield Static(text(), markup=False)


def text() -> Content:
    """The whole help."""
    lines: list[Content] = [Content.styled("What to ask", "bold $text-primary")]
    lines += [Content.assemble(f"  {question:<40}", (what, "dim")) for question, what in ASK]
    for heading, keys in KEYS:
        lines += [Content(""), Content.styled(heading, "bold $text-primary")]
        lines += [Content.assemble((f"  {key:<22}", "bold"), what) for key, what in keys]
    return Content("\n").join(lines)
