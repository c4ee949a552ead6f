"""Compiled: the least-squares fit that stands at one node of tau in a meta-regression.

The information ``X' V^-1 X + P`` is factored once (Cholesky), and gives mean and variance of every line asked for: the
coefficients, the mean effect at a row of moderators, and each study's fitted mean.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.series import LOOSE

SINGULAR = 1e-14  # pivot of the factor, relative to its diagonal, below which moderators do not determine coefficients
VARIED = 1e100  # a product of variances is logged before it leaves this range


@numba.njit(error_model="numpy", fastmath=LOOSE)
def information(y, s2, x, t2, root, right):
    """Add reports to the lower triangle of the information and to the right side; return the log of the variances."""
    count, log_determinant, product = x.shape[1], 0.0, 1.0
    for i in range(y.size):
        variance = s2[i] + t2
        w = 1.0 / variance
        product *= variance
        if product > VARIED or product < 1.0 / VARIED:
            log_determinant += math.log(product)
            product = 1.0
        for r in range(count):
            part = w * x[i, r]
            right[r] += part * y[i]
            for q in range(r + 1):
                root[r, q] += part * x[i, q]
    return log_determinant + math.log(product)


@numba.njit(error_model="numpy")
def factored(root):
    """Factor a matrix by Cholesky, in its lower triangle; return the log of its determinant, not a number if none."""
    count, log_determinant = root.shape[0], 0.0
    for r in range(count):
        whole = root[r, r]
        for q in range(r + 1):
            total = root[r, q]
            for m in range(q):
                total -= root[r, m] * root[q, m]
            if q < r:
                root[r, q] = total / root[q, q]
            elif total > SINGULAR * whole:
                root[r, r] = math.sqrt(total)
                log_determinant += math.log(total)
            else:
                return np.nan
    return log_determinant


@numba.njit(error_model="numpy")
def forward(root, vector):
    """Solve the lower triangle in place."""
    for r in range(vector.size):
        total = vector[r]
        for m in range(r):
            total -= root[r, m] * vector[m]
        vector[r] = total / root[r, r]


@numba.njit(error_model="numpy")
def backward(root, vector):
    """Solve the transposed lower triangle in place."""
    for r in range(vector.size - 1, -1, -1):
        total = vector[r]
        for m in range(r + 1, vector.size):
            total -= root[m, r] * vector[m]
        vector[r] = total / root[r, r]


@numba.njit(error_model="numpy")
def given(data, t2, work, mean, variance):
    """Return log p(reports | tau) but for what they disagree by, half of that; write mean and variance of the lines."""
    y, s2, x, prior, lines = data
    root, right, vector = work
    count = x.shape[1]
    root[:] = 0.0
    for r in range(count):
        root[r, r] = prior[1, r]
        right[r] = prior[1, r] * prior[0, r]
    log_variances = information(y, s2, x, t2, root, right)
    log_determinant = factored(root)
    if math.isnan(log_determinant):
        return np.nan, np.nan
    forward(root, right)
    backward(root, right)
    square = 0.0
    for i in range(y.size):
        gap = y[i]
        for r in range(count):
            gap -= x[i, r] * right[r]
        square += gap * gap / (s2[i] + t2)
    for r in range(count):
        square += (right[r] - prior[0, r]) ** 2 * prior[1, r]
    for j in range(lines.shape[0]):
        total, spread = 0.0, 0.0
        for r in range(count):
            total += lines[j, r] * right[r]
            vector[r] = lines[j, r]
        forward(root, vector)
        for r in range(count):
            spread += vector[r] * vector[r]
        mean[j], variance[j] = total, spread
    return -0.5 * (log_variances + log_determinant), 0.5 * square
