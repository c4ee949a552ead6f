"""`PRZ`: probit of a proportion."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_counts
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0") -> Pair:
    """Return the probit of a proportion, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``xi, ni`` or ``xi, mi``: people with the event, and all people or those without, dims (study,).
    vtype : str
        ``LS``.
    add, to : float, str
        What is added to zero and full counts, and where.

    Notes
    -----
    ``yi = z = Phi^-1(p)``, ``vi = 2 pi p (1 - p) exp(z**2) / n``.

    References
    ----------
    Sánchez-Meca, J., Marín-Martínez, F., & Chacón-Moscoso, S. (2003). Effect-size indices for dichotomized
    outcomes in meta-analysis. Psychological Methods, 8(4), 448-467, equation 21.

    Examples
    --------
    >>> cells = {"xi": np.array([12.0]), "ni": np.array([50.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.706303], [0.037748]]
    """
    x, n = cells_counts.one_proportion(cells, add, to)
    from scipy.special import ndtri

    p = x / n
    z = ndtri(p)
    return z, 2.0 * np.pi * p * (1.0 - p) * np.exp(z**2) / n


MEASURES = (
    Measure(
        name="PRZ",
        words="probit of a proportion",
        scale="",
        null=None,
        columns=cells_counts.PROPORTION,
        vtypes=("LS",),
        options=("add", "to"),
        reference="Sánchez-Meca et al. 2003",
        effect=effect,
        alternatives=cells_counts.PROPORTION_ALTERNATIVES,
    ),
)
