"""`Formatter`: from a route and its results to an `Answer`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..executors.results import ToolResult
from . import safe
from .absent import not_run
from .plain import sentences
from .routes import RouteLike


@dataclass(frozen=True, slots=True)
class Answer:
    """An answered question.

    `text` holds the sentences, fit for a terminal; the places are printed from `result` (see
    `groups`). `citations` index into `result.matches`. `verified`: every sentence is borne out by
    the result. `backend` names what worded it. `timings_ms` maps a stage to milliseconds. `result`
    is None where nothing was looked up (`decline`, `clarify`, `--route-only`); `also` holds the
    second reading's result where the question was not clear.
    """

    text: str
    citations: tuple[int, ...]
    verified: bool
    backend: str
    timings_ms: Mapping[str, float]
    route: RouteLike
    result: ToolResult | None
    also: tuple[ToolResult, ...] = field(default=())

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


@dataclass(frozen=True, slots=True)
class Formatter:
    """Words answers plainly. Stateless; one instance serves any number of questions."""

    backend: str = "plain"

    def answer(
        self, route: RouteLike, results: Sequence[ToolResult], timings_ms: Mapping[str, float]
    ) -> Answer:
        """The answer to a question from its route and what the tools found, best reading first.

        Empty `results` stand for a route that looks nothing up (`decline`, `clarify`).
        """
        started = time.perf_counter()
        if not results:
            text = not_run(route.call)
        elif len(results) == 1 and results[0].call.tool == route.call.tool:
            text = sentences(results[0])
        else:
            text = _widened(route, results)
        text = " ".join([*_corrected(route), text]) if results else text
        result = results[0] if results else None
        cited = tuple(range(len(result.matches))) if result is not None else ()
        took = (time.perf_counter() - started) * 1000
        return Answer(
            text=safe.block(text), citations=cited, verified=True, backend=self.backend,
            timings_ms={**timings_ms, "format": took}, route=route, result=result,
            also=tuple(results[1:]),
        )  # fmt: skip


def _corrected(route: RouteLike) -> Iterator[str]:
    """What was read otherwise than typed, where the user cannot take that for granted."""
    for link in route.links:
        first, *others = (f"`{name}`" for name in link.names)
        also = f" (others: {', '.join(others)})" if others else ""
        if link.how == "typo":
            yield f"There is no `{link.typed}`; the nearest is {first}{also}."
        elif others:
            yield f"`{link.typed}` is read as {first}{also}."


def _widened(route: RouteLike, results: Sequence[ToolResult]) -> str:
    tools = " and ".join(f"'{result.call.tool}'" for result in results)
    said = [sentences(result) for result in results]
    lead = (
        f"It is not clear what is asked for (sure to {route.confidence:.0%}), "
        f"so {tools} {'was' if len(results) == 1 else 'were'} tried."
    )
    return "\n".join([lead, *said])
