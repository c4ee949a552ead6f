"""Compiled: exponentials and normal tails of many numbers at once, in loops that are vectorized."""

from __future__ import annotations

import math

import numba
import numpy as np

from irlbayes.posterior.batch.series import LOOSE

LOG2_E, LN2_HIGH, LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
ROUND = 6755399441055744.0  # 1.5 * 2 ** 52: added to a number and taken away again, it leaves a whole one
TAYLOR = tuple(1.0 / math.factorial(k) for k in range(13))
SQRT_2PI = math.sqrt(2.0 * math.pi)
# (z + 2) R(z) for the Mills ratio R, as a polynomial in (z - 4) / (z + 4) through Chebyshev points: 3e-15 of R
MILLS = (
    1.419914297481362, -0.6695234172879269, 0.34686443844615866, -0.10805333352771818, -0.0033414190350050275,
    0.023672602345389423, -0.011266833851485445, 0.0008853187937054967, 0.0012726447629167429,
    -0.0003508955437696602, -0.00014839233440733365, 6.489211997568522e-05, 2.3334484769570027e-05,
    -1.0719113834860324e-05, -4.825018431678695e-06, 1.5843479736969545e-06, 1.068296192426721e-06,
    -1.806373054101967e-07, -1.9615753617298246e-07, 1.1188011086948765e-08, 2.0240963727191083e-08,
)  # fmt: skip


@numba.njit(error_model="numpy", fastmath={"contract"})
def exponentials(x, bits, n):
    """Replace n numbers, none above 700, by their exponentials; ``bits`` is room for whole numbers."""
    room = bits.view(np.float64)
    for i in range(n):
        v = max(x[i], -700.0)
        shifted = v * LOG2_E + ROUND
        room[i] = shifted
        whole = shifted - ROUND
        r = (v - whole * LN2_HIGH) - whole * LN2_LOW
        p = TAYLOR[12]
        for k in (11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0):
            p = p * r + TAYLOR[k]
        x[i] = p
    for i in range(n):
        bits[i] = (bits[i] + 1023) << 52
    for i in range(n):
        x[i] *= room[i]


@numba.njit(error_model="numpy", fastmath=LOOSE)
def normal_below(out, z, height, n):
    """Write ``Phi(z)`` of n numbers; ``height`` is ``exp(-z ** 2 / 2)``."""
    for i in range(n):
        size = abs(z[i])
        t = (size - 4.0) / (size + 4.0)
        u = t * t
        odd, even = MILLS[19], MILLS[20]
        odd, even = odd * u + MILLS[17], even * u + MILLS[18]
        odd, even = odd * u + MILLS[15], even * u + MILLS[16]
        odd, even = odd * u + MILLS[13], even * u + MILLS[14]
        odd, even = odd * u + MILLS[11], even * u + MILLS[12]
        odd, even = odd * u + MILLS[9], even * u + MILLS[10]
        odd, even = odd * u + MILLS[7], even * u + MILLS[8]
        odd, even = odd * u + MILLS[5], even * u + MILLS[6]
        odd, even = odd * u + MILLS[3], even * u + MILLS[4]
        odd, even = odd * u + MILLS[1], even * u + MILLS[2]
        p = odd * t + (even * u + MILLS[0])
        tail = height[i] * p / ((size + 2.0) * SQRT_2PI)
        out[i] = 1.0 - tail if z[i] > 0.0 else tail


@numba.njit(error_model="numpy", fastmath=LOOSE)
def add_polynomial(total, z, height, coefficient, count, one, two, n):
    """Add ``height * sum_k coefficient_k He_k(z)`` to n totals, by Clenshaw's scheme.

    ``one`` and ``two`` are room, and so are three places after the coefficients.
    """
    for i in range(n):
        one[i], two[i] = 0.0, 0.0
    k = (count + 3) // 4 * 4
    for j in range(count, k):
        coefficient[j] = 0.0
    while k > 0:  # four degrees at once
        k -= 4
        d0, d1, d2, d3, m = coefficient[k], coefficient[k + 1], coefficient[k + 2], coefficient[k + 3], float(k)
        for i in range(n):
            x, b1, b2 = z[i], one[i], two[i]
            b3 = d3 + x * b1 - (m + 4.0) * b2
            b2 = d2 + x * b3 - (m + 3.0) * b1
            b1 = d1 + x * b2 - (m + 2.0) * b3
            one[i] = d0 + x * b1 - (m + 1.0) * b2
            two[i] = b1
    for i in range(n):
        total[i] += height[i] * one[i]
