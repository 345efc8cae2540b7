"""Independent samples add their variances; a recorded covariance matrix comes back from its scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from prevalence.formulas.independent import Independent, Recorded, block_diagonal, factor
from prevalence.formulas.replicated import ReplicateRule
from prevalence.formulas.rules import Linearised
from prevalence.formulas.variance import Lonely
from prevalence.totals import Columns, Units

CLOSED_FORM = 1e-12


def sample(seed: int, units: int) -> tuple[Linearised, Columns, Columns]:
    rng = np.random.default_rng(seed)
    rule = Linearised(Units.of_one_stage(np.zeros(units, dtype=np.int64), np.array([units]), np.zeros(1)), Lonely(), "design")
    return rule, sparse.csc_array(rng.normal(size=(units, 2))), sparse.csc_array(np.ones((units, 2)))


def joined() -> tuple[Independent, Columns, Columns]:
    parts = [sample(1, 5), sample(2, 9)]
    rules, scores, presence = (list(each) for each in zip(*parts, strict=True))
    return Independent(tuple(rules), (5, 9), (5, 9)), block_diagonal(scores), block_diagonal(presence)


def test_variances_and_degrees_of_freedom_of_single_samples_stay() -> None:
    rule, scores, presence = joined()
    found = rule.spread(scores, presence)
    for seed, units, rows in ((1, 5, [0, 1]), (2, 9, [2, 3])):
        alone = sample(seed, units)
        assert found.variance[rows] == pytest.approx(alone[0].spread(*alone[1:]).variance, rel=CLOSED_FORM)
        assert found.df[rows].tolist() == [units - 1, units - 1]
        assert found.n_psu[rows].tolist() == [units, units]
    covariance = rule.covariance(scores, presence)
    assert np.diag(covariance) == pytest.approx(found.variance, rel=CLOSED_FORM)
    assert (covariance[:2, 2:] == 0).all()


def test_a_difference_has_the_degrees_of_freedom_of_welch() -> None:
    rule, scores, presence = joined()
    contrast = np.array([[-1.0, 0.0, 1.0, 0.0]]).T
    found = rule.spread(sparse.csc_array(scores @ contrast), sparse.csc_array(presence @ np.abs(contrast)))
    v = rule.spread(scores, presence).variance[[0, 2]]
    assert found.variance[0] == pytest.approx(v.sum(), rel=CLOSED_FORM)
    assert found.df[0] == pytest.approx(v.sum() ** 2 / (v[0] ** 2 / 4 + v[1] ** 2 / 8), rel=CLOSED_FORM)


def test_a_sample_says_nothing_of_rows_that_do_not_draw_on_it() -> None:
    """A census of four units, in whose first row nothing varies, and replicates of units that the file does not name."""
    whole = Units.of_one_stage(np.zeros(4, dtype=np.int64), np.array([4]), np.ones(1))
    drawn = Units.of_one_stage(np.zeros(4, dtype=np.int64), np.array([4]), np.zeros(1))
    rules = (Linearised(whole, Lonely(), "design"), ReplicateRule(drawn, "design", np.ones(4), known_units=False, df=7.0))
    scores = sparse.csc_array(np.array([[0.0, 1.0], [0.0, 2.0], [0.0, -3.0], [0.0, 0.0]]))
    there = sparse.csc_array(np.ones((4, 2)))
    rule = Independent(rules, (4, 4), (4, 4))
    presence = block_diagonal([there, there])
    stored = (presence.toarray().ravel(order="F"), np.tile(np.arange(8), 4), np.arange(0, 33, 8))
    found = rule.spread(block_diagonal([scores, scores]), sparse.csc_array(stored, shape=(8, 4)))  # zeros are stored, too
    assert found.census.tolist() == [True, True, False, False]
    assert found.df.tolist() == [3, 3, 7, 7]
    np.testing.assert_array_equal(found.n_psu, [4, 4, np.nan, np.nan])
    gap = np.array([[0.0, -1.0, 0.0, 1.0]]).T
    both = rule.spread(Columns(block_diagonal([scores, scores]) @ gap), Columns(presence @ np.abs(gap)))
    assert both.census.tolist() == [False]


def test_degrees_of_freedom_of_several_differences_together() -> None:
    """q (q + 1) over the sum of (tr (V_i V^-1)^2 + (tr V_i V^-1)^2) / df_i, for the differences and for any two made of them."""
    rule, scores, presence = joined()
    differences = np.array([[-1.0, 0.0, 1.0, 0.0], [0.0, -1.0, 0.0, 1.0]])
    v = rule.covariance(scores, presence)
    whole = np.linalg.inv(v[:2, :2] + v[2:, 2:])
    lost = sum(
        (np.trace(own @ whole @ own @ whole) + np.trace(own @ whole) ** 2) / df for own, df in ((v[:2, :2], 4), (v[2:, 2:], 8))
    )
    union = sparse.csc_array(np.ones((14, 1)))
    for mixed in (np.eye(2), np.array([[1.0, 1.0], [1.0, -3.0]])):
        matrix = (mixed @ differences).T
        found = rule.joint_df(Columns(scores @ matrix), Columns(presence @ np.abs(matrix)), union)
        assert found == pytest.approx(6 / lost, rel=1e-9)
    one = differences[:1].T
    alone = rule.spread(Columns(scores @ one), Columns(presence @ np.abs(one)))
    assert rule.joint_df(Columns(scores @ one), Columns(presence @ np.abs(one)), union) == pytest.approx(
        alone.df[0], rel=CLOSED_FORM
    )


def test_a_covariance_matrix_comes_back_from_its_scores() -> None:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(3, 5)) * np.array([1.0, 1e-3, 5.0, 2.0, 1.0])
    matrix = root.T @ root  # of rank 3
    matrix[4, :] = matrix[:, 4] = np.nan
    scores = factor(matrix)
    rule = Recorded(np.array([10.0, 20.0, 30.0, 40.0, np.nan]), np.arange(5.0))
    presence = sparse.csc_array(np.eye(5))
    found = rule.covariance(scores, presence)
    assert found[:4, :4] == pytest.approx(matrix[:4, :4], rel=1e-10)
    assert np.isnan(found[4, 4])
    spread = rule.spread(
        Columns(scores[:, [0, 1]]), sparse.csc_array(np.array([[1, 1], [0, 1], [0, 0], [0, 0], [0, 0]], dtype=float))
    )
    assert spread.df.tolist() == [10, 10]
    assert spread.n_psu.tolist() == [0, 1]
