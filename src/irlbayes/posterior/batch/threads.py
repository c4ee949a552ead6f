"""Compiled loops over many data sets, on threads: what every way of pooling many shares around its own kernel."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
AT_ONCE = 200_000  # studies of the data sets that a thread takes at a time
FEW = 2_000  # studies in all, below which one thread is as fast


def probits(probabilities: Array) -> Array:
    """Return the standard normal quantiles of probabilities; exactly 0 for one half."""
    return np.array([0.0 if p == 0.5 else NormalDist().inv_cdf(p) for p in probabilities])


def on_threads[Part](run: Callable[[Part], None], parts: Sequence[Part], workers: int | None) -> None:
    """Run every part, on at most so many threads; on one, the process can be interrupted between two parts."""
    threads = min(workers or os.cpu_count() or 1, len(parts))
    if threads == 1:
        for part in parts:
            run(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, parts))


def parts_of(k: NDArray[np.int64], chosen: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return runs of chosen data sets, first and after the last, of about so much work each; ``k`` counts studies."""
    work = np.cumsum(k[chosen] + 30)
    size = max(1, min(AT_ONCE, int(work[-1]) // 16 + 1))
    new = np.flatnonzero((np.diff(chosen) > 1) | (np.diff(work // size) > 0)) + 1
    firsts = np.concatenate([[0], new])
    lasts = np.concatenate([new, [chosen.size]]) - 1
    return [(int(chosen[a]), int(chosen[b]) + 1) for a, b in zip(firsts, lasts, strict=True)]
