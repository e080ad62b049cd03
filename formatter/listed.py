"""Evidence as plain sentences: what a small model is given, so that it need only choose and join."""

from __future__ import annotations

from ..executors.results import ToolResult
from .clauses import Clause, clauses
from .evidence import compact, estimate
from .plain import BY_CLAUSES, sentences
from .safe import data
from .selector import shipped
from .verify import Verifier
from .view import place


def listed(result: ToolResult, question: str, budget: int) -> str:
    """Sentences that are true by construction, one a line, within about `budget` tokens.

    Of a result that is told by clauses the clauses that the selector finds most useful, in the order
    of the places; of any other the plain answer, then the places.
    """
    if result.matches and result.call.tool in BY_CLAUSES:
        return "\n".join(data(said(c, result), 400) for c in candidates(result, question, budget))
    told = data(sentences(result, question), 600)
    left = budget - estimate(told)
    if not result.matches or left < 20:
        return told
    return f"{told}\n{compact(result, question=question, budget=left).text}"


def candidates(result: ToolResult, question: str, budget: int) -> list[Clause]:
    """The clauses that there is room for: the most useful ones, grouped by place."""
    made = clauses(result, question)
    selector = shipped()
    scores = [0.0] * len(made) if selector is None else selector.scores(question, result, made)
    verifier = Verifier(question, result)
    chosen: list[int] = []
    for at in sorted(range(len(made)), key=lambda at: (-scores[at], at)):
        cost = estimate(said(made[at], result)) + 2
        if cost <= budget and verifier.check(made[at].cited).verified:
            budget -= cost
            chosen.append(at)
    return [made[at] for at in sorted(chosen)]


def said(clause: Clause, result: ToolResult) -> str:
    """A clause with its citation, without the path and line that the citation stands for."""
    match = result.matches[clause.index]
    return clause.cited.replace(f", {place(match)})", ")").replace(f" ({place(match)})", "")
