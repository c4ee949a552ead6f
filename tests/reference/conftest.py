"""The data sets and priors of the reference, as curves and priors of ours."""

import csv
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from irlbayes.core.assumptions import Prior
from irlbayes.core.curve import Curve, normal_curve

HERE = Path(__file__).parent
OUR_NAMES = {"halfnormal": "half_normal", "halfcauchy": "half_cauchy"}


@cache
def read_inputs(dataset: str) -> tuple[dict[str, str], ...]:
    """Return the rows of one data set: study, yi, sei, vi."""
    with (HERE / "inputs" / f"{dataset}.csv").open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def parse_prior(words: str) -> Prior:
    """Return the prior that the reference calls ``flat`` or ``family(parameters)``."""
    if words == "flat":
        return Prior("flat")
    found = re.fullmatch(r"(\w+)\((.+)\)", words)
    assert found, words
    return Prior(OUR_NAMES.get(found[1], found[1]), tuple(float(number) for number in found[2].split(",")))


@pytest.fixture(scope="session")
def inputs_of() -> Callable[[str], tuple[dict[str, str], ...]]:
    """Rows of a data set by name."""
    return read_inputs


@pytest.fixture(scope="session")
def curves_of() -> Callable[[str], list[Curve]]:
    """Normal likelihoods of a data set by name, in its order."""
    return lambda dataset: [normal_curve(float(row["yi"]), float(row["sei"])) for row in read_inputs(dataset)]


@pytest.fixture(scope="session")
def prior_of() -> Callable[[str], Prior]:
    """A prior from the reference's words for it."""
    return parse_prior
