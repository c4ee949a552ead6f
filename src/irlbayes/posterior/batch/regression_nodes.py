"""Compiled: one meta-regression of normal reports, and many after one another.

The rule of tau, its axes and its mixtures are those of `pooling`; what stands at a node is a least-squares fit instead
of a mean (`least_squares`). Columns have unit length, so that the units of moderators do not matter.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.editions import edition
from irlbayes.posterior.batch.least_squares import given
from irlbayes.posterior.batch.mixing import describe, judge, stated, whole
from irlbayes.posterior.batch.nodes import (
    HALF_NORMAL,
    HALF_STUDENT_T,
    INTERVAL,
    LOG_2PI,
    SINH,
    UNIFORM,
    axis_of,
    log_prior,
    place,
    scaled_prior,
)
from irlbayes.posterior.batch.pooling import (
    AGREED,
    AIM,
    LEAST,
    NEGLIGIBLE,
    ROUNDING,
    ROWS,
    SMOOTH,
    gather,
    means,
    tau_quantiles,
    variances,
    weigh,
)
from irlbayes.posterior.batch.rule import DEEPER, DEPTH, FARTHEST, FLAT, MOST, STEP, cut, is_faint, log_of
from irlbayes.posterior.batch.series import cosine_series, series_tail

FITS = 3 * MOST  # least-squares fits that there is room for; nodes are left behind where the axis is cut
LEVEL, FIT, _, PLACE, MASS = range(5)  # rows of ``space``; FIT says where a node's fit is kept
KEPT = 11  # and here, while the means and variances of a line stand in rows 1 and 2
TAU, NEW = 0, 5  # of the numbers of a data set; then evidence, bound, nodes
EVIDENCE, BOUND, NODES, NUMBERS = 11, 12, 13, 14


@numba.njit(error_model="numpy")
def lay(space, fits, used, j, v, data, work, tau):
    """Put down node j at v; return its level, the highest with reports that agree, and that without the prior."""
    family, q, axis = tau
    t, log_t, slope = place(axis[0], axis[1], axis[2], v)
    plain, lost = given(data, t * t, work, fits[0, :, used], fits[1, :, used])
    prior = log_prior(family, q, t, log_t) + slope
    space[LEVEL, j], space[FIT, j], space[PLACE, j] = plain - lost + prior, used, t
    return plain - lost + prior, plain + prior, plain


@numba.njit(error_model="numpy")
def march(space, fits, used, j, v, step, data, work, tau, powers, best):
    """Lay nodes from j at v on, until nothing can come (as `rule.march`); return their number, and whether it ended."""
    count, room, axis = 0, (MOST - 1) // 2, tau[2]
    direction = 1 if step > 0.0 else -1
    at_zero = given(data, 0.0, work, fits[0, :, FITS], fits[1, :, FITS])[0]
    while count < room:
        level, top, plain = lay(space, fits, used + count, j, v, data, work, tau)
        if math.isnan(level):
            return count, False
        t = space[PLACE, j]
        log_t = max(math.log(t), -FARTHEST) if t > 0.0 else -FARTHEST
        best[0], best[1] = max(best[0], level), max(best[1], level + powers * log_t)
        count += 1
        if axis[0] == INTERVAL:
            if math.pi * abs(math.sinh(v)) > DEPTH + 6.0:
                return count, True
        elif direction > 0:
            if top < best[0] - DEPTH and top + powers * log_t < best[1] - DEPTH:
                return count, True
            if log_t > FARTHEST:
                return count, False
        elif level < best[0] - DEPTH and (t < FLAT or top - plain + at_zero < best[0] - DEPTH):
            return count, True
        j += direction
        v += step
    return count, False


@numba.njit(error_model="numpy")
def lay_all(space, fits, begin, data, work, tau, powers, step):
    """Lay the first nodes; return their number, the first place, the highest level, whether both ends were found."""
    best = np.array([-np.inf, -np.inf])
    mirrored = tau[2][0] == SINH
    middle = 0 if mirrored else (MOST - 1) // 2
    right, found = march(space, fits, 0, middle, begin, step, data, work, tau, powers, best)
    if mirrored:
        return right, 0.0, best[0], found
    left, ended = march(space, fits, right, middle - 1, begin - step, -step, data, work, tau, powers, best)
    for row in range(4):
        for j in range(left + right):
            space[row, j] = space[row, j + middle - left]
    return left + right, begin - left * step, best[0], found and ended


@numba.njit(error_model="numpy")
def halve(space, fits, used, n, v0, step, best, curvature, data, work, tau, powers):
    """Halve the step where anything is (as `rule.halve`); return nodes (0: no room), first place, step, best, fits."""
    room = DEEPER + 0.5 * curvature * step * step
    floor, low = best - room, -np.inf
    for j in range(n):
        low = max(low, space[LEVEL, j] + log_of(space[PLACE, j], powers) - room)
    n, first = cut(space, n, floor, low, powers)
    v0 += first * step
    if 2 * n - 1 > MOST or used + n > FITS:
        return 0, v0, step, best, used
    for row in range(4):
        for j in range(n - 1, 0, -1):
            space[row, 2 * j] = space[row, j]
    n, step = 2 * n - 1, 0.5 * step
    for j in range(1, n, 2):
        if is_faint(space, j - 1, floor, low, powers) and is_faint(space, j + 1, floor, low, powers):
            for row in range(4):
                space[row, j] = space[row, j - 1]
            continue
        best = max(best, lay(space, fits, used, j, v0 + j * step, data, work, tau)[0])
        used += 1
    return n, v0, step, best, used


@numba.njit(error_model="numpy")
def typical(weight, sd, count):
    """Return a typical variance of terms, where the mixture has none: of the mean log."""
    total = 0.0
    for j in range(count):
        total += weight[j] * math.log(sd[j])
    return math.exp(2.0 * total)


@numba.njit(error_model="numpy")
def own_effects(theta, space, fits, first, n, stride, y, s2, error):
    """Write mean and sd of every study's own effect, whose fitted means are the lines from ``first`` on; judge them."""
    for i in range(y.size):
        one, two = np.zeros(3), np.zeros(3)
        for run in range(3):
            start, every = ((1, 2), (2, 4), (0, 4))[run]
            for j in range(start * stride, n, every * stride):
                fit, t2 = int(space[FIT, j]), space[PLACE, j] ** 2
                share, weight = t2 / (s2[i] + t2), stride * space[MASS, j]
                gap = (1.0 - share) * (fits[0, first + i, fit] - y[i])
                one[run] += weight * gap
                two[run] += weight * (gap * gap + share * s2[i] + (1.0 - share) ** 2 * fits[1, first + i, fit])
        gap, square = one.sum(), two.sum()
        theta[0, i], theta[1, i] = y[i] + gap, math.sqrt(square - gap * gap)
        judge(error, one[0], one[1], one[2], theta[1, i])
        judge(error, two[0], two[1], two[2], 2.0 * square)


@numba.njit(error_model="numpy")
def summed(out, lined, space, fits, n, v0, step, axis, stride, moments, null, p, z, error):
    """Write every number of a data set but its evidence; return the bound on all errors. The last line is the mean."""
    mirrored, left = axis[0] == SINH and v0 == 0.0, 0.0
    space[KEPT, :n] = space[FIT, :n]
    for line in range(lined.shape[0]):
        for j in range(n):
            fit = int(space[KEPT, j])
            space[1, j], space[2, j] = fits[0, line, fit], fits[1, line, fit]
        ends = gather(space, n, stride, NEGLIGIBLE * min(p[1], 1.0 - p[2]))
        weight, mean, sd, new_sd = space[5], space[6], space[7], space[8]
        center, of_t = means(space, n, step, mirrored)
        of_mu, square = variances(space, n, stride, center, 0.0 if mirrored else of_t, moments, error)
        unit = of_mu if moments[0] > 1 else typical(weight, sd, ends[2])
        describe(lined[line], weight, mean, sd, space[10], ends, center, unit, null[line], p, z, error)
        if line == lined.shape[0] - 1:
            about = of_t * of_t
            exists = moments[1] > 1
            of_new = of_mu + square + (0.0 if mirrored else about) if exists else typical(weight, new_sd, ends[2])
            describe(out[NEW:EVIDENCE], weight, mean, new_sd, space[10], ends, center, of_new, null[line], p, z, error)
            out[TAU] = of_t
            out[TAU + 1] = math.sqrt(max(square - about, 0.0) if mirrored else square) if exists else np.nan
            left = tau_quantiles(out[TAU + 2 : NEW], space, n, v0, step, axis, p, out[TAU + 1])
    space[FIT, :n] = space[KEPT, :n]
    return max(stated(error), left)


@numba.njit(error_model="numpy")
def regress(data, family, p, moments, null, probabilities, z, wants, out, lined, theta, space, fits, work):
    """Pool one data set on its moderators; see `regress_some`. All of ``data`` is overwritten in units of c."""
    y, s2, x, prior, _ = data
    k, count = x.shape
    told = lined.shape[0]
    least, widest = np.inf, 0.0
    for i in range(k):
        least, widest = min(least, s2[i]), max(widest, s2[i])
    given(data, 0.0, work, fits[0, :, FITS], fits[1, :, FITS])
    first = fits[1, told - 1, FITS]  # variance of the mean effect where tau is 0
    c = math.sqrt(1.0 / (1.0 / first + 1.0 / least)) if first > 0.0 else math.sqrt(least)
    if family <= HALF_STUDENT_T:
        c = min(c, p[1] * math.sqrt(p[0]) if family == HALF_STUDENT_T else p[0])
    for i in range(k):
        y[i], s2[i] = y[i] / c, s2[i] / (c * c)
    for r in range(count):
        prior[0, r], prior[1, r] = prior[0, r] / c, prior[1, r] * c * c
    q = np.zeros(4)
    scaled_prior(family, p, c, q)
    kind, a, b, begin, curvature = axis_of(family, q, math.sqrt(widest) / c)
    axis, curvature = (kind, a, b), curvature + 4.0 * k
    tau = (family, q, axis)
    powers = 0.0 if family in (HALF_NORMAL, UNIFORM) else float(moments[1])
    step = min(STEP, 2.0 / math.sqrt(curvature - 4.0 * k + 1.0)) if kind > 1 else STEP
    n, v0, best, found = lay_all(space, fits, begin, data, work, tau, powers, step)
    used, stride, total, bound, error = n, 0, 1.0, np.inf, np.zeros(3)
    while found:
        total, left, apart = weigh(space, n, best, kind == SINH and v0 == 0.0)
        if stride or (left < 0.1 * AIM and apart < AGREED):
            stride = 2 * stride if stride else 1
            cosine_series(space[MASS], n, space[12], space[5], space[6], space[7])
            if series_tail(space[12], n) < SMOOTH:
                error[:] = 0.0
                bound = summed(
                    out, lined, space, fits, n, v0, step, axis, stride, moments, null / c, probabilities, z, error
                )
                if wants:
                    own_effects(theta, space, fits, told, n, stride, y, s2, error)
                    bound = max(bound, stated(error))
                if bound < AIM:
                    break
                stride = 1 if stride > 1 else 0
        last = n
        n, v0, step, best, used = halve(space, fits, used, n, v0, step, best, curvature, data, work, tau, powers)
        if not n:
            n = last
            break
    out[EVIDENCE] = best + math.log(total * step) - 0.5 * k * LOG_2PI - k * math.log(c)
    for r in range(count):
        out[EVIDENCE] += 0.5 * math.log(prior[1, r]) if prior[1, r] > 0.0 else np.nan
    out[BOUND], out[NODES] = max(bound + ROUNDING * (abs(best) + k), LEAST), n
    for t in (0, 1, 2, 3, 4, NEW, NEW + 1, NEW + 2, NEW + 3, NEW + 4):
        out[t] *= c
    for line in range(told):
        for t in range(5):
            lined[line, t] *= c
    for i in range(k if wants else 0):
        theta[0, i], theta[1, i] = c * theta[0, i], c * theta[1, i]
    for t in (TAU, NEW):
        if moments[1] < 2:
            out[t + 1] = np.nan
        if moments[1] < 1:
            out[t] = np.nan
    for line in range(told):
        if moments[0] < 2:
            lined[line, 1] = np.nan
        if moments[0] < 1:
            lined[line, 0] = np.nan


def _of_edition(edition):
    """Return `regress_some`, kept on disk under the sources of all kernels, as `pooling.pool_some` is."""

    @numba.njit(cache=True, error_model="numpy", nogil=True)
    def regress_some(
        y,
        s2,
        x,
        starts,
        families,
        p,
        prior,
        rows,
        moments,
        null,
        probabilities,
        z,
        wants,
        out,
        lined,
        theta,
        first,
        last,
    ):
        """Pool data sets ``first`` to ``last``, whose reports begin at ``starts``.

        ``x`` are moderators, dims (study of all data sets, coefficient); ``prior`` mean and precision of each
        coefficient; ``rows`` where the mean effect is wanted, dims (dataset, coefficient); ``lined`` takes
        the numbers of coefficients and mean, dims (dataset, coefficient + 1, 6). All else as for `pooling.pool_some`.
        """
        most, count, _ = 0, x.shape[1], edition
        for i in range(first, last):
            most = max(most, starts[i + 1] - starts[i])
        space = np.empty((ROWS, whole(MOST)))
        fits = np.empty((2, count + 1 + (most if wants else 0), FITS + 1))
        work = (np.empty((count, count)), np.empty(count), np.empty(count))
        for i in range(first, last):
            a, b = starts[i], starts[i + 1]
            k = b - a
            design, told = np.empty((k, count)), np.zeros((count + 1 + (k if wants else 0), count))
            scaled = np.empty((2, count))
            for r in range(count):
                length = 0.0
                for j in range(k):
                    length += x[a + j, r] * x[a + j, r]
                length = math.sqrt(length)
                for j in range(k):
                    design[j, r] = x[a + j, r] / length
                    if wants:
                        told[count + 1 + j, r] = design[j, r]
                scaled[0, r], scaled[1, r] = prior[0, r] * length, prior[1, r] / length**2
                told[r, r], told[count, r] = 1.0 / length, rows[i, r] / length
            data = (y[a:b].copy(), s2[a:b].copy(), design, scaled, told)
            own = theta[:, a:b] if wants else theta
            regress(data, families[i], p[i], moments[i], null[i], probabilities, z, wants, out[i], lined[i], own, space,
                    fits, work)  # fmt: skip

    return regress_some


regress_some = _of_edition(edition())
