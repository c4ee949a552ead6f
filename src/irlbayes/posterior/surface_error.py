"""How far the nodes of a surface in closed form may be off, measured as the exact engine measures itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from irlbayes.core.panels import changed
from irlbayes.posterior.mixtures import FAR
from irlbayes.posterior.normal_terms import NormalTerms
from irlbayes.posterior.quadrature import ROUNDING, distance
from irlbayes.posterior.surface import Surface
from irlbayes.posterior.surface_reading import Nodes
from irlbayes.posterior.surface_slices import SumSlicer

PROBED = np.array([0.025, 0.5, 0.975])


def error_bound(surface: Surface, found: Nodes) -> float:
    """Return the largest change of any summary on coarser panels, relative to the posterior sd; at least 1e-12.

    Parameters
    ----------
    surface : Surface
        Whose reports are all normal.
    found : Nodes
        From `surface_reading.nodes`.

    Notes
    -----
    A quantile moves by the change of the probability below it, divided by the density there.
    """
    kept = found.tau.mass > found.tau.mass.max() * np.exp(FAR)
    tau = found.tau.x[kept]
    coarse = SumSlicer(surface).at(tau, coarser=True)
    change = np.zeros(kept.size)
    change[kept] = coarse.by_tau(tau.size) - found.slices.by_tau(tau.size)
    of_tau = changed(found.tau, change)
    log_weight = coarse.shared_out(np.log(of_tau.mass[kept]))
    log_weight = log_weight - np.logaddexp.reduce(log_weight)
    moved = replace(found, tau=of_tau, slices=coarse, log_weight=log_weight)
    pairs = [
        (found.mu, moved.mu, found.mean, moved.mean, found.sd, moved.sd),
        (found.theta_new, moved.theta_new, found.mean_new, moved.mean_new, found.sd_new, moved.sd_new),
    ]
    return max(ROUNDING, distance(found.tau, of_tau), *(_moved(*pair) for pair in pairs))


def _moved(
    fine: NormalTerms,
    coarse: NormalTerms,
    mean: float | None,
    mean_coarse: float | None,
    sd: float | None,
    sd_coarse: float | None,
) -> float:
    at = fine.quantile(PROBED)
    changes = list((coarse.above(at) - fine.above(at)) / np.exp(fine.log_pdf(at)))
    for one, other in ((mean, mean_coarse), (sd, sd_coarse)):
        if one is not None and other is not None:
            changes.append(one - other)
    return float(np.abs(changes).max()) / (float(at[-1] - at[0]) / 4.0)
