"""Correlations between outcomes as a person writes them: one for all pairs, by pair, or estimated."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.joint import ETA, Correlation, pairs

ESTIMATED = "estimated"


def between(written: Sequence[str], eta: float | None, names: Sequence[str]) -> Correlation:
    """Return the correlation of true effects: what is written, or an LKJ prior where nothing is.

    Parameters
    ----------
    written : sequence of str
        As for `read`.
    eta : float, optional
        Of the LKJ prior.
    names : sequence of str
        Outcomes, in order.

    Raises
    ------
    InputError
        With every problem.

    Examples
    --------
    >>> str(between((), None, ["a", "b"]))
    'lkj(2)'
    """
    if eta is not None and not (isfinite(eta) and eta > 0.0):
        raise InputError(Problem("--eta", "a number above 0", "Write 2; 1 is uniform.", value=f"{eta:g}"))
    if written and eta is not None:
        words = "a prior of the correlation, which --correlation states"
        raise InputError(Problem("--eta", words, "Give one of the two.", value=f"{eta:g}"))
    if written:
        return read("--correlation", written, names)
    return Correlation(eta=ETA if eta is None else eta)


def within(written: Sequence[str], names: Sequence[str]) -> Correlation:
    """Return the correlation of one cohort's sampling errors: 0, what is written, or ``estimated`` under LKJ(1).

    Parameters
    ----------
    written, names
        As for `between`.

    Raises
    ------
    InputError
        With every problem.
    """
    if list(written) == [ESTIMATED]:
        return Correlation(eta=1.0)
    return read("--within-correlation", written or ["0"], names)


def read(option: str, written: Sequence[str], names: Sequence[str]) -> Correlation:
    """Read stated correlations.

    Parameters
    ----------
    option : str
        Where they stand, for messages.
    written : sequence of str
        One number for all pairs, or ``outcome:outcome=number`` for every pair.
    names : sequence of str
        Outcomes, in order.

    Raises
    ------
    InputError
        With every problem.

    Examples
    --------
    >>> read("--correlation", ["a:b=-0.5"], ["a", "b"]).stated
    ((1.0, -0.5), (-0.5, 1.0))
    """
    matrix = np.eye(len(names))
    wanted = {frozenset((names[i], names[j])): (i, j) for i, j in pairs(len(names))}
    found: dict[frozenset[str], float] = {}
    problems = []
    for text in written:
        who, _, number = text.rpartition("=")
        value = _number(number)
        pair = frozenset(part.strip() for part in who.split(":"))
        if value is None or (who and pair not in wanted) or (not who and len(written) > 1):
            example = f"{names[0]}:{names[-1]}=0.5"
            rule = f"a correlation above -1 and below 1 for all pairs, or for each pair of {', '.join(names)}"
            problems.append(Problem(option, rule, f"Write 0.5, or {example}; repeat for more.", value=text))
        elif who and pair in found:
            problems.append(Problem(option, "one correlation per pair", "Remove one of the two.", value=text))
        else:
            found.update({pair: value} if who else dict.fromkeys(wanted, value))
    missing = [":".join(names[i] for i in place) for pair, place in wanted.items() if pair not in found]
    if missing and not problems:
        rule = f"a correlation for every pair; missing: {', '.join(missing)}"
        problems.append(Problem(option, rule, "Add it; 0 where the outcomes are uncorrelated."))
    for pair, place in wanted.items():
        matrix[place] = matrix[place[::-1]] = found.get(pair, 0.0)
    if not problems and float(np.linalg.eigvalsh(matrix).min()) <= 1e-9:
        rule = "correlations that are possible at once: a positive definite matrix"
        problems.append(Problem(option, rule, "Bring them closer to 0.", value=", ".join(written)))
    if problems:
        raise InputError(problems)
    return Correlation(tuple(tuple(float(value) for value in row) for row in matrix))


def _number(text: str) -> float | None:
    """Return a correlation, or None where the text is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if -1.0 < value < 1.0 else None
