"""Model declarations: TOML files that say what is assumed, and why.

A model is its content. Its fingerprint hashes likelihood, random effects, scale, unit and priors; the name and the
reasons are not part of it, so another prior is another model under any name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from irlbayes.core.assumptions import ModelSpec, Prior, RandomEffects
from irlbayes.core.bundle import folder
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.models import files
from irlbayes.models.calls import CALL, NUMBER
from irlbayes.models.parse import given, parse_for_all, parse_prior

SCHEMA = "irlbayes/model/1"
SPREADS = {"normal": (), "student_t": ("degrees of freedom",), "contaminated": ("a share", "a ratio")}


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
    random_effects: RandomEffects
    interaction: bool = False


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
    if model.beta is not None:
        content["moderators"] = [model.moderators, model.beta.family, *(value.hex() for value in model.beta.parameters)]
    if model.within is not None:
        content["within"] = [model.within.family, *(value.hex() for value in model.within.parameters)]
        content["within_correlation"] = model.within_correlation.hex()
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def parse_random_effects(text: str, where: str = "--random-effects") -> RandomEffects:
    """Read a family of random effects such as ``student_t(4)`` or ``contaminated(0.1, 5)``.

    Parameters
    ----------
    text : str
    where : str
        Option or file to name in messages.

    Raises
    ------
    InputError

    Examples
    --------
    >>> str(parse_random_effects("contaminated(0.1, 5)"))
    'contaminated(0.1, 5)'
    """

    def refuse(rule: str) -> InputError:
        fix = "Write normal, student_t(4) or contaminated(0.1, 5)."
        return InputError(Problem(where, rule, fix, value=text))

    match = CALL.match(text)
    if match is None or match.group(1) not in SPREADS:
        raise refuse("random effects are normal, student_t(df) or contaminated(share, ratio)")
    name, inside = match.groups()
    words = inside.split(",") if inside and inside.strip() else []
    if len(words) != len(SPREADS[name]) or not all(NUMBER.match(word) for word in words):
        raise refuse(f"{name} takes {' and '.join(SPREADS[name]) or 'no numbers'}")
    values = tuple(float(word) for word in words)
    if name == "student_t" and not 1.0 <= values[0] <= 1000.0:
        raise refuse("the degrees of freedom lie between 1 and 1000")
    if name == "contaminated" and not (0.0 < values[0] <= 0.5 and 1.0 < values[1] <= 100.0):
        raise refuse("the share is above 0 and at most 0.5, and the ratio above 1 and at most 100")
    return RandomEffects(name, values)


@cache
def declarations() -> Mapping[str, Declaration]:
    """Return every declaration of `models/` by name.

    Raises
    ------
    InputError
        With every problem of every file.
    """
    found, problems = files.read_all(folder("models").glob("*.toml"), read_declaration)
    for scale in SCALES:
        for interaction in (False, True):
            defaults = [item.file for item in found.values() if _is_default(item, scale, interaction)]
            if len(defaults) > 1:
                problems.append(
                    Problem(defaults[1], f"one default model for the scale {scale}", f"{defaults[0]} is another.")
                )
    if problems:
        raise InputError(problems)
    return found


def _is_default(declaration: Declaration, scale: str, interaction: bool) -> bool:
    """Whether a declaration is the default of effects on a scale, or of differences between two effects."""
    return declaration.default and declaration.interaction == interaction and scale in declaration.scales


def read_declaration(path: Path) -> Declaration:
    """Read and check one declaration."""
    file = str(path)
    content, problems = files.read(path, SCHEMA, "declaration")
    random_effects = RandomEffects()
    try:
        random_effects = parse_random_effects(str(content.get("random_effects", "")), f"{file} random_effects")
    except InputError as error:
        problems += error.problems
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
            fitting = tuple(scale for scale in scales if scale in SCALES)
            prior = parse_for_all(str(table["prior"]), role, f"{file} [{role}]", fitting or ("",))
            reason = f"{table['reason']} ({prior.reason})" if prior.reason else str(table["reason"])
            priors[role] = replace(prior, reason=reason)
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
        random_effects=random_effects,
        interaction=bool(content.get("interaction", False)),
    )


def choose(
    outcome: Outcome,
    name: str | None = None,
    prior_mu: str | None = None,
    prior_tau: str | None = None,
    random_effects: str | None = None,
) -> ModelSpec:
    """Choose the model of an outcome: the one named, else the outcome's own, else the default of its scale.

    Parameters
    ----------
    outcome : Outcome
    name : str, optional
        Name of a declaration in `models/`.
    prior_mu, prior_tau : str, optional
        Priors that replace the declared ones; the scale of one of the library is the outcome's.
    random_effects : str, optional
        Random effects that replace the declared ones, such as ``student_t(4)``.

    Returns
    -------
    ModelSpec

    Raises
    ------
    InputError
        Unknown model, a model whose scale or unit is not the outcome's, a malformed prior, or no default for the scale.
    """
    mu = None if prior_mu is None else parse_prior(prior_mu, "mu", scale=outcome.scale)
    tau = None if prior_tau is None else parse_prior(prior_tau, "tau", scale=outcome.scale)
    spread = None if random_effects is None else parse_random_effects(random_effects)
    known = declarations()
    wanted = name or outcome.model
    if wanted and wanted not in known:
        raise InputError(Problem("--model", "a declared model", f"Models: {', '.join(known)}.", value=wanted))
    if not wanted:
        asked = (outcome.scale, outcome.is_interaction)
        wanted = next((item.name for item in known.values() if _is_default(item, *asked)), "")
    if not wanted:
        if mu is None or tau is None:
            raise InputError(
                Problem(
                    "--prior-mu, --prior-tau",
                    f"the scale {outcome.scale} has a unit of its own, so it has no default priors",
                    'Give both, for example --prior-mu "normal(0, 10)" --prior-tau "half_normal(5)".',
                )
            )
        return ModelSpec("given priors", outcome.scale, given(mu), given(tau), outcome.unit, spread or RandomEffects())
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
    told = [words for words, is_so in (("priors", mu or tau), ("random effects", spread)) if is_so]
    changed = f" ({' and '.join(told)} given)" if told else ""
    return ModelSpec(
        name=chosen.name + changed,
        scale=outcome.scale,
        mu=chosen.mu if mu is None else given(mu),
        tau=chosen.tau if tau is None else given(tau),
        unit=outcome.unit,
        random_effects=spread or chosen.random_effects,
        description=chosen.description,
    )
