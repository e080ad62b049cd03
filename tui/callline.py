"""A tool call on one line, as it is written and read when an answer is steered by hand.

`find_callers name=save tests=exclude`; a value with blanks is quoted as in a shell.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..executors.catalog import TOOLS, ToolCall, get_tool
from ..executors.errors import UsageError
from .oneshot import arguments_of

# Arguments that carry the same thing under another name, the most telling first.
_SUBJECTS = ("name", "query", "source", "target", "pattern", "text", "module", "names")


def written(call: ToolCall) -> str:
    """The call as a line that `read` takes back."""
    return " ".join([call.tool, *(_pair(key, value) for key, value in call.arguments.items())])


def _pair(key: str, value: object) -> str:
    text = ",".join(value) if isinstance(value, tuple) else str(value)
    text = text.lower() if isinstance(value, bool) else text
    return f"{key}={shlex.quote(text)}"


def read(text: str) -> ToolCall:
    """The call that a line says; `UsageError` says what is wrong and what would be right."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"A quote is not closed ({error}); close it or leave it out.") from error
    if not words:
        raise UsageError("Write a tool and its arguments, for example: find_callers name=main")
    tool = get_tool(words[0])
    return ToolCall(tool.name, arguments_of(tool.name, words[1:]))


def moved(call: ToolCall, tool: str, question: str = "") -> str:
    """The line of another tool with the call's arguments carried over as far as they fit.

    What is still missing stands there empty (`target=`), to be filled in.
    """
    wanted = get_tool(tool)
    known = {argument.name: argument for argument in wanted.arguments}
    kept = {
        key: value
        for key, value in call.arguments.items()
        if key in known and _fits(known[key].values, value)
    }
    subject = next((_text(call.arguments[key]) for key in _SUBJECTS if key in call.arguments), "")
    missing: list[str] = []
    for argument in wanted.arguments:
        if not argument.required or argument.name in kept:
            continue
        if argument.name == "query":
            missing.append(_pair("query", question or subject))
        elif argument.name in _SUBJECTS and subject and not argument.values:
            missing.append(_pair(argument.name, subject))
            subject = ""
        else:
            missing.append(f"{argument.name}=")
    pairs = [_pair(key, value) for key, value in kept.items()]
    return " ".join([wanted.name, *missing, *pairs])


def _fits(values: Sequence[str], value: object) -> bool:
    return not values or value in values


def _text(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def tool_names() -> list[str]:
    """The tools that look something up, in the catalogue's order."""
    return [name for name, tool in TOOLS.items() if tool.runs]
