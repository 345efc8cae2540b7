"""Two-phase samples against R `survey` 4.1-1; two_phase.R wrote the numbers."""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import reference
from prevalence.formulas.two_phase import TwoPhaseRule, refined, second_phase, two_phase_rule, ultimate_units
from prevalence.totals import Columns, Floats, Ints, Units

CLOSE = 1e-10
"""R adds up whole matrices, whose terms are far larger than their sum."""

CONSTANT = 1e-6
"""The number of people in phase 1 does not vary when all have one weight: R leaves rounding noise below this part of the total."""

NUMBERS: list[dict[str, Any]] = json.loads((reference.FOLDER / "two_phase.json").read_text(encoding="utf-8"))["numbers"]
POINTS = [number for number in NUMBERS if number["statistic"] != "covariance"]


def label(number: dict[str, Any]) -> str:
    return ":".join(str(number[key]) for key in ("data", "method", "statistic", "y", "x", "domain") if key in number)


class Sample:
    """The rows of phase 1, their units, and the weights of both phases."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self.rows = rows
        unit, labels = pd.factorize(rows["unit1"])
        stratum = codes(rows.groupby(unit)["h"].first())
        sampled = np.bincount(stratum)
        population = rows.groupby(codes(rows["h"]))["fpc1"].first().to_numpy()
        phase_2, _ = pd.factorize(rows["unit2"])
        self.ultimate, one, two = ultimate_units(np.asarray(unit), np.asarray(phase_2))
        self.first = refined(Units.of_one_stage(stratum, sampled, sampled / population), one)
        by_unit = rows.groupby(phase_2)
        in_phase_2 = by_unit["in2"].first().to_numpy() == 1
        self.drawn = in_phase_2[two]
        self.second = second_phase(two, codes(by_unit["g"].first()), in_phase_2)
        assert len(labels) == len(stratum)
        fractions = sampled[codes(rows["h"])] / population[codes(rows["h"])] * self.second.fraction[codes(rows["g"])]
        self.weight = np.where(rows["in2"] == 1, 1 / fractions, 0.0)

    def rule(self, method: str) -> TwoPhaseRule:
        return two_phase_rule(self.first, self.second, self.drawn, method=method, df_rule="own")

    def columns(self, *by_row: Floats) -> Columns:
        size = (len(self.drawn), len(self.ultimate))
        grouped = sparse.csc_array((np.ones(len(self.ultimate)), (self.ultimate, np.arange(len(self.ultimate)))), shape=size)
        return sparse.csc_array(grouped @ np.column_stack(by_row))

    def linear(self, y: str, x: str | None, domain: str | None) -> tuple[float, Columns, Columns]:
        weight = self.weight * (self.rows[domain] if domain else 1)
        numerator = (weight * self.rows[y]).to_numpy()
        presence = self.columns((weight > 0).astype(float))
        if x is None:
            return float(numerator.sum()), self.columns(numerator), presence
        denominator = (weight * self.rows[x]).to_numpy()
        estimate = numerator.sum() / denominator.sum()
        return float(estimate), self.columns((numerator - estimate * denominator) / denominator.sum()), presence


def codes(values: pd.Series) -> Ints:
    return np.unique(values.to_numpy(), return_inverse=True)[1]


@cache
def sample(name: str) -> Sample:
    return Sample(reference.data(name))


@pytest.mark.parametrize("number", POINTS, ids=label)
def test_estimates_standard_errors_and_degrees_of_freedom(number: dict[str, Any]) -> None:
    drawn = sample(number["data"])
    estimate, scores, presence = drawn.linear(number["y"], number.get("x"), number.get("domain"))
    found = drawn.rule("full" if number["method"] == "two stages" else number["method"]).spread(scores, presence)
    assert estimate == pytest.approx(number["estimate"], rel=CLOSE)
    assert math.sqrt(found.variance[0]) == pytest.approx(
        number["se"], rel=CLOSE, abs=CONSTANT * number["estimate"] * known(number)
    )
    if "domain" not in number and len(drawn.first.primary.sampled) == 1 and number["data"] != "two_phase_mu284.csv":
        # R counts units of phase 2 alone; here phase 1 has no fewer.
        assert found.df[0] == number["df"]


def known(number: dict[str, Any]) -> bool:
    """Return whether the estimate is the size of the population, which phase 1 fixes."""
    return number["data"] == "two_phase_nwtco.csv" and number["y"] == "one"


@pytest.mark.parametrize("number", [number for number in NUMBERS if number["statistic"] == "covariance"], ids=label)
def test_covariances(number: dict[str, Any]) -> None:
    drawn = sample(number["data"])
    parts = [drawn.linear(y, None, None) for y in number["y"]]
    scores, presence = (sparse.csc_array(sparse.hstack(list(arrays))) for arrays in list(zip(*parts, strict=True))[1:])
    found = drawn.rule(number["method"]).covariance(scores, presence)
    expected = np.array(number["covariance"])
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(found / scale, expected / scale, atol=10 * CLOSE)
