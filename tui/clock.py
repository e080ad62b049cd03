"""How long ago this process started, for the start-up time in `--timings`."""

from __future__ import annotations

import os
import time

_IMPORTED = time.perf_counter()


def since_process_start() -> float:
    """Seconds since the process was made; where /proc does not tell, since this import.

    The kernel counts in ticks of 10 ms, so the figure is that coarse.
    """
    since_import = time.perf_counter() - _IMPORTED
    try:
        with open("/proc/self/stat", "rb") as stream:
            after_name = stream.read().rpartition(b")")[2].split()
        ticks = int(after_name[19])  # field 22 of proc(5): starttime since boot
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return since_import
    return age if since_import <= age < 1e9 else since_import
