"""`direction_flip`: an effect whose sign contradicts what the row says, or everyone else.

Rules: the ``sign`` cell, or a ``verdict`` of higher or lower, contradicts the row's own numbers (an estimate against
its null, yi, two means, two medians, two proportions of counts, two rates) or one another;
among the primary rows of an outcome with an effect and a standard error, exactly one of those with |z| above 2 lies on
one side and at least two such lie on the other, with the random-effects mean of all others (DerSimonian & Laird); the
one is further from the prediction of the others than 1 time in 100 (Student's t on their number less one), and with its
sign exchanged it would not be (1 in 20). Above 20 studies the first of these is divided by k / 20.

In simulated tables of 3 to 20 studies the second rule asks about 1 to 5 honest ones in 100, most where heterogeneity is
as large as the effect, and about 30 to 55 in 100 in which one study was flipped.

Limits: rows that agree because all were flipped are not seen, nor a flip among small studies. Effects may truly differ:
the second rule asks a question. Rows of instruments on which more is better and on which more is worse look flipped to
each other. A proportion or a rate of one group has no direction.

References
----------
Higgins, J. P. T., Thomas, J., et al. (editors). Cochrane Handbook for Systematic Reviews of Interventions, version
6.4 (2023): chapter 6, direction of scales; 10.10.3, check that the data are correct.
DerSimonian, R., & Laird, N. (1986). Meta-analysis in clinical trials. Controlled Clinical Trials, 7(3), 177-188.
"""

from __future__ import annotations

from math import sqrt

from irlbayes.core.registry import leaves
from irlbayes.core.scales import PRINTED, SCALES
from irlbayes.core.types import Finding, Outcome, Report, ReportTable
from irlbayes.effects.likelihoods import noncentral_t
from irlbayes.effects.row_findings import about, numbers

FAR = 2.0
FEWEST_OTHERS = 2
USUAL = 20  # studies; in larger tables the lone one must be stranger in proportion
STRANGE, ORDINARY = 0.01, 0.05  # p against the prediction of the others, as printed and with the sign exchanged
HIGHER = {"significant_higher": 1.0, "significant_lower": -1.0}
SIGNS = {"+": 1.0, "-": -1.0}
WORDS = {1.0: "higher", -1.0: "lower"}


def find(table: ReportTable) -> list[Finding]:
    """Return the rows whose direction contradicts their own words or all other rows."""
    return [
        *(finding for report in table.reports for finding in _own_words(report, table.outcomes.get(report.outcome))),
        *(finding for outcome in table.outcomes.values() for finding in _all_others(table, outcome)),
    ]


def _sign(value: float) -> float:
    return float((value > 0) - (value < 0))


def _from_numbers(report: Report, outcome: Outcome | None) -> list[tuple[float, str]]:
    """Return every direction that the numbers of a row show, each with its numbers."""
    found = []
    if pair := numbers(report, "m1i", "m2i"):
        found.append((pair[0] - pair[1], f"the means are {pair[0]:g} and {pair[1]:g}"))
    if pair := numbers(report, "median1i", "median2i"):
        found.append((pair[0] - pair[1], f"the medians are {pair[0]:g} and {pair[1]:g}"))
    if (four := numbers(report, "ai", "n1i", "ci", "n2i")) and min(four[1], four[3]) > 0:
        a, n1, c, n2 = four
        found.append((a / n1 - c / n2, f"the counts are {a:g} of {n1:g} and {c:g} of {n2:g}"))
    if (four := numbers(report, "x1i", "t1i", "x2i", "t2i")) and min(four[1], four[3]) > 0:
        x1, t1, x2, t2 = four
        found.append((x1 / t1 - x2 / t2, f"the rates are {x1 / t1:.3g} and {x2 / t2:.3g}"))
    if one := numbers(report, "yi"):
        found.append((one[0], f"yi is {one[0]:g}"))
    scale = report.text("scale") or (outcome.scale if outcome else "")
    if (one := numbers(report, "estimate")) and scale in PRINTED and SCALES[PRINTED[scale][0]].null is not None:
        null = 1.0 if PRINTED[scale][1] == "log" else 0.0
        found.append((one[0] - null, f"the estimate is {one[0]:g} on the scale {scale}"))
    return [(_sign(value), words) for value, words in found if value]


def _own_words(report: Report, outcome: Outcome | None) -> list[Finding]:
    sign, verdict = SIGNS.get(report.text("sign")), HIGHER.get(report.text("verdict"))
    found = []
    if sign and verdict and sign != verdict:
        words = (
            f"The sign cell says group 1 is {WORDS[sign]} and the verdict is {report.text('verdict')}: check which the"
            " paper says."
        )
        found.append(about("direction_flip", words, report, column="sign"))
    for said, column in ((sign, "sign"), (verdict, "verdict")):
        against = [words for direction, words in _from_numbers(report, outcome) if said and direction != said]
        if said and against:
            words = (
                f"The {column} cell ({report.text(column)}) says group 1 is {WORDS[said]}, but {'; '.join(against)}:"
                " check which group is group 1, and the sign."
            )
            found.append(about("direction_flip", words, report, column=column))
            break
    return found


def _all_others(table: ReportTable, outcome: Outcome) -> list[Finding]:
    if outcome.null is None:
        return []
    sized = [one for report in table.reports if (one := _effect(report, outcome))]
    far = [one for one in sized if abs(one[1] / one[2]) > FAR]
    sides = [_sign(one[1]) for one in far]
    alone = [one for one, side in zip(far, sides, strict=True) if sides.count(side) == 1]
    if len(far) <= FEWEST_OTHERS or len(alone) != 1:
        return []
    ((report, yi, sei),) = alone
    rest = [one for one in sized if one[0] is not report]
    mean, error = _prediction(rest)
    if _sign(mean) != -_sign(yi):
        return []
    as_printed, exchanged = (
        noncentral_t.two_sided_p((value - mean) / sqrt(error**2 + sei**2), len(rest) - 1.0) for value in (yi, -yi)
    )
    if as_printed > STRANGE * min(1.0, USUAL / len(sized)) or exchanged < ORDINARY:
        return []
    words = (
        f"The effect of {report.study}, {yi:.3g} (z = {yi / sei:.1f}), is opposite to all {len(far) - 1} others with"
        f" |z| above {FAR:g} (mean of all others {mean:.3g}): were the groups exchanged, or does its scale run"
        " the other way?"
    )
    return [about("direction_flip", words, report)]


def _prediction(rows: list[tuple[Report, float, float]]) -> tuple[float, float]:
    """Return the random-effects mean of rows, and the SD of a next study's effect about it (DerSimonian & Laird)."""
    yi, weight = [row[1] for row in rows], [row[2] ** -2 for row in rows]
    total = sum(weight)
    common = sum(w * y for w, y in zip(weight, yi, strict=True)) / total
    q = sum(w * (y - common) ** 2 for w, y in zip(weight, yi, strict=True))
    scale = total - sum(w * w for w in weight) / total
    tau2 = max(0.0, (q - (len(rows) - 1)) / scale)
    weight = [1.0 / (row[2] ** 2 + tau2) for row in rows]
    mean = sum(w * y for w, y in zip(weight, yi, strict=True)) / sum(weight)
    return mean, sqrt(tau2 + 1.0 / sum(weight))


def _effect(report: Report, outcome: Outcome) -> tuple[Report, float, float] | None:
    """Return a primary row of an outcome with its effect and standard error, where it has both."""
    kind = leaves("irlbayes.effects.reports").get(report.kind)
    contrast = report.text("contrast")
    if report.outcome != outcome.name or report.use != "primary" or kind is None:
        return None
    if outcome.contrasts and contrast and contrast not in outcome.contrasts:
        return None
    filled = [column for column in (*kind.COLUMNS, *kind.OPTIONAL) if report.has(column.name)]
    if any(column.type != "text" and numbers(report, column.name) is None for column in filled):
        return None
    if any(not report.has(column.name) for column in kind.COLUMNS) or kind.check(report):
        return None
    pair = kind.yi_sei(report)
    return (report, pair[0], pair[1]) if pair is not None and pair[1] > 0 else None
