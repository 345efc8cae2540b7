"""Confidence limits and standard errors of quantiles, through those of the share at or below them.

Sources: Woodruff (1952), JASA 47, 635-646; Francisco & Fuller (1991), Annals of Statistics 19, 454-469, for the score test and for the
linear form; R ``survey`` `svyquantile` for the names of the intervals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.formulas.interval import ProportionMethod, Proportions, proportion, student_t
from prevalence.formulas.quantile import Ordered, QuantileRule, quantiles
from prevalence.formulas.ratio import divide
from prevalence.totals import Columns, Floats, Ints

Mask = npt.NDArray[np.bool_]
ShareAt = Callable[[Floats], tuple[Floats, Floats]]
"""From thresholds of shape (domains, j) to the share at or below them and its standard error, both (domains, j)."""


@dataclass(frozen=True, slots=True)
class QuantileLimits:
    """Limits of quantiles; every array has shape (domains, k).

    Attributes
    ----------
    low, high : float arrays
        NaN where there is no limit; the masks say why.
    se : float array
        Width over twice the t quantile; NaN where a limit is.
    below, above : bool arrays
        The limit of the share is not above 0, or not below 1: the limit lies outside the values in the sample.
    undefined : bool array
        The share has no interval: no degrees of freedom, or no variation between the sampling units.
    heaped : bool array
        Both limits are the same value, so the width says nothing: many answers are equal.
    """

    low: Floats
    high: Floats
    se: Floats
    below: Mask
    above: Mask
    undefined: Mask
    heaped: Mask


def at_most(domain: Ints, value: Floats, quantile: Floats) -> Floats:
    """Return 1 for members at or below the quantiles of their domain, shape (entries, k).

    Its weighted sums by sampling unit and (domain, k), over those of 1, are the shares that `woodruff_limits` needs.

    Parameters
    ----------
    domain, value : arrays, shape (entries,)
        As in `quantile.ordered`.
    quantile : float array, shape (domains, k)
    """
    return np.asarray(value[:, None] <= quantile[domain], dtype=np.float64)


def woodruff_limits(
    ordering: Ordered, shares: Proportions, level: float, *, method: ProportionMethod = "wald", rule: QuantileRule = "math"
) -> QuantileLimits:
    """Return the quantiles at the confidence limits of the share at or below the estimate.

    Parameters
    ----------
    ordering : Ordered
    shares : Proportions
        Of `at_most`, every array of shape (domains, k). The interval is about that share, as in R, and not about the probability asked for, as in
        Woodruff's paper: where many answers are equal the share is above it, and the upper limit is then the next answer at least.
    level : float
    method : str
        Interval of the share. R's names: ``mean`` is `wald`, ``xlogit`` is `logit`, ``beta`` and ``asin`` are themselves.
    rule : str
        Definition of quantiles.
    """
    limits = proportion(method, shares, level)
    undefined = np.isnan(limits.low) | np.isnan(limits.high)
    below, above = ~undefined & (limits.low <= 0), ~undefined & (limits.high >= 1)
    low = quantiles(ordering, np.where(below, np.nan, limits.low), rule)
    high = quantiles(ordering, np.where(above, np.nan, limits.high), rule)
    return _limits(low, high, shares.df, level, below=below, above=above, undefined=undefined)


def score_limits(ordering: Ordered, probability: Floats, df: Floats, level: float, share_at: ShareAt) -> QuantileLimits:
    """Return the first and last values at which a test that the share is `probability` does not reject.

    The test is (F(x) - p) / se(F(x)), with the standard error at x, not at the estimate. It is found by bisection over the values,
    as if it rose with them; `share_at` is called about twice log2(members) times.

    Parameters
    ----------
    ordering : Ordered
    probability, df : float arrays, shape (domains, k)
    level : float
    share_at : function of thresholds, shape (domains, 2 k)
    """
    k = probability.shape[1]
    upper = np.arange(2 * k) >= k
    t = np.tile(student_t(df, level), 2)
    target = np.tile(probability, 2)
    smallest, largest = _ends(ordering, 2 * k)
    first, end = smallest, largest
    # The lower limit is the first value with F + t se >= p, the upper the first with F - t se > p.
    while (first < end).any():
        middle = (first + end) // 2
        share, se = share_at(ordering.value[middle])
        passed = np.where(upper, share - t * se > target, share + t * se >= target)
        first, end = np.where(passed, first, np.minimum(middle + 1, end)), np.where(passed, middle, end)
    undefined = ~((df > 0) & (ordering.size > 0)[:, None])
    below, above = ~undefined & (first == smallest)[:, :k], ~undefined & (first == largest)[:, k:]
    found = ordering.value[first] if len(ordering.value) else np.full(first.shape, np.nan)
    low, high = np.where(undefined | below, np.nan, found[:, :k]), np.where(undefined | above, np.nan, found[:, k:])
    return _limits(low, high, df, level, below=below, above=above, undefined=undefined)


def _ends(ordering: Ordered, columns: int) -> tuple[Ints, Ints]:
    """Return the places of the smallest and the largest member of each domain, shapes (domains, columns); any place if it is empty."""
    last = max(len(ordering.value) - 1, 0)
    smallest = np.minimum(ordering.start[:-1], last)
    largest = np.where(ordering.size > 0, ordering.start[1:] - 1, smallest)
    return np.tile(smallest[:, None], columns), np.tile(largest[:, None], columns)


def linearised(scores: Columns, share_se: Floats, se: Floats) -> Columns:
    """Return scores of quantiles from those of the shares at or below them.

    A quantile rises as the share falls, by the inverse of the density, which is taken as ``se / share_se``: so the variance of these
    scores is that of the interval, and differences of quantiles have their covariance.

    Parameters
    ----------
    scores : sparse array, shape (units, targets)
    share_se, se : float arrays, shape (targets,)
        Of the share and of the quantile.
    """
    return Columns(scores @ sparse.diags_array(-divide(se, share_se), format="csc"))


def _limits(low: Floats, high: Floats, df: Floats, level: float, *, below: Mask, above: Mask, undefined: Mask) -> QuantileLimits:
    width = high - low
    heaped = np.asarray(width == 0, dtype=np.bool_)
    return QuantileLimits(low, high, width / (2 * student_t(df, level)), below, above, undefined, heaped)
