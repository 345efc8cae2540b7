"""Calibrated weights and the standard errors after calibration against R `survey`; `calibration.R` beside this file wrote the numbers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy import sparse

import reference
from prevalence.calibration.calibrated import Calibration
from prevalence.calibration.elements import Rows
from prevalence.calibration.fit import calibrate
from prevalence.calibration.margins import Margin, measured
from prevalence.calibration.proportional import post_stratify, rake
from prevalence.calibration.replicates import Refit, refit
from prevalence.calibration.residuals import Residuals, residuals_after
from prevalence.calibration.steps import calibrated

Floats = npt.NDArray[np.float64]

AGREEMENT = 1e-10
"""R and we iterate to 1e-13 and 1e-12 of the totals, and solve different forms of the same equations."""

CASES = json.loads((Path(__file__).parent / "calibration.json").read_text(encoding="utf-8"))["cases"]
TAYLOR = [case for case in CASES if not case["design"]["replicates"]]
REPLICATED = [case for case in CASES if case["design"]["replicates"]]

APPROXIMATE = {
    "strat_rake": "R's rake() takes residuals of the margins in turn, ten times over, with the weights after",
    "strat_two_steps_in_r_order": "R takes the residuals of the first step first",
    "homes_post_stratified": "R takes x'B away from rows of weight zero as if their weight were 1",
}


@dataclass(frozen=True)
class Sample:
    """The rows of a case and its design."""

    rows: pd.DataFrame
    design: dict[str, Any]

    @property
    def weight(self) -> Floats:
        return self.rows[self.design["weight"]].to_numpy(dtype=np.float64)

    @property
    def stages(self) -> list[npt.NDArray[np.int64]]:
        """The unit of each row at every stage, nested in the one above."""
        if not self.design["stages"]:
            return [np.arange(len(self.rows))]
        stages, keys = [], []
        for column in self.design["stages"]:
            keys.append(column)
            stages.append(self.rows.groupby(keys, sort=True).ngroup().to_numpy())
        return stages

    @property
    def stratum(self) -> npt.NDArray[np.int64]:
        name = self.design["stratum"]
        return codes(self.rows[name])[0] if name else np.zeros(len(self.rows), dtype=np.int64)


def codes(column: pd.Series[Any]) -> tuple[npt.NDArray[np.int64], list[str]]:
    levels, code = np.unique(column.astype(str), return_inverse=True)
    return code, list(levels)


@cache
def sample(name: str) -> Sample:
    case = next(case for case in CASES if case["name"] == name)
    rows = reference.data(case["data"])
    return Sample(rows[rows[case["design"]["weight"]] > 0] if case["design"]["positive"] else rows, case["design"])


def take(step: dict[str, Any], weight: Floats, rows: pd.DataFrame) -> Calibration:
    margins = [Margin(code, len(levels), name=name) for name in step["margins"] for code, levels in [codes(rows[name])]]
    if step["method"] == "post-stratify":
        return post_stratify(weight, margins[0], step["totals"][0])
    if step["method"] == "rake":
        return rake(weight, margins, step["totals"])
    margins += [measured(rows[name].to_numpy(), name) for name in step["measured"]]
    return calibrate(
        weight,
        margins,
        [*step["totals"], *step["measured_totals"]],
        method=step["method"],
        bounds=tuple(step["bounds"]) or None,
        bounds_on=step["bounds_on"] or "ratio",
        household=codes(rows[step["household"]])[0] if step["household"] else None,
        variance=rows[step["variance"]].to_numpy(dtype=np.float64) if step["variance"] else None,
        allow_negative=True,
    )


@cache
def fitted(name: str) -> tuple[Calibration, ...]:
    case = next(case for case in CASES if case["name"] == name)
    found = sample(name)
    weight, out = found.weight, []
    for step in case["steps"]:
        out.append(take(step, weight, found.rows))
        weight = out[-1].weight
    return tuple(out)


def test_the_data_are_those_of_the_numbers() -> None:
    assert reference.stale("calibration") == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_weights(case: dict[str, Any]) -> None:
    np.testing.assert_allclose(fitted(case["name"])[-1].weight, case["weights"], rtol=AGREEMENT)


# ---- linearised variances ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """An estimate as y and denominator x by row; x is None for totals."""

    y: Floats
    x: Floats | None
    inside: npt.NDArray[np.bool_]


def asked(record: dict[str, Any], side: dict[str, Any] | None, rows: pd.DataFrame) -> Asked:
    names = record["variables"]
    columns = list(names) + (["hours"] if "hours" in rows.columns else [])  # in R both outcomes were made missing together
    inside = rows[columns].notna().all(axis=1).to_numpy(copy=True)
    for column, level in (side or {}).items():
        inside &= (rows[column] == level).to_numpy()
    y = np.where(inside, rows[names[0]].fillna(0).to_numpy(dtype=np.float64), 0.0)
    if record["statistic"] == "total":
        return Asked(y, None, inside)
    x = np.where(inside, rows[names[1]].fillna(0).to_numpy(dtype=np.float64) if len(names) > 1 else 1.0, 0.0)
    return Asked(y, x, inside)


def linearised(of: Asked, weight: Floats, after: Residuals) -> tuple[float, Floats]:
    """Return the estimate and the residual score of each row, from the sums by domain that a pass would carry."""
    cell = (~of.inside).astype(np.int64)
    y_sums = after.sums(cell, 2, of.y)[:, :1]
    if of.x is None:
        estimate, z, z_sums = float(weight @ of.y), of.y, y_sums
    else:
        size = float(weight @ of.x)
        estimate = float(weight @ of.y) / size
        z, z_sums = (of.y - estimate * of.x) / size, (y_sums - estimate * after.sums(cell, 2, of.x)[:, :1]) / size
    scores = sparse.csc_array((weight * z)[:, None])
    return estimate, after.scores(scores, after.coefficients(z_sums)).toarray()[:, 0]


def variance(score: Floats, found: Sample) -> float:
    """Return the variance of one or two stages by definition, unit by unit (Särndal, Swensson & Wretman 1992, result 4.3.1)."""
    fpc = [found.rows[name].to_numpy(dtype=np.float64) for name in found.design["fpc"]]
    total = 0.0
    for label in np.unique(found.stratum):
        inside = found.stratum == label
        units = [np.flatnonzero(inside & (found.stages[0] == unit)) for unit in np.unique(found.stages[0][inside])]
        fraction = len(units) / fpc[0][units[0][0]] if fpc else 0.0
        sums = np.array([score[rows].sum() for rows in units])
        total += (1 - fraction) * len(units) * sums.var(ddof=1)
        if len(found.stages) > 1:
            for rows in units:
                below = len(rows) / fpc[1][rows[0]]
                total += fraction * (1 - below) * len(rows) * (score[rows].var(ddof=1) if len(rows) > 1 else 0.0)
    return total


@cache
def after(name: str) -> Residuals:
    found = sample(name)
    rows = len(found.rows)
    return residuals_after(found.weight, [calibrated(step) for step in fitted(name)], np.arange(rows), rows)


RECORDS = [(case, record) for case in TAYLOR for record in case["estimates"]]


@pytest.mark.parametrize(("case", "record"), RECORDS, ids=lambda value: value.get("name") or value["statistic"])
def test_estimates_and_standard_errors(case: dict[str, Any], record: dict[str, Any]) -> None:
    found, weight = sample(case["name"]), fitted(case["name"])[-1].weight
    estimate, score = linearised(asked(record, record["domain"], found.rows), weight, after(case["name"]))
    scale = abs(estimate)
    if record["statistic"] == "difference":
        other, other_score = linearised(asked(record, record["against"], found.rows), weight, after(case["name"]))
        estimate, score, scale = estimate - other, score - other_score, max(scale, abs(other))
    assert abs(estimate - record["estimate"]) <= AGREEMENT * scale
    se = float(np.sqrt(variance(score, found)))
    if case["name"] in APPROXIMATE:
        assert 0.7 * se < record["se"] < 1.4 * se
    else:
        assert abs(se - record["se"]) <= AGREEMENT * max(record["se"], scale)


@pytest.mark.parametrize("name", APPROXIMATE)
def test_where_r_approximates_it_differs(name: str) -> None:
    case = next(case for case in CASES if case["name"] == name)
    record = case["estimates"][0]
    found = sample(name)
    _, score = linearised(asked(record, None, found.rows), fitted(name)[-1].weight, after(name))
    assert abs(float(np.sqrt(variance(score, found))) / record["se"] - 1) > 1e-6


# ---- replicates -------------------------------------------------------------------------------------------------


def jackknife(found: Sample) -> tuple[Floats, Floats]:
    """Return the factors of the delete-one jackknife, shape (units, replicates), and the multiplier of each squared deviation."""
    unit = found.stages[0]
    stratum = np.zeros(unit.max() + 1, dtype=np.int64)
    stratum[unit] = found.stratum
    sampled = np.bincount(stratum)[stratum]
    same = stratum[:, None] == stratum[None, :]
    factors = np.where(same, (sampled / (sampled - 1))[:, None], 1.0)
    np.fill_diagonal(factors, 0.0)
    return factors, (sampled - 1) / sampled


@cache
def replicate_weights(name: str) -> Floats:
    """Return the calibrated weights of every replicate, shape (rows, replicates), every row an element of its own."""
    found = sample(name)
    unit, rows = found.stages[0], len(found.weight)
    factors, _ = jackknife(found)
    by_unit = Rows(sparse.csr_array((found.weight, (unit, np.arange(rows))), shape=(len(factors), rows)))
    out: list[Refit] = []
    for step in fitted(name):
        matrix, place = step.elements.matrix(), step.elements.place
        auxiliaries = matrix if place is None else Rows(matrix[place])
        out.append(refit(auxiliaries, by_unit, factors, step.totals[step.kept], step.distance, earlier=out))
    return np.asarray(found.weight[:, None] * factors[unit] * np.prod([step.ratios() for step in out], axis=0))


def replicated(of: Asked, name: str) -> Floats:
    """Return the estimate in every replicate, shape (replicates,)."""
    weights = replicate_weights(name)
    return of.y @ weights if of.x is None else (of.y @ weights) / (of.x @ weights)


@pytest.mark.parametrize(
    ("case", "record"),
    [(case, record) for case in REPLICATED for record in case["estimates"]],
    ids=lambda value: value.get("name") or value["statistic"],
)
def test_calibration_in_every_replicate(case: dict[str, Any], record: dict[str, Any]) -> None:
    found = sample(case["name"])
    values = replicated(asked(record, record["domain"], found.rows), case["name"])
    if record["statistic"] == "difference":
        values = values - replicated(asked(record, record["against"], found.rows), case["name"])
    _, multiplier = jackknife(found)
    se = float(np.sqrt(multiplier @ (values - record["estimate"]) ** 2))
    scale = max(abs(record["estimate"]), np.abs(values).max())
    assert abs(se - record["se"]) <= AGREEMENT * max(record["se"], scale)
