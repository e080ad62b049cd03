"""`Formatter`: from a route and its results to an `Answer`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..executors.results import ToolResult
from . import safe
from .absent import not_run
from .backends import Backend
from .plain import chosen_clauses, sentences
from .routes import NEEDS_WORDING, RouteLike
from .style import DEFAULT, Style
from .support import shipped as shipped_support
from .verify import Checked, SupportLike, citations
from .wording import Shown, Stopped, never, word


@dataclass(frozen=True, slots=True)
class Answer:
    """An answered question.

    `text` holds the sentences, fit for a terminal, with `[n]` for place n where they cite; the places
    are printed from `result` (see `groups`). `citations` index into `result.matches`. `verified`: every sentence is borne out by
    the result (a model's: both layers of `verify` say so). `backend` names what worded it. `timings_ms` maps a stage to milliseconds. `result`
    is None where nothing was looked up (`decline`, `clarify`, `--route-only`); `also` holds the
    second reading's result where the question was not clear. `dropped`: sentences of a model that
    failed verification, with what is wrong; `failure`: what a back end that broke down said.
    """

    text: str
    citations: tuple[int, ...]
    verified: bool
    backend: str
    timings_ms: Mapping[str, float]
    route: RouteLike
    result: ToolResult | None
    also: tuple[ToolResult, ...] = field(default=())
    dropped: tuple[Checked, ...] = field(default=())
    failure: str = ""

    @property
    def found(self) -> bool:
        """Whether something was found (False too where nothing was looked up)."""
        return self.result is not None and _found(self.result)

    @property
    def failed(self) -> bool:
        """Whether the look-up itself broke down, so that nothing can be concluded."""
        result = self.result
        if result is None:
            return False
        return result.status == "failed" or (result.status == "timeout" and not result.matches)


def _found(result: ToolResult) -> bool:
    mode = result.call.text("mode", "list")
    if mode == "exists" and "exists" in result.facts:
        return bool(result.facts["exists"])
    if mode == "count" and "count" in result.facts:
        return bool(result.facts["count"])
    return bool(result.matches or result.facts.get("names"))


class Formatter:
    """Words answers: plainly, or by a language model where one is given and words are needed.

    `worded` are the tools whose results a model may word (for the others the places are the answer);
    `style` is the prompt that it was trained with.
    Whatever a model says is verified sentence by sentence; what fails is left out, and clauses that
    are true by construction take its place. One instance serves any number of questions.
    """

    def __init__(
        self, backend: Backend | None = None, *, worded: frozenset[str] = NEEDS_WORDING,
        support: SupportLike | None = None, style: Style = DEFAULT,
    ) -> None:  # fmt: skip
        self.backend = backend
        self.style = style
        self.worded = worded
        self._support = support

    def answer(
        self, route: RouteLike, results: Sequence[ToolResult], timings_ms: Mapping[str, float],
        *, question: str = "", shown: Shown | None = None, stopped: Stopped = never,
    ) -> Answer:  # fmt: skip
        """The answer to a question from its route and what the tools found, best reading first.

        Empty `results` stand for a route that looks nothing up (`decline`, `clarify`). `shown` is
        given each sentence as soon as it is verified; `stopped` says whether to write no more.
        """
        started = time.perf_counter()
        said = _Said(*self._say(route, results, question, shown, stopped))
        text = " ".join([*_corrected(route), said.text]) if results else said.text
        result = results[0] if results else None
        took = (time.perf_counter() - started) * 1000
        return Answer(
            text=safe.block(text), citations=_cited(said.text, result),
            verified=said.by == "plain" or self._supported() is not None,
            backend=said.by, timings_ms={**timings_ms, "format": took}, route=route, result=result,
            also=tuple(results[1:]), dropped=said.dropped, failure=safe.line(said.failure),
        )  # fmt: skip

    def _say(
        self, route: RouteLike, results: Sequence[ToolResult], question: str,
        shown: Shown | None, stopped: Stopped,
    ) -> tuple[str, str, tuple[Checked, ...], str]:  # fmt: skip
        """Text, who worded it, sentences dropped, failure of the back end."""
        if not results:
            return _told(not_run(route.call), shown), "plain", (), ""
        if len(results) > 1 or results[0].call.tool != route.call.tool:
            return _told(_widened(route, results, question), shown), "plain", (), ""
        result = results[0]
        if self.backend is None or not result.matches or result.call.tool not in self.worded:
            return _told(sentences(result, question), shown), "plain", (), ""
        made = word(self.backend, question, result, self._supported(), shown, self.style, stopped)
        if not made.kept:
            text = _told(sentences(result, question), shown)
            return text, "plain", made.dropped, made.failure
        parts = list(made.kept)
        if made.dropped:
            for sentence in _instead(result, question, parts):
                parts.append(_told(sentence, shown))
        return " ".join(parts), self.backend.name, made.dropped, made.failure

    def _supported(self) -> SupportLike | None:
        if self._support is None:
            self._support = shipped_support()
        return self._support


@dataclass(frozen=True, slots=True)
class _Said:
    text: str
    by: str
    dropped: tuple[Checked, ...]
    failure: str


def _told(text: str, shown: Shown | None) -> str:
    if shown is not None:
        shown(text)
    return text


def _cited(text: str, result: ToolResult | None) -> tuple[int, ...]:
    """The indexes that the text cites; all places where it cites none."""
    if result is None:
        return ()
    count = len(result.matches)
    cited = [n - 1 for n in dict.fromkeys(citations(text)) if 1 <= n <= count]
    return tuple(cited) or tuple(range(count))


def _instead(result: ToolResult, question: str, kept: Sequence[str]) -> list[str]:
    """Clauses in the place of dropped sentences: at most two, about places not told of yet."""
    told = {n for sentence in kept for n in citations(sentence)}
    chosen = [c for c in chosen_clauses(result, question) if c.index + 1 not in told]
    return [clause.cited for clause in chosen[:2]]


def _corrected(route: RouteLike) -> Iterator[str]:
    """What was read otherwise than typed, where the user cannot take that for granted."""
    for link in route.links:
        if link.how == "absent":
            yield f"Nothing here is called `{link.typed}`, so what the question describes was searched for."
            continue
        first, *others = (f"`{name}`" for name in link.names)
        also = f" (others: {', '.join(others)})" if others else ""
        if link.how == "typo":
            yield f"There is no `{link.typed}`; the nearest is {first}{also}."
        elif others:
            yield f"`{link.typed}` is read as {first}{also}."


def _widened(route: RouteLike, results: Sequence[ToolResult], question: str) -> str:
    tools = " and ".join(f"'{result.call.tool}'" for result in results)
    said = [sentences(result, question, cite=False) for result in results]
    lead = (
        f"It is not clear what is asked for (sure to {route.confidence:.0%}), "
        f"so {tools} {'was' if len(results) == 1 else 'were'} tried."
    )
    return "\n".join([lead, *said])
