"""Compiled: a mixture of normal terms over the nodes of tau, described, with what its rule still leaves.

The terms lie in three runs: those of every second node of the rule (first ``ends[0]``), of every fourth between them
(up to ``ends[1]``), and of every fourth from the first on (up to ``ends[2]``). Weights sum to one over all. So one pass
gives the sums of three rules, each with half the steps of the next, and what they still differ by says what
is left of the last: `judge`.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.series import LOOSE
from irlbayes.posterior.batch.special import exponential, tail

CLOSE = 2e-3  # last step of a quantile, in sds
BLOCK = 8  # terms that a loop takes at once
LEFT = 1e-12  # and the next term of its series
SQRT_2 = math.sqrt(2.0)
DENSITY_0 = 1.0 / math.sqrt(2.0 * math.pi)


@numba.njit(error_model="numpy")
def judge(error, odd, between, fourth, unit):
    """Take note of one sum by its three runs, in ``unit``; ``error`` holds the largest second, fourth and bound.

    A rule that converges exponentially and differs by e4 and then by e2 from the next is off by ``e2 (e2 / e4) ** 2``
    after that; here the last factor is taken once.
    """
    second, first = abs(fourth + between - odd) / unit, 2.0 * abs(fourth - between) / unit
    error[0], error[1] = max(error[0], second), max(error[1], first)
    error[2] = max(error[2], second * min(1.0, second / first) if first > 0.0 else second)


@numba.njit(error_model="numpy")
def stated(error):
    """Return the bound on the error of all sums that were judged: of each by itself, and of the largest together."""
    return max(error[2], error[0] * min(1.0, error[0] / error[1]) if error[1] > 0.0 else error[0])


@numba.njit(error_model="numpy")
def normal_quantile(p):
    """Return the standard normal quantile: a rational start, and two steps of Halley's."""
    sign, q = (-1.0, p) if p < 0.5 else (1.0, 1.0 - p)
    t = math.sqrt(-2.0 * math.log(q))
    z = t - ((0.010328 * t + 0.802853) * t + 2.515517) / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)
    for _ in range(2):
        u = (0.5 * math.erfc(z / SQRT_2) - q) * math.exp(0.5 * z * z) / DENSITY_0
        z += u / (1.0 - 0.5 * z * u)
    return sign * z


@numba.njit(error_model="numpy", fastmath=LOOSE)
def sums_at(x, weight, mean, sd, parts, first, last):
    """Return the sums of terms at x: the density, and two derivatives; write twice the probability of each below x."""
    density, slope, bend = 0.0, 0.0, 0.0
    for j in range(first, last):
        precision = 1.0 / sd[j]
        d = (x - mean[j]) * precision
        falling = exponential(-0.5 * d * d)
        parts[j] = weight[j] * tail(d, falling)
        part = weight[j] * precision * falling
        density += part
        part *= precision
        slope -= part * d
        bend += part * precision * (d * d - 1.0)
    return density, slope, bend


@numba.njit(error_model="numpy", fastmath=LOOSE)
def below_at(x, weight, mean, sd, parts, first, last):
    """Write twice the probability of each term below x."""
    for j in range(first, last):
        d = (x - mean[j]) / sd[j]
        parts[j] = weight[j] * tail(d, exponential(-0.5 * d * d))


@numba.njit(error_model="numpy", fastmath=LOOSE)
def summed(parts, first, last):
    """Return the sum of a run."""
    total = 0.0
    for j in range(first, last):
        total += parts[j]
    return total


@numba.njit(error_model="numpy")
def whole(count):
    """Return a number of terms with those of no weight that fill up the last block, so that loops have no rest."""
    return (count + BLOCK - 1) // BLOCK * BLOCK


@numba.njit(error_model="numpy")
def judge_runs(error, parts, ends, unit):
    """Judge a sum by the parts of its terms."""
    judge(error, summed(parts, 0, ends[0]), summed(parts, ends[0], ends[1]), summed(parts, ends[1], ends[2]), unit)


@numba.njit(error_model="numpy")
def mixture_quantile(p, z, weight, mean, sd, parts, ends, x, unit, error):
    """Return the quantile p (z that of a standard normal) of a mixture, from x on; judge it in ``unit``, its sd.

    x is a nearly linear function of the probit of its probability; its Taylor series to third order from where we are
    leads to the probit asked for, and every step stays within a bracket.
    """
    low, high = -np.inf, np.inf
    scale, count = math.exp(0.5 * z * z) / DENSITY_0, whole(ends[2])
    for _ in range(100):
        density, slope, bend = sums_at(x, weight, mean, sd, parts, 0, count)
        below = 0.5 * summed(parts, 0, count)
        if below < p:
            low = x
        else:
            high = x
        gap, new = (below - p) * scale, x  # the gap is that of the probits, to first order
        near = abs(gap) < 0.1
        if 1e-14 < below < 1.0 - 1e-14 and density > 0.0:
            if near:
                cubic = (2.0 * z * z + 1.0) / 6.0 + gap * z * (6.0 * z * z + 7.0) / 24.0
                probit = z + gap * (1.0 + gap * (0.5 * z + gap * cubic))
            else:
                probit = normal_quantile(below)
            ahead = z - probit
            first = math.exp(-0.5 * probit * probit) / density
            r = slope / density
            second = -probit * first - r * first * first
            third = -first - probit * second - (bend / density - r * r) * first**3 - 2.0 * r * first * second
            linear, cubic = ahead * first, ahead**3 * third / 6.0
            new = x + linear + 0.5 * ahead * ahead * second + cubic
            left = abs(cubic) * math.sqrt(abs(cubic / linear)) if linear != 0.0 else 0.0
            if near and abs(new - x) < CLOSE * unit and left < LEFT * unit:
                judge_runs(error, parts, ends, 2.0 * density * DENSITY_0 * unit)
                return new
        else:
            new = x + math.copysign(2.0 * unit, p - below)
        if not low < new < high:
            inside = low > -np.inf and high < np.inf
            new = 0.5 * (low + high) if inside else x + math.copysign(2.0 * unit, p - below)
        x = new
    error[2] = np.inf
    return x


@numba.njit(error_model="numpy")
def mixture_below(x, weight, mean, sd, parts, ends, error):
    """Return the probability of a mixture below x, judged as it is."""
    below_at(x, weight, mean, sd, parts, 0, whole(ends[2]))
    judge_runs(error, parts, ends, 2.0)
    return 0.5 * summed(parts, 0, ends[2])


@numba.njit(error_model="numpy")
def start(z, mean, sd, skew, excess):
    """Return where a quantile is looked for first: Cornish and Fisher's, where the shape is near a normal's."""
    if not excess < 3.0:
        return mean + z * sd
    return mean + sd * (
        z
        + skew * (z * z - 1.0) / 6.0
        + excess * z * (z * z - 3.0) / 24.0
        - skew * skew * z * (2.0 * z * z - 5.0) / 36.0
    )


@numba.njit(error_model="numpy")
def describe(out, weight, mean, sd, parts, ends, center, square, null, p, z, error):
    """Write mean, sd, the quantiles p (z those of a standard normal) and P(> null), and judge all but the moments.

    ``center`` and ``square`` are mean and variance; of ``out`` the first two, one for each p, and one more are written.
    """
    unit = math.sqrt(square)
    third, fourth = 0.0, 0.0
    for j in range(ends[2]):
        gap, variance = mean[j] - center, sd[j] * sd[j]
        third += weight[j] * gap * (gap * gap + 3.0 * variance)
        fourth += weight[j] * (gap * gap * (gap * gap + 6.0 * variance) + 3.0 * variance * variance)
    skew, excess = third / unit**3, fourth / square**2 - 3.0
    out[0], out[1] = center, unit
    for t in range(p.size):
        from_ = start(z[t], center, unit, skew, excess)
        out[2 + t] = mixture_quantile(p[t], z[t], weight, mean, sd, parts, ends, from_, unit, error)
    out[2 + p.size] = 1.0 - mixture_below(null, weight, mean, sd, parts, ends, error)
