"""search_text, find_files, find_config, find_entrypoints, overview and rank_symbols."""

from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool

FILES = {
    "README.md": "# X\n\n[![badge](u)](v)\n\nX does one thing.\n\nMore.\n",
    "LICENSE": "MIT License\n",
    "pyproject.toml": '[project]\nname = "x"\n[project.scripts]\nx = "app.cli:main"\n',
    "app/__init__.py": '"""The application."""\n',
    "app/settings.py": "TIME_OUT = 30\nDEBUG = False\n",
    "app/cli.py": """import os
import click
from .settings import TIME_OUT

LEVEL = os.environ.get("X_LEVEL", "info")


@click.command("sync-all")
@click.option("--force")
def sync(force, again=5):
    # TODO: retry
    if force:
        for _ in range(TIME_OUT):
            helper()
    raise ValueError(f"Cannot sync {force} here now")


def helper():
    return wsgi.environ["HTTP_HOST"]


if __name__ == "__main__":
    sync()
""",
    "app/views.py": """from flask import Flask
app = Flask("x")


@app.get("/items/<id>")
def item(id):
    return id
""",
    "srv/main.go": "package main\n\nfunc main() {}\n",
    "deploy/ci.yaml": "on: push\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def asked(folder: Path, tool: str, **arguments: str) -> ToolResult:
    return run_tool(ToolCall(tool, arguments), Repository(folder))


def places(result: ToolResult) -> list[tuple[str, int, str]]:
    return [(match.path, match.line, match.name) for match in result.matches]


def test_search_text(folder: Path) -> None:
    assert places(asked(folder, "search_text", text="TODO")) == [("app/cli.py", 11, "sync")]
    lower = asked(folder, "search_text", text="x does ONE thing")
    assert [m.line for m in lower.matches] == [5]
    assert "alike" in lower.note
    message = asked(folder, "search_text", text="ValueError: Cannot sync 'a' here now")
    assert places(message) == [("app/cli.py", 15, "sync")]
    assert asked(folder, "search_text", text="([", regex="true").status == "empty"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("settings.py", ["app/settings.py"]),
        ("settings", ["app/settings.py"]),
        ("*.go", ["srv/main.go"]),
        (".go", ["srv/main.go"]),
        ("yaml files", ["deploy/ci.yaml"]),
        ("app/*.{py,go}", ["app/__init__.py", "app/cli.py", "app/settings.py", "app/views.py"]),
        ("deploy", ["deploy"]),
        ("license", ["LICENSE"]),
        ("*.proto", []),
    ],
)
def test_find_files(folder: Path, pattern: str, expected: list[str]) -> None:
    result = asked(folder, "find_files", pattern=pattern)
    assert [match.path for match in result.matches] == expected


def test_find_config(folder: Path) -> None:
    env = asked(folder, "find_config", kind="env")
    assert places(env) == [("app/cli.py", 5, "X_LEVEL")]
    assert asked(folder, "find_config", name="X_LEVEL", kind="env").facts["value"] == '"info"'
    constant = asked(folder, "find_config", name="time out", kind="constant")
    assert places(constant) == [("app/settings.py", 1, "TIME_OUT")]
    assert constant.facts["value"] == "30"
    assert asked(folder, "find_config", name="again").facts["value"] == "5"
    assert places(asked(folder, "find_config", kind="flag")) == [("app/cli.py", 9, "--force")]


def test_find_entrypoints(folder: Path) -> None:
    assert places(asked(folder, "find_entrypoints", kind="main")) == [
        ("pyproject.toml", 4, "x"),
        ("app/cli.py", 22, "app/cli.py"),
        ("srv/main.go", 3, "main"),
    ]
    assert places(asked(folder, "find_entrypoints", kind="cli")) == [
        ("pyproject.toml", 4, "x"),
        ("app/cli.py", 8, "sync-all"),
    ]
    assert places(asked(folder, "find_entrypoints", kind="route")) == [
        ("app/views.py", 5, "GET /items/<id>")
    ]


def test_overview(folder: Path) -> None:
    facts = asked(folder, "overview").facts
    assert facts["description"] == "X does one thing."
    assert facts["licence"] == "MIT"
    assert facts["files"] == 9
    about = {item["name"]: item["about"] for item in facts["folders"]}
    assert about == {"app": "The application.", "srv": "", "deploy": ""}
    inside = asked(folder, "overview", path="app")
    assert {match.path for match in inside.matches} >= {"app/cli.py", "app/views.py"}


def test_rank_symbols(folder: Path) -> None:
    longest = asked(folder, "rank_symbols", metric="lines", limit="1", lang="python")
    assert longest.facts["values"] == [["sync", 6]]
    assert places(longest) == [("app/cli.py", 10, "sync")]
    calls = asked(folder, "rank_symbols", metric="callers", lang="python")
    assert calls.facts["values"] == [["sync", 1], ["helper", 1], ["item", 0]]
    imported = asked(folder, "rank_symbols", metric="importers")
    assert imported.facts["values"] == [["app/settings.py", 1]]
    files = asked(folder, "rank_symbols", metric="lines", kind="file", limit="1")
    assert files.facts["values"] == [["app/cli.py", 23]]
