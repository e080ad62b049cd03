"""Speed of cold and warm questions and of the index: `python bench/index.py [--curve] FOLDER...`.

For each folder, in one run: `rg -l NAME`, the same name asked cold (no index, nothing in memory) and
warm (complete index, the check of the files included), `ctags -R` and the full index, sizes and peak
memory. With `--curve` the first folder is cut to 1,000, 2,000, … files. Times in milliseconds are
medians over the same random names; `cpu` is this process's own processor time, which a busy machine
disturbs less. The names are of functions and classes; the tools are definition, callers, references,
subclasses, source and writes.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from codeask.executors import grep
from codeask.executors.catalog import ToolCall
from codeask.executors.index import Index
from codeask.executors.repository import Repository
from codeask.executors.run import run_tool

TOOLS = ("find_definition", "find_callers", "find_references", "find_subclasses", "show_symbol",
         "find_writes")  # fmt: skip
UPDATE = """
import sys, time
from pathlib import Path
from codeask.executors.complete import update
from codeask.executors.index import Index
from codeask.executors.repository import Repository
if __name__ == "__main__":
    root = Path(sys.argv[1])
    started = time.perf_counter()
    update(Repository(root, Index(root, Path(sys.argv[2]))), jobs=int(sys.argv[3]))
    print(time.perf_counter() - started)
"""


_LARGE = 6_000  # files


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and own processor time of a call, in milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


def ask(repository: Repository, tool: str, name: str) -> object:
    """One question."""
    return run_tool(ToolCall(tool, {"name": name}), repository, timeout=60)


def names_of(repository: Repository, number: int) -> list[str]:
    """Random names of functions, methods and classes outside of tests, the same every time."""
    draw = random.Random(0)
    entries = [e for e in repository.listing().parsable if "test" not in e.path]
    found: set[str] = set()
    for entry in draw.sample(entries, min(len(entries), 150)):
        facts = repository.facts(entry)
        for definition in facts.definitions if facts is not None else ():
            if definition.kind in ("function", "method", "class", "struct", "interface"):
                found.add(definition.name)
    plain = sorted(name for name in found if name.isidentifier() and len(name) > 2)
    return draw.sample(plain, min(len(plain), number))


def point(values: Sequence[float], share: float) -> float:
    """A percentile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure(root: Path, number: int, jobs: int) -> str:
    """One row of the table. Large trees are indexed once, others twice, of which the quicker counts."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "update.py"
        script.write_text(UPDATE)
        command = [sys.executable, str(script), str(root), folder, str(jobs)]
        tags: list[float] = []
        full: list[float] = []
        memory = 0.0
        many = len(Repository(root).listing().parsable) > _LARGE
        for _ in range(1 if many else 2):  # by turns, so that both see the same machine
            shutil.rmtree(Path(folder) / "index", ignore_errors=True)
            tags.append(timed(lambda: _ctags(root))[0] / 1000)
            seconds, megabytes = _updated(command)
            full.append(seconds)
            memory = max(memory, megabytes)
        warm = Repository(root, Index(root, Path(folder)))
        for _ in range(3):  # from the third on a quiet tree costs nothing
            warm.listing()
        listing = warm.listing()
        names = names_of(Repository(root), number)
        rg, cold, cold_cpu = [], [], []
        for name in names[: 10 if many else 20]:
            rg.append(
                timed(lambda name=name: grep.files_with(root, name, fixed=True, word=True))[0]
            )
            times = timed(lambda name=name: ask(Repository(root), "find_callers", name))
            cold.append(times[0])
            cold_cpu.append(times[1])
        asked = [timed(lambda t=tool, n=name: ask(warm, t, n)) for name in names for tool in TOOLS]
        wall, cpu = [t[0] for t in asked], [t[1] for t in asked]
        sources = sum(entry.size for entry in listing.parsable) / 1e6
        assert warm.index is not None
        warm.index.close()
        kept = warm.index.folder.rglob("*")  # facts, postings and the snapshot of word forms
        size = sum(file.stat().st_size for file in kept if file.is_file()) / 1e6
    middle = statistics.median
    return (
        f"| {root.name} | {len(listing.parsable):,} | {sources:.1f} | {middle(rg):.0f} "
        f"| {middle(cold):.0f} / {point(cold, 0.95):.0f} (cpu {middle(cold_cpu):.0f}) "
        f"| {middle(cold) / middle(rg):.1f} "
        f"| {middle(wall):.1f} / {point(wall, 0.95):.1f} (cpu {middle(cpu):.1f} / {point(cpu, 0.95):.1f}) "
        f"| {min(tags):.2f} | {min(full):.2f} | {min(full) / min(tags):.1f} "
        f"| {size:.1f} ({size / sources:.0%}) | {memory:.0f} |"
    )


def _updated(command: Sequence[str]) -> tuple[float, float]:
    """Seconds of a full index and the peak memory of all its processes, in MB (0 without /proc)."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, _proportional(process.pid))
        time.sleep(0.1)
    assert process.stdout is not None
    return float(process.stdout.read()), peak / 1024


def _proportional(pid: int) -> int:
    """Kilobytes of a process and its children; pages that several share are counted once in all."""
    total = 0
    try:
        told = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
        total += int(told[1]) if told else 0
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += sum(_proportional(int(c)) for c in (task / "children").read_text().split())
    except OSError:  # it has just ended
        pass
    return total


def _ctags(root: Path) -> None:
    subprocess.run(
        ["ctags", "-R", "-f", os.devnull, "."], cwd=root, check=True, stderr=subprocess.DEVNULL
    )


def cut(root: Path, number: int, folder: Path) -> Path:
    """A tree with `number` of the parsable files of another, as links to the same data."""
    entries = list(Repository(root).listing().parsable)
    target = folder / f"{root.name}-{number}"
    for entry in random.Random(0).sample(entries, min(number, len(entries))):
        place = target / entry.path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / entry.path, place)
    return target


HEADER = ["tree", "files", "MB", "rg -l ms", "cold p50 / p95 ms", "cold/rg", "warm p50 / p95 ms",
          "ctags s", "index s", "index/ctags", "index MB", "peak MB"]  # fmt: skip


def main() -> None:
    """Prints the table as Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument(
        "--curve", action="store_true", help="cut the first folder to more and more"
    )
    parser.add_argument("--names", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    print("| " + " | ".join(HEADER) + " |\n|" + "---|" * len(HEADER), flush=True)
    if arguments.curve:
        for number in (1_000, 2_000, 4_000, 8_000, 15_000):
            with tempfile.TemporaryDirectory() as folder:
                try:
                    tree = cut(arguments.folders[0], number, Path(folder))
                    row = measure(tree, arguments.names, arguments.jobs)
                except (OSError, subprocess.CalledProcessError) as error:
                    row = f"| {number:,} files | not measured: {error} |"
                print(row, flush=True)
        return
    for folder in arguments.folders:
        print(measure(folder.resolve(), arguments.names, arguments.jobs), flush=True)


if __name__ == "__main__":
    main()
