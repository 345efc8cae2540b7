"""Tests of independence where the answer is known: multinomial samples, products of margins, published values."""

import numpy as np
import pytest
from scipy import stats

from prevalence.formulas.association import rao_scott, wald_independence
from prevalence.formulas.significance import f_upper_tail

EXACT = 1e-10
"""Eigenvalues and solutions of small systems."""

COUNTS = np.array([[34.0, 21.0, 12.0], [15.0, 40.0, 28.0]])


def multinomial(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return shares of one table, their covariance under simple random sampling, and n."""
    n = counts.sum()
    p = (counts / n).ravel()
    return (counts / n)[None], ((np.diag(p) - np.outer(p, p)) / n)[None], np.array([n])


def test_simple_random_sampling_needs_no_correction() -> None:
    shares, covariance, n = multinomial(COUNTS)
    found = rao_scott(shares, covariance, n, np.array([np.inf]))
    plain = stats.chi2_contingency(COUNTS, correction=False)
    np.testing.assert_allclose(found.effects[0, :2], 1, rtol=EXACT)
    assert np.isnan(found.effects[0, 2:]).all()
    assert [found.pearson[0], found.chi2[0]] == pytest.approx([plain.statistic] * 2, rel=EXACT)
    assert found.chi2_p[0] == pytest.approx(plain.pvalue, rel=EXACT)
    # Without variation of the effects the second order is the first.
    assert found.f_p[0] == pytest.approx(plain.pvalue, rel=EXACT)
    assert found.f_df[0] == pytest.approx(2, rel=EXACT)


def test_a_constant_design_effect_divides_the_statistic() -> None:
    shares, covariance, n = multinomial(COUNTS)
    found = rao_scott(shares, 2.5 * covariance, n, np.array([30.0]))
    plain = stats.chi2_contingency(COUNTS, correction=False).statistic
    assert found.chi2[0] == pytest.approx(plain / 2.5, rel=EXACT)
    assert found.f[0] == pytest.approx(plain / 5, rel=EXACT)
    assert found.f_p[0] == pytest.approx(stats.f.sf(plain / 5, 2, 60), rel=EXACT)


def test_under_independence_the_mean_effect_is_that_of_rao_and_scott() -> None:
    # Rao & Scott (1981): the effects add up to n sum V(h_rc) / (p_r+ p_+c), h the residuals p_rc - p_r+ p_+c.
    rng = np.random.default_rng(2)
    shares, _, n = multinomial(COUNTS)
    spread = rng.normal(size=(6, 20)) * 0.01
    spread -= shares.ravel()[:, None] * spread.sum(axis=0)
    covariance = (spread @ spread.T)[None]
    found = rao_scott(shares, covariance, n, np.array([19.0]), under="independence")
    rows, columns = shares[0].sum(axis=1), shares[0].sum(axis=0)
    d = spread.reshape(2, 3, 20)
    h = d - d.sum(axis=1)[:, None, :] * columns[None, :, None] - rows[:, None, None] * d.sum(axis=0)[None]
    total = n[0] * ((h**2).sum(axis=2) / np.outer(rows, columns)).sum()
    assert np.nansum(found.effects) == pytest.approx(total, rel=EXACT)
    observed = rao_scott(shares, covariance, n, np.array([19.0]))
    assert not np.isclose(np.nansum(observed.effects), total, rtol=1e-3)


def test_both_forms_agree_in_a_table_of_products() -> None:
    shares = np.outer([0.2, 0.5, 0.3], [0.1, 0.6, 0.3])[None]
    rng = np.random.default_rng(3)
    spread = rng.normal(size=(9, 30)) * 0.01
    covariance = ((spread - spread.mean(axis=0)) @ (spread - spread.mean(axis=0)).T)[None]
    forms = [
        rao_scott(shares, covariance, np.array([500.0]), np.array([29.0]), under=under) for under in ("observed", "independence")
    ]
    np.testing.assert_allclose(forms[0].effects, forms[1].effects, rtol=EXACT)
    assert forms[0].f[0] == pytest.approx(0, abs=EXACT)


def test_levels_without_anybody_are_left_out() -> None:
    shares, covariance, n = multinomial(COUNTS)
    wide, places = np.zeros((1, 3, 4)), [0, 1, 3, 8, 9, 11]
    wide[:, [0, 2], :] = np.insert(shares, 2, 0, axis=2)
    spread = np.zeros((1, 12, 12))
    spread[:, np.array(places)[:, None], places] = covariance * 1.7
    plain, padded = (rao_scott(s, v, n, np.array([12.0])) for s, v in ((shares, covariance * 1.7), (wide, spread)))
    for name in ("pearson", "contrasts", "empty", "chi2", "chi2_p", "f", "f_df", "f_below", "f_p"):
        np.testing.assert_allclose(getattr(plain, name), getattr(padded, name), rtol=EXACT)
    one, two = (wald_independence(s, v, np.array([12.0])) for s, v in ((shares, covariance), (wide, spread / 1.7)))
    assert (one.f[0], one.rank[0], one.below[0]) == pytest.approx((two.f[0], two.rank[0], two.below[0]), rel=EXACT)


def test_tables_are_tested_side_by_side() -> None:
    tables = [multinomial(counts) for counts in (COUNTS, COUNTS[:, ::-1] + 3, np.ones((2, 3)))]
    shares, covariance, n = (np.concatenate([table[part] for table in tables]) for part in range(3))
    df = np.array([10.0, 20.0, 30.0])
    together = rao_scott(shares, covariance, n, df)
    wald = wald_independence(shares, covariance, df)
    for index, (s, v, size) in enumerate(tables):
        alone = rao_scott(s, v, size, df[index : index + 1])
        assert together.f_p[index] == pytest.approx(alone.f_p[0], rel=EXACT)
        assert wald.f[index] == pytest.approx(wald_independence(s, v, df[index : index + 1]).f[0], rel=EXACT)


def test_tables_without_a_test() -> None:
    row = np.array([[[0.3, 0.7], [0.0, 0.0]]])
    nobody = np.full((1, 2, 2), np.nan)
    for shares in (row, nobody):
        found = rao_scott(shares, np.zeros((1, 4, 4)), np.array([50.0]), np.array([9.0]))
        assert np.isnan([found.chi2, found.chi2_p, found.f, found.f_p]).all()
        assert np.isnan(wald_independence(shares, np.zeros((1, 4, 4)), np.array([9.0])).p_value).all()
    shares, covariance, n = multinomial(COUNTS)
    no_df = rao_scott(shares, covariance, n, np.array([0.0]))
    assert np.isnan(no_df.f_p[0])
    assert np.isfinite(no_df.f[0])


def test_empty_cells_are_counted_and_under_independence_lose_no_contrast() -> None:
    counts = np.array([[10.0, 0.0, 0.0], [0.0, 8.0, 0.0], [5.0, 4.0, 9.0]])
    shares, covariance, n = multinomial(counts)
    found = {under: rao_scott(shares, covariance, n, np.array([40.0]), under=under) for under in ("observed", "independence")}
    assert found["observed"].empty[0] == found["independence"].empty[0] == 4
    assert np.isfinite(found["independence"].f_p[0])
    assert found["independence"].pearson[0] == pytest.approx(
        stats.chi2_contingency(counts, correction=False).statistic, rel=EXACT
    )


def test_wald_of_two_by_two_is_the_square_of_t() -> None:
    # W = h^2 / V(h) with the one residual h; shares fix the total, so h = p11 p22 - p12 p21.
    shares, covariance, _ = multinomial(np.array([[20.0, 30.0], [35.0, 15.0]]))
    a, b, c, d = shares.ravel()
    gradient = np.array([d, -c, -b, a])
    t = (a * d - b * c) / np.sqrt(gradient @ covariance[0] @ gradient)
    found = wald_independence(shares, covariance, np.array([17.0]))
    assert found.f[0] == pytest.approx(t**2, rel=EXACT)
    assert found.p_value[0] == pytest.approx(2 * stats.t.sf(abs(t), 17), rel=EXACT)


def test_fewer_units_than_contrasts_give_no_wald_test() -> None:
    shares, covariance, _ = multinomial(COUNTS)
    assert np.isnan(wald_independence(shares, covariance, np.array([1.0])).f[0])
    assert np.isfinite(wald_independence(shares, covariance, np.array([1.0]), adjusted=False).f[0])


def test_f_tail_meets_its_limits() -> None:
    found = f_upper_tail(np.array([2.0, 2.0, np.nan, 2.0]), np.array([5.0, np.inf, 5.0, 0.0]), np.array([3.0, 3.0, 3.0, 3.0]))
    np.testing.assert_allclose(found, [stats.f.sf(3, 2, 5), stats.chi2.sf(6, 2), np.nan, np.nan], rtol=EXACT)
