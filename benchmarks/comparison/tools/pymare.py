"""PyMARE: estimates by DerSimonian and Laird or REML, with Wald-type intervals."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from comparison import cases
from comparison.timing import Numbers, Work

NAME = "PyMARE (REML)"
PLAIN = "PyMARE (DerSimonian-Laird)"


def absent() -> str:
    """Say why the tool cannot run; empty where it can."""
    return "" if find_spec("pymare") else "not installed: uv run --group peers"


def versions() -> dict[str, str]:
    """Return what the times depend on."""
    return {"pymare": version("pymare")}


def prepare(task: str) -> dict[str, Work]:
    """Return the task made ready, by the name under which it is listed."""
    from pymare import Dataset
    from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator

    def fit(estimator, yi, sei, design=None) -> Numbers:  # type: ignore[no-untyped-def]
        x = np.ones((yi.shape[0], 1)) if design is None else design
        found = estimator.fit_dataset(Dataset(y=yi, v=sei**2, X=x, add_intercept=False)).summary()
        fixed = found.get_fe_stats()
        low, high = (np.atleast_2d(fixed[name])[-1, 0] for name in ("ci_l", "ci_u"))
        first = "mu" if design is None else "ablat"
        return {
            f"{first}.mean": float(np.atleast_2d(fixed["est"])[-1, 0]),
            f"{first}.sd": float(np.atleast_2d(fixed["se"])[-1, 0]),
            f"{first}.q0.025": float(low),
            f"{first}.q0.975": float(high),
            "tau.mean": float(np.sqrt(np.ravel(found.tau2)[0])),
        }

    reml, plain = VarianceBasedLikelihoodEstimator(method="reml"), DerSimonianLaird()
    note = "estimate and standard error, tau estimated"
    if task in ("fit_13", "fit_100"):
        yi, sei = (part[:, None] for part in cases.pair("bcg_rr" if task == "fit_13" else "synthetic100"))
        return {
            NAME: Work(lambda: fit(reml, yi, sei), note=note),
            PLAIN: Work(lambda: fit(plain, yi, sei), note=note),
        }
    if task == "moderator_13":
        yi, sei = (part[:, None] for part in cases.pair("bcg_rr"))
        design = np.column_stack([np.ones(yi.size), cases.latitude()])
        return {NAME: Work(lambda: fit(reml, yi, sei, design), note=note)}
    if task == "batch":
        yi, sei = cases.batch()

        def loop() -> Numbers:
            for one in range(cases.SUBSET):
                fit(reml, yi[one, :, None], sei[one, :, None])
            return {}

        return {
            NAME: Work(loop, cases.SUBSET, note="a loop"),
            PLAIN: Work(lambda: fit(plain, yi.T, sei.T) and {}, len(yi), note="all at once"),
        }
    if task == "large":
        yi, sei = (part[:, None] for part in cases.large())
        return {PLAIN: Work(lambda: fit(plain, yi, sei), note=note)}
    return {}
