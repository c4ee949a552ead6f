"""Priors in words: "95% between 0.5 and 2.0", in the numbers that a reader sees; resolved by PreliZ.

PreliZ finds the distribution of largest entropy in the family that has the stated probability. It stops within about
1e-7 of that probability; the scale is then moved until it is met, so that the answer does not depend on where an
optimizer stops.

References
----------
Icazatti, A., Abril-Pla, O., Klami, A., & Martin, O. A. (2023). PreliZ: A tool-box for prior elicitation. Journal of
Open Source Software, 8(89), 5499.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from dataclasses import replace
from math import exp, sqrt
from typing import Any

from irlbayes.core.assumptions import Prior
from irlbayes.core.cumulative import cdf
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.priors import FAMILIES
from irlbayes.core.rivals import scaled
from irlbayes.core.scales import SCALES
from irlbayes.models.calls import LARGEST

_NUMBER = r"([+\-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][+\-]?\d+)?)"
WORDS = re.compile(
    rf"\s*{_NUMBER}\s*%\s*(?:between\s+{_NUMBER}\s+and\s+{_NUMBER}|below\s+{_NUMBER})"
    rf"\s*(?:,\s*([a-z_]\w*)\s*(?:\(\s*{_NUMBER}?\s*\))?)?\s*",
    re.IGNORECASE,
)
LEAST, MOST = 1.0, 99.9  # percentages that can be asked for
MET = 1e-6  # how closely
DIGITS = 10  # of the numbers it becomes: far below what is met, far above where an optimizer stops

# Per family: the PreliZ distribution from its degrees of freedom, and the parameters of ours from PreliZ's.
PRELIZ: dict[str, tuple[Callable[[Any, float], Any], Callable[..., tuple[float, ...]]]] = {
    "normal": (lambda pz, df: pz.Normal(), lambda mu, sigma: (mu, sigma)),
    "student_t": (lambda pz, df: pz.StudentT(nu=df), lambda nu, mu, sigma: (nu, mu, sigma)),
    "half_normal": (lambda pz, df: pz.HalfNormal(), lambda sigma: (sigma,)),
    "half_cauchy": (lambda pz, df: pz.HalfCauchy(), lambda beta: (beta,)),
    "half_student_t": (lambda pz, df: pz.HalfStudentT(nu=df), lambda nu, sigma: (nu, sigma)),
    "log_normal": (lambda pz, df: pz.LogNormal(), lambda mu, sigma: (mu, sigma)),
    "inverse_gamma": (lambda pz, df: pz.InverseGamma(), lambda alpha, beta: (alpha, beta)),
}
BY_FORM = {
    ("mu", "between"): ("normal", "student_t"),
    ("tau", "below"): ("half_normal", "half_cauchy", "half_student_t"),
    ("tau", "between"): ("log_normal", "inverse_gamma"),
}
EXAMPLES = {
    "mu": '"95% between 0.5 and 2.0" or "95% between 0.5 and 2.0, student_t(4)"',
    "tau": '"95% below 0.8", "95% below 0.8, half_cauchy" or "95% between 0.1 and 0.8, log_normal"',
}


def is_in_words(text: str) -> bool:
    """Whether a prior string states a probability."""
    return "%" in text


def role_of(text: str) -> str:
    """Return what a prior in words is of when nobody says: tau for "below" and for families of tau, else mu."""
    match = WORDS.fullmatch(text)
    if match is None:
        return "mu"
    family = FAMILIES.get((match.group(5) or "").lower())
    if family is not None:
        return family.role
    return "tau" if match.group(4) else "mu"


def elicit(text: str, role: str, scale: str, where: str) -> Prior:
    """Return the prior that a statement in words becomes.

    Parameters
    ----------
    text : str
        A percentage and either ``between A and B`` or ``below B``, and a family after a comma. Bounds of mu are numbers
        that readers see: ratios, proportions, standardized differences; bounds of tau are on the scale of pooling.
    role : str
        ``mu`` or ``tau``.
    scale : str
        Scale of the effect; empty where numbers are taken as they are.
    where : str
        Option or file to name in messages.

    Returns
    -------
    Prior
        Its probability of the stated range is met to 1e-6; its reason says what was asked.

    Raises
    ------
    InputError
        A statement that cannot be read, or that no distribution of the family meets.
    """

    def refuse(rule: str, fix: str = "") -> InputError:
        fix = fix or f"Priors of {role} in words: {EXAMPLES[role]}."
        return InputError(Problem(where, rule, fix, value=text))

    match = WORDS.fullmatch(text)
    if match is None:
        raise refuse("a prior in words is a percentage between two bounds, or below one")
    mass, *bounds = (None if one is None else float(one.replace("−", "-")) for one in match.groups()[:4])
    assert mass is not None
    form = "below" if bounds[2] is not None else "between"
    if not LEAST <= mass <= MOST:
        raise refuse(f"a probability from {LEAST:g}% to {MOST:g}%")
    if (role, form) not in BY_FORM:
        raise refuse("mu has two sides: its prior needs two bounds")
    family, df = _family(match.group(5), match.group(6), role, form, refuse)
    shown = [bound for bound in bounds if bound is not None]
    ends = [_end(bound, role, scale, refuse) for bound in shown]
    low, high = (0.0, ends[0]) if form == "below" else (ends[0], ends[1])
    if not low < high:
        raise refuse("the first bound lies below the second")
    prior = _resolve(family, df, low, high, mass / 100.0, refuse)
    words = f"asked for as {' '.join(text.split())}{_of_what(role, scale)}"
    return replace(prior, reason=f"{words}; of all {family} priors that meet it the one of largest entropy (PreliZ)")


def _family(
    name: str | None, df: str | None, role: str, form: str, refuse: Callable[..., InputError]
) -> tuple[str, float]:
    """Return the family asked for, and its degrees of freedom (1 where it has none)."""
    known = BY_FORM[role, form]
    family = (name or known[0]).lower()
    if family not in known:
        raise refuse(f"{family} is not a family for a prior of {role} {form} bounds: {', '.join(known)}")
    if ("df" in FAMILIES[family].parameters) != (df is not None):
        takes = "takes its degrees of freedom" if df is None else "takes no number: its bounds say all"
        raise refuse(f"{family} {takes}", f"Write {family}{'(4)' if df is None else ''}.")
    value = 1.0 if df is None else float(df.replace("−", "-"))
    if not 1.0 <= value <= 1000.0:
        raise refuse("the degrees of freedom lie between 1 and 1000")
    return family, value


def _end(bound: float, role: str, scale: str, refuse: Callable[..., InputError]) -> float:
    """Return a bound on the scale of pooling."""
    if abs(bound) > LARGEST:
        raise refuse(f"numbers of at most {LARGEST:g}")
    if role == "tau":
        if bound <= 0.0:
            raise refuse("tau is an sd: a bound of it lies above 0")
        return bound
    if not scale:
        return bound
    value = SCALES[scale].read(bound)
    if value is None:
        kind = {"exp": "above 0", "expit": "between 0 and 1", "tanh": "between -1 and 1"}[SCALES[scale].transform]
        raise refuse(f"bounds are values of the {SCALES[scale].printed}, which lies {kind}; {bound:g} does not")
    return value


def _of_what(role: str, scale: str) -> str:
    if role == "tau":
        return f" (tau, on the scale of the {SCALES[scale].words})" if scale else " (tau)"
    return f" ({SCALES[scale].printed or SCALES[scale].words})" if scale else ""


def _resolve(family: str, df: float, low: float, high: float, mass: float, refuse: Callable[..., InputError]) -> Prior:
    """Let PreliZ solve the statement in units of its own bounds, then move the scale until the probability is met."""
    if family in ("normal", "student_t"):
        shift, unit, inner = 0.5 * (low + high), 0.5 * (high - low), (-1.0, 1.0)
    elif low > 0.0:
        shift, unit = 0.0, sqrt(low) * sqrt(high)
        inner = (low / unit, high / unit)
    else:
        shift, unit, inner = 0.0, high, (0.0, 1.0)
    start = _by_preliz(family, df, *inner, mass)
    if FAMILIES[family].role == "mu":  # entropy is largest in the middle: by symmetry, and exactly there
        start = replace(start, parameters=(*start.parameters[:-2], 0.0, start.parameters[-1]))
    found = _polished(start, *inner, mass)
    if found is None:
        reached = cdf(start, inner[1]) - cdf(start, inner[0])
        raise refuse(f"PreliZ finds no {family} prior with this probability: the nearest has {reached:.3g}")
    values = scaled(found, unit).parameters
    if FAMILIES[family].role == "mu":
        values = (*values[:-2], shift, values[-1])
    prior = Prior(family, tuple(float(f"{value:.{DIGITS}g}") for value in values))
    reached = cdf(prior, high) - cdf(prior, low)
    if abs(reached - mass) > MET:
        raise refuse(f"{prior}, which PreliZ finds, has the probability {reached:.6f} and not {mass:g}")
    return prior


def _by_preliz(family: str, df: float, low: float, high: float, mass: float) -> Prior:
    """Return PreliZ's distribution of largest entropy."""
    import matplotlib as mpl

    with mpl.rc_context():  # importing PreliZ changes a setting of Matplotlib's
        import preliz

    make, ours = PRELIZ[family]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # how far it came is measured, not warned about
        found = preliz.maxent(make(preliz, df), low, high, mass, plot=False)
    return Prior(family, tuple(float(value) for value in ours(*found.params)))


def _polished(start: Prior, low: float, high: float, mass: float) -> Prior | None:
    """Return the prior scaled until it has the probability; None where no scale near PreliZ's does."""
    from scipy.optimize import brentq

    def gap(log_factor: float) -> float:
        changed = scaled(start, exp(log_factor))
        return cdf(changed, high) - cdf(changed, low) - mass

    for reach in (1e-5, 1e-4, 1e-3, 1e-2):
        if gap(-reach) * gap(reach) < 0.0:
            return scaled(start, exp(brentq(gap, -reach, reach, xtol=1e-15, rtol=1e-14)))
    return None
