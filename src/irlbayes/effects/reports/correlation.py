"""`correlation`: a Pearson correlation and the number of pairs behind it.

L(theta) is the exact density of r for bivariate normal pairs (Hotelling 1953), on Fisher's z of the true correlation.
``likelihood = "normal"`` gives Fisher's approximation.

References
----------
Hotelling, H. (1953). New light on the correlation coefficient and its transforms. J R Stat Soc B 15, 193-232.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atanh, lgamma, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.curve import Curve
from irlbayes.core.types import Column, Report, Step, Value
from irlbayes.effects import by_measure
from irlbayes.effects.likelihoods import fitted

Array = NDArray[np.float64]
RI = Column("ri", "Pearson correlation", "number", "above -1 and below 1", lambda value: -1 < value < 1)
NI = Column("ni", "people in all", "count", "a whole number of at least 1", lambda value: value >= 1)

COLUMNS = (RI, NI)
OPTIONAL = ()
SCALES = ("fisher_z",)
LIKELIHOODS = ("exact", "normal")


def check(report: Report) -> list[tuple[str, str, str]]:
    """Return the rules between cells that the row breaks."""
    if report.number("ni") < 4:
        return [("ni", "a correlation needs at least 4 pairs for a standard error", "check ni")]
    return []


def _constant(r: float, n: float) -> float:
    """Return the log of the factors of Hotelling's density that do not depend on the true correlation."""
    factor = log(n - 2.0) + lgamma(n - 1.0) - 0.5 * log(2.0 * np.pi) - lgamma(n - 0.5)
    return factor + 0.5 * (n - 4.0) * log(1.0 - r * r)


def curve(report: Report) -> Curve:
    """Return the likelihood of Fisher's z of the true correlation."""
    from scipy.special import hyp2f1

    r, n = report.number("ri"), report.number("ni")
    constant = _constant(r, n)

    def log_value(theta: Array) -> Array:
        rho = np.tanh(theta)
        log_complement = -2.0 * (np.logaddexp(theta, -theta) - log(2.0))  # log(1 - rho ** 2)
        series = np.log(hyp2f1(0.5, 0.5, n - 0.5, 0.5 * (1.0 + rho * r)))
        return np.asarray(constant + 0.5 * (n - 1.0) * log_complement - (n - 1.5) * np.log1p(-rho * r) + series)

    return fitted.peaked(log_value, atanh(r), (n - 3.0) ** -0.5)


def yi_sei(report: Report) -> tuple[float, float] | None:
    """Return Fisher's z and its standard error."""
    return by_measure.yi_sei(report, "ZCOR")


def design_sei(report: Report) -> float:
    """Return the standard error of Fisher's z."""
    return float((report.number("ni") - 3.0) ** -0.5)


def steps(report: Report) -> list[Step]:
    """Return how the cells become the likelihood."""
    r, n = report.number("ri"), report.number("ni")
    return [
        Step(
            "likelihood",
            f"density of r = {r:g} from {n:g} pairs with true correlation tanh(theta)",
            source="Hotelling (1953)",
        )
    ]


def notes(report: Report) -> list[str]:
    """Return nothing: the row says all it can."""
    return []


def simulate(report: Report, theta: float, rng: np.random.Generator) -> dict[str, Value]:
    """Return the correlation of as many bivariate normal pairs."""
    n, rho = int(report.number("ni")), np.tanh(theta)
    x = rng.standard_normal(n)
    y = rho * x + np.sqrt(1.0 - rho**2) * rng.standard_normal(n)
    return {"ri": float(np.corrcoef(x, y)[0, 1]), "ni": float(n)}


def log_likelihood(theta: Any, reports: Sequence[Report]) -> Any:
    """Return the PyTensor log-likelihood, dims (report,).

    The hypergeometric series of Hotelling's density is summed as an integral, ``2F1(1/2, 1/2; c; x) = (1 / B(1/2, c -
    1/2)) * integral of u**(-1/2) (1 - u)**(c - 3/2) (1 - x u)**(-1/2) du``, by a Gauss-Jacobi rule.
    """
    import pytensor.tensor as pt

    r, n = np.array([(report.number("ri"), report.number("ni")) for report in reports]).T
    u, share = np.moveaxis(np.array([_jacobi(size - 2.0) for size in n]), 1, 0)
    product = pt.tanh(theta) * r
    series = pt.log(pt.sum(share / pt.sqrt(1.0 - 0.5 * (1.0 + product)[:, None] * u), axis=-1))
    log_complement = 2.0 * (log(2.0) - theta - pt.softplus(-2.0 * theta))
    body = 0.5 * (n - 1.0) * log_complement - (n - 1.5) * pt.log1p(-product)
    return np.array([_constant(*pair) for pair in zip(r, n, strict=True)]) + body + series


def _jacobi(power: float, count: int = 60) -> tuple[Array, Array]:
    """Return nodes and weights (of sum one) on [0, 1] for u**(-1/2) (1 - u)**power, from the Jacobi matrix.

    Any power will do, where `scipy.special.roots_jacobi` overflows from about a thousand on (Golub & Welsch 1969).
    """
    from scipy.linalg import eigh_tridiagonal

    a, b, k = power, -0.5, np.arange(1.0, count)
    total = 2.0 * k + a + b
    diagonal = np.concatenate([[(b - a) / (a + b + 2.0)], (b * b - a * a) / (total * (total + 2.0))])
    beside = 4.0 * k * (k + a) * (k + b) * (k + a + b) / (total**2 * (total**2 - 1.0))
    beside[0] = 4.0 * (1.0 + a) * (1.0 + b) / ((2.0 + a + b) ** 2 * (3.0 + a + b))
    nodes, vectors = eigh_tridiagonal(diagonal, np.sqrt(beside))
    return 0.5 * (1.0 + nodes), vectors[0] ** 2
