"""What moderators say about each study: the design of a meta-regression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irlbayes.core.assumptions import ModelSpec, Prior

Array = NDArray[np.float64]
INTERCEPT = "Intercept"


@dataclass(frozen=True, eq=False)
class Design:
    """Rows of the design matrix, one per study.

    Parameters
    ----------
    formula : str
        Right side, as given.
    names : tuple of str
        Coefficients; the intercept is ``Intercept``.
    matrix : Array, dims (study, coefficient)
    """

    formula: str
    names: tuple[str, ...]
    matrix: Array

    @property
    def average(self) -> Array:
        """The average row, dims (coefficient,): where ``mu`` and a new study are told."""
        return np.asarray(self.matrix.mean(axis=0))

    def priors(self, model: ModelSpec) -> tuple[Prior, ...]:
        """Return the prior of each coefficient: mu's for the intercept, beta's for the others."""
        beta = model.mu if model.beta is None else model.beta
        return tuple(model.mu if name == INTERCEPT else beta for name in self.names)

    def prior_of_average(self, model: ModelSpec) -> Prior:
        """Return the prior of the mean effect at the average row: normal, or flat where one of its parts is."""
        priors, row = self.priors(model), self.average
        if not all(prior.proper for prior, x in zip(priors, row, strict=True) if x):
            return Prior("flat")
        moments = np.array([prior.parameters if prior.proper else (0.0, 0.0) for prior in priors])
        return Prior("normal", (float(row @ moments[:, 0]), float(np.sqrt(row**2 @ moments[:, 1] ** 2))))
