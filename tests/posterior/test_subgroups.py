"""Groups with means of their own: the meta-regression reference, closed identities, brute force."""

import csv
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import halfnorm, norm

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.curve import Curve, normal_curve, probit_curve
from irlbayes.posterior.refit import refit
from irlbayes.posterior.subgroups import regroup

REFERENCE = Path(__file__).parents[1] / "reference"


def study(curve: Curve) -> SimpleNamespace:
    return SimpleNamespace(curve=curve)


def test_allocation_of_the_bcg_trials() -> None:
    """One coefficient per allocation under normal(0, 2), as in `meta_regression.csv`: means, sds, quantiles, tau."""
    with (REFERENCE / "moderators.csv").open(encoding="utf-8") as file:
        alloc = [row["alloc"] for row in csv.DictReader(file) if row["dataset"] == "bcg_rr"]
    with (REFERENCE / "inputs" / "bcg_rr.csv").open(encoding="utf-8") as file:
        studies = [study(normal_curve(float(row["yi"]), float(row["sei"]))) for row in csv.DictReader(file)]
    with (REFERENCE / "meta_regression.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["formula"].startswith("0 + alloc")]
    names = ("alternate", "random", "systematic")
    groups = [[one for one, label in zip(studies, alloc, strict=True) if label == name] for name in names]
    compared = 0
    for tau, prior in (("halfnormal(0.5)", "half_normal"), ("halfcauchy(0.5)", "half_cauchy")):
        model = ModelSpec("test", "log_rr", Prior("normal", (0.0, 2.0)), Prior(prior, (0.5,)))
        found = regroup(groups, model)  # type: ignore[arg-type]
        marginals = {f"alloc{name}": mu for name, mu in zip(names, found.mu, strict=True)} | {"tau": found.tau}
        for row in rows:
            name, _, summary = row["quantity"].partition(".")
            if row["prior_beta"] != "normal(0,2)" or row["prior_tau"] != tau or name not in marginals:
                continue
            one = marginals[name]
            ours = {"mean": one.mean, "sd": one.sd}.get(summary)
            if ours is None:
                ours = float(one.quantile({"median": 0.5}.get(summary) or float(summary[1:])))
            assert ours == pytest.approx(float(row["value"]), rel=1e-6), row["quantity"]
            compared += 1
    assert compared == 40


MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
MODEL = ModelSpec("test", "smd", MU, TAU)
PAIRS = ((0.9, 0.35), (0.1, 0.3), (0.6, 0.25), (0.3, 0.4))  # simulated


def test_brute_force_with_a_partial_report() -> None:
    """Given tau the groups are independent, so the joint posterior is a sum over tau of products over mu."""
    edge = probit_curve(np.array([0.0]), np.array([0.3]), np.array([1.0]))
    groups = [[study(normal_curve(*PAIRS[0])), study(edge)], [study(normal_curve(*pair)) for pair in PAIRS[1:]]]
    found = regroup(groups, MODEL)  # type: ignore[arg-type]
    mu, log_tau = np.linspace(-8.0, 8.0, 1601), np.linspace(-16.0, 3.0, 381)
    tau = np.exp(log_tau)[:, None]
    step = mu[1] - mu[0]

    def level(pairs: tuple[tuple[float, float], ...]) -> np.ndarray:
        return norm.logpdf(mu) + sum(norm.logpdf(y, mu, np.hypot(s, tau)) for y, s in pairs)

    first = level(PAIRS[:1]) + norm.logcdf(mu / np.hypot(0.3, tau))
    second = level(PAIRS[1:])
    prior = halfnorm.logpdf(tau[:, 0], scale=0.5) + log_tau
    mass = [logsumexp(one, axis=1) + np.log(step) for one in (first, second)]
    log_weight = prior + mass[0] + mass[1]
    evidence = logsumexp(log_weight) + np.log(log_tau[1] - log_tau[0])
    assert found.log_marginal_likelihood == pytest.approx(evidence, abs=1e-6)
    weight = np.exp(log_weight - logsumexp(log_weight))
    conditional = [np.exp(one - m[:, None]) * step for one, m in zip((first, second), mass, strict=True)]
    means = [weight @ (one @ mu) for one in conditional]
    assert [one.mean for one in found.mu] == pytest.approx(means, abs=1e-6)
    given = [one @ mu for one in conditional]
    square = [one @ mu**2 for one in conditional]
    variance = weight @ (square[0] + square[1] - 2.0 * given[0] * given[1]) - (means[0] - means[1]) ** 2
    difference = found.difference[0, 1]
    assert difference.mean == pytest.approx(means[0] - means[1], abs=1e-6)
    assert difference.sd == pytest.approx(np.sqrt(variance), abs=1e-6)


def test_one_group_is_the_ordinary_model() -> None:
    studies = [study(normal_curve(*pair)) for pair in PAIRS]
    found, plain = regroup([studies], MODEL), refit(studies, MODEL)  # type: ignore[arg-type]
    assert found.mu[0].mean == pytest.approx(plain.mu.mean, rel=1e-10)
    assert found.log_marginal_likelihood == pytest.approx(plain.log_marginal_likelihood, rel=1e-10)


def test_a_flat_prior_of_mu_is_refused() -> None:
    with pytest.raises(ArithmeticError, match="proper prior"):
        regroup([[study(normal_curve(*PAIRS[0]))]], ModelSpec("test", "smd", Prior("flat"), TAU))  # type: ignore[list-item]
