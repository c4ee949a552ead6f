"""The next study as two means: on the SMD scale its report is the t statistic, exactly."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.planned import Design, Stratum
from irlbayes.core.types import Value
from irlbayes.effects.likelihoods import noncentral_t

Array = NDArray[np.float64]
SCALES = ("smd", "md", "rom", "log_vr")
EXACT = ("smd",)
GROUPS, UNIT = 2, "patients"


def needs(scale: str) -> tuple[str, ...]:
    """Return the assumptions that the scale needs: the sd of a mean difference, relative for a ratio of means."""
    return ("sd",) if scale in ("md", "rom") else ()


def cells(design: Design, scale: str, theta: float) -> dict[str, Value]:
    """Return the means and SDs that the study would report where everything is as expected."""
    sd = 1.0 if design.sd is None else design.sd
    means, sds = {
        "smd": ((theta, 0.0), (1.0, 1.0)),
        "md": ((theta, 0.0), (sd, sd)),
        "rom": ((exp(theta), 1.0), (sd * exp(theta), sd)),
        "log_vr": ((0.0, 0.0), (exp(theta), 1.0)),
    }[scale]
    sizes = {"n1i": design.size1, "n2i": design.size2}
    return {"m1i": means[0], "sd1i": sds[0], "m2i": means[1], "sd2i": sds[1], **sizes}


def strata(design: Design, theta: float) -> tuple[Stratum, ...]:
    """Return the t statistics that the study can report."""
    n1, n2 = design.size1, design.size2
    size = noncentral_t.root_size(n1, n2)

    def log_likelihood(x: Array, at: Array) -> Array:
        return np.stack([noncentral_t.observed(float(t), n1, n2).log_value(at) for t in x])

    def cumulative(x: Array, at: Array) -> Array:
        out = np.empty((x.size, at.size))
        for row, t in zip(out, x, strict=True):
            row[:] = float(t > 0.0) if np.isinf(t) else np.exp(noncentral_t.below(float(t), n1, n2).log_value(at))
        return out

    return (
        Stratum(
            weight=1.0,
            low=-np.inf,
            high=np.inf,
            discrete=False,
            log_likelihood=log_likelihood,
            cumulative=cumulative,
            expected=lambda at: np.asarray(at * size),
            detail=1.0 / size,
            show=lambda t: f"means {t / size:.2f} standard deviations apart".replace("-", "−"),
        ),
    )
