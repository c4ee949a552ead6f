"""Compiled: the distribution of tau by a cosine series through its nodes.

The density of u, tau's place on its axis, is smooth and ends in nothing, or in a mirror. Its masses at equally spaced
nodes are those of a cosine series, whose coefficients fall exponentially; its integral gives probabilities and
quantiles between the nodes. A place x in (0, 1) counts the way from the first node to the last.
"""

from __future__ import annotations

import math

import numba

LOOSE = {"contract", "reassoc", "arcp", "nsz"}  # sums in any order, so that they are vectorized; NaN kept
NEAR = 2e-7  # last step of a quantile, in nodes: what is left is of its square
MOST_STEPS = 60
NOTHING = 1e-16  # coefficient that no probability sees


@numba.njit(error_model="numpy", fastmath=LOOSE)
def cosine_series(mass, n, series, turn, one, two):
    """Write the series of the density of x whose nodes ``j / (n - 1)`` have these masses; the last three are room.

    The mass of a first or last node is that of half a step.
    """
    last, half = n - 1, (n - 1) // 2 + 1
    rate, odd, even = turn[:half], turn[half : 2 * half], series
    for i in range(half):  # cos(pi - a) mirrors cos(a), so that half of the frequencies tell all
        rate[i] = 4.0 * math.sin(0.5 * math.pi * i / last) ** 2
        one[i], two[i], even[i], odd[i] = 1.0, 0.5 * rate[i], 2.0 * mass[0], 0.0
    for j in range(1, n):  # the next cosine by its difference, which keeps its digits where the angle is small
        twice = 2.0 * mass[j]
        if j & 1:
            for i in range(half):
                two[i] -= rate[i] * one[i]
                one[i] += two[i]
                odd[i] += twice * one[i]
        else:
            for i in range(half):
                two[i] -= rate[i] * one[i]
                one[i] += two[i]
                even[i] += twice * one[i]
    for i in range(half):
        series[i], series[last - i] = even[i] + odd[i], even[i] - odd[i]
    series[0] *= 0.5
    series[last] *= 0.5


@numba.njit(error_model="numpy")
def series_tail(series, n):
    """Return the largest of the last eighth of the coefficients: what is left out is no larger."""
    largest = 0.0
    for i in range(n - 1 - n // 8, n):
        largest = max(largest, abs(series[i]))
    return largest


@numba.njit(error_model="numpy", fastmath=LOOSE)
def series_at(x, series, n):
    """Return the density at x, and the probability below it: four terms at a time, each by its own recurrence."""
    turn, lift = math.cos(math.pi * x), math.sin(math.pi * x)
    a, sine_a = turn, lift
    b, sine_b = turn * turn - lift * lift, 2.0 * turn * lift
    c, sine_c = b * turn - sine_b * lift, sine_b * turn + b * lift
    d, sine_d = b * b - sine_b * sine_b, 2.0 * b * sine_b
    turn, lift = d, sine_d
    density, below, i = series[0], series[0] * x * math.pi, 1
    while i + 4 <= n:
        p, q, r, s = series[i], series[i + 1], series[i + 2], series[i + 3]
        density += (p * a + q * b) + (r * c + s * d)
        first, second = i * (i + 1.0), (i + 2.0) * (i + 3.0)  # one division for four
        low = p * sine_a * (i + 1.0) + q * sine_b * i
        high = r * sine_c * (i + 3.0) + s * sine_d * (i + 2.0)
        below += (low * second + high * first) / (first * second)
        a, sine_a = a * turn - sine_a * lift, sine_a * turn + a * lift
        b, sine_b = b * turn - sine_b * lift, sine_b * turn + b * lift
        c, sine_c = c * turn - sine_c * lift, sine_c * turn + c * lift
        d, sine_d = d * turn - sine_d * lift, sine_d * turn + d * lift
        i += 4
    if i < n:
        density += series[i] * a
        below += series[i] * sine_a / i
    if i + 1 < n:
        density += series[i + 1] * b
        below += series[i + 1] * sine_b / (i + 1.0)
    if i + 2 < n:
        density += series[i + 2] * c
        below += series[i + 2] * sine_c / (i + 2.0)
    return density, below / math.pi


@numba.njit(error_model="numpy")
def series_quantile(p, mass, series, n):
    """Return the quantile of x, and the density there: Newton's steps within a bracket."""
    last, total, x = n - 1, 0.0, 0.5
    for j in range(n):
        if total + mass[j] >= p:
            x = (j + (p - total) / mass[j] - (0.5 if j else 0.0)) / last
            break
        total += mass[j]
    while n > 2 and abs(series[n - 1]) < NOTHING:
        n -= 1
    low, high, density = 0.0, 1.0, 0.0
    x = min(max(x, 1e-3 / last), 1.0 - 1e-3 / last)
    for _ in range(MOST_STEPS):
        density, below = series_at(x, series, n)
        if below < p:
            low = x
        else:
            high = x
        new = x - (below - p) / density if density > 0.0 else -1.0
        if abs(new - x) * last < NEAR or high - low < 1e-15:
            return min(max(new, low), high), density
        x = new if low < new < high else 0.5 * (low + high)
    return x, 0.0
