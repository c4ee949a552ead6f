"""Steps from cells to likelihood that several report kinds share, with their numbers."""

from __future__ import annotations

from irlbayes.core.types import Report, Step
from irlbayes.effects.likelihoods.noncentral_t import root_size


def number(value: float) -> str:
    """Write a number to six digits.

    Examples
    --------
    >>> number(0.4764912), number(26.0)
    ('0.476491', '26')
    """
    return f"{value:.6g}"


def normal(yi: float, sei: float) -> Step:
    """The likelihood of a normal estimate."""
    return Step("likelihood", f"Normal({number(yi)}; theta, {number(sei)}^2)")


def observed_t(t: float, n1: float, n2: float) -> list[Step]:
    """The likelihood of an observed t statistic."""
    return [
        root(n1, n2),
        Step(
            "likelihood",
            f"density of t = {number(t)} under noncentral t with {n1 + n2 - 2.0:g} degrees of freedom"
            " and noncentrality theta * r",
            source="Hedges (1981)",
        ),
    ]


def root(n1: float, n2: float) -> Step:
    """The noncentrality of an SMD of one."""
    return Step(
        "r",
        f"sqrt(n1i n2i / (n1i + n2i)) = sqrt({n1:g} * {n2:g} / {n1 + n2:g})",
        root_size(n1, n2),
    )


def given(report: Report, *names: str) -> str:
    """Write filled cells as ``name = value`` pairs."""
    values = [(name, report.values[name]) for name in names if report.has(name)]
    return ", ".join(
        f"{name} = {value:g}" if isinstance(value, float) else f"{name} = {value}" for name, value in values
    )
