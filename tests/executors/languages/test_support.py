"""What a language does not have is said in a sentence, and the table of the documentation is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from codeask.executors.catalog import ToolCall
from codeask.executors.languages import SUFFIXES, adapter, base
from codeask.executors.languages.support import FEATURES, level, missing, table
from codeask.executors.repository import Repository, Source
from codeask.executors.run import run_tool
from codeask.executors.syntax import extract

ROOT = Path(__file__).resolve().parents[3]


def test_the_table_in_the_documentation_is_the_one_the_adapters_declare() -> None:
    assert table() in (ROOT / "docs" / "languages.md").read_text()


@pytest.mark.parametrize("language", sorted(SUFFIXES))
def test_what_is_lacking_is_a_known_feature_with_a_sentence(language: str) -> None:
    for feature, sentence in adapter(language).lacks.items():
        assert feature in FEATURES
        assert sentence.endswith(".") and " " in sentence


@pytest.mark.parametrize(
    ("language", "arguments", "sentence"),
    [
        ("go", {"kind": "function", "decorator": "cached"}, "Go has no decorators."),
        ("go", {"kind": "enum"}, "Go has no enums; constants of a named type serve as such."),
        ("rust", {"kind": "class"}, "Rust has no classes; its structs and enums are meant."),
        ("java", {"kind": "method", "modifier": "async"}, "Java has no async functions."),
        ("kotlin", {"kind": "trait"}, "Kotlin has no traits; its interfaces are meant."),
        ("python", {"kind": "struct"}, "Python has no structs."),
        ("python", {"kind": "class"}, ""),
        ("csharp", {"kind": "method", "decorator": "Fact"}, ""),
    ],
)
def test_a_tool_says_what_the_language_does_not_have(
    language: str, arguments: dict[str, str], sentence: str
) -> None:
    folder = ROOT / "tests" / "fixtures" / "languages" / language
    result = run_tool(ToolCall("list_symbols", arguments), Repository(folder))
    assert (sentence in result.note) if sentence else ("has no" not in result.note)


def test_one_language_that_has_it_is_enough() -> None:
    call = ToolCall("list_symbols", {"kind": "class", "decorator": "x"})
    assert missing(call, ["go"]) == [
        "Go has no decorators.",
        "Go has no classes; its structs are meant.",
    ]
    assert missing(call, ["go", "python"]) == []
    assert missing(call, []) == []


def test_levels() -> None:
    assert level("find_definition", "rust") == "exact"
    assert level("find_callers", "rust") == "heuristic"
    assert level("find_superclasses", "go") == "heuristic"  # who implements what is not written
    assert level("find_superclasses", "java") == "exact"


@pytest.mark.parametrize("piece", [5, 7, 64])
def test_a_file_parsed_in_pieces_has_the_facts_of_one_parsed_at_once(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'class Größe(Maß):\n    """Ü\nΩ 🜁"""\n    def maß(self, x: Größe):\n        return self.gib("💧", x)\n'
    source = Source("a.py", text.encode() * 3)
    whole = extract(source, "python")
    monkeypatch.setattr(base, "_AT_ONCE", piece)
    assert extract(source, "python") == whole
    assert [site.name for site in whole.sites if site.role == "call"] == ["gib"] * 3
