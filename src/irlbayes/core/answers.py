"""What an analysis hands to its reader: one result per outcome, what was skipped, and what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from irlbayes.core.types import Evidence, Outcome, Posterior, ReportTable

Engine = Literal["auto", "exact", "nuts"]
SEED = 20251122


@dataclass(frozen=True)
class Result:
    """One outcome's answers."""

    outcome: Outcome
    posterior: Posterior
    answers: Mapping[str, Evidence]
    statement: str
    caveats: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the posterior may be believed."""
        return self.posterior.gate.passed


@dataclass(frozen=True)
class Skipped:
    """An outcome without an answer, and why. ``failed`` marks one that was asked for and could not be fitted."""

    outcome: str
    reason: str
    failed: bool = False


@dataclass(frozen=True)
class Settings:
    """What an analysis was asked to do; printed with every answer."""

    use: str = "primary"
    drop_reports: tuple[str, ...] = ()
    engine: Engine = "auto"
    level: float = 0.95
    seed: int = SEED


@dataclass(frozen=True)
class Analysis:
    """All answers about one evidence base."""

    table: ReportTable
    settings: Settings
    results: tuple[Result, ...]
    skipped: tuple[Skipped, ...]

    @property
    def passed(self) -> bool:
        """Whether every outcome was fitted and passed its gate."""
        return all(result.passed for result in self.results) and not any(item.failed for item in self.skipped)
