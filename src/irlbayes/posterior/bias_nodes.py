"""Where the models of an ensemble are integrated: nodes of mu, tau and a regression coefficient.

A look over all that the priors and reports allow finds where any model has its posterior; nodes are laid there: equally
spaced in mu at each tau (a trapezoid rule, exact to rounding for what is smooth and vanishes at both ends), Gauss-
Legendre in tau and in the coefficient, on the axis that their priors suggest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.fitting import median
from irlbayes.core.publication import Family
from irlbayes.posterior.bias_likelihoods import Case

Array = NDArray[np.float64]
DEPTH = 26.0  # log units below the peak at which a window of mu ends
NEGLIGIBLE = 19.0  # the same for tau, the coefficient, and points that are left out
STEP, LOOSER_STEP = 0.45, 0.60  # of mu, in units of the narrowest sd that its posterior can have
TAU_NODES, BETA_NODES = (24, 19), (28, 22)
SCAN, OUTSIDE, CLOSER, LOOKS = 33, 14, 33, 3
FIRST_TAUS, NEXT_TAUS, BETAS = 21, 13, 17
MOST = 640  # nodes of mu
FARTHEST_TAU = 9.0  # asinh units of tau that are looked at
FARTHEST_LOG = 14.0  # log units
FARTHEST_BETA = 7.0  # asinh units of the coefficient
Heights = Callable[[Array, Array, Array, Array], Array]
"""From mu (tau, mu), tau, beta and shift (tau, beta) to log likelihoods, dims (tau, mu, beta)."""


@dataclass(frozen=True, eq=False)
class Axis:
    """Nodes of one unknown, with the log of quadrature weight times prior density.

    Parameters
    ----------
    x, log_weight : Array, dims (node,)
    u : Array, dims (node,)
        The same on the axis where the rule lives.
    """

    x: Array
    log_weight: Array
    u: Array


@dataclass(frozen=True, eq=False)
class Nodes:
    """Nodes of one family of models, with or without an effect and heterogeneity.

    Parameters
    ----------
    mu : Array, dims (tau, mu)
        The mean effect is ``mu - shift``.
    step : Array, dims (tau,)
        Spacing of mu; 0 where mu is held at the null.
    tau, beta : Axis
        A single 0 where there is none.
    shift : Array, dims (tau, beta)
        Whole steps of mu, so that means lie on one lattice at each tau.
    unit : float
        Of the axis of tau: tau = unit * sinh(u); 0 where u is log tau.
    """

    mu: Array
    step: Array
    tau: Axis
    beta: Axis
    shift: Array
    unit: float


@dataclass(frozen=True, eq=False)
class Windows:
    """Where posteriors lie: ends of tau's and beta's axes, and of mu at some taus."""

    tau: tuple[float, float]
    beta: tuple[float, float]
    knots: Array
    low: Array
    high: Array


class Layout:
    """How one family is laid out, with or without an effect and heterogeneity."""

    def __init__(self, case: Case, family: Family, effect: bool, heterogeneity: bool, scale: float) -> None:
        self.case, self.family, self.effect, self.heterogeneity, self.scale = case, family, effect, heterogeneity, scale
        self.detail = np.array([study.curve.detail for study in case.telling] or [np.inf])
        self.x = case.covariate(family) if case.telling else np.zeros(1)
        self.log_axis = priors.FAMILIES[case.tau.family].log_axis
        told = self.detail[np.isfinite(self.detail)]
        self.unit = min(median([*told, priors.scale(case.tau)]), priors.scale(case.tau))
        self.sd = priors.scale(case.mu)
        self.regressed = family in ("PET", "PEESE")

    # --- axes ---------------------------------------------------------------------------------------------------

    def tau_of(self, u: Array) -> Array:
        """Return tau on its axis."""
        return np.asarray(np.exp(u) if self.log_axis else self.unit * np.sinh(u))

    def log_tau(self, u: Array) -> Array:
        """Return the log prior density of tau on its axis."""
        x = self.tau_of(u)
        return priors.log_pdf(self.case.tau, x) + (u if self.log_axis else np.log(self.unit * np.cosh(u)))

    def beta_of(self, v: Array) -> Array:
        """Return the coefficient on its axis."""
        return self.scale * np.sinh(v)

    def log_beta(self, v: Array) -> Array:
        """Return the log prior density of the coefficient on its axis: half-Cauchy, Cauchy where both sides count."""
        sides = 1.0 if self.case.favoured == "both" else 2.0
        x = self.beta_of(v)
        level = np.log(sides / np.pi) - np.log1p((x / self.scale) ** 2) + np.log(np.cosh(v))
        return np.asarray(level)

    def slope(self, tau: Array) -> Array:
        """Return the covariate at which the mean and the coefficient are least correlated, dims (tau,)."""
        if not (self.regressed and self.effect):
            return np.zeros(tau.size)
        weight = 1.0 / (self.detail**2 + tau[:, None] ** 2)
        return np.asarray((weight * self.x).sum(axis=1) / (weight.sum(axis=1) + self.sd**-2))

    def log_mu(self, mu: Array, shift: Array) -> Array:
        """Return the log prior density of the mean effect, dims (tau, mu, beta)."""
        if not self.effect:
            return np.zeros((*mu.shape, shift.shape[1]))
        at = mu[:, :, None] - shift[:, None, :]
        return np.asarray(priors.log_pdf(self.case.mu, at.ravel()).reshape(at.shape))

    # --- where posteriors lie ------------------------------------------------------------------------------------

    def look(self, heights: Heights) -> Windows:
        """Find where the posterior lies: first everywhere, then closer."""
        tau_ends, beta_ends = self._everywhere()
        found = None
        for count in (FIRST_TAUS, NEXT_TAUS):
            u = np.linspace(*tau_ends, count) if self.heterogeneity else np.zeros(1)
            v = np.linspace(*beta_ends, BETAS) if self.regressed else np.zeros(1)
            tau = self.tau_of(u) if self.heterogeneity else np.zeros(1)
            level, low, high = self._windows(heights, tau, self.beta_of(v) if self.regressed else np.zeros(1))
            level = level + (self.log_tau(u)[:, None] if self.heterogeneity else 0.0)
            level = level + (self.log_beta(v) if self.regressed else 0.0)
            tau_ends = _ends(u, np.logaddexp.reduce(level, axis=1), tau_ends)
            beta_ends = _ends(v, np.logaddexp.reduce(level, axis=0), beta_ends)
            found = Windows(tau_ends, beta_ends, tau, low, high)
            if not (self.heterogeneity or self.regressed):
                break
        assert found is not None
        return found

    def _everywhere(self) -> tuple[tuple[float, float], tuple[float, float]]:
        middle = float(np.log(priors.scale(self.case.tau)))
        tau = (middle - FARTHEST_LOG, middle + FARTHEST_LOG) if self.log_axis else (0.0, FARTHEST_TAU)
        low, high = priors.support(self.case.tau)
        if not self.log_axis:
            tau = tuple(np.clip(tau, np.arcsinh(low / self.unit), np.arcsinh(high / self.unit)))
        return tau, (-FARTHEST_BETA if self.case.favoured == "both" else 0.0, FARTHEST_BETA)

    def _windows(self, heights: Heights, tau: Array, beta: Array) -> tuple[Array, Array, Array]:
        """Return the log mass by tau and beta, and the window of mu at each tau."""
        shift = self.case.sign * self.slope(tau)[:, None] * beta
        if not self.effect:
            mu = np.full((tau.size, 1), self.case.null)
            return heights(mu, tau, beta, shift)[:, 0], mu[:, 0], mu[:, 0]
        spans = [study.curve.span for study in self.case.telling] + [(self.case.mu.parameters[-2],) * 2]
        low, high = min(span[0] for span in spans), max(span[1] for span in spans)
        low, high = low - 0.1 * self.sd, high + 0.1 * self.sd
        reach = 9.0 * self.sd * (np.sinh(np.linspace(0.0, 4.0, OUTSIDE + 1)[1:]) / np.sinh(4.0))
        start = np.concatenate([low - reach[::-1], np.linspace(low, high, SCAN), high + reach])
        mu = np.broadcast_to(start, (tau.size, start.size))
        last = np.arange(tau.size)
        for _ in range(LOOKS):
            level = heights(mu, tau, beta, shift) + self.log_mu(mu, shift)
            flat = level.max(axis=2) if beta.size > 1 else level[:, :, 0]
            if beta.size > 1:  # far out the prior of the coefficient counts
                flat = (level - np.log1p((beta / self.scale) ** 2)).max(axis=2)
            alive = flat > flat.max(axis=1, keepdims=True) - DEPTH
            first, final = alive.argmax(axis=1), mu.shape[1] - 1 - alive[:, ::-1].argmax(axis=1)
            lows = mu[last, np.maximum(first - 1, 0)]
            highs = mu[last, np.minimum(final + 1, mu.shape[1] - 1)]
            gap = np.gradient(mu, axis=1)
            mass = np.logaddexp.reduce(level + np.log(gap)[:, :, None], axis=1)
            if (final - first).min() > CLOSER // 2:
                break
            mu = np.linspace(lows, highs, CLOSER, axis=1)
        return mass, lows, highs

    # --- nodes ---------------------------------------------------------------------------------------------------

    def nodes(self, windows: Windows, looser: bool = False) -> Nodes:
        """Lay out the nodes."""
        tau = self._tau_axis(windows.tau, TAU_NODES[looser]) if self.heterogeneity else _NONE
        slope, unit = self.slope(tau.x), 0.0 if self.log_axis else self.unit
        if not self.effect:
            mu, step = np.full((tau.x.size, 1), self.case.null), np.zeros(tau.x.size)
            beta = self._beta_axis(windows.beta, BETA_NODES[looser], 0.0)
            return Nodes(mu, step, tau, beta, np.zeros((tau.x.size, beta.x.size)), unit)
        place = np.clip(np.searchsorted(windows.knots, tau.x), 0, windows.knots.size - 1)
        before = np.maximum(place - 1, 0)
        low = np.minimum(windows.low[place], windows.low[before])
        high = np.maximum(windows.high[place], windows.high[before])
        narrowest = ((1.0 / (self.detail**2 + tau.x[:, None] ** 2)).sum(axis=1) + self.sd**-2) ** -0.5
        step = (LOOSER_STEP if looser else STEP) * narrowest
        count = min(8 * int(np.ceil((((high - low) / step).max() + 2.0) / 8.0)), MOST)
        step = (high - low) / (count - 2)
        mu = low[:, None] + step[:, None] * np.arange(-0.5, count - 1)
        beta = self._beta_axis(windows.beta, BETA_NODES[looser], float(np.median(slope / narrowest)))
        shift = self.case.sign * np.round(slope[:, None] * beta.x / step[:, None]) * step[:, None]
        return Nodes(mu, step, tau, beta, shift, unit)

    def _tau_axis(self, ends: tuple[float, float], count: int) -> Axis:
        u, half, log_weight = _gauss(ends, count)
        at = 0.5 * (ends[0] + ends[1]) + half * u
        return Axis(self.tau_of(at), log_weight + self.log_tau(at), at)

    def _beta_axis(self, ends: tuple[float, float], count: int, shift: float) -> Axis:
        """Lay out the coefficient so closely that its nodes move mu by less than mu's own sd."""
        if not self.regressed:
            return _NONE
        widest = float(np.ptp(self.beta_of(np.array(ends)))) * shift
        count = int(np.clip(np.ceil(1.2 * widest * count / BETA_NODES[0]), count, 4 * count))
        u, half, log_weight = _gauss(ends, count)
        at = 0.5 * (ends[0] + ends[1]) + half * u
        return Axis(self.beta_of(at), log_weight + self.log_beta(at), at)


_NONE = Axis(np.zeros(1), np.zeros(1), np.zeros(1))


@lru_cache(maxsize=64)
def _legendre(count: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(count)


def _gauss(ends: tuple[float, float], count: int) -> tuple[Array, float, Array]:
    u, weight = _legendre(count)
    half = 0.5 * (ends[1] - ends[0])
    return u, half, np.log(weight * half)


def _ends(at: Array, level: Array, before: tuple[float, float]) -> tuple[float, float]:
    """Return where a log density falls below what counts, interpolated between the places that were looked at."""
    if at.size == 1:
        return before
    least = level.max() - NEGLIGIBLE
    alive = np.flatnonzero(level > least)
    ends = []
    for inner, outer in ((alive[0], max(alive[0] - 1, 0)), (alive[-1], min(alive[-1] + 1, at.size - 1))):
        fall = float(level[inner] - level[outer])
        part = 1.0 if fall <= 0.0 or not np.isfinite(fall) else min(float(level[inner] - least) / fall, 1.0)
        ends.append(float(at[inner] + part * (at[outer] - at[inner])))
    return ends[0], ends[1]
