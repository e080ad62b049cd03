"""The type hierarchy, members, symbols of a kind, and dead code, to exact places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool

Run = Callable[..., ToolResult]
PYTHON = {
    "base.py": (
        "import typing as t\n"
        "from typing import Protocol as P\n"
        "\n"
        "class Reader(P):\n"
        "    def read(self) -> bytes: ...\n"
        "\n"
        "class Writer(t.Protocol[int]):\n"
        "    class Options(dict):\n"
        "        strict = True\n"
        "\n"
        "class FileReader(Reader):\n"
        "    LIMIT = 10\n"
        "\n"
        "    def __init__(self):\n"
        "        self.handle = None\n"
        "\n"
        "    def read(self) -> bytes:\n"
        "        return b''\n"
        "\n"
        "    @property\n"
        "    def size(self): return 0\n"
    ),
    "deep.py": (
        "from dataclasses import dataclass\n"
        "from base import FileReader as Base\n"
        "import json\n"
        "\n"
        "class Buffered(Base):\n"
        "    async def read(self): return b'x'\n"
        "\n"
        "@dataclass\n"
        "class Point:\n"
        "    x: int = 0\n"
        "\n"
        "class Broken(ValueError): pass\n"
        "class Worse(Broken): pass\n"
        "\n"
        "def get_point(p: Point) -> Point: return p\n"
        "def _lonely(): return get_point(Point())\n"
    ),
    "other.py": "class Reader: ...\nclass Mine(Reader): ...\n",
}
GO = {
    "go.mod": "module example.com/shop\n",
    "store/store.go": (
        "package store\n"
        "\n"
        "type Store interface {\n"
        "\tGet(key string) (string, error)\n"
        "\tClose() error\n"
        "}\n"
        "\n"
        "type base struct{}\n"
        "\n"
        "func (b *base) Close() error { return nil }\n"
        "\n"
        "type Memory struct {\n"
        "\tbase\n"
        "\tdata map[string]string\n"
        "}\n"
    ),
    "store/memory.go": (
        "package store\n"
        "\n"
        "func (m *Memory) Get(key string) (string, error) { return m.data[key], nil }\n"
        "\n"
        "type Half struct{}\n"
        "\n"
        "func (h Half) Get(key string) (string, error) { return key, nil }\n"
    ),
}


def runner(root: Path, files: dict[str, str]) -> Run:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    repository = Repository(root)
    return lambda tool, **arguments: run_tool(ToolCall(tool, arguments), repository)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return runner(tmp_path, PYTHON)


@pytest.fixture
def go(tmp_path: Path) -> Run:
    return runner(tmp_path, GO)


def places(result: ToolResult) -> list[tuple[str, int, str]]:
    return [(m.path, m.line, m.name) for m in result.matches]


def test_subclasses_through_aliases_generics_and_nesting(run: Run) -> None:
    assert places(run("find_subclasses", name="Protocol")) == [
        ("base.py", 4, "Reader"),
        ("base.py", 7, "Writer"),
    ]
    assert places(run("find_subclasses", name="dict")) == [("base.py", 8, "Writer.Options")]
    assert places(run("find_subclasses", name="base.Reader", transitive=True)) == [
        ("base.py", 11, "FileReader"),
        ("deep.py", 5, "Buffered"),
    ]
    assert places(run("find_subclasses", name="other.Reader")) == [("other.py", 2, "Mine")]


def test_superclasses_and_overrides(run: Run) -> None:
    up = run("find_superclasses", name="Buffered", transitive=True)
    assert up.facts["names"] == ["Base", "Reader", "P"]
    assert places(up)[:2] == [("base.py", 11, "FileReader"), ("base.py", 4, "Reader")]
    assert run("find_superclasses", name="Buffered", base="Reader", mode="exists").facts["exists"]
    assert not run("find_superclasses", name="Point", base="Reader", mode="exists").facts["exists"]
    assert places(run("find_overrides", name="read", of="FileReader")) == [
        ("deep.py", 6, "Buffered.read")
    ]


def test_members(run: Run) -> None:
    assert run("list_members", name="FileReader").facts["names"] == [
        "LIMIT", "__init__", "handle", "read", "size",
    ]  # fmt: skip
    assert run("list_members", name="FileReader", kind="method").facts["names"] == [
        "__init__", "read",
    ]  # fmt: skip
    assert run("list_members", name="FileReader", kind="constant").facts["names"] == ["LIMIT"]
    assert run("list_members", name="other.py").facts["names"] == ["Reader", "Mine"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kind": "dataclass"}, ["Point"]),
        ({"kind": "exception"}, ["Broken", "Worse"]),
        ({"kind": "method", "modifier": "async"}, ["Buffered.read"]),
        ({"kind": "function", "returns": "Point"}, ["get_point"]),
        ({"kind": "function", "parameter": "p"}, ["get_point"]),
        ({"kind": "function", "pattern": "get_*"}, ["get_point"]),
        ({"kind": "function", "modifier": "private"}, ["_lonely"]),
        ({"kind": "class", "path": "other.py"}, ["Reader", "Mine"]),
        ({"kind": "class", "decorator": "dataclass"}, ["Point"]),
    ],
)
def test_symbols(run: Run, filters: dict[str, str], expected: list[str]) -> None:
    assert [m.name for m in run("list_symbols", **filters).matches] == expected


def test_unused(run: Run) -> None:
    names = [m.name for m in run("find_unused", kind="function").matches]
    assert names == ["_lonely"]
    assert places(run("find_unused", kind="import")) == [("deep.py", 3, "json")]


def test_go_types_implement_structurally_and_embed(go: Run) -> None:
    assert places(go("find_subclasses", name="Store")) == [("store/store.go", 12, "Memory")]
    assert go("find_superclasses", name="Memory").facts["names"] == ["base", "Store"]
    assert go("list_members", name="Memory", kind="method").facts["names"] == ["Get"]


NODES = {
    "core.py": "class Node:\n    def run(self): ...\n\nAlias = Node\n",
    "pkg/__init__.py": "from core import Node as PublicNode\n",
    "pkg/other.py": (
        "class Node:\n    def run(self): ...\n\nclass Own(Node):\n    def run(self): ...\n"
    ),
    "use.py": (
        "from pkg import PublicNode\nfrom core import Alias\n\n"
        "class Public(PublicNode):\n    def run(self): ...\n\n"
        "class ViaAlias(Alias): ...\n"
    ),
    "go/run.go": (
        "package run\n\n"
        "type Runner interface {\n\tRun(n int)\n}\n\n"
        "type A struct{}\n\nfunc (a A) Run(n int) {}\n\n"
        "type B struct{}\n\nfunc (b B) Run(n string) {}\n"
    ),
}


def test_names_given_by_reexports_and_assignments_are_followed(tmp_path: Path) -> None:
    run = runner(tmp_path, NODES)
    assert places(run("find_subclasses", name="core.Node")) == [
        ("use.py", 4, "Public"),
        ("use.py", 7, "ViaAlias"),
    ]
    up = run("find_superclasses", name="ViaAlias", transitive=True)
    assert places(up) == [("core.py", 1, "Node")]


def test_overrides_keep_same_named_types_and_signatures_apart(tmp_path: Path) -> None:
    run = runner(tmp_path, NODES)
    assert places(run("find_overrides", name="run", of="core.Node")) == [
        ("use.py", 5, "Public.run")
    ]
    assert places(run("find_overrides", name="Run", of="Runner")) == [("go/run.go", 9, "A.Run")]
    assert places(run("find_overrides", name="Run", lang="go")) == [("go/run.go", 9, "A.Run")]


def test_plain_functions_leave_methods_out_and_filtered_ones_do_not(run: Run) -> None:
    plain = run("list_symbols", kind="function", path="deep.py")
    assert [m.name for m in plain.matches] == ["get_point", "_lonely"]
    assert "1 methods are not listed" in plain.note
    filtered = run("list_symbols", kind="function", modifier="async", path="deep.py")
    assert [m.name for m in filtered.matches] == ["Buffered.read"]
