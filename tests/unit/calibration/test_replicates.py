"""Calibration in all replicates at once against calibration of each replicate's weights over the rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from prevalence.calibration import replicates
from prevalence.calibration.calibrated import Calibration
from prevalence.calibration.distances import distance
from prevalence.calibration.elements import elements_of
from prevalence.calibration.fit import calibrate
from prevalence.calibration.margins import Margin, described, measured
from prevalence.calibration.proportional import post_stratify
from prevalence.calibration.replicates import Refit, joint, refit, refit_linear, replicate_totals, weights_by_unit
from prevalence.errors import DataError

Floats = npt.NDArray[np.float64]

SAME = 1e-9
"""Both sides meet totals to 1e-12; weights follow by the condition of the equations."""

ROWS, UNITS, REPLICATES = 300, 20, 15
RNG = np.random.default_rng(6)
WEIGHT = RNG.gamma(4, 5, ROWS)
UNIT = RNG.integers(0, UNITS, ROWS)
FACTORS = RNG.multinomial(UNITS - 1, np.full(UNITS, 1 / UNITS), REPLICATES).T * UNITS / (UNITS - 1)
SEX = Margin(RNG.integers(0, 2, ROWS), 2, name="sex")
AGE = Margin(RNG.integers(0, 4, ROWS), 4, name="age")
INCOME = measured(RNG.lognormal(1, 0.4, ROWS), "income")
HOUSEHOLD = np.unique(UNIT * 6 + RNG.integers(0, 6, ROWS), return_inverse=True)[1]
VARIANCE = RNG.gamma(3, 1, ROWS)
TOTALS: list[npt.ArrayLike] = [[3200, 3000], [1600, 1500, 1500, 1600], 6200 * 2.9]
Y, CELL = RNG.normal(10, 2, ROWS), RNG.integers(0, 3, ROWS)

NONE = np.array([-np.inf])

CASES = {
    "linear": {},
    "raking": {"method": "raking"},
    "logit": {"method": "logit", "bounds": (0.05, 8)},
    "truncated": {"bounds": (0.2, 4)},
    "households": {"household": HOUSEHOLD},
    "model variance": {"variance": VARIANCE},
}


def base(options: dict[str, object]) -> Floats:
    return WEIGHT[np.unique(HOUSEHOLD, return_index=True)[1]][HOUSEHOLD] if "household" in options else WEIGHT


def fit(weight: Floats, number: int, options: dict[str, object]) -> Calibration:
    return calibrate(weight, [SEX, AGE, INCOME][:number], TOTALS[:number], allow_negative=True, **options)


def in_turn(options: dict[str, object], number: int) -> Floats:
    """Return calibrated replicate weights, shape (rows, replicates)."""
    return np.column_stack([fit(base(options) * f[UNIT], number, options).weight for f in FACTORS.T])


def rows_of(step: Refit, place: npt.NDArray[np.int64], weight: Floats) -> Floats:
    return weight[:, None] * FACTORS[UNIT] * step.ratios()[place]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("case", CASES)
def test_every_replicate_gets_its_own_weights(case: str, number: int) -> None:
    options = CASES[case]
    weight = base(options)
    whole = fit(weight, number, options)
    shared = joint([whole.elements])
    by_unit = weights_by_unit(weight, shared.place, shared.count, UNIT, UNITS)
    variance = None
    if whole.variance is not None:
        variance = np.bincount(shared.place, whole.variance) / np.bincount(shared.place)
    found = refit(shared.matrices[0], by_unit, FACTORS, whole.totals[whole.kept], whole.distance, variance=variance)
    np.testing.assert_allclose(rows_of(found, shared.place, weight), in_turn(options, number), rtol=SAME, atol=SAME)


@pytest.mark.parametrize("case", ["linear", "households", "model variance"])
@pytest.mark.parametrize("number", [2, 3])
def test_linear_calibration_from_sums_by_unit(case: str, number: int) -> None:
    options = CASES[case]
    weight = base(options)
    whole = fit(weight, number, options)
    parts = whole.elements
    variance = None if whole.variance is None else parts.sums(whole.variance) / parts.sums(np.ones(ROWS))
    found = refit_linear(parts, weight, UNIT, FACTORS, whole.totals[whole.kept], variance=variance)
    place = np.arange(ROWS) if parts.place is None else parts.place
    np.testing.assert_allclose(rows_of(found, place, weight), in_turn(options, number), rtol=SAME, atol=SAME)


def test_successive_calibrations_and_totals_by_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    first = post_stratify(WEIGHT, AGE, TOTALS[1])
    second = fit(first.weight, 2, CASES["raking"])
    shared = joint([first.elements, second.elements])
    by_unit = weights_by_unit(WEIGHT, shared.place, shared.count, UNIT, UNITS)
    monkeypatch.setattr(replicates, "AT_ONCE", 40)  # one or two replicates at a time
    one = refit(shared.matrices[0], by_unit, FACTORS, first.totals[first.kept], first.distance)
    two = refit(shared.matrices[1], by_unit, FACTORS, second.totals[second.kept], second.distance, earlier=[one])
    place = shared.place * 3 + CELL
    sums = weights_by_unit(WEIGHT * Y, place, shared.count * 3, UNIT, UNITS)
    everywhere = np.arange(shared.count * 3)
    found = replicate_totals(sums, everywhere // 3, everywhere % 3, 3, FACTORS, [one, two])
    weights = [fit(post_stratify(WEIGHT * f[UNIT], AGE, TOTALS[1]).weight, 2, CASES["raking"]).weight for f in FACTORS.T]
    np.testing.assert_allclose(found.T, [np.bincount(CELL, w * Y, 3) for w in weights], rtol=SAME)


def test_totals_that_are_sums_of_the_same_sample() -> None:
    responded = (RNG.random(ROWS) < 0.8).astype(np.float64)
    whole = post_stratify(WEIGHT * responded, AGE, np.bincount(AGE.code, WEIGHT))
    shared = joint([whole.elements])
    sampled = weights_by_unit(WEIGHT, shared.place, shared.count, UNIT, UNITS)
    remaining = weights_by_unit(WEIGHT * responded, shared.place, shared.count, UNIT, UNITS)
    wanted = shared.matrices[0].T @ (sampled.T @ FACTORS)
    found = refit(shared.matrices[0], remaining, FACTORS, wanted, whole.distance)
    expected = [
        post_stratify(WEIGHT * responded * f[UNIT], AGE, np.bincount(AGE.code, WEIGHT * f[UNIT])).ratio for f in FACTORS.T
    ]
    np.testing.assert_allclose(found.ratios()[shared.place], np.column_stack(expected), rtol=SAME)


def test_a_cell_without_weight_in_a_replicate_is_named() -> None:
    alone = Margin((UNIT == 3).astype(np.int64), 2, name="island")
    whole = post_stratify(WEIGHT, alone, [5000, 300])
    shared = joint([whole.elements])
    by_unit = weights_by_unit(WEIGHT, shared.place, shared.count, UNIT, UNITS)
    factors = np.ones((UNITS, 2))
    factors[3, 1] = 0
    names = described([alone], whole.kept)
    with pytest.raises(DataError, match=r"1 does not: margin 'island', cell 1 in replicate 1"):
        refit(shared.matrices[0], by_unit, factors, whole.totals, whole.distance, names=names)


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_totals_that_contradict_each_other_in_a_replicate_are_found(method: str) -> None:
    # The island is left out since it follows from the others; without its rows, all others together are too few.
    others = Margin((UNIT == 3).astype(np.int64), 2)
    parts = elements_of([SEX, others]).take(np.array([0, 1, 2]))
    totals = np.array([2650.0, 2650, 5000])
    factors = np.ones((UNITS, 2))
    factors[3, 1] = 0
    shared = joint([parts])
    by_unit = weights_by_unit(WEIGHT, shared.place, shared.count, UNIT, UNITS)
    with pytest.raises(DataError, match=r"1 replicate does not meet them: 1, where auxiliary \d is missed by most"):
        refit(shared.matrices[0], by_unit, factors, totals, distance(method, NONE, -NONE))
    with pytest.raises(DataError, match=r"1 replicate does not meet them: 1"):
        refit_linear(parts, WEIGHT, UNIT, factors, totals)


def test_bounds_that_a_replicate_cannot_hold_are_found() -> None:
    whole = calibrate(WEIGHT, [SEX], [[2650, 2650]], method="logit", bounds=(0.5, 1.5))
    shared = joint([whole.elements])
    by_unit = weights_by_unit(WEIGHT, shared.place, shared.count, UNIT, UNITS)
    factors = np.ones((UNITS, 3))
    factors[: UNITS // 2, 2] = 0
    with pytest.raises(DataError, match=r"1 replicate does not meet them: 2, where margin 'sex', cell \d is missed"):
        refit(shared.matrices[0], by_unit, factors, whole.totals, whole.distance, names=described([SEX], [0, 1]))
