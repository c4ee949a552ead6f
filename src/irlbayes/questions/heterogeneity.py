"""How much do studies differ beyond chance?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence, Posterior
from irlbayes.core.assumptions import RandomEffects
from irlbayes.core.scales import SCALES
from irlbayes.core.summary import central, densities, describe
from irlbayes.core.types import Threshold
from irlbayes.core.words import probability

SPIEGELHALTER = "Spiegelhalter, Abrams & Myles 2004, section 5.7.3 (log odds ratios)"
REASONABLE, HIGH, EXTREME = 0.1, 0.5, 1.0


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer for tau, the sd of true effects between studies, and for I squared.

    Parameters
    ----------
    posterior : Posterior
    level : float
        Probability of the intervals.
    thresholds : sequence of Threshold
        Of the effect; not used, tau has marks of its own (0.1, 0.5 and 1, where the scale has no unit of its own).

    Returns
    -------
    Evidence
        Numbers ``tau``; ``density`` of tau (``x``, ``prior``, ``posterior``; of draws by a kernel); ``omega`` (None
        where one row of each cohort entered); ``i2``; ``i2_above`` (the probability ``prior`` and ``posterior`` that
        I squared is above each ``share``). I squared is None with fewer than two studies, with omega, whose share it
        would leave out, and where random effects are not normal: tau is then their scale, and I squared compares
        variances.

    Notes
    -----
    ``I2 = tau**2 / (tau**2 + s**2)`` with the typical sampling variance of Higgins & Thompson (2002),
    ``s**2 = (k - 1) sum(w) / (sum(w)**2 - sum(w**2))`` and w the inverse of each report's sampling variance; a report
    without one gives the variance that its group sizes imply near no effect.
    """
    tau, omega = posterior.after.tau, posterior.after.omega
    family = posterior.model.random_effects
    own_unit = SCALES[posterior.model.scale].own_unit
    marks = [] if own_unit else [Threshold(x, "heterogeneity", SPIEGELHALTER) for x in (REASONABLE, HIGH, EXTREME)]
    numbers: dict[str, Any] = {
        "tau": describe(tau, posterior.prior.tau, None, level, marks),
        "omega": None if omega is None else describe(omega, posterior.prior.omega, None, level, marks),
        "i2": i_squared(posterior, level) if omega is None and family == RandomEffects() else None,
    }
    numbers["density"] = densities(posterior.prior.tau, tau)
    numbers["i2_above"] = None if numbers["i2"] is None else _i2_above(posterior)
    found = numbers["tau"]
    interval = f"{level:.0%} interval {found['ci_low']:.2g} to {found['ci_high']:.2g}"
    what = "an sd" if family == RandomEffects() else f"{family} random effects of scale"
    statement = (
        f"True effects differ between studies with {what}{' of' if what == 'an sd' else ''} {found['median']:.2g}"
    )
    statement += f" ({interval})"
    if marks:
        high = found["thresholds"][1]
        statement += f"; P(tau > 0.5) is {probability(high['p_gt'])}, {probability(high['prior_p_gt'])} before the data"
    if omega is not None:
        inner = numbers["omega"]
        statement += (
            f"; rows of one cohort differ with an sd of {inner['median']:.2g}"
            f" ({level:.0%} interval {inner['ci_low']:.2g} to {inner['ci_high']:.2g})"
        )
    return Evidence("heterogeneity", statement + ".", numbers, posterior.gate.passed)


def i_squared(posterior: Posterior, level: float) -> dict[str, float] | None:
    """Return mean, sd, median and central interval of I squared; None with fewer than two studies."""
    sampling = typical_variance(np.array([study.design_sei for study in posterior.effects.studies]))
    if sampling is None:
        return None
    tau = posterior.after.tau

    def share(value: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(value**2 / (value**2 + sampling))

    mean = float((share(tau.x) * tau.mass).sum())
    low, median, high = central(tau, level)
    return {
        "mean": mean,
        "sd": float(np.sqrt(((share(tau.x) - mean) ** 2 * tau.mass).sum())),
        "median": float(share(np.asarray(median))),
        "ci_low": float(share(np.asarray(low))),
        "ci_high": float(share(np.asarray(high))),
    }


def _i2_above(posterior: Posterior) -> dict[str, list[float]]:
    """Return the probability that I squared is above each share, before the data and after."""
    sampling = typical_variance(np.array([study.design_sei for study in posterior.effects.studies]))
    assert sampling is not None
    share = np.linspace(0.0, 0.98, 50)
    tau = np.sqrt(sampling * share / (1.0 - share))
    marginals = {"prior": posterior.prior.tau, "posterior": posterior.after.tau}
    return {"share": share.tolist(), **{name: one.sf(tau).tolist() for name, one in marginals.items()}}


def typical_variance(sei: NDArray[np.float64]) -> float | None:
    """Return the typical sampling variance of Higgins & Thompson (2002).

    Examples
    --------
    >>> typical_variance(np.array([0.5, 0.5]))
    0.25
    """
    if sei.size < 2:
        return None
    weight = (sei / sei.min()) ** -2.0
    return float((sei.size - 1) * weight.sum() / (weight.sum() ** 2 - (weight**2).sum()) * sei.min() ** 2)
