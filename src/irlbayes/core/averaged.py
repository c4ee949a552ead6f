"""Distributions averaged over models: sums of normal terms, of which some have no width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from irlbayes.core.building import Plan, build
from irlbayes.core.density import Density

Array = NDArray[np.float64]
FAR = 9.0  # widths beyond which a term holds nothing
NOTHING = 1e-300
DEEP = 22.0  # log units below the peak at which a density made of terms ends
LOST = 1e-10  # probability of the terms that an average leaves out
ROOT = 1e-11  # of a quantile, as a share of where the distribution lies
SETTLED = 1e-11  # of a probability
MOST_STEPS = 200
LOOK, CLOSER = 400, 33  # places at which quantiles of tau are looked for, first and then between two of them


def root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function crosses zero between two places (false position, Illinois)."""
    at_low, at_high = rising(low), rising(high)
    close, before = ROOT * (high - low), 0.0
    for step in range(MOST_STEPS):
        if high - low <= close or at_high <= at_low:
            break
        middle = 0.5 * (low + high) if step % 4 == 3 else low - at_low * (high - low) / (at_high - at_low)
        here = rising(middle)
        if abs(here) < SETTLED:
            return middle
        if here < 0.0:
            low, at_low, at_high = middle, here, at_high * (0.5 if before < 0.0 else 1.0)
        else:
            high, at_high, at_low = middle, here, at_low * (0.5 if before > 0.0 else 1.0)
        before = here
    return 0.5 * (low + high)


@dataclass(frozen=True, eq=False)
class Averaged:
    """A distribution ``sum_m weight_m Normal(center_m, width_m ** 2)``; a term without width is a point.

    Parameters
    ----------
    center, width, weight : Array, dims (term,)
        Weights sum to one; single ones may be negative where heights on a grid were interpolated.

    Examples
    --------
    >>> half = Averaged(np.array([0.0, 1.0]), np.array([0.0, 0.5]), np.array([0.5, 0.5]))
    >>> round(float(half.sf(0.0)), 4), round(half.mean, 4), half.interval(0.5)[0]
    (0.4886, 0.5, 0.0)
    """

    center: Array
    width: Array
    weight: Array

    @property
    def mean(self) -> float:
        """Mean."""
        return float(self.weight @ self.center)

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(self.weight @ (self.width**2 + (self.center - self.mean) ** 2)))

    @cached_property
    def _smooth(self) -> tuple[Array, Array, Array]:
        wide = self.width > 0.0
        return self.center[wide], self.width[wide], self.weight[wide]

    @cached_property
    def points(self) -> tuple[tuple[float, float], ...]:
        """Points that carry probability, with it."""
        still = self.width == 0.0
        places = np.unique(self.center[still])
        return tuple((float(at), float(self.weight[still & (self.center == at)].sum())) for at in places)

    def cdf(self, x: float) -> float:
        """Return P(X <= x)."""
        from scipy.special import ndtr

        center, width, weight = self._smooth
        held = sum(mass for at, mass in self.points if at <= x)
        return float(weight @ ndtr((x - center) / width)) + held

    def sf(self, x: float) -> float:
        """Return P(X > x): a point at x does not count."""
        from scipy.special import ndtr

        center, width, weight = self._smooth
        held = sum(mass for at, mass in self.points if at > x)
        return float(weight @ ndtr((center - x) / width)) + held

    def below(self, x: float) -> float:
        """Return P(X < x): a point at x does not count."""
        return self.cdf(x) - sum(mass for at, mass in self.points if at == x)

    def quantile(self, p: float) -> float:
        """Return the least x with P(X <= x) of at least p."""
        low = float((self.center - FAR * self.width).min())
        high = float((self.center + FAR * self.width).max())
        for at, mass in self.points:
            if self.cdf(at) - mass < p <= self.cdf(at):
                return at
        return root(lambda x: self.cdf(x) - p, low, high)

    def interval(self, level: float) -> tuple[float, float]:
        """Return the central interval; a point may be one of its ends."""
        return self.quantile(0.5 - 0.5 * level), self.quantile(0.5 + 0.5 * level)


def as_density(found: Averaged) -> Density:
    """Return a distribution without points as a density.

    Parameters
    ----------
    found : Averaged

    Raises
    ------
    ArithmeticError
        When it has points, or its heights on a grid are too rough to resolve.

    Examples
    --------
    >>> one = as_density(Averaged(np.array([0.0, 1.0]), np.array([1.0, 0.5]), np.array([0.5, 0.5])))
    >>> round(one.mean, 6), round(float(one.sf(0.0)), 6)
    (0.5, 0.738625)
    """
    if found.points:
        raise ArithmeticError("a distribution with points has no density")
    center, width, scale = found.center, found.width, found.weight / (found.width * np.sqrt(2.0 * np.pi))

    def log_pdf(x: Array) -> Array:
        height = np.exp(-0.5 * ((x[:, None] - center) / width) ** 2) @ scale
        noise = LOST * peak * np.exp(-0.5 * ((x - found.mean) / (FAR * found.sd)) ** 2)  # the terms' own, falling off
        return np.asarray(np.log(np.maximum(height, np.maximum(noise, NOTHING))))

    peak = float((np.exp(-0.5 * ((center[:, None] - center) / width) ** 2) @ scale).max())
    plan = Plan(found.mean, found.sd, depth=DEEP, tolerance=1e-8, noise=LOST)
    return replace(build(log_pdf, plan)[0], given=(found.mean, found.sd))


@dataclass(frozen=True, eq=False)
class Terms:
    """The posterior of mu under one model, with the tau of every term so that a new study follows.

    Parameters
    ----------
    center, width, tau, weight : Array, one shape
        ``weight`` sums to one.
    """

    center: Array
    width: Array
    tau: Array
    weight: Array

    def mu(self) -> Averaged:
        """Return the mean effect."""
        return Averaged(self.center.ravel(), self.width.ravel(), self.weight.ravel())

    def theta_new(self) -> Averaged:
        """Return the true effect of a new study."""
        return Averaged(self.center.ravel(), np.hypot(self.width, self.tau).ravel(), self.weight.ravel())


def mixed(parts: Sequence[tuple[float, Terms]]) -> Terms:
    """Return the average of several models; terms that they share are added.

    Parameters
    ----------
    parts : sequence of (float, Terms)
        Weight of each model; they need not sum to one.
    """
    shared: dict[int, tuple[Terms, Array]] = {}
    total = sum(share for share, _ in parts)
    for share, terms in parts:
        if share <= 0.0:
            continue
        key = id(terms.center)
        before = shared[key][1] if key in shared else 0.0
        shared[key] = (terms, np.asarray(before + share / total * terms.weight))
    columns = [
        (terms.center.ravel(), terms.width.ravel(), terms.tau.ravel(), weight.ravel())
        for terms, weight in shared.values()
    ]
    center, width, tau, weight = (np.concatenate(column) for column in zip(*columns, strict=True))
    size = np.abs(weight)
    order = np.argsort(size)
    kept = order[np.cumsum(size[order]) > LOST]
    weight = weight[kept]
    return Terms(center[kept], width[kept], tau[kept], weight / weight.sum())


@dataclass(frozen=True, eq=False)
class AxisMarginal:
    """A distribution of tau on the nodes of a Gauss-Legendre rule in u, with its probability between them.

    Parameters
    ----------
    u : Array, dims (node,)
        Nodes, rising: tau is exp(u) on an axis of logs, else unit * sinh(u).
    mass : Array, dims (node,)
        Probability of each; sums to one.
    unit : float
        0 on an axis of logs.
    """

    u: Array
    mass: Array
    unit: float

    @property
    def x(self) -> Array:
        """The nodes as taus."""
        return np.asarray(self.unit * np.sinh(self.u) if self.unit else np.exp(self.u))

    @cached_property
    def _running(self) -> tuple[Array, float, float]:
        """Legendre coefficients of the probability below a place, and the middle and half width of the axis."""
        nodes, _ = legendre.leggauss(self.u.size)
        half = float((self.u[-1] - self.u[0]) / (nodes[-1] - nodes[0]))
        middle = float(self.u[0]) - half * float(nodes[0])
        series = (legendre.legvander(nodes, self.u.size - 1).T @ self.mass) * (np.arange(self.u.size) + 0.5)
        return np.asarray(legendre.legint(series, lbnd=-1.0), dtype=float), middle, half

    def cdf(self, tau: Array) -> Array:
        """Return P(tau <= a value), same shape as ``tau``."""
        series, middle, half = self._running
        with np.errstate(divide="ignore"):
            u = np.arcsinh(tau / self.unit) if self.unit else np.log(tau)
        return np.asarray(legendre.legval(np.clip((u - middle) / half, -1.0, 1.0), series))


def tau_summary(parts: Sequence[tuple[float, AxisMarginal | None]], level: float) -> dict[str, float]:
    """Return mean, median and central interval of tau averaged over models; None stands for no heterogeneity."""
    total = sum(share for share, _ in parts)
    shared: dict[int, tuple[AxisMarginal, Array]] = {}
    for share, part in parts:
        if part is not None and share > LOST * total:
            before = shared[id(part.u)][1] if id(part.u) in shared else 0.0
            shared[id(part.u)] = part, np.asarray(before + share / total * part.mass)
    some = [(float(mass.sum()), replace(part, mass=mass / mass.sum())) for part, mass in shared.values()]
    none = 1.0 - sum(share for share, _ in some)
    wanted = np.array([0.5, 0.5 - 0.5 * level, 0.5 + 0.5 * level])
    median, low, high = _quantiles(some, none, wanted) if some else np.zeros(3)
    mean = sum(share * float(part.mass @ part.x) for share, part in some)
    return {"mean": float(mean), "median": float(median), "ci_low": float(low), "ci_high": float(high)}


def _quantiles(parts: Sequence[tuple[float, AxisMarginal]], none: float, wanted: Array) -> Array:
    """Return quantiles of a mixture that is zero with probability ``none``: between places, then closer ones."""

    def cdf(tau: Array) -> Array:
        return none + np.sum([share * part.cdf(tau) for share, part in parts], axis=0)

    places = np.linspace(0.0, max(float(part.x[-1]) for _, part in parts), LOOK)
    above = np.clip(np.searchsorted(np.maximum.accumulate(cdf(places)), wanted), 1, LOOK - 1)
    closer = np.linspace(places[above - 1], places[above], CLOSER)
    below = np.maximum.accumulate(cdf(closer), axis=0)
    found = [float(np.interp(p, below[:, i], closer[:, i])) for i, p in enumerate(wanted)]
    return np.where(wanted <= none, 0.0, found)
