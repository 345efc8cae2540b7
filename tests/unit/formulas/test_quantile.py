"""Quantiles against definitions worked by hand and against exact arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from prevalence.formulas.quantile import QUANTILE_RULES, Ordered, ordered, quantiles, replicate_quantiles

SAME = 1e-12
"""The same interpolation in another order of operations."""

RNG = np.random.default_rng(31)


def one(value: list[float], weight: list[float]) -> Ordered:
    return ordered(np.zeros(len(value), dtype=np.int64), np.array(value, dtype=float), np.array(weight, dtype=float), 1)


def asked(value: list[float], weight: list[float], p: list[float], rule: str = "math") -> list[float]:
    return quantiles(one(value, weight), np.array([p]), rule)[0].tolist()


def test_the_inverse_of_the_distribution() -> None:
    # Cumulative shares 0.1, 0.3, 0.6, 1.
    value, weight = [4, 1, 3, 2], [4, 1, 3, 2]
    assert asked(value, weight, [0, 0.05, 0.1, 0.1001, 0.3, 0.6, 0.61, 1]) == [1, 1, 1, 2, 2, 3, 4, 4]
    assert asked(value, weight, [0.05, 0.1, 0.2, 0.3, 0.6, 1], "school") == [1, 1.5, 2, 2.5, 3.5, 4]


def test_continuous_definitions_by_hand() -> None:
    # Weights 1, 2, 3, 4 on 10, 20, 30, 40: C = 1, 3, 6, 10. p = 0.4.
    value, weight = [10, 20, 30, 40], [1, 2, 3, 4]
    by_hand = {
        "hf4": 20 + 10 * (4 - 3) / 3,  # nodes C: 4 lies between 3 and 6
        "hf5": 20 + 10 * (4 - 2) / (4.5 - 2),  # nodes C - w/2: 0.5, 2, 4.5, 8
        "hf6": 20 + 10 * (5.6 - 3) / 3,  # target 0.4 x 14
        "hf7": 20 + 10 * (2.4 - 1) / 2,  # nodes C - w: 0, 1, 3, 6; target 0.4 x 6
        "hf8": 20 + 10 * (0.4 * (10 + 4 / 3) - 7 / 3) / (5 - 7 / 3),
        "hf9": 20 + 10 * (0.4 * 11 - 2.25) / (4.875 - 2.25),
    }
    for rule, expected in by_hand.items():
        assert asked(value, weight, [0.4], rule)[0] == pytest.approx(expected, rel=SAME)


def test_shah_and_vaish_by_hand_and_free_of_the_scale_of_the_weights() -> None:
    # Weights of mean 1: 0.4, 0.8, 1.2, 1.6, C = 0.4, 1.2, 2.4, 4; (C + (1 - w) / 2) / 5 = 0.14, 0.26, 0.46, 0.74.
    value = [10.0, 20.0, 30.0, 40.0]
    for scale in (1.0, 30.97, 1e5):
        weight = [scale * part for part in (0.4, 0.8, 1.2, 1.6)]
        assert asked(value, weight, [0.1, 0.2, 0.26, 0.45, 0.73, 0.75], "shahvaish") == [10, 10, 20, 20, 30, 40]


def test_third_definition_takes_the_nearest_and_of_two_the_even() -> None:
    # Cumulative shares 0.1, 0.3, 0.6, 1; midpoints 0.2, 0.45, 0.8.
    value, weight = [10, 20, 30, 40], [1, 2, 3, 4]
    assert asked(value, weight, [0, 0.19, 0.2, 0.3, 0.44, 0.45, 0.46, 0.8, 1], "hf3") == [10, 10, 20, 20, 20, 20, 30, 40, 40]


@pytest.mark.parametrize("rule", QUANTILE_RULES)
def test_any_definition_stays_within_the_sample_and_rises_with_p(rule: str) -> None:
    value, weight = RNG.integers(0, 30, 80).astype(float), RNG.uniform(0.1, 9, 80)
    found = np.array(asked(value.tolist(), weight.tolist(), np.linspace(0, 1, 101).tolist(), rule))
    assert found.min() >= value.min()
    assert found.max() == value.max()
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("rule", QUANTILE_RULES)
def test_one_member_is_every_quantile_and_nobody_is_none(rule: str) -> None:
    ordering = ordered(np.array([2, 0]), np.array([7.0, 5.0]), np.array([3.0, 0.5]), 4)
    found = quantiles(ordering, np.tile([0.0, 0.3, 1.0], (4, 1)), rule)
    np.testing.assert_array_equal(found, np.array([[5.0], [np.nan], [7.0], [np.nan]]) * np.ones(3))
    nobody = ordered(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), 2)
    assert np.isnan(quantiles(nobody, np.full((2, 1), 0.5), rule)).all()


@pytest.mark.parametrize("rule", QUANTILE_RULES)
def test_order_of_rows_and_scale_of_weights_change_nothing(rule: str) -> None:
    domain, value = RNG.integers(0, 5, 400), RNG.integers(0, 12, 400).astype(float)
    weight = RNG.choice([0.0, 1.5, 2.25, 7.1], 400)
    p = np.tile([0.05, 0.25, 0.5, 0.9], (5, 1))
    found = quantiles(ordered(domain, value, weight, 5), p, rule)
    mixed = RNG.permutation(400)
    np.testing.assert_array_equal(quantiles(ordered(domain[mixed], value[mixed], weight[mixed], 5), p, rule), found)
    np.testing.assert_allclose(quantiles(ordered(domain, value, weight * 1234.5, 5), p, rule), found, rtol=SAME)


@pytest.mark.parametrize("rule", ["math", "school"])
def test_a_row_in_two_halves_is_the_same_row(rule: str) -> None:
    value, weight = RNG.integers(0, 12, 60).astype(float), RNG.integers(1, 6, 60).astype(float)
    p = [0.1, 0.25, 0.5, 0.75]
    whole = asked(value.tolist(), weight.tolist(), p, rule)
    assert asked([*value, *value], [*(weight / 2), *(weight / 2)], p, rule) == whole


def test_equal_sums_of_weights_are_equal_beside_any_other_domain() -> None:
    # 7 x 0.1 and 0.7 differ by rounding; the exact shares do not. The first domain is 15 orders of magnitude heavier.
    size = 1000
    domain = np.repeat([0, 1], [size, 10])
    weight = np.repeat([1e14, 0.1], [size, 10])
    value = np.concatenate([RNG.normal(size=size), np.arange(1.0, 11.0)])
    found = quantiles(ordered(domain, value, weight, 2), np.tile([0.3, 0.5, 0.7], (2, 1)), "school")[1]
    assert found.tolist() == [3.5, 5.5, 7.5]


def test_against_exact_arithmetic() -> None:
    value = RNG.integers(0, 9, 300).astype(float)
    weight = RNG.integers(1, 40, 300).astype(float) * 0.1
    domain = RNG.integers(0, 12, 300)
    p = [Fraction(1, 10), Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)]
    found = quantiles(ordered(domain, value, weight, 12), np.tile([float(part) for part in p], (12, 1)))
    for d in range(12):
        rows = [(value[i], Fraction(round(weight[i] * 10))) for i in np.flatnonzero(domain == d)]
        total = sum(w for _, w in rows)
        for k, part in enumerate(p):
            assert found[d, k] == min(x for x, _ in rows if sum(w for y, w in rows if y <= x) >= part * total)


@pytest.mark.parametrize("rule", QUANTILE_RULES)
def test_replicates_are_quantiles_with_other_weights(rule: str) -> None:
    domain, value = RNG.integers(0, 3, 90), RNG.integers(0, 15, 90).astype(float)
    weight = np.append(RNG.uniform(1, 5, 89), 0.0)
    factors = RNG.poisson(1, (90, 6)).astype(float)
    factors[domain == 2, 5] = 0
    p = np.tile([0.2, 0.5], (3, 1))
    found = replicate_quantiles(ordered(domain, value, weight, 3), weight[:, None] * factors, p, rule)
    for r in range(6):
        np.testing.assert_allclose(found[r], quantiles(ordered(domain, value, weight * factors[:, r], 3), p, rule), rtol=SAME)
    assert np.isnan(found[5, 2]).all()
