"""Variances and degrees of freedom worked by hand: two strata of two and three units, and two stages."""

import numpy as np
import pytest
from scipy import sparse

from prevalence.formulas.rules import Linearised
from prevalence.formulas.variance import Lonely
from prevalence.totals import StageUnits, Units

UNITS = Units.of_one_stage(stratum=np.array([0, 0, 1, 1, 1]), sampled=np.array([2, 3]), fraction=np.zeros(2))
SCORES = sparse.csc_array(np.array([[1.0, 0.0], [3.0, 2.0], [0.0, 0.0], [3.0, 0.0], [6.0, 0.0]]))
PRESENCE = sparse.csc_array((SCORES.toarray() != 0).astype(float))


def rule(units: Units = UNITS, lonely: str = "fail", df_rule: str = "occupied") -> Linearised:
    return Linearised(units, Lonely(lonely), df_rule)


def test_between_unit_variance() -> None:
    # Stratum 1: 2/1 * (1 + 1) = 4; stratum 2: 3/2 * (9 + 0 + 9) = 27. Second domain: 2/1 * (1 + 1) = 4.
    np.testing.assert_allclose(rule().spread(SCORES, PRESENCE).variance, [31, 4])


def test_finite_population_correction_of_each_stratum() -> None:
    units = Units.of_one_stage(UNITS.primary.stratum, UNITS.primary.sampled, np.array([0.5, 1.0]))
    np.testing.assert_allclose(rule(units).spread(SCORES, PRESENCE).variance, [2, 2])


def test_units_without_a_member_are_not_dropped() -> None:
    # One unit of three with score 6: 3/2 * (16 + 4 + 4) = 36, where dropping the others would leave no variance.
    units = Units.of_one_stage(np.zeros(3, dtype=np.int64), np.array([3]), np.zeros(1))
    scores = sparse.csc_array(np.array([[0.0], [0.0], [6.0]]))
    np.testing.assert_allclose(rule(units).spread(scores, scores).variance, [36])


@pytest.mark.parametrize(("option", "expected"), [("certainty", 4.0), ("adjust", 4 + 25.0), ("average", 8.0)])
def test_lonely_units(option: str, expected: float) -> None:
    units = Units.of_one_stage(np.array([0, 0, 1]), np.array([2, 1]), np.zeros(2))
    scores = sparse.csc_array(np.array([[1.0], [3.0], [5.0]]))
    np.testing.assert_allclose(rule(units, option).spread(scores, scores).variance, [expected])


def test_a_unit_that_is_its_whole_stratum_adds_nothing() -> None:
    units = Units.of_one_stage(np.array([0, 0, 1]), np.array([2, 1]), np.array([0.0, 1.0]))
    scores = sparse.csc_array(np.array([[1.0], [3.0], [5.0]]))
    assert not units.primary.lonely.any()
    np.testing.assert_allclose(rule(units, "adjust").spread(scores, scores).variance, [4])


def test_covariance_agrees_with_variances_and_with_sums() -> None:
    matrix = rule().covariance(SCORES, PRESENCE)
    np.testing.assert_allclose(np.diag(matrix), [31, 4])
    summed = sparse.csc_array(SCORES.sum(axis=1).reshape(-1, 1))
    np.testing.assert_allclose(rule().spread(summed, summed).variance, matrix.sum())


@pytest.mark.parametrize(
    ("df_rule", "expected"),
    [
        # First domain: 4 of 5 units, both strata. Second: 1 unit of the first stratum.
        ("occupied", [3, 0]),
        ("own", [2, 0]),
        ("domain-strata", [3, 1]),
        ("design", [3, 3]),
    ],
)
def test_degrees_of_freedom(df_rule: str, expected: list[int]) -> None:
    assert rule(df_rule=df_rule).spread(SCORES, PRESENCE).df.tolist() == expected


def test_a_second_stage_adds_its_variance_times_the_fraction_of_the_first() -> None:
    # Two of four units drawn, and of each two of eight. First stage: 1/2 * 2/1 * (4 + 4) = 8 from sums 2 and 6.
    # Second: half of (3/4 * 2/1 * (0.5 + 0.5) = 1.5, and 3/4 * 2/1 * (2 + 2) = 6) = 3.75.
    first = StageUnits(np.array([0, 0, 1, 1]), np.array([0, 0]), np.array([2]), np.array([0.5]), np.ones(1))
    second = StageUnits(np.arange(4), np.array([0, 0, 1, 1]), np.array([2, 2]), np.array([0.25, 0.25]), np.array([0.5, 0.5]))
    scores = sparse.csc_array(np.array([[0.2928932188134524], [1.7071067811865475], [1.0], [5.0]]))
    by_hand = 8 + 0.5 * (0.75 * 2 * 2 * 0.7071067811865475**2 + 0.75 * 2 * 8)
    two = rule(Units((first, second)))
    np.testing.assert_allclose(two.spread(scores, scores).variance, [by_hand])
    np.testing.assert_allclose(two.covariance(scores, scores), [[by_hand]])
    assert two.spread(scores, scores).df.tolist() == [1]
