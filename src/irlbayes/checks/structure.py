"""Would another shape of the random effects predict the reports better?

References
----------
Yao, Y., Vehtari, A., Simpson, D., & Gelman, A. (2018). Using stacking to average Bayesian predictive distributions.
Bayesian Analysis, 13(3), 917-1007.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence
from irlbayes.core.assumptions import RandomEffects
from irlbayes.core.examining import Case

FEWEST = 4
STUDENT, CONTAMINATED = RandomEffects("student_t", (4.0,)), RandomEffects("contaminated", (0.1, 5.0))


def answer(case: Case) -> Evidence | None:
    """Answer by exact leave-one-out scores of random effects of other shapes, compared and stacked by ArviZ.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        Number ``models``, best first: ``name``, ``elpd`` (sum of the log scores), ``elpd_diff`` and its standard error
        ``dse``, stacking ``weight``. None with fewer than four studies.

    Notes
    -----
    The shapes are the declared one, a common effect (tau = 0), contaminated(0.1, 5) and, where every report is normal,
    student_t(4). With few studies the weights are themselves uncertain: this check informs and raises no alarm.
    """
    studies, model = case.posterior.effects.studies, case.posterior.model
    if len(studies) < FEWEST or not model.mu.proper:
        return None
    shapes = [model.random_effects, RandomEffects(), CONTAMINATED]
    if all(study.curve.is_normal for study in studies):
        shapes.append(STUDENT)
    scores = {str(shape): case.scores(studies, replace(model, random_effects=shape)) for shape in dict.fromkeys(shapes)}
    scores["common effect"] = case.scores(studies, model, tau_at=0.0)
    rows = compared(scores, [study.label for study in studies])
    best = rows[0]
    weights = ", ".join(f"{row['name']} {row['weight']:.2f}" for row in rows)
    statement = f"Left out one by one, the reports are predicted best by {_named(best['name'])}; stacked: {weights}."
    own = next(row for row in rows if row["name"] == str(model.random_effects))
    caveats: tuple[str, ...] = ()
    if own is not best and own["elpd_diff"] < -2.0 * own["dse"] and own["elpd_diff"] < -4.0:
        caveats = (f"The declared random effects, {own['name']}, predict clearly worse than {best['name']}.",)
    return Evidence("structure", statement, {"models": rows}, True, caveats)


def _named(name: str) -> str:
    return "a common effect" if name == "common effect" else f"{name} random effects"


def compared(scores: dict[str, NDArray[np.float64]], labels: list[str]) -> list[dict[str, Any]]:
    """Return models by their leave-one-out scores, best first, with ArviZ's stacking weights.

    Parameters
    ----------
    scores : dict
        Log p(report | the others) by name of the model, dims (study,).
    labels : list of str
        Of the studies.
    """
    import arviz_stats as az
    import xarray as xr

    tables = {
        name: az.ELPDDataLOO(
            elpd=float(one.sum()),
            se=float(np.sqrt(one.size * one.var())),
            p=float("nan"),
            n_samples=0,
            n_data_points=one.size,
            scale="log",
            warning=False,
            good_k=0.7,
            elpd_i=xr.DataArray(one, {"study": labels}, ["study"]),
        )
        for name, one in scores.items()
    }
    frame = az.compare(tables, round_to="none")
    names = ("elpd", "elpd_diff", "dse", "weight")
    return [{"name": str(index), **{key: float(row[key]) for key in names}} for index, row in frame.iterrows()]
