"""Checks of the input: each fires on a case that is known to be wrong, and not where rounding explains it.

Real numbers carry their source; rows called simulated are.
"""

from __future__ import annotations

import ast
import csv
import inspect
from collections.abc import Mapping
from math import erfc, exp, sqrt
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irlbayes.core.registry import leaves
from irlbayes.core.types import Finding, Outcome, Published, Report, ReportTable, Value
from irlbayes.effects import forensic
from irlbayes.effects.forensics import (
    direction_flip,
    grim,
    lopsided_interval,
    overlapping_cohorts,
    p_and_interval,
    same_study_twice,
    sd_or_se,
    skewed_medians,
)
from irlbayes.effects.likelihoods import noncentral_t
from irlbayes.effects.printed_digits import half_unit
from irlbayes.workflow import read_reports

ROOT = Path(__file__).parents[2]
INPUTS = ROOT / "tests" / "reference" / "inputs"
LEAVES: dict[str, ModuleType] = leaves("irlbayes.effects.forensics")
TEXT = ("study", "cohort", "outcome", "use", "id")


def table_of(
    kind: str,
    *rows: Mapping[str, Value],
    scale: str = "smd",
    studies: Mapping[str, Mapping[str, str]] | None = None,
    published: tuple[Published, ...] = (),
) -> ReportTable:
    """Return a table of rows of one kind; study, cohort, outcome and use may be cells."""
    reports = []
    for number, row in enumerate(rows, start=1):
        study = str(row.get("study", f"s{number}"))
        reports.append(
            Report(
                id=str(row.get("id", f"{study}.{number}")),
                study=study,
                cohort=str(row.get("cohort", study)),
                outcome=str(row.get("outcome", "effect")),
                kind=kind,
                use=str(row.get("use", "primary")),
                file="reports.csv",
                line=number + 1,
                values={name: float(v) if isinstance(v, int) else v for name, v in row.items() if name not in TEXT},
            )
        )
    outcomes = {name: Outcome(name, name, scale, 0.0, "") for name in dict.fromkeys(r.outcome for r in reports)}
    return ReportTable(
        "t", "t", "t", "", tuple(reports), outcomes, published={"effect": published}, studies=studies or {}
    )


def reference(name: str) -> list[dict[str, str]]:
    """Return the rows of a reference input."""
    with (INPUTS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


# --- the contract ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LEAVES)
def test_every_check_exports_find_and_gives_its_reasons(name: str) -> None:
    """A check states its rule, its limits and its source, and exports `find(table)`."""
    leaf = LEAVES[name]
    assert list(inspect.signature(leaf.find).parameters) == ["table"]
    words = leaf.__doc__ or ""
    assert words.startswith(f"`{name}`: ")
    assert ("Rule: " in words) or ("Rules" in words)
    assert "Limits: " in words
    assert "References\n----------" in words


@pytest.mark.parametrize("name", LEAVES)
def test_checks_do_not_know_each_other(name: str) -> None:
    """No check imports another."""
    tree = ast.parse(inspect.getsource(LEAVES[name]))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [module for module in modules if "effects.forensics" in module]


def test_the_page_names_every_check() -> None:
    """The reference of the checks has a row for each, and no other."""
    page = (ROOT / "docs" / "reference" / "forensics.md").read_text(encoding="utf-8")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(LEAVES)


def test_findings_come_in_order_of_line_and_twice_the_same() -> None:
    """The walk is deterministic: by file, line and check."""
    table = read_reports("irl")
    found = forensic.findings(table)
    assert found == forensic.findings(table)
    places = [(one.file, one.line, one.check) for one in found]
    assert places == sorted(places)


def test_every_check_survives_rows_without_numbers() -> None:
    """Cells that are no numbers, are blank or not finite are passed over."""
    names = ("m1i", "sd1i", "m2i", "sd2i", "estimate", "ci_lb", "ci_ub", "pval", "step", "yi", "sei")
    broken: dict[str, Value] = dict.fromkeys(names, "?")
    for kind in ("means", "estimate_ci", "medians", "proportion", "yi_sei", "no_such_kind"):
        assert forensic.findings(table_of(kind, broken, {}, {"m1i": float("nan"), "estimate": float("inf")})) == ()


# --- the bundled evidence and the reference inputs ---------------------------------------------------------


def test_what_is_found_in_the_bundled_evidence() -> None:
    """Every finding was looked at, and is true of the row it names."""
    found = [(one.check, one.reports) for one in forensic.findings(read_reports("irl"))]
    assert found == [
        ("p_and_interval", ()),  # lesion load of the reference review
        ("p_and_interval", ()),  # brain volume of the reference review
        ("skewed_medians", ("blindenbacher2020.edss",)),
        ("lopsided_interval", ("shi2025.edss_bh",)),  # "interval not symmetric as printed"
        ("lopsided_interval", ("shi2025.bpv",)),  # the same
        ("skewed_medians", ("blindenbacher2020.volume",)),
        ("skewed_medians", ("blindenbacher2020.count",)),
        ("skewed_medians", ("blindenbacher2020.sdmt",)),  # the minimum of 0 that may be a failed test
        ("overlapping_cohorts", ("meaton2022.prev",)),  # multicentre, a sensitivity row
        ("lopsided_interval", ("cavs_ms2025.sens",)),  # plain intervals of percentages
        ("lopsided_interval", ("cavs_ms2025.sens_ge2",)),
        ("lopsided_interval", ("cavs_ms2025.sens_ge4",)),
        ("lopsided_interval", ("zinger2022.chi",)),  # a bootstrap interval
    ]


def test_every_finding_names_its_place() -> None:
    """File, line and column lead there, and the words hold numbers or names and what to check."""
    table = read_reports("irl")
    by_id = {report.id: report for report in table.reports}
    for one in forensic.findings(table):
        assert Path(one.file).exists()
        assert one.line is not None
        assert one.outcome in table.outcomes
        assert "check" in one.words or "prefer" in one.words
        assert "significant" not in one.words
        if one.reports:
            assert by_id[one.reports[-1]].line == one.line


@pytest.mark.parametrize("path", sorted(INPUTS.glob("*.csv")), ids=lambda path: path.stem)
def test_reference_inputs_are_silent(path: Path) -> None:
    """Seventeen published data sets, with every cell that they have: nothing fires."""
    rows: list[dict[str, Value]] = []
    for cells in reference(path.stem):
        row: dict[str, Value] = {}
        for name, cell in cells.items():
            try:
                row[name] = cell if name in TEXT else float(cell)
            except ValueError:
                row[name] = cell
        rows.append(row)
    scales = {"nicholas2019": "logit", "normand1999_md": "md", "normand1999_smd": "smd"}
    found = forensic.findings(table_of("yi_sei", *rows, scale=scales.get(path.stem, "none")))
    assert found == ()


# --- p_and_interval ----------------------------------------------------------------------------------------


def test_two_published_results_contradict_themselves() -> None:
    """Motamedgorji 2025: exactly lesion load (p 0.000) and brain volume (p 0.015), of six results with both."""
    table = read_reports("irl")
    found = [one for one in forensic.findings(table) if one.check == "p_and_interval"]
    assert [(one.outcome, one.line, one.reports) for one in found] == [("lesion_load", 3, ()), ("brain_volume", 4, ())]
    assert "between 0.042 and 0.05, and p < 0.0005 is printed" in found[0].words
    assert "between 0.0013 and 0.0022, and p = 0.015 is printed" in found[1].words
    assert "3 degrees of freedom" in found[1].words
    both = [one for rows in table.published.values() for one in rows if one.pval is not None and one.ci_lb is not None]
    assert len(both) == 6


@pytest.mark.parametrize(
    ("cells", "fires"),
    [
        # Maggi 2021, Neurology 97(6):e543: 1.1, 0.3-1.9, p < 0.01
        ({"estimate": 1.1, "ci_lb": 0.3, "ci_ub": 1.9, "pval": 0.01, "pval_relation": "<", "scale": "beta"}, False),
        ({"estimate": 1.1, "ci_lb": 0.3, "ci_ub": 1.9, "pval": 0.5, "scale": "beta"}, True),
        # the same printed numbers, as a ratio: null 1
        ({"estimate": 1.1, "ci_lb": 0.64, "ci_ub": 1.9, "pval": 0.73, "scale": "or"}, False),
        ({"estimate": 1.1, "ci_lb": 0.64, "ci_ub": 1.9, "pval": 0.01, "scale": "or"}, True),
        # a t on few degrees of freedom is allowed for where the groups are small
        ({"estimate": 0.5, "ci_lb": 0.185, "ci_ub": 0.815, "pval": 0.015, "n1i": 4, "n2i": 40, "scale": "md"}, False),
        ({"estimate": 0.5, "ci_lb": 0.185, "ci_ub": 0.815, "pval": 0.015, "n1i": 40, "n2i": 40, "scale": "md"}, True),
        # a proportion has no null
        ({"estimate": 0.5, "ci_lb": 0.4, "ci_ub": 0.6, "pval": 0.001, "scale": "proportion"}, False),
        # a 90 % interval
        ({"estimate": 1.0, "ci_lb": 0.0, "ci_ub": 2.0, "pval": 0.1, "level": 0.9, "scale": "md"}, False),
    ],
)
def test_p_and_interval_rows(cells: dict[str, Value], fires: bool) -> None:
    """Bounds, ratios, other levels and small groups (numbers without a source are simulated)."""
    assert bool(p_and_interval.find(table_of("estimate_ci", cells))) == fires


def test_a_one_sided_p_is_named() -> None:
    """Half the two-sided p is told as such (simulated: z = 1.70)."""
    cells: dict[str, Value] = {"estimate": 1.7, "ci_lb": -0.26, "ci_ub": 3.66, "pval": 0.045, "scale": "md"}
    (found,) = p_and_interval.find(table_of("estimate_ci", cells))
    assert "one-sided" in found.words


@settings(max_examples=300, deadline=None)
@given(
    y=st.floats(-3.0, 3.0),
    se=st.floats(0.02, 2.0),
    digits=st.integers(1, 4),
    p_digits=st.integers(2, 4),
    ratio=st.booleans(),
    df=st.sampled_from([None, 3, 8, 30, 200]),
)
def test_rounding_never_fires(y: float, se: float, digits: int, p_digits: int, ratio: bool, df: int | None) -> None:
    """Numbers made by rounding a true estimate, interval and p, normal or t, are never called a contradiction."""
    if df is None:
        z, p = 1.959963984540054, erfc(abs(y / se) / sqrt(2.0))
    else:
        z, p = noncentral_t.critical(0.05, df), noncentral_t.two_sided_p(y / se, df)
    printed = [round(exp(v) if ratio else v, digits) for v in (y - z * se, y, y + z * se)]
    shown = round(p, p_digits)
    cells: dict[str, Value] = {
        **dict(zip(("ci_lb", "estimate", "ci_ub"), printed, strict=True)),
        "scale": "or" if ratio else "smd",
        "pval": shown or 10.0**-p_digits,
        "pval_relation": "=" if shown else "<",
    }
    if df is not None:
        cells |= {"n1i": df // 2 + 1, "n2i": df + 1 - df // 2}
    table = table_of("estimate_ci", cells)
    assert p_and_interval.find(table) == []
    assert lopsided_interval.find(table) == []


# --- lopsided_interval -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "scale", "says"),
    [
        ((0.9, 1.45, 2.34), "or", ""),
        ((0.9, 1.1, 2.34), "or", "three numbers"),
        # Comabella 2021, Mult Scler (10.1177/13524585211010082): 2.30, 1.47-3.60
        ((1.47, 2.3, 3.6), "ratio", ""),
        ((1.47, 2.3, 3.6), "md", "looks like a ratio"),
        # Shi 2025, Mult Scler (10.1177/13524585251389809)
        ((0.033, 0.061, 0.085), "beta", "three numbers"),
        ((0.033, 0.054, 0.075), "beta", ""),
        # CAVS-MS, ECTRIMS 2025: 69.7 % (62.4-77.2)
        ((0.624, 0.697, 0.772), "proportion", "plain scale"),
        # simulated: an odds ratio of 2 with a plain interval
        ((1.25, 2.01, 2.77), "or", "check whether the estimate is a ratio"),
    ],
)
def test_lopsided_interval(numbers: tuple[float, float, float], scale: str, says: str) -> None:
    """The scale on which an interval is symmetric is named."""
    low, middle, high = numbers
    found = lopsided_interval.find(
        table_of("estimate_ci", {"ci_lb": low, "estimate": middle, "ci_ub": high, "scale": scale})
    )
    assert bool(found) == bool(says)
    assert all(says in one.words for one in found)


def test_wilson_intervals_are_symmetric_in_logits() -> None:
    """A Wilson interval never fires: it is symmetric on the logit scale, to rounding."""
    z2 = 1.959963984540054**2
    for x, n in ((7, 20), (53, 94), (113, 192), (3, 40)):
        center, reach = (x + z2 / 2) / (n + z2), sqrt(z2) / (n + z2) * sqrt(x * (n - x) / n + z2 / 4)
        cells: dict[str, Value] = {
            "estimate": round(x / n, 3),
            "ci_lb": round(center - reach, 3),
            "ci_ub": round(center + reach, 3),
            "scale": "proportion",
        }
        assert lopsided_interval.find(table_of("estimate_ci", cells)) == []


# --- skewed_medians ----------------------------------------------------------------------------------------


def test_skewed_medians_name_the_group() -> None:
    """Blindenbacher 2020 (10.1177/2055217320915480): EDSS 2 (0-3) of 13 and 1.5 (0-4.5) of 53; then an even group."""
    row: dict[str, Value] = {
        "median1i": 2.0, "min1i": 0.0, "max1i": 3.0, "n1i": 13,
        "median2i": 1.5, "min2i": 0.0, "max2i": 4.5, "n2i": 53,
    }  # fmt: skip
    (found,) = skewed_medians.find(table_of("medians", row))
    assert "group 2" in found.words
    assert "group 1" not in found.words
    assert skewed_medians.find(table_of("medians", {**row, "median2i": 2.0})) == []
    assert skewed_medians.find(table_of("p_value", row)) == []


def test_tiny_groups_are_not_called_skewed() -> None:
    """Below five people the limit's formula leaves its range (simulated)."""
    row: dict[str, Value] = {"median1i": 1.0, "min1i": 0.0, "q1_1i": 0.5, "q3_1i": 3.0, "max1i": 9.0, "n1i": 3}
    assert skewed_medians.find(table_of("medians", row)) == []


# --- grim --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "n", "fires"),
    [
        (72.5, 274, True),  # Wolinsky 1990: 198 is 72.3 %, 199 is 72.6 %
        (22.0, 56, True),  # Noseworthy 1991: 12 is 21.4 %, 13 is 23.2 %
        (29.5, 55, True),  # Bornstein 1991: 16 is 29.1 %, 17 is 30.9 %
        (61.1, 18, False),  # Milligan 1994: 11
        (51.7, 29, False),  # Goodkin 1995: 15
        (46.0, 50, False),  # Kastrukoff 1990: 23
        (80.0, 20, False),  # Likosky 1991: 16
    ],
)
def test_percentages_of_placebo_groups(percent: float, n: int, fires: bool) -> None:
    """Progression in placebo groups as collected by Nicholas et al. 2019 (bayesmeta): some are survival estimates."""
    cells: dict[str, Value] = {"estimate": percent / 100.0, "ni": n, "scale": "proportion"}
    assert bool(grim.find(table_of("estimate_ci", cells))) == fires


def test_thirty_eight_percent_of_eighteen() -> None:
    """Altokhis 2022, news report: 38 % of 18 matches no whole count; 38 % of 34 is 13."""
    for n, fires in ((18, True), (34, False)):
        cells: dict[str, Value] = {"estimate": 0.38, "ni": n, "scale": "proportion"}
        assert bool(grim.find(table_of("estimate_ci", cells))) == fires


def test_brown_and_heathers_example() -> None:
    """Brown & Heathers (2017): a mean of 5.19 of 28 whole numbers cannot be; 5.18 (145 / 28) can."""
    for mean, fires in ((5.19, True), (5.18, False)):
        cells: dict[str, Value] = {"m1i": mean, "n1i": 28, "step": 1.0}
        assert bool(grim.find(table_of("means", cells))) == fires


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"m1i": 2.43, "n1i": 13, "instrument": "EDSS"}, "m1i"),  # 63 halves / 26 is 2.42, 64 / 26 is 2.46
        ({"m1i": 2.42, "n1i": 13, "instrument": "EDSS"}, ""),
        ({"m1i": 2.43, "n1i": 13, "instrument": "SDMT"}, ""),  # steps not known
        ({"m1i": 2.43, "n1i": 13, "instrument": "EDSS", "adjusted": "yes"}, ""),
        ({"m1i": 2.43, "n1i": 130, "instrument": "EDSS"}, ""),  # too few digits to tell
        ({"m1i": 2.2, "sd1i": 0.84, "n1i": 5, "step": 1.0}, ""),  # 1, 2, 2, 3, 3
        ({"m1i": 2.2, "sd1i": 0.87, "n1i": 5, "step": 1.0}, "sd1i"),
    ],
)
def test_means_in_steps(cells: dict[str, Value], column: str) -> None:
    """EDSS moves by halves; other instruments where a step is declared (simulated rows)."""
    assert [one.column for one in grim.find(table_of("means", cells))] == ([column] if column else [])


@settings(max_examples=300, deadline=None)
@given(
    values=st.lists(st.integers(0, 20), min_size=2, max_size=60),
    digits=st.integers(1, 4),
    population=st.booleans(),
    step=st.sampled_from([0.5, 1.0]),
)
def test_true_means_and_sds_never_fire(values: list[int], digits: int, population: bool, step: float) -> None:
    """Mean and SD of real scores, rounded, pass both tests, whichever SD; so do percentages."""
    scores = step * np.array(values)
    cells: dict[str, Value] = {
        "m1i": round(float(scores.mean()), digits),
        "sd1i": round(float(scores.std(ddof=0 if population else 1)), digits),
        "n1i": len(values),
        "step": step,
    }
    assert grim.find(table_of("means", cells)) == []
    share = sum(value > 10 for value in values) / len(values)
    assert grim.find(table_of("x", {"estimate": round(share, digits), "ni": len(values), "scale": "proportion"})) == []


# --- sd_or_se ----------------------------------------------------------------------------------------------


def means(m1: float, sd1: float, n1: int, m2: float, sd2: float, n2: int, **more: Value) -> dict[str, Value]:
    """Return a row of two means."""
    return {"m1i": m1, "sd1i": sd1, "n1i": n1, "m2i": m2, "sd2i": sd2, "n2i": n2, "instrument": "EDSS", **more}


def test_se_beside_sds() -> None:
    """Simulated EDSS rows: the third study printed SD / sqrt(n)."""
    right = [means(3.0, 1.8, 40, 2.4, 1.6, 60), means(2.8, 1.5, 90, 2.5, 1.7, 70)]
    (found,) = sd_or_se.find(table_of("means", *right, means(3.1, 0.21, 64, 2.6, 0.2, 81)))
    assert found.reports == ("s3.3",)
    assert "SD or SE" in found.words
    assert sd_or_se.find(table_of("means", *right, means(3.1, 0.8, 64, 2.6, 0.7, 81))) == []  # half of theirs
    assert sd_or_se.find(table_of("means", *right, means(3.1, 0.21, 64, 2.6, 1.9, 81))) == []  # one group only
    other = means(3.1, 0.21, 64, 2.6, 0.2, 81, instrument="z score")
    assert sd_or_se.find(table_of("means", *right, other)) == []


def test_se_makes_an_impossible_smd() -> None:
    """Simulated: means 3.4 and 2.4 with SE 0.2 of 64 people each are an SMD of 5, and of 0.6 with the SDs."""
    (found,) = sd_or_se.find(table_of("means", means(3.4, 0.2, 64, 2.4, 0.2, 64)))
    assert "SMD of 5.0, and 0.62" in found.words
    assert sd_or_se.find(table_of("means", means(3.4, 0.4, 64, 2.4, 0.4, 64))) == []  # an SMD of 2.5 may be


def test_stays_in_hospital_differ_by_themselves() -> None:
    """normand1999_md.csv: SDs from 4 to 64 days of one measure, all real: silent."""
    rows = [{name: float(v) for name, v in row.items() if name != "study"} for row in reference("normand1999_md")]
    assert sd_or_se.find(table_of("means", *rows, scale="md")) == []


@pytest.mark.parametrize("spread", [0.1, 0.3, 0.5])
def test_sds_that_vary_are_rarely_called_se(spread: float) -> None:
    """Simulated tables of 2 to 12 studies whose SDs vary log-normally: below 1 table in 100 at a spread of 0.3."""
    rng = np.random.default_rng(20261122)
    fired, tables = 0, 500
    for _ in range(tables):
        rows = []
        for _ in range(rng.integers(2, 13)):
            sd = exp(rng.normal(0.0, spread))
            n1, n2 = (int(n) for n in rng.integers(10, 200, 2))
            s1, s2 = (sd * sqrt(rng.chisquare(n - 1) / (n - 1)) for n in (n1, n2))
            rows.append(means(sd * rng.normal(0.5, 0.5), s1, n1, 0.0, s2, n2))
        fired += bool(sd_or_se.find(table_of("means", *rows)))
    assert fired / tables <= (0.01 if spread <= 0.3 else 0.05)


# --- same_study_twice --------------------------------------------------------------------------------------


def test_copied_rows() -> None:
    """The numbers of Aronson 1948 (bcg_or.csv) under another name; near misses are silent."""
    rows: list[dict[str, Value]] = [
        {"study": row["study"], "yi": float(row["yi"]), "sei": float(row["sei"])} for row in reference("bcg_or")
    ]
    (found,) = same_study_twice.find(table_of("yi_sei", *rows, {**rows[0], "study": "Another, 1950"}))
    assert len(found.reports) == 2
    assert "same numbers" in found.words
    assert same_study_twice.find(table_of("yi_sei", *rows, {**rows[0], "yi": -0.9, "study": "Another, 1950"})) == []
    short = table_of("yi_sei", {"yi": 0.31, "sei": 0.12}, {"yi": 0.31, "sei": 0.12})  # four digits: chance will do
    assert same_study_twice.find(short) == []
    other = {**rows[0], "study": "Another, 1950", "outcome": "death"}
    assert same_study_twice.find(table_of("yi_sei", *rows, other)) == []


def test_one_paper_under_two_names() -> None:
    """One DOI, written in two ways, told once though the PMID agrees too."""
    doi = "10.1177/13524585241229956"
    rows: list[dict[str, Value]] = [
        {"study": "reeves", "doi": doi, "pmid": "38366920"},
        {"study": "mohebbi", "doi": f"https://doi.org/{doi.upper()}", "pmid": "38366920"},
        {"study": "reeves", "doi": doi, "outcome": "other"},
    ]
    (found,) = same_study_twice.find(table_of("direction", *rows))
    assert "same DOI" in found.words


@pytest.mark.parametrize(
    ("one", "other", "sizes", "fires"),
    [
        ("Weber 2022", "weber, 2022", (38, 64), True),
        ("Weber 2022", "Weber 2023", (38, 64), True),
        ("Weber 2022", "Weber 2023", (51, 51), False),
        ("Weber 2022", "Weber 2024", (38, 64), False),
        ("Dal-Bianco 2021a", "Dal-Bianco 2021b", (38, 64), False),
        ("A", "B", (38, 64), False),
        ("1", "2", (38, 64), False),
    ],
)
def test_names_that_are_nearly_the_same(one: str, other: str, sizes: tuple[int, int], fires: bool) -> None:
    """Case and punctuation are no difference; a year is one unless the groups are the same."""
    rows: list[dict[str, Value]] = [
        {"study": one, "sign": "+", "n1i": 38, "n2i": 64},
        {"study": other, "sign": "-", "n1i": sizes[0], "n2i": sizes[1]},
    ]
    assert bool(same_study_twice.find(table_of("direction", *rows))) == fires


# --- overlapping_cohorts -----------------------------------------------------------------------------------


def test_one_paper_under_two_cohorts() -> None:
    """One study name and DOI under two cohorts of one outcome; context rows are out."""
    rows: list[dict[str, Value]] = [
        {"study": "s", "cohort": "a", "doi": "10.1/x"},
        {"study": "s", "cohort": "b", "doi": "10.1/x"},
    ]
    assert len(overlapping_cohorts.find(table_of("direction", *rows))) == 1
    assert overlapping_cohorts.find(table_of("direction", rows[0], {**rows[1], "use": "context"})) == []
    assert overlapping_cohorts.find(table_of("direction", rows[0], {**rows[1], "outcome": "other"})) == []


def test_what_the_notes_say() -> None:
    """Meaton 2022: the notes name Nottingham and Berlin, and say that patients may be shared."""
    (found,) = overlapping_cohorts.find(read_reports("irl"))
    assert found.reports == ("meaton2022.prev",)
    assert "berlin and nottingham" in found.words


def test_same_first_author_and_country() -> None:
    """A hint only within two years and one country (simulated rows)."""
    rows: list[dict[str, Value]] = [{"study": "one"}, {"study": "two"}]

    def fires(**changed: str) -> bool:
        studies = {
            "one": {"authors": "Weber, Kraemer", "country": "Germany", "year": "2022"},
            "two": {"authors": "Weber et al.", "country": "Germany", "year": "2023", **changed},
        }
        return bool(overlapping_cohorts.find(table_of("direction", *rows, studies=studies)))

    assert fires()
    assert not fires(year="2026")
    assert not fires(country="Austria")
    assert not fires(country="")
    assert not fires(authors="not established")


# --- direction_flip ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "fires"),
    [
        ({"sign": "+", "estimate": 0.8, "scale": "or"}, True),
        ({"sign": "-", "estimate": 0.8, "scale": "or"}, False),
        ({"sign": "+", "estimate": 0.8, "scale": "md"}, False),
        ({"sign": "+", "estimate": 0.8, "scale": "proportion"}, False),
        ({"sign": "-", "median1i": 2.0, "median2i": 1.5}, True),
        ({"sign": "-", "median1i": 2.0, "median2i": 2.0}, False),
        ({"sign": "?", "median1i": 2.0, "median2i": 1.5}, False),
        ({"verdict": "significant_lower", "m1i": 2.0, "m2i": 1.5}, True),
        ({"verdict": "not_significant", "m1i": 2.0, "m2i": 1.5}, False),
        ({"sign": "+", "ai": 4, "n1i": 123, "ci": 11, "n2i": 139}, True),
        ({"sign": "-", "x1i": 9, "t1i": 413, "x2i": 19, "t2i": 398}, False),
        ({"sign": "+", "verdict": "significant_lower"}, True),
    ],
)
def test_a_row_against_its_own_numbers(cells: dict[str, Value], fires: bool) -> None:
    """Sign and verdict against each of the numbers a row may have."""
    assert bool(direction_flip.find(table_of("x", cells))) == fires


@pytest.mark.parametrize(
    ("name", "study", "asked"),
    [
        ("bcg_or", "", False),
        ("bcg_or", "Hart & Sutherland, 1977", True),
        ("bcg_or", "Ferguson & Simes, 1949", False),  # within what trials as different as these allow
        ("crins2014_ar", "", False),
        ("crins2014_ar", "Heffron (2003)", True),
        ("hart1999_irr", "EAFT 1993", True),
    ],
)
def test_a_trial_with_exchanged_groups(name: str, study: str, asked: bool) -> None:
    """Published data sets as they are, and with the sign of one study exchanged: that one is asked about."""
    rows: list[dict[str, Value]] = [
        {"study": row["study"], "yi": float(row["yi"]) * (-1 if row["study"] == study else 1), "sei": float(row["sei"])}
        for row in reference(name)
    ]
    assert study in ["", *(str(row["study"]) for row in rows)]
    found = direction_flip.find(table_of("yi_sei", *rows))
    assert len(found) == asked
    assert all(study in one.words and one.words.endswith("?") for one in found)


def test_honest_tables_are_rarely_asked() -> None:
    """Simulated tables of 3 to 20 studies: at most 6 in 100 are asked, with heterogeneity as large as the effect."""
    rng = np.random.default_rng(20261122)
    fired, tables = 0, 500
    for _ in range(tables):
        k = int(rng.integers(3, 21))
        sei = rng.uniform(0.1, 0.4, k)
        yi = rng.normal(0.3, np.sqrt(0.3**2 + sei**2))
        rows = [{"yi": float(y), "sei": float(s)} for y, s in zip(yi, sei, strict=True)]
        fired += bool(direction_flip.find(table_of("yi_sei", *rows)))
    assert fired / tables <= 0.06


# --- digits ------------------------------------------------------------------------------------------------


@given(value=st.floats(-1e4, 1e4), digits=st.integers(0, 6))
def test_half_a_unit_covers_what_was_rounded(value: float, digits: int) -> None:
    """A rounded number is within half a unit of its last digit of what it was."""
    printed = round(value, digits)
    assert abs(printed - value) <= half_unit(printed) * (1.0 + 1e-9) + 1e-12


def test_findings_are_plain_records() -> None:
    """A finding holds text and numbers only: it can be written as it is."""
    for one in forensic.findings(read_reports("irl")):
        assert isinstance(one, Finding)
        assert isinstance(one.words, str)
