"""`Watch`: follows one question while it is answered, and can stop it from another thread."""

from __future__ import annotations

import threading

from .results import Match


class Watch:
    """What a front end hands in with a question: it sees places as they are found, and may `stop`.

    Everything but `stop` is called by the asking thread. `matches` only grows.
    """

    def __init__(self) -> None:
        self.matches: list[Match] = []
        self._stop = threading.Event()

    @property
    def stopped(self) -> bool:
        """Whether somebody asked to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ends the search at its next step; what was found by then is kept."""
        self._stop.set()

    def found(self, match: Match) -> None:
        """A tool found a place."""
        self.matches.append(match)
