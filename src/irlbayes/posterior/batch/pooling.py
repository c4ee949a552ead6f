"""Compiled: one data set of normal reports pooled, and many after one another, no array made on the way.

tau is integrated by the trapezoidal rule on an axis of its own (`nodes.axis_of`), on which its density is analytic in a
strip of half-width pi / 2 and falls exponentially or faster, so that the rule converges exponentially. The step is
halved, old nodes kept, until the masses of even and odd nodes agree to ``AGREED``, and on until the cosine series
through the nodes is resolved. All else is a mixture over the nodes, judged as it is summed (`mixing.judge`).

References
----------
Trefethen, L. N. & Weideman, J. A. C. (2014). The exponentially convergent trapezoidal rule.
SIAM Review, 56(3), 385-458.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.editions import edition
from irlbayes.posterior.batch.mixing import describe, judge, mixture_below, stated, whole
from irlbayes.posterior.batch.nodes import (
    HALF_NORMAL,
    LOG_2PI,
    SINH,
    UNIFORM,
    axis_of,
    least_scale,
    place,
    scaled_prior,
)
from irlbayes.posterior.batch.rule import MOST, STEP, halve, lay_all
from irlbayes.posterior.batch.series import cosine_series, series_at, series_quantile, series_tail
from irlbayes.posterior.batch.special import exponential

ROWS = 25  # of the space that a data set is worked in
AGREED = 1e-6  # of the masses of even and of odd nodes
SMOOTH = 1e-10  # last coefficients of the cosine series of tau
AIM = 1e-10  # error bound for which the step is halved again
NEGLIGIBLE = 1e-15  # mass of a node that nothing needs, as a share of the tail outside the interval
ROUNDING = 4e-16  # of a level, relative to its parts
FEW = 8.0  # of that, which no smaller step undoes
LEAST = 1e-12  # error that is stated
TAU, NEW, EVIDENCE, BOUND, NODES, BELOW = 6, 11, 17, 18, 19, 20


@numba.njit(error_model="numpy")
def weigh(space, n, best, mirrored):
    """Write the mass of every node; return the sum of their heights, and the error that these leave."""
    odd, between, fourth = 0.0, 0.0, 0.0
    mass, level = space[4], space[0]
    for j in range(n):
        mass[j] = exponential(level[j] - best)
    if mirrored:
        mass[0] *= 0.5
    for j in range(0, n, 4):
        fourth += mass[j]
    for j in range(2, n, 4):
        between += mass[j]
    for j in range(1, n, 2):
        odd += mass[j]
    total = odd + between + fourth
    for j in range(n):
        mass[j] /= total
    error = np.zeros(3)
    judge(error, odd, between, fourth, total)
    return total, error[2], error[0]


@numba.njit(error_model="numpy")
def gather(space, n, stride, least):
    """Lay out every ``stride``-th node, in the three runs of `mixing`: weight, mean, sds of mu and of a new effect."""
    count, ends = 0, np.zeros(3, np.int64)
    for run in range(3):
        first, every = ((1, 2), (2, 4), (0, 4))[run]
        for j in range(first * stride, n, every * stride):
            if space[4, j] > least:
                t2 = space[3, j] ** 2
                space[5, count], space[6, count] = stride * space[4, j], space[1, j]
                space[7, count], space[8, count] = math.sqrt(space[2, j]), math.sqrt(space[2, j] + t2)
                space[9, count] = t2
                count += 1
        ends[run] = count
    for j in range(count, whole(count)):
        space[5, j] = 0.0
        for row in range(6, 10):
            space[row, j] = space[row, count - 1]
    return ends


@numba.njit(error_model="numpy")
def own_effects(theta, space, y, s2, k, ends, error):
    """Write mean and sd of every study's own effect, and judge them."""
    weight, mean, sd, t2 = space[5], space[6], space[7], space[9]
    one, two = np.empty(3), np.empty(3)
    for i in range(k):
        first = 0
        for run in range(3):
            one[run], two[run] = 0.0, 0.0
            for j in range(first, ends[run]):
                share = t2[j] / (s2[i] + t2[j])
                rest = (1.0 - share) * sd[j]
                gap = (1.0 - share) * (mean[j] - y[i])
                one[run] += weight[j] * gap
                two[run] += weight[j] * (gap * gap + share * s2[i] + rest * rest)
            first = ends[run]
        gap = one.sum()
        square = two.sum() - gap * gap
        theta[0, i], theta[1, i] = y[i] + gap, math.sqrt(square)
        judge(error, one[0], one[1], one[2], theta[1, i])
        judge(error, two[0], two[1], two[2], 2.0 * (square + gap * gap))


@numba.njit(error_model="numpy")
def means(space, n, step, mirrored):
    """Return the means of mu and of t, by all nodes."""
    mass, series, length = space[4], space[12], (n - 1) * step
    of_mu, of_t = 0.0, 0.0
    for j in range(n):
        of_mu += mass[j] * space[1, j]
        of_t += mass[j] * space[3, j]
    if mirrored:  # sinh is odd around zero, where the rule has an end: what that adds is known for every cosine
        w, rise, up = math.pi / length, 0.5 * step * math.sinh(step), math.cosh(step)
        for i in range(n):
            of_t -= series[i] / length * (1.0 / (1.0 + (w * i) ** 2) - rise / (up - math.cos(w * step * i)))
    return of_mu, of_t


@numba.njit(error_model="numpy")
def variances(space, n, stride, of_mu, about, moments, error):
    """Return the variance of mu, and the mean square of t about a value, judged with the masses and the mean of mu.

    Nodes of no mass count too: a heavy tail has its moments there.
    """
    one, first, two, square = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    for run in range(3):
        start, every = ((1, 2), (2, 4), (0, 4))[run]
        for j in range(start * stride, n, every * stride):
            part, gap = stride * space[4, j], space[1, j] - of_mu
            one[run] += part
            first[run] += part * gap
            two[run] += part * (space[2, j] + gap * gap)
            square[run] += part * (space[3, j] - about) ** 2
    judge(error, one[0], one[1], one[2], 1.0)
    if moments[0] > 1:
        judge(error, first[0], first[1], first[2], math.sqrt(two.sum()))
        judge(error, two[0], two[1], two[2], 2.0 * two.sum())
    if moments[1] > 1:
        judge(error, square[0], square[1], square[2], 2.0 * square.sum())
    return two.sum(), square.sum()


@numba.njit(error_model="numpy")
def tau_quantiles(out, space, n, v0, step, axis, p, spread):
    """Write the quantiles of t, and return what the series leaves open in them, in sds (NaN: quarters of intervals)."""
    mass, series, length = space[4], space[12], (n - 1) * step
    tail, left = series_tail(series, n), 0.0
    for t in range(p.size):
        x, density = series_quantile(p[t], mass, series, n)
        out[t], _, slope = place(axis[0], axis[1], axis[2], v0 + length * x)
        left = max(left, tail / density * length * math.exp(slope))
    return left / (0.25 * (out[2] - out[1]) if math.isnan(spread) else spread)


@numba.njit(error_model="numpy")
def tau_below(t, space, n, v0, step, axis):
    """Return the probability of tau below t, from the series."""
    low, high = v0, v0 + (n - 1) * step
    if not t > place(axis[0], axis[1], axis[2], low)[0]:
        return 0.0
    if t >= place(axis[0], axis[1], axis[2], high)[0]:
        return 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if place(axis[0], axis[1], axis[2], middle)[0] < t:
            low = middle
        else:
            high = middle
    return series_at((0.5 * (low + high) - v0) / ((n - 1) * step), space[12], n)[1]


@numba.njit(error_model="numpy")
def summed(out, space, n, v0, step, axis, mirrored, stride, moments, asked, p, z, error):
    """Write every number of a data set but its evidence; return the runs of nodes, and the bound on all errors."""
    ends = gather(space, n, stride, NEGLIGIBLE * min(p[1], 1.0 - p[2]))
    weight, mean, sd, new_sd = space[5], space[6], space[7], space[8]
    center, of_t = means(space, n, step, mirrored)
    about = 0.0 if mirrored else of_t
    of_mu, square = variances(space, n, stride, center, about, moments, error)
    of_new = of_mu + square + (0.0 if mirrored else of_t * of_t)
    spread = math.sqrt(max(square - of_t * of_t, 0.0) if mirrored else square) if moments[1] > 1 else np.nan
    if moments[1] < 2:  # units that exist, for what is relative to one
        log_unit, log_new = 0.0, 0.0
        for j in range(ends[2]):
            log_unit += weight[j] * math.log(sd[j])
            log_new += weight[j] * math.log(new_sd[j])
        of_new, of_mu = math.exp(2.0 * log_new), of_mu if moments[0] > 1 else math.exp(2.0 * log_unit)
    describe(out[0:6], weight, mean, sd, space[10], ends, center, of_mu, asked[0], p, z, error)
    describe(out[NEW : NEW + 6], weight, mean, new_sd, space[10], ends, center, of_new, asked[0], p, z, error)
    out[TAU], out[TAU + 1] = of_t, spread
    left = tau_quantiles(out[TAU + 2 : TAU + 5], space, n, v0, step, axis, p, spread)
    if not math.isnan(asked[1]):
        out[BELOW] = mixture_below(asked[1], weight, mean, sd, space[10], ends, error)
    if not math.isnan(asked[2]):
        out[BELOW + 1] = tau_below(asked[2], space, n, v0, step, axis)
    if not math.isnan(asked[3]):
        out[BELOW + 2] = mixture_below(asked[3], weight, mean, new_sd, space[10], ends, error)
    return ends, max(stated(error), left)


@numba.njit(error_model="numpy")
def pool(y, s2, k, prior, family, p, moments, null, at, probabilities, z, wants, out, theta, space):
    """Pool one data set; see `pool_some` for what is what. ``y`` and ``s2`` are overwritten."""
    weight, first = 0.0, 0.0
    for i in range(k):
        weight += 1.0 / s2[i]
        first += y[i] / s2[i]
    c, origin, widest2 = least_scale(family, p, weight + prior[1]), first / weight, 0.0
    for i in range(k):
        y[i], s2[i] = (y[i] - origin) / c, s2[i] / (c * c)
        widest2 = max(widest2, s2[i])
    typical = k / (weight * c * c)
    mu = ((prior[0] - origin) / c, prior[1] * c * c, widest2, typical)
    q = np.zeros(4)
    scaled_prior(family, p, c, q)
    kind, a, b, begin, curvature = axis_of(family, q, math.sqrt(widest2))
    axis = (kind, a, b)
    curvature += 4.0 * k
    powers = 0.0 if family in (HALF_NORMAL, UNIFORM) else float(moments[1])
    step = min(STEP, 2.0 / math.sqrt(curvature - 4.0 * k + 1.0)) if kind > 1 else STEP
    n, v0, best, found = lay_all(space, y, s2, k, mu, family, q, axis, begin, powers, step)
    stride, total = 0, 1.0
    error = np.zeros(3)
    bound = np.inf
    while found:
        mirrored = kind == SINH and v0 == 0.0
        total, left, apart = weigh(space, n, best, mirrored)
        noise = ROUNDING * (abs(best) + k)
        if stride or (left < 0.1 * AIM + noise and apart < AGREED):
            stride = 2 * stride if stride else 1
            cosine_series(space[4], n, space[12], space[5], space[6], space[7])
            if series_tail(space[12], n) < SMOOTH + noise:
                error[:] = 0.0
                asked = ((null - origin) / c, (at[0] - origin) / c, at[1] / c, (at[2] - origin) / c)
                ends, bound = summed(
                    out, space, n, v0, step, axis, mirrored, stride, moments, asked, probabilities, z, error
                )
                if wants:
                    own_effects(theta, space, y, s2, k, ends, error)
                    bound = max(bound, stated(error))
                if bound < AIM + FEW * noise:
                    break
                stride = 1 if stride > 1 else 0
        last = n
        n, v0, step, best = halve(space, n, v0, step, best, curvature, y, s2, k, mu, family, q, axis, powers)
        if not n:
            n = last
            break
    level = best - 0.5 * k * math.log(typical) + math.log(total * step)
    for t in (0, 2, 3, 4, NEW, NEW + 2, NEW + 3, NEW + 4):
        out[t] = origin + c * out[t]
    for t in (1, 6, 7, 8, 9, 10, NEW + 1):
        out[t] *= c
    if wants:
        for i in range(k):
            theta[0, i], theta[1, i] = origin + c * theta[0, i], c * theta[1, i]
    if prior[1] > 0.0:
        level += 0.5 * math.log(mu[1])
        out[EVIDENCE] = level - 0.5 * k * LOG_2PI - k * math.log(c)
    else:
        out[EVIDENCE] = np.nan
    out[BOUND], out[NODES] = max(bound + ROUNDING * (abs(best) + k), LEAST), n
    if moments[0] < 2:
        out[1] = np.nan
    if moments[0] < 1:
        out[0] = np.nan
    for t in (TAU, NEW):
        if moments[1] < 2:
            out[t + 1] = np.nan
        if moments[1] < 1:
            out[t] = np.nan


def _of_edition(edition):
    """Return `pool_some`, kept on disk under the sources of all kernels: numba itself looks at one file alone."""

    @numba.njit(cache=True, error_model="numpy", nogil=True)
    def pool_some(
        y, s2, starts, families, p, priors, moments, null, at, probabilities, z, wants, out, theta, first, last
    ):
        """Pool data sets ``first`` to ``last``, whose reports begin at ``starts``.

        ``p`` and ``families`` are of the prior of tau, ``priors`` mean and precision of mu, ``moments`` how many of mu
        and of tau exist, ``at`` three values below which mu, tau and a new effect are asked for (NaN: not asked),
        ``wants`` whether the studies' own effects are.
        """
        most, _ = 0, edition
        for i in range(first, last):
            most = max(most, starts[i + 1] - starts[i])
        space, reports = np.empty((ROWS, whole(MOST))), np.empty((2, most))
        for i in range(first, last):
            a = starts[i]
            k = starts[i + 1] - a
            for j in range(k):
                reports[0, j], reports[1, j] = y[a + j], s2[a + j]
            own = theta[:, a : a + k] if wants else theta
            pool(reports[0], reports[1], k, priors[i], families[i], p[i], moments[i], null[i], at[i], probabilities, z,
                 wants, out[i], own, space)  # fmt: skip

    return pool_some


pool_some = _of_edition(edition())
