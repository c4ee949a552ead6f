"""Medians, quartiles and ranges of two groups as an exact curve of the standardized mean difference.

The joint density of each group's quantiles given its mean and SD is that of order statistics (`quantiles`).
The location and the scale that the two groups share are integrated with the right-Haar measure
``d mu2 d sigma / sigma``. What is left is the density of what does not change with origin and unit (the maximal
invariant): a function of ``theta = (mu1 - mu2) / sigma`` alone. Of all the data, the same integral is the
noncentral-t density.

With ``beta = 1 / sigma`` and ``nu = mu beta``, ``z_i = beta x_i - nu``, ``theta = nu1 - nu2`` and the measure is
``d beta d nu2 / beta^2``: for every beta the groups meet in a correlation over nu, which a trapezoid rule on one
lattice of nu gives for all theta of the lattice at once. Everything is log-concave in (beta, nu1, nu2), so one mode
and its curvature place the rules.

References
----------
Trefethen, L. N. & Weideman, J. A. C. (2014). The exponentially convergent trapezoidal rule. SIAM Rev 56(3), 385-458.
Berger, J. O. (1985). Statistical Decision Theory and Bayesian Analysis, 2nd ed., section 6.6 (right-Haar prior).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import SQRT_2PI, Curve, normal_mixture
from irlbayes.core.fitting import OVERLAP, interpolation
from irlbayes.effects.likelihoods.quantiles import Five, Printed, log_density, on_own_scale

Array = NDArray[np.float64]
NEGLIGIBLE = 39.0  # logarithms below the largest value at which a rule ends
TERMS = 1e-10  # share of the maximum to which the terms follow the curve
MOST_TERMS = 1500
ROUGH = 1e-8  # share of the maximum beyond which a curve is refused
DIFFERENCE = np.array([-1.0, 0.0, 1.0])


def _stencil(group: Printed, s: float, nu: float) -> tuple[float, float, float, float, float]:
    """Return the derivatives of the log density: in s = log beta, in nu, twice in s, in both, twice in nu."""
    e = 0.02 / np.sqrt(group.n)
    f = log_density(group, np.exp(s + e * DIFFERENCE)[:, None], np.tile(nu + e * DIFFERENCE, (3, 1)))
    return (
        float(f[2, 1] - f[0, 1]) / (2.0 * e),
        float(f[1, 2] - f[1, 0]) / (2.0 * e),
        float(f[2, 1] - 2.0 * f[1, 1] + f[0, 1]) / e**2,
        float(f[2, 2] - f[2, 0] - f[0, 2] + f[0, 0]) / (4.0 * e**2),
        float(f[1, 2] - 2.0 * f[1, 1] + f[1, 0]) / e**2,
    )


def mode(groups: Sequence[Printed]) -> tuple[float, float, list[float]]:
    """Return the mode of log beta, its standard deviation by curvature, and the modes of nu, by Newton's method."""
    from scipy.special import ndtri

    guesses = []
    for group in groups:
        unit = ndtri((group.rank[[0, -1]] - 0.375) / (group.n + 0.25))
        guesses.append(np.log((unit[1] - unit[0]) / (group.value[-1] - group.value[0])))
    s = float(np.average(guesses, weights=[group.n for group in groups]))
    nu = [float(np.exp(s) * group.value.mean()) for group in groups]
    sd = 1.0
    for _ in range(200):
        slope, bend = -1.0, 0.0
        parts = [_stencil(group, s, at) for group, at in zip(groups, nu, strict=True)]
        for ds, dn, dss, dsn, dnn in parts:
            slope += ds - dsn * dn / dnn
            bend += dss - dsn**2 / dnn
        sd = 1.0 / np.sqrt(-bend) if bend < 0.0 else 1.0
        move = float(np.clip(slope * sd**2, -0.5, 0.5))
        s += move
        still = abs(move) < 1e-3 * sd
        for i, (_, dn, _, dsn, dnn) in enumerate(parts):
            step = float(np.clip(-(dn + dsn * move) / dnn, -0.7, 0.7))
            nu[i] += step
            still = still and abs(step) < 1e-3 / np.sqrt(-dnn)
        if still:
            break
    return s, float(sd), nu


def ridge(group: Printed, beta: Array, nu: Array) -> tuple[Array, Array, Array]:
    """Return, for every beta, the mode of nu, its standard deviation by curvature, and the log density there."""
    e = 0.02 / np.sqrt(group.n)
    for _ in range(60):
        f = log_density(group, beta[:, None], nu[:, None] + e * DIFFERENCE)
        bend = np.maximum((2.0 * f[:, 1] - f[:, 0] - f[:, 2]) / e**2, 0.1)
        move = np.clip((f[:, 2] - f[:, 0]) / (2.0 * e * bend), -0.7, 0.7)
        nu = nu + move
        if (np.abs(move) * np.sqrt(bend) < 0.05).all():
            break
    return nu, 1.0 / np.sqrt(bend), f[:, 1]


def reach(group: Printed, beta: Array, nu: Array, width: Array, top: Array) -> float:
    """Return how many standard deviations from its mode every density is negligible."""
    for far in (8.0, 9.0, 10.0, 12.0, 15.0, 20.0, 30.0, 60.0):
        ends = nu[:, None] + width[:, None] * np.array([-far, far])
        if (log_density(group, beta[:, None], ends) < top[:, None] - NEGLIGIBLE).all():
            break
    return far


@dataclass(frozen=True)
class Grid:
    """Rules over beta and nu that resolve the integral.

    Parameters
    ----------
    beta, log_weight : Array, dims (beta,)
        Trapezoid rule of ``d beta / beta^2``.
    nu, width, top : tuple of Array, dims (beta,)
        For each group the mode of ``nu`` (from the group's own origin), its standard deviation and the log density
        there.
    """

    beta: Array
    log_weight: Array
    nu: tuple[Array, ...]
    width: tuple[Array, ...]
    top: tuple[Array, ...]

    @property
    def reference(self) -> float:
        """Largest log density along the ridge: the constant that the likelihood is given against."""
        return float((self.top[0] + self.top[1]).max())


def _ridges(groups: Sequence[Printed], beta: Array, start: Sequence[Array]) -> tuple[tuple[Array, ...], ...]:
    nu, width, top = zip(*(ridge(group, beta, at) for group, at in zip(groups, start, strict=True)), strict=True)
    return nu, width, top


def grid(groups: Sequence[Printed], apart: float, fine: float = 1.0) -> Grid:
    """Return where the integral over beta is taken: on an axis that is logarithmic near zero and plain further out.

    Parameters
    ----------
    groups : sequence of Printed
        Values from each group's own origin.
    apart : float
        Distance of the two origins.
    fine : float
        Factor on the step.
    """
    s, sd, at = mode(groups)
    offset = sd * np.concatenate([np.arange(-9.0, 9.1, 0.5), -9.0 * 1.25 ** np.arange(1, 12), [10.0, 12.0, 15.0, 20.0]])
    offset = np.sort(offset[(offset > -80.0) & (offset < 6.0)])
    beta = np.exp(s + offset)
    nu, width, top = _ridges(groups, beta, [one * np.exp(offset) for one in at])
    profile = top[0] + top[1] + np.log(width[0] * width[1]) - np.log(beta)
    kept = np.flatnonzero(profile > profile.max() - NEGLIGIBLE)
    first, last = max(int(kept[0]) - 1, 0), min(int(kept[-1]) + 1, beta.size - 1)
    spread = np.hypot(*width)
    travel = np.abs(np.gradient(nu[0] - nu[1] + beta * apart, beta) / spread)[kept].max()
    peak = float(np.exp(s))
    bend = min(0.5 * peak, 1.0 / float(travel))
    step = fine * min(0.5 / np.hypot(1.0 / (sd * peak), travel), 0.5 * bend)
    ends = [beta[i] + bend * np.log(-np.expm1(-beta[i] / bend)) for i in (first, last)]
    v = np.arange(ends[0], ends[1] + step, step)
    points = bend * np.logaddexp(0.0, v / bend)
    log_weight = np.log(step) - np.logaddexp(0.0, -v / bend) - 2.0 * np.log(points)
    start = [np.interp(points, beta, one) for one in nu]
    return Grid(points, log_weight, *_ridges(groups, points, start))


def lattice(groups: Sequence[Printed], apart: float, fine: float = 1.0) -> tuple[float, int, Array]:
    """Return the likelihood on a lattice of theta: its step, the number of the first point, and the values.

    Parameters
    ----------
    groups : sequence of Printed
        Values from each group's own origin.
    apart : float
        Origin of group 1 minus origin of group 2.
    fine : float
        Factor on all steps.

    Returns
    -------
    step : float
    first : int
        ``theta = step * (first + i)``.
    value : Array
        Relative to the largest density (`Grid.reference`).
    """
    rule = grid(groups, apart, fine)
    log_mass = rule.log_weight + rule.top[0] + rule.top[1]
    width = [float(one.min()) for one in rule.width]
    both = float(np.hypot(width[0], width[1]))
    step = fine * min(0.65 * width[0] * width[1] / both, 0.14 * both)
    origins = (rule.beta * apart, np.zeros_like(rule.beta))
    starts, sheets = [], []
    for group, nu, wide, top, origin in zip(groups, rule.nu, rule.width, rule.top, origins, strict=True):
        far = int(np.ceil(reach(group, rule.beta, nu, wide, top) * wide.max() / step))
        start = np.rint((nu + origin) / step).astype(int) - far
        points = (start * step - origin)[:, None] + np.arange(2 * far + 1) * step
        with np.errstate(under="ignore"):
            sheets.append(np.exp(log_density(group, rule.beta[:, None], points) - top[:, None]))
        starts.append(start)
    weight = step * np.exp(log_mass - rule.reference)
    length = sheets[0].shape[1] + sheets[1].shape[1] - 1
    offset = starts[0] - starts[1] - (sheets[1].shape[1] - 1)
    first = int(offset.min())
    value = np.zeros(int(offset.max()) - first + length)
    for share, at, one, other in zip(weight, offset - first, *sheets, strict=True):
        value[at : at + length] += share * np.correlate(one, other, "full")
    kept = np.flatnonzero(value > 1e-17 * value.max())
    return step, first + int(kept[0]), value[kept[0] : kept[-1] + 1]


def observed(five1: Five, n1: float, five2: Five, n2: float) -> Curve:
    """Return the likelihood of the quantiles of two groups as a curve of the standardized mean difference.

    Parameters
    ----------
    five1, five2 : sequence of float or None
        Minimum, lower quartile, median, upper quartile, maximum of each group; None where not printed. Each group
        needs two different values; the groups may print different ones.
    n1, n2 : float
        Sizes of the groups.

    Returns
    -------
    Curve
        Normal terms, with the measured ``error``.

    Notes
    -----
    The lattice of theta that `lattice` returns is finer than the terms need: terms stand at every second point or
    further apart, and the points between them measure the error.

    Examples
    --------
    >>> curve = observed((None, 1.0, 2.0, 3.0, None), 13.0, (0.0, None, 1.5, None, 4.5), 53.0)
    >>> theta = np.linspace(-3.0, 4.0, 2001)
    >>> value = np.exp(curve.log_value(theta))
    >>> round(float(value @ theta / value.sum()), 3)
    0.326
    """
    groups, apart = on_own_scale(five1, n1, five2, n2)
    step, first, value = lattice(groups, apart)
    return _terms(step, first, value)


def _terms(step: float, first: int, value: Array) -> Curve:
    """Return normal terms through values on a lattice, as few as follow the values between them."""
    peak = float(value.max())
    value = value / peak
    place = np.arange(value.size)
    mean = float(place @ value / value.sum())
    sd = float(np.sqrt((place - mean) ** 2 @ value / value.sum()))
    stride = max(2, int(0.7 * sd))
    error, weight, nodes = _follow(value, stride)
    while error > TERMS and stride > 2 and value.size < 0.8 * stride * MOST_TERMS:
        stride = max(2, int(0.8 * stride))
        error, weight, nodes = _follow(value, stride)
    if error > ROUGH:
        raise ArithmeticError(f"quantiles too far apart: their likelihood is known to {error:.0e} of its maximum only")
    width = OVERLAP * stride * step
    curve = normal_mixture((first + nodes) * step, np.array([width]), weight * stride * step * peak)
    return replace(curve, detail=0.8 * sd * step, error=max(error, 1e-15))


def _follow(value: Array, stride: int) -> tuple[float, Array, Array]:
    """Return the largest error between the nodes, the weights of terms at every ``stride``-th point, and the nodes."""
    pad = 3 * stride
    count = int(np.ceil((value.size + 2 * pad) / stride))
    wide = np.zeros(count * stride)
    wide[pad : pad + value.size] = value
    weight = interpolation(count) @ wide[::stride]
    error = 0.0
    for shift in {stride // 2, stride // 3} - {0}:
        distance = np.arange(count)[:, None] + shift / stride - np.arange(count)
        fitted = np.exp(-0.5 * (distance / OVERLAP) ** 2) @ weight / (OVERLAP * SQRT_2PI)
        error = max(error, float(np.abs(fitted - wide[shift::stride]).max()))
    return error, weight, np.arange(count, dtype=float) * stride - pad
