"""t tests and adjusted p-values against published and closed forms."""

import numpy as np
import pytest
from scipy import stats

from prevalence.formulas.significance import adjusted, f_upper_tail, t_test

EXACT = 1e-12
"""The same arithmetic in another order."""


def test_t_tests() -> None:
    found = t_test(np.array([0.15, 3.0, 3.0]), np.array([0.0288675134594813, 1.0, 1.0]), np.array([3.0, np.inf, 8.0]), null=0.0)
    np.testing.assert_allclose(found.t[0] ** 2, 27, rtol=1e-10)
    np.testing.assert_allclose(found.p_value[1:], [2 * stats.norm.sf(3), 2 * stats.t.sf(3, 8)], rtol=EXACT)
    against_two = t_test(np.array([3.0]), np.array([0.5]), np.array([8.0]), null=2.0)
    assert against_two.p_value[0] == pytest.approx(2 * stats.t.sf(2, 8), rel=EXACT)


def test_no_test_without_standard_error_or_degrees_of_freedom() -> None:
    found = t_test(np.array([1.0, 1.0, np.nan]), np.array([0.0, 1.0, 1.0]), np.array([5.0, 0.0, 5.0]))
    assert np.isnan(found.p_value).all()
    assert np.isnan(found.t).all()


def test_benjamini_and_hochbergs_own_example() -> None:
    # Benjamini & Hochberg (1995), section 4.1: 15 p-values, of which the four smallest are found at 0.05 and three by Bonferroni.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    shuffled = np.random.default_rng(1).permutation(15)
    found = adjusted(np.array(p)[shuffled], "benjamini-hochberg")
    assert set(shuffled[found.p_value <= 0.05]) == {0, 1, 2, 3}
    assert set(shuffled[adjusted(np.array(p)[shuffled], "holm").p_value <= 0.05]) == {0, 1, 2}


def test_holm_by_hand_and_missing_tests_left_out() -> None:
    p = np.array([[0.04, np.nan], [0.01, 0.03]])
    found = adjusted(p, "holm")
    # 3 tests: 0.01 x 3, 0.03 x 2, max(0.06, 0.04).
    np.testing.assert_allclose(found.p_value, [[0.06, np.nan], [0.03, 0.06]], rtol=EXACT)
    assert (found.tests, found.left_out) == (3, 1)


def test_benjamini_and_hochberg_by_hand_with_a_test_left_out() -> None:
    """3 tests: 0.01 x 3/1, 0.04 x 3/2 and 0.06 x 3/3, none above the next."""
    found = adjusted(np.array([0.06, np.nan, 0.01, 0.04]), "benjamini-hochberg")
    np.testing.assert_allclose(found.p_value, [0.06, np.nan, 0.03, 0.06], rtol=EXACT)


def test_an_f_with_infinite_degrees_below_is_a_chi_square_over_its_own() -> None:
    """The upper 5 % of a chi-square with 3 degrees of freedom begin at 7.8147."""
    found = f_upper_tail(np.array([3.0, 3.0, 3.0]), np.array([np.inf, 8.0, 0.0]), np.array([7.814727903 / 3, 4.066181, 2.0]))
    np.testing.assert_allclose(found, [0.05, 0.05, np.nan], rtol=1e-6)


@pytest.mark.parametrize("method", ["holm", "benjamini-hochberg"])
def test_adjusted_values_keep_their_order_and_never_fall(method: str) -> None:
    p = np.random.default_rng(2).uniform(size=200)
    found = adjusted(p, method).p_value
    assert (found >= p).all()
    assert (np.diff(found[np.argsort(p)]) >= 0).all()
    assert found.max() <= 1
    assert adjusted(np.zeros(0), method).tests == 0
