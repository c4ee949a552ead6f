"""Numbers in words: how probabilities, estimates and sides are said, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any

from irlbayes.core.scales import SCALES
from irlbayes.core.types import Outcome

FARTHEST = 700.0  # of a log whose ratio a number can hold
NEGLIGIBLE = 1e-9  # share of an interval's width
STRENGTH = ((1.0, "no"), (3.0, "anecdotal"), (10.0, "moderate"), (30.0, "strong"), (100.0, "very strong"))


def probability(value: float | None) -> str:
    """Say a probability to two digits, and never as certain.

    Examples
    --------
    >>> probability(0.9487), probability(0.99996), probability(1e-9)
    ('0.95', '> 0.999', '< 0.001')
    """
    if value is None:
        return "–"
    if value < 0.001:
        return "< 0.001"
    if value > 0.999:
        return "> 0.999"
    return f"{value:.3f}" if value < 0.01 or value > 0.99 else f"{value:.2f}"


def shown(value: float | None, outcome: Outcome, digits: int = 3) -> str:
    """Say a value of the outcome's scale as readers see it: ratios and proportions back-transformed."""
    if value is None:
        return "–"
    scale = SCALES[outcome.scale]
    number = scale.show(max(-FARTHEST, min(FARTHEST, value)) if scale.transform == "exp" else value)
    if abs(number) >= 10**5 or (number != 0 and abs(number) < 10**-4):
        return f"{number:.{digits}g}"
    decimals = max(0, min(4, digits - 1 - _magnitude(number)))
    text = f"{number:.{decimals}f}"
    return text.replace("-", "−") if float(text) != 0 else text.replace("-", "")


def with_interval(numbers: Mapping[str, Any], outcome: Outcome, form: str = "{} [{}, {}]") -> str:
    """Say a summary's mean (its median where there is none) with its central interval; rounding around 0 as 0.

    Examples
    --------
    >>> summary = {"mean": -4e-17, "median": 0.0, "ci_low": -0.98, "ci_high": 0.98}
    >>> with_interval(summary, Outcome("x", "x", "smd", 0.0, ""))
    '0.00 [−0.98, 0.98]'
    """
    low, high = numbers["ci_low"], numbers["ci_high"]
    middle = numbers["median"] if numbers["mean"] is None else numbers["mean"]
    near = abs(middle) < NEGLIGIBLE * (high - low)
    return form.format(*(shown(value, outcome) for value in (0.0 if near else middle, low, high)))


def _magnitude(number: float) -> int:
    size, power = abs(number), 0
    while size >= 10.0:
        size, power = size / 10.0, power + 1
    while 0.0 < size < 0.1:
        size, power = size * 10.0, power - 1
    return power


def measure(outcome: Outcome) -> str:
    """Name what is estimated, as printed: of an interaction, what is compared of two effects."""
    scale = SCALES[outcome.scale]
    name = scale.printed or scale.words
    if outcome.is_interaction:
        name = f"{_comparison(outcome)} of {_plural(name)}"
    return f"{name}, {outcome.unit}" if outcome.unit else name


def measure_short(outcome: Outcome) -> str:
    """Name what is estimated in a word or two: SMD, OR, ratio of ORs, or the unit of an effect that has its own."""
    short = SCALES[outcome.scale].short
    return outcome.unit or (f"{_comparison(outcome)} of {_plural(short)}" if outcome.is_interaction else short)


def _comparison(outcome: Outcome) -> str:
    return "ratio" if SCALES[outcome.scale].transform == "exp" else "difference"


def _plural(name: str) -> str:
    """Return a measure in the plural.

    Examples
    --------
    >>> _plural("odds ratio"), _plural("ratio of means"), _plural("Fisher's z of a correlation")
    ('odds ratios', 'ratios of means', "Fisher's z of correlations")
    """
    head, of, tail = name.partition(" of ")
    if of and tail.startswith("a "):
        return f"{head} of {tail.removeprefix('a ')}s"
    return f"{head}s{of}{tail}"


def worse(outcome: Outcome) -> tuple[str, str]:
    """Say in words which side of an effect is worse for patients, and on which side that is.

    Returns
    -------
    str
        The words; empty where neither side is said to be worse. Of an interaction, who is helped more.
    str
        The side that the words speak of: ``+`` for higher values, ``-`` for lower ones, or empty.

    Examples
    --------
    >>> worse(Outcome("relapse", "Relapse", "log_or", 0.0, "+"))
    ('higher is worse for patients', '+')
    """
    if not outcome.harm:
        return "", ""
    if outcome.is_interaction:
        return "treatment helps IRL-positive patients more", "-" if outcome.harm == "+" else "+"
    return f"{'higher' if outcome.harm == '+' else 'lower'} is worse for patients", outcome.harm


def null_shown(outcome: Outcome) -> str:
    """Say the null as readers see it: 0, or 1 for a ratio."""
    return "" if outcome.null is None else f"{SCALES[outcome.scale].show(outcome.null):g}"


def factor(log_factor: float) -> str:
    """Say a Bayes factor to two digits.

    Examples
    --------
    >>> factor(1.0), factor(9.0)
    ('2.7', '8e+03')
    """
    value = exp(min(log_factor, 700.0))
    return f"{value:.2g}" if value < 1000 else f"{value:.0e}"


def strength(log_factor: float) -> str:
    """Name the evidence of a Bayes factor, whichever side it favors, by table 7.1 of Lee & Wagenmakers (2013).

    Examples
    --------
    >>> strength(1.0), strength(-3.0)
    ('anecdotal', 'strong')
    """
    return next((word for limit, word in STRENGTH if exp(min(abs(log_factor), 700.0)) <= limit * 1.0000001), "extreme")
