"""One normal estimate under a normal prior: what follows, and which prior or next study would change it.

Everything is in closed form and in plain Python, in units of the effect (a log for ratios).

References
----------
Matthews, R. A. J. (2018). Beyond 'significance': principles and practice of the Analysis of Credibility. Royal Society
Open Science, 5, 171047.
Held, L. (2019). The assessment of intrinsic credibility and a new argument for p < 0.005. Royal Society Open Science,
6, 181534.
Sellke, T., Bayarri, M. J., & Berger, J. O. (2001). Calibration of p values for testing precise null hypotheses. The
American Statistician, 55(1), 62-71.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import e, erfc, inf, log, log1p, sqrt
from statistics import NormalDist

SQRT_2 = sqrt(2.0)


def lower_tail(z: float) -> float:
    """Return P(Z <= z) of a standard normal Z.

    Examples
    --------
    >>> lower_tail(0.0), lower_tail(-inf), lower_tail(inf)
    (0.5, 0.0, 1.0)
    """
    return 0.5 * erfc(-z / SQRT_2)


def quantile(p: float) -> float:
    """Return z with P(Z <= z) = p."""
    return NormalDist().inv_cdf(p)


def two_sided_p(z: float) -> float:
    """Return the two-sided p-value of a z.

    Examples
    --------
    >>> round(two_sided_p(1.959963984540054), 12)
    0.05
    """
    return erfc(abs(z) / SQRT_2)


@dataclass(frozen=True)
class Belief:
    """A normal belief about an effect; flat where its sd is infinite.

    Parameters
    ----------
    mean, sd : float
    """

    mean: float
    sd: float

    @property
    def precision(self) -> float:
        """One over the variance; 0 where the belief is flat."""
        return 0.0 if self.sd == inf else float(self.sd**-2.0)

    def above(self, value: float) -> float:
        """Return P(effect > value); 0.5 where the belief is flat (the limit of wide normal ones)."""
        return 0.5 if self.sd == inf else lower_tail((self.mean - value) / self.sd)

    def beyond(self, value: float, above: bool) -> float:
        """Return P(effect > value), or P(effect < value)."""
        return self.above(value) if above else 0.5 if self.sd == inf else lower_tail((value - self.mean) / self.sd)

    def interval(self, level: float) -> tuple[float, float]:
        """Return the central interval."""
        reach = quantile(0.5 + 0.5 * level) * self.sd
        return self.mean - reach, self.mean + reach


def updated(prior: Belief, yi: float, sei: float) -> Belief:
    """Return the belief after an estimate.

    Examples
    --------
    >>> updated(Belief(0.0, 1.0), 0.5, 1.0).mean
    0.25
    """
    total = prior.precision + sei**-2.0
    return Belief((prior.precision * prior.mean + yi / sei**2) / total, total**-0.5)


def log_bayes_factor(prior: Belief, yi: float, sei: float, null: float) -> float | None:
    """Return log p(estimate | prior) - log p(estimate | effect = null); None under a flat prior."""
    if prior.sd == inf:
        return None
    ratio = (prior.sd / sei) ** 2
    wide = sei**2 * (1.0 + ratio)
    return -0.5 * log1p(ratio) - 0.5 * (yi - prior.mean) ** 2 / wide + 0.5 * ((yi - null) / sei) ** 2


def sceptical_sd(yi: float, sei: float, null: float, level: float) -> float | None:
    """Return the sd of the prior around the null under which P(effect on its side) is exactly the level.

    A narrower prior, a stronger sceptic, takes it below. None where no prior around the null reaches the level.

    Notes
    -----
    With z = abs(yi - null) / sei and q the normal quantile of the level, ``sd = sei q / sqrt(z^2 - q^2)``. At level
    0.975, ``1.96 sd`` is the scepticism limit of Matthews (2018), ``(U - L)^2 / (4 sqrt(U L))``.

    Examples
    --------
    >>> low, high = 0.2, 1.0
    >>> sd = sceptical_sd(0.6, 0.4 / quantile(0.975), 0.0, 0.975)
    >>> round(quantile(0.975) * sd, 9) == round((high - low) ** 2 / (4.0 * sqrt(high * low)), 9)
    True
    """
    z, q = abs(yi - null) / sei, quantile(level)
    return sei * q / sqrt(z**2 - q**2) if z > q else None


def enthusiast(yi: float, sei: float, null: float, level: float) -> Belief | None:
    """Return the enthusiast of the largest effect under whose prior P(effect on its side) stays at the level.

    An enthusiast's prior is centered at an effect, with one minus the level on the other side of the null: it is at
    the level before the data. One who expected a larger effect is disappointed and falls below the level; one who
    expected a smaller one stays above it. None where the estimate reaches the level by itself, or lies on the null.

    Notes
    -----
    Mean ``null + 2 q^2 (yi - null) / (q^2 - z^2)`` and sd of that distance over q, with z and q as in `sceptical_sd`.
    At level 0.975 twice the distance is the advocacy limit of Matthews (2018), ``-(U + L) (U - L)^2 / (2 U L)``.

    Examples
    --------
    >>> believer = enthusiast(0.1, 0.14, 0.0, 0.95)
    >>> round(updated(believer, 0.1, 0.14).above(0.0), 12), round(believer.above(0.0), 12)
    (0.95, 0.95)
    """
    z, q = abs(yi - null) / sei, quantile(level)
    if z >= q or yi == null:
        return None
    away = 2.0 * q**2 * (yi - null) / (q**2 - z**2)
    return Belief(null + away, abs(away) / q)


def intrinsic_p(z: float) -> float:
    """Return Held's (2019) p-value of intrinsic credibility: below 0.05 where p is below 0.0056.

    It asks whether an estimate would be in conflict with the sceptical prior that just takes its significance away.
    """
    return two_sided_p(z / SQRT_2)


def largest_bayes_factor(p: float) -> float:
    """Return about the largest Bayes factor against a point null that a p-value can mean: ``1 / (-e p log p)``.

    Notes
    -----
    Of Sellke, Bayarri & Berger (2001), over alternatives under which small p-values become steadily more probable; 1
    from p = 1/e on. A prior that is centered near the estimate, as an enthusiast's, is no such alternative and can give
    more; for normal priors centered at the null ``exp((z^2 - 1) / 2) / abs(z)`` is exact where abs(z) > 1.

    Examples
    --------
    >>> [round(1.0 / largest_bayes_factor(p), 4) for p in (0.05, 0.01, 0.001)]
    [0.4072, 0.1252, 0.0188]
    """
    return 1.0 if p >= 1.0 / e else inf if p == 0.0 else 1.0 / (-e * p * log(p))


def needed(belief: Belief, sei: float, null: float, level: float, above: bool) -> float:
    """Return the next estimate that takes P(effect on a side) to exactly the level.

    Parameters
    ----------
    belief : Belief
        Before that estimate.
    sei : float
        Its standard error.
    null, level : float
    above : bool
        Whether the side is above the null, or below.

    Examples
    --------
    >>> after = updated(Belief(0.2, 0.3), needed(Belief(0.2, 0.3), 0.25, 0.0, 0.95, True), 0.25)
    >>> round(after.above(0.0), 12)
    0.95
    """
    side = 1.0 if above else -1.0
    now, more = belief.precision, float(sei**-2.0)
    lead = 0.0 if belief.sd == inf else side * (belief.mean - null)
    return null + side * (quantile(level) * sqrt(now + more) - now * lead) / more


def chance(belief: Belief, sei: float, value: float, above: bool) -> float:
    """Return the probability that an estimate of the same effect lies beyond a value, before it is made."""
    return Belief(belief.mean, sqrt(belief.sd**2 + sei**2)).beyond(value, above)


@dataclass(frozen=True)
class Chances:
    """P(effect beyond a value) where a standard error is known within bounds only.

    Parameters
    ----------
    lowest, highest : float
        Over all standard errors that fit.
    at_least, at_most : float
        At the smallest and at the largest standard error that fits, or in the limit of none and of any.
    """

    lowest: float
    highest: float
    at_least: float
    at_most: float


def chances(prior: Belief, yi: float, bounds: tuple[float, float], value: float, above: bool) -> Chances:
    """Return the range of P(effect beyond a value) over standard errors between bounds.

    Parameters
    ----------
    prior : Belief
    yi : float
    bounds : tuple of float
        Smallest and largest standard error; 0 and infinity are limits.
    value : float
    above : bool
        Whether the probability is that of a larger effect, or of a smaller one.

    Notes
    -----
    With w = 1/sei^2 and w0 the precision of the prior, the probability is the normal one of
    ``(w (yi - value) + w0 (mean - value)) / sqrt(w + w0)``, which has at most one turning point, at
    ``w = w0 ((mean - value) / (yi - value) - 2)``.

    Examples
    --------
    >>> found = chances(Belief(0.0, inf), 0.1, (0.1 / quantile(0.975), inf), 0.0, True)
    >>> round(found.lowest, 3), round(found.highest, 3)
    (0.5, 0.975)
    """
    side = 1.0 if above else -1.0
    gain, start = side * (yi - value), side * (prior.mean - value)
    own = prior.precision

    def at(weight: float) -> float:
        if weight == inf:
            return 0.5 if gain == 0.0 else float(gain > 0.0)
        total = weight + own
        return 0.5 if total == 0.0 else lower_tail((weight * gain + own * start) / sqrt(total))

    heaviest, lightest = (inf if sei == 0.0 else 0.0 if sei == inf else sei**-2.0 for sei in bounds)
    ends = at(heaviest), at(lightest)
    turn = own * (start / gain - 2.0) if gain else -1.0
    found = (*ends, at(turn)) if lightest < turn < heaviest else ends
    return Chances(min(found), max(found), *ends)
