"""Studies cut by their p-value, as selection models need them.

A statement about two groups (a p-value, a verdict, a direction, means on the SMD scale) is cut exactly, by its t test:
its kind exports ``statement``. Every other report lies in one interval by the Wald p-value of its size and standard
error, and a study of its design has its p-value where a normal estimate with that standard error falls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from irlbayes.core.curve import Curve, flat_curve, probit_curve
from irlbayes.core.publication import Selected, Statement
from irlbayes.core.scales import conversion
from irlbayes.core.types import Study
from irlbayes.effects.likelihoods import noncentral_t, t_intervals

GROUPS = (("n1i", "n2i"), ("n_irl_pos", "n_irl_neg"))  # columns of studies.csv with the sizes of the groups


def selected(study: Study, partition: Sequence[float], null: float = 0.0) -> Selected | None:
    """Cut a study by its one-sided p-value.

    Parameters
    ----------
    study : Study
    partition : sequence of float
        Rising one-sided p-values (of "group 1 is higher").
    null : float
        Value of no effect, on the outcome's scale.

    Returns
    -------
    Selected or None
        None for a report that has neither a p-value nor says anything: a flat curve.
    """
    told = statement(study)
    if told is not None:
        return Selected(
            study.label,
            study.curve,
            _scaled(t_intervals.observed(told, partition), study.factor),
            tuple(curve.scaled(study.factor) for curve in t_intervals.passes(told, partition)),
            study.design_sei,
        )
    if study.yi is None or study.sei is None:
        return None
    return wald(study.label, study.curve, study.yi, study.sei, partition, null)


def statement(study: Study) -> Statement | None:
    """Return what a study's report says about a t statistic; None where that is nothing."""
    tell = getattr(study.kind, "statement", None)
    return None if tell is None else tell(study.report)


def wald(label: str, curve: Curve, yi: float, sei: float, partition: Sequence[float], null: float = 0.0) -> Selected:
    """Cut a study by the Wald p-value of its size: its whole curve lies in one interval.

    Examples
    --------
    >>> from irlbayes.core.curve import normal_curve
    >>> study = wald("one", normal_curve(0.5, 0.2), 0.5, 0.2, (0.025, 0.975))
    >>> [curve is not None for curve in study.observed]
    [True, False, False]
    >>> round(float(np.exp(study.chance[0].log_value(np.zeros(1)))[0]), 4)
    0.025
    """
    from scipy.special import ndtri

    z = -np.asarray(ndtri(np.asarray(partition, dtype=float)))  # falling
    own = (yi - null) / sei
    place = int((z > own).sum()) if own >= 0.0 else int((z >= own).sum())
    seen = tuple(curve if i == place else None for i in range(z.size + 1))
    passes = tuple(probit_curve(np.array([null + at * sei]), np.array([sei]), np.ones(1)) for at in z)
    return Selected(label, curve, seen, passes, sei)


def silent(
    studies: Mapping[str, Mapping[str, str]],
    outcome: str,
    scale: str,
    reported: Sequence[str],
    partition: Sequence[float],
) -> tuple[tuple[Selected, ...], frozenset[str]]:
    """Return the cohorts that measured an outcome without reporting it, and all that are said to have measured it.

    Parameters
    ----------
    studies : Mapping
        Cells of ``studies.csv`` by study; ``measured`` lists outcomes, separated by semicolons.
    outcome, scale : str
        Only scales that an SMD converts to: elsewhere group sizes say nothing about the standard error.
    reported : sequence of str
        Cohorts that the outcome's rows speak for.
    partition : sequence of float
    """
    found: list[Selected] = []
    known: set[str] = set()
    factor = conversion("smd", scale)
    for name, cells in studies.items():
        if outcome not in [word.strip() for word in cells.get("measured", "").split(";")]:
            continue
        cohort = cells.get("cohort", name)
        if cohort in known:
            continue
        known.add(cohort)
        sizes = next((tuple(float(cells[c]) for c in pair) for pair in GROUPS if all(cells.get(c) for c in pair)), None)
        if cohort in reported or sizes is None or factor is None:
            continue
        told = Statement((), *sizes)
        passes = tuple(curve.scaled(factor[0]) for curve in t_intervals.passes(told, partition))
        sei = factor[0] / noncentral_t.root_size(*sizes)
        found.append(Selected(name, flat_curve(), (None,) * (len(passes) + 1), passes, sei, "silent"))
    return tuple(found), frozenset(known)


def as_known(study: Selected) -> Selected:
    """Return a study whose cohort is known to have measured the outcome, whether or not it was reported."""
    return replace(study, role="known")


def _scaled(curves: Sequence[Curve | None], factor: float) -> tuple[Curve | None, ...]:
    return tuple(None if curve is None else curve.scaled(factor) for curve in curves)
