"""Many data sets of mixed reports pooled in one call: curves of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve
from irlbayes.posterior.batch import asked
from irlbayes.posterior.batch.asked import MU, TAU, Below, Numbered, Priors, at_or_nan, each
from irlbayes.posterior.batch.general import solved
from irlbayes.posterior.batch.partial_shapes import Packed, pack
from irlbayes.posterior.batch.pools import BATCH, GENERAL, NONE, NUMBERS, Pools
from irlbayes.posterior.batch.threads import on_threads, probits
from irlbayes.posterior.plans import moments_of_mu_with, moments_with

Array = NDArray[np.float64]
Index = NDArray[np.int64]
WITHIN = 1e-7  # error bound, in sds, with which the compiled rule's numbers are taken
AT_ONCE = 50  # data sets that a thread takes at a time
BOUND, EVIDENCE = NUMBERS.index("error_bound"), NUMBERS.index("log_marginal_likelihood")


def pool_curves(
    sets: Sequence[Sequence[Curve]],
    *,
    mu: Priors,
    tau: Priors,
    null: ArrayLike = 0.0,
    level: float = 0.95,
    below: Below = None,
    workers: int | None = None,
) -> Pools:
    """Pool many data sets of reports of any kind, each exactly.

    Parameters
    ----------
    sets : sequence of sequence of Curve
        A data set each. A curve that stands in several of them, as the same object, is prepared once.
    mu, tau : Prior, Panel or sequence of Prior
        One for all, or one per data set.
    null : array_like
        In units of the effect; one for all, or dims (dataset,).
    level : float
        Of the intervals.
    below : tuple of array_like, optional
        Values of mu, tau and theta_new below which the probability is asked for; one for all, or dims (dataset,).
    workers : int, optional
        Threads; as many as there are cores by default.

    Returns
    -------
    Pools
        What the compiled rule cannot answer (a prior of mu that is not normal, moments that do not exist), or not
        within an error of 1e-7 of an sd, is the general engine's.

    Raises
    ------
    InputError

    Notes
    -----
    Given tau, prior and normal reports are one normal in mu; the others are evaluated at nodes about the posterior, and
    the product is projected on Hermite functions: mu is then a normal times a polynomial, a new effect is the same
    widened by tau, and both are mixed over tau in closed form. The error bound is what the nodes of tau, the last
    coefficients of the projections and the fits of the curves leave; typically it is 1e-10 to 1e-8.

    Examples
    --------
    >>> from irlbayes.core.assumptions import Prior
    >>> from irlbayes.core.curve import normal_curve, probit_curve
    >>> value, direction = normal_curve(0.4, 0.2), probit_curve(np.zeros(1), 0.3, np.ones(1))
    >>> priors = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
    >>> found = pool_curves([[value], [value, direction]], mu=priors[0], tau=priors[1])
    >>> found["mu_p_gt_null"].round(4).tolist()
    [0.827, 0.92]
    """
    asked.refuse_level(level)
    count = len(sets)
    nulls, at = each("null", null, count), at_or_nan(below, count)
    priors = asked.numbered(mu, "mu", count), asked.numbered(tau, "tau", count)
    probabilities = np.array([0.5, 0.5 - 0.5 * level, 0.5 + 0.5 * level])
    given = _flat(sets)
    moments = _moments(given, *priors)
    out, reasons = np.full((count, len(NUMBERS)), np.nan), {}
    fits = (priors[0].family == MU.index("normal")) & (moments == 2).all(axis=1) & (given.telling > 0)
    _compiled(given, *priors, moments, nulls, at, probabilities, out, np.flatnonzero(fits), workers)
    out[:, EVIDENCE] += given.log_scale
    fits &= out[:, BOUND] < WITHIN
    solver = np.where(fits, BATCH, GENERAL).astype(np.int8)
    for i in np.flatnonzero(~fits).tolist():
        pair = priors[0].at(i, MU), priors[1].at(i, TAU)
        try:
            out[i] = solved(sets[i], *pair, nulls[i], at[i], probabilities)[0]
        except ArithmeticError as problem:
            out[i], solver[i], reasons[i] = np.nan, NONE, str(problem)
    wanted = NUMBERS if below is not None else NUMBERS[:-3]
    numbers = {name: np.ascontiguousarray(out[:, i]) for i, name in enumerate(wanted)}
    return Pools(numbers, solver, reasons, np.cumsum([0, *map(len, sets)]), level)


@dataclass(frozen=True, eq=False)
class _Given:
    """Data sets in flat arrays: normal reports begin at ``starts``, the numbers of the others at ``begins``.

    ``telling`` counts the curves that say something, ``bounded`` those that bound their effect on both sides;
    ``log_scale`` is the log of all constants that likelihoods carry.
    """

    y: Array
    s2: Array
    starts: Index
    chosen: Index
    begins: Index
    packed: Packed
    telling: Index
    bounded: Index
    log_scale: Array


def _flat(sets: Sequence[Sequence[Curve]]) -> _Given:
    """Lay out data sets; every curve is looked at once."""
    normal: dict[int, tuple[float, float, float]] = {}
    partial: dict[int, tuple[int, bool]] = {}
    kept: list[Curve] = []
    pairs: list[tuple[float, float]] = []
    chosen: list[int] = []
    starts, begins = [0], [0]
    telling, bounded, log_scale = (np.zeros(len(sets), dtype=kind) for kind in (np.int64, np.int64, float))
    for i, curves in enumerate(sets):
        for curve in curves:
            key = id(curve)
            if key not in normal and key not in partial:
                if curve.is_flat:
                    log_scale[i] += np.log(curve.floor)
                    continue
                if curve.is_normal:
                    center, width, weight = (float(part[0]) for part in (curve.center, curve.width, curve.weight))
                    normal[key] = center, width**2, float(np.log(weight))
                else:
                    partial[key] = len(kept), all(curve.bounded)
                    kept.append(curve)
            telling[i] += 1
            if key in normal:
                center, square, scale = normal[key]
                pairs.append((center, square))
                log_scale[i] += scale
                bounded[i] += 1
            else:
                chosen.append(partial[key][0])
                bounded[i] += partial[key][1]
        starts.append(len(pairs))
        begins.append(len(chosen))
    packed = pack(kept)
    numbers, ends = np.array(chosen, dtype=np.int64), np.array(begins, dtype=np.int64)
    peaks = np.concatenate([[0.0], np.cumsum(packed.log_peak[numbers])])
    y, s2 = np.array(pairs).reshape(-1, 2).T.copy()
    log_scale += peaks[ends[1:]] - peaks[ends[:-1]]
    return _Given(y, s2, np.array(starts, dtype=np.int64), numbers, ends, packed, telling, bounded, log_scale)


def _moments(given: _Given, mu: Numbered, tau: Numbered) -> Index:
    """Return how many moments of mu and of tau exist, dims (dataset, 2)."""
    known: dict[tuple[int, Prior, Prior], tuple[int, int]] = {}
    found = np.zeros((given.bounded.size, 2), dtype=np.int64)
    for i, sides in enumerate(given.bounded.tolist()):
        key = sides, mu.at(i, MU), tau.at(i, TAU)
        if key not in known:
            known[key] = moments_of_mu_with(*key), moments_with(*key)
        found[i] = known[key]
    return found


def _compiled(
    given: _Given, mu: Numbered, tau: Numbered, moments: Index, null: Array, at: Array, probabilities: Array,
    out: Array, which: NDArray[np.intp], workers: int | None,
) -> None:  # fmt: skip
    """Pool the data sets ``which`` by the compiled rule, on so many threads, into ``out``."""
    if not which.size:
        return
    from irlbayes.posterior.batch.partial_pooling import pool_some
    from irlbayes.posterior.batch.partial_tables import tables

    z = probits(probabilities)
    found, packed = tables(), given.packed
    like = np.stack([packed.mean, packed.precision])
    shapes = (packed.first, packed.floor, packed.error, packed.center, packed.width, packed.rise, packed.start,
              packed.coefficient)  # fmt: skip
    priors = np.column_stack([mu.parameters[:, 0], np.zeros(null.size)])
    priors[which, 1] = mu.parameters[which, 1] ** -2.0
    fixed = (
        given.y, given.s2, given.starts, given.chosen, given.begins, like, shapes, tau.family, tau.parameters, priors,
        moments, null, at, probabilities, z, (found.z, found.weight, found.project, found.widen), out,
    )  # fmt: skip
    parts = [which[start : start + AT_ONCE] for start in range(0, which.size, AT_ONCE)]
    on_threads(lambda part: pool_some(*fixed, part), parts, workers)
