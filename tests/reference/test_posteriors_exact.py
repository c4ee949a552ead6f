"""The exact engine against an independent quadrature program: every data set, prior and quantity.

What agrees, what does not and why, and what is not compared stands in README.md.
"""

import csv
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from irlbayes.core.density import Density
from irlbayes.posterior.quadrature import ExactPosterior, solve

HERE = Path(__file__).parent

# Rows compared per data set. A row that drops out of the check fails the test.
COMPARED = {
    "bcg_or": 1302,
    "bcg_rd": 1302,
    "bcg_rr": 1302,
    "cochran1954": 288,
    "crins2014_ar": 798,
    "crins2014_ar_rct": 510,
    "crins2014_srr": 582,
    "eightschools_rounded": 312,
    "hart1999_irr": 798,
    "nicholas2019": 2382,
    "normand1999_md": 336,
    "normand1999_smd": 1014,
    "peto1980": 798,
    "raudenbush1985": 1734,
    "rubin1981": 312,
    "schmidli2017": 798,
    "synthetic100": 1260,
}

# Relative distance allowed, by kind of quantity. The reference states an accuracy of about 1e-10 and a target of 1e-6.
TOLERANCE = {
    "mean": 1e-8,
    "sd": 1e-8,
    "mode": 1e-7,  # found by comparing heights, which are flat there: half the digits
    "quantile": 1e-8,
    "shortest": 1e-8,
    "weight": 1e-8,
    "log_marginal_likelihood": 1e-10,
    "probability": 1e-8,
}
# The reference's probabilities about tau are sums that stop short of one by about 1e-12, whatever their size.
ABSOLUTE = {"P(tau>0.1)": 1e-11, "P(tau>0.5)": 1e-11}

# Where the two are further apart than that; test_independent_trapezoid.py gives the third opinion on each.
HEAVY = "the second moment under a half-Cauchy prior and so few studies converges slowly; the reference stops early"
FAR = "a tail of 1e-10 to 1e-22: either program keeps its leading digits only"
EXCEPTIONS: dict[tuple[str, str, str, str], tuple[float, str]] = {
    ("crins2014_ar_rct", "normal(0,1)", "halfcauchy(0.5)", "tau.sd"): (1e-6, HEAVY),
    ("crins2014_ar_rct", "normal(0,1)", "halfcauchy(0.5)", "theta_new.sd"): (1e-6, HEAVY),
    ("crins2014_ar_rct", "normal(0,2)", "halfcauchy(0.5)", "tau.sd"): (1e-6, HEAVY),
    ("crins2014_ar_rct", "normal(0,2)", "halfcauchy(0.5)", "theta_new.sd"): (1e-6, HEAVY),
    ("crins2014_ar_rct", "normal(0,4)", "halfcauchy(0.5)", "tau.sd"): (1e-6, HEAVY),
    ("crins2014_ar_rct", "normal(0,4)", "halfcauchy(0.5)", "theta_new.sd"): (1e-6, HEAVY),
    ("crins2014_srr", "flat", "halfcauchy(0.5)", "tau.sd"): (1e-6, HEAVY),
    ("crins2014_srr", "flat", "halfcauchy(0.5)", "theta_new.sd"): (1e-6, HEAVY),
    ("crins2014_srr", "flat", "halfcauchy(0.5)", "mu.sd"): (1e-6, HEAVY),
    ("schmidli2017", "flat", "halfnormal(0.5)", "P(mu<0)"): (1e-7, FAR),
    ("schmidli2017", "normal(0,2)", "halfnormal(0.5)", "P(mu<0)"): (1e-7, FAR),
    ("schmidli2017", "normal(0,4)", "halfnormal(0.5)", "P(mu<0)"): (1e-7, FAR),
    ("synthetic100", "flat", "halfnormal(1)", "P(mu<0)"): (1e-6, FAR),
    ("synthetic100", "normal(0,1)", "halfnormal(0.5)", "P(mu<0)"): (1e-6, FAR),
    ("cochran1954", "normal(0,50)", "halfnormal(10)", "P(mu<0)"): (1e-6, FAR),
    ("cochran1954", "flat", "halfnormal(10)", "P(mu<0)"): (2e-6, FAR),
}


@cache
def reference() -> dict[str, dict[tuple[str, str], dict[str, float]]]:
    """Return data set -> (prior of mu, prior of tau) -> quantity -> value, Bayes factors left out."""
    found: dict[str, dict[tuple[str, str], dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    with (HERE / "posteriors_exact.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if not row["quantity"].startswith("bf01."):
                found[row["dataset"]][row["prior_mu"], row["prior_tau"]][row["quantity"]] = float(row["value"])
    return found


def summary(name: str, density: Density) -> dict[str, float | None]:
    """Return a density's summaries under the reference's names; None where a moment does not exist."""
    low, middle, high = density.quantile(np.array([0.025, 0.5, 0.975]))
    found = {"mean": density.mean, "sd": density.sd, "median": middle, "q0.025": low, "q0.975": high}
    if not name.startswith("theta["):
        found["mode"] = density.mode
        found["hdi95.lower"], found["hdi95.upper"] = density.shortest(0.95)
    return {f"{name}.{key}": value for key, value in found.items()}


def answers(posterior: ExactPosterior) -> dict[str, float | None]:
    """Return everything that the reference reports, under its names."""
    mu, tau, theta_new = posterior.mu, posterior.tau, posterior.theta_new
    found = summary("mu", mu) | summary("tau", tau) | summary("theta_new", theta_new)
    for i, density in enumerate(posterior.theta, start=1):
        found |= summary(f"theta[{i}]", density)
    found |= {f"weight[{i}]": float(share) for i, share in enumerate(posterior.share, start=1)}
    found["weight[prior]"] = 1.0 - float(posterior.share.sum())
    found["log_marginal_likelihood"] = posterior.log_marginal_likelihood
    found |= {"P(mu>0)": float(mu.sf(0.0)), "P(mu<0)": float(mu.cdf(0.0)), "P(theta_new>0)": float(theta_new.sf(0.0))}
    found |= {"P(tau>0.1)": float(tau.sf(0.1)), "P(tau>0.5)": float(tau.sf(0.5))}
    return found


def kind_of(quantity: str) -> str:
    """Return the kind of quantity that a tolerance is named by."""
    last = quantity.rpartition(".")[2] if not quantity.startswith("P(") else "probability"
    if re.search(r"\.(median|q0\.\d+)$", quantity):
        return "quantile"
    if ".hdi95." in quantity:
        return "shortest"
    return "weight" if quantity.startswith("weight[") else last


def allowed(key: tuple[str, str, str, str], value: float) -> float:
    """Return the absolute distance allowed for one row."""
    relative = EXCEPTIONS[key][0] if key in EXCEPTIONS else TOLERANCE[kind_of(key[3])]
    return max(relative * abs(value), ABSOLUTE.get(key[3], 0.0))


def test_every_data_set_is_compared() -> None:
    """No data set of the reference is left out, and no exception names a row that does not exist."""
    assert set(reference()) == set(COMPARED)
    assert sum(COMPARED.values()) == 15_828
    for dataset, mu, tau, quantity in EXCEPTIONS:
        assert quantity in reference()[dataset][mu, tau]


@pytest.mark.parametrize("dataset", COMPARED)
def test_inputs_are_consistent(dataset: str, inputs_of) -> None:
    """The copied inputs are whole: sei squared is vi, and there is a shrinkage estimate for every row."""
    rows = inputs_of(dataset)
    for row in rows:
        assert float(row["sei"]) ** 2 == pytest.approx(float(row["vi"]), rel=1e-14)
    for quantities in reference()[dataset].values():
        assert f"theta[{len(rows)}].mean" in quantities
        assert f"theta[{len(rows) + 1}].mean" not in quantities


@pytest.mark.parametrize("dataset", COMPARED)
def test_exact_engine_agrees_with_independent_quadrature(dataset: str, curves_of, prior_of) -> None:
    """Every summary under every prior of this data set agrees, and moments that do not exist are None."""
    curves = curves_of(dataset)
    compared = 0
    wrong = []
    for (mu, tau), quantities in reference()[dataset].items():
        ours = answers(solve(curves, prior_of(mu), prior_of(tau)))
        for quantity, value in quantities.items():
            found = ours[quantity]
            compared += 1
            if not np.isfinite(value):
                if found is not None:
                    wrong.append((mu, tau, quantity, value, found, "a moment that does not exist"))
            elif found is None or not abs(found - value) <= allowed((dataset, mu, tau, quantity), value):
                wrong.append((mu, tau, quantity, value, found, "too far"))
    assert not wrong, "\n".join(str(row) for row in wrong[:20])
    assert compared == COMPARED[dataset]
