"""`codeask corrections`: reviews the corrections that steering left behind, and exports them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..executors.catalog import ToolCall
from ..executors.errors import UsageError
from ..formatter import line
from .callline import read, written
from .corrections import Correction, Store
from .parser import Parser
from .userdata import data_folder, write_rows

EPILOG = """\
without a command: lists what waits for a review, and what was accepted

A correction is noted when an answer is steered to another tool or other arguments in the terminal
app. Accepted ones train the router: codeask distill train-router --data FILE
"""


def run(argv: Sequence[str], store: Store | None = None) -> int:
    """Runs `codeask corrections`; gives the exit code (1 when there is none)."""
    import argparse

    parser = Parser(
        prog="codeask corrections", description="Review corrections of the router.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    steps = parser.add_subparsers(dest="step", metavar="command", parser_class=Parser)
    accept = steps.add_parser("accept", help="move to the accepted ones")
    accept.add_argument("ids", nargs="*", metavar="ID")
    accept.add_argument("--all", action="store_true", help="every one that waits")
    edit = steps.add_parser("edit", help="give another call: edit ID find_callers name=main")
    edit.add_argument("id", metavar="ID")
    edit.add_argument("call", nargs="+", metavar="CALL")
    delete = steps.add_parser("delete", help="delete, whether accepted or not")
    delete.add_argument("ids", nargs="+", metavar="ID")
    export = steps.add_parser("export", help="write the accepted ones as a JSON-lines file")
    export.add_argument("file", type=Path, metavar="FILE")
    export.add_argument("--pending", action="store_true", help="those that wait as well")
    options = parser.parse_args(list(argv))
    store = store or Store(data_folder())
    match options.step:
        case "accept":
            return _accept(store, options.ids, every=options.all)
        case "edit":
            row = store.row(options.id)
            store.edit(row["id"], _call(options.call))
            print(_told(store.row(row["id"])))
            return 0
        case "delete":
            print(f"{store.delete([store.row(one)['id'] for one in options.ids])} deleted")
            return 0
        case "export":
            return _export(store, options.file, pending=options.pending)
    return _list(store)


def _call(words: Sequence[str]) -> ToolCall:
    """The call of `edit`, given as one argument or as several (already split by the shell)."""
    if len(words) == 1:
        return read(words[0])
    import shlex

    return read(shlex.join(words))


def _list(store: Store) -> int:
    pending, accepted = store.pending(), store.accepted()
    for heading, rows in (("to review", pending), ("accepted", accepted)):
        if rows:
            print(f"{heading} ({len(rows)}):")
            for row in rows:
                print(f"  {_told(row)}")
    if accepted:
        print(f"\ntrain with: codeask distill train-router --data {store.accepted_file}")
    elif not pending:
        print("No corrections yet: in the terminal app, s on an answer changes its tool.")
    return 0 if pending or accepted else 1


def _told(row: dict[str, Any]) -> str:
    correction = Correction.from_row(row)
    was = f"  (was {correction.was})" if correction.was else ""
    name = str(row["id"]).removeprefix("user-")
    return line(f"{name}  {correction.question}  → {written(correction.call)}{was}")


def _accept(store: Store, ids: Sequence[str], *, every: bool) -> int:
    if not ids and not every:
        raise UsageError(
            "Name the corrections to accept, or --all; 'codeask corrections' lists them."
        )
    chosen = [row["id"] for row in store.pending()] if every else [store.row(i)["id"] for i in ids]
    print(f"{store.accept(chosen)} accepted")
    return 0


def _export(store: Store, file: Path, *, pending: bool) -> int:
    rows = [*store.accepted(), *(store.pending() if pending else [])]
    if file.exists():
        raise UsageError(f"{file} is there already; name another file.")
    write_rows(file.absolute(), rows)
    print(f"{len(rows)} written to {file}")
    return 0
