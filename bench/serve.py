"""`codeask serve` in a headless Chromium: real keys typed into the page, the answer saved.

Needs the extra `serve` and a Chromium. Exits with 1 when anything is not as it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp

PROGRAM = "from codeask.tui.cli import codeask; codeask()"


class Page:
    """A page of Chromium, spoken to by its DevTools protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._numbers = socket, count(1)

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of one DevTools command."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            told = await self._socket.receive_json(timeout=20)
            if told.get("id") == number:
                return told.get("result", {})

    async def key(self, name: str, text: str = "", code: int = 0) -> None:
        """Presses a key."""
        extra = {"text": text} if text else {}
        for kind in ("keyDown", "keyUp"):
            await self.call(
                "Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code, **extra
            )

    async def click(self, x: int, y: int) -> None:
        """Clicks."""
        for kind in ("mousePressed", "mouseReleased"):
            await self.call(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def screenshot(self, file: Path) -> None:
        """Saves what is seen."""
        shot = await self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(shot["data"]))


async def run(repo: Path, question: str, picture: Path | None, port: int) -> int:
    """The whole test; gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        environment = {**os.environ, "CODEASK_DATA": str(data)}
        server = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "serve", "--repo", str(repo), "--port", str(port)],
            env=environment, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        browser = subprocess.Popen(
            [
                shutil.which("chromium") or shutil.which("google-chrome") or "chromium",
                "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
                "--window-size=1280,800", f"--remote-debugging-port={port + 1}", "about:blank",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with aiohttp.ClientSession() as session:
                return await _drive(session, port, data, question, picture)
        finally:
            for process in (browser, server):
                process.terminate()
                process.wait(10)


async def _drive(
    session: aiohttp.ClientSession, port: int, data: Path, question: str, picture: Path | None
) -> int:
    page_url = f"http://localhost:{port}/"
    await _answers(session, page_url)
    foreign = {"Origin": "http://evil.example"}
    async with session.get(page_url, headers=foreign) as told:
        _check("a foreign page is refused", told.status == 403)
    async with session.get(page_url, headers={"Host": "evil.example"}) as told:
        _check("a foreign name is refused", told.status == 403)
    targets = await _answers(session, f"http://localhost:{port + 1}/json")
    (target,) = [one for one in json.loads(targets) if one["type"] == "page"]
    async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
        page = Page(socket)
        started = time.monotonic()
        await page.call("Page.navigate", url=page_url)
        await asyncio.sleep(5)
        await page.click(400, 600)
        await asyncio.sleep(1)
        for letter in question:
            await page.key(letter, letter)
        await page.key("Enter", "\r", 13)
        saved: list[dict[str, Any]] = []
        while not saved and time.monotonic() - started < 60:
            await asyncio.sleep(0.2)
            for file in (data / "sessions").glob("*.jsonl"):
                saved = [json.loads(line) for line in file.read_text("utf-8").splitlines()][1:]
        await asyncio.sleep(1)
        if picture is not None:
            await page.screenshot(picture)
    _check("the question arrived as typed", bool(saved) and saved[0]["question"] == question)
    _check("it was answered with places", bool(saved) and bool(saved[0]["result"]["matches"]))
    return 0 if not _FAILED else 1


_FAILED: list[str] = []


def _check(what: str, good: bool) -> None:
    print(f"{'ok ' if good else 'BAD'} {what}")
    if not good:
        _FAILED.append(what)


async def _answers(session: aiohttp.ClientSession, url: str) -> str:
    for _ in range(150):
        try:
            async with session.get(url) as told:
                return await told.text()
        except aiohttp.ClientError:
            await asyncio.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


def main() -> int:
    """Parses the command line and runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repo", type=Path)
    parser.add_argument("--question", default="who calls get_queryset?")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--port", type=int, default=8931)
    options = parser.parse_args()
    return asyncio.run(run(options.repo, options.question, options.picture, options.port))


if __name__ == "__main__":
    sys.exit(main())
