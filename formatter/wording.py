"""Words from a model: its draft is cut into sentences as it comes, and each is checked before it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..executors.errors import BackendError
from ..executors.results import ToolResult
from .backends import Backend
from .prompt import messages
from .style import DEFAULT, Style
from .verify import Checked, SupportLike, Verifier, split

MAX_TOKENS = 160
BRIEF_TOKENS = 90  # of a model that was trained to be brief: what goes on longer is a loop
MAX_SENTENCES = 4

STOPPED = "Stopped on request; what was written by then is kept."

Shown = Callable[[str], None]
Stopped = Callable[[], bool]


def never() -> bool:
    """Nobody stops it."""
    return False


@dataclass(frozen=True, slots=True)
class Worded:
    """What a model said: `kept` sentences, all verified, and `dropped` ones with what is wrong.

    `failure` is the back end's own sentence where it broke down.
    """

    kept: tuple[str, ...]
    dropped: tuple[Checked, ...] = ()
    failure: str = ""


def word(
    backend: Backend, question: str, result: ToolResult,
    support: SupportLike | None = None, shown: Shown | None = None, style: Style = DEFAULT,
    stopped: Stopped = never,
) -> Worded:  # fmt: skip
    """Lets a model answer; `shown` is given every verified sentence as soon as it is complete.

    `stopped` is asked after every piece; what was kept by then stays.
    """
    verifier = Verifier(question, result, support)
    kept: list[str] = []
    dropped: list[Checked] = []
    failure = ""
    try:
        for sentence in sentences(backend, question, result, style, stopped):
            checked = verifier.check(sentence, kept)
            if checked.verified:
                kept.append(sentence)
                if shown is not None:
                    shown(sentence)
            else:
                dropped.append(checked)
                if "repeats itself" in checked.problems or "was said before" in checked.problems:
                    break  # a loop does not end by itself
    except BackendError as error:
        failure = str(error)
    if stopped():
        failure = STOPPED
    return Worded(tuple(kept), tuple(dropped), failure)


def sentences(
    backend: Backend, question: str, result: ToolResult, style: Style = DEFAULT,
    stopped: Stopped = never,
) -> Iterator[str]:  # fmt: skip
    """The draft's sentences, each when it is complete, at most `MAX_SENTENCES`.

    What the token limit cut off is left out, unless nothing else was said.
    """
    prompt = messages(question, result, style)
    pieces = backend.stream(prompt, max_tokens=BRIEF_TOKENS if style.brief else MAX_TOKENS)
    text, given = "", 0
    try:
        for piece in pieces:
            if stopped():
                return
            text += piece
            complete = split(text)[:-1]  # the last may still grow, by its citation too
            for sentence in complete[given:]:
                yield sentence
                given += 1
                if given == MAX_SENTENCES:
                    return
        for sentence in split(text)[given:MAX_SENTENCES]:
            if given == 0 or sentence.rstrip().endswith((".", "!", "?", "]", "”", '"', "`")):
                yield sentence
                given += 1
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
