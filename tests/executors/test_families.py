"""Subtypes for binding: all of them, or upwards name by name, give one answer; what is searched cold."""

from __future__ import annotations

from pathlib import Path

import pytest
from codeask.executors import owners
from codeask.executors.catalog import ToolCall
from codeask.executors.complete import update
from codeask.executors.index import Index
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool

FILES = {
    "base.py": "class Store:\n    def load(self):\n        return 1\n",
    "middle.py": "from base import Store as Kept\n\nclass Local(Kept):\n    pass\n",
    "leaf.py": (
        "from middle import Local\n\n"
        "class Deep(Local):\n    def read(self):\n        return self.load()\n\n"
        "class Other:\n    def load(self):\n        return 2\n\n"
        "    def read(self):\n        return self.load()\n"
    ),
    "use.py": (
        "from leaf import Deep, Other\n\n"
        "def use(deep: Deep, other: Other):\n    deep.load()\n    other.load()\n"
    ),
}


def callers(repository: Repository, name: str) -> list[tuple[str, int, bool]]:
    result = run_tool(ToolCall("find_callers", {"name": name}), repository)
    return [(match.path, match.line, match.certain) for match in result.matches]


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("most", [150, 0])
def test_subtypes_are_told_downwards_and_upwards_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, indexed: bool
) -> None:
    monkeypatch.setattr(owners, "_MOST_FILES", most)
    root = tmp_path / "code"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    repository = Repository(root, Index(root, tmp_path / "cache") if indexed else None)
    if indexed:
        update(repository)
    assert callers(repository, "Store.load") == [("leaf.py", 5, True), ("use.py", 4, True)]
    assert callers(repository, "Other.load") == [("leaf.py", 12, True), ("use.py", 5, True)]


def test_files_that_are_known_by_name_alone_are_searched(tmp_path: Path) -> None:
    (tmp_path / "tasks.rb").write_text("def release(tag)\n  tag\nend\n")
    (tmp_path / "Rakefile").write_text("task :ship do\n  release('1')\nend\n")
    (tmp_path / "OLD.PY").write_text("def make():\n    return 1\n\n\nmake()\n")
    assert callers(Repository(tmp_path), "release") == [("Rakefile", 2, True)]
    assert callers(Repository(tmp_path), "make") == [("OLD.PY", 5, True)]
