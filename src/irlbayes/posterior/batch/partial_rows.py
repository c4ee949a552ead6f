"""Compiled: the posterior of mu at one value of tau, as a normal times a polynomial.

Prior and normal reports are one normal in mu; every other report is evaluated at nodes about the posterior itself, and
the product is projected on Hermite functions (`partial_tables`). Their last coefficients say how well that is resolved;
where it is not, there are more nodes.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.partial_loops import add_polynomial, exponentials, normal_below
from irlbayes.posterior.batch.partial_tables import LARGEST, SIZES
from irlbayes.posterior.batch.series import LOOSE

COUNTS = np.array(SIZES)
AIM = 1e-11  # of the last coefficients
OFF, RATIO = 0.1, 1.1  # how far the center may be off the mean in sds, and the width the sd
ASTRAY = 1e-3  # of the sum over the nodes, from the integral over the projection
MOST_LOOKS, MOST_TURNS = 14, 7  # at one value of tau, and for its center and width
FLOOR = 1e-15  # share of a curve's peak below which its value is rounding
LEVEL, MEAN, VARIANCE, THIRD, FOURTH, CENTER, WIDTH, LEFT, LOST, LOST_2, OFF_LIKE, RATIO_LIKE, SIZE, LIGHT = range(14)
KEPT = 14  # numbers of a row
FEWER, BROADER = 1, 1.25  # where only the level is wanted: sizes less, and width more
ROOT = np.array([math.exp(0.5 * math.lgamma(k + 1.0)) for k in range(LARGEST + 4)])


@numba.njit(error_model="numpy")
def likelihoods(x, n, tau2, origin, chosen, packed, product, relative, room, bits):
    """Multiply n products by the chosen curves' likelihoods of mu at x, and add up their relative errors."""
    first, floor, error, at, width, rise, start, coefficient = packed
    total, z, height, one, two, scaled = room[0], room[1], room[2], room[3], room[4], room[5]
    for c in chosen:
        for i in range(n):
            total[i] = floor[c]
        for shape in range(first[c], first[c + 1]):
            narrow = 1.0 / math.sqrt(width[shape] ** 2 + tau2)
            shrink, place = width[shape] * narrow, at[shape] - origin
            for i in range(n):
                z[i] = min(max((x[i] - place) * narrow, -38.0), 38.0)
                height[i] = -0.5 * z[i] * z[i]
            exponentials(height, bits, n)
            if rise[shape] != 0.0:
                normal_below(one, z, height, n)
                for i in range(n):
                    total[i] += rise[shape] * one[i]
            begin = start[shape]
            count, most, power = start[shape + 1] - begin, 0.0, 1.0
            for k in range(count):
                power *= shrink
                scaled[k] = coefficient[begin + k] * power
                most = max(most, abs(scaled[k]) * ROOT[k])
            while count > 0 and abs(scaled[count - 1]) * ROOT[count - 1] < 1e-17 * most:
                count -= 1
            if count == 1:
                for i in range(n):
                    total[i] += scaled[0] * height[i]
            elif count > 1:
                add_polynomial(total, z, height, scaled, count, one, two, n)
        for i in range(n):
            value = max(total[i], FLOOR)
            product[i] *= value
            relative[i] += error[c] / value


@numba.njit(error_model="numpy", fastmath=LOOSE)
def times(matrix, n, m, vector, out):
    """Write the product of a matrix (its transpose is given: dims (from, to)) and a vector."""
    for k in range(n):
        out[k] = 0.0
    for i in range(m):
        value = vector[i]
        for k in range(n):
            out[k] += matrix[i, k] * value


@numba.njit(error_model="numpy")
def normals(y, s2, tau2, prior):
    """Return what prior and normal reports are together: log of the height, mean and precision of a normal in mu."""
    weight, one, two, log_determinant = prior[1], prior[1] * prior[0], prior[1] * prior[0] ** 2, 0.0
    for i in range(y.size):
        w = 1.0 / (s2[i] + tau2)
        weight += w
        one += w * y[i]
        two += w * y[i] * y[i]
        log_determinant -= math.log(w)
    mean = one / weight if weight > 0.0 else 0.0
    return -0.5 * (log_determinant + max(two - one * mean, 0.0)), mean, weight


@numba.njit(error_model="numpy")
def alike(tau2, origin, chosen, like, mean, weight):
    """Return mean and sd of mu if every bounded curve were a normal."""
    one = mean * weight
    for c in chosen:
        if like[1, c] > 0.0:
            w = 1.0 / (1.0 / like[1, c] + tau2)
            weight += w
            one += w * (like[0, c] - origin)
    return one / weight, 1.0 / math.sqrt(weight)


@numba.njit(error_model="numpy")
def look(row, alpha, tau, more, guess, size, light, best, data, tables, room, bits):
    """Write one row, and the size that a row beside it may need. A row that cannot be had has the level -inf.

    ``more`` is the log of all that depends on tau alone. ``guess`` is how far mean and sd may be off a normal's. A row
    that is ``light`` has its level alone, from one look.
    """
    y, s2, origin, prior, chosen, like, packed = data
    zs, weights, project, widen = tables
    tau2 = tau * tau
    log_height, middle, precision = normals(y, s2, tau2, prior)
    like_mean, like_sd = alike(tau2, origin, chosen, like, middle, precision)
    center, width = like_mean + guess[0] * like_sd, guess[1] * like_sd
    x, product, relative, share = room[6], room[7], room[8], room[9]
    row[LEVEL], row[LEFT], row[LIGHT], row[SIZE] = -np.inf, np.inf, 1.0 if light else 0.0, size
    row[OFF_LIKE], row[RATIO_LIKE] = guess[0], guess[1]
    if light:
        size, width = max(size - FEWER, 0), BROADER * width
    turns = 0
    for _ in range(MOST_LOOKS):
        n = COUNTS[size]
        z, weight, top = zs[size], weights[size], -np.inf
        for i in range(n):
            x[i] = center + width * z[i]
            product[i] = -0.5 * precision * (x[i] - middle) ** 2
            relative[i] = 0.0
            top = max(top, product[i])
        for i in range(n):
            product[i] -= top
        exponentials(product, bits, n)
        likelihoods(x, n, tau2, origin, chosen, packed, product, relative, room, bits)
        mass, first = 0.0, 0.0
        for i in range(n):
            product[i] *= weight[i]
            mass += product[i]
            first += product[i] * z[i]
        if not mass > 1e-280:
            return
        if light:
            row[LEVEL] = top + math.log(mass * width) + log_height + more
            return
        first /= mass
        second, third, fourth, lost, lost2 = 0.0, 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            gap = z[i] - first
            part = product[i] / mass
            square = part * gap * gap
            second += square
            third += square * gap
            fourth += square * gap * gap
            off = part * min(relative[i], 1.0)
            lost += off
            lost2 += off * gap * gap
        sd = math.sqrt(max(second, 0.0))
        if turns < MOST_TURNS and (abs(first) > OFF or sd > RATIO or sd * RATIO < 1.0):
            center += width * min(max(first, -3.0), 3.0)
            width *= min(max(sd, 0.3), 3.0)
            turns += 1
            continue
        for i in range(n):
            product[i] /= mass * weight[i]
        times(project[size], n, n, product, share)
        left, whole, one, two = 0.0, 0.0, 0.0, 0.0
        for k in range(n - max(2, n // 8), n):
            left += abs(share[k])
        for k in range(0, n, 2):
            whole += widen[k, 0] * share[k]
            one += widen[k + 1, 1] * share[k + 1]
            two += 2.0 * widen[k, 2] * share[k]
        if abs(whole - 1.0) > ASTRAY:  # the nodes do not see it all
            left = max(left, abs(whole - 1.0))
        row[LEFT] = left
        level = top + math.log(mass * whole * width) + log_height + more
        aim = AIM * math.exp(min(max(best - level, 0.0), 25.0))
        if left > aim and size < COUNTS.size - 1:
            size += 1
            continue
        for k in range(n):
            share[k] /= whole
        times(widen, n, n, share, alpha)
        for k in range(n, LARGEST):
            alpha[k] = 0.0
        one /= whole
        row[LEVEL], row[MEAN], row[VARIANCE] = (
            level,
            center + width * one,
            width * width * (1.0 + two / whole - one * one),
        )
        row[THIRD], row[FOURTH] = width**3 * third, width**4 * fourth
        row[CENTER], row[WIDTH], row[LOST], row[LOST_2] = center, width, lost, width * width * lost2
        row[OFF_LIKE], row[RATIO_LIKE] = (row[MEAN] - like_mean) / like_sd, math.sqrt(row[VARIANCE]) / like_sd
        while size > 0:
            fewer, left = COUNTS[size - 1], 0.0
            for k in range(fewer - max(2, fewer // 8), n):
                left += abs(share[k])
            if left > 0.2 * aim:
                break
            size -= 1
        row[SIZE] = size
        return
