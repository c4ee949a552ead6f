"""One dask worker process and two, on the same data sets: `uv run python benchmarks/workers.py [DATA_SETS]`.

Printed are the seconds of one and of two. Each process has one thread; the data sets are simulated where they are
pooled, and the clock starts once the processes are there and have pooled one chunk.
"""

from __future__ import annotations

import os
import sys
from time import perf_counter

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")

CHUNKS = 32


def chunk(number: int, size: int) -> int:
    """Simulate data sets and pool them, on one thread."""
    import numpy as np
    from comparison import cases
    from comparison.tools import ours

    from irlbayes.posterior.batch import pool_many

    _, yi, sei = cases.drawn(np.random.default_rng((cases.SEED, number)), size, cases.STUDIES)
    return len(pool_many(yi, sei=sei, mu=ours.MU, tau=ours.TAU, workers=1))


def seconds(workers: int, size: int) -> float:
    """Return how long so many processes take for all chunks."""
    import dask

    work = [dask.delayed(chunk)(number, size) for number in range(CHUNKS)]
    settings = {"scheduler": "processes", "num_workers": workers, "chunksize": 1}
    with dask.config.set(pool=_pool(workers), **settings):
        dask.compute(*[dask.delayed(chunk)(CHUNKS + number, 10) for number in range(2 * workers)])
        begun = perf_counter()
        dask.compute(*work)
        return perf_counter() - begun


def _pool(workers: int):  # type: ignore[no-untyped-def]
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(workers, get_context("spawn"))


if __name__ == "__main__":
    each = (int(sys.argv[1]) if len(sys.argv) > 1 else 64_000) // CHUNKS
    print(seconds(1, each), seconds(2, each))
