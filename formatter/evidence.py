"""Evidence within a budget: which places of a result a language model sees, and how much of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..executors.results import Match, ToolResult
from .safe import data

BUDGET = 300  # tokens
LONG_BUDGET = 700
LONG_TOOLS = frozenset({"explain", "compare"})
MOST_PLACES = 12
_PIECE = re.compile(r"[A-Za-z]{1,6}|\d{1,3}|[^\w\s]|\w")
_WORD = re.compile(r"[A-Za-z]{3,}")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Numbered lines. `shown` are indexes into `result.matches` (number n is index n - 1), `left_out`
    the places there is no room for, `tokens` the estimated length."""

    lines: tuple[str, ...]
    shown: tuple[int, ...]
    left_out: int
    tokens: int

    @property
    def text(self) -> str:
        """The lines as one block."""
        return "\n".join(self.lines)


def estimate(text: str) -> int:
    """About how many tokens a text has, for any tokenizer (source text: within a fifth)."""
    return len(_PIECE.findall(text))


def compact(result: ToolResult, *, question: str, budget: int | None = None) -> Evidence:
    """The result's status, facts and best places within `budget` tokens.

    Places keep the tool's order, certain ones first; a place's text is cut around the lines that
    speak of the question.
    """
    budget = budget or (LONG_BUDGET if result.call.tool in LONG_TOOLS else BUDGET)
    lines = _head(result, budget // 4)
    used = sum(estimate(line) for line in lines)
    order = sorted(range(len(result.matches)), key=lambda i: (not result.matches[i].certain, i))
    words = {word.lower() for word in _WORD.findall(question)}
    heads = {i: _place(i, result.matches[i]) for i in order[:MOST_PLACES]}
    shown: list[int] = []
    for position, i in enumerate(heads):
        left = budget - used
        cost = estimate(heads[i])
        if shown and cost > left:
            break
        waiting = min(len(heads) - position, 6)
        share = max(0, (left - cost) // (2 if position == 0 and waiting > 1 else waiting))
        text = around(result.matches[i].text, words, share)
        entry = f"{heads[i]} — {data(text)}" if text else heads[i]
        lines.append(entry)
        used += estimate(entry)
        shown.append(i)
    left_out = max(result.total, len(result.matches)) - len(shown)
    if left_out > 0 and result.matches:
        lines.append(f"({left_out} more not shown)")
    return Evidence(tuple(lines), tuple(shown), left_out, used)


def _head(result: ToolResult, budget: int) -> list[str]:
    found = f"{result.total} found" if result.total else "nothing found"
    lines = [f"{result.call.tool}: {result.status}, {found}"]
    for key, value in result.facts.items():
        line = data(f"{key}: {_plain(value)}", 4 * budget)
        if sum(map(estimate, lines)) + estimate(line) <= budget * 2:
            lines.append(line)
    if result.note:
        lines.append(data(f"note: {result.note}", 300))
    return lines


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_plain(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_plain(item) for item in value)
    return str(value)


def _place(index: int, match: Match) -> str:
    unsure = "" if match.certain else " (possibly)"
    named = " ".join(part for part in (match.kind, match.name) if part)
    return data(f"[{index + 1}] {match.path}:{match.line} {named}{unsure}".rstrip(), 200)


def around(text: str, words: Sequence[str] | set[str], budget: int) -> str:
    """The lines of `text` that matter within `budget` tokens: the first, then those with the words.

    Lines keep their order; a gap is an ellipsis.
    """
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if not lines or budget < 4:
        return ""
    if sum(map(estimate, lines)) <= budget:
        return "\n".join(lines)
    scores = [sum(word in line.lower() for word in words) for line in lines]
    order = sorted(range(len(lines)), key=lambda i: (i != 0, -scores[i], i))
    kept: set[int] = set()
    for i in order:
        cost = estimate(lines[i])
        if cost <= budget:
            kept.add(i)
            budget -= cost
        elif not kept:
            return lines[i][: 3 * budget] + "…"
    parts: list[str] = []
    last = -1
    for i in sorted(kept):
        if i != last + 1:
            parts.append("…")
        parts.append(lines[i])
        last = i
    if last != len(lines) - 1:
        parts.append("…")
    return "\n".join(parts)
