"""`Style`: how a model is asked, which its adapter was trained with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How a model is asked: `brief` where an adapter knows the task, `budget` in tokens of evidence,
    `clauses` where it is given plain sentences in place of code."""

    brief: bool = False
    budget: int | None = None
    clauses: bool = False


DEFAULT = Style()
