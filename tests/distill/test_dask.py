"""Work on a Dask cluster: nothing is lost when a worker dies, and a cluster that is not there is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from codeask.distill.parallel import Workers, each
from codeask.executors.errors import UsageError

BENCH = Path(__file__).parent.parent.parent / "bench" / "dask_killed.py"


def test_a_worker_of_two_is_killed_and_nothing_is_lost() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, str(BENCH), "1"], capture_output=True, text=True, timeout=150,
        env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[0].startswith("24 of 24 items")


def test_an_absent_cluster_is_told() -> None:
    with pytest.raises(UsageError, match="No Dask cluster"):
        list(each(abs, [1], Workers("dask", 1, "tcp://127.0.0.1:9")))
