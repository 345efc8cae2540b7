"""Variances and degrees of freedom worked by hand on two strata of two and three units."""

import numpy as np
import pytest
from scipy import sparse

from prevalence.formulas.variance import covariance, degrees_of_freedom, occupancy, variances
from prevalence.totals import Units

UNITS = Units(stratum=np.array([0, 0, 1, 1, 1]), sampled=np.array([2, 3]), fraction=np.zeros(2))
SCORES = sparse.csc_array(np.array([[1.0, 0.0], [3.0, 2.0], [0.0, 0.0], [3.0, 0.0], [6.0, 0.0]]))
PRESENCE = sparse.csc_array((SCORES.toarray() != 0).astype(float))


def test_between_unit_variance() -> None:
    # Stratum 1: 2/1 * (1 + 1) = 4; stratum 2: 3/2 * (9 + 0 + 9) = 27. Second domain: 2/1 * (1 + 1) = 4.
    np.testing.assert_allclose(variances(SCORES, occupancy(PRESENCE, UNITS), UNITS, "fail"), [31, 4])


def test_finite_population_correction_of_each_stratum() -> None:
    units = Units(UNITS.stratum, UNITS.sampled, np.array([0.5, 1.0]))
    np.testing.assert_allclose(variances(SCORES, occupancy(PRESENCE, units), units, "fail"), [2, 2])


def test_units_without_a_member_are_not_dropped() -> None:
    # One unit of three with score 6: 3/2 * (16 + 4 + 4) = 36, where dropping the others would leave no variance.
    units = Units(np.zeros(3, dtype=np.int64), np.array([3]), np.zeros(1))
    scores = sparse.csc_array(np.array([[0.0], [0.0], [6.0]]))
    np.testing.assert_allclose(variances(scores, occupancy(scores, units), units, "fail"), [36])


@pytest.mark.parametrize(("option", "expected"), [("certainty", 4.0), ("adjust", 4 + 25.0), ("average", 8.0)])
def test_lonely_units(option: str, expected: float) -> None:
    units = Units(np.array([0, 0, 1]), np.array([2, 1]), np.zeros(2))
    scores = sparse.csc_array(np.array([[1.0], [3.0], [5.0]]))
    np.testing.assert_allclose(variances(scores, occupancy(scores, units), units, option), [expected])


def test_a_unit_that_is_its_whole_stratum_adds_nothing() -> None:
    units = Units(np.array([0, 0, 1]), np.array([2, 1]), np.array([0.0, 1.0]))
    scores = sparse.csc_array(np.array([[1.0], [3.0], [5.0]]))
    assert not units.lonely.any()
    np.testing.assert_allclose(variances(scores, occupancy(scores, units), units, "adjust"), [4])


def test_covariance_agrees_with_variances_and_with_sums() -> None:
    matrix = covariance(SCORES, occupancy(PRESENCE, UNITS), UNITS, "fail")
    np.testing.assert_allclose(np.diag(matrix), [31, 4])
    summed = sparse.csc_array(SCORES.sum(axis=1).reshape(-1, 1))
    variance_of_sum = variances(summed, occupancy(summed, UNITS), UNITS, "fail")
    np.testing.assert_allclose(variance_of_sum, matrix.sum())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # First domain: 4 of 5 units, both strata. Second: 1 unit of the first stratum.
        ("occupied", [3, 0]),
        ("own", [2, 0]),
        ("domain-strata", [3, 1]),
        ("design", [3, 3]),
    ],
)
def test_degrees_of_freedom(rule: str, expected: list[int]) -> None:
    assert degrees_of_freedom(occupancy(PRESENCE, UNITS), UNITS, rule).tolist() == expected
