"""An ensemble's answer: posterior model probabilities, inclusion Bayes factors, averaged and conditional estimates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.averaged import Averaged, Terms, mixed, tau_summary
from irlbayes.core.publication import Ensemble
from irlbayes.core.types import Threshold
from irlbayes.posterior import omegas
from irlbayes.posterior.bias_likelihoods import Case, places
from irlbayes.posterior.bias_models import Model, fit_models
from irlbayes.posterior.bias_nodes import Windows
from irlbayes.posterior.quadrature import solve

Array = NDArray[np.float64]
ROUNDING = 1e-9  # least error that is stated
RULE = "PET-PEESE"
LIKELY = 1e-3  # posterior probability of a model whose marginal likelihood the error bound covers
Row = dict[str, Any]
Which = Callable[[Model], bool]


def average(case: Case, ensemble: Ensemble, level: float = 0.95, thresholds: Sequence[Threshold] = ()) -> Row:
    """Fit an ensemble and average it.

    Parameters
    ----------
    case : Case
    ensemble : Ensemble
    level : float
        Probability of the intervals.
    thresholds : sequence of Threshold

    Returns
    -------
    dict
        Plain data: ``rows`` (estimates by name), ``models``, ``families``, ``inclusion``, ``omega``, ``beta``,
        ``error_bound``.

    Raises
    ------
    ArithmeticError
        When a posterior cannot be found.
    """
    windows: dict[str, Windows] = {}
    models = fit_models(case, ensemble, windows=windows)
    rougher = fit_models(case, ensemble, looser=True, windows=windows)
    rows = estimates(case, models, level, thresholds)
    return {
        "rows": rows,
        "rule": _rule(models),
        "inclusion": {
            "effect": inclusion(models, lambda model: model.effect),
            "heterogeneity": inclusion(models, lambda model: model.heterogeneity),
            "bias": inclusion(models, lambda model: model.bias.family != "none"),
        },
        "families": _families(models),
        "models": [_told(model, share) for model, share in zip(models, posterior(models), strict=True)],
        "omega": _omega(case, models),
        "beta": _beta(models),
        "error_bound": _error(models, rougher, rows["averaged"]),
    }


def estimates(
    case: Case, models: Sequence[Model], level: float, thresholds: Sequence[Threshold] = ()
) -> dict[str, Row]:
    """Return mean effect, new study and tau: of one model, of families given an effect, and averaged, side by side."""
    before, rule = _before(case), _rule(models)
    rows: dict[str, Row] = {}
    for name, which in _asked(models, rule).items():
        chosen = rule["chosen"] if rule is not None and name == RULE else ""
        rows[name] = rows[chosen] if chosen else _row(case, models, which, before, level, thresholds)
    return rows


def posterior(models: Sequence[Model], which: Which | None = None) -> Array:
    """Return posterior model probabilities, dims (model,); zero for models that are not meant."""
    level = np.array([np.log(model.prior) + model.log_marginal_likelihood for model in models])
    if which is not None:
        level[[not which(model) for model in models]] = -np.inf
    share = np.exp(level - level.max())
    return np.asarray(share / share.sum())


def log_marginal(models: Sequence[Model]) -> float:
    """Return the log marginal likelihood of several models together, each by its prior probability among them."""
    prior = np.array([model.prior for model in models])
    level = np.array([model.log_marginal_likelihood for model in models]) + np.log(prior / prior.sum())
    return float(np.logaddexp.reduce(level))


def inclusion(models: Sequence[Model], which: Which) -> Row:
    """Return the prior and posterior probability of a part of an ensemble, and its inclusion Bayes factor."""
    inside, outside = [m for m in models if which(m)], [m for m in models if not which(m)]
    prior = float(sum(model.prior for model in inside))
    if not inside or not outside:
        return {"prior": prior, "posterior": prior, "log_bf": None}
    log_bf = log_marginal(inside) - log_marginal(outside)
    odds = log_bf + float(np.log(prior) - np.log1p(-prior))
    return {"prior": prior, "posterior": float(1.0 / (1.0 + np.exp(-odds))), "log_bf": log_bf}


def _rule(models: Sequence[Model]) -> Row | None:
    """Choose PEESE where the PET models favour an effect over none, PET where they do not."""
    pet = [model for model in models if model.bias.family == "PET"]
    if not any(model.bias.family == "PEESE" for model in models) or len({model.effect for model in pet}) < 2:
        return None
    found = inclusion(pet, lambda model: model.effect)["log_bf"]
    return {"chosen": "PEESE" if found > 0.0 else "PET", "log_bf_of_effect_in_PET": found}


def _asked(models: Sequence[Model], rule: Row | None) -> dict[str, Which]:
    """Return which models each row of the answer averages, of those that the ensemble has."""
    asked: dict[str, Which] = {
        "ordinary": lambda m: m.effect and m.heterogeneity and m.bias.family == "none",
        "selection": lambda m: m.effect and m.bias.family == "selection",
        "PET": lambda m: m.effect and m.bias.family == "PET",
        "PEESE": lambda m: m.effect and m.bias.family == "PEESE",
    }
    if rule is not None:
        asked[RULE] = asked[rule["chosen"]]
    asked["conditional"] = lambda m: m.effect
    asked["averaged"] = lambda m: True
    return {name: which for name, which in asked.items() if any(which(model) for model in models)}


def _before(case: Case) -> tuple[float, float]:
    """Return the prior probability that mu, and a new effect under heterogeneity, lie above the null."""
    if case.mu.parameters[-2] == case.null:  # the priors of mu are symmetric
        return 0.5, 0.5
    nothing = solve([], case.mu, case.tau, studies=False)
    return float(nothing.mu.sf(case.null)), float(nothing.theta_new.sf(case.null))


def _row(
    case: Case,
    models: Sequence[Model],
    which: Which,
    before: tuple[float, float],
    level: float,
    thresholds: Sequence[Threshold],
) -> Row:
    """Return the averaged mean effect, new study and tau of some models."""
    share = posterior(models, which)
    terms = _terms(models, which)
    taus = [(float(p), model.tau) for p, model in zip(share, models, strict=True)]
    meant = [model for model in models if which(model)]
    total = sum(model.prior for model in meant)
    prior = [(model.prior / total, model) for model in meant]
    return {
        "prior_probability": float(total),
        "posterior_probability": float(posterior(models)[[which(model) for model in models]].sum()),
        "mu": _told_of(terms.mu(), case.null, level, thresholds) | _prior_sides(prior, before, False),
        "theta_new": _told_of(terms.theta_new(), case.null, level, thresholds) | _prior_sides(prior, before, True),
        "tau": tau_summary(taus, level),
    }


def _prior_sides(prior: Sequence[tuple[float, Model]], before: tuple[float, float], new: bool) -> Row:
    """Return the prior probabilities of an effect above and below the null, averaged over models."""
    below = (1.0 - before[0], 1.0 - before[1])
    return {
        name: float(sum(p * _prior_beyond(model, side, new) for p, model in prior))
        for name, side in (("prior_p_gt_null", before), ("prior_p_lt_null", below))
    }


def _prior_beyond(model: Model, side: tuple[float, float], new: bool) -> float:
    """Return the prior probability of an effect on one side of the null under one model."""
    if model.effect:
        return side[1 if new and model.heterogeneity else 0]
    return 0.5 if new and model.heterogeneity else 0.0


def _told_of(found: Averaged, null: float, level: float, thresholds: Sequence[Threshold]) -> Row:
    low, high = found.interval(level)
    return {
        "mean": found.mean,
        "sd": found.sd,
        "median": found.quantile(0.5),
        "ci_low": low,
        "ci_high": high,
        "p_gt_null": found.sf(null),
        "p_lt_null": found.below(null),
        "thresholds": [
            {
                "value": threshold.value,
                "p_gt": found.sf(threshold.value),
                "p_lt": found.below(threshold.value),
                "p_abs_lt": max(found.below(abs(threshold.value)) - found.cdf(-abs(threshold.value)), 0.0),
            }
            for threshold in thresholds
        ],
    }


def _families(models: Sequence[Model]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for model, share in zip(models, posterior(models), strict=True):
        row = found.setdefault(model.bias.family, {"prior": 0.0, "posterior": 0.0})
        row["prior"] += model.prior
        row["posterior"] += float(share)
    return found


def _told(model: Model, share: float) -> Row:
    return {
        "bias": str(model.bias),
        "effect": model.effect,
        "heterogeneity": model.heterogeneity,
        "prior": model.prior,
        "posterior": float(share),
        "log_marginal_likelihood": model.log_marginal_likelihood,
    }


def _omega(case: Case, models: Sequence[Model]) -> list[Row]:
    """Return the weight of every interval of the p-value given that some selection model holds, striking first."""
    selecting = [model for model in models if model.omega is not None]
    if not selecting:
        return []
    share, total = posterior(selecting), sum(model.prior for model in selecting)
    mean, square, prior = (np.zeros(len(case.partition) + 1) for _ in range(3))
    for p, model in zip(share, selecting, strict=True):
        assert model.omega is not None
        assert model.bias.weights is not None
        mean += p * model.omega[0]
        square += p * model.omega[1]
        omega, probability = omegas.rule(model.bias.weights.count)
        prior += model.prior / total * (probability @ omega)[places(model.bias.weights, case)]
    edges = [0.0, *case.partition, 1.0]
    rows = [
        {
            "p_from": low,
            "p_to": high,
            "mean": float(mean[j]),
            "sd": float(np.sqrt(max(square[j] - mean[j] ** 2, 0.0))),
            "prior_mean": float(prior[j]),
        }
        for j, (low, high) in enumerate(pairwise(edges))
    ]
    if case.favoured != "-":
        return rows
    return [{**row, "p_from": 1.0 - row["p_to"], "p_to": 1.0 - row["p_from"]} for row in reversed(rows)]


def _beta(models: Sequence[Model]) -> dict[str, Row]:
    """Return the coefficient of each regression adjustment, given that it holds."""
    found = {}
    for family in ("PET", "PEESE"):
        some = [model for model in models if model.bias.family == family and model.beta is not None]
        if some:
            share = posterior(some)
            mean = float(sum(p * model.beta[0] for p, model in zip(share, some, strict=True) if model.beta))
            square = float(sum(p * model.beta[1] for p, model in zip(share, some, strict=True) if model.beta))
            found[family] = {"mean": mean, "sd": float(np.sqrt(max(square - mean**2, 0.0)))}
    return found


def _error(models: Sequence[Model], rougher: Sequence[Model], averaged: Mapping[str, Any]) -> float:
    """Return how far marginal likelihoods, and the averaged mu, move on coarser rules."""
    share = posterior(models)
    moved = [
        abs(a.log_marginal_likelihood - b.log_marginal_likelihood)
        for a, b, p in zip(models, rougher, share, strict=True)
        if p > LIKELY
    ]
    sd = averaged["mu"]["sd"] or 1.0
    return float(max(ROUNDING, *moved, *shifts(averaged["mu"]["mean"], sd, mean_effect(rougher))))


def mean_effect(models: Sequence[Model], which: Which | None = None) -> Averaged:
    """Return mu averaged over models by their posterior probabilities."""
    return _terms(models, which).mu()


def shifts(mean: float, sd: float, other: Averaged) -> tuple[float, float]:
    """Return how far another mean and sd lie from these, in units of the sd."""
    return abs(other.mean - mean) / sd, abs(other.sd / sd - 1.0)


def _terms(models: Sequence[Model], which: Which | None) -> Terms:
    return mixed([(float(p), model.terms) for p, model in zip(posterior(models, which), models, strict=True)])
