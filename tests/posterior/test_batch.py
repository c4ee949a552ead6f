"""The batch engine gives the numbers of a single fit, in whatever form it is asked, and says who computed them."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.special import erfc

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import normal_curve
from irlbayes.core.density import Density
from irlbayes.core.errors import InputError
from irlbayes.posterior.batch import Panel, pool_many
from irlbayes.posterior.batch.pools import BATCH, GENERAL, NONE
from irlbayes.posterior.quadrature import solve

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
FLAT = Prior("flat")
SIX = np.array([0.12, 0.45, -0.1, 0.31, 0.8, 0.22]), np.array([0.1, 0.3, 0.25, 0.15, 0.4, 0.08])  # example numbers
FAMILIES = (
    TAU,
    Prior("half_cauchy", (0.3,)),
    Prior("half_student_t", (4.0, 0.5)),
    Prior("uniform", (0.0, 4.0)),
    Prior("uniform", (0.05, 0.4)),
    Prior("log_normal", (-1.28, 0.87)),
    Prior("log_student_t", (5.0, -1.72, 1.295)),
    Prior("inverse_gamma", (1.71, 0.4)),
)
AT = (0.2, 0.3, 0.25)


def numbers_of(density: Density, null: float, level: float) -> list[float]:
    tails = 0.5 * (1.0 - level)
    moments = [np.nan if value is None else value for value in (density.mean, density.sd)]
    return [*moments, *density.quantile(np.array([0.5, tails, 1.0 - tails])), float(density.sf(null))]


@pytest.mark.parametrize("mu", [MU, FLAT], ids=str)
@pytest.mark.parametrize("tau", FAMILIES, ids=str)
def test_the_numbers_of_a_single_fit(mu: Prior, tau: Prior) -> None:
    """Three and six studies, at 90 %: to 1e-10 of an sd, and moments that do not exist are NaN in both."""
    sets = [(SIX[0][:3], SIX[1][:3]), SIX]
    found = pool_many(
        [y for y, _ in sets], sei=[s for _, s in sets], mu=mu, tau=tau, null=0.1, level=0.9, below=AT, studies=True
    )
    assert (found.solver == BATCH).all()
    assert found.theta_mean is not None
    assert found.theta_sd is not None
    for i, (yi, sei) in enumerate(sets):
        whole = solve([normal_curve(*pair) for pair in zip(yi, sei, strict=True)], mu, tau)
        for place, (name, density) in enumerate((("mu", whole.mu), ("tau", whole.tau), ("theta_new", whole.theta_new))):
            told = numbers_of(density, 0.1, 0.9)
            unit = 0.3 * (told[4] - told[3])
            for key, value in zip(("mean", "sd", "median", "ci_low", "ci_high"), told[:5], strict=True):
                assert found[f"{name}_{key}"][i] == pytest.approx(value, abs=1e-10 * unit, nan_ok=True)
            if name != "tau":
                assert found[f"{name}_p_gt_null"][i] == pytest.approx(told[5], abs=1e-11)
            assert found[f"{name}_below"][i] == pytest.approx(float(density.cdf(AT[place])), abs=1e-11)
        evidence = np.nan if whole.log_marginal_likelihood is None else whole.log_marginal_likelihood
        assert found["log_marginal_likelihood"][i] == pytest.approx(evidence, abs=1e-10, nan_ok=True)
        own = slice(found.offsets[i], found.offsets[i + 1])
        np.testing.assert_allclose(found.theta_mean[own], [one.mean or np.nan for one in whole.theta], atol=1e-10)
        np.testing.assert_allclose(found.theta_sd[own], [one.sd or np.nan for one in whole.theta], atol=1e-10)


def test_forms_of_input_agree() -> None:
    """A list, padded rows and flat arrays with offsets; variances; priors given one by one or as a panel."""
    y, s = SIX
    lists = pool_many([y[:2], y], sei=[s[:2], s], mu=MU, tau=TAU)
    rows = np.full((2, 2, 6), np.nan)
    rows[:, 1], rows[0, 0, :2], rows[1, 0, :2] = SIX, y[:2], s[:2]
    padded = pool_many(rows[0], vi=rows[1] ** 2, mu=[MU, MU], tau=Panel("half_normal", ([0.5, 0.5],)))
    flat = pool_many(np.r_[y[:2], y], sei=np.r_[s[:2], s], offsets=[0, 2, 8], mu=MU, tau=TAU, null=[0.0, 0.0])
    for name, values in lists.numbers.items():
        np.testing.assert_allclose(padded[name], values, rtol=1e-12)
        np.testing.assert_array_equal(flat[name], values)


def test_threads_do_not_change_the_numbers() -> None:
    rng = np.random.default_rng(3)
    sei = rng.uniform(0.1, 0.8, (300, 13))
    yi = rng.normal(0.2, np.hypot(sei, 0.3))
    one, two = (pool_many(yi, sei=sei, mu=MU, tau=TAU, workers=workers) for workers in (1, 2))
    assert (one.solver == BATCH).all()
    for name, values in one.numbers.items():
        np.testing.assert_array_equal(two[name], values)


def test_priors_vary() -> None:
    """Families and scales in one call give what each gives alone; xarray carries the same numbers."""
    y, s = SIX
    priors = [Prior("normal", (0.0, 0.2)), FLAT, MU]
    several = pool_many([y] * 3, sei=[s] * 3, mu=priors, tau=FAMILIES[:3])
    frame = several.to_xarray()
    for i, pair in enumerate(zip(priors, FAMILIES[:3], strict=True)):
        alone = pool_many([y], sei=[s], mu=pair[0], tau=pair[1])
        for name, values in alone.numbers.items():
            np.testing.assert_array_equal(several[name][i], values[0])
            np.testing.assert_array_equal(frame[name].values[i], values[0])


def test_without_each() -> None:
    y, s = SIX
    found = pool_many([y[:2], y], sei=[s[:2], s], mu=MU, tau=TAU, without_each=True).without_each
    assert found is not None
    assert len(found) == 8
    third = pool_many([np.delete(y, 3)], sei=[np.delete(s, 3)], mu=MU, tau=TAU)
    assert found["mu_mean"][5] == third["mu_mean"][0]
    assert found["mu_mean"][0] == pool_many([y[1:2]], sei=[s[1:2]], mu=MU, tau=TAU)["mu_mean"][0]


def test_without_each_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is laid out at a time; under a flat prior of mu what is left of two studies has no answer."""
    from irlbayes.posterior.batch import many

    y, s = SIX
    found = []
    for at_once in (many.REST_AT_ONCE, 7):
        monkeypatch.setattr(many, "REST_AT_ONCE", at_once)
        pools = pool_many([y, y[:2], y], sei=[s, s[:2], s], mu=FLAT, tau=TAU, without_each=True)
        assert pools.without_each is not None
        found.append(pools.without_each)
    for name, values in found[0].numbers.items():
        np.testing.assert_array_equal(found[1][name], values)
    np.testing.assert_array_equal(found[1].offsets, found[0].offsets)
    assert found[1].offsets[[6, 8, -1]].tolist() == [30, 32, 62]
    assert found[1].solver.tolist() == found[0].solver.tolist()
    assert list(found[1].failures) == list(found[0].failures) == [6, 7]


def test_what_the_rule_does_not_answer() -> None:
    """A Student t for mu and no studies go to the general engine; one study under a flat prior has no posterior."""
    y, s = SIX
    sets = [y, y[:0], y[:1], y]
    mu = [Prior("student_t", (4.0, 0.0, 1.0)), MU, FLAT, MU]
    found = pool_many(sets, sei=[s, s[:0], s[:1], s], mu=mu, tau=TAU, studies=True)
    assert found.solver.tolist() == [GENERAL, GENERAL, NONE, BATCH]
    whole = solve([normal_curve(*pair) for pair in zip(y, s, strict=True)], mu[0], TAU)
    assert found["mu_mean"][0] == whole.mu.mean
    assert found["theta_new_ci_high"][0] == whole.theta_new.quantile(0.975)
    assert found["tau_median"][1] == pytest.approx(0.5 * 0.6744897501960817, abs=1e-10)  # of the half-normal itself
    assert np.isnan(found["mu_mean"][2])
    assert "flat prior" in found.failures[2]


def test_a_bound_that_is_not_reached_is_not_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the rule says that it is off, the general engine answers."""
    from irlbayes.posterior.batch import many

    monkeypatch.setattr(many, "WITHIN", 0.0)
    y, s = SIX
    found = pool_many([y], sei=[s], mu=MU, tau=TAU)
    assert found.solver.tolist() == [GENERAL]
    assert found["mu_sd"][0] == solve([normal_curve(*pair) for pair in zip(y, s, strict=True)], MU, TAU).mu.sd


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"sei": [[0.1, 0.0]]}, "data set 0, study 1, column sei: above 0"),
        ({"yi": [[0.1, np.inf]]}, "column yi: a number"),
        ({"sei": [[0.1]]}, "as many values"),
        ({"vi": [[0.1, 0.1]]}, "one of the two"),
        ({"level": 1.0}, "between 0 and 1"),
        ({"tau": Prior("half_normal", (-0.5,))}, "scale of half_normal"),
        ({"tau": Prior("uniform", (1.0, 1.0))}, "of uniform"),
        ({"mu": TAU}, "one of normal, flat, student_t"),
        ({"tau": [TAU, TAU]}, "one prior, or one for each of 1"),
        ({"null": [0.0, 0.1]}, "one number, or one for each of 1"),
        ({"offsets": [0, 1]}, "ends with the number of studies"),
    ],
)
def test_wrong_input_is_named(wrong: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"yi": [[0.1, 0.2]], "sei": [[0.1, 0.2]], "mu": MU, "tau": TAU, **wrong}
    with pytest.raises(InputError, match=said):
        pool_many(given.pop("yi"), **given)  # type: ignore[arg-type]


def test_special_functions() -> None:
    """Against NumPy and SciPy, alone and inside a loop that sums in any order."""
    from irlbayes.posterior.batch.mixing import sums_at
    from irlbayes.posterior.batch.special import exponential

    x = np.linspace(-699.0, 699.0, 2001)
    np.testing.assert_allclose([exponential(value) for value in x], np.exp(x), rtol=4e-16)
    z = np.linspace(-9.0, 9.0, 1001)
    one, part, parts = np.ones(1), np.empty(1), np.empty(37)
    density = [sums_at(value, one, 0.0 * one, one, part, 0, 1)[0] for value in z]
    below = [sums_at(value, one, 0.0 * one, one, part, 0, 1) and part[0] for value in z]
    np.testing.assert_allclose(below, erfc(-z / np.sqrt(2.0)), rtol=3e-14)
    np.testing.assert_allclose(density, np.exp(-0.5 * z**2), rtol=3e-14)
    mean, sd = 0.1 * z[:37], 0.3 + np.abs(z[:37])
    sums_at(0.4, np.full(37, 1.0 / 37.0), mean, sd, parts, 0, 37)
    assert parts.sum() == pytest.approx(float(erfc((mean - 0.4) / sd / np.sqrt(2.0)).mean()), rel=1e-14)


def test_another_process_compiles_nothing() -> None:
    """What this process compiled (or found) is kept on disk, and the next one loads it."""
    pool_many([SIX[0]], sei=[SIX[1]], mu=MU, tau=TAU)
    code = (
        "from irlbayes.core.assumptions import Prior\nfrom irlbayes.posterior.batch import pool_many\n"
        "pool_many([[0.1, 0.2]], sei=[[0.1, 0.2]], mu=Prior('normal', (0.0, 1.0)), tau=Prior('half_normal', (0.5,)))\n"
        "from irlbayes.posterior.batch.pooling import pool_some\n"
        "print(sum(pool_some.stats.cache_hits.values()), sum(pool_some.stats.cache_misses.values()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "0"]
