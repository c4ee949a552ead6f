"""Would another prior have said something else?"""

from __future__ import annotations

from typing import Any

from irlbayes.core.answers import Evidence
from irlbayes.core.cumulative import cdf
from irlbayes.core.examining import Case
from irlbayes.core.words import null_shown, probability, shown

LEVELS = (0.5, 0.9, 0.95)
LARGEST_ERROR = 1e-3  # of a row under a Student t prior of mu, in posterior sds


def answer(case: Case) -> Evidence | None:
    """Answer by pooling under every prior of the panel.

    Parameters
    ----------
    case : Case
        With a ``panel``; the first model is the declared one.

    Returns
    -------
    Evidence or None
        Number ``rows``: per model its name, priors, mean, interval, P(> null) beside its prior value, median of tau,
        log marginal likelihood. A prior whose posterior is not resolved is left out and named in a caveat. None
        without a panel.
    """
    if not case.panel:
        return None
    outcome = case.posterior.effects.outcome
    rows: list[dict[str, Any]] = []
    unresolved: list[str] = []
    for model in case.panel:
        try:
            found = case.refit(case.posterior.effects.studies, model)
        except ArithmeticError:
            unresolved.append(model.name)
            continue
        if model.mu.family == "student_t" and found.error_bound > LARGEST_ERROR:
            unresolved.append(model.name)
            continue
        assert found.mu is not None
        assert found.tau is not None
        low, high = found.mu.interval(case.level)
        rows.append(
            {
                "name": model.name,
                "mu": str(model.mu),
                "tau": str(model.tau),
                "mean": found.mu.mean,
                "median": float(found.mu.quantile(0.5)),
                "ci_low": low,
                "ci_high": high,
                "tau_median": float(found.tau.quantile(0.5)),
                "p_gt_null": None if outcome.null is None else float(found.mu.sf(outcome.null)),
                "prior_p_gt_null": None
                if outcome.null is None or not model.mu.proper
                else 1.0 - cdf(model.mu, outcome.null),
                "log_marginal_likelihood": found.log_marginal_likelihood,
            }
        )
    if not rows:
        return None
    left_out = (f"Not resolved by the exact engine, and left out: {'; '.join(unresolved)}.",) if unresolved else ()
    if outcome.null is None:
        medians = [row["median"] for row in rows]
        words = f"the median runs from {shown(min(medians), outcome)} to {shown(max(medians), outcome)}"
        return Evidence("panel", f"Over {len(rows)} priors {words}.", {"rows": rows}, True, left_out)
    chances = [float(row["p_gt_null"]) for row in rows if row["p_gt_null"] is not None]
    low_p, high_p = min(chances), max(chances)
    crossed = [level for level in LEVELS if low_p < level <= high_p or low_p <= 1.0 - level < high_p]
    statement = (
        f"Over {len(rows)} priors P(> {null_shown(outcome)}) runs from {probability(low_p)} to {probability(high_p)}."
    )
    caveats = ("The side of the effect depends on the prior.",) if 0.5 in crossed else ()
    return Evidence("panel", statement, {"rows": rows}, True, (*caveats, *left_out))
