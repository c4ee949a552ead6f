"""Where each report lies in what the others predict, against a brute-force grid and against the simulators."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import halfnorm, norm, t

from irlbayes.core.assumptions import Prior
from irlbayes.core.uniformity import chi_square

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))
PAIRS = ((0.9, 0.35), (0.1, 0.3), (0.6, 0.25), (0.3, 0.4))  # simulated


def test_a_normal_report_against_a_grid(checks: SimpleNamespace) -> None:
    """P(y_rep < y) of each report, by a trapezoid over mu and log tau of the other three."""
    case = checks.case(checks.normal_rows(PAIRS), MU, TAU, "smd")
    found = checks.ask("loo_pit", case).numbers["studies"]
    mu, log_tau = np.linspace(-6.0, 6.0, 601), np.linspace(-14.0, 3.0, 341)[:, None]
    tau = np.exp(log_tau)
    for i, (y, s) in enumerate(PAIRS):
        level = norm.logpdf(mu) + halfnorm.logpdf(tau, scale=0.5) + log_tau
        level = level + sum(norm.logpdf(a, mu, np.hypot(b, tau)) for j, (a, b) in enumerate(PAIRS) if j != i)
        mass = np.exp(level - level.max())
        truth = (mass * norm.cdf(y, mu, np.hypot(s, tau))).sum() / mass.sum()
        assert found[i]["low"] == found[i]["high"] == found[i]["pit"] == pytest.approx(truth, abs=1e-6)


def test_a_partial_report_against_its_own_chance(checks: SimpleNamespace) -> None:
    """The effect is all but known: shares below are probabilities of noncentral t, within four standard errors."""
    tight = (Prior("normal", (0.3, 1e-6)), Prior("half_normal", (1e-6,)))
    size = {"n1i": 42.0, "n2i": 49.0}
    rows = [
        *checks.normal_rows([(0.3, 0.2)]),
        ("verdict", "significance", {**size, "verdict": "not_significant", "alpha": 0.05}),
        ("sign", "direction", {**size, "sign": "+"}),
        ("p", "p_value", {**size, "pval": 0.2, "sign": "-"}),
    ]
    found = checks.ask("loo_pit", checks.case(rows, *tight, "smd", replicates=4000)).numbers["studies"]
    from scipy.stats import nct

    shift = 0.3 * np.sqrt(42.0 * 49.0 / 91.0)
    critical = t.ppf(0.975, 89.0)
    wanted = [
        (nct.cdf(-critical, 89.0, shift), nct.cdf(critical, 89.0, shift)),
        (nct.cdf(0.0, 89.0, shift), 1.0),
        (nct.cdf(-t.ppf(0.9, 89.0), 89.0, shift),) * 2,
    ]
    for row, ends in zip(found[1:], wanted, strict=True):
        assert (row["low"], row["high"]) == pytest.approx(ends, abs=4.0 * 0.5 / np.sqrt(4000.0))
        assert row["low"] <= row["pit"] <= row["high"]


def test_clean_data_are_uniform_and_overconfident_ones_are_not(checks: SimpleNamespace) -> None:
    """25 simulated studies of known spread; standard errors of a third of the true ones pile up at the ends."""
    rng = np.random.default_rng(8)
    effects, sei = rng.normal(0.3, 0.2, 25), rng.uniform(0.1, 0.4, 25)
    pairs = list(zip(rng.normal(effects, sei), sei, strict=True))
    clean = checks.ask("loo_pit", checks.case(checks.normal_rows(pairs), MU, TAU, "smd"))
    assert clean.numbers["inside"]
    assert clean.caveats == ()
    assert chi_square(np.array([row["pit"] for row in clean.numbers["studies"]]), 5) > 1e-3
    tight = (Prior("normal", (0.3, 0.001)), Prior("half_normal", (0.001,)))
    small = [(y, s / 3.0) for y, s in pairs]
    wrong = checks.ask("loo_pit", checks.case(checks.normal_rows(small), *tight, "smd"))
    assert not wrong.numbers["inside"]
    assert "outside the 99% band" in wrong.statement
    assert wrong.caveats
    assert wrong.passed


def test_two_studies_are_too_few(checks: SimpleNamespace) -> None:
    assert checks.answer("loo_pit", checks.case(checks.normal_rows(PAIRS[:2]), MU, TAU, "smd")) is None
