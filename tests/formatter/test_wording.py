"""Words from a model: verified as they come, dropped and replaced, stopped in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.errors import BackendError
from codeask.executors.results import Match, ToolResult
from codeask.formatter import Formatter, GivenRoute
from codeask.formatter.backends import Figures, Message, Reply
from codeask.formatter.style import Style
from codeask.formatter.wording import BRIEF_TOKENS, MAX_SENTENCES, MAX_TOKENS, sentences

QUESTION = "how does retry give up?"
TEXT = 'def retry(job, limit=3):\n    """Run a job again."""\n    raise GaveUp(job)'
RESULT = ToolResult(
    ToolCall("explain", {"query": "retry", "name": "retry"}),
    "ok",
    (
        Match("jobs.py", 1, 3, "retry", "function", TEXT, "definition"),
        Match("main.py", 9, 9, "main", "function", "retry(send)", "call"),
    ),
    2,
)


class Scripted:
    """A back end that says what it is told to, in small pieces."""

    name = "scripted"
    figures = Figures()

    def __init__(self, text: str, fails: str = "") -> None:
        self.text, self.fails, self.given, self.closed = text, fails, 0, False

    def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
        try:
            for at in range(0, len(self.text), 5):
                self.given += 1
                yield self.text[at : at + 5]
            if self.fails:
                raise BackendError(self.fails)
        finally:
            self.closed = True

    def complete(self, messages: Sequence[Message], *, max_tokens: int, **_: object) -> Reply:
        return Reply(self.text)


class Score:
    """A support layer that trusts all sentences but those with a word."""

    threshold = 0.5

    def __init__(self, doubted: str = "") -> None:
        self.doubted = doubted

    def score(self, sentence: str, result: ToolResult) -> float:
        return 0.1 if self.doubted and self.doubted in sentence else 0.9


def answer_of(text: str, doubted: str = "", fails: str = ""):
    shown: list[str] = []
    backend = Scripted(text, fails)
    formatter = Formatter(backend, support=Score(doubted))
    answer = formatter.answer(GivenRoute(RESULT.call), [RESULT], {}, question=QUESTION,
                              shown=shown.append)  # fmt: skip
    return answer, shown, backend


def test_a_true_draft_is_the_answer() -> None:
    answer, shown, _ = answer_of("`retry` raises `GaveUp` [1]. `main` calls it [2].")
    assert answer.text == "`retry` raises `GaveUp` [1]. `main` calls it [2]."
    assert (answer.backend, answer.citations, answer.dropped) == ("scripted", (0, 1), ())
    assert shown == ["`retry` raises `GaveUp` [1].", "`main` calls it [2]."]


def test_what_fails_is_dropped_and_clauses_take_its_place() -> None:
    answer, shown, _ = answer_of("`retry` logs with `syslog` [1]. `main` calls it [2].")
    assert "syslog" not in answer.text
    assert answer.text.startswith("`main` calls it [2]. `retry` (function, jobs.py:1)")
    assert " ".join(shown) == answer.text
    assert [d.text for d in answer.dropped] == ["`retry` logs with `syslog` [1]."]
    assert "syslog" in answer.dropped[0].problems[0]


def test_what_the_support_layer_doubts_is_dropped() -> None:
    answer, _, _ = answer_of("`GaveUp` raises `retry` [1]. `main` calls it [2].", "`GaveUp` raises")
    assert "`GaveUp` raises" not in answer.text
    assert "not borne out" in answer.dropped[0].problems[0]


def test_with_nothing_left_the_plain_words_answer() -> None:
    answer, _, _ = answer_of("It uses `redis` [1]. It is at net/pool.py [7].")
    assert answer.backend == "plain"
    assert answer.text.startswith("`retry` (function, jobs.py:1): Run a job again [1].")
    assert len(answer.dropped) == 2


def test_a_failing_back_end_is_told_and_does_not_lose_the_answer() -> None:
    answer, _, _ = answer_of("", fails="The server is down; start it.")
    assert (answer.backend, answer.failure) == ("plain", "The server is down; start it.")
    assert "Run a job again" in answer.text


@pytest.mark.parametrize("ending", ["<|im_end|>", "<|endoftext|>", "</s>"])
def test_no_special_token_is_ever_shown(ending: str) -> None:
    answer, _, _ = answer_of(f"`retry` raises `GaveUp` [1].{ending}{ending}")
    assert ending not in answer.text


def test_a_chatty_or_looping_model_is_stopped() -> None:
    names = ["`retry` takes `job` [1].", "`retry` takes `limit` [1].", "`limit` is 3 [1].",
             "`main` calls `retry` [2].", "`job` is a parameter [1].", "`main` is in `main.py` [2]."]  # fmt: skip
    answer, _, backend = answer_of(" ".join(names * 3))
    assert answer.text == " ".join(names[:MAX_SENTENCES])
    assert backend.closed
    loop, _, backend = answer_of("`main` calls `retry` [2]. " * 40)
    assert loop.text.count("`main` calls `retry`") == 1
    assert backend.given < 20


def test_tools_whose_places_are_the_answer_need_no_model() -> None:
    backend = Scripted("`main` calls it [1].")
    call = ToolCall("find_callers", {"name": "retry"})
    result = ToolResult(call, "ok", RESULT.matches[1:], 1)
    answer = Formatter(backend).answer(GivenRoute(call), [result], {}, question="who calls retry")
    assert (answer.backend, backend.given) == ("plain", 0)


def test_a_model_that_was_trained_to_be_brief_gets_fewer_tokens() -> None:
    most: list[int] = []

    class Counting(Scripted):
        def stream(self, messages: Sequence[Message], *, max_tokens: int) -> Iterator[str]:
            most.append(max_tokens)
            return super().stream(messages, max_tokens=max_tokens)

    for brief in (False, True):
        list(sentences(Counting("Yes [1]."), QUESTION, RESULT, Style(brief=brief)))
    assert most == [MAX_TOKENS, BRIEF_TOKENS]
    assert BRIEF_TOKENS < MAX_TOKENS
