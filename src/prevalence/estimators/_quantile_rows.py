"""Quantiles of domains with the scores of their variance, from the rows of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.aggregate import Entries, Members
from prevalence.formulas.deviation import Replicated
from prevalence.formulas.deviation import ratio as deviations
from prevalence.formulas.interval import PROPORTION_METHODS, ProportionMethod, Proportions, wald
from prevalence.formulas.quantile import Ordered, QuantileRule, ordered, replicate_quantiles
from prevalence.formulas.replicated import ReplicateRule
from prevalence.formulas.rules import EstimatingRule, Linearised
from prevalence.formulas.variance import standard_errors
from prevalence.formulas.woodruff import QuantileLimits, at_most, linearised, woodruff_limits
from prevalence.totals import Columns, Floats, Ints, Totals, weighted_counts

Mask = npt.NDArray[np.bool_]
JACKKNIVES = ("JK1", "JK2", "JKn")

QuantileInterval = ProportionMethod | Literal["replicates"]
QUANTILE_INTERVALS: tuple[QuantileInterval, ...] = (*PROPORTION_METHODS, "replicates")

CELLS_AT_A_TIME = 4_000_000
"""Replicate weights held at a time, rows times replicates (32 MB)."""

BELOW = "lower limit and standard error not estimable: the limit is below the smallest value in the sample"
ABOVE = "upper limit and standard error not estimable: the limit is above the largest value in the sample"
NO_VARIATION = "interval and standard error not estimable: no variation between sampling units"
NO_DF = "standard error not estimable: no degrees of freedom"
NO_WIDTH = "width of the interval and standard error not estimable: both limits are one value, which many people gave"


@dataclass(frozen=True, slots=True)
class QuantileAsked:
    """How quantiles are to be made."""

    probabilities: tuple[float, ...]
    rule: QuantileRule
    interval: QuantileInterval
    level: float


@dataclass(frozen=True, slots=True)
class DomainRows:
    """The members of each domain of a table; every array of entries has shape (entries,).

    Attributes
    ----------
    domain, row, unit : int arrays
        Row among all rows of the survey, and its ultimate unit.
    value, weight : float arrays
    replicates : float array, shape (rows of the survey, replicates), optional
    ordering : Ordered
    """

    domain: Ints
    row: Ints
    unit: Ints
    value: Floats
    weight: Floats
    replicates: Floats | None
    ordering: Ordered


@dataclass(frozen=True, slots=True)
class Found:
    """Limits of quantiles, (domains, probabilities), with the scores of their variance, df and words, one a column of them flat."""

    limits: QuantileLimits
    scores: Columns
    df: Floats
    census: Mask
    caveats: tuple[str, ...]


def rows_of_domains(rows: Members, entries: Entries, cells: Columns) -> DomainRows:
    """Return an entry for each domain that each row is in."""
    by_cell = sparse.csr_array(cells)
    first, times = by_cell.indptr[entries.cell].astype(np.int64), np.diff(by_cell.indptr)[entries.cell].astype(np.int64)
    domain = by_cell.indices[_joined(first, times)].astype(np.int64)
    row = np.repeat(entries.row, times)
    value, weight = rows.value[row], rows.weight[row]
    ordering = ordered(domain, value, weight, cells.shape[1])
    return DomainRows(domain, row, rows.unit[row], value, weight, rows.replicates, ordering)


def by_woodruff(
    rule: EstimatingRule, asked: QuantileAsked, domains: DomainRows, made: Totals, estimate: Floats, df: Floats
) -> Found:
    """Return limits through the share at or below each quantile; `made` and `df` have a column a (domain, probability).

    Degrees of freedom are those of the share; `df` stands in where the rule gives none.
    """
    linear = rule.ratio(_counting(rule, made, domains, at_most(domains.domain, domains.value, estimate)))
    spread = rule.spread(linear.scores, made.n)
    share_se = standard_errors(spread.variance, np.abs(linear.estimate))
    df = np.where(np.isnan(spread.df), df, spread.df_of(share_se))
    n = np.repeat(domains.ordering.size, estimate.shape[1]).astype(np.float64)
    parts = (linear.estimate, share_se, df, n, np.full(len(n), np.nan))
    shares = Proportions(*(array.reshape(estimate.shape) for array in parts))
    method: ProportionMethod = next(name for name in PROPORTION_METHODS if name == asked.interval)
    limits = woodruff_limits(domains.ordering, shares, asked.level, method=method, rule=asked.rule)
    # An interval without width says nothing of the error of a comparison.
    limits = replace(limits, se=np.where(limits.heaped, np.nan, limits.se))
    census = spread.census & (share_se == 0)
    caveats = _caveats(limits, shares, census, rule.undefined)
    of_shares, errors = np.where(census, 1.0, share_se), np.where(census, 0.0, limits.se.ravel())
    return Found(limits, linearised(linear.scores, of_shares, errors), df, census, caveats)


def by_replicates(
    rule: EstimatingRule, asked: QuantileAsked, domains: DomainRows, made: Totals, estimate: Floats, df: Floats
) -> Found:
    """Return t limits from the quantiles under each replicate."""
    found = _deviations(rule, asked, domains, estimate)
    scores = Columns(found.scores)
    spread = rule.spread(scores, made.n)
    se = standard_errors(spread.variance, np.abs(found.estimate))
    limits = wald(found.estimate, se, df, asked.level)
    low, high, errors = (array.reshape(estimate.shape) for array in (limits.low, limits.high, se))
    none = np.zeros(estimate.shape, dtype=np.bool_)
    words = (f"{count} of {len(found.scores)} replicates have no member" for count in found.lost.tolist())
    none_known = (f"standard error not estimable: {rule.undefined}; " if np.isnan(error) else "" for error in se.tolist())
    lost = tuple(reason + text if count else "" for reason, text, count in zip(none_known, words, found.lost, strict=True))
    return Found(QuantileLimits(low, high, errors, none, none, none, none), scores, df, spread.census & (se == 0), lost)


def _counting(rule: EstimatingRule, made: Totals, domains: DomainRows, inside: Floats) -> Totals:
    """Return totals whose outcome is `inside`, shape (entries, k), by unit and (domain, k), by the file's replicates and by auxiliaries."""
    replicates, auxiliaries = made.replicates, made.auxiliaries
    column = (domains.domain[:, None] * inside.shape[1] + np.arange(inside.shape[1])).ravel()
    row = np.repeat(domains.row, inside.shape[1])
    if replicates is not None and domains.replicates is not None:
        shape = (made.n.shape[1], len(domains.replicates))
        placed = sparse.csr_array((inside.ravel(), (column, row)), shape=shape)
        replicates = replace(replicates, y=np.asarray(placed @ domains.replicates, dtype=np.float64).T)
    if auxiliaries is not None and isinstance(rule, Linearised) and rule.adjusted is not None:
        auxiliaries = replace(auxiliaries, y=rule.adjusted.residuals.sums(column, made.n.shape[1], inside.ravel(), row))
    return replace(made, y=_summed(domains, inside, made.x), replicates=replicates, auxiliaries=auxiliaries)


def _summed(domains: DomainRows, inside: Floats, pattern: Columns) -> Columns:
    """Return the weighted sums of `inside`, shape (entries, k), by unit and (domain, k), in the places of `pattern`."""
    units, k = pattern.shape[0], inside.shape[1]
    # The k columns of a domain have the same units: one is searched, the others lie behind it.
    starts = pattern.indptr.astype(np.int64)
    first, length = starts[:-1:k], np.diff(starts)[::k]
    stored = np.repeat(np.arange(len(first)), length) * units + pattern.indices[_joined(first, length)]
    place = np.searchsorted(stored, domains.domain * units + domains.unit)
    before = np.concatenate([[0], np.cumsum(length)])[domains.domain]
    sums = np.zeros(pattern.nnz)
    for column in range(k):
        index = first[domains.domain] + column * length[domains.domain] + place - before
        sums += weighted_counts(index, domains.weight * inside[:, column], pattern.nnz)
    return sparse.csc_array((sums, pattern.indices, pattern.indptr), shape=pattern.shape)


def _joined(first: Ints, length: Ints) -> Ints:
    """Return the places of stretches that begin at `first`, one behind the other."""
    return np.asarray(np.repeat(first - np.cumsum(length) + length, length) + np.arange(length.sum()), dtype=np.int64)


def _deviations(rule: EstimatingRule, asked: QuantileAsked, domains: DomainRows, estimate: Floats) -> Replicated:
    """Return the deviations of the quantiles under each replicate, some replicates at a time."""
    assert isinstance(rule, ReplicateRule)
    p = np.tile(asked.probabilities, (len(estimate), 1))
    block = max(CELLS_AT_A_TIME // max(len(domains.value), 1), 1)
    weights = _replicate_weights(rule, domains)
    parts = [
        replicate_quantiles(domains.ordering, weights(slice(start, start + block)), p, asked.rule)
        for start in range(0, len(rule.scales), block)
    ]
    replicates = np.concatenate(parts).reshape(len(rule.scales), -1)
    there = np.isfinite(replicates).astype(np.float64)
    return deviations(np.nan_to_num(replicates), there, estimate.ravel(), np.ones(estimate.size), rule.scales, mse=rule.mse)


def _replicate_weights(rule: ReplicateRule, domains: DomainRows) -> Callable[[slice], Floats]:
    """Return what gives the weights of the entries, shape (entries, replicates), of a stretch of replicates."""
    of_file = domains.replicates
    if of_file is not None:
        return lambda part: of_file[domains.row, part]
    assert rule.factors is not None
    primary = rule.units.primary
    factors = rule.factors.sums(Columns(sparse.eye_array(len(primary.stratum), format="csc")))
    unit = primary.unit[domains.unit]
    return lambda part: domains.weight[:, None] * factors[part].T[unit]


def _caveats(limits: QuantileLimits, shares: Proportions, census: Mask, undefined: str) -> tuple[str, ...]:
    """Return the words for what cannot be had; they also explain what comparisons of these quantiles lack."""
    sampled = np.isfinite(shares.estimate) & ~census.reshape(shares.estimate.shape)
    said = {
        BELOW: limits.below,
        ABOVE: limits.above,
        NO_VARIATION: limits.undefined & (shares.se == 0) & (shares.df > 0),
        NO_DF: limits.undefined & (shares.se >= 0) & ~(shares.df > 0),
        NO_WIDTH: limits.heaped,
        f"standard error not estimable: {undefined}": np.isnan(shares.se),
    }
    found: list[list[str]] = [[] for _ in range(limits.low.size)]
    for words, mask in said.items():
        for row in np.flatnonzero(mask & sampled):
            found[row].append(words)
    return tuple("; ".join(parts) for parts in found)
