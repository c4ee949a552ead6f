"""Prior and reports: a planted conflict is found, of mu and of tau; agreement is not one."""

from types import SimpleNamespace

import pytest
from scipy.stats import norm

from irlbayes.core.assumptions import Prior

TIGHT = Prior("half_normal", (0.1,))
PAIRS = ((0.35, 0.2), (0.2, 0.25), (0.5, 0.2), (0.4, 0.3), (0.25, 0.2))  # simulated


def test_a_prior_of_mu_far_from_the_reports(checks: SimpleNamespace) -> None:
    case = checks.case(checks.normal_rows(PAIRS), Prior("normal", (-1.0, 0.2)), TIGHT)
    found = checks.ask("conflict", case)
    assert not found.passed
    assert "The reports contradict the prior of the mean effect, normal(-1, 0.2)" in found.statement


def test_a_prior_of_tau_too_small(checks: SimpleNamespace) -> None:
    pairs = ((-2.0, 0.2), (2.0, 0.2), (0.5, 0.2), (-1.5, 0.2), (1.5, 0.2), (2.5, 0.2))
    found = checks.ask("conflict", checks.case(checks.normal_rows(pairs), Prior("normal", (0.0, 1.0)), TIGHT))
    assert not found.passed
    assert "heterogeneity, half_normal(0.1): the studies differ more" in found.statement


def test_agreement(checks: SimpleNamespace) -> None:
    found = checks.ask("conflict", checks.case(checks.normal_rows(PAIRS), Prior("normal", (0.0, 1.0)), TIGHT))
    assert found.passed


def test_one_study_and_hardly_any_heterogeneity_has_a_closed_form(checks: SimpleNamespace) -> None:
    """Prior normal(0, 1) and an estimate of 2 with standard error 0.5: z = 2 / sqrt(1.25)."""
    case = checks.case(checks.normal_rows([(2.0, 0.5)]), Prior("normal", (0.0, 1.0)), Prior("half_normal", (1e-6,)))
    found = checks.ask("conflict", case).numbers
    wide = 2500.0  # the prior 50 times as wide is still proper
    mean, variance = 2.0 / (1.0 + 0.25 / wide), 1.0 / (1.0 / 0.25 + 1.0 / wide)
    assert found["mu"] == pytest.approx(2.0 * norm.sf(mean / (1.0 + variance) ** 0.5), rel=1e-6)
    assert found["tau"] is None


def test_what_does_not_bound_mu_is_not_judged(checks: SimpleNamespace) -> None:
    rows = [("one", "direction", {"n1i": 20.0, "n2i": 20.0, "sign": "+"})]
    assert checks.answer("conflict", checks.case(rows, Prior("normal", (0.0, 1.0)), TIGHT, "smd")) is None
