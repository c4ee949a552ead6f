"""What is known of priors: the library by table and entry, and one prior in numbers and as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from irlbayes.core import priors
from irlbayes.core.answers import Evidence
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.cumulative import mean, quantile
from irlbayes.core.errors import InputError, Problem, refuse_unknown
from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome
from irlbayes.models import elicit, library
from irlbayes.models.declare import choose
from irlbayes.models.parse import parse_prior
from irlbayes.models.tables import PriorTable, tables
from irlbayes.posterior.refit import refit

NAME = "NAME"  # what messages call the argument
NORMAL_975 = 1.959963984540054
BINS, BEYOND = 60, 0.15  # of a new study's effect; range shown past its central 95 %, as a share of that


def listing() -> list[dict[str, Any]]:
    """Return every table of the library.

    Returns
    -------
    list of dict
        Each ``name``, ``title``, ``roles``, ``scales`` (empty for all that have a null), ``entries`` (how many) and
        ``written`` (an example).
    """
    return [_table_row(table) for table in tables().values()]


def _table_row(table: PriorTable) -> dict[str, Any]:
    first = table.entries[0].label if table.entries else f"{table.name}(0.5)"
    return {
        "name": table.name,
        "title": table.title,
        "roles": sorted({role for entry in table.entries for role in entry.priors}) or ["mu"],
        "scales": list(dict.fromkeys(scale for entry in table.entries for scale in entry.scales)),
        "entries": len({entry.name for entry in table.entries}),
        "written": first,
    }


def table_named(text: str) -> PriorTable | None:
    """Return the table whose name a text is, and nothing more; None for an entry or any other prior."""
    table = library.table_of(text)
    return table if table is not None and not {":", "("} & {*text} else None


def several(table: PriorTable, scale: str | None) -> bool:
    """Whether the name of a table alone leaves open which prior is meant."""
    named = {entry.name for entry in table.entries}
    return named != {""} or scale is None


def written(table: PriorTable) -> str:
    """Return an example of how a prior of a table is written."""
    return str(_table_row(table)["written"])


def entry_rows(table: PriorTable, scale: str | None = None) -> list[dict[str, Any]]:
    """Return the entries of a table.

    Parameters
    ----------
    table : PriorTable
    scale : str, optional
        Only those for a scale.

    Returns
    -------
    list of dict
        Each ``name``, ``scales``, ``mu`` and ``tau`` (as text, empty where there is none), ``tau_median`` and
        ``warned`` (whether it has a warning of its own).
    """
    refuse_scale(scale)
    rows = []
    for entry in table.entries:
        if scale and scale not in entry.scales:
            continue
        tau = entry.priors.get("tau")
        rows.append(
            {
                "name": entry.name,
                "scales": list(entry.scales),
                "mu": str(entry.priors.get("mu", "")),
                "tau": str(tau or ""),
                "tau_median": None if tau is None else quantile(tau, 0.5),
                "warned": len(entry.warnings) > len(table.warnings),
            }
        )
    return rows


def refuse_scale(scale: str | None) -> None:
    """Refuse a scale that is none."""
    refuse_unknown("--scale", [scale] if scale else [], SCALES)


def describe(text: str, scale: str | None = None) -> tuple[Evidence, Outcome]:
    """Describe a prior: what it is, what it means, and what a model with it expects to see.

    Parameters
    ----------
    text : str
        Any prior string: of the library, in words, or a family with its numbers.
    scale : str, optional
        Scale of the effect; needed where a prior of the library differs between scales.

    Returns
    -------
    Evidence
        ``numbers``: ``label``, ``scale``, and for ``mu`` and ``tau`` (None where the prior is not of it) ``prior``,
        ``family``, ``parameters``, ``reason``, ``mean`` (None where there is none), ``median``, ``ci_low``, ``ci_high``
        (central 95 %, in units of the scale); ``new_study`` (None where no default fills what is missing): ``mu`` and
        ``tau`` as text, ``median``, ``ci_low``, ``ci_high`` of the true effect in a new study, and the ``share`` of
        it in bins with ``edges`` as readers see them. ``caveats`` are the warnings.
    Outcome
        A stand-in with the scale, for whoever shows it.

    Raises
    ------
    InputError

    Examples
    --------
    >>> found, _ = describe("turner2015: marginal")
    >>> round(found.numbers["tau"]["median"], 3)
    0.278
    """
    refuse_scale(scale)
    chosen, label = _found(text, scale or "")
    on = scale or _scale_of(text)
    outcome = Outcome("prior", label, on, SCALES[on].null, "")
    numbers: dict[str, Any] = {"label": label, "scale": on, "mu": None, "tau": None}
    for role, prior in chosen.items():
        if not prior.proper:
            raise InputError(Problem(NAME, "flat is no distribution: there is nothing to show", "Name another prior."))
        numbers[role] = _summary(prior)
    numbers["new_study"] = _new_study(chosen, outcome)
    warnings = tuple(dict.fromkeys(words for prior in chosen.values() for words in prior.warnings))
    said = ", ".join(f"{role} ~ {prior}" for role, prior in chosen.items())
    return Evidence("prior", f"{label}: {said}", numbers, True, warnings), outcome


def _scale_of(text: str) -> str:
    """Return the only scale of a prior of the library; the one without a name for any other."""
    table = None if elicit.is_in_words(text) else library.table_of(text)
    return library.entries(text, NAME)[0].scales[0] if table is not None and table.entries else "none"


def _found(text: str, scale: str) -> tuple[dict[str, Prior], str]:
    """Return the priors that a text means, by role, and what to call it."""
    if elicit.is_in_words(text):
        role = elicit.role_of(text)
        return {role: parse_prior(text, role, NAME, scale)}, " ".join(text.split())
    head = library.head(text)
    if head in priors.FAMILIES:
        role = priors.FAMILIES[head].role
        prior = parse_prior(text, role, NAME, scale)
        return {role: prior}, str(prior)
    table = library.table_of(text)
    if table is None or table.size is not None:
        prior = parse_prior(text, "mu", NAME, scale)
        return {"mu": prior}, " ".join(text.split())
    entries = library.entries(text, NAME)
    scales = list(dict.fromkeys(one for entry in entries for one in entry.scales))
    if not scale and len(scales) > 1:
        fix = f"Add --scale {scales[0]}, or another of them."
        raise InputError(Problem("--scale", f"{entries[0].label} differs between {', '.join(scales)}", fix))
    roles = dict.fromkeys(role for entry in entries if not scale or scale in entry.scales for role in entry.priors)
    found = {role: parse_prior(text, role, NAME, scale) for role in roles or entries[0].priors}
    return found, entries[0].label


def _summary(prior: Prior) -> dict[str, Any]:
    return {
        "prior": str(prior),
        "family": prior.family,
        "parameters": list(prior.parameters),
        "reason": prior.reason,
        "mean": mean(prior),
        "median": quantile(prior, 0.5),
        "ci_low": quantile(prior, 0.025),
        "ci_high": quantile(prior, 0.975),
    }


def _new_study(chosen: Mapping[str, Prior], outcome: Outcome) -> dict[str, Any] | None:
    """Return what a model with these priors expects of a new study; the scale's default fills what is missing."""
    try:
        model = choose(outcome)
    except InputError:
        if len(chosen) < 2:
            return None
        model = ModelSpec("given priors", outcome.scale, chosen["mu"], chosen["tau"])
    model = replace(model, mu=chosen.get("mu", model.mu), tau=chosen.get("tau", model.tau))
    new = refit([], model).theta_new
    assert new is not None
    low, median, high = (float(new.quantile(p)) for p in (0.025, 0.5, 0.975))
    edges = _edges(low, high, outcome.scale)
    return {
        "mu": str(model.mu),
        "tau": str(model.tau),
        "median": median,
        "ci_low": low,
        "ci_high": high,
        "edges": [SCALES[outcome.scale].show(edge) for edge in edges],
        "share": np.diff(new.cdf(np.array(edges))).tolist(),
    }


def _edges(low: float, high: float, name: str) -> list[float]:
    """Return the edges of bins on a scale that are equally wide on a reader's axis (in the log, for ratios)."""
    bounded = {"expit": (0.0, 1.0), "tanh": (-1.0, 1.0)}.get(SCALES[name].transform)
    if bounded is None:
        beyond = BEYOND * (high - low)
        return np.linspace(low - beyond, high + beyond, BINS + 1).tolist()
    inner = (SCALES[name].read(edge) for edge in np.linspace(*bounded, BINS + 1)[1:-1].tolist())
    return [-np.inf, *(edge for edge in inner if edge is not None), np.inf]


def clinics(tau: float, scale: str) -> tuple[float, float]:
    """Return where 95 % of clinics' true effects lie around a mean of no effect (0 on the scale), as readers see it.

    Parameters
    ----------
    tau : float
        Sd between studies.
    scale : str

    Examples
    --------
    >>> [round(end, 2) for end in clinics(0.5, "log_or")]
    [0.38, 2.66]
    """
    return SCALES[scale].show(-NORMAL_975 * tau), SCALES[scale].show(NORMAL_975 * tau)
