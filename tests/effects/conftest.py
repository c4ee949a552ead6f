"""Example reports of every kind, so that a kind is tested on arrival.

A test that asks for ``example`` runs once per example report; SUBSETS names the examples that other arguments stand
for. A new file in `effects/reports/` whose columns have familiar names is composed from CELLS; otherwise it needs a
row of its own in EXAMPLES.

Counts of the BCG trials are Colditz et al. (1994), those of acute rejection Crins et al. (2014), events over
patient-years Hart et al. (1999), lengths of stay Normand (1999): see tests/reference/README.md. Other cells are
designs.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import pytest

from irlbayes.core.curve import Curve
from irlbayes.core.registry import leaves
from irlbayes.core.types import Kind, Report, Value

KINDS: dict[str, Any] = leaves("irlbayes.effects.reports")

Cells = dict[str, Value]
Row = tuple[Cells, str]


def on(scale: str, *rows: Cells) -> tuple[Row, ...]:
    """Return rows that speak on a scale; empty for the kind's own."""
    return tuple((row, scale) for row in rows)


def two_by_two(ai: float, n1i: float, ci: float, n2i: float, likelihood: str = "") -> Cells:
    """Events and people in two groups."""
    return {"ai": ai, "n1i": n1i, "ci": ci, "n2i": n2i} | ({"likelihood": likelihood} if likelihood else {})


def over_time(x1i: float, t1i: float, x2i: float, t2i: float, likelihood: str = "") -> Cells:
    """Events over person-time in two groups."""
    return {"x1i": x1i, "t1i": t1i, "x2i": x2i, "t2i": t2i} | ({"likelihood": likelihood} if likelihood else {})


def mean_sd(m1i: float, sd1i: float, n1i: float, m2i: float, sd2i: float, n2i: float) -> Cells:
    """Means and SDs of two groups."""
    return {"m1i": m1i, "sd1i": sd1i, "n1i": n1i, "m2i": m2i, "sd2i": sd2i, "n2i": n2i}


EDINBURGH = mean_sd(55.0, 47.0, 155.0, 75.0, 64.0, 156.0)
MONTREAL_HOME = mean_sd(14.0, 8.0, 8.0, 18.0, 11.0, 13.0)
MONTREAL_TRANSFER = mean_sd(19.0, 7.0, 57.0, 18.0, 4.0, 52.0)
ARONSON = (4.0, 123.0, 11.0, 139.0)
STEIN = (180.0, 1541.0, 372.0, 1451.0)
COETZEE = (29.0, 7499.0, 45.0, 7277.0)
GRAS = (0.0, 50.0, 3.0, 34.0)
HEFFRON = (14.0, 61.0, 15.0, 20.0)
AFASAK = (9.0, 413.0, 19.0, 398.0)
BAATAF = (3.0, 487.0, 13.0, 435.0)

QUARTILES: Cells = {
    "median1i": 2.0, "q1_1i": 1.0, "q3_1i": 3.0, "n1i": 13.0,
    "median2i": 1.5, "q1_2i": 0.5, "q3_2i": 2.5, "n2i": 53.0,
}  # fmt: skip
EXTREMES: Cells = {
    "median1i": 52.0, "min1i": 30.0, "max1i": 68.0, "n1i": 19.0,
    "median2i": 60.0, "min2i": 35.0, "max2i": 80.0, "n2i": 69.0,
}  # fmt: skip
FIVE_NUMBERS: Cells = {
    "median1i": 5.0, "min1i": 1.0, "q1_1i": 3.5, "q3_1i": 6.5, "max1i": 10.0, "n1i": 38.0,
    "median2i": 4.0, "min2i": 0.5, "q1_2i": 2.5, "q3_2i": 5.5, "max2i": 9.0, "n2i": 64.0,
}  # fmt: skip


def by_irl(names: str, *cells: float) -> Cells:
    """Cells in patients with rims, then without."""
    return {
        f"{name}_{group}": float(value)
        for (group, name), value in zip(product(("pos", "neg"), names.split()), cells, strict=True)
    }


def four_arms(*cells: float) -> Cells:
    """Events and patients of treated and untreated patients, with rims and without."""
    return by_irl("ai n1i ci n2i", *cells)


def four_rates(*cells: float) -> Cells:
    """Events and person-time of treated and untreated patients, with rims and without."""
    return by_irl("x1i t1i x2i t2i", *cells)


def four_means(*cells: float) -> Cells:
    """Mean, SD and size of treated and untreated patients, with rims and without."""
    return by_irl("m1i sd1i n1i m2i sd2i n2i", *cells)


def two_estimates(*cells: float, scale: str) -> Cells:
    """Estimate and interval in patients with rims and without."""
    return {**by_irl("estimate ci_lb ci_ub", *cells), "scale": scale}


FOUR_MEANS = four_means(2.1, 1.3, 40, 2.9, 1.4, 42, 1.6, 1.1, 60, 1.9, 1.2, 55)
EXAMPLES: dict[str, tuple[Row, ...]] = {
    "arm_counts": on(
        "",
        *(four_arms(12, 40, 20, 42, 15, 60, 18, 55), four_arms(0, 20, 4, 22, 6, 30, 9, 28)),
        four_arms(20, 20, 4, 22, 3, 30, 1, 28),
    ),
    "arm_means": (
        *on("", FOUR_MEANS, four_means(12, 4, 9, 9, 5, 7, 10, 3, 12, 11, 4, 11)),
        *on("md", FOUR_MEANS),
        *on("rom", FOUR_MEANS),
    ),
    "arm_rates": on(
        "",
        *(four_rates(9, 80, 19, 79, 12, 130, 15, 128), four_rates(0, 41, 3, 39, 5, 80, 4, 78)),
    ),
    "subgroup_estimates": on(
        "",
        two_estimates(0.51, 0.3, 0.87, 0.8, 0.5, 1.28, scale="hr"),
        two_estimates(-1.2, -2.4, 0.0, -0.3, -1.1, 0.5, scale="md"),
    ),
    "changes": on(
        "",
        {
            "m1i_pre": 4.1, "sd1i_pre": 1.6, "m1i_post": 4.9, "sd1i_post": 1.9, "n1i": 42.0,
            "m2i_pre": 3.8, "sd2i_pre": 1.5, "m2i_post": 4.0, "sd2i_post": 1.7, "n2i": 49.0, "r_pre_post": 0.7,
        },
        {
            "m1i_pre": 52.0, "sd1i_pre": 9.0, "m1i_post": 44.0, "sd1i_post": 10.0, "n1i": 13.0,
            "m2i_pre": 50.0, "sd2i_pre": 8.0, "m2i_post": 48.5, "sd2i_post": 9.5, "n2i": 53.0, "r_pre_post": -0.2,
            "unit": "SDMT points",
        },
    ),
    "correlation": on(
        "",
        {"ri": 0.41, "ni": 88.0},
        {"ri": -0.93, "ni": 9.0},
        {"ri": 0.0, "ni": 4.0},
        {"ri": 0.12, "ni": 2400.0},
    ),
    "counts": (
        *on("", two_by_two(*ARONSON), two_by_two(*STEIN), two_by_two(*GRAS), two_by_two(20.0, 20.0, 17.0, 25.0)),
        *on("", two_by_two(0.0, 20.0, 0.0, 25.0), two_by_two(20.0, 20.0, 25.0, 25.0)),
        *on("log_or", two_by_two(0.0, 9.0, 11.0, 11.0), two_by_two(*HEFFRON, "binomial")),
        *on("log_or", two_by_two(*GRAS, "binomial"), two_by_two(0.0, 20.0, 0.0, 25.0, "binomial")),
        *on("log_or", two_by_two(0.0, 20.0, 25.0, 25.0, "binomial"), two_by_two(*HEFFRON, "binomial_control")),
        *on("log_or", two_by_two(*GRAS, "binomial_control"), two_by_two(3.0, 34.0, 0.0, 50.0, "binomial_control")),
        *on("log_rr", two_by_two(*ARONSON), two_by_two(*STEIN, "exact"), two_by_two(*GRAS)),
        *on("log_rr", two_by_two(20.0, 20.0, 17.0, 25.0), two_by_two(0.0, 20.0, 0.0, 25.0)),
        *on("log_rr", two_by_two(25.0, 25.0, 0.0, 20.0)),
        *on("rd", two_by_two(*HEFFRON), two_by_two(*STEIN), two_by_two(*COETZEE), two_by_two(30.0, 31.0, 20.0, 44.0)),
    ),
    "direction": on(
        "",
        {"sign": "+", "n1i": 42.0, "n2i": 49.0},
        {"sign": "-", "n1i": 14.0, "n2i": 16.0},
        {"sign": "+", "n1i": 1.0, "n2i": 3.0},
    ),
    "estimate_ci": on(
        "",
        {"estimate": 1.45, "ci_lb": 0.9, "ci_ub": 2.34, "scale": "or"},
        {"estimate": -0.3, "ci_lb": -0.62, "ci_ub": 0.02, "level": 0.9, "scale": "smd"},
        {"estimate": 0.42, "ci_lb": 0.33, "ci_ub": 0.52, "scale": "proportion"},
    ),
    "estimate_p": on(
        "",
        {"estimate": 3.472, "pval": 0.009, "scale": "or"},
        {"estimate": 0.045, "pval": 0.01, "scale": "beta", "unit": "points per year"},
        {"estimate": -0.4, "pval": 0.3, "scale": "smd", "n1i": 13.0, "n2i": 9.0},
    ),
    "medians": (
        *on("", QUARTILES, EXTREMES, FIVE_NUMBERS, {**EXTREMES, "likelihood": "converted"}),
        *on("md", QUARTILES, EXTREMES),
        *on("rom", FIVE_NUMBERS),
    ),
    "means": (
        *on("", EDINBURGH, MONTREAL_HOME, mean_sd(19.0, 4.0, 2.0, 11.0, 2.5, 3.0)),
        *on("md", EDINBURGH, MONTREAL_TRANSFER),
        *on("rom", EDINBURGH, mean_sd(-14.0, 3.5, 38.0, -18.0, 5.0, 43.0)),
        *on("log_vr", EDINBURGH, MONTREAL_HOME, mean_sd(0.0, 4.0, 2.0, 0.0, 2.5, 3.0)),
    ),
    "p_value": on(
        "",
        {"pval": 0.103, "sign": "?", "n1i": 113.0, "n2i": 79.0},
        {"pval": 0.031, "sign": "-", "n1i": 13.0, "n2i": 53.0, "pval_relation": "="},
        {"pval": 0.4, "sign": "+", "n1i": 4.0, "n2i": 3.0},
        {"pval": 0.05, "sign": "+", "n1i": 12.0, "n2i": 32.0, "pval_relation": "<"},
        {"pval": 0.01, "sign": "?", "n1i": 63.0, "n2i": 84.0, "pval_relation": "<"},
    ),
    "proportion": on(
        "",
        {"xi": 13.0, "ni": 66.0},
        {"xi": 96.0, "ni": 110.0, "scale": "logit"},
        {"xi": 0.0, "ni": 12.0},
        {"xi": 9.0, "ni": 9.0},
        {"xi": 1.0, "ni": 40.0},
    ),
    "rate": on(
        "",
        {"xi": 13.0, "ti": 435.0},
        {"xi": 1.0, "ti": 0.4, "unit": "per patient-year"},
        {"xi": 0.0, "ti": 87.5},
        {"xi": 640.0, "ti": 1204.0},
    ),
    "rates": (
        *on("", over_time(*AFASAK), over_time(*BAATAF), over_time(0.0, 100.0, 3.0, 120.0)),
        *on("", over_time(4.0, 60.0, 0.0, 71.0), over_time(0.0, 10.0, 0.0, 12.0)),
        *on("log_irr", over_time(*AFASAK, "poisson"), over_time(0.0, 100.0, 3.0, 120.0, "poisson")),
        *on("log_irr", over_time(0.0, 10.0, 0.0, 12.0, "poisson"), over_time(*AFASAK, "poisson_control")),
        *on("log_irr", over_time(0.0, 100.0, 3.0, 120.0, "poisson_control")),
        *on("log_irr", over_time(0.0, 10.0, 0.0, 12.0, "poisson_control")),
        *on("ird", over_time(*AFASAK), over_time(0.0, 100.0, 3.0, 120.0)),
    ),
    "significance": on(
        "",
        {"verdict": "not_significant", "alpha": 0.05, "n1i": 12.0, "n2i": 32.0},
        {"verdict": "not_significant", "alpha": 0.05, "n1i": 63.0, "n2i": 84.0, "sign": "?"},
        {"verdict": "not_significant", "alpha": 0.1, "n1i": 19.0, "n2i": 69.0, "sign": "+"},
        {"verdict": "significant_higher", "alpha": 0.05, "n1i": 14.0, "n2i": 16.0, "sign": "+"},
        {"verdict": "significant_lower", "alpha": 0.01, "n1i": 29.0, "n2i": 33.0, "sign": "-"},
    ),
    "yi_sei": on(
        "",
        {"yi": 0.31, "sei": 0.12},
        {"yi": -1.4, "vi": 0.25, "scale": "log_or"},
    ),
}  # fmt: skip

# Tables whose likelihood has a kink or a jump: a risk difference with a zero or full cell (or few events, which leave a
# kink of a high derivative at zero), a risk ratio of full ones.
# They become examples once a curve can be fitted to them: set KINKS_ARE_FITTED then.
KINKS_ARE_FITTED = False
KINKED: dict[str, tuple[Row, ...]] = {
    "counts": (
        *on("rd", two_by_two(3.0, 8.0, 3.0, 57.0)),
        *on("rd", two_by_two(*GRAS), two_by_two(3.0, 34.0, 0.0, 50.0), two_by_two(0.0, 20.0, 0.0, 25.0)),
        *on("rd", two_by_two(20.0, 20.0, 25.0, 25.0)),
        *on("log_rr", two_by_two(20.0, 20.0, 25.0, 25.0), two_by_two(1.0, 1.0, 0.0, 1.0)),
    ),
}

# Cells of columns that new kinds may bring, under metafor's names.
CELLS: dict[str, Value] = {
    "n1i": 42.0, "m1i": 2.4, "sd1i": 1.3, "n2i": 49.0, "m2i": 1.9, "sd2i": 1.1,
    "ai": 14.0, "bi": 28.0, "ci": 10.0, "di": 39.0, "x1i": 12.0, "t1i": 120.5, "x2i": 9.0, "t2i": 150.0,
    "ti": 1.7, "di_smd": 0.4, "ri": 0.2, "ni": 88.0,
}  # fmt: skip

FLIPPED = {
    "sign": {"+": "-", "-": "+"},
    "verdict": {"significant_higher": "significant_lower", "significant_lower": "significant_higher"},
}
PARTNERS = {"ai": "ci", "ci": "ai", "bi": "di", "di": "bi"}


@dataclass(frozen=True)
class Example:
    """One report of one kind."""

    name: str
    kind: Kind
    report: Report

    @cached_property
    def curve(self) -> Curve:
        """Its likelihood."""
        return self.kind.curve(self.report)

    @property
    def scale(self) -> str:
        """Scale that it speaks on; empty for one that its row names."""
        return self.report.scale or (self.kind.SCALES[0] if self.kind.SCALES != ("reported",) else "")

    @property
    def likelihood(self) -> str:
        """Likelihood that its row names, or its kind's first."""
        return self.report.text("likelihood") or self.kind.LIKELIHOODS[0]


def make_report(kind: str, cells: Mapping[str, Value], scale: str = "") -> Report:
    """Return a report of a kind with these cells, on a scale."""
    return Report("example", "example", "example", "outcome", kind, "primary", "reports.csv", 2, dict(cells), scale)


def rows_of(kind: str) -> tuple[Row, ...]:
    """Return the example rows of a kind: its own, or one composed from familiar columns; none if that fails."""
    if kind in EXAMPLES:
        return EXAMPLES[kind] + KINKED.get(kind, ())
    names = [column.name for column in KINDS[kind].COLUMNS]
    return on("", {name: CELLS[name] for name in names}) if all(name in CELLS for name in names) else ()


def partner_of(name: str) -> str:
    """Return the column that holds the same of the other group."""
    if name in PARTNERS:
        return PARTNERS[name]
    if name.endswith(("_pos", "_neg")):
        return name[:-4] + ("_neg" if name.endswith("_pos") else "_pos")
    found = re.fullmatch(r"(.*\D)([12])i(_pre|_post)?", name)
    return f"{found[1]}{3 - int(found[2])}i{found[3] or ''}" if found else name


def swap_groups(cells: Mapping[str, Value]) -> dict[str, Value]:
    """Return the same row with groups 1 and 2 exchanged."""
    return {partner_of(name): FLIPPED.get(name, {}).get(str(value), value) for name, value in cells.items()}


def compares_groups(kind: str) -> bool:
    """Whether a kind needs a column of each group."""
    names = {column.name for column in KINDS[kind].COLUMNS}
    return any(partner_of(name) != name and partner_of(name) in names for name in names)


def has_baseline(example: Example) -> bool:
    """Whether a baseline is integrated under a prior of its own."""
    if example.report.kind == "counts" and example.scale != "log_or":
        return True
    return example.likelihood in ("binomial", "binomial_control", "poisson", "poisson_control")


def is_symmetric(example: Example) -> bool:
    """Whether neither group is treated as the control: the prior of a control's risk is no prior of the other's."""
    return not example.likelihood.endswith("_control")


def is_approximate(example: Example) -> bool:
    """Whether the likelihood is not the probability of what is simulated.

    Medians speak through a mean and an SD that are estimated from them. Differences and ratios of means and differences
    of rates are normal by convention, with an estimated standard error. Where a baseline is integrated, the simulator
    draws it from what the observed counts say about it, not from the prior that the likelihood has.
    """
    return (
        example.report.kind in ("medians", "arm_means")
        or example.scale in ("rom", "ird")
        or is_mean_difference(example)
        or (has_baseline(example))
    )


def is_mean_difference(example: Example) -> bool:
    """Whether two means are compared by their difference, whose standard error is estimated in every sample."""
    return example.report.kind == "means" and example.scale == "md"


def is_discrete(example: Example) -> bool:
    """Whether the report is one of finitely (or countably) many, so that its likelihood is a probability."""
    bound = example.name.startswith("p_value") and example.report.text("pval_relation") == "<"
    counted = example.report.kind in ("counts", "rates", "arm_counts", "arm_rates") and not is_approximate(example)
    return bound or counted or example.report.kind in ("direction", "significance", "proportion", "rate")


ALL = [
    Example(f"{kind}-{f'{scale}-' if scale else ''}{i}", KINDS[kind], make_report(kind, cells, scale))
    for kind in KINDS
    for i, (cells, scale) in enumerate(rows_of(kind), start=1)
]
SUBSETS: dict[str, Callable[[Example], bool]] = {
    "example": lambda _: True,
    "group_example": lambda x: compares_groups(x.report.kind) and is_symmetric(x),
    "control_example": lambda x: not is_symmetric(x),
    "discrete_example": is_discrete,
    "exact_example": lambda x: not is_approximate(x),
    "normal_example": lambda x: not is_approximate(x) and x.curve.is_normal,
    "rough_example": lambda x: (
        is_approximate(x) and not has_baseline(x) and x.curve.is_normal and x.report.kind != "medians"
    ),
    "exact_p_example": lambda x: x.report.kind == "p_value" and x.report.text("pval_relation", "=") == "=",
    "median_example": lambda x: x.report.kind == "medians",
    "normal_named_example": lambda x: "normal" in x.kind.LIKELIHOODS[1:] and "likelihood" not in x.report.values,
    "stepped_example": lambda _: True,
}
# Reports that one PyMC term takes together: of one kind, on one scale.
GROUPS: dict[str, list[Example]] = {}
for _example in ALL:
    GROUPS.setdefault(f"{_example.report.kind}-{_example.scale}", []).append(_example)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once per example of the subset it asks for, or once per kind."""
    for name, belongs in SUBSETS.items():
        if name in metafunc.fixturenames:
            examples = [example for example in ALL if belongs(example)]
            metafunc.parametrize(name, examples, ids=[example.name for example in examples])
    if "kind_name" in metafunc.fixturenames:
        metafunc.parametrize("kind_name", list(KINDS))
    if "group" in metafunc.fixturenames:
        metafunc.parametrize("group", list(GROUPS.values()), ids=list(GROUPS))


@pytest.fixture(scope="session")
def report_of() -> Callable[..., Report]:
    """Make a report of a kind from its cells, on a scale."""
    return make_report


@pytest.fixture(scope="session")
def swapped() -> Callable[[Mapping[str, Value]], dict[str, Value]]:
    """Exchange the two groups of a row."""
    return swap_groups


@pytest.fixture(scope="session")
def examples_of() -> Callable[[str], list[Example]]:
    """All examples of a kind by name."""
    return lambda kind: [example for example in ALL if example.report.kind == kind]
