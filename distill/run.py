"""`codeask distill run`: the whole distillation from one TOML file, safe to leave overnight.

Every step is a process of its own with a log. What has been done with the same settings and the same
input is not done again; a step that fails is told, with its log and the command to go on, and the
steps that do not need it still run. The steps themselves go on from where they were killed.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..executors.errors import UsageError
from . import summary
from .ledger import key_of
from .traces import SHIPPED

EXAMPLE = """\
out = "distillation"              # everything is written below this folder
shipped_traces = true             # learn from the traces that come with codeask too
# notify = "notify-send {message}"  # run when the pipeline ends or a step fails
# backend = "dask"                  # generate, filter and evaluate on a cluster
# dask = "tcp://scheduler:8786"     # without it one of this machine

[corpora]                         # a table without keys: the step with its defaults
[generate]                        # needs a teacher
endpoint = "http://127.0.0.1:8000/v1"
model = "a-30b-model"
own = 5
[filter]
closed_book = true                # what the teacher knows without tools is dropped
[datasets]
[train-router]
[evaluate]
system = ["plain"]
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the steps whose output it takes, and the options that the pipeline gives it."""

    name: str
    needs: tuple[str, ...] = ()


STEPS = (
    Step("corpora"),
    Step("generate", ("corpora",)),
    Step("filter", ("generate",)),
    Step("datasets", ("filter",)),
    Step("train-router", ("datasets",)),
    Step("train-formatter", ("datasets",)),
    Step("train-agent", ("datasets",)),
    Step("evaluate", ("train-router", "train-formatter", "train-agent")),
)


_SPREAD = ("generate", "filter", "evaluate")  # what goes to several processes or machines
_TEACHER = ("endpoint", "model", "key_variable", "timeout")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a TOML file asks for. `tables` are the steps' own options, by step; `backend` and `dask` say
    where those run that can be spread (see `Workers`)."""

    out: Path
    tables: Mapping[str, Mapping[str, Any]]
    shipped_traces: bool = True
    notify: str = ""
    backend: str = ""
    dask: str = ""

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Reads the file; `UsageError` names a key or step that does not exist."""
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UsageError(f"The pipeline file '{path}' cannot be read: {error}.") from error
        tables = {key: value for key, value in raw.items() if isinstance(value, dict)}
        known = [step.name for step in STEPS]
        for key in raw:
            if key not in (*known, "out", "shipped_traces", "notify", "backend", "dask"):
                raise UsageError(f"{path}: there is no '{key}'; there are {', '.join(known)}.")
        out = Path(raw.get("out", "distillation"))
        return cls(
            out if out.is_absolute() else path.parent / out, tables,
            bool(raw.get("shipped_traces", True)), str(raw.get("notify", "")),
            str(raw.get("backend", "")), str(raw.get("dask", "")),
        )  # fmt: skip

    def steps(self, only: Sequence[str] = ()) -> list[Step]:
        """The steps to run, in order."""
        for name in only:
            if name not in self.tables:
                raise UsageError(f"The pipeline file has no step '{name}'.")
        return [s for s in STEPS if s.name in self.tables and (not only or s.name in only)]

    def arguments(self, name: str) -> list[str]:
        """The options of a step: those of its table, and where its input and output are."""
        table = dict(self.tables[name])
        folder = self.out / name
        given: dict[str, Any] = {}
        if name in _SPREAD and self.backend:
            given["parallel"] = self.backend
            given |= {"dask": self.dask} if self.dask else {}
        if name == "corpora":
            given["folder"] = self.out / "codebases"
        elif name == "generate":
            given |= {"out": folder, "corpora": self.out / "codebases"}
        elif name == "filter":
            given |= {"out": folder, "traces": self._traces()}
            if table.get("closed_book"):  # it is the teacher who is asked
                teacher = self.tables.get("generate", {})
                given |= {k: teacher[k] for k in _TEACHER if k in teacher}
        elif name == "datasets":
            given["out"] = folder
            if "filter" in self.tables:
                given["traces"] = [self.out / "filter" / "kept.jsonl"]
        elif name == "train-router":
            given["out"] = folder
            if "datasets" in self.tables:
                given["data"] = [self.out / "datasets" / "router" / "train.jsonl"]
        elif name == "train-formatter":
            given["out"] = folder
            if "filter" in self.tables:
                given["traces"] = [self.out / "filter" / "kept.jsonl"]
        elif name == "train-agent":
            given |= {"out": folder, "data": self.out / "datasets" / "agent"}
        else:
            given |= {"out": folder, "corpora": self.out / "codebases"}
        if "corpora" not in self.tables:
            given.pop("corpora", None)
        return [word for key, value in {**given, **table}.items() for word in _option(key, value)]

    def _traces(self) -> list[Path]:
        made = [self.out / "generate" / "traces.jsonl"] if "generate" in self.tables else []
        return [*made, *(sorted(SHIPPED.glob("*.jsonl")) if self.shipped_traces else [])]


def _option(key: str, value: object) -> list[str]:
    flag = "--" + key.replace("_", "-")
    if isinstance(value, bool):
        return [flag] if value else []
    if isinstance(value, (list, tuple)):
        return [word for item in value for word in (flag, str(item))]
    return [flag, str(value)]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the sub-command."""
    parser.add_argument("file", type=Path, nargs="?", help="the pipeline's TOML file")
    parser.add_argument("--example", action="store_true", help="print a TOML file to start from")
    parser.add_argument("--dry-run", action="store_true", help="print the commands, run none")
    parser.add_argument("--only", action="append", default=[], help="only this step (repeatable)")
    parser.add_argument("--again", action="store_true", help="also what was done before")


def run(args: argparse.Namespace) -> int:
    """Runs the steps; exit code 2 where one failed."""
    if args.example:
        print(EXAMPLE, end="")
        return 0
    if args.file is None:
        raise UsageError("Name the pipeline's TOML file; 'run --example' prints one.")
    plan = Plan.load(args.file)
    steps = plan.steps(args.only)
    state = _State(plan.out / "state.json")
    if args.dry_run:
        for step in steps:
            done = not args.again and state.done(step.name) == _key(plan, step)
            command = shlex.join(["codeask", "distill", step.name, *plan.arguments(step.name)])
            print(f"{command}  # done before" if done else command)
        return 0
    failed: list[str] = []
    for step in steps:
        missing = [need for need in step.needs if need in failed]
        if missing:
            print(f"{step.name}: left out, it needs {', '.join(missing)}", file=sys.stderr)
            failed.append(step.name)
            continue
        key = _key(plan, step)
        if state.done(step.name) == key and not args.again:
            print(f"{step.name}: done before", file=sys.stderr)
            continue
        started = time.monotonic()
        log = plan.out / "logs" / f"{step.name}.log"
        print(f"{step.name}: running, log {log}", file=sys.stderr)
        code = _run(step.name, plan.arguments(step.name), log)
        took = time.monotonic() - started
        # The input may only now be whole: the key is what the step has worked from.
        state.record(step.name, _key(plan, step) if code == 0 else "", code, took)
        if code:
            failed.append(step.name)
            for line in _last_lines(log):
                print(f"  {line}", file=sys.stderr)
            _tell(plan, f"{step.name} failed with code {code}; see {log}, mend it, and run again: "
                        f"codeask distill run {args.file}")  # fmt: skip
        else:
            print(f"{step.name}: done in {took:.0f} s", file=sys.stderr)
    summary.write(
        plan.out, "run", settings={"steps": dict(plan.tables)},
        figures={"failed": ", ".join(failed) or "none"},
        tables={"steps": state.rows()},
    )  # fmt: skip
    ended = f"failed: {', '.join(failed)}" if failed else "all steps are done"
    _tell(plan, f"The distillation has ended; {ended}.")
    return 2 if failed else 0


def _key(plan: Plan, step: Step) -> str:
    """What decides a step's output: its options and the files that it reads."""
    arguments = plan.arguments(step.name)
    files = [Path(word) for word in arguments if word.endswith(".jsonl")]
    stamps = [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files if f.is_file()]
    return key_of(step.name, arguments, stamps)


def _run(name: str, arguments: Sequence[str], log: Path) -> int:
    log.parent.mkdir(parents=True, exist_ok=True)
    start = "import sys; from codeask.tui.cli import codeask; sys.exit(codeask())"
    command = [sys.executable, "-c", start, "distill", name, *arguments]
    # The steps import what this process imports, installed or not.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with log.open("ab") as stream:
        stream.write(f"$ codeask distill {shlex.join([name, *arguments])}\n".encode())
        stream.flush()
        done = subprocess.run(
            command, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL, env=environment,
            check=False,
        )  # fmt: skip
    # 1 is "done, but not everything": some questions of a teacher failed and can be asked again.
    return 0 if done.returncode == 1 else done.returncode


def _last_lines(log: Path, most: int = 5) -> list[str]:
    """What a step said last, cut to the width of a terminal."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [line[:200] for line in lines if line.strip()][-most:]


def _tell(plan: Plan, message: str) -> None:
    print(message, file=sys.stderr)
    if plan.notify:
        command = [part.replace("{message}", message) for part in shlex.split(plan.notify)]
        try:
            subprocess.run(command, timeout=30, check=False, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.TimeoutExpired) as error:
            print(f"The notification command failed: {error}", file=sys.stderr)


class _State:
    """Which steps are done, in `state.json`; replaced in one move after every step."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._steps: dict[str, dict[str, Any]] = {}
        if path.is_file():
            try:
                self._steps = json.loads(path.read_text(encoding="utf-8"))
            except ValueError:
                self._steps = {}

    def done(self, name: str) -> str:
        """The key that a step was last done with, "" where it was not."""
        return str(self._steps.get(name, {}).get("key", ""))

    def record(self, name: str, key: str, code: int, seconds: float) -> None:
        """Notes how a step ended."""
        self._steps[name] = {"key": key, "code": code, "seconds": round(seconds, 1)}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(self._steps, indent=1), encoding="utf-8")
        os.replace(part, self._path)

    def rows(self) -> list[tuple[str, Any]]:
        """Step and how it ended."""
        return [
            (name, "done" if step["code"] == 0 else f"failed ({step['code']})")
            for name, step in self._steps.items()
        ]
