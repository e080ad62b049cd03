"""`Assistant`: route a question, widen when it is not clear, run the tools, word the answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..executors.catalog import TOOLS, ToolCall
from ..executors.errors import ToolError, UsageError
from ..executors.index import Index
from ..executors.repository import Repository
from ..executors.results import ToolResult
from ..executors.run import run_tool
from ..executors.watch import Watch
from ..formatter import Answer, GivenRoute, RouteLike
from ..formatter.models import formatter_for
from ..formatter.wording import never
from .config import Config

if TYPE_CHECKING:
    from ..formatter.backends import Backend
    from ..router.dialogue import Turn
    from .agent import AgentRun

MAX_QUESTION = 2_000  # characters
LEAST_SECONDS = 0.2  # a tool that is given less finds nothing worth having


class RouterLike(Protocol):
    """What routes questions; `router.Router` does."""

    def route(self, question: str, history: Sequence[Turn] = ()) -> RouteLike:
        """The call to run for a question."""
        ...


def checked_question(question: str) -> str:
    """The question without surrounding blanks; `UsageError` when empty or over-long."""
    question = question.strip()
    if not question:
        raise UsageError("The question is empty; ask something, for example: ask who calls main")
    if len(question) > MAX_QUESTION:
        raise UsageError(
            f"The question has {len(question):,} characters; {MAX_QUESTION:,} are the most."
        )
    return question


class Progress(Watch):
    """A `Watch` that also sees the route and the words as soon as there are any."""

    def __init__(self) -> None:
        super().__init__()
        self.route: RouteLike | None = None
        self.sentences: list[str] = []
        self.doing = ""

    def says(self, doing: str) -> None:
        """Something that takes long is done: a model is loaded."""
        self.doing = doing

    def routed(self, route: RouteLike) -> None:
        """The router decided."""
        self.route = route

    def worded(self, sentence: str) -> None:
        """A sentence of the answer is written and verified."""
        self.sentences.append(sentence)


class Assistant:
    """Answers questions about one repository. Make it once and keep it: it stays warm.

    `repo` is a folder, or a `Repository`. Without a `router` the shipped one is loaded at the first
    question. Raises `RepositoryError`, `UsageError` and `ModelError`; what a tool cannot do is told
    in the answer instead.
    """

    def __init__(
        self,
        repo: str | Path | Repository,
        router: RouterLike | None = None,
        config: Config | None = None,
    ) -> None:
        self.config = config or Config()
        self.repository = repo if isinstance(repo, Repository) else self._opened(Path(repo))
        self._router = router
        self._formatter = formatter_for(self.config.wanted, say=self._says)
        self._watch: Progress | None = None
        self._agent: Backend | None = None

    def _opened(self, root: Path) -> Repository:
        return Repository(root, Index(root) if self.config.index else None)

    def ask(
        self, question: str, history: Sequence[Turn] = (), *, limit: int | None = None,
        watch: Progress | None = None,
    ) -> Answer:  # fmt: skip
        """Answers a question; `history` holds the earlier turns, oldest first.

        `limit` is the most places to give, whatever number the question itself asks for. `watch`
        is told of the route and of the places while they are found, and can stop the search.
        """
        if self.config.mode == "agent":
            run = self.run_agent(question, history, watch=watch)
            return self.agent_answer(run)
        self._watch = watch
        started = time.perf_counter()
        route = self.route(question, history)
        routed = _milliseconds(started)
        if watch is not None:
            watch.routed(route)
        started = time.perf_counter()
        calls = self._calls(route, checked_question(question))
        if limit is not None:
            calls = [call.with_arguments(limit=limit) for call in calls]
        results = self._execute(calls, watch)
        timings = {"route": routed, "execute": _milliseconds(started)}
        shown = watch.worded if watch is not None else None
        stopped = never if watch is None else lambda: watch.stopped
        return self._formatter.answer(
            route, results, timings, question=question, shown=shown, stopped=stopped
        )

    def _says(self, doing: str) -> None:
        if self._watch is not None:
            self._watch.says(doing)

    def run(self, call: ToolCall, *, watch: Progress | None = None) -> Answer:
        """The answer to a call that is known already; no router takes part."""
        started = time.perf_counter()
        results = self._execute([call] if TOOLS[call.tool].runs else [], watch)
        timings = {"route": 0.0, "execute": _milliseconds(started)}
        return self._formatter.answer(GivenRoute(call), results, timings)

    def run_agent(
        self, question: str, history: Sequence[Turn] = (), *, watch: Progress | None = None
    ) -> AgentRun:
        """The agent mode's run for a question: the model chooses the tools, turn by turn.

        Raises `BackendError` where no language model is configured and present.
        """
        from .agent import agent_backend, run_agent

        question = checked_question(question)
        self._watch = watch
        if self._agent is None:
            self._agent = agent_backend(self.config.wanted, say=self._says)
        # what it says without looking anything up is not shown, so it must look
        return run_agent(
            question, self.repository, self._agent, history=history, first="required", watch=watch
        )

    def agent_answer(self, run: AgentRun) -> Answer:
        """What is shown of an agent's run: the sentences that its look-ups bear out."""
        from .agent import answer_of

        return answer_of(run, self._agent.name if self._agent is not None else "agent")

    def route(self, question: str, history: Sequence[Turn] = ()) -> RouteLike:
        """The route alone: what would be run for the question."""
        question = checked_question(question)
        if self._router is None:
            self._router = _LinkedRouter(self.repository, self.config.model_dir)
        return self._router.route(question, history)

    def _calls(self, route: RouteLike, question: str) -> list[ToolCall]:
        """The calls to run: the route's own, or the two best where it is not sure; none to decline."""
        sure = route.confidence >= self.config.threshold
        if sure:
            return [route.call] if TOOLS[route.call.tool].runs else []
        likely = [route.call, *(other.call for other in route.alternatives)]
        runnable = list(dict.fromkeys(call for call in likely if TOOLS[call.tool].runs))[:2]
        if len(runnable) < 2 and not any(call.tool in ("locate", "explain") for call in runnable):
            runnable.append(ToolCall("locate", {"query": question}))
        return runnable

    def _execute(
        self, calls: Sequence[ToolCall], watch: Progress | None = None
    ) -> list[ToolResult]:
        """The results in the calls' order, those with places first; one budget for all of them."""
        deadline = time.monotonic() + self.config.timeout
        results: list[ToolResult] = []
        for index, call in enumerate(calls):
            left = deadline - time.monotonic()
            stopped = watch is not None and watch.stopped
            if results and (left < LEAST_SECONDS or stopped):
                break
            share = left if index == len(calls) - 1 else left * 0.6
            most = self.config.max_matches
            timeout = round(share, 2)
            results.append(
                run_tool(call, self.repository, timeout=timeout, max_matches=most, watch=watch)
            )
        return sorted(results, key=lambda result: not result.matches)


class _LinkedRouter:
    """The shipped router, which spells names as the repository does."""

    def __init__(self, repository: Repository, model_dir: Path | None) -> None:
        from ..router.link import linker_for  # `Assistant.run` does without them
        from ..router.router import Router

        self._router = Router(model_dir)
        self._linker = linker_for(repository)

    def route(self, question: str, history: Sequence[Turn] = ()) -> RouteLike:
        try:
            return self._router.route(question, history, self._linker)
        except ToolError:  # the machine is too busy to look names up: they stay as they were typed
            return self._router.route(question, history)


def _milliseconds(started: float) -> float:
    return (time.perf_counter() - started) * 1000
