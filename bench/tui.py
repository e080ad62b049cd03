"""The terminal app's figures: first paint, Enter → first place → full answer, the loop's longest block.

    python bench/tui.py FOLDER                 # Enter → first place → full answer, warm, plain wording
    python bench/tui.py FOLDER --paint         # process start → first paint, in a pseudo-terminal
    python bench/tui.py FOLDER --index         # the loop's longest block while the index is made anew
    python bench/tui.py . --picture docs/tui.svg   # the README's picture, of this repository

The first needs `pyte`, a terminal emulator. FOLDER is a repository such as Django's. The questions were written for this bench; the calls behind
them are the router's.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

from codeask.tui.app import CodeaskApp, calm, index_command, make_desk, no_index
from codeask.tui.desk import Desk
from codeask.tui.screens.main import MainScreen
from textual.pilot import Pilot

QUESTIONS = (
    "where is HttpResponse defined?",
    "who calls get_object_or_404?",
    "which classes extend BaseBackend?",
    "where is QuerySet.filter defined?",
    "what does RequestContext inherit from?",
    "who calls force_str?",
    "which classes extend FileSystemStorage?",
    "show me the signature of render_to_string",
    "list the methods of SessionBase",
    "where is ImproperlyConfigured raised?",
)
PROGRAM = "from codeask.tui.cli import codeask; codeask()"


class Heartbeat:
    """Measures how long the loop was not able to run a task that wants to run every millisecond."""

    def __init__(self) -> None:
        self.blocks: list[float] = []
        self.own: list[
            float
        ] = []  # processor time of the loop's thread in each: others' load is out

    async def run(self) -> None:
        """Beats until it is cancelled."""
        before, used = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now, spent = time.perf_counter(), time.thread_time()
            self.blocks.append((now - before - 0.001) * 1000)
            self.own.append((spent - used) * 1000)
            before, used = now, spent


async def answered(pilot: Pilot[None], question: str) -> None:
    """Asks a question and waits until its answer is there and kept."""
    screen = screen_of(pilot)
    screen.prompt.put(question)
    count = len(screen.desk.session.exchanges)
    screen.prompt.key("enter")
    while len(screen.desk.session.exchanges) == count:
        await asyncio.sleep(0.003)


def screen_of(pilot: Pilot[None]) -> MainScreen:
    """The main screen."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


class Terminal:
    """`codeask` in a pseudo-terminal of its own. Use as a context."""

    def __init__(self, folder: Path, data: str, columns: int = 160, lines: int = 48) -> None:
        self._main, other = pty.openpty()
        ioctl(other, TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        environment = {**os.environ, "CODEASK_DATA": data, "TERM": "xterm-256color"}
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "tui", "--repo", str(folder)],
            stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(other)
        self.seen = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.write(b"\x11")  # Ctrl+Q
        deadline = time.monotonic() + 10
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                self.read(0.1)
            except OSError:
                break
        self._process.kill()
        self._process.wait()
        os.close(self._main)

    def write(self, keys: bytes) -> None:
        """Types."""
        os.write(self._main, keys)

    def read(self, seconds: float) -> bytes:
        """What is written next; nothing after so many seconds of silence."""
        if not select.select([self._main], [], [], seconds)[0]:
            return b""
        told = os.read(self._main, 1 << 16)
        self.seen += told.decode("utf-8", "replace")
        return told

    def wait_for(self, text: str, seconds: float = 60) -> None:
        """Reads until a text was written; `TimeoutError` after so many seconds."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            self.read(0.5)
            if time.monotonic() > deadline:
                raise TimeoutError(f"'{text}' was not written")

    def collect(self, seconds: float) -> list[tuple[float, bytes]]:
        """What is written within so many seconds, and when."""
        chunks: list[tuple[float, bytes]] = []
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            told = self.read(left)
            chunks.append((time.perf_counter(), told))
        return chunks

    @property
    def processor(self) -> float:
        """Milliseconds of processor time that it has used."""
        return processor_ms(self._process.pid)


class Asked:
    """When the first place of a question was on the terminal, and when the figures below its answer.

    The chunks that were written are played to a terminal emulator afterwards, so that what counts is
    what was seen, at the moment its bytes arrived.
    """

    def __init__(self, terminal: Terminal, question: str) -> None:
        import pyte

        screen = pyte.Screen(160, 48)
        stream = pyte.ByteStream(screen)
        before = terminal.processor
        terminal.seen = ""
        terminal.write(question.encode())
        terminal.collect(0.3)
        started = time.perf_counter()
        terminal.write(b"\r")
        self.first = self.whole = self.pipeline = 0.0
        chunks = terminal.collect(1.0)
        self.processor = terminal.processor - before  # typing and the code beside it are in it
        for moment, told in chunks:
            stream.feed(told)
            rows = [row[:79].rstrip() for row in screen.display]
            at = [number for number, row in enumerate(rows) if row.strip() == f"❯ {question}"]
            if not at:
                continue
            below = rows[at[-1] + 1 :]
            if not self.first and any(re.search(r"\.\w+:\d+", row) for row in below):
                self.first = (moment - started) * 1000
            figures = [row for row in below if row.lstrip().startswith(("✓", "✗"))]
            if figures:
                self.whole = (moment - started) * 1000
                numbers = re.search(r"route (\d+) · search (\d+) · words (\d+) ms", figures[0])
                summed = re.search(r" (\d+) ms", figures[0])
                told_ms = numbers.groups() if numbers else summed.groups() if summed else ()
                self.pipeline = float(sum(int(each) for each in told_ms))
                break
        self.first = self.first or self.whole


def questions(folder: Path, data: str, rounds: int) -> None:
    """Asks every question once to warm up, then `rounds` times, a new session each time."""
    with Terminal(folder, data) as terminal:
        terminal.wait_for("index ready", 600)
        for question in QUESTIONS:
            Asked(terminal, question)
        asked: list[Asked] = []
        for _ in range(rounds):
            terminal.write(b"\x0e")  # Ctrl+N
            terminal.collect(0.5)
            for question in QUESTIONS:
                one = Asked(terminal, question)
                asked.append(one)
                print(f"{one.first:8.0f} {one.whole:8.0f} {one.pipeline:8.0f}  {question}")
    print(f"Enter → first place on the terminal: {spread([one.first for one in asked])}")
    print(f"Enter → full answer on the terminal: {spread([one.whole for one in asked])}")
    print(f"of it route, search, words: {spread([one.pipeline for one in asked])}")
    print(f"processor time, typing and code pane too: {spread([one.processor for one in asked])}")


async def blocks(desk: Desk, folder: Path) -> None:
    """The loop's blocks while the index is made anew: first left alone, then with questions asked."""
    async with CodeaskApp(desk, no_index).run_test(size=(160, 48)) as pilot:
        await pilot.app.workers.wait_for_complete()
        await answered(pilot, QUESTIONS[0])
        await measured("no index running, left alone", asyncio.sleep(5))
        process = subprocess.Popen(index_command(folder), stderr=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, preexec_fn=lambda: os.nice(10))  # fmt: skip
        started = time.monotonic()

        async def until_done(asking: bool) -> None:
            turn = 0
            while process.poll() is None and time.monotonic() - started < (300 if asking else 4):
                if asking:
                    await answered(pilot, QUESTIONS[turn % len(QUESTIONS)])
                    turn += 1
                await asyncio.sleep(0.05)

        await measured("index running, left alone", until_done(False))
        await measured("index running, questions asked", until_done(True))
        done = process.poll() is not None
        process.terminate()
        process.wait()
        took = f"{time.monotonic() - started:.0f} s"
        print(
            f"the index was complete after {took}" if done else f"the index was not done in {took}"
        )


async def measured(what: str, work) -> None:  # type: ignore[no-untyped-def]
    """Runs `work` with a heartbeat beside it and tells the longest blocks."""
    beat = Heartbeat()
    task = asyncio.ensure_future(beat.run())
    await work
    task.cancel()
    if beat.blocks:
        worst = sorted(beat.blocks)
        print(
            f"{what}: longest block {worst[-1]:.0f} ms, p99 {worst[len(worst) * 99 // 100]:.1f} ms, "
            f"p50 {statistics.median(worst):.2f} ms over {len(worst)} beats; its own processor time in "
            f"one beat at most {max(beat.own):.0f} ms"
        )


def first_paint(folder: Path, data: str, runs: int) -> None:
    """Seconds from the start of the process until the question box is on the terminal."""
    times: list[float] = []
    spent: list[float] = []
    for _ in range(runs):
        with Terminal(folder, data, 120, 40) as terminal:
            terminal.wait_for("Ask about this repository", 20)
            times.append((time.perf_counter() - terminal.started) * 1000)
            spent.append(terminal.processor)
    print(f"process start → first paint: {spread(times)}\nprocessor time of it: {spread(spent)}")


def processor_ms(pid: int) -> float:
    """Milliseconds of processor time that a process has used; on a busy machine less than the clock's."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") * 1000


async def picture(repo: Path, file: Path) -> None:
    """Takes a picture of two answers about a clone of `repo`, which stands in the home folder."""
    with tempfile.TemporaryDirectory() as home:
        clone = Path(home) / "codeask"
        subprocess.run(["git", "clone", "-q", str(repo.resolve()), str(clone)], check=True)
        os.environ["HOME"] = home
        desk = make_desk(Path(home) / "data")
        desk.open(clone)
        async with CodeaskApp(desk, no_index).run_test(size=(132, 40)) as pilot:
            await pilot.app.workers.wait_for_complete()
            for _ in range(2):  # the second time it is warm
                screen_of(pilot).action_new_session()
                await pilot.pause(0.5)
                for question in ("who calls run_tool, excluding tests?", "and what does it call?"):
                    await answered(pilot, question)
            await pilot.press("tab", "down", "down", "down")
            await pilot.pause(1)
            file.write_text(pilot.app.export_screenshot(title="codeask"), "utf-8")


def spread(times: list[float]) -> str:
    """Median, quartiles, extremes."""
    ordered = sorted(times)
    low, _, high = statistics.quantiles(ordered, n=4) if len(ordered) > 1 else ordered * 3
    return (
        f"p50 {statistics.median(ordered):.0f} ms, quartiles {low:.0f}–{high:.0f}, "
        f"{ordered[0]:.0f} to {ordered[-1]:.0f} ms, n = {len(ordered)}"
    )


def main() -> None:
    """Parses the command line and runs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--paint", action="store_true")
    parser.add_argument("--index", action="store_true")
    parser.add_argument("--picture", type=Path, metavar="FILE")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if options.picture:
        asyncio.run(picture(options.folder, options.picture))
        return
    with tempfile.TemporaryDirectory() as data:
        if options.paint:
            first_paint(options.folder, data, options.runs)
            return
        if options.index:
            os.environ["CODEASK_CACHE_DIR"] = f"{data}/cache"
        calm()
        desk = make_desk(Path(data))
        desk.open(options.folder)
        if options.index:
            asyncio.run(blocks(desk, options.folder))
        else:
            print("   first   answer pipeline (ms)")
            questions(options.folder, data, options.runs)


if __name__ == "__main__":
    main()
