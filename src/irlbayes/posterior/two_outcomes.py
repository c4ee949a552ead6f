"""Two outcomes with normal reports: given both taus and the correlation mu is normal, and the rest is integrated.

    y_i ~ Normal(theta_i, S_i),   theta_i ~ Normal(mu, T),   T = [[tau_1 ** 2, r tau_1 tau_2], [., tau_2 ** 2]]

S_i has the squared standard errors and the stated correlation of the errors. What `bivariate` integrates has these
coordinates: ``tau = m x / (1 - x)`` for both taus, or ``x ** 2`` in the place of x where mu is far narrower than tau's
prior is wide, so that nodes crowd near tau = 0, where mu narrows; and atanh(r) where it is not stated. Under it the
likelihood keeps its distance from the poles that it has near -1 and 1 where taus are large against errors.

References
----------
van Houwelingen, H. C., Arends, L. R., & Stijnen, T. (2002). Advanced methods in meta-analysis: multivariate approach
and meta-regression. Statistics in Medicine, 21(4), 589-624.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.assumptions import ModelSpec
from irlbayes.posterior.plans import unit_of_tau

Array = NDArray[np.float64]
CROWDED = 0.1  # share of tau's scale below which the width of mu has nodes crowd near 0
FARTHEST = 16.0  # atanh of a correlation: 2.5e-14 from 1


@dataclass(frozen=True)
class Rows:
    """Reports of two outcomes by cohort, dims (cohort, outcome); not a number where a cohort has none."""

    y: Array
    sei: Array


@dataclass(frozen=True)
class TwoOutcomes:
    """The unknowns to integrate over, and everything that is known.

    Parameters
    ----------
    rows : Rows
    models : sequence of ModelSpec
        Two, with normal priors of mu.
    between : float or None
        Stated correlation of true effects; None where it is integrated.
    within : float or Array, dims (cohort,)
        Correlation of sampling errors.
    eta : float
        Of the LKJ prior of ``between``.
    """

    rows: Rows
    models: Sequence[ModelSpec]
    between: float | None
    within: float | Array
    eta: float = 2.0

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the unknowns that are integrated."""
        return ("tau_0", "tau_1", *(("between",) if self.between is None else ()))

    def to_value(self, axis: str, u: Array) -> Array:
        """Return an unknown from its coordinate."""
        if not axis.startswith("tau"):
            return np.tanh(u)
        u = u ** self.power(axis)
        with np.errstate(divide="ignore"):
            return np.asarray(self.middle(axis) * u / (1.0 - u))

    def to_coordinate(self, axis: str, value: Array) -> Array:
        """Return the coordinate of an unknown."""
        if not axis.startswith("tau"):
            with np.errstate(divide="ignore"):
                return np.arctanh(value)
        share = np.where(np.isinf(value), 1.0, value / (self.middle(axis) + np.minimum(value, 1e300)))
        return np.asarray(share ** (1.0 / self.power(axis)))

    def power(self, axis: str) -> int:
        """Return the power of a tau's coordinate."""
        o, typical = int(axis[-1]), self.middle(axis)
        sei = self.rows.sei[np.isfinite(self.rows.y[:, o]), o]
        precision = float((sei**-2.0).sum() + priors.scale(self.models[o].mu) ** -2.0)
        return 2 if unit_of_tau(typical, precision) < CROWDED * typical else 1

    def middle(self, axis: str) -> float:
        """Return the tau that lies at a half, or where nodes crowd at the root of a half, of its coordinate."""
        return priors.scale(self.models[int(axis[-1])].tau)

    def ends(self, axis: str) -> tuple[float, float]:
        """Return the ends of a coordinate."""
        if not axis.startswith("tau"):
            return -FARTHEST, FARTHEST
        low, high = self.to_coordinate(axis, np.array(priors.support(self.models[int(axis[-1])].tau)))
        return float(low), float(high)

    def log_prior(self, axis: str, value: Array) -> Array:
        """Return the log prior density of an unknown."""
        if axis.startswith("tau"):
            return priors.log_pdf(self.models[int(axis[-1])].tau, value)
        constant = lgamma(2.0 * self.eta) - 2.0 * lgamma(self.eta) - (2.0 * self.eta - 1.0) * log(2.0)
        return np.asarray(constant + (self.eta - 1.0) * np.log1p(-np.minimum(value**2, 1.0 - 1e-16)))

    def log_slope(self, axis: str, u: Array) -> Array:
        """Return the log of how fast an unknown changes with its coordinate."""
        if axis.startswith("tau"):
            power = self.power(axis)
            with np.errstate(divide="ignore"):
                crowding = np.log(power) + (power - 1) * np.log(u) if power > 1 else 0.0
            return np.asarray(np.log(self.middle(axis)) - 2.0 * np.log1p(-(u**power)) + crowding)
        return np.asarray(-2.0 * np.log(np.cosh(u)))


def given(model: TwoOutcomes, values: Mapping[str, Array]) -> tuple[Array, Array, Array]:
    """Return the log likelihood given the hyper-parameters, and the mean and covariance of mu.

    Parameters
    ----------
    model : TwoOutcomes
    values : Mapping
        tau_0, tau_1, and the correlation where it is integrated, dims (point,).

    Returns
    -------
    Array, dims (point,)
        mu integrated out.
    Array, dims (point, outcome)
    Array, dims (point, outcome, outcome)
    """
    prior = np.array([model.mu.parameters for model in model.models])
    tau = [values["tau_0"], values["tau_1"]]
    zero = np.zeros_like(tau[0])
    own, cross = [zero + value for value in prior[:, 1] ** -2.0], zero.copy()  # precision of mu
    pull, bulk = [zero.copy(), zero.copy()], zero - np.log(prior[:, 1]).sum()  # mu is measured from its prior mean
    r = values.get("between", zero + (model.between or 0.0))
    rhos = np.broadcast_to(model.within, len(model.rows.y))
    for y, sei, correlation in zip(model.rows.y - prior[:, 0], model.rows.sei, rhos, strict=True):
        there = np.flatnonzero(np.isfinite(y))
        variance = [sei[o] ** 2 + tau[o] ** 2 for o in there]
        bulk -= 0.5 * there.size * log(2.0 * np.pi)
        if there.size == 1:
            o = int(there[0])
            own[o] += 1.0 / variance[0]
            pull[o] += y[o] / variance[0]
            bulk -= 0.5 * (np.log(variance[0]) + y[o] ** 2 / variance[0])
            continue
        covariance = correlation * sei[0] * sei[1] + r * tau[0] * tau[1]
        det = variance[0] * variance[1] - covariance**2
        one, two, both = variance[1] / det, variance[0] / det, -covariance / det
        left, right = one * y[0] + both * y[1], both * y[0] + two * y[1]
        for total, part in zip((*own, cross, *pull), (one, two, both, left, right), strict=True):
            total += part
        bulk -= 0.5 * (np.log(det) + y[0] * left + y[1] * right)
    det = own[0] * own[1] - cross**2
    mean = np.stack([own[1] * pull[0] - cross * pull[1], own[0] * pull[1] - cross * pull[0]], axis=-1) / det[:, None]
    bulk += 0.5 * (mean[:, 0] * pull[0] + mean[:, 1] * pull[1] - np.log(det))
    spread = np.stack([np.stack([own[1], -cross], -1), np.stack([-cross, own[0]], -1)], -1) / det[:, None, None]
    return bulk, mean + prior[:, 0], spread


def log_height(model: TwoOutcomes, points: Sequence[Array]) -> Array:
    """Return the log posterior density of the coordinates, up to a constant, dims (point,)."""
    named = dict(zip(model.axes, points, strict=True))
    values = {axis: model.to_value(axis, u) for axis, u in named.items()}
    return given(model, values)[0] + log_prior(model, named, values)


def log_prior(model: TwoOutcomes, points: Mapping[str, Array], values: Mapping[str, Array]) -> Array:
    """Return the log prior density of the coordinates, dims (point,)."""
    each = [model.log_prior(axis, values[axis]) + model.log_slope(axis, u) for axis, u in points.items()]
    return np.asarray(np.sum(each, axis=0))
