"""The bundled evidence base is the one that was checked: same bytes, same rows, same counts as its README."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from math import pi, sqrt

import pandas as pd
import pytest

from irlbayes.core.bundle import folder
from irlbayes.data.files import read_table
from irlbayes.data.reports import vocabulary
from irlbayes.data.schema import schema
from irlbayes.effects.table import kinds
from irlbayes.workflow import effect_table, read_reports

HASHES = {
    "reports.csv": "3f33680342f00d234cac8fbca93ae1c77bdbf160dcc301bd5d7a12ddff0ca86d",
    "studies.csv": "7d83a5a394b6850d2cf316f02a7f8e28415d8d43ef1ecdba11204ab1ad44b3ec",
    "published_pooled.csv": "3888f069ecf749ecbb497b14a63d31c27e3df117a383387efc3b1764dc5fa7d4",
    "readings.csv": "9078f23f9c1845da849dbec845d87d285ae5d265c754d748cf465dd97d0846e0",  # added for the multiverse
    "evidence.toml": "84901624b3e1494db516112474b5762fb2783d1a850a6a6c3deddfc848e75cac",
}
# README.md, "Primary rows (41)": outcome -> report kind -> rows
PRIMARY = {
    "disability": {"medians": 1, "p_value": 1, "significance": 3, "direction": 2},
    "disability_worsening": {"estimate_p": 1},
    "relapse": {"estimate_p": 1, "direction": 1},
    "brain_volume": {"p_value": 1, "significance": 1, "direction": 2},
    "lesion_load": {"medians": 1, "significance": 3, "direction": 1},
    "cognition": {"medians": 1, "direction": 2},
    "high_efficacy_exposure": {"direction": 2},
    "irl_prevalence": {"proportion": 17},
}


@pytest.mark.parametrize("name", HASHES)
def test_hash(name: str) -> None:
    """A change to a data file is a decision: it changes this hash in the same commit, with its source."""
    assert sha256((folder("data") / "irl" / name).read_bytes()).hexdigest() == HASHES[name]


def test_pandera_accepts_every_row() -> None:
    """All 140 rows pass the full pandera schema, not only the quick pass."""
    table = read_table(folder("data") / "irl" / "reports.csv")
    columns = [column for name, column in vocabulary(kinds()).items() if name in table.header]
    frame = pd.DataFrame([cells for _, cells in table.rows], columns=[column.name for column in columns], dtype=object)
    frame = frame.where(frame.notna(), None)
    assert len(schema(columns).validate(frame, lazy=True)) == 140


def test_counts_of_the_readme() -> None:
    """Primary rows by outcome and kind are those of the evidence base's own README, 41 in all."""
    counts: dict[str, Counter[str]] = {}
    for report in read_reports("irl").reports:
        if report.use == "primary":
            counts.setdefault(report.outcome, Counter())[report.kind] += 1
    assert counts == PRIMARY
    assert sum(sum(kinds.values()) for kinds in counts.values()) == 41


def test_every_primary_row_enters() -> None:
    """By default exactly the primary rows are pooled: one per cohort and outcome, and every one of them."""
    table = read_reports("irl")
    for name in table.outcomes:
        studies = effect_table(table, name).studies
        assert {study.report.use for study in studies} <= {"primary"}
        assert Counter(study.report.kind for study in studies) == PRIMARY.get(name, {})
        assert len({study.report.cohort for study in studies}) == len(studies)


def test_context_never_enters() -> None:
    """Sensitivity rows enter on request, context rows never, and no cohort speaks twice."""
    table = read_reports("irl")
    added = 0
    for name in table.outcomes:
        studies = effect_table(table, name, use="sensitivity").studies
        assert "context" not in {study.report.use for study in studies}
        assert len({study.report.cohort for study in studies}) == len(studies)
        added += sum(study.report.use == "sensitivity" for study in studies)
    assert added > 0


def test_thresholds_are_cohen() -> None:
    """The odds-ratio threshold is Cohen's 0.2 by pi / sqrt(3), and the harmful side is where harm is."""
    outcomes = read_reports("irl").outcomes
    assert outcomes["relapse"].thresholds[0].value == pytest.approx(0.2 * pi / sqrt(3), rel=1e-15)
    for outcome in outcomes.values():
        for threshold in outcome.thresholds:
            assert outcome.harm != "-" or threshold.value < 0


def test_published_results_stand_beside() -> None:
    """The reference review's results are those its abstract printed, and a blank stays blank."""
    outcomes = read_reports("irl").outcomes
    (edss,) = outcomes["disability"].reference
    assert (edss.estimate, edss.ci_lb, edss.ci_ub) == (0.77, 0.34, 1.21)
    (relapse,) = outcomes["relapse"].reference
    assert (relapse.estimate, relapse.ci_lb, relapse.ci_ub) == (1.1, None, None)


def test_published_p_values_are_those_printed() -> None:
    """A p stands in its own cell exactly where the text of a result prints one; 0.000 is a bound by rounding."""
    raw = read_table(folder("data") / "irl" / "published_pooled.csv")
    assert [line for line, cells in raw.rows if "pval" in cells] == [2, 3, 4, 16, 17, 18]
    for _, cells in raw.rows:
        text = cells.get("numbers", "")
        assert ("pval" in cells) == (" p" in text)
        if "pval" in cells:
            written = {("0.0005", "<"): "p 0.000", ("0.015", "="): "p 0.015", ("0.01", "="): "p=.01",
                       ("0.0001", "<"): "p<.0001", ("0.05", "="): "p=.05"}  # fmt: skip
            assert written[cells["pval"], cells["pval_relation"]] in text
    (edss,) = read_reports("irl").outcomes["disability"].reference
    assert (edss.pval, edss.pval_relation, edss.line) == (0.0005, "<", 2)
