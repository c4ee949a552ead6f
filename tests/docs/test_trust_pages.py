"""The pages about trust run as they stand, and what they quote is what is printed."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from irlbayes import cli
from irlbayes.interaction import treatment

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to"
TABLES = {
    "a-study-that-does-not-fit": "rejection.csv",
    "moderators": "bcg.csv",
    "do-treatments-help-more": "trials.csv",
}
PAGES = (
    "a-non-significant-trend",
    "my-reviewer-distrusts-the-prior",
    "two-studies-only",
    "../reference/priors",
    "what-if-only-the-striking-was-reported",
    "one-published-interval",
    "start-from-a-published-meta-analysis",
    *TABLES,
)


def blocks(page: str, language: str) -> list[str]:
    text = (HOW_TO / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


def lines(page: str) -> list[str]:
    """Return the commands of a page, one a line."""
    return [line for block in blocks(page, "bash") for line in block.splitlines()]


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("page", PAGES)
def test_page(page: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every command ends as it should (1 where a check raises an alarm), and every quoted text is in its output."""
    for table in blocks(page, "csv"):
        (tmp_path / TABLES[page]).write_text(table, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    printed = []
    commands = lines(page)
    assert commands
    for command in commands:
        monkeypatch.setattr(sys, "argv", [*shlex.split(command), *(["--workers", "1"] if " check " in command else [])])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        assert captured.err == "", command
        assert int(stop.value.code or 0) == int("ALARM" in captured.out), command
        printed.append(flat(captured.out))
    quoted = blocks(page, "text")
    assert quoted
    for text in quoted:
        assert any(flat(text) in out for out in printed), text


def test_a_folder_asks_about_treatment_as_the_page_declares(tmp_path: Path) -> None:
    """The declaration of the page, over the rows of its table, gives the answer of the plain table."""
    (declared,), (table,) = blocks("do-treatments-help-more", "toml"), blocks("do-treatments-help-more", "csv")
    (tmp_path / "trials.csv").write_text(table, encoding="utf-8")
    contrasts = '[contrasts]\ntreatment_by_irl = "the effect of treatment with rims against its effect without"\n'
    text = f'schema = "irlbayes/evidence/1"\n{declared}\n{contrasts}'
    folder = tmp_path / "trials"
    folder.mkdir()
    (folder / "evidence.toml").write_text(text, encoding="utf-8")
    header, *rows = table.splitlines()
    kinds = ["arm_counts"] * 3 + ["subgroup_estimates", "estimate_ci"]
    lines = [f"id,cohort,outcome,report,use,{header}"]
    lines += [
        f"r{i},c{i},relapse_on_treatment,{kind},primary,{row}"
        for i, (kind, row) in enumerate(zip(kinds, rows, strict=True))
    ]
    (folder / "reports.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    one, two = treatment(folder).answers[0], treatment(tmp_path / "trials.csv", harm="+").answers[0]
    assert one.evidence is not None
    assert two.evidence is not None
    assert one.evidence.numbers == two.evidence.numbers


def test_the_reference_names_every_check() -> None:
    from irlbayes.trust import checks

    page = (ROOT / "docs" / "reference" / "checks.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|", page, re.M)) == sorted(checks())


def test_the_page_on_priors_names_every_table() -> None:
    from irlbayes.known_priors import listing

    page = (ROOT / "docs" / "reference" / "priors.md").read_text(encoding="utf-8")
    for row in listing():
        (found,) = re.findall(rf"^\| .*`{row['name']}(?:\(delta\))?`.* \|$", page, re.M)
        assert all(role in found for role in row["roles"])
        assert all(f"`{scale}`" in found for scale in row["scales"])


def test_the_page_on_models_names_every_family() -> None:
    from irlbayes.core.priors import FAMILIES

    page = (ROOT / "docs" / "reference" / "models.md").read_text(encoding="utf-8")
    for name, family in FAMILIES.items():
        written = f"{name}({', '.join(family.parameters)})" if family.parameters else name
        assert f"| `{written}` | {family.role} |" in page


def test_the_calibration_page_has_every_model_and_count() -> None:
    from irlbayes.calibration import COUNTS, DESIGNS

    page = (ROOT / "docs" / "why" / "calibration.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (\d+) \| (\d+) \|", page, re.M)
    wanted = {(model, design, str(k)) for model, designs in DESIGNS.items() for design in designs for k in COUNTS}
    assert {(model, design, k) for model, design, k, _ in rows} == wanted
    assert all(int(count) >= 1000 for *_, count in rows)
