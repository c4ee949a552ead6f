"""Many data sets of mixed reports pooled in one call: curves of any kind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irlbayes.core.curve import Curve
from irlbayes.core.errors import InputError, Problem
from irlbayes.posterior.batch import asked
from irlbayes.posterior.batch.asked import MU, TAU, Priors
from irlbayes.posterior.batch.partial_shapes import Packed, pack
from irlbayes.posterior.batch.pools import BATCH, GENERAL, NONE, NUMBERS, Pools
from irlbayes.posterior.plans import bounding, moments_of_mu_with, moments_with

Array = NDArray[np.float64]
WITHIN = 1e-7  # error bound with which the compiled rule's numbers are taken
AT_ONCE = 50  # data sets that a thread takes at a time
BOUND = NUMBERS.index("error_bound")
EVIDENCE = NUMBERS.index("log_marginal_likelihood")
ASKED = 20  # numbers of a data set


def pool_curves(
    sets: Sequence[Sequence[Curve]],
    *,
    mu: Priors,
    tau: Priors,
    null: ArrayLike = 0.0,
    level: float = 0.95,
    workers: int | None = None,
) -> Pools:
    given = [[curve for curve in curves if not curve.is_flat] for curves in sets]
    count = len(given)
    priors = asked.numbered(mu, "mu", count), asked.numbered(tau, "tau", count)
    nulls = np.ascontiguousarray(np.broadcast_to(np.asarray(null, dtype=float), (count,)))
    tails = 0.5 * (1.0 - level)
    probabilities = np.array([0.5, tails, 1.0 - tails])
    number: dict[int, int] = {}
    unique: list[Curve] = []
    y, s2, scale, chosen, starts, begins = [], [], np.zeros(count), [], [0], [0]
    bounded: dict[int, bool] = {}
    moments = np.zeros((count, 2), dtype=np.int64)
    pairs: dict[tuple, tuple] = {}
    for i, curves in enumerate(given):
        for curve in curves:
            if curve.is_normal:
                y.append(curve.center[0])
                s2.append(curve.width[0] ** 2)
                scale[i] += np.log(curve.weight[0])
            else:
                if id(curve) not in number:
                    number[id(curve)] = len(unique)
                    unique.append(curve)
                    bounded[id(curve)] = all(curve.bounded)
                chosen.append(number[id(curve)])
        starts.append(len(y))
        begins.append(len(chosen))
        prior = priors[0].at(i, MU), priors[1].at(i, TAU)
        sides = sum(1 if curve.is_normal else bounded[id(curve)] for curve in curves)
        moments[i] = moments_of_mu_with(sides, *prior), moments_with(sides, *prior)
    packed = pack(unique)
    chosen_, starts_, begins_ = np.array(chosen, np.int64), np.array(starts, np.int64), np.array(begins, np.int64)
    scale += np.array([packed.log_peak[chosen_[begins[i] : begins[i + 1]]].sum() for i in range(count)])
    fits = (priors[0].family == MU.index("normal")) & (moments == 2).all(axis=1)
    out = np.full((count, len(NUMBERS)), np.nan)
    of_mu = np.stack([priors[0].parameters[:, 0], priors[0].parameters[:, 1] ** -2.0], axis=1)
    _compiled(np.array(y), np.array(s2), starts_, chosen_, begins_, packed, priors[1], of_mu, moments, nulls, probabilities, out, workers)
    out[:, EVIDENCE] += scale
    flat = [sum(float(np.log(curve.floor)) for curve in curves if curve.is_flat) for curves in sets]
    out[:, EVIDENCE] += flat
    fits &= out[:, BOUND] < WITHIN
    solver = np.where(fits, BATCH, GENERAL).astype(np.int8)
    numbers = {name: np.ascontiguousarray(out[:, i]) for i, name in enumerate(NUMBERS[:-3])}
    return Pools(numbers, solver, {}, np.cumsum([0, *map(len, sets)]), level)


def _compiled(y, s2, starts, chosen, begins, packed: Packed, tau, of_mu, moments, nulls, probabilities, out, workers):
    from irlbayes.posterior.batch.partial_pooling import pool_some
    from irlbayes.posterior.batch.partial_tables import tables

    z = np.array([NormalDist().inv_cdf(p) for p in probabilities])
    found = tables()
    look_up = found.z, found.weight, found.project, found.widen
    like = np.stack([packed.mean, packed.precision])
    shapes = packed.first, packed.floor, packed.error, packed.center, packed.width, packed.rise, packed.start, packed.coefficient
    count = out.shape[0]

    def some(first: int) -> None:
        pool_some(y, s2, starts, chosen, begins, like, shapes, tau.family, tau.parameters, of_mu, moments, nulls,
                  probabilities, z, look_up, out, first, min(first + AT_ONCE, count))

    parts = range(0, count, AT_ONCE)
    if (workers or os.cpu_count() or 1) == 1 or len(parts) < 2:
        for first in parts:
            some(first)
        return
    with ThreadPoolExecutor(workers or os.cpu_count()) as threads:
        list(threads.map(some, parts))
