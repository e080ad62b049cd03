import subprocess
from datetime import date
from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool
from codeask.executors.tools.history_dates import git_date


def git(folder: Path, *arguments: str, who: str = "Ann", day: str = "2024-01-02") -> None:
    stamp = f"{day}T10:00:00+0000"
    env = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": who,
           "GIT_COMMITTER_EMAIL": "a@x", "GIT_AUTHOR_DATE": stamp, "GIT_COMMITTER_DATE": stamp,
           "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(folder)}  # fmt: skip
    subprocess.run(["git", *arguments], cwd=folder, env=env, check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("def first():\n    return 1\n")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-qm", "Add first")
    (tmp_path / "a.py").write_text("def first():\n    return 1\n\n\ndef second():\n    return 2\n")
    git(tmp_path, "commit", "-qam", "Add second", who="Bob", day="2024-03-04")
    return tmp_path


def asked(folder: Path, **arguments: str) -> ToolResult:
    return run_tool(ToolCall("git_history", arguments), Repository(folder))


def texts(result: ToolResult) -> list[str]:
    return [match.text for match in result.matches]


def test_log_newest_first_and_its_filters(folder: Path) -> None:
    both = ["2024-03-04 Bob: Add second", "2024-01-02 Ann: Add first"]
    assert texts(asked(folder)) == both
    assert texts(asked(folder, author="ann")) == both[1:]
    assert texts(asked(folder, since="2024-02-01")) == both[:1]
    assert texts(asked(folder, target="a.py")) == both


def test_symbols(folder: Path) -> None:
    blame = asked(folder, target="second", action="blame")
    assert [(m.path, m.line, m.end_line) for m in blame.matches] == [("a.py", 5, 6)]
    assert texts(asked(folder, target="first")) == ["2024-01-02 Ann: Add first"]
    introduced = asked(folder, target="second", action="introduced")
    assert texts(introduced) == ["2024-03-04 Bob: Add second"]


def test_contributors_and_changes(folder: Path) -> None:
    assert asked(folder, action="contributors").facts["values"] == [["Bob", 1], ["Ann", 1]]
    (folder / "a.py").write_text("def first():\n    return 9\n\n\ndef second():\n    return 2\n")
    (folder / "new.py").write_text("")
    changed = asked(folder, action="diff")
    assert [(m.path, m.line, m.text) for m in changed.matches] == [
        ("a.py", 2, "+1 -1 lines"),
        ("new.py", 1, "untracked"),
    ]


def test_no_repository_and_no_option_injection(tmp_path: Path, folder: Path) -> None:
    marker = folder / "written"
    for action in ("log", "blame", "introduced", "diff", "contributors"):
        asked(folder, target=f"--output={marker}", action=action)
    assert not marker.exists()
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "x.py").write_text("")
    result = asked(plain)
    assert result.status == "empty"
    assert "not a git repository" in result.note


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("this month", "2024-05-01 00:00:00"),
        ("last two weeks", "2 weeks ago"),
        ("August", "2023-08-01 00:00:00"),
        ("2022", "2022-01-01 00:00:00"),
        ("2024-01-05", "2024-01-05"),
    ],
)
def test_dates_as_people_say_them(said: str, expected: str) -> None:
    assert git_date(said, today=date(2024, 5, 20)) == expected
