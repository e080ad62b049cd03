"""JavaScript, TypeScript/TSX and Go on their fixture repositories, to exact places."""

from __future__ import annotations

from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def ask(language: str, tool: str, **arguments: object) -> ToolResult:
    call = ToolCall.from_json({"tool": tool, "arguments": arguments})
    return run_tool(call, Repository(FIXTURES / language))


def places(result: ToolResult) -> list[tuple[str, int, str]]:
    return [(m.path, m.line, m.name) for m in result.matches]


JS, STORE, VIEW, GO = "lib/app.js", "src/store.ts", "src/view.tsx", "store/store.go"


@pytest.mark.parametrize(
    ("language", "tool", "arguments", "expected"),
    [
        ("javascript", "find_definition", {"name": "legacy"}, [(JS, 21, "legacy")]),
        ("javascript", "find_subclasses", {"name": "Router"}, [(JS, 4, "App")]),
        ("javascript", "find_callers", {"name": "Router"}, [("lib/router.js", 6, "make")]),
        ("javascript", "find_writes", {"name": "last"}, [(JS, 12, "App.send")]),
        ("javascript", "find_raises", {"name": "TypeError"}, [(JS, 15, "App.send")]),
        ("javascript", "find_importers", {"module": "router"}, [(JS, 2, JS)]),
        (
            "javascript",
            "list_symbols",
            {"kind": "function", "modifier": "deprecated"},
            [(JS, 21, "legacy")],
        ),
        (
            "typescript",
            "find_subclasses",
            {"name": "Store", "transitive": True},
            [(STORE, 15, "Base"), (STORE, 23, "Memory")],
        ),
        ("typescript", "find_subclasses", {"name": "Closable"}, [(STORE, 23, "Memory")]),
        ("typescript", "find_callers", {"name": "Memory"}, [(VIEW, 4, "View")]),
        ("typescript", "find_callers", {"name": "load"}, [(STORE, 25, "Memory.get")]),
        (
            "typescript",
            "find_overrides",
            {"name": "get", "of": "Base"},
            [(STORE, 24, "Memory.get")],
        ),
        ("typescript", "list_symbols", {"kind": "enum"}, [(STORE, 8, "Mode")]),
        (
            "typescript",
            "list_symbols",
            {"kind": "method", "modifier": "async"},
            [(STORE, 27, "Memory.close")],
        ),
        ("go", "find_definition", {"name": "Memory.Get"}, [(GO, 27, "Memory.Get")]),
        ("go", "find_subclasses", {"name": "Store"}, [(GO, 22, "Memory")]),
        ("go", "find_callers", {"name": "touch"}, [(GO, 28, "Memory.Get")]),
        ("go", "find_writes", {"name": "hits"}, [(GO, 19, "base.touch")]),
        ("go", "find_raises", {"name": "panic"}, [(GO, 38, "Must")]),
        ("go", "find_tests", {"name": "Memory"}, [("store/store_test.go", 5, "TestGet")]),
    ],
)
def test_exact_places(
    language: str, tool: str, arguments: dict[str, object], expected: list[tuple[str, int, str]]
) -> None:
    assert places(ask(language, tool, **arguments)) == expected


def test_facts_of_each_language() -> None:
    assert ask("go", "find_superclasses", name="Memory").facts["names"] == ["base", "Store"]
    assert ask("go", "list_imports", path="store.go").facts["names"] == ["errors", "strings"]
    assert ask("typescript", "list_members", name="Mode").facts["names"] == ["Read", "Write"]
    members = ask("typescript", "list_members", name="Memory", kind="method").facts["names"]
    assert members == ["get", "close"]
    shown = ask("go", "show_symbol", name="Memory.Get", part="signature").facts
    assert shown["signature"] == "func (m *Memory) Get(key string) (string, error)"
    assert (
        ask("javascript", "show_symbol", name="App.send", part="docs").facts["docs"] == "Sends it."
    )
