"""Hadamard matrices: orthogonal, normalised, and of every order that the constructions reach."""

import numpy as np
import pytest

from prevalence.errors import OptionError
from prevalence.formulas.hadamard import hadamard, smallest_order

HIGHEST = 260


@pytest.mark.parametrize("order", sorted({smallest_order(number) for number in range(1, HIGHEST)}))
def test_rows_are_orthogonal_and_the_first_is_constant(order: int) -> None:
    matrix = hadamard(order).astype(np.int64)
    np.testing.assert_array_equal(matrix @ matrix.T, order * np.eye(order, dtype=np.int64))
    assert (matrix[0] == 1).all()


def test_orders_are_near_what_is_asked_for() -> None:
    orders = np.array([smallest_order(number) for number in range(1, 2000)])
    assert (orders % 4 == 0).all()
    assert (orders - np.arange(1, 2000)).max() < 20


def test_an_order_without_a_construction() -> None:
    with pytest.raises(OptionError, match=r"found 92\. Use smallest_order\(92\)"):
        hadamard(92)
