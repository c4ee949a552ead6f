"""Adding, correcting, and what is refused; every change equals an analysis of the rows as they then stand."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irlbayes import workflow
from irlbayes.auditing import difference, export, load, verify
from irlbayes.core.errors import InputError
from irlbayes.ledger import store
from irlbayes.living import Ledger, open_ledger
from irlbayes.opening import init_ledger
from irlbayes.report.ledger_files import entries

SAME = 1e-10  # as in test_sequential


def refused(call: Callable[[], object]) -> list[str]:
    with pytest.raises(InputError) as error:
        call()
    return [str(problem) for problem in error.value.problems]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The relapse rows of the bundled evidence, and one study more."""
    path = tmp_path_factory.mktemp("ledger") / "relapse.ledger"
    init_ledger(path, "irl", outcomes=["relapse"])
    with open_ledger(path) as ledger:
        ledger.add([{"study": "example2026", "outcome": "relapse", "ai": 19, "n1i": 40, "ci": 14, "n2i": 41}])
    return path


@pytest.fixture
def irl(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(begun, tmp_path / "relapse.ledger"))


def test_opening_holds_the_evidence_and_what_it_said(irl: Path) -> None:
    table = workflow.read_reports(irl)
    bundled = workflow.read_reports("irl")
    known = {row.id: row for row in bundled.reports if row.outcome == "relapse"}
    mine = {row.id: row for row in table.reports}
    assert set(mine) == {*known, "example2026.relapse"}
    assert all(mine[name].values == row.values for name, row in known.items())
    assert list(table.outcomes) == ["relapse"]
    assert table.studies["kim2023"] == bundled.studies["kim2023"]
    printed = [
        {name: [(r.review, r.measure, r.estimate) for r in rows] for name, rows in one.published.items()}
        for one in (table, bundled)
    ]
    assert printed[0] == printed[1]
    assert {reading.id for reading in table.readings} == {r.id for r in bundled.readings if r.id in mine}
    (before,) = workflow.analyze("irl", outcomes=["relapse"]).results
    with open_ledger(irl, write=False) as ledger:
        opening = ledger.log()[0]
        (change,) = opening.changes
    pooled = before.answers["pooled"].numbers
    assert change.after["mu"]["p_gt_null"] == pytest.approx(pooled["p_gt_null"], abs=1e-11)
    assert change.after["mu"]["p_gt"] == pytest.approx([one["p_gt"] for one in pooled["thresholds"]], abs=1e-11)
    assert change.prior is not None
    assert change.prior["mu"]["p_gt_null"] == pytest.approx(pooled["prior_p_gt_null"])
    assert opening.kind == "opening"
    assert "reeves2024.arr" in opening.left_out


def test_one_by_one_ends_where_all_at_once_does(tmp_path: Path) -> None:
    (all_at_once,) = init_ledger(tmp_path / "all.ledger", "irl", outcomes=["relapse"])
    each = init_ledger(tmp_path / "each.ledger", "irl", outcomes=["relapse"], one_by_one=True)
    years = workflow.read_reports("irl").studies
    dated = [years[one.study]["year"] for one in each[1:]]
    assert dated == sorted(dated)
    assert not each[0].rows
    last = [one for one in each if one.changes][-1].changes[0].after
    assert last["mu"]["mean"] == pytest.approx(all_at_once.changes[0].after["mu"]["mean"], abs=1e-12)
    with open_ledger(tmp_path / "each.ledger", write=False) as ledger:
        steps = ledger.trajectory("relapse")
    assert [step["k"] for step in steps] == [1, 2]
    assert all(0.0 < step["mu"]["p_gt_null"] < 1.0 and step["prior"]["mu"]["p_gt_null"] == 0.5 for step in steps)
    assert all(step["new_study"]["ci_low"] < step["mu"]["ci_low"] and step["tau"]["median"] > 0.0 for step in steps)


def test_a_correction_stands_where_the_row_stood(irl: Path, furthest: Callable[..., float]) -> None:
    row = {"study": "example2026", "outcome": "relapse", "ai": 9, "n1i": 40, "ci": 14, "n2i": 41}
    with open_ledger(irl) as ledger:
        old = ledger.standing
        (entry,) = ledger.add([row], supersedes=2, reason="events were misread")
        assert list(ledger.standing.rows) == list(old.rows)
        assert (entry.kind, entry.supersedes, entry.reason) == ("correction", 2, "events were misread")
        assert entry.turned
        (change,) = entry.changes
        assert change.turned == ("P(> null) >= 0.95",)
        found = ledger.posterior("relapse")
        assert ledger.entry(2).rows[0]["cells"]["ai"] == 19.0
    assert furthest(irl, found) < SAME
    told = difference(irl, 2)
    assert (told.added, told.corrected, told.gone) == ((), ("example2026.relapse",), ())
    assert told.turned


def test_a_row_is_taken_out_by_its_use(irl: Path) -> None:
    row = {"study": "example2026", "outcome": "relapse", "ai": 19, "n1i": 40, "ci": 14, "n2i": 41, "use": "context"}
    with open_ledger(irl) as ledger:
        first = ledger.log()[0].changes[0].after
        (entry,) = ledger.add([row], supersedes=2, reason="the same patients as another study")
        assert entry.changes[0].after["k"] == 2
        assert entry.changes[0].after["mu"]["mean"] == pytest.approx(first["mu"]["mean"], abs=1e-12)
        assert "marked context" in entry.left_out["example2026.relapse"]


def test_a_correction_of_another_outcome_touches_both(tmp_path: Path) -> None:
    path = tmp_path / "two.ledger"
    init_ledger(path, "irl", outcomes=["relapse", "high_efficacy_exposure"])
    row = {"id": "x", "study": "x", "ai": 19, "n1i": 40, "ci": 14, "n2i": 41}
    with open_ledger(path) as ledger:
        ledger.add([{**row, "outcome": "relapse"}])
        (entry,) = ledger.add([{**row, "outcome": "high_efficacy_exposure"}], supersedes=2, reason="wrong outcome")
        assert [(one.outcome.name, one.after["k"]) for one in entry.changes] == [
            ("relapse", 2),
            ("high_efficacy_exposure", 3),
        ]
    assert not verify(path, recompute=True).problems


def test_a_primary_row_speaks_before_a_sensitivity_one(
    plain: Callable[..., Path], example_rows: Callable[..., Any], furthest: Callable[..., float]
) -> None:
    path = plain(use="sensitivity")
    first, second, third = example_rows(3, 8, ("yi_sei",))
    with open_ledger(path) as ledger:
        ledger.add([{**first, "cohort": "a", "use": "sensitivity"}])
        ledger.add([third])
        (entry,) = ledger.add([{**second, "cohort": "a"}])
        assert entry.changes[0].after["k"] == 2
        (later,) = ledger.add([{**first, "id": "b", "study": "b", "cohort": "a", "use": "sensitivity"}])
        assert not later.changes
        assert "already speaks through" in later.left_out["b"]
        found = ledger.posterior("effect")
    assert furthest(path, found, "sensitivity") < SAME


def test_everything_wrong_is_told_at_once(irl: Path) -> None:
    rows = [
        {"study": "example2026", "outcome": "relapse", "ai": 1, "n1i": 40, "ci": 14, "n2i": 41},
        {"study": "a", "outcome": "relaps", "ai": 50, "n1i": 40, "ci": 14, "n2i": 41},
        {"study": "kim2023", "outcome": "relapse", "cohort": "b", "ai": 1, "n1i": 4, "ci": 1, "n2i": 5},
        {"outcome": "relapse", "yi": 0.1, "sei": 0.2},
        {"study": "b", "outcome": "relapse", "ai": 50, "n1i": 40, "ci": 14, "n2i": 41},
    ]
    before = irl.read_bytes()
    with open_ledger(irl) as ledger:
        told = refused(lambda: ledger.add(rows))
        head = ledger.head
    for words in (
        "stands in entry 2",
        "that the ledger declares: relapse",
        "the cohort that this study has",
        "column ai",
    ):
        assert any(words in one for one in told), words
    assert any("study is filled" in one for one in told)
    assert {f"line {n}" for n in (1, 2, 3, 4, 5)} <= {one.split(", ")[1].split(":")[0] for one in told}
    assert irl.read_bytes() == before
    with open_ledger(irl, write=False) as ledger:
        assert ledger.head == head


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"supersedes": 9, "reason": "x"}, "an entry of this ledger, 1 to 2"),
        ({"supersedes": 2}, "a correction says why"),
        ({"reason": "x"}, "a reason belongs to a correction"),
        ({"supersedes": 1, "reason": "x"}, "stands in entry 2"),
        ({"expected_head": "abc"}, "the hash that the ledger ends with"),
    ],
)
def test_bad_corrections(irl: Path, options: dict[str, object], words: str) -> None:
    row = {"study": "example2026", "outcome": "relapse", "ai": 9, "n1i": 40, "ci": 14, "n2i": 41}
    with open_ledger(irl) as ledger:
        assert any(words in one for one in refused(lambda: ledger.add([row], **options)))  # type: ignore[arg-type]
        assert len(ledger) == 2


def test_a_dry_run_writes_nothing_and_says_the_same(irl: Path) -> None:
    row = {"study": "b", "outcome": "relapse", "ai": 9, "n1i": 40, "ci": 14, "n2i": 41}
    before = irl.read_bytes()
    with open_ledger(irl) as ledger:
        (dry,) = ledger.add([row], dry_run=True)
        assert (len(ledger), dry.number) == (2, 3)
    assert irl.read_bytes() == before
    with open_ledger(irl) as ledger:
        (wet,) = ledger.add([row], expected_head=ledger.head[:12])
    assert wet.changes == dry.changes


def test_the_second_of_two_writers_computes_again(irl: Path, furthest: Callable[..., float]) -> None:
    """Both hold the ledger as it was; the later one's numbers build on the earlier one's row."""
    rows = [
        {"study": name, "outcome": "relapse", "ai": a, "n1i": 40, "ci": 14, "n2i": 41}
        for name, a in (("a", 9), ("b", 25))
    ]
    with open_ledger(irl) as one, open_ledger(irl) as other:
        one.add([rows[0]])
        (entry,) = other.add([rows[1]])
        assert entry.number == 4
        assert (entry.changes[0].before or {})["k"] == 4
        assert refused(lambda: one.add([rows[1]]))
        found = other.posterior("relapse")
    assert furthest(irl, found) < SAME
    assert not verify(irl, recompute=True).problems


def test_a_surface_on_file_is_taken_up(irl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening again needs no row to be pooled again; without the surface the numbers are the same."""
    row = {"study": "b", "outcome": "relapse", "ai": 9, "n1i": 40, "ci": 14, "n2i": 41}
    again = Path(shutil.copy(irl, irl.with_name("again.ledger")))
    with monkeypatch.context() as patched:
        patched.setattr("irlbayes.drafting.pooled", lambda *_: pytest.fail("pooled from the start"))
        with open_ledger(irl) as ledger:
            (entry,) = ledger.add([row])
    with store.opened(again, write=True) as book:
        book.drop_cache()
    with open_ledger(again) as ledger:
        (other,) = ledger.add([row])
    assert other.changes[0].after == entry.changes[0].after


def test_text_and_back(irl: Path, tmp_path: Path) -> None:
    lines, copy = tmp_path / "lines.jsonl", tmp_path / "copy.ledger"
    assert export(irl, lines) == 2
    load(lines, copy)
    assert difference(irl, other=copy).changes == ()
    assert verify(copy, verify(irl).head, recompute=True).problems == ()
    with open_ledger(irl, write=False) as one, open_ledger(copy, write=False) as other:
        assert entries(one.log()) == entries(other.log())


def test_a_ledger_of_something_else(tmp_path: Path) -> None:
    store.create(tmp_path / "notes.ledger", "note", {"text": "begun"})
    assert "a ledger of evidence" in refused(lambda: workflow.read_reports(tmp_path / "notes.ledger"))[0]
    store.create(tmp_path / "half.ledger", "opening", {"schema": "irlbayes/living/1"})
    assert refused(lambda: workflow.read_reports(tmp_path / "half.ledger"))


def test_a_plain_ledger_learns_outcomes_from_rows(tmp_path: Path) -> None:
    init_ledger(tmp_path / "p.ledger", None, empty=True, thresholds=[0.2], decide=["all: P(> 1.5) >= 0.5"])
    with open_ledger(tmp_path / "p.ledger") as ledger:
        (first,) = ledger.add([{"study": "a", "outcome": "worse", "ai": 9, "n1i": 40, "ci": 4, "n2i": 40}])
        (second,) = ledger.add([{"study": "b", "outcome": "smaller", "pval": 0.03, "sign": "-", "n1i": 30, "n2i": 33}])
        assert {name: one.scale for name, one in ledger.standing.outcomes.items()} == {
            "worse": "log_or",
            "smaller": "smd",
        }
        assert list(first.changes[0].after["decided"]) == ["P(> 1.5) >= 0.5"]
        assert len(second.changes[0].after["mu"]["p_gt"]) == 1
        told = refused(lambda: ledger.add([{"study": "c", "ai": 9, "n1i": 40, "ci": 4, "n2i": 40}]))
        assert "outcome is filled in every row" in told[0]


def test_a_flat_prior_has_no_answer_before_three_studies(
    plain: Callable[..., Path], example_rows: Callable[..., Any]
) -> None:
    path = plain(prior_mu="flat")
    rows = example_rows(4, 21, ("yi_sei",))
    with open_ledger(path) as ledger:
        entries = [ledger.add([row])[0] for row in rows]
        found = ledger.posterior("effect")
    assert "at least 3 studies" in entries[1].changes[0].after["reason"]
    assert entries[1].changes[0].surprise[rows[1]["study"]] == {"tail": None, "log_score": None}
    assert 0.0 < (entries[3].changes[0].surprise[rows[3]["study"]]["tail"] or 0.0) < 1.0
    (result,) = workflow.analyze(path, prior_mu="flat").results
    assert found.mu is not None
    assert found.mu.mean == pytest.approx(result.posterior.after.mu.mean, abs=1e-10)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{"random_effects": "student_t(4)"}, {"within": "half_normal(0.25)"}, {"moderators": "year"}, {"engine": "nuts"}],
    ids=["student_t", "within", "moderators", "nuts"],
)
def test_models_beyond_the_plain_one(
    plain: Callable[..., Path], example_rows: Callable[..., Any], options: dict[str, Any]
) -> None:
    """With or without a surface, the ledger says what an analysis of its rows says."""
    path = plain(**options)
    rows = example_rows(4, 21, ("yi_sei",))
    for i, row in enumerate(rows):
        row |= {"cohort": "one" if i < 2 and "within" in options else row["study"], "year": 2020 + i}
    with open_ledger(path) as ledger:
        entries = [ledger.add([row])[0] for row in rows]
        found = ledger.posterior("effect")
    (result,) = workflow.analyze(path, **options).results
    assert found.mu is not None
    assert found.mu.mean == pytest.approx(result.posterior.after.mu.mean, abs=1e-9)
    assert entries[-1].changes[0].after["engine"] == result.posterior.engine
    log_score = entries[-1].changes[0].surprise[rows[-1]["study"]]["log_score"]
    assert log_score is not None
    assert -8.0 < log_score < 2.0


def test_a_model_without_a_surface_is_fitted_once_for_each_study(
    plain: Callable[..., Path], example_rows: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the last study left is where the next begins; a row that changes makes all others be fitted again."""
    path, counts, fit = plain(within="half_normal(0.25)"), [], workflow.fit

    def counted(effects: Any, *others: Any) -> Any:
        counts.append(len(effects.studies))
        return fit(effects, *others)

    monkeypatch.setattr("irlbayes.updating.workflow.fit", counted)
    with open_ledger(path) as ledger:
        for row in example_rows(2, 21, ("yi_sei",)):
            ledger.add([row])
    assert counts == [1, 2]


def test_ledger_is_a_handle(irl: Path) -> None:
    with open_ledger(irl, write=False) as ledger:
        assert isinstance(ledger, Ledger)
        assert refused(lambda: ledger.add([{"study": "b", "outcome": "relapse", "sign": "+", "n1i": 9, "n2i": 9}]))
        assert "an outcome of this ledger" in refused(lambda: ledger.posterior("nothing"))[0]
