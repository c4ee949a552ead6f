"""Exact likelihoods of counts against Stijnen, Hamza & Özdemir (2010): 18 trials, seven cells without events.

The paper prints maximum-likelihood estimates of the models that pool exact likelihoods with a normal random effect.
The marginal likelihood is a sum over our curves, `log_smooth(mu, tau)`, so its maximum must be theirs, to the digits
that are printed. No correction is added to a zero anywhere.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize

from irlbayes.core.curve import Curve
from irlbayes.core.types import Report
from irlbayes.effects.table import kinds

TABLES = Path(__file__).parent / "tables"
# kind, our columns and those of the file, then the printed mu (3 or 2 digits) and tau or tau squared
PRINTED = {
    "odds ratio, exact conditional (Table III)": ("counts", "nielweise2007", {}, -1.353, 3, 0.83, 1),
    "standard catheters, binomial (Table II)": (
        "proportion", "nielweise2007", {"xi": "ci", "ni": "n2i"}, -3.50, 2, 0.81, 2,
    ),
    "anti-infective catheters, binomial (Table II)": (
        "proportion", "nielweise2007", {"xi": "ai", "ni": "n1i"}, -4.81, 2, 0.83, 2,
    ),
    "rate ratio, exact conditional (Table VIII)": ("rates", "nielweise2008", {}, -0.476, 3, 0.35, 1),
    "standard catheters, Poisson (Table VII)": (
        "rate", "nielweise2008", {"xi": "x2i", "ti": "t2i"}, 1.401, 3, 0.317, 2,
    ),
    "anti-infective catheters, Poisson (Table VII)": (
        "rate", "nielweise2008", {"xi": "x1i", "ti": "t1i"}, 0.849, 3, 0.654, 2,
    ),
}  # fmt: skip
THOUSAND_DAYS = {"t1i": 1e-3, "t2i": 1e-3}  # the paper's rates are per 1,000 catheter days


def curves(kind: str, name: str, columns: dict[str, str]) -> list[Curve]:
    found = []
    with (TABLES / f"{name}.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            theirs = {
                column: float(row[column]) * THOUSAND_DAYS.get(column, 1.0) for column in row if column != "study"
            }
            cells = {ours: theirs[column] for ours, column in columns.items()} or theirs
            report = Report(row["study"], row["study"], row["study"], "effect", kind, "primary", name, 2, cells)
            found.append(kinds()[kind].curve(report))
    return found


def most_likely(studies: list[Curve]) -> tuple[float, float]:
    """Return the mu and tau of the largest marginal likelihood."""

    def lost(place: np.ndarray) -> float:
        mu, tau = np.array([place[0]]), np.exp(place[1:2])
        return -sum(float(curve.log_smooth(mu, tau)[0, 0]) for curve in studies)

    best = minimize(lost, [0.0, -0.5], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10, "maxiter": 2000})
    assert best.success
    return float(best.x[0]), float(np.exp(best.x[1]))


@pytest.mark.parametrize("name", PRINTED)
def test_printed_estimates(name: str) -> None:
    """mu and tau (or its square) to the last digit that the paper, or metafor where it differs, prints."""
    kind, data, columns, mu, digits, spread, power = PRINTED[name]
    studies = curves(kind, data, columns)
    assert len(studies) == {"nielweise2007": 18, "nielweise2008": 9}[data]
    found_mu, found_tau = most_likely(studies)
    assert found_mu == pytest.approx(mu, abs=0.5001 * 10.0**-digits)
    assert found_tau**power == pytest.approx(spread, abs=0.5001 * 10.0 ** -(3 if spread in (0.317, 0.654) else 2))


def test_a_double_zero_says_nothing() -> None:
    """Yucel 2004 saw no infection in either group: its curve is flat, and leaving it out changes nothing."""
    studies = curves("counts", "nielweise2007", {})
    flat = [curve for curve in studies if not any(curve.bounded) and curve.center.size == 0 and curve.at.size == 0]
    assert len(flat) == 1
    theta = np.linspace(-20.0, 20.0, 81)
    assert np.abs(flat[0].log_value(theta)).max() == 0.0
    assert most_likely([curve for curve in studies if curve is not flat[0]]) == pytest.approx(most_likely(studies))
