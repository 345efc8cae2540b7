"""The distribution of a weighted sum of chi-squares, which is that of Pearson's statistic in a survey.

Sources: Ruben (1962), Annals of Mathematical Statistics 33, 542-570, for the sum as a mixture of chi-squares; Rao & Scott (1981) for the
statistic; Lumley & Scott (2014), Scandinavian Journal of Statistics 41, 1-14, for dividing by an independent chi-square; Kuonen (1999),
Biometrika 86, 929-935, for the saddlepoint approximation.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from prevalence.formulas.significance import f_upper_tail
from prevalence.totals import Floats

LEFT_OUT = 1e-13
"""Bound on the probability of the part of the mixture that is not summed."""

LONGEST = 2**18
"""Terms of the mixture; enough for a smallest weight of one part in 4,000 of the largest."""

EDGE = 1e-12
"""Part of the interval of the saddlepoint that is left out at its ends, where K is infinite."""

NEAR_ZERO = 1e-5
"""Nearer to zero the formula is the quotient of two roundings; its limit is used."""

HALVINGS = 100
"""Steps of bisection: the last is below the spacing of floating-point numbers."""


def upper_tail(statistic: float, weights: Floats, df: float) -> float:
    r"""Return :math:`P(\sum_i \lambda_i \chi^2_1 \ge x\,\chi^2_{df}/df)` for independent chi-squares.

    Parameters
    ----------
    statistic : float
        x, such as `RaoScott.pearson`.
    weights : float array
        :math:`\lambda_i`, such as the effects of a table; zero or NaN ones are left out.
    df : float
        Of the denominator, infinite for none. R's ``lincom`` takes the second-order ``f_below``.

    Returns
    -------
    float
        To 1e-12. NaN if there is no weight above 0, or if the smallest is under one part in 4,000 of the largest.

    Notes
    -----
    The sum is a mixture of chi-squares with m, m + 2, m + 4, ... degrees of freedom, all over the smallest weight: its probabilities are the
    coefficients of :math:`\prod_i \sqrt{b/\lambda_i}\,(1 - (1 - b/\lambda_i) z)^{-1/2}`, b the smallest weight.
    """
    used = weights[np.nan_to_num(weights) > 0]
    if not len(used) or np.isnan(statistic) or not df > 0:
        return float("nan")
    beyond = 1 - used.min() / used
    terms = _terms(float(beyond.max()), len(used))
    if terms > LONGEST:
        return float("nan")
    above = len(used) + 2.0 * np.arange(terms, dtype=np.float64)
    tails = f_upper_tail(above, np.full(terms, df), np.asarray(statistic / (used.min() * above), dtype=np.float64))
    return float(np.clip(_mixture(beyond, terms) @ tails, 0.0, 1.0))


def saddlepoint_tail(statistic: float, weights: Floats, df: float) -> float:
    r"""Return the saddlepoint approximation to `upper_tail`, for comparison with programs that have no other.

    .. math:: K(\zeta) = -\tfrac12 \sum_i \log(1 - 2\zeta\lambda_i) - \tfrac{df}{2} \log(1 + 2\zeta x/df), \quad
        p = \Phi\left(-w - \tfrac1w \log\tfrac{v}{w}\right)

    with :math:`K'(\hat\zeta) = 0`, :math:`w = \mathrm{sign}(\hat\zeta) \sqrt{-2K(\hat\zeta)}` and :math:`v = \hat\zeta\sqrt{K''(\hat\zeta)}`.

    Parameters
    ----------
    statistic, weights, df
        As of `upper_tail`. With infinite df the last term of K is :math:`-\zeta x`.

    Returns
    -------
    float
        Within 6 % of `upper_tail` where that is above 0.001 and 16 % below, in the reference tables. NaN where there is no weight above 0.
    """
    used = weights[np.nan_to_num(weights) > 0]
    if not len(used) or np.isnan(statistic) or not df > 0:
        return float("nan")
    if not statistic > 0:
        return 1.0
    used = used / statistic
    below = -min(df, len(used)) / 2
    at = _saddle(used, df, below * (1 - EDGE), (1 - EDGE) / (2 * used.max()))
    chi, over = 1 - 2 * at * used, 1 + 2 * at / df
    curvature = 2 * (used**2 / chi**2).sum() + 2 / (df * over**2)
    if abs(at) < NEAR_ZERO:
        skewness = 8 * ((used**3).sum() - 1 / df**2) / curvature**1.5
        return float(special.ndtr(-skewness / 6))
    exponent = -np.log1p(-2 * at * used).sum() / 2 - (at if np.isinf(df) else df / 2 * np.log1p(2 * at / df))
    w, v = np.sign(at) * np.sqrt(max(-2 * exponent, 0.0)), at * np.sqrt(curvature)
    return float(special.ndtr(-w - np.log(v / w) / w))


def _saddle(weights: Floats, df: float, low: float, high: float) -> float:
    """Return where the derivative of K, which rises, is zero, by bisection."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        rising = (weights / (1 - 2 * middle * weights)).sum() > 1 / (1 + 2 * middle / df)
        low, high = (low, middle) if rising else (middle, high)
    return (low + high) / 2


def _terms(largest: float, weights: int) -> int:
    """Return how many terms leave out at most `LEFT_OUT`, by the bound A(z) / z^K at a z midway between 1 and the pole of A."""
    if largest == 0:
        return 1
    needed = (np.log(1 / LEFT_OUT) + weights / 2 * np.log(2)) / np.log((1 + 1 / largest) / 2)
    return int(2 ** np.ceil(np.log2(needed + 1)))


def _mixture(beyond: Floats, terms: int) -> Floats:
    """Return the coefficients from the values of the product at the roots of unity; what is left out comes back in the first ones."""
    at = np.exp(-2j * np.pi * np.arange(terms) / terms)
    values = np.prod([np.sqrt((1 - part) / (1 - part * at)) for part in beyond], axis=0)
    return np.asarray(np.fft.ifft(values).real, dtype=np.float64)
