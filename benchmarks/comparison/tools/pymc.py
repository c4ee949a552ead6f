"""PyMC, written by hand: the same model and priors, sampled by PyMC's own sampler and by nutpie."""

from __future__ import annotations

import logging
import warnings
from importlib.metadata import version
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import numpy as np

from comparison import cases
from comparison.timing import Numbers, Work

OWN, NUTPIE = "PyMC (its own NUTS)", "PyMC (nutpie)"
SETTINGS = {"draws": 1000, "tune": 1000, "chains": 4, "cores": 1}


def absent() -> str:
    """Say why the tool cannot run; empty where it can."""
    return "" if find_spec("pymc") and find_spec("nutpie") else "not installed"


def versions() -> dict[str, str]:
    """Return what the times depend on."""
    return {name: version(name) for name in ("pymc", "nutpie")}


def _model(yi: Any, sei: Any, x: Any = None) -> Any:
    import pymc as pm

    with pm.Model() as model:
        tau = pm.HalfNormal("tau", cases.TAU_SCALE)
        z = pm.Normal("z", shape=yi.size)
        mu = pm.Normal("mu", 0.0, cases.MU_SD if x is None else cases.BETA_SD)
        line = mu if x is None else mu + pm.Normal("ablat", 0.0, cases.BETA_SD) * x
        pm.Normal("yi", line + tau * z, sei, observed=yi)
    return model


def _summary(trace: Any, names: tuple[str, ...]) -> Numbers:
    numbers = {}
    for name in names:
        draws = trace["posterior"][name].to_numpy().ravel()
        low, high = np.quantile(draws, [0.025, 0.975])
        numbers |= {
            f"{name}.mean": draws.mean(),
            f"{name}.sd": draws.std(),
            f"{name}.q0.025": low,
            f"{name}.q0.975": high,
        }
    return {name: float(value) for name, value in numbers.items()}


def prepare(task: str) -> dict[str, Work]:
    """Return the task made ready, by the name under which it is listed."""
    if task not in ("fit_13", "fit_100", "moderator_13", "predictive"):
        return {}
    import nutpie
    import pymc as pm

    logging.getLogger("pymc").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    yi, sei = cases.pair("synthetic100" if task == "fit_100" else "bcg_rr")
    x = cases.latitude() if task == "moderator_13" else None
    names = ("ablat", "tau") if task == "moderator_13" else ("mu", "tau")
    model = _model(yi, sei, x)
    begun = perf_counter()
    compiled = nutpie.compile_pymc_model(model)
    before = f"compiled before in {perf_counter() - begun:.1f} s"

    def own() -> Numbers:
        with model:
            trace = pm.sample(
                **SETTINGS, random_seed=1, progressbar=False, nuts_sampler="pymc", compute_convergence_checks=False
            )
        return _summary(trace, names)

    def sampled() -> Any:
        return nutpie.sample(compiled, **SETTINGS, seed=1, progress_bar=False)

    def predictive() -> Numbers:
        trace = sampled().isel(draw=slice(0, cases.REPLICATES // 4))
        rng = np.random.default_rng(1)
        drawn = trace["posterior"]
        mu, tau = (drawn[name].to_numpy().ravel()[:, None] for name in ("mu", "tau"))
        again = mu + np.hypot(tau, sei) * rng.standard_normal((mu.size, sei.size))
        return {"p": cases.two_sided(cases.cochran_q(again, sei), cases.cochran_q(yi, sei))}

    if task == "predictive":
        return {NUTPIE: Work(predictive, slow=True, note=f"sampling and 1,000 replicates, {before}")}
    return {
        OWN: Work(own, slow=True, note="4 x 1,000 draws in one process, graph and compilation included"),
        NUTPIE: Work(lambda: _summary(sampled(), names), slow=True, note=f"4 x 1,000 draws in one process, {before}"),
    }
