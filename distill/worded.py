"""Traces as worded answers: what was asked, what one tool found, and how the teacher said it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..executors.results import ToolResult
from ..formatter.verify import split
from .corpora import Split, split_of
from .traces import TeacherTrace, shipped


@dataclass(frozen=True, slots=True)
class Worded:
    """One reference answer. `split` is the codebase's, for good; `special` marks unusual traces."""

    id: str
    repo: str
    split: Split
    question: str
    result: ToolResult
    answer: str
    special: str = ""

    @property
    def sentences(self) -> list[str]:
        """The answer's sentences, citations with the sentence they follow."""
        return split(self.answer)


def worded(traces: Iterable[TeacherTrace] | None = None) -> list[Worded]:
    """The traces (default: the shipped ones) that ran exactly one tool and have words, with split.

    Traces of codebases that the manifest does not know are left out.
    """
    splits = split_of()
    return [
        Worded(t.id, t.repo, splits[t.repo], t.question, t.results[0], t.answer, t.special)
        for t in (shipped() if traces is None else traces)
        if len(t.results) == 1 and t.answer and t.repo in splits
    ]
