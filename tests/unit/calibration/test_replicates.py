"""Calibration in all replicates at once against calibration of each replicate's weights over the rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from prevalence.calibration import replicates
from prevalence.calibration.calibrated import Calibration
from prevalence.calibration.distances import distance
from prevalence.calibration.elements import Elements, Rows, elements_of
from prevalence.calibration.fit import calibrate
from prevalence.calibration.margins import Margin, described, measured
from prevalence.calibration.proportional import post_stratify
from prevalence.calibration.replicates import refit
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


def by_row(parts: Elements) -> Rows:
    """Return the auxiliaries of every row, each of which is then an element of its own."""
    matrix = parts.matrix()
    return matrix if parts.place is None else Rows(matrix[parts.place])


def by_unit(weight: Floats) -> Rows:
    """Return the weights of rows, shape (units, rows)."""
    return Rows(sparse.csr_array((weight, (UNIT, np.arange(ROWS))), shape=(UNITS, ROWS)))


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("case", CASES)
def test_every_replicate_gets_its_own_weights(case: str, number: int) -> None:
    options = CASES[case]
    weight = base(options)
    whole = fit(weight, number, options)
    totals = whole.totals[whole.kept]
    found = refit(by_row(whole.elements), by_unit(weight), FACTORS, totals, whole.distance, variance=whole.variance)
    refitted = weight[:, None] * FACTORS[UNIT] * found.ratios()
    np.testing.assert_allclose(refitted, in_turn(options, number), rtol=SAME, atol=SAME)


def test_successive_calibrations(monkeypatch: pytest.MonkeyPatch) -> None:
    first = post_stratify(WEIGHT, AGE, TOTALS[1])
    second = fit(first.weight, 2, CASES["raking"])
    monkeypatch.setattr(replicates, "AT_ONCE", 2 * ROWS)  # two replicates at a time
    one = refit(by_row(first.elements), by_unit(WEIGHT), FACTORS, first.totals[first.kept], first.distance)
    totals = second.totals[second.kept]
    two = refit(by_row(second.elements), by_unit(WEIGHT), FACTORS, totals, second.distance, earlier=[one])
    refitted = WEIGHT[:, None] * FACTORS[UNIT] * one.ratios() * two.ratios()
    weights = [fit(post_stratify(WEIGHT * f[UNIT], AGE, TOTALS[1]).weight, 2, CASES["raking"]).weight for f in FACTORS.T]
    np.testing.assert_allclose(refitted, np.column_stack(weights), rtol=SAME)


def test_totals_that_are_sums_of_the_same_sample() -> None:
    responded = (RNG.random(ROWS) < 0.8).astype(np.float64)
    whole = post_stratify(WEIGHT * responded, AGE, np.bincount(AGE.code, WEIGHT))
    matrix = by_row(whole.elements)
    wanted = matrix.T @ (by_unit(WEIGHT).T @ FACTORS)
    found = refit(matrix, by_unit(WEIGHT * responded), FACTORS, wanted, whole.distance)
    expected = [
        post_stratify(WEIGHT * responded * f[UNIT], AGE, np.bincount(AGE.code, WEIGHT * f[UNIT])).ratio for f in FACTORS.T
    ]
    np.testing.assert_allclose(found.ratios(), np.column_stack(expected), rtol=SAME)


def test_a_cell_without_weight_in_a_replicate_is_named() -> None:
    alone = Margin((UNIT == 3).astype(np.int64), 2, name="island")
    whole = post_stratify(WEIGHT, alone, [5000, 300])
    factors = np.ones((UNITS, 2))
    factors[3, 1] = 0
    names = described([alone], whole.kept)
    with pytest.raises(DataError, match=r"1 does not: margin 'island', cell 1 in replicate 1"):
        refit(by_row(whole.elements), by_unit(WEIGHT), factors, whole.totals, whole.distance, names=names)


@pytest.mark.parametrize("method", ["linear", "raking"])
def test_totals_that_contradict_each_other_in_a_replicate_are_found(method: str) -> None:
    # The island is left out since it follows from the others; without its rows, all others together are too few.
    others = Margin((UNIT == 3).astype(np.int64), 2)
    parts = elements_of([SEX, others]).take(np.array([0, 1, 2]))
    totals = np.array([2650.0, 2650, 5000])
    factors = np.ones((UNITS, 2))
    factors[3, 1] = 0
    with pytest.raises(DataError, match=r"1 replicate does not meet them: 1, where auxiliary \d is missed by most"):
        refit(by_row(parts), by_unit(WEIGHT), factors, totals, distance(method, NONE, -NONE))


def test_bounds_that_a_replicate_cannot_hold_are_found() -> None:
    whole = calibrate(WEIGHT, [SEX], [[2650, 2650]], method="logit", bounds=(0.5, 1.5))
    factors = np.ones((UNITS, 3))
    factors[: UNITS // 2, 2] = 0
    with pytest.raises(DataError, match=r"1 replicate does not meet them: 2, where margin 'sex', cell \d is missed"):
        refit(by_row(whole.elements), by_unit(WEIGHT), factors, whole.totals, whole.distance, names=described([SEX], [0, 1]))
