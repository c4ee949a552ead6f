"""Other priors of the same kind: the same family, wider or narrower."""

from __future__ import annotations

from math import log

from irlbayes.core.assumptions import Prior
from irlbayes.core.priors import FAMILIES

MULTIPLIED = ("sd", "scale", "lower", "upper")
OF_A_LOG = {"log_normal": ("mu",), "log_student_t": ("location",)}


def scaled(prior: Prior, factor: float) -> Prior:
    """Return a prior that is wider (or narrower) by a factor; the center of a prior of mu stays.

    Parameters
    ----------
    prior : Prior
    factor : float
        Above zero.

    Examples
    --------
    >>> str(scaled(Prior("half_normal", (0.5,)), 2.0)), str(scaled(Prior("normal", (0.3, 1.0)), 0.5))
    ('half_normal(1)', 'normal(0.3, 0.5)')
    """
    names = FAMILIES[prior.family].parameters
    shifted = OF_A_LOG.get(prior.family, ())
    values = tuple(
        value + log(factor) if name in shifted else value * factor if name in MULTIPLIED and not shifted else value
        for name, value in zip(names, prior.parameters, strict=True)
    )
    return Prior(prior.family, values, f"{prior}, {factor:g} times as wide")
