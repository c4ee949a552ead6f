"""Closed forms of one normal result: published numbers, identities, and the exact engine."""

from __future__ import annotations

from math import exp, inf, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irlbayes.core import one_normal
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.one_normal import Belief
from irlbayes.workflow import effect_table, read_reports

Q = {level: NormalDist().inv_cdf(level) for level in (0.95, 0.975)}
numbers = st.floats(-3.0, 3.0)
errors = st.floats(0.05, 2.0)
FEW = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def test_held_2019_threshold_of_intrinsic_credibility() -> None:
    """Held (2019): at the 5 % level a result is intrinsically credible below p = 0.0056.

    That is where the sceptical prior that takes its significance away has the variance of the data.
    """
    z = sqrt(2.0) * Q[0.975]
    assert one_normal.intrinsic_p(z) == pytest.approx(0.05, abs=1e-12)
    assert round(one_normal.two_sided_p(z), 4) == 0.0056
    assert one_normal.sceptical_sd(z * 0.3, 0.3, 0.0, 0.975) == pytest.approx(0.3, rel=1e-12)


@pytest.mark.parametrize(("p", "bound"), [(0.1, 0.626), (0.05, 0.407), (0.01, 0.125), (0.005, 0.072), (0.001, 0.019)])
def test_sellke_bayarri_berger_2001(p: float, bound: float) -> None:
    """The lower bounds of the Bayes factor for the null as they are quoted from Sellke, Bayarri & Berger (2001)."""
    assert round(1.0 / one_normal.largest_bayes_factor(p), 3) == bound
    assert one_normal.largest_bayes_factor(0.5) == 1.0


@FEW
@given(st.floats(0.05, 3.0), st.floats(0.05, 0.95))
def test_matthews_2018_scepticism_limit(middle: float, share: float) -> None:
    """1.96 times the sceptic's sd is (U - L)^2 / (4 sqrt(U L)), of an interval that excludes no effect."""
    reach = share * middle
    low, high = middle - reach, middle + reach
    sd = one_normal.sceptical_sd(middle, reach / Q[0.975], 0.0, 0.975)
    assert sd is not None
    assert Q[0.975] * sd == pytest.approx((high - low) ** 2 / (4.0 * sqrt(high * low)), rel=1e-9)


@FEW
@given(st.floats(0.05, 3.0), st.floats(1.05, 20.0))
def test_matthews_2018_advocacy_limit(middle: float, share: float) -> None:
    """Twice the enthusiast's distance is -(U + L) (U - L)^2 / (2 U L), of an interval that includes no effect."""
    reach = share * middle
    low, high = middle - reach, middle + reach
    found = one_normal.enthusiast(middle, reach / Q[0.975], 0.0, 0.975)
    assert found is not None
    assert 2.0 * found.mean == pytest.approx(-(high + low) * (high - low) ** 2 / (2.0 * high * low), rel=1e-9)


@FEW
@given(numbers, errors, st.sampled_from([0.95, 0.975]), numbers)
def test_reverse_bayes_takes_the_probability_to_the_level(yi: float, sei: float, level: float, null: float) -> None:
    """One of sceptic and enthusiast is there, at the level after the data, with its neighbors on either side of it."""
    above = yi > null
    sd = one_normal.sceptical_sd(yi, sei, null, level)
    believer = one_normal.enthusiast(yi, sei, null, level)
    z = abs(yi - null) / sei
    if abs(z / Q[level] - 1.0) < 1e-6 or z < 1e-6:
        return
    assert (sd is None) != (believer is None)

    def after(prior: Belief) -> float:
        return one_normal.updated(prior, yi, sei).beyond(null, above)

    if sd is not None:
        assert after(Belief(null, sd)) == pytest.approx(level, abs=1e-9)
        assert after(Belief(null, 0.5 * sd)) < level < after(Belief(null, 2.0 * sd))
    if believer is not None:
        away = believer.mean - null
        assert believer.beyond(null, above) == pytest.approx(level, abs=1e-9)
        assert after(believer) == pytest.approx(level, abs=1e-7)
        bolder, milder = (Belief(null + times * away, abs(times * away) / Q[level]) for times in (1.5, 0.5))
        assert after(bolder) < level < after(milder)


def test_the_exact_engine_agrees() -> None:
    """A posterior and its marginal likelihoods are those of the engine with heterogeneity held at 0."""
    from irlbayes.posterior.refit import refit

    (study,) = [one for one in effect_table(read_reports("irl"), "relapse").studies if one.report.kind == "estimate_p"]
    assert study.yi is not None
    assert study.sei is not None
    for mean, sd in ((0.0, 1.0), (0.5, 0.2)):
        model = ModelSpec("one", "log_or", Prior("normal", (mean, sd)), Prior("half_normal", (1.0,)))
        held = refit([study], model, tau_at=0.0)
        none = refit([study], model, mu_at=0.0, tau_at=0.0)
        after = one_normal.updated(Belief(mean, sd), study.yi, study.sei)
        assert held.mu is not None
        assert after.mean == pytest.approx(held.mu.mean, rel=1e-9)
        assert after.above(0.3) == pytest.approx(float(held.mu.sf(0.3)), rel=1e-9)
        assert after.interval(0.9) == pytest.approx(held.mu.interval(0.9), rel=1e-9)
        assert held.log_marginal_likelihood is not None
        assert none.log_marginal_likelihood is not None
        factor = one_normal.log_bayes_factor(Belief(mean, sd), study.yi, study.sei, 0.0)
        assert factor == pytest.approx(held.log_marginal_likelihood - none.log_marginal_likelihood, abs=1e-9)


@FEW
@given(numbers, errors)
def test_no_prior_around_the_null_beats_its_bound(yi: float, sei: float) -> None:
    """The largest Bayes factor of normal priors around the null is exp((z^2 - 1) / 2) / z, and 1 for z below 1."""
    z = abs(yi) / sei
    most = 0.5 * (z**2 - 1.0) - log(z) if z > 1.0 else 0.0
    for sd in np.geomspace(1e-2, 1e2, 40):
        assert (one_normal.log_bayes_factor(Belief(0.0, float(sd)), yi, sei, 0.0) or 0.0) <= most + 1e-9
    if z > 1.01:
        best = one_normal.log_bayes_factor(Belief(0.0, sei * sqrt(z**2 - 1.0)), yi, sei, 0.0)
        assert best == pytest.approx(most, abs=1e-9)


@FEW
@given(numbers, errors, numbers, errors, st.booleans(), st.sampled_from([0.9, 0.95, 0.975]))
def test_the_needed_estimate_takes_a_reader_there(
    yi: float, sei: float, mean: float, sd: float, above: bool, level: float
) -> None:
    belief = one_normal.updated(Belief(mean, sd), yi, sei)
    estimate = one_normal.needed(belief, 0.5 * sei, 0.0, level, above)
    assert one_normal.updated(belief, estimate, 0.5 * sei).beyond(0.0, above) == pytest.approx(level, abs=1e-9)


def test_the_chance_of_an_estimate_is_what_simulation_gives() -> None:
    rng = np.random.default_rng(28)
    belief, sei = Belief(0.3, 0.4), 0.5
    drawn = rng.normal(rng.normal(belief.mean, belief.sd, 200_000), sei)
    assert one_normal.chance(belief, sei, 0.6, True) == pytest.approx((drawn > 0.6).mean(), abs=0.004)
    assert one_normal.chance(belief, sei, 0.6, False) == pytest.approx((drawn < 0.6).mean(), abs=0.004)


@FEW
@given(numbers, st.floats(0.01, 1.0), st.floats(1.1, 100.0), numbers, st.sampled_from([0.1, 1.0, inf]), numbers)
def test_the_range_over_standard_errors_holds_every_one(
    yi: float, low: float, times: float, mean: float, sd: float, value: float
) -> None:
    """No standard error between the bounds gives a probability outside the range, and the range is no wider."""
    prior = Belief(0.0 if sd == inf else mean, sd)
    found = one_normal.chances(prior, yi, (low, low * times), value, True)
    seen = [one_normal.updated(prior, yi, sei).above(value) for sei in np.geomspace(low, low * times, 301)]
    assert found.lowest <= min(seen) + 1e-12
    assert found.highest >= max(seen) - 1e-12
    assert found.lowest == pytest.approx(min(seen), abs=1e-3)
    assert found.highest == pytest.approx(max(seen), abs=1e-3)


def test_limits_of_the_range() -> None:
    """Without a bound the largest standard error leaves the prior, the smallest the side of the estimate."""
    prior = Belief(0.2, 0.3)
    found = one_normal.chances(prior, 0.5, (0.0, inf), 0.0, True)
    assert found.at_most == pytest.approx(prior.above(0.0))
    assert (found.at_least, found.highest) == (1.0, 1.0)
    flat = one_normal.chances(Belief(0.0, inf), -0.5, (0.0, inf), 0.0, True)
    assert (flat.lowest, flat.highest) == (0.0, 0.5)
    assert one_normal.chances(prior, 0.0, (0.0, inf), 0.0, True).at_least == 0.5


def test_a_flat_belief_is_the_limit_of_wide_ones() -> None:
    wide, flat = Belief(0.7, 1e9), Belief(0.7, inf)
    assert one_normal.updated(flat, 0.4, 0.2).mean == pytest.approx(one_normal.updated(wide, 0.4, 0.2).mean)
    assert one_normal.updated(flat, 0.4, 0.2).sd == 0.2
    assert flat.beyond(3.0, False) == flat.above(3.0) == 0.5
    assert one_normal.log_bayes_factor(flat, 0.4, 0.2, 0.0) is None
    assert one_normal.needed(flat, 0.2, 0.0, 0.975, True) == pytest.approx(0.2 * Q[0.975])


def test_far_tails_keep_their_digits() -> None:
    assert Belief(0.0, 1.0).above(10.0) == pytest.approx(7.61985302416e-24, rel=1e-9)
    assert Belief(0.0, 1.0).beyond(-10.0, False) == pytest.approx(7.61985302416e-24, rel=1e-9)
    assert exp(one_normal.log_bayes_factor(Belief(0.0, 1.0), 0.0, 0.1, 0.0) or 0.0) == pytest.approx(1 / sqrt(101))
