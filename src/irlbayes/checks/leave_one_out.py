"""Does a study not fit the others, and would the answer change without it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from irlbayes.core.agreement import disagreement
from irlbayes.core.answers import Evidence, Marginal
from irlbayes.core.examining import Case, Pooled
from irlbayes.core.support import deviance
from irlbayes.core.types import Outcome, Study
from irlbayes.core.words import null_shown, probability, shown

ALARM = 0.005  # probability, for all studies of an outcome together, that clean ones raise an alarm


def answer(case: Case) -> Evidence | None:
    """Answer by leaving out each study, and each cohort, in exact refits.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        Numbers ``studies``: per study left out the pooled mean, interval and P(> null) of the others, the log score
        log p(report | others), ``tail``, how improbable its report is in the light of the others
        (`core.agreement.disagreement`), ``deviance``, its distance from the pooled mean as a chi-square, and
        ``influence``, the squared shift of the mean without it; ``all``: the mean of all; ``cohorts``: as ``studies``,
        for cohorts of several rows; ``elpd``: the sum of log scores. None with fewer than two studies.

    Notes
    -----
    Fails where the smallest tail, times the number of studies (Bonferroni), is below 0.005.

    ``deviance`` is ``2 (max log L - log L(m))`` with m the posterior median of the mean: of a normal report
    ``(yi - m)**2 / sei**2``, its part of Cochran's Q around m. ``influence`` is ``(m - m_i)**2 / sd_i**2`` with median
    m_i and sd sd_i of the mean without the study (None where the sd does not exist). The two are the axes of a Baujat
    plot (Baujat et al. 2002).

    References
    ----------
    Baujat, B., Mahé, C., Pignon, J.-P., & Hill, C. (2002). A graphical method for exploring heterogeneity in
    meta-analyses: application to a meta-analysis of 65 trials. Statistics in Medicine, 21(18), 2641-2652.
    """
    posterior = case.posterior
    studies, model, outcome = posterior.effects.studies, posterior.model, posterior.effects.outcome
    if len(studies) < 2:
        return None
    whole = posterior.log_marginal_likelihood
    assert posterior.after.mu is not None
    middle = float(posterior.after.mu.quantile(0.5))
    rows = []
    for study, others in zip(studies, case.without_each, strict=True):
        assert others.theta_new is not None
        assert others.mu is not None
        shift = middle - float(others.mu.quantile(0.5))
        rows.append(
            {
                "study": study.label,
                **_pooled(others, outcome, case.level),
                "log_score": _difference(whole, others.log_marginal_likelihood),
                "tail": disagreement(study.curve, others.theta_new),
                "deviance": deviance(study.curve, middle),
                "influence": None if others.mu.sd is None else (shift / others.mu.sd) ** 2,
            }
        )
    cohorts = [
        {"cohort": name, **_pooled(case.refit(rest, model), outcome, case.level)}
        for name, rest in _without_cohorts(studies)
    ]
    scores = [row["log_score"] for row in rows]
    numbers = {
        "studies": rows,
        "all": _summary(posterior.after.mu, outcome, case.level),
        "cohorts": cohorts,
        "elpd": None if None in scores else sum(scores),
        "alarm_below": ALARM / len(rows),
    }
    odd = [row for row in rows if row["tail"] < ALARM / len(rows)]
    return Evidence("leave_one_out", _words(odd, rows, outcome, case), numbers, not odd)


def _pooled(found: Pooled, outcome: Outcome, level: float) -> dict[str, Any]:
    assert found.mu is not None
    return _summary(found.mu, outcome, level)


def _summary(mu: Marginal, outcome: Outcome, level: float) -> dict[str, Any]:
    low, high = mu.interval(level)
    return {
        "mean": mu.mean,
        "median": float(mu.quantile(0.5)),
        "ci_low": low,
        "ci_high": high,
        "p_gt_null": None if outcome.null is None else float(mu.sf(outcome.null)),
    }


def _difference(whole: float | None, part: float | None) -> float | None:
    return None if whole is None or part is None else whole - part


def _without_cohorts(studies: Sequence[Study]) -> list[tuple[str, list[Study]]]:
    """Return, for every cohort of several rows that is not all there is, the other studies."""
    names = [study.report.cohort for study in studies]
    several = [name for name in dict.fromkeys(names) if 1 < names.count(name) < len(names)]
    return [(name, [study for study in studies if study.report.cohort != name]) for name in several]


def _words(odd: list[dict[str, Any]], rows: list[dict[str, Any]], outcome: Outcome, case: Case) -> str:
    if odd:
        listed = " and ".join(f"{row['study']} (p {probability(row['tail'])})" for row in odd)
        first = odd[0]
        text = f"{listed} {'does' if len(odd) == 1 else 'do'} not fit what the others predict"
        if len(odd) == 1:
            text += (
                f"; without it the mean effect is {shown(first['median'], outcome)}"
                f" [{shown(first['ci_low'], outcome)}, {shown(first['ci_high'], outcome)}]"
            )
        return text + "."
    text = "No study stands out from the others"
    if outcome.null is None or case.posterior.after.mu is None:
        return text + "."
    now = float(case.posterior.after.mu.sf(outcome.null))
    most = max(rows, key=lambda row: abs(row["p_gt_null"] - now))
    return (
        f"{text}; P(> {null_shown(outcome)}) moves most without {most['study']}, from {probability(now)}"
        f" to {probability(most['p_gt_null'])}."
    )
