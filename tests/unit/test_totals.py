"""Margins are index arithmetic."""

import numpy as np
import pytest
from scipy import sparse

from prevalence.totals import FIRST_ROWS, Moments, Totals, Units, crossing, grouped_sums, occurring, segment_sums, sparse_columns


@pytest.mark.parametrize("size", [6, 10**7])
def test_grouped_sums_are_the_same_dense_or_sorted(size: int) -> None:
    places = np.array([5, 1, 5, 0])
    found, counts, (sums,) = grouped_sums(places, size, [np.array([1.0, 2.0, 4.0, 8.0])])
    assert (found.tolist(), counts.tolist(), sums.tolist()) == ([0, 1, 5], [1, 1, 2], [8, 2, 5])


def test_crossing_varies_the_last_dimension_fastest() -> None:
    first = sparse.csc_array(np.array([[1.0, 1.0], [0.0, 1.0]]))
    second = sparse.csc_array(np.eye(3))
    np.testing.assert_array_equal(crossing([first, second]).toarray(), np.kron(first.toarray(), second.toarray()))


def test_margins_keep_one_pattern_even_where_sums_are_zero() -> None:
    # Two units, two cells: both units have members of the first cell, the second unit alone of the other.
    places = np.array([0, 1, 3])
    sums = {"n": [1.0, 2.0, 1.0], "x": [1.0, 2.0, 3.0], "y": [0.0, 2.0, -2.0]}
    array = {name: sparse_columns(np.array(values), places, 2, 2) for name, values in sums.items()}
    units = Units.of_one_stage(np.zeros(2, dtype=np.int64), np.array([2]), np.zeros(1))
    two = np.ones(2)
    totals = Totals(units=units, moments=Moments(two, two, two, two, 0.0, two, two), **array)
    whole = totals.margins(sparse.csc_array(np.ones((2, 1))))
    assert whole.y.toarray().ravel().tolist() == [0, 0]
    assert whole.y.nnz == whole.n.nnz == 2
    assert whole.moments.weight.tolist() == [2]


@pytest.mark.parametrize(
    ("rows", "size", "used"), [(FIRST_ROWS + 9, 5, 5), (FIRST_ROWS + 9, 12, 11), (40, 300, 25), (40, 10_000, 9)]
)
def test_occurring_is_what_sorting_finds(rows: int, size: int, used: int) -> None:
    """Places that the first rows show, that only the last does, that are looked up and that are sorted."""
    places = np.arange(rows, dtype=np.int64) % (used - 1)
    places[-1] = size - 1
    found, position = occurring(places, size)
    expected, inverse = np.unique(places, return_inverse=True)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(position, inverse)


def test_sums_of_runs_leave_empty_ones_at_zero() -> None:
    values, starts = np.array([1.0, 2.0, 4.0, 8.0]), np.array([0, 0, 2, 2, 3, 4, 4])
    assert segment_sums(values, starts).tolist() == [0.0, 3.0, 0.0, 4.0, 8.0, 0.0]
    assert segment_sums(np.zeros(0), np.zeros(3, dtype=np.int64)).tolist() == [0.0, 0.0]
