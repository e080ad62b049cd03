"""From an editor and a place to the command that opens it there.

Not covered: finding an editor that the user did not name. The command is a list of arguments and
never passes a shell; the file is given by its absolute path, so it cannot be taken for an option.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..executors.errors import UsageError

_PLUS = frozenset(["vim", "nvim", "vi", "view", "nano", "pico", "emacs", "emacsclient", "kak", "joe",
                   "micro", "mg", "ne", "gvim", "mvim", "gedit"])  # fmt: skip
_COLON = frozenset(["zed", "zeditor", "subl", "sublime_text", "hx", "helix", "atom", "lapce"])
_GOTO = frozenset(["code", "code-insiders", "codium", "vscodium", "cursor", "windsurf"])
_JETBRAINS = frozenset(["idea", "pycharm", "webstorm", "goland", "clion", "phpstorm", "rubymine",
                        "rider", "rustrover", "datagrip", "fleet", "studio"])  # fmt: skip
_WINDOWED = (
    _GOTO | _JETBRAINS
    | frozenset(["zed", "zeditor", "subl", "sublime_text", "atom", "lapce", "gvim", "mvim", "gedit",
                 "mate", "kate", "open"])
)  # fmt: skip
_DASHED = frozenset(["vim", "nvim", "vi", "view", "gvim", "mvim"])  # they take `--`


@dataclass(frozen=True, slots=True)
class Launch:
    """What to run. `in_terminal`: it needs the terminal for itself until it ends."""

    argv: tuple[str, ...]
    in_terminal: bool


def chosen_editor(environment: Mapping[str, str]) -> str:
    """The user's editor: CODEASK_EDITOR, VISUAL, EDITOR, else vi."""
    for key in ("CODEASK_EDITOR", "VISUAL", "EDITOR"):
        if environment.get(key, "").strip():
            return environment[key]
    return "vi"


def launch(editor: str, file: Path, line: int) -> Launch:
    """The command that opens `file` at `line` (from 1) in `editor`, which may carry options.

    An editor that is not known gets the file alone. Raises `UsageError` when it cannot be parsed.
    """
    try:
        words = shlex.split(editor)
    except ValueError as error:
        raise UsageError(f"The editor '{editor}' cannot be read ({error}); set EDITOR.") from error
    if not words:
        raise UsageError("No editor is named; set EDITOR, for example to vim.")
    name = Path(words[0]).name.lower().removesuffix(".exe").removesuffix(".sh")
    name = name.removesuffix("64") if name.removesuffix("64") in _JETBRAINS else name
    path, at = os.path.abspath(file), max(1, line)
    windowed = name in _WINDOWED or (
        name in ("emacsclient", "emacs") and not _in_terminal_emacs(name, words)
    )
    return Launch((*words, *_place(name, path, at)), not windowed)


def _in_terminal_emacs(name: str, words: list[str]) -> bool:
    flags = {"-nw", "-t", "-tty", "--tty", "--no-window-system"}
    windows = {"-c", "--create-frame", "-n", "--no-wait"}
    return bool(flags & set(words)) or not windows & set(words)


def _place(name: str, path: str, line: int) -> list[str]:
    if name in _DASHED:
        return [f"+{line}", "--", path]
    if name in _PLUS:
        return [f"+{line}", path]
    if name in _GOTO:
        return ["--goto", f"{path}:{line}"]
    if name in _COLON:
        return [f"{path}:{line}"]
    if name in _JETBRAINS:
        return ["--line", str(line), path]
    if name in ("kate", "mate"):
        return ["--line", str(line), path]
    return [path]
