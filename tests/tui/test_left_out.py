"""`ask --explain`: what a model said that was left out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from codeask.executors.catalog import ToolCall
from codeask.executors.results import Match, ToolResult
from codeask.formatter import Formatter, GivenRoute
from codeask.formatter.backends import Figures, Message, Reply
from codeask.tui.oneshot import left_out

CALL = ToolCall("explain", {"query": "retry", "name": "retry"})
MATCH = Match("a.py", 1, 2, "retry", "function", "def retry(job):\n    job()", "definition")


class Says:
    """A model that says one text."""

    name = "says"
    figures = Figures()

    def __init__(self, text: str) -> None:
        self.text = text

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        yield self.text

    def complete(self, messages: Sequence[Message], *, max_tokens: int, **_: object) -> Reply:
        return Reply(self.text)


class Sure:
    """A support layer that believes everything: the lexical one is what is tested here."""

    threshold = 0.5

    def score(self, sentence: str, result: ToolResult) -> float:
        return 1.0


def test_every_sentence_left_out_has_its_reason_and_no_control_character() -> None:
    says = Says("`retry` calls `job` [1]. It uses `re\x1bdis` [1].")
    formatter = Formatter(says, support=Sure())
    result = ToolResult(CALL, "ok", (MATCH,), 1)
    answer = formatter.answer(GivenRoute(CALL), [result], {}, question="what does retry do")
    assert answer.text.startswith("`retry` calls `job` [1].")
    assert left_out(answer) == [
        "left out: It uses `re␛dis` [1]. (names 're', which the evidence does not; "
        "names 'dis', which the evidence does not)"
    ]
