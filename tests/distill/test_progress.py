"""The bar of a step: lines in a log, a bar on a terminal, and what an earlier run did counts."""

from __future__ import annotations

import io
import sys

import pytest
from codeask.distill.progress import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_lines_now_and_then_and_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar("filter", 1200, done=1000) as bar:
        for _ in range(200):
            bar.step(note="2 failed")
    assert capsys.readouterr().err == "filter: 1,200/1,200, 2 failed\n"
    with Bar("filter", 4, every=0) as bar:
        bar.step()
        bar.say("half of it")
        bar.step(3)
    first, said, last = capsys.readouterr().err.splitlines()
    assert first.startswith("filter: 1/4, ") and first.endswith("s left")
    assert (said, last) == ("half of it", "filter: 4/4")


def test_what_was_stopped_is_told_as_far_as_it_came(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), Bar("filter", 9) as bar:
        bar.step(5)
        raise KeyboardInterrupt
    assert capsys.readouterr().err.startswith("filter: 5/9, ")


def test_nothing_to_do_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Bar("filter", 0):
        pass
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with Bar("filter", 10, done=4) as bar:
        bar.say("[odd] words")
        bar.step(6, "all [1] well")
    shown = stream.getvalue()
    assert "━" in shown and "10/10" in shown
    assert "[odd] words" in shown and "all [1] well" in shown
