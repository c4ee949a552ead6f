"""Models of selective publication against metafor, metaBMA, RoBMA and dense quadrature that shares no code with ours.

Normal reports are cut by their Wald p-value, so that Vevea & Hedges (1995) is the textbook likelihood.
"""

import csv
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp, roots_legendre
from scipy.stats import norm

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve
from irlbayes.core.publication import Bias, Ensemble, WeightFunction
from irlbayes.effects.selection import wald
from irlbayes.models.ensembles import choose
from irlbayes.posterior.averaging import average, posterior
from irlbayes.posterior.bias_likelihoods import Case, chances, log_plain, log_selection, places
from irlbayes.posterior.bias_models import Model, fit_models

HERE = Path(__file__).parent
CLOSE = 1e-5  # of log marginal likelihoods against dense quadrature
ONE = WeightFunction(1, (0.025,))
TWO = WeightFunction(1, (0.025, 0.5))
SYMMETRIC = WeightFunction(2, (0.05, 0.10))
SIX = {  # data sets, with their priors and the direction that is favoured
    "crins2014_ar": (Prior("normal", (0.0, 2.0)), Prior("half_normal", (0.5,)), "-"),
    "bcg_rr": (Prior("normal", (0.0, 1.0)), Prior("inverse_gamma", (1.0, 0.15)), "-"),
    "raudenbush1985": (Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)), "+"),
    "normand1999_smd": (Prior("normal", (0.0, 1.0)), Prior("half_cauchy", (0.5,)), "-"),
    "peto1980": (Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)), "-"),
    "eightschools_rounded": (Prior("normal", (0.0, 10.0)), Prior("half_normal", (10.0,)), "+"),
}


@pytest.fixture(scope="session")
def case_for(inputs_of: Callable[[str], tuple[dict[str, str], ...]], curves_of: Callable[[str], list[Curve]]):
    def make(dataset: str, mu: Prior, tau: Prior, favoured: str, partition: tuple[float, ...]) -> Case:
        rows, curves = inputs_of(dataset), curves_of(dataset)
        pairs = [(float(row["yi"]), float(row["sei"])) for row in rows]
        studies = [
            wald(f"{i}", curve, yi, sei, partition)
            for i, (curve, (yi, sei)) in enumerate(zip(curves, pairs, strict=True))
        ]
        return Case(tuple(studies), mu, tau, 0.0, favoured, partition)  # type: ignore[arg-type]

    return make


# --- dense quadrature --------------------------------------------------------------------------------------------


def legendre(low: float, high: float, panels: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    x, weight = roots_legendre(count)
    edges = np.linspace(low, high, panels + 1)
    half = 0.5 * np.diff(edges)[:, None]
    return (edges[:-1, None] + half * (x + 1.0)).ravel(), (half * weight).ravel()


def log_prior(prior: Prior, x: np.ndarray) -> np.ndarray:
    if prior.family == "normal":
        return norm.logpdf(x, *prior.parameters)
    scale = prior.parameters[-1]
    if prior.family == "half_normal":
        return np.log(2.0) + norm.logpdf(x, 0.0, scale)
    if prior.family == "half_cauchy":
        return np.log(2.0 / (np.pi * scale)) - np.log1p((x / scale) ** 2)
    assert prior == Prior("inverse_gamma", (1.0, scale))
    return np.log(scale) - 2.0 * np.log(x) - scale / x


def tau_grid(prior: Prior, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in log tau, with the log of weight times density."""
    u, weight = legendre(np.log(1e-6 * scale), np.log(1e4 * scale), 36, 8)
    return np.exp(u), np.log(weight) + u + log_prior(prior, np.exp(u))


def mu_grid(y: np.ndarray, s: np.ndarray, prior: Prior, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """A wide trapezoid around each tau's posterior, from its closed form without selection."""
    total = (1.0 / (s**2 + tau**2)).sum() + prior.parameters[1] ** -2
    center, width = (y / (s**2 + tau**2)).sum() / total, total**-0.5
    mu = center + width * np.linspace(-18.0, 18.0, 181)
    return mu, np.full(mu.size, np.log(mu[1] - mu[0])) + log_prior(prior, mu)


def omega_grid(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Falling weights under their uniform prior: panels crowd at zero."""
    edges = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, 13)])
    x, weight = roots_legendre(6)
    half = 0.5 * np.diff(edges)[:, None]
    ratio, share = (edges[:-1, None] + half * (x + 1.0)).ravel(), (half * weight).ravel()
    if count == 2:
        return np.stack([np.ones(ratio.size), ratio], axis=1), np.log(share)
    first, second = np.meshgrid(ratio, ratio, indexing="ij")
    log_weight = np.log(share[:, None] * share[None, :] * 2.0 * first)  # density 2 on 1 > omega_2 > omega_3 > 0
    return np.stack([np.ones(first.size), first.ravel(), (first * second).ravel()], axis=1), log_weight.ravel()


def selected_likelihood(
    y: np.ndarray, s: np.ndarray, sign: float, weights: WeightFunction, mu: np.ndarray, tau: float
) -> np.ndarray:
    """Log of the Vevea-Hedges likelihood averaged over omega, dims (mu,)."""
    omega, log_weight = omega_grid(weights.count)
    cuts = np.array(weights.cuts) / weights.sides
    z = norm.isf(cuts)
    wide = np.sqrt(s**2 + tau**2)
    p = norm.sf(sign * y / s) if weights.sides == 1 else norm.sf(np.abs(y) / s)
    own = np.searchsorted(cuts, p)
    total = np.log(omega)[:, own].sum(axis=1)[None, :] + norm.logpdf(y, mu[:, None], wide).sum(axis=1)[:, None]
    for yi, si in zip(wide, s, strict=True):
        below = norm.sf((z * si - sign * mu[:, None]) / yi)
        if weights.sides == 2:
            below = below + norm.cdf((-z * si - sign * mu[:, None]) / yi)
        chance = np.diff(below, axis=1, prepend=0.0, append=1.0)
        total = total - np.log(np.maximum(chance @ omega.T, 1e-300))
    return np.asarray(logsumexp(total + log_weight, axis=1))


def dense_selection(
    y: np.ndarray, s: np.ndarray, mu: Prior, tau: Prior, sign: float, weights: WeightFunction
) -> dict[tuple[bool, bool], float]:
    """Log marginal likelihoods by (effect, heterogeneity)."""
    taus, log_tau = tau_grid(tau, tau.parameters[-1])
    kept = log_tau > log_tau.max() - 60.0
    taus, log_tau = taus[kept], log_tau[kept]
    found = {}
    null = np.array([selected_likelihood(y, s, sign, weights, np.zeros(1), t)[0] for t in taus])
    found[False, True] = float(logsumexp(null + log_tau))
    found[False, False] = float(selected_likelihood(y, s, sign, weights, np.zeros(1), 0.0)[0])
    rough = [
        float(norm.logpdf(y, (y / (s**2 + t**2)).sum() / (1.0 / (s**2 + t**2)).sum(), np.hypot(s, t)).sum())
        for t in taus
    ]
    worth = np.array(rough) + log_tau
    rows = []
    for t, level, about in zip(taus, log_tau, worth, strict=True):
        if about < worth.max() - 32.0:
            continue
        at, weight = mu_grid(y, s, mu, t)
        rows.append(level + float(logsumexp(selected_likelihood(y, s, sign, weights, at, t) + weight)))
    found[True, True] = float(logsumexp(rows))
    at, weight = mu_grid(y, s, mu, 0.0)
    found[True, False] = float(logsumexp(selected_likelihood(y, s, sign, weights, at, 0.0) + weight))
    return found


def dense_regression(
    y: np.ndarray, s: np.ndarray, mu: Prior, tau: Prior, sign: float, x: np.ndarray, scale: float
) -> dict[tuple[bool, bool], float]:
    """Log marginal likelihoods of PET or PEESE: mu is integrated in closed form, the coefficient and tau densely."""
    v, share = legendre(0.0, 14.0, 80, 8)
    beta = scale * np.sinh(v)
    log_beta = np.log(share * 2.0 / np.pi / (1.0 + (beta / scale) ** 2) * np.cosh(v))
    taus, log_tau = tau_grid(tau, tau.parameters[-1])

    def given(t: float, effect: bool) -> float:
        variance = s**2 + t**2
        gap = y - sign * beta[:, None] * x
        level = norm.logpdf(gap, 0.0, np.sqrt(variance)).sum(axis=1)
        if effect:
            precision = (1.0 / variance).sum() + mu.parameters[1] ** -2
            level += 0.5 * (gap / variance).sum(axis=1) ** 2 / precision
            level -= 0.5 * np.log(precision * mu.parameters[1] ** 2)
        return float(logsumexp(level + log_beta))

    found = {(effect, False): given(0.0, effect) for effect in (True, False)}
    for effect in (True, False):
        found[effect, True] = float(
            logsumexp([given(t, effect) + level for t, level in zip(taus, log_tau, strict=True)])
        )
    return found


def of(models: list[Model], bias: Bias) -> dict[tuple[bool, bool], float]:
    return {(m.effect, m.heterogeneity): m.log_marginal_likelihood for m in models if m.bias is bias}


def compare(case_for, inputs_of, dataset: str, selecting: list[WeightFunction], regressed: bool) -> None:
    mu, tau, favoured = SIX[dataset]
    scale = mu.parameters[1]
    biases = [Bias("selection", 0.2, weights) for weights in selecting]
    biases += [Bias("PET", 0.2, scale=1.0), Bias("PEESE", 0.2, scale=5.0 / scale)] if regressed else []
    ensemble = Ensemble("test", 0.5, 0.5, tuple(biases))
    models = fit_models(case_for(dataset, mu, tau, favoured, ensemble.partition or (0.5,)), ensemble)
    rows = inputs_of(dataset)
    y, s = (np.array([float(row[name]) for row in rows]) for name in ("yi", "sei"))
    sign = -1.0 if favoured == "-" else 1.0
    for bias in biases:
        if bias.weights is not None:
            expected = dense_selection(y, s, mu, tau, sign, bias.weights)
        else:
            x = s if bias.family == "PET" else s**2
            expected = dense_regression(y, s, mu, tau, sign, x, bias.scale)
        for key, value in of(models, bias).items():
            assert value == pytest.approx(expected[key], abs=CLOSE), (str(bias), key)


@pytest.mark.parametrize("dataset", SIX)
def test_dense_quadrature(dataset: str, case_for, inputs_of) -> None:
    """One weight function, PET and PEESE, each with and without effect and heterogeneity, on six data sets."""
    compare(case_for, inputs_of, dataset, [ONE], True)


@pytest.mark.slow
@pytest.mark.parametrize("dataset", SIX)
def test_dense_quadrature_of_three_weights(dataset: str, case_for, inputs_of) -> None:
    compare(case_for, inputs_of, dataset, [TWO, SYMMETRIC], False)


# --- other programs ----------------------------------------------------------------------------------------------


@cache
def selmodel() -> dict[tuple[str, str], dict[str, float]]:
    groups: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    with (HERE / "selmodel.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["value"] != "NA":
                groups[row["dataset"], row["favoured"]][row["quantity"]] = float(row["value"])
    return groups


def test_the_reference_is_whole() -> None:
    assert len(selmodel()) == 30


def log_likelihood(case: Case, mu: float, tau: float, delta: float | None) -> float:
    """Log likelihood of a step function with weights 1 and delta, which may exceed 1; None is no selection."""
    at, wide = np.array([[mu]]), np.array([tau])
    base = log_plain(case, at, wide)
    if delta is None:
        return float(base[0, 0])
    omega = np.array([[1.0, delta]])
    factor, _ = log_selection(chances(case, at, wide), places(ONE, case), omega, np.ones(1), base.ravel())
    return float(base[0, 0] + factor[0])


def highest(case: Case, selecting: bool) -> np.ndarray:
    """Maximum likelihood: log likelihood, mu, tau and delta, this one up to metafor's bound of 100."""
    y = np.array([study.curve.center[0] for study in case.studies])
    s = np.array([study.sei for study in case.studies])
    unit = float(y.std() + s.min())

    def loss(x: np.ndarray) -> float:
        delta = float(np.exp(min(x[2], np.log(100.0)))) if selecting else None
        return -log_likelihood(case, x[0] * unit, abs(x[1]) * unit, delta)

    best, start = np.array([-np.inf]), np.average(y, weights=s**-2) / unit
    for tau in (0.3,) if selecting else (0.05, 0.5):
        for delta in (-1.5, 0.5) if selecting else (0.0,):
            options = {"xatol": 1e-6, "fatol": 1e-11, "maxiter": 2000}
            found = minimize(loss, [start, tau, delta], method="Nelder-Mead", options=options)
            if -found.fun > best[0]:
                x = found.x
                best = np.array([-found.fun, x[0] * unit, abs(x[1]) * unit, np.exp(min(x[2], np.log(100.0)))])
    return best


@pytest.mark.parametrize("key", selmodel(), ids=" ".join)
def test_metafor_selmodel(key: tuple[str, str], case_for) -> None:
    """At metafor's estimates the likelihood ratio is its own, to 1e-6.

    metafor prints 0 for ratios below 0 and stops where the likelihood is flat. Where its weight lies inside its
    bounds, the maximum of our likelihood, where the posterior's mode goes as priors flatten, is at the same mean to a
    thousandth of its standard error.
    """
    dataset, favoured = key
    expected = selmodel()[key]
    case = case_for(dataset, Prior("normal", (0.0, 1.0)), Prior("half_normal", (1.0,)), favoured, (0.025, 0.975))
    plain = highest(case, selecting=False)[0]
    at = log_likelihood(case, expected["beta"], np.sqrt(expected["tau2"]), expected["delta2"])
    assert max(2.0 * (at - plain), 0.0) == pytest.approx(expected["LRT"], abs=1e-6)
    inside = 0.05 < expected["delta2"] < 50.0 and any(
        case.studies[i].observed[-1 if favoured == "-" else 0] for i in range(len(case.studies))
    )
    if inside and "se" in expected and expected["tau2"] > 1e-3:
        best = highest(case, selecting=True)
        assert 2.0 * (best[0] - plain) == pytest.approx(expected["LRT"], abs=1e-3)
        if expected["LRT"] > 0.05:
            assert best[1] == pytest.approx(expected["beta"], abs=1e-2 * expected["se"])
            assert best[3] == pytest.approx(expected["delta2"], rel=1e-2)


@cache
def packages() -> dict[tuple[str, str], dict[str, float]]:
    groups: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    with (HERE / "model_averaging_packages.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups[row["call"], row["dataset"]][row["quantity"]] = float(row["value"])
    return groups


FOUR = Ensemble("four models", 0.5, 0.5, (Bias("none", 1.0),))
N2, HN = Prior("normal", (0.0, 2.0)), Prior("half_normal", (0.5,))


@pytest.mark.parametrize("dataset", ["crins2014_ar", "bcg_rr", "peto1980", "raudenbush1985"])
def test_metabma(dataset: str, case_for) -> None:
    """metaBMA's four models: log marginal likelihoods, model probabilities and the average given an effect, to 1e-3."""
    expected = packages()["meta_bma", dataset]
    case = case_for(dataset, N2, HN, "+", (0.5,))
    models = fit_models(case, FOUR)
    found: dict[str, float] = {}
    for model, share in zip(models, posterior(models), strict=True):
        name = f"{'random' if model.heterogeneity else 'fixed'}_{'H1' if model.effect else 'H0'}"
        found[f"logml.{name}"], found[f"post.{name}"] = model.log_marginal_likelihood, float(share)
    answer = average(case, FOUR)
    given = answer["rows"]["conditional"]["mu"]
    found |= {"averaged mean": given["mean"], "averaged sd": given["sd"], "averaged 50%": given["median"]}
    found |= {"averaged 2.5%": given["ci_low"], "averaged 97.5%": given["ci_high"]}
    found["inclusionBF.effect"] = np.exp(answer["inclusion"]["effect"]["log_bf"])
    shared = set(expected) & set(found)
    assert len(shared) >= 7
    for name in shared:
        assert found[name] == pytest.approx(expected[name], rel=1e-3, abs=1e-3), name


@pytest.mark.parametrize("dataset", ["crins2014_ar", "bcg_rr"])
def test_robma_four_models(dataset: str, case_for) -> None:
    """RoBMA's bridge sampling over the same four models, within its Monte Carlo error (60,000 draws)."""
    expected = packages()["NoBMA", dataset]
    answer = average(case_for(dataset, N2, HN, "+", (0.5,)), FOUR)
    row = answer["rows"]["averaged"]
    assert row["mu"]["mean"] == pytest.approx(expected["averaged.mu.Mean"], abs=0.006)
    assert row["mu"]["median"] == pytest.approx(expected["averaged.mu.Median"], abs=0.006)
    assert row["tau"]["mean"] == pytest.approx(expected["averaged.tau.Mean"], abs=0.004)
    assert answer["inclusion"]["effect"]["posterior"] == pytest.approx(expected["post_prob.Effect"], abs=1e-3)
    assert answer["inclusion"]["heterogeneity"]["posterior"] == pytest.approx(
        expected["post_prob.Heterogeneity"], abs=1e-3
    )


def test_robma_psma(case_for) -> None:
    """RoBMA's 36 models by spike-and-slab sampling on the BCG trials: within three Monte Carlo errors.

    A probability of 0.5 from its 20,000 draws, at an effective size of 10,000, is known to 0.005.
    """
    expected = packages()["RoBMA", "bcg_rr"]
    ensemble = choose("robma_psma")
    answer = average(
        case_for("bcg_rr", Prior("normal", (0.0, 1.0)), Prior("inverse_gamma", (1.0, 0.15)), "-", ensemble.partition),
        ensemble,
    )
    inclusion, row = answer["inclusion"], answer["rows"]["averaged"]
    assert inclusion["effect"]["posterior"] == pytest.approx(expected["post_prob.Effect"], abs=0.011)
    assert inclusion["bias"]["posterior"] == pytest.approx(expected["post_prob.Bias"], abs=0.015)
    assert inclusion["heterogeneity"]["posterior"] == pytest.approx(1.0, abs=1e-9)
    assert row["mu"]["mean"] == pytest.approx(expected["averaged.mu.Mean"], abs=0.01)
    assert row["mu"]["ci_low"] == pytest.approx(expected["averaged.mu.0.025"], abs=0.02)
    assert row["mu"]["ci_high"] == pytest.approx(0.0, abs=1e-9)
    assert row["tau"]["mean"] == pytest.approx(expected["averaged.tau.Mean"], abs=0.006)
    chance = answer["families"]["selection"]["posterior"]
    for name, cell in zip(
        ("0,0.025", "0.025,0.05", "0.05,0.5", "0.5,0.95", "0.95,0.975", "0.975,1"), answer["omega"], strict=True
    ):
        averaged = 1.0 - chance * (1.0 - cell["mean"])
        assert averaged == pytest.approx(expected[f"averaged.omega[{name}].Mean"], abs=0.01)
    pet = answer["families"]["PET"]["posterior"] * answer["beta"]["PET"]["mean"]
    assert pet == pytest.approx(expected["averaged.PET.Mean"], abs=0.03)
