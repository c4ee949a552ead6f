"""Do the reports lie where the others predict them: neither all in the middle nor at the ends?

References
----------
Gelfand, A. E., Dey, D. K., & Chang, H. (1992). Model determination using predictive distributions with implementation
via sampling-based methods. Bayesian Statistics, 4, 147-167.
Czado, C., Gneiting, T., & Held, L. (2009). Predictive model assessment for count data. Biometrics, 65(4), 1254-1261.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.answers import Evidence, Marginal
from irlbayes.core.examining import Case
from irlbayes.core.reported import center, order, told
from irlbayes.core.types import Study
from irlbayes.core.uniformity import envelope, inside_envelope
from irlbayes.core.words import probability

Array = NDArray[np.float64]
FEWEST = 3
BAND = 0.99


def answer(case: Case) -> Evidence | None:
    """Answer with the probability integral transform of each report, predicted from the others by an exact refit.

    Parameters
    ----------
    case : Case

    Returns
    -------
    Evidence or None
        Number ``studies``: per study ``low`` and ``high``, the probabilities that a report of its kind and design lies
        below it, and not above it, and ``pit``, a uniform draw between them (the two are equal for a report of a size);
        ``inside``, whether the transforms stay in ArviZ's 99 % band of uniform ones; ``points``, ``band_low`` and
        ``band_high``, that band. It informs and raises no alarm. None with fewer than three studies.

    Notes
    -----
    A normal report's transform is exact. For any other, reports of its design are simulated at stratified draws of the
    effect that the others predict, and ordered by their size, or by their side and p.
    """
    studies = case.posterior.effects.studies
    if len(studies) < FEWEST:
        return None
    rng = np.random.default_rng((case.seed, 3))
    rows: list[dict[str, Any]] = []
    for study, pooled in zip(studies, case.without_each, strict=True):
        assert pooled.theta_new is not None
        low, high = transform(study, pooled.theta_new, case.replicates, rng)
        rows.append({"study": study.label, "low": low, "high": high, "pit": float(low + rng.random() * (high - low))})
    pit = np.array([row["pit"] for row in rows])
    inside = inside_envelope(pit, BAND)
    points, lower, upper = envelope(pit.size, BAND)
    numbers = {
        "studies": rows,
        "inside": inside,
        "points": points.tolist(),
        "band_low": lower.tolist(),
        "band_high": upper.tolist(),
    }
    where = "inside" if inside else "outside"
    statement = (
        f"Predicted from the others, the {len(rows)} reports lie between the {probability(pit.min())} and the"
        f" {probability(pit.max())} quantile, {where} the {BAND:.0%} band of uniform ones."
    )
    caveats = () if inside else ("The model does not predict a left-out report as widely, or as well, as it says.",)
    return Evidence("loo_pit", statement, numbers, True, caveats)


def transform(study: Study, others: Marginal, replicates: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return the probabilities that a report of a study's kind and design lies below its own, and not above it.

    Parameters
    ----------
    study : Study
    others : Marginal
        Its true effect, as others predict it.
    replicates : int
        Reports to simulate, where the study's is not normal.
    rng : numpy.random.Generator
    """
    if study.curve.is_normal:
        below = float(others.mass @ _ndtr((study.curve.center[0] - others.x) / study.curve.width[0]))
        return below, below
    level = (np.arange(replicates) + rng.random(replicates)) / replicates
    below_nodes = np.cumsum(others.mass) - 0.5 * others.mass  # quantiles from the nodes: closer than the draws need
    return simulated(study, np.interp(level, below_nodes, others.x), rng)


def simulated(study: Study, effects: Array, rng: np.random.Generator) -> tuple[float, float]:
    """Return the shares of reports that lie below a study's own, and not above it, one simulated at each true effect.

    Parameters
    ----------
    study : Study
    effects : Array, dims (replicate,)
        On the outcome's scale.
    rng : numpy.random.Generator
    """
    drawn = [study.kind.simulate(study.report, float(effect), rng) for effect in effects / study.factor]
    here = order(study, told(study, study.kind.simulate(study.report, center(study), rng)))
    distinct = {tuple(cells.items()): cells for cells in drawn}  # of counts there are few
    place = {known: order(study, cells) for known, cells in distinct.items()}
    there = np.array([place[tuple(cells.items())] for cells in drawn])
    return float((there < here).mean()), float((there <= here).mean())


def _ndtr(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))
