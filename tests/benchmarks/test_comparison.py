"""The comparison's own workings: what is read, kept, told and written. Nothing here is timed."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(FOLDER))

from comparison import cases, history, machine, roofline, table  # noqa: E402
from comparison.timing import Measured, Work, in_rounds  # noqa: E402
from comparison.tools import pymare, r, statsmodels  # noqa: E402

LINES = """metafor\t\tversion\t3.8.1
metafor (REML)\tfit_13\tseconds\t0.003
metafor (REML)\tfit_13\tmu.mean\t-0.71453234836510149
metafor (REML)\tfit_13\tnote\ttau by REML
metafor (REML)\tlarge\tabsent\tlays out k by k matrices
bayesmeta\t\tabsent\tR is there, the package is not
a line that is no result
"""


def test_what_the_script_prints_is_read() -> None:
    found = r.read(LINES.splitlines())
    assert found.versions == {"metafor": "3.8.1"}
    assert found.absent == {
        "metafor (REML): large": "lays out k by k matrices",
        "bayesmeta": "R is there, the package is not",
    }
    (one,) = found.measured["fit_13"]
    assert one == Measured("metafor (REML)", 0.003, {"mu.mean": -0.7145323483651015}, "tau by REML")


def test_without_r_every_package_has_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(r.shutil, "which", lambda name: None)
    found = r.run(("metafor", "brms"))
    assert found.absent == dict.fromkeys(("metafor", "brms"), "Rscript is not on the path")
    assert not found.measured


@pytest.mark.parametrize("tool", [pymare, statsmodels])
def test_without_a_peer_its_group_is_named(tool: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "find_spec", lambda name: None)
    assert tool.absent() == "not installed: uv run --group peers"  # type: ignore[attr-defined]


def test_every_task_with_a_reference_has_its_numbers() -> None:
    """The priors named in `cases` are ones that the reference has."""
    tasks = cases.tasks()
    for name, unknown in (("fit_13", "mu"), ("fit_100", "mu"), ("moderator_13", "ablat")):
        for one in (unknown, "tau"):
            assert {f"{one}.{what}" for what in table.QUANTITIES} <= {*tasks[name].reference}
    assert tasks["fit_13"].reference["mu.mean"] == -0.6877712366489199  # tests/reference/posteriors_exact.csv


def test_the_plain_grid_agrees_with_the_reference() -> None:
    """It gives the reference of the predictive p; its mean and sd of mu to four digits."""
    tau, mean, sd, share = cases.grid(*cases.pair("bcg_rr"))
    reference = cases.tasks()["fit_13"].reference
    center = share @ mean
    assert center == pytest.approx(reference["mu.mean"], rel=1e-4)
    assert (share @ (sd**2 + (mean - center) ** 2)) ** 0.5 == pytest.approx(reference["mu.sd"], rel=1e-4)
    assert share @ tau == pytest.approx(reference["tau.mean"], rel=1e-4)


def test_blocks_are_interleaved_and_failures_named() -> None:
    """A clock that ticks once a look: each block takes one tick, shared by its calls and their units."""
    order: list[str] = []
    ticks = count()

    def fails() -> dict[str, float]:
        raise ArithmeticError("no")

    works = {
        "a": Work(lambda: order.append("a") or {"x": 1.0}, units=2),
        "b": Work(lambda: order.append("b") or {}, slow=True, note="slow"),
        "c": Work(fails),
    }
    failed: dict[str, str] = {}
    found = {one.tool: one for one in in_rounds(works, 3, lambda: float(next(ticks)), failed)}
    assert failed == {"c": "ArithmeticError: no"}
    assert {*found} == {"a", "b"}
    assert order.count("b") == 1
    assert found["b"] == Measured("b", 1.0, {}, "slow")
    assert found["a"].numbers == {"x": 1.0}
    calls = (order.count("a") - 2) // 3
    assert found["a"].seconds == pytest.approx(0.5 / calls)
    with pytest.raises(ArithmeticError, match="no"):
        in_rounds({"c": Work(fails)})


def line(benchmark: str, ratio: float, date: str = "2026-11-25", seconds: float = 1e-3) -> history.Line:
    return history.Line(date, "machine", "irlbayes 0.1.0", benchmark, seconds, ratio)


def test_the_history_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    assert history.read(path) == []
    history.keep([line("fit_13/metafor (REML)", 3.14159)], path)
    history.keep([line("fit_13/irlbayes", 1.0, "2026-11-26")], path)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "date,machine,versions,benchmark,seconds,ratio",
        "2026-11-25,machine,irlbayes 0.1.0,fit_13/metafor (REML),0.001,3.14",
        "2026-11-26,machine,irlbayes 0.1.0,fit_13/irlbayes,0.001,1",
    ]
    assert history.read(path) == [line("fit_13/metafor (REML)", 3.14), line("fit_13/irlbayes", 1.0, "2026-11-26")]


def test_what_changed_is_told() -> None:
    """Ratios of others, seconds of ours; the last run, or one of a date; other machines do not count."""
    before = [line("a", 3.0, "2026-11-01"), line("a", 5.0, "2026-11-20"), line("ours", 1.0, seconds=1e-3)]
    now = [line("a", 5.5), line("ours", 1.0, seconds=2e-3), line("new", 1.0)]
    said = history.against(now, before, "last")
    assert said == [
        "ours: 0.001 s on 2026-11-25, now 0.002 s",
        "2 of 3 benchmarks were there before; 1 changed by more than a quarter.",
    ]
    assert history.against(now[:1], before, "2026-11-01")[0] == "a: 3 times ours on 2026-11-01, now 5.5 times ours"
    elsewhere = [history.Line("2026-11-25", "another", "", "a", 1.0, 9.0)]
    assert history.against(now[:1], elsewhere, "last") == [
        "0 of 1 benchmarks were there before; 0 changed by more than a quarter."
    ]


def test_errors_are_in_posterior_sds() -> None:
    reference = {"mu.mean": 1.0, "mu.sd": 0.5, "mu.q0.025": 0.0, "tau.mean": 0.2, "tau.sd": 0.1}
    numbers = {"mu.mean": 1.1, "mu.q0.025": -0.25, "tau.mean": 0.25, "p": 0.3, "mu.median": 7.0}
    assert table.errors(numbers, reference) == pytest.approx({"mu": 0.5, "tau": 0.5})
    assert table.errors({"mu.sd": float("nan")}, reference) == {}


def test_a_task_as_a_table() -> None:
    reference = {"mu.mean": 1.0, "mu.sd": 0.5, "mu.q0.025": 0.0, "mu.q0.975": 2.0}
    task = cases.Task("fit", "a fit", "fit", reference)
    measured = [Measured("ours", 2e-4, reference), Measured("peer", 4e-2, {"mu.mean": 1.05}, "an estimate")]
    assert table.of_task(task, measured, 2e-4).splitlines() == [
        "### A fit",
        "",
        "| tool | time per fit | times ours | mu: mean (sd) [95 %] | largest error, in posterior sds |",
        "| --- | --- | --- | --- | --- |",
        "| *reference: independent quadrature* |  |  | 1.0000 (0.5000) [0.0000, 2.0000] |  |",
        "| ours | 200 µs | 1 | 1.0000 (0.5000) [0.0000, 2.0000] | mu 0 |",
        "| peer | 40 ms | 200 | 1.0500 | mu 0.1 |",
        "",
        "peer: an estimate.",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"), [(3.2e-8, "32 ns"), (4.5e-5, "45 µs"), (0.0123, "12.3 ms"), (27.0, "27 s"), (1200.0, "20 min")]
)
def test_times_are_written_in_their_unit(seconds: float, said: str) -> None:
    assert table.time(seconds) == said


def test_a_page_takes_the_table_between_its_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n<!-- x: begin -->\nold\n<!-- x: end -->\nafter\n", encoding="utf-8")
    for _ in range(2):
        table.put(page, "x", "| new |\n")
        assert page.read_text(encoding="utf-8") == "# Page\n<!-- x: begin -->\n\n| new |\n\n<!-- x: end -->\nafter\n"
    with pytest.raises(ValueError, match="no place"):
        table.put(page, "y", "text")


@pytest.mark.parametrize(
    ("page", "name"), [("docs/reference/benchmarks.md", "benchmarks"), ("docs/why/scaling.md", "scaling")]
)
def test_the_pages_have_their_markers(page: str, name: str) -> None:
    text = (FOLDER.parent / page).read_text(encoding="utf-8")
    assert text.count(table.BEGIN.format(name=name)) == text.count(table.END.format(name=name)) == 1


def test_the_least_time_is_the_sum_of_the_operations() -> None:
    rate = dict.fromkeys(roofline.OPERATIONS, 1e-9)
    assert roofline.least({"exp": 100.0, "normal tail": 50.0, "nodes": 7.0}, rate) == pytest.approx(1.5e-7)


def test_memory_is_that_of_the_fresh_process() -> None:
    """Not of this one: 200 MB held here do not count, and 100 MB there do."""
    held = bytearray(200_000_000)
    bare = machine.peak_megabytes("", FOLDER)
    assert bare < 100.0 < len(held) / 1e6
    assert 80.0 < machine.peak_megabytes("held = b'x' * 100_000_000", FOLDER) - bare < 120.0
