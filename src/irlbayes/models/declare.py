"""Model declarations: TOML files that say what is assumed, and why.

A model is its content. Its fingerprint hashes likelihood, random effects, scale, unit and priors; the name and the
reasons are not part of it, so another prior is another model under any name.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.priors import FAMILIES
from irlbayes.core.priors import scale as scale_of
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome

SCHEMA = "irlbayes/model/1"
CALL = re.compile(r"^\s*([A-Za-z_]\w*)\s*(?:\((.*)\))?\s*$")
NUMBER = re.compile(r"^\s*[+\-]?(\d+\.?\d*|\.\d+)([eE][+\-]?\d+)?\s*$")
LARGEST = 1e12


@dataclass(frozen=True)
class Declaration:
    """One file of `models/`."""

    name: str
    file: str
    scales: tuple[str, ...]
    unit: str
    default: bool
    mu: Prior
    tau: Prior
    description: str


def fingerprint(model: ModelSpec) -> str:
    """Return twelve hexadecimal digits that identify what a model assumes.

    Examples
    --------
    >>> a = ModelSpec("one", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    >>> b = ModelSpec("two", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    >>> c = ModelSpec("one", "smd", Prior("normal", (0.0, 2.0)), Prior("half_normal", (0.5,)))
    >>> fingerprint(a) == fingerprint(b), fingerprint(a) == fingerprint(c)
    (True, False)
    """
    content = {
        "likelihood": "one curve per report",
        "random_effects": str(model.random_effects),
        "scale": model.scale,
        "unit": model.unit,
        "mu": [model.mu.family, *(value.hex() for value in model.mu.parameters)],
        "tau": [model.tau.family, *(value.hex() for value in model.tau.parameters)],
    }
    if model.within is not None:
        content["within"] = [model.within.family, *(value.hex() for value in model.within.parameters)]
        content["within_correlation"] = model.within_correlation.hex()
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def parse_prior(text: str, role: str, where: str = "") -> Prior:
    """Read a prior such as ``normal(0, 4)``; the text is parsed, never evaluated.

    Parameters
    ----------
    text : str
    role : str
        ``mu`` or ``tau``.
    where : str
        Option or file to name in messages; the option by default.

    Returns
    -------
    Prior

    Raises
    ------
    InputError

    Examples
    --------
    >>> str(parse_prior("half_normal(0.5)", "tau"))
    'half_normal(0.5)'
    """
    where = where or f"--prior-{role}"
    examples = "; ".join(family.example for family in FAMILIES.values() if family.role == role)

    def refuse(rule: str) -> InputError:
        return InputError(Problem(where, rule, f"Priors of {role}: {examples}.", value=text))

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


@cache
def declarations() -> Mapping[str, Declaration]:
    """Return every declaration of `models/` by name.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    found: dict[str, Declaration] = {}
    problems: list[Problem] = []
    for path in sorted(folder("models").glob("*.toml")):
        try:
            declaration = read_declaration(path)
        except InputError as error:
            problems += error.problems
            continue
        found[declaration.name] = declaration
    for scale in SCALES:
        defaults = [item.file for item in found.values() if item.default and scale in item.scales]
        if len(defaults) > 1:
            problems.append(
                Problem(defaults[1], f"one default model for the scale {scale}", f"{defaults[0]} is another.")
            )
    if problems:
        raise InputError(problems)
    return found


def read_declaration(path: Path) -> Declaration:
    """Read and check one declaration."""
    file = str(path)
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(Problem(file, f"the declaration cannot be read: {error}", "Correct the file.")) from None
    problems = []
    if content.get("schema") != SCHEMA:
        problems.append(Problem(file, f'schema = "{SCHEMA}"', "Add it.", value=str(content.get("schema", ""))))
    if content.get("name") != path.stem:
        problems.append(
            Problem(file, "name is the file's name", f'Set name = "{path.stem}".', value=str(content.get("name")))
        )
    if content.get("random_effects") != "normal":
        problems.append(Problem(file, 'random_effects is "normal"', "Other families are not offered yet."))
    scales = content.get("scales") or []
    for scale in [scale for scale in scales if scale not in SCALES] or ([] if scales else [""]):
        problems.append(Problem(file, f"scales are among {', '.join(SCALES)}", "Name them.", value=str(scale)))
    priors: dict[str, Prior] = {}
    for role in ("mu", "tau"):
        table = content.get(role)
        if not isinstance(table, dict) or not table.get("prior") or not table.get("reason"):
            problems.append(Problem(file, f"[{role}] has a prior and the reason for it", "Add both."))
            continue
        try:
            priors[role] = replace(
                parse_prior(str(table["prior"]), role, f"{file} [{role}]"), reason=str(table["reason"])
            )
        except InputError as error:
            problems += error.problems
    unit = str(content.get("unit", ""))
    if any(scale in SCALES and SCALES[scale].own_unit for scale in scales) and not unit:
        problems.append(Problem(file, "a scale with units of its own needs a unit", 'Add unit = "...".'))
    if problems:
        raise InputError(problems)
    return Declaration(
        name=path.stem,
        file=file,
        scales=tuple(scales),
        unit=unit,
        default=bool(content.get("default", False)),
        mu=priors["mu"],
        tau=priors["tau"],
        description=str(content.get("description", "")),
    )


def choose(
    outcome: Outcome, name: str | None = None, prior_mu: str | None = None, prior_tau: str | None = None
) -> ModelSpec:
    """Choose the model of an outcome: the one named, else the outcome's own, else the default of its scale.

    Parameters
    ----------
    outcome : Outcome
    name : str, optional
        Name of a declaration in `models/`.
    prior_mu, prior_tau : str, optional
        Priors that replace the declared ones.

    Returns
    -------
    ModelSpec

    Raises
    ------
    InputError
        Unknown model, a model whose scale or unit is not the outcome's, a malformed prior, or no default for the scale.
    """
    mu = None if prior_mu is None else parse_prior(prior_mu, "mu")
    tau = None if prior_tau is None else parse_prior(prior_tau, "tau")
    known = declarations()
    wanted = name or outcome.model
    if wanted and wanted not in known:
        raise InputError(Problem("--model", "a declared model", f"Models: {', '.join(known)}.", value=wanted))
    if not wanted:
        wanted = next((item.name for item in known.values() if item.default and outcome.scale in item.scales), "")
    if not wanted:
        if mu is None or tau is None:
            raise InputError(
                Problem(
                    "--prior-mu, --prior-tau",
                    f"the scale {outcome.scale} has a unit of its own, so it has no default priors",
                    'Give both, for example --prior-mu "normal(0, 10)" --prior-tau "half_normal(5)".',
                )
            )
        return ModelSpec("given priors", outcome.scale, _given(mu), _given(tau), unit=outcome.unit)
    chosen = known[wanted]
    if outcome.scale not in chosen.scales or (chosen.unit and chosen.unit != outcome.unit):
        theirs = ", ".join(chosen.scales) + (f" in {chosen.unit}" if chosen.unit else "")
        ours = outcome.scale + (f" in {outcome.unit}" if outcome.unit else "")
        fitting = [
            item.name for item in known.values() if outcome.scale in item.scales and item.unit in ("", outcome.unit)
        ]
        raise InputError(
            Problem(
                "--model",
                f"{wanted} declares priors on {theirs}, and the outcome {outcome.name} is on {ours}",
                f"Models for it: {', '.join(fitting) or 'none; give --prior-mu and --prior-tau'}.",
                value=wanted,
            )
        )
    changed = " (priors given)" if mu or tau else ""
    return ModelSpec(
        name=chosen.name + changed,
        scale=outcome.scale,
        mu=chosen.mu if mu is None else _given(mu),
        tau=chosen.tau if tau is None else _given(tau),
        unit=outcome.unit,
        description=chosen.description,
    )


AS_TAU = "default"


def clustered(model: ModelSpec, within: str | None, correlation: float = 0.0) -> ModelSpec:
    """Return a model in which every row of a cohort enters, each with an effect of its own.

    Parameters
    ----------
    model : ModelSpec
    within : str or None
        Prior of omega, the sd between rows of one cohort; ``default`` for a half-normal with the scale of tau's; None
        leaves the model as it is.
    correlation : float
        Of the sampling errors of one cohort's normal rows.

    Returns
    -------
    ModelSpec

    Raises
    ------
    InputError

    Examples
    --------
    >>> model = ModelSpec("one", "smd", Prior("normal", (0.0, 1.0)), Prior("half_normal", (0.5,)))
    >>> str(clustered(model, "default").within)
    'half_normal(0.5)'
    """
    if not 0.0 <= correlation < 1.0:
        raise InputError(
            Problem("--within-correlation", "a correlation from 0 to below 1", "Write 0.5.", value=f"{correlation:g}")
        )
    if within is None:
        if correlation:
            words = "a correlation between rows of one cohort needs several of them"
            fix = 'Add --within "half_normal(0.25)".'
            raise InputError(Problem("--within-correlation", words, fix, value=f"{correlation:g}"))
        return model
    if within == AS_TAU:
        reason = (
            "the scale of tau's prior: nothing is known here that makes rows of one cohort differ less than cohorts"
        )
        prior = Prior("half_normal", (scale_of(model.tau),), reason)
    else:
        prior = _given(parse_prior(within, "tau", "--within"))
    return replace(model, within=prior, within_correlation=correlation)


def _given(prior: Prior) -> Prior:
    return replace(prior, reason="given by the user")
