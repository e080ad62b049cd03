"""What the later stages need of a route, and the route of a call that the user gave.

`router.Route` fits `RouteLike`. It is not imported here, so that `ask --tool` loads no router.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..executors.catalog import ToolCall

NEEDS_WORDING = frozenset(["explain", "locate", "compare"])


class AlternativeLike(Protocol):
    """A call that the router also thought of, and how likely it is."""

    @property
    def call(self) -> ToolCall:
        """The call."""
        ...

    @property
    def confidence(self) -> float:
        """In [0, 1]."""
        ...


class LinkLike(Protocol):
    """A typed word that the call spells as the repository does; see `router.Link`."""

    @property
    def typed(self) -> str:
        """The word as it was typed."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """The names it may mean, the call's own first."""
        ...

    @property
    def how(self) -> str:
        """`spelling` (the same letters), `typo` (no such letters: the nearest name) or `absent` (no
        name at all, so that the question is read as a description)."""
        ...


class RouteLike(Protocol):
    """The call to run for a question; see `router.Route`."""

    @property
    def call(self) -> ToolCall:
        """The best call."""
        ...

    @property
    def confidence(self) -> float:
        """Calibrated, in [0, 1]."""
        ...

    @property
    def alternatives(self) -> Sequence[AlternativeLike]:
        """The next best calls, likeliest first."""
        ...

    @property
    def needs_wording(self) -> bool:
        """Whether the places alone are no answer."""
        ...

    @property
    def links(self) -> Sequence[LinkLike]:
        """The words of the question that the call spells otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class GivenRoute:
    """The route of a call that no router chose: certain, without alternatives."""

    call: ToolCall
    confidence: float = 1.0
    alternatives: tuple[AlternativeLike, ...] = ()
    links: tuple[LinkLike, ...] = ()

    @property
    def needs_wording(self) -> bool:
        """Whether the places alone are no answer."""
        return self.call.tool in NEEDS_WORDING


def route_json(route: RouteLike) -> dict[str, Any]:
    """The route as it stands under `route` in `ask --json`."""
    links = [
        {"typed": link.typed, "names": list(link.names), "how": link.how} for link in route.links
    ]
    return {
        **route.call.to_json(),
        "confidence": round(route.confidence, 4),
        "alternatives": [
            {**other.call.to_json(), "confidence": round(other.confidence, 4)}
            for other in route.alternatives
        ],
        **({"links": links} if links else {}),
    }
