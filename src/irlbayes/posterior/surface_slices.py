"""The posterior of mu at fixed values of tau, from the sums that a surface holds: the slicers of updating.

They answer as `slices.NormalSlicer` and `slices.GridSlicer` do, so that the exact engine lays out the marginals of a
surface as it does those of studies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.curve import LOG_2PI
from irlbayes.core.spread import log_smooth_spread
from irlbayes.posterior.mixtures import Slices
from irlbayes.posterior.precisions import precisions
from irlbayes.posterior.slices import COARSER, STEP, Grid, GridSlicer, SliceSet
from irlbayes.posterior.surface import Surface
from irlbayes.posterior.tau_sums import DETAIL, LOG_VARIANCE, MOMENT, PRECISION, SQUARE

Array = NDArray[np.float64]


class SumSlicer:
    """Slices when every report is normal: mu given tau (and a precision of its prior) is normal."""

    def __init__(self, surface: Surface) -> None:
        self.sums, self.tau_prior = surface.sums, surface.tau
        mean, sd = surface.mu.parameters[-2:]
        self.gap = mean - self.sums.middle
        self._fine = self._coarse = np.array([sd**-2]), np.zeros(1)
        if surface.mu.family == "student_t":
            self._fine, self._coarse = (
                (factor * sd**-2, log_weight)
                for factor, log_weight in (
                    precisions(surface.mu.parameters[0]),
                    precisions(surface.mu.parameters[0], COARSER),
                )
            )

    def log_tau(self, tau: Array) -> Array:
        """Return the log of prior(tau) times the marginal likelihood at tau, dims (slice,)."""
        return self.at(tau).by_tau(tau.size)

    def slices(self, tau: Array, each: bool = False) -> SliceSet:
        """Return the slices, and coarser ones: panels of lower degree, and a wider rule for the prior's precision."""
        whole = self.at(tau)
        none = np.zeros((whole.tau.size, 3))
        return SliceSet(whole, self.at(tau, coarser=True), (), none[:, :0], none)

    def at(self, tau: Array, coarser: bool = False) -> Slices:
        """Return the slices at each tau."""
        nodes, log_weight = self._coarse if coarser else self._fine
        sums = np.repeat(self.sums.at(tau, coarser), nodes.size, axis=1)
        precision, log_weight = np.tile(nodes, tau.size), np.tile(log_weight, tau.size)
        log_tau = np.repeat(priors.log_pdf(self.tau_prior, tau), nodes.size)
        total = sums[PRECISION] + precision
        center = (sums[MOMENT] + precision * self.gap) / total
        square = sums[SQUARE] + center * (center * sums[PRECISION] - 2.0 * sums[MOMENT])
        square += precision * (self.gap - center) ** 2
        log_likelihood = -0.5 * (sums[LOG_VARIANCE] + self.sums.normal * LOG_2PI + square)
        return Slices(
            tau=np.repeat(tau, nodes.size),
            log_mass=np.asarray(log_tau + log_weight + log_likelihood + 0.5 * (np.log(precision) - np.log(total))),
            center=(center + self.sums.middle)[:, None],
            width=np.asarray(total**-0.5),
            weight=np.ones((total.size, 1)),
        )


class SurfaceSlicer(GridSlicer):
    """Slices for reports of any kind: normal ones from their sums, the others from the surface of their log likelihood.

    Parameters
    ----------
    surface : Surface
    detail : float
        Of a report that is yet to come: nodes of mu then resolve the posterior after it.
    """

    def __init__(self, surface: Surface, detail: float = np.inf) -> None:
        extent = surface.extent
        super().__init__((), surface.mu, surface.tau, surface.spread)
        self.surface, self.coming = surface, detail
        self.hull = extent.low, extent.high
        self.detail = np.array([extent.widest])
        typical = (extent.log_detail + np.log(priors.scale(surface.tau))) / (extent.telling + 1)
        self._knots = np.exp(typical) * np.sinh(np.linspace(0.0, 6.0, 37))

    def grid(self, tau: Array) -> Grid:
        """Return nodes of mu at each tau, with the log of prior and likelihoods there."""
        (window,) = self._windows(tau, [None])
        return self._grid(tau, *window, self._step(tau, None))

    def _heights(self, mu: Array, tau: Array) -> tuple[Array, Array]:
        sums = self.surface.sums
        precision, moment, square, log_variance, _ = sums.at(tau)[:, :, None]
        gap = mu - sums.middle
        level = -0.5 * (square - gap * (2.0 * moment - gap * precision) + log_variance + sums.normal * LOG_2PI)
        level = level + log_smooth_spread(self.surface.partial, mu, tau, self.spread).sum(axis=0)
        return level[None], priors.log_pdf(self.mu_prior, mu)

    def _step(self, tau: Array, without: int | None) -> Array:
        sums, square = self.surface.sums.at(tau), self.spread.narrowing * tau**2
        precision = np.maximum(sums[PRECISION], 0.0) + np.maximum(sums[DETAIL], 0.0) + self.precision
        return np.asarray(STEP * (precision + 1.0 / (self.coming**2 + square)) ** -0.5)

    def _held(self) -> bool:
        return self.surface.extent.below > 0 and self.surface.extent.above > 0

    def _share(self, grid: Grid) -> Array:
        return np.zeros((grid.step.size, 0))

    def _curve_error(self, grid: Grid) -> Array:
        return self._lost(grid) if np.isfinite(self.df) else np.zeros((grid.step.size, 3))
