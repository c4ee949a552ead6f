"""A published mean and heterogeneity as priors: multiplied into those of a model, discounted by a power.

References
----------
Ibrahim, J. G., & Chen, M.-H. (2000). Power prior distributions for regression models. Statistical Science, 15(1),
46-60.
Higgins, J. P. T., & Thompson, S. G. (2002). Quantifying heterogeneity in a meta-analysis. Statistics in Medicine,
21(11), 1539-1558.
Higgins, J. P. T., Thompson, S. G., & Spiegelhalter, D. J. (2009). A re-evaluation of random-effects meta-analysis.
Journal of the Royal Statistical Society A, 172(1), 137-159.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
from numpy.typing import NDArray

from irlbayes.core import priors
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.cumulative import cdf
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.starts import Heterogeneity, Start

Array = NDArray[np.float64]
DOUBTED = log(3.0) / 1.959963984540054  # sd of log tau where the studies behind it are not counted: 95 % within 3-fold
POINTS = 6001
REACH = (-14.0, 7.0)  # of log tau around the larger of what is printed and what the prior means
MEDIAN_OF_HALF_NORMAL = 0.6744897501960817
DIGITS = 6  # of a prior that stands for a product, so that it can be written


def prior_from(model: ModelSpec, start: Start, power: float = 1.0) -> ModelSpec:
    """Return a model that begins where a published meta-analysis ended.

    Parameters
    ----------
    model : ModelSpec
        Before the published result; its prior of mu is normal or flat.
    start : Start
    power : float
        Share of its weight that the published result keeps, above 0 and at most 1 (a power prior).

    Returns
    -------
    ModelSpec

    Raises
    ------
    InputError
        Another power, or a prior of mu that a normal result does not multiply in closed form.

    Notes
    -----
    ``p(mu) Normal(estimate; mu, se^2 / power)`` is normal. Where heterogeneity was printed, ``p(tau) L(tau)^power`` is
    replaced by the half-normal or log-normal distribution nearest to it (`matched`); otherwise, and where a tau of 0
    stands without the number of studies, the prior of tau stays.
    """
    if not 0.0 < power <= 1.0:
        raise InputError(Problem("--power", "a share above 0 and at most 1", "Write 0.5.", value=f"{power:g}"))
    tau = model.tau
    if start.heterogeneity is not None and (start.heterogeneity.tau > 0.0 or start.heterogeneity.k is not None):
        tau, gap = matched(model.tau, log_likelihood(start.heterogeneity), start.heterogeneity.tau, power)
        tau = replace(
            tau,
            reason=f"{start.review}: {start.heterogeneity.words}{_at(power)}, times {model.tau}; nearest"
            f" {tau.family.replace('_', '-')}, within {gap:.2g} of its distribution function",
        )
    name = f"{model.name} from {start.review}"
    return replace(model, name=name, mu=_mean(model.mu, start, power), tau=tau)


def _at(power: float) -> str:
    return "" if power == 1.0 else f" at {power:g} of its weight"


def _mean(prior: Prior, start: Start, power: float) -> Prior:
    """Return a prior of mu times a published mean."""
    told = f"{start.review}, {start.measure} {start.printed}{_at(power)}"
    se = start.se / sqrt(power)
    if prior.family == "flat":
        return Prior("normal", (start.estimate, se), told)
    if prior.family != "normal":
        rule = f"a normal or flat prior of mu to multiply a published mean into; {prior} is neither"
        raise InputError(Problem("--prior-mu", rule, 'Give one, for example --prior-mu "normal(0, 1)".'))
    mean, sd = prior.parameters
    total = sd**-2.0 + se**-2.0
    found = (mean / sd**2 + start.estimate / se**2) / total
    return Prior("normal", (found, float(total**-0.5)), f"{told}, times {prior}")


# --- heterogeneity ------------------------------------------------------------------------------------------


def heterogeneity(
    se: float,
    k: int | None,
    *,
    tau: float | None = None,
    i2: float | None = None,
    reach: float | None = None,
    within_variance: float | None = None,
) -> Heterogeneity | None:
    """Return what a review says of tau: from tau itself, I squared or a prediction interval.

    Parameters
    ----------
    se : float
        Of its mean, in units of the effect.
    k : int or None
        Studies it pooled.
    tau, i2 : float, optional
    reach : float, optional
        Half the width of the prediction interval, in units of the effect, at 95 %.
    within_variance : float, optional
        Typical sampling variance of one study.

    Returns
    -------
    Heterogeneity or None
        None where none of the three is given.

    Raises
    ------
    InputError
        Several of the three, numbers out of range or that do not fit together, I squared without any size.

    Notes
    -----
    For k studies of equal sampling variance s^2 the mean has ``se^2 = (tau^2 + s^2) / k`` and ``I^2 = tau^2 / (tau^2 +
    s^2)``. A prediction interval reaches ``t sqrt(tau^2 + se^2)`` from its mean, with the t quantile of k - 2 degrees
    of freedom; the normal one where k is not known.
    """
    given = {"--tau": tau, "--i2": i2, "--prediction": reach}
    named = [name for name, value in given.items() if value is not None]
    problems = []
    if len(named) > 1:
        fix = "Give the one that was printed most directly: tau, else the prediction interval, else I squared."
        problems.append(Problem(", ".join(named), "one statement about heterogeneity", fix))
    if k is not None and k < 2:
        problems.append(Problem("--k", "at least 2 studies", "Give how many studies were pooled.", value=str(k)))
    if tau is not None and not 0.0 <= tau < float("inf"):
        problems.append(Problem("--tau", "an sd: 0 or more", "Give tau, not tau squared.", value=f"{tau:g}"))
    if i2 is not None and not 0.0 <= i2 < 1.0:
        problems.append(Problem("--i2", "a share, at least 0 and below 1", "Write 0.75 for 75 %.", value=f"{i2:g}"))
    if within_variance is not None and not within_variance > 0.0:
        rule, fix = "a variance above 0", "Give the typical squared standard error of one study."
        problems.append(Problem("--within-variance", rule, fix, value=f"{within_variance:g}"))
    if i2 is not None and k is None and within_variance is None:
        rule = "I squared is a share: a tau follows only with a sampling variance of one study, or how many were pooled"
        problems.append(Problem("--i2", rule, "Add --k or --within-variance.", value=f"{i2:g}"))
    if problems:
        raise InputError(problems)
    if not named:
        return None
    found, words = _tau(se, k, tau, i2, reach, within_variance)
    within = within_variance
    if within is None and k is not None:
        within = k * se**2 - found**2
        if within <= 0.0:
            rule = f"a tau that the interval of the mean allows: {k} studies with tau {found:.3g} give a wider one"
            fix = "Check tau, k and the interval, or give --within-variance."
            raise InputError(Problem(named[0], rule, fix, value=f"{given[named[0]]:g}"))
    return Heterogeneity(found, k if within is not None else None, within, words)


def _tau(
    se: float, k: int | None, tau: float | None, i2: float | None, reach: float | None, within: float | None
) -> tuple[float, str]:
    """Return the tau that is printed or implied, and how."""
    if tau is not None:
        return tau, f"tau {tau:g} as printed"
    if i2 is not None:
        if within is None:
            assert k is not None
            found, by = sqrt(i2 * k * se**2), f"I² {i2:.0%} of k se² = {k} * {se:.3g}²"
        else:
            found, by = sqrt(within * i2 / (1.0 - i2)), f"I² {i2:.0%} with a sampling variance of {within:.3g}"
        return found, f"tau {found:.3g} from {by}"
    assert reach is not None
    quantile, told = _prediction_quantile(k)
    total = (reach / quantile) ** 2
    if total < se**2 * (1.0 - 1e-9):
        rule = "a prediction interval at least as wide as the interval of the mean"
        raise InputError(Problem("--prediction", rule, "Check both intervals.", value=f"half-width {reach:.3g}"))
    found = sqrt(max(total - se**2, 0.0))
    return found, f"tau {found:.3g} from the prediction interval, ({reach:.3g} / {quantile:.3g})² - {se:.3g}² {told}"


def _prediction_quantile(k: int | None) -> tuple[float, str]:
    if k is None:
        return 1.959963984540054, "by the normal quantile (k is not known)"
    if k < 3:
        raise InputError(Problem("--k", "at least 3 studies behind a prediction interval", "Check k.", value=str(k)))
    from scipy.special import stdtrit

    return float(stdtrit(k - 2.0, 0.975)), f"by t with {k - 2} degrees of freedom"


def log_likelihood(printed: Heterogeneity) -> Callable[[Array], Array]:
    """Return log L(tau) of what was printed of heterogeneity, up to a constant.

    Notes
    -----
    With k studies of sampling variance s^2 a tau of ``t`` means Cochran's ``Q = (k - 1) (1 + t^2 / s^2)``, and Q over
    ``1 + tau^2 / s^2`` is chi-square with k - 1 degrees of freedom. A tau of 0 means Q at most k - 1. Where k is not
    known, log t is normal around log tau with sd 0.56, so that 95 % lie within a factor of 3.
    """
    if printed.k is None or printed.within_variance is None:
        center = printed.tau
        if center <= 0.0:
            return lambda tau: np.zeros_like(tau)
        return lambda tau: np.asarray(-0.5 * ((np.log(tau) - log(center)) / DOUBTED) ** 2)
    degrees, within = printed.k - 1.0, printed.within_variance
    if printed.tau == 0.0:
        from scipy.special import gammainc

        return lambda tau: np.log(gammainc(0.5 * degrees, 0.5 * degrees / (1.0 + tau**2 / within)))
    q = degrees * (1.0 + printed.tau**2 / within)

    def density(tau: Array) -> Array:
        wider = 1.0 + tau**2 / within
        return np.asarray(-0.5 * degrees * np.log(wider) - 0.5 * q / wider)

    return density


def matched(prior: Prior, log_l: Callable[[Array], Array], printed: float, power: float = 1.0) -> tuple[Prior, float]:
    """Return the half-normal or log-normal prior nearest to a prior of tau times a likelihood to a power.

    Parameters
    ----------
    prior : Prior
    log_l : callable
    printed : float
        Tau that the likelihood is about, to place the grid.
    power : float

    Returns
    -------
    Prior
        The half-normal with its median, or the log-normal with its median and central 68 %, whichever is nearer.
    float
        Largest difference of the two distribution functions.
    """
    unit = max(printed, priors.scale(prior))
    u = np.linspace(log(unit) + REACH[0], log(unit) + REACH[1], POINTS)
    tau = np.exp(u)
    with np.errstate(divide="ignore"):
        height = priors.log_pdf(prior, tau) + u + power * log_l(tau)
    mass = np.exp(height - height.max())
    below = np.cumsum(mass) - 0.5 * mass
    below /= mass.sum()
    middle, low, high = (float(np.interp(p, below, u)) for p in (0.5, 0.15865525393145707, 0.8413447460685429))
    candidates = (
        Prior("half_normal", (_rounded(exp(middle) / MEDIAN_OF_HALF_NORMAL),)),
        Prior("log_normal", (_rounded(middle), _rounded(0.5 * (high - low)))),
    )
    places = slice(None, None, 20)
    gaps = [
        max(abs(cdf(one, float(at)) - share) for at, share in zip(tau[places], below[places], strict=True))
        for one in candidates
    ]
    best = int(np.argmin(gaps))
    return candidates[best], gaps[best]


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
