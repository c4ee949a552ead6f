"""Evidence in hand: opening, mending, adding, answering, saving; without a server or a browser."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from irlbayes import workflow, working
from irlbayes.core.errors import InputError
from irlbayes.data import evidence
from irlbayes.opening import init_ledger
from irlbayes.working import Session

INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
FAULTY = (
    "study,yi,sei\n"
    "one,0.1,0.2\n"
    "two,much,0.2\n"  # not a number
    "three,0.3,-0.2\n"  # below 0
    "four,0.4,\n"  # nothing to pool by
    "one,0.5,0.2\n"  # twice
    "six,0.6,0\n"  # 0 is not above 0
)


@pytest.fixture(scope="module")
def bundled() -> Session:
    return working.open_bundled("irl")


def opened(text: str, name: str = "table.csv") -> Session:
    return working.open_file(name, text.encode())


def messages(session: Session) -> list[str]:
    with pytest.raises(InputError) as caught:
        working.table_of(session)
    return [str(problem) for problem in caught.value.problems]


def test_bundled_rows_are_those_that_the_pipeline_reads(bundled: Session) -> None:
    ours, theirs = working.table_of(bundled), workflow.read_reports("irl")
    assert [replace(report, file="") for report in ours.reports] == [
        replace(report, file="") for report in theirs.reports
    ]
    assert replace(ours, reports=()) == replace(theirs, reports=())


@pytest.mark.parametrize("name", ["bcg_rr.csv", "normand1999_md.csv", "cochran1954.csv"])
def test_a_file_is_read_as_the_command_line_reads_it(name: str) -> None:
    ours = working.table_of(working.open_file(name, (INPUTS / name).read_bytes()))
    theirs = workflow.read_reports(INPUTS / name)
    assert ours.outcomes == theirs.outcomes
    assert ours.sha256 == theirs.sha256
    assert [report.values for report in ours.reports] == [report.values for report in theirs.reports]


def test_answer_is_that_of_the_pipeline(bundled: Session) -> None:
    table = working.table_of(bundled)
    session = replace(bundled, outcome="relapse", prior_mu="normal(0.1, 0.6)", prior_tau="half_normal(0.3)")
    found = working.answer(session, table).result
    there = workflow.analyze(
        "irl", outcomes=["relapse"], prior_mu="normal(0.1, 0.6)", prior_tau="half_normal(0.3)"
    ).results[0]
    for question in ("pooled", "new_study", "heterogeneity"):
        assert found.answers[question].numbers == there.answers[question].numbers
    assert found.statement == there.statement
    assert found.caveats == there.caveats
    assert {*there.answers} - {*found.answers} == {"shrinkage"}, "the forest holds it"


def test_every_fault_is_told_with_its_cell_and_no_path() -> None:
    session = opened(FAULTY, "/tmp/../../etc/faulty.csv")
    found = messages(session)
    assert len(found) == 5
    assert all(message.startswith("faulty.csv, line ") for message in found)


def test_faults_are_mended_in_place_one_after_another() -> None:
    session = opened(FAULTY)
    mends = [(3, "yi", "0.2"), (4, "sei", "0.2"), (5, "sei", "0.2"), (6, "study", "five"), (7, "sei", "0.1")]
    left = 5
    for line, column, value in mends:
        assert len(messages(session)) == left
        session = working.edit(session, line, column, value)
        left -= 1
    assert len(working.table_of(session).reports) == 6


def test_a_cell_under_another_programs_name_is_mended() -> None:
    session = opened("Study,TE,seTE\na,0.1,0.2\nb,0.2,-1\n")
    assert working.names(session)["sei"] == "seTE"
    mended = working.edit(session, 3, "sei", "0.3")
    assert dict(mended.rows.rows)[3]["seTE"] == "0.3"
    assert len(working.table_of(mended).reports) == 2
    more = working.add_row(mended, {"study": "c", "yi": "0.3", "sei": "0.4"})
    assert dict(more.rows.rows)[4] == {"Study": "c", "TE": "0.3", "seTE": "0.4"}
    assert len(working.table_of(more).reports) == 3


def test_edits_outside_the_table_are_refused(bundled: Session) -> None:
    for line, column in ((9999, "yi"), (2, "no such column")):
        with pytest.raises(InputError):
            working.edit(bundled, line, column, "1")
    with pytest.raises(InputError, match="at most"):
        working.edit(bundled, 2, "why", "x" * 20_000)
    with pytest.raises(InputError, match="a column"):
        working.add_row(bundled, {"study": "a", "<script>": "1"})
    with pytest.raises(InputError, match="cells"):
        working.add_row(bundled, {"study": "  "})


def test_a_study_added_to_the_bundled_evidence_enters_and_moves_the_mean(bundled: Session) -> None:
    session = replace(bundled, outcome="disability")
    table = working.table_of(session)
    before = working.answer(session, table).result
    cells = {"study": "example", "report": "yi_sei", "yi": "1.5", "sei": "0.1"}
    after_session = working.add_row(session, cells, table.outcomes["disability"])
    after = working.answer(after_session, working.table_of(after_session)).result
    assert len(after.posterior.effects.studies) == len(before.posterior.effects.studies) + 1
    assert after.answers["pooled"].numbers["mean"] > before.answers["pooled"].numbers["mean"] + 0.05
    assert after_session.digest != session.digest
    line = after_session.rows.rows[-1][0]
    again = working.remove_row(after_session, line)
    assert working.table_of(again).reports == table.reports


def test_a_misspelt_study_of_the_bundled_evidence_is_still_a_problem(bundled: Session) -> None:
    assert any("studies.csv" in message for message in messages(working.edit(bundled, 2, "study", "blindenbacher")))


def test_a_session_is_saved_and_reopened(bundled: Session) -> None:
    table = working.table_of(bundled)
    session = replace(
        working.add_row(
            replace(bundled, outcome="relapse"), {"study": "example", "report": "yi_sei", "yi": "0.1", "sei": "1"}
        ),
        prior_mu="normal(0, 2)",
        thresholds=(0.25,),
    )
    again = working.reopen(working.save(session))
    assert again == session
    assert len(working.table_of(again).reports) == len(table.reports) + 1
    faulty = opened(FAULTY)
    assert messages(working.reopen(working.save(faulty))) == messages(faulty)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"rows": [[2, {"study": "a"}], [2, {"study": "b"}]]}, "rows"),
        ({"rows": [[2, {"no": "such column"}]]}, "rows"),
        ({"rows": "none"}, "rows"),
        ({"header": ["a", "a"]}, "header"),
        ({"base": "../../etc"}, "base"),
        ({"prior_mu": 3}, "prior_mu"),
        ({"thresholds": ["x"]}, "thresholds"),
        ({"added": [-1]}, "added"),
        ({"name": None}, "name"),
    ],
)
def test_a_session_that_was_written_by_hand_is_refused_in_words(change: dict[str, object], column: str) -> None:
    content = {**json.loads(working.save(opened("study,yi,sei\na,0.1,0.2\n"))), **change}
    with pytest.raises(InputError) as caught:
        working.reopen(json.dumps(content))
    assert column in {problem.column for problem in caught.value.problems}


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"schema": "irlbayes/session/2"}'])
def test_what_is_no_session_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="irlbayes/session/1"):
        working.reopen(text)


def test_a_file_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(InputError, match="20 MB"):
        working.open_file("large.csv", bytes(20_000_001))


def test_formulas_of_a_workbook_are_not_evaluated() -> None:
    """A cell with a formula has no number of its own: it is a problem, whatever the formula would do."""
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    for row in (("study", "yi", "sei"), ("a", "=cmd|'/C calc'!A0", 0.2), ('=HYPERLINK("http://x")', 0.1, 0.2)):
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    found = messages(working.open_file("f.xlsx", out.getvalue()))
    assert found
    assert all(message.startswith("f.xlsx") for message in found)


def test_sliders_reach_around_the_declared_priors(bundled: Session) -> None:
    session = replace(bundled, outcome="disability")
    table = working.table_of(session)
    reach = working.reach(session, table, workflow.effect_table(table, "disability"))
    assert reach["mean"] == (-3.0, 3.0)
    assert reach["sd"][0] < 1.0 < reach["sd"][1]
    assert reach["tau"][0] < 0.5 < reach["tau"][1]


def test_a_scale_without_declared_priors_asks_for_them_and_says_how_far_they_reach() -> None:
    session = working.open_file("md.csv", (INPUTS / "normand1999_md.csv").read_bytes(), scale="md")
    table = working.table_of(session)
    session = working.settled(session, table)
    with pytest.raises(InputError, match="prior"):
        working.answer(session, table)
    reach = working.reach(session, table, workflow.effect_table(table, session.outcome))
    assert reach["sd"][1] > 10.0
    given = replace(session, prior_mu="normal(0, 10)", prior_tau="half_normal(5)")
    assert working.answer(given, table).result.passed


@pytest.mark.parametrize("kind", ["folder", "ledger of a folder", "ledger of a table"])
def test_what_is_named_at_the_command_line_is_answered_as_analyze_does(kind: str, tmp_path: Path) -> None:
    """A folder and a ledger are held to what they declare, are saved with it, and take new studies."""
    base = "irl" if kind != "ledger of a table" else INPUTS / "bcg_rr.csv"
    if kind == "folder":
        place = tmp_path / "ours"
        shutil.copytree(evidence.bundled()["irl"], place)
    else:
        place = tmp_path / "ours.ledger"
        init_ledger(place, base, outcomes=["relapse"] if base == "irl" else [], thresholds=[0.25])
    session = working.open_place(str(place))
    table, theirs = working.table_of(session), workflow.read_reports(place)
    assert session.name == place.name
    assert str(tmp_path) not in working.save(session)
    assert [(one.id, one.cohort, one.use) for one in table.reports] == [
        (one.id, one.cohort, one.use) for one in theirs.reports
    ]
    scales = {one.outcome: table.outcomes[one.outcome].scale for one in table.reports}
    assert scales == {name: one.scale for name, one in theirs.outcomes.items() if name in scales}
    outcome = "relapse" if base == "irl" else next(iter(table.outcomes))
    found = working.answer(replace(session, outcome=outcome), table).result
    there = workflow.analyze(place, outcomes=[outcome]).results[0]
    for question in ("pooled", "new_study"):
        ours, own = found.answers[question].numbers, there.answers[question].numbers
        assert {**ours, "thresholds": 0} == pytest.approx({**own, "thresholds": 0}, rel=1e-12)
    assert working.reopen(working.save(session)) == session
    cells = {"study": "example", "report": "yi_sei", "yi": "0.1", "sei": "1"}
    more = working.table_of(working.add_row(replace(session, outcome=outcome), cells, table.outcomes[outcome]))
    assert len(more.reports) == len(table.reports) + 1


def test_folders_and_ledgers_say_their_scale_themselves(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        working.open_place("irl", "smd", "first")
    assert {problem.file for problem in caught.value.problems} == {"--scale", "--sheet"}
    with pytest.raises(InputError):
        working.open_place(str(tmp_path / "nothing.csv"))
