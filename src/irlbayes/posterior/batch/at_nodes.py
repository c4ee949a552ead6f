"""Compiled: many nodes of tau laid at once, so that every loop runs over nodes and several at a time.

Rows of ``space`` from `LEVEL` on are room for the nodes being laid, as many as fill whole blocks.
"""

from __future__ import annotations

import math

import numba

from irlbayes.posterior.batch.mixing import whole
from irlbayes.posterior.batch.nodes import BLOCK, HALF_CAUCHY, HALF_NORMAL, LARGE, SINH, given, log_prior, place
from irlbayes.posterior.batch.series import LOOSE
from irlbayes.posterior.batch.special import exponential, logarithm

LEVEL, MEAN, VARIANCE, T, TOP, PLACE, PRODUCT, WEIGHT, ONE, TWO, LOGS = range(5, 16)
PRIOR = 24  # not the row of places: a loop that reads and writes one row is not run several at a time
WHICH = 4  # which nodes they will be
PART, LOST = 4, 8  # rows from each sum to that of a block, and to what rounding took from it


@numba.njit(error_model="numpy", fastmath=LOOSE)
def place_sinh(v, t, prior, count, family, q):
    """Write ``t = sinh(v)``, and the log density of priors even in t, with the slope."""
    scale, half = 1.0 / q[0], 1.0
    if family != HALF_NORMAL and family != HALF_CAUCHY:
        scale, half = 1.0 / (q[1] * math.sqrt(q[0])), 0.5 * (q[0] + 1.0)
    for j in range(count):
        x = v[j]
        up = exponential(x)
        down = 1.0 / up
        s = x * x
        little = 1.0 + s / 110.0 * (1.0 + s / 156.0 * (1.0 + s / 210.0))
        little = x * (1.0 + s / 6.0 * (1.0 + s / 20.0 * (1.0 + s / 42.0 * (1.0 + s / 72.0 * little))))
        t[j] = little if s < 0.25 else 0.5 * (up - down)
        prior[j] = q[3] + logarithm(0.5 * (up + down))
    if family == HALF_NORMAL:
        for j in range(count):
            x = t[j] * scale
            prior[j] -= 0.5 * x * x
    else:
        for j in range(count):
            x = t[j] * scale
            prior[j] -= half * logarithm(1.0 + x * x)


@numba.njit(error_model="numpy", fastmath=LOOSE)
def add_four(y, s2, i, t, weight, one, two, product, count, share):
    """Add four reports, with one division: sums of weights, of y and its square by weight; product of variances."""
    y0, y1, y2, y3 = y[i], y[i + 1], y[i + 2], y[i + 3]
    square0, square1, square2, square3 = y0 * y0, y1 * y1, y2 * y2, y3 * y3
    v0, v1, v2, v3 = s2[i], s2[i + 1], s2[i + 2], s2[i + 3]
    for j in range(count):
        t2 = t[j] * t[j]
        a, b, c, d = v0 + t2, v1 + t2, v2 + t2, v3 + t2
        ab, cd = a * b, c * d
        all_ = ab * cd
        rest = 1.0 / all_
        of_ab, of_cd = rest * cd, rest * ab
        weight[j] += (a + b) * of_ab + (c + d) * of_cd
        one[j] += (y0 * b + y1 * a) * of_ab + (y2 * d + y3 * c) * of_cd
        two[j] += (square0 * b + square1 * a) * of_ab + (square2 * d + square3 * c) * of_cd
        product[j] *= all_ * share


@numba.njit(error_model="numpy", fastmath=LOOSE)
def add_one(y, s2, i, t, weight, one, two, product, count, share):
    """Add one report."""
    of, v = y[i], s2[i]
    for j in range(count):
        a = v + t[j] * t[j]
        w = 1.0 / a
        weight[j] += w
        one[j] += w * of
        two[j] += w * of * of
        product[j] *= a * share


@numba.njit(error_model="numpy", fastmath=LOOSE)
def fold(product, total, count):
    """Add the log of a product to a total, and begin another."""
    for j in range(count):
        total[j] += logarithm(product[j])
        product[j] = 1.0


@numba.njit(error_model="numpy", fastmath=LOOSE)
def clear(row, value, count):
    """Set a row."""
    for j in range(count):
        row[j] = value


@numba.njit(error_model="numpy", fastmath=False)
def add(part, total, lost, count):
    """Add a row to another and begin it anew; what rounding takes is made up for the next time (Kahan's sum)."""
    for j in range(count):
        more = part[j] - lost[j]
        new = total[j] + more
        lost[j] = (new - total[j]) - more
        total[j], part[j] = new, 0.0


@numba.njit(error_model="numpy", fastmath=LOOSE)
def finish(prior, weight, one, two, log_determinant, level, mean, variance, top, count, center, precision):
    """Write level, mean and variance of mu, and the level with reports that agree, from sums over reports.

    In short loops: one over so many rows is not run several at a time. ``one`` and ``two`` are overwritten.
    """
    for j in range(count):
        variance[j] = 1.0 / (weight[j] + precision)
    for j in range(count):
        mean[j] = (one[j] + precision * center) * variance[j]
    for j in range(count):
        of_data = one[j] / weight[j]
        two[j] = max(two[j] - one[j] * of_data, 0.0)
        one[j] = (of_data - center) ** 2 * weight[j]
    for j in range(count):
        top[j] = prior[j] - 0.5 * (log_determinant[j] - logarithm(variance[j]))
    for j in range(count):
        level[j] = top[j] - 0.5 * (two[j] + one[j] * precision * variance[j])


@numba.njit(error_model="numpy")
def sum_reports(space, count, y, s2, k, typical):
    """Write sums over reports at ``count`` places (rows `WEIGHT` to `LOGS`), blocks of reports by themselves first.

    Logs are of variances relative to a typical one: the smaller their sum, the less is lost in rounding it.
    """
    blocks, share = k > BLOCK, 1.0 / typical
    part = PART if blocks else 0
    t, product, logs = space[T], space[PRODUCT], space[LOGS + part]
    weight, one, two = space[WEIGHT + part], space[ONE + part], space[TWO + part]
    for row in range(WEIGHT, LOGS + 1 + (LOST if blocks else 0)):
        clear(space[row], 0.0, count)
    clear(product, 1.0, count)
    i = 0
    while i < k:
        if i + 4 <= k:
            add_four(y, s2, i, t, weight, one, two, product, count, share**4)
            i += 4
            if i % 8 == 0:
                fold(product, logs, count)
        else:
            add_one(y, s2, i, t, weight, one, two, product, count, share)
            i += 1
        if blocks and (i % BLOCK == 0 or i == k):
            fold(product, logs, count)
            for row in range(WEIGHT, LOGS + 1):
                add(space[row + PART], space[row], space[row + LOST], count)
    if not blocks:
        fold(product, logs, count)


@numba.njit(error_model="numpy")
def far(space, count, y, s2, k, mu):
    """Lay again those nodes where products leave a double's range."""
    for j in range(count):
        t2 = space[T, j] ** 2
        if not t2 + mu[2] <= LARGE:
            plain, lost, space[MEAN, j], space[VARIANCE, j] = given(y, s2, k, t2, mu[0], mu[1], mu[2])
            space[TOP, j] = plain + 0.5 * k * math.log(mu[3]) + space[PRIOR, j]
            space[LEVEL, j] = space[TOP, j] - lost


@numba.njit(error_model="numpy")
def lay_some(space, count, y, s2, k, mu, family, q, axis):
    """Lay nodes at the places in row `PLACE`: level, mean and variance of mu, t, and level with reports that agree.

    ``mu`` is its prior mean and precision, and the largest and a typical variance of the reports, to which levels are
    relative: they lack the log of its root for each report.
    """
    if not count:
        return
    every, places, t, prior = whole(count), space[PLACE], space[T], space[PRIOR]
    for j in range(count, every):
        places[j] = places[count - 1]
    if axis[0] == SINH:
        place_sinh(places, t, prior, every, family, q)
    else:
        for j in range(every):
            t[j], log_t, slope = place(axis[0], axis[1], axis[2], places[j])
            prior[j] = log_prior(family, q, t[j], log_t) + slope
    sum_reports(space, every, y, s2, k, mu[3])
    finish(prior, space[WEIGHT], space[ONE], space[TWO], space[LOGS], space[LEVEL], space[MEAN], space[VARIANCE],
           space[TOP], every, mu[0], mu[1])  # fmt: skip
    farthest = 0.0
    for j in range(count):
        farthest = max(farthest, t[j])
    if not farthest * farthest + mu[2] <= LARGE:
        far(space, count, y, s2, k, mu)
