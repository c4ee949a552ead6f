"""Point hypotheses against the independent quadrature: no effect, a common effect, and both."""

import csv
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.curve import Curve
from irlbayes.posterior.refit import refit

HOLDS = {
    "random_H1": {},
    "random_H0": {"mu_at": 0.0},
    "fixed_H1": {"tau_at": 0.0},
    "fixed_H0": {"mu_at": 0.0, "tau_at": 0.0},
}
CLOSE = 1e-6  # the reference's own target


def reference() -> dict[tuple[str, str, str], dict[str, float]]:
    groups: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    with (Path(__file__).parent / "model_averaging.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["dataset"], row["prior_mu_H1"], row["prior_tau_random"]
            groups[key][row["quantity"]] = float(row["value"])
    return groups


GROUPS = reference()


def test_the_grid_is_whole() -> None:
    assert len(GROUPS) == 20
    assert all(len(values) == 22 for values in GROUPS.values())


@pytest.mark.parametrize("key", GROUPS, ids=" ".join)
def test_four_models(
    key: tuple[str, str, str], curves_of: Callable[[str], list[Curve]], prior_of: Callable[[str], Prior]
) -> None:
    """Log marginal likelihoods and Bayes factors of the four models; mean and sd of mu where it is not held."""
    dataset, mu, tau = key
    expected = GROUPS[key]
    studies = [SimpleNamespace(curve=curve) for curve in curves_of(dataset)]
    model = ModelSpec("test", "none", prior_of(mu), prior_of(tau))
    found = {name: refit(studies, model, **held) for name, held in HOLDS.items()}  # type: ignore[arg-type]
    log_ml = {name: one.log_marginal_likelihood for name, one in found.items()}
    for name, value in log_ml.items():
        assert value == pytest.approx(expected[f"logml.{name}"], rel=CLOSE)
    for name in ("random", "fixed"):
        gain = log_ml[f"{name}_H1"] - log_ml[f"{name}_H0"]
        assert gain == pytest.approx(expected[f"logBF10.{name}"], rel=CLOSE, abs=CLOSE)
        one = found[f"{name}_H1"].mu
        assert one is not None
        assert one.mean == pytest.approx(expected[f"{name}_H1.mean"], rel=CLOSE)
        assert one.sd == pytest.approx(expected[f"{name}_H1.sd"], rel=CLOSE)
    effect = np.logaddexp(log_ml["random_H1"], log_ml["fixed_H1"])
    none = np.logaddexp(log_ml["random_H0"], log_ml["fixed_H0"])
    assert effect - none == pytest.approx(expected["logBF10.effect.inclusion"], rel=CLOSE, abs=CLOSE)


def bayes_factors() -> dict[tuple[str, str, str], dict[str, float]]:
    """Return the factors for tau = 0 and for mu = 0 of `posteriors_exact.csv`."""
    groups: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    with (Path(__file__).parent / "posteriors_exact.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["quantity"].startswith("bf01.") and row["value"] not in ("", "NA"):
                groups[row["dataset"], row["prior_mu"], row["prior_tau"]][row["quantity"]] = float(row["value"])
    return groups


FACTORS = bayes_factors()


def test_every_factor_is_there() -> None:
    assert sum(len(values) for values in FACTORS.values()) == 234


@pytest.mark.parametrize("key", FACTORS, ids=" ".join)
def test_bayes_factors(
    key: tuple[str, str, str], curves_of: Callable[[str], list[Curve]], prior_of: Callable[[str], Prior]
) -> None:
    dataset, mu, tau = key
    studies = [SimpleNamespace(curve=curve) for curve in curves_of(dataset)]
    model = ModelSpec("test", "none", prior_of(mu), prior_of(tau))
    whole = refit(studies, model).log_marginal_likelihood  # type: ignore[arg-type]
    for quantity, expected in FACTORS[key].items():
        held = {"tau_at": 0.0} if quantity.endswith("tau=0") else {"mu_at": 0.0}
        null = refit(studies, model, **held).log_marginal_likelihood  # type: ignore[arg-type]
        assert whole is not None
        assert null is not None
        assert np.exp(null - whole) == pytest.approx(expected, rel=CLOSE)
