"""A word taken for a path, where a behaviour is described, does not hide what is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "keys.py").write_text(
        'def load_keys(path):\n    """Reads host keys from a file on disk."""\n    return open(path).read()\n'
    )
    return Repository(tmp_path)


def test_a_word_that_is_no_folder_belongs_to_the_description(repository: Repository) -> None:
    asked = {"query": "host keys read from disk", "path": "disk"}
    result = run_tool(ToolCall("locate", asked), repository)
    assert [match.name for match in result.matches] == ["load_keys"]
    assert "Nothing here is called 'disk', so every folder was searched." in result.note
    assert "path" not in result.call.arguments


def test_what_is_written_like_a_path_must_exist(repository: Repository) -> None:
    for written in ("src/disk", "disk.py", "*.go"):
        asked = {"query": "host keys", "path": written}
        result = run_tool(ToolCall("locate", asked), repository)
        assert (result.status, len(result.matches)) == ("empty", 0)
        assert f"No file or folder here matches '{written}'." in result.note


def test_an_exact_question_keeps_its_scope(repository: Repository) -> None:
    result = run_tool(
        ToolCall("find_definition", {"name": "load_keys", "path": "disk"}), repository
    )
    assert result.status == "empty"
