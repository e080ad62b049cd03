"""`Trace`: all that happened for one question, as one JSON line that can be replayed and learned
from."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..executors.catalog import ToolCall
from ..executors.errors import UsageError
from ..executors.results import ToolResult
from ..formatter import Answer, route_json

if TYPE_CHECKING:
    from ..router.dialogue import Turn
    from .agent import AgentRun


@dataclass(frozen=True, slots=True)
class Trace:
    """One question and its answer. `time` is seconds since 1970, `commit` "" outside of git.

    In agent mode `run` has the whole conversation and every call, `seed` what sampling began from.
    """

    question: str
    repo: str
    answer: Answer
    history: tuple[Turn, ...] = ()
    commit: str = ""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    time: float = 0.0
    run: AgentRun | None = None
    seed: int = 0

    @classmethod
    def of(
        cls, question: str, root: Path, answer: Answer, history: Sequence[Turn],
        timings_ms: Mapping[str, float], run: AgentRun | None = None,
    ) -> Trace:  # fmt: skip
        """The trace of an answer just given, with the repository's commit and the time."""
        return cls(
            question,
            str(root),
            answer,
            tuple(history),
            commit_of(root),
            timings_ms,
            time.time(),
            run,
        )

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON values."""
        answer, run = self.answer, self.run
        results = [*([answer.result] if answer.result is not None else []), *answer.also]
        looked: list[tuple[ToolCall, ToolResult | None]] = [(r.call, r) for r in results]
        if run is not None:
            looked = list(run.looked)
        record: dict[str, Any] = {
            "version": 1,
            "time": round(self.time, 3),
            "question": self.question,
            "history": [
                {"question": turn.question, "call": turn.call.to_json()} for turn in self.history
            ],
            "repo": self.repo,
            "commit": self.commit,
            "route": route_json(answer.route),
            "calls": [call.to_json() for call, _ in looked],
            "results": [result.to_json() if result else None for _, result in looked],
            "answer": {
                "text": answer.text,
                "citations": list(answer.citations),
                "verified": answer.verified,
                "backend": answer.backend,
            },
            "timings_ms": dict(self.timings_ms),
            "versions": {"codeask": version(), "python": platform.python_version()},
        }
        if run is not None:
            record["agent"] = {
                "model": answer.backend,
                "seed": self.seed,
                "stopped": run.stopped,
                "text": run.text,  # as the model wrote it; `answer` is what was shown
                "new_tokens": run.figures.new_tokens,
                "prompt_tokens": run.figures.prompt_tokens,
                "problems": [step.problem for step in run.steps if step.problem],
                "messages": [dict(message) for message in run.messages],
            }
        return record

    def append_to(self, file: Path) -> None:
        """Appends the record as one line; `UsageError` when the file cannot be written."""
        line = json.dumps(self.to_json()) + "\n"
        try:
            with file.open("a", encoding="utf-8") as stream:
                stream.write(line)
        except OSError as error:
            raise UsageError(f"The trace file '{file}' cannot be written: {error}.") from error


def commit_of(root: Path) -> str:
    """The commit that is checked out at `root`, "" where git does not know one."""
    command = ["git", "-C", str(root), "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def version() -> str:
    """The installed version of codeask, "unknown" when it runs from its source folders."""
    from importlib import metadata

    try:
        return metadata.version("codeask")
    except metadata.PackageNotFoundError:
        return "unknown"
