"""What should a reader know before leaning on these numbers?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from irlbayes.core.answers import Evidence, Posterior
from irlbayes.core.types import Study, Threshold

SIZELESS = ("direction", "significance")
FROM_TEXT = ("direction", "significance", "p_value")
FEW = 4


def answer(posterior: Posterior, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Evidence:
    """Answer with the caveats of one posterior.

    Parameters
    ----------
    posterior : Posterior
    level, thresholds
        Not used; the signature is every question's.

    Returns
    -------
    Evidence
        ``caveats`` holds one sentence each; number ``count`` says how many.
    """
    studies = posterior.effects.studies
    found = [
        *(
            f"The posterior failed a check: {check.name}, {check.rule}."
            for check in posterior.gate.checks
            if not check.passed
        ),
        *_few(len({study.report.cohort for study in studies}) if posterior.model.within else len(studies)),
        *_clustered(posterior),
        *_sizeless(studies),
        *_from_text(studies),
        *_prior_conflict(posterior),
        *_of_priors(posterior),
        *(
            f"{words}: {count} of {len(studies)} reports were converted."
            for words, count in _conversions(studies).items()
        ),
        *_notes(studies),
        *(f"{', '.join(one.reports) or 'Published'}: {one.words}" for one in posterior.effects.findings),
        *(
            f"{study.report.id} entered as a sensitivity row: {study.report.text('why') or 'no reason given'}."
            for study in studies
            if study.report.use == "sensitivity"
        ),
        *posterior.effects.outcome.notes,
    ]
    statement = f"{len(found)} caveats." if found else "No caveats."
    return Evidence("cautions", statement, {"count": len(found)}, posterior.gate.passed, tuple(found))


def _few(count: int) -> list[str]:
    if count == 1:
        return ["One study: heterogeneity, and with it the new study, is all prior."]
    if count <= FEW:
        return [f"With {count} studies most of what is said about heterogeneity is its prior."]
    return []


def _clustered(posterior: Posterior) -> list[str]:
    """Say what is assumed of several rows from the same patients."""
    rows = Counter(study.report.cohort for study in posterior.effects.studies)
    if posterior.model.within is None:
        return []
    several = [cohort for cohort, count in rows.items() if count > 1]
    if not several:
        return ["No cohort has more than one row: what is said about omega is its prior."]
    listed = f"{len(several)} of {len(rows)} cohorts have several rows"
    correlation = posterior.model.within_correlation
    if correlation == 0.0:
        return [f"{listed}: rows of one cohort are taken as independent given their effects (--within-correlation 0)."]
    partial = any(not study.curve.is_normal for study in posterior.effects.studies if study.report.cohort in several)
    text = f"{listed}: sampling errors of a cohort's normal rows are taken to correlate by {correlation:g}"
    return [text + ("; other rows are independent given their effects." if partial else ".")]


def _of_priors(posterior: Posterior) -> list[str]:
    """Return what the library of priors says about those that were used, each thing once."""
    model = posterior.model
    used = [prior for prior in (model.mu, model.tau, model.beta, model.within) if prior is not None]
    return list(dict.fromkeys(words for prior in used for words in prior.warnings))


def _sizeless(studies: Sequence[Study]) -> list[str]:
    if all(study.report.kind in SIZELESS for study in studies):
        return ["No report gives a size: the data speak about the sign, and the size is mostly the prior's."]
    return []


def _from_text(studies: Sequence[Study]) -> list[str]:
    kinds = Counter(study.report.kind for study in studies if study.report.kind in FROM_TEXT)
    if not kinds:
        return []
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    text = (
        f"Statements instead of sizes: {sum(kinds.values())} of {len(studies)} reports ({listed}). Papers print them"
        " when they are striking, and no model of reporting selection is applied here."
    )
    if kinds["direction"] and len(studies) > kinds["direction"]:
        text += " See the answer without directions: --drop-report direction."
    return [text]


def _conversions(studies: Sequence[Study]) -> Counter[str]:
    return Counter(study.conversion for study in studies if study.conversion)


def _notes(studies: Sequence[Study]) -> list[str]:
    """Say what the rows' own kinds have to say, each thing once."""
    labels: dict[str, list[str]] = {}
    for study in studies:
        for note in study.notes:
            labels.setdefault(note, []).append(study.label)
    return [
        f"{', '.join(named) if len(named) < len(studies) else 'Every row'}: {note}." for note, named in labels.items()
    ]


def _prior_conflict(posterior: Posterior) -> list[str]:
    """Say when the reports lie far outside the prior, or when it is narrow against their errors."""
    prior = posterior.model.mu
    sized = [study for study in posterior.effects.studies if study.yi is not None and study.sei is not None]
    if prior.family != "normal" or not sized:
        return []
    mean, sd = prior.parameters
    yi = np.array([study.yi for study in sized], dtype=float)
    weight = np.array([study.sei for study in sized], dtype=float) ** -2.0
    center = float(np.average(yi, weights=weight))
    distance = abs(center - mean) / float(np.sqrt(sd**2 + 1.0 / weight.sum()))
    found = []
    if distance > 3.0:
        found.append(
            f"The reports (common mean {center:.3g}) lie {distance:.1f} prior standard deviations from the prior of mu,"
            f" {prior}: is the scale right? Otherwise give --prior-mu."
        )
    elif float(np.median(weight**-0.5)) > 3.0 * sd:
        found.append(
            f"The prior of mu, {prior}, is narrow against the standard errors: the answer is mostly prior."
            " Otherwise give --prior-mu."
        )
    return found
