"""Which auxiliaries follow from others."""

from __future__ import annotations

import numpy as np

from prevalence.calibration.independent import independent_columns

RNG = np.random.default_rng(8)
X = RNG.normal(3, 1, (50, 3))


def test_combinations_are_found_with_their_coefficients() -> None:
    x = np.column_stack([X, X[:, 0] - 2 * X[:, 2], np.zeros(50), 1e6 * X[:, 1]])
    found = independent_columns(x.T @ x)
    assert len(found.kept) == 3
    assert sorted([*found.kept.tolist(), *found.redundant.tolist()]) == list(range(6))
    np.testing.assert_allclose(x[:, found.kept] @ found.coefficients.T, x[:, found.redundant], atol=1e-3)


def test_columns_on_any_scale_are_kept_if_they_differ() -> None:
    x = X * [1e-6, 1, 1e8]
    assert independent_columns(x.T @ x).kept.tolist() == [0, 1, 2]


def test_a_column_that_differs_little_is_kept() -> None:
    year = np.column_stack([np.ones(50), 2010 + RNG.integers(0, 3, 50)])
    assert independent_columns(year.T @ year).kept.tolist() == [0, 1]


def test_nothing_but_zeros() -> None:
    found = independent_columns(np.zeros((2, 2)))
    assert found.kept.tolist() == []
    assert found.redundant.tolist() == [0, 1]
