"""Egger's regression: do effects change with their standard error?

References
----------
Egger, M., Davey Smith, G., Schneider, M., & Minder, C. (1997). Bias in meta-analysis detected by a simple, graphical
test. BMJ, 315, 629-634.
Sterne, J. A. C., & Egger, M. (2005). Regression methods to detect publication and other bias in meta-analysis. In
Publication bias in meta-analysis (pp. 99-110).
Stanley, T. D., & Doucouliagos, H. (2014). Meta-regression approximations to reduce publication selection bias. Research
Synthesis Methods, 5(1), 60-78.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence
from irlbayes.core.funnels import Z_05, Funnel
from irlbayes.core.least_squares import line
from irlbayes.core.words import shown

Array = NDArray[np.float64]
FEWEST, NEEDS_SIZE, NEEDS_NULL = 3, True, False
FLAG = 0.1
NO_RESIDUAL = 1e-24  # of the weighted sum of squares, below which residuals are rounding
PREDICTORS = ("sei", "vi")


def answer(funnel: Funnel) -> Evidence:
    """Regress effects on their standard error, in the classical form and with random effects.

    Parameters
    ----------
    funnel : Funnel

    Returns
    -------
    Evidence
        ``k``; ``classical`` as `classical` on ``sei``; ``random`` as `random` by REML on ``sei`` and on ``vi``;
        ``peese`` as `classical` on ``vi``; ``usable`` (the field's rules allow a test here) and ``flag`` (and
        p < 0.10 in the classical form).

    Raises
    ------
    ArithmeticError
        All standard errors are alike, or REML does not converge.
    """
    yi, sei, outcome = funnel.yi, funnel.sei, funnel.outcome
    found = classical(yi, sei)
    mixed = {name: random(yi, sei, name) for name in PREDICTORS}
    usable = not funnel.obstacles
    numbers = {
        "k": int(yi.size),
        "classical": found,
        "random": mixed,
        "method": "REML",
        "peese": classical(yi, sei, "vi"),
        "p": found["p"],
        "usable": usable,
        "flag": usable and found["p"] < FLAG,
    }
    statement = (
        f"Egger's regression on sei: slope {found['slope']:.3g} (se {found['slope_se']:.3g}),"
        f" t = {found['t']:.2f} with {found['df']} df, p = {found['p']:.3g};"
        f" at a standard error of zero {shown(found['limit'], outcome)}."
        f" With random effects (REML): on sei z = {mixed['sei']['z']:.2f}, p = {mixed['sei']['p']:.3g};"
        f" on vi z = {mixed['vi']['z']:.2f}, p = {mixed['vi']['p']:.3g}."
    )
    caveats = ("Asymmetry has many causes; missing studies are one of them.", *funnel.limits)
    return Evidence("egger", statement, numbers, True, caveats)


def classical(yi: Array, sei: Array, predictor: str = "sei") -> dict[str, Any]:
    """Regress effects on a predictor with inverse-variance weights and a free residual variance.

    Parameters
    ----------
    yi, sei : Array, dims (study,)
    predictor : str
        ``sei`` (Egger's test; its intercept is PET's) or ``vi`` (PEESE).

    Returns
    -------
    dict
        ``slope``, ``slope_se``, ``t``, ``df``, ``p`` of the slope; ``limit``, ``limit_se`` and ``limit_p``: the effect
        at a standard error of zero.

    Raises
    ------
    ArithmeticError
        All standard errors are alike, or the effects lie on a line exactly.

    Examples
    --------
    >>> classical(np.array([0.1, 0.3, 0.8]), np.array([0.1, 0.2, 0.4]))["df"]
    1
    """
    from scipy.special import stdtr

    fit = line(yi, sei**2, _column(sei, predictor))
    if not fit.dispersion * fit.df > NO_RESIDUAL * np.sum((yi / sei) ** 2):
        raise ArithmeticError("the effects lie on a line exactly, so there is no residual to test against")
    se = np.sqrt(fit.dispersion * np.diag(fit.covariance))
    t = fit.beta / se
    p = 2.0 * stdtr(fit.df, -np.abs(t))
    return {
        "slope": float(fit.beta[1]),
        "slope_se": float(se[1]),
        "t": float(t[1]),
        "df": fit.df,
        "p": float(p[1]),
        "limit": float(fit.beta[0]),
        "limit_se": float(se[0]),
        "limit_p": float(p[0]),
    }


def random(yi: Array, sei: Array, predictor: str = "sei", method: str = "REML") -> dict[str, Any]:
    """Regress effects on a predictor with known sampling variances and a between-study variance.

    Parameters
    ----------
    yi, sei : Array, dims (study,)
    predictor : str
        ``sei`` or ``vi``.
    method : str
        Of the between-study variance: ``EE``, ``DL`` or ``REML``.

    Returns
    -------
    dict
        ``slope``, ``slope_se``, ``z``, ``p``; ``limit`` with its 95 % interval ``limit_low`` and ``limit_high``;
        ``tau2``.
    """
    from scipy.special import ndtr

    fit = line(yi, sei**2, _column(sei, predictor), method)
    z, reach = fit.beta[1] / fit.se(1), Z_05 * fit.se(0)
    return {
        "slope": float(fit.beta[1]),
        "slope_se": fit.se(1),
        "z": float(z),
        "p": float(2.0 * ndtr(-abs(z))),
        "limit": float(fit.beta[0]),
        "limit_low": float(fit.beta[0] - reach),
        "limit_high": float(fit.beta[0] + reach),
        "tau2": fit.tau2,
    }


def _column(sei: Array, predictor: str) -> Array:
    return sei if predictor == "sei" else sei**2
