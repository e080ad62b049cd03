"""`codeask models`: list, fetch, check and find the language models that can word answers."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from ..assistant.config import Config
from ..executors.errors import CodeaskError
from ..formatter import models
from .parser import Parser

EPILOG = "Nothing is downloaded but by 'codeask models fetch NAME'."


def main(argv: Sequence[str]) -> int:
    """Runs `codeask models`; gives the exit code."""
    parser = Parser(
        prog="codeask models", description="The language models that can word answers.",
        epilog=EPILOG,
    )  # fmt: skip
    parser.add_argument("do", nargs="?", default="list", choices=("list", "fetch", "check", "path"))
    parser.add_argument("name", nargs="?", help="a model of the list; 'check' without one: all")
    options = parser.parse_args(list(argv))
    machine = models.Machine.here()
    if options.do == "list":
        return _list(machine)
    if options.do == "check":
        return _check(options.name, machine)
    name = options.name
    if name is None:
        raise CodeaskError(f"'codeask models {options.do}' needs a name of 'codeask models list'.")
    if options.do == "path":
        path = models.find(name, machine)
        if path is None:
            raise CodeaskError(
                f"The model '{name}' is not here; run 'codeask models fetch {name}'."
            )
        print(path)
        return 0
    path = models.fetch(name, machine, _Bar(name))
    print(path)
    return 0


def _list(machine: models.Machine) -> int:
    for known in models.KNOWN.values():
        path = models.find(known.name, machine)
        print(f"{known.name}  [{known.engine}, {known.licence}]  {path or 'not here'}")
        print(f"    {known.about}")
    try:
        print(f"\nAnswers are worded by {models.pick(Config.load().wanted, machine)}.")
    except CodeaskError as error:
        print(f"\n{error}")
    return 0


def _check(name: str | None, machine: models.Machine) -> int:
    names = [name] if name else [n for n in models.KNOWN if models.find(n, machine)]
    if not names:
        print("No model is here; see 'codeask models list'.")
    good = True
    for each in names:
        for file, same in models.check(each, machine):
            good &= same
            print(f"{'ok ' if same else 'BAD'} {each} {file}")
    return 0 if good else 2


class _Bar:
    """Progress on stderr: a line that is rewritten on a terminal, silent otherwise."""

    def __init__(self, name: str) -> None:
        self._name, self._last = name, 0.0

    def __call__(self, done: int, size: int) -> None:
        finished = done >= size
        if not sys.stderr.isatty() or (time.monotonic() - self._last < 0.2 and not finished):
            return
        self._last = time.monotonic()
        share = f"{done / size:4.0%}" if size else ""
        end = "\n" if finished else ""
        sys.stderr.write(f"\r{self._name}: {done / 1e6:.0f} of {size / 1e6:.0f} MB {share}{end}")
        sys.stderr.flush()
