"""Scales of effects, how papers print them, and the conversions between them that exist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scale:
    """One scale on which effects are pooled.

    Parameters
    ----------
    name : str
        Short name, as in `data/` and `models/`.
    words : str
        The field's name for it.
    null : float or None
        Value of no effect; None where there is none (a proportion, a rate).
    printed : str
        What readers see after back-transformation; equal to ``words`` where nothing is transformed.
    transform : str
        ``none``, ``exp``, ``expit`` or ``tanh``: from the scale to what is printed.
    short : str
        What readers see, in a word for a table.
    own_unit : bool
        Whether the number means something only with its unit, so that no default prior exists.
    """

    name: str
    words: str
    null: float | None = 0.0
    printed: str = ""
    transform: str = "none"
    own_unit: bool = False
    short: str = ""

    def show(self, value: float) -> float:
        """Return a value of this scale as readers see it."""
        with np.errstate(over="ignore"):  # an end of a very wide prior is infinite as a ratio
            if self.transform == "exp":
                return float(np.exp(value))
            if self.transform == "expit":
                return float(1.0 / (1.0 + np.exp(-value)))
        if self.transform == "tanh":
            return float(np.tanh(value))
        return value

    def read(self, value: float) -> float | None:
        """Return what readers see as a value of this scale; None where it is no such thing, as a ratio below zero.

        Examples
        --------
        >>> SCALES["log_or"].read(1.0), SCALES["logit"].read(0.5), SCALES["log_or"].read(-1.0)
        (0.0, 0.0, None)
        """
        if self.transform == "exp":
            return float(np.log(value)) if value > 0.0 else None
        if self.transform == "expit":
            return float(np.log(value / (1.0 - value))) if 0.0 < value < 1.0 else None
        if self.transform == "tanh":
            return float(np.arctanh(value)) if -1.0 < value < 1.0 else None
        return value


SCALES: dict[str, Scale] = {
    scale.name: scale
    for scale in (
        Scale("none", "effect", short="effect"),
        Scale("smd", "standardized mean difference", short="SMD"),
        Scale("md", "mean difference", own_unit=True, short="MD"),
        Scale("rom", "log ratio of means", printed="ratio of means", transform="exp", short="RoM"),
        Scale("log_or", "log odds ratio", printed="odds ratio", transform="exp", short="OR"),
        Scale("log_rr", "log risk ratio", printed="risk ratio", transform="exp", short="RR"),
        Scale("log_irr", "log rate ratio", printed="rate ratio", transform="exp", short="IRR"),
        Scale("log_hr", "log hazard ratio", printed="hazard ratio", transform="exp", short="HR"),
        Scale("rd", "risk difference", own_unit=True, short="RD"),
        Scale("logit", "logit of a proportion", null=None, printed="proportion", transform="expit", short="proportion"),
        Scale("log_rate", "log rate", null=None, printed="rate", transform="exp", own_unit=True, short="rate"),
        Scale("ird", "rate difference", own_unit=True, short="IRD"),
        Scale("log_vr", "log variability ratio", printed="variability ratio", transform="exp", short="VR"),
        Scale("fisher_z", "Fisher's z of a correlation", printed="correlation", transform="tanh", short="correlation"),
        Scale("beta", "regression coefficient", own_unit=True, short="coefficient"),
    )
}

# How a paper prints a number: the scale it is pooled on, and the transformation that leads there.
PRINTED: dict[str, tuple[str, str]] = {name: (name, "none") for name in SCALES} | {
    "or": ("log_or", "log"),
    "rr": ("log_rr", "log"),
    "irr": ("log_irr", "log"),
    "hr": ("log_hr", "log"),
    "ratio": ("rom", "log"),
    "vr": ("log_vr", "log"),
    "proportion": ("logit", "logit"),
    "correlation": ("fisher_z", "atanh"),
}

SMD_TO_LOG_OR = float(np.pi / np.sqrt(3.0))
_FACTORS: dict[tuple[str, str], tuple[float, str]] = {
    ("smd", "log_or"): (SMD_TO_LOG_OR, "SMD times pi / sqrt(3) (Hasselblad & Hedges 1995; Chinn 2000)"),
    ("log_or", "smd"): (1.0 / SMD_TO_LOG_OR, "log OR times sqrt(3) / pi (Hasselblad & Hedges 1995; Chinn 2000)"),
}


def conversion(source: str, target: str) -> tuple[float, str] | None:
    """Return the factor from one scale to another and its words, or None where there is none.

    Examples
    --------
    >>> conversion("smd", "log_or")[0]
    1.8137993642342178
    >>> conversion("smd", "beta") is None
    True
    """
    if source == target:
        return 1.0, ""
    return _FACTORS.get((source, target))


def to_analysis(value: float, transformation: str) -> float:
    """Return a printed value on the scale it is pooled on."""
    if transformation == "log":
        return float(np.log(value))
    if transformation == "logit":
        return float(np.log(value / (1.0 - value)))
    if transformation == "atanh":
        return float(np.arctanh(value))
    return value
