"""A watched folder: new rows enter, changed ones correct, what is wrong stays out and is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from irlbayes.core.errors import InputError
from irlbayes.living import open_ledger
from irlbayes.opening import init_ledger
from irlbayes.watching import look

HEADER = "study,yi,sei\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    init_ledger(tmp_path / "w.ledger", None, empty=True, decide=["all: P(> null) >= 0.9"], scale="smd")
    (tmp_path / "rows").mkdir()
    return tmp_path / "w.ledger"


def test_new_changed_and_bad_files(ledger: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    assert look(ledger, folder).recorded == ()
    (folder / "a.csv").write_text(HEADER + "one,0.2,0.2\ntwo,0.1,0.3\n")
    (folder / "b.csv").write_text(HEADER + "three,0.3,\nfour,,0.2\n")
    (folder / "notes.md").write_text("not rows")
    found = look(ledger, folder)
    assert [one.study for one in found.recorded] == ["one", "two"]
    assert {problem.row for problem in found.problems["b.csv"]} == {2, 3}
    assert found.difference.added == ("one", "two")
    assert not found.turned
    assert look(ledger, folder).recorded == (), "a file that was seen is not read again"
    (folder / "a.csv").write_text(HEADER + "one,0.6,0.2\ntwo,0.1,0.3\nfive,0.5,0.2\n")
    (folder / "b.csv").write_text(HEADER + "three,0.3,0.1\n")
    found = look(ledger, folder)
    assert [(one.kind, one.study, one.supersedes) for one in found.recorded] == [
        ("correction", "one", 2),
        ("study", "five", None),
        ("study", "three", None),
    ]
    assert found.recorded[0].reason == "changed in a.csv"
    assert found.turned
    assert not found.problems


def test_a_correction_made_in_the_ledger_stays(ledger: Path, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    file = folder / "a.csv"
    file.write_text(HEADER + "one,0.2,0.2\n")
    look(ledger, folder)
    with open_ledger(ledger) as opened:
        opened.add([{"study": "one", "yi": 0.4, "sei": 0.2}], supersedes=2, reason="read from the figure")
    file.write_text(HEADER + "one,0.2,0.2\ntwo,0.1,0.3\n")
    found = look(ledger, folder)
    assert [one.study for one in found.recorded] == ["two"]
    assert found.behind == {"a.csv": ("one",)}
    file.write_text(HEADER + "one,0.3,0.2\ntwo,0.1,0.3\n")
    (entry,) = look(ledger, folder).recorded
    assert (entry.kind, entry.supersedes) == ("correction", 3)


def test_the_folder_of_an_evidence_base(tmp_path: Path) -> None:
    """Its own rows are there already; a new row is read with what studies.csv says of its study."""
    source = Path(__file__).parents[2] / "data" / "irl"
    folder = tmp_path / "irl"
    folder.mkdir()
    for name in ("evidence.toml", "reports.csv", "studies.csv", "published_pooled.csv", "readings.csv"):
        (folder / name).write_text((source / name).read_text(encoding="utf-8"), encoding="utf-8")
    path = tmp_path / "irl.ledger"
    init_ledger(path, folder, outcomes=["relapse"])
    found = look(path, folder)
    assert (found.recorded, found.problems) == ((), {})
    header = (folder / "reports.csv").read_text(encoding="utf-8").splitlines()[0]
    cells = {"id": "example2026.or", "study": "example2026", "cohort": "oslo", "outcome": "relapse"}
    cells |= {"report": "counts", "n1i": "40", "n2i": "41", "ai": "19", "ci": "14", "use": "primary"}
    names = header.strip().split(",")
    with (folder / "reports.csv").open("a", encoding="utf-8") as rows:
        rows.write(",".join(cells.get(name, "") for name in names) + "\n")
    about = (folder / "studies.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    with (folder / "studies.csv").open("a", encoding="utf-8") as studies:
        known = {"study": "example2026", "cohort": "oslo", "year": "2026", "country": "Norway"}
        studies.write(",".join(known.get(name, "") for name in about) + "\n")
    (entry,) = look(path, folder).recorded
    assert entry.study == "example2026"
    assert "passed over: disability" in entry.reading[0]
    with open_ledger(path, write=False) as opened:
        assert opened.table().studies["example2026"] == {**known}


def test_no_folder(ledger: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a folder that exists"):
        look(ledger, tmp_path / "absent")
