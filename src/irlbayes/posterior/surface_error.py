"""How far the nodes of a surface in closed form may be off, measured as the exact engine measures itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.panels import changed
from irlbayes.posterior.mixtures import FAR
from irlbayes.posterior.normal_terms import NormalTerms
from irlbayes.posterior.quadrature import ROUNDING
from irlbayes.posterior.surface import Surface
from irlbayes.posterior.surface_reading import Nodes
from irlbayes.posterior.surface_slices import SumSlicer

Array = NDArray[np.float64]
Moments = tuple[tuple[float | None, float | None], ...]  # fine and coarse


def error_bound(surface: Surface, found: Nodes, mu: Array, theta_new: Array, tau: Array) -> float:
    """Return the largest change of any summary on coarser panels, relative to the posterior sd; at least 1e-12.

    Parameters
    ----------
    surface : Surface
        Whose reports are all normal.
    found : Nodes
        From `surface_reading.nodes`.
    mu, theta_new, tau : Array, dims (quantile,)
        Quantiles of each unknown, rising: the ends of its central interval among them.

    Notes
    -----
    A quantile moves by the change of the probability below it, divided by the density there.
    """
    kept = found.tau.mass > found.tau.mass.max() * np.exp(FAR)
    at = found.tau.x[kept]
    coarse = SumSlicer(surface).at(at, coarser=True)
    change = np.zeros(kept.size)
    change[kept] = coarse.by_tau(at.size) - found.slices.by_tau(at.size)
    of_tau = changed(found.tau, change)
    log_weight = coarse.shared_out(np.log(of_tau.mass[kept]))
    log_weight = log_weight - np.logaddexp.reduce(log_weight)
    moved = replace(found, tau=of_tau, slices=coarse, log_weight=log_weight)
    below = np.interp(tau, found.tau.x, np.cumsum(of_tau.mass - found.tau.mass))  # change of P(tau <= quantile)
    shift = below / np.exp(found.tau.log_pdf(tau))
    moments = ((found.tau.mean, of_tau.mean), (found.tau.sd, of_tau.sd))
    return max(
        ROUNDING,
        _relative(shift, moments, tau),
        _moved(found.mu, moved.mu, mu, ((found.mean, moved.mean), (found.sd, moved.sd))),
        _moved(
            found.theta_new,
            moved.theta_new,
            theta_new,
            ((found.mean_new, moved.mean_new), (found.sd_new, moved.sd_new)),
        ),
    )


def _moved(fine: NormalTerms, coarse: NormalTerms, at: Array, moments: Moments) -> float:
    return _relative((fine.above(at) - coarse.above(at)) / np.exp(fine.log_pdf(at)), moments, at)


def _relative(shift: Array, moments: Moments, at: Array) -> float:
    changes = [*shift, *(one - other for one, other in moments if one is not None and other is not None)]
    return float(np.abs(changes).max()) / (float(at[-1] - at[0]) / 4.0)
