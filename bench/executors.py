"""Our tools beside rg, ast-grep and codegraph on pinned real code, judged by oracles: one table.

    python bench/executors.py [--seen] [--binding] [--language L ...] [--names N] [--node-modules DIR]

Oracles: Python's `ast` and jedi, the TypeScript compiler's language service, javac, Ruby's Ripper;
for the rest universal-ctags and the tokens of Pygments (`oracles.others`). Without `--seen` the
codebases are those that no adapter was ever changed for. Precision and recall are over random names of each codebase; only places we call
certain count.
For callers a place is the function that calls, since codegraph tells no lines. Times are medians of
one question in milliseconds; ours warm is in process, with the index complete and checked against
the files; rg, ast-grep and codegraph are processes, as people run them. DIR of --node-modules is
where `npm i @colbymchenry/codegraph@1.6.1 typescript@5` was run; without it neither takes part.
`--binding` prints `find_callers` with each step of binding left out instead.
A new language is one entry in `BLIND`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import oracles
from binding_steps import STEPS, without
from clang_oracle import clang
from codeask.executors import grep
from codeask.executors.catalog import ToolCall
from codeask.executors.complete import update
from codeask.executors.index import Index
from codeask.executors.languages import SUFFIXES
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool
from java_oracle import javac
from oracles import Key, Truth
from sources import Pinned, fetch


@dataclass(frozen=True)
class Codebase:
    """Where a language is measured, by which oracle, and what rg and ast-grep would be asked.

    `class_word` is rg's pattern of a header with `NAME` as a supertype, "" where there is none.
    """

    source: Pinned
    oracle: Callable[[Path, random.Random, int, argparse.Namespace], Truth]
    ast_grep: str = ""  # ast-grep's name of the language
    subtype: str = ""


GO = "usr/share/gocode/src/*/*/*"
HEADER_OF_TYPE = r"\b(extends|implements|class)\b.*\bNAME\b"


def _python(source: Pinned) -> Codebase:
    return Codebase(source, oracles.python, "python", r"class \w+\(.*\bNAME\b")


def _typescript(source: Pinned) -> Codebase:
    return Codebase(source, oracles.typescript, "typescript", HEADER_OF_TYPE)


def _javascript(source: Pinned) -> Codebase:
    return Codebase(source, oracles.javascript, "javascript", HEADER_OF_TYPE)


def _java(package: str, folder: str = "*/src/main/java") -> Codebase:
    return Codebase(Pinned("debian-source", package, "", folder), javac, "java", HEADER_OF_TYPE)


def _go(package: str) -> Codebase:
    return Codebase(Pinned("debian", package, "", GO), oracles.others, "go")


def _rust(package: str) -> Codebase:
    source = Pinned("debian", package, "", "usr/share/cargo/registry/*")
    return Codebase(source, oracles.others, "rust")


def _ruby(package: str, folder: str = "usr/lib") -> Codebase:
    return Codebase(Pinned("debian", package, "", folder), oracles.ruby, "ruby")


def _other(language: str, source: Pinned) -> Codebase:
    oracle = clang if language in ("c", "cpp") else oracles.others
    return Codebase(source, oracle, language if language != "kotlin" else "")


# Adapters or binding were changed after reading differences on these. Their calls also tell which
# names are libraries' (`oracles.others`).
CODEBASES: Mapping[str, Sequence[Codebase]] = {
    "python": [
        _python(Pinned("pypi", "flask", "3.1.3")),
        _python(Pinned("pypi", "werkzeug", "3.0.4")),
        _python(Pinned("pypi", "click", "8.1.7")),
    ],
    "typescript": [
        _typescript(Pinned("npm", "rxjs", "7.8.2", "package/src")),
        _typescript(Pinned("npm", "@tanstack/query-core", "5.59.0", "package/src")),
    ],
    "javascript": [
        _javascript(Pinned("npm", "fastify", "4.28.1", "package/lib")),
        _javascript(Pinned("npm", "undici", "6.19.8", "package/lib")),
        _javascript(Pinned("npm", "koa", "2.15.3", "package/lib")),
        _javascript(Pinned("npm", "nodemailer", "6.9.15", "package/lib")),
    ],
    "go": [_go("golang-github-gin-gonic-gin-dev"), _go("golang-github-labstack-echo-dev")],
    "rust": [
        _rust("librust-itertools-dev"),
        _rust("librust-indexmap-dev"),
        _rust("librust-serde-json-dev"),
    ],
    "java": [_java("jackson-core")],
    "kotlin": [_other("kotlin", Pinned("npm", "react-native-screens", "4.4.0", "package/android"))],
    "csharp": [
        _other("csharp", Pinned("pypi", "pythonnet", "3.0.3", "*/src")),
        _other("csharp", Pinned("debian-source", "dbus-sharp", "", "dbus-sharp-*")),
    ],
    "c": [_other("c", Pinned("pypi", "brotli", "1.1.0", "*/c"))],
    "cpp": [
        _other("cpp", Pinned("debian", "rapidjson-dev", "", "usr/include")),
        _other("cpp", Pinned("debian", "libcli11-dev", "", "usr/include")),
        _other("cpp", Pinned("debian-source", "libjsoncpp", "", "jsoncpp-*")),
        _other("cpp", Pinned("debian-source", "re2", "", "re2-*")),
    ],
    "ruby": [_ruby("ruby-sinatra", "usr/share"), _ruby("ruby-mail")],
    "php": [
        _other("php", Pinned("debian", "php-doctrine-dbal", "", "usr/share")),
        _other("php", Pinned("debian", "php-guzzlehttp-guzzle", "", "usr/share")),
        _other("php", Pinned("debian", "php-league-commonmark", "", "usr/share")),
    ],
}
# Nobody had looked at these when the figures of record were taken.
BLIND: Mapping[str, Sequence[Codebase]] = {
    "python": [_python(Pinned("pypi", "mistune", "3.0.2"))],
    "typescript": [
        _typescript(Pinned("npm", "@reduxjs/toolkit", "2.2.7", "package/src")),
    ],
    "javascript": [_javascript(Pinned("npm", "knex", "3.1.0", "package/lib"))],
    "go": [_go("golang-github-hashicorp-raft-dev")],
    "rust": [_rust("librust-petgraph-dev")],
    "java": [_java("jsoup")],
    "kotlin": [
        _other(
            "kotlin", Pinned("npm", "react-native-keyboard-controller", "1.13.4", "package/android")
        )
    ],
    "csharp": [_other("csharp", Pinned("debian-source", "keepass2", "", "KeePassLib"))],
    "c": [_other("c", Pinned("debian-source", "jansson", "", "*/src"))],
    "cpp": [_other("cpp", Pinned("debian-source", "leveldb", "", "leveldb-*"))],
    "ruby": [_ruby("ruby-kramdown", "usr/share")],
    "php": [_other("php", Pinned("debian", "php-mockery", "", "usr/share"))],
}


@dataclass
class Score:
    """Precision and recall summed over names, and the milliseconds of each question."""

    right: int = 0
    wanted: int = 0
    given: int = 0
    times: list[float] = field(default_factory=list)
    slips: list[str] = field(default_factory=list)

    def add(self, name: str, found: set[Key], truth: set[Key], milliseconds: float) -> None:
        """Counts one name's answer."""
        self.right += len(found & truth)
        self.given += len(found)
        self.wanted += len(truth)
        self.times.append(milliseconds)
        self.slips += [f"{name} missed {key}" for key in sorted(truth - found, key=str)[:2]]
        self.slips += [f"{name} extra {key}" for key in sorted(found - truth, key=str)[:2]]

    def __add__(self, other: Score) -> Score:
        return Score(
            self.right + other.right, self.wanted + other.wanted, self.given + other.given,
            self.times + other.times,
        )  # fmt: skip

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (self.given + self.wanted) if self.given + self.wanted else 1.0

    def __str__(self) -> str:
        precision = self.right / self.given if self.given else 1.0
        recall = self.right / self.wanted if self.wanted else 1.0
        return f"{precision:.2f} {recall:.2f}"

    @property
    def median(self) -> float:
        """Of the questions' times."""
        return statistics.median(self.times) if self.times else 0.0


VALUE_KINDS = frozenset({"field", "property", "variable", "constant", "variant"})
Engine = Callable[[str, str], "set[Key] | None"]  # tool, name → what it finds (None: it cannot)


def ours(repository: Repository, truth: Truth) -> Engine:
    """Our tools in this process."""

    def ask(tool: str, name: str) -> set[Key]:
        arguments = dict(truth.arguments.get(tool, {}))
        if tool != "list_symbols":
            arguments["module" if tool == "find_importers" else "name"] = name
        else:
            arguments["kind"] = name
        result = run_tool(ToolCall(tool, arguments), repository, timeout=60, max_matches=100_000)
        certain = [match for match in result.matches if match.certain]
        if not truth.values and tool in ("find_definition", "show_symbol"):
            certain = [match for match in certain if match.kind not in VALUE_KINDS]
        if tool == "find_callers":
            return {truth.function_at(match.path, match.line) for match in certain}
        if tool == "list_members":
            return {(match.name.rpartition(".")[2], 0) for match in certain}
        if tool == "find_importers":
            return {(match.path, 0) for match in certain}
        return {(match.path, match.line) for match in certain}

    return ask


def ripgrep(root: Path, language: str, codebase: Codebase, truth: Truth) -> Engine:
    """What people type: the word, the word with a bracket, the word in a header."""
    patterns = {
        "find_definition": r"\bNAME\b",
        "find_references": r"\bNAME\b",
        "find_callers": r"\bNAME\(",
        "find_subclasses": codebase.subtype,
    }

    def ask(tool: str, name: str) -> set[Key] | None:
        pattern = patterns.get(tool, "")
        if not pattern:
            return None
        pattern = pattern.replace("NAME", re.escape(name.rpartition(".")[2]))
        lines = grep.lines(root, pattern, suffixes=SUFFIXES[language])
        if tool == "find_callers":
            return {truth.function_at(line.path, line.line) for line in lines}
        return {(line.path, line.line) for line in lines}

    return ask


def ast_grep(root: Path, codebase: Codebase, truth: Truth) -> Engine | None:
    """ast-grep with the pattern of a call."""
    program = shutil.which("ast-grep") or str(Path(sys.executable).with_name("ast-grep"))
    if not codebase.ast_grep or not Path(program).exists():
        return None

    def ask(tool: str, name: str) -> set[Key] | None:
        if tool != "find_callers" or not name.isidentifier():
            return None
        found: set[Key] = set()
        for pattern in (f"{name}($$$)", f"$A.{name}($$$)"):
            command = [program, "run", "-p", pattern, "-l", codebase.ast_grep, "--json=stream", "."]
            done = subprocess.run(command, cwd=root, capture_output=True, text=True)
            for text in done.stdout.splitlines():
                hit = json.loads(text)
                line = hit["range"]["start"]["line"] + 1
                found.add(truth.function_at(hit["file"].removeprefix("./"), line))
        return found

    return ask


def codegraph(root: Path, modules: Path | None, truth: Truth) -> Engine | None:
    """codegraph's own commands, over a copy of the sources that it has indexed."""
    program = modules / "node_modules" / ".bin" / "codegraph" if modules is not None else None
    if program is None or not program.exists():
        return None
    copy = Path(tempfile.mkdtemp()) / root.name
    shutil.copytree(root, copy, symlinks=True)
    environment = {**os.environ, "DO_NOT_TRACK": "1", "CODEGRAPH_TELEMETRY": "0"}

    def run(*arguments: str) -> str:
        return subprocess.run(
            [str(program), *arguments], cwd=copy, env=environment, capture_output=True, text=True
        ).stdout

    run("init", ".")

    def ask(tool: str, name: str) -> set[Key] | None:
        if tool == "find_definition":
            told = json.loads(run("query", name, "--json", "--limit", "100") or "[]")
            nodes = [hit["node"] for hit in told]
            return {(n["filePath"], n["startLine"]) for n in nodes if n["name"] == name}
        if tool == "find_callers":
            told: Any = None
            for asked in dict.fromkeys((name, name.rpartition(".")[2])):
                told = told or json.loads(
                    run("callers", asked, "--json", "--limit", "1000") or "{}"
                )
            callers = [c for d in told.get("definitions", []) for c in d["callers"]]
            callers += told.get("callers", [])
            return {(c["filePath"], c["name"]) for c in callers if c["kind"] != "file"} | {
                (c["filePath"], "") for c in callers if c["kind"] == "file"
            }
        return None

    return ask


def measure(engine: Engine | None, truth: Truth, tool: str) -> Score | None:
    """An engine's score for one tool; None where it has no such question."""
    score = Score()
    for name, wanted in truth.places[tool].items():
        if engine is None:
            return None
        started = time.perf_counter()
        found = engine(tool, name)
        if found is None:
            return None
        spent = (time.perf_counter() - started) * 1000
        if truth.paths and tool != "list_members":
            found = {key for key in found if key[0] in truth.paths}
        if tool == "find_callers":
            found -= truth.untold.get(name, set())
        score.add(name, found, wanted, spent)
    return score


@contextmanager
def prepared(
    language: str, codebase: Codebase, options: argparse.Namespace
) -> Iterator[tuple[Path, Truth, Repository]]:
    """The sources, what is true of them, and a repository with a complete index."""
    root = fetch(codebase.source, options.cache)
    options.beside = [fetch(c.source, options.cache) for c in CODEBASES[language] if c != codebase]
    truth = codebase.oracle(root, random.Random(options.seed), options.names, options)
    truth.language = language
    with tempfile.TemporaryDirectory() as folder:
        warm = Repository(root, Index(root, Path(folder)))
        update(warm)
        for _ in range(3):
            warm.listing()
        yield root, truth, warm
        if warm.index is not None:
            warm.index.close()


def rows(
    language: str, codebase: Codebase, options: argparse.Namespace, callers: dict[str, Score]
) -> Iterable[list[str]]:
    """The table's rows of one language; the scores of `find_callers` are added to `callers`."""
    with prepared(language, codebase, options) as (root, truth, warm):
        engines = {
            "ours": ours(warm, truth),
            "rg": ripgrep(root, language, codebase, truth),
            "ast-grep": ast_grep(root, codebase, truth),
            "codegraph": codegraph(root, options.node_modules, truth),
        }
        for tool in truth.places:
            scores = {name: measure(engine, truth, tool) for name, engine in engines.items()}
            own, their = scores["ours"], scores["rg"]
            assert own is not None
            if tool == "find_callers":
                for name, score in scores.items():
                    if score is not None:
                        callers[name] = callers.get(name, Score()) + score
            cold = Score()
            for name, wanted in list(truth.places[tool].items())[:5]:
                started = time.perf_counter()
                found = ours(Repository(root), truth)(tool, name) or set()
                cold.add(name, found, wanted, (time.perf_counter() - started) * 1000)
            ratio = f"{own.median / their.median:.2f}" if their and their.median else "–"
            yield [
                language, codebase.source.title, truth.oracle, tool, str(len(truth.places[tool])),
                *(str(score) if score is not None else "–" for score in scores.values()),
                f"{own.median:.1f}", f"{cold.median:.0f}",
                f"{their.median:.0f}" if their else "–", ratio,
            ]  # fmt: skip
            for slip in own.slips[: options.slips]:
                print(f"    {tool}: {slip}", file=sys.stderr)


def binding_rows(
    language: str, codebase: Codebase, options: argparse.Namespace, sums: dict[str, Score]
) -> Iterable[list[str]]:
    """`find_callers` of one language with each step of binding left out."""
    with prepared(language, codebase, options) as (_, truth, warm):
        for step in STEPS if "find_callers" in truth.places else ():
            with without(step):
                score = measure(ours(warm, truth), truth, "find_callers")
            if score is not None:
                sums[step] = sums.get(step, Score()) + score
                yield [language, codebase.source.title, step, str(score), f"{score.f1:.3f}"]


HEADER = ["language", "codebase", "oracle", "tool", "names", "ours P R", "rg P R", "ast-grep P R",
          "codegraph P R", "warm ms", "cold ms", "rg ms", "warm/rg"]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--language", action="append", choices=sorted({*CODEBASES, *BLIND}))
    parser.add_argument("--names", type=int, default=15, help="random names a tool")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slips", type=int, default=0, help="slips of ours to print a tool")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "codeask-bench")
    parser.add_argument("--node-modules", type=Path, help="where codegraph and typescript are")
    parser.add_argument("--seen", action="store_true", help="the codebases that were looked at")
    parser.add_argument("--binding", action="store_true", help="leave out the steps of binding")
    options = parser.parse_args(argv)
    header = ["language", "codebase", "binding", "P R", "F1"] if options.binding else HEADER
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header), flush=True)
    codebases = CODEBASES if options.seen else BLIND
    sums: dict[str, Score] = {}
    for language in options.language or codebases:
        if language not in codebases:
            continue
        made = binding_rows if options.binding else rows
        for codebase in codebases[language]:
            for row in made(language, codebase, options, sums):
                print("| " + " | ".join(row) + " |", flush=True)
    print("\nfind_callers, all languages together (micro average):")
    for name, score in sums.items():
        print(f"- {name}: precision, recall {score}, F1 {score.f1:.3f}")


if __name__ == "__main__":
    main()
