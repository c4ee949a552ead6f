"""The engine of bias models: what it reduces to, its symmetries, silence, and calibration."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.stats import norm

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import flat_curve, normal_curve
from irlbayes.core.publication import Bias, Ensemble, Favoured, Selected, WeightFunction
from irlbayes.core.uniformity import chi_square
from irlbayes.effects.selection import as_known, wald
from irlbayes.models.ensembles import choose
from irlbayes.posterior.averaging import average
from irlbayes.posterior.bias_likelihoods import Case, chances, log_plain, log_selection, places
from irlbayes.posterior.bias_models import fit_models
from irlbayes.posterior.quadrature import solve

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
PSMA = choose("robma_psma")
PAIRS = [(0.45, 0.2), (0.8, 0.35), (0.1, 0.12), (0.62, 0.3), (-0.2, 0.25)]
STEP = WeightFunction(1, (0.025,))


def case_of(
    pairs: list[tuple[float, float]], favoured: Favoured = "+", partition: tuple[float, ...] = PSMA.partition
) -> Case:
    studies = [wald(f"{i}", normal_curve(yi, sei), yi, sei, partition) for i, (yi, sei) in enumerate(pairs)]
    return Case(tuple(studies), MU, TAU, 0.0, favoured, partition)


def test_the_model_without_bias_is_the_plain_engine() -> None:
    """Marginal likelihood, mean, interval and new study of the ordinary answer."""
    curves = [normal_curve(yi, sei) for yi, sei in PAIRS]
    plain = solve(curves, MU, TAU)
    answer = average(case_of(PAIRS), PSMA)
    (model,) = [m for m in answer["models"] if m["bias"] == "no bias" and m["effect"] and m["heterogeneity"]]
    assert model["log_marginal_likelihood"] == pytest.approx(plain.log_marginal_likelihood, abs=1e-7)
    found = answer["rows"]["ordinary"]
    assert found["mu"]["mean"] == pytest.approx(plain.mu.mean, abs=1e-6)
    assert (found["mu"]["ci_low"], found["mu"]["ci_high"]) == pytest.approx(plain.mu.interval(0.95), abs=1e-6)
    assert found["theta_new"]["sd"] == pytest.approx(plain.theta_new.sd, abs=1e-6)
    assert found["tau"]["median"] == pytest.approx(float(plain.tau.quantile(0.5)), abs=1e-5)
    assert answer["error_bound"] < 1e-4


def test_equal_weights_change_nothing() -> None:
    """Under omega = 1 the factor of selection is one, to 1e-10, at every point."""
    case = case_of(PAIRS)
    mu, tau = np.linspace(-3.0, 3.0, 31)[None, :].repeat(4, axis=0), np.array([0.0, 0.1, 0.5, 3.0])
    factor, _ = log_selection(
        chances(case, mu, tau), places(STEP, case), np.ones((1, 2)), np.ones(1), log_plain(case, mu, tau).ravel()
    )
    np.testing.assert_allclose(factor, 0.0, atol=1e-10)


def test_mirrored_evidence_has_the_mirrored_answer() -> None:
    ours = average(case_of(PAIRS), PSMA)
    theirs = average(case_of([(-yi, sei) for yi, sei in PAIRS], "-"), PSMA)
    for name, row in ours["rows"].items():
        other = theirs["rows"][name]
        assert row["mu"]["mean"] == pytest.approx(-other["mu"]["mean"], abs=1e-7)
        assert row["theta_new"]["ci_low"] == pytest.approx(-other["theta_new"]["ci_high"], abs=1e-6)
    for name, part in ours["inclusion"].items():
        assert part["log_bf"] == pytest.approx(theirs["inclusion"][name]["log_bf"], abs=1e-7)
    assert [cell["mean"] for cell in ours["omega"]] == pytest.approx(
        [cell["mean"] for cell in theirs["omega"]], abs=1e-7
    )


def test_probabilities_of_the_average_add_up() -> None:
    """Above, at and below the null; what lies on it is the probability of no effect."""
    answer = average(case_of(PAIRS), PSMA)
    mu = answer["rows"]["averaged"]["mu"]
    at_null = 1.0 - mu["p_gt_null"] - mu["p_lt_null"]
    assert at_null == pytest.approx(1.0 - answer["inclusion"]["effect"]["posterior"], abs=1e-9)
    assert sum(model["posterior"] for model in answer["models"]) == pytest.approx(1.0, abs=1e-12)
    assert sum(model["prior"] for model in answer["models"]) == pytest.approx(1.0, abs=1e-12)
    assert len(answer["models"]) == PSMA.size == 36
    assert mu["prior_p_gt_null"] == pytest.approx(0.25)
    weighted = sum(model["posterior"] for model in answer["models"] if model["bias"] != "no bias")
    assert answer["inclusion"]["bias"]["posterior"] == pytest.approx(weighted, abs=1e-12)


def test_a_model_is_the_same_in_any_company() -> None:
    """Whatever other models an ensemble has, and wherever these lead its nodes, a model is the same."""
    case = case_of([(-yi, sei) for yi, sei in PAIRS] + [(0.9, 0.3)], "-")
    together = {str(m.bias): m.log_marginal_likelihood for m in fit_models(case, PSMA) if m.effect and m.heterogeneity}
    for bias in PSMA.biases:
        (alone,) = fit_models(case, Ensemble("alone", 1.0, 1.0, (replace(bias, prior=1.0),)))
        assert alone.log_marginal_likelihood == pytest.approx(together[str(bias)], abs=5e-6), str(bias)


def test_both_directions_favoured_are_symmetric() -> None:
    ensemble = Ensemble("two", 0.5, 0.5, tuple(b for b in PSMA.biases if not b.weights or b.weights.sides == 2))
    ours = average(case_of(PAIRS, "both"), ensemble)["rows"]["averaged"]["mu"]["mean"]
    theirs = average(case_of([(-yi, sei) for yi, sei in PAIRS], "both"), ensemble)["rows"]["averaged"]["mu"]["mean"]
    assert ours == pytest.approx(-theirs, abs=1e-7)


def test_one_and_two_studies_have_an_answer() -> None:
    for count in (1, 2):
        answer = average(case_of(PAIRS[:count]), PSMA)
        assert 0.0 < answer["inclusion"]["bias"]["posterior"] < 1.0
        assert answer["error_bound"] < 1e-3


def test_silence_of_known_cohorts() -> None:
    """Two known cohorts reported, one kept silent: against quadrature in the common-effect model with an effect.

    A measured outcome is reported with probability rate * omega, rate uniform.
    """
    partition = (0.025, 0.975)
    reported = [as_known(wald(f"{i}", normal_curve(*p), *p, partition)) for i, p in enumerate([(0.5, 0.2), (0.1, 0.3)])]
    passes = wald("silent", flat_curve(), 0.0, 0.25, partition).passes
    quiet = Selected("silent", flat_curve(), (None,) * 3, passes, 0.25, "silent")
    case = Case((*reported, quiet), MU, TAU, 0.0, "+", partition)
    ensemble = Ensemble("one", 1.0, 0.0, (Bias("none", 0.5), Bias("selection", 0.5, STEP)))
    none, selecting = fit_models(case, ensemble)
    mu = np.linspace(-2.5, 3.0, 2001)
    base = norm.pdf(mu) * norm.pdf(0.5, mu, 0.2) * norm.pdf(0.1, mu, 0.3)
    passed = norm.sf(norm.isf(0.025) - mu / 0.25)

    def height(rate: float, omega: float) -> float:
        unreported = 1.0 - rate * (passed + omega * (1.0 - passed))
        return float(np.trapezoid(base * rate**2 * omega * unreported, mu))

    expected = dblquad(height, 0.0, 1.0, 0.0, 1.0, epsabs=1e-11)[0]
    assert selecting.log_marginal_likelihood == pytest.approx(np.log(expected), abs=1e-6)
    assert none.log_marginal_likelihood == pytest.approx(np.log(np.trapezoid(base, mu) / 12.0), abs=1e-6)


def test_silence_lowers_the_mean() -> None:
    """Cohorts that measured and kept silent speak against the effect, where only striking results are reported."""
    partition = PSMA.partition
    studies = tuple(as_known(one) for one in case_of(PAIRS[:4]).studies)
    passes = wald("silent", flat_curve(), 0.0, 0.2, partition).passes
    quiet = tuple(
        Selected(f"silent {i}", flat_curve(), (None,) * (len(partition) + 1), passes, 0.2, "silent") for i in range(4)
    )
    loud = average(Case(studies, MU, TAU, 0.0, "+", partition), PSMA)["rows"]["selection"]["mu"]["mean"]
    found = average(Case((*studies, *quiet), MU, TAU, 0.0, "+", partition), PSMA)
    assert found["rows"]["selection"]["mu"]["mean"] < loud - 0.05


def ranks(count: int, seed: int) -> np.ndarray:
    """Ranks of mu where studies are selected as the model says: mu, tau and omega from their priors."""
    ensemble = Ensemble("right", 1.0, 1.0, (Bias("selection", 1.0, STEP),))
    mu_prior, tau_prior = Prior("normal", (0.0, 0.5)), Prior("half_normal", (0.3,))
    found = []
    for i in range(count):
        rng = np.random.default_rng((seed, i))
        mu, tau, omega = rng.normal(0.0, 0.5), abs(rng.normal(0.0, 0.3)), rng.uniform()
        pairs: list[tuple[float, float]] = []
        for sei in rng.uniform(0.1, 0.4, size=8):
            while True:  # a study of this design is repeated until one is published
                yi = rng.normal(mu, np.hypot(tau, sei))
                if yi > 1.959963984540054 * sei or rng.random() < omega:
                    break
            pairs.append((float(yi), float(sei)))
        studies = [wald("s", normal_curve(*pair), *pair, (0.025, 0.975)) for pair in pairs]
        case = Case(tuple(studies), mu_prior, tau_prior, 0.0, "+", (0.025, 0.975))
        found.append(fit_models(case, ensemble)[0].terms.mu().cdf(mu))
    return np.array(found)


def test_ranks_are_uniform_under_selection() -> None:
    assert chi_square(ranks(120, 3), 6) > 1e-3


@pytest.mark.slow
def test_ranks_are_uniform_under_selection_at_length() -> None:
    assert chi_square(ranks(2000, 4), 20) > 1e-3


@pytest.mark.slow
def test_sequential_monte_carlo_agrees() -> None:
    """PyMC's SMC of the selection model with effect and heterogeneity, twelve runs of 4,000 particles.

    Their log marginal likelihoods scatter by about 0.03; their mean lies within four standard errors of ours.
    """
    import pymc as pm
    import pytensor.tensor as pt

    y, s = np.array(PAIRS).T
    with pm.Model():
        mu, tau = pm.Normal("mu", 0.0, 1.0), pm.HalfNormal("tau", 0.5)
        omega = pm.Uniform("omega", 0.0, 1.0)
        wide = pt.sqrt(s**2 + tau**2)
        passed = 0.5 * pt.erfc((1.959963984540054 * s - mu) / wide / np.sqrt(2.0))
        weight = np.where(y > 1.959963984540054 * s, 0.0, 1.0) * pt.log(omega)
        level = pm.logp(pm.Normal.dist(mu, wide), y) + weight - pt.log(passed + omega * (1.0 - passed))
        pm.Potential("selected", level.sum())
        tree = pm.sample_smc(
            4000, chains=12, cores=1, random_seed=7, progressbar=False, compute_convergence_checks=False
        )
    runs = np.array(
        [
            float(np.asarray(chain, dtype=object)[-1]) if np.ndim(chain) else float(chain)
            for chain in tree["sample_stats"]["log_marginal_likelihood"].values
        ]
    )
    ensemble = Ensemble("one", 1.0, 1.0, (Bias("selection", 1.0, STEP),))
    (model,) = fit_models(case_of(PAIRS, partition=(0.025, 0.975)), ensemble)
    error = runs.std(ddof=1) / np.sqrt(runs.size)
    assert error < 0.03
    assert abs(runs.mean() - model.log_marginal_likelihood) < 4.0 * error
