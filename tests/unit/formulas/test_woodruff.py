"""Intervals of quantiles worked from the shares at or below them."""

import numpy as np
import pytest
from scipy import sparse

from prevalence.formulas.interval import Proportions, student_t
from prevalence.formulas.quantile import Ordered, ordered, quantiles
from prevalence.formulas.woodruff import QuantileLimits, at_most, linearised, score_limits, woodruff_limits

EXACT = 1e-12
"""Closed forms differ by rounding alone."""

HUNDRED = ordered(np.zeros(100, dtype=np.int64), np.arange(1.0, 101.0), np.ones(100), 1)


def shares(p: float, se: float, *, df: float = 30.0, n: float = 100.0, deff: float = np.nan) -> Proportions:
    return Proportions(*(np.array([[value]]) for value in (p, se, df, n, deff)))


def found_in(ordering: Ordered, of: Proportions, **options: str) -> QuantileLimits:
    return woodruff_limits(ordering, of, 0.95, **options)


def test_rows_at_or_below_the_quantile_of_their_domain() -> None:
    domain, value = np.array([0, 1, 0, 1]), np.array([1.0, 1.0, 2.0, 3.0])
    assert at_most(domain, value, np.array([[1.0, 2.0], [0.0, np.nan]])).tolist() == [[1, 1], [0, 0], [0, 1], [0, 0]]


def test_limits_are_the_quantiles_at_the_limits_of_the_share() -> None:
    # 0.5 -+ 2.0423 x 0.05 = 0.3979, 0.6021: the 40th and the 61st of 100 values.
    found = found_in(HUNDRED, shares(0.5, 0.05))
    assert (found.low[0, 0], found.high[0, 0]) == (40, 61)
    assert found.se[0, 0] == pytest.approx(21 / (2 * student_t(np.array([30.0]), 0.95)[0]), rel=EXACT)
    assert not any(mask.any() for mask in (found.below, found.above, found.undefined, found.heaped))


def test_other_definitions_interpolate_the_limits() -> None:
    t = student_t(np.array([30.0]), 0.95)[0]
    found = found_in(HUNDRED, shares(0.5, 0.05), rule="hf7")
    # Value k stands at (k - 1) / 99.
    np.testing.assert_allclose(
        [found.low[0, 0], found.high[0, 0]], [1 + 99 * (0.5 - 0.05 * t), 1 + 99 * (0.5 + 0.05 * t)], rtol=EXACT
    )


def test_a_limit_of_the_share_beyond_0_or_1_is_no_limit_and_says_so() -> None:
    low, high = found_in(HUNDRED, shares(0.02, 0.015)), found_in(HUNDRED, shares(0.98, 0.015))
    assert np.isnan(low.low).all()
    assert low.below.all()
    assert low.high[0, 0] == 6  # 0.0506
    assert np.isnan(high.high).all()
    assert high.above.all()
    assert np.isnan(low.se).all()
    assert not (low.undefined.any() or high.undefined.any())
    # A logit interval of the share is never beyond.
    assert found_in(HUNDRED, shares(0.02, 0.015), method="logit").low[0, 0] == 1


@pytest.mark.parametrize("of", [shares(0.5, 0.0), shares(1.0, 0.0), shares(0.5, 0.1, df=0.0), shares(np.nan, np.nan)])
def test_without_degrees_of_freedom_or_variation_there_is_no_interval(of: Proportions) -> None:
    found = found_in(HUNDRED, of)
    assert found.undefined.all()
    assert np.isnan([found.low, found.high, found.se]).all()
    assert not (found.below.any() or found.above.any())


def test_heaped_answers_give_an_interval_without_width_and_say_so() -> None:
    heaped = ordered(np.zeros(100, dtype=np.int64), np.repeat([30.0, 40.0, 50.0], [20, 70, 10]), np.ones(100), 1)
    found = found_in(heaped, shares(0.6, 0.05))
    assert found.low == found.high == 40
    assert found.heaped.all()
    assert found.se == 0


def test_scores_have_the_variance_of_the_interval() -> None:
    rng = np.random.default_rng(4)
    scores = sparse.csc_array(rng.normal(size=(40, 2)))
    share_se = np.sqrt((scores.toarray() ** 2).sum(axis=0))
    se = np.array([3.0, 0.5])
    of_quantile = linearised(scores, share_se, se).toarray()
    np.testing.assert_allclose(np.sqrt((of_quantile**2).sum(axis=0)), se, rtol=EXACT)
    # More members below, lower quantile.
    assert (np.sign(of_quantile) == -np.sign(scores.toarray())).all()
    assert np.isnan(linearised(scores, np.zeros(2), se).toarray()).all()


def test_score_limits_by_trying_every_value() -> None:
    rng = np.random.default_rng(5)
    sizes, domains = [60, 0, 45, 1], 4
    domain = np.repeat(np.arange(domains), sizes)
    value, weight = rng.gamma(2, 10, len(domain)).round(1), rng.uniform(1, 3, len(domain))
    ordering = ordered(domain, value, weight, domains)
    p, df = np.tile([0.3, 0.6], (domains, 1)), np.full((domains, 2), 25.0)

    def share_and_se(d: int, threshold: float) -> tuple[float, float]:
        w, inside = weight[domain == d], value[domain == d] <= threshold
        if not len(w):
            return np.nan, np.nan
        share = w @ inside / w.sum()
        return share, np.sqrt(w**2 @ (inside - share) ** 2) / w.sum()

    def share_at(thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        both = [[share_and_se(d, x) for x in line] for d, line in enumerate(thresholds)]
        return np.array(both)[:, :, 0], np.array(both)[:, :, 1]

    found = score_limits(ordering, p, df, 0.95, share_at)
    t = student_t(np.array([25.0]), 0.95)[0]
    for d in (0, 2):
        for k in range(2):
            steps = [(x, *share_and_se(d, x)) for x in np.unique(value[domain == d])]
            assert found.low[d, k] == min(x for x, share, se in steps if share + t * se >= p[d, k])
            assert found.high[d, k] == min(x for x, share, se in steps if share - t * se > p[d, k])
    assert found.undefined[1].all()
    assert np.isnan(found.low[1]).all()
    # One member: both ends are ends of the sample.
    assert found.below[3].all()
    assert found.above[3].all()
    median = quantiles(ordering, p)
    assert (found.low[[0, 2]] <= median[[0, 2]]).all()
    assert (found.high[[0, 2]] >= median[[0, 2]]).all()
