"""Plain wording: the sentences of an answer, made from the result alone, with no model."""

from __future__ import annotations

from ..executors.results import ToolResult
from .absent import ABSENT, BY_TEXT
from .found import FOUND
from .view import View
from .words import searched


def sentences(result: ToolResult) -> str:
    """The answer's sentences: the direct one, then what must be known to believe it."""
    view = View(result)
    if result.status == "failed":
        return f"The search failed: {result.note or 'no reason was given.'}"
    parts = [_direct(view)]
    if view.cut and view.call.text("mode", "list") == "list":
        listed = len(result.matches)
        parts.append(f"The first {listed:,} of {result.total:,} are listed.")
    if result.note and result.note not in parts:
        parts.append(result.note)
    return " ".join(part for part in parts if part)


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
        return ("Possibly: " if view.unsure else "Yes, ") + FOUND[view.call.tool](view)
    if mode == "count" and not view.count:
        return f"0: {_absent(view)}"
    if not result.matches:
        names = view.facts.get("names")
        if isinstance(names, (list, tuple)) and names and view.call.tool != "list_dependencies":
            return FOUND[view.call.tool](view)
        return f"Nothing found: {_absent(view)}"
    return ("Possibly: " if view.unsure else "") + FOUND[view.call.tool](view)


def _absent(view: View) -> str:
    what = ABSENT[view.call.tool](view)
    scope = searched(view.result.scope, by_text=view.call.tool in BY_TEXT)
    return f"{what} in {scope}."
