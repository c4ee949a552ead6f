"""RevMan 5 files and Cochrane's data rows: the numbers of Colditz (1994) and Normand (1999) in both layouts.

The files of `files/` were written by hand from those published numbers (bcg_or.csv, normand1999_md.csv); their layouts
are the ones that the R package meta reads (`read.rm5`, `read.cdir`).
"""

from __future__ import annotations

import csv
import math
import shutil
from pathlib import Path

import pytest

from irlbayes.core.errors import InputError, Problem
from irlbayes.data.evidence import read_evidence
from irlbayes.data.files import RawTable
from irlbayes.data.sources import read_source
from irlbayes.effects.table import kinds

HERE = Path(__file__).parent / "files"
RM5, ROWS = HERE / "bcg_stay.rm5", HERE / "bcg_stay-data-rows.csv"
BCG, LOGS, STAY = "1.1 Tuberculosis", "1.2 Tuberculosis, log odds ratios", "2.1 Length of stay"


def published(name: str) -> dict[str, dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return {row["study"]: row for row in csv.DictReader(file)}


def rows_of(table: RawTable, outcome: str) -> dict[str, dict[str, str]]:
    return {cells["study"]: cells for _, cells in table.rows if cells["outcome"] == outcome}


@pytest.mark.parametrize("path", [RM5, ROWS], ids=["rm5", "data rows"])
def test_counts_means_and_effects(path: Path) -> None:
    """Every study of both reviews has its published numbers under our names, and every analysis its scale."""
    table, _ = read_source(path)
    assert table.scales == {BCG: "log_or", LOGS: "log_or", STAY: "md"}
    bcg, stay = published("bcg_or.csv"), published("normand1999_md.csv")
    counts, logs, means = rows_of(table, BCG), rows_of(table, LOGS), rows_of(table, STAY)
    assert set(counts) == set(logs) == set(bcg)
    assert set(means) == set(stay)
    for study, row in bcg.items():
        assert {name: counts[study][name] for name in ("ai", "n1i", "ci", "n2i")} == {
            name: row[name] for name in ("ai", "n1i", "ci", "n2i")
        }
        assert counts[study]["subgroup"] == f"{row['alloc'].capitalize()} allocation"
        assert float(logs[study]["yi"]) == pytest.approx(float(row["yi"]), rel=1e-12, abs=1e-14)
        assert float(logs[study]["sei"]) == float(row["sei"])
    for study, row in stay.items():
        for name in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"):
            assert float(means[study][name]) == float(row[name])


def test_origins_name_the_file(tmp_path: Path) -> None:
    """Where a number stands in the file, and how a logarithm was taken, is said."""
    table, _ = read_source(RM5)
    line = next(line for line, cells in table.rows if cells["outcome"] == LOGS)
    assert table.origins[line]["yi"].startswith("yi = log(EFFECT_SIZE) = log(0.39")
    assert "IV_DATA" in RM5.read_text(encoding="utf-8").splitlines()[line - 1]
    table, _ = read_source(ROWS)
    assert table.origins[2]["ai"] == "column 'Experimental cases'"
    assert any("not used: Mean, CI start, CI end" in note or "Weight" in note for note in table.notes)


def effects_only(tmp_path: Path) -> Path:
    """Return the RevMan file with its log odds ratios alone, which need no report kind of counts or means."""
    text = RM5.read_text(encoding="utf-8")
    for name in ("DICH_OUTCOME", "CONT_OUTCOME"):
        start, end = text.index(f"<{name}"), text.index(f"</{name}>") + len(f"</{name}>")
        text = text[:start] + text[end:]
    path = tmp_path / "review.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_reports_end_to_end(tmp_path: Path) -> None:
    """A RevMan file under any name is an evidence base whose outcomes have their scales."""
    table = read_evidence(effects_only(tmp_path), kinds())
    assert [outcome.scale for outcome in table.outcomes.values()] == ["log_or"]
    assert len(table.reports) == 13
    assert table.reports[0].text("scale") == "log_or"
    assert any("RevMan 5 file with 1 analyses" in note for note in table.reading)
    with pytest.raises(InputError, match="Leave --scale out"):
        read_evidence(effects_only(tmp_path), kinds(), "smd")


def test_data_rows_without_settings(tmp_path: Path) -> None:
    """Data rows that lie alone are read by what each row fills; the scale is then the reader's to say."""
    path = shutil.copy(ROWS, tmp_path / "rows.csv")
    table, digest = read_source(path)
    assert table.scales == {}
    assert digest != read_source(ROWS)[1]
    assert rows_of(table, BCG) == rows_of(read_source(ROWS)[0], BCG)
    assert any("overall-estimates-and-settings.csv" in note for note in table.notes)


def rm5(tmp_path: Path, analysis: str) -> Path:
    path = tmp_path / "t.rm5"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<COCHRANE_REVIEW>\n<ANALYSES_AND_DATA>\n'
        f'<COMPARISON NO="1">\n<NAME>c</NAME>\n{analysis}\n</COMPARISON>\n</ANALYSES_AND_DATA>\n</COCHRANE_REVIEW>\n'
    )
    return path


def test_swapped_events(tmp_path: Path) -> None:
    """Events that RevMan swaps are swapped, with the sum."""
    table, _ = read_source(
        rm5(
            tmp_path,
            '<DICH_OUTCOME NO="1" EFFECT_MEASURE="RR" SWAP_EVENTS="YES"><NAME>o</NAME>'
            '<DICH_DATA STUDY_ID="STD-Aronson" EVENTS_1="4" TOTAL_1="123" EVENTS_2="11" TOTAL_2="139"/></DICH_OUTCOME>',
        )
    )
    ((line, cells),) = table.rows
    assert (cells["ai"], cells["ci"], cells["study"]) == ("119", "128", "Aronson")
    assert "123 - 4 = 119" in table.origins[line]["ai"]


def test_observed_minus_expected(tmp_path: Path) -> None:
    """O - E and its variance make Peto's log ratio; a study in two subgroups is two cohorts."""
    data = '<IPD_DATA STUDY_ID="STD-A" O_E="{}" VAR="4"/>'
    sub = '<IPD_SUBGROUP NO="{}"><NAME>{}</NAME>{}</IPD_SUBGROUP>'
    table, _ = read_source(
        rm5(
            tmp_path,
            '<IPD_OUTCOME NO="1"><NAME>o</NAME><EFFECT_MEASURE>Hazard Ratio</EFFECT_MEASURE>'
            + sub.format(1, "men", data.format(-2))
            + sub.format(2, "women", data.format(2))
            + "</IPD_OUTCOME>",
        )
    )
    assert [(c["yi"], c["sei"], c["scale"], c["cohort"]) for _, c in table.rows] == [
        ("-0.5", "0.5", "log_hr", "A (men)"),
        ("0.5", "0.5", "log_hr", "A (women)"),
    ]
    assert table.origins[table.rows[0][0]]["yi"] == "yi = (O - E) / V = -2 / 4 = -0.5"


def effect(low: float, middle: float, high: float, se: float) -> str:
    return (
        '<IV_OUTCOME NO="1" CI_STUDY="95"><NAME>o</NAME><EFFECT_MEASURE>Risk Ratio</EFFECT_MEASURE>'
        f'<IV_DATA STUDY_ID="A" EFFECT_SIZE="{middle}" SE="{se}" CI_START="{low}" CI_END="{high}"/></IV_OUTCOME>'
    )


def test_ratio_or_its_logarithm(tmp_path: Path) -> None:
    """Whether an effect is the ratio or its logarithm is told by its interval, and refused where it says neither."""
    reach = 1.959963984540054 * 0.25
    table, _ = read_source(rm5(tmp_path, effect(-0.5 - reach, -0.5, -0.5 + reach, 0.25)))
    assert table.rows[0][1]["yi"] == "-0.5"
    ratio = [math.exp(value) for value in (-0.5 - reach, -0.5, -0.5 + reach)]
    table, _ = read_source(rm5(tmp_path, effect(*ratio, 0.25)))
    assert float(table.rows[0][1]["yi"]) == pytest.approx(-0.5, rel=1e-15)
    with pytest.raises(InputError, match="says neither"):
        read_source(rm5(tmp_path, effect(0.1, 0.5, 0.7, 0.25)))


def test_what_tells_nothing_is_left_out(tmp_path: Path) -> None:
    """A study without people is left out and named; an unknown measure is said."""
    data = '<DICH_DATA STUDY_ID="STD-{}" EVENTS_1="{}" TOTAL_1="{}" EVENTS_2="0" TOTAL_2="{}" ESTIMABLE="{}"/>'
    body = data.format("A", 0, 0, 0, "NO") + data.format("B", 4, 123, 139, "YES")
    table, _ = read_source(
        rm5(tmp_path, f'<DICH_OUTCOME NO="1" EFFECT_MEASURE="OTHER"><NAME>o</NAME>{body}</DICH_OUTCOME>')
    )
    assert [cells["study"] for _, cells in table.rows] == ["B"]
    assert any("left out" in note and "A" in note for note in table.notes)
    assert any("'OTHER' is not known" in note for note in table.notes)
    assert table.scales == {"1.1 o": "none"}


def refused(path: Path) -> Problem:
    with pytest.raises(InputError) as caught:
        read_source(path)
    (problem,) = caught.value.problems
    return problem


def test_hostile_and_broken_xml(tmp_path: Path) -> None:
    """Entity bombs, files of other programs, broken XML and empty reviews are refused."""
    path = tmp_path / "t.rm5"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        "<COCHRANE_REVIEW>&b;</COCHRANE_REVIEW>"
    )
    assert "entities" in refused(path).rule
    path.write_text('<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>')
    assert "entities" in refused(path).rule
    path.write_text('<?xml version="1.0"?><svg/>')
    assert "COCHRANE_REVIEW" in refused(path).rule
    path.write_text('<?xml version="1.0"?><COCHRANE_REVIEW>')
    assert "cannot be read" in refused(path).rule
    path.write_text('<?xml version="1.0"?><COCHRANE_REVIEW/>')
    assert "study data" in refused(path).rule


def test_csv_of_revman_5(tmp_path: Path) -> None:
    """RevMan 5's own CSV mixes rows of three kinds and is refused with what to give instead."""
    path = tmp_path / "t.csv"
    path.write_text("Comparison Number,Outcome Number,Name,Events 1\n1,0,c,\n1,1,o,\n1,1,MRC-1,49\n")
    assert ".rm5" in refused(path).fix
