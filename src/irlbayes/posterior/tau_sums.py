"""What normal reports say of mu at every tau, as sums to which a report adds one term each.

Given tau, a normal report says ``yi ~ Normal(mu, sei ** 2 + tau ** 2)``, so that any number of them are four sums: of
precisions, of these times yi and yi ** 2, and of log variances. They are analytic in tau but for ``tau = +-i sei``, and
are kept on panels that resolve every tau from zero to infinity, whatever is added later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from irlbayes.core.density import NODES, ORDER, TO_COEFFICIENTS

Array = NDArray[np.float64]
WIDTH = 0.75  # of panels in asinh(tau / fine): poles are pi / 2 away, so that degree 15 leaves 1e-15
FARTHEST = 0.3  # of `coarse`: the widest sei that the last panel resolves
PRECISION, MOMENT, SQUARE, LOG_VARIANCE, DETAIL = range(5)


@dataclass(frozen=True)
class TauPanels:
    """Panels over all tau: in ``asinh(tau / fine)`` up to ``coarse``, and one more in ``1 / tau`` to infinity.

    Parameters
    ----------
    fine, coarse : float
        In units of the effect.
    width : float
        Of a panel, in asinh units.
    """

    fine: float
    coarse: float
    width: float = WIDTH

    @cached_property
    def count(self) -> int:
        """How many panels lie below ``coarse``."""
        return int(np.ceil(np.arcsinh(self.coarse / self.fine) / self.width))

    @cached_property
    def _step(self) -> float:
        return float(np.arcsinh(self.coarse / self.fine)) / self.count

    @cached_property
    def tau(self) -> Array:
        """Nodes, dims (panel, node)."""
        inner = self.fine * np.sinh(self._step * (np.arange(self.count)[:, None] + 0.5 * (NODES + 1.0)))
        return np.concatenate([inner, 2.0 * self.coarse / (NODES[None, :] + 1.0)])

    @cached_property
    def square(self) -> Array:
        """``fine ** 2 + tau ** 2`` at the nodes, dims (panel, node)."""
        return np.asarray(self.fine**2 + self.tau**2)

    def locate(self, tau: Array) -> tuple[NDArray[np.intp], Array]:
        """Return the panel of each tau and the Legendre polynomials at its place there, dims (tau, degree)."""
        with np.errstate(over="ignore", divide="ignore"):
            place = np.arcsinh(tau / self.fine) / self._step
            panel = np.minimum(place, self.count).astype(np.intp)
            local = np.where(panel < self.count, 2.0 * (place - panel) - 1.0, 2.0 * self.coarse / tau - 1.0)
        return panel, np.asarray(legendre.legvander(local, ORDER - 1), dtype=float)


@dataclass(frozen=True, eq=False)
class TauSums:
    """Sums over reports on panels of tau, each held as a number and the rounding that it lost.

    Parameters
    ----------
    panels : TauPanels
    origin : float
        Effects are measured from here.
    total, rest : Array, dims (sum, panel, node)
        Rows are PRECISION, MOMENT, SQUARE and LOG_VARIANCE of normal reports, and DETAIL: the precisions that the
        narrowest features of other reports would have. Each is scaled by ``fine ** 2 + tau ** 2`` to stay bounded.
    constant, lost : float
        Log of the factors that do not depend on mu and tau.
    normal : int
        How many normal reports there are.
    """

    panels: TauPanels
    origin: float
    total: Array
    rest: Array
    constant: float = 0.0
    lost: float = 0.0
    normal: int = 0

    def with_normal(self, yi: float, sei: float, log_weight: float) -> TauSums:
        """Return the sums with one more normal report: ``exp(log_weight)`` times Normal(yi; theta, sei ** 2)."""
        gap = np.asarray(yi - self.origin)
        precision = self.panels.square / (sei**2 + self.panels.tau**2)
        moment, moment_lost = _product(precision, gap)
        square, square_lost = _product(moment, gap)
        zero = np.zeros_like(precision)
        term = np.stack([precision, moment, square, -np.log(precision), zero])
        lost = np.stack([zero, moment_lost, square_lost + moment_lost * gap, zero, zero])
        total, rest = _added(self.total, self.rest, term, lost)
        found = self.with_constant(log_weight)
        return replace(found, total=total, rest=rest, normal=self.normal + 1)

    def with_detail(self, detail: float) -> TauSums:
        """Return the sums with one more report of another kind, of which they keep the detail alone."""
        total, rest = self.total.copy(), self.rest.copy()
        term = self.panels.square / (detail**2 + self.panels.tau**2)
        total[DETAIL], rest[DETAIL] = _added(total[DETAIL], rest[DETAIL], term, np.zeros_like(term))
        return replace(self, total=total, rest=rest)

    def with_constant(self, log_factor: float) -> TauSums:
        """Return the sums with a factor that depends on neither mu nor tau."""
        constant, lost = _added(np.array(self.constant), np.array(self.lost), np.array(log_factor), np.zeros(()))
        return replace(self, constant=float(constant), lost=float(lost))

    @cached_property
    def middle(self) -> float:
        """A place amid the normal reports: their mean weighted as if tau were large."""
        weight = self.total[PRECISION, -1, -1]
        return float(self.origin + self.total[MOMENT, -1, -1] / weight) if self.normal else self.origin

    @cached_property
    def coefficients(self) -> Array:
        """Legendre coefficients of the sums about ``middle``, dims (panel, sum, degree)."""
        shift = np.asarray(self.middle - self.origin)
        rows = self.total, self.rest
        a, b, c = ((rows[0][i], rows[1][i]) for i in (PRECISION, MOMENT, SQUARE))
        shifted = _times(a, -shift)
        moved = _added(*b, *shifted)
        square = _added(*_added(*c, *_times(b, -2.0 * shift)), *_times(_times(a, shift), shift))
        values = self.total + self.rest
        values[MOMENT], values[SQUARE] = moved[0] + moved[1], square[0] + square[1]
        return np.ascontiguousarray((values @ TO_COEFFICIENTS.T).transpose(1, 0, 2))

    def at(self, tau: Array, coarser: bool = False) -> Array:
        """Return the sums about ``middle`` at any tau, dims (sum, tau), not scaled; ``coarser`` with two degrees less.

        Log variances are whole: ``sum log(sei ** 2 + tau ** 2)``.
        """
        panel, basis = self.panels.locate(tau)
        if coarser:
            basis[:, -2:] = 0.0
        out = np.einsum("tsd,td->st", self.coefficients[panel], basis)
        with np.errstate(over="ignore"):
            square = self.panels.fine**2 + tau**2
        out[[PRECISION, MOMENT, SQUARE, DETAIL]] /= square
        out[LOG_VARIANCE] += 2.0 * self.normal * np.log(np.hypot(self.panels.fine, tau))
        return np.asarray(out)


def no_reports(panels: TauPanels, origin: float) -> TauSums:
    """Return sums over no report."""
    nothing = np.zeros((5, *panels.tau.shape))
    return TauSums(panels, origin, nothing, nothing)


def _sum(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a + b rounded, and exactly what rounding lost (Knuth's two-sum)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def _product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a * b rounded, and exactly what rounding lost (Dekker's two-product)."""
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    return product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: Array) -> tuple[Array, Array]:
    wide = 134217729.0 * a
    high = wide - (wide - a)
    return high, a - high


def _added(high: Array, low: Array, other: Array, other_low: Array) -> tuple[Array, Array]:
    """Add two numbers of twice the precision."""
    total, lost = _sum(high, other)
    rest, rest_lost = _sum(low, other_low)
    total, lost = _quick(total, lost + rest)
    return _quick(total, lost + rest_lost)


def _quick(large: Array, small: Array) -> tuple[Array, Array]:
    total = large + small
    return total, small - (total - large)


def _times(number: tuple[Array, Array], factor: Array) -> tuple[Array, Array]:
    """Multiply a number of twice the precision by a plain one."""
    product, lost = _product(number[0], factor)
    return _quick(product, lost + number[1] * factor)
