"""What is assumed: priors, random effects, and the model that they make."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Prior:
    """One prior distribution of a declared family (`core.priors.FAMILIES`).

    Parameters
    ----------
    family : str
    parameters : tuple of float
        In units of the effect.
    reason : str
        Why this prior, in a sentence; where it is from, for one of the library.
    warnings : tuple of str
        What a reader should know before leaning on it.
    """

    family: str
    parameters: tuple[float, ...] = ()
    reason: str = field(default="", compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return _call(self.family, self.parameters)

    @property
    def proper(self) -> bool:
        """Whether the prior integrates to one."""
        return self.family != "flat"


@dataclass(frozen=True)
class RandomEffects:
    """How true effects spread around their mean, in units of tau.

    Parameters
    ----------
    family : str
        ``normal``, ``student_t`` (degrees of freedom) or ``contaminated`` (share of the studies that scatter more, and
        how many times more).
    parameters : tuple of float

    Examples
    --------
    >>> str(RandomEffects()), str(RandomEffects("student_t", (4.0,)))
    ('normal', 'student_t(4)')
    """

    family: str = "normal"
    parameters: tuple[float, ...] = ()

    def __str__(self) -> str:
        return _call(self.family, self.parameters)


def _call(name: str, numbers: tuple[float, ...]) -> str:
    return f"{name}({', '.join(f'{value:g}' for value in numbers)})" if numbers else name


@dataclass(frozen=True)
class ModelSpec:
    """What is assumed: random effects, scale and priors. Its fingerprint is its content, not its name.

    Parameters
    ----------
    name, scale : str
    mu, tau : Prior
        Of the mean effect and of the sd between studies.
    unit : str
        Unit of an effect that has one of its own.
    random_effects : RandomEffects
    moderators : str
        Right side of a formula such as ``year + design``; empty for none.
    beta : Prior or None
        Of every coefficient but the intercept, whose prior is that of mu; None without moderators.
    within : Prior or None
        Of omega, the sd between rows of one cohort; None where one row of each cohort enters.
    within_correlation : float
        Correlation of the sampling errors of one cohort's normal rows; used with ``within`` only.
    description : str
    """

    name: str
    scale: str
    mu: Prior
    tau: Prior
    unit: str = ""
    random_effects: RandomEffects = RandomEffects()
    description: str = ""
    moderators: str = ""
    beta: Prior | None = None
    within: Prior | None = None
    within_correlation: float = 0.0
