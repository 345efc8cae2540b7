"""Tests of single estimates, and p-values of several tests adjusted for their number.

Sources: Korn & Graubard (1999), Analysis of Health Surveys, section 2.2, for t with the degrees of freedom of the design; Holm (1979),
Scandinavian Journal of Statistics 6, 65-70; Benjamini & Hochberg (1995), JRSS B 57, 289-300.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from prevalence.formulas.ratio import divide
from prevalence.totals import Floats

Adjustment = Literal["holm", "benjamini-hochberg"]
ADJUSTMENTS: tuple[Adjustment, ...] = ("holm", "benjamini-hochberg")


@dataclass(frozen=True, slots=True)
class TTest:
    """Two-sided t tests; every array has the shape of the estimates, NaN where there is no test.

    Attributes
    ----------
    t : float array
        (estimate - null) over its standard error.
    df : float array
    p_value : float array
    """

    t: Floats
    df: Floats
    p_value: Floats


@dataclass(frozen=True, slots=True)
class Adjusted:
    """P-values adjusted for the number of tests.

    Attributes
    ----------
    p_value : float array
        In the order and shape given; NaN where it was NaN.
    tests : int
        Tests that count: those with a p-value.
    left_out : int
        Those without.
    """

    p_value: Floats
    tests: int
    left_out: int


def t_test(estimate: Floats, se: Floats, df: Floats, *, null: float = 0.0) -> TTest:
    """Return the two-sided t test that each estimate is `null`; of a mean, or of a difference with its covariance.

    Parameters
    ----------
    estimate, se, df : float arrays of one shape
        Without a standard error above 0, or without degrees of freedom, there is no test. R's ``svyttest`` uses one degree less than the design has.
    null : float
    """
    testable = (se > 0) & (df > 0)
    t = np.where(testable, divide(estimate - null, se), np.nan)
    finite = np.where(testable & np.isfinite(df), df, 1.0)
    tail = np.where(np.isinf(df), special.ndtr(-np.abs(t)), special.stdtr(finite, -np.abs(t)))
    return TTest(t, np.asarray(df, dtype=np.float64), 2 * tail)


def adjusted(p_value: Floats, method: Adjustment) -> Adjusted:
    """Return p-values adjusted for the number of tests in the family.

    Parameters
    ----------
    p_value : float array
        NaN marks tests that could not be made: they are left out and counted.
    method : {"holm", "benjamini-hochberg"}
        `holm` bounds the chance of any false finding, `benjamini-hochberg` the expected share of false ones among the findings
        (for independent or positively dependent tests).
    """
    flat = np.ravel(p_value)
    known = np.flatnonzero(~np.isnan(flat))
    order = known[np.argsort(flat[known], kind="stable")]
    tests = len(order)
    if method == "holm":
        stepped = np.maximum.accumulate(flat[order] * np.arange(tests, 0, -1))
    else:
        stepped = np.minimum.accumulate((flat[order] * tests / np.arange(1, tests + 1))[::-1])[::-1]
    found = np.full(len(flat), np.nan)
    found[order] = np.minimum(stepped, 1.0)
    return Adjusted(found.reshape(np.shape(p_value)), tests, len(flat) - tests)


def f_upper_tail(above: Floats, below: Floats, f: Floats) -> Floats:
    """Return P(F >= f), the F distribution with infinite denominator degrees being a chi-square over its own; NaN where undefined."""
    known = np.isfinite(above) & (above > 0) & (below > 0) & (f >= 0)
    finite = known & np.isfinite(below)
    first = np.where(known, above, 1.0)
    of_f = special.fdtrc(first, np.where(finite, below, 1.0), np.where(known, f, 1.0))
    of_chi2 = special.chdtrc(first, np.where(known, first * f, 1.0))
    return np.where(known, np.where(finite, of_f, of_chi2), np.nan)
