"""`codeask` and its sub-commands; each imports what it needs only when it is used."""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import pkgutil
from collections.abc import Sequence

from ..executors.errors import CodeaskError, UsageError
from .parser import DESCRIPTION, Parser

EPILOG = """\
sub-commands:
  ask      answer one question (the same as the command 'ask')
  index    complete the index of a repository: answers in milliseconds
  tools    list the tools, or one tool's arguments: codeask tools find_callers
  models   list, fetch and check language models for wording
  tui      open the terminal app (also: codeask alone)
  serve    show the terminal app in a browser
  corrections  review what was corrected in the app, for training the router
  distill  train and evaluate: codeask distill train-router --help
  doctor   tell what is installed and where things are
"""
PIPELINE = (
    "corpora", "generate", "filter", "datasets", "train-router", "train-formatter", "train-agent",
    "evaluate", "run",
)  # fmt: skip
EXTRAS = {"mlx": "mlx,train", "mlx_lm": "mlx,train", "dask": "dask", "llama_cpp": "llamacpp"}
COMMANDS = ("ask", "index", "tools", "models", "tui", "serve", "corrections", "distill", "doctor")


def main(argv: Sequence[str]) -> int:
    """Runs a sub-command; gives the exit code."""
    parser = Parser(
        prog="codeask", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("command", nargs="?", metavar="sub-command", help="see below")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args(list(argv))
    if options.version:
        from .cli import print_version

        return print_version()
    match options.command:
        case "ask":
            from .cli import main_ask

            return main_ask(options.rest, "codeask ask")
        case "index":
            from .index_command import main as index_main

            return index_main(options.rest)
        case "tools":
            return _tools(options.rest)
        case "models":
            from .model_commands import main as models_main

            return models_main(options.rest)
        case "tui" | None:
            return _tui(options.rest)
        case "serve":
            from .serve import run as serve

            return serve(options.rest)
        case "corrections":
            from .review import run as review

            return review(options.rest)
        case "distill":
            return _distill(options.rest)
        case "doctor":
            return _doctor(options.rest)
    raise UsageError(_unknown("sub-command", options.command, COMMANDS))


def _unknown(what: str, name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known) or 'none'}."
    return f"There is no {what} '{name}'; {hint}"


def _tools(argv: Sequence[str]) -> int:
    from ..executors.catalog import COMMON, TOOLS, get_tool

    parser = Parser(prog="codeask tools", description="List the tools that answer questions.")
    parser.add_argument("name", nargs="?", help="show this tool's arguments")
    parser.add_argument("--json", action="store_true", help="as function-calling schemas")
    options = parser.parse_args(list(argv))
    tools = [get_tool(options.name)] if options.name else list(TOOLS.values())
    if options.json:
        import json

        print(json.dumps([tool.schema() for tool in tools], indent=2))
        return 0
    common = {argument.name for argument in COMMON}
    for tool in tools:
        own = [a for a in tool.arguments if a.required or options.name or a.name not in common]
        names = " ".join(a.name if a.required else f"[{a.name}]" for a in own)
        print(f"{tool.name} {names if not options.name else ''}".rstrip())
        print(f"    {tool.description}")
        if options.name:
            for argument in own:
                values = f" ({', '.join(argument.values)})" if argument.values else ""
                must = " Required." if argument.required else ""
                print(f"    {argument.name}: {argument.description}{values}{must}")
    if not options.name:
        print(f"\nMost also take {', '.join(sorted(common))}; see 'codeask tools NAME'.")
    return 0


def _tui(argv: Sequence[str]) -> int:
    try:
        app = importlib.import_module(".app", __package__)
    except ModuleNotFoundError as error:
        if error.name == f"{__package__}.app":
            raise UsageError("The terminal app is not in this version; use 'ask'.") from error
        raise UsageError(
            f"The terminal app needs the package '{error.name}'; run 'pip install {error.name}'."
        ) from error
    code: int = app.run(list(argv)) or 0
    return code


def _steps() -> list[str]:
    """The steps of `codeask.distill`: its modules that say `add_arguments` and `run`."""
    spec = importlib.util.find_spec("..distill", __package__)
    steps: list[str] = []
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for module in pkgutil.iter_modules([folder]):
            try:
                with open(f"{folder}/{module.name}.py", encoding="utf-8") as stream:
                    source = stream.read()
            except OSError:
                continue
            if "\ndef add_arguments(" in source and "\ndef run(" in source:
                steps.append(module.name.replace("_", "-"))
    return sorted(steps)


def _about(step: str) -> str:
    """What a step does, by the first sentence of its module."""
    spec = importlib.util.find_spec(f"..distill.{step.replace('-', '_')}", __package__)
    if spec is None or spec.origin is None:
        return ""
    with open(spec.origin, encoding="utf-8") as stream:
        first = stream.readline().strip().strip('"')
    return first.partition(": ")[2] or first


def _distill(argv: Sequence[str]) -> int:
    steps = _steps()
    if not argv or argv[0] in ("-h", "--help"):
        print("usage: codeask distill STEP [options]\n\nThe steps, 'run' does the first eight:")
        for name in (*PIPELINE, *(step for step in steps if step not in PIPELINE)):
            print(f"  {name:<20}{_about(name)}")
        return 0 if argv else 2
    name = argv[0]
    if name not in steps:
        raise UsageError(_unknown("step", name, steps))
    try:
        step = importlib.import_module(f"..distill.{name.replace('-', '_')}", __package__)
        parser = Parser(prog=f"codeask distill {name}", description=_summary(step.__doc__))
        step.add_arguments(parser)
        result = step.run(parser.parse_args(list(argv[1:])))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("codeask."):
            raise
        raise CodeaskError(
            f"'codeask distill {name}' needs the package '{error.name}'; "
            f"run pip install 'codeask[{EXTRAS.get((error.name or '').partition('.')[0], 'train')}]'"
        ) from error
    return result if isinstance(result, int) else 0


def _summary(doc: str | None) -> str:
    return (doc or "").strip().partition("\n\n")[0]


def _doctor(argv: Sequence[str]) -> int:
    from .doctor import checks

    Parser(prog="codeask doctor", description="Tell what is installed.").parse_args(list(argv))
    found = checks()
    width = max(len(check.what) for check in found)
    for check in found:
        mark = "ok " if check.good else "BAD"
        print(f"{mark} {check.what:<{width}}  {check.detail}")
    return 0 if all(check.good for check in found) else 2
