"""Calibration where little is amiss: totals missed by a hair, and variances of households."""

from __future__ import annotations

import numpy as np
import pytest

from prevalence.calibration.fit import calibrate
from prevalence.calibration.margins import Margin, measured
from prevalence.calibration.newton import ACCEPTED
from prevalence.errors import DataError

EXACT = 1e-10
"""The same equations solved with other constants."""


@pytest.mark.parametrize("steps", range(1, 8))
def test_what_is_returned_meets_its_totals_however_few_the_steps(steps: int) -> None:
    """Newton's method squares what is missed each time: shortly before the end it is small, and still an error."""
    rng = np.random.default_rng(5)
    weight, amount = rng.gamma(3, 2, 60), rng.gamma(2, 3, 60)
    margins, totals = [measured(np.ones(60)), measured(amount)], [1.3 * weight.sum(), 1.9 * (weight @ amount)]
    enough = calibrate(weight, margins, totals, method="raking").iterations
    if steps < enough - 1:
        with pytest.raises(DataError, match=f"did not converge in {steps} iteration"):
            calibrate(weight, margins, totals, method="raking", iterations=steps)
    else:
        fitted = calibrate(weight, margins, totals, method="raking", iterations=steps).weight
        np.testing.assert_allclose([fitted.sum(), fitted @ amount], totals, rtol=ACCEPTED)


def test_equal_variances_are_none_in_households_of_any_size() -> None:
    """The variance of a household is the mean of its members', not their sum: size alone gives no household more room."""
    household = np.repeat(np.arange(6), [1, 2, 3, 4, 5, 6])
    weight = np.repeat([2.0, 3.0, 1.0, 2.5, 1.5, 2.0], [1, 2, 3, 4, 5, 6])
    sex = Margin(np.arange(21) % 2, 2, name="sex")
    plain, equal = (
        calibrate(weight, [sex], [[24.0, 22.0]], household=household, variance=variance) for variance in (None, np.full(21, 7.0))
    )
    np.testing.assert_allclose(equal.weight, plain.weight, rtol=EXACT)
    assert len(np.unique(plain.weight.round(9))) == 6
