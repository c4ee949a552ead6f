"""Prior panel, tipping values and Bayes factors against brute force on dense grids, to 1e-6."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import halfnorm, nct, norm

from irlbayes.core.assumptions import ModelSpec, Prior

Array = np.ndarray
LOG_TAU = np.linspace(-18.0, 7.0, 901)
MU = np.linspace(-14.0, 14.0, 2801)
CLOSE = 1e-6


def of_normal(y: float, s: float) -> Callable[[Array, Array], Array]:
    """Log likelihood of an estimate, its random effect averaged out."""
    return lambda mu, tau: norm.logpdf(y, mu, np.sqrt(s**2 + tau**2))


def of_direction(n1: float, n2: float) -> Callable[[Array, Array], Array]:
    """Log probability of "group 1 is higher", averaged over the random effect by the trapezoid rule.

    A noncentral t is above 0 when its normal part is, so the chance is Phi(theta * scale), which SciPy's noncentral t
    confirms; its average over Normal(mu, tau ** 2) is Phi(mu / sqrt(tau ** 2 + 1 / scale ** 2)).
    """
    scale = np.sqrt(n1 * n2 / (n1 + n2))
    assert nct.sf(0.0, n1 + n2 - 2.0, 0.3 * scale) == pytest.approx(norm.cdf(0.3 * scale), rel=1e-9)
    return lambda mu, tau: norm.logcdf(mu / np.sqrt(tau**2 + 1.0 / scale**2))


class Grid:
    """Posterior on equally spaced mu and log tau under normal(mean, sd) and half-normal(scale)."""

    def __init__(self, *likelihoods: Callable[[Array, Array], Array]) -> None:
        self.likelihoods = likelihoods
        self.log_likelihood = sum(one(MU, np.exp(LOG_TAU)[:, None]) for one in likelihoods)

    def log_joint(self, sd: float, scale: float, mean: float = 0.0) -> Array:
        log_tau_prior = halfnorm.logpdf(np.exp(LOG_TAU), scale=scale) + LOG_TAU
        return np.asarray(self.log_likelihood + norm.logpdf(MU, mean, sd) + log_tau_prior[:, None])

    def log_evidence(self, sd: float, scale: float) -> float:
        cell = (MU[1] - MU[0]) * (LOG_TAU[1] - LOG_TAU[0])
        return float(logsumexp(self.log_joint(sd, scale)) + np.log(cell))

    def above(self, sd: float, scale: float, mean: float = 0.0) -> float:
        """P(mu > 0): the sum above 0, with Euler and Maclaurin's correction at its end."""
        joint = self.log_joint(sd, scale, mean)
        density = np.exp(joint - joint.max()).sum(axis=0)
        at = int(np.argmin(np.abs(MU)))
        slope = (density[at - 2] - 8 * density[at - 1] + 8 * density[at + 1] - density[at + 2]) / 12.0
        third = (-density[at - 2] + 2 * density[at - 1] - 2 * density[at + 1] + density[at + 2]) / 2.0
        upper = density[at:].sum() - 0.5 * density[at] + slope / 12.0 - third / 720.0
        return float(upper / density.sum())

    def log_evidence_null(self, scale: float) -> float:
        """Log marginal likelihood with mu held at 0."""
        tau = np.exp(LOG_TAU)
        total = sum(one(np.zeros(1), tau) for one in self.likelihoods) + halfnorm.logpdf(tau, scale=scale) + LOG_TAU
        return float(logsumexp(total) + np.log(LOG_TAU[1] - LOG_TAU[0]))

    def log_evidence_common(self, sd: float) -> float:
        """Log marginal likelihood with tau held at 0."""
        total = sum(one(MU, np.zeros(1)) for one in self.likelihoods) + norm.logpdf(MU, 0.0, sd)
        return float(logsumexp(total) + np.log(MU[1] - MU[0]))


PAIRS = ((0.9, 0.35), (0.1, 0.3), (0.6, 0.25), (0.3, 0.4))
SIZES = (42.0, 49.0)
SIMULATED = {
    "normal": Grid(*(of_normal(*pair) for pair in PAIRS)),
    "with a direction": Grid(*(of_normal(*pair) for pair in PAIRS[:3]), of_direction(*SIZES)),
}


@pytest.fixture(params=SIMULATED)
def both(request: pytest.FixtureRequest, checks: SimpleNamespace) -> tuple[Grid, object, SimpleNamespace]:
    """Made-up rows as a grid and as a case."""
    rows = checks.normal_rows(PAIRS)
    if request.param != "normal":
        cells = {"n1i": SIZES[0], "n2i": SIZES[1], "sign": "+"}
        rows = [*rows[:3], ("direction", "direction", cells)]
    case = checks.case(rows, Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)), "smd")
    return SIMULATED[request.param], case, checks


def test_panel(both: tuple[Grid, object, SimpleNamespace]) -> None:
    grid, case, checks = both
    priors = [(1.0, 0.5, 0.0), (2.0, 0.5, 0.0), (0.25, 0.1, 0.0), (0.5, 2.0, 0.4)]
    panel = tuple(
        ModelSpec(str(i), "smd", Prior("normal", (mean, sd)), Prior("half_normal", (scale,)))
        for i, (sd, scale, mean) in enumerate(priors)
    )
    found = checks.ask("panel", checks.case_with(case, panel=panel))
    assert len(found.numbers["rows"]) == 4
    for row, (sd, scale, mean) in zip(found.numbers["rows"], priors, strict=True):
        assert row["p_gt_null"] == pytest.approx(grid.above(sd, scale, mean), abs=CLOSE)
        assert row["prior_p_gt_null"] == pytest.approx(norm.sf(0.0, mean, sd), abs=CLOSE)


def test_tipping(both: tuple[Grid, object, SimpleNamespace]) -> None:
    grid, case, checks = both
    found = checks.ask("tipping", case).numbers
    assert found["side"] == ">"
    passed = 0
    for name, chance in {
        "tau": lambda x: grid.above(1.0, float(np.exp(x))),
        "sceptical": lambda x: grid.above(float(np.exp(x)), 0.5),
    }.items():
        for row in found[name]:
            if row["at"] is None:
                ends = [
                    chance(np.log(unit * factor)) for unit in [0.5 if name == "tau" else 1.0] for factor in (1 / 64, 16)
                ]
                assert all((end > row["level"]) == (row["always"] == "above") for end in ends)
                continue
            passed += 1
            near = np.log(row["at"])
            expected = np.exp(
                brentq(lambda x, row=row, chance=chance: chance(x) - row["level"], near - 0.2, near + 0.2)
            )
            assert row["at"] == pytest.approx(expected, rel=CLOSE)
        curve = found["by_tau" if name == "tau" else "by_mu"]
        assert curve["scale"] == sorted(curve["scale"])
        resolved = [(at, p) for at, p in zip(curve["scale"], curve["p"], strict=True) if name == "tau" or at > 0.1]
        for at, p in resolved[::4]:  # the grid of mu is too coarse for a narrower prior
            assert p == pytest.approx(chance(np.log(at)), abs=CLOSE)
    assert passed >= 3


def test_bayes_factors(both: tuple[Grid, object, SimpleNamespace]) -> None:
    grid, case, checks = both
    found = checks.ask("bayes_factor", case).numbers
    null = grid.log_evidence_null(0.5)
    assert len(found["widths"]) == 5
    for row in found["widths"]:
        assert row["log_bf10"] == pytest.approx(grid.log_evidence(row["width"], 0.5) - null, abs=CLOSE)
    common = grid.log_evidence_common(1.0)
    assert found["log_bf_heterogeneity"] == pytest.approx(grid.log_evidence(1.0, 0.5) - common, abs=CLOSE)
