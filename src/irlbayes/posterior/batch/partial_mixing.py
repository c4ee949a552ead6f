"""Compiled: mixtures over tau of normals times polynomials, described: what `mixing` does for normals alone."""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.mixing import CLOSE, DENSITY_0, LEFT, judge, normal_quantile, start
from irlbayes.posterior.batch.partial_loops import SQRT_2PI, exponentials, normal_below
from irlbayes.posterior.batch.series import LOOSE


@numba.njit(error_model="numpy", fastmath=LOOSE)
def sums_at(x, terms, center, width, first, last, count, room, bits, out):
    """Write the sums of a run of rows at x: probability below, density, and two derivatives.

    ``terms`` are the coefficients of ``He_k(z) exp(-z ** 2 / 2) / sqrt(2 pi)``, dims (degree, row), weights included.
    """
    n = last - first
    z, height, low, before, now = room[0], room[1], room[2], room[3], room[4]
    below, density, slope, bend = room[5], room[6], room[7], room[8]
    for i in range(n):
        z[i] = min(max((x - center[first + i]) / width[first + i], -38.0), 38.0)
        height[i] = -0.5 * z[i] * z[i]
        before[i], now[i], below[i], density[i], slope[i], bend[i] = 0.0, 1.0, 0.0, 0.0, 0.0, 0.0
    exponentials(height, bits, n)
    normal_below(low, z, height, n)
    for k in range(count):
        row = terms[k]
        for i in range(n):
            part = row[first + i]
            up = z[i] * now[i] - k * before[i]
            below[i] += part * before[i]
            density[i] += part * now[i]
            slope[i] += part * up
            bend[i] += part * (z[i] * up - (k + 1.0) * now[i])
            before[i] = now[i]
            now[i] = up
    out[0], out[1], out[2], out[3] = 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        part, narrow = height[i] / SQRT_2PI, 1.0 / width[first + i]
        out[0] += terms[0, first + i] * low[i] - part * below[i]
        out[1] += part * density[i] * narrow
        out[2] -= part * slope[i] * narrow * narrow
        out[3] += part * bend[i] * narrow * narrow * narrow


@numba.njit(error_model="numpy")
def all_sums(x, terms, center, width, ends, count, room, bits, three):
    """Write the sums of the three runs of rows, and return those of all."""
    first = 0
    for run in range(3):
        sums_at(x, terms, center, width, first, ends[run], count, room, bits, three[run])
        first = ends[run]
    return three[:, 0].sum(), three[:, 1].sum(), three[:, 2].sum(), three[:, 3].sum()


@numba.njit(error_model="numpy")
def mixture_below(x, rows, error, room, bits, three):
    """Return the probability of a mixture below x, judged as it is; ``rows`` as in `describe`."""
    found = all_sums(x, *rows, room, bits, three)[0]
    judge(error, three[0, 0], three[1, 0], three[2, 0], 1.0)
    return found


@numba.njit(error_model="numpy")
def quantile(p, z, terms, center, width, ends, count, x, unit, error, room, bits, three):
    """Return the quantile p (z that of a standard normal) and the density there, from x on; judge it in ``unit``."""
    low, high, density = -np.inf, np.inf, 0.0
    scale = math.exp(0.5 * z * z) / DENSITY_0
    for _ in range(100):
        below, density, slope, bend = all_sums(x, terms, center, width, ends, count, room, bits, three)
        if below < p:
            low = x
        else:
            high = x
        gap, new = (below - p) * scale, x
        near = abs(gap) < 0.03
        if 1e-14 < below < 1.0 - 1e-14 and density > 0.0:
            if near:
                cubic = (2.0 * z * z + 1.0) / 6.0 + gap * z * (6.0 * z * z + 7.0) / 24.0
                probit = z + gap * (1.0 + gap * (0.5 * z + gap * cubic))
            else:
                probit = normal_quantile(below)
            ahead = z - probit
            first = math.exp(-0.5 * probit * probit) * DENSITY_0 / density
            r = slope / density
            second = -probit * first - r * first * first
            third = -first - probit * second - (bend / density - r * r) * first**3 - 2.0 * r * first * second
            linear, cubic = ahead * first, ahead**3 * third / 6.0
            new = x + linear + 0.5 * ahead * ahead * second + cubic
            near = near and abs(cubic) * math.sqrt(abs(cubic / linear)) < LEFT * unit if linear != 0.0 else near
        else:
            new = x + math.copysign(2.0 * unit, p - below)
        if not low < new < high:
            near = False
            new = 0.5 * (low + high) if low > -np.inf and high < np.inf else x + math.copysign(2.0 * unit, p - below)
        if new == x or (near and abs(new - x) < CLOSE * unit):
            judge(error, three[0, 0], three[1, 0], three[2, 0], density * unit)
            return new, density
        x = new
    error[2] = np.inf
    return x, density


@numba.njit(error_model="numpy")
def describe(out, rows, moments, null, p, z, error, room, bits, three):
    """Write mean, sd, the quantiles p (z those of a standard normal) and P(> null); return the least density at them.

    ``rows`` are what `all_sums` takes of a mixture: terms, centers, widths, ends of runs and the number of terms.
    ``moments`` are mean, variance, and third and fourth central moment; the density is in units of one sd.
    """
    mean, square, third, fourth = moments
    unit, least = math.sqrt(square), np.inf
    out[0], out[1] = mean, unit
    skew, excess = third / unit**3, fourth / square**2 - 3.0
    for t in range(p.size):
        from_ = start(z[t], mean, unit, skew, excess)
        out[2 + t], density = quantile(p[t], z[t], *rows, from_, unit, error, room, bits, three)
        least = min(least, density * unit)
    out[2 + p.size] = 1.0 - mixture_below(null, rows, error, room, bits, three)
    return least
