"""Wealth quintiles of the population from a score of households."""

from __future__ import annotations

import numpy as np

from prevalence.errors import DataError, counted
from prevalence.rows import Codes, Floats

QUINTILES = 5


def weighted_quintiles(score: Floats, people: Floats, groups: Codes | None = None) -> Floats:
    """Return the quintile, 1 (poorest) to 5, of each household: fifths of the people, not of the households.

    Parameters
    ----------
    score : (households,) float64
        Higher is wealthier; NaN has no quintile.
    people : (households,) float64
        Household weight times number of members: whom the household stands for.
    groups : (households,) int64, optional
        Countries or areas within which quintiles are formed; -1 has no quintile.

    Returns
    -------
    (households,) float64

    Notes
    -----
    Households are put in order of their score. Those of the same score stay together: their quintile is that of the middle of the
    people whom they stand for. Source: Rutstein and Johnson (2004), The DHS Wealth Index, DHS Comparative Reports 6: quintiles are
    those of the de jure household population; MICS6 forms ``windex5`` with household weight times members likewise. The rule for
    ties is that of weighted mean ranks.

    Raises
    ------
    DataError
        If a number of people is negative or infinite.

    Examples
    --------
    >>> weighted_quintiles(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.ones(5)).tolist()
    [1.0, 2.0, 3.0, 4.0, 5.0]
    >>> weighted_quintiles(np.array([1.0, 2.0]), np.array([9.0, 1.0])).tolist()
    [3.0, 5.0]
    """
    wrong = int(((people < 0) | np.isinf(people)).sum())
    if wrong:
        raise DataError(
            f"Household weights and sizes must be numbers of zero or more; found {counted(wrong, 'household')} below or infinite. Correct them."
        )
    result = np.full(len(score), np.nan)
    labels = np.zeros(len(score), dtype=np.int64) if groups is None else groups
    usable = ~np.isnan(score) & ~np.isnan(people) & (labels >= 0)
    for group in np.unique(labels[usable]):
        rows = np.flatnonzero(usable & (labels == group))
        result[rows] = _quintiles(score[rows], people[rows])
    return result


def _quintiles(score: Floats, people: Floats) -> Floats:
    """Return the quintiles of one group without missing values."""
    _, tie = np.unique(score, return_inverse=True)
    size = np.bincount(tie, weights=people)
    total = size.sum()
    if total == 0:
        return np.full(len(score), np.nan)
    middle = (np.cumsum(size) - size / 2) / total
    quintile = np.minimum(np.floor(middle * QUINTILES) + 1, QUINTILES)
    return np.asarray(quintile[tie], dtype=np.float64)
