"""Listing, where the syntax tree holds more than the symbol: found by `bench/python_oracle.py`."""

from __future__ import annotations

from pathlib import Path

from codeask.executors.catalog import ToolCall
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool


def test_a_comment_behind_a_decorator_is_no_part_of_it(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "@mark('x')  # unlike cached\n@sync  # cached() does not await\ndef first(): ...\n\n"
        "@cached\ndef second(): ...\n"
    )
    repository = Repository(tmp_path)
    facts = repository.facts(repository.listing().files["a.py"])
    assert facts is not None
    assert facts.definitions[0].decorators == ("mark('x')", "sync")
    result = run_tool(ToolCall("list_symbols", {"kind": "function", "decorator": "cached"}),
                      repository)  # fmt: skip
    assert [(m.path, m.line, m.name) for m in result.matches] == [("a.py", 6, "second")]
