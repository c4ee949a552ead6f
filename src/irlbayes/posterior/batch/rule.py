"""Compiled: the nodes of tau. Laid from end to end, halved, cut where nothing is left.

Rows of ``space`` hold, for every node, log density on the axis, mean and variance of mu, and t. Those being laid stand
behind one another in rows of their own (`at_nodes.lay_some`).
"""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.at_nodes import LEVEL, PLACE, TOP, WHICH, T, lay_some
from irlbayes.posterior.batch.mixing import BLOCK
from irlbayes.posterior.batch.nodes import INTERVAL, SINH, given

MOST = 1025  # nodes
STEP = 0.5  # of the axis, to begin with
DEPTH = 40.0  # log density below its highest value at which the axis ends
DEEPER = 50.0  # and below which nodes are dropped as the step is halved
FLAT = 1e-2  # t below which no report tells one tau from another
FARTHEST = 300.0  # log of the largest t


@numba.njit(error_model="numpy")
def keep(space, i, j):
    """Make the i-th of the nodes being laid node j."""
    for row in range(4):
        space[row, j] = space[LEVEL + row, i]


@numba.njit(error_model="numpy")
def march(space, j, v, step, y, s2, k, mu, family, q, axis, powers, best):
    """Lay nodes from j at v on, until nothing can come any more; return their number, and whether the end was found.

    To the right nothing can come once even reports that agree would be too unlikely, with every moment that exists. To
    the left that is so where the reports do not tell one tau from another, or agreeing ones at tau 0 would be.
    """
    count, room = 0, (MOST - 1) // 2
    direction = 1 if step > 0.0 else -1
    relative = 0.5 * k * math.log(mu[3])
    at_zero = given(y, s2, k, 0.0, mu[0], mu[1], mu[2])[0] + relative
    while count < room:
        i = count % BLOCK
        if i == 0:
            for ahead in range(BLOCK):
                space[PLACE, ahead] = v + ahead * step
            lay_some(space, BLOCK, y, s2, k, mu, family, q, axis)
        keep(space, i, j)
        level, top, t = space[LEVEL, i], space[TOP, i], space[T, i]
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
        elif level < best[0] - DEPTH:
            plain = given(y, s2, k, t * t, mu[0], mu[1], mu[2])[0] + relative
            if t < FLAT or top - plain + at_zero < best[0] - DEPTH:
                return count, True
        j += direction
        v += step
    return count, False


@numba.njit(error_model="numpy")
def lay_all(space, y, s2, k, mu, family, q, axis, begin, powers, step):
    """Lay the first nodes; return their number, first place, highest level, and whether both ends were found."""
    best = np.array([-np.inf, -np.inf])
    middle = 0 if axis[0] == SINH else (MOST - 1) // 2
    right, found = march(space, middle, begin, step, y, s2, k, mu, family, q, axis, powers, best)
    if axis[0] == SINH:
        return right, 0.0, best[0], found
    left, ended = march(space, middle - 1, begin - step, -step, y, s2, k, mu, family, q, axis, powers, best)
    for row in range(4):
        for j in range(left + right):
            space[row, j] = space[row, j + middle - left]
    return left + right, begin - left * step, best[0], found and ended


@numba.njit(error_model="numpy")
def log_of(t, powers):
    """Return the log of a power of t, as far as any moment needs it."""
    return powers * math.log(t + 1e-300) if powers > 0.0 else 0.0


@numba.njit(error_model="numpy")
def is_faint(space, j, floor, low, powers):
    """Whether node j is below the floor, with every moment."""
    return space[0, j] < floor and space[0, j] + log_of(space[3, j], powers) < low


@numba.njit(error_model="numpy")
def cut(space, n, floor, low, powers):
    """Drop the faint nodes at either end but for the last ones; return how many nodes are left, and cut before."""
    last, first = n - 1, 0
    while last > 2 and is_faint(space, last - 1, floor, low, powers):
        last -= 1
    while first < last - 2 and is_faint(space, first + 1, floor, low, powers):
        first += 1
    if first:
        for row in range(4):
            for j in range(first, last + 1):
                space[row, j - first] = space[row, j]
    return last - first + 1, first


@numba.njit(error_model="numpy")
def halve(space, n, v0, step, best, curvature, y, s2, k, mu, family, q, axis, powers):
    """Halve the step where anything is; return the number of nodes (0: no room), the first place, step and best.

    Between two nodes the level can rise by no more than the curvature of reports and prior lets it: by an eighth of it
    times the square of the step, of which twice is allowed for.
    """
    room = DEEPER + 0.25 * curvature * step * step
    floor, low = best - room, best - room
    if powers > 0.0:
        low = -np.inf
        for j in range(n):
            low = max(low, space[0, j] + log_of(space[3, j], powers) - room)
    n, first = cut(space, n, floor, low, powers)
    v0 += first * step
    if 2 * n - 1 > MOST:
        return 0, v0, step, best
    n, step, count = 2 * n - 1, 0.5 * step, 0
    places, which, level = space[PLACE], space[WHICH], space[0]
    last = False
    for i in range(n // 2 + 1):
        faint = level[i] < floor and (powers <= 0.0 or is_faint(space, i, floor, low, powers))
        if i and not (faint and last):
            which[count], places[count] = 2 * i - 1, v0 + (2 * i - 1) * step
            count += 1
        last = faint
    for row in range(4):
        line = space[row]
        for j in range(n // 2, 0, -1):
            line[2 * j] = line[j]
            line[2 * j - 1] = line[j - 1]
    lay_some(space, count, y, s2, k, mu, family, q, axis)
    for row in range(4):
        line, found = space[row], space[LEVEL + row]
        for i in range(count):
            line[int(which[i])] = found[i]
    for i in range(count):
        best = max(best, space[LEVEL, i])
    return n, v0, step, best
