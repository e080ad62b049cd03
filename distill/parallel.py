"""Work spread by joblib: threads, processes or a Dask cluster, results as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from ..executors.errors import UsageError

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Workers:
    """Where work runs. `threading` suits waiting for a server, `loky` computing here, `dask` a
    cluster at `address` (empty: a local one of `count` workers)."""

    backend: Literal["threading", "loky", "dask"] = "threading"
    count: int = 2
    address: str = ""


def each(
    function: Callable[[Item], Result], items: Sequence[Item], workers: Workers
) -> Iterator[tuple[Item, Result]]:
    """(item, result) in the order of completion; with processes, both must be picklable.

    An exception of `function` ends it all: expected failures are values. Raises `UsageError` when
    the cluster cannot be reached.
    """
    if not items:
        return
    from joblib import Parallel, delayed, parallel_config

    with ExitStack() as stack:
        if workers.backend == "dask":
            stack.enter_context(_cluster(workers))
        stack.enter_context(parallel_config(backend=workers.backend, n_jobs=workers.count))
        tasks = (delayed(_numbered)(number, function, item) for number, item in enumerate(items))
        found: Any = Parallel(return_as="generator_unordered")(tasks)
        for number, result in found:
            yield items[number], result


def _numbered(number: int, function: Callable[[Item], Result], item: Item) -> tuple[int, Result]:
    return number, function(item)


def _cluster(workers: Workers) -> Any:
    try:
        from dask.distributed import Client  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as error:
        raise UsageError(
            "The Dask back end needs its packages; run pip install 'codeask[dask]'."
        ) from error
    try:
        if workers.address:
            return Client(workers.address, timeout="3s")
        return Client(n_workers=workers.count, threads_per_worker=1, dashboard_address=None)
    except OSError as error:
        raise UsageError(f"No Dask cluster answers at {workers.address}: {error}.") from error
