"""Likelihoods of (mu, tau) under the ways in which results may have been selected.

Under a step function of the p-value the likelihood of a study is ``sum_j omega_j N_j / sum_j omega_j P_j``: N_j is the
likelihood of its report with the p-value in interval j, P_j the chance of that interval, both averaged over its random
effect in closed form. They are computed once; every rule over omega then costs sums and products.

References
----------
Vevea, J. L. & Hedges, L. V. (1995). Psychometrika, 60(3), 419-435.
Stanley, T. D. & Doucouliagos, H. (2014). Meta-regression approximations to reduce publication selection bias. Research
Synthesis Methods, 5(1), 60-78.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import log_smooth_all
from irlbayes.core.publication import Family, Favoured, Selected, WeightFunction

Array = NDArray[np.float64]
TOGETHER = 20  # chances multiplied before a logarithm is taken
LEAST = 1e-300  # of such a product
IN_CACHE = 40_000
RATES = 9  # Gauss-Legendre nodes of the probability that a measured outcome is reported at all


@dataclass(frozen=True, eq=False)
class Case:
    """One outcome: its studies, cut by their p-values, and the priors of mu and tau.

    Parameters
    ----------
    studies : tuple of Selected
    mu, tau : Prior
        Proper.
    null : float
        Value of no effect.
    favoured : str
        Direction that is published more readily: ``+``, ``-`` or ``both``.
    partition : tuple of float
        One-sided p-values at which the studies are cut.
    """

    studies: tuple[Selected, ...]
    mu: Prior
    tau: Prior
    null: float
    favoured: Favoured
    partition: tuple[float, ...]

    @cached_property
    def telling(self) -> tuple[Selected, ...]:
        """Studies that say something of their effect."""
        return tuple(study for study in self.studies if not study.curve.is_flat)

    @cached_property
    def constant(self) -> float:
        """Log likelihood of the studies that say nothing."""
        return float(np.log([study.curve.floor for study in self.studies if study.curve.is_flat]).sum())

    @cached_property
    def cut(self) -> tuple[Selected, ...]:
        """Studies on which selection bears: those that have a p-value or lack a report."""
        return tuple(study for study in self.studies if study.passes)

    @property
    def sign(self) -> float:
        """Sign of the favoured direction; 1 where both are."""
        return -1.0 if self.favoured == "-" else 1.0

    def covariate(self, family: Family) -> Array:
        """Return what a regression adjusts for, dims (study,): the standard error, or its square."""
        sei = np.array([study.sei for study in self.telling])
        return sei**2 if family == "PEESE" else sei


def log_plain(case: Case, mu: Array, tau: Array) -> Array:
    """Return the log likelihood without selection, dims (tau, mu)."""
    if not case.telling:
        return np.zeros(mu.shape) + case.constant
    each = log_smooth_all([study.curve for study in case.telling], mu, tau)
    return np.asarray(each.sum(axis=0)) + case.constant


def log_shifted(case: Case, family: Family, mu: Array, tau: Array, beta: Array, shift: Array) -> Array:
    """Return the log likelihood of a regression adjustment, dims (tau, mu, beta).

    Parameters
    ----------
    mu : Array, dims (tau, mu)
    tau : Array, dims (tau,)
    beta : Array, dims (beta,)
    shift : Array, dims (tau, beta)
        The mean effect is ``mu - shift``, that of a study with covariate x is ``mu - shift + sign * beta * x``.
    """
    total = np.full((*mu.shape, beta.size), case.constant)
    shape = (tau.size, mu.shape[1] * beta.size)
    for study, x in zip(case.telling, case.covariate(family), strict=True):
        at = mu[:, :, None] + (case.sign * x * beta - shift)[:, None, :]
        total += study.curve.log_smooth(at.reshape(shape), tau).reshape(total.shape)
    return total


@dataclass(frozen=True, eq=False)
class Chances:
    """What selection needs to know at points of (mu, tau).

    Parameters
    ----------
    chance : Array, dims (study, point, interval)
        P_j of every study that is cut.
    share : Array, dims (spread study, point, interval)
        N_j over their sum, of reports that do not fix their interval.
    places : tuple of int
        Interval of each report that does.
    roles : tuple of str, dims (study,)
    """

    chance: Array
    share: Array
    places: tuple[int, ...]
    roles: tuple[str, ...]

    def at(self, points: NDArray[np.bool_]) -> Chances:
        """Return the same at some of the points."""
        return Chances(self.chance[:, points], self.share[:, points], self.places, self.roles)


def chances(case: Case, mu: Array, tau: Array) -> Chances:
    """Return the chances of every study at points, dims (tau, mu) flattened."""
    count = len(case.partition) + 1
    chance = _chances(case, mu, tau)
    spread, places = [], []
    for study in case.cut:
        seen = [j for j, curve in enumerate(study.observed) if curve is not None]
        if len(seen) == 1:
            places.append(seen[0])
        elif seen:
            spread.append(_share(study, seen, count, mu, tau))
    shares = np.array(spread) if spread else np.zeros((0, mu.size, count))
    return Chances(chance, shares, tuple(places), tuple(study.role for study in case.cut))


def _chances(case: Case, mu: Array, tau: Array) -> Array:
    """Return P_j of every study that is cut, dims (study, point, interval): all their probit terms in one sweep."""
    from scipy.special import ndtr

    passes = [curve for study in case.cut for curve in study.passes]
    at, blur, step = (np.concatenate([getattr(curve, name) for curve in passes]) for name in ("at", "blur", "step"))
    starts = np.cumsum([0, *(curve.at.size for curve in passes[:-1])])
    slope = 1.0 / np.sqrt(blur**2 + tau[:, None] ** 2)
    out = np.empty((*mu.shape, len(passes)))
    rows = max(1, IN_CACHE // (mu.shape[1] * at.size))
    for start in range(0, tau.size, rows):
        part = slice(start, start + rows)
        rises = ndtr((mu[part, :, None] - at) * slope[part, None, :]) * step
        out[part] = np.add.reduceat(rises, starts, axis=2)
    below = out.reshape(mu.size, len(case.cut), -1).transpose(1, 0, 2)
    return np.diff(below, axis=2, prepend=0.0, append=1.0)


def _share(study: Selected, seen: Sequence[int], count: int, mu: Array, tau: Array) -> Array:
    levels = np.full((mu.size, count), -np.inf)
    for j in seen:
        curve = study.observed[j]
        assert curve is not None
        levels[:, j] = curve.log_smooth(mu, tau).ravel()
    levels -= levels.max(axis=1, keepdims=True)
    share = np.exp(levels)
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def log_selection(
    given: Chances, weights: NDArray[np.intp], omega: Array, probability: Array, log_height: Array
) -> tuple[Array, Array]:
    """Average what selection does to the likelihood over a rule for omega.

    Parameters
    ----------
    given : Chances
    weights : Array of int, dims (interval,)
        Which weight each interval has.
    omega, probability : Array, dims (node, weight) and (node,)
    log_height : Array, dims (point,)
        Log of prior and plain likelihood, quadrature weights included.

    Returns
    -------
    factor : Array, dims (point,)
        Log of the average factor.
    mass : Array, dims (node,)
        Posterior probability of each node.
    """
    known = [role != "found" for role in given.roles]
    rate, rate_weight = _rates(any(known))
    one = np.eye(omega.shape[1])[weights]  # interval, weight
    by_weight = omega.T
    fixed = weights[list(given.places)]
    numerator = np.log(by_weight[fixed]).sum(axis=0) if fixed.size else np.zeros(omega.shape[0])
    reported = sum(role == "known" for role in given.roles)
    factor = np.empty(log_height.size)
    mass = np.zeros(omega.shape[0])
    top = float(log_height.max())
    rows = max(1, IN_CACHE // omega.shape[0])
    found = given.chance[[role == "found" for role in given.roles]] @ one
    silent = given.chance[[role == "silent" for role in given.roles]] @ one
    share = given.share @ one
    best = -np.inf
    for start in range(0, log_height.size, rows):
        part = slice(start, start + rows)
        level = numerator - _log_product(found[:, part] @ by_weight)
        if share.size:
            level = level + _log_product(share[:, part] @ by_weight)
        if any(known):
            level = level + _log_known(silent[:, part] @ by_weight, reported, rate, rate_weight)
        highest = level.max(axis=1, keepdims=True)
        scaled = np.exp(level - highest)
        factor[part] = highest[:, 0] + np.log(scaled @ probability)
        at = log_height[part] - top + highest[:, 0]
        if at.max() > best:
            mass *= np.exp(best - at.max()) if np.isfinite(best) else 0.0
            best = float(at.max())
        mass += np.exp(at - best) @ scaled
    mass *= probability
    return factor, mass / mass.sum()


def _rates(needed: bool) -> tuple[Array, Array]:
    """Return a rule for the probability, uniform a priori, that a measured outcome is reported where omega is one."""
    if not needed:
        return np.ones(1), np.ones(1)
    x, weight = np.polynomial.legendre.leggauss(RATES)
    return 0.5 * (x + 1.0), 0.5 * weight


def _log_known(passed: Array, reported: int, rate: Array, weight: Array) -> Array:
    """Average rate ** reported times the probability of every silence, dims (point, node)."""
    total = np.zeros(passed.shape[1:])
    for r, w in zip(rate, weight, strict=True):
        total += w * r**reported * np.prod(1.0 - r * passed, axis=0)
    return np.asarray(np.log(total))


def log_rate_alone(case: Case) -> float:
    """Return the log probability of which measured outcomes were reported, where that depends on nothing."""
    reported = sum(study.role == "known" for study in case.cut)
    silent = sum(study.role == "silent" for study in case.cut)
    if not reported + silent:
        return 0.0
    rate, weight = _rates(True)
    return float(np.log(weight @ (rate**reported * (1.0 - rate) ** silent)))


def _log_product(values: Array) -> Array:
    """Log of the product over the first axis, a dozen at a time."""
    total = np.zeros(values.shape[1:])
    for start in range(0, values.shape[0], TOGETHER):
        part = values[start : start + TOGETHER].prod(axis=0)
        total += np.log(np.maximum(part, LEAST, out=part))
    return total


def places(weights: WeightFunction, case: Case) -> NDArray[np.intp]:
    """Return which weight each interval of the case has."""
    return weights.places(case.partition, case.favoured)
