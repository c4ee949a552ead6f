"""Weighted least squares of effects on nothing or on one column, with the between-study variance by DL or REML.

This is what the field's tests of asymmetry are made of. Pooling proper is Bayesian and lives in `posterior/`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
METHODS = ("EE", "DL", "REML")
STEPS = 10_000
SMALLEST_STEP = 1e-14  # of tau2, in units of tau2 plus the mean sampling variance


@dataclass(frozen=True)
class Line:
    """A weighted mean (one coefficient) or line (two).

    Parameters
    ----------
    beta : Array, dims (coefficient,)
        Mean, or intercept and slope.
    covariance : Array, dims (coefficient, coefficient)
        With the sampling variances taken as known.
    tau2 : float
        Between-study variance.
    dispersion : float
        Weighted sum of squared residuals per degree of freedom; not a number without one.
    df : int
        Residual degrees of freedom.
    """

    beta: Array
    covariance: Array
    tau2: float
    dispersion: float
    df: int

    def se(self, place: int) -> float:
        """Return the standard error of a coefficient, with the sampling variances taken as known."""
        return float(np.sqrt(self.covariance[place, place]))


def line(yi: Array, vi: Array, column: Array | None = None, method: str = "EE") -> Line:
    """Fit a weighted mean, or a weighted line on one column.

    Parameters
    ----------
    yi, vi : Array, dims (study,)
        Effects and sampling variances.
    column : Array, dims (study,), optional
        What the effects are regressed on, beside the intercept.
    method : str
        Estimator of the between-study variance: ``EE`` (none), ``DL`` (DerSimonian-Laird) or ``REML``.

    Returns
    -------
    Line

    Raises
    ------
    ArithmeticError
        The column is constant, or REML does not converge.

    References
    ----------
    DerSimonian, R., & Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials, 7(3), 177-188.
    Raudenbush, S. W. (2009). Analyzing effect sizes: random-effects models. In The handbook of research synthesis and
    meta-analysis (2nd ed., pp. 295-315).
    Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
    Journal of Educational and Behavioral Statistics, 30(3), 261-293.

    Examples
    --------
    >>> float(line(np.array([0.0, 1.0]), np.array([1.0, 1.0])).beta[0])
    0.5
    """
    design = np.ones((yi.size, 1)) if column is None else np.column_stack([np.ones(yi.size), column])
    if column is not None and np.ptp(column) <= 1e-12 * np.abs(column).max():
        raise ArithmeticError("all standard errors are alike, so there is no funnel to look at")
    tau2 = {"EE": lambda *_: 0.0, "DL": _dl, "REML": _reml}[method](yi, vi, design)
    weight = 1.0 / (vi + tau2)
    covariance = np.linalg.inv(design.T * weight @ design)
    beta = covariance @ (design.T @ (weight * yi))
    df = yi.size - design.shape[1]
    squares = float(np.sum(weight * (yi - design @ beta) ** 2))
    return Line(beta, covariance, tau2, squares / df if df > 0 else np.nan, df)


def _projection(vi: Array, design: Array, tau2: float) -> Array:
    """Return P with P y the weighted residuals, dims (study, study)."""
    weight = 1.0 / (vi + tau2)
    weighted = design * weight[:, None]
    return np.diag(weight) - weighted @ np.linalg.solve(design.T @ weighted, weighted.T)


def _dl(yi: Array, vi: Array, design: Array) -> float:
    """Method of moments with inverse-variance weights."""
    df = yi.size - design.shape[1]
    if df < 1:
        return 0.0
    p = _projection(vi, design, 0.0)
    return max(0.0, float((yi @ p @ yi - df) / np.trace(p)))


def _reml(yi: Array, vi: Array, design: Array) -> float:
    """Fisher scoring on the restricted likelihood, from the unweighted moment estimate (Hedges & Olkin)."""
    df = yi.size - design.shape[1]
    if df < 1:
        return 0.0
    plain = _projection(np.ones_like(vi), design, 0.0)
    tau2 = max(0.0, float((yi @ plain @ yi - np.sum(np.diag(plain) * vi)) / df))
    for _ in range(STEPS):
        p = _projection(vi, design, tau2)
        residuals = p @ yi
        step = float((residuals @ residuals - np.trace(p)) / np.sum(p * p))
        before, tau2 = tau2, max(0.0, tau2 + step)
        if abs(tau2 - before) <= SMALLEST_STEP * (tau2 + float(np.mean(vi))):
            return tau2
    raise ArithmeticError(f"REML did not settle in {STEPS} steps")
