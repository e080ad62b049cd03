"""The systems that an evaluation compares: ours in its modes, and any external command."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from ..assistant import Assistant, Config
from ..executors.catalog import TOOLS, ToolCall
from ..executors.errors import BackendError, UsageError
from ..executors.repository import Repository
from ..executors.results import ToolResult
from ..formatter.backends import Backend, ToolChoice
from ..formatter.models import Wanted
from ..router.dialogue import Turn


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a system said to one question. `places` are (path, line, name) that it shows or cites;
    `tools` how many look-ups it made; `declined`: it refused or asked back. Times are ms."""

    text: str
    places: tuple[tuple[str, int, str], ...] = ()
    tools: int = 0
    declined: bool = False
    found: bool = True
    evidence: Mapping[str, Any] | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    failed: str = ""


class System(Protocol):
    """Something that answers questions about a folder of code."""

    @property
    def name(self) -> str:
        """What the table's row is called."""
        ...

    def ask(self, question: str, history: Sequence[Turn], repo: Path) -> Outcome:
        """The outcome of one question; failures are in it, never raised."""
        ...


@dataclass(slots=True)
class Ours:
    """Router, tools and formatter; `backend` "plain" or what the configuration names, `router` the
    folder of another router than the shipped one."""

    name: str = "hybrid"
    backend: str = "plain"
    router: Path | None = None
    _assistants: dict[Path, Assistant] = field(default_factory=dict)

    def ask(self, question: str, history: Sequence[Turn], repo: Path) -> Outcome:
        if repo not in self._assistants:
            self._assistants.clear()  # one codebase after the other: no more than one stays warm
            self._assistants[repo] = Assistant(
                repo, config=Config(backend=self.backend, model_dir=self.router)
            )
        started = time.perf_counter()
        answer = self._assistants[repo].ask(question, history)
        total = (time.perf_counter() - started) * 1000
        results = [*([answer.result] if answer.result else []), *answer.also]
        places = [(m.path, m.line, m.name) for result in results for m in result.matches]
        return Outcome(
            answer.text, tuple(places), len(results), not TOOLS[answer.route.call.tool].runs,
            answer.found, _evidence(results), {**answer.timings_ms, "total": total},
        )  # fmt: skip


@dataclass(slots=True)
class Agent:
    """A language model that chooses the tools itself. `make` gives its back end, once; `first` is
    what its first turn may be."""

    name: str
    make: Callable[[], Backend]
    tools: bool = True
    first: ToolChoice = "auto"
    _backend: Backend | None = None

    def ask(self, question: str, history: Sequence[Turn], repo: Path) -> Outcome:
        from ..assistant.agent import run_agent

        if self._backend is None:
            self._backend = self.make()
        names = tuple(TOOLS) if self.tools else ()
        try:
            run = run_agent(
                question, Repository(repo), self._backend, history=history, tool_names=names,
                first=self.first,
            )  # fmt: skip
        except BackendError as error:
            return Outcome("", failed=str(error))
        cited = {int(n) for n in re.findall(r"\[(\d+)\]", run.text)}
        evidence = run.evidence
        places = [
            (m.path, m.line, m.name) for n, m in enumerate(evidence, 1) if n in cited or not cited
        ]
        return Outcome(
            run.text, tuple(places), len(run.results), run.stopped == "refused", bool(evidence),
            _evidence(run.results), {"total": run.elapsed_ms},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class External:
    """Any command. `{question}` and `{repo}` in the template are replaced; it answers on stdout."""

    name: str
    template: str
    timeout: float = 90.0

    def ask(self, question: str, history: Sequence[Turn], repo: Path) -> Outcome:
        said = " ".join([*(turn.question for turn in history), question])
        command = [
            part.replace("{question}", said).replace("{repo}", str(repo))
            for part in shlex.split(self.template)
        ]
        started = time.perf_counter()
        try:
            done = subprocess.run(
                command, cwd=repo, capture_output=True, text=True, timeout=self.timeout, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Outcome("", failed=str(error))
        total = (time.perf_counter() - started) * 1000
        lines = re.findall(r"(?m)^([\w@./+-]+\.\w+):(\d+)", done.stdout)
        places = tuple((path.removeprefix("./"), int(line), "") for path, line in lines)
        return Outcome(
            done.stdout[:20_000], places, 1 if places else 0, found=bool(done.stdout.strip()),
            timings_ms={"total": total},
        )  # fmt: skip


def _evidence(results: Sequence[ToolResult]) -> dict[str, Any] | None:
    """The results as one JSON result with its call, for the verification; at most 60 places each."""
    if not results:
        return None
    short = [replace(result, matches=result.matches[:60]) for result in results]
    return {
        "call": results[0].call.to_json(),
        **ToolResult.merged(results[0].call, short).to_json(),
    }


def parse_system(spec: str, router: Path | None = None) -> System:
    """A system from its description on the command line.

    `plain`; `hybrid`, or `hybrid:BACKEND` worded by that one; `agent:URL#MODEL`, or `agent:BACKEND:MODEL` for a local one, with `?` and,
    joined by `&`, `untrained` for the model without its adapter or `adapter=PATH` for another,
    `required` where its first turn must call a tool, `unchecked` where its calls are not confined
    to the catalogue; or `NAME=COMMAND` with {question} in it.
    """
    if spec.startswith("agent:"):
        model, _, given = spec.removeprefix("agent:").partition("?")
        options = [option for option in given.split("&") if option]
        first: ToolChoice = "auto"
        for option in options:
            if option == "required" or option == "unchecked":
                first = option
            elif option != "untrained" and not option.startswith("adapter="):
                raise UsageError(f"An agent has no option '{option}' ({spec}).")
        return Agent(spec, _Maker(model, tuple(options)), first=first)
    if "=" in spec and "{question}" in spec:
        name, _, template = spec.partition("=")
        return External(name, template)
    if spec == "plain":
        return Ours("router + plain", "plain", router)
    if spec == "hybrid":
        return Ours("hybrid", "auto", router)
    if spec.startswith("hybrid:"):
        return Ours(spec, spec.removeprefix("hybrid:"), router)
    raise UsageError(
        f"There is no system '{spec}'; there are plain, hybrid, hybrid:BACKEND, agent:URL#MODEL, "
        "agent:BACKEND:MODEL, and NAME=COMMAND with {question} in it."
    )


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes an agent's back end from its description."""

    model: str
    options: tuple[str, ...] = ()

    def __call__(self) -> Backend:
        from ..assistant.agent import agent_backend

        if self.model.startswith(("http://", "https://")):
            url, _, model = self.model.partition("#")
            return agent_backend(Wanted("openai", server=url, server_model=model or "default"))
        name, _, model = self.model.partition(":")
        paths = [o.removeprefix("adapter=") for o in self.options if o.startswith("adapter=")]
        wanted = Wanted(name, model=model, adapter=paths[0] if paths else "")
        return agent_backend(wanted, trained="untrained" not in self.options)


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain JSON values."""
    return {
        "text": outcome.text,
        "places": [list(place) for place in outcome.places[:200]],
        "tools": outcome.tools,
        "declined": outcome.declined,
        "found": outcome.found,
        "evidence": outcome.evidence,
        "timings_ms": {key: round(value, 1) for key, value in outcome.timings_ms.items()},
        "failed": outcome.failed,
    }


def evidence_result(evidence: Mapping[str, Any]) -> ToolResult:
    """The kept evidence of an outcome as a result again."""
    return ToolResult.from_json(ToolCall.from_json(evidence["call"]), evidence)
