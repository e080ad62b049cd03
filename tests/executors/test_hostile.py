"""Files and names that break careless tools: a right or plainly limited answer, never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest
from codeask.executors.catalog import TOOLS, ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool

REQUIRED = {
    "name": "target", "source": "target", "target": "other", "module": "broken", "path": "broken.py",
    "kind": "function", "text": "target", "pattern": "*.py", "metric": "lines", "query": "the target",
    "names": ("target", "other"),
}  # fmt: skip


def hostile(root: Path) -> None:
    (root / "broken.py").write_text(
        "def target(:\n  x = [\nclass A(\n<<<<<<< HEAD\n=======\n>>>>>>> b\n"
    )
    (root / "fine.py").write_text(
        "def target():\n    return other()\n\ndef other():\n    target()\n"
    )
    (root / "nul.py").write_bytes(b"def target(): pass\n\0\0\0")
    (root / "latin.py").write_bytes("def target(): 'é'\n".encode("latin-1"))
    (root / "utf16.py").write_bytes("def target(): pass\n".encode("utf-16"))
    (root / "cr.py").write_bytes(b"x = 1\rdef target():\r    pass\r")
    (root / "line.js").write_text("var target=1;" * 100_000)
    (root / "deep.py").write_text("(" * 3_000 + "target" + ")" * 3_000)
    (root / "deep.ts").write_text("{" * 3_000 + "target();" + "}" * 3_000)
    (root / "empty.go").write_text("")
    (root / "pyproject.toml").write_text("[project\nname = ")
    (root / "package.json").write_text("{,}")
    (root / "with space").mkdir()
    (root / "with space" / "new\nline.py").write_text("def target(): pass\n")
    (root / "loop").symlink_to(root)
    (root / "dangling.py").symlink_to(root / "gone.py")


def call_of(tool: str) -> ToolCall:
    needed = {a.name: REQUIRED[a.name] for a in TOOLS[tool].arguments if a.required}
    return ToolCall(tool, needed)


@pytest.mark.parametrize("tool", [name for name, tool in TOOLS.items() if tool.runs])
def test_every_tool_survives_hostile_files(tool: str, tmp_path: Path) -> None:
    hostile(tmp_path)
    result = run_tool(call_of(tool), Repository(tmp_path))
    if tool == "git_history":
        assert "git" in result.note
    else:
        assert result.status in ("ok", "empty"), result.note


@pytest.mark.parametrize("tool", [name for name, tool in TOOLS.items() if tool.runs])
def test_every_tool_says_so_on_an_empty_repository(tool: str, tmp_path: Path) -> None:
    result = run_tool(call_of(tool), Repository(tmp_path))
    assert result.status in ("empty", "failed") or (tool == "overview" and result.status == "ok")
    assert not result.matches


def test_encodings_and_line_ends_give_the_right_places(tmp_path: Path) -> None:
    hostile(tmp_path)
    result = run_tool(ToolCall("find_definition", {"name": "target"}), Repository(tmp_path))
    places = {(m.path, m.line) for m in result.matches}
    assert {
        ("fine.py", 1),
        ("latin.py", 1),
        ("utf16.py", 1),
        ("with space/new\nline.py", 1),
    } <= places
    assert ("nul.py", 1) not in places


def test_what_was_read_and_left_out_is_reported(tmp_path: Path) -> None:
    hostile(tmp_path)
    repository = Repository(tmp_path)
    run_tool(ToolCall("list_symbols", {"kind": "any"}), repository)
    skipped = run_tool(ToolCall("list_symbols", {"kind": "any"}), repository).scope.skipped
    assert (skipped["binary"], skipped["minified"]) == (1, 3)  # line.js, deep.py, deep.ts


def test_a_file_that_vanishes_between_listing_and_reading(tmp_path: Path) -> None:
    hostile(tmp_path)
    repository = Repository(tmp_path)
    entry = repository.listing().files["fine.py"]
    (tmp_path / "fine.py").unlink()
    assert repository.facts(entry) is None
