"""Effect measures as Cochrane's programs name them, and the scales they are pooled on."""

from __future__ import annotations

SCALE_OF = {
    "OR": "log_or",
    "PETO_OR": "log_or",
    "RR": "log_rr",
    "HR": "log_hr",
    "RD": "rd",
    "MD": "md",
    "SMD": "smd",
    "ODDS RATIO": "log_or",
    "PETO ODDS RATIO": "log_or",
    "ODDS RATIO (NON-EVENT)": "log_or",
    "RISK RATIO": "log_rr",
    "RATE RATIO": "log_irr",
    "HAZARD RATIO": "log_hr",
    "RISK DIFFERENCE": "rd",
    "MEAN DIFFERENCE": "md",
    "STANDARDIZED MEAN DIFFERENCE": "smd",
    "STD. MEAN DIFFERENCE": "smd",
}
"""By R package meta's reading of both formats (`read.rm5`, `read.cdir`), and Rate Ratio."""


def scale_of(measure: str) -> str:
    """Return the scale of a measure; empty where it is not known.

    Examples
    --------
    >>> scale_of("Peto Odds Ratio")
    'log_or'
    """
    return SCALE_OF.get(measure.strip().upper(), "")


def is_ratio(scale: str) -> bool:
    """Whether a scale is that of a logarithm."""
    return scale.startswith("log_")
