"""`Router`: a question, its dialogue and perhaps a repository → `Route`."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..executors.catalog import ToolCall
from ..executors.errors import UsageError
from .arguments import describes, fill
from .dialogue import Turn, render
from .link import Link, Linker, absent_name, link_call
from .model import Model

MODEL_FOLDER = Path(__file__).resolve().parent.parent / "models" / "router"
MAX_QUESTION = 2_000  # characters
WORDED_TOOLS = frozenset({"explain", "locate", "compare"})
DESCRIBED = ("explain", "locate")
ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another call that the question may mean, and how sure the model is of it, in [0, 1]."""

    call: ToolCall
    confidence: float


@dataclass(frozen=True, slots=True)
class Route:
    """The call that answers a question.

    `confidence` is calibrated, in [0, 1]; `alternatives` are the next best calls, best first;
    `needs_wording` says whether the answer is prose (explain, locate, compare) or the tool's list;
    `links` are the typed words that the call spells as the repository does (see `Link`).
    """

    call: ToolCall
    confidence: float
    alternatives: tuple[Alternative, ...] = ()
    needs_wording: bool = False
    links: tuple[Link, ...] = ()


class Router:
    """Decides which tool answers a question. Thread-safe; the model loads at the first question.

    `model_dir` holds `model.onnx`, `tokenizer.json` and `manifest.json` (default: the shipped one);
    `ModelError` is raised at the first question when they are missing or broken.
    """

    def __init__(self, model_dir: Path | None = None) -> None:
        self.model_dir = model_dir if model_dir is not None else MODEL_FOLDER
        self._model: Model | None = None
        self._lock = threading.Lock()

    @property
    def model(self) -> Model:
        """The loaded model."""
        with self._lock:
            if self._model is None:
                self._model = Model(self.model_dir)
            return self._model

    def route(
        self, question: str, history: Sequence[Turn] = (), linker: Linker | None = None
    ) -> Route:
        """The call for one question; with a `linker`, names are spelled as the repository does, and a plain
        word that is no name of it makes the question one for what it describes (see `absent_name`).

        Raises `UsageError` for an empty question or one of over 2,000 characters.
        """
        question = question.strip()
        if not question:
            raise UsageError("The question is empty; ask something like 'who calls main?'.")
        if len(question) > MAX_QUESTION:
            raise UsageError(
                f"The question has {len(question)} characters; {MAX_QUESTION} is the most."
            )
        context = render(history)
        prediction = self.model.predict(question, context)
        calls: list[Alternative] = []
        for tool, share in prediction.tools:
            if len(calls) > ALTERNATIVES or (calls and share < 0.01):
                break
            call = fill(tool, question, context, history, prediction)
            if call is not None:
                calls.append(Alternative(call, share))
        best = calls[0]
        call, links = best.call, ()
        if linker is not None:
            call, links = link_call(best.call, linker, question)
        absent = absent_name(call, question, linker) if linker is not None else ""
        if absent or describes(call, question):
            tool = next(tool for tool, _ in prediction.tools if tool in DESCRIBED)
            described = fill(tool, question, context, history, prediction)
            if described is not None:
                calls = [best, *(other for other in calls[1:] if other.call.tool != tool)]
                call = described
                if call.text("name") == absent:
                    call = call.with_arguments(name=None)
                links = (Link(absent, (), "absent"),) if absent else ()
        return Route(call, best.confidence, tuple(calls[1:]), call.tool in WORDED_TOOLS, links)

    def route_many(
        self,
        questions: Iterable[tuple[str, Sequence[Turn]]],
        linker: Linker | None = None,
    ) -> list[Route]:
        """`route` for each (question, history), in order."""
        return [self.route(question, history, linker) for question, history in questions]
