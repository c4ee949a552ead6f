"""irlbayes: the exact engine, one fit at a time and in batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from comparison import cases, machine
from comparison.timing import Numbers, Work
from irlbayes.core import uniformity
from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve, normal_curve
from irlbayes.core.density import Density
from irlbayes.posterior.batch import Pools, pool_many
from irlbayes.posterior.batch.regression import regress_many
from irlbayes.posterior.quadrature import solve
from irlbayes.posterior.regression import solve_regression

NAME, DENSITIES, AFRESH = "irlbayes", "irlbayes (densities)", "irlbayes (new curves)"
MIXED_SETS = 1000
MU, BETA = Prior("normal", (0.0, cases.MU_SD)), Prior("normal", (0.0, cases.BETA_SD))
TAU = Prior("half_normal", (cases.TAU_SCALE,))
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


def numbers_of(found: Pools, names: Mapping[str, str]) -> Numbers:
    """Return mean, sd and interval of the first data set of a batch, by our names for the unknowns."""
    ends = {"mean": "mean", "sd": "sd", "q0.025": "ci_low", "q0.975": "ci_high"}
    return {
        f"{ours}.{quantity}": float(np.ravel(found[f"{theirs}_{name}"])[-1 if ours == "ablat" else 0])
        for ours, theirs in names.items()
        for quantity, name in ends.items()
    }


def _pooled(name: str) -> dict[str, Work]:
    yi, sei = cases.pair(name)

    def one() -> Numbers:
        return numbers_of(pool_many([yi], sei=[sei], mu=MU, tau=TAU, workers=1), {"mu": "mu", "tau": "tau"})

    def densities() -> Numbers:
        curves = [normal_curve(float(y), float(s)) for y, s in zip(yi, sei, strict=True)]
        found = solve(curves, MU, TAU, studies=False)
        return summary({"mu": found.mu, "tau": found.tau, "theta_new": found.theta_new})

    said = "mean, sd, median, interval of mu, tau and a new effect, P(> 0), evidence and error bound"
    return {
        NAME: Work(one, note=said),
        DENSITIES: Work(densities, note="the same as densities, of which anything may be asked"),
    }


def _fit_13() -> dict[str, Work]:
    return _pooled("bcg_rr")


def _fit_100() -> dict[str, Work]:
    return _pooled("synthetic100")


def _moderator_13() -> dict[str, Work]:
    yi, sei = cases.pair("bcg_rr")
    design = np.column_stack([np.ones(yi.size), cases.latitude()])
    row = design.mean(axis=0)

    def one() -> Numbers:
        found = regress_many(yi, sei=sei, design=design, beta=[BETA, BETA], tau=TAU, row=row, workers=1)
        return numbers_of(found, {"ablat": "beta", "tau": "tau"})

    def densities() -> Numbers:
        curves = [normal_curve(float(y), float(s)) for y, s in zip(yi, sei, strict=True)]
        found = solve_regression(curves, design, [BETA, BETA], TAU, row)
        return summary({"mu": found.mu, "ablat": found.beta[1], "tau": found.tau})

    return {
        NAME: Work(one, note="both coefficients, tau, mean and new effect at the mean latitude, evidence, error bound"),
        DENSITIES: Work(densities, note="the same as densities, and every study's own effect"),
    }


def _batch() -> dict[str, Work]:
    yi, sei = cases.batch()

    def pool() -> Numbers:
        return {"by the compiled rule, of all": float((pool_many(yi, sei=sei, mu=MU, tau=TAU).solver == 0).mean())}

    return {NAME: Work(pool, len(yi), note=f"all at once, {machine.cores()} threads")}


def _calibration() -> dict[str, Work]:
    def calibrate() -> Numbers:
        truth, yi, sei = cases.drawn(np.random.default_rng(cases.SEED), cases.DATA_SETS, cases.STUDIES)
        found = pool_many(yi, sei=sei, mu=MU, tau=TAU, below=(truth[0], truth[1], np.nan))
        return {f"{name} uniform: p": float(uniformity.chi_square(found[f"{name}_below"])) for name in ("mu", "tau")}

    return {NAME: Work(calibrate, cases.DATA_SETS, note="simulated, pooled, and the true values placed")}


def _large() -> dict[str, Work]:
    yi, sei = cases.large()

    def one() -> Numbers:
        return numbers_of(pool_many([yi], sei=[sei], mu=MU, tau=TAU), {"mu": "mu", "tau": "tau"})

    return {NAME: Work(one, note="as for 13 studies")}


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


def mixed_sets(count: int = MIXED_SETS) -> list[list[Curve]]:
    """Return curves of simulated data sets: in turn means, a verdict, a p-value and a sign, of eight studies each."""
    from irlbayes import calibration

    rng = np.random.default_rng(cases.SEED)
    model = calibration.model_of("smd")
    design = calibration.DESIGNS["smd"]["mixed"]
    drawn = (calibration.simulate(model, design, cases.MIXED_STUDIES, rng)[1] for _ in range(count))
    return [[study.curve for study in studies] for studies in drawn]


def _mixed() -> dict[str, Work]:
    from irlbayes.posterior.batch.partial import pool_curves

    sets = mixed_sets()

    def pool() -> Numbers:
        found = pool_curves(sets, mu=MU, tau=TAU)
        return {"by the compiled rule, of all": float((found.solver == 0).mean())}

    def afresh() -> Numbers:
        pool_curves([[replace(curve) for curve in curves] for curves in sets], mu=MU, tau=TAU)
        return {}

    def loop() -> Numbers:
        for curves in sets[:10]:
            solve(curves, MU, TAU, studies=False)
        return {}

    return {
        NAME: Work(pool, len(sets), note=f"all at once, {machine.cores()} threads; curves that were pooled before"),
        AFRESH: Work(afresh, len(sets), note="the same, of curves that were never pooled and must be packed first"),
        DENSITIES: Work(loop, 10, note="one after another, as densities"),
    }
