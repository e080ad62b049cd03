"""A common name asked without an index: told in part, truthfully, and read on when asked again."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.grep import _of_bytes
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool
from codeask.formatter.plain import sentences

_FILES = 30
_BODY = "".join(f"    x{i} = a.b('{'long ' * 24}', c.d, {i})\n" for i in range(150))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("common")
    (root / "core.py").write_text("def common(c):\n    return c\n\n\ndef unused():\n    pass\n")
    for number in range(_FILES):
        text = f"from core import common\n\n\ndef user_{number}(c):\n{_BODY}    return common(c)\n"
        (root / f"m{number:02}.py").write_text(text)
    return root


def _ask(repository: Repository, tool: str, patience: float, **arguments: str) -> ToolResult:
    return run_tool(ToolCall(tool, arguments), repository, patience=patience, timeout=60)


def test_what_is_shown_is_right_and_what_is_missing_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = _ask(Repository(folder), "find_callers", math.inf, name="common")
    assert (whole.status, whole.total) == ("ok", _FILES)
    monkeypatch.setattr("codeask.executors.search._LEAST_SECONDS", 0.0)  # one file a question
    monkeypatch.setattr("codeask.executors.search._LEAST_TO_BIND", math.inf)
    repository = Repository(folder)
    for read in (1, 2):  # every question reads on
        part = _ask(repository, "find_callers", 0.0, name="common")
        assert (part.status, part.total) == ("truncated", read)
        assert part.matches == whole.matches[:read]
        left = _FILES - read
        assert part.facts == {"unread": left}
        assert part.note.startswith(
            f"Without an index {_FILES + 1 - left} of the {_FILES + 1} files"
        )
        assert sentences(part).startswith("So far: `common` is called")
    again = _ask(repository, "find_callers", math.inf, name="common")
    assert (again.matches, again.note, dict(again.facts)) == (whole.matches, "", {})


def test_no_number_and_no_absence_stands_on_a_part(folder: Path) -> None:
    counted = _ask(Repository(folder), "find_callers", 0.0, name="common", mode="count")
    assert counted.facts == {"count": _FILES}
    absent = _ask(Repository(folder), "find_writes", 0.0, name="common")
    assert (absent.status, dict(absent.facts)) == ("empty", {})


def test_where_a_name_is_defined_needs_no_file_that_only_uses_it(folder: Path) -> None:
    repository = Repository(folder)
    found = _ask(repository, "find_definition", 0.0, name="common")
    assert (found.status, [m.path for m in found.matches]) == ("ok", ["core.py"])
    assert not any(path.startswith("m") for path in repository._facts)


@pytest.mark.parametrize(
    ("pattern", "by_bytes"),
    [(r"\b(\w+)\s", r"\b([\w\x80-\xff]+)\s"), (r"[\w, ()]*\W[^]\w]", r"[\w\x80-\xff, ()]*\W[^]\w\x80-\xff]")],
)  # fmt: skip
def test_patterns_by_bytes_take_letters_beyond_ascii(pattern: str, by_bytes: str) -> None:
    assert _of_bytes(pattern) == by_bytes


def test_headers_with_letters_beyond_ascii_are_found(tmp_path: Path) -> None:
    for number in range(20):  # more than are parsed without a look at their headers
        (tmp_path / f"m{number:02}.py").write_text("value(1)\n")
    (tmp_path / "wide.py").write_text("größe, value = 1, 2\n")
    (tmp_path / "web.js").write_text("value(1)\n")
    found = _ask(Repository(tmp_path), "find_definition", math.inf, name="value")
    assert [(m.path, m.line) for m in found.matches] == [("wide.py", 1)]
