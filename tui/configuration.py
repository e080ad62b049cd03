"""Writing the configuration file that `ask` reads: one setting at a time, comments kept.

The settings are the fields of `assistant.Config` and their explanations its docstring, so that a new
setting needs no line here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from ..assistant.config import PREFIX, Config, config_path
from ..executors.errors import UsageError
from .userdata import write_text


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is shown: `value` and `default` are texts, `variable` is set when the
    environment has the last word."""

    key: str
    help: str
    value: str
    default: str
    variable: str = ""


def settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None
) -> list[Setting]:
    """Every setting with the value in force. Raises `UsageError` when the file is wrong."""
    variables = os.environ if environment is None else environment
    config, default = Config.load(None, variables, path), Config()
    told = explanations(Config.__doc__ or "", {field.name for field in fields(Config)})
    found: list[Setting] = []
    for field in fields(Config):
        variable = PREFIX + field.name.upper()
        found.append(
            Setting(
                field.name,
                told.get(field.name, ""),
                shown(getattr(config, field.name)),
                shown(getattr(default, field.name)),
                variable if variables.get(variable) else "",
            )
        )
    return found


def shown(value: object) -> str:
    """A value as it is typed; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def explanations(doc: str, keys: Collection[str]) -> dict[str, str]:
    """What a docstring says of each key: the text from `key` up to the next one."""
    flat = " ".join(doc.split())
    marks = [m for m in re.finditer(r"`(\w+)`:? ?", flat) if m[1] in keys]
    ends = [*(mark.start() for mark in marks[1:]), len(flat)]
    found: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        text = flat[mark.end() : end].partition(". ")[0]
        found.setdefault(mark[1], re.sub(r"(?:[\s.;,]|\band\b|\bwith\b)*$", "", text))
    return found


def save(changes: Mapping[str, str], path: Path | None = None) -> Path:
    """Writes settings into the file; an empty value removes one. Gives the file.

    Nothing is written when the result would not be read: `UsageError` says which value is wrong.
    """
    import tomlkit
    from tomlkit.exceptions import ParseError

    file = path or config_path()
    try:
        document = tomlkit.parse(file.read_text("utf-8"))
    except FileNotFoundError:
        document = tomlkit.document()
    except (OSError, UnicodeDecodeError, ParseError) as error:
        raise UsageError(f"{file} cannot be read: {error}; correct or remove it.") from error
    known = {field.name for field in fields(Config)}
    for key, text in changes.items():
        if key not in known:
            raise UsageError(f"There is no setting '{key}'.")
        document.pop(key, None)
        if text.strip():
            document[key] = _typed(key, text.strip())
    _check({key: text for key, text in changes.items() if text.strip()}, file)
    write_text(file, tomlkit.dumps(document))
    return file


def _typed(key: str, text: str) -> str | int | float | bool:
    kind = type(getattr(Config(), key))
    if kind is bool:
        return text.lower() in ("true", "1", "yes", "on")
    if kind in (int, float):
        try:
            number = float(text)
        except ValueError:
            return text
        return int(number) if kind is int and number == int(number) else number
    return text


def _check(changes: Mapping[str, str], file: Path) -> None:
    """The same checks that `ask` makes when it reads the file."""
    missing = file.with_name("there-is-no-such-file")
    try:
        Config.load(None, {PREFIX + key.upper(): text for key, text in changes.items()}, missing)
    except UsageError as error:
        raise UsageError(str(error).partition(": ")[2] or str(error)) from error
