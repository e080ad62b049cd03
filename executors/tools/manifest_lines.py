"""Where in a manifest a parsed value stands: parsers of TOML and JSON do not say."""

from __future__ import annotations

import re


class Lines:
    """The lines of a text, searched from `start` on; every line counts from 1."""

    def __init__(self, text: str, start: int = 0) -> None:
        self.rows = text.split("\n")
        self.start = start

    def at(self, header: str) -> Lines:
        """From the first line that begins with `header` (a section, or a key)."""
        for index, row in enumerate(self.rows):
            bare = row.strip().replace('"', "")
            if bare.startswith((header, header.replace('"', ""))):
                made = Lines("", index)
                made.rows = self.rows
                return made
        return self

    def find(self, text: str, fallback: str = "") -> int:
        """The first line with `text`, else with `fallback`, else the first one searched."""
        for wanted in (f'"{text}"', f"'{text}'", text, fallback):
            if not wanted:
                continue
            for index in range(self.start, len(self.rows)):
                if wanted in self.rows[index]:
                    return index + 1
        return self.start + 1

    def key(self, name: str) -> int:
        """The line that assigns `name` (TOML, or a `[section.name]` of its own)."""
        escaped = re.escape(name)
        pattern = re.compile(
            rf"""^\s*["']?{escaped}["']?\s*[=.:]|^\s*\[.*\.["']?{escaped}["']?\]"""
        )
        for index in range(self.start, len(self.rows)):
            if pattern.match(self.rows[index]):
                return index + 1
        return self.start + 1
