"""`View`: a result seen by the sentences that tell it: counts, certain places, tests, folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..executors.catalog import ToolCall
from ..executors.repository import is_test_path
from ..executors.results import Match, ToolResult
from .words import folders, join, number, scope_words, tick


@dataclass(frozen=True)
class View:
    """Read-only questions about one result."""

    result: ToolResult

    @property
    def call(self) -> ToolCall:
        """The call that was run."""
        return self.result.call

    @property
    def facts(self) -> Mapping[str, Any]:
        """The result's scalar answers."""
        return self.result.facts

    @property
    def name(self) -> str:
        """The name that is asked about, in backticks."""
        return tick(self.call.text("name"))

    @property
    def matches(self) -> tuple[Match, ...]:
        """The certain places, or every place when none is certain."""
        return tuple(m for m in self.result.matches if m.certain) or self.result.matches

    @property
    def guesses(self) -> int:
        """How many places are shown under "possibly:" beside certain ones."""
        return len(self.result.matches) - len(self.matches)

    @property
    def unsure(self) -> bool:
        """Whether there are places and none of them is certain."""
        return bool(self.result.matches) and not any(m.certain for m in self.result.matches)

    @property
    def cut(self) -> bool:
        """Whether there are more places than the result holds."""
        return self.result.total > len(self.result.matches)

    @property
    def count(self) -> int:
        """The number to tell: certain places (all of them where the list was cut)."""
        counted = self.facts.get("count")
        if isinstance(counted, int) and self.call.text("mode") == "count":
            return counted
        return self.result.total if self.cut else len(self.matches)

    @property
    def where(self) -> str:
        """What the call narrows to, to be put behind a noun."""
        return scope_words(self.call)

    def names(self) -> list[str]:
        """The named answers in order, each once: from the facts, else from the places."""
        given = self.facts.get("names")
        listed = given if isinstance(given, (list, tuple)) else [m.name for m in self.matches]
        return list(dict.fromkeys(str(name) for name in listed if str(name)))

    def files(self) -> int:
        """How many files the certain places are in."""
        return len({match.path for match in self.matches})

    def apart(self) -> str:
        """`, 3 of them in tests and possibly 2 more`: what belongs behind a count."""
        words = ""
        tests = sum(is_test_path(match.path) for match in self.matches)
        asked = self.call.text("tests")
        if tests and not self.cut and not asked:
            if tests == len(self.matches):
                words = ", in tests only" if tests > 1 else ", in a test"
            else:
                words = f", {tests:,} of them in tests"
        if self.guesses and not self.cut and self.call.text("mode") != "count":
            words += f", and possibly {self.guesses:,} more"
        return words

    def spread(self) -> str:
        """A sentence about the folders that hold most of a long list; "" for a short one."""
        main = [match for match in self.matches if not is_test_path(match.path)]
        top = folders(main)
        if self.cut or len(main) < 8 or len(top) < 2:
            return ""
        parts = [f"{tick(folder)} ({count:,})" for folder, count in top]
        return f" Most are in {join(parts)}." if top[0][1] > 1 else ""

    def kinds(self) -> str:
        """`8 methods and 4 fields`, most frequent first."""
        counts: dict[str, int] = {}
        for match in self.matches:
            counts[match.kind] = counts.get(match.kind, 0) + 1
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return join([number(count, kind) for kind, count in ordered if kind])


def place(match: Match) -> str:
    """`path:line`."""
    return f"{match.path}:{match.line}" if match.line else match.path
