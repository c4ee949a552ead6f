"""Where a number came from, in words: which quantity, by which model, from which rows."""

from __future__ import annotations

from pathlib import PurePath

from irlbayes.core.answers import Result
from irlbayes.core.scales import SCALES
from irlbayes.core.words import null_shown

QUANTITIES = {
    "mu": "the mean effect mu",
    "tau": "the heterogeneity tau",
    "omega": "the sd omega between rows of one cohort",
    "new_study": "the true effect in a new study",
    "theta_new": "the true effect in a new study",
    "i2": "I squared",
}
SUMMARIES = {
    "mean": "posterior mean of",
    "sd": "posterior standard deviation of",
    "median": "posterior median of",
    "mode": "posterior mode of",
    "ci_low": "lower end of the central interval of",
    "ci_high": "upper end of the central interval of",
    "shortest_low": "lower end of the shortest interval of",
    "shortest_high": "upper end of the shortest interval of",
    "p_gt_null": "posterior probability above {null} of",
    "p_lt_null": "posterior probability below {null} of",
    "prior_p_gt_null": "prior probability above {null} of",
    "p_gt": "posterior probability above the threshold of",
    "p_lt": "posterior probability below the threshold of",
    "p_abs_lt": "posterior probability within the threshold of",
    "prior_p_gt": "prior probability above the threshold of",
}
SHOWN = ("mean", "median", "mode", "ci_low", "ci_high", "shortest_low", "shortest_high", "yi", "value")
ALONE = {
    "k": "number of reports that were pooled",
    "error_bound": "largest change of any summary on a coarser grid, in posterior standard deviations",
    "log_marginal_likelihood": "log marginal likelihood of the reports",
}


def origin(result: Result, fingerprint: str, part: str, keys: tuple[str | int, ...], rest: bool) -> str:
    """Say where a number of an outcome came from.

    Parameters
    ----------
    result : Result
    fingerprint : str
        Of the model.
    part : str
        ``results``, ``checks``, ``bias`` or ``cumulative``.
    keys : tuple
        That lead to the number within the outcome's part.
    rest : bool
        Whether one minus it is shown.
    """
    posterior, outcome = result.posterior, result.outcome
    count = len(posterior.effects.studies)
    what = _quantity(result, part, keys)
    scale = SCALES[outcome.scale]
    if scale.transform != "none" and keys[-1] in SHOWN and not {"tau", "i2", "published", "coefficients"} & {*keys}:
        what += f", back from the {scale.words} by {scale.transform}"
    if rest:
        what = f"one minus the {what}"
    rows = f"{count} {'row' if count == 1 else 'rows'} of {outcome.name}"
    by = f"model {posterior.model.name} {fingerprint}, {posterior.engine} engine, {rows}"
    return f"{what}; {by}"


def _quantity(result: Result, part: str, keys: tuple[str | int, ...]) -> str:
    last = str(keys[-1])
    null = null_shown(result.outcome)
    if part == "checks":
        where = " ".join(str(key) for key in keys[3:-1] if not isinstance(key, int))
        return f"check {keys[1]}: {last}{f' of {where}' if where else ''}"
    if part == "bias":
        summary = SUMMARIES.get(last, last).format(null=null)
        unknown = next((QUANTITIES[str(key)] for key in keys if str(key) in QUANTITIES), "")
        under = f" under the models called {keys[1]}" if keys[0] == "rows" else f" ({keys[0]})"
        return f"{summary} {unknown}{under}".replace("  ", " ")
    if part == "cumulative":
        unknown = next((QUANTITIES[str(key)] for key in keys if str(key) in QUANTITIES), "the study added")
        words = "probability of a report as far out, given the studies before, of" if last == "tail" else ""
        return f"{words or SUMMARIES.get(last, last).format(null=null)} {unknown} at step {keys[1]}"
    if keys[0] == "studies" and isinstance(keys[1], int):
        study = result.posterior.effects.studies[keys[1]]
        row = f"row {study.report.id}, {PurePath(study.report.file).name} line {study.report.line}"
        if last in ("yi", "sei"):
            return f"{last} of {row}, by the formulas in the table of derivations"
        if last == "share":
            return f"share of the information about mu that {row} holds"
        return f"{SUMMARIES.get(last, last).format(null=null)} the effect of {study.label} in the light of the others"
    if keys[0] in ALONE:
        return ALONE[str(keys[0])]
    if keys[0] == "gate":
        return f"condition of the posterior: {result.posterior.gate.checks[int(keys[2])].name}"
    if keys[0] == "published":
        return f"{last} as {result.outcome.reference[int(keys[1])].review} printed it"
    if keys[0] == "coefficients":
        return f"{SUMMARIES.get(last, last).format(null=0)} coefficient {keys[1]}"
    unknown = QUANTITIES.get(str(keys[0]), str(keys[0]))
    if "thresholds" in keys:
        return "a size that matters, declared" if last == "value" else f"{SUMMARIES[last]} {unknown}"
    return f"{SUMMARIES.get(last, last).format(null=null)} {unknown}"
