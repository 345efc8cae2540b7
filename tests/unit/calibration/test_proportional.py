"""Post-stratification and proportional fitting."""

from __future__ import annotations

import numpy as np
import pytest

from prevalence.calibration.fit import calibrate
from prevalence.calibration.margins import Margin, measured
from prevalence.calibration.proportional import post_stratify, rake
from prevalence.errors import DataError

RNG = np.random.default_rng(4)
ROWS = 500
WEIGHT = RNG.gamma(4, 5, ROWS)
MARGINS = [Margin(RNG.integers(0, size, ROWS), size, name=name) for size, name in ((2, "sex"), (5, "age"), (3, "area"))]
TOTALS = [np.linspace(1, 1.3, margin.size) / np.linspace(1, 1.3, margin.size).sum() * 9000 for margin in MARGINS]


def test_cells_are_scaled_to_their_population() -> None:
    fitted = post_stratify(WEIGHT, MARGINS[1], TOTALS[1])
    sums = np.bincount(MARGINS[1].code, WEIGHT)
    np.testing.assert_allclose(fitted.ratio, (TOTALS[1] / sums)[MARGINS[1].code], rtol=1e-14)
    np.testing.assert_allclose(fitted.weight, calibrate(WEIGHT, [MARGINS[1]], [TOTALS[1]]).weight, rtol=1e-11)
    np.testing.assert_allclose(fitted.achieved, TOTALS[1], rtol=1e-14)


def test_cells_without_rows_are_left_out_if_asked() -> None:
    more = Margin(MARGINS[0].code, 3, name="sex")
    with pytest.raises(DataError, match=r"1 does not: margin 'sex', cell 2 \(50\)"):
        post_stratify(WEIGHT, more, [4000, 5000, 50])
    fitted = post_stratify(WEIGHT, more, [4000, 5000, 50], partial=True)
    np.testing.assert_array_equal(fitted.weight, post_stratify(WEIGHT, MARGINS[0], [4000, 5000]).weight)
    assert fitted.redundant.tolist() == [2]
    assert fitted.achieved[2] == 0


def test_fitting_in_turn_ends_where_newton_does() -> None:
    ours, exact = rake(WEIGHT, MARGINS, TOTALS), calibrate(WEIGHT, MARGINS, TOTALS, method="raking")
    np.testing.assert_allclose(ours.weight, exact.weight, rtol=1e-10)
    np.testing.assert_allclose(ours.achieved, np.concatenate(TOTALS), rtol=1e-12)
    np.testing.assert_array_equal(ours.kept, exact.kept)


def test_ratios_of_ratios_stay() -> None:
    # Proportional fitting keeps the odds ratio of a 2 x 2 table (Deming & Stephan 1940).
    cells = Margin(np.array([0, 0, 1, 1]), 2), Margin(np.array([0, 1, 0, 1]), 2)
    w = rake(np.array([4.0, 2.0, 1.0, 3.0]), cells, [[30, 70], [45, 55]]).weight
    assert abs(w[0] * w[3] / (w[1] * w[2]) - 6) < 1e-9
    np.testing.assert_allclose(w, calibrate(np.array([4.0, 2.0, 1.0, 3.0]), cells, [[30, 70], [45, 55]], method="raking").weight)


def test_rounds_that_do_not_suffice_name_the_cell() -> None:
    with pytest.raises(DataError, match=r"Raking did not converge in 1 round; margin 'age', cell 1 asks for .* and gets"):
        rake(WEIGHT, MARGINS, TOTALS, rounds=1)


def test_margins_that_cannot_hold_together_do_not_converge() -> None:
    # No rows of the first sex in the first area, yet both margins want nearly all people there.
    sex, area = Margin(np.array([0, 1, 1]), 2, name="sex"), Margin(np.array([1, 0, 1]), 2, name="area")
    with pytest.raises(DataError, match="Raking did not converge"):
        rake(np.ones(3), [sex, area], [[90, 10], [90, 10]], rounds=200)
    with pytest.raises(DataError, match="margin 'sex', cell 0 asks for 90 and gets"):
        calibrate(np.ones(3), [sex, area], [[90, 10], [90, 10]], method="raking")


def test_amounts_are_refused() -> None:
    with pytest.raises(DataError, match="found one with amounts"):
        rake(WEIGHT, [measured(WEIGHT)], [5])
    with pytest.raises(DataError, match="found one with amounts"):
        post_stratify(WEIGHT, measured(WEIGHT), 5)
