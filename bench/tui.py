"""The terminal app's figures: first paint, Enter → first place → full answer, the loop's longest block.

    python bench/tui.py FOLDER                 # Enter → first place → full answer, warm, plain wording
    python bench/tui.py FOLDER --paint         # process start → first paint, in a pseudo-terminal
    python bench/tui.py FOLDER --index         # the loop's longest block while the index is made anew
    python bench/tui.py . --picture docs/tui.svg   # the README's picture, of this repository

FOLDER is a repository such as Django's. The questions were written for this bench; the calls behind
them are the router's.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import resource
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

from codeask.tui.app import CodeaskApp, index_command, make_desk, no_index
from codeask.tui.desk import Desk
from codeask.tui.screens.main import MainScreen
from codeask.tui.widgets.places import PlacesList
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


async def answered(pilot: Pilot[None], question: str) -> tuple[float, float, float, float]:
    """Milliseconds from Enter to the first place and to the answer on the screen; what route, search and
    words took of it; and the processor time of all of it, ripgrep's too.
    """
    screen = screen_of(pilot)
    screen.prompt.put(question)
    count = len(screen.desk.session.exchanges)
    first = 0.0
    before = (
        next(iter(screen.query(PlacesList).results()), None) and screen.query(PlacesList).last()
    )
    spent = processor()
    started = time.perf_counter()
    screen.prompt.key("enter")
    while len(screen.desk.session.exchanges) == count:
        await asyncio.sleep(0.003)
        listed = screen.query(PlacesList)
        if not first and listed and listed.last() is not before and listed.last().option_count:
            first = time.perf_counter()
    painted = asyncio.Event()
    screen.call_after_refresh(painted.set)
    await painted.wait()
    done = time.perf_counter()
    own = sum(screen.desk.session.exchanges[-1].answer.timings_ms.values())
    used = (processor() - spent) * 1000
    return ((first or done) - started) * 1000, (done - started) * 1000, own, used


def processor() -> float:
    """Seconds of processor time of this process and of those it ran."""
    ran = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ran.ru_utime + ran.ru_stime


def screen_of(pilot: Pilot[None]) -> MainScreen:
    """The main screen."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


async def questions(desk: Desk, rounds: int) -> None:
    """Asks every question once to warm up, then `rounds` times."""
    async with CodeaskApp(desk, no_index).run_test(size=(160, 48)) as pilot:
        await pilot.app.workers.wait_for_complete()
        for question in QUESTIONS:
            await answered(pilot, question)
        first: list[float] = []
        whole: list[float] = []
        used: list[float] = []
        beside: list[float] = []
        for _ in range(rounds):
            screen_of(pilot).action_new_session()
            await pilot.pause(0.2)
            for question in QUESTIONS:
                times = await answered(pilot, question)
                first.append(times[0])
                whole.append(times[1])
                used.append(times[3])
                beside.append(times[1] - times[2])
                told = " ".join(f"{figure:8.0f}" for figure in times)
                print(f"{told}  {question}")
    print(f"Enter → first place: {spread(first)}\nEnter → full answer: {spread(whole)}")
    print(f"of it beside route, search, words: {spread(beside)}\nprocessor time: {spread(used)}")


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
            while process.poll() is None and time.monotonic() - started < (300 if asking else 15):
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
        main, other = pty.openpty()
        ioctl(other, TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = {**os.environ, "CODEASK_DATA": data, "TERM": "xterm-256color"}
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "tui", "--repo", str(folder)],
            stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(other)
        seen = b""
        while b"Ask about this repository" not in seen:
            if not select.select([main], [], [], 20)[0]:
                break
            seen += os.read(main, 65536)
        times.append((time.perf_counter() - started) * 1000)
        spent.append(processor_ms(process.pid))
        os.write(main, b"\x11")  # Ctrl+Q
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            if select.select([main], [], [], 0.1)[0]:
                try:
                    os.read(main, 65536)
                except OSError:
                    break
        process.kill()
        process.wait()
        os.close(main)
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
        async with CodeaskApp(desk, no_index).run_test(size=(132, 36)) as pilot:
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
        desk = make_desk(Path(data))
        desk.open(options.folder)
        if options.index:
            asyncio.run(blocks(desk, options.folder))
        else:
            print("   first   answer pipeline     cpu (ms)")
            asyncio.run(questions(desk, options.runs))


if __name__ == "__main__":
    main()
