"""Prior strings that name a family and its numbers: ``normal(0, 4)``; parsed, never evaluated."""

from __future__ import annotations

import re
from math import isfinite

from irlbayes.core.assumptions import Prior
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.priors import FAMILIES

CALL = re.compile(r"^\s*([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*$")
NUMBER = re.compile(r"^\s*[+\-]?(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?\s*$")
LARGEST = 1e12


def examples(role: str) -> str:
    """Return the priors of a role as examples, in a sentence."""
    listed = "; ".join(family.example for family in FAMILIES.values() if family.role == role)
    return f"Priors of {role}: {listed}."


def read_call(text: str, role: str, where: str) -> Prior:
    """Read a family with its numbers.

    Parameters
    ----------
    text : str
    role : str
        ``mu`` or ``tau``.
    where : str
        Option or file to name in messages.

    Returns
    -------
    Prior

    Raises
    ------
    InputError

    Examples
    --------
    >>> str(read_call("half_normal(0.5)", "tau", "--prior-tau"))
    'half_normal(0.5)'
    """

    def refuse(rule: str) -> InputError:
        fix = f"{examples(role)} Those of the library: irlbayes priors."
        return InputError(Problem(where, rule, fix, value=text))

    match = CALL.match(text)
    if match is None:
        raise refuse("a prior is written as a family with its numbers in parentheses")
    name, inside = match.groups()
    family = FAMILIES.get(name)
    if family is None or family.role != role:
        raise refuse(f"{name} is not a prior of {role}")
    words = inside.split(",") if inside and inside.strip() else []
    if len(words) != len(family.parameters):
        wanted = ", ".join(family.parameters) or "no numbers"
        improper = "; without its range it is improper" if name == "uniform" and not words else ""
        raise refuse(f"{name} takes {wanted}{improper}")
    if not all(NUMBER.match(word) for word in words):
        raise refuse(f"{name} takes plain numbers")
    values = tuple(float(word) for word in words)
    if not all(isfinite(value) and abs(value) <= LARGEST for value in values):
        raise refuse(f"numbers of at most {LARGEST:g}")
    for parameter, value in zip(family.parameters, values, strict=True):
        if parameter in family.positive and value <= 0:
            raise refuse(f"{parameter} is above 0: anything else is no distribution")
    if name == "uniform" and (values[0] < 0 or values[0] >= values[1]):
        raise refuse("a uniform prior of tau runs from 0 or more up to a larger number")
    return Prior(name, values)
