"""Compiled: data sets of mixed reports pooled, one after another.

tau is integrated as in `pooling`, by the trapezoidal rule on an axis of its own, whose step is halved until it is
resolved. At every node stands a row of `partial_rows`: mu given tau as a normal times a polynomial. mu is their
mixture, and a new effect is the same with every row widened by tau.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.editions import edition
from irlbayes.posterior.batch.mixing import judge, stated
from irlbayes.posterior.batch.nodes import (
    HALF_NORMAL,
    INTERVAL,
    LOG_2PI,
    SINH,
    UNIFORM,
    axis_of,
    least_scale,
    log_prior,
    place,
    scaled_prior,
)
from irlbayes.posterior.batch.partial_mixing import describe, mixture_below
from irlbayes.posterior.batch.partial_rows import (
    CENTER,
    FOURTH,
    KEPT,
    LEFT,
    LEVEL,
    LIGHT,
    LOST,
    LOST_2,
    MEAN,
    OFF_LIKE,
    RATIO_LIKE,
    ROOT,
    SIZE,
    THIRD,
    VARIANCE,
    WIDTH,
    look,
)
from irlbayes.posterior.batch.partial_tables import LARGEST
from irlbayes.posterior.batch.pooling import (
    BELOW,
    BOUND,
    EVIDENCE,
    LEAST,
    NEGLIGIBLE,
    NEW,
    NODES,
    SMOOTH,
    TAU,
    means,
    tau_below,
    tau_quantiles,
    weigh,
)
from irlbayes.posterior.batch.rule import is_faint, log_of
from irlbayes.posterior.batch.series import cosine_series, series_tail

ROWS = 13  # of the space that a data set is worked in, as in `pooling`
MOST, STEP = 513, 0.5  # nodes, and the step to begin with
FIRST_SIZE = 3  # place in `SIZES` of the first row's
AGREED = 1e-5  # of the masses of even and of odd nodes: then all is summed, and judged
DEPTH, DEEPER = 28.0, 30.0  # log density below its highest value at which nodes end, and where none is added
FARTHEST = 300.0  # log of the largest t
ENOUGH = 2e-8  # error bound at which no more nodes are laid


@numba.njit(error_model="numpy")
def lay(j, v, rule, guess, size, light, best, work, data):
    """Put down node j at v; return its level."""
    c, axis, family, q = rule
    kept, alpha, space, which, tables, room, bits = work
    t, log_t, slope = place(axis[0], axis[1], axis[2], v)
    more = log_prior(family, q, t, log_t) + slope
    row = kept[which[j]]
    look(row, alpha[which[j]], c * t, more, guess, size, light, best, data, tables, room, bits)
    space[0, j], space[1, j], space[2, j], space[3, j] = row[LEVEL], row[MEAN], row[VARIANCE], t
    return row[LEVEL]


@numba.njit(error_model="numpy")
def march(j, v, step, used, far, powers, rule, best, work, data):
    """Lay nodes from j at v on, until nothing is left; return their number, and whether it ended."""
    axis, kept, space, which = rule[1], work[0], work[2], work[3]
    guess, size, count, past = np.array([0.0, 1.0]), FIRST_SIZE, 0, 0
    direction = 1 if step > 0.0 else -1
    while count < MOST // 4:
        which[j] = used + count
        if count:
            last = kept[which[j - direction]]
            further = 1.0 if count > 1 else 0.0
            before = kept[which[j - (1 + int(further)) * direction]]
            guess[0] = last[OFF_LIKE] + further * (last[OFF_LIKE] - before[OFF_LIKE])
            guess[1] = last[RATIO_LIKE] * (last[RATIO_LIKE] / before[RATIO_LIKE]) ** further
            size = int(last[SIZE])
        level = lay(j, v, rule, guess, size, False, best[0], work, data)
        if level == -np.inf:
            return count, False
        t = space[3, j]
        with_moments = level + log_of(t, powers)
        best[0], best[1] = max(best[0], level), max(best[1], with_moments)
        count += 1
        past = past + 1 if level < best[0] - DEPTH and (with_moments < best[1] - DEPTH or direction < 0) else 0
        ended = math.pi * abs(math.sinh(v)) > DEPTH + 4.0 if axis[0] == INTERVAL else past > 1
        if ended and (direction < 0 or t > far or axis[0] == INTERVAL):
            return count, True
        if direction > 0 and t > 1e100:
            return count, False
        j += direction
        v += step
    return count, False


@numba.njit(error_model="numpy")
def halve(n, v0, step, used, light, powers, rule, best, work, data):
    """Lay a node between every two; return the number of nodes (0: no room, or a row that cannot be had), and of rows.

    Where nodes are wanted for the density of tau alone, they are ``light``.
    """
    kept, space, which = work[0], work[2], work[3]
    if 2 * n - 1 > MOST:
        return 0, used
    for j in range(n - 1, 0, -1):
        which[2 * j] = which[j]
        for r in range(4):
            space[r, 2 * j] = space[r, j]
    n = 2 * n - 1
    guess, floor, low = np.array([0.0, 1.0]), best[0] - DEEPER, best[1] - DEEPER
    for j in range(1, n, 2):
        if is_faint(space, j - 1, floor, low, powers) and is_faint(space, j + 1, floor, low, powers):
            which[j] = which[j - 1]
            for r in range(4):
                space[r, j] = space[r, j - 1]
            continue
        left, right = kept[which[j - 1]], kept[which[j + 1]]
        which[j] = used
        used += 1
        guess[0] = 0.5 * (left[OFF_LIKE] + right[OFF_LIKE])
        guess[1] = 0.5 * (left[RATIO_LIKE] + right[RATIO_LIKE])
        size = int(max(left[SIZE], right[SIZE]))
        level = lay(j, v0 + j * step, rule, guess, size, light, best[0], work, data)
        if level == -np.inf:
            return 0, used
        best[0] = max(best[0], level)
    return n, used


@numba.njit(error_model="numpy")
def complete(n, v0, step, stride, rule, best, work, data):
    """Look again at every ``stride``-th node that is light; return whether every row can be had."""
    kept, which = work[0], work[3]
    guess = np.array([0.0, 1.0])
    for j in range(0, n, stride):
        row = kept[which[j]]
        if row[LIGHT] > 0.0:
            guess[0], guess[1] = row[OFF_LIKE], row[RATIO_LIKE]
            level = lay(j, v0 + j * step, rule, guess, int(row[SIZE]), False, best[0], work, data)
            if level == -np.inf:
                return False
    return True


@numba.njit(error_model="numpy")
def gather(space, n, stride, least, c, which, kept, alpha, of_mu, of_new, places):
    """Lay out every ``stride``-th node for mixing, in three runs; return their ends, and degrees of mu and of new."""
    count, most, most_new = 0, 1, 1
    ends = np.zeros(3, np.int64)
    for run in range(3):
        first, every = ((1, 2), (2, 4), (0, 4))[run]
        for j in range(first * stride, n, every * stride):
            weight = stride * space[4, j]
            if weight > least:
                row, terms = kept[which[j]], alpha[which[j]]
                tau = c * space[3, j]
                new_width = math.hypot(row[WIDTH], tau)
                shrink, power = row[WIDTH] / new_width, 1.0
                places[0, count], places[1, count], places[2, count] = row[CENTER], row[WIDTH], new_width
                places[3, count] = weight
                for k in range(LARGEST):
                    part = weight * terms[k]
                    of_mu[k, count], of_new[k, count] = part, part * power
                    if abs(part) * ROOT[k] > 1e-16:
                        most = max(most, k + 1)
                        if abs(part) * ROOT[k] * power > 1e-16:
                            most_new = max(most_new, k + 1)
                    power *= shrink
                count += 1
        ends[run] = count
    return ends, most, most_new


@numba.njit(error_model="numpy")
def summed(out, n, v0, step, rule, mirrored, stride, asked, mixed, p, z, error, work):
    """Write every number of a data set but its evidence; return the bounds on errors of the rule, and of its rows."""
    kept, alpha, space, which, _, room, bits = work
    c, axis = rule[0], rule[1]
    of_mu, of_new, places, three = mixed
    least = NEGLIGIBLE * min(p[1], 1.0 - p[2])
    ends, degrees, new_degrees = gather(space, n, stride, least, c, which, kept, alpha, of_mu, of_new, places)
    total, center, of_t = np.zeros(3), 0.0, means(space, n, step, mirrored)[1]
    for run in range(3):
        first, every = ((1, 2), (2, 4), (0, 4))[run]
        for j in range(first * stride, n, every * stride):
            total[run] += stride * space[4, j]
            center += stride * space[4, j] * space[1, j]
    about = 0.0 if mirrored else of_t
    two, square, third, fourth = np.zeros(3), np.zeros(3), 0.0, 0.0
    third_new, fourth_new, left, lost, lost2, tau_lost = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for run in range(3):
        first, every = ((1, 2), (2, 4), (0, 4))[run]
        for j in range(first * stride, n, every * stride):
            part, row = stride * space[4, j], kept[which[j]]
            gap, own, t2 = row[MEAN] - center, row[VARIANCE], (c * space[3, j]) ** 2
            three_, four = row[THIRD], row[FOURTH]
            two[run] += part * (own + gap * gap)
            square[run] += part * (space[3, j] - about) ** 2
            third += part * (three_ + 3.0 * gap * own + gap**3)
            fourth += part * (four + 4.0 * gap * three_ + 6.0 * gap * gap * own + gap**4)
            third_new += part * (three_ + 3.0 * gap * (own + t2) + gap**3)
            four += 6.0 * own * t2 + 3.0 * t2 * t2
            fourth_new += part * (four + 4.0 * gap * three_ + 6.0 * gap * gap * (own + t2) + gap**4)
            left += part * row[LEFT]
            lost += part * row[LOST]
            lost2 += part * (row[LOST_2] + gap * gap * row[LOST])
            tau_lost += part * row[LOST] * (space[3, j] - of_t) ** 2
    judge(error, total[0], total[1], total[2], 1.0)
    of = two.sum()
    judge(error, two[0], two[1], two[2], 2.0 * of)
    judge(error, square[0], square[1], square[2], 2.0 * square.sum())
    spread2 = max(square.sum() - (of_t * of_t if mirrored else 0.0), 0.0)
    of_tau = c * c * (spread2 + of_t * of_t)
    of_all, of_next = (center, of, third, fourth), (center, of + of_tau, third_new, fourth_new)
    rows, new_rows = (of_mu, places[0], places[1], ends, degrees), (of_new, places[0], places[2], ends, new_degrees)
    at_most = describe(out[0:6], rows, of_all, asked[0], p, z, error, room, bits, three)
    of_new_ = describe(out[NEW : NEW + 6], new_rows, of_next, asked[0], p, z, error, room, bits, three)
    out[TAU], out[TAU + 1] = of_t, math.sqrt(spread2)
    open_ = tau_quantiles(out[TAU + 2 : TAU + 5], space, n, v0, step, axis, p, out[TAU + 1])
    if not math.isnan(asked[1]):
        out[BELOW] = mixture_below(asked[1], rows, error, room, bits, three)
    if not math.isnan(asked[2]):
        out[BELOW + 1] = tau_below(asked[2], space, n, v0, step, axis)
    if not math.isnan(asked[3]):
        out[BELOW + 2] = mixture_below(asked[3], new_rows, error, room, bits, three)
    curves = lost + 0.5 * (lost2 / of + tau_lost / spread2)
    return max(stated(error), open_), max(left / min(at_most, of_new_), curves)


@numba.njit(error_model="numpy")
def pool(data, c, far, family, p, moments, asked, probabilities, z, out, mixed, work):
    """Pool one data set; see `pool_some` for what is what."""
    q = np.zeros(4)
    scaled_prior(family, p, c, q)
    kind, a, b, begin, curvature = axis_of(family, q, max(far, 1.0))
    rule = (c, (kind, a, b), family, q)
    space, which = work[2], work[3]
    powers = 0.0 if family in (HALF_NORMAL, UNIFORM) else float(moments[1])
    step = min(STEP, 2.0 / math.sqrt(curvature + 1.0)) if kind > 1 else STEP
    best = np.array([-np.inf, -np.inf])
    middle = 0 if kind == SINH else (MOST - 1) // 2
    n, found = march(middle, begin, step, 0, far, powers, rule, best, work, data)
    used, v0 = n, begin
    if kind != SINH and found:
        more, found = march(middle - 1, begin - step, -step, used, far, powers, rule, best, work, data)
        used, n, v0 = used + more, n + more, begin - more * step
        for j in range(n):
            which[j] = which[middle - more + j]
            for r in range(4):
                space[r, j] = space[r, middle - more + j]
    stride, total, bound = 0, 1.0, np.inf
    error = np.zeros(3)
    mirrored = kind == SINH and v0 == 0.0
    while found:
        total, _, apart = weigh(space, n, best[0], mirrored)
        if stride or apart < AGREED:
            stride = 2 * stride if stride else 1
            cosine_series(space[4], n, space[12], space[5], space[6], space[7])
            smooth = series_tail(space[12], n) < SMOOTH
            if not smooth and stride > 1:  # what the light nodes leave may be all that is rough
                if not complete(n, v0, step, 1, rule, best, work, data):
                    break
                total, _, apart = weigh(space, n, best[0], mirrored)
                cosine_series(space[4], n, space[12], space[5], space[6], space[7])
                smooth = series_tail(space[12], n) < SMOOTH
            of_rule, of_rows = np.inf, 0.0
            while smooth and stride:
                error[:] = 0.0
                of_rule, of_rows = summed(
                    out, n, v0, step, rule, mirrored, stride, asked, mixed, probabilities, z, error, work
                )
                bound = max(of_rule, of_rows)
                if of_rule < max(ENOUGH, 0.1 * of_rows):
                    break
                stride //= 2
                if stride and not complete(n, v0, step, stride, rule, best, work, data):
                    bound = np.inf
                    break
            if smooth and (stride or not bound < np.inf):
                break
        last = n
        step *= 0.5
        n, used = halve(n, v0, step, used, stride > 0, powers, rule, best, work, data)
        if not n:
            n, bound = last, np.inf
            break
    origin = data[2]
    for t in (0, 2, 3, 4, NEW, NEW + 2, NEW + 3, NEW + 4):
        out[t] += origin
    for t in range(TAU, TAU + 5):
        out[t] *= c
    k, precision = data[0].size, data[3][1]
    out[EVIDENCE] = np.nan
    if precision > 0.0:  # level is that of t = tau / c, whose density is not that of tau
        out[EVIDENCE] = best[0] + math.log(total * step) + 0.5 * math.log(precision) - 0.5 * (k + 1.0) * LOG_2PI
    out[BOUND], out[NODES] = max(bound, LEAST), used


def _of_edition(edition):
    """Return `pool_some`, kept on disk under the sources of all kernels (see `pooling`)."""

    @numba.njit(cache=True, error_model="numpy", nogil=True)
    def pool_some(
        y, s2, starts, chosen, begins, like, packed, families, p, priors, moments, null, at, probabilities, z, tables,
        out, which_sets,
    ):  # fmt: skip
        """Pool some data sets.

        Normal reports ``y`` and ``s2`` begin at ``starts``, the numbers of other curves (``chosen``) at ``begins``.
        ``packed`` are the curves' shapes, ``like`` mean and precision of normals like them; else as in `pooling`.
        """
        _ = edition
        space, which = np.empty((ROWS, MOST + 1)), np.empty(MOST + 1, np.int64)
        kept, alpha = np.empty((MOST + 2, KEPT)), np.empty((MOST + 2, LARGEST))
        mixed = (np.empty((LARGEST, MOST)), np.empty((LARGEST, MOST)), np.empty((4, MOST)), np.empty((3, 4)))
        room, bits = np.empty((10, MOST)), np.empty(MOST, np.int64)
        work = (kept, alpha, space, which, tables, room, bits)
        shape_at, width = packed[3], packed[4]
        for i in which_sets:
            own_y, own_s2 = y[starts[i] : starts[i + 1]].copy(), s2[starts[i] : starts[i + 1]]
            own = chosen[begins[i] : begins[i + 1]]
            weight, mean, sharp = priors[i, 1], priors[i, 1] * priors[i, 0], priors[i, 1]
            low, high, widest = np.inf, -np.inf, 0.0
            for j in range(own_y.size):
                weight += 1.0 / own_s2[j]
                sharp += 1.0 / own_s2[j]
                mean += own_y[j] / own_s2[j]
                low, high = min(low, own_y[j]), max(high, own_y[j])
                widest = max(widest, math.sqrt(own_s2[j]))
            for c in own:
                weight += like[1, c]
                mean += like[0, c] * like[1, c]
                narrowest = np.inf
                for s in range(packed[0][c], packed[0][c + 1]):
                    narrowest = min(narrowest, width[s])
                    low, high = min(low, shape_at[s]), max(high, shape_at[s])
                    widest = max(widest, width[s])
                sharp += narrowest**-2.0
            if not weight > 0.0:
                out[i, :] = np.nan
                continue
            origin = mean / weight
            own_y -= origin
            c = least_scale(families[i], p[i], sharp)
            far = max(high - low, widest) / c
            data = (own_y, own_s2, origin, (priors[i, 0] - origin, priors[i, 1]), own, like, packed)
            asked = (null[i] - origin, at[i, 0] - origin, at[i, 1] / c, at[i, 2] - origin)
            pool(data, c, far, families[i], p[i], moments[i], asked, probabilities, z, out[i], mixed, work)

    return pool_some


pool_some = _of_edition(edition())
