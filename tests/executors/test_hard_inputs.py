"""Repositories that are large, locked, nested, oddly named or without git: right or plainly limited."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool


def asked(root: Path, tool: str = "find_definition", **arguments: str) -> ToolResult:
    return run_tool(ToolCall(tool, arguments or {"name": "target"}), Repository(root))


def places(result: ToolResult) -> set[tuple[str, int]]:
    return {(match.path, match.line) for match in result.matches}


def test_a_hundred_thousand_files(tmp_path: Path) -> None:
    (tmp_path / "here.py").write_text("def target(): pass\n")
    linked = ""
    for folder in range(500):
        inner = tmp_path / f"d{folder}"
        inner.mkdir()
        if folder % 125 == 0:  # a file has only so many links
            linked = f"{inner}/source.txt"
            Path(linked).write_text("nothing\n")
        for number in range(200):
            os.link(linked, f"{inner}/{number}.txt")
    result = asked(tmp_path)
    assert places(result) == {("here.py", 1)}
    assert result.scope.files == 100_005


def test_one_line_of_ten_megabytes_is_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "line.js").write_text("function target(){};" * 500_000)
    (tmp_path / "fine.py").write_text("def target(): pass\n")
    result = asked(tmp_path)
    assert places(result) == {("fine.py", 1)}
    assert result.scope.skipped["large"] == 1


def test_an_unreadable_folder_does_not_hide_the_rest(tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text("def target(): pass\n")
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "inner.py").write_text("def target(): pass\n")
    locked.chmod(0)
    try:
        readable = os.access(locked, os.R_OK)  # root reads everything
        found = places(asked(tmp_path))
    finally:
        locked.chmod(0o700)
    assert found == {("fine.py", 1)} | ({("locked/inner.py", 1)} if readable else set())


@pytest.mark.parametrize("name", ["a.*", "f(x", "[z", "\\d+", "operator+", "a|b", "$name", "^x$"])
def test_names_that_are_patterns_are_taken_as_they_are(name: str, tmp_path: Path) -> None:
    (tmp_path / "fine.py").write_text("abc = 1\n\ndef xyz():\n    return abc | 12\n")
    for tool in ("find_definition", "find_callers", "find_references", "find_subclasses"):
        result = asked(tmp_path, tool, name=name)
        assert result.status == "empty" and not result.matches, (tool, result.note)
    (tmp_path / "text.txt").write_text(f"before {name} behind\n")
    assert places(asked(tmp_path, "search_text", text=name)) == {("text.txt", 1)}


def test_paths_with_spaces_line_breaks_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    names = [b"with space.py", b"line\nbreak.py", b"\xff\xfe.py", b"q'uote\".py", b"-n.py", b"*.py"]
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("def target(): pass\n")
    assert places(asked(tmp_path)) == {(os.fsdecode(name), 1) for name in names}


def test_names_that_differ_in_case_alone(tmp_path: Path) -> None:
    (tmp_path / "Case.py").write_text("def target(): pass\n")
    (tmp_path / "case.py").write_text("\ndef target(): pass\n")
    (tmp_path / "three.py").write_text("def Target(): pass\n")
    assert places(asked(tmp_path)) == {("Case.py", 1), ("case.py", 2)}
    assert places(asked(tmp_path, name="Target")) == {("three.py", 1)}


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_submodules_are_read_as_folders(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    for folder in (inner, outer):
        folder.mkdir()
        git(folder, "init", "-q")
        (folder / "a.py").write_text("def target(): pass\n")
        git(folder, "add", ".")
        git(folder, "commit", "-qm", "first")
    git(outer, "submodule", "--quiet", "add", str(inner), "vendored")
    assert places(asked(outer)) == {("a.py", 1), ("vendored/a.py", 1)}
    assert asked(outer, "git_history", target="a.py").status == "ok"


def test_without_git_only_history_is_missing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def target(): pass\n")
    assert places(asked(tmp_path)) == {("a.py", 1)}
    told = asked(tmp_path, "git_history", target="a.py")
    assert told.status in ("empty", "failed") and "git" in told.note


@pytest.mark.parametrize(
    "tool", ["find_definition", "find_references", "search_text", "find_files"]
)
def test_links_that_leave_the_repository_are_not_followed(tool: str, tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "repo"
    outside.mkdir()
    root.mkdir()
    (outside / "secret.py").write_text("def target(): pass\n")
    (root / "folder").symlink_to(outside)
    (root / "secret.py").symlink_to(outside / "secret.py")
    (root / "loop").symlink_to(root)
    given = {"search_text": {"text": "target"}, "find_files": {"pattern": "folder/*.py"}}
    assert not asked(root, tool, **given.get(tool, {"name": "target"})).matches


def test_merge_markers_leave_both_sides(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "def before(): pass\n<<<<<<< HEAD\ndef target(): pass\n=======\n"
        "def target(x): pass\n>>>>>>> other\ndef after(): pass\n"
    )
    assert places(asked(tmp_path)) == {("a.py", 3), ("a.py", 5)}
    assert places(asked(tmp_path, name="after")) == {("a.py", 7)}
