"""The joint test against Hotelling's, and ratios against the delta method worked out number by number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse, stats

from prevalence.formulas.contrast import directions, linear, log_ratio, wald_test

EXACT = 1e-10
"""The same sums by another route."""
NOISE = 1e-6
"""A root of the matrix that is zero but for rounding moves the others by its square root."""


@pytest.mark.parametrize(("n", "variables"), [(12, 1), (12, 3), (40, 5)])
def test_the_joint_test_of_means_is_hotellings(n: int, variables: int) -> None:
    """n T2 = (n - 1) R2 / (1 - R2), R2 being that of the regression of 1 on the variables without a constant, whose F is exact."""
    values = np.random.default_rng(variables).normal(0.3, 1.0, (n, variables))
    fitted = values @ np.linalg.lstsq(values, np.ones(n), rcond=None)[0]
    share = float(fitted.sum()) / n
    f = share / variables / ((1 - share) / (n - variables))
    found = wald_test(values.mean(axis=0), np.atleast_2d(np.cov(values.T)) / n, df=n - 1)
    assert found.f == pytest.approx(f, rel=EXACT)
    assert (found.rank, found.df) == (variables, n - variables)
    assert found.p_value == pytest.approx(stats.f.sf(f, variables, n - variables), rel=EXACT)


def test_a_contrast_that_follows_from_others_adds_nothing_to_the_joint_test() -> None:
    values = np.random.default_rng(4).normal(0.3, 1.0, (15, 2))
    more = np.column_stack([values, values[:, 0] - 3 * values[:, 1]])
    one, other = (wald_test(each.mean(axis=0), np.cov(each.T) / 15, df=14) for each in (values, more))
    assert (other.rank, other.df) == (one.rank, one.df) == (2, 13)
    assert other.f == pytest.approx(one.f, rel=NOISE)


def test_directions_are_uncorrelated_and_leave_out_what_repeats_others_or_does_not_vary() -> None:
    """Of two estimates, their sum and a constant, two directions are free."""
    made = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]])
    covariance = made @ np.array([[2.0, 0.5], [0.5, 30.0]]) @ made.T
    found = directions(covariance)
    assert found.shape == (4, 2)
    np.testing.assert_allclose(found.T @ covariance @ found, np.eye(2), atol=EXACT)


def test_scores_of_a_ratio_are_those_of_its_logarithm() -> None:
    """ln(a / b) moves by da / a - db / b; a sum a + c moves by both."""
    scores = sparse.csc_array(np.array([[0.2, 0.0, 0.1], [-0.1, 0.3, 0.0]]))
    estimate = np.array([2.0, 4.0, 0.0])
    first, second = sparse.csc_array([[1.0, 0.0, 0.0]]), sparse.csc_array([[0.0, 1.0, 0.0]])
    found = log_ratio(first, second, estimate, scores)
    assert found.estimate.tolist() == [0.5]
    np.testing.assert_allclose(found.scores.toarray()[:, 0], [0.2 / 2, -0.1 / 2 - 0.3 / 4], rtol=EXACT)
    added = linear(sparse.csc_array([[1.0, 0.0, 1.0]]), estimate, scores)
    np.testing.assert_allclose(added.scores.toarray()[:, 0], [0.3, -0.1], rtol=EXACT)
