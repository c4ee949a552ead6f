"""What the documentation shows is what the program does: blocks run, and printed output is current."""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from irlbayes import cli, workflow
from irlbayes.core.assumptions import Prior
from irlbayes.models.declare import read_declaration
from irlbayes.report.table import analysis, to_text

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(path: Path, language: str) -> list[str]:
    return [body for name, body in FENCE.findall(path.read_text(encoding="utf-8")) if name == language]


def run(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    words = shlex.split(command, comments=True)
    words = words[words.index("irlbayes") :]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        cli.main()
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_readme_prints_the_real_table() -> None:
    """The README's block is byte for byte what the main job prints."""
    shown = blocks(ROOT / "README.md", "text")[0]
    assert shown == to_text(analysis(workflow.analyze()))


def test_readme_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """The README's Python example has 12 lines and runs, DataTree included."""
    (example,) = blocks(ROOT / "README.md", "python")
    assert len([line for line in example.splitlines() if line.strip()]) == 12
    exec(compile(example, "README.md", "exec"), {})
    out = capsys.readouterr().out
    assert "odds ratio" in out
    assert "before the data 0.500" in out
    assert "theta_new" in out


def test_readme_commands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every irlbayes command of the README ends well."""
    (tmp_path / "my-studies.csv").write_text("study,ai,n1i,ci,n2i\nAronson 1948,4,123,11,139\nGras 2008,0,50,3,34\n")
    monkeypatch.chdir(tmp_path)
    commands = [
        line for block in blocks(ROOT / "README.md", "bash") for line in block.splitlines() if "uv run irlbayes" in line
    ]
    assert len(commands) == 20
    for command in commands:
        status, out, err = run(command, monkeypatch, capsys)
        assert (status, "error" in err) == (0, False), command
        assert out or " -o " in command


def test_how_to_your_own_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The tables and commands of the how-to run as they stand, and the relapse table answers as the bundled rows do."""
    page = ROOT / "docs" / "how-to" / "your-own-table.md"
    names = ("transplants.csv", "stay.csv", "relapse.csv")
    tables = blocks(page, "csv")
    assert len(tables) == len(names)
    for name, table in zip(names, tables, strict=True):
        (tmp_path / name).write_text(table)
    monkeypatch.chdir(tmp_path)
    commands = [line for block in blocks(page, "bash") for line in block.splitlines()]
    assert len(commands) == len(names)
    for command in commands:
        status, _, err = run(command, monkeypatch, capsys)
        assert (status, err) == (0, ""), command
    mine = workflow.analyze(tmp_path / "relapse.csv", scale="log_or").results[0]
    bundled = workflow.analyze("irl", outcomes=["relapse"]).results[0]
    assert mine.answers["pooled"].numbers["mean"] == pytest.approx(bundled.answers["pooled"].numbers["mean"], rel=1e-12)


def test_how_to_several_outcomes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The table of the how-to is answered as printed, byte for byte, and its Python example runs."""
    page = ROOT / "docs" / "how-to" / "several-outcomes-at-once.md"
    (rows,), (command,), (shown,) = (blocks(page, language) for language in ("csv", "bash", "text"))
    (tmp_path / "teeth.csv").write_text(rows)
    monkeypatch.chdir(tmp_path)
    assert run(command, monkeypatch, capsys) == (0, shown, "")
    (example,) = blocks(page, "python")
    exec(compile(example, page.name, "exec"), {})
    assert "nothing was borrowed" in capsys.readouterr().out


def test_model_page_shows_a_model(tmp_path: Path) -> None:
    """The declaration in the reference page is the bundled one's shape, and is read."""
    (declaration,) = blocks(ROOT / "docs" / "reference" / "models.md", "toml")
    assert tomllib.loads(declaration)["schema"] == "irlbayes/model/1"
    path = tmp_path / "smd.toml"
    path.write_text(declaration)
    assert read_declaration(path).mu == Prior("normal", (0.0, 1.0))


def test_json_page_names_every_key() -> None:
    """The reference of the JSON document names every key that the document has."""
    from irlbayes.report.document import document

    page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    done = workflow.analyze("irl", outcomes=["relapse"])
    content = document(done, workflow.fingerprints(done))
    result = content["results"][0]
    keys = {*content, *result, *result["mu"], *result["mu"]["thresholds"][0], *result["studies"][0], *result["gate"]}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file that is there."""
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_command_line_page_names_every_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reference of the command line names every option that `--help` lists."""
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")
    _, listed, _ = run("irlbayes --help", monkeypatch, capsys)
    commands = re.findall(r"^  ([a-z]+) ", listed, re.M)
    groups = cli.app.registered_groups
    assert len(commands) == len(cli.app.registered_commands) + len(groups)
    for group in groups:
        assert group.typer_instance is not None
        commands += [f"{group.name} {one.name}" for one in group.typer_instance.registered_commands]
        commands.remove(str(group.name))
    counts = {}
    for command in commands:
        assert f"`irlbayes {command} " in page, command
        _, out, _ = run(f"irlbayes {command} --help", monkeypatch, capsys)
        options = set(re.findall(r"--[a-z][a-z0-9-]*", out)) - {"--help"}
        counts[command] = len(options)
        assert [option for option in sorted(options) if option not in page] == [], command
    assert counts["analyze"] >= 22  # so that options are found at all


def test_kinds_page_names_every_kind_and_column() -> None:
    """The reference of report kinds names every kind and every column that it needs."""
    from irlbayes.effects.table import kinds

    page = (ROOT / "docs" / "reference" / "report-kinds.md").read_text(encoding="utf-8")
    for name, kind in kinds().items():
        for word in (name, *(column.name for column in kind.COLUMNS)):
            assert f"`{word}`" in page, word


def test_what_the_paper_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Every report kind has a line of a paper, its row, and the derivation that `explain` prints, byte for byte."""
    from irlbayes.effects.table import kinds

    page = (ROOT / "docs" / "how-to" / "what-the-paper-says.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## [^\n]*`(\w+)`\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    assert set(sections) == set(kinds())
    monkeypatch.chdir(tmp_path)
    for name, body in sections.items():
        found = dict(FENCE.findall(body))
        assert set(found) == {"csv", "bash", "text"}
        Path(f"{name}.csv").write_text(found["csv"], encoding="utf-8")
        status, out, err = run(found["bash"].strip(), monkeypatch, capsys)
        assert (status, err) == (0, ""), name
        assert out == found["text"], name
