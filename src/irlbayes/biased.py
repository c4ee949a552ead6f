"""What if only the striking results were reported? Every outcome under models of selective publication."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from math import isfinite, sqrt
from pathlib import Path
from typing import Any

from irlbayes import __version__, workflow
from irlbayes.answering import refuse_level
from irlbayes.core import priors
from irlbayes.core.assumptions import ModelSpec
from irlbayes.core.averaged import as_density
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.examining import Pooled
from irlbayes.core.publication import Bias, Ensemble, Favoured, Selected, WeightFunction
from irlbayes.core.specified import ZERO
from irlbayes.core.types import EffectTable, ReportTable, Study, Threshold
from irlbayes.effects import selection
from irlbayes.effects import table as effects_table
from irlbayes.models import declare
from irlbayes.models import ensembles as declared
from irlbayes.posterior.averaging import average, log_marginal, mean_effect, shifts
from irlbayes.posterior.bias_likelihoods import Case
from irlbayes.posterior.bias_models import fit_models
from irlbayes.posterior.bias_nodes import Windows
from irlbayes.posterior.refit import ANY_TAU

SCHEMA = "irlbayes/bias/1"
FAVOURED: tuple[Favoured, ...] = ("+", "-", "both")
SMD_UNIT = sqrt(2.0)  # sd of one person's information on the SMD scale
UNITS = {"smd": SMD_UNIT, "log_or": 2.0, "log_rr": 2.0, "log_irr": 2.0, "log_hr": 2.0}  # and on log ratios
FEW, FEWEST = 5, 2
ROUGH = 1e-3
Answer = dict[str, Any]


def bias(
    evidence: str | Path | ReportTable = "irl",
    *,
    outcomes: Sequence[str] = (),
    ensemble: str = declared.DEFAULT,
    cuts: Sequence[float] = (),
    favoured: str | None = None,
    use: str = "primary",
    drop_reports: Sequence[str] = (),
    likelihood: str | None = None,
    model: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    level: float = 0.95,
    thresholds: Sequence[float] = (),
    scale: str | None = None,
    sheet: str | None = None,
    resume: Path | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Answer:
    """Average every outcome over models with and without selective publication.

    Parameters
    ----------
    evidence, outcomes, use, drop_reports, likelihood, model, prior_mu, prior_tau, level, thresholds, scale, sheet
        As for `workflow.analyze`.
    ensemble : str
        A file of `models/ensembles/`.
    cuts : sequence of float
        One-sided p-values of one weight function that replaces the ensemble's: 0.025 gives the model that the field
        calls 3PSM, 0.025 and 0.5 the one it calls 4PSM. Where both directions are favoured they count on both sides.
    favoured : str, optional
        Direction that is published more readily: ``+``, ``-`` or ``both``; by default the sign that is harm, and both
        where neither is.
    resume : Path, optional
        Folder that keeps the answer of each outcome; what it holds already is not computed again.
    progress : callable, optional
        Called with the outcome's name, its number and the number of outcomes.

    Returns
    -------
    dict
        Plain data: the JSON document.

    Raises
    ------
    InputError
        Anything wrong with the input or the options.

    Examples
    --------
    >>> found = bias("irl", outcomes=["relapse"])["results"][0]
    >>> round(found["inclusion"]["bias"]["prior"], 3), len(found["models"])
    (0.5, 36)
    """
    refuse_level(level)
    chosen = _given_cuts(declared.choose(ensemble), cuts)
    refuse_unknown("--favoured", [favoured] if favoured is not None else [], FAVOURED)
    if not all(isfinite(value) for value in thresholds):
        raise InputError(Problem("--threshold", "a finite number", "Write a number on the scale of pooling."))
    table = evidence if isinstance(evidence, ReportTable) else workflow.read_reports(evidence, scale, sheet)
    names = list(dict.fromkeys(outcomes)) or list(table.outcomes)
    tables = {name: workflow.effect_table(table, name, use, drop_reports, likelihood) for name in names}
    extra = tuple(Threshold(float(value), "given", "given with this analysis") for value in thresholds)
    skipped, wanted = [], {}
    for name in names:
        reason = effects_table.why_empty(tables[name], use) if not tables[name].studies else _why_not(tables[name])
        if reason:
            skipped.append({"outcome": name, "reason": reason, "failed": name in outcomes})
        else:
            wanted[name] = _refuse_improper(
                workflow.load_model(table.outcomes[name], model, prior_mu, prior_tau), tables[name]
            )
    if resume is not None:
        _writable(resume)
    results = []
    for number, (name, spec) in enumerate(wanted.items(), start=1):
        if progress is not None:
            progress(name, number, len(wanted))
        told = (*table.outcomes[name].thresholds, *extra)
        try:
            results.append(_kept(resume, table, tables[name], spec, chosen, favoured, level, told))
        except ArithmeticError as error:
            skipped.append({"outcome": name, "reason": str(error), "failed": True})
    return {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "evidence": {"name": table.name, "title": table.title, "sha256": table.sha256},
        "settings": {
            "ensemble": chosen.name,
            "description": chosen.description,
            "favoured": favoured,
            "use": use,
            "drop_reports": list(drop_reports),
            "likelihood": likelihood,
            "level": level,
        },
        "results": results,
        "skipped": skipped,
    }


def _writable(folder: Path) -> None:
    """Make the folder of kept answers, or refuse it before the work starts."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        words = f"a folder that can be written: {error.strerror or error}"
        raise InputError(Problem("--resume", words, "Choose another place.", value=str(folder))) from None


def _given_cuts(ensemble: Ensemble, cuts: Sequence[float]) -> Ensemble:
    """Replace the ensemble's weight functions by one with the cuts that were given."""
    if not cuts:
        return ensemble
    problems: list[Problem] = []
    weights = declared.weight_function(1, list(cuts), "--cut", problems)
    if problems:
        raise InputError(problems)
    share = sum(bias.prior for bias in ensemble.biases if bias.weights) or 0.25
    others = [bias for bias in ensemble.biases if not bias.weights]
    rest = (1.0 - share) / (sum(bias.prior for bias in others) or 1.0)
    kept = [replace(bias, prior=bias.prior * rest) for bias in others]
    name = f"{ensemble.name}, cuts {', '.join(f'{cut:g}' for cut in cuts)}"
    return replace(ensemble, name=name, biases=(*kept, Bias("selection", share, weights)))


def for_outcome(ensemble: Ensemble, favoured: Favoured, scale: str, model: ModelSpec) -> Ensemble:
    """Return an ensemble as an outcome needs it.

    Parameters
    ----------
    ensemble : Ensemble
    favoured : str
        Where both directions are, one-sided weight functions leave their prior probability to the two-sided ones; where
        there are none of these, they become two-sided at twice their p-values.
    scale : str
        The coefficient of PEESE has the unit of one over the effect: its prior is declared for standardized mean
        differences and follows the sd of one person's information (elsewhere, the scale of mu's prior).
    model : ModelSpec
    """
    factor = SMD_UNIT / UNITS[scale] if scale in UNITS else 1.0 / priors.scale(model.mu)
    biases = [replace(b, scale=b.scale * factor) if b.family == "PEESE" else b for b in ensemble.biases]
    if favoured != "both":
        return replace(ensemble, biases=tuple(biases))
    total = sum(b.prior for b in biases if b.weights)
    two = [b for b in biases if b.weights and b.weights.sides == 2]
    if not two:
        doubled = {tuple(2.0 * cut for cut in b.weights.cuts if cut < 0.5) for b in biases if b.weights}
        two = [Bias("selection", 1.0, WeightFunction(2, cuts)) for cuts in sorted(doubled) if cuts]
    share = total / (sum(b.prior for b in two) or 1.0)
    kept = [b for b in biases if not b.weights] + [replace(b, prior=b.prior * share) for b in two]
    whole = sum(b.prior for b in kept)
    return replace(ensemble, biases=tuple(replace(b, prior=b.prior / whole) for b in kept))


def pooled(
    families: Sequence[str], studies: Mapping[str, Mapping[str, str]], effects: EffectTable, model: ModelSpec
) -> Pooled:
    """Pool an outcome given an effect, averaged over families of bias models: a line of the multiverse.

    Parameters
    ----------
    families : sequence of str
        Of the default ensemble: ``none``, ``selection``, ``PET``, ``PEESE``.
    studies : Mapping
        Cells of ``studies.csv`` by study.
    effects : EffectTable
    model : ModelSpec
        With normal random effects, or tau at ``ZERO`` for a common effect.

    Returns
    -------
    Pooled
        ``mu`` alone, the log marginal likelihood, and how far mu's mean and sd (in sds) move on coarser rules.

    Raises
    ------
    ArithmeticError
        When a posterior cannot be found.
    """
    whole = declared.choose(declared.DEFAULT)
    chosen = [bias for bias in whole.biases if bias.family in families]
    total = sum(bias.prior for bias in chosen)
    common = model.tau == ZERO
    ensemble = replace(
        whole,
        effect=1.0,
        heterogeneity=0.0 if common else 1.0,
        biases=tuple(replace(bias, prior=bias.prior / total) for bias in chosen),
    )
    known = replace(_refuse_improper(model, effects), tau=ANY_TAU) if common else _refuse_improper(model, effects)
    direction = _favoured(None, effects)
    own = for_outcome(ensemble, direction, effects.outcome.scale, known)
    case = case_of(effects, known, own, direction, studies)
    windows: dict[str, Windows] = {}
    fine, rough = (fit_models(case, own, looser, windows) for looser in (False, True))
    found = mean_effect(fine)
    error = max(shifts(found.mean, found.sd, mean_effect(rough)))
    return Pooled(as_density(found), None, None, log_marginal(fine), error)


def case_of(
    effects: EffectTable,
    model: ModelSpec,
    ensemble: Ensemble,
    favoured: Favoured,
    measured: Mapping[str, Mapping[str, str]],
) -> Case:
    """Cut the studies of an outcome by their p-values, and add the cohorts that kept silent about it."""
    null, partition = float(effects.outcome.null or 0.0), ensemble.partition
    cohorts = [study.report.cohort for study in effects.studies]
    silent, known = selection.silent(measured, effects.outcome.name, effects.outcome.scale, cohorts, partition)
    studies = [_cut(study, partition, null) for study in effects.studies]
    studies = [
        selection.as_known(one) if cohort in known else one for one, cohort in zip(studies, cohorts, strict=True)
    ]
    return Case((*studies, *silent), model.mu, model.tau, null, favoured, partition)


def _cut(study: Study, partition: Sequence[float], null: float) -> Selected:
    found = selection.selected(study, partition, null)
    return found or Selected(study.label, study.curve, (), (), study.design_sei)


def _why_not(effects: EffectTable) -> str:
    """Say why an outcome has no question of selection."""
    if effects.outcome.null is None:
        return "no value of no effect, so no result of it is striking"
    return ""


def _refuse_improper(model: ModelSpec, effects: EffectTable) -> ModelSpec:
    if not model.mu.proper:
        words = "averaging over models needs a proper prior of mu"
        raise InputError(Problem("--prior-mu", words, 'Write "normal(0, 1)".', value=str(model.mu)))
    if str(model.random_effects) != "normal":
        words = f"models of selection have normal random effects, and {effects.outcome.name} declares others"
        raise InputError(Problem("--model", words, "Choose another model.", value=model.name))
    return model


def _kept(
    resume: Path | None,
    table: ReportTable,
    effects: EffectTable,
    model: ModelSpec,
    ensemble: Ensemble,
    favoured: str | None,
    level: float,
    thresholds: Sequence[Threshold],
) -> Answer:
    """Return an outcome's answer: the one that was kept, where it is to the same question, else a new one."""
    direction = _favoured(favoured, effects)
    own = for_outcome(ensemble, direction, effects.outcome.scale, model)
    asked = [__version__, table.sha256, declare.fingerprint(model), repr(own), direction, level]
    asked += [[study.label, study.report.kind, repr(study.curve)] for study in effects.studies]
    asked += [[threshold.value for threshold in thresholds]]
    key = sha256(json.dumps(asked, default=str).encode()).hexdigest()[:16]
    file = None if resume is None else resume / f"{effects.outcome.name}.json"
    if file is not None and file.is_file():
        try:
            before = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            before = {}
        if before.get("key") == key:
            return dict(before["answer"])
    found = _answer(table, effects, model, own, direction, level, thresholds)
    if file is not None:
        part = file.with_suffix(".part")
        part.write_text(json.dumps({"key": key, "answer": found}, indent=1), encoding="utf-8")
        part.replace(file)
    return found


def _favoured(asked: str | None, effects: EffectTable) -> Favoured:
    told = asked or effects.outcome.harm
    return next((one for one in FAVOURED if one == told), "both")


def _answer(
    table: ReportTable,
    effects: EffectTable,
    model: ModelSpec,
    ensemble: Ensemble,
    favoured: Favoured,
    level: float,
    thresholds: Sequence[Threshold],
) -> Answer:
    outcome = effects.outcome
    case = case_of(effects, model, ensemble, favoured, table.studies)
    found = average(case, ensemble, level, thresholds)
    return {
        "outcome": outcome.name,
        "scale": outcome.scale,
        "unit": outcome.unit,
        "null": outcome.null,
        "harm": outcome.harm,
        "label": outcome.label,
        "favoured": favoured,
        "k": len(effects.studies),
        "model": {"name": model.name, "mu": str(model.mu), "tau": str(model.tau)},
        **found,
        "studies": [_study(study, one, favoured) for study, one in zip(effects.studies, case.studies, strict=False)],
        "caveats": _caveats(case, effects, found),
    }


def _study(study: Study, cut: Selected, favoured: Favoured) -> Answer:
    """Say where a study's p-value may lie: numbers of the intervals, the favoured one first."""
    seen = [i for i, curve in enumerate(cut.observed) if curve is not None]
    last = len(cut.observed) - 1
    places = sorted(last - i for i in seen) if favoured == "-" else seen
    return {"study": study.label, "kind": study.report.kind, "role": cut.role, "intervals": places}


def _caveats(case: Case, effects: EffectTable, found: Mapping[str, Any]) -> list[str]:
    """Say what limits an answer."""
    count = len(effects.studies)
    words = []
    if count <= FEWEST:
        reports = "One report says" if count == 1 else f"{count} reports say"
        words.append(
            f"{reports} next to nothing about selection: this is mostly the prior odds of the models, put to work."
        )
    elif count <= FEW:
        words.append(f"{count} reports cannot tell how results were selected: the prior odds of the models dominate.")
    verdicts = [study for study, one in zip(effects.studies, case.studies, strict=False) if len(one.observed) > 1]
    partial = [study.label for study in verdicts if selection.statement(study) is not None]
    if partial:
        others = "" if len(partial) == count else "; the others by the Wald p-value of their size"
        words.append(
            f"{len(partial)} of {count} reports are statements (a p-value, a verdict, a direction, means), selected"
            f" exactly by their t test{others}."
        )
    without = [study.label for study, one in zip(effects.studies, case.studies, strict=False) if not one.passes]
    if without:
        words.append(f"No p-value, so no part in selection: {', '.join(without)}.")
    silent = [one.label for one in case.studies if one.role == "silent"]
    if silent:
        words.append(f"Measured, and not reported: {', '.join(silent)}.")
    elif not any(one.role == "known" for one in case.studies):
        words.append("Which other cohorts measured this outcome and kept silent is not stated in the evidence.")
    if found["error_bound"] > ROUGH:
        words.append(f"Numerical error up to {found['error_bound']:.1g} (log marginal likelihoods, sds of mu).")
    return words
