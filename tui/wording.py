"""An answer as Markdown: for the conversation, for the clipboard, and for the exported session.

Words out of a repository are data: whatever Markdown could take for markup is escaped, so that only
the `names` that we mark ourselves, and fences that we put around source text, are markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from ..executors.results import Match, ToolResult
from ..formatter import Answer, block, groups, line

_MARKUP = re.compile(r"([\\*_\[\]<>#|~!&{}$])")
_LEADING = re.compile(r"^(\s*)(\d+)([.)])", re.MULTILINE)
_RUN = re.compile(r"`+")


class Escaper:
    """Escapes text that comes in pieces: code spans pass, everything else is taken literally."""

    def __init__(self) -> None:
        self._in_code = False

    def feed(self, piece: str) -> str:
        """The next piece as Markdown."""
        parts = piece.split("`")
        made: list[str] = []
        for number, part in enumerate(parts):
            if number:
                self._in_code = not self._in_code
                made.append("`")
            made.append(part if self._in_code else _MARKUP.sub(r"\\\1", part))
        return "".join(made)


def escaped(text: str) -> str:
    """A whole text as Markdown; a single backtick that opens nothing is taken literally too."""
    text = block(text)
    if text.count("`") % 2:
        text = text.replace("`", "'")
    made = Escaper().feed(text)
    return _LEADING.sub(r"\1\2\\\3", made)


def sentences(answer: Answer) -> str:
    """The answer's sentences as Markdown, each reading a paragraph; shown source in a fence."""
    parts = [escaped(text) for text in answer.text.split("\n") if text.strip()]
    for result in _results(answer):
        parts += [fenced(match) for match in whole_sources(result)]
    return "\n\n".join(parts)


def whole_sources(result: ToolResult) -> list[Match]:
    """The matches whose text is itself what was asked for (`show_symbol`)."""
    if result.call.tool != "show_symbol":
        return []
    return [match for match in result.matches if "\n" in match.text]


def fenced(match: Match) -> str:
    """A match's text as a fenced block of its language."""
    text = block(match.text).rstrip("\n")
    longest = max((len(run) for run in _RUN.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    suffix = PurePosixPath(match.path).suffix.lstrip(".")
    language = suffix if suffix.isalnum() else ""
    return f"{fence}{language}\n{text}\n{fence}"


def where(match: Match) -> str:
    """`path:line`, as it is copied; a folder or commit has no line."""
    path = line(match.path)
    if not path:
        return line(match.name)
    return f"{path}:{match.line}" if match.kind != "folder" and match.line else path


def copied(question: str, answer: Answer) -> str:
    """The answer with its places as plain text: what `Y` puts on the clipboard."""
    lines = [question, "", block(answer.text)] if question else [block(answer.text)]
    for result in _results(answer):
        for group in groups(result):
            lines.append("")
            if group.heading:
                lines.append(line(group.heading))
            lines += [_row(place.match) for place in group.places]
    return "\n".join(lines) + "\n"


def _row(match: Match) -> str:
    first = line(match.text.partition("\n")[0])
    return f"{where(match)}  {first}".rstrip()


def exported(repo: str, started: str, exchanges: Iterable[tuple[str, Answer]]) -> str:
    """A session as a Markdown document."""
    parts = [f"# {escaped(repo)}, {started}"]
    for question, answer in exchanges:
        call = answer.route.call
        arguments = " ".join(f"{key}={value}" for key, value in call.arguments.items())
        parts.append(f"## {escaped(line(question))}")
        parts.append(sentences(answer))
        for result in _results(answer):
            for group in groups(result):
                heading = [escaped(line(group.heading))] if group.heading else []
                rows = [
                    f"- {_code(where(place.match))}  {_code(line(_first(place.match)))}".rstrip()
                    for place in group.places
                ]
                parts.append("\n".join([*heading, *([""] if heading else []), *rows]))
        asked = _code(line(f"{call.tool} {arguments}".strip()))
        parts.append(f"{asked}, sure to {answer.route.confidence:.0%}, worded by {answer.backend}")
    return "\n\n".join(parts) + "\n"


def _first(match: Match) -> str:
    return match.text.partition("\n")[0]


def _code(text: str) -> str:
    if not text:
        return ""
    longest = max((len(run) for run in _RUN.findall(text)), default=0)
    ticks = "`" * (longest + 1)
    gap = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{gap}{text}{gap}{ticks}"


def _results(answer: Answer) -> tuple[ToolResult, ...]:
    return (answer.result, *answer.also) if answer.result is not None else ()
