"""Look through the input for what looks wrong, and say it: every check of `effects/forensics/`, in order of line."""

from __future__ import annotations

from typing import Protocol, cast

from irlbayes.core.registry import leaves
from irlbayes.core.types import Finding, ReportTable


class Check(Protocol):
    """What every file of `effects/forensics/` exports."""

    def find(self, table: ReportTable) -> list[Finding]:
        """Return what looks wrong, each with its reason."""


def checks() -> dict[str, Check]:
    """Return every check by name: the files of `effects/forensics/`.

    Examples
    --------
    >>> "grim" in checks()
    True
    """
    return cast("dict[str, Check]", leaves("irlbayes.effects.forensics"))


def findings(table: ReportTable) -> tuple[Finding, ...]:
    """Run every check on an evidence base.

    Parameters
    ----------
    table : ReportTable

    Returns
    -------
    tuple of Finding
        By file, line and check; nothing in the table is changed.

    Notes
    -----
    A finding is a reason to open the paper, not a proof of an error. What each check sees, its rule and what it cannot
    see are in `docs/reference/forensics.md`.
    """
    found = [finding for check in checks().values() for finding in check.find(table)]
    return tuple(sorted(found, key=lambda one: (one.file, one.line or 0, one.check, one.reports, one.words)))
