"""Products of all pairs of columns, by the full array, in blocks and by stored entries, against sums written out."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from prevalence.formulas import products

ROUNDING = 1e-12
"""Sums of a few hundred products of numbers of order 1."""


def array(density: float) -> sparse.csc_array:
    return sparse.csc_array(sparse.random_array((60, 9), density=density, rng=np.random.default_rng(3)))


@pytest.mark.parametrize("block", [products.BLOCK, 9 * 7])
@pytest.mark.parametrize("density", [0.02, 0.9])
def test_products_are_the_sums_written_out(density: float, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "BLOCK", block)
    given = array(density)
    assert products.worth_filling(given) == (density > 0.5)
    full = given.toarray()
    expected = [[sum(full[:, i] * full[:, j]) for j in range(9)] for i in range(9)]
    np.testing.assert_allclose(products.cross_products(given), expected, atol=ROUNDING)


@pytest.mark.parametrize("block", [products.BLOCK, 9 * 7])
def test_rows_are_taken_about_the_centre_of_their_group(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "BLOCK", block)
    rng = np.random.default_rng(4)
    given, centre, group, factor = array(0.4), rng.normal(size=(9, 5)), rng.integers(0, 5, 60), rng.random(60)
    full = given.toarray()
    rows = [factor[row] * (full[row] - centre[:, group[row]]) for row in range(60)]
    expected = sum(np.outer(row, row) for row in rows)
    np.testing.assert_allclose(products.centred_products(given, centre, group, factor), expected, atol=ROUNDING)


@pytest.mark.parametrize("shape", [(5, 0), (0, 3), (0, 0)])
def test_nothing_has_products_of_nothing(shape: tuple[int, int]) -> None:
    np.testing.assert_array_equal(products.cross_products(sparse.csc_array(shape)), np.zeros((shape[1], shape[1])))
