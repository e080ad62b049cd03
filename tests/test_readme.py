"""The README's snippets run, and its commands are the ones that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from codeask.executors.catalog import TOOLS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_snippets_run(snippet: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", snippet], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert len(SNIPPETS) == 2


def test_every_tool_is_listed() -> None:
    assert [name for name in TOOLS if f"`{name}`" not in README] == []


def test_install_command_answers_a_real_question() -> None:
    asked = re.search(r'ask "(who calls run_tool\?)"', README)
    assert asked is not None
    done = subprocess.run(
        [sys.executable, "-c", "from codeask.tui.cli import ask; ask()", asked[1]],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "assistant/assistant.py:" in done.stdout
    assert "`run_tool`" in done.stdout
