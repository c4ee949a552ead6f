"""The equal-effects mean with an interval that allows for heterogeneity: less moved by small studies.

References
----------
Henmi, M., & Copas, J. B. (2010). Confidence intervals for random effects meta-analysis and robustness to publication
bias. Statistics in Medicine, 29(29), 2969-2983.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Funnel
from irlbayes.core.least_squares import line
from irlbayes.core.words import shown

Array = NDArray[np.float64]
FEWEST, NEEDS_SIZE, NEEDS_NULL = 2, True, False
ALPHA = 0.05
LIMIT = "It gives large studies the weights of the equal-effects model: for comparison only."


def answer(funnel: Funnel) -> Evidence:
    """Pool with equal-effects weights and a DerSimonian-Laird variance.

    Parameters
    ----------
    funnel : Funnel

    Returns
    -------
    Evidence
        As `interval`, with ``k``.

    Raises
    ------
    ArithmeticError
        The interval is not found.
    """
    found = interval(funnel.yi, funnel.sei)
    outcome = funnel.outcome
    statement = (
        f"Henmi and Copas: {shown(found['estimate'], outcome)} [{shown(found['ci_low'], outcome)},"
        f" {shown(found['ci_high'], outcome)}]."
    )
    return Evidence("henmi_copas", statement, {"k": int(funnel.yi.size), **found}, True, (LIMIT,))


def interval(yi: Array, sei: Array) -> dict[str, Any]:
    """Return the estimate and its 95 % interval by Henmi and Copas.

    Parameters
    ----------
    yi, sei : Array, dims (study,)

    Returns
    -------
    dict
        ``estimate``, ``se``, ``ci_low``, ``ci_high``, ``tau2``.

    Raises
    ------
    ArithmeticError
        The interval is not found.

    Notes
    -----
    The pivot is the weighted mean over a standard error made of Q's tau2; Q given the mean is taken as a gamma variable
    with matched mean and variance, as in the paper's section 3.
    """
    weight = sei**-2.0
    w1 = float(weight.sum())
    w2, w3, w4 = (float(np.sum(weight**power)) / w1 for power in (2, 3, 4))
    equal, tau2 = line(yi, sei**2), line(yi, sei**2, method="DL").tau2
    spread = 1.0 + tau2 * w2
    se = float(np.sqrt(spread / w1))
    reach = _quantile(_tail(tau2, yi.size, (w1, w2, w3, w4))) * np.sqrt(spread) * se
    estimate = float(equal.beta[0])
    return {
        "estimate": estimate,
        "se": se,
        "ci_low": float(estimate - reach),
        "ci_high": float(estimate + reach),
        "tau2": tau2,
    }


def _tail(tau2: float, k: int, moments: tuple[float, float, float, float]) -> Callable[[float], float]:
    """Return P(pivot > t), one-sided, as a function of t in units of the pivot's spread."""
    from scipy.integrate import quad
    from scipy.special import gammainc, ndtr

    w1, w2, w3, w4 = moments
    spread = 1.0 + tau2 * w2
    lean = w3 - w2**2

    def gamma_of(r: float) -> tuple[float, float]:
        """Return shape and scale of Q when the mean lies r from the effect."""
        bent = r * r / spread**2 - 1.0 / spread
        mean = k - 1 + tau2 * (w1 - w2) + tau2**2 * bent * lean
        variance = (
            2 * (k - 1)
            + 4 * tau2 * (w1 - w2)
            + 2 * tau2**2 * (w1 * w2 - 2 * w3 + w2**2)
            + 4 * tau2**2 * bent * lean
            + 4 * tau2**3 * bent * (w4 - 2 * w2 * w3 + w2**3)
            + 2 * tau2**4 * (1.0 / spread**2 - 2.0 * r * r / spread**3) * lean**2
        )
        return mean**2 / variance, variance / mean

    def tail(t: float) -> float:
        def integrand(r: float) -> float:
            shape, scale = gamma_of(np.sqrt(spread) * r)
            q = (w1 / w2 - 1.0) * ((r / t) ** 2 - 1.0) + k - 1
            return float(gammainc(shape, max(q, 0.0) / scale) * np.exp(-0.5 * r * r) / np.sqrt(2.0 * np.pi))

        return (
            float(quad(integrand, t, np.inf, epsabs=1e-12, epsrel=1e-10, full_output=1)[0])
            if t > 0.0
            else float(ndtr(0.0))
        )

    return tail


def _quantile(tail: Callable[[float], float]) -> float:
    """Return where the tail is half of alpha."""
    from scipy.optimize import brentq

    try:
        return float(brentq(lambda t: tail(t) - ALPHA / 2.0, 1e-6, 4.0, xtol=1e-12))
    except ValueError as error:
        raise ArithmeticError("the quantile of Henmi and Copas is not found within 4 standard deviations") from error
