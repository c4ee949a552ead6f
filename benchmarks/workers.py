"""One dask worker process and two, on the same data sets: `uv run python benchmarks/workers.py [DATA_SETS]`.

Printed are the seconds of one and of two, on a local cluster of processes with one thread each. Data sets are simulated
where they are pooled, and the clock starts once the processes are there and have pooled one chunk each.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from time import perf_counter

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # of the workers

CHUNKS = 32


def chunk(size: int, number: int) -> int:
    """Simulate data sets and pool them, on one thread."""
    import numpy as np
    from comparison import cases
    from comparison.tools import ours

    from irlbayes.posterior.batch import pool_many

    _, yi, sei = cases.drawn(np.random.default_rng((cases.SEED, number)), size, cases.STUDIES)
    return len(pool_many(yi, sei=sei, mu=ours.MU, tau=ours.TAU, workers=1))


def seconds(workers: int, size: int) -> float:
    """Return how long so many processes take for all chunks."""
    from distributed import Client, LocalCluster

    settings = {"n_workers": workers, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    with LocalCluster(**settings) as cluster, Client(cluster) as client:
        client.run(chunk, 10, CHUNKS)
        begun = perf_counter()
        done = sum(client.gather(client.map(partial(chunk, size), range(CHUNKS), pure=False)))
        taken = perf_counter() - begun
    assert done == size * CHUNKS
    return taken


if __name__ == "__main__":
    each = (int(sys.argv[1]) if len(sys.argv) > 1 else 320_000) // CHUNKS
    print(seconds(1, each), seconds(2, each))
