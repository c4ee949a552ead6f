"""Replicates drawn many at once are the same as one by one."""

from types import SimpleNamespace

import numpy as np
import pytest

from irlbayes.core.assumptions import Prior
from irlbayes.core.registry import leaves
from irlbayes.core.types import Value

ROWS: dict[str, dict[str, Value]] = {
    "yi_sei": {"yi": 0.4, "sei": 0.2},
    "estimate_ci": {"estimate": 1.5, "ci_lb": 1.1, "ci_ub": 2.1},
}


def test_every_kind_that_draws_many_is_tested() -> None:
    kinds = leaves("irlbayes.effects.reports")
    assert {name for name, kind in kinds.items() if hasattr(kind, "estimates")} == {*ROWS}


@pytest.mark.parametrize("kind", ROWS)
def test_the_same_numbers(kind: str, checks: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `simulate` draws them: the sizes to rounding, whether significant and above exactly."""
    predictive, reports = leaves("irlbayes.checks")["predictive"], leaves("irlbayes.effects.reports")
    rows = [(f"s{i}", kind, dict(ROWS[kind])) for i in range(3)]
    case = checks.case(rows, Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)), replicates=200)
    many = predictive.replicated(case)
    monkeypatch.delattr(reports[kind], "estimates")
    one_by_one = predictive.replicated(case)
    for field in ("yi", "sei"):
        np.testing.assert_allclose(getattr(many, field), getattr(one_by_one, field), rtol=1e-12, atol=1e-14)
    for field in ("significant", "above"):
        np.testing.assert_array_equal(getattr(many, field), getattr(one_by_one, field))
    assert np.ptp(many.significant) == 1.0
