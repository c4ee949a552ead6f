"""The next study as a design, from what was said of it: which report, how large, and what had to be assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import floor
from typing import cast

from irlbayes.core.errors import InputError, Problem, unknown
from irlbayes.core.planned import Asked, Design, Plannable, Upcoming
from irlbayes.core.registry import leaves
from irlbayes.core.scales import conversion
from irlbayes.core.types import Outcome, Report
from irlbayes.effects.table import kinds

ESTIMATE, STATED = "estimate", "yi_sei"
FEWEST = {"patients": 2.0, "events": 1.0}  # in a group
MOST = 1e7
MEANINGS = {
    "risk": "the share with the event expected in group 2",
    "rate": "the events per person-year expected in group 2",
    "sd": "the standard deviation expected within a group",
    "sei": "the standard error expected of the estimate",
}
WAYS = {
    "patients": "Write --n1 and --n2, or --n.",
    "person-years": "Write --person-years, or --years beside the patients.",
    "events": "Write --events 90 --prevalence 0.4.",
}
RISK = 0.5
RISK_ASSUMED = (
    "no risk was given: half of group 2 is taken to have the event, where a study of this size tells most; with another"
    " risk it tells less (--risk)"
)


def plannable() -> Mapping[str, Plannable]:
    """Return every design by the name of its report kind: the files of `effects/designs/`."""
    return cast("Mapping[str, Plannable]", leaves("irlbayes.effects.designs"))


def malformed(asked: Asked) -> list[Problem]:
    """Return what can be no study at all, whatever its outcome."""
    problems = []
    for name in ("n1", "n2", "n", "person_years", "events", "years", "rate", "sd", "sei"):
        value = getattr(asked, name)
        if value is not None and not 0.0 < value <= MOST:
            rule = f"above 0 and at most {MOST:,.0f}".replace(",", " ")
            problems.append(Problem(_option(name), rule, "Write a number.", value=f"{value:g}"))
    for name in ("prevalence", "risk"):
        value = getattr(asked, name)
        if value is not None and not 0.0 < value < 1.0:
            problems.append(
                Problem(_option(name), "a share above 0 and below 1", "Write 0.4 for 40 %.", value=f"{value:g}")
            )
    for name in ("n1", "n2", "n", "events"):
        value = getattr(asked, name)
        if value is not None and value != round(value):
            problems.append(Problem(_option(name), "a whole number", "Write how many.", value=f"{value:g}"))
    if asked.report not in ("", *plannable()):
        named = (ESTIMATE, *(name for name in plannable() if name != STATED))
        problems += unknown("--report", [asked.report], named)
    return [*problems, *_sizes_said(asked)]


def _sizes_said(asked: Asked) -> Iterator[Problem]:
    """Yield why the size is said twice, or not at all."""
    ways = {
        "--n1 and --n2": (asked.n1, asked.n2),
        "--n": (asked.n,),
        "--person-years": (asked.person_years,),
        "--events": (asked.events,),
        "--sei": (asked.sei,),
    }
    said = [words for words, values in ways.items() if any(value is not None for value in values)]
    if len(said) != 1:
        found = f", and {' and '.join(said)} say it more than once" if said else ""
        fix = "Write --n1 60 --n2 140, or --n 200, --person-years 400, --events 90 or --sei 0.2."
        yield Problem("size of the next study", f"said in one way{found}", fix)
    elif (asked.n1 is None) != (asked.n2 is None):
        yield Problem("--n1, --n2", "both group sizes", "Write both, or --n with --prevalence.")
    if asked.years is not None and asked.n is None and asked.n1 is None:
        yield Problem("--years", "patients who are followed for so long", "Write --n1 and --n2, or --n.")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def takes_prevalence(asked: Asked) -> bool:
    """Whether a size of both groups together is said, and not how it divides."""
    return asked.prevalence is None and any(value is not None for value in (asked.n, asked.person_years, asked.events))


def design(asked: Asked, outcome: Outcome) -> Design:
    """Return the next study for an outcome.

    Parameters
    ----------
    asked : Asked
        With a prevalence where `takes_prevalence`.
    outcome : Outcome

    Raises
    ------
    InputError
        Where the scale of the outcome needs what was not said, or cannot be reported so.
    """
    name, scale = _report(asked, outcome)
    module = plannable()[name]
    unit = "events" if scale == "log_hr" else module.UNIT
    needs = () if asked.sei is not None else module.needs(scale)
    problems: list[Problem] = []
    sizes = (0.0, 0.0)
    if asked.sei is None:
        try:
            sizes = _groups(asked, unit, module.GROUPS, outcome)
        except InputError as error:
            problems += error.problems
    problems += [
        Problem(
            _option(need), f"{MEANINGS[need]}, for {outcome.name} on {scale}", f"Write {_option(need)} and a number."
        )
        for need in needs
        if need != "risk" and getattr(asked, need) is None
    ]
    if problems:
        raise InputError(problems)
    unsaid = "risk" in needs and asked.risk is None
    return Design(
        name,
        *sizes,
        unit=unit,
        likelihood="normal" if asked.report == ESTIMATE or scale not in module.EXACT else "exact",
        risk=(RISK if unsaid else asked.risk) if "risk" in needs else None,
        rate=asked.rate if "rate" in needs else None,
        sd=asked.sd if "sd" in needs else None,
        sei=asked.sei,
        assumed=(RISK_ASSUMED,) if unsaid else (),
    )


def _report(asked: Asked, outcome: Outcome) -> tuple[str, str]:
    """Return the report kind, and the scale it speaks on."""
    if outcome.is_interaction and asked.sei is None:
        words = f"{outcome.name} compares two effects of treatment: its study has four groups"
        raise InputError(Problem("--n1, --n2, --n", words, "State the standard error of the comparison: --sei."))
    if asked.sei is not None:
        return STATED, outcome.scale
    own = [name for name, module in plannable().items() if outcome.scale in module.SCALES and name != STATED]
    name = asked.report if asked.report not in ("", ESTIMATE) else (own or [STATED])[0]
    scales = plannable()[name].SCALES
    if outcome.scale in scales:
        return name, outcome.scale
    reachable = [scale for scale in scales if conversion(scale, outcome.scale) is not None]
    if not reachable:
        words = f"a report on a scale that converts to {outcome.scale}; {name} speaks on {', '.join(scales)}"
        raise InputError(Problem("--report", words, f"Leave --report out ({(own or [ESTIMATE])[0]}).", value=name))
    return name, reachable[0]


def _groups(asked: Asked, unit: str, groups: int, outcome: Outcome) -> tuple[float, float]:
    """Return the size of each group, in the unit that the report counts; of one group, all in the first."""
    patients = (asked.n1, asked.n2) if asked.n1 is not None and asked.n2 is not None else None
    total, pair, times = asked.n, patients, 1.0
    if unit == "person-years":
        total, pair, times = (asked.n, patients, asked.years) if asked.years else (asked.person_years, None, 1.0)
    elif unit == "events":
        total, pair = asked.events, None
    if total is None and pair is None:
        words = f"said in {unit}: {outcome.name} is pooled on {outcome.scale}"
        raise InputError(Problem("size of the next study", words, WAYS[unit]))
    if groups == 1:
        return times * (total or 0.0 if pair is None else pair[0] + pair[1]), 0.0
    if pair is None:
        first = (asked.prevalence or 0.0) * (total or 0.0)
        first = first if unit == "person-years" else float(floor(first + 0.5))
        pair = first, (total or 0.0) - first
    least = FEWEST.get(unit, 0.0)
    if min(pair) < least:
        words = f"at least {least:g} {unit} in each group; here {pair[0]:g} and {pair[1]:g}"
        raise InputError(Problem("size of the next study", words, "Make the study larger."))
    return times * pair[0], times * pair[1]


def upcoming(planned: Design, outcome: Outcome, theta: float) -> Upcoming:
    """Return what a design can report.

    Parameters
    ----------
    planned : Design
    outcome : Outcome
    theta : float
        Effect that is expected, on the outcome's scale.

    Raises
    ------
    ArithmeticError
        Where the effect and the design contradict each other.
    """
    module, kind = plannable()[planned.kind], kinds()[planned.kind]
    scale = outcome.scale
    if scale not in module.SCALES:
        scale = next(one for one in module.SCALES if conversion(one, outcome.scale) is not None)
    found = conversion(scale, outcome.scale)
    assert found is not None
    factor, _ = found
    cells = module.cells(planned, scale, theta / factor)
    report = Report("next", "next", "next", outcome.name, planned.kind, "primary", "planned", 0, cells, scale)
    sei = kind.design_sei(report) * factor
    strata = module.strata(planned, theta / factor) if planned.likelihood == "exact" else ()
    return Upcoming(planned, report, sei, factor, strata)
