"""Names that other programs and people give to our columns, each with where it comes from.

References
----------
metafor: arguments of `escalc` (Viechtbauer 2010, J Stat Softw 36:3). meta: arguments of `metabin`, `metacont`,
`metainc`, `metacor`, `metaprop`, `metarate`, `metagen` (Balduzzi et al. 2019, Evid Based Ment Health 22:153). RoBMA:
arguments of `combine_data` and `BiBMA` (Bartoš & Maier). JASP: titles and default names of its module for
meta-analysis. esc: arguments of `esc_mean_sd`, `esc_mean_se` (Lüdecke). RevMan: headers of the CSV that RevMan 5
exports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache


@dataclass(frozen=True)
class Alias:
    """A name that is read as one of ours.

    Parameters
    ----------
    dialect : str
        Who says so.
    theirs, ours : str
    note : str
        What a reader should know.
    scale : str
        Scale that the name says, for the ``scale`` cell; empty where it says none.
    """

    dialect: str
    theirs: str
    ours: str
    note: str = ""
    scale: str = ""


@dataclass(frozen=True)
class Ambiguous:
    """A name that means different things to different programs.

    Parameters
    ----------
    theirs : str
    rule : str
        Why it cannot be read.
    fix : str
    """

    theirs: str
    rule: str
    fix: str


PERSON_TIME = "`x1i`, `x2i` where the table has person-time (`t1i`, `t2i`)"
EFFECT = "`estimate` where the table has an interval or a p-value and neither standard error nor variance"
GROUPS = {
    "1": ("treatment", "intervention", "experimental", "exposed", "group 1"),
    "2": ("control", "unexposed", "group 2"),
}
PER_GROUP = {
    "1": {"events": "ai", "n": "n1i", "total": "n1i", "mean": "m1i", "sd": "sd1i", "se": "se1i", "person time": "t1i"},
    "2": {"events": "ci", "n": "n2i", "total": "n2i", "mean": "m2i", "sd": "sd2i", "se": "se2i", "person time": "t2i"},
}


def _plain_groups() -> Iterator[Alias]:
    for group, words in GROUPS.items():
        for what, ours in PER_GROUP[group].items():
            note = PERSON_TIME if what == "events" else ""
            for word in words:
                yield Alias("plain", f"{what} {word}", ours, note)
                if not word.startswith("group"):
                    yield Alias("plain", f"{word} {what}", ours, note)


def _table(dialect: str, pairs: str, note: str = "", scale: str = "") -> tuple[Alias, ...]:
    """Return aliases from ``theirs=ours`` pairs, separated by semicolons."""
    split = (pair.partition("=") for pair in pairs.split(";"))
    return tuple(Alias(dialect, theirs.strip(), ours.strip(), note, scale) for theirs, _, ours in split)


ALIASES: tuple[Alias, ...] = (
    # metafor: its names are ours; what remains are totals by sums and labels
    *_table("metafor", "slab=study; bi=bi; di=di; ci.lb=ci_lb; ci.ub=ci_ub"),
    *_table("metafor", "author=author", "with year, the name of the study where there is no other"),
    # meta
    *_table("meta", "studlab=study; n.e=n1i; n.c=n2i; mean.e=m1i; mean.c=m2i; sd.e=sd1i; sd.c=sd2i"),
    *_table("meta", "event.e=ai; event.c=ci", PERSON_TIME),
    *_table("meta", "time.e=t1i; time.c=t2i"),
    *_table("meta", "cor=ri", "beside `ni`"),
    *_table("meta", "event=xi", "beside `ni` or `ti`"),
    *_table("meta", "time=ti", "beside `xi`"),
    *_table("meta", "median.e=median1i; median.c=median2i; q1.e=q1_1i; q3.e=q3_1i; q1.c=q1_2i; q3.c=q3_2i"),
    *_table("meta", "min.e=min1i; max.e=max1i; min.c=min2i; max.c=max2i; lower=ci_lb; upper=ci_ub; pval=pval"),
    *_table("meta", "TE=yi", f"a log for ratios; {EFFECT}"),
    *_table("meta", "seTE=sei"),
    # RoBMA
    *_table("RoBMA", "study_names=study; lCI=ci_lb; uCI=ci_ub"),
    *_table("RoBMA", "r=ri", "beside `ni`"),
    *_table("RoBMA", "se=sei; v=vi", "beside an effect on the scale of pooling alone"),
    *_table("RoBMA", "y=yi", EFFECT),
    *_table("RoBMA", "d=yi", EFFECT, "smd"),
    *_table("RoBMA", "logOR=yi", EFFECT, "log_or"),
    *_table("RoBMA", "OR=estimate", "the ratio itself", "or"),
    *_table("RoBMA", "x1=ai; x2=ci", f"beside sizes or person-time alone; {PERSON_TIME}"),
    *_table("RoBMA", "n1=n1i; n2=n2i"),
    *_table("RoBMA", "n=ni", "beside `xi` or `ri`, and never beside the size of one group alone"),
    # JASP
    *_table("JASP", "effect size=yi; computed effect size=yi", EFFECT),
    *_table(
        "JASP", "standard error=sei; effect size standard error=sei; effectSizeSe=sei; computed standard error=sei"
    ),
    *_table("JASP", "study label=study; study labels=study; computed sampling variance=vi"),
    *_table("JASP", "successes group 1=ai; successes group 2=ci", PERSON_TIME),
    *_table("JASP", "sample size group 1=n1i; sample size group 2=n2i"),
    # esc
    *_table("esc", "grp1m=m1i; grp1sd=sd1i; grp1se=se1i; grp1n=n1i; grp2m=m2i; grp2sd=sd2i; grp2se=se2i; grp2n=n2i"),
    # RevMan 5, CSV
    *_table("RevMan", "events 1=ai; events 2=ci", PERSON_TIME),
    *_table("RevMan", "total 1=n1i; total 2=n2i; mean 1=m1i; mean 2=m2i; sd 1=sd1i; sd 2=sd2i"),
    # plain English
    *_table("plain", "study name=study; study id=study; trial name=study"),
    *_table("plain", "sampling variance=vi; variance of effect=vi; se of effect=sei"),
    *_table("plain", "sample size=ni", "beside `xi` or `ri`, and never beside the size of one group alone"),
    *_table("plain", "p=pval; p value=pval", "not beside an estimate with its interval, which says more"),
    *_table("plain", "events=xi", "beside `ni` or `ti`"),
    *_table("plain", "correlation=ri", "beside `ni`"),
    *_table("plain", "person time=ti", "beside `xi`"),
    *_table("plain", "ci lower=ci_lb; lower ci=ci_lb; ci low=ci_lb; lower limit=ci_lb; lower bound=ci_lb; lcl=ci_lb"),
    *_table("plain", "95% ci lower=ci_lb; lower 95% ci=ci_lb; ci start=ci_lb"),
    *_table("plain", "ci upper=ci_ub; upper ci=ci_ub; ci high=ci_ub; upper limit=ci_ub; upper bound=ci_ub; ucl=ci_ub"),
    *_table("plain", "95% ci upper=ci_ub; upper 95% ci=ci_ub; ci end=ci_ub"),
    *_table("plain", "odds ratio=estimate", "the ratio itself", "or"),
    *_table("plain", "risk ratio=estimate; relative risk=estimate; RR=estimate", "the ratio itself", "rr"),
    *_table("plain", "hazard ratio=estimate; HR=estimate", "the ratio itself", "hr"),
    *_table("plain", "rate ratio=estimate; incidence rate ratio=estimate; IRR=estimate", "the ratio itself", "irr"),
    *_table("plain", "smd=yi; cohen's d=yi; hedges' g=yi; standardized mean difference=yi", EFFECT, "smd"),
    *_table("plain", "mean difference=yi", EFFECT, "md"),
    *_table("plain", "risk difference=yi", EFFECT, "rd"),
    *_table("plain", "log odds ratio=yi; log or=yi", EFFECT, "log_or"),
    *_table("plain", "log risk ratio=yi; log rr=yi", EFFECT, "log_rr"),
    *_table("plain", "log hazard ratio=yi; log hr=yi", EFFECT, "log_hr"),
    *_table("plain", "total n=n_total; n total=n_total; total sample size=n_total"),
    *_table("plain", "variance 1=var1i; variance 2=var2i; se 1=se1i; se 2=se2i"),
    *_plain_groups(),
)

AMBIGUOUS: tuple[Ambiguous, ...] = (
    Ambiguous(
        "tau",
        "tau is the effect of a study to baggr, and the standard deviation between studies to everyone else",
        "Name the column yi (and se.tau sei) where it is the effect; remove it where it is the other.",
    ),
    Ambiguous(
        "n",
        "n beside the size of one group could be the total or the other group",
        "Name it n_total, n1i or n2i.",
    ),
    Ambiguous(
        "sample size",
        "a sample size beside the size of one group could be the total or the other group",
        "Name it n_total, n1i or n2i.",
    ),
    Ambiguous(
        "se",
        "se stands without an effect on the scale of pooling, so that it could belong to a mean or to a ratio",
        "Name the effect yi (a log for ratios) and this column sei, or se1i, se2i for means.",
    ),
    Ambiguous(
        "sd",
        "sd does not say whose: of group 1, of group 2, of both pooled, or of the effect",
        "Name it sd1i or sd2i; where it is the standard error of the effect, sei.",
    ),
    Ambiguous(
        "ci",
        "ci is the events of group 2 to metafor, and here looks like a confidence interval",
        "Put the two ends into the columns ci_lb and ci_ub; name events of group 2 ci and of group 1 ai.",
    ),
    Ambiguous(
        "95% ci",
        "an interval in one cell is not read",
        "Put the two ends into the columns ci_lb and ci_ub.",
    ),
    Ambiguous(
        "confidence interval",
        "an interval in one cell is not read",
        "Put the two ends into the columns ci_lb and ci_ub.",
    ),
    Ambiguous(
        "v",
        "v is the variance of the effect to RoBMA, and the variance of O - E to RevMan; there is no effect beside it",
        "Name the effect yi and its variance vi.",
    ),
    Ambiguous(
        "variance",
        "variance does not say of what: of the effect, of a group, or of O - E",
        "Name it vi, var1i or var2i.",
    ),
    Ambiguous(
        "z",
        "z is Fisher's z of a correlation to RoBMA, and a test statistic to everyone else",
        "Give the correlation as ri with ni; for a test statistic, give its p-value as pval.",
    ),
    Ambiguous(
        "mean",
        "mean could be that of a group (metafor's mi), or the effect (as in RevMan's tables)",
        "Name it m1i or m2i for a group, yi or estimate for an effect.",
    ),
)

# What a column of measures says about the effects beside it, by metafor's and meta's names (`escalc`, `metagen`).
MEASURE_COLUMNS = ("measure", "sm", "computedeffectsizetype")
MEASURES = {
    "OR": "log_or",
    "PETO": "log_or",
    "RR": "log_rr",
    "HR": "log_hr",
    "IRR": "log_irr",
    "RD": "rd",
    "MD": "md",
    "SMD": "smd",
    "ROM": "rom",
    "PLO": "logit",
    "PLOGIT": "logit",
    "IRLN": "log_rate",
}
INTERVAL = re.compile(r"^[\[(]?\s*[+\-−]?[\d.,]+\s*(?:[;–—]|\bto\b|\.\.+|,\s|\s-|-)\s*[+\-−]?\s*[\d.,]+\s*[\])]?$")


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a name as it is compared: without case, blanks, underscores, points and hyphens.

    Examples
    --------
    >>> plain(" Event_E ") == plain("event.e")
    True
    """
    return re.sub(r"[\s_.\-]", "", name).casefold()


@cache
def known() -> Mapping[str, Alias]:
    """Return the aliases by their plain name; the first of two wins.

    Examples
    --------
    >>> known()["evente"].ours
    'ai'
    """
    table: dict[str, Alias] = {}
    for alias in ALIASES:
        table.setdefault(plain(alias.theirs), alias)
    return table


def dialect_names(dialect: str) -> dict[str, tuple[Alias, ...]]:
    """Return a dialect's names for our columns, its first name first.

    Examples
    --------
    >>> [alias.theirs for alias in dialect_names("RoBMA")["yi"]]
    ['y', 'd', 'logOR']
    """
    names: dict[str, list[Alias]] = {}
    for alias in ALIASES:
        if alias.dialect == dialect:
            names.setdefault(alias.ours, []).append(alias)
    return {ours: tuple(found) for ours, found in names.items()}
