"""Cases for checks: published data sets, and rows of any kind."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from irlbayes.core.answers import Evidence
from irlbayes.core.assumptions import ModelSpec, Prior
from irlbayes.core.examining import Case
from irlbayes.core.registry import leaves
from irlbayes.core.types import EffectTable, Outcome, Report, ReportTable, Value
from irlbayes.effects.table import effect_table
from irlbayes.posterior import exact
from irlbayes.posterior.refit import above, refit, scores
from irlbayes.posterior.subgroups import regroup

INPUTS = Path(__file__).parents[1] / "reference" / "inputs"
Row = tuple[str, str, dict[str, Value]]


def studies_of(rows: Sequence[Row], scale: str = "smd") -> EffectTable:
    """Turn (study, kind, cells) rows into the studies of one outcome with the null at 0."""
    reports = tuple(
        Report(study, study, str(cells.get("cohort", study)), "outcome", kind, "primary", "test", i + 2, cells)
        for i, (study, kind, cells) in enumerate(rows)
    )
    outcome = Outcome("outcome", "outcome", scale, 0.0, "+")
    return effect_table(ReportTable("test", "test", "test", "", reports, {"outcome": outcome}), outcome)


def normal_rows(pairs: Sequence[tuple[float, float]]) -> list[Row]:
    return [(f"study{i}", "yi_sei", {"yi": y, "sei": s}) for i, (y, s) in enumerate(pairs, start=1)]


def published(dataset: str) -> list[Row]:
    """Rows of a data set of the reference, as effects with standard errors."""
    with (INPUTS / f"{dataset}.csv").open(encoding="utf-8") as file:
        return [(r["study"], "yi_sei", {"yi": float(r["yi"]), "sei": float(r["sei"])}) for r in csv.DictReader(file)]


def case(rows: Sequence[Row], mu: Prior, tau: Prior, scale: str = "none", **more: object) -> Case:
    effects = studies_of(rows, scale)
    model = ModelSpec("test", scale, mu, tau)
    return Case(exact.fit(effects, model), refit, regroup, scores, above, **more)  # type: ignore[arg-type]


def ask(name: str, of: Case) -> Evidence:
    found = leaves("irlbayes.checks")[name].answer(of)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def checks() -> SimpleNamespace:
    """Makers of cases, and the checks by name."""
    return SimpleNamespace(
        case=case,
        case_with=replace,
        ask=ask,
        published=published,
        normal_rows=normal_rows,
        answer=_answer,
        studies_of=studies_of,
    )


def _answer(name: str, of: Case) -> Evidence | None:
    answer: Callable[[Case], Evidence | None] = leaves("irlbayes.checks")[name].answer
    return answer(of)
