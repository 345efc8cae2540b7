"""Systematic and unequal-probability samples against R `survey` 4.1-1; selection.R wrote the numbers."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import reference
from prevalence.formulas.occupancy import occupancy
from prevalence.formulas.selection import FORMS, SelectionForm, selection_form
from prevalence.formulas.variance import Lonely, variances
from prevalence.totals import StageUnits

TAYLOR = 1e-12
"""Same formula, other order of summation (DESIGN section 7)."""

RAW_SQUARES = 1e-11
"""R adds up the whole matrix of joint probabilities, whose terms are far larger than their sum."""

NUMBERS: list[dict[str, Any]] = json.loads((reference.FOLDER / "selection.json").read_text(encoding="utf-8"))["numbers"]
POINTS = [number for number in NUMBERS if number["statistic"] != "covariance" and number["data"] != "mu284_brewer.csv"]


def tolerance(selection: str) -> float:
    return RAW_SQUARES if selection.startswith("hartley-rao") else TAYLOR


def label(number: dict[str, Any]) -> str:
    return ":".join(str(number[key]) for key in ("data", "selection", "statistic", "y", "x", "domain") if key in number)


def stage_of(rows: pd.DataFrame) -> StageUnits:
    stratum = rows["stratum"].to_numpy() - 1
    sampled = np.bincount(stratum)
    return StageUnits(np.arange(len(rows)), stratum, sampled, np.zeros(len(sampled)), np.ones(len(sampled)))


def form_of(number: dict[str, Any]) -> SelectionForm:
    rows = reference.data(number["data"])
    known = np.array([number["mean_probability"]]) if "mean_probability" in number else None
    return selection_form(
        number["selection"],
        stage_of(rows),
        sequence=rows["order"].to_numpy(),
        probability=rows["p"].to_numpy(),
        mean_probability=known,
    )


def linear(number: dict[str, Any]) -> tuple[float, sparse.csc_array]:
    """Return the estimate and its scores, one column."""
    rows = reference.data(number["data"])
    weight = rows["w"] * (rows[number["domain"]] if number.get("domain") else 1)
    y = (weight * rows[number["y"]]).to_numpy()
    if "x" not in number:
        return float(y.sum()), sparse.csc_array(y[:, None])
    x = (weight * rows[number["x"]]).to_numpy()
    estimate = y.sum() / x.sum()
    return float(estimate), sparse.csc_array(((y - estimate * x) / x.sum())[:, None])


def test_every_form_is_compared() -> None:
    assert {number["selection"] for number in NUMBERS} == set(FORMS)


@pytest.mark.parametrize("number", POINTS, ids=label)
def test_estimates_and_standard_errors(number: dict[str, Any]) -> None:
    estimate, scores = linear(number)
    error = math.sqrt(form_of(number).variances(scores)[0])
    assert estimate == pytest.approx(number["estimate"], rel=TAYLOR)
    assert error == pytest.approx(number["se"], rel=tolerance(number["selection"]))


@pytest.mark.parametrize("number", [number for number in NUMBERS if number["statistic"] == "covariance"], ids=label)
def test_covariances(number: dict[str, Any]) -> None:
    rows = reference.data(number["data"])
    scores = sparse.csc_array(rows[["Bush", "Kerry", "Nader"]].to_numpy(dtype=float) * rows[["w"]].to_numpy())
    expected = np.array(number["covariance"])
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(form_of(number).covariance(scores) / scale, expected / scale, atol=10 * RAW_SQUARES)


@pytest.mark.parametrize("number", [number for number in NUMBERS if number["data"] == "mu284_brewer.csv"], ids=label)
def test_brewer_in_two_stages_multiplies_the_second_by_the_probability_of_the_unit_above(number: dict[str, Any]) -> None:
    rows = reference.data(number["data"]).sort_values(["id1", "id2"])
    codes, labels = pd.factorize(rows["id1"])
    probability = rows.groupby(codes)["p1"].first().to_numpy()
    size = np.bincount(codes)
    fraction = rows.groupby(codes)["p2"].first().to_numpy()
    above = StageUnits(codes, np.zeros(len(labels), dtype=int), np.array([len(labels)]), np.zeros(1), np.ones(1))
    below = StageUnits(np.arange(len(rows)), codes, size, fraction, probability)
    inside = rows[number["domain"]] if number.get("domain") else 1
    scores = sparse.csc_array((rows["w"] * rows["y1"] * inside).to_numpy()[:, None])
    first = selection_form("brewer", above, probability=probability).variances(above.sums(scores))
    second = variances(scores, occupancy(scores, below), below, Lonely())
    assert scores.sum() == pytest.approx(number["estimate"], rel=TAYLOR)
    assert math.sqrt(first[0] + second[0]) == pytest.approx(number["se"], rel=TAYLOR)
