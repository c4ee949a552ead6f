"""Many data sets of normal reports pooled in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irlbayes.core.curve import normal_curve
from irlbayes.posterior.batch import asked
from irlbayes.posterior.batch.asked import MU, TAU, Below, Numbered, Priors, Reports, at_or_nan, each
from irlbayes.posterior.batch.pools import BATCH, GENERAL, NONE, NUMBERS, Pools, joined
from irlbayes.posterior.batch.threads import FEW, on_threads, parts_of, probits
from irlbayes.posterior.plans import BARELY

Array = NDArray[np.float64]
WITHIN = 1e-8  # error bound with which the compiled rule's numbers are taken
REST_AT_ONCE = 2_000_000  # studies laid out at a time where each is left out: there are k (k - 1) of them
MOST_GENERAL = 100_000  # studies that the general engine is asked for: some ten seconds, and 7 kB each
TOO_MANY = "The compiled rule does not answer this, and {:,} studies are too many for the general engine."
BOUND = NUMBERS.index("error_bound")


def pool_many(
    yi: ArrayLike | Sequence[ArrayLike],
    *,
    vi: ArrayLike | Sequence[ArrayLike] | None = None,
    sei: ArrayLike | Sequence[ArrayLike] | None = None,
    offsets: ArrayLike | None = None,
    mu: Priors,
    tau: Priors,
    null: ArrayLike = 0.0,
    level: float = 0.95,
    below: Below = None,
    studies: bool = False,
    without_each: bool = False,
    workers: int | None = None,
) -> Pools:
    """Pool many data sets of normal reports, each exactly.

    Parameters
    ----------
    yi : array_like, or sequence of them
        Effects: all after one another with ``offsets``; rows of a data set each, padded with NaN; or a list of arrays.
    vi, sei : like ``yi``
        Sampling variances or standard errors: one of the two.
    offsets : array_like of int, dims (dataset + 1,)
        Where each data set begins in flat arrays, and where the last one ends.
    mu, tau : Prior, Panel or sequence of Prior
        One for all, or one per data set.
    null : array_like
        One for all, or dims (dataset,).
    level : float
        Of the intervals.
    below : tuple of array_like, optional
        Values of mu, tau and theta_new below which the probability is asked for; one for all, or dims (dataset,).
    studies : bool
        Whether each study's own (shrunken) effect is wanted.
    without_each : bool
        Whether each data set is pooled again without each of its studies, in the order of the studies.
    workers : int, optional
        Threads; as many as there are cores by default.

    Returns
    -------
    Pools
        What the compiled rule cannot answer, or not within an error of 1e-8 of an sd, is the general engine's.

    Raises
    ------
    InputError

    Examples
    --------
    >>> from irlbayes.core.assumptions import Prior
    >>> priors = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
    >>> found = pool_many([[0.3, 0.1], [0.5, 0.2, 0.4]], sei=[[0.1, 0.2], [0.2, 0.1, 0.3]], mu=priors[0], tau=priors[1])
    >>> found["mu_mean"].round(4).tolist()
    [0.2135, 0.3094]
    """
    asked.refuse_level(level)
    given = asked.reports(yi, vi, sei, offsets)
    count = given.k.size
    priors = asked.numbered(mu, "mu", count), asked.numbered(tau, "tau", count)
    nulls = each("null", null, count)
    found = _pooled(given, *priors, nulls, below, level, studies, workers)
    return replace(found, without_each=_without_each(given, priors, nulls, level, workers)) if without_each else found


def _pooled(
    given: Reports, mu: Numbered, tau: Numbered, null: Array, below: Below, level: float, studies: bool,
    workers: int | None,
) -> Pools:  # fmt: skip
    """Pool by the compiled rule, and by the general engine what that leaves."""
    count = given.k.size
    at = at_or_nan(below, count)
    tails = 0.5 * (1.0 - level)
    probabilities = np.array([0.5, tails, 1.0 - tails])
    out, reasons = np.full((count, len(NUMBERS)), np.nan), {}
    theta = np.full((2, given.yi.size if studies else 1), np.nan)
    moments = _moments(given, mu, tau)
    fits = (given.k > 0) & (mu.family != MU.index("student_t")) & ((mu.family == 0) | (given.k > 1))
    compiled(given, mu, tau, moments, null, at, probabilities, studies, out, theta, np.flatnonzero(fits), workers)
    fits &= (out[:, BOUND] < WITHIN) & np.isfinite(out[:, : BOUND - 1][:, 2])
    solver = np.where(fits, BATCH, GENERAL).astype(np.int8)
    for i in np.flatnonzero(~fits):
        from irlbayes.posterior.batch.general import solved

        part = slice(given.offsets[i], given.offsets[i + 1])
        pair = mu.at(int(i), MU), tau.at(int(i), TAU)
        try:
            if given.k[i] > MOST_GENERAL:
                raise ArithmeticError(TOO_MANY.format(given.k[i]))
            curves = [
                normal_curve(float(y), float(v) ** 0.5) for y, v in zip(given.yi[part], given.vi[part], strict=True)
            ]
            row, own = solved(curves, *pair, null[i], at[i], probabilities, studies)
        except ArithmeticError as problem:
            row, own = np.full(out.shape[1], np.nan), np.full((2, given.k[i]), np.nan)
            solver[i], reasons[int(i)] = NONE, str(problem)
        out[i] = row
        if studies:
            theta[:, part] = own
    wanted = NUMBERS if below is not None else NUMBERS[:-3]
    numbers = {name: np.ascontiguousarray(out[:, i]) for i, name in enumerate(wanted)}
    own_effects = (theta[0], theta[1]) if studies else (None, None)
    return Pools(numbers, solver, reasons, given.offsets, level, *own_effects)


def compiled(
    given: Reports,
    mu: Numbered,
    tau: Numbered,
    moments: NDArray[np.int64],
    null: Array,
    at: Array,
    probabilities: Array,
    studies: bool,
    out: Array,
    theta: Array,
    chosen: NDArray[np.intp],
    workers: int | None,
) -> None:
    """Pool the chosen data sets by the compiled rule, on so many threads, into ``out`` and ``theta``."""
    if not chosen.size:
        return
    from irlbayes.posterior.batch.pooling import pool_some

    z = probits(probabilities)
    flat = mu.family != 0
    priors = np.column_stack([np.where(flat, 0.0, mu.parameters[:, 0]), np.zeros(flat.size)])
    priors[~flat, 1] = mu.parameters[~flat, 1] ** -2.0
    fixed = (
        given.yi, given.vi, given.offsets, tau.family, tau.parameters, priors, moments, null, at, probabilities, z,
        studies, out, theta,
    )  # fmt: skip
    few = given.yi.size <= FEW
    on_threads(lambda part: pool_some(*fixed, *part), parts_of(given.k, chosen), 1 if few else workers)


def _moments(given: Reports, mu: Numbered, tau: Numbered) -> NDArray[np.int64]:
    """Return how many moments of mu and of tau exist, dims (dataset, 2): as `plans.moments`, for normal reports."""
    flat = mu.family == MU.index("flat")
    power = tau.tail + given.k - flat
    of_tau = (power > 2.0 + BARELY).astype(np.int64) + (power > 3.0 + BARELY)
    return np.column_stack([np.where(flat, of_tau, 2), of_tau])


def _without_each(
    given: Reports, priors: tuple[Numbered, Numbered], null: Array, level: float, workers: int | None
) -> Pools:
    """Pool every data set without each of its studies, in the order of the studies."""
    of = np.repeat(np.arange(given.k.size), given.k)  # data set of each study left out
    new = np.flatnonzero(np.diff(np.cumsum(given.k[of] - 1) // REST_AT_ONCE)) + 1
    parts = []
    for left_out in np.split(np.arange(of.size), new):
        mine = of[left_out]
        rest, own = _rest(given, mine, left_out), (priors[0].of(mine), priors[1].of(mine))
        parts.append(_pooled(rest, *own, null[mine], None, level, False, workers))
    return joined(parts)


def _rest(given: Reports, of: NDArray[np.intp], left_out: NDArray[np.intp]) -> Reports:
    """Return a data set for each study left out: all studies of its own data set (``of``) but that one."""
    sizes = given.k[of] - 1
    starts = np.concatenate([[0], np.cumsum(sizes)])
    first = given.offsets[of]
    kept = np.arange(starts[-1]) + np.repeat(first - starts[:-1], sizes)
    kept += kept >= np.repeat(left_out, sizes)
    return Reports(given.yi[kept], given.vi[kept], starts.astype(np.int64))
