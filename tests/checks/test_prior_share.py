"""How much is prior: closed forms, and what few studies are told."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm

from irlbayes.core.assumptions import Prior


def test_information_has_a_closed_form(checks: SimpleNamespace) -> None:
    """One estimate, hardly any heterogeneity: mu is normal before and after."""
    case = checks.case(checks.normal_rows([(0.6, 0.5)]), Prior("normal", (0.0, 1.0)), Prior("half_normal", (1e-7,)))
    found = checks.ask("prior_share", case).numbers
    sd, mean = 0.2**0.5, 0.6 * 0.8
    nats = np.log(1.0 / sd) + 0.5 * (sd**2 + mean**2) - 0.5
    assert found["mu"]["information"] == pytest.approx(nats / np.log(2.0), rel=1e-6)
    assert found["mu"]["sd_left"] == pytest.approx(sd, rel=1e-6)
    assert found["prior_share"] == pytest.approx(0.2, rel=1e-6)
    drawn = {name: np.array(values) for name, values in found["densities"]["mu"].items()}
    assert drawn["prior"] == pytest.approx(norm.pdf(drawn["x"]), rel=1e-6)
    assert drawn["posterior"] == pytest.approx(norm.pdf(drawn["x"], mean, sd), rel=1e-5)


def test_few_and_vague_studies_are_mostly_prior(checks: SimpleNamespace) -> None:
    case = checks.case(
        checks.normal_rows([(0.6, 2.0), (0.1, 2.5)]), Prior("normal", (0.0, 0.5)), Prior("half_normal", (0.5,))
    )
    found = checks.ask("prior_share", case)
    assert found.numbers["mostly_prior"] == ["the mean effect", "heterogeneity"]
    assert "with 2 studies the mean effect and heterogeneity are mostly prior" in found.statement
    assert found.caveats == ("2 studies: read every number beside its prior value.",)


def test_many_precise_studies_are_not(checks: SimpleNamespace) -> None:
    rng = np.random.default_rng(4)
    pairs = [(float(y), 0.1) for y in rng.normal(0.3, 0.3, 12)]
    case = checks.case(checks.normal_rows(pairs), Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    found = checks.ask("prior_share", case)
    assert found.numbers["mostly_prior"] == []
    assert found.caveats == ()


def test_a_flat_prior_cannot_be_set_beside(checks: SimpleNamespace) -> None:
    case = checks.case(checks.published("crins2014_ar"), Prior("flat"), Prior("half_normal", (0.5,)))
    assert checks.answer("prior_share", case) is None
