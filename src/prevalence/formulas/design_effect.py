"""Variance under simple random sampling, the divisor of the design effect.

Source: Kish (1965), Survey Sampling, section 8.2; R ``survey`` with ``deff="replace"``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from prevalence.formulas.ratio import divide
from prevalence.totals import Floats, Moments

Reference = Literal["with-replacement", "without-replacement", "mics"]
REFERENCES: tuple[Reference, ...] = ("with-replacement", "without-replacement", "mics")
"""Simple random samples that a design is compared with. MICS divides by p(1-p)/(n-1), n unweighted: the first, for proportions alone."""


CANCELLED = 1e-13
"""A sum of squares below this part of the terms it is the difference of (and its root, of the values) is rounding noise."""


def finite_factor(reference: Reference, n: Floats, population: Floats) -> Floats:
    """Return what the design effect with replacement is multiplied by: 1/(1 - n/N) without replacement, else 1, shape (domains,).

    Without replacement it is NaN where the domain is a census, whose simple random sample has no variance (R's ``deff=TRUE``).
    """
    if reference != "without-replacement":
        return np.ones_like(n)
    return divide(population, np.maximum(population - n, 0))


def srs_variance_of_ratio(moments: Moments, ratio: Floats, x: Floats, n: Floats) -> Floats:
    r"""Return the variance of a ratio under simple random sampling with replacement.

    .. math:: V_{srs} = \frac{\sum w}{n-1} \frac{\sum w (y - R x)^2}{X^2}

    For a proportion this is p(1-p)/(n-1), the form of the MICS sampling-error tables. All arrays have shape (domains,).

    Parameters
    ----------
    moments : Moments
    ratio, x : float arrays
        R and X of each domain.
    n : float array
        Unweighted rows of each domain.
    """
    return divide(moments.weight * _squares(moments, ratio), x**2 * _degrees(n))


def srs_variance_of_total(moments: Moments, total: Floats, n: Floats) -> Floats:
    """Return (sum w)^2 / (n - 1) times the weighted variance of y, shape (domains,)."""
    mean = divide(total, moments.weight)
    return divide(moments.weight * _squares(moments, mean), _degrees(n))


def effective_cases(cases: Floats, n: Floats, deff: Floats) -> Floats:
    """Return the fewer of cases and others over the design effect, if it is above 1: those of a simple random sample that says as much.

    All arrays have shape (domains,); a design effect of NaN counts as 1.
    """
    return np.minimum(cases, n - cases) / np.maximum(np.nan_to_num(deff, nan=1.0), 1)


def _squares(moments: Moments, ratio: Floats) -> Floats:
    """Return sum w (y - R x)^2 from sums about the reference ratio; what rounding leaves of equal values is 0."""
    shift = ratio - moments.reference
    found = moments.ee - 2 * shift * moments.ex + shift**2 * moments.xx
    terms = moments.ee + 2 * np.abs(shift * moments.ex) + shift**2 * moments.xx
    noise = (found <= CANCELLED * terms) | (found <= CANCELLED**2 * ratio**2 * moments.xx)
    return np.where(noise, 0.0, found)


def _degrees(n: Floats) -> Floats:
    return np.maximum(n - 1, 0)
