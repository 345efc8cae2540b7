"""Measures of data quality: facts that follow from their definitions, and scipy as a second opinion."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from prevalence.loaders.checks import quality

EXACT = 1e-12
"""A handful of additions and divisions in float64."""


def test_whipple_counts_five_times_the_share_of_0_and_5() -> None:
    even = np.repeat(np.arange(23.0, 63.0), 10)
    heaped = np.repeat(np.arange(25.0, 61.0, 5.0), 10)
    # 480 rows of 23-62, of which 160 end in 0 or 5: 500 x 160 / 480.
    assert quality.whipple(np.concatenate([even, heaped])) == pytest.approx(500 * 160 / 480, rel=EXACT)


def test_whipple_looks_at_23_to_62_alone() -> None:
    even = np.arange(23.0, 63.0)
    others = np.array([5.0, 10.0, 20.0, 65.0, 70.0, np.nan])
    assert quality.whipple(np.concatenate([even, others])) == 100
    assert np.isnan(quality.whipple(others))


@pytest.mark.parametrize(
    ("index", "reading"),
    [(100, "highly accurate"), (107, "fairly accurate"), (115, "approximate"), (150, "rough"), (175, "very rough")],
)
def test_whipple_is_read_as_the_united_nations_do(index: float, reading: str) -> None:
    assert quality.whipple_reading(index) == reading


def test_myers_is_zero_on_a_straight_line_and_90_on_one_digit() -> None:
    line = np.repeat(np.arange(10.0, 90.0), np.arange(800, 0, -10))
    assert quality.myers(line).index == pytest.approx(0, abs=1e-9)
    tens = np.arange(10.0, 90.0, 10.0)
    only_zero = quality.myers(np.concatenate([np.repeat(tens, 5), [89.0]]))
    assert only_zero.shares[0] > 95
    assert quality.myers(np.append(np.repeat(tens, 5), np.nan), start=10).index == pytest.approx(90, rel=EXACT)


def test_myers_needs_two_decades() -> None:
    assert np.isnan(quality.myers(np.arange(5.0, 18.0)).index)


def test_children_on_a_line_are_not_heaped() -> None:
    line = np.repeat(np.arange(5.0, 18.0), np.arange(130, 0, -10))
    assert quality.straight_line(line).dissimilarity == pytest.approx(0, abs=1e-9)
    even = np.repeat(np.arange(5.0, 18.0), 100)
    moved = np.where((even == 11) & (np.arange(len(even)) % 2 == 0), 12, even)
    found = quality.straight_line(moved)
    assert found.dissimilarity > 3
    assert found.p_value < 0.001
    assert found.df == 11


def test_age_ratio_is_100_between_equal_neighbours() -> None:
    ratios = quality.age_ratios(np.concatenate([np.repeat(np.arange(5.0, 18.0), 50), np.repeat(10.0, 50)]))
    by_age = dict(zip(ratios.ages.tolist(), ratios.ratio.tolist(), strict=True))
    assert by_age[7] == pytest.approx(100, rel=EXACT)
    assert by_age[10] == pytest.approx(200, rel=EXACT)
    assert by_age[9] == pytest.approx(100 * 50 / 75, rel=EXACT)
    assert (ratios.low < ratios.ratio).all()
    assert (ratios.ratio < ratios.high).all()


def test_chi_square_is_pearsons() -> None:
    ones, sizes = np.array([12, 30, 25]), np.array([40, 60, 50])
    groups = np.repeat([0, 1, 2], sizes)
    values = np.concatenate([np.repeat([1.0, 0.0], [k, n - k]) for k, n in zip(ones, sizes, strict=True)])
    found = quality.spread(values, groups)
    expected = stats.chi2_contingency(np.array([ones, sizes - ones]), correction=False)
    assert found.chi_square == pytest.approx(expected.statistic, rel=EXACT)
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-9)
    assert (found.groups, found.df, found.rows) == (3, 2, 150)


def test_small_groups_are_pooled_and_unknown_rows_left_out() -> None:
    groups = np.repeat([0, 1, 2, 3, -1], [40, 40, 9, 6, 20])
    values = np.tile([0.0, 1.0], len(groups))[: len(groups)].copy()
    values[:4] = np.nan
    found = quality.spread(values, groups)
    assert (found.groups, found.pooled, found.rows, found.df) == (2, 2, 36 + 40 + 15, 2)


def test_chi_square_is_not_trusted_for_rare_answers() -> None:
    values = np.zeros(100)
    values[:2] = 1
    found = quality.spread(values, np.repeat(np.arange(10), 10))
    assert np.isnan(found.chi_square)
    assert np.isnan(found.p_value)


def test_intraclass_correlation_of_known_tables() -> None:
    ten = np.array([10.0, 10.0])
    assert quality.intraclass(ten, np.array([10.0, 0.0])) == 1
    # No variation between groups: -1 / (m - 1), the least that groups of m = 10 allow.
    assert quality.intraclass(ten, np.array([5.0, 5.0])) == pytest.approx(-1 / 9, rel=EXACT)
    assert np.isnan(quality.intraclass(np.array([10.0]), np.array([3.0])))


def test_intraclass_correlation_agrees_with_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(1)
    samples = [(rng.random(n) < p).astype(float) for n, p in ((12, 0.2), (30, 0.5), (25, 0.8), (18, 0.4))]
    sizes = np.array([len(s) for s in samples], dtype=float)
    total = sizes.sum()
    m = (total - (sizes**2).sum() / total) / 3
    f = stats.f_oneway(*samples).statistic
    # MSB = F x MSW, so the correlation is (F - 1) / (F + m - 1).
    found = quality.intraclass(sizes, np.array([s.sum() for s in samples]))
    assert found == pytest.approx((f - 1) / (f + m - 1), rel=1e-10)
