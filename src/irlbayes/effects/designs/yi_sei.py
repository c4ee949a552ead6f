"""The next study as an estimate and its standard error, on any scale: stated, or from what the scale needs."""

from __future__ import annotations

from math import sqrt

from irlbayes.core.planned import Design, Stratum
from irlbayes.core.scales import SCALES as EVERY
from irlbayes.core.types import Value

SCALES = tuple(EVERY)
EXACT: tuple[str, ...] = ()
GROUPS, UNIT = 2, "patients"


def needs(scale: str) -> tuple[str, ...]:
    """Return the assumptions that the scale needs: of a coefficient the sd, of a hazard ratio only its events."""
    return {"beta": ("sd",), "log_hr": (), "fisher_z": ()}.get(scale, ("sei",))


def cells(design: Design, scale: str, theta: float) -> dict[str, Value]:
    """Return an estimate as large as expected, and its standard error.

    Notes
    -----
    A coefficient of group membership has that of a difference of means, ``sd sqrt(1/n1 + 1/n2)``; a log hazard ratio
    ``1 / sqrt(D p (1 - p))`` with D events in all and a share p of patients in group 1 (Schoenfeld 1983); Fisher's z
    ``1 / sqrt(n - 3)``.

    References
    ----------
    Schoenfeld, D. A. (1983). Sample-size formula for the proportional-hazards regression model. Biometrics 39, 499-503.
    """
    return {"yi": theta, "sei": _sei(design, scale)}


def _sei(design: Design, scale: str) -> float:
    if design.sei is not None:
        return design.sei
    if scale == "fisher_z":
        return 1.0 / sqrt(design.total - 3.0)
    if scale == "log_hr":
        return 1.0 / sqrt(design.size1 * design.size2 / design.total)
    return (design.sd or 0.0) * sqrt(1.0 / design.size1 + 1.0 / design.size2)


def strata(design: Design, theta: float) -> tuple[Stratum, ...]:
    """Return nothing: the report is normal."""
    return ()
