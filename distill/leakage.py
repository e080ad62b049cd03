"""What training rows may share with rows of other splits: nothing that would let a model remember.

Three things give a codebase away: a question asked of both, a symbol of distinctive name, and a
piece of source text (vendored or copied files). Common words and short pieces do not count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .traces import TeacherTrace

LEAST_SYMBOL = 10  # characters; shorter names are vocabulary
LEAST_TEXT = 120  # characters of source that are no coincidence
COMMON = 3  # a symbol shown in this many codebases is vocabulary too
_CODE = re.compile(r"[A-Za-z_$][\w$]*")
_PARTED = re.compile(r"[a-z0-9][A-Z]|[A-Za-z0-9]_[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Leak:
    """A training trace that shares `what` of `sort` with another split."""

    id: str
    sort: str
    what: str


def question_key(question: str) -> str:
    """A question without case, punctuation and spacing; names keep their letters."""
    return " ".join(re.findall(r"\w+", question.lower()))


def symbols(trace: TeacherTrace) -> set[str]:
    """Distinctive names that the question or its call speaks of."""
    said = [trace.question, *(str(value) for c in trace.calls for value in c.arguments.values())]
    return {
        name
        for text in said
        for name in _CODE.findall(text)
        if len(name) >= LEAST_SYMBOL and _PARTED.search(name)
    }


def texts(trace: TeacherTrace) -> set[str]:
    """The pieces of source among the evidence that are long enough to be no coincidence."""
    squeezed = (" ".join(match.text.split()) for match in trace.evidence)
    return {text for text in squeezed if len(text) >= LEAST_TEXT}


def leaks(training: Iterable[TeacherTrace], others: Sequence[TeacherTrace]) -> list[Leak]:
    """Every training trace that shares something with `others`, with the first thing it shares."""
    shown: Counter[str] = Counter()
    for names in _names_by_repo(others).values():
        shown.update(names)
    questions = {question_key(trace.question) for trace in others if symbols(trace)}
    questions |= {
        key for key in (question_key(t.question) for t in others) if len(key.split()) >= 4
    }
    names = {name for name, count in shown.items() if count < COMMON}
    pieces = {text for trace in others for text in texts(trace)}
    repos = {trace.repo for trace in others}
    found: list[Leak] = []
    for trace in training:
        key = question_key(trace.question)
        shared_names = sorted(symbols(trace) & names)
        shared_texts = sorted(texts(trace) & pieces)
        if trace.repo in repos:
            found.append(Leak(trace.id, "codebase", trace.repo))
        elif key in questions:
            found.append(Leak(trace.id, "question", trace.question))
        elif shared_names:
            found.append(Leak(trace.id, "symbol", shared_names[0]))
        elif shared_texts:
            found.append(Leak(trace.id, "text", shared_texts[0][:80]))
    return found


def _names_by_repo(traces: Sequence[TeacherTrace]) -> Mapping[str, set[str]]:
    names: dict[str, set[str]] = {}
    for trace in traces:
        names.setdefault(trace.repo, set()).update(symbols(trace))
    return names
