"""What is said of margins that cannot be calibrated to."""

from __future__ import annotations

import numpy as np
import pytest

from prevalence.calibration.fit import calibrate
from prevalence.calibration.margins import Margin, check_margins, described, flat_totals, measured
from prevalence.errors import DataError

SEX = Margin(np.array([0, 0, 1, 1]), 2, name="sex", labels=("Female", "Male"))
AREA = Margin(np.array([0, 1, 0, 1]), 2)
INCOME = measured(np.array([1.0, 2.0, 3.0, 5.0]), "income")
WEIGHT = np.ones(4)


def test_auxiliaries_are_named_by_margin_and_cell() -> None:
    assert described([SEX, AREA, INCOME], [1, 2, 4]) == ["margin 'sex', cell 'Male'", "margin 1, cell 0", "auxiliary 'income'"]


@pytest.mark.parametrize(
    ("margins", "totals", "message"),
    [
        ([], [], "at least one margin"),
        ([SEX, AREA], [[5, 5]], r"one total a cell, \[2, 2\]; found \[2\]"),
        ([SEX], [[5, 4, 1]], r"\[2\]; found \[3\]"),
        ([SEX, AREA], [[60, 40], [50, 60]], "margin 'sex' adds up to 100 and margin 1 to 110"),
        ([SEX], [[60, -40]], r"1 is not: margin 'sex', cell 'Male' \(-40\)"),
        ([SEX, INCOME], [[60, 40], np.nan], r"auxiliary 'income' \(nan\)"),
        ([SEX], [[60, 0]], "population above zero; 1 has none: \"margin 'sex', cell 'Male'\""),
        ([Margin(SEX.code, 3)], [[50, 40, 10]], r"must occur in the sample .*; 1 does not: margin 0, cell 2 \(10\)"),
        (
            [Margin(np.array([0, 1, 2, -1]), 2, name="age")],
            [[50, 50]],
            "margin 'age' must give every row .*; 2 rows have none, at 2, 3",
        ),
        ([Margin(SEX.code[:3], 2)], [[50, 50]], "one value a row, 4 rows; found 3"),
        (
            [SEX, measured(np.array([1.0, np.nan, 2, 3]), "age")],
            [[60, 40], 200],
            "auxiliary 'age' must be known .*; 1 row lacks it, at 1",
        ),
    ],
)
def test_margins_that_do_not_fit(margins: list[Margin], totals: list[object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        calibrate(WEIGHT, margins, totals)


def test_cells_whose_rows_have_weight_zero_do_not_occur() -> None:
    with pytest.raises(DataError, match="must occur in the sample with a weight above zero"):
        calibrate(np.array([1.0, 1.0, 0.0, 0.0]), [SEX], [[60, 40]])


def test_a_cell_without_rows_and_population_is_no_fault() -> None:
    fitted = calibrate(WEIGHT, [Margin(SEX.code, 3)], [[60, 40, 0]])
    np.testing.assert_allclose(fitted.weight, [30, 30, 20, 20], rtol=1e-12)
    assert fitted.redundant.tolist() == [2]


def test_sums_may_differ_by_rounding() -> None:
    np.testing.assert_array_equal(flat_totals([SEX, AREA], [[60, 40], [30, 70 + 1e-8]]), [60, 40, 30, 70 + 1e-8])


def test_amounts_of_zero_leave_rows_out() -> None:
    # The second margin knows adults alone, so its total is another.
    adults = Margin(AREA.code, 2, amount=np.array([1.0, 1.0, 1.0, 0.0]))
    check_margins([SEX, adults], 4)
    fitted = calibrate(WEIGHT, [SEX, adults], [[60, 40], [50, 25]])
    np.testing.assert_allclose(fitted.achieved, [60, 40, 50, 25])
