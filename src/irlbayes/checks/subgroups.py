"""Do groups of studies have means of their own?"""

from __future__ import annotations

from math import exp
from typing import Any

from irlbayes.core.agreement import two_sided
from irlbayes.core.answers import Evidence
from irlbayes.core.examining import Case
from irlbayes.core.types import Outcome
from irlbayes.core.words import probability, shown

FEWEST = 2  # studies of a group
ALARM = 0.0025  # two-sided probability of a difference of 0, for all pairs and columns together


def answer(case: Case) -> Evidence | None:
    """Answer by giving each group of a column a mean of its own, with one heterogeneity.

    Parameters
    ----------
    case : Case
        With ``labels``; studies without a label, or alone in theirs, are left out of the comparison.

    Returns
    -------
    Evidence or None
        Number ``columns``: per column its groups (label, studies, median and interval of the mean), the pair that
        differs most (``difference``, ``p``) and ``log_bf``, groups against one mean for the same studies. None without
        such a column.

    Notes
    -----
    Fails where the smallest two-sided posterior probability on the far side of no difference, times the number of
    pairs looked at, is below 0.0025.
    """
    if not case.labels or not case.posterior.model.mu.proper:
        return None
    outcome, studies = case.posterior.effects.outcome, case.posterior.effects.studies
    columns: list[dict[str, Any]] = []
    looked = 0
    for column, values in case.labels.items():
        names = [name for name in sorted({*values} - {""}) if values.count(name) >= FEWEST]
        groups = [[study for study, value in zip(studies, values, strict=True) if value == name] for name in names]
        if len(groups) < 2:
            continue
        found = case.regroup(groups, case.posterior.model)
        one = case.refit([study for group in groups for study in group], case.posterior.model)
        pairs = {pair: two_sided(float(marginal.sf(0.0))) for pair, marginal in found.difference.items()}
        looked += len(pairs)
        first, second = min(pairs, key=lambda pair: pairs[pair])
        difference = found.difference[first, second]
        assert one.log_marginal_likelihood is not None
        columns.append(
            {
                "column": column,
                "groups": [
                    {
                        "label": name,
                        "studies": len(group),
                        "median": float(mu.quantile(0.5)),
                        **dict(zip(("ci_low", "ci_high"), mu.interval(case.level), strict=True)),
                    }
                    for name, group, mu in zip(names, groups, found.mu, strict=True)
                ],
                "pair": [names[first], names[second]],
                "difference": float(difference.quantile(0.5)),
                "p": pairs[first, second],
                "log_bf": found.log_marginal_likelihood - one.log_marginal_likelihood,
            }
        )
    if not columns:
        return None
    most = min(columns, key=lambda row: row["p"])
    passed = most["p"] * looked >= ALARM
    return Evidence("subgroups", _words(most, passed, outcome), {"columns": columns, "pairs": looked}, passed)


def _words(most: dict[str, Any], passed: bool, outcome: Outcome) -> str:
    pair = [group for group in most["groups"] if group["label"] in most["pair"]]
    sizes = " against ".join(
        f"{shown(group['median'], outcome)} in {group['studies']} studies with {group['label']}" for group in pair
    )
    factor = exp(min(abs(most["log_bf"]), 700.0))
    favoured = "groups" if most["log_bf"] > 0 else "one mean"
    told = f"{sizes} (p {probability(most['p'])}; Bayes factor {factor:.2g} for {favoured})"
    if passed:
        return f"No column divides the studies for sure; {most['column']} does most: {told}."
    return f"The studies divide by {most['column']}: {told}."
