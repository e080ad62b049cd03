"""Plain wording: the sentences of an answer, made from the result alone, with no model."""

from __future__ import annotations

import re

from ..executors.results import ToolResult
from .absent import ABSENT, BY_TEXT
from .clauses import Clause, clauses
from .found import FOUND
from .selector import shipped
from .verify import Verifier
from .view import View
from .words import number, searched

# Their places are told of by clauses; of the others the places themselves are the answer.
BY_CLAUSES = frozenset(["locate", "explain", "compare"])
_NAMED = re.compile(r"^(`[^`]+`) is (?=an? )")


def sentences(result: ToolResult, question: str = "", *, cite: bool = True) -> str:
    """The answer's sentences: the direct one, then what must be known to believe it.

    What `locate`, `explain` and `compare` found is told by the clauses that answer the question,
    each with its citation; `cite=False` is for places whose numbers mean something else.
    """
    view = View(result)
    if result.status == "failed":
        return f"The search failed: {result.note or 'no reason was given.'}"
    parts = [_direct(view)]
    if result.call.tool in BY_CLAUSES and result.matches and view.call.text("mode") != "count":
        chosen = chosen_clauses(result, question)
        told = _told(chosen, cite=cite)
        others = view.count - len({clause.index for clause in chosen})
        parts = _led(view, told, others) if told else parts
    if view.cut and view.call.text("mode", "list") == "list":
        listed = len(result.matches)
        parts.append(f"The first {listed:,} of {result.total:,} are listed.")
    if result.note and result.note not in parts:
        parts.append(result.note)
    return " ".join(part for part in parts if part)


def chosen_clauses(result: ToolResult, question: str) -> list[Clause]:
    """The clauses that answer the question: the selector's, or in a fixed order without it."""
    selector = shipped()
    chosen = fixed(result) if selector is None else selector.choose(question, result)
    verifier = Verifier(question, result)  # whatever the clause's making missed
    return [clause for clause in chosen if verifier.check(clause.cited).verified]


def fixed(result: ToolResult) -> list[Clause]:
    """The first two places, and two clauses more about the first: an order that knows no question."""
    made = clauses(result)
    return [c for c in made if c.order == 0][:2] + [c for c in made if c.index == 0 and c.order][:2]


def _told(chosen: list[Clause], *, cite: bool) -> list[str]:
    """The clauses as sentences; what was just named is not named again."""
    told: list[str] = []
    for at, clause in enumerate(chosen):
        text = clause.cited if cite else clause.text
        before = chosen[at - 1] if at else None
        if before is not None and before.index == clause.index and clause.kind != "differs":
            text = re.sub(
                r"^`[^`]+` (?=(?:calls|returns|raises|takes|has|sets|is|extends)\b)", "It ", text
            )
            text = re.sub(r"^In `[^`]+`, ", "There, ", text)
            text = re.sub(r"^A comment in `[^`]+` says", "A comment there says", text)
        told.append(text)
    return told


def _led(view: View, told: list[str], others: int) -> list[str]:
    """The clauses with the word that says yes, and how sure the places are."""
    sure = "Possibly: " if view.unsure else ""
    named = _NAMED.sub(r"\1, ", told[0].removeprefix("One place is "), count=1)
    if view.call.text("mode") == "exists" and not sure:
        sure = "Yes, " if named.startswith("in ") else "Yes, see " if named != told[0] else "Yes: "
        told = [named, *told[1:]]
    elif view.call.tool == "locate" and not sure:
        sure = "The likeliest place is "
        told = [named, *told[1:]]
    tail = [f"{number(others, 'other place')} may matter too."] if others > 0 else []
    return [sure + told[0], *told[1:], *(tail if view.call.tool == "locate" else [])]


def _direct(view: View) -> str:
    result, mode = view.result, view.call.text("mode", "list")
    if not result.matches and result.status == "timeout":
        return "Nothing was found before the time ran out, so this is no proof that there is none."
    if mode == "exists":
        exists = view.facts.get("exists")
        if not (result.matches if exists is None else exists):
            return f"No, there is {_absent(view)}"
        if not result.matches:
            return "Yes."
        return ("Possibly: " if view.unsure else "Yes, ") + _lower(FOUND[view.call.tool](view))
    if mode == "count" and not view.count:
        return f"0: {_absent(view)}"
    if not result.matches:
        names = view.facts.get("names")
        if isinstance(names, (list, tuple)) and names and view.call.tool != "list_dependencies":
            return FOUND[view.call.tool](view)
        return f"Nothing found: {_absent(view)}"
    known = "So far: " if view.facts.get("unread") else ""
    return known + ("Possibly: " if view.unsure else "") + FOUND[view.call.tool](view)


def _lower(text: str) -> str:
    """A sentence behind "Yes, ": its first word small, unless it is a name."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _absent(view: View) -> str:
    what = ABSENT[view.call.tool](view)
    scope = searched(view.result.scope, by_text=view.call.tool in BY_TEXT)
    return f"{what} in {scope}." if scope else f"{what}."
