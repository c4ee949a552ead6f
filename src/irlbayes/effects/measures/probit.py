"""`PBIT`: difference of probits of risks, as a standardized mean difference."""

from __future__ import annotations

import numpy as np

from irlbayes.effects.cells import cells_2x2
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.measure import Measure


@outcomes
def effect(cells: Cells, vtype: str = "LS", *, add: float = 0.5, to: str = "only0", drop00: bool = False) -> Pair:
    """Return the difference of probits of risks, as a standardized mean difference, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``ai, bi, ci, di`` or ``ai, n1i, ci, n2i``, dims (study,).
    vtype : str
        ``LS``.
    add, to, drop00 : float, str, bool
        What is added to tables with a zero, where, and whether a table without contrast has no effect.

    Notes
    -----
    ``yi = z1 - z2`` with ``z = Phi^-1(p)``, the standardized mean difference of a normal outcome cut in two;
    ``vi`` is the sum of ``2 pi p (1 - p) exp(z**2) / n`` over the groups.

    References
    ----------
    Sánchez-Meca, J., Marín-Martínez, F., & Chacón-Moscoso, S. (2003). Effect-size indices for dichotomized
    outcomes in meta-analysis. Psychological Methods, 8(4), 448-467, equation 21.

    Examples
    --------
    >>> cells = {"ai": np.array([4.0]), "bi": np.array([119.0]), "ci": np.array([11.0]), "di": np.array([128.0])}
    >>> [values.round(6).tolist() for values in effect(cells)]
    [[-0.434076], [0.072463]]
    """
    t = cells_2x2.tables(cells, add, to, drop00)
    from scipy.special import ndtri

    z1, z2 = ndtri(t.p1), ndtri(t.p2)
    spread1 = t.p1 * (1.0 - t.p1) * np.exp(z1**2) / t.n1
    spread2 = t.p2 * (1.0 - t.p2) * np.exp(z2**2) / t.n2
    return z1 - z2, 2.0 * np.pi * (spread1 + spread2)


MEASURES = (
    Measure(
        name="PBIT",
        words="difference of probits of risks, as a standardized mean difference",
        scale="smd",
        null=0.0,
        columns=cells_2x2.COLUMNS,
        vtypes=("LS",),
        options=cells_2x2.OPTIONS,
        reference="Sánchez-Meca et al. 2003",
        effect=effect,
        alternatives=cells_2x2.ALTERNATIVES,
    ),
)
