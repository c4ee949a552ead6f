"""The table of a calibration as a page of the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from irlbayes import __version__

INTRODUCTION = """# Calibration

A probability is worth what it is right about. Here true values are drawn from the priors of a model, reports are
simulated from them, and each data set is pooled as if the truth were not known. If the engine computes what it says,
then over many data sets

- a 90 % interval holds the true value nine times in ten (*coverage*);
- the posterior probability below the true value is uniform between 0 and 1 (*ranks*: a chi-square test over 20 bins,
  and ArviZ's simultaneous band around the empirical distribution, inside which uniform ranks stay with probability
  99 %);
- of the cases in which the side of the mean effect was called with a probability near 0.9, nine in ten are right
  (*called 0.9*: posterior probabilities of 0.85 to 0.95, how many there were, their mean, and the share that was
  right).

Reports: *normal* ones have standard errors of a quarter to twice the prior median of tau; *proportions* and *mixed*
ones have the group sizes of the studies of disability in the bundled evidence. Mixed differences are means, verdicts of
significance, p-values and directions in turn; mixed ratios are counts, intervals and directions; mixed interactions are
four arms, two estimates and printed ratios of ratios.

"""
HEADS = (
    "model", "reports", "k", "data sets", "mu 50 %", "80 %", "90 %", "95 %", "tau 90 %", "new study 90 %",
    "chi-square p: mu", "tau", "new study", "inside the band: mu", "tau", "new study", "called 0.9", "said", "right",
)  # fmt: skip


def page(rows: Sequence[Mapping[str, Any]], command: str) -> str:
    """Return the page.

    Parameters
    ----------
    rows : sequence of Mapping
        Of `calibration.table`.
    command : str
        What made it.
    """
    lines = [f"| {' | '.join(HEADS)} |", "|---|---|" + "--:|" * (len(HEADS) - 2)]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    bands = [row[f"{unknown}.inside"] for row in rows for unknown in ("mu", "tau", "theta_new")]
    outside, failed = bands.count(False), sum(int(row["failed"]) for row in rows)
    closing = (
        f"{outside} of {len(bands)} empirical distributions leave their band, where {0.01 * len(bands):.1f} are"
        f" expected. {failed} data sets could not be pooled.\n"
    )
    made = f"Made by irlbayes {__version__} with\n\n```bash\n{command}\n```\n\n"
    return INTRODUCTION + made + "\n".join(lines) + "\n\n" + closing


def _cells(row: Mapping[str, Any]) -> list[str]:
    shares = ["mu.0.5", "mu.0.8", "mu.0.9", "mu.0.95", "tau.0.9", "theta_new.0.9"]
    unknowns = ("mu", "tau", "theta_new")
    return [
        str(row["model"]),
        str(row["design"]),
        str(row["k"]),
        str(row["datasets"]),
        *(f"{row[name]:.3f}" for name in shares),
        *(f"{row[f'{name}.chi_square']:.2g}" for name in unknowns),
        *("yes" if row[f"{name}.inside"] else "**no**" for name in unknowns),
        str(row["called"]),
        *(("–" if not row["called"] else f"{row[name]:.3f}") for name in ("said", "right")),
    ]
