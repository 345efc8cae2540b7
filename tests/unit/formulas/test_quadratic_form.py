"""Tails of weighted sums of chi-squares against closed forms and integrals over a circle."""

import numpy as np
import pytest
from scipy import stats

from prevalence.formulas.quadratic_form import saddlepoint_tail, upper_tail

SUMMED = 1e-12
"""The mixture leaves out 1e-13."""


def test_equal_weights_are_a_chi_square_or_an_f() -> None:
    assert upper_tail(6.0, np.full(4, 1.5), np.inf) == pytest.approx(stats.chi2.sf(4, 4), rel=SUMMED)
    assert upper_tail(6.0, np.full(4, 1.5), 13.0) == pytest.approx(stats.f.sf(1, 4, 13), rel=SUMMED)
    assert upper_tail(6.0, np.array([1.5, np.nan, 0.0]), 13.0) == pytest.approx(stats.f.sf(4, 1, 13), rel=SUMMED)


def two_by_integration(a: float, b: float, x: float, df: float) -> float:
    """Return the tail of a u^2 + b v^2 over the angle of (u, v): given it, the sum is a multiple of a chi-square with 2 degrees of freedom."""
    angle = np.linspace(0, 2 * np.pi, 200_000, endpoint=False)
    over = x / (2 * (a * np.cos(angle) ** 2 + b * np.sin(angle) ** 2))
    return float((np.exp(-over) if np.isinf(df) else stats.f.sf(over, 2, df)).mean())


@pytest.mark.parametrize(("a", "b"), [(1.0, 0.5), (1.0, 0.05), (3.0, 0.002)])
@pytest.mark.parametrize("x", [0.1, 1.0, 8.0, 40.0])
@pytest.mark.parametrize("df", [5.0, 60.0, np.inf])
def test_two_weights(a: float, b: float, x: float, df: float) -> None:
    assert upper_tail(x, np.array([a, b]), df) == pytest.approx(two_by_integration(a, b, x, df), abs=SUMMED)


def test_many_weights_against_a_simulation() -> None:
    weights = np.linspace(0.2, 3, 8)
    draws = np.random.default_rng(9).chisquare(1, (400_000, 8)) @ weights
    found, seen = upper_tail(25.0, weights, np.inf), float((draws > 25).mean())
    assert abs(found - seen) < 3 * np.sqrt(seen * (1 - seen) / len(draws))


def test_what_cannot_be_summed_is_not_guessed() -> None:
    assert np.isnan(upper_tail(3.0, np.array([1.0, 1e-6]), np.inf))
    assert np.isnan(upper_tail(3.0, np.zeros(2), np.inf))
    assert np.isnan(upper_tail(3.0, np.ones(2), 0.0))
    assert upper_tail(0.0, np.array([1.0, 0.5]), np.inf) == pytest.approx(1, rel=SUMMED)


NEAR = 0.08
"""What the saddlepoint is off by at most in this grid."""


@pytest.mark.parametrize("df", [5.0, 20.92, np.inf])
@pytest.mark.parametrize("x", [0.5, 3.0, 3.5, 8.0, 25.0])
def test_saddlepoint_is_near_the_sum(x: float, df: float) -> None:
    weights = np.array([1.0, 2, 0.5])
    assert saddlepoint_tail(x, weights, df) == pytest.approx(upper_tail(x, weights, df), rel=NEAR)


def test_saddlepoint_by_kuonens_formula_for_one_chi_square() -> None:
    # K'(z) = 1/(1 - 2z) - x = 0 has the root (1 - 1/x)/2: w^2 = x - 1 - log x, v = (x - 1)/sqrt(2).
    for x in (0.2, 0.9, 4.0, 12.0):
        w, v = np.sign(x - 1) * np.sqrt(x - 1 - np.log(x)), (x - 1) / np.sqrt(2)
        assert saddlepoint_tail(3 * x, np.array([3.0]), np.inf) == pytest.approx(stats.norm.sf(w + np.log(v / w) / w), rel=1e-9)


@pytest.mark.parametrize("df", [12.5, np.inf])
def test_saddlepoint_has_no_gap_at_the_mean(df: float) -> None:
    steps = np.array([-1e-3, -1e-4, -2e-5, -1e-7, 0.0, 1e-7, 2e-5, 1e-4, 1e-3])
    at = [saddlepoint_tail(3.5 * (1 + step), np.array([1.0, 2, 0.5]), df) for step in steps]
    np.testing.assert_allclose(at, np.polyval(np.polyfit(steps, at, 2), steps), atol=1e-5)


def test_saddlepoint_where_there_is_nothing_to_approximate() -> None:
    assert np.isnan(saddlepoint_tail(3.0, np.zeros(2), np.inf))
    assert np.isnan(saddlepoint_tail(np.nan, np.ones(2), np.inf))
    assert np.isnan(saddlepoint_tail(3.0, np.ones(2), 0.0))
    assert saddlepoint_tail(0.0, np.ones(2), 9.0) == 1
