"""How well does the model predict each report from the others? PSIS-LOO by ArviZ, and exactly by refits.

References
----------
Vehtari, A., Gelman, A., & Gabry, J. (2017). Practical Bayesian model evaluation using leave-one-out cross-validation
and WAIC. Statistics and Computing, 27(5), 1413-1432.
Vehtari, A., Simpson, D., Gelman, A., Yao, Y., & Gabry, J. (2024). Pareto smoothed importance sampling. Journal of
Machine Learning Research, 25(72), 1-58.
"""

from __future__ import annotations

import warnings
from typing import Any

from irlbayes.core.answers import Evidence
from irlbayes.core.examining import Case

FEWEST = 2
HIGH_K = "Estimated shape parameter of Pareto distribution"  # how ArviZ's warning begins


def answer(case: Case) -> Evidence | None:
    """Estimate the expected log predictive density of a left-out report.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        Numbers ``elpd_psis``, ``se`` and ``p_loo`` as ArviZ gives them, ``elpd_exact`` (None where a refit fails or the
        prior of mu is flat), ``elpd`` (each study's exact value where PSIS cannot be trusted), ``good_k``, and
        ``studies``: study, ``elpd_psis``, ``elpd_exact``, ``pareto_k``, ``good``. None with fewer than two studies.

    Notes
    -----
    Exactly, ``log p(y_i | y_-i)`` is the log marginal likelihood of all reports minus that of all but i. The scores
    hold the reports' own constants, so they compare models of the same reports and nothing else.
    """
    import arviz_stats as az

    posterior = case.posterior
    studies = posterior.effects.studies
    if len(studies) < FEWEST:
        return None
    with warnings.catch_warnings():  # said here in words, study by study
        warnings.filterwarnings("ignore", message=HIGH_K, category=UserWarning)
        found = az.loo(
            posterior.hyper_tree, pointwise=True, var_name="report", reff=1.0 if posterior.engine == "exact" else None
        )
    scores, why = _exact(case)
    entries: list[dict[str, Any]] = [
        {
            "study": study.label,
            "elpd_psis": float(found.elpd_i.values[i]),
            "elpd_exact": scores[i],
            "pareto_k": float(found.pareto_k.values[i]),
            "good": bool(found.pareto_k.values[i] <= found.good_k),
        }
        for i, study in enumerate(studies)
    ]
    best = [e["elpd_psis"] if e["good"] or e["elpd_exact"] is None else e["elpd_exact"] for e in entries]
    whole = [score for score in scores if score is not None]
    poor = [e["study"] for e in entries if not e["good"]]
    doubtful = [e["study"] for e in entries if not e["good"] and e["elpd_exact"] is None]
    numbers = {
        "elpd": float(sum(best)),
        "elpd_psis": float(found.elpd),
        "elpd_exact": float(sum(whole)) if len(whole) == len(scores) else None,
        "se": float(found.se),
        "p_loo": float(found.p),
        "good_k": float(found.good_k),
        "studies": entries,
    }
    statement = (
        f"Expected log predictive density of the {len(studies)} reports, each left out:"
        f" {numbers['elpd']:.2f} (PSIS-LOO {numbers['elpd_psis']:.2f}, standard error {numbers['se']:.2f},"
        f" effective parameters {numbers['p_loo']:.1f})"
    )
    if poor:
        means = "exact refits replace them" if not doubtful else "no exact refit replaces all of them"
        statement += f"; Pareto k above {found.good_k:.2f} for {', '.join(poor)}: {means}"
    caveats = [why] if why else []
    if doubtful:
        caveats.append(f"PSIS-LOO cannot be trusted for {', '.join(doubtful)} (Pareto k above {found.good_k:.2f})")
    return Evidence("psis_loo", statement + ".", numbers, True, tuple(caveats))


def _exact(case: Case) -> tuple[list[float | None], str]:
    """Return each study's exact leave-one-out log score, and why one is missing."""
    posterior = case.posterior
    studies, model = posterior.effects.studies, posterior.model
    missing: list[float | None] = [None] * len(studies)
    if not model.mu.proper:
        return missing, "a flat prior of mu has no marginal likelihood, so no exact leave-one-out score"
    if model.moderators or model.within is not None:
        return missing, "no exact leave-one-out score with moderators or rows that share a cohort"

    try:
        return [float(score) for score in case.scores(studies, model)], ""
    except ArithmeticError as error:
        return missing, f"no exact leave-one-out score: {error}"
