"""Trimming by hand."""

from __future__ import annotations

import numpy as np
import pytest

from prevalence.calibration.potter import least_error_bound
from prevalence.calibration.trimming import median_bound, trim
from prevalence.errors import DataError, OptionError

WEIGHT = np.array([1.0, 2.0, 9.0, 4.0])


def test_what_is_cut_off_is_shared_equally() -> None:
    found = trim(WEIGHT, upper=6)
    assert found.weight.tolist() == [2, 3, 6, 5]
    assert found.cut.tolist() == [False, False, True, False]
    assert (found.moved, found.rounds) == (3, 1)


def test_or_in_proportion_to_the_weights() -> None:
    # 3.5 over weights of 7: half as much again.
    assert trim(WEIGHT, upper=5.5, share="proportional").weight.tolist() == [1.5, 3, 5.5, 6]


def test_strict_repeats_until_none_is_outside() -> None:
    # The fourth weight is pushed to 6 and cut in turn; the first two end with the rest, which is 16 - 2 x 5.5 in the ratio 1 : 2.
    found = trim(WEIGHT, upper=5.5, share="proportional", strict=True)
    np.testing.assert_allclose(found.weight, [5 / 3, 10 / 3, 5.5, 5.5], rtol=1e-12)
    assert found.rounds > 1


def test_rows_cut_in_any_round_are_told() -> None:
    """Of a weight of 9 the others share 3; then 6.5 is cut, and so on: the last round cuts one row alone."""
    found = trim(np.array([1.0, 5.0, 9.0]), upper=6, strict=True)
    np.testing.assert_allclose(found.weight, [3, 6, 6], rtol=1e-12)
    assert found.cut.tolist() == [False, True, True]


def test_each_class_keeps_its_sum() -> None:
    classes = np.array([0, 1, 0, 1])
    assert trim(WEIGHT, upper=6, classes=classes).weight.tolist() == [4, 2, 6, 4]


def test_bounds_may_differ_by_row_and_lie_below() -> None:
    assert trim(WEIGHT, upper=np.array([9, 9, 8, 9]), lower=1.5).weight.tolist() == [1.5, 2.25, 8, 4.25]


def test_weights_of_zero_stay() -> None:
    assert trim(np.array([0.0, 1.0, 5.0]), upper=4, lower=0.5).weight.tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"upper": 6, "lower": 7}, OptionError, "lower bound of weights must be below"),
        ({"upper": 6, "share": "even"}, OptionError, "share must be one of"),
        ({"upper": 6, "classes": np.array([0, 0, 1, 0])}, DataError, "1 class has none: 1"),
        ({"upper": 3.9, "strict": True}, DataError, "1 class has none: 0|did not end"),
    ],
)
def test_what_is_refused(options: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        trim(WEIGHT, **options)


def test_median_and_range_by_class() -> None:
    weight = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 0.0, 10.0, 20.0])
    classes = np.array([0, 0, 0, 0, 0, 0, 1, 1])
    # Quartiles 2 and 4 about 3; quartiles 12.5 and 17.5 about 15.
    assert median_bound(weight, multiple=3, classes=classes).tolist() == [9] * 6 + [30] * 2
    quartiles = np.quantile(weight[weight > 0], [0.25, 0.5, 0.75])
    np.testing.assert_allclose(median_bound(weight, multiple=6), quartiles[1] + 6 * (quartiles[2] - quartiles[0]))


# ---- least mean squared error -----------------------------------------------------------------------------------

RNG = np.random.default_rng(9)
ROWS = 300
UNIT = np.arange(ROWS) // 5
STRATUM = np.arange(ROWS // 5) % 3
SKEWED = RNG.lognormal(2, 1, ROWS)
UNRELATED = RNG.normal(10, 2, (ROWS, 1))


def by_definition(bound: float, y: np.ndarray) -> float:
    """Return the estimated error relative to the variance, unit by unit."""

    def scores(weight: np.ndarray) -> tuple[float, np.ndarray]:
        mean = weight @ y / weight.sum()
        return mean, np.bincount(UNIT, weight * (y - mean) / weight.sum())

    def covariance(a: np.ndarray, b: np.ndarray) -> float:
        return float(sum((h == STRATUM).sum() * np.cov(a[h == STRATUM], b[h == STRATUM])[0, 1] for h in range(3)))

    (mean, z), (trimmed_mean, t) = scores(SKEWED), scores(trim(SKEWED, upper=bound, share="proportional").weight)
    variance = covariance(z, z)
    return ((trimmed_mean - mean) ** 2 - variance + 2 * covariance(t, z)) / variance


def test_errors_are_those_of_the_definition() -> None:
    found = least_error_bound(SKEWED, UNRELATED, unit=UNIT, stratum=STRATUM, candidates=[15, 40])
    assert found.upper.tolist() == [15, 40, SKEWED.max()]
    np.testing.assert_allclose(found.error[:, 0], [by_definition(bound, UNRELATED[:, 0]) for bound in found.upper], rtol=1e-10)
    np.testing.assert_allclose(found.error[-1], 1)


def test_weights_unrelated_to_the_outcome_are_trimmed_and_related_ones_are_not() -> None:
    assert least_error_bound(SKEWED, UNRELATED, unit=UNIT).best < SKEWED.max()
    related = np.log(SKEWED)[:, None]
    assert least_error_bound(SKEWED, related, unit=UNIT).best == SKEWED.max()


def test_outcomes_must_be_known() -> None:
    with pytest.raises(DataError, match="known for all rows with a weight"):
        least_error_bound(SKEWED, np.full((ROWS, 1), np.nan), unit=UNIT)
    with pytest.raises(OptionError, match="weights above zero"):
        least_error_bound(SKEWED, UNRELATED, unit=UNIT, candidates=[0])
