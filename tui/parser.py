"""The options of `ask`. Only argparse is imported, so that `ask --help` stays quick."""

from __future__ import annotations

import argparse
from typing import NoReturn

from ..executors.errors import UsageError

DESCRIPTION = "Ask a codebase a question in plain words; get a checked answer in seconds, offline."
EXAMPLES = """\
examples:
  ask who calls Session.send
  ask "how many TODO comments are in src?"
  ask where are retries handled --repo ~/src/requests
  ask --json which classes extend Protocol | jq .result.matches
  ask --tool find_callers --arg name=send --arg tests=exclude
  ask --batch questions.jsonl --json > answers.jsonl
  git log -1 --format=%s | ask -

exit codes: 0 answered, 1 nothing found or declined, 2 error
"""


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` whose complaints are a `UsageError`, caught where all errors are."""

    def error(self, message: str) -> NoReturn:
        """Raises instead of printing the usage and leaving."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}; see '{self.prog} --help'.")


def ask_parser(prog: str = "ask") -> Parser:
    """The parser of `ask`, which is `codeask ask` too."""
    parser = Parser(
        prog=prog, description=DESCRIPTION, epilog=EXAMPLES, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    add = parser.add_argument
    add(
        "words",
        nargs="*",
        metavar="question",
        help="the question; quotes are not needed; '-' reads it from standard input",
    )
    add("--repo", metavar="DIR", help="the repository (default: the enclosing checkout)")
    add("--json", action="store_true", help="write one JSON object instead of text")
    add(
        "--batch",
        metavar="FILE",
        help="answer the questions of a JSON-lines file in order ('-': standard input)",
    )
    add("--route-only", action="store_true", help="tell which tool would be run, and stop")
    add(
        "--agent",
        action="store_true",
        help="let the language model choose the tools itself (slow; needs a model)",
    )
    add("--tool", metavar="NAME", help="run this tool; no question is needed (see 'codeask tools')")
    add(
        "--arg",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="an argument for --tool; may be repeated",
    )
    add("--limit", metavar="N", type=int, help="list at most this many places")
    add("--timeout", metavar="SECONDS", type=float, help="time for searching (default: 10)")
    add(
        "--threshold",
        metavar="P",
        type=float,
        help="below this confidence (0 to 1) two readings of the question are tried (default: 0.5)",
    )
    add("--timings", action="store_true", help="tell on stderr where the time went")
    add("--explain", action="store_true",
        help="tell on stderr which sentences of a model were left out, and why")  # fmt: skip
    add("--trace", metavar="FILE", help="append all that happened to this file, as a JSON line")
    add("--completion", choices=("bash", "zsh", "fish"), help="print a completion script")
    add("--version", action="store_true", help="print the version")
    return parser
