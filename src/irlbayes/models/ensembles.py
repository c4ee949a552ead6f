"""Ensembles of models to average over: TOML files under `models/ensembles/`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any, TypeGuard

from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError, Problem, refuse_unknown, unknown
from irlbayes.core.publication import Bias, Ensemble, Family, WeightFunction
from irlbayes.models import files

SCHEMA = "irlbayes/ensemble/1"
FAMILIES: dict[str, Family] = {"none": "none", "selection": "selection", "PET": "PET", "PEESE": "PEESE"}
MOST_CUTS = 4  # of a weight function: a rule over five weights has seven nodes in each of four dimensions
DEFAULT = "robma_psma"


@cache
def ensembles() -> Mapping[str, Ensemble]:
    """Return every ensemble of `models/ensembles/` by name.

    Raises
    ------
    InputError
        With every problem of every file.

    Examples
    --------
    >>> ensembles()["robma_psma"].size
    36
    """
    found, problems = files.read_all((folder("models") / "ensembles").glob("*.toml"), read_ensemble)
    if problems:
        raise InputError(problems)
    return found


def choose(name: str) -> Ensemble:
    """Return an ensemble by name.

    Raises
    ------
    InputError
    """
    known = ensembles()
    refuse_unknown("--ensemble", [name], known)
    return known[name]


def read_ensemble(path: Path) -> Ensemble:
    """Read and check one ensemble; every problem of the file at once."""
    file = str(path)
    content, problems = files.read(path, SCHEMA, "ensemble")
    if not content.get("reason"):
        problems.append(Problem(file, "an ensemble has a reason", "Say why these models and odds."))
    priors = {part: _probability(file, part, content.get(part), problems) for part in ("effect", "heterogeneity")}
    listed = content.get("bias")
    rows = listed if isinstance(listed, list) else []
    if not rows:
        problems.append(Problem(file, "at least one [[bias]]", 'Add one with family = "none".'))
    biases = [_bias(f"{file} [[bias]] {number}", row, problems) for number, row in enumerate(rows, start=1)]
    if problems:
        raise InputError(problems)
    total = sum(odds for _, odds in biases)
    return Ensemble(
        path.stem,
        priors["effect"],
        priors["heterogeneity"],
        tuple(Bias(bias.family, odds / total, bias.weights, bias.scale) for bias, odds in biases),
        str(content.get("description", "")),
    )


def _probability(file: str, part: str, table: Any, problems: list[Problem]) -> float:
    value = table.get("prior") if isinstance(table, dict) else None
    if not _number(value) or not 0.0 <= value <= 1.0:
        shown = "" if value is None else str(value)
        problems.append(Problem(f"{file} [{part}]", "prior is a probability", "Write prior = 0.5.", value=shown))
        return 0.5
    return float(value)


def _bias(where: str, row: Any, problems: list[Problem]) -> tuple[Bias, float]:
    row = row if isinstance(row, dict) else {}
    named, odds = str(row.get("family", "")), row.get("odds")
    problems += unknown(where, [named], FAMILIES, "a family")
    family = FAMILIES.get(named, "none")
    if not _number(odds) or odds <= 0:
        problems.append(Problem(where, "odds is a number above 0", "Write odds = 1.", value=str(odds or "")))
        odds = 1.0
    weights, scale = None, 0.0
    if family == "selection":
        weights = weight_function(row.get("sides"), row.get("cuts"), where, problems)
    elif family in ("PET", "PEESE"):
        scale = row.get("scale", 0.0)
        if not _number(scale) or scale <= 0:
            rule = "scale, of the half-Cauchy prior, is above 0"
            problems.append(Problem(where, rule, "Write scale = 1.", value=str(scale or "")))
            scale = 1.0
    return Bias(family, 0.0, weights, float(scale)), float(odds)


def weight_function(sides: Any, cuts: Any, where: str, problems: list[Problem]) -> WeightFunction:
    """Check the sides and cuts of a weight function; problems are added to those found before."""
    if sides not in (1, 2):
        problems.append(Problem(where, "sides is 1 or 2", "Write sides = 1.", value=str(sides or "")))
        sides = 1
    found = cuts if isinstance(cuts, list | tuple) else []
    fine = all(_number(cut) and 0.0 < cut < 1.0 for cut in found)
    if not fine or not 0 < len(found) <= MOST_CUTS or list(found) != sorted(set(found)):
        rule = f"cuts are one to {MOST_CUTS} rising p-values between 0 and 1"
        problems.append(Problem(where, rule, "Write cuts = [0.025, 0.05].", value=str(cuts or "")))
        found = [0.025]
    return WeightFunction(sides, tuple(float(cut) for cut in found))


def _number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
