"""The clause selector: which one to four clauses answer *this* question, and in what order.

A network of one hidden layer over features of question, place and clause, distilled from the traces:
it predicts how much of a clause the teacher used. Without its file the clauses keep a fixed order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from ..executors.errors import ModelError
from ..executors.onnx import session
from ..executors.results import ToolResult
from .clauses import KINDS, Clause, clauses

FOLDER: Final = Path(__file__).resolve().parent.parent / "models" / "selector"
MOST: Final = 4
MOST_WORDS: Final = 75
LEADS: Final = ("doc", "head")
TOOLS: Final = ("explain", "locate", "compare", "show_symbol", "find_definition")
ASKS: Final = (
    r"\bhow (?:do|does|is|are|can|did)\b|\bexplain\b|\bmechanism\b", r"\bwhy\b|\breason\b|\bpurpose\b",
    r"\bwhat (?:does|do|is|are|happens)\b|\bmeaning\b", r"\bwhere\b|\bwhich (?:file|function|class)\b",
    r"\bwhen\b|\bunless\b|\bif\b|\bcondition\b", r"\bwho\b|\bcalls?\b|\bcalled\b|\buse[ds]?\b",
    r"\breturns?\b|\bgives?\b|\bresults?\b", r"\braises?\b|\berrors?\b|\bexceptions?\b|\bfails?\b|\bthrows?\b",
    r"\bdefault\b|\bvalue\b|\bset\b|\bhow (?:long|many|much)\b", r"\bparam|\bargument|\btake[s]?\b|\bpass\b|\bsignature\b",
    r"^(?:is|are|does|do|can|has|have|will)\b", r"\bdifference\b|\bvs\.?\b|\bversus\b|\bcompare",
)  # fmt: skip
_ASKS: Final = [re.compile(pattern, re.IGNORECASE) for pattern in ASKS]
# A question that names the kind of fact gets it, however few of the traces asked for it.
ASKED: Final = {
    "returns": re.compile(r"\breturns?\b", re.IGNORECASE),
    "raises": re.compile(r"\braises?\b|\bthrows?\b|\bexceptions?\b", re.IGNORECASE),
    "takes": re.compile(r"\bparam|\bargument|\bsignature\b|\btakes?\b", re.IGNORECASE),
    "callers": re.compile(r"\bwho\b|\bcalled\b|\bcallers?\b|\bused\b", re.IGNORECASE),
    "callees": re.compile(r"\bcalls?\b", re.IGNORECASE),
}
KNOWN: Final = 0.6  # their least score
_HUMP: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENDING: Final = re.compile(r"(?:ing|ed|es|s|er|ly|e)$")
_STOP: Final = frozenset(
    ["the", "a", "an", "of", "to", "in", "is", "are", "it", "its", "and", "or", "for", "on", "by",
     "with", "that", "this", "as", "at", "be", "do", "does", "how", "what", "where", "why", "when",
     "which", "from", "if", "not", "has", "have", "there", "line", "under", "call", "return", "set",
     "take", "written", "say", "comment", "self", "none", "can", "was", "we", "you", "i", "into"]
)  # fmt: skip


def stems(text: str) -> list[str]:
    """The words of a text or of code, humps split, endings cut, the commonest left out."""
    words = (word.lower() for word in _HUMP.findall(text))
    cut = (_ENDING.sub("", word) if len(word) > 4 else word for word in words)
    return [word for word in cut if len(word) > 1 and word not in _STOP]


def features(question: str, result: ToolResult, made: Sequence[Clause]) -> list[list[float]]:
    """One row of numbers a clause; all within about [0, 1]."""
    asked = set(stems(question))
    places = [set(stems(f"{m.name} {m.text}")) for m in result.matches]
    names = [set(stems(m.name)) for m in result.matches]
    kinds = [float(pattern.search(question) is not None) for pattern in _ASKS]
    tools = [float(result.call.tool == tool) for tool in TOOLS]
    count = len(result.matches)
    often: dict[str, int] = {}
    for place in places:
        for word in place:
            often[word] = often.get(word, 0) + 1
    weights = {word: 1.0 / often.get(word, 1) for word in asked}
    total = sum(weights.values()) or 1.0
    named = set(stems(result.call.text("name")))
    rows: list[list[float]] = []
    seen: list[set[str]] = []
    for clause in made:
        own = set(stems(clause.gist or clause.text))
        at = clause.index
        fit = [sum(weights[w] for w in asked & p) / total for p in (own, places[at], names[at])]
        best = max((sum(weights[w] for w in asked & p) for p in places), default=0.0) / total
        before = set().union(*seen) if seen else set()
        match = result.matches[at]
        rows.append([
            *(float((clause.kind if clause.kind != "callees" else "calls") == kind) for kind in KINDS), *kinds, *tools,
            *fit, fit[1] - best, len(asked & own) / 4, len(own - asked) / 12,
            len(own & before) / (len(own) or 1), min(len(asked), 12) / 12,
            float(at == 0), 1 / (1 + at), min(count, 8) / 8, clause.order / 8,
            float(match.role == "definition"), float(match.role == "relevant"),
            float(match.role in ("call", "member", "write", "test")), float(match.certain),
            float(bool(named) and named <= names[at]), min(len(clause.text), 300) / 300,
            float("err != nil" in clause.text or "None" in clause.gist),
            min(match.text.count("\n"), 40) / 40,
        ])  # fmt: skip
        seen.append(own)
    return rows


class Selector:
    """The shipped model; `ModelError` where its file is missing or broken."""

    def __init__(self, folder: Path = FOLDER) -> None:
        try:
            self._session = session(folder / "model.onnx")
            manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
            self.least = float(manifest["least"])
        except Exception as error:  # onnxruntime raises its own
            raise ModelError(
                f"The clause selector in '{folder}' cannot be read; reinstall codeask or run "
                "'codeask distill train-selector'."
            ) from error

    def scores(self, question: str, result: ToolResult, made: Sequence[Clause]) -> list[float]:
        """How much of each clause the teacher would use, in [0, 1]."""
        import numpy as np

        if not made:
            return []
        rows = np.asarray(features(question, result, made), dtype=np.float32)
        return [float(score) for score in self._session.run(["use"], {"rows": rows})[0]]

    def choose(self, question: str, result: ToolResult) -> list[Clause]:
        """The one to four clauses that answer the question, in the order to say them."""
        made = clauses(result, question)
        scores = self.scores(question, result, made)
        asked = {kind for kind, pattern in ASKED.items() if pattern.search(question)}
        for at, clause in enumerate(made):
            if clause.kind == "differs" or (clause.kind in asked and clause.index == 0):
                scores[at] = max(scores[at], KNOWN)
        return pick(made, scores, self.least, sides(result))


def pick(
    made: Sequence[Clause], scores: Sequence[float], least: float, sides: int = 1
) -> list[Clause]:
    """The best clauses by score, less what was said already; grouped by place, best place first.

    What the best place is comes first, so that the rest can be understood; of `sides` things
    compared, what each is.
    """
    left = list(range(len(made)))
    chosen: list[int] = []
    said: set[str] = set()
    words = 0

    def worth(at: int) -> float:
        own = set(stems(made[at].gist or made[at].text))
        return scores[at] * (1 - 0.8 * len(own & said) / (len(own) or 1))

    def take(at: int) -> None:
        nonlocal words, said
        chosen.append(at)
        left.remove(at)
        words += len(made[at].text.split())
        said |= set(stems(made[at].gist or made[at].text))

    for at in _leads(made, scores, sides):
        take(at)
    while left and len(chosen) < MOST:
        best = max(left, key=worth)
        if worth(best) < least or words + len(made[best].text.split()) > MOST_WORDS:
            break
        take(best)
    _introduce(made, chosen)
    places = list(dict.fromkeys(made[at].index for at in chosen))
    first = {at: made[at].kind not in LEADS for at in chosen}
    chosen.sort(
        key=lambda at: (
            made[at].kind == "differs", places.index(made[at].index), first[at], made[at].order,
        )
    )  # fmt: skip
    return [made[at] for at in chosen]


def _introduce(made: Sequence[Clause], chosen: list[int]) -> None:
    """Adds what a place is documented as where more is said of it, in the stead of a later place of
    which only the name would be told."""
    for index in dict.fromkeys(made[at].index for at in chosen):
        kinds = [made[at].kind for at in chosen if made[at].index == index]
        lead = next((at for at, c in enumerate(made) if c.index == index and c.kind == "doc"), None)
        if lead is None or any(kind in (*LEADS, "differs") for kind in kinds):
            continue
        told = [made[at].index for at in chosen]
        bare = [
            at for at in chosen
            if made[at].kind == "head" and made[at].index > index and told.count(made[at].index) == 1
        ]  # fmt: skip
        if bare:
            chosen[chosen.index(bare[-1])] = lead
        elif len(chosen) < MOST:
            chosen.append(lead)


def _leads(made: Sequence[Clause], scores: Sequence[float], sides: int) -> list[int]:
    """The clauses to begin with: what the place of the best clause is (with no side: the first
    place), or each of `sides` places."""
    if not made:
        return []
    best = made[max(range(len(made)), key=lambda at: scores[at])].index
    wanted = list(range(sides)) if sides > 1 else [0 if sides == 0 else best]
    return [at for at, c in enumerate(made) if c.kind in LEADS and c.index in wanted]


def sides(result: ToolResult) -> int:
    """How many places have to be told: the things compared, 0 where the first one has to lead.

    That is a named one, and of places that are looked for the likeliest.
    """
    if result.call.tool == "compare" or not result.matches:
        return min(2, len(result.matches))
    if result.call.tool == "locate":
        return 0
    asked = result.call.text("name").rpartition(".")[2].lower()
    named = bool(asked) and result.matches[0].name.lower().endswith(asked)
    return 0 if named and result.matches[0].role == "definition" else 1


@lru_cache(maxsize=1)
def shipped() -> Selector | None:
    """The shipped selector, loaded once; None where it is not there."""
    return Selector() if (FOLDER / "model.onnx").is_file() else None
