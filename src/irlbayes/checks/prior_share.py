"""How much of the answer is the prior?"""

from __future__ import annotations

from typing import Any

import numpy as np

from irlbayes.core.answers import Evidence, Marginal
from irlbayes.core.density import Density
from irlbayes.core.examining import Case
from irlbayes.core.summary import densities

MOSTLY = 0.5  # share of the information about mu, or shrinking of an sd, at which the prior has most of the say
FEW = 5


def answer(case: Case) -> Evidence | None:
    """Answer by setting every unknown after the data beside itself before them.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        Per unknown (``mu``, ``tau``, ``theta_new``): ``prior_sd``, ``sd``, ``sd_left`` (their ratio; of the central
        half of the probability where an sd does not exist) and ``information`` (bits gained, the Kullback-Leibler
        divergence of posterior from prior); ``prior_share`` of the information about mu; ``mostly_prior``; and
        ``densities`` of mu and tau (``x``, ``prior``, ``posterior``; of draws by kernels). None where the prior of mu
        is flat.
    """
    before, after, share = case.posterior.prior, case.posterior.after, case.posterior.share
    if before.mu is None or before.theta_new is None or after.mu is None or after.theta_new is None:
        return None
    pairs = {
        "mu": (before.mu, after.mu),
        "tau": (before.tau, after.tau),
        "theta_new": (before.theta_new, after.theta_new),
    }
    numbers: dict[str, Any] = {name: _compared(*pair) for name, pair in pairs.items()}
    prior_share = None if share is None else float(1.0 - share.sum())
    numbers["prior_share"] = prior_share
    left = {name: numbers[name]["sd_left"] for name in ("mu", "tau")}
    of_mu = left["mu"] ** 2 if prior_share is None else prior_share
    mostly = [
        words for words, is_so in (("the mean effect", of_mu > MOSTLY), ("heterogeneity", left["tau"] > 0.8)) if is_so
    ]
    numbers["mostly_prior"] = mostly
    numbers["densities"] = {name: densities(*pairs[name]) for name in ("mu", "tau")}
    k = len(case.posterior.effects.studies)
    studies = f"{k} {'study' if k == 1 else 'studies'}"
    statement = (
        f"The prior holds {of_mu:.0%} of the information about the mean effect; the data leave {left['mu']:.0%} of the"
        f" prior's spread of mu and {left['tau']:.0%} of tau's"
    )
    if mostly:
        verb = "is" if len(mostly) == 1 else "are"
        statement += f": with {studies} {' and '.join(mostly)} {verb} mostly prior"
    caveats = (f"{studies}: read every number beside its prior value.",) if k <= FEW else ()
    return Evidence("prior_share", statement + ".", numbers, True, caveats)


def _compared(before: Marginal, after: Marginal) -> dict[str, float | None]:
    ends = np.array([0.25, 0.75])
    widths = [float(np.diff(one.quantile(ends))[0]) for one in (before, after)]
    both = before.sd is not None and after.sd is not None
    return {
        "prior_sd": before.sd,
        "sd": after.sd,
        "sd_left": float(after.sd / before.sd) if both else widths[1] / widths[0],  # type: ignore[operator]
        "information": _bits(before, after),
    }


def _bits(before: Marginal, after: Marginal) -> float | None:
    """Return the information gained, in bits; None where the posterior is known by draws alone."""
    if not isinstance(before, Density) or not isinstance(after, Density):
        return None
    gain = after.log_pdf(after.x) - np.maximum(before.log_pdf(after.x), -700.0)
    return float(after.mass @ gain / np.log(2.0))
