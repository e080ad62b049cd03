"""A Dask cluster that is not there is told. (`bench/dask_killed.py` kills a worker of a real one.)"""

from __future__ import annotations

import pytest
from codeask.distill.parallel import Workers, each
from codeask.executors.errors import UsageError


def test_an_absent_cluster_is_told() -> None:
    with pytest.raises(UsageError, match="No Dask cluster"):
        list(each(abs, [1], Workers("dask", 1, "tcp://127.0.0.1:9")))
