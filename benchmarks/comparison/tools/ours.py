"""irlbayes: the exact engine, one fit at a time and in batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from comparison import cases, machine
from comparison.timing import Numbers, Work
from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import normal_curve
from irlbayes.core.density import Density
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.regression import solve_regression

NAME = "irlbayes"
MU, TAU = Prior("normal", (0.0, cases.MU_SD)), Prior("half_normal", (cases.TAU_SCALE,))
ENDS = np.array([0.025, 0.975])


def absent() -> str:
    """Say why the tool cannot run: never."""
    return ""


def versions() -> dict[str, str]:
    """Return what the times depend on."""
    return machine.versions()


def summary(densities: dict[str, Density]) -> Numbers:
    """Return mean, sd and central interval of each."""
    numbers: dict[str, float] = {}
    for name, one in densities.items():
        low, high = one.quantile(ENDS)
        assert one.mean is not None
        assert one.sd is not None
        numbers |= {f"{name}.mean": one.mean, f"{name}.sd": one.sd, f"{name}.q0.025": low, f"{name}.q0.975": high}
    return {name: float(value) for name, value in numbers.items()}


def prepare(task: str) -> dict[str, Work]:
    """Return the task made ready, by the name under which it is listed."""
    found: Any = globals().get(f"_{task}")
    return {} if found is None else found()


def _pooled(name: str) -> dict[str, Work]:
    yi, sei = cases.pair(name)

    def fit() -> Numbers:
        curves = [normal_curve(float(y), float(s)) for y, s in zip(yi, sei, strict=True)]
        found = solve(curves, MU, TAU, studies=False)
        return summary({"mu": found.mu, "tau": found.tau, "theta_new": found.theta_new})

    return {NAME: Work(fit, note="mu, tau and a new effect, with their error bounded")}


def _fit_13() -> dict[str, Work]:
    return _pooled("bcg_rr")


def _fit_100() -> dict[str, Work]:
    return _pooled("synthetic100")


def _moderator_13() -> dict[str, Work]:
    yi, sei = cases.pair("bcg_rr")
    design = np.column_stack([np.ones(yi.size), cases.latitude()])

    def fit() -> Numbers:
        curves = [normal_curve(float(y), float(s)) for y, s in zip(yi, sei, strict=True)]
        found = solve_regression(curves, design, [MU, MU], TAU, design.mean(axis=0))
        return summary({"mu": found.mu, "ablat": found.beta[1], "tau": found.tau})

    return {NAME: Work(fit, note="both coefficients, tau, mu at the mean latitude, a new effect")}


def _predictive() -> dict[str, Work]:
    from irlbayes.checks import predictive
    from irlbayes.core.assumptions import ModelSpec
    from irlbayes.core.examining import Case
    from irlbayes.core.types import Outcome, Report, ReportTable
    from irlbayes.effects.table import effect_table
    from irlbayes.posterior import exact
    from irlbayes.posterior.refit import above, refit, scores
    from irlbayes.posterior.subgroups import regroup

    outcome = Outcome("outcome", "outcome", "smd", 0.0, "+")
    rows = enumerate(zip(*cases.pair("bcg_rr"), strict=True))
    reports = tuple(
        Report(
            f"s{i}", f"s{i}", f"s{i}", "outcome", "yi_sei", "primary", "BCG", i + 2, {"yi": float(y), "sei": float(s)}
        )
        for i, (y, s) in rows
    )
    effects = effect_table(ReportTable("bcg", "bcg", "bcg", "", reports, {"outcome": outcome}), outcome)
    model = ModelSpec("normal", "smd", MU, TAU)
    fitted = exact.fit(effects, model)

    def check() -> Numbers:
        fitted.__dict__.pop("hyper_tree", None)  # draws are made again in every call
        found = predictive.answer(Case(fitted, refit, regroup, scores, above, replicates=cases.REPLICATES))
        assert found is not None
        return {"p": next(one["p"] for one in found.numbers["statistics"] if one["name"] == "q")}

    return {NAME: Work(check, note="draws, replicates and all eight statistics, from a fitted posterior")}
