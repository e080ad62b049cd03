"""Five screens at two sizes, compared with the SVG files in `snapshots/`.

With the versions of Textual, rich and Pygments that a snapshot was made with, it must be the same to
the last character; with others, its text must be. `CODEASK_SNAPSHOTS=write` makes them anew.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Iterator
from html import unescape
from importlib.metadata import version
from pathlib import Path

import pytest
from textual.pilot import Pilot
from tui_pilot import TableRouter, ask, make_desk, opened, screen_of, settled

SNAPSHOTS = Path(__file__).parent / "snapshots"
VERSIONS = " ".join(f"{name} {version(name)}" for name in ("textual", "rich", "pygments"))


@pytest.fixture(autouse=True)
def _fixed_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def rows(svg: str) -> list[str]:
    """The text of a screen, row by row."""
    found: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in re.findall(r'<text[^>]* x="([\d.]+)" y="([\d.]+)"[^>]*>(.*?)</text>', svg):
        found.setdefault(float(y), []).append((float(x), unescape(text).replace("\xa0", " ")))
    return ["".join(text for _, text in sorted(found[y])) for y in sorted(found)]


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_screens(size: tuple[int, int], tmp_path: Path) -> None:
    taken: dict[str, str] = {}

    async def take(pilot: Pilot[None], name: str) -> None:
        await settled(pilot)
        taken[name] = pilot.app.export_screenshot(title="codeask")

    async def run() -> None:
        async with opened(make_desk(tmp_path, TableRouter()), size) as (_, pilot):
            screen_of(pilot).prompt.box.cursor_blink = False
            await take(pilot, "welcome")
            await ask(pilot, "who calls price?")
            await take(pilot, "answer")
            await pilot.press("tab", "down")
            await take(pilot, "evidence")
            await pilot.press("s")
            await pilot.pause()
            pilot.app.screen.query_one("Input").cursor_blink = False  # type: ignore[attr-defined]
            await take(pilot, "steer")
            await pilot.press("escape", "ctrl+l")
            await pilot.pause()
            pilot.app.screen.query_one("Input").cursor_blink = False  # type: ignore[attr-defined]
            await take(pilot, "sessions")

    asyncio.run(run())
    for name, svg in taken.items():
        svg = re.sub(r"terminal-\d+-", "terminal-", svg)
        file = SNAPSHOTS / f"{name}-{size[0]}x{size[1]}.svg"
        if os.environ.get("CODEASK_SNAPSHOTS") == "write":
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"{svg.rstrip()}\n<!-- {VERSIONS} -->\n", "utf-8")
            continue
        wanted = file.read_text("utf-8")
        assert rows(svg) == rows(wanted), name
        if f"<!-- {VERSIONS} -->" in wanted:
            assert svg.rstrip() == wanted.rpartition("\n<!--")[0].rstrip(), name
