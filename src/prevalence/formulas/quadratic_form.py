"""The distribution of a weighted sum of chi-squares, which is that of Pearson's statistic in a survey.

Sources: Ruben (1962), Annals of Mathematical Statistics 33, 542-570, for the sum as a mixture of chi-squares; Rao & Scott (1981) for the
statistic; Lumley & Scott (2014), Scandinavian Journal of Statistics 41, 1-14, for dividing by an independent chi-square.
"""

from __future__ import annotations

import numpy as np

from prevalence.formulas.significance import f_upper_tail
from prevalence.totals import Floats

LEFT_OUT = 1e-13
"""Bound on the probability of the part of the mixture that is not summed."""

LONGEST = 2**18
"""Terms of the mixture; enough for a smallest weight of one part in 4,000 of the largest."""


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
