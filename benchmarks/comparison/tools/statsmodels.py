"""statsmodels: `combine_effects` with tau by iterated Paule-Mandel, and Wald-type intervals."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from comparison import cases
from comparison.timing import Numbers, Work

NAME = "statsmodels (Paule-Mandel)"


def absent() -> str:
    """Say why the tool cannot run; empty where it can."""
    return "" if find_spec("statsmodels") else "not installed: uv run --group peers"


def versions() -> dict[str, str]:
    """Return what the times depend on."""
    return {"statsmodels": version("statsmodels")}


def prepare(task: str) -> dict[str, Work]:
    """Return the task made ready, by the name under which it is listed."""
    from statsmodels.stats.meta_analysis import combine_effects

    def fit(yi, sei) -> Numbers:  # type: ignore[no-untyped-def]
        found = combine_effects(yi, sei**2, method_re="iterated", use_t=False)
        low, high = found.conf_int()[1]
        return {
            "mu.mean": float(found.mean_effect_re),
            "mu.sd": float(found.sd_eff_w_re),
            "mu.q0.025": float(low),
            "mu.q0.975": float(high),
            "tau.mean": float(np.sqrt(max(found.tau2, 0.0))),
        }

    note = "estimate and standard error, tau estimated"
    if task in ("fit_13", "fit_100", "large"):
        pairs = {"fit_13": lambda: cases.pair("bcg_rr"), "fit_100": lambda: cases.pair("synthetic100")}
        yi, sei = pairs.get(task, cases.large)()
        return {NAME: Work(lambda: fit(yi, sei), note=note)}
    if task == "batch":
        yi, sei = cases.batch()

        def loop() -> Numbers:
            for one in range(cases.SUBSET):
                fit(yi[one], sei[one])
            return {}

        return {NAME: Work(loop, cases.SUBSET, note="a loop")}
    return {}
