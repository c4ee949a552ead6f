"""Meta-regression against the independent quadrature program."""

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve
from irlbayes.core.density import Density
from irlbayes.posterior.regression import RegressionPosterior, solve_regression

HERE = Path(__file__).parent
CLOSE = 1e-6  # the reference's own target
UNBOUNDED = 1e7  # upper end of a uniform tau that stands for the improper one, in units of the effect
Key = tuple[str, str, str, str]
# With six studies and two flat coefficients tau falls as its fourth power: the reference's variance of tau lacks
# the tail beyond about 1e6. A trapezoid of 40,001 points of log tau from -60 to 60 gives 1.0959847172 (up to 1e6
# 1.0959829940).
HEAVIEST = ("crins2014_ar", "1 + randomized(yes=1)", "flat", "uniform")
HEAVIEST_SD = 1.0959847172


def reference() -> dict[Key, dict[str, float]]:
    groups: dict[Key, dict[str, float]] = defaultdict(dict)
    with (HERE / "meta_regression.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["dataset"], row["formula"], row["prior_beta"], row["prior_tau"]
            groups[key][row["quantity"]] = float(row["value"])
    return groups


GROUPS = reference()


def moderator(dataset: str, column: str) -> np.ndarray:
    with (HERE / "moderators.csv").open(encoding="utf-8") as file:
        return np.array([row[column] for row in csv.DictReader(file) if row["dataset"] == dataset])


def design(dataset: str, formula: str) -> dict[str, np.ndarray]:
    """Columns of the design by the reference's names for the coefficients."""
    if formula.startswith("0 + alloc"):
        alloc = moderator(dataset, "alloc")
        return {f"alloc{level}": (alloc == level) * 1.0 for level in ("alternate", "random", "systematic")}
    one = {
        "1 + ablat": lambda: {"ablat": moderator(dataset, "ablat").astype(float)},
        "1 + ablat_c33 (ablat-33.46)": lambda: {"ablat_c33": moderator(dataset, "ablat").astype(float) - 33.46},
        "1 + (year-2000)": lambda: {"year": moderator(dataset, "year").astype(float) - 2000.0},
        "1 + pmin(weeks,3)": lambda: {"wi": np.minimum(moderator(dataset, "weeks").astype(float), 3.0)},
        "1 + randomized(yes=1)": lambda: {"rct": (moderator(dataset, "randomized") == "yes") * 1.0},
    }[formula]()
    (column,) = one.values()
    return {"intercept": np.ones(column.size), **one}


def found(posterior: RegressionPosterior, names: list[str], quantity: str) -> float:
    name, _, summary = quantity.partition(".")
    densities: dict[str, Density] = dict(zip(names, posterior.beta, strict=True))
    densities["tau"] = posterior.tau
    densities |= {f"theta[{i}]": one for i, one in enumerate(posterior.theta, start=1)}
    one = densities[name]
    if summary in ("mean", "sd"):
        value = getattr(one, summary)
        return float("nan") if value is None else float(value)
    return float(one.quantile({"median": 0.5}.get(summary) or float(summary[1:])))


def test_the_grid_is_whole() -> None:
    assert len(GROUPS) == 36
    assert sum(len(values) for values in GROUPS.values()) == 1686


@pytest.mark.parametrize("key", GROUPS, ids=" ".join)
def test_agreement(key: Key, curves_of: Callable[[str], list[Curve]], prior_of: Callable[[str], Prior]) -> None:
    """Every coefficient, tau, every effect, and the marginal likelihood of proper priors.

    The improper uniform tau is a uniform up to 1e7; moments that its tail does not have are not a number on both sides.
    """
    dataset, formula, beta, tau = key
    columns = design(dataset, formula)
    matrix = np.column_stack(list(columns.values()))
    tau_prior = Prior("uniform", (0.0, UNBOUNDED)) if tau == "uniform" else prior_of(tau)
    posterior = solve_regression(
        curves_of(dataset), matrix, [prior_of(beta)] * matrix.shape[1], tau_prior, matrix.mean(axis=0)
    )
    assert posterior.error_bound < 1e-6
    compared = 0
    names = [name for name in GROUPS[key] if name.endswith(".mean") and not name.startswith(("tau", "theta"))]
    coefficients = [name.removesuffix(".mean") for name in names]
    assert len(coefficients) == matrix.shape[1]
    for quantity, expected in GROUPS[key].items():
        compared += 1
        if (key, quantity) == (HEAVIEST, "tau.sd"):
            assert expected == pytest.approx(HEAVIEST_SD, rel=2e-6)
            expected = HEAVIEST_SD
        if quantity.endswith("marginal_likelihood"):
            assert posterior.log_marginal_likelihood is not None
            ours = posterior.log_marginal_likelihood
            if quantity == "marginal_likelihood":
                ours = float(np.exp(ours))
            assert ours == pytest.approx(expected, rel=CLOSE), quantity
        elif np.isfinite(expected):
            assert found(posterior, coefficients, quantity) == pytest.approx(expected, rel=CLOSE, abs=1e-9), quantity
    assert compared == len(GROUPS[key])
