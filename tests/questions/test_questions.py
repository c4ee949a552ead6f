"""Every question's numbers follow from the posterior it was given, and its words from its numbers."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from irlbayes.answering import ask, questions
from irlbayes.core.answers import Posterior
from irlbayes.core.types import Threshold
from irlbayes.core.words import probability, shown
from irlbayes.questions.heterogeneity import typical_variance
from irlbayes.workflow import effect_table, fit, load_model, read_reports

SIX = Path(__file__).parents[1] / "reference" / "inputs" / "crins2014_ar.csv"


@cache
def posterior(evidence: str, outcome: str, scale: str | None = None) -> Posterior:
    table = read_reports(evidence, scale)
    return fit(effect_table(table, outcome), load_model(table.outcomes[outcome]))


@pytest.fixture(params=["disability", "relapse", "irl_prevalence", "crins"])
def some(request: pytest.FixtureRequest) -> Posterior:
    """Return posteriors of mixed, sparse, binomial and normal evidence."""
    if request.param == "crins":
        return posterior(str(SIX), "effect", "log_or")
    return posterior("irl", request.param)


def test_pooled_is_the_marginal_of_mu(some: Posterior) -> None:
    """The pooled numbers are those of mu, and the thresholds cut it in two."""
    numbers = ask(some, "pooled", thresholds=[Threshold(0.3, "given", "this test")]).numbers
    assert numbers["mean"] == some.after.mu.mean
    (cut,) = numbers["thresholds"]
    assert cut["p_gt"] == pytest.approx(float(some.after.mu.sf(0.3)), rel=1e-12)
    assert cut["p_gt"] + cut["p_lt"] == pytest.approx(1.0, abs=1e-12)
    within = float(some.after.mu.cdf(0.3)) - float(some.after.mu.cdf(-0.3))
    assert cut["p_abs_lt"] == pytest.approx(within, abs=1e-12)
    assert cut["prior_p_gt"] == pytest.approx(float(some.prior.mu.sf(0.3)), rel=1e-12)


def test_new_study_is_wider(some: Posterior) -> None:
    """A new study is at least as uncertain as the mean, with the same mean."""
    mean, new = ask(some, "pooled").numbers, ask(some, "new_study").numbers
    assert new["mean"] == pytest.approx(mean["mean"], abs=1e-7)
    assert new["sd"] > mean["sd"]
    # the law of total variance, with tau integrated out rather than plugged in
    tau = some.after.tau
    assert new["sd"] ** 2 == pytest.approx(mean["sd"] ** 2 + float((tau.x**2 * tau.mass).sum()), rel=1e-6)


def test_heterogeneity(some: Posterior) -> None:
    """I squared is tau squared over itself plus the typical sampling variance, quantile by quantile."""
    numbers = ask(some, "heterogeneity").numbers
    sampling = typical_variance(np.array([study.design_sei for study in some.effects.studies]))
    tau, i2 = numbers["tau"], numbers["i2"]
    for name in ("median", "ci_low", "ci_high"):
        assert i2[name] == pytest.approx(tau[name] ** 2 / (tau[name] ** 2 + sampling), rel=1e-9)
    assert 0.0 <= i2["ci_low"] < i2["mean"] < i2["ci_high"] <= 1.0
    above = numbers["i2_above"]
    assert np.interp(i2["median"], above["share"], above["posterior"]) == pytest.approx(0.5, abs=0.005)
    assert [above["posterior"][0], above["prior"][0]] == pytest.approx([1.0, 1.0])
    density = numbers["density"]
    ends = some.after.tau.cdf(np.array([density["x"][0], density["x"][-1]]))
    assert np.trapezoid(density["posterior"], density["x"]) == pytest.approx(ends[1] - ends[0], abs=2e-3)
    assert np.trapezoid(density["prior"], density["x"]) > 0.85
    assert [entry["value"] for entry in tau["thresholds"]] == [0.1, 0.5, 1.0]
    assert tau["thresholds"][0]["p_gt"] >= tau["thresholds"][1]["p_gt"] >= tau["thresholds"][2]["p_gt"]


def test_typical_variance_is_higgins_and_thompson() -> None:
    """By hand for standard errors 1 and 2: weights 1 and 1/4, s2 = (1.25) / (1.25**2 - 1.0625)."""
    assert typical_variance(np.array([1.0, 2.0])) == pytest.approx(1.25 / (1.25**2 - 1.0625), rel=1e-14)
    assert typical_variance(np.array([1.0])) is None


def test_shares_and_prior_make_one(some: Posterior) -> None:
    """Shares of the information stay below one, and the prior has what is left."""
    studies = ask(some, "shrinkage").numbers["studies"]
    total = sum(entry["share"] for entry in studies)
    assert 0.0 < total < 1.0
    assert len(studies) == len(some.effects.studies)


def test_shrinkage_draws_towards_the_mean(some: Posterior) -> None:
    """A sized study's effect lies between what it reported and what the others say, never outside both."""
    mean = ask(some, "pooled").numbers["mean"]
    for entry in ask(some, "shrinkage").numbers["studies"]:
        if entry["report"] in ("yi_sei", "estimate_p", "proportion"):
            low, high = sorted((entry["yi"], mean))
            slack = 0.35 * entry["sei"]  # the mean holds the study itself, and a likelihood need not be symmetric
            assert low - slack < entry["mean"] < high + slack


def test_one_study_has_no_i_squared() -> None:
    """With one study I squared does not exist, and heterogeneity is all prior: tau barely moves."""
    single = posterior("irl", "disability_worsening")
    assert ask(single, "heterogeneity").numbers["i2"] is None
    assert any("One study" in caveat for caveat in ask(single, "cautions").caveats)
    assert single.after.tau.mean == pytest.approx(single.prior.tau.mean, rel=0.15)


def test_prior_probabilities_are_of_the_prior(some: Posterior) -> None:
    """A prior centered on zero gives one half on either side, to the mean and to a new study."""
    for question in ("pooled", "new_study"):
        numbers = ask(some, question).numbers
        if some.effects.outcome.null is None:
            assert numbers["prior_p_gt_null"] is None
        else:
            assert numbers["prior_p_gt_null"] == pytest.approx(0.5, abs=1e-12)


def test_statements_say_their_numbers(some: Posterior) -> None:
    """Estimate, interval and probability stand in the words; nobody says "significant"."""
    for name in questions():
        evidence = ask(some, name)
        assert evidence.statement.endswith(".")
        assert "significant" not in evidence.statement.lower()
        assert evidence.passed
    pooled = ask(some, "pooled")
    outcome = some.effects.outcome
    assert shown(pooled.numbers["mean"], outcome) in pooled.statement
    assert shown(pooled.numbers["ci_low"], outcome) in pooled.statement
    if outcome.null is not None:
        assert probability(pooled.numbers["p_gt_null"]) in pooled.statement


def test_dataset_carries_the_numbers(some: Posterior) -> None:
    """An answer as an xarray Dataset keeps its numbers and its statement."""
    evidence = ask(some, "pooled")
    assert float(evidence.dataset["mean"]) == evidence.numbers["mean"]
    assert evidence.dataset.attrs["statement"] == evidence.statement


def test_words() -> None:
    """Probabilities are never said to be certain; ratios and proportions are back-transformed."""
    assert [probability(p) for p in (0.0, 1.0, 0.5, 0.9949, None)] == ["< 0.001", "> 0.999", "0.50", "0.995", "–"]
    outcomes = read_reports("irl").outcomes
    assert shown(math.log(2.0), outcomes["relapse"]) == "2.00"
    assert shown(0.0, outcomes["irl_prevalence"]) == "0.50"
    assert shown(-0.5, outcomes["disability"]) == "−0.50"
    assert shown(-1e-9, outcomes["disability"]) == "-1e-09"
