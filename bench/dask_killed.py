"""A Dask cluster of two workers, one killed in the middle of the work: is anything lost?

Usage: python bench/dask_killed.py [RUNS]. Prints for each run how many of 24 items came back, right,
after a SIGKILL of the first worker that answered. A run that hangs for two minutes counts as lost.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any

from codeask.distill.parallel import Workers, each

ITEMS = 24


def slowly(number: int) -> tuple[int, int]:
    """The square, after a while, and which process made it."""
    time.sleep(0.15)
    return number * number, os.getpid()


def once() -> bool:
    """One cluster, one kill; whether every item came back right and by two processes at least."""
    from dask.distributed import LocalCluster  # pyright: ignore[reportMissingImports]

    started: Any = LocalCluster(n_workers=2, threads_per_worker=1, silence_logs=50)
    with started as cluster:
        found: dict[int, int] = {}
        processes: set[int] = set()
        for item, (square, process) in each(
            slowly, range(ITEMS), Workers("dask", 2, cluster.scheduler_address)
        ):
            if not processes:
                os.kill(process, signal.SIGKILL)
            found[item] = square
            processes.add(process)
        print(f"{len(found)} of {ITEMS} items, by {len(processes)} processes")
        return found == {n: n * n for n in range(ITEMS)} and len(processes) >= 2


def main(runs: int) -> int:
    """Exit code 1 where anything was lost."""
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("hangs: lost"))
    good = 0
    for _ in range(runs):
        signal.alarm(120)
        good += once()
    print(f"{good} of {runs} runs lost nothing")
    return 0 if good == runs else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
