"""What selective reporting does to an answer, in a sentence whose numbers say where they stand."""

from __future__ import annotations

from irlbayes.core.pages import Line
from irlbayes.core.words import probability
from irlbayes.report.told import One


def selection(one: One) -> Line:
    """Say how probable an effect is if striking results were reported more readily; nothing where that is not known.

    Parameters
    ----------
    one : One
    """
    if one.bias_place is None or one.told.bias is None or not one.has_null:
        return ()
    rows = one.told.bias["results"][one.bias_place]["rows"]
    if "conditional" not in rows or "averaged" not in rows:
        return ()
    side = "p_lt_null" if one.is_below else "p_gt_null"
    (given, given_before), (either, either_before) = (
        tuple(one.biased("rows", name, "mu", key, show=probability) for key in (side, f"prior_{side}"))
        for name in ("conditional", "averaged")
    )
    return (
        "If striking results were reported more readily than others, the probability of an effect"
        f" {one.side} would be ",
        given,
        " given that there is an effect at all (",
        given_before,
        " before the data), and ",
        either,
        " where there may be none (",
        either_before,
        " before the data).",
    )
