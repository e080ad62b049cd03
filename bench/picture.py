"""Makes `docs/ask.svg`: real questions about this repository and what `ask` prints, in colour.

python bench/picture.py
"""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
QUESTIONS = (
    "who calls link_call?",
    "which classes extend CodeaskError?",
    "how many dataclasses are in router/",
)
WIDTH = 110


def in_terminal(question: str) -> str:
    """What `ask` writes to a terminal, escape sequences included."""
    mine, its = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(WIDTH)}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [Path(sys.executable).parent / "ask", question],
        cwd=ROOT, stdin=its, stdout=its, stderr=its, env=environment, close_fds=True,
    )  # fmt: skip
    os.close(its)
    output = b""
    while True:
        try:
            piece = os.read(mine, 65_536)
        except OSError:  # the terminal closes with the process
            break
        if not piece:
            break
        output += piece
    process.wait()
    return output.decode("utf-8", "replace").replace("\r\n", "\n")


def main() -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for question in QUESTIONS:
        console.print(Text.assemble(("$ ", "bold green"), (f'ask "{question}"', "bold")))
        console.print(Text.from_ansi(in_terminal(question).rstrip()), soft_wrap=True)
        console.print()
    console.save_svg(str(ROOT / "docs" / "ask.svg"), title="codeask")


if __name__ == "__main__":
    main()
