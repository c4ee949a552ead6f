"""What every report with a normal likelihood shares: a size, a standard error, on the scale of pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def log_likelihood(theta: Any, pairs: Sequence[tuple[float, float]]) -> Any:
    """Return the PyTensor log density Normal(yi; theta, sei ** 2) of pairs (yi, sei), dims (report,)."""
    import pymc as pm

    yi, sei = np.asarray(pairs).T
    return pm.logp(pm.Normal.dist(theta, sei), yi)
