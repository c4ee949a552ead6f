"""The answers from a published result, from the reports and from both, as numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from irlbayes.core.agreement import disagreement
from irlbayes.core.answers import Marginal, Posterior
from irlbayes.core.examining import Pooled
from irlbayes.core.starts import Standing
from irlbayes.core.summary import describe, summarize
from irlbayes.core.types import Outcome, Study

POINTS = 201


def unknowns(found: Posterior | Pooled) -> tuple[Marginal, Marginal, Marginal]:
    """Return mu, tau and a new study's effect of a posterior or of a prior."""
    one = found.after if isinstance(found, Posterior) else found
    assert one.mu is not None
    assert one.tau is not None
    assert one.theta_new is not None
    return one.mu, one.tau, one.theta_new


def answer(
    name: str,
    power: float | None,
    studies: Sequence[Study],
    found: Posterior | Pooled,
    *,
    prior_mu: Marginal | None,
    outcome: Outcome,
    level: float,
) -> dict[str, Any]:
    """Return one answer's numbers, each probability beside its prior value before the published result."""
    mu, tau, new = unknowns(found)
    return {
        "name": name,
        "power": power,
        "k": len(studies),
        "studies": [study.label for study in studies],
        "mu": describe(mu, prior_mu, outcome.null, level, outcome.thresholds),
        "tau": summarize(tau, level),
        "new_study": describe(new, None, outcome.null, level, outcome.thresholds),
        "engine": found.engine if isinstance(found, Posterior) else "exact",
        "passed": found.gate.passed if isinstance(found, Posterior) else True,
    }


def new_row(study: Study, predicted: Marginal, where: Mapping[str, Standing]) -> dict[str, Any]:
    """Say of a later study how well it fits what the published result predicts for it."""
    return {
        "study": study.label,
        "cohort": study.report.cohort,
        "report": study.report.kind,
        "reason": where[study.report.study].reason,
        "p": disagreement(study.curve, predicted),
    }


def densities(marginals: Mapping[tuple[str, float | None], Marginal]) -> dict[str, Any]:
    """Return the density of the mean by answer, over the central 99.8 % of all but the prior; of draws by kernels."""
    ends = [
        float(end)
        for (name, _), one in marginals.items()
        if name != "prior"
        for end in one.quantile(np.array([0.001, 0.999]))
    ]
    x = np.linspace(min(ends), max(ends), POINTS)
    lines = {name: np.exp(one.log_pdf(x)).tolist() for (name, _), one in marginals.items()}
    return {"x": x.tolist(), "lines": lines}
