"""What if only the striking results were reported?"""

from __future__ import annotations

from math import exp
from typing import Any

from irlbayes.core.pages import Block, Cite, Line, Listing, Paragraph, Section, Table
from irlbayes.core.words import probability, shown
from irlbayes.report.bias import FAMILIES, NAMES
from irlbayes.report.selective import selection
from irlbayes.report.told import COMMA, DASH, One, figures

PLACE = 80


def write(one: One) -> Section | None:
    """Return the answer under each family of models, averaged, and the weights of p-values."""
    section, title = one.id("bias"), "Selective reporting"
    if one.bias_place is None or one.told.bias is None:
        return Section(section, title, (Paragraph((_why(one),), "caveat"),), reader="statistician")
    row = one.told.bias["results"][one.bias_place]
    settings = one.told.bias["settings"]
    opening: Line = (
        f"{settings['description'].rstrip('.')} (ensemble {settings['ensemble']}) ",
        Cite("bartos2023"),
        ". ",
        *selection(one),
    )
    blocks: list[Block] = [Paragraph(opening), _estimates(one, row), _models(one, row)]
    if row["omega"]:
        blocks.append(_weights(one, row))
    caveats = range(len(row["caveats"]))
    if caveats:
        blocks.append(Listing(tuple((one.said("bias", "caveats", place),) for place in caveats)))
    return Section(section, title, tuple(blocks), reader="statistician")


def _why(one: One) -> str:
    """Say why there is no answer under selection."""
    if one.told.bias is not None:
        skipped = {row["outcome"]: row["reason"] for row in one.told.bias["skipped"]}
        return f"No answer under selective reporting: {skipped.get(one.outcome.name, 'it was not asked for')}."
    if one.told.no_bias:
        return f"No answer under selective reporting: {one.told.no_bias}."
    return "Models of selective reporting were not run for this page: irlbayes report without --no-bias runs them."


def _estimates(one: One, row: Any) -> Table:
    side = "p_lt_null" if one.is_below else "p_gt_null"

    def show(value: Any) -> str:
        return shown(value, one.outcome)

    rows: list[tuple[Line, ...]] = []
    for name in row["rows"]:
        keys = ("rows", name)
        words = NAMES[name] + (f": {row['rule']['chosen']}" if name == "PET-PEESE" else "")
        share: Line = (
            one.biased(*keys, "posterior_probability", show=probability),
            " (",
            one.biased(*keys, "prior_probability", show=probability),
            ")",
        )
        mean, low, high = (one.biased(*keys, "mu", key, show=show) for key in ("mean", "ci_low", "ci_high"))
        chances = [
            (
                one.biased(*keys, what, side, show=probability),
                " (",
                one.biased(*keys, what, f"prior_{side}", show=probability),
                ")",
            )
            for what in ("mu", "theta_new")
        ]
        told = (DASH,) if name == "averaged" else share
        rows.append(((words,), told, (mean, " [", low, COMMA, high, "]"), *chances))
    return Table(
        f"{one.outcome.name}-bias",
        f"Under models with and without selection, {one.level} intervals",
        (
            "Models",
            "Probability (before)",
            "Mean effect",
            f"P({one.side}), mean (before)",
            f"P({one.side}), new study (before)",
        ),
        tuple(rows),
        (False, True, True, True, True),
        "Averaged over all models, part of the probability lies exactly on no effect, before the data and after.",
    )


def _models(one: One, row: Any) -> Table:
    rows: list[tuple[Line, ...]] = []
    for name in row["families"]:
        keys = ("families", name)
        prior, after = (one.biased(*keys, key, show=probability) for key in ("prior", "posterior"))
        rows.append(((FAMILIES[name],), (prior,), (after,), (DASH,)))
    for name, found in row["inclusion"].items():
        keys = ("inclusion", name)
        prior, after = (one.biased(*keys, key, show=probability) for key in ("prior", "posterior"))
        factor: Line = (DASH,)
        if found["log_bf"] is not None:
            factor = (one.biased(*keys, "log_bf", show=_factor),)
        rows.append(((f"any model with {_article(name)}",), (prior,), (after,), factor))
    return Table(
        f"{one.outcome.name}-bias-models",
        "How probable the models are, and inclusion Bayes factors",
        ("Models", "Before the data", "After the data", "Bayes factor"),
        tuple(rows),
        (False, True, True, True),
    )


def _article(name: str) -> str:
    return "an effect" if name == "effect" else name


def _factor(log_bf: float) -> str:
    return figures(exp(log_bf)) if abs(log_bf) < 14.0 else f"exp({log_bf:.0f})".replace("-", "−")


def _weights(one: One, row: Any) -> Table:
    rows: list[tuple[Line, ...]] = []
    for place, cell in enumerate(row["omega"]):
        keys = ("omega", place)
        mean, before = (one.biased(*keys, key, show=lambda value: f"{value:.2f}") for key in ("mean", "prior_mean"))
        sure = sum(study["intervals"] == [place] for study in row["studies"])
        perhaps = sum(place in study["intervals"] and len(study["intervals"]) > 1 for study in row["studies"])
        rows.append(
            (
                (f"{cell['p_from']:.4g} to {cell['p_to']:.4g}",),
                (str(sure),),
                (str(perhaps),),
                (mean,),
                (before,),
            )
        )
    return Table(
        f"{one.outcome.name}-bias-weights",
        "Where selection is at work: how readily a p-value is reported, against the most striking",
        ("One-sided p", "Reports there", "Perhaps there", "Weight", "Before the data"),
        tuple(rows),
        (False, True, True, True, True),
        tone="long",
    )
