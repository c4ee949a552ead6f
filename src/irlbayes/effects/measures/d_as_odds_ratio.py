"""`D2OR`, `D2ORL`, `D2ORN`: a standardized mean difference as a log odds ratio."""

from __future__ import annotations

from irlbayes.effects.cells import two_means
from irlbayes.effects.cells.outcomes import Cells, Pair, outcomes
from irlbayes.effects.conversions.transformations import COX_SNELL, LOGISTIC
from irlbayes.effects.measure import Measure


def _scaled(cells: Cells, unit: float) -> Pair:
    """Return d times a unit, and its large-sample variance times the unit's square."""
    g = two_means.means(cells)
    return unit * g.d, unit**2 * (g.inverse_sizes + g.d**2 / (2.0 * g.n))


@outcomes
def logistic(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the log odds ratio of a logistic outcome cut in two, and its sampling variance.

    Parameters
    ----------
    cells : Mapping
        ``m1i, sd1i, n1i, m2i, sd2i, n2i``, or ``di``, ``ti``, ``pi`` (two-sided p with a sign) or ``ri`` with
        the group sizes, dims (study,).
    vtype : str
        ``LS``.

    Notes
    -----
    ``yi = d pi / sqrt(3)`` with d not corrected for bias, and ``(1/n1 + 1/n2 + d**2/(2 (n1 + n2))) pi**2 / 3``.

    References
    ----------
    Hasselblad, V., & Hedges, L. V. (1995). Meta-analysis of screening and diagnostic tests. Psychological Bulletin,
    117(1), 167-178; Chinn, S. (2000). A simple method for converting an odds ratio to effect size for use in
    meta-analysis. Statistics in Medicine, 19(22), 3127-3131.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in logistic(cells)]
    [[1.577151], [0.209676]]
    """
    return _scaled(cells, LOGISTIC)


@outcomes
def normal(cells: Cells, vtype: str = "LS") -> Pair:
    """Return the log odds ratio of a normal outcome cut in two, approximately; parameters as for `logistic`.

    Notes
    -----
    ``yi = 1.65 d`` with d not corrected for bias, and ``1.65**2 (1/n1 + 1/n2 + d**2/(2 (n1 + n2)))``.

    References
    ----------
    Cox, D. R., & Snell, E. J. (1989). Analysis of binary data (2nd ed.). Chapman & Hall.

    Examples
    --------
    >>> import numpy as np
    >>> cells = {"m1i": np.array([10.0]), "sd1i": np.array([2.0]), "n1i": np.array([30.0]),
    ...          "m2i": np.array([8.0]), "sd2i": np.array([2.5]), "n2i": np.array([40.0])}
    >>> [values.round(6).tolist() for values in normal(cells)]
    [[1.434723], [0.173516]]
    """
    return _scaled(cells, COX_SNELL)


MEASURES = tuple(
    Measure(
        name=name,
        words=f"standardized mean difference as a log odds ratio, {outcome} outcome",
        scale="log_or",
        null=0.0,
        columns=two_means.COLUMNS,
        vtypes=("LS",),
        options=(),
        reference=reference,
        effect=effect,
        alternatives=two_means.ALTERNATIVES,
    )
    for name, outcome, reference, effect in (
        ("D2OR", "logistic", "Hasselblad & Hedges 1995; Chinn 2000", logistic),
        ("D2ORL", "logistic", "Hasselblad & Hedges 1995; Chinn 2000", logistic),
        ("D2ORN", "normal", "Cox & Snell 1989", normal),
    )
)
