"""Compiled: what stands at one node of tau. Axes, priors, and the reports given tau.

All is in units of c, the least of the scales on which anything changes, so that kernels never see units.
"""

from __future__ import annotations

import math

import numba

from irlbayes.posterior.batch.series import LOOSE

HALF_NORMAL, HALF_CAUCHY, HALF_STUDENT_T, UNIFORM, LOG_NORMAL, LOG_STUDENT_T, INVERSE_GAMMA = range(7)
FAMILIES = ("half_normal", "half_cauchy", "half_student_t", "uniform", "log_normal", "log_student_t", "inverse_gamma")
SINH, INTERVAL, LOG, LOG_SINH = range(4)
LOG_2PI = math.log(2.0 * math.pi)
BLOCK = 256  # reports summed at once
LARGE = 1e36  # variance of which eight do not multiply


@numba.njit(error_model="numpy")
def least_scale(family, p, precision):
    """Return c: tau = i c is as near as anything can be singular, so that the axes below keep all at pi / 2.

    A new effect given tau has variance ``1 / sum 1 / (sei ** 2 + tau ** 2) + tau ** 2``, which has no zero nearer than
    ``tau ** 2 = -1 / (2 precision)``; the reports have theirs at ``-sei ** 2``, a Student t at ``-df scale ** 2``.
    """
    c = math.sqrt(0.5 / precision)
    if family in (HALF_NORMAL, HALF_CAUCHY):
        return min(c, p[0])
    if family == HALF_STUDENT_T:
        return min(c, p[1] * math.sqrt(p[0]))
    return c


@numba.njit(error_model="numpy")
def scaled_prior(family, p, c, q):
    """Write the parameters of the prior of tau / c, and last the constant of its log density."""
    q[0], q[1], q[2] = p[0], p[1], p[2]
    if family == HALF_NORMAL:
        q[0] = p[0] / c
        q[3] = math.log(2.0 / q[0]) - 0.5 * LOG_2PI
    elif family == HALF_CAUCHY:
        q[0] = p[0] / c
        q[3] = math.log(2.0 / (math.pi * q[0]))
    elif family == UNIFORM:
        q[0], q[1] = p[0] / c, p[1] / c
        q[3] = -math.log(q[1] - q[0])
    elif family == LOG_NORMAL:
        q[0] = p[0] - math.log(c)
        q[3] = -math.log(p[1]) - 0.5 * LOG_2PI
    elif family == INVERSE_GAMMA:
        q[1] = p[1] / c
        q[3] = p[0] * math.log(q[1]) - math.lgamma(p[0])
    else:
        q[3] = math.lgamma(0.5 * (p[0] + 1.0)) - math.lgamma(0.5 * p[0]) - 0.5 * math.log(p[0] * math.pi)
        if family == HALF_STUDENT_T:
            q[1] = p[1] / c
            q[3] += math.log(2.0 / q[1])
        else:
            q[1] = p[1] - math.log(c)
            q[3] -= math.log(p[2])


@numba.njit(error_model="numpy")
def log_prior(family, q, t, log_t):
    """Return the log density of t; ``log_t`` is its log for the families of logs."""
    if family == HALF_NORMAL:
        return q[3] - 0.5 * (t / q[0]) ** 2
    if family == HALF_CAUCHY:
        return q[3] - math.log1p((t / q[0]) ** 2)
    if family == HALF_STUDENT_T:
        return q[3] - 0.5 * (q[0] + 1.0) * math.log1p((t / q[1]) ** 2 / q[0])
    if family == UNIFORM:
        return q[3]
    if family == LOG_NORMAL:
        return q[3] - 0.5 * ((log_t - q[0]) / q[1]) ** 2 - log_t
    if family == LOG_STUDENT_T:
        return q[3] - 0.5 * (q[0] + 1.0) * math.log1p(((log_t - q[1]) / q[2]) ** 2 / q[0]) - log_t
    return q[3] - (q[0] + 1.0) * log_t - q[1] * math.exp(-log_t)


@numba.njit(error_model="numpy")
def axis_of(family, q, widest):
    """Return the sort of axis, its two numbers, where to begin, and the largest curvature of the prior on it.

    ``t = sinh(v)`` for priors that are even in t; for a uniform one v is the place between its ends, by the double
    exponential rule; ``t = exp(v)`` for those smooth in log t; and where log t has heavy tails it is ``a + b sinh(v)``.
    """
    if family < UNIFORM:
        return SINH, 0.0, 1.0, 0.0, 10.0
    if family == UNIFORM:
        low = math.asinh(q[0])
        return INTERVAL, low, math.asinh(q[1]) - low, 0.0, 10.0
    if family == LOG_NORMAL:
        return LOG, 0.0, 1.0, q[0], q[1] ** -2.0
    if family == INVERSE_GAMMA:
        return LOG, 0.0, 1.0, math.log(q[1] / q[0]), q[0]
    b = min(2.0, 2.0 * q[2] * math.sqrt(q[0]))
    return LOG_SINH, min(max(q[1], 0.0), math.log(widest) + 1.0), b, 0.0, 10.0 + (b / q[2]) ** 2


@numba.njit(error_model="numpy")
def place(kind, a, b, v):
    """Return t at v, log t (on axes of logs), and the log of dt / dv."""
    if kind == LOG:
        return math.exp(v), v, v
    up = math.exp(v)
    down = 1.0 / up
    sinh, cosh = math.sinh(v) if -0.5 < v < 0.5 else 0.5 * (up - down), 0.5 * (up + down)
    if kind == SINH:
        return sinh, 0.0, math.log(cosh)
    if kind == LOG_SINH:
        log_t = a + b * sinh
        return math.exp(log_t), log_t, log_t + math.log(b * cosh)
    less = math.exp(-math.pi * abs(sinh))
    share = (1.0 if sinh > 0.0 else less) / (1.0 + less)
    u = a + b * share
    slope = b * math.pi * cosh / (1.0 + less) ** 2 * math.cosh(u)
    return math.sinh(u), 0.0, math.log(slope) - math.pi * abs(sinh)


@numba.njit(error_model="numpy", fastmath=LOOSE)
def block(y, s2, first, last, t2):
    """Return sums over reports: weights, times y, times y squared, and the log of the variances."""
    weight, one, two = 0.0, 0.0, 0.0
    for i in range(first, last):
        w = 1.0 / (s2[i] + t2)
        wy = w * y[i]
        weight += w
        one += wy
        two += wy * y[i]
    log_determinant, i = 0.0, first
    while i < last:  # one logarithm for eight variances: their product stays within a double's range
        product, end = 1.0, min(i + 8, last)
        for j in range(i, end):
            product *= s2[j] + t2
        log_determinant += math.log(product)
        i = end
    return weight, one, two, log_determinant


@numba.njit(error_model="numpy")
def given(y, s2, k, t2, mean, precision, widest2):
    """Return log p(reports | tau) but for what the reports disagree by, half of that, and mean and variance of mu."""
    if t2 + widest2 > LARGE:
        weight, one, two, log_determinant = 0.0, 0.0, 0.0, 0.0
        for i in range(k):
            w = 1.0 / (s2[i] + t2)
            weight, one, two = weight + w, one + w * y[i], two + w * y[i] * y[i]
            log_determinant += math.log(s2[i] + t2)
    else:
        weight, one, two, log_determinant = block(y, s2, 0, min(k, BLOCK), t2)
        first = BLOCK
        while first < k:
            more = block(y, s2, first, min(first + BLOCK, k), t2)
            weight, one, two, log_determinant = (
                weight + more[0],
                one + more[1],
                two + more[2],
                log_determinant + more[3],
            )
            first += BLOCK
    total, center = weight + precision, one / weight
    square = max(two - one * center, 0.0) + (center - mean) ** 2 * weight * precision / total
    return -0.5 * (log_determinant + math.log(total)), 0.5 * square, (one + precision * mean) / total, 1.0 / total
