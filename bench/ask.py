"""`ask` as people run it: a whole process, cold, on a real codebase.

    python bench/ask.py FOLDER --runs 7 "where is QuerySet defined" "who calls get_object_or_404"

Prints, for every question, the median (min-max) of wall-clock time, peak memory and the stages that
`ask --json` reports, in milliseconds; then `ask --help`. Use the `ask` of the environment it runs in.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ASK = Path(sys.executable).parent / "ask"
STAGES = ("startup", "route", "execute", "format", "total")


def run(arguments: list[str]) -> tuple[float, str]:
    """Wall-clock milliseconds and standard output of one `ask`."""
    started = time.perf_counter()
    done = subprocess.run([str(ASK), *arguments], capture_output=True, text=True)
    if done.returncode == 2:
        raise SystemExit(done.stderr)
    return (time.perf_counter() - started) * 1000, done.stdout


def spread(values: list[float]) -> str:
    """`median (min-max)`, whole numbers."""
    return f"{statistics.median(values):.0f} ({min(values):.0f}-{max(values):.0f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", nargs="+")
    parser.add_argument("--runs", type=int, default=7)
    args = parser.parse_args()
    print(
        f"{args.runs} runs each on {args.folder.name}, {os.cpu_count()} cores, ms: median (min-max)"
    )
    for question in args.questions:
        walls: list[float] = []
        stages: dict[str, list[float]] = {name: [] for name in STAGES}
        tool, total = "", 0
        for _ in range(args.runs):
            wall, output = run(["--json", "--repo", str(args.folder), question])
            record = json.loads(output)
            walls.append(wall)
            tool = record["route"]["tool"]
            total = record["result"]["total"] if record["result"] else 0
            for name in STAGES:
                stages[name].append(record["timings_ms"][name])
        parts = "  ".join(f"{name} {spread(stages[name])}" for name in STAGES)
        print(f"\n{question}\n  {tool}, {total} places: process {spread(walls)}\n  {parts}")
    walls = [run(["--help"])[0] for _ in range(args.runs)]
    print(f"\nask --help: process {spread(walls)}")


if __name__ == "__main__":
    main()
