"""Groups: a planted division is found, a random one is not."""

from types import SimpleNamespace

import numpy as np

from irlbayes.core.assumptions import Prior

MU, TAU = Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,))


def test_a_planted_division(checks: SimpleNamespace) -> None:
    rng = np.random.default_rng(7)
    pairs = [(float(0.1 + 0.1 * rng.normal()), 0.12) for _ in range(6)]
    pairs += [(float(1.1 + 0.1 * rng.normal()), 0.12) for _ in range(6)]
    labels = {"field": ("3T",) * 6 + ("7T",) * 6, "odd": ("a", "b") * 6}
    case = checks.case(checks.normal_rows(pairs), MU, TAU, labels=labels)
    found = checks.ask("subgroups", case)
    assert not found.passed
    assert found.statement.startswith("The studies divide by field: ")
    assert found.numbers["pairs"] == 2
    by_column = {row["column"]: row for row in found.numbers["columns"]}
    assert by_column["field"]["log_bf"] > 3.0
    assert by_column["odd"]["log_bf"] < 0.0


def test_a_random_division(checks: SimpleNamespace) -> None:
    rng = np.random.default_rng(8)
    pairs = [(float(0.3 + 0.2 * rng.normal()), 0.2) for _ in range(8)]
    found = checks.ask("subgroups", checks.case(checks.normal_rows(pairs), MU, TAU, labels={"odd": ("a", "b") * 4}))
    assert found.passed
    assert found.statement.startswith("No column divides the studies for sure; odd does most: ")


def test_no_column(checks: SimpleNamespace) -> None:
    assert checks.answer("subgroups", checks.case(checks.normal_rows([(0.1, 0.2)] * 3), MU, TAU)) is None
