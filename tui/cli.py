"""The two console commands, `ask` and `codeask`: where every error becomes a sentence.

Errors go to stderr; exit codes are 0 (answered), 1 (nothing found or declined), 2 (error), 130
(Ctrl-C) and 141 (the reader of the output went away).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from ..executors.errors import CodeaskError


def ask(argv: Sequence[str] | None = None) -> NoReturn:
    """Console entry point of `ask`; leaves the process."""
    sys.exit(guarded("ask", main_ask, sys.argv[1:] if argv is None else argv))


def codeask(argv: Sequence[str] | None = None) -> NoReturn:
    """Console entry point of `codeask`; leaves the process."""
    sys.exit(guarded("codeask", main_codeask, sys.argv[1:] if argv is None else argv))


def guarded(prog: str, main: Callable[[Sequence[str]], int], argv: Sequence[str]) -> int:
    """Runs `main` and gives the exit code, whatever happens."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a locale without a character must not end in a traceback
            reconfigure(errors="backslashreplace")
    try:
        code = main(argv)
        sys.stdout.flush()
        return code
    except CodeaskError as error:
        from ..formatter.safe import line

        print(f"{prog}: {line(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # what is left in the buffer has no reader; without this Python complains as it exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception:
        import traceback

        traceback.print_exc()
        print(f"{prog}: this is a bug in codeask; please report it.", file=sys.stderr)
        return 2


def main_ask(argv: Sequence[str], prog: str = "ask") -> int:
    """`ask` with its arguments; gives the exit code."""
    from .parser import ask_parser

    options = ask_parser(prog).parse_intermixed_args(list(argv))
    if options.version:
        return print_version()
    if options.completion:
        from .completion import script

        print(script(options.completion), end="")
        return 0
    from .oneshot import run

    return run(options)


def print_version() -> int:
    """Prints the version."""
    from ..assistant.trace import version

    print(f"codeask {version()}")
    return 0


def main_codeask(argv: Sequence[str]) -> int:
    """`codeask` with its arguments; gives the exit code."""
    from .subcommands import main

    return main(argv)
