"""Sums over elements against the dense matrix of auxiliaries, row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from prevalence.calibration.elements import LARGEST_PLACE, Elements, crossed, elements_of
from prevalence.calibration.margins import Margin, measured

Floats = npt.NDArray[np.float64]

ROWS = 200
ROUNDING = 1e-12
"""Sums of 200 products in another order."""

RNG = np.random.default_rng(11)
SEX, AREA = (Margin(RNG.integers(0, size, ROWS).astype(np.int8), size) for size in (2, 5))
INCOME = measured(RNG.lognormal(3, 1, ROWS))
HOUSEHOLD = np.unique(RNG.integers(0, 60, ROWS), return_inverse=True)[1]
INCOME_BY_AREA = Margin(AREA.code, 5, amount=RNG.normal(size=ROWS))
ONE_A_HOUSEHOLD = Margin(SEX.code, 2, amount=1 / np.bincount(HOUSEHOLD)[HOUSEHOLD])
WEIGHT = RNG.gamma(4, 5, ROWS)


def dense(margins: list[Margin], household: npt.NDArray[np.int64] | None) -> Floats:
    """Return x by row, the mean of the household's members where households are given."""
    parts = []
    for margin in margins:
        part = np.eye(margin.size)[margin.code]
        parts.append(part if margin.amount is None else part * margin.amount[:, None])
    x = np.hstack(parts)
    if household is None:
        return x
    return np.array([x[household == number].mean(axis=0) for number in household])


CASES = {
    "counts": ([SEX, AREA], None),
    "counts and measured": ([SEX, INCOME, AREA], None),
    "measured within cells": ([INCOME_BY_AREA, SEX], None),
    "measured alone": ([INCOME], None),
    "counts of households": ([SEX, AREA], HOUSEHOLD),
    "households and measured": ([AREA, INCOME, SEX], HOUSEHOLD),
    "households and measured alone": ([INCOME], HOUSEHOLD),
    "households with amounts": ([ONE_A_HOUSEHOLD, AREA, INCOME_BY_AREA], HOUSEHOLD),
}


@pytest.fixture(params=[(name, separate) for name in CASES for separate in (False, True)], ids=str)
def built(request: pytest.FixtureRequest) -> tuple[Elements, Floats]:
    name, separate = request.param
    margins, household = CASES[name]
    return elements_of(margins, household=household, separate=separate), dense(margins, household)


def test_the_matrix_is_that_of_the_rows(built: tuple[Elements, Floats]) -> None:
    parts, x = built
    place = np.arange(ROWS) if parts.place is None else parts.place
    np.testing.assert_allclose(parts.matrix().toarray()[place], x, rtol=ROUNDING, atol=ROUNDING)
    kept = np.unique([0, x.shape[1] - 1])
    np.testing.assert_allclose(parts.take(kept).matrix().toarray()[place], x[:, kept], rtol=ROUNDING, atol=ROUNDING)


def test_sums_are_those_of_the_rows(built: tuple[Elements, Floats]) -> None:
    parts, x = built
    weight = parts.sums(WEIGHT)
    b = np.linspace(-1, 2, x.shape[1])
    np.testing.assert_allclose(parts.spread(parts.predictor(b)), x @ b, rtol=ROUNDING, atol=ROUNDING)
    np.testing.assert_allclose(parts.totals(weight), WEIGHT @ x, rtol=ROUNDING, atol=ROUNDING * np.abs(x).sum())
    np.testing.assert_allclose(parts.gram(weight), x.T @ (WEIGHT[:, None] * x), rtol=ROUNDING, atol=ROUNDING * (x**2).sum() * 20)


def test_sums_by_group_of_chosen_rows(built: tuple[Elements, Floats]) -> None:
    parts, x = built
    group = RNG.integers(0, 7, ROWS)
    rows = np.flatnonzero(RNG.random(ROWS) < 0.6)
    expected = np.array([(WEIGHT[rows] * (group[rows] == number)) @ x[rows] for number in range(7)])
    found = parts.row_sums(group[rows], 7, WEIGHT[rows], rows).toarray()
    np.testing.assert_allclose(found, expected, rtol=ROUNDING, atol=ROUNDING * np.abs(expected).max())


@pytest.mark.parametrize("other", CASES)
def test_products_with_other_auxiliaries(built: tuple[Elements, Floats], other: str) -> None:
    parts, x = built
    margins, household = CASES[other]
    expected = x.T @ (WEIGHT[:, None] * dense(margins, household))
    found = parts.cross(elements_of(margins, household=household), WEIGHT)
    np.testing.assert_allclose(found, expected, rtol=ROUNDING, atol=ROUNDING * np.abs(expected).max())


def test_magnitudes_count_negative_amounts_as_positive() -> None:
    parts = elements_of([measured(np.array([-2.0, 1.0]))])
    np.testing.assert_array_equal(parts.magnitudes(np.array([1.0, 3.0])), [5.0])


def test_rows_of_the_same_cells_are_one_element() -> None:
    assert elements_of([SEX, AREA]).count == 10
    assert elements_of([SEX, AREA], separate=True).count == ROWS
    assert elements_of([SEX, INCOME]).count == ROWS


def test_households_of_the_same_composition_are_one_element() -> None:
    # Households 0 and 2 have a woman and a man each, household 3 two of both: the same means.
    sex = Margin(np.array([0, 1, 0, 0, 1, 0, 0, 1, 1]), 2)
    parts = elements_of([sex], household=np.array([0, 0, 1, 2, 2, 3, 3, 3, 3]))
    assert parts.count == 2
    assert parts.place is not None
    assert len(set(parts.place[[0, 1, 3, 4, 5, 6, 7, 8]].tolist())) == 1


def test_compositions_that_only_seem_the_same_stay_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    # As if two compositions had by chance the same projection.
    monkeypatch.setattr("prevalence.calibration.elements._same", lambda first, second: False)
    parts = elements_of([SEX, AREA], household=HOUSEHOLD)
    assert parts.count == HOUSEHOLD.max() + 1


def test_crossed_cells_are_numbered_over_those_that_occur() -> None:
    place, count = crossed([np.array([0, 0, 2]), np.array([1, 1, 0])], [3, 2])
    assert place.tolist() == [0, 0, 1]
    assert count == 2


def test_crossing_does_not_overflow() -> None:
    sizes = [2**31, 2**31, 2**31]
    codes = [np.array([0, 2**31 - 1, 2**31 - 1]), np.array([0, 5, 5]), np.array([7, 3, 4])]
    assert np.prod([float(size) for size in sizes]) > LARGEST_PLACE
    place, count = crossed(codes, sizes)
    assert place.tolist() == [0, 1, 2]
    assert count == 3
