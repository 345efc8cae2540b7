r"""Relative change with its limits, and what of a change in number is the population's and what the rate's.

Sources: Fieller (1954), Some problems in interval estimation, JRSS B 16, 175-185; Kitagawa (1955), Components of a difference between two
rates, JASA 50, for the symmetric decomposition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse, special

from prevalence.baseline.samples import Pair
from prevalence.estimates import Estimates
from prevalence.formulas.interval import Limits
from prevalence.formulas.ratio import divide
from prevalence.totals import Columns, Floats, Ints

NOISY_BASE = 0.20
"""From this coefficient of variation of the base value on, limits on the log scale are not to be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """Relative change new / old - 1; arrays of shape (cells,).

    Attributes
    ----------
    value, se, low, high : float arrays
    method : tuple of str
        Of the limits: ``log``, or ``fieller`` where the base value is noisy.
    """

    value: Floats
    se: Floats
    low: Floats
    high: Floats
    method: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    r"""Parts of a change in number: :math:`\bar p (N_2 - N_1)` and :math:`\bar N (p_2 - p_1)`; arrays of shape (cells,).

    Attributes
    ----------
    population, population_se, prevalence, prevalence_se : float arrays
        Standard errors are NaN where the covariance of rates and people is not known.
    """

    population: Floats
    population_se: Floats
    prevalence: Floats
    prevalence_se: Floats


def relative_change(table: Estimates, first: Ints, second: Ints, difference: Estimates) -> Relative:
    """Return the relative change of a table of two rounds.

    Parameters
    ----------
    table : Estimates
        Both rounds, with the dimension ``round``.
    first, second : int arrays, shape (cells,)
        Rows of the old and the new round.
    difference : Estimates
        Of the same cells in the same order; its degrees of freedom are taken.
    """
    old, new = table.numbers.estimate[first], table.numbers.estimate[second]
    variance = table.sample.spread().variance
    v1, v2 = variance[first], variance[second]
    covariance = (v1 + v2 - difference.numbers.se**2) / 2
    df = difference.numbers.df
    t = special.stdtrit(np.where(np.isfinite(df) & (df > 0), df, np.nan), (1 + table.interval.level) / 2)
    t = np.where(np.isinf(df), special.ndtri((1 + table.interval.level) / 2), t)
    ratio = divide(new, old)
    with np.errstate(divide="ignore", invalid="ignore"):
        se_log = np.sqrt(np.maximum(v1 / old**2 + v2 / new**2 - 2 * covariance / (old * new), 0.0))
        noisy = np.sqrt(v1) / np.abs(old) > NOISY_BASE
        low, high = ratio * np.exp(-t * se_log), ratio * np.exp(t * se_log)
    exact = fieller(old, new, v1, v2, covariance, np.asarray(t, dtype=np.float64))
    # A ratio of 0 has no logarithm, but it has Fieller's limits.
    use = noisy | (new == 0)
    return Relative(
        value=ratio - 1,
        se=divide(np.sqrt(np.maximum(v2 + ratio**2 * v1 - 2 * ratio * covariance, 0.0)), np.abs(old)),
        low=np.where(use, exact.low, low) - 1,
        high=np.where(use, exact.high, high) - 1,
        method=tuple("fieller" if each else "log" for each in use.tolist()),
    )


def fieller(old: Floats, new: Floats, v_old: Floats, v_new: Floats, covariance: Floats, t: Floats) -> Limits:
    r"""Return Fieller's limits of new / old: all ratios r at which new - r old is not significant.

    Parameters
    ----------
    old, new, v_old, v_new, covariance : float arrays of one shape
        Estimates, variances and covariance.
    t : float array
        Quantile of the two-sided test.

    Returns
    -------
    Limits
        NaN where `old` is itself not different from 0, so that no ratio can be excluded on one side.
    """
    a = old**2 - t**2 * v_old
    b = old * new - t**2 * covariance
    c = new**2 - t**2 * v_new
    inside = b**2 - a * c
    bounded = (a > 0) & (inside >= 0)
    root = np.sqrt(np.where(bounded, inside, np.nan))
    below = np.where(bounded, a, 1.0)
    return Limits((b - root) / below, (b + root) / below)


def effects(pair: Pair, first: Ints, second: Ints) -> Effects:
    """Return the population effect and the prevalence effect of each cell, by linearisation of counts and people."""
    assert pair.numbers is not None
    assert pair.people is not None
    counts, people = pair.numbers.numbers.estimate, pair.people.numbers.estimate
    rate = divide(counts, people)
    mean_rate, mean_people = (rate[first] + rate[second]) / 2, (people[first] + people[second]) / 2
    gain, fall = people[second] - people[first], rate[second] - rate[first]
    unknown = np.full(len(first), np.nan)
    errors = (unknown, unknown)
    if pair.whole:
        errors = _errors(pair, (first, second), rate, (mean_rate, gain), (mean_people, fall))
    return Effects(population=mean_rate * gain, population_se=errors[0], prevalence=mean_people * fall, prevalence_se=errors[1])


def _errors(
    pair: Pair, rows: tuple[Ints, Ints], rate: Floats, population: tuple[Floats, Floats], prevalence: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return the standard errors of both effects from the scores of counts and people."""
    assert pair.numbers is not None
    assert pair.people is not None
    of_counts, of_people = pair.numbers.sample.scores, pair.people.sample.scores
    people = pair.people.numbers.estimate
    inverse = np.nan_to_num(divide(np.ones_like(people), people))
    of_rates = Columns(of_counts.multiply(inverse) - of_people.multiply(np.nan_to_num(rate) * inverse))
    first, second = rows
    gain, halved_gain = Columns(of_people[:, second] - of_people[:, first]), population[1] / 2
    fall, sum_people = Columns(of_rates[:, second] - of_rates[:, first]), Columns(of_people[:, second] + of_people[:, first])
    sum_rates = Columns(of_rates[:, second] + of_rates[:, first])
    scores = (
        gain.multiply(population[0]) + sum_rates.multiply(halved_gain),
        fall.multiply(prevalence[0]) + sum_people.multiply(prevalence[1] / 2),
    )
    presence = pair.rates.sample.presence
    there = sparse.csc_array(presence[:, first] + presence[:, second])
    found = [pair.numbers.sample.rule.spread(sparse.csc_array(each), there).variance for each in scores]
    return np.sqrt(found[0]), np.sqrt(found[1])
