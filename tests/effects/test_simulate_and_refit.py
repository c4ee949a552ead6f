"""Simulation-based calibration of every report kind: simulate from the prior, refit, and count.

Where mu and tau are drawn from the prior and the likelihood is that of the simulator, the posterior probability below
the true value is uniform, and a 90 % interval covers nine times in ten (Talts et al. 2018, arXiv:1804.06788).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from irlbayes.core.assumptions import Prior
from irlbayes.core.types import Value
from irlbayes.posterior.quadrature import solve

# Sizes of the two groups in the studies that report on iron rim lesions and disability.
SIZES = [(13, 53), (113, 79), (12, 32), (63, 84), (42, 49), (38, 64), (19, 69)]
STUDIES = 30
REPLICATIONS = {"normal": 40, "other": 20}  # a fit of other curves takes about ten times as long
MANY_REPLICATIONS = 300
LEVEL = 0.9
BINS = 5
ONE_IN_A_THOUSAND = 1e-3

MU, TAU = Prior("normal", (0.0, 0.5)), Prior("half_normal", (0.3,))
MU_RD, TAU_RD = Prior("normal", (0.0, 0.1)), Prior("half_normal", (0.06,))  # differences of risks end at one


def _p_value(i: int) -> dict[str, Value]:
    """A third of the studies hide the sign; a quarter print a bound where p is below it."""
    return {"pval": 0.05, "sign": "?" if i % 3 == 0 else "+", "pval_relation": "<" if i % 4 == 1 else "="}


def _medians(i: int) -> dict[str, Value]:
    """Half of the studies print quartiles, the others the range too; the values are placeholders."""
    names = ("q1_{}i", "median{}i", "q3_{}i") + (("min{}i", "max{}i") if i % 2 else ())
    return {name.format(group): 0.0 for name in names for group in (1, 2)}


def _estimate_p(i: int) -> dict[str, Value]:
    """A standard error of 0.5 from the p-value; half of the studies give their sizes, so that t replaces z."""
    return {"estimate": 1.0, "pval": 2.0 * NormalDist().cdf(-2.0), "scale": "smd"}


def _changes(i: int) -> dict[str, Value]:
    """Visits that correlate at 0.3 to 0.8, and SDs near one."""
    groups = {f"{name}{g}i_{when}": 1.0 + 0.02 * i for name in ("m", "sd") for g in (1, 2) for when in ("pre", "post")}
    return {**groups, "r_pre_post": 0.3 + 0.1 * (i % 6)}


def _counts(i: int) -> dict[str, Value]:
    """A tenth to a half of either group have the event."""
    share = 0.1 * (1 + i % 5)
    n1, n2 = SIZES[i % len(SIZES)]
    return {"ai": float(round(share * n1)), "ci": float(round(share * n2))}


def _common(i: int) -> dict[str, Value]:
    """About half of either group have the event, so that neither group is ever without."""
    n1, n2 = SIZES[i % len(SIZES)]
    return {"ai": float(round(0.45 * n1)), "ci": float(round(0.5 * n2))}


def _rates(i: int) -> dict[str, Value]:
    """Three to thirty events in all; group 2 is seen for up to four times as long."""
    n1, n2 = SIZES[i % len(SIZES)]
    return {"x1i": 1.0 + i % 10, "t1i": float(n1), "x2i": 2.0 + 2.0 * (i % 11), "t2i": float(n2)}


# What the studies of a kind print, besides the sizes of their groups: a design, whose values are then simulated.
DESIGNS: dict[str, Callable[[int], dict[str, Value]]] = {
    "changes": _changes,
    "correlation": lambda i: {"ri": 0.0, "ni": float(sum(SIZES[i % len(SIZES)]))},
    "counts": _counts,
    "counts-log_rr": _common,
    "counts-rd": _common,
    "direction": lambda i: {"sign": "+"},
    "estimate_ci": lambda i: {"estimate": 1.0, "ci_lb": 0.5 + 0.01 * i, "ci_ub": 1.0 / (0.5 + 0.01 * i), "scale": "or"},
    "estimate_p": _estimate_p,
    "means": lambda i: {"m1i": 0.0, "sd1i": 1.0, "m2i": 0.0, "sd2i": 1.0},
    "medians": _medians,
    "p_value": _p_value,
    "proportion": lambda i: {"xi": 1.0, "ni": float(sum(SIZES[i % len(SIZES)]))},
    "rate": lambda i: {"xi": 1.0, "ti": 4.0 + 2.0 * (i % 13)},
    "rates": _rates,
    "significance": lambda i: {"verdict": "not_significant", "alpha": 0.05, "sign": "+" if i % 5 == 0 else "?"},
    "yi_sei": lambda i: {"yi": 0.0, "sei": 0.1 + 0.02 * i},
}
WITHOUT_SIZES = ("correlation", "estimate_ci", "proportion", "rate", "rates", "yi_sei")
# Where a baseline is integrated, it is simulated from what the counts of the design say, not from its prior: with
# common events the two hardly differ.
TAU_IS_APPROXIMATE = ("counts-log_rr", "counts-rd")


@dataclass(frozen=True)
class Outcomes:
    """Posterior probabilities below the true values, and whether the interval of mu covered, per replication."""

    mu: np.ndarray
    tau: np.ndarray
    covered: int


def design(kind: str, i: int, examples_of: Any) -> Mapping[str, Value]:
    """Return the cells of study i before simulation; a new kind starts from its examples."""
    n1, n2 = SIZES[i % len(SIZES)]
    if kind not in DESIGNS:
        examples = examples_of(kind)
        return dict(examples[i % len(examples)].report.values)
    cells = DESIGNS[kind](i)
    if kind in WITHOUT_SIZES or (kind == "estimate_p" and i % 2):
        return cells
    return {**cells, "n1i": float(n1), "n2i": float(n2)}


def replicate(kind: str, count: int, seed: int, report_of: Any, examples_of: Any) -> Outcomes:
    """Draw mu and tau from the prior, simulate and refit, many times."""
    name, _, scale = kind.partition("-")
    module = examples_of(name)[0].kind
    prior_mu, prior_tau = (MU, TAU) if scale != "rd" else (MU_RD, TAU_RD)
    rng = np.random.default_rng(seed)
    below_mu, below_tau, covered = [], [], 0
    for _ in range(count):
        mu, tau = rng.normal(*prior_mu.parameters), abs(rng.normal(0.0, prior_tau.parameters[0]))
        curves = []
        for i in range(STUDIES):
            cells = design(kind, i, examples_of)
            drawn = module.simulate(report_of(name, cells, scale), rng.normal(mu, tau), rng)
            curves.append(module.curve(report_of(name, {**cells, **drawn}, scale)))
        posterior = solve(curves, prior_mu, prior_tau, studies=False)
        low, high = posterior.mu.interval(LEVEL)
        covered += low <= mu <= high
        below_mu.append(float(posterior.mu.cdf(mu)))
        below_tau.append(float(posterior.tau.cdf(tau)))
    return Outcomes(np.array(below_mu), np.array(below_tau), covered)


def check(outcomes: Outcomes, with_tau: bool) -> None:
    """Assert that coverage and ranks are what a calibrated posterior gives, but for one run in a thousand."""
    count = outcomes.mu.size
    low, high = binom.interval(1.0 - ONE_IN_A_THOUSAND, count, LEVEL)
    assert low <= outcomes.covered <= high
    for ranks in (outcomes.mu, outcomes.tau) if with_tau else (outcomes.mu,):
        counts, _ = np.histogram(ranks, bins=BINS, range=(0.0, 1.0))
        assert chisquare(counts).pvalue > ONE_IN_A_THOUSAND


def test_posterior_is_calibrated(kind_name: str, report_of: Any, examples_of: Any) -> None:
    """20 or 40 replications of 30 studies: the 90 % interval of mu covers, and ranks of mu and tau are uniform."""
    example = examples_of(kind_name)[0]
    count = REPLICATIONS["normal" if example.curve.is_normal else "other"]
    outcomes = replicate(kind_name, count, 1000 + len(kind_name), report_of, examples_of)
    check(outcomes, kind_name not in TAU_IS_APPROXIMATE)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["counts-log_rr", "counts-rd"])
def test_risks_of_common_events_are_calibrated(kind: str, report_of: Any, examples_of: Any) -> None:
    """Risk ratios and differences, their baselines integrated: 40 replications."""
    outcomes = replicate(kind, REPLICATIONS["normal"], 1000 + len(kind), report_of, examples_of)
    check(outcomes, kind not in TAU_IS_APPROXIMATE)


@pytest.mark.slow
def test_posterior_is_calibrated_over_many_replications(kind_name: str, report_of: Any, examples_of: Any) -> None:
    """The same over 300 replications, which sees an interval that covers 84 % instead of 90 %."""
    outcomes = replicate(kind_name, MANY_REPLICATIONS, 2000 + len(kind_name), report_of, examples_of)
    check(outcomes, kind_name not in TAU_IS_APPROXIMATE)
