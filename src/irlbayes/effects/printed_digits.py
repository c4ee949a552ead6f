"""What a printed number can have been before it was rounded, read from its digits.

Numbers are kept as floats, so a zero printed at the end is lost: 0.50 is read as 0.5 and may stand for anything from
0.45 to 0.55. Ranges are therefore never too narrow, and a check built on them never blames the rounding.
"""

from __future__ import annotations

from decimal import Decimal

from irlbayes.core.scales import to_analysis

NOISE = 1e-9  # relative; what floating point may lose between the digits and a comparison


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.15g}")


def half_unit(value: float) -> float:
    """Return half a unit of the last printed digit.

    Examples
    --------
    >>> half_unit(0.52), half_unit(28.0), half_unit(-0.0005), half_unit(1e-05)
    (0.005, 0.5, 5e-05, 5e-06)
    """
    exponent = _decimal(value).normalize().as_tuple().exponent
    assert isinstance(exponent, int)
    return float(Decimal("0.5").scaleb(min(exponent, 0)))


def significant_digits(value: float) -> int:
    """Return how many digits a number is known by, zeros at its two ends aside.

    Examples
    --------
    >>> significant_digits(0.0310), significant_digits(192.0), significant_digits(50.0), significant_digits(0.0)
    (2, 3, 1, 0)
    """
    return len(_decimal(value).normalize().as_tuple().digits) if value else 0


def ends(value: float, transformation: str = "none", half: float | None = None) -> tuple[float, float]:
    """Return the lowest and highest number that rounds to a printed one, on the scale it is pooled on.

    Parameters
    ----------
    value : float
        As printed.
    transformation : str
        ``none``, ``log`` or ``logit``.
    half : float, optional
        Half a unit of its last printed digit, where the zeros at its end are known; read from its digits by default.

    Raises
    ------
    ValueError
        Where an end has no logarithm: 0.0 of a ratio, 1.0 of a proportion.

    Examples
    --------
    >>> [round(end, 3) for end in ends(1.5, "log")]
    [0.372, 0.438]
    """
    half = half_unit(value) if half is None else half
    low, high = value - half, value + half
    if (transformation in ("log", "logit") and low <= 0.0) or (transformation == "logit" and high >= 1.0):
        raise ValueError(f"{value:g} is too near the end of its scale for its digits")
    return to_analysis(low, transformation), to_analysis(high, transformation)


def apart(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether two ranges have no number in common, floating-point noise aside.

    Examples
    --------
    >>> apart((0.1, 0.2), (0.3, 0.4)), apart((0.1, 0.2 + 1e-16), (0.2, 0.4))
    (True, False)
    """
    noise = NOISE * max(map(abs, (*first, *second)))
    return first[0] > second[1] + noise or second[0] > first[1] + noise
