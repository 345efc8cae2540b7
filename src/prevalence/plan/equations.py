r"""The equations of sample size: numbers in, numbers out.

Every criterion is an allowed variance, and every size follows from one equation,

.. math:: n = \frac{S^2}{V + S^2/N}

with :math:`S^2` the variance of one observation times the design effect, :math:`V` the allowed variance and :math:`N` the
population.
For a margin of error it is the same as :math:`n_0/(1 + n_0/N)`. Source: Cochran (1977), Sampling Techniques, sections 4.4 to 4.6;
Gutierrez, R package ``samplesize4surveys`` 4.1.1, which states them so.
"""

from __future__ import annotations

import math

from scipy import special

HALVINGS = 200
"""Steps of bisection: the interval is then as short as floating-point numbers allow."""

ROUNDING = 1e-9
"""A size that exceeds a whole number by less than this part is that number: 200.00000000001 is 200."""


def two_sided_z(level: float) -> float:
    """Return the normal quantile of a two-sided interval, 1.96 for 0.95."""
    return float(special.ndtri((1 + level) / 2))


def power_z(level: float, power: float, sides: int) -> float:
    """Return the normal quantile of the test plus that of the power."""
    return float(special.ndtri(1 - (1 - level) / sides) + special.ndtri(power))


def size_for(unit_variance: float, allowed_variance: float, population: float = math.inf) -> float:
    """Return the sample size at which the variance is what is allowed."""
    return unit_variance / (allowed_variance + unit_variance / population)


def variance_of(unit_variance: float, n: float, population: float = math.inf) -> float:
    """Return the variance of a sample of n, with finite population correction."""
    return unit_variance * max(1 / n - 1 / population, 0.0)


def binary_variance(rate: float) -> float:
    """Return p(1 - p)."""
    return rate * (1 - rate)


def difference_variance(first: float, second: float, *, overlap: float, correlation: float) -> float:
    """Return the variance of y2 - y1 of one person a round; `overlap` of the persons are correlated over the rounds."""
    covariance = overlap * correlation * math.sqrt(binary_variance(first) * binary_variance(second))
    return binary_variance(first) + binary_variance(second) - 2 * covariance


def whole(exact: float) -> int:
    """Return a size rounded up, unless it is a whole number but for rounding noise."""
    return math.ceil(exact * (1 - ROUNDING))
