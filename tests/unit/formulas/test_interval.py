"""Intervals against values that can be looked up or worked by hand."""

import numpy as np
import pytest
from scipy import stats

from prevalence.formulas.interval import PROPORTION_METHODS, Proportions, log_wald, proportion, student_t, wald

EXACT = 1e-12
"""Closed forms of the same quantity differ by rounding alone."""


def shares(p: float, se: float, *, df: float = 30, n: float = 400, deff: float = 1.0) -> Proportions:
    return Proportions(*(np.array([value], dtype=float) for value in (p, se, df, n, deff)))


def test_student_quantiles() -> None:
    np.testing.assert_allclose(student_t(np.array([1.0, 10.0, np.inf]), 0.95), [12.7062047362, 2.22813885199, 1.95996398454])
    assert np.isnan(student_t(np.array([0.0]), 0.95)).all()


def test_korn_graubard_under_simple_random_sampling_is_clopper_pearson() -> None:
    # 20 of 400; with V = p(1-p)/n and df = n-1 the effective size is n itself.
    p, n = 0.05, 400
    limits = proportion("korn-graubard", shares(p, np.sqrt(p * (1 - p) / n), df=n - 1, n=n), 0.95)
    np.testing.assert_allclose(limits.low, stats.beta.ppf(0.025, 20, 381), rtol=EXACT)
    np.testing.assert_allclose(limits.high, stats.beta.ppf(0.975, 21, 380), rtol=EXACT)


def test_effective_size_is_capped_at_n_by_nchs_and_not_by_r() -> None:
    precise = shares(0.3, 0.001, df=50, n=100)
    capped, uncapped = proportion("korn-graubard", precise, 0.95), proportion("beta", precise, 0.95)
    assert capped.low[0] == pytest.approx(stats.beta.ppf(0.025, 30, 71), rel=EXACT)
    assert uncapped.low[0] > capped.low[0]


def test_logit_is_symmetric_on_its_scale() -> None:
    limits = proportion("logit", shares(0.02, 0.005), 0.95)
    logit = np.log(np.array([limits.low, 0.02 * np.ones(1), limits.high]) / (1 - np.array([limits.low, [0.02], limits.high])))
    np.testing.assert_allclose(logit[2] - logit[1], logit[1] - logit[0], rtol=EXACT)


def test_mics_is_two_standard_errors_whatever_df() -> None:
    limits = proportion("mics", shares(0.0728, 0.0043), 0.95)
    # Iraq MICS 2018, sampling errors, child labour, national: 0.064 to 0.081.
    assert (round(limits.low[0], 3), round(limits.high[0], 3)) == (0.064, 0.081)


@pytest.mark.parametrize("method", PROPORTION_METHODS)
def test_zero_and_one_have_an_exact_interval_of_positive_width(method: str) -> None:
    none, every = shares(0.0, 0.0, n=100, deff=2.0), shares(1.0, 0.0, n=100, deff=2.0)
    # 0 of 50 effective observations: the upper limit solves (1 - u)^50 = 0.025.
    np.testing.assert_allclose(proportion(method, none, 0.95).high, 1 - 0.025 ** (1 / 50), rtol=EXACT)
    assert proportion(method, none, 0.95).low == 0
    np.testing.assert_allclose(proportion(method, every, 0.95).low, 0.025 ** (1 / 50), rtol=EXACT)
    assert proportion(method, every, 0.95).high == 1


@pytest.mark.parametrize("method", PROPORTION_METHODS)
def test_no_degrees_of_freedom_no_interval(method: str) -> None:
    limits = proportion(method, shares(0.1, 0.02, df=0), 0.95)
    assert np.isnan(limits.low).all()
    assert np.isnan(limits.high).all()


def test_equal_units_do_not_make_a_point_interval() -> None:
    limits = proportion("logit", shares(0.5, 0.0, n=40), 0.95)
    np.testing.assert_allclose(
        [limits.low[0], limits.high[0]], [stats.beta.ppf(0.025, 20, 21), stats.beta.ppf(0.975, 21, 20)], rtol=EXACT
    )


def test_wald_and_log_wald() -> None:
    one = np.ones(1)
    limits = wald(10 * one, one, 10 * one, 0.95)
    np.testing.assert_allclose([limits.low[0], limits.high[0]], [10 - 2.22813885199, 10 + 2.22813885199])
    ratio = log_wald(2 * one, 0.1 * one, 10 * one, 0.95)
    np.testing.assert_allclose(ratio.low * ratio.high, 4, rtol=EXACT)
    assert np.isnan(wald(one, 0 * one, one, 0.95).low).all()


def test_wilson_under_simple_random_sampling_is_the_score_interval() -> None:
    # Newcombe (1998), Table I: 81 of 263, Wilson limits 0.2553 and 0.3662 with the normal quantile.
    p, n = 81 / 263, 263
    limits = proportion("wilson", shares(p, np.sqrt(p * (1 - p) / n), df=np.inf, n=n), 0.95)
    assert (round(limits.low[0], 4), round(limits.high[0], 4)) == (0.2553, 0.3662)


def test_likelihood_limits_are_roots_of_the_likelihood_ratio() -> None:
    p, n = 0.02, 500
    limits = proportion("likelihood", shares(p, np.sqrt(p * (1 - p) / n), df=40, n=n), 0.95)
    for q in (limits.low[0], limits.high[0]):
        twice = 2 * n * (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q)))
        assert twice == pytest.approx(stats.t.ppf(0.975, 40) ** 2 * n / (n - 1), rel=1e-9)


@pytest.mark.parametrize("method", ["wilson", "asin", "likelihood", "logit", "korn-graubard"])
def test_limits_stay_between_0_and_1_where_little_is_known(method: str) -> None:
    limits = proportion(method, shares(0.01, 0.02, df=1, n=30), 0.99)
    assert 0 <= limits.low[0] < 0.01 < limits.high[0] <= 1
