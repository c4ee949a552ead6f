"""Answers with and without selection, as text: a sentence, estimates side by side, models, weights."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes.core.types import Outcome
from irlbayes.core.words import measure_short, null_shown, probability, shown

Row = Mapping[str, Any]
NAMES = {
    "ordinary": "no selection (ordinary)",
    "selection": "selection by p-value",
    "PET": "PET",
    "PEESE": "PEESE",
    "PET-PEESE": "PET-PEESE rule",
    "conditional": "averaged, given an effect",
    "averaged": "averaged over all models",
}
FAMILIES = {"none": "no bias", "selection": "selection", "PET": "PET", "PEESE": "PEESE"}
DIRECTIONS = {"+": "positive results", "-": "negative results", "both": "results in either direction"}
STRONG, MODERATE = 10.0, 3.0


def answers(document: Row) -> RenderableType:
    """Return every outcome's answer, with one model for all words and numbers: the JSON document.

    Parameters
    ----------
    document : Mapping
        As `biased.bias` returns it.
    """
    settings = document["settings"]
    parts: list[RenderableType] = [Text(document["evidence"]["title"] or document["evidence"]["name"], style="bold")]
    parts += [Text(f"{settings['ensemble']}: {settings['description']}", style="dim"), Text("")]
    for row in document["results"]:
        parts += [_outcome(row, settings["level"]), Text("")]
    parts += [Text(f"{item['outcome']}: no answer ({item['reason']})", style="dim") for item in document["skipped"]]
    if document["skipped"]:
        parts.append(Text(""))
    parts.append(
        Text(
            "P(> null), P(= null): probability that the effect is above, or exactly, no effect (0, or 1 for ratios); in"
            " parentheses the same before the data. Where no effect is one of the models, part of the prior lies on it."
            " Bayes factors compare all models with a part against all without it.",
            style="dim",
        )
    )
    return Group(*parts)


def outcome_of(row: Row) -> Outcome:
    """Return the outcome that a result is about, as far as words need it."""
    return Outcome(row["outcome"], row["label"], row["scale"], row["null"], row["harm"], row["unit"])


def sentence(row: Row) -> str:
    """Say in plain words what selection does to the answer.

    Parameters
    ----------
    row : Mapping
        One of the document's ``results``.
    """
    outcome, rows = outcome_of(row), row["rows"]
    name = measure_short(outcome)
    side, chance = ("below", "p_lt_null") if outcome.harm == "-" else ("above", "p_gt_null")
    where = f"{side} {null_shown(outcome)} with probability"
    parts = []
    if "ordinary" in rows:
        before = rows["ordinary"]["mu"]
        parts.append(
            f"Taken at face value: {name} {_estimate(before, outcome)}, {where} {probability(before[chance])}."
        )
    if "conditional" in rows and rows["conditional"] != rows.get("averaged"):
        given = rows["conditional"]["mu"]
        parts.append(
            f"Allowing for selective reporting: {_estimate(given, outcome)} if there is an effect, {where}"
            f" {probability(given[chance])} (in a new study {probability(rows['conditional']['theta_new'][chance])});"
            f" {probability(rows['averaged']['mu'][chance])} when no effect may be the truth as well."
        )
    parts += [_verdict(row["inclusion"][part], words) for part, words in (("effect", "an effect"), ("bias", "bias"))]
    return " ".join(part for part in parts if part)


def _verdict(found: Row, words: str) -> str:
    """Say which way the reports speak for a part of the ensemble, by the customary names of Bayes factors."""
    if found["log_bf"] is None:
        return ""
    factor = exp(min(abs(found["log_bf"]), 700.0))
    strength = "strongly" if factor > STRONG else "moderately" if factor > MODERATE else ""
    chance = f"probability {probability(found['posterior'])}, {probability(found['prior'])} before"
    if not strength:
        return f"The reports say little about {words} ({chance})."
    return f"The reports speak {strength} {'for' if found['log_bf'] > 0.0 else 'against'} {words} ({chance})."


def _outcome(row: Row, level: float) -> RenderableType:
    outcome = outcome_of(row)
    title = Text(f"{outcome.label}, {measure_short(outcome)}", style="bold")
    count, model = row["k"], row["model"]
    title.append(
        f"  {count} {'report' if count == 1 else 'reports'}, mu ~ {model['mu']}, tau ~ {model['tau']};"
        f" favoured: {DIRECTIONS[row['favoured']]}",
        style="dim",
    )
    parts: list[RenderableType] = [title, Text(sentence(row)), _estimates(row, outcome, level)]
    parts += [*_thresholds(row, outcome), _models(row)]
    if row["omega"]:
        parts.append(Padding(_weights(row), (0, 0, 0, 2)))
    parts += [Text(f"- {caveat}", style="dim") for caveat in row["caveats"]]
    return Group(*parts)


def _estimates(row: Row, outcome: Outcome, level: float) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("\nmodels")
    table.add_column("\nprobability\n(prior)", justify="right", no_wrap=True)
    table.add_column(f"\nmean effect\n[{level:.0%} interval]", no_wrap=True)
    table.add_column("mean\nP(> null)\n(prior)", justify="right", no_wrap=True)
    table.add_column("\nmean\nP(= null)", justify="right", no_wrap=True)
    table.add_column("new study\nP(> null)\n(prior)", justify="right", no_wrap=True)
    for name, found in row["rows"].items():
        mu, new = found["mu"], found["theta_new"]
        still = 1.0 - mu["p_gt_null"] - mu["p_lt_null"]
        words = NAMES[name] + (f": {row['rule']['chosen']}" if name == "PET-PEESE" else "")
        table.add_row(
            Text(words, style="bold" if name == "averaged" else ""),
            "–"
            if name == "averaged"
            else f"{probability(found['posterior_probability'])} ({probability(found['prior_probability'])})",
            _estimate(mu, outcome),
            f"{probability(mu['p_gt_null'])} ({probability(mu['prior_p_gt_null'])})",
            probability(still) if still > 1e-6 else "–",
            f"{probability(new['p_gt_null'])} ({probability(new['prior_p_gt_null'])})",
        )
    return table


def _thresholds(row: Row, outcome: Outcome) -> list[Text]:
    """Say for each declared size of effect how probable a larger one is, under the rows that answer."""
    lines = []
    for place, threshold in enumerate(row["rows"]["averaged"]["mu"]["thresholds"]):
        side, chance = ("below", "p_lt") if threshold["value"] < 0.0 else ("above", "p_gt")
        told = ", ".join(
            f"{NAMES[name]} {probability(found['mu']['thresholds'][place][chance])}"
            for name, found in row["rows"].items()
            if name in ("ordinary", "conditional", "averaged")
        )
        lines.append(Text(f"mean {side} {shown(threshold['value'], outcome)}: {told}"))
    return lines


def _models(row: Row) -> Text:
    """Say in lines how probable the families are, and the inclusion Bayes factors."""
    families = ", ".join(
        f"{FAMILIES[name]} {probability(found['posterior'])} ({probability(found['prior'])})"
        for name, found in row["families"].items()
    )
    factors = ", ".join(f"{name} {_factor(found['log_bf'])}" for name, found in row["inclusion"].items())
    return Text(f"model probability (prior): {families}\ninclusion Bayes factors: {factors}")


def _factor(log_bf: float | None) -> str:
    if log_bf is None:
        return "–"
    if abs(log_bf) > 14.0:
        return f"exp({log_bf:.0f})".replace("-", "−")
    return f"{exp(log_bf):.3g}"


def _weights(row: Row) -> Table:
    table = Table(
        title="where selection is at work: weight of each p-value against the most striking",
        title_justify="left",
        title_style="dim",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    table.add_column("one-sided p", no_wrap=True)
    for cell in row["omega"]:
        table.add_column(f"{_p(cell['p_from'])}–{_p(cell['p_to'])}", justify="right", no_wrap=True)
    table.add_row("reports", *(_reports(row, place) for place in range(len(row["omega"]))))
    table.add_row("weight", *(f"{cell['mean']:.2f}" for cell in row["omega"]))
    table.add_row("prior", *(f"{cell['prior_mean']:.2f}" for cell in row["omega"]), style="dim")
    return table


def _reports(row: Row, place: int) -> str:
    """Count the reports whose p-value lies in an interval; those that may lie there stand after a plus."""
    sure = sum(study["intervals"] == [place] for study in row["studies"])
    perhaps = sum(place in study["intervals"] and len(study["intervals"]) > 1 for study in row["studies"])
    return f"{sure}+{perhaps}?" if perhaps else str(sure)


def _p(value: float) -> str:
    return f"{value:.4g}"


def _estimate(found: Row, outcome: Outcome) -> str:
    return f"{shown(found['mean'], outcome)} [{shown(found['ci_low'], outcome)}, {shown(found['ci_high'], outcome)}]"
