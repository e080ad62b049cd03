"""What the tests of one language share: the facts of its fixture sources, and two checks of all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from codeask.executors.catalog import ToolCall
from codeask.executors.languages import adapter
from codeask.executors.repository import Repository, Source
from codeask.executors.results import ToolResult
from codeask.executors.run import run_tool
from codeask.executors.syntax import STRUCTURAL_KINDS, Definition, FileFacts, SiteRole, extract

Expected = Mapping[str, Sequence[tuple[int, int, str, str]]]
"""Of every file its definitions: first line, last line, kind, qualified name."""


class LanguageFixtures:
    """The sources in tests/fixtures/languages/FOLDER, read as LANGUAGE."""

    def __init__(self, language: str, folder: str = "") -> None:
        self.language = language
        self.root = Path(__file__).parents[2] / "fixtures" / "languages" / (folder or language)

    def source(self, path: str) -> Source:
        return Source(path, (self.root / path).read_bytes())

    def facts(self, path: str) -> FileFacts:
        return extract(self.source(path), self.language)

    def one(self, path: str, line: int, name: str) -> Definition:
        found = [d for d in self.facts(path).definitions if (d.line, d.name) == (line, name)]
        assert len(found) == 1, found
        return found[0]

    def answer(self, tool: str, **arguments: object) -> ToolResult:
        """What a tool answers about the fixture folder."""
        call = ToolCall.from_json({"tool": tool, "arguments": arguments})
        return run_tool(call, Repository(self.root))

    def places(self, tool: str, **arguments: object) -> list[tuple[str, int, str]]:
        """Path, line and name of a tool's matches, in their order."""
        return [(m.path, m.line, m.name) for m in self.answer(tool, **arguments).matches]

    def bases(self, path: str, line: int, name: str) -> list[tuple[str, str]]:
        return [(base.name, base.relation) for base in self.one(path, line, name).bases]

    def sites(self, path: str, role: SiteRole) -> list[tuple[int, str, str]]:
        """Line, receiver and name as written, and the enclosing definition."""
        read = self.facts(path)
        return [(s.line, s.written, read.qualname(s.scope)) for s in read.sites if s.role == role]

    def check_definitions(self, expected: Expected) -> None:
        for path, definitions in expected.items():
            read = self.facts(path)
            assert not read.has_errors, path
            found = [(d.line, d.end_line, d.kind, d.qualname) for d in read.definitions]
            assert found == list(definitions), path

    def check_patterns(self, expected: Expected) -> None:
        """The text search finds the line of every definition and the header of every base."""
        rules = adapter(self.language)
        for path in expected:
            source = self.source(path)
            for found in self.facts(path).definitions:
                line = source.data.decode().splitlines()[source.line_at(found.name_start) - 1]
                named = re.search(rules.definition_pattern(re.escape(found.name)), line)
                assert named or found.kind in STRUCTURAL_KINDS, found
                header = source.data[found.start : found.end].decode()
                for base in found.bases:
                    pattern = rules.subtype_pattern(base.name.rpartition(".")[2])
                    assert re.search(pattern, header, re.MULTILINE), (found, base)


def places(found: ToolResult) -> list[tuple[str, int, bool]]:
    """Path, line and certainty of every match."""
    return [(m.path, m.line, m.certain) for m in found.matches]
