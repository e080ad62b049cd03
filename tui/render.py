"""An answer as lines for people: `layout` decides what stands where, `write` puts it out.

Text from the repository passes `formatter.safe` here. rich is imported only for a terminal; there
the same lines get colours and links to the files.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from ..executors.results import ToolResult
from ..formatter import Answer, Group, Place, RouteLike, block, groups, line
from ..formatter.places import RANKED

WIDEST = 200  # columns where the output is not a terminal
WIDEST_PLACE = 48  # a longer path:line pushes its own text only
WITH_ENCLOSING = frozenset(["call", "write", "raise", "catch", "reference", "test"])
WITH_NAME = frozenset(["rank_symbols", "list_dependencies", "find_entrypoints"])
# The terminal's own sixteen colours only, so that every theme stays readable.
STYLES = {
    "plain": "",
    "name": "bold",
    "heading": "bold underline",
    "path": "cyan",
    "aside": "dim",
    "doc": "italic",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text in one style of `STYLES`; `target` is the file that it links to, or ""."""

    text: str
    style: str = "plain"
    target: str = ""


Line = tuple[Piece, ...]


def layout(answer: Answer, width: int = WIDEST) -> list[Line]:
    """The whole answer: its sentences, then the places under their headings."""
    lines = [sentence for text in answer.text.split("\n") for sentence in (_words(text),)]
    if answer.result is None:
        return lines
    results = (answer.result, *answer.also)
    for result in results:
        if len(results) > 1 and result.matches:
            lines += [(), (Piece(result.call.tool, "heading"),)]
        for group in groups(result):
            lines.append(())
            lines += _group(result, group, width, numbered=len(results) == 1)
    return lines


def route_line(route: RouteLike) -> Line:
    """A route on one line: `find_callers name=send  (97%)`."""
    arguments = " ".join(
        f"{name}={','.join(value) if isinstance(value, tuple) else value}"
        for name, value in route.call.arguments.items()
    )
    return (
        Piece(route.call.tool, "name"),
        Piece(f" {line(arguments)}" if arguments else ""),
        Piece(f"  ({route.confidence:.0%})", "aside"),
    )


def _words(text: str) -> Line:
    """A sentence, its `names` apart."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # an odd backtick comes out of the repository
        return (Piece(text),)
    return tuple(
        Piece(f"`{part}`" if index % 2 else part, "name" if index % 2 else "plain")
        for index, part in enumerate(parts)
        if part
    )


def _group(
    result: ToolResult, group: Group, width: int, *, numbered: bool = False
) -> Iterator[Line]:
    """The places of a group; `numbered` where they are the only ones."""
    if group.heading:
        yield (Piece(line(group.heading), "heading"),)
    column = place_column(group.places)
    for place in group.places:
        number = number_of(result, place) if numbered else ""
        lines = _place(result, place, column, width - len(number))
        for at, row in enumerate(lines):
            mark = number if at == 0 else " " * len(number)
            yield (Piece(mark, "aside"), *row) if mark else row


def number_of(result: ToolResult, place: Place) -> str:
    """`[3] `, as wide for every place of a result; "" where no sentence cites by number."""
    if result.call.tool not in RANKED:
        return ""
    return f"[{place.index + 1}]".ljust(len(str(len(result.matches))) + 3)


def place_column(places: Iterable[Place]) -> int:
    """How wide the column of paths is; a longer path pushes its own text only."""
    return min(WIDEST_PLACE, max((len(where_of(place)) for place in places), default=0))


def where_of(place: Place) -> str:
    """`path:line`, fit for a terminal; the path alone for a folder, the name for a commit."""
    path = line(place.match.path)
    if not path:  # a commit is no place in a file
        return line(place.match.name)
    folder = place.match.kind == "folder"
    return f"{path}:{place.match.line}" if place.match.line and not folder else path


def _place(result: ToolResult, place: Place, column: int, width: int) -> Iterator[Line]:
    yield place_line(result, place, column, width)
    if result.call.tool in RANKED and place.doc:
        yield (Piece(" " * 4), Piece(_cut(line(place.doc), width - 4), "doc"))
    if is_whole(result, place):
        for row in block(place.match.text).split("\n"):
            yield (Piece(f"    {row}".rstrip()),)


def is_whole(result: ToolResult, place: Place) -> bool:
    """Whether the place's text is itself what was asked for, and is shown in full."""
    return result.call.tool == "show_symbol" and "\n" in place.match.text


def shortened(where: str, most: int) -> str:
    """A path that is too long without its first folders: `…/flatpages/views.py:37`."""
    while len(where) > most and "/" in where.removeprefix("…/"):
        where = f"…/{where.removeprefix('…/').partition('/')[2]}"
    return where


def place_line(
    result: ToolResult, place: Place, column: int, width: int, most: int | None = None
) -> Line:
    """The line of one place: where it is (`column` wide), its text, and what it stands in.

    With `most`, a path that is longer is shortened.
    """
    match, where = place.match, where_of(place)
    if most is not None:
        where = shortened(where, most)
    text = match.text
    whole = is_whole(result, place)
    shown = line(text.partition("\n")[0] or match.name) if not whole else line(match.name)
    named = result.call.tool in WITH_NAME or match.role == "commit"
    if match.path and named and match.name != match.path:
        shown = f"{line(match.name)}  {shown}" if line(match.name) not in shown else shown
    pieces = [Piece(where, "path", match.path)]
    room = max(20, width - max(column, len(where)) - 2)
    if shown:
        pieces.append(Piece(" " * max(2, column + 2 - len(where))))
        pieces.append(Piece(_cut(shown, room)))
    enclosing = line(match.name)
    if match.role in WITH_ENCLOSING and enclosing and match.kind != "file":
        aside = f"  (in {enclosing})"
        if enclosing not in shown and len(shown) + len(aside) <= room:
            pieces.append(Piece(aside, "aside"))
    return tuple(pieces)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(1, room - 1)].rstrip() + "…"


def write(lines: list[Line], stream: TextIO, root: Path) -> None:
    """Writes lines: with colours and links to a terminal that wants them, else as plain text."""
    if _wants_colour(stream):
        _write_rich(lines, stream, root)
        return
    for pieces in lines:
        stream.write("".join(piece.text for piece in pieces).rstrip() + "\n")


def width_of(stream: TextIO) -> int:
    """The columns to fill: the terminal's, else `WIDEST`."""
    return max(40, shutil.get_terminal_size().columns) if stream.isatty() else WIDEST


def _wants_colour(stream: TextIO) -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


def _write_rich(lines: list[Line], stream: TextIO, root: Path) -> None:
    from rich.console import Console
    from rich.style import Style
    from rich.text import Text

    console = Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=True)
    for pieces in lines:
        text = Text()
        for piece in pieces:
            style = Style.parse(STYLES[piece.style]) if STYLES[piece.style] else Style()
            if piece.target:
                style += Style(link=file_url(root, piece.target))
            text.append(piece.text, style)
        console.print(text, soft_wrap=True)


def file_url(root: Path, path: str) -> str:
    """A `file://` link that terminals open; every byte outside of plain ASCII is escaped."""
    return f"file://{quote(socket.gethostname())}{quote(os.fsencode(root / path))}"
