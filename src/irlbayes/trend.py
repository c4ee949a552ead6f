"""One published result, answered alone: what a single interval, p-value or "not significant" says.

The estimate is normal on its scale, and so is every prior, so that all of it is in closed form (`core.one_normal`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite
from typing import Any

from irlbayes.core import one_normal, readers
from irlbayes.core.answers import Evidence
from irlbayes.core.assumptions import Prior
from irlbayes.core.errors import InputError, Problem
from irlbayes.core.one_normal import Belief
from irlbayes.core.reader_words import said, said_of_bound
from irlbayes.core.readers import Asked, Reader
from irlbayes.core.scales import PRINTED, SCALES, SMD_TO_LOG_OR, to_analysis
from irlbayes.core.types import Outcome, Report, Threshold, Value
from irlbayes.core.words import shown
from irlbayes.effects.one_result import RATIO, Printed, design_se, lopsided_words, one_result, printed_on, yi_sei
from irlbayes.models import library
from irlbayes.models.parse import given, parse_prior
from irlbayes.models.tables import tables

ARGUMENTS = ("ESTIMATE", "LOWER", "UPPER")
NAMES = dict(zip(("estimate", "ci_lb", "ci_ub"), ARGUMENTS, strict=True))  # what messages call a cell
NAMES |= {"level": "--level", "pval": "--p", "n1i": "--n1", "n2i": "--n2"}
VAGUE_SD = 10.0  # of a prior that hardly takes part, on scales without units
SMALL = 0.2  # SMD; Cohen 1988
PRECISIONS = (1.0, 2.0, 4.0)
MORE_P = {">": (0.06, 0.1, 0.2, 0.5, 0.9), "<": (0.04, 0.01, 0.001)}  # what a paper may have had
MOST_P, LEAST_P = 0.999, 1e-3  # ends of a curve: of p, and as a share of its bound
ALONE = (
    "One result says nothing of how effects differ between clinics: the probabilities are of the effect in patients"
    " like these. irlbayes analyze pools several results, with heterogeneity.",
    "The result is taken at face value: if it was chosen because it was striking, every probability is too high.",
)


def trend(
    *numbers: str | float,
    scale: str | None = None,
    level: float = 0.95,
    p: str | float | None = None,
    not_significant: bool = False,
    alpha: float = 0.05,
    n1: float | None = None,
    n2: float | None = None,
    events1: float | None = None,
    events2: float | None = None,
    thresholds: Sequence[float] = (),
    priors: Sequence[str] = (),
    precisions: Sequence[float] = PRECISIONS,
) -> tuple[Evidence, Outcome]:
    """Answer the reader of one published result.

    Parameters
    ----------
    *numbers : str or float
        The estimate, alone or with the lower and upper end of its interval, as printed; as text, the zeros at the end
        of a number tell how it was rounded.
    scale : str, optional
        ``ratio`` (any ratio whose log is normal), ``or``, ``rr``, ``irr``, ``hr``, ``smd``, ``md``, ``rd``, ...;
        ``log_or`` and its like for numbers that are logs. May be left out where a number is not above 0: a difference.
    level : float
        Of the printed interval, and of the intervals of the answer.
    p : str or float, optional
        Two-sided p-value in place of an interval; ``<0.001`` or ``>0.05`` for a bound.
    not_significant : bool
        Whether nothing is known but that p lies above ``alpha``.
    alpha : float
    n1, n2 : float, optional
        Group sizes: for the t quantile of a p-value, and for a design's standard error.
    events1, events2 : float, optional
        Events in each group, for a design's standard error of a ratio or a risk difference.
    thresholds : sequence of float
        Sizes of effect to ask about, as the estimate is printed; the largest sizes sceptic and enthusiast.
    priors : sequence of str
        More priors, normal ones.
    precisions : sequence of float
        Of the next study, in units of this one's (4: a quarter of its variance).

    Returns
    -------
    Evidence
        ``statement`` in two sentences; ``numbers`` on the scale (logs for ratios), as `docs/reference/json.md` lists
        them: ``estimate``, ``se``, ``z``, ``p`` and the printed interval, ``readers`` (a row per prior: probabilities
        beside their prior values, interval, log Bayes factor), ``reverse_bayes``, ``next``, ``curve``; for a bound
        ``se_low`` and ``se_high``, ranges of the probabilities, ``if_p`` and ``design``.
    Outcome
        A stand-in with the scale, for whoever shows it.

    Raises
    ------
    InputError
        Every rule that the numbers break, each with its fix.

    Examples
    --------
    >>> found, _ = trend("1.10", "0.84", "1.44", scale="ratio")
    >>> round(found.numbers["readers"][0]["p_gt_null"], 3)
    0.756
    """
    texts = [str(value).replace("−", "-").strip() for value in numbers]
    values, relation, bound, problems = _numbers(texts, p, not_significant, alpha)
    problems += _unfit(len(values) == 3, relation, (n1, n2), (events1, events2), level, precisions)
    if problems:
        raise InputError(problems)
    printed = printed_on(scale, values)
    sizes, problems = _sizes(thresholds, printed)
    outcome = Outcome("trend", printed.words, printed.scale, printed.null, "", thresholds=sizes)
    cells: dict[str, Value] = {"estimate": values[0], "scale": printed.name, "as_printed": " ".join(texts)}
    cells |= {name: float(size) for name, size in (("n1i", n1), ("n2i", n2)) if size is not None}
    cells |= {"ci_lb": values[1], "ci_ub": values[2], "level": level} if len(values) == 3 else {"pval": bound}
    caveats: list[str] = []
    report = None
    try:
        if len(values) == 3:
            report = one_result("estimate_ci", cells, NAMES)
            caveats = lopsided_words(report, (texts[1], texts[0], texts[2]), "--scale")
        elif relation != ">" or values[0] != SCALES[printed.scale].show(printed.null):  # no effect fits any bound above
            report = one_result("estimate_p", cells, {**NAMES, "pval": "--alpha"} if not_significant else NAMES)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    yi = to_analysis(values[0], printed.transformation)
    people, origin = _readers(outcome, printed, yi >= printed.null, priors)
    caveats = [*caveats, *origin]
    if relation == "=":
        assert report is not None
        return _known(report, outcome, people, level, precisions, caveats), outcome
    design = design_se(printed, yi, (n1, n2), (events1, events2))
    return _bounded(cells, relation, outcome, people, level, design, caveats), outcome


def _unfit(
    interval: bool,
    relation: str,
    people: Sequence[float | None],
    events: Sequence[float | None],
    level: float,
    precisions: Sequence[float],
) -> list[Problem]:
    """Return what plays no part, and numbers that are none."""
    problems = []
    if interval and people != (None, None):
        rule, fix = "group sizes say nothing beside an interval", "Leave them out: the interval has all of it."
        problems.append(Problem("--n1, --n2", rule, fix))
    if relation == "=" and events != (None, None):
        rule, fix = "events are for a result whose precision is not printed", "Leave them out."
        problems.append(Problem("--events1, --events2", rule, fix))
    if not 0.0 < level < 1.0:
        rule, fix = "a probability above 0 and below 1", "Write 0.95 for 95 %."
        problems.append(Problem("--level", rule, fix, value=f"{level:g}"))
    return problems + [
        Problem("--precision", "a number above 0", "Write 1 for a study as precise as this one.", value=f"{one:g}")
        for one in precisions
        if not (isfinite(one) and one > 0.0)
    ]


def _numbers(
    texts: Sequence[str], p: str | float | None, not_significant: bool, alpha: float
) -> tuple[list[float], str, float, list[Problem]]:
    """Return the printed numbers, what is known of the p-value (a relation and a value), and what is wrong."""
    problems: list[Problem] = []
    values = []
    for text, name in zip(texts, (*ARGUMENTS, *texts[len(ARGUMENTS) :]), strict=False):
        try:
            values.append(float(text))
        except ValueError:
            if text.startswith("--"):
                problems.append(Problem(text, "an option of irlbayes trend", "irlbayes trend --help lists them."))
            else:
                rule, fix = "a number, with a point for decimals", "Write it as 1.10."
                problems.append(Problem(name, rule, fix, value=text))
    ways = [len(texts) == 3, p is not None, not_significant]
    if len(texts) not in (1, 3) or sum(ways) != 1:
        fix = "Give ESTIMATE LOWER UPPER, or ESTIMATE with --p, or ESTIMATE with --not-significant."
        rule = "an estimate and one thing about its precision: an interval, a p-value, or that it is not significant"
        problems.append(Problem(ARGUMENTS[0], rule, fix, value=" ".join(texts)))
    relation, number = (">" if not_significant else "="), alpha
    if not 0.0 < alpha < 1.0:
        problems.append(Problem("--alpha", "above 0 and below 1", "Write 0.05.", value=f"{alpha:g}"))
    if p is not None:
        said = str(p).replace(" ", "")
        relation, digits = (said[0], said[1:]) if said[:1] in ("<", ">", "=") else ("=", said)
        try:
            number = float(digits)
        except ValueError:
            fix = 'Write --p 0.10, --p "<0.001" or --p ">0.05".'
            problems.append(Problem("--p", "a p-value, or a bound of one", fix, value=said))
        if number == 0.0:
            fix = 'A p-value printed as 0.000 is a bound: write --p "<0.001".'
            problems.append(Problem("--p", "above 0 and at most 1", fix, value=said))
    return values, relation, number, problems


def _sizes(thresholds: Sequence[float], printed: Printed) -> tuple[tuple[Threshold, ...], list[Problem]]:
    """Return sizes of effect on the scale, and what is wrong with them."""
    found, problems = [], []
    for value in thresholds:
        usable = isfinite(value) and not (printed.transformation == "log" and value <= 0.0)
        usable = usable and not (printed.transformation == "atanh" and abs(value) >= 1.0)
        size = to_analysis(value, printed.transformation) if usable else printed.null
        if size == printed.null:
            rule = f"a size of effect on the scale of the {printed.words}, other than none"
            problems.append(Problem("--threshold", rule, "Write it as the estimate is printed.", value=f"{value:g}"))
        found.append(Threshold(size, "given", "given with this result"))
    return tuple(found), problems


# --- who reads it -------------------------------------------------------------------------------------------


def _readers(outcome: Outcome, printed: Printed, above: bool, priors: Sequence[str]) -> tuple[list[Reader], list[str]]:
    """Return the priors under which a result is read, vague first, and what to know of their sizes."""
    null, scale = printed.null, printed.scale
    unitless = not SCALES[scale].own_unit and scale != "none"
    vague = Prior("normal", (null, VAGUE_SD), "so wide that it hardly takes part") if unitless else Prior("flat")
    found = [Reader("vague", vague, _belief(vague))]
    unit = next((one for one in tables()["unit_information"].entries if scale in one.scales), None)
    if unit is not None:
        found.append(Reader("unit information", unit.priors["mu"], _belief(unit.priors["mu"])))
    words = []
    size = max((one.value for one in outcome.thresholds), key=abs, default=None)
    if size is None and unitless and SCALES[scale].transform in ("none", "exp"):
        small = SMALL if SCALES[scale].transform == "none" else SMALL * SMD_TO_LOG_OR
        size = small if above else -small
        origin = "Cohen 1988" if scale == "smd" else "SMD 0.2, Cohen 1988; as a log odds ratio, Chinn 2000"
        words.append(
            f"No threshold was stated: sceptic and enthusiast are sized by a small effect, {shown(size, outcome)}"
            f" ({origin}). --threshold states another."
        )
    if size is None:
        words.append(
            "No threshold was stated and this scale has no usual one: --threshold adds a sceptic and an enthusiast."
        )
    else:
        for name in ("sceptical", "enthusiastic"):
            prior = library.of_size(name, size, scale)
            found.append(Reader(name, prior, _belief(prior)))
    for text in priors:
        prior = parse_prior(text, "mu", "--prior", scale)
        if prior.family not in ("normal", "flat"):
            fix = "Pool the result as a table of one row: irlbayes analyze takes any prior."
            raise InputError(Problem("--prior", "a normal prior: the answer is in closed form", fix, value=text))
        found.append(Reader(str(prior), given(prior), _belief(prior)))
    return found, words


def _belief(prior: Prior) -> Belief:
    return Belief(0.0, inf) if prior.family == "flat" else Belief(*prior.parameters)


# --- what follows -------------------------------------------------------------------------------------------


def _known(
    report: Report,
    outcome: Outcome,
    people: Sequence[Reader],
    level: float,
    precisions: Sequence[float],
    caveats: Sequence[str],
) -> Evidence:
    """Answer where the standard error is known."""
    yi, sei = yi_sei(report)
    asked = _asked(outcome, yi)
    z = (yi - asked.null) / sei
    p = report.number("pval") if report.has("pval") else one_normal.two_sided_p(z)
    low, high = Belief(yi, sei).interval(level)
    rows = [readers.known(reader, yi, sei, asked, level) for reader in people]
    numbers: dict[str, Any] = {
        **_shared(report.values, outcome, asked, level),
        "kind": report.kind,
        "estimate": yi,
        "se": sei,
        "ci_low": low,
        "ci_high": high,
        "z": z,
        "p": p,
        "intrinsic_p": one_normal.intrinsic_p(z),
        "largest_bf10": one_normal.largest_bayes_factor(p),
        "readers": rows,
        "reverse_bayes": readers.reverse_bayes(yi, sei, asked),
        "next": readers.next_study(people, yi, sei, asked, precisions),
        "curve": readers.threshold_curve(people, yi, sei, asked),
    }
    return Evidence("trend", said(numbers, outcome, asked), numbers, True, (*caveats, *ALONE))


def _bounded(
    cells: Mapping[str, Value],
    relation: str,
    outcome: Outcome,
    people: Sequence[Reader],
    level: float,
    design: tuple[float, str] | None,
    caveats: Sequence[str],
) -> Evidence:
    """Answer where only a bound of the p-value is known, and so only one of the standard error."""
    limit = float(cells["pval"])
    yi, null = to_analysis(float(cells["estimate"]), PRINTED[str(cells["scale"])][1]), outcome.null or 0.0
    open_above = relation == ">"

    def se_of(p: float) -> float:
        return yi_sei(one_result("estimate_p", {**cells, "pval": p}, NAMES))[1]

    end = 0.0 if yi == null else se_of(limit)
    bounds = (end, inf) if open_above else (0.0, end)
    asked = _asked(outcome, yi)
    numbers: dict[str, Any] = {
        **_shared(cells, outcome, asked, level),
        "kind": "bound",
        "estimate": yi,
        "p_relation": relation,
        "p_bound": limit,
        "se_low": bounds[0],
        "se_high": None if open_above else end,
        "readers": [readers.ranged(reader, yi, bounds, asked) for reader in people],
        "if_p": [],
        "curve": None,
        "design": None,
    }
    caveats = list(caveats)
    if yi != null:
        values = [value for value in MORE_P[relation] if (value > limit) == open_above]
        ends = (limit, MOST_P) if open_above else (limit * LEAST_P, limit)
        numbers["if_p"] = readers.examples_of_p(people, yi, asked, values, se_of)
        numbers["curve"] = readers.curve_of_p(people, yi, asked, ends, se_of)
    if design is not None:
        sei, words = design
        fits = bounds[0] <= sei <= bounds[1]
        rows = [readers.known(reader, yi, sei, asked, level) for reader in people] if fits else []
        numbers["design"] = {"se": sei, "words": words, "fits": fits, "readers": rows}
        if not fits:
            caveats.append(
                f"With the standard error of that design, {sei:.3g} ({words}), this result would"
                f" {'' if open_above else 'not '}have been significant at {limit:g}: adjustment, clustering or another"
                " test may explain it, or a number is wrong. The design was not used."
            )
    return Evidence("trend", said_of_bound(numbers, outcome, asked), numbers, True, (*caveats, *ALONE))


def _asked(outcome: Outcome, yi: float) -> Asked:
    null = outcome.null or 0.0
    return Asked(null, yi >= null, tuple(one.value for one in outcome.thresholds))


def _shared(cells: Mapping[str, Value], outcome: Outcome, asked: Asked, level: float) -> dict[str, Any]:
    return {
        "measure": outcome.label,
        "short": "ratio" if cells["scale"] == RATIO else SCALES[outcome.scale].short,
        "scale": outcome.scale,
        "null": asked.null,
        "side": ">" if asked.above else "<",
        "level": level,
        "printed": dict(cells),
    }
