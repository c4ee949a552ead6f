"""Meta-regressions in batch are those of the general engine, one by one."""

from __future__ import annotations

import numpy as np
import pytest

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import normal_curve
from irlbayes.core.density import Density
from irlbayes.core.errors import InputError
from irlbayes.posterior.batch.regression import Regressions, regress_many
from irlbayes.posterior.regression import solve_regression

CLOSE = 1e-10  # of a posterior sd: ten times the error bound at which the compiled rule stops
FLAT, NORMAL = Prior("flat", ()), Prior("normal", (0.1, 0.8))
TAUS = (
    Prior("half_normal", (0.5,)),
    Prior("half_cauchy", (0.3,)),
    Prior("uniform", (0.0, 3.0)),
    Prior("log_normal", (-1.0, 1.0)),
    Prior("inverse_gamma", (2.0, 0.5)),
)
ENDS = np.array([0.5, 0.025, 0.975])
NAMES = ("mean", "sd", "median", "ci_low", "ci_high")


def simulated(studies: int, coefficients: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Effects, standard errors and a design whose columns differ a thousandfold in their units."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((studies, coefficients))
    x[:, 0] = 1.0
    beta = 0.3 * rng.standard_normal(coefficients)
    sei = rng.uniform(0.1, 0.5, studies)
    yi = x @ beta + np.hypot(sei, 0.2) * rng.standard_normal(studies)
    x[:, 1:] *= 1e3
    return yi, sei, x


def close(found: Regressions, name: str, place: tuple[int, ...], one: Density) -> None:
    assert one.mean is not None
    assert one.sd is not None
    for what, value in zip(NAMES, (one.mean, one.sd, *one.quantile(ENDS)), strict=True):
        assert found[f"{name}_{what}"][place] == pytest.approx(value, rel=1e-13, abs=CLOSE * one.sd), (name, what)


@pytest.mark.parametrize("tau", TAUS, ids=str)
@pytest.mark.parametrize("prior", [FLAT, NORMAL], ids=str)
def test_as_the_general_engine(tau: Prior, prior: Prior) -> None:
    """Every number of coefficients, tau, mean, a new study and the studies, to 1e-10 of its sd; two sets at once."""
    sets = [simulated(9, 3, seed) for seed in (1, 2)]
    yi, sei, design = (np.concatenate(part) for part in zip(*sets, strict=True))
    rows = np.array([x.mean(axis=0) for _, _, x in sets])
    priors = [prior] * 3
    found = regress_many(
        yi, sei=sei, offsets=[0, 9, 18], design=design, beta=priors, tau=tau, row=rows, null=0.2, studies=True
    )
    assert found.solver.tolist() == [0, 0]
    assert (found["error_bound"] < 1e-9).all()
    for i, (y, s, x) in enumerate(sets):
        curves = [normal_curve(float(a), float(b)) for a, b in zip(y, s, strict=True)]
        exact = solve_regression(curves, x, priors, tau, rows[i])
        for j, one in enumerate(exact.beta):
            close(found, "beta", (i, j), one)
            assert found["beta_p_gt_null"][i, j] == pytest.approx(float(one.sf(0.0)), abs=CLOSE)
        for name, one in (("mu", exact.mu), ("tau", exact.tau), ("theta_new", exact.theta_new)):
            close(found, name, (i,), one)
        assert found["mu_p_gt_null"][i] == pytest.approx(float(exact.mu.sf(0.2)), abs=CLOSE)
        assert found["theta_new_p_gt_null"][i] == pytest.approx(float(exact.theta_new.sf(0.2)), abs=CLOSE)
        if prior.proper:
            assert found["log_marginal_likelihood"][i] == pytest.approx(exact.log_marginal_likelihood, abs=1e-9)
        else:
            assert np.isnan(found["log_marginal_likelihood"][i])
        assert found.theta_mean is not None
        assert found.theta_sd is not None
        part = slice(9 * i, 9 * i + 9)
        np.testing.assert_allclose(found.theta_mean[part], [one.mean for one in exact.theta], atol=1e-10)
        np.testing.assert_allclose(found.theta_sd[part], [one.sd for one in exact.theta], atol=1e-10)


def test_many_coefficients() -> None:
    """Fifty of them, as many as studies: proper priors determine what reports do not."""
    yi, sei, x = simulated(50, 50, 3)
    tau, priors, row = TAUS[0], [NORMAL] * 50, np.eye(50)[0]
    found = regress_many(yi, sei=sei, design=x, beta=priors, tau=tau, row=row)
    exact = solve_regression(
        [normal_curve(float(a), float(b)) for a, b in zip(yi, sei, strict=True)], x, priors, tau, row
    )
    assert found.solver.tolist() == [0]
    for j in (0, 7, 49):
        close(found, "beta", (0, j), exact.beta[j])
    close(found, "tau", (0,), exact.tau)


def test_moments_that_do_not_exist() -> None:
    """Four studies, two flat coefficients, half-Cauchy tau: a tail of power 4 has both; of 3 the mean; of 2 neither."""
    tau = Prior("half_cauchy", (0.5,))
    for studies, means, sds in ((4, True, True), (3, True, False), (2, False, False)):
        yi, sei, x = simulated(studies, 2, 5)
        found = regress_many(yi, sei=sei, design=x, beta=[FLAT] * 2, tau=tau, row=x[0])
        for name in ("mu", "tau", "theta_new"):
            assert np.isfinite(found[f"{name}_mean"][0]) == means
            assert np.isfinite(found[f"{name}_sd"][0]) == sds
            assert np.isfinite(found[f"{name}_ci_high"][0])


def test_what_cannot_be_pooled_says_why() -> None:
    """Columns that say the same under flat priors."""
    yi, sei, x = simulated(6, 3, 4)
    x[:, 2] = 2.0 * x[:, 1]
    found = regress_many(yi, sei=sei, design=x, beta=[FLAT] * 3, tau=TAUS[0], row=x[0])
    assert found.solver.tolist() == [2]
    assert found.failures[0] == "the moderators do not determine the coefficients"
    assert np.isnan(found["mu_mean"]).all()


def test_what_is_refused() -> None:
    yi, sei, x = simulated(6, 2, 6)
    with pytest.raises(InputError, match="one row for each of 6 studies"):
        regress_many(yi, sei=sei, design=x[:5], beta=[NORMAL] * 2, tau=TAUS[0], row=x[0])
    student = Prior("student_t", (3.0, 0.0, 1.0))
    with pytest.raises(InputError, match="normal or flat"):
        regress_many(yi, sei=sei, design=x, beta=[NORMAL, student], tau=TAUS[0], row=x[0])


def test_as_a_dataset() -> None:
    yi, sei, x = simulated(6, 2, 7)
    found = regress_many(yi, sei=sei, design=x, beta=[NORMAL] * 2, tau=TAUS[0], row=x[0]).to_xarray()
    assert found["beta_mean"].dims == ("dataset", "coefficient")
    assert float(found["mu_sd"][0]) > 0.0
