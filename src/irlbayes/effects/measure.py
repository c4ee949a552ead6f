"""Effect measures by metafor's names: what each estimates, what it needs, and one door to all of them.

References
----------
Viechtbauer, W. (2010). Conducting meta-analyses in R with the metafor package. Journal of Statistical Software, 36(3),
1-48 (its function `escalc`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from irlbayes.core.errors import InputError, Problem
from irlbayes.core.registry import leaves
from irlbayes.effects.cells.added import WHERE
from irlbayes.effects.cells.outcomes import Array, Effect, Pair


@dataclass(frozen=True)
class Measure:
    """One effect measure: a file of `effects/measures/`, or a close relative in one.

    Parameters
    ----------
    name : str
        metafor's name, such as ``SMD``.
    words : str
        The field's name.
    scale : str
        Name in `core.scales.SCALES` of the scale whose effect it estimates; empty where there is none.
    null : float or None
        Value of no effect; None for one group.
    columns : tuple of str
        Cells it needs, by metafor's names.
    vtypes : tuple of str
        Variances it knows, escalc's default first.
    options : tuple of str
        Further keywords of ``effect``.
    reference : str
        Where the formula is from.
    effect : callable
        ``effect(cells, vtype, **options)`` gives yi and vi, dims (study,); NaN where there is none.
    alternatives : tuple of tuple of str
        Other sets of cells that will do.
    """

    name: str
    words: str
    scale: str
    null: float | None
    columns: tuple[str, ...]
    vtypes: tuple[str, ...]
    options: tuple[str, ...]
    reference: str
    effect: Effect
    alternatives: tuple[tuple[str, ...], ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """Every cell it reads."""
        return tuple(dict.fromkeys(name for names in (self.columns, *self.alternatives) for name in names))


@cache
def measures() -> dict[str, Measure]:
    """Return every effect measure by name, in alphabetical order.

    Examples
    --------
    >>> measures()["SMD"].words
    "standardized mean difference (Hedges' g)"
    """
    found = [measure for module in leaves("irlbayes.effects.measures").values() for measure in vars(module)["MEASURES"]]
    return {measure.name: measure for measure in sorted(found, key=lambda measure: measure.name)}


def escalc(name: str, cells: Mapping[str, Any], vtype: str | None = None, **options: Any) -> Pair:
    """Return effects and sampling variances of studies, as metafor's `escalc` does.

    Parameters
    ----------
    name : str
        Name of a measure.
    cells : Mapping
        Numbers by metafor's names, dims (study,): the measure's columns or one of its alternatives, NaN where missing.
    vtype : str or None
        Name of a variance; None for the default.
    **options
        Keywords that the measure knows: ``correct`` (take small-sample bias out), ``add`` and ``to`` (what counts with
        zeros gain, and where), ``drop00`` (no effect where neither group, or everyone, has the event).

    Returns
    -------
    yi, vi : Array, dims (study,)
        NaN where a study has none.

    Raises
    ------
    InputError
        For an unknown name, variance, option or cell, for cells that are missing or contradict each other.

    Examples
    --------
    >>> yi, vi = escalc("OR", {"ai": [4, 6], "n1i": [123, 306], "ci": [11, 29], "n2i": [139, 303]})
    >>> yi.round(6).tolist(), vi.round(6).tolist()
    ([-0.938694, -1.666191], [0.357125, 0.208132])
    """
    measure = measures().get(name)
    if measure is None:
        raise InputError(_unknown("measure", name, measures(), "an effect measure is one of"))
    chosen = measure.vtypes[0] if vtype is None else vtype
    problems = [
        *(() if chosen in measure.vtypes else (_unknown("vtype", chosen, measure.vtypes, f"variances of {name} are"),)),
        *_option_problems(measure, options),
        *_cell_problems(measure, cells),
    ]
    if problems:
        raise InputError(problems)
    arrays = {key: np.atleast_1d(np.asarray(values, dtype=float)) for key, values in cells.items()}
    if problems := list(_value_problems(measure, arrays)):
        raise InputError(problems)
    return measure.effect(arrays, chosen, **options)


def _unknown(place: str, value: str, known: Mapping[str, Any] | tuple[str, ...], rule: str) -> Problem:
    names = ", ".join(known)
    return Problem(place, f"{rule} {names}" if names else f"{rule} none", "choose one of them", value=str(value))


def _option_problems(measure: Measure, options: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the keywords."""
    for name, value in options.items():
        if name not in measure.options:
            yield _unknown("option", name, measure.options, f"options of {measure.name} are")
        elif name == "to" and value not in WHERE:
            yield _unknown("to", value, WHERE, "what is added goes to one of")
        elif name in ("correct", "drop00") and not isinstance(value, bool):
            yield Problem(name, "is true or false", "write True or False", value=str(value))
        elif name == "add" and not (isinstance(value, int | float) and 0.0 <= value < np.inf):
            yield Problem("add", "is a number, zero or more", "write a number such as 0.5", value=str(value))


def _cell_problems(measure: Measure, cells: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with the names and the lengths of the cells."""
    sets = (measure.columns, *measure.alternatives)
    for name in cells:
        if name not in measure.known:
            yield _unknown("cells", name, measure.known, f"cells of {measure.name} are")
    if not any(set(names) <= set(cells) for names in sets):
        wanted = "; or ".join(", ".join(names) for names in sets)
        yield Problem("cells", f"{measure.name} needs {wanted}", "give one of these sets", value=", ".join(cells))
    lengths = {name: np.atleast_1d(np.asarray(values, dtype=float)).shape for name, values in cells.items()}
    if len(set(lengths.values())) > 1 or any(len(shape) > 1 for shape in lengths.values()):
        shown = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in lengths.items())
        yield Problem("cells", "every cell has one number per study", "give lists of one length", value=shown)


def _value_problems(measure: Measure, cells: Mapping[str, Array]) -> Iterator[Problem]:
    """Yield the first study that breaks each rule about values."""
    for name, values in cells.items():
        lowest, highest, strict, rule = _range_of(name, measure)
        kept = ((values > lowest) if strict else (values >= lowest)) & (values <= highest)
        yield from _broken(name, values, kept | np.isnan(values), rule)
    for part, rest, whole in (("ai", "bi", "n1i"), ("ci", "di", "n2i"), ("xi", "mi", "ni")):
        if part in cells and whole in cells and "m1i" not in measure.columns:
            size, events = cells[whole], cells[part]
            fits = (events <= size) | np.isnan(events) | np.isnan(size)
            yield from _broken(part, events, fits, f"{part} is at most {whole}")
            if rest in cells:
                total = events + cells[rest]
                adds = (total == size) | np.isnan(total) | np.isnan(size)
                yield from _broken(whole, size, adds, f"{part} and {rest} add up to {whole}")


def _range_of(name: str, measure: Measure) -> tuple[float, float, bool, str]:
    """Return lowest and highest value of a cell, whether it must lie above the lowest, and the rule in words."""
    table, proportion, means = ("ci" in measure.columns, measure.columns == ("xi", "ni"), "sd2i" in measure.columns)
    counts = ("x1i", "x2i", "xi", *(("ai", "bi", "ci", "di") if table else ()), *(("mi",) if proportion else ()))
    if name in counts:
        return 0.0, np.inf, False, "a count is zero or more"
    if name in ("sd1i", "sd2i", "sdi"):
        return 0.0, np.inf, False, "an SD is zero or more"
    if name in ("t1i", "t2i", "ni") or (name in ("n1i", "n2i") and means) or measure.columns == ("xi", "ti"):
        return 0.0, np.inf, True, "a size or a person-time is more than zero"
    if name in ("ri", "pi"):
        return -1.0, 1.0, False, f"{name} lies between -1 and 1"
    if name == "ai":
        return 0.0, 1.0, False, "a probability lies between 0 and 1"
    return -np.inf, np.inf, False, "is a number"


def _broken(name: str, values: Array, kept: Any, rule: str) -> Iterator[Problem]:
    """Yield the first study where a rule is not kept."""
    for i in np.flatnonzero(~np.asarray(kept)):
        broken = f"{rule}; study {i + 1} breaks it"
        yield Problem("cells", broken, "check the numbers", column=name, value=str(values[i]))
        return
