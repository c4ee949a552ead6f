"""What is asked of the batch engine: reports in one array, priors by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irlbayes.core import priors
from irlbayes.core.assumptions import Prior
from irlbayes.core.errors import InputError, Problem

Array = NDArray[np.float64]
Index = NDArray[np.int64]
MOST_NAMED = 5  # data sets that a problem names
# As the kernels number them (`nodes.FAMILIES`).
TAU = ("half_normal", "half_cauchy", "half_student_t", "uniform", "log_normal", "log_student_t", "inverse_gamma")
MU = ("normal", "flat", "student_t")


@dataclass(frozen=True)
class Panel:
    """One family of priors, its parameters an array each: dims (dataset,), or one number for all.

    Parameters
    ----------
    family : str
        Of `core.priors.FAMILIES`.
    parameters : tuple of array_like
        In units of the effect.

    Examples
    --------
    >>> Panel("half_normal", ([0.25, 0.5, 1.0],)).at(1)
    Prior(family='half_normal', parameters=(0.5,), reason='', warnings=())
    """

    family: str
    parameters: tuple[ArrayLike, ...] = ()

    def at(self, i: int) -> Prior:
        """Return the prior of data set i."""
        found = (np.asarray(value, dtype=float) for value in self.parameters)
        return Prior(self.family, tuple(float(value if value.ndim == 0 else value[i]) for value in found))


Priors = Prior | Panel | Sequence[Prior]
Below = tuple[ArrayLike, ArrayLike, ArrayLike] | None


@dataclass(frozen=True)
class Numbered:
    """Priors as numbers: family (its place in `TAU` or `MU`) and parameters, dims (dataset,) and (dataset, 3)."""

    family: Index
    parameters: Array

    def at(self, i: int, names: Sequence[str]) -> Prior:
        """Return the prior of data set i."""
        name = names[self.family[i]]
        count = len(priors.FAMILIES[name].parameters)
        return Prior(name, tuple(float(value) for value in self.parameters[i, :count]))

    def of(self, which: Index) -> Numbered:
        """Return the priors of these data sets."""
        return Numbered(self.family[which], self.parameters[which])

    @property
    def tail(self) -> Array:
        """The power of each prior's tail, dims (dataset,)."""
        power = np.array([np.inf, 2.0, 0.0, np.inf, np.inf, priors.JUST_ABOVE_ONE, 0.0])[self.family]
        return np.where(power > 0.0, power, self.parameters[:, 0] + 1.0)


@dataclass(frozen=True)
class Reports:
    """Normal reports of many data sets after one another.

    Parameters
    ----------
    yi, vi : Array, dims (study of all data sets,)
    offsets : Index, dims (dataset + 1,)
    """

    yi: Array
    vi: Array
    offsets: Index

    @property
    def k(self) -> Index:
        """Studies of each data set."""
        return np.diff(self.offsets)


def reports(yi: ArrayLike | Sequence[ArrayLike], vi: ArrayLike | Sequence[ArrayLike] | None,
            sei: ArrayLike | Sequence[ArrayLike] | None, offsets: ArrayLike | None) -> Reports:  # fmt: skip
    """Return reports flat, from flat arrays with offsets, rows padded with NaN, or a list of arrays.

    Raises
    ------
    InputError
    """
    if (vi is None) == (sei is None):
        raise InputError(Problem("vi, sei", "one of the two", "Give the variances or the standard errors."))
    y, counts = _flat(yi, offsets)
    spread, others = _flat(sei if vi is None else vi, offsets)  # type: ignore[arg-type]
    name = "sei" if vi is None else "vi"
    if y.size != spread.size or not np.array_equal(counts, others):
        raise InputError(Problem(f"yi, {name}", "as many values of one as of the other", "Give one for each study."))
    found = Reports(y, spread**2 if vi is None else spread, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))
    problems = []
    for column, bad, rule in (
        ("yi", ~np.isfinite(y), "a number"),
        (name, ~(np.isfinite(spread) & (spread > 0.0)), "above 0"),
    ):
        for place in np.flatnonzero(bad)[:MOST_NAMED]:
            data_set = int(np.searchsorted(found.offsets, place, side="right")) - 1
            where = f"data set {data_set}, study {place - found.offsets[data_set]}"
            problems.append(Problem(where, rule, "Correct it, or leave the study out.", column=column,
                                    value=str((y if column == "yi" else spread)[place])))  # fmt: skip
    if problems:
        raise InputError(problems)
    return found


def _flat(values: ArrayLike | Sequence[ArrayLike], offsets: ArrayLike | None) -> tuple[Array, Index]:
    """Return values after one another, and how many each data set has."""
    if offsets is not None:
        flat, ends = np.ascontiguousarray(values, dtype=float), np.asarray(offsets, dtype=np.int64)
        if ends.ndim != 1 or not ends.size or ends[0] != 0 or ends[-1] != flat.size or (np.diff(ends) < 0).any():
            rule = f"begins with 0, never falls, and ends with the number of studies, {flat.size}"
            raise InputError(Problem("offsets", rule, "Give where each data set begins, and where the last ends."))
        return flat, np.diff(ends)
    if isinstance(values, np.ndarray) and values.dtype != object:
        rows = np.atleast_2d(np.asarray(values, dtype=float))
        told = ~np.isnan(rows)
        return rows[told], told.sum(axis=1)
    parts = [np.asarray(part, dtype=float).ravel() for part in values]  # type: ignore[union-attr]
    return np.concatenate([*parts, np.zeros(0)]), np.array([part.size for part in parts], dtype=np.int64)


def numbered(given: Priors, role: str, count: int) -> Numbered:
    """Return priors as numbers, one per data set.

    Raises
    ------
    InputError
    """
    names = TAU if role == "tau" else MU
    family, parameters = np.zeros(count, dtype=np.int64), np.zeros((count, 3))
    if isinstance(given, Prior | Panel):
        _known(given.family, role, names)
        family[:] = names.index(given.family)
        for i, values in enumerate(given.parameters):
            column = np.asarray(values, dtype=float)
            if column.ndim and column.shape != (count,):
                raise InputError(Problem(role, f"one number, or one for each of {count} data sets",
                                         "Give arrays of that length.", value=str(column.shape)))  # fmt: skip
            parameters[:, i] = column
        _plausible(given.family, role, parameters, len(given.parameters))
        return Numbered(family, parameters)
    if len(given) != count:
        rule = f"one prior, or one for each of {count} data sets"
        raise InputError(Problem(role, rule, "Give as many as there are data sets.", value=str(len(given))))
    known: dict[Prior, int] = {}
    which = np.array([known.setdefault(prior, len(known)) for prior in given], dtype=np.int64)
    each = [numbered(prior, role, 1) for prior in known]
    return Numbered(
        np.array([one.family[0] for one in each])[which], np.array([one.parameters[0] for one in each])[which]
    )


def _known(name: str, role: str, names: Sequence[str]) -> None:
    if name not in names:
        raise InputError(Problem(role, f"one of {', '.join(names)}", "Choose a family of that unknown.", value=name))


def _plausible(name: str, role: str, parameters: Array, given: int) -> None:
    """Refuse a wrong number of parameters, and scales that are not above zero."""
    family = priors.FAMILIES[name]
    if given != len(family.parameters):
        raise InputError(Problem(role, f"{name} has the parameters {', '.join(family.parameters) or '(none)'}",
                                 f"Write it as {family.example}."))  # fmt: skip
    for i, parameter in enumerate(family.parameters):
        values = parameters[:, i]
        bad = ~np.isfinite(values) | ((values <= 0.0) if parameter in family.positive else np.zeros(values.size, bool))
        if name == "uniform":
            bad |= (values < 0.0) | (parameters[:, 0] >= parameters[:, 1])
        if bad.any():
            raise InputError(Problem(role, f"{parameter} of {name} is a finite number within its range",
                                     f"Write it as {family.example}.", value=str(values[bad][0])))  # fmt: skip


def each(name: str, values: ArrayLike, count: int) -> Array:
    """Return one value per data set."""
    column = np.asarray(values, dtype=float)
    if column.ndim and column.shape != (count,):
        rule = f"one number, or one for each of {count} data sets"
        raise InputError(Problem(name, rule, "Give an array of that length.", value=str(column.shape)))
    return np.broadcast_to(column, (count,)).copy()


def at_or_nan(below: Below, count: int) -> Array:
    """Return the values below which mu, tau and theta_new are asked for, dims (dataset, 3); NaN where they are not."""
    if below is None:
        return np.full((count, 3), np.nan)
    return np.column_stack([each("below", values, count) for values in below])


def refuse_level(level: float) -> None:
    """Refuse a level of intervals that is none."""
    if not 0.0 < level < 1.0:
        raise InputError(Problem("level", "between 0 and 1", "Write 0.95.", value=str(level)))
