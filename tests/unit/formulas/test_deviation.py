"""Deviations of replicates: by hand, against a recomputation of every replicate, and with replicates that lost the domain."""

import numpy as np
import pytest
from scipy import sparse

from prevalence.errors import DesignError, OptionError
from prevalence.formulas import deviation
from prevalence.formulas.replication import factors

ROUNDING = 1e-12
"""The same sums in another order."""

Y = np.array([[1.0], [2.0], [4.0], [1.0]])
X = np.array([[2.0], [4.0], [4.0], [4.0]])
FULL_Y, FULL_X = np.array([4.0]), np.array([8.0])
QUARTERS = np.full(4, 0.25)


def squares(found: deviation.Replicated) -> float:
    return float((found.scores**2).sum())


def test_ratio_about_the_mean_and_about_the_estimate() -> None:
    # Replicates 0.5, 0.5, 1, 0.25 with mean 0.5625; the full sample says 0.5.
    centred = deviation.ratio(Y, X, FULL_Y, FULL_X, QUARTERS)
    about_estimate = deviation.ratio(Y, X, FULL_Y, FULL_X, QUARTERS, mse=True)
    assert centred.estimate == about_estimate.estimate == 0.5
    assert squares(about_estimate) == (0.5**2 + 0.25**2) / 4
    assert squares(centred) == pytest.approx((0.5**2 + 0.25**2) / 4 - 0.0625**2)


def test_total_about_the_mean_and_about_the_estimate() -> None:
    assert squares(deviation.total(Y, FULL_Y, QUARTERS)) == (1 + 0 + 4 + 1) / 4
    assert squares(deviation.total(Y, FULL_Y, QUARTERS, mse=True)) == (9 + 4 + 0 + 9) / 4


def test_replicates_of_scale_zero_do_not_enter_the_mean() -> None:
    scales = np.array([0.5, 0.5, 0.0, 0.5])
    assert squares(deviation.total(Y, FULL_Y, scales)) == pytest.approx(
        squares(deviation.total(Y[[0, 1, 3]], FULL_Y, scales[scales > 0]))
    )
    assert squares(deviation.ratio(Y, X, FULL_Y, FULL_X, scales)) == pytest.approx(0.5 * np.var([0.5, 0.5, 0.25]) * 3)


def test_jackknife_of_a_ratio_is_that_of_samples_without_each_unit() -> None:
    random = np.random.default_rng(4)
    stratum, sampled = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2]), np.array([3, 2, 4])
    x = random.gamma(3.0, size=(9, 2))
    y = x * random.random((9, 2))
    made = factors("JKn", stratum, sampled, np.zeros(3))
    sums = [made.sums(sparse.csc_array(values)) for values in (y, x)]
    found = deviation.ratio(*sums, y.sum(axis=0), x.sum(axis=0), made.scales)
    without = []
    for unit in range(9):
        weight = np.where(stratum == stratum[unit], sampled[stratum] / (sampled[stratum] - 1), 1.0)
        weight[unit] = 0
        without.append((weight @ y) / (weight @ x))
    deviations = np.array(without) - np.mean(without, axis=0)
    expected = ((sampled[stratum] - 1) / sampled[stratum]) @ deviations**2
    np.testing.assert_allclose((found.scores**2).sum(axis=0), expected, rtol=ROUNDING)


def test_products_of_scores_are_the_covariance_of_the_replicates() -> None:
    random = np.random.default_rng(5)
    y = random.random((30, 2))
    x = 1 + random.random((30, 2))
    found = deviation.ratio(y, x, y.mean(axis=0), x.mean(axis=0), np.full(30, 1 / 29))
    difference = y[:, 0] / x[:, 0] - y[:, 1] / x[:, 1]
    assert ((found.scores @ [1, -1]) ** 2).sum() == pytest.approx(difference.var(ddof=1), rel=ROUNDING)


def test_replicates_without_the_domain_are_counted_and_made_up_for() -> None:
    x = np.array([[2.0], [0.0], [4.0], [4.0]])
    y = np.where(x > 0, Y, 0.0)
    dropped = deviation.ratio(y, x, FULL_Y, FULL_X, QUARTERS, lost="drop")
    rescaled = deviation.ratio(y, x, FULL_Y, FULL_X, QUARTERS)
    assert dropped.lost.tolist() == rescaled.lost.tolist() == [1]
    assert squares(dropped) == pytest.approx(np.var([0.5, 1, 0.25]) * 3 / 4)
    assert squares(rescaled) == pytest.approx(np.var([0.5, 1, 0.25]))
    assert rescaled.scores[1, 0] == 0


def test_a_replicate_of_scale_zero_is_not_missed() -> None:
    x = np.array([[2.0], [0.0], [4.0], [4.0]])
    scales = np.array([0.5, 0.0, 0.5, 0.5])
    found = deviation.ratio(np.where(x > 0, Y, 0.0), x, FULL_Y, FULL_X, scales)
    assert found.lost.tolist() == [0]
    assert squares(found) == pytest.approx(0.5 * np.var([0.5, 1, 0.25]) * 3)


def test_other_domains_keep_their_scores_where_one_is_lost() -> None:
    x = np.column_stack([X[:, 0], [2.0, 0.0, 4.0, 4.0]])
    y = np.where(x > 0, Y, 0.0)
    both = deviation.ratio(y, x, np.repeat(FULL_Y, 2), np.repeat(FULL_X, 2), QUARTERS)
    np.testing.assert_array_equal(both.scores[:, :1], deviation.ratio(Y, X, FULL_Y, FULL_X, QUARTERS).scores)


def test_a_domain_of_one_replicate_has_no_standard_error() -> None:
    x = np.array([[0.0], [0.0], [4.0], [0.0]])
    found = deviation.ratio(np.where(x > 0, Y, 0.0), x, FULL_Y, FULL_X, QUARTERS)
    assert found.estimate == 0.5
    assert found.lost.tolist() == [3]
    assert np.isnan(squares(found))


def test_rounding_does_not_pass_for_members() -> None:
    # Two thirds of 0.3 do not cancel exactly when the only unit with members is dropped.
    x = sparse.csc_array(np.array([[0.3], [0.0], [0.0]]))
    y = sparse.csc_array(np.array([[0.1], [0.0], [0.0]]))
    made = factors("JKn", np.zeros(3, dtype=np.int64), np.array([3]), np.zeros(1))
    found = deviation.ratio(made.sums(y), made.sums(x), np.array([0.1]), np.array([0.3]), made.scales)
    assert found.lost.tolist() == [1]
    np.testing.assert_allclose(found.scores, 0, atol=ROUNDING)


def test_a_domain_with_nobody_in_it() -> None:
    found = deviation.ratio(np.zeros((4, 1)), np.zeros((4, 1)), np.zeros(1), np.zeros(1), QUARTERS)
    assert np.isnan(found.estimate).all()
    assert found.lost.tolist() == [4]


@pytest.mark.parametrize(
    ("method", "options", "expected"),
    [
        ("JK1", {}, 9 / 10),
        ("JK2", {}, 1.0),
        ("BRR", {}, 1 / 10),
        ("Fay", {"fay_rho": 0.5}, 1 / (10 * 0.25)),
        ("bootstrap", {}, 1 / 9),
        ("SDR", {}, 4 / 10),
        ("bootstrap", {"scale": 0.1}, 0.1),
        ("JKn", {"rscales": [0.5]}, 0.5),
        ("JKn", {"rscales": 0.5, "scale": 2}, 1.0),
    ],
)
def test_scales_of_the_methods(method: str, options: dict[str, object], expected: float) -> None:
    np.testing.assert_allclose(deviation.scales_of(method, 10, **options), np.full(10, expected))


@pytest.mark.parametrize(
    ("method", "number", "options", "message"),
    [
        ("JKn", 10, {}, "JKn needs rscales"),
        ("JKn", 10, {"rscales": [0.5] * 9}, "one for each of 10 replicates; found 9"),
        ("Fay", 10, {}, "Fay needs fay_rho"),
        ("BRR", 1, {}, "at least 2 columns; found 1"),
        ("BRR", 2, {"scale": -1.0}, "zero or greater"),
        ("BRR", 2, {"rscales": [0.0, 0.0]}, "not all zero"),
        ("BRR", 2, {"rscales": [1.0, np.nan]}, "zero or greater"),
    ],
)
def test_scales_that_do_not_fit(method: str, number: int, options: dict[str, object], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        deviation.scales_of(method, number, **options)


def test_unknown_way_with_lost_replicates() -> None:
    with pytest.raises(OptionError, match="lost must be one of"):
        deviation.ratio(Y, X, FULL_Y, FULL_X, QUARTERS, lost="ignore")


@pytest.mark.parametrize(
    ("mean_replicate", "combined", "doubted"),
    [(1.02, False, False), (1.02, True, True), (310.0, True, False), (310.0, False, True), (40.0, True, False)],
)
def test_weights_and_factors_are_told_apart(mean_replicate: float, combined: bool, doubted: bool) -> None:
    assert bool(deviation.doubt(300.0, mean_replicate, combined=combined)) is doubted


def test_weights_near_one_may_be_either() -> None:
    assert deviation.doubt(1.0, 1.0, combined=True) == deviation.doubt(1.0, 1.0, combined=False) == ""
