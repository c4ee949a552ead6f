"""The joint posterior of mu and tau as a surface on file: a new study multiplies it by one more factor.

``p(mu, tau | reports)`` is the priors times one ``Z_i(mu, tau)`` per report, so that the logs add up. A surface holds
these sums on nodes that no report chooses, and forgets nothing that it is told: adding the thousandth study costs what
the first one did, and the order does not matter. `surface_reading` says what a surface has learned, and `surface_bytes`
keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.curve import Curve
from irlbayes.core.spread import Spread, spread_of
from irlbayes.posterior.tau_sums import FARTHEST, TauPanels, TauSums, no_reports

Array = NDArray[np.float64]
NORMAL_EFFECTS = RandomEffects()
FINEST = 1e-5  # smallest sei that a surface resolves, in scales of its narrower prior
COARSEST = 1e3  # where its last panel of tau begins, in scales of the wider one


@dataclass(frozen=True)
class Extent:
    """What the reading of a surface must know of its reports besides their sums.

    Parameters
    ----------
    low, high : float
        Interval that holds every report's center and edges, and the center of the prior.
    widest : float
        Detail of the report whose narrowest feature is widest.
    log_detail : float
        Sum of the logs of the details.
    bounded, below, above : int
        How many reports bound their effects on both sides, from below, and from above.
    telling, flat : int
        How many reports there are that say something, and that do not.
    """

    low: float
    high: float
    widest: float = 0.0
    log_detail: float = 0.0
    bounded: int = 0
    below: int = 0
    above: int = 0
    telling: int = 0
    flat: int = 0

    def with_curve(self, curve: Curve) -> Extent:
        """Return the extent with one more report."""
        if curve.is_flat:
            return replace(self, flat=self.flat + 1)
        (low, high), (below, above) = curve.span, curve.bounded
        return Extent(
            min(self.low, low),
            max(self.high, high),
            max(self.widest, curve.detail),
            self.log_detail + float(np.log(curve.detail)),
            self.bounded + (below and above),
            self.below + below,
            self.above + above,
            self.telling + 1,
            self.flat,
        )


@dataclass(frozen=True, eq=False)
class Surface:
    """The joint posterior of mu and tau after any number of reports.

    Parameters
    ----------
    mu, tau : Prior
        Proper.
    random_effects : RandomEffects
    sums : TauSums
        Of the normal reports, for which no grid of mu is needed.
    partial : tuple of Curve
        The other reports.
    extent : Extent

    Examples
    --------
    >>> from irlbayes.core.curve import normal_curve
    >>> empty = start(Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    >>> one = empty.add(normal_curve(0.4, 0.2))
    >>> both = one.add(normal_curve(0.1, 0.3))
    >>> both.count, empty.count
    (2, 0)
    """

    mu: Prior
    tau: Prior
    random_effects: RandomEffects
    sums: TauSums
    partial: tuple[Curve, ...]
    extent: Extent

    @property
    def count(self) -> int:
        """How many reports it holds, those that say nothing included."""
        return self.extent.telling + self.extent.flat

    @property
    def spread(self) -> Spread:
        """The random effects as a mixture of normals."""
        return spread_of(self.random_effects)

    @property
    def is_normal(self) -> bool:
        """Whether mu is normal given tau, so that everything is in closed form."""
        return self.sums.normal == self.extent.telling

    def resolves(self, curve: Curve) -> bool:
        """Whether a report can be added: its detail is neither finer nor wider than the nodes of tau allow for."""
        if curve.is_flat:
            return True
        panels = self.sums.panels
        return curve.detail >= panels.fine and curve.detail <= FARTHEST * panels.coarse

    def add(self, curve: Curve) -> Surface:
        """Return the surface after one more report.

        Parameters
        ----------
        curve : Curve
            Likelihood of the study's effect.

        Raises
        ------
        ArithmeticError
            Where the surface does not resolve the report; start another one with a smaller ``detail``.
        """
        if not self.resolves(curve):
            raise ArithmeticError(f"the surface does not resolve a report whose detail is {curve.detail:g}")
        extent = self.extent.with_curve(curve)
        if curve.is_flat:
            return replace(self, extent=extent, sums=self.sums.with_constant(float(np.log(curve.floor))))
        if curve.is_normal and self.spread.is_normal:
            sums = self.sums.with_normal(curve.center[0], curve.width[0], float(np.log(curve.weight[0])))
            return replace(self, extent=extent, sums=sums)
        sums = self.sums.with_detail(curve.detail)
        return replace(self, extent=extent, sums=sums, partial=(*self.partial, curve))

    def add_all(self, curves: Iterable[Curve]) -> Surface:
        """Return the surface after several more reports; raises as `add`."""
        surface = self
        for curve in curves:
            surface = surface.add(curve)
        return surface


def applies(model: ModelSpec) -> str:
    """Say whether a model's posterior can be kept as a surface.

    Returns
    -------
    str
        Empty where it can; otherwise why not.
    """
    for role, prior in (("mu", model.mu), ("tau", model.tau)):
        if prior.family not in priors.FAMILIES:
            return f"{prior.family!r} is not a known family of priors for {role}"
        if not prior.proper:
            return f"{role} has a flat prior, and before the first report there is then no posterior to update"
    if model.moderators:
        return "a model with moderators has more unknowns than mu and tau"
    if model.within is not None:
        return "rows of one cohort that share an effect are not one factor each"
    return ""


def start(
    mu: Prior, tau: Prior, random_effects: RandomEffects = NORMAL_EFFECTS, detail: float | None = None
) -> Surface:
    """Return the surface before any report: the prior.

    Parameters
    ----------
    mu, tau : Prior
        Proper.
    random_effects : RandomEffects
    detail : float, optional
        Smallest standard error that the surface is to resolve; a hundred-thousandth of the narrower prior's scale by
        default.

    Raises
    ------
    ValueError
        Where a prior is flat.
    """
    if not (mu.proper and tau.proper):
        raise ValueError("a surface starts from proper priors")
    scales = priors.scale(mu), priors.scale(tau)
    panels = TauPanels(detail or FINEST * min(scales), COARSEST * max(scales))
    middle = float(mu.parameters[-2])
    return Surface(mu, tau, random_effects, no_reports(panels, middle), (), Extent(middle, middle))
