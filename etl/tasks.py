"""Work on inputs larger than memory: Dask tasks, on threads of this process or on the workers of a cluster."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final, TypeVar

from etl.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")

_PER_WORKER: Final = 2
_CONNECT_SECONDS: Final = 5


def stream(work: Callable[[T], R], items: Iterable[T], scheduler: str | None = None) -> Iterator[R]:
    """The result of `work` for each item, in order; only a few items are under way or waiting at a time.

    Runs on the cores of this machine, or on the Dask cluster at the address `scheduler` (`tcp://host:8786`), to which
    `work` and the items travel: both must be picklable. Raises UsageError when there is no cluster at the address.
    """
    from dask.delayed import delayed  # Dask costs 0.15 seconds, and most runs need none

    remaining = iter(items)
    with _workers(scheduler) as (run, workers):
        while batch := list(islice(remaining, workers * _PER_WORKER)):
            yield from run([delayed(work, pure=False)(item) for item in batch])


def check(scheduler: str) -> None:
    """Raise UsageError when there is no Dask cluster at the address `scheduler`."""
    with _workers(scheduler):
        pass


@contextmanager
def _workers(scheduler: str | None) -> Iterator[tuple[Callable[[list[Any]], tuple[Any, ...]], int]]:
    from dask.base import compute

    if scheduler is None:
        cores = os.cpu_count() or 1
        yield lambda tasks: compute(*tasks, scheduler="threads", num_workers=cores), cores
        return
    from distributed import Client  # costs half a second, and most runs need none

    try:
        client = Client(scheduler, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(
            f"There is no Dask scheduler at {scheduler} ({type(error).__name__}): "
            "give the address that `dask scheduler` prints, such as tcp://127.0.0.1:8786."
        ) from error
    with client:
        threads = sum(client.nthreads().values())
        yield lambda tasks: compute(*tasks, scheduler=client), max(threads, 1)
