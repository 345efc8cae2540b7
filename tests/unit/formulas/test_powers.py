"""Sums of products of deviations, merged, moved and combined, against sums over the units themselves."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from prevalence.formulas.powers import (
    MONOMIALS,
    ONE_DOMAIN,
    TWO_DOMAINS,
    Powers,
    joined,
    merged,
    none,
    of_scores,
    placed,
    products,
    rebased,
    swapped,
    widened,
)
from prevalence.totals import Floats

SAME = 1e-12
"""The same sums in another order, relative to the largest of their terms."""

SIZES = (ONE_DOMAIN, TWO_DOMAINS)


def whole(values: Floats, place: int = 0) -> Powers:
    """Return the sums of all units, shape (totals, units), of one entry."""
    mean = values.mean(axis=1, keepdims=True)
    sums = products(list(values - mean), lambda one: one.sum(keepdims=True))
    return Powers(np.array([place]), np.array([float(values.shape[1])]), mean, sums)


def assert_same(found: Powers, expected: Powers) -> None:
    np.testing.assert_array_equal(found.place, expected.place)
    np.testing.assert_array_equal(found.units, expected.units)
    np.testing.assert_allclose(found.mean, expected.mean, atol=SAME)
    np.testing.assert_allclose(found.sums, expected.sums, atol=SAME * np.abs(expected.sums).max())


@pytest.mark.parametrize("size", SIZES)
def test_every_product_of_two_to_four_totals_has_a_row(size: int) -> None:
    values = np.random.default_rng(1).gamma(1.0, size=(size, 30))
    apart, found = values - values.mean(axis=1, keepdims=True), whole(values)
    assert len(found.sums) == {ONE_DOMAIN: 12, TWO_DOMAINS: 65}[size]
    for order in (2, 3, 4):
        for which in product(range(size), repeat=order):
            row = MONOMIALS[size].index(tuple(sorted(which)))
            assert found.sums[row, 0] == pytest.approx(np.prod(apart[list(which)], axis=0).sum(), abs=1e-10)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("parts", [2, 5, 30])
def test_parts_merge_into_the_whole_about_their_common_mean(size: int, parts: int) -> None:
    values = np.random.default_rng(2).gamma(1.0, size=(size, 30)) + 1e3
    pieces = [whole(part) for part in np.array_split(values, parts, axis=1)]
    found, expected = merged([none(size), *pieces]), whole(values)
    np.testing.assert_allclose(found.sums, expected.sums, atol=1e-9 * np.abs(expected.sums).max())
    np.testing.assert_allclose(found.mean, expected.mean, rtol=SAME)


@pytest.mark.parametrize("size", SIZES)
def test_another_reference_is_a_difference_of_totals(size: int) -> None:
    values, shift = np.random.default_rng(3).gamma(1.0, size=(size, 30)), np.array([[0.3], [-1.7]])[: size // 2]
    moved = values.copy()
    moved[0::2] -= shift * values[1::2]
    assert_same(rebased(whole(values), shift), whole(moved))


def test_domains_of_a_pair_in_turn() -> None:
    values = np.random.default_rng(4).gamma(1.0, size=(4, 30))
    assert_same(swapped(whole(values), np.array([True])), whole(values[[2, 3, 0, 1]]))
    assert_same(swapped(whole(values), np.array([False])), whole(values))


@pytest.mark.parametrize("side", [0, 1])
def test_a_pair_with_a_domain_in_which_nobody_is(side: int) -> None:
    values = np.random.default_rng(5).gamma(1.0, size=(2, 30))
    both = np.zeros((4, 30))
    both[2 * side : 2 * side + 2] = values
    assert_same(widened(whole(values), np.array([0]), np.array([7]), side), whole(both, 7))


def test_places_are_in_order() -> None:
    one, other = (whole(np.random.default_rng(seed).normal(size=(2, 9)), seed) for seed in (6, 2))
    found = joined([one, other])
    assert found.place.tolist() == [2, 6]
    np.testing.assert_array_equal(found.sums, np.hstack([other.sums, one.sums]))
    np.testing.assert_array_equal(placed(found, np.array([5, 1])).sums, np.hstack([one.sums, other.sums]))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("centred", [0.0, 1.0])
def test_powers_of_scores_with_the_units_that_have_no_member(size: int, centred: float) -> None:
    rng = np.random.default_rng(8)
    values, coefficients, sampled = rng.gamma(1.0, size=(size, 30)), rng.normal(size=(size, 1)), 45
    scores = np.concatenate([(coefficients * values).sum(axis=0), np.zeros(sampled - 30)])
    apart = scores - centred * scores.mean()
    found = of_scores(whole(values), np.array([0]), coefficients, np.array([sampled]), np.array([centred]))
    np.testing.assert_allclose(np.ravel(found), [(apart**2).sum(), (apart**4).sum()], rtol=1e-11)
