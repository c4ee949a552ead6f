"""`irlbayes ledger` as its user runs it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irlbayes.opening import init_ledger

ROW = "study=example2026 outcome=relapse ai=19 n1i=40 ci=14 n2i=41 year=2026"
HEADER = "study,yi,sei\n"


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "relapse.ledger"
    init_ledger(path, "irl", outcomes=["relapse"])
    return path


@pytest.fixture
def relapse(begun: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(begun, tmp_path / "relapse.ledger"))


def test_init(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "mine.ledger"
    options = ("--outcome", "relapse", "--decide", "relapse: P(new > threshold) >= 80%")
    done = irlbayes("ledger", "init", path, *options)
    assert (done.status, done.err) == (0, "")
    assert "Relapse, OR   2   2.67 [0.96, 7.12]         0.97 (0.50)" in done.out
    again = irlbayes("ledger", "init", path)
    assert (again.status, again.out) == (2, "")
    assert "a new file; this one is there" in again.err
    done = irlbayes("ledger", "init", tmp_path / "each.ledger", *options, "--one-by-one", "--format", "json")
    entries = json.loads(done.out)["entries"]
    assert [one["kind"] for one in entries] == ["opening", "study", "study", "study"]
    assert list(entries[-1]["changes"][0]["after"]["decided"]) == ["P(new > threshold) >= 80%"]


def test_every_bad_option_is_told(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    bad = ("--level", "95", "--use", "all", "--engine", "best", "--decide", "relapse > 1", "--prior-mu", "nrmal(0, 1)")
    done = irlbayes("ledger", "init", tmp_path / "x.ledger", *bad, "--outcome", "none", "--drop-report", "none")
    assert (done.status, done.out) == (2, "")
    for option in ("--level", "--use", "--engine", "--decide", "--prior-mu", "--outcome", "--drop-report"):
        assert f" {option} " in done.err, option
    assert list(tmp_path.iterdir()) == []


def test_add_log_show_and_correct(irlbayes: Callable[..., Any], relapse: Path, tmp_path: Path) -> None:
    dry = irlbayes("ledger", "add", relapse, "--row", ROW, "--dry-run")
    assert dry.out.startswith("Dry run: nothing was written.")
    done = irlbayes("ledger", "add", relapse, "--row", ROW)
    assert (done.status, done.err) == (0, "")
    flat = " ".join(done.out.split())
    assert "the probability that it is above 1 is 0.98, 0.97 before it, 0.50 before any data. Model log_ratio" in flat
    assert "P(mean > 1)                               0.50                0.97                0.98" in done.out
    assert done.out.endswith("No decision changed.\n")
    table = tmp_path / "fixed.csv"
    table.write_text("study;outcome;events group 1;n1i;ci;n2i\nexample2026;relapse;9;40;14;41\n")
    refused = irlbayes("ledger", "add", relapse, table)
    assert refused.status == 2
    table.write_text("study;outcome;ai;n1i;ci;n2i\nexample2026;relapse;9;40;14;41\n")
    done = irlbayes("ledger", "add", relapse, table, "--supersedes", "2", "--reason", "events were misread")
    assert "read: columns are separated by semicolons" in done.out
    assert "Decision changed: relapse: P(> null) >= 0.95 is no longer met (0.83)." in done.out
    listed = irlbayes("ledger", "log", relapse, "--outcome", "relapse").out
    assert "corrects 2; decision changed   3        0.98    0.83" in listed
    shown = irlbayes("ledger", "show", relapse, "3")
    assert "entry 3, corrects entry 2: example2026" in shown.out
    assert "\n  ai       9\n" in shown.out
    content = json.loads(irlbayes("ledger", "show", relapse, "3", "--format", "json").out)
    assert content["entries"][0]["source"]["file"] == "fixed.csv"
    assert content["decision_changed"] is True
    difference = irlbayes("ledger", "diff", relapse, "1", "2")
    assert "- added: example2026.relapse" in difference.out
    assert json.loads(irlbayes("ledger", "diff", relapse, "2", "--format", "json").out)["corrected"] == [
        "example2026.relapse"
    ]


def test_what_looks_wrong_is_said(irlbayes: Callable[..., Any], relapse: Path) -> None:
    """A second name for a study that is there: the same DOI."""
    row = "study=reeves2024b outcome=relapse sign=+ n1i=20 n2i=20 doi=10.1177/13524585241229956"
    done = irlbayes("ledger", "add", relapse, "--row", row, "--dry-run")
    assert "what looks wrong" in done.out
    assert "have the same DOI" in done.out


def test_verify_export_and_import(irlbayes: Callable[..., Any], relapse: Path, tmp_path: Path) -> None:
    done = irlbayes("ledger", "verify", relapse, "--recompute")
    assert done.status == 0
    assert "1 entry, every byte" in done.out
    assert "pooled again, with the same numbers: relapse" in done.out
    lines, copy = tmp_path / "lines.jsonl", tmp_path / "copy.ledger"
    assert irlbayes("ledger", "export", relapse, "--output", lines).err == f"1 entry in {lines}\n"
    assert irlbayes("ledger", "import", lines, copy).status == 0
    head = json.loads(irlbayes("ledger", "verify", copy, "--format", "json").out)["head"]
    assert irlbayes("ledger", "verify", relapse, "--head", head[:12]).status == 0
    lines.write_text(lines.read_text(encoding="utf-8").replace('"pval":0.009', '"pval":0.109'), encoding="utf-8")
    done = irlbayes("ledger", "import", lines, tmp_path / "forged.ledger")
    assert done.status == 2
    assert "entry 1" in done.err
    assert not (tmp_path / "forged.ledger").exists()
    damaged = bytearray(relapse.read_bytes())
    damaged[damaged.find(b"0.009") + 4] = ord("8")
    relapse.write_bytes(damaged)
    done = irlbayes("ledger", "verify", relapse)
    assert done.status == 1
    assert "entry 1" in done.out
    assert irlbayes("ledger", "add", relapse, "--row", ROW).status == 2


def test_a_ledger_is_evidence(irlbayes: Callable[..., Any], relapse: Path) -> None:
    done = irlbayes("analyze", relapse, "--outcome", "relapse")
    assert done.status == 0
    assert "read: ledger of irl at entry 1" in done.out
    assert "Relapse, OR" in done.out
    assert irlbayes("explain", relapse, "--study", "kim2023").status == 0
    refused = irlbayes("analyze", relapse, "--scale", "smd", "--sheet", "x")
    assert refused.status == 2
    assert "a ledger says the scale of each outcome" in refused.err
    assert "a sheet is named for a spreadsheet alone" in refused.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "FILE"), "a file of rows, or --row"),
        (("add", "FILE", "--row", "study"), "cells are written column=value"),
        (("add", "FILE", "--row", "a=1 a=2"), "a column once"),
        (("add", "FILE", "absent.csv"), "no such file"),
        (("show", "FILE", "9"), "an entry from 1 to 1"),
        (("log", "FILE", "--outcome", "x"), "an outcome of this ledger"),
        (("log", "absent.ledger"), "a ledger that exists"),
        (("log", "FILE", "--format", "csv"), "one of table, json"),
        (("diff", "FILE", "1", "7"), "an entry from 1 to 1"),
        (("import", "absent.jsonl", "new.ledger"), "a file that can be read"),
        (("watch", "FILE", "absent"), "a folder that exists"),
    ],
)
def test_bad_input(irlbayes: Callable[..., Any], relapse: Path, arguments: tuple[str, ...], words: str) -> None:
    done = irlbayes("ledger", *(str(relapse) if one == "FILE" else one for one in arguments))
    assert (done.status, done.out) == (2, "")
    assert words in done.err


def test_watch(irlbayes: Callable[..., Any], tmp_path: Path) -> None:
    """Statuses for a scheduler, and what changed as Markdown and JSON."""
    folder, ledger = tmp_path / "rows", tmp_path / "w.ledger"
    folder.mkdir()
    init_ledger(ledger, None, empty=True, decide=["all: P(> null) >= 0.9"], scale="smd")
    assert irlbayes("ledger", "watch", ledger, folder, "--once").status == 0
    (folder / "a.csv").write_text(HEADER + "one,0.7,0.2\n")
    done = irlbayes("ledger", "watch", ledger, folder, "--output", tmp_path / "out")
    assert done.status == 10
    assert "Decision changed: effect: P(> null) >= 0.9 is now met" in done.out
    assert (tmp_path / "out" / "ledger-0002-0002.md").read_text(encoding="utf-8").startswith("# What changed")
    content = json.loads((tmp_path / "out" / "ledger-0002-0002.json").read_text(encoding="utf-8"))
    assert (content["schema"], content["decision_changed"]) == ("irlbayes/ledger-difference/1", True)
    assert content["changes"][0]["decisions"] == [
        {"rule": "P(> null) >= 0.9", "met_before": False, "met": True, "changed": True}
    ]
    (folder / "b.csv").write_text(HEADER + "two,,0.2\n")
    done = irlbayes("ledger", "watch", ledger, folder)
    assert done.status == 2
    assert "b.csv: 1 problem; nothing of it was added" in done.err
    assert irlbayes("ledger", "watch", ledger, folder, "--once", "--every", "5").status == 2
