"""Ratios and totals with the score of each sampling unit (Taylor linearisation).

Source: Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, sections 5.5-5.7; Woodruff (1971).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.totals import Columns, Floats, Ints, Totals, segment_sums, stored_like


@dataclass(frozen=True, slots=True)
class Linear:
    """Estimates and the scores whose stratified sums of squares are their variances.

    Attributes
    ----------
    estimate : float array, shape (domains,)
        NaN where the denominator is zero.
    scores : sparse array, shape (units or replicates, domains)
        First-order effect of each unit on each estimate, or scaled deviation of each replicate.
    lost : int array, shape (domains,), optional
        Replicates without a member of the domain.
    """

    estimate: Floats
    scores: Columns
    lost: Ints | None = None


def ratio(totals: Totals) -> Linear:
    r"""Return R = Y / X by domain with scores :math:`z_i = (y_i - R x_i) / X`."""
    numerator, denominator = column_sums(totals.y), column_sums(totals.x)
    estimate = divide(numerator, denominator)
    column = columns_of(totals.n)
    scores = divide(totals.y.data - estimate[column] * totals.x.data, denominator[column])
    return Linear(estimate, stored_like(totals.n, scores))


def total(totals: Totals) -> Linear:
    """Return Y by domain; the scores are the unit totals themselves. Empty domains are NaN."""
    empty = column_sums(totals.n) == 0
    return Linear(np.where(empty, np.nan, column_sums(totals.y)), totals.y)


def expanded_total(totals: Totals, weight_of_unit: Floats, population: float) -> Linear:
    """Return the totals of domains when weights are normalised: N times the share of Y in all weights.

    Parameters
    ----------
    totals : Totals
    weight_of_unit : float array, shape (units,)
        Sum of the weights of all rows of each unit.
    population : float
        N, the known number of people that all rows stand for; the variance is that of a ratio times N squared.
    """
    weights = weight_of_unit.sum()
    plain = total(totals)
    share = np.nan_to_num(plain.estimate) / weights
    dense = (totals.y.toarray() - weight_of_unit[:, None] * share) * (population / weights)
    return Linear(plain.estimate * (population / weights), Columns(dense))


def column_sums(array: Columns) -> Floats:
    """Return the sum of each column in a fixed order, shape (columns,)."""
    return segment_sums(array.data, array.indptr)


def columns_of(array: Columns) -> Ints:
    """Return the column of each stored entry, shape (entries,)."""
    return np.repeat(np.arange(array.shape[1], dtype=np.int64), np.diff(array.indptr))


def divide(numerator: Floats, denominator: Floats) -> Floats:
    """Return the quotient, NaN where the denominator is zero."""
    nothing = denominator == 0
    if not nothing.any():
        return np.asarray(numerator / denominator, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(nothing, np.nan, numerator / denominator)
