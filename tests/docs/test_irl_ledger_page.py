"""The IRL ledger in the documentation is what a fresh run prints: every table, sentence, number and picture."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from irlbayes import cli, workflow

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "the-irl-ledger.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REVIEW, ALONE, SIDES = (
    TEXT[TEXT.index(f"\n## {start}") : TEXT.index(f"\n## {end}") if end else None]
    for start, end in (
        ("From the reference review", "From the reports"),
        ("From the reports", "Both"),
        ("Both", None),
    )
)
SHORT = ("disability_worsening", "relapse", "high_efficacy_exposure")

Run = Callable[[str], str]


def blocks(text: str, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(text) if name == language]


def commands(text: str, language: str) -> list[str]:
    return [line for block in blocks(text, language) for line in block.splitlines()]


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def without_picture(command: str) -> str:
    return re.sub(r" --figures \S+", "", command)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs a command in a folder of its own and returns what it printed, on one line."""
    monkeypatch.chdir(tmp_path)

    def one(command: str) -> str:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        assert int(stop.value.code or 0) == 0, captured.err
        return flat(captured.out)

    return one


def test_from_the_review_on(run: Run) -> None:
    """The tables and words of the three outcomes, and the ledgers, command by command."""
    (command,) = commands(REVIEW, "sh")
    before, after = REVIEW.split("### The same as a ledger")
    printed = run(without_picture(command))
    assert len(blocks(before, "text")) == 9  # a table, words, and what is left out
    assert all(flat(text) in printed for text in blocks(before, "text"))
    said = [run(line) for line in commands(after, "bash")]
    quoted = [flat(text) for text in blocks(after, "text")]
    assert len(quoted) == 3
    assert [sum(text in out for out in said) for text in quoted] == [1, 1, 1]


def test_ledgers_begin_with_the_priors_and_take_in_the_rows_of_the_evidence() -> None:
    from irlbayes import starting

    table = workflow.read_reports("irl")
    rows = {report.id: report for report in table.reports}
    given = commands(REVIEW, "bash")
    for init, add in zip(given[::2], given[1::2], strict=True):
        outcome = re.findall(r"--outcome (\w+)", init)[0]
        start = starting.start_of(table, outcome)
        model = starting.prior_from(workflow.load_model(table.outcomes[outcome]), start)
        assert f'--prior-mu "{model.mu}"' in init
        cells = dict(cell.split("=", 1) for cell in shlex.split(add)[-1].split())
        report = rows[cells["id"]]
        assert (cells["study"], cells["outcome"], cells["report"]) == (report.study, outcome, report.kind)
        for name in ("contrast", "n1i", "n2i", "sign", "verdict", "alpha"):
            assert cells[name] == report.text(name).removesuffix(".0"), (cells["id"], name)
        (study,) = workflow.effect_table(starting.later(table, start)[0], outcome).studies
        assert study.report.id == cells["id"]


def test_which_studies_are_later() -> None:
    """Of 22 studies after the search two have a primary report of the three outcomes, as the page says."""
    table = workflow.read_reports("irl")
    later = {study for study, cells in table.studies.items() if cells["after_reference_search"] == "yes"}
    outcomes = re.findall(r"--outcome (\w+)", commands(REVIEW, "sh")[0])
    found = {
        report.study
        for report in table.reports
        if report.study in later and report.outcome in outcomes and report.use == "primary"
    }
    assert f"Of the {len(later)} studies on file that were published after the search, two have" in flat(TEXT)
    assert found == {"airmm2026", "dx7t2025"}


def test_short_outcomes_from_the_reports_alone(run: Run) -> None:
    """Of the three outcomes with one or two reports; the others are slow."""
    printed = run(f"irlbayes cumulative irl {' '.join(f'--outcome {name}' for name in SHORT)}")
    here = [text for text in blocks(ALONE, "text") if flat(text) in printed]
    assert len(here) == 2 * len(SHORT)


@pytest.mark.slow
def test_from_the_reports_alone_and_side_by_side(run: Run) -> None:
    """Every table and every word of all outcomes; the three answers; and every decimal number of the prose."""
    (command,), (review,) = commands(ALONE, "sh"), commands(REVIEW, "sh")
    printed = run(without_picture(command))
    assert len(blocks(ALONE, "text")) == 2 * 8
    assert all(flat(text) in printed for text in blocks(ALONE, "text"))
    sides = [run(line) for line in commands(SIDES, "bash")]
    assert [sum(flat(text) in out for out in sides) for text in blocks(SIDES, "text")] == [1, 1, 1]
    everything = " ".join(
        [
            printed,
            run(without_picture(review)),
            *sides,
            run("irlbayes published irl --outcome lesion_load"),
            run("irlbayes explain irl --study reeves2024"),
        ]
    )
    prose = re.sub(r"`[^`]*`|\]\([^)]*\)", "", FENCE.sub("", TEXT))
    numbers = re.findall(r"(?<![\d.])\d+\.\d+(?![\d.])", prose)
    assert len(numbers) >= 4
    assert [number for number in numbers if number not in everything] == []


def test_every_picture_is_shown() -> None:
    shown = set(re.findall(r"\]\(the-irl-ledger/([\w/-]+\.png)\)", TEXT))
    assert shown == {
        str(path.relative_to(DOCS / "the-irl-ledger")) for path in (DOCS / "the-irl-ledger").rglob("*")
    } - {
        "from-the-review",
        "reports-alone",
    }
    assert len(shown) == 3 + 8


@pytest.mark.slow
@pytest.mark.parametrize("part", [REVIEW, ALONE], ids=["from-the-review", "reports-alone"])
def test_pictures_are_those_that_the_command_draws(part: str, run: Run, tmp_path: Path) -> None:
    """Of the same size to the pixel, and of the same ink: letters may differ by a shade from machine to machine."""
    import numpy as np
    from matplotlib.image import imread

    (command,) = commands(part, "sh")
    folder = DOCS.parent / command.rsplit(" ", 1)[1]
    run(f"{without_picture(command)} --figures drawn")
    drawn = sorted((tmp_path / "drawn").iterdir())
    assert [path.name for path in drawn] == sorted(path.name for path in folder.iterdir())
    for path in drawn:
        ours, theirs = imread(folder / path.name), imread(path)
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).mean() < 0.01
