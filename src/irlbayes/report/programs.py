"""A model and its data as a program of plain PyMC, for whoever wants to run it without irlbayes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from irlbayes.core.answers import Result
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.curve import ROUNDING, Curve
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Study

# How PyMC writes every family of `core.priors.FAMILIES`, and every family of random effects (in units of tau).
PRIORS = {
    "normal": "pm.Normal({name}, {0}, {1})",
    "student_t": "pm.StudentT({name}, nu={0}, mu={1}, sigma={2})",
    "flat": "pm.Flat({name})",
    "half_normal": "pm.HalfNormal({name}, {0})",
    "half_cauchy": "pm.HalfCauchy({name}, {0})",
    "half_student_t": "pm.HalfStudentT({name}, nu={0}, sigma={1})",
    "log_normal": "pm.LogNormal({name}, {0}, {1})",
    "log_student_t": ("pm.Deterministic({name}, pm.math.exp(pm.StudentT('log_' + {name}, nu={0}, mu={1}, sigma={2})))"),
    "inverse_gamma": "pm.InverseGamma({name}, alpha={0}, beta={1})",
    "uniform": "pm.Uniform({name}, {0}, {1})",
}
SPREADS = {
    "normal": 'pm.Normal("z", 0.0, 1.0, shape={shape})',
    "student_t": 'pm.StudentT("z", nu={0}, mu=0.0, sigma=1.0, shape={shape})',
    "contaminated": (
        'pm.NormalMixture("z", w=np.array([1.0 - {0}, {0}]), mu=np.zeros(2), sigma=np.array([1.0, {1}]), shape={shape})'
    ),
}
# The same around their mean, for effects that their own reports tell better than each other's.
AROUND = {
    "normal": 'pm.Normal("theta", mean, tau, shape={shape})',
    "student_t": 'pm.StudentT("theta", nu={0}, mu=mean, sigma=tau, shape={shape})',
}


def program(result: Result, row: Mapping[str, Any], fingerprint: str, version: str, level: float, seed: int) -> str:
    """Return a program that samples an outcome's posterior with PyMC and NumPy alone.

    Parameters
    ----------
    result : Result
    row : Mapping
        The outcome's entry in the document: what the program's draws are printed beside.
    fingerprint : str
        Of the model.
    version : str
        Of irlbayes.
    level, seed : float, int

    Returns
    -------
    str
        Python.

    Notes
    -----
    A normal report enters as ``yi, sei``; every other one as the likelihood curve that the exact engine uses
    (`core.curve`), term by term. Effects are written as ``mean + tau * z``, which a small ``tau`` makes no funnel of;
    or directly where tau is clearly larger than the reports' own widths: there chains in ``z`` mix slowly.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    effects, spec = result.posterior.effects, result.posterior.model
    studies, mu = effects.studies, row["mu"]
    names = [study.report.cohort for study in studies]
    cohorts = list(dict.fromkeys(names))
    shape = len(cohorts) if spec.within else len(studies)
    design = effects.design
    betas = [] if design is None else list(enumerate(design.priors(spec)))
    exact = {
        "engine": row["engine"], "mean": mu["mean"], "interval": [mu["ci_low"], mu["ci_high"]],
        "p_gt_null": mu["p_gt_null"], "prior_p_gt_null": mu["prior_p_gt_null"],
    }  # fmt: skip
    normal = [study.curve.is_normal for study in studies]
    values = {
        "opening": repr(
            f"{result.outcome.label}: a random-effects meta-analysis in PyMC, from {len(studies)} published reports."
            f" Model {spec.name}, fingerprint {fingerprint}; written by irlbayes {version}."
            " Needs pymc and numpy; run it with: python FILE."
        ),
        "label": repr(result.outcome.label),
        "scale": repr(SCALES[result.outcome.scale].words if result.outcome.scale in SCALES else result.outcome.scale),
        "null": result.outcome.null, "level": level, "seed": seed, "version": version, "exact": exact,
        "studies": [repr((study.label, study.report.kind)) for study in studies],
        "normal": any(normal),
        "is_normal": ", ".join(map(repr, normal)),
        "yi": _floats([study.curve.center[0] if study.curve.is_normal else np.nan for study in studies]),
        "sei": _floats([study.curve.width[0] if study.curve.is_normal else np.nan for study in studies]),
        "curves": [(i, _curve(study.curve)) for i, study in enumerate(studies) if not study.curve.is_normal],
        "moderators": design is not None,
        "names": None if design is None else repr(list(design.names)),
        "matrix": None if design is None else np.asarray(design.matrix).tolist(),
        "average": None if design is None else np.asarray(design.average).tolist(),
        "betas": [(f"beta_{i}", _prior(f"beta[{i}]", prior)) for i, prior in betas],
        "beta_names": ", ".join(f"beta_{i}" for i, _ in betas),
        "mu": _prior("mu", spec.mu), "tau": _prior("tau", spec.tau),
        "within": spec.within is not None,
        "omega": None if spec.within is None else _prior("omega", spec.within),
        "cohorts": [cohorts.index(name) for name in names],
        "correlated": _correlated(studies, spec), "correlation": spec.within_correlation,
        "around": _around(studies, spec, row),
        "spread": SPREADS[spec.random_effects.family].format(*spec.random_effects.parameters, shape=shape),
    }  # fmt: skip
    surroundings = Environment(
        loader=PackageLoader("irlbayes.report.printing", "templates"),
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, undefined=StrictUndefined,
    )  # fmt: skip
    return surroundings.get_template("model.py.j2").render(values)


def _around(studies: tuple[Study, ...], spec: ModelSpec, row: Mapping[str, Any]) -> str:
    """Return how effects are written directly; nothing where they are better written in units of tau."""
    spread, tau = spec.random_effects, row["tau"]
    if spec.within or spread.family not in AROUND or tau["ci_low"] < np.median([one.curve.widest for one in studies]):
        return ""
    return AROUND[spread.family].format(*spread.parameters, shape=len(studies))


def _prior(name: str, prior: Prior) -> str:
    return PRIORS[prior.family].format(*(repr(float(value)) for value in prior.parameters), name=repr(name))


def _floats(values: Any) -> str:
    return ", ".join("np.nan" if np.isnan(value) else repr(float(value)) for value in values)


def _curve(curve: Curve) -> list[tuple[str, str]]:
    """Return the terms of a curve as names and values in Python; ``sign`` is of one that only rises or falls."""
    low, high = curve.limits
    alone = curve.at.size == 1 and not curve.center.size and not curve.packets
    sign = 0.0 if not alone or min(low, high) != 0.0 else float(np.sign(curve.step[0]))
    least = ROUNDING * curve.peak if curve.center.size or curve.packets else 1e-300
    entry: dict[str, Any] = {
        "error": curve.error, "sign": sign, "floor": float(low), "high": float(high), "least": float(least),
        **{name: getattr(curve, name).tolist() for name in ("at", "blur", "step", "center", "width", "weight")},
        "packets": [(packet.center, packet.width, _powers(packet.coefficient)) for packet in curve.packets],
    }  # fmt: skip
    return [(repr(name), repr(value)) for name, value in entry.items()]


def _powers(coefficient: Any) -> list[float]:
    """Return a series of normalized Hermite polynomials as powers, the lowest first."""
    from math import lgamma

    from numpy.polynomial import hermite_e

    scale = np.exp([-0.5 * lgamma(k + 1) for k in range(len(coefficient))])
    return [float(value) for value in hermite_e.herme2poly(coefficient * scale)]


def _correlated(studies: tuple[Study, ...], spec: ModelSpec) -> list[int]:
    """Return the places of normal rows whose sampling errors are correlated with another's."""
    if spec.within is None or spec.within_correlation == 0.0:
        return []
    normal = [place for place, study in enumerate(studies) if study.curve.is_normal]
    count = Counter(studies[place].report.cohort for place in normal)
    return [place for place in normal if count[studies[place].report.cohort] > 1]
