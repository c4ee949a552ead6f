"""One-dimensional posterior densities, as accurate as their formula.

A `Density` holds log p(x) on panels as Legendre polynomials of degree 15, split until the
polynomial's own tail says it is resolved. Everything a reader asks (mean, sd, quantiles, mode, shortest
interval, tail probabilities) follows from it without another grid. Tail masses are summed from their own
end: the relative error of a probability is at most 1e-7 down to 1e-12, and 4e-3 at 1e-20 in the worst case measured
(two studies under a half-Cauchy prior).

NumPy only; no SciPy, so that a plain analysis starts fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]

ORDER = 16
NODES, WEIGHTS = legendre.leggauss(ORDER)
AT_NODES = legendre.legvander(NODES, ORDER - 1)
TO_COEFFICIENTS = np.linalg.inv(AT_NODES)
ONES = np.ones(ORDER)
BARYCENTRIC = (-1.0) ** np.arange(ORDER) * np.sqrt((1.0 - NODES**2) * WEIGHTS)
MANY = 2000  # points, beyond which the series itself is sooner summed than the barycentric formula
FARTHEST = 150.0  # asinh units: 1e65 scales away
FARTHEST_LOG = 230.0  # of log x from the origin of an axis of logs: a factor of 1e100, whose square is still a number
RUNNING = np.array(
    [legendre.legval(NODES, legendre.legint(row, lbnd=-1.0)) for row in TO_COEFFICIENTS.T]
).T  # integral from -1 to each node, from values at the nodes
SLOPE = np.array([[2.0 * n + 1.0 if m > n and (m - n) % 2 else 0.0 for m in range(ORDER)] for n in range(ORDER)])


class Axis(Protocol):
    """What lays out x by y: x = u, or x = exp(u) on an axis of logs, with u = origin + unit * sinh(y)."""

    @property
    def origin(self) -> float:
        """Center, in units of u."""

    @property
    def unit(self) -> float:
        """Scale, in units of u."""

    @property
    def log(self) -> bool:
        """Whether u is log x."""


def to_x(axis: Axis, y: Array) -> Array:
    """Return x at places of an axis; infinite where no number holds it."""
    with np.errstate(over="ignore"):
        u = axis.origin + axis.unit * np.sinh(y)
        return np.asarray(np.exp(u) if axis.log else u)


def to_y(axis: Axis, x: Array) -> Array:
    """Return the places of x on an axis; minus infinity for x below 0 on an axis of logs."""
    if axis.log:
        with np.errstate(divide="ignore"):
            x = np.log(np.maximum(x, 0.0))
    return np.asarray(np.arcsinh((x - axis.origin) / axis.unit))


def log_slope(axis: Axis, y: Array) -> Array:
    """Return log of dx / dy at places of an axis."""
    with np.errstate(over="ignore"):
        growth = np.log(axis.unit) + np.abs(y) + np.log1p(np.exp(-2.0 * np.abs(y))) - np.log(2.0)
        return np.asarray(growth + axis.origin + axis.unit * np.sinh(y) if axis.log else growth)


def farthest(axis: Axis) -> float:
    """Return how far an axis reaches, in y: 1e65 units, or a factor of 1e100 where it is of logs."""
    return float(np.arcsinh(FARTHEST_LOG / axis.unit)) if axis.log else FARTHEST


@dataclass(frozen=True)
class Density:
    """A normalized density on x = u, or x = exp(u) on an axis of logs, with u = origin + unit * sinh(y).

    Parameters
    ----------
    origin, unit : float
        Center and scale of the axis, in units of x (of log x on an axis of logs).
    edges : Array, dims (panel + 1,)
        Panel edges on the y axis.
    coefficients : Array, dims (panel, degree)
        Legendre coefficients of log of the density with respect to y.
    moments : int
        How many moments exist: 0, 1 (mean) or 2 (mean and sd).
    given : tuple of float, optional
        Mean and sd where they are known better than from the panels (heavy tails that the panels cut).
    log : bool
        Whether the axis is one of logs, for what is smooth in log x.
    """

    origin: float
    unit: float
    edges: Array
    coefficients: Array
    moments: int = 2
    given: tuple[float, float] | None = None
    log: bool = False

    @cached_property
    def _half(self) -> Array:
        return np.asarray(0.5 * np.diff(self.edges))

    @cached_property
    def y(self) -> Array:
        """Quadrature nodes on the y axis, dims (panel, node)."""
        middle = 0.5 * (self.edges[1:] + self.edges[:-1])
        return np.asarray(middle[:, None] + self._half[:, None] * NODES)

    @cached_property
    def x(self) -> Array:
        """Quadrature nodes, dims (node,), increasing."""
        return to_x(self, self.y).ravel()

    @cached_property
    def mass(self) -> Array:
        """Probability carried by each node, dims (node,); sums to 1."""
        return self._panel_mass_nodes.ravel()

    @cached_property
    def _log_nodes(self) -> Array:
        """Log density with respect to y at the nodes, dims (panel, node)."""
        return np.asarray(self.coefficients @ AT_NODES.T)

    @cached_property
    def _slope_nodes(self) -> Array:
        """Its slope in y."""
        return np.asarray((self.coefficients @ SLOPE.T) @ AT_NODES.T / self._half[:, None])

    @cached_property
    def _panel_mass_nodes(self) -> Array:
        values = np.exp(self._log_nodes)
        return np.asarray(values * WEIGHTS * self._half[:, None])

    @cached_property
    def _from_left(self) -> Array:
        return np.concatenate([[0.0], np.cumsum(self._panel_mass_nodes.sum(axis=1))])

    @cached_property
    def _from_right(self) -> Array:
        return np.concatenate([np.cumsum(self._panel_mass_nodes.sum(axis=1)[::-1])[::-1], [0.0]])

    def _log_at(self, y: Array, panel: Index) -> Array:
        """Log density with respect to y at points (any shape) of given panels (a shape that fits)."""
        if y.size < MANY:
            return _through(self._local(y, panel), self._log_nodes[panel])
        return np.asarray(legendre.legval(self._local(y, panel), np.moveaxis(self.coefficients[panel], -1, 0), False))

    def _local(self, y: Array, panel: Index) -> Array:
        return np.asarray((y - self.edges[panel]) / self._half[panel] - 1.0)

    def _part(self, start: Array, stop: Array, panel: Index) -> Array:
        """Mass between two points of the same panel (negative when stop is below start)."""
        half = 0.5 * (stop - start)
        points = 0.5 * (stop + start)[..., None] + half[..., None] * NODES
        return np.asarray(half * (np.exp(self._log_at(points, panel[..., None])) @ WEIGHTS))

    def _panel(self, y: Array) -> Index:
        return np.clip(np.searchsorted(self.edges, y, side="right") - 1, 0, self.edges.size - 2)

    def log_pdf(self, x: Array) -> Array:
        """Return log p(x), minus infinity outside the support."""
        y = to_y(self, np.asarray(x, dtype=float))
        inside = (y >= self.edges[0]) & (y <= self.edges[-1])
        clipped = np.clip(y, self.edges[0], self.edges[-1])
        out = self._log_at(clipped, self._panel(clipped)) - log_slope(self, clipped)
        return np.where(inside, out, -np.inf)

    def _tail(self, y: Array, upper: bool) -> Array:
        y = np.clip(y, self.edges[0], self.edges[-1])
        panel = self._panel(y)
        if upper:
            return np.asarray(self._from_right[panel + 1] + self._part(y, self.edges[panel + 1], panel))
        return np.asarray(self._from_left[panel] + self._part(self.edges[panel], y, panel))

    def cdf(self, x: Array | float) -> Array:
        """Return P(X <= x)."""
        return self._tail(to_y(self, np.asarray(x, dtype=float)), upper=False)

    def sf(self, x: Array | float) -> Array:
        """Return P(X > x)."""
        return self._tail(to_y(self, np.asarray(x, dtype=float)), upper=True)

    def quantile(self, p: Array | float) -> Array:
        """Return x with P(X <= x) = p."""
        return to_x(self, self._quantile_y(np.asarray(p, dtype=float)))

    def _quantile_y(self, p: Array) -> Array:
        """Solve for y in the log of the nearer tail mass: Newton steps kept inside a bracket."""
        upper = p > 0.5
        goal = np.where(upper, 1.0 - p, p)
        count = self.edges.size - 1
        panel = np.where(
            upper,
            count - np.searchsorted(self._from_right[::-1], goal, side="left"),
            np.searchsorted(self._from_left, goal, side="right") - 1,
        )
        panel = np.clip(panel, 0, count - 1)
        low, high = self.edges[panel], self.edges[panel + 1]
        y = np.clip(self._near_quantile(goal, upper), low, high)
        y = np.where((y > low) & (y < high), y, 0.5 * (low + high))  # not a number, too, where a tail is empty
        edge = np.where(upper, self.edges[panel + 1], self.edges[panel])
        beyond = np.where(upper, self._from_right[panel + 1], self._from_left[panel])
        side = np.where(upper, -1.0, 1.0)
        y, low, high, edge, beyond, side, goal = (np.ravel(one) for one in (y, low, high, edge, beyond, side, goal))
        panel, at = np.ravel(panel), np.arange(p.size)
        for _ in range(80):
            tail = np.maximum(beyond[at] + side[at] * self._part(edge[at], y[at], panel[at]), 1e-300)
            with np.errstate(divide="ignore"):
                gap = side[at] * (np.log(tail) - np.log(goal[at]))
            low[at], high[at] = np.where(gap < 0, y[at], low[at]), np.where(gap < 0, high[at], y[at])
            newton = y[at] - gap * tail / np.exp(self._log_at(y[at], panel[at]))
            inside = (newton >= low[at]) & (newton <= high[at])
            moved = np.where(inside, newton, 0.5 * (low[at] + high[at]))
            # a step squares the gap, so that the one just taken leaves rounding only
            done = ((np.abs(gap) < 1e-8) & inside) | (np.abs(moved - y[at]) < 1e-15 * np.abs(y[at]))
            y[at] = moved
            at = at[~done]
            if not at.size:
                break
        return np.asarray(y.reshape(p.shape))

    def _near_quantile(self, goal: Array, upper: NDArray[np.bool_]) -> Array:
        """Return where Newton's steps begin: the cubic through the two nodes around, in the log of the nearer tail."""
        y, pdf, below = self.y.ravel(), np.exp(self._log_nodes).ravel(), self._at_nodes
        left = np.clip(np.searchsorted(below, np.where(upper, 1.0 - goal, goal)) - 1, 0, y.size - 2)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            tails = [np.where(upper, 1.0 - below[at], below[at]) for at in (left, left + 1)]
            logs = [np.log(tail) for tail in tails]
            width = logs[1] - logs[0]
            place = (np.log(goal) - logs[0]) / width
            sign = np.where(upper, -1.0, 1.0) * width
            slopes = [sign * tail / pdf[at] for tail, at in zip(tails, (left, left + 1), strict=True)]
            start, rise = y[left], y[left + 1] - y[left]
            bend, twist = slopes[0] - rise, rise - slopes[1]
            return np.asarray(start + place * (rise + (1.0 - place) * ((1.0 - place) * bend + place * twist)))

    @cached_property
    def _at_nodes(self) -> Array:
        """Approximate P(X <= x) at the nodes, for starting points."""
        inside = (self._panel_mass_nodes / WEIGHTS) @ RUNNING.T
        return np.asarray((self._from_left[:-1, None] + inside).ravel())

    @cached_property
    def mean(self) -> float | None:
        """Mean, or None where it does not exist."""
        if self.moments < 1:
            return None
        if self.given is not None:
            return self.given[0]
        middle = float(to_x(self, np.array(0.0)))
        return middle + float(((self.x - middle) * self.mass).sum())

    @cached_property
    def sd(self) -> float | None:
        """Standard deviation, or None where it does not exist."""
        if self.moments < 2 or self.mean is None:
            return None
        if self.given is not None:
            return self.given[1]
        return float(np.sqrt(((self.x - self.mean) ** 2 * self.mass).sum()))

    @cached_property
    def mode(self) -> float:
        """Highest point of the density; an end of the support where the density falls from it."""
        fine = np.linspace(-1.0, 1.0, 33)
        vander = legendre.legvander(fine, ORDER - 1)
        y = 0.5 * (self.edges[1:] + self.edges[:-1])[:, None] + self._half[:, None] * fine
        height = self.coefficients @ vander.T - log_slope(self, y)
        flat, place = y.ravel(), int(height.argmax())
        if place in (0, flat.size - 1):
            return float(to_x(self, flat[place]))
        low, high = float(flat[max(place - 2, 0)]), float(flat[min(place + 2, flat.size - 1)])
        for _ in range(10):  # six halvings at once
            between = np.linspace(low, high, 65)
            falling = np.flatnonzero(self._heights(between)[1] <= 0.0)
            first = int(falling[0]) if falling.size else 64
            low, high = float(between[max(first - 1, 0)]), float(between[first])
        return float(to_x(self, np.array(0.5 * (low + high))))

    def interval(self, level: float) -> tuple[float, float]:
        """Return the central interval: equal tails of (1 - level) / 2."""
        ends = self.quantile(np.array([0.5 - 0.5 * level, 0.5 + 0.5 * level]))
        return float(ends[0]), float(ends[1])

    def shortest(self, level: float) -> tuple[float, float]:
        """Return the shortest interval of a given probability."""
        below = self._at_nodes
        starts = below < 1.0 - level
        lows = np.concatenate([self.x[:1], self.x[starts]])
        masses = np.concatenate([[0.0], below[starts]])
        highs = np.interp(masses + level, below, self.x)
        best = int((highs - lows).argmin())
        ends = np.clip(to_y(self, np.array([lows[best], highs[best]])), self.edges[0], self.edges[-1])
        if best <= 1:  # the density may fall from the left end of its support
            whole = np.array([self.edges[0], float(self._quantile_y(np.array(level)))])
            height, _, _ = self._heights(whole)
            if height[0] >= height[1]:
                return self._points(*whole)
        if best >= lows.size - 2:
            whole = np.array([float(self._quantile_y(np.array(1.0 - level))), self.edges[-1]])
            height, _, _ = self._heights(whole)
            if height[1] >= height[0]:
                return self._points(*whole)
        for _ in range(60):
            height, slope, pdf = self._heights(ends)
            missing = 1.0 - level - float(self._tail(ends[0], upper=False) + self._tail(ends[1], upper=True))
            matrix = np.array([[-pdf[0], pdf[1]], [slope[0], -slope[1]]])
            steps = np.linalg.lstsq(matrix, -np.array([missing, height[0] - height[1]]), rcond=1e-12)[0]
            ends = np.clip(ends + np.clip(steps, -0.3, 0.3), self.edges[0], self.edges[-1])
            if np.abs(steps).max() < 1e-12:
                break
        found = self._points(*ends)
        start = float(lows[best]), float(self.quantile(min(float(self.cdf(lows[best])) + level, 1.0)))
        # Newton's point is the optimum unless the density is flat there (a gap between two equal modes)
        return found if found[1] - found[0] <= start[1] - start[0] else start

    def _heights(self, y: Array) -> tuple[Array, Array, Array]:
        """Log density in x, its slope in y, and the density in y."""
        panel = self._panel(y)
        log_pdf = self._log_at(y, panel)
        slope = _through(self._local(y, panel), self._slope_nodes[panel])
        if self.log:
            slope = slope - self.unit * np.cosh(y)
        return log_pdf - log_slope(self, y), slope - np.tanh(y), np.exp(log_pdf)

    @property
    def support(self) -> tuple[float, float]:
        """Ends of the panels, in units of x."""
        return self._points(float(self.edges[0]), float(self.edges[-1]))

    def _points(self, low: float, high: float) -> tuple[float, float]:
        return float(to_x(self, np.array(low))), float(to_x(self, np.array(high)))


def _through(local: Array, values: Array) -> Array:
    """Return the polynomials through values at the nodes, dims (..., node), by the barycentric formula."""
    gap = local[..., None] - NODES
    gap[gap == 0.0] = 1e-200
    share = BARYCENTRIC / gap
    return np.asarray(np.vecdot(share, values) / np.vecdot(share, ONES))


def shift(coefficients: Array, by: float) -> Array:
    """Return the coefficients of a log density lowered by a number."""
    shifted = coefficients.copy()
    shifted[:, 0] -= by
    return shifted
