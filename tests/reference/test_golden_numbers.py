"""Published golden numbers: eight schools and the Crins 2014 transplant trials, to all digits given."""

import pytest

from irlbayes.core.assumptions import Prior
from irlbayes.posterior.quadrature import ExactPosterior, solve

DIGITS = 1e-8  # absolute, for numbers given to ten decimals
PRINTED = 3e-4  # relative: what bayesmeta prints at its default grid is good to about that


@pytest.fixture(scope="module")
def schools(curves_of) -> ExactPosterior:
    """Eight schools (Rubin 1981, two-decimal data): mu N(0, 50), tau half-Cauchy(25)."""
    return solve(curves_of("rubin1981"), Prior("normal", (0.0, 50.0)), Prior("half_cauchy", (25.0,)))


@pytest.fixture(scope="module")
def crins(curves_of) -> ExactPosterior:
    """Acute rejection, log odds ratio (Crins 2014): mu N(0, 4), tau half-normal(0.5)."""
    return solve(curves_of("crins2014_ar"), Prior("normal", (0.0, 4.0)), Prior("half_normal", (0.5,)))


def test_eight_schools_exact(schools: ExactPosterior) -> None:
    """Ten decimals of the exact posterior of the eight schools."""
    assert float(schools.mu.sf(0.0)) == pytest.approx(0.9487690809, abs=DIGITS)
    assert schools.mu.mean == pytest.approx(7.9860418313, abs=DIGITS)
    assert schools.mu.sd == pytest.approx(4.9955976694, abs=DIGITS)
    assert float(schools.mu.quantile(0.5)) == pytest.approx(7.9634994571, abs=DIGITS)
    assert schools.mu.shortest(0.95) == pytest.approx((-1.8207471305, 17.8221786334), abs=DIGITS)
    assert float(schools.tau.quantile(0.5)) == pytest.approx(4.7585393092, abs=DIGITS)
    assert schools.theta_new.sd == pytest.approx(9.1268524943, abs=DIGITS)


def test_eight_schools_as_bayesmeta_prints_it(schools: ExactPosterior) -> None:
    """The numbers printed in Röver (2020), to the accuracy of the grid that made them."""
    assert float(schools.mu.sf(0.0)) == pytest.approx(0.9487521, rel=PRINTED)
    assert schools.mu.mean == pytest.approx(7.985729, rel=PRINTED)
    assert schools.mu.sd == pytest.approx(4.995762, rel=PRINTED)
    assert float(schools.mu.quantile(0.5)) == pytest.approx(7.962961, rel=PRINTED)


def test_crins_exact(crins: ExactPosterior) -> None:
    """Ten decimals of the exact posterior of the transplant trials; four of the shortest prediction interval."""
    assert crins.mu.mean == pytest.approx(-1.5764253673, abs=DIGITS)
    assert crins.mu.sd == pytest.approx(0.3293681545, abs=DIGITS)
    assert float(crins.mu.quantile(0.5)) == pytest.approx(-1.5734953049, abs=DIGITS)
    assert float(crins.tau.quantile(0.5)) == pytest.approx(0.3445023039, abs=DIGITS)
    assert crins.theta_new.interval(0.95) == pytest.approx((-2.7730270504, -0.4172994418), abs=DIGITS)
    assert crins.theta_new.shortest(0.95) == pytest.approx((-2.7644, -0.4089), abs=5.1e-5)


def test_crins_as_bayesmeta_prints_it(crins: ExactPosterior) -> None:
    """The printed four decimals; the shortest prediction interval only to the accuracy of the printing grid."""
    assert crins.mu.mean == pytest.approx(-1.5764, abs=5.1e-5)
    assert crins.mu.sd == pytest.approx(0.3295, rel=2 * PRINTED)
    assert float(crins.mu.quantile(0.5)) == pytest.approx(-1.5735, abs=5.1e-5)
    assert float(crins.tau.quantile(0.5)) == pytest.approx(0.3445, abs=5.1e-5)
    assert crins.theta_new.shortest(0.95) == pytest.approx((-2.7661, -0.4073), rel=5e-3)


def test_error_bound_covers_the_golden_numbers(schools: ExactPosterior, crins: ExactPosterior) -> None:
    """The engine's own bound on its error stays far below the digits that are compared."""
    assert 0.0 <= schools.error_bound < 1e-9
    assert 0.0 <= crins.error_bound < 1e-9
