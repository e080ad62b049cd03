"""Work on a real local Dask cluster: two workers, one killed in the middle, nothing lost."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from codeask.distill.parallel import Workers, each
from codeask.executors.errors import UsageError
from dask.distributed import LocalCluster  # pyright: ignore[reportMissingImports]


def slowly(item: tuple[int, str]) -> tuple[int, int]:
    """Leaves a mark that it has begun, then takes its time."""
    number, folder = item
    Path(folder, f"{number}-{os.getpid()}").touch()
    time.sleep(0.15)
    return number * number, os.getpid()


@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None,
        silence_logs=50,
    ) as cluster:  # fmt: skip
        items = [(number, str(tmp_path)) for number in range(16)]
        workers = Workers("dask", 2, cluster.scheduler_address)
        killed = 0
        found: dict[int, int] = {}
        for item, (square, process) in each(slowly, items, workers):
            found[item[0]] = square
            if not killed:
                killed = process
                os.kill(process, signal.SIGKILL)
        assert found == {number: number * number for number in range(16)}
        processes = {path.name.partition("-")[2] for path in tmp_path.iterdir()}
        assert str(killed) in processes
        assert len(processes) >= 2


def test_an_absent_cluster_is_told() -> None:
    with pytest.raises(UsageError, match="No Dask cluster"):
        list(each(slowly, [(1, ".")], Workers("dask", 1, "tcp://127.0.0.1:9")))
