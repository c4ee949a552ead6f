"""Several outcomes at once as text and as a JSON document: each together, and alone below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes import __version__
from irlbayes.core.joint import ETA_REASON, Correlation, Together, cells
from irlbayes.core.types import Outcome
from irlbayes.core.words import measure_short, probability, shown

SCHEMA = "irlbayes/together/1"
HARM = {"+": "+", "-": "−", "": ""}


def answers(found: Together) -> RenderableType:
    """Return everything: outcomes, correlations, the cohorts that link them, caveats."""
    parts: list[RenderableType] = [
        Text(found.table.title, style="bold"),
        *(Text(f"read: {sentence}", style="dim") for sentence in found.table.reading),
        Text(""),
        _outcomes(found),
        Text(found.statement),
        Text(""),
    ]
    if found.pairs:
        parts += [_pairs(found), Text("")]
    linking = [cohort for cohort, places in cells(found.posterior.tables).items() if len(places) > 1]
    if linking:
        parts += [_links(found, linking), Text("")]
    parts += [Text(line, style="dim") for line in _legend(found)]
    if found.caveats:
        parts += [Text(""), Text("caveats", style="bold")]
        parts += [Padding(Text(f"- {text}"), (0, 0, 0, 2)) for text in found.caveats]
    return Group(*parts)


def _outcomes(found: Together) -> Table:
    level = f"{found.settings.level:.0%}"
    table = _table("outcome", "k", f"mean effect [{level}]", "P(> null)\n(prior)", f"new study [{level}]",
                   "P(> null)\n(prior)", "sd vs\nalone", "harm")  # fmt: skip
    for one, alone in zip(found.outcomes, found.alone, strict=True):
        outcome = alone.effects.outcome
        name = Text(outcome.label).append(f", {measure_short(outcome)}", style="dim")
        ratio = one["sd_ratio"]["mu"]
        table.add_row(
            name,
            str(one["k"]),
            *_cells(one["together"], outcome),
            "–" if ratio is None else f"{ratio:.2f}",
            HARM[outcome.harm],
        )
        table.add_row(*(Text(cell, style="dim") for cell in ("  alone", "", *_cells(one["alone"], outcome))))
    return table


def _cells(numbers: Mapping[str, Any], outcome: Outcome) -> list[str]:
    told = []
    for one in (numbers["mu"], numbers["new_study"]):
        ends = f"[{shown(one['ci_low'], outcome)}, {shown(one['ci_high'], outcome)}]"
        if one is numbers["mu"]:
            ends = f"{shown(one['mean'] if one['mean'] is not None else one['median'], outcome)} {ends}"
        chance = "–"
        if one["p_gt_null"] is not None:
            chance = f"{probability(one['p_gt_null'])} ({probability(one['prior_p_gt_null'])})"
        told += [ends, chance]
    return told


def _pairs(found: Together) -> Table:
    level = f"{found.settings.level:.0%}"
    table = _table("correlation of true effects", "cohorts", f"posterior median [{level}]", f"prior [{level}]",
                   "sd vs\nprior", "within studies")  # fmt: skip
    for one in found.pairs:
        between, within = one["between"], one["within"]
        table.add_row(
            Text(" and ".join(one["outcomes"])),
            str(len(one["cohorts"])),
            *_correlation(between),
            "–" if "prior" not in between else f"{between['sd_ratio']:.2f}",
            _within(within) if one["cohorts_with_two_normal_reports"] else "–",
        )
    return table


def _correlation(numbers: Mapping[str, Any]) -> tuple[str, str]:
    """Return a correlation, and its prior."""
    if numbers["stated"] is not None:
        return f"stated {_signed(numbers['stated'])}", "–"
    told = [
        f"{_signed(one['median'])} [{_signed(one['ci_low'])}, {_signed(one['ci_high'])}]"
        for one in (numbers, numbers["prior"])
    ]
    return told[0], told[1]


def _within(numbers: Mapping[str, Any]) -> str:
    return "0.00 assumed" if numbers["stated"] == 0.0 else _correlation(numbers)[0]


def _signed(value: float) -> str:
    text = f"{value:.2f}".replace("-", "−")
    return text.removeprefix("−") if float(f"{value:.2f}") == 0.0 else text


def _links(found: Together, linking: Sequence[str]) -> Table:
    tables = found.posterior.tables
    table = _table("cohort with several", *(one.outcome.name for one in tables))
    for column in table.columns[1:]:
        column.justify = "left"
    both = cells(tables)
    for cohort in linking:
        kinds = [
            tables[o].studies[both[cohort][o]].report.kind if o in both[cohort] else "–" for o in range(len(tables))
        ]
        table.add_row(Text(cohort), *kinds)
    return table


def _legend(found: Together) -> list[str]:
    posterior, model = found.posterior, found.posterior.model
    lines = [
        "First row of an outcome: pooled together with the others; below: alone. P(> null): probability that the effect"
        " is above no effect, in parentheses before the data. sd vs alone: posterior sd of the mean effect together,"
        f" as a share of the one alone{_noise(found)}; below 1 it borrowed strength. harm: the sign that is worse for"
        " patients."
    ]
    if model.between.stated is None and len(posterior.tables) > 1:
        lines.append(
            f"Correlations of true effects between cohorts ~ LKJ(eta = {model.between.eta:g}): {ETA_REASON}."
            " sd vs prior: posterior sd as a share of the prior's; 1 means that the data say nothing. within studies:"
            " correlation of sampling errors, where a cohort has two normal reports."
        )
    lines.append(f"Priors of mean effects and heterogeneity: each outcome's own model. {_engine(found)}")
    return lines


def _noise(found: Together) -> str:
    errors = [one["sd_ratio"]["mcse"] for one in found.outcomes if one["sd_ratio"]["mcse"]]
    return f" (Monte Carlo error up to {max(errors):.1g})" if errors else ""


def _engine(found: Together) -> str:
    posterior = found.posterior
    if posterior.engine == "nuts":
        verdict = "passed" if posterior.gate.passed else "FAILED"
        return f"Engine: nuts ({posterior.how}); its checks {verdict}; seed {posterior.seed}."
    bound = "" if posterior.error_bound is None else f", error bound {posterior.error_bound:.1g}"
    return f"Engine: exact ({posterior.how}){bound}."


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", overflow="fold", no_wrap=place > 0)
    return table


def document(found: Together, fingerprints: Sequence[str]) -> dict[str, Any]:
    """Return everything as plain data.

    Parameters
    ----------
    found : Together
    fingerprints : sequence of str
        Of each outcome's model.
    """
    posterior, settings = found.posterior, found.settings
    return {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "evidence": {"name": found.table.name, "sha256": found.table.sha256, "reports": len(found.table.reports)},
        "settings": {
            "use": settings.use,
            "drop_reports": list(settings.drop_reports),
            "likelihood": settings.likelihood or None,
            "engine": settings.engine,
            "level": settings.level,
            "seed": settings.seed,
        },
        "engine": posterior.engine,
        "how": posterior.how,
        "error_bound": posterior.error_bound,
        "log_marginal_likelihood": posterior.log_marginal_likelihood,
        "gate": {
            "passed": posterior.gate.passed,
            "checks": [
                {"name": check.name, "value": check.value, "rule": check.rule, "passed": check.passed}
                for check in posterior.gate.checks
            ],
        },
        "between": _assumed(posterior.model.between, ETA_REASON),
        "within": _assumed(posterior.model.within, "uniform over correlation matrices"),
        "outcomes": [
            {
                **one,
                "model": {
                    "name": model.name,
                    "fingerprint": fingerprint,
                    "mu": {"prior": str(model.mu), "reason": model.mu.reason},
                    "tau": {"prior": str(model.tau), "reason": model.tau.reason},
                },
            }
            for one, model, fingerprint in zip(found.outcomes, posterior.model.models, fingerprints, strict=True)
        ],
        "pairs": list(found.pairs),
        "cohorts": {
            cohort: {
                posterior.tables[o].outcome.name: posterior.tables[o].studies[place].report.kind
                for o, place in places.items()
            }
            for cohort, places in cells(posterior.tables).items()
        },
        "statement": found.statement,
        "caveats": list(found.caveats),
    }


def _assumed(correlation: Correlation, reason: str) -> dict[str, Any]:
    if correlation.stated is not None:
        return {"stated": [list(row) for row in correlation.stated], "prior": None, "reason": None}
    return {"stated": None, "prior": str(correlation), "reason": reason}
