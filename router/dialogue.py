"""The dialogue so far, written as text that the model reads beside the question.

Not covered: deciding what a pronoun means. The model tags the words it needs in this text, so a
follow-up's arguments come out of the same pass as those of the question.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..executors.catalog import ToolCall

TURNS = 3  # earlier turns than these three did not change a decision in the labelled dialogues
QUESTION_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange: what was asked, and the call that answered it."""

    question: str
    call: ToolCall


def render(history: Sequence[Turn]) -> str:
    """Write the last turns, newest first, as `question | tool words | argument value; …`."""
    newest = list(history)[-TURNS:][::-1]
    return " || ".join(_turn(turn.question, turn.call) for turn in newest)


def _turn(question: str, call: ToolCall) -> str:
    shown = " ".join(question.split())[:QUESTION_CHARACTERS]
    arguments = "; ".join(f"{name} {value}" for name, value in _pairs(call))
    return f"{call.tool.replace('_', ' ')} | {arguments} | {shown}"


def _pairs(call: ToolCall) -> Iterable[tuple[str, str]]:
    for name, value in call.arguments.items():
        # The query repeats words of the question, which follow.
        if name == "query":
            continue
        if isinstance(value, (list, tuple)):
            yield name, ", ".join(str(item) for item in value)
        else:
            yield name, str(value)
