"""Evidence within a budget: which places of a result a language model sees, and how much of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..executors.results import Match, ToolResult
from .places import ORDERED
from .safe import data, unaddressed
from .words import folders

BUDGET = 300  # tokens
LONG_BUDGET = 700
LONG_TOOLS = frozenset({"explain", "compare"})
MOST_PLACES = 12
_PIECE = re.compile(r"[A-Za-z]{1,6}|\d{1,3}|[^\w\s]|\w")
_WORD = re.compile(r"[A-Za-z_]\w{2,}")
_COMMON = frozenset(
    ["the", "and", "for", "does", "how", "what", "where", "why", "when", "which", "who", "are",
     "was", "that", "this", "with", "from", "into", "not", "can", "has", "have", "did", "its",
     "there", "any", "all", "code", "file", "use", "used", "get", "out", "our", "you"]
)  # fmt: skip


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

    Where the order of a list says nothing, places that speak of the question come first; certain
    ones always do. A place's text is cut around the lines that speak of the question; places with
    the same text say it once. What is left out is counted by folder.
    """
    budget = budget or (LONG_BUDGET if result.call.tool in LONG_TOOLS else BUDGET)
    lines = _head(result, budget // 4)
    used = sum(estimate(line) for line in lines)
    words = {word.lower() for word in _WORD.findall(question)} - _COMMON
    order = _ranked(result, words)
    heads = {i: _place(i, result.matches[i]) for i in order[:MOST_PLACES]}
    shown: list[int] = []
    said: dict[str, int] = {}
    for position, i in enumerate(heads):
        left = budget - used
        cost = estimate(heads[i])
        if shown and cost > left:
            break
        waiting = min(len(heads) - position, 6)
        share = max(0, (left - cost) // (2 if position == 0 and waiting > 1 else waiting))
        text = around(unaddressed(result.matches[i].text), words, share)
        if text and "\n" not in text and said.setdefault(text, i) != i:
            text = f"as [{said[text] + 1}]"
        entry = f"{heads[i]} — {_indented(data(text))}" if text else heads[i]
        lines.append(entry)
        used += estimate(entry)
        shown.append(i)
    left_out = max(result.total, len(result.matches)) - len(shown)
    if left_out > 0 and result.matches:
        lines.append(data(_left_out(result, set(shown), left_out), 200))
    return Evidence(tuple(lines), tuple(shown), left_out, used)


def _ranked(result: ToolResult, words: set[str]) -> list[int]:
    """The indexes of the places, those to be seen first first."""
    matches = result.matches
    if result.call.tool in ORDERED:
        return sorted(range(len(matches)), key=lambda i: (not matches[i].certain, i))
    speaks = [sum(word in f"{m.name} {m.path} {m.text}".lower() for word in words) for m in matches]
    return sorted(range(len(matches)), key=lambda i: (not matches[i].certain, -speaks[i], i))


def _indented(text: str) -> str:
    """Later lines moved in, so that no line of a repository looks like one of ours."""
    return text.replace("\n", "\n    ")


def _left_out(result: ToolResult, shown: set[int], count: int) -> str:
    """`(9 more not shown: src/net 6, tests 3)`; folders only where every place is known."""
    rest = [match for i, match in enumerate(result.matches) if i not in shown]
    if len(rest) != count or not rest:
        return f"({count} more not shown)"
    parts = ", ".join(f"{folder} {number}" for folder, number in folders(rest))
    return f"({count} more not shown: {parts})"


def _head(result: ToolResult, budget: int) -> list[str]:
    found = f"{result.total} found" if result.total else "nothing found"
    lines = [f"{result.call.tool}: {result.status}, {found}"]
    for key, value in result.facts.items():
        line = data(f"{key}: {flat(value)}", 4 * budget)
        if sum(map(estimate, lines)) + estimate(line) <= budget * 2:
            lines.append(line)
    if result.note:
        lines.append(data(f"note: {result.note}", 300))
    return lines


def flat(value: object) -> str:
    """A fact as one line of text: its keys and items, commas between."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {flat(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(flat(item) for item in value)
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
