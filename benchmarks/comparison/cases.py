"""The data, priors and reference numbers of the comparison: all from `tests/reference`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
REFERENCE = Path(__file__).parents[2] / "tests" / "reference"
MU_SD, BETA_SD, TAU_SCALE = 1.0, 2.0, 0.5  # mu ~ normal(0, 1), coefficients normal(0, 2), tau half-normal(0.5)
SEED = 20261125
DATA_SETS, STUDIES, REPLICATES, LARGE = 10_000, 13, 1000, 100_000
MIXED_STUDIES = 8
SUBSET = 50  # data sets on which a peer without a batch is timed


@dataclass(frozen=True)
class Task:
    """One thing that every tool is asked to do.

    Parameters
    ----------
    name : str
    words : str
    unit : str
        What a time is the time of.
    reference : Mapping
        Right numbers by quantity; empty where there are none.
    """

    name: str
    words: str
    unit: str
    reference: Mapping[str, float]


@cache
def pair(name: str) -> tuple[Array, Array]:
    """Return yi and sei of a data set of the reference."""
    with (REFERENCE / "inputs" / f"{name}.csv").open(encoding="utf-8") as file:
        rows = [(float(row["yi"]), float(row["sei"])) for row in csv.DictReader(file)]
    yi, sei = np.array(rows).T
    return yi, sei


@cache
def latitude() -> Array:
    """Return the absolute latitude of the BCG trials."""
    with (REFERENCE / "moderators.csv").open(encoding="utf-8") as file:
        return np.array([float(row["ablat"]) for row in csv.DictReader(file) if row["dataset"] == "bcg_rr"])


@cache
def batch() -> tuple[Array, Array]:
    """Return yi and sei of many simulated data sets, dims (data set, study)."""
    rng = np.random.default_rng(SEED)
    return drawn(rng, DATA_SETS, STUDIES)[1:]


def drawn(rng: np.random.Generator, count: int, studies: int) -> tuple[Array, Array, Array]:
    """Return the true mu and tau, yi and sei of data sets from the priors."""
    mu, tau = MU_SD * rng.standard_normal(count), TAU_SCALE * np.abs(rng.standard_normal(count))
    sei = rng.uniform(0.1, 0.5, (count, studies))
    theta = mu[:, None] + tau[:, None] * rng.standard_normal(sei.shape)
    return np.stack([mu, tau]), theta + sei * rng.standard_normal(sei.shape), sei


@cache
def large() -> tuple[Array, Array]:
    """Return yi and sei of one very large data set."""
    rng = np.random.default_rng(SEED)
    sei = rng.uniform(0.1, 0.5, LARGE)
    return 0.3 + np.hypot(sei, 0.25) * rng.standard_normal(LARGE), sei


@cache
def predictive_p() -> float:
    """Return the predictive p of Cochran's Q of the BCG trials, from 200,000 replicates by a plain grid.

    P(Q of a replicate > Q), two-sided, with tau and mu drawn from a grid of 4,000 values of tau; its Monte Carlo error
    is 0.002.
    """
    rng = np.random.default_rng(SEED)
    yi, sei = pair("bcg_rr")
    tau, mean, sd, share = grid(yi, sei)
    pick = rng.choice(tau.size, 200_000, p=share)
    mu = mean[pick] + sd[pick] * rng.standard_normal(pick.size)
    spread = np.sqrt(sei**2 + tau[pick, None] ** 2)
    return two_sided(cochran_q(mu[:, None] + spread * rng.standard_normal(spread.shape), sei), cochran_q(yi, sei))


def grid(yi: Array, sei: Array, count: int = 4000) -> tuple[Array, Array, Array, Array]:
    """Return values of tau, mean and sd of mu given each, and the share of each: a plain grid."""
    tau = (np.arange(count) + 0.5) * 6.0 * TAU_SCALE / count
    variance = sei**2 + tau[:, None] ** 2
    precision = (1.0 / variance).sum(axis=1) + MU_SD**-2.0
    mean = (yi / variance).sum(axis=1) / precision
    level = -0.5 * (np.log(variance).sum(axis=1) + (yi**2 / variance).sum(axis=1) - mean**2 * precision)
    level -= 0.5 * np.log(precision) + 0.5 * (tau / TAU_SCALE) ** 2
    share = np.exp(level - level.max())
    return tau, mean, precision**-0.5, share / share.sum()


def cochran_q(yi: Array, sei: Array) -> Array:
    """Return Cochran's Q over the last dimension."""
    weight = sei**-2.0
    mean = (weight * yi).sum(axis=-1, keepdims=True) / weight.sum()
    return np.asarray((weight * (yi - mean) ** 2).sum(axis=-1))


def two_sided(replicates: Array, observed: Array) -> float:
    """Return the two-sided predictive p of a statistic."""
    above = (float((replicates > observed).sum()) + 0.5) / (replicates.size + 1.0)
    return 2.0 * min(above, 1.0 - above)


def _posterior(file: str, **where: str) -> dict[str, float]:
    with (REFERENCE / file).open(encoding="utf-8") as rows:
        kept = [row for row in csv.DictReader(rows) if all(row[name] == value for name, value in where.items())]
    return {row["quantity"]: float(row["value"]) for row in kept}


@cache
def tasks() -> dict[str, Task]:
    """Return every task by name, in the order of the table."""
    priors = {"prior_mu": f"normal(0,{MU_SD:g})", "prior_tau": f"halfnormal({TAU_SCALE:g})"}
    beta = {"formula": "1 + ablat", "prior_beta": f"normal(0,{BETA_SD:g})", "prior_tau": priors["prior_tau"]}
    fits = [_posterior("posteriors_exact.csv", dataset=name, **priors) for name in ("bcg_rr", "synthetic100")]
    by_latitude = _posterior("meta_regression.csv", dataset="bcg_rr", **beta)
    rows = [
        ("fit_13", "random-effects model, 13 trials (BCG)", "fit", fits[0]),
        ("fit_100", "random-effects model, 100 studies (synthetic)", "fit", fits[1]),
        ("moderator_13", "meta-regression of 13 trials on latitude (BCG)", "fit", by_latitude),
        ("predictive", "predictive p of Cochran's Q, 1,000 replicates (BCG)", "p-value", {"p": predictive_p()}),
        ("batch", f"{DATA_SETS:,} data sets of {STUDIES} studies", "data set", {}),
        ("calibration", f"simulation-based calibration, {DATA_SETS:,} data sets of {STUDIES}", "data set", {}),
        ("mixed", f"data sets of {MIXED_STUDIES} mixed reports: means, verdicts, p-values, signs", "data set", {}),
        ("large", f"random-effects model, {LARGE:,} studies", "fit", {}),
    ]
    return {row[0]: Task(*row) for row in rows}
