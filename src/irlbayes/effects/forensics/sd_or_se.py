"""`sd_or_se`: two means whose SDs look like standard errors.

An SE is the SD over the root of n, so an SE taken for an SD multiplies the standardized mean difference by that root.

Rules, for rows with m1i sd1i n1i m2i sd2i n2i:
beside others: there are other studies with the same outcome, instrument and unit; in both groups the SD is at most a
third of theirs, and times the root of n it agrees within a factor of 1.5 with the SDs of at least half of the
others; every other study agrees with that reading within a factor of 2, as printed or times the root of its n (equal SE
times root n elsewhere);
alone: the SMD is above 3 as printed, and at most 1.5 after both SDs are multiplied by the root of their n.

Why these factors: a third needs groups of nine people or more, below which SD and SE are too near to tell apart; SDs of
one instrument rarely differ threefold between studies; at an SMD of 3 two normal groups overlap by 13 %, against 69 %
at Cohen's large effect of 0.8.

Limits: rows without an instrument and a unit are compared only where the outcome is a mean difference, which has one
unit. Silent where one group has an SD and the other an SE, where most studies have SEs, and where the others differ
among themselves. An SD taken for an SE is not looked for. Some markers truly separate groups by three SDs.

References
----------
Higgins, J. P. T., Thomas, J., et al. (editors). Cochrane Handbook for Systematic Reviews of Interventions, version
6.4 (2023): 6.5.2.2, SDs from SEs; 10.10.3, SEs entered as SDs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from irlbayes.core.types import Finding, Report, ReportTable
from irlbayes.effects.row_findings import about, listed, numbers

SMALLER, AGREES, LOOSELY = 3.0, 1.5, 2.0
TOO_LARGE, PLAUSIBLE = 3.0, 1.5


@dataclass(frozen=True)
class Spread:
    """SDs as printed, and times the root of n, of the two groups of a row."""

    report: Report
    difference: float
    printed: tuple[float, float]
    sizes: tuple[float, float]

    @property
    def as_sd(self) -> tuple[float, float]:
        """What the SDs are if the printed numbers are SEs."""
        return self.printed[0] * sqrt(self.sizes[0]), self.printed[1] * sqrt(self.sizes[1])

    def pooled(self, spreads: tuple[float, float]) -> float:
        """Return the pooled SD."""
        n1, n2 = self.sizes
        return sqrt(((n1 - 1.0) * spreads[0] ** 2 + (n2 - 1.0) * spreads[1] ** 2) / (n1 + n2 - 2.0))


def find(table: ReportTable) -> list[Finding]:
    """Return the rows of two means whose SDs look like standard errors."""
    alike: dict[tuple[str, str, str], list[Spread]] = {}
    found = []
    for report in table.reports:
        spread = _spread(report)
        if spread is None:
            continue
        instrument, unit = report.text("instrument").casefold(), report.text("unit").casefold()
        outcome = table.outcomes.get(report.outcome)
        if instrument or unit or (outcome is not None and outcome.scale == "md"):
            alike.setdefault((report.outcome, instrument, unit), []).append(spread)
        words = _too_large(spread)
        if words:
            found.append((report.line, report, words))
    told = {report.id for _, report, _ in found}
    for group in alike.values():
        for spread in group:
            if spread.report.id not in told and (words := _beside(spread, group)):
                found.append((spread.report.line, spread.report, words))
    return [about("sd_or_se", words, report, column="sd1i") for _, report, words in sorted(found, key=lambda f: f[0])]


def _spread(report: Report) -> Spread | None:
    cells = numbers(report, "m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
    if cells is None:
        return None
    m1, sd1, n1, m2, sd2, n2 = cells
    if min(sd1, sd2) <= 0.0 or min(n1, n2) < 2.0:
        return None
    return Spread(report, m1 - m2, (sd1, sd2), (n1, n2))


def _too_large(one: Spread) -> str:
    printed, after = (abs(one.difference) / one.pooled(spreads) for spreads in (one.printed, one.as_sd))
    if printed <= TOO_LARGE or after > PLAUSIBLE:
        return ""
    return (
        f"The SDs {one.printed[0]:g} and {one.printed[1]:g} make an SMD of {printed:.1f}, and {after:.2f} if they are"
        f" standard errors (SDs {one.as_sd[0]:.3g} and {one.as_sd[1]:.3g} of {one.sizes[0]:g} and {one.sizes[1]:g}"
        " people): check whether the paper prints SD or SE (SEM)."
    )


def _far(one: float, other: float) -> float:
    return exp(abs(log(one / other)))


def _beside(one: Spread, group: list[Spread]) -> str:
    """Say that an SD looks like an SE beside other studies of the same measure."""
    others = [other for other in group if other.report.study != one.report.study]
    read = one.pooled(one.as_sd)
    plain = [
        other
        for other in others
        if other.pooled(other.printed) >= SMALLER * max(one.printed)
        and all(_far(spread, other.pooled(other.printed)) <= AGREES for spread in one.as_sd)
    ]
    agree = all(
        min(_far(other.pooled(other.printed), read), _far(other.pooled(other.as_sd), read)) <= LOOSELY
        for other in others
    )
    if not plain or 2 * len(plain) < len(others) or not agree:
        return ""
    typical = sorted(other.pooled(other.printed) for other in plain)[len(plain) // 2]
    return (
        f"The SDs {one.printed[0]:g} and {one.printed[1]:g} are several times smaller than the {typical:.3g} of"
        f" {listed([other.report.study for other in plain])}, and as standard errors of {one.sizes[0]:g} and"
        f" {one.sizes[1]:g} people they would be SDs of {one.as_sd[0]:.3g} and {one.as_sd[1]:.3g}: check whether the"
        " paper prints SD or SE (SEM)."
    )
