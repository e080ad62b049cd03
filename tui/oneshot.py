"""What `ask` does once its options are parsed: one question, or a batch of them."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..assistant import Assistant, Config
from ..assistant.assistant import checked_question
from ..executors.catalog import TOOLS, ToolCall, get_tool
from ..executors.errors import CodeaskError, UsageError
from ..executors.repository import find_root
from ..formatter import Answer, GivenRoute, RouteLike, line
from . import records, render
from .clock import since_process_start

if TYPE_CHECKING:
    from ..assistant.agent import AgentRun
    from ..router.dialogue import Turn


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to answer: a question with its earlier turns, or a call that is given."""

    question: str
    history: tuple[Turn, ...] = ()
    call: ToolCall | None = None


def run(options: argparse.Namespace, assistant: Assistant | None = None) -> int:
    """Answers what the options ask for; gives the exit code, raises `CodeaskError`."""
    _check_combination(options)
    # what is wrong with the request is said before what may be wrong with the repository
    request = _request(options) if options.batch is None else None
    if assistant is None:
        flags = {"timeout": options.timeout, "threshold": options.threshold}
        flags["mode"] = "agent" if options.agent else None
        root = Path(options.repo) if options.repo else find_root(Path.cwd())
        assistant = Assistant(root, config=Config.load(flags))
    session = _Session(options, assistant, since_process_start() * 1000)
    if request is not None:
        return session.answer(request)
    return session.batch(_batch_lines(str(options.batch)))


def _check_combination(options: argparse.Namespace) -> None:
    if options.arg and options.tool is None:
        raise UsageError("--arg belongs to --tool; name the tool, for example --tool find_callers")
    if options.batch is not None and (options.words or options.tool is not None):
        raise UsageError(
            "--batch takes its questions from the file; leave out question and --tool."
        )
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"--limit is a whole number from 1, not '{options.limit}'.")


def _request(options: argparse.Namespace) -> Request:
    question = " ".join(options.words)
    if question == "-":
        question = sys.stdin.buffer.read().decode("utf-8", "replace")
    if options.tool is None:
        return Request(checked_question(question))
    call = ToolCall(options.tool, arguments_of(options.tool, options.arg))
    return Request(question.strip(), call=call)


def arguments_of(tool: str, pairs: Iterable[str]) -> dict[str, Any]:
    """The arguments of `--arg key=value …`; a repeated key makes a list where the tool takes one."""
    known = get_tool(tool)
    arguments: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--arg takes KEY=VALUE, not '{pair}'; for example --arg name=main")
        key = key.strip()
        if key in arguments:
            if known.argument(key).type != "strings":
                raise UsageError(f"--arg {key} is given twice; give it once.")
            value = f"{arguments[key]},{value}"
        arguments[key] = value
    return arguments


def _batch_lines(name: str) -> Iterable[str]:
    if name == "-":
        return (raw.decode("utf-8", "replace") for raw in sys.stdin.buffer)
    try:
        return Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"The batch file '{name}' cannot be read: {reason}.") from error


def parse_line(text: str) -> Request:
    """A line of a batch: `{"question": …, "history": […]}`, or `{"call": …}` to skip the router."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UsageError(f"this is not JSON ({error}).") from error
    if not isinstance(data, Mapping):
        raise UsageError('this is no object like {"question": "who calls main?"}.')
    question, history = data.get("question", ""), data.get("history") or []
    if not isinstance(question, str) or not isinstance(history, list):
        raise UsageError("'question' is a text and 'history' a list.")
    call = data.get("call")
    if call is not None:
        if not isinstance(call, Mapping):
            raise UsageError("'call' is an object with 'tool' and 'arguments'.")
        return Request(question, call=ToolCall.from_json(call))
    return Request(checked_question(question), tuple(_turn(turn) for turn in history))


def _turn(data: object) -> Turn:
    from ..router.dialogue import Turn

    if not isinstance(data, Mapping) or not isinstance(data.get("call"), Mapping):
        raise UsageError("every turn of 'history' has a 'question' and a 'call'.")
    return Turn(str(data.get("question", "")), ToolCall.from_json(data["call"]))


@dataclass
class _Session:
    """One run of `ask`. `startup` (milliseconds) is spent on the first question only."""

    options: argparse.Namespace
    assistant: Assistant
    startup: float

    def answer(self, request: Request) -> int:
        """Answers, prints, traces; gives the exit code."""
        if self.options.route_only:
            return self._route(request)
        run = None
        if self.assistant.config.mode == "agent" and request.call is None:
            run = self.assistant.run_agent(request.question, request.history)
        answer = self.assistant.agent_answer(run) if run is not None else self._ask(request)
        timings = self._timings(answer.timings_ms)
        if self.options.json:
            record = records.answer_record(request.question, self._repo, answer, timings)
            _print_json(record)
        else:
            lines = render.layout(answer, render.width_of(sys.stdout))
            render.write(lines, sys.stdout, self.assistant.repository.root)
        self._tell(timings, answer.backend)
        if self.options.explain:
            for told in left_out(answer):
                print(told, file=sys.stderr)
        if self.options.trace:
            self._trace(request, answer, timings, run)
        return 2 if answer.failed else 0 if answer.found else 1

    def batch(self, lines: Iterable[str]) -> int:
        """Answers every line in order; a bad one is reported and the rest still answered."""
        code = 0
        for number, text in enumerate(lines, start=1):
            if not text.strip():
                continue
            question = ""
            try:
                request = parse_line(text)
                question = request.question
                if not self.options.json:
                    title = question or str(request.call)
                    sys.stdout.write(f"# {render.line(title)}\n")
                self.answer(request)
            except CodeaskError as error:
                code = 2
                message = f"Line {number}: {error}"
                if self.options.json:
                    _print_json(records.error_record(question, self._repo, number, message))
                else:
                    print(f"ask: {message}", file=sys.stderr)
            if not self.options.json:
                sys.stdout.write("\n")
            sys.stdout.flush()
        return code

    @property
    def _repo(self) -> str:
        return str(self.assistant.repository.root)

    def _limited(self, call: ToolCall) -> ToolCall:
        limit = self.options.limit
        if limit is None or not TOOLS[call.tool].runs:
            return call
        return call.with_arguments(limit=limit)

    def _ask(self, request: Request) -> Answer:
        if request.call is not None:
            return self.assistant.run(self._limited(request.call))
        return self.assistant.ask(request.question, request.history, limit=self.options.limit)

    def _route(self, request: Request) -> int:
        started = time.perf_counter()
        route: RouteLike
        if request.call is not None:
            route = GivenRoute(request.call)
        else:
            route = self.assistant.route(request.question, request.history)
        timings = self._timings({"route": (time.perf_counter() - started) * 1000})
        if self.options.json:
            _print_json(records.route_record(request.question, self._repo, route, timings))
        else:
            lines = [render.route_line(route)]
            render.write(lines, sys.stdout, self.assistant.repository.root)
        self._tell(timings, "")
        return 0 if TOOLS[route.call.tool].runs else 1

    def _timings(self, stages: Mapping[str, float]) -> dict[str, float]:
        startup, self.startup = self.startup, 0.0
        return records.timings(stages, startup)

    def _tell(self, timings: Mapping[str, float], backend: str) -> None:
        if self.options.timings:
            parts = [f"{stage} {timings[stage]:.0f} ms" for stage in records.STAGES]
            worded = f" · worded by {backend}" if backend else ""
            print(" · ".join(parts) + worded, file=sys.stderr)

    def _trace(
        self, request: Request, answer: Answer, timings: Mapping[str, float], run: AgentRun | None
    ) -> None:
        from ..assistant.trace import Trace

        root = self.assistant.repository.root
        trace = Trace.of(request.question, root, answer, request.history, timings, run)
        trace.append_to(Path(self.options.trace))


def left_out(answer: Answer) -> list[str]:
    """A line for each sentence of a model that was left out, with the reasons; and its failure."""
    lines = [
        f"left out: {line(checked.text)} ({line('; '.join(checked.problems))})"
        for checked in answer.dropped
    ]
    return [*lines, f"the model failed: {answer.failure}"] if answer.failure else lines


def _print_json(record: Mapping[str, object]) -> None:
    # ASCII only: no control character or half of a surrogate pair can reach a terminal or a parser
    sys.stdout.write(json.dumps(record, ensure_ascii=True) + "\n")
