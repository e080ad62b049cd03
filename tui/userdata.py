"""The user's data folder: sessions, question history, corrections and the app's own state.

Nothing of it lies in a repository. Files are JSON lines, readable by their owner only.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..executors.errors import UsageError


def data_folder() -> Path:
    """Where the user's data lies; `CODEASK_DATA` names another folder."""
    given = os.environ.get("CODEASK_DATA")
    if given:
        return Path(given).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("codeask", appauthor=False))


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file, broken lines left out; nothing where there is no file."""
    try:
        text = file.read_text("utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}; check it.") from error
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:  # a line cut short by a crash; the others are good
            continue
        if isinstance(row, dict):
            yield row


def append_row(file: Path, row: Mapping[str, Any]) -> None:
    """Appends one object as a line, making the file and its folder where needed."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with open(handle, "a", encoding="utf-8") as stream:
            stream.write(_line(row))
    except OSError as error:
        raise _unwritable(file, error) from error


def write_rows(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replaces a file's lines in one step."""
    write_text(file, "".join(_line(row) for row in rows))


def write_text(file: Path, text: str) -> None:
    """Replaces a file's text in one step: a crash leaves the old one or the new one."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, aside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with open(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(aside, file)
    except OSError as error:
        raise _unwritable(file, error) from error


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace").decode() + "\n"


def _unwritable(file: Path, error: OSError) -> UsageError:
    reason = error.strerror or str(error)
    return UsageError(
        f"{file} cannot be written: {reason}; make room or set CODEASK_DATA to another folder."
    )
