"""How sceptical, or how used to heterogeneity, must a reader be for the probability to fall?

References
----------
Matthews, R. A. J. (2018). Beyond 'significance': principles and practice of the Analysis of Credibility. Royal Society
Open Science, 5, 171047.
Held, L. (2019). The assessment of intrinsic credibility and a new argument for p < 0.005. Royal Society Open Science,
6, 181534.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import exp, log
from typing import Any

from irlbayes.core import priors
from irlbayes.core.answers import Evidence
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.examining import Case
from irlbayes.core.rivals import scaled
from irlbayes.core.words import null_shown

LEVELS = (0.95, 0.9, 0.5)
FACTORS = (1 / 64, 1 / 16, 1 / 4, 1.0, 4.0, 16.0)
BETWEEN = (1 / 32, 1 / 8, 1 / 2, 2.0, 8.0)  # looked at for the curve alone
TOLERANCE = 1e-8  # of the log of a scale


def answer(case: Case) -> Evidence | None:
    """Answer with the priors at which P(effect on its side) passes 0.95, 0.9 and 0.5.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        ``side`` (``>`` or ``<``: the one more probable under the declared priors); ``tau``: per level the scale of the
        prior of tau, in units of the effect, above which the probability lies below it; ``sceptical``: per level the
        sd of a prior of mu that is normal around the null, below which it does (reverse-Bayes). A level has ``at``
        None and ``always`` ``above`` or ``below`` where no scale from 1/64 to 16 times the declared one (for
        ``sceptical``: of the declared prior's, or of four posterior sds under a flat one) passes it. ``by_tau`` and
        ``by_mu``: ``scale`` and the probability ``p`` on the side, wherever it was looked at. None where there is no
        null.

    Notes
    -----
    Where the probability passes a level more than once, the scale nearest the declared one is given.
    """
    posterior = case.posterior
    studies, model, null = posterior.effects.studies, posterior.model, posterior.effects.outcome.null
    if null is None or posterior.after.mu is None:
        return None
    above = float(posterior.after.mu.sf(null)) >= 0.5

    def chance(changed: ModelSpec) -> float:
        if not changed.mu.proper:
            found = case.refit(studies, changed).mu
            assert found is not None
            return float(found.sf(null) if above else found.cdf(null))
        probability = case.above(studies, changed, null)
        return probability if above else 1.0 - probability

    def by_tau(factor: float) -> float:
        return chance(replace(model, tau=scaled(model.tau, factor)))

    width = priors.scale(model.mu) if model.mu.proper else 4.0 * float(posterior.after.mu.sd or 1.0)

    def by_mu(factor: float) -> float:
        return chance(replace(model, mu=Prior("normal", (null, width * factor))))

    tau, by_tau_seen = _passes(by_tau, priors.scale(model.tau))
    sceptical, by_mu_seen = _passes(by_mu, width)
    numbers: dict[str, Any] = {
        "side": ">" if above else "<",
        "declared_tau": priors.scale(model.tau),
        "declared_mu": width if model.mu.proper else None,
        "tau": tau,
        "sceptical": sceptical,
        "by_tau": by_tau_seen,
        "by_mu": by_mu_seen,
    }
    side = f"P({numbers['side']} {null_shown(posterior.effects.outcome)})"
    statement = f"{_said(numbers, side)}."
    return Evidence("tipping", statement, numbers, True)


def _passes(chance: Callable[[float], float], unit: float) -> tuple[list[dict[str, Any]], dict[str, list[float]]]:
    """Return, per level, the scale at which a probability passes it, nearest to the declared one; and all seen."""
    from scipy.optimize import brentq

    seen: dict[float, float] = {}

    def look(factor: float) -> float:
        if factor not in seen:
            seen[factor] = chance(factor)
        return seen[factor]

    points = [(factor, look(factor)) for factor in FACTORS]
    found = []
    for level in LEVELS:
        pairs = [(low[0], high[0]) for low, high in pairwise(points) if (low[1] - level) * (high[1] - level) < 0.0]
        if not pairs:
            always = "above" if points[0][1] >= level and points[-1][1] >= level else "below"
            found.append({"level": level, "at": None, "always": always})
            continue
        low, high = min(pairs, key=lambda pair: abs(log(pair[0] * pair[1])))
        root = brentq(lambda x, level=level: look(exp(x)) - level, log(low), log(high), xtol=TOLERANCE, rtol=1e-12)
        found.append({"level": level, "at": unit * exp(root), "always": None})
    for factor in BETWEEN:
        look(factor)
    factors = sorted(seen)
    return found, {"scale": [unit * factor for factor in factors], "p": [seen[factor] for factor in factors]}


def _said(numbers: dict[str, Any], side: str) -> str:
    taus = [f"{row['level']:g} at {row['at']:.2g}" for row in numbers["tau"] if row["at"] is not None]
    sds = [f"{row['level']:g} at {row['at']:.2g}" for row in numbers["sceptical"] if row["at"] is not None]
    heterogeneity = (
        f"{side} passes {', '.join(taus)} as the scale of tau's prior grows (declared {numbers['declared_tau']:.2g})"
        if taus
        else f"{side} passes none of 0.95, 0.9, 0.5 whatever the scale of tau's prior"
    )
    sceptic = (
        f"a sceptic's sd of mu takes it through {', '.join(sds)}"
        if sds
        else "no sceptic's prior of mu takes it through one of them"
    )
    return f"{heterogeneity}; {sceptic}"
