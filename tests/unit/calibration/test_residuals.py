"""Residual scores against derivatives: the score of a row is its weight times the derivative of the estimate by its base weight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse

from prevalence.calibration.calibrated import Calibration
from prevalence.calibration.fit import calibrate
from prevalence.calibration.margins import Margin, measured
from prevalence.calibration.proportional import post_stratify
from prevalence.calibration.residuals import Residuals, residuals_after
from prevalence.calibration.steps import Step, calibrated, calibrated_to_sample, declared, propensity
from prevalence.errors import DataError

Floats = npt.NDArray[np.float64]

DERIVATIVE = 1e-6
"""Central differences of relative size 1e-4: the truncation is of the order of 1e-8."""

EXACT = 1e-10

ROWS, UNITS = 60, 12
RNG = np.random.default_rng(2)
BASE = RNG.gamma(4, 5, ROWS)
UNIT = np.arange(ROWS) % UNITS
SEX = Margin(RNG.integers(0, 2, ROWS), 2)
AREA = Margin(np.arange(ROWS) // 3 % 3, 3)
INCOME = measured(RNG.lognormal(1, 0.5, ROWS))
ONES = measured(np.ones(ROWS))
Y = RNG.normal(10, 3, ROWS)
X = RNG.gamma(3, 2, ROWS)
DOMAIN = RNG.integers(0, 3, ROWS)
RESPONDED = (RNG.random(ROWS) < 0.7).astype(np.float64)
HOUSEHOLD = np.arange(ROWS) // 3
CUT = np.where(np.arange(ROWS) % 7 == 0, 0.8, 1.1)

Plan = Callable[[Floats], tuple[Floats, list[Step]]]


def linear(weight: Floats, **options: object) -> Calibration:
    return calibrate(weight, [SEX, INCOME], [[700, 600], 4000], allow_negative=True, **options)


def one_linear_step(base: Floats) -> tuple[Floats, list[Step]]:
    fitted = linear(base)
    return fitted.weight, [calibrated(fitted)]


def with_model_variance(base: Floats) -> tuple[Floats, list[Step]]:
    fitted = linear(base, variance=X)
    return fitted.weight, [calibrated(fitted)]


def by_household(base: Floats) -> tuple[Floats, list[Step]]:
    fitted = linear(base, household=HOUSEHOLD)
    return fitted.weight, [calibrated(fitted)]


def two_steps(base: Floats) -> tuple[Floats, list[Step]]:
    first = linear(base)
    second = post_stratify(first.weight, AREA, [500, 400, 450])
    return second.weight, [calibrated(first), calibrated(second)]


def three_steps_around_trimming(base: Floats) -> tuple[Floats, list[Step]]:
    first = post_stratify(base, AREA, [500, 400, 450])
    second = linear(first.weight * CUT)
    third = post_stratify(second.weight, SEX, [650, 640])
    return third.weight, [calibrated(first), Step(CUT), calibrated(second), calibrated(third)]


def classes_for_non_response(base: Floats) -> tuple[Floats, list[Step]]:
    fitted = post_stratify(base * RESPONDED, AREA, np.bincount(AREA.code, base))
    return fitted.weight, [calibrated_to_sample(base, fitted)]


def classes_then_calibration(base: Floats) -> tuple[Floats, list[Step]]:
    first, steps = classes_for_non_response(base)
    second = calibrate(first, [SEX, INCOME], [[700, 600], 4000], allow_negative=True)
    third = post_stratify(second.weight, AREA, [500, 400, 450])
    return third.weight, [*steps, calibrated(second), calibrated(third)]


def calibration_to_all_sampled(base: Floats) -> tuple[Floats, list[Step]]:
    totals = [np.bincount(SEX.code, base), float(base @ INCOME.amount)]
    fitted = calibrate(base * RESPONDED, [SEX, INCOME], totals, allow_negative=True)
    return fitted.weight, [calibrated_to_sample(base, fitted)]


def response_model(base: Floats) -> tuple[Floats, list[Step]]:
    regressors = np.column_stack([np.ones(ROWS), INCOME.amount, SEX.code])
    b = np.zeros(3)
    for _ in range(30):
        p = 1 / (1 + np.exp(-regressors @ b))
        hessian = regressors.T @ ((base * p * (1 - p))[:, None] * regressors)
        b = b + np.linalg.solve(hessian, regressors.T @ (base * (RESPONDED - p)))
    p = 1 / (1 + np.exp(-regressors @ b))
    margins = [ONES, INCOME, measured(SEX.code.astype(float))]
    return base * RESPONDED / p, [propensity(base, RESPONDED, p, margins)]


def response_model_then_calibration(base: Floats) -> tuple[Floats, list[Step]]:
    first, steps = response_model(base)
    second = calibrate(first, [SEX, INCOME], [[700, 600], 4000], allow_negative=True)
    return second.weight, [*steps, calibrated(second)]


PLANS: list[Plan] = [
    one_linear_step,
    with_model_variance,
    by_household,
    two_steps,
    three_steps_around_trimming,
    classes_for_non_response,
    classes_then_calibration,
    calibration_to_all_sampled,
    response_model,
    response_model_then_calibration,
]


def estimates(weight: Floats) -> Floats:
    """Return ratios Y / X and totals of Y by domain."""
    y, x = (np.bincount(DOMAIN, weight * values, 3) for values in (Y, X))
    return np.concatenate([y / x, y])


def residual_scores(plan: Plan, unit: npt.NDArray[np.int64], units: int, base: Floats = BASE) -> Floats:
    """Return the scores of `estimates` by unit from the sums by domain that a pass carries."""
    weight, steps = plan(base)
    after = residuals_after(base, steps, unit, units)
    y, x = (np.bincount(DOMAIN, weight * values, 3) for values in (Y, X))
    y_sums, x_sums = after.sums(DOMAIN, 3, Y), after.sums(DOMAIN, 3, X)
    sums = np.hstack([(y_sums - y / x * x_sums) / x, y_sums])
    member = np.eye(3)[DOMAIN]
    z = np.hstack([member * ((Y[:, None] - y / x * X[:, None]) / x), member * Y[:, None]])
    naive = np.zeros((units, 6))
    np.add.at(naive, unit, weight[:, None] * z)
    return after.scores(sparse.csc_array(naive), after.coefficients(sums)).toarray()


def derivatives(plan: Plan) -> Floats:
    """Return base weight times the derivative of each estimate by the base weight, row by row."""
    out, step = np.empty((ROWS, 6)), 1e-4
    if plan is by_household:  # members have one weight, so they move together
        groups = [np.flatnonzero(number == HOUSEHOLD) for number in range(ROWS // 3)]
    else:
        groups = [np.array([row]) for row in range(ROWS)]
    for rows in groups:
        ends = []
        for sign in (1, -1):
            base = base_of(plan).copy()
            base[rows] *= 1 + sign * step
            ends.append(estimates(plan(base)[0]))
        out[rows] = (ends[0] - ends[1]) / (2 * step) / len(rows)
    return out


def base_of(plan: Plan) -> Floats:
    return BASE[HOUSEHOLD * 3] if plan is by_household else BASE


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.__name__)
def test_scores_are_derivatives(plan: Plan) -> None:
    found = residual_scores(plan, np.arange(ROWS), ROWS, base_of(plan))
    expected = derivatives(plan)
    if plan is by_household:
        found, expected = (np.add.reduceat(scores, np.arange(0, ROWS, 3)) for scores in (found, expected))
    scale = np.abs(expected).max(axis=0)
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=DERIVATIVE)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.__name__)
def test_scores_of_units_are_sums_of_rows(plan: Plan) -> None:
    rows = residual_scores(plan, np.arange(ROWS), ROWS, base_of(plan))
    expected = np.zeros((UNITS, 6))
    np.add.at(expected, UNIT, rows)
    found = residual_scores(plan, UNIT, UNITS, base_of(plan))
    scale = np.abs(rows).max(axis=0)
    np.testing.assert_allclose(found / scale, expected / scale, rtol=0, atol=EXACT)


@pytest.mark.parametrize("method", ["linear", "raking", "logit"])
def test_a_calibrated_total_has_no_spread(method: str) -> None:
    wanted = BASE @ INCOME.amount * 1.05
    cells = np.bincount(SEX.code, BASE) * [1.1, 0.95]
    fitted = calibrate(BASE, [SEX, INCOME], [cells, wanted], method=method, bounds=(0.2, 5) if method == "logit" else None)
    after = residuals_after(BASE, [calibrated(fitted)], UNIT, UNITS)
    naive = np.zeros((UNITS, 1))
    np.add.at(naive, UNIT, (fitted.weight * INCOME.amount)[:, None])
    sums = after.sums(np.zeros(ROWS, dtype=np.int64), 1, INCOME.amount)
    left = after.scores(sparse.csc_array(naive), after.coefficients(sums)).toarray()
    assert np.abs(left).max() < EXACT * naive.max()


def test_post_stratification_leaves_deviations_from_the_mean_of_the_cell() -> None:
    fitted = post_stratify(BASE, AREA, [500, 400, 450])
    after = residuals_after(BASE, [calibrated(fitted)], np.arange(ROWS), ROWS)
    means = np.bincount(AREA.code, BASE * Y) / np.bincount(AREA.code, BASE)
    sums = after.sums(np.zeros(ROWS, dtype=np.int64), 1, Y)
    found = after.scores(sparse.csc_array((fitted.weight * Y)[:, None]), after.coefficients(sums)).toarray()[:, 0]
    np.testing.assert_allclose(found, fitted.weight * (Y - means[AREA.code]), rtol=EXACT, atol=EXACT * 500)


def test_a_file_that_comes_calibrated_gives_the_scores_of_its_calibration() -> None:
    for options in ({}, {"variance": X}, {"household": HOUSEHOLD}):
        base = base_of(by_household)
        fitted = linear(base, **options)
        ours = residuals_after(base, [calibrated(fitted)], UNIT, UNITS)
        theirs = residuals_after(base, [declared(base, fitted.weight, [SEX, INCOME], **options)], UNIT, UNITS)
        np.testing.assert_allclose(theirs.by_unit.toarray(), ours.by_unit.toarray(), rtol=EXACT)
        np.testing.assert_allclose(theirs.system, ours.system, rtol=EXACT)


def test_sums_of_chosen_rows() -> None:
    fitted = linear(BASE)
    after = residuals_after(BASE, [calibrated(fitted)], UNIT, UNITS)
    rows = np.flatnonzero(DOMAIN != 1)
    everything = after.sums(DOMAIN, 3, Y * (DOMAIN != 1))
    np.testing.assert_allclose(after.sums(DOMAIN[rows], 3, Y[rows], rows), everything, rtol=EXACT)


def test_steps_taken_as_fixed_leave_scores_as_they_are() -> None:
    after = residuals_after(BASE, [Step(CUT)], UNIT, UNITS)
    scores = sparse.csc_array(RNG.normal(size=(UNITS, 2)))
    sums = after.sums(DOMAIN, 3, Y)
    assert sums.shape == (0, 3)
    np.testing.assert_array_equal(after.scores(scores, after.coefficients(np.zeros((0, 2)))).toarray(), scores.toarray())


def test_estimated_totals_add_their_variance() -> None:
    fitted = linear(BASE)
    after = residuals_after(BASE, [calibrated(fitted)], UNIT, UNITS)
    b = after.coefficients(after.sums(DOMAIN, 3, Y))
    root = RNG.normal(size=(3, 3))
    outside = after.outside(0, root @ root.T, b)
    np.testing.assert_allclose(outside.T @ outside, b.T @ root @ root.T @ b, rtol=EXACT)


def test_an_estimate_moves_with_a_total_by_its_coefficient() -> None:
    def total(income: float) -> float:
        return float(calibrate(BASE, [SEX, INCOME], [[700, 600], income], allow_negative=True).weight @ Y)

    fitted = linear(BASE)
    after: Residuals = residuals_after(BASE, [calibrated(fitted)], UNIT, UNITS)
    b = after.coefficients(after.sums(np.zeros(ROWS, dtype=np.int64), 1, Y))
    assert abs(b[2, 0] - (total(4010) - total(3990)) / 20) < 1e-8 * abs(b[2, 0])


def test_a_matrix_that_is_no_covariance_is_refused() -> None:
    after = residuals_after(BASE, [calibrated(linear(BASE))], UNIT, UNITS)
    b = np.ones((3, 1))
    with pytest.raises(DataError, match="no negative variance in any direction; the least is -1"):
        after.outside(0, np.diag([1.0, 1.0, -1.0]), b)
    with pytest.raises(DataError, match=r"for each of 3 fitted auxiliaries; found \(2, 2\)"):
        after.outside(0, np.eye(2), b)


def test_weights_from_nothing_are_refused() -> None:
    with pytest.raises(DataError, match=r"cannot have one after; 1 row does, at 0"):
        declared(np.array([0.0, 1.0]), np.array([1.0, 1.0]), [Margin(np.array([0, 1]), 2)])
    with pytest.raises(DataError, match=r"above 0 and not above 1; 1 row is outside: 0.0"):
        propensity(np.ones(2), np.ones(2), np.array([0.0, 1.0]), [Margin(np.array([0, 1]), 2)])
