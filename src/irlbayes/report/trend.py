"""One published result as text and plain data: what each reader would believe, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from irlbayes import __version__
from irlbayes.core.answers import Evidence
from irlbayes.core.types import Outcome
from irlbayes.core.words import factor, probability, shown

SCHEMA = "irlbayes/trend/1"
SHOWN_READERS = ("vague", "sceptical")  # in the table of the next study


def page(found: Evidence, outcome: Outcome) -> RenderableType:
    """Return the answer: two sentences, the readers, what the field says, what would change it.

    Parameters
    ----------
    found : Evidence
        Of `trend.trend`.
    outcome : Outcome
    """
    numbers = found.numbers
    parts: list[RenderableType] = [Text(_title(numbers, outcome), style="bold"), Text(found.statement), Text("")]
    if numbers["kind"] == "bound":
        parts += [_ranges(numbers, outcome), *_settled(numbers, outcome)]
    else:
        parts += [
            _beliefs(numbers["readers"], numbers, outcome),
            *(Text(line) for line in _field(numbers, outcome)),
            Text(""),
            Text("which prior would change it", style="bold"),
            *(_bullet(line) for line in _reverse(numbers, outcome)),
            Text(""),
            Text(f"what the next study would have to show ({numbers['short']})", style="bold"),
            _next(numbers, outcome),
            Text(
                "In parentheses the probability that it shows that much or more, if its effect is the same one. A study"
                " in other patients has another effect: heterogeneity lowers these probabilities.",
                style="dim",
            ),
        ]
    parts += [Text(""), *(_bullet(words, "dim") for words in found.caveats)]
    return Group(*parts)


def document(found: Evidence, outcome: Outcome) -> dict[str, Any]:
    """Return the answer as plain data (`docs/reference/json.md`)."""
    return {
        "schema": SCHEMA,
        "irlbayes": __version__,
        "measure": outcome.label,
        "scale": outcome.scale,
        "statement": found.statement,
        "caveats": list(found.caveats),
        "numbers": dict(found.numbers),
    }


def picture(found: Evidence, outcome: Outcome) -> bytes:
    """Return the threshold curve as a PNG, or for a bound P(effect on its side) by the p-value.

    Raises
    ------
    InputError
        Where there is no curve: a bound around an estimate of exactly no effect.
    """
    from irlbayes.core.errors import InputError, Problem
    from irlbayes.report.figures import png
    from irlbayes.report.figures.trend import draw

    if found.numbers["curve"] is None:
        rule = "a picture needs a curve, and an estimate of exactly no effect has none"
        raise InputError(Problem("--figure", rule, "Leave it out."))
    return png(draw(found, outcome))


def _title(numbers: Mapping[str, Any], outcome: Outcome) -> str:
    """Say what was printed."""
    digits, *interval = numbers["printed"]["as_printed"].replace("-", "−").split()
    if interval:
        return f"One result: {outcome.label} {digits} [{', '.join(interval)}]"
    return f"One result: {outcome.label} {digits}, p {numbers.get('p_relation', '=')} {numbers['printed']['pval']:g}"


def _side(numbers: Mapping[str, Any], outcome: Outcome) -> str:
    return f"P({numbers['side']} {shown(numbers['null'], outcome, 1)})"


def _threshold(row: Mapping[str, Any], outcome: Outcome) -> str:
    return f"P({'>' if row['above'] else '<'} {shown(row['value'], outcome)})"


def _beliefs(rows: list[Mapping[str, Any]], numbers: Mapping[str, Any], outcome: Outcome) -> Table:
    """Return what each reader believes, with the prior's probability in parentheses."""
    thresholds = [_threshold(row, outcome) for row in rows[0]["thresholds"]]
    table = _table("reader")
    for name in ("prior", f"{numbers['short']} [{numbers['level']:.0%}]"):
        table.add_column(name, no_wrap=True)
    for name in (_side(numbers, outcome), *thresholds):
        table.add_column(f"{name}\n(prior)", justify="right", no_wrap=True)
    table.add_column("Bayes\nfactor", justify="right", no_wrap=True)
    for row in rows:
        ends = (shown(row["ci_low"], outcome), shown(row["ci_high"], outcome))
        table.add_row(
            Text(row["name"]),
            _prior(row),
            f"{shown(row['mean'], outcome)} [{ends[0]}, {ends[1]}]",
            _beside(row["p_side"], row["prior_p_side"]),
            *(_beside(one["p_beyond"], one["prior_p_beyond"]) for one in row["thresholds"]),
            "–" if row["log_bf10"] is None else factor(row["log_bf10"]),
        )
    return table


def _prior(row: Mapping[str, Any]) -> str:
    """Say a prior to three digits."""
    return "flat" if row["prior_sd"] is None else f"normal({row['prior_mean']:.3g}, {row['prior_sd']:.3g})"


def _beside(after: float, before: float) -> str:
    return f"{probability(after)} ({probability(before)})"


def _field(numbers: Mapping[str, Any], outcome: Outcome) -> list[str]:
    """Say the frequentist result, and what a Bayes factor can be at most."""
    p = numbers["p"]
    shown_p = f"{p:.2g}" if p >= 0.001 else "< 0.001"
    lines = [
        f"The field's answer: standard error {numbers['se']:.3g}, z = {numbers['z']:.2f}, two-sided"
        f" p {shown_p if shown_p.startswith('<') else '= ' + shown_p}."
    ]
    most, vague = numbers["largest_bf10"], numbers["readers"][0]["log_bf10"]
    null = shown(numbers["null"], outcome, 1)
    words = (
        f"Bayes factors compare a prior with an effect of exactly {null}: above 1 for an effect, below 1 for none. For"
        f" priors centered at {null} this p is worth at most a factor of about {most:.2g} (Sellke, Bayarri & Berger"
        " 2001)."
    )
    if vague is not None:
        words += " The vague prior's factor says only that it spreads over effects that nobody expects."
    lines.append(words)
    return [line.replace("= -", "= −") for line in lines]


def _reverse(numbers: Mapping[str, Any], outcome: Outcome) -> list[str]:
    """Say which sceptic stays unconvinced, or how much one must believe beforehand."""
    lines = []
    side = _side(numbers, outcome)
    for row in numbers["reverse_bayes"]:
        if row["sceptical_sd"] is not None:
            reach = 1.959963984540054 * row["sceptical_sd"]
            ends = (shown(numbers["null"] - reach, outcome), shown(numbers["null"] + reach, outcome))
            prior = f"normal({numbers['null']:g}, {row['sceptical_sd']:.3g})"
            lines.append(
                f"{side} falls to {row['level']:g} for a sceptic whose prior is {prior}, 95 % of it between {ends[0]}"
                f" and {ends[1]}; for a stronger one below that."
            )
        elif row["enthusiastic_mean"] is not None:
            prior = f"normal({row['enthusiastic_mean']:.3g}, {row['enthusiastic_sd']:.3g})"
            lines.append(
                f"No sceptic reaches {side} = {row['level']:g}. An enthusiast who was there before the data stays if"
                f" the prior was centered at {shown(row['enthusiastic_mean'], outcome)} at the farthest, {prior}; one"
                " who expected a larger effect is disappointed and falls below."
            )
        elif row["at_level"]:
            lines.append(f"{side} is {row['level']:g} by the estimate itself: any sceptic takes it below.")
        else:
            lines.append(f"The estimate is no effect exactly: only belief takes a reader to {row['level']:g}.")
    lines.append("Analysis of credibility: Matthews 2018, Held 2019.")
    return lines


def _next(numbers: Mapping[str, Any], outcome: Outcome) -> Table:
    """Return the estimates that a next study would have to show, by precision, reader and level."""
    names = [name for name in SHOWN_READERS if any(row["name"] == name for row in numbers["readers"])]
    levels = list(dict.fromkeys(row["level"] for row in numbers["next"]))
    table = _table("the next study is")
    for name in names:
        for level in levels:
            table.add_column(f"{name}:\nto {level:g}", justify="right", no_wrap=True)
    by_key = {(row["precision"], row["reader"], row["level"]): row for row in numbers["next"]}
    above = numbers["side"] == ">"
    for times in dict.fromkeys(row["precision"] for row in numbers["next"]):
        said = "as precise as this one" if times == 1.0 else f"{times:g} times as precise"
        cells = []
        for name in names:
            for level in levels:
                row = by_key[times, name, level]
                sign = "≥" if above else "≤"
                cells.append(f"{sign} {shown(row['estimate'], outcome)} ({probability(row['chance'])})")
        table.add_row(said, *cells)
    return table


def _ranges(numbers: Mapping[str, Any], outcome: Outcome) -> Table:
    """Return the range of each reader's probabilities over every standard error that fits."""
    rows = numbers["readers"]
    thresholds = [_threshold(row, outcome) for row in rows[0]["thresholds"]]
    table = _table("reader", "prior")
    for name in (_side(numbers, outcome), *thresholds):
        table.add_column(f"{name}\nbetween", justify="right", no_wrap=True)
        table.add_column("\n(prior)", justify="right", no_wrap=True)
    for row in rows:
        cells = [_range(row["p_side_low"], row["p_side_high"]), f"({probability(row['prior_p_side'])})"]
        for one in row["thresholds"]:
            cells += [_range(one["p_beyond_low"], one["p_beyond_high"]), f"({probability(one['prior_p_beyond'])})"]
        table.add_row(Text(row["name"]), _prior(row), *cells)
    return table


def _range(low: float, high: float) -> str:
    return f"{low:.3f}" if f"{low:.3f}" == f"{high:.3f}" else f"{low:.3f} to {high:.3f}"


def _settled(numbers: Mapping[str, Any], outcome: Outcome) -> list[RenderableType]:
    """Return what one more number would settle."""
    below = numbers["p_relation"] == "<"
    bound = numbers["se_high"] if below else numbers["se_low"]
    which = f"{'below' if below else 'above'} {bound:.3g}, where p is {numbers['p_bound']:g}" if bound else "there is"
    words = f"Ranges over every standard error {which}; their ends are limits that none reaches."
    parts: list[RenderableType] = [Text(words, style="dim")]
    if numbers["if_p"]:
        side = _side(numbers, outcome)
        table = _table("if the paper had said", "standard error")
        names = list(numbers["if_p"][0]["p_side"])
        for name in names:
            table.add_column(f"{side}\n{name}", justify="right", no_wrap=True)
        for row in numbers["if_p"]:
            table.add_row(
                f"p = {row['p']:g}", f"{row['se']:.3g}", *(probability(row["p_side"][name]) for name in names)
            )
        parts += [Text(""), Text("what one more number would settle", style="bold"), table]
    design = numbers["design"]
    if design is not None and design["fits"]:
        words = f"with the standard error that the design implies, {design['se']:.3g} = {design['words']}"
        parts += [Text(""), Text(words, style="bold"), _beliefs(design["readers"], numbers, outcome)]
    return parts


def _bullet(text: str, style: str = "") -> Padding:
    return Padding(Text(f"- {text}", style=style), (0, 0, 0, 2))


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for name in columns:
        table.add_column(name, overflow="fold", vertical="top")
    return table
