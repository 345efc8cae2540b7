"""Degrees of freedom read from scores: worked by algebra, recomputed without the library, and compared with what they estimate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse, stats

from prevalence.design import LonelyPsu
from prevalence.formulas.rules import Linearised
from prevalence.formulas.satterthwaite import LEAST_DF
from prevalence.formulas.variance import Lonely
from prevalence.totals import Columns, Floats, Ints, StageUnits, Units

SAME = 1e-10
"""Sums of fourth powers in another order."""

EXACT = 1e-12
"""A few roundings of numbers that no sum cancels."""


def units_of(sizes: list[int], fraction: Floats | None = None) -> Units:
    none = np.zeros(len(sizes)) if fraction is None else fraction
    return Units.of_one_stage(np.repeat(np.arange(len(sizes)), sizes), np.array(sizes), none)


def df_of(units: Units, scores: Floats, lonely: Lonely | None = None, *, presence: Floats | None = None) -> Floats:
    columns = sparse.csc_array(scores.reshape(len(units), -1))
    there = columns if presence is None else sparse.csc_array(presence.reshape(len(units), -1))
    return Linearised(units, lonely or Lonely(), "satterthwaite").spread(columns, there).df


def by_hand(units: Units, scores: Floats, present: Ints, lonely: LonelyPsu) -> float:
    """Recompute with SciPy's k statistics, stratum by stratum."""
    variance, spread, touched, members = 0.0, 0.0, 0, 0
    for stratum, n in enumerate(units.primary.sampled):
        inside = units.primary.stratum == stratum
        z, m = scores[inside], int(present[inside].sum())
        touched += (n - 1) * (m > 0)
        members += m
        squares = n * z.var(ddof=1) if n > 1 else z[0] ** 2 * (lonely == "adjust")
        own = (1 - units.primary.fraction[stratum]) * squares
        normal = 2 * own**2 / (min(max(m, 1), max(n - 1, 1)) + 2)
        variance += own
        spread += (own / z.var(ddof=1)) ** 2 * stats.kstatvar(z, 2) if n > 3 and own > 0 else normal
    counted = max(min(touched, members - 1), 0)
    return min(counted, max(2 * (variance**2 - spread) / spread, LEAST_DF)) if spread > 0 else counted


@pytest.mark.parametrize("lonely", ["certainty", "adjust", "average"])
@pytest.mark.parametrize("seed", range(6))
def test_recomputed_with_the_k_statistics_of_scipy(seed: int, lonely: LonelyPsu) -> None:
    rng = np.random.default_rng(seed)
    sizes = [*rng.integers(2, 30, 12).tolist(), 1]
    units = units_of(sizes, np.where(np.arange(13) % 4 == 0, 0.3, 0.0))
    present = (rng.random((len(units), 5)) < [1, 0.6, 0.3, 0.1, 0.05]).astype(np.int64)
    scores = rng.standard_t(5, present.shape) * present
    found = df_of(units, scores, Lonely(lonely), presence=present.astype(float))
    # Inflation by the average is the same for all strata, and of one unit nothing is added.
    expected = [by_hand(units, scores[:, k], present[:, k], lonely) for k in range(5)]
    np.testing.assert_allclose(found, expected, rtol=SAME)


def test_squares_that_are_all_alike_leave_the_count() -> None:
    """A variance that does not vary has no spread: one or minus one in each of 12 pairs gives 12 degrees, in one stratum 23."""
    signs = np.tile([1.0, -1.0], 12)
    assert df_of(units_of([2] * 12), signs).tolist() == [12]
    assert df_of(units_of([24]), signs).tolist() == [23]


def test_pairs_by_algebra() -> None:
    """Variances of pairs V_h have one degree each: 2 (sum V)^2 / (sum 2 V^2 / 3) - 2."""
    halves = np.array([1.0, 1, 1, 1, 2, 2, 3, 3, 4, 20])
    scores = np.column_stack([halves, -halves]).ravel()
    squares = halves**2
    expected = 3 * squares.sum() ** 2 / (squares**2).sum() - 2
    assert expected < LEAST_DF
    np.testing.assert_allclose(df_of(units_of([2] * 10), scores), [LEAST_DF])
    mild = np.sqrt(halves)
    scores, squares = np.column_stack([mild, -mild]).ravel(), mild**2
    expected = 3 * squares.sum() ** 2 / (squares**2).sum() - 2
    np.testing.assert_allclose(df_of(units_of([2] * 10), scores), [expected], rtol=EXACT)


def test_one_unit_that_dominates_leaves_the_least_and_never_more_than_the_count() -> None:
    scores = np.ones(60)
    scores[::2] = -1
    scores[7] = 1000
    assert df_of(units_of([60]), scores).tolist() == [LEAST_DF]
    few = np.zeros(60)
    few[:3] = [1.0, -1.0, 50.0]
    assert df_of(units_of([60]), few).tolist() == [2]


def test_scale_and_signs_do_not_matter() -> None:
    rng = np.random.default_rng(3)
    units, scores = units_of([3, 8, 20, 5]), rng.gamma(0.5, size=36)
    plain = df_of(units, scores)
    for factor in (1e-9, -7.0, 1e8):
        np.testing.assert_allclose(df_of(units, factor * scores), plain, rtol=EXACT)


def test_the_mean_of_a_stratum_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    units, scores = units_of([8, 20, 5]), rng.gamma(0.5, size=33)
    moved = scores + np.repeat([3.0, -1.0, 0.5], [8, 20, 5])
    every = np.ones(33)
    np.testing.assert_allclose(df_of(units, moved, presence=every), df_of(units, scores, presence=every), rtol=SAME)


def test_units_without_a_member_count_as_zeros() -> None:
    rng = np.random.default_rng(5)
    scores = np.concatenate([rng.normal(size=12), np.zeros(28)])
    stored = sparse.csc_array((scores, np.arange(40), [0, 40]), shape=(40, 1))
    present = (np.arange(40) < 12).astype(float)
    rule = Linearised(units_of([40]), Lonely(), "satterthwaite")
    sparse_scores = sparse.csc_array(scores.reshape(-1, 1))
    there = sparse.csc_array(present.reshape(-1, 1))
    np.testing.assert_allclose(rule.spread(stored, there).df, rule.spread(sparse_scores, there).df, rtol=EXACT)


def test_normal_scores_have_the_degrees_of_their_variance() -> None:
    """Over 4,000 samples, 2 / (df + 2) is the squared coefficient of variation of the variance about its second moment."""
    strata, n, draws = 6, 12, 4000
    scores = np.random.default_rng(7).normal(size=(strata * n, draws))
    units = units_of([n] * strata)
    found = Linearised(units, Lonely(), "satterthwaite").spread(Columns(scores), Columns(np.ones_like(scores)))
    # What the cap by the count takes off is no part of the identity.
    assert (found.df <= found.counted).all()
    assert np.median(found.df) == pytest.approx(strata * (n - 1), rel=0.1)


def test_a_domain_alone_in_each_stratum_is_taken_as_normal_about_zero() -> None:
    """Ten strata of five units with one member each: V_h = 5/4 z^2 with one degree, whatever the zeros of the others."""
    scores = np.zeros((50, 1))
    scores[::5, 0] = [1.0, 1, 1, 1, 1, 1, 1.5, 1.5, 1.8, 2]
    columns = sparse.csc_array(scores)
    found = Linearised(units_of([5] * 10), Lonely("adjust", domains=True), "satterthwaite").spread(columns, columns)
    squares = scores[::5, 0] ** 2
    expected = 3 * squares.sum() ** 2 / (squares**2).sum() - 2
    assert expected > LEAST_DF
    np.testing.assert_allclose(found.df, np.minimum(expected, 9), rtol=EXACT)
    np.testing.assert_allclose(found.variance, 1.25 * squares.sum())


def test_a_second_stage_leaves_the_degrees_of_the_first() -> None:
    rng = np.random.default_rng(8)
    first = StageUnits(np.repeat(np.arange(12), 3), np.zeros(12, dtype=np.int64), np.array([12]), np.array([0.25]), np.ones(1))
    second = StageUnits(np.arange(36), np.repeat(np.arange(12), 3), np.full(12, 3), np.full(12, 0.1), np.full(12, 0.25))
    scores = rng.gamma(1.0, size=36)
    two = df_of(Units((first, second)), scores)
    one = df_of(units_of([12], np.array([0.25])), scores.reshape(12, 3).sum(axis=1))
    np.testing.assert_allclose(two, one, rtol=EXACT)
