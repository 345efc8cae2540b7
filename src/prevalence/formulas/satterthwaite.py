"""Degrees of freedom of a variance from how unequal the squares are that it is the sum of.

Sources: Satterthwaite (1946), Biometrics Bulletin 2, 110-114, for degrees of freedom from the variance of a variance; Valliant & Rust (2010),
Journal of Official Statistics 26, 585-602, for fourth moments of unit scores; Fisher (1930), Proceedings of the London Mathematical Society
s2-30, 199-238, for the variance of a k statistic. The bounds are those of the coverage study, docs/methods/coverage.md.
"""

from __future__ import annotations

import numpy as np

from prevalence.formulas.occupancy import Occupancy
from prevalence.formulas.variance import AboutMeans
from prevalence.totals import Floats, StageUnits, weighted_counts

LEAST_DF = 4.0
"""Few cases leave the spread of squares unknown: below four degrees the t quantile would say more than the data can."""

SMALLEST_FOR_FOURTH = 4
"""Units that an unbiased fourth cumulant needs."""


def satterthwaite(parts: AboutMeans, occupied: Occupancy, stage: StageUnits, counted: Floats) -> Floats:
    r"""Return degrees of freedom from the scores, at most as many as were counted, shape (domains,).

    .. math:: \nu = 2\,\frac{V^2 - \sum_h v_h}{\sum_h v_h}

    with V the variance of an estimate and :math:`v_h` the unbiased estimate of the variance of what stratum h adds to it. Of a stratum of fewer than four units,
    or with a single unit set about zero, :math:`v_h = 2 V_h^2/(d_h + 2)` as if scores were normal, :math:`d_h` the smaller of n - 1 and the units with members.

    Parameters
    ----------
    parts : AboutMeans
        Of the first stage, with fourth powers.
    occupied : Occupancy
    stage : StageUnits
    counted : float array, shape (domains,)
        Degrees of freedom by the rule ``occupied``. Where the sum of :math:`v_h` is not above zero nothing speaks against them.
    """
    n = stage.sampled[parts.stratum].astype(np.float64)
    degrees = np.clip(occupied.units[parts.stratum, parts.domain], 1, np.maximum(n - 1, 1))
    normal = (n < SMALLEST_FOR_FOURTH) | parts.alone
    spread = parts.variance**2 * np.where(normal, 2 / (degrees + 2), _relative_spread(parts, n))
    size = len(counted)
    total, variance = (weighted_counts(parts.domain, values, size) for values in (spread, parts.variance))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(total > 0, 2 * variance**2 / total - 2, np.inf)
    return np.minimum(counted, np.maximum(found, LEAST_DF))


def _relative_spread(parts: AboutMeans, n: Floats) -> Floats:
    """Return the unbiased variance of the k statistic of order two over its square, 0 where the square is, shape (parts,)."""
    m = np.maximum(n, SMALLEST_FOR_FOURTH)
    with np.errstate(divide="ignore", invalid="ignore"):
        kurtosis = np.where(parts.square > 0, parts.fourth / parts.square**2, 0.0)
    # k4 over k2 squared, with the sums of powers in place of the statistics.
    fourth = (m - 1) * (m * (m + 1) * kurtosis - 3 * (m - 1)) / ((m - 2) * (m - 3))
    return np.asarray((2 * m + (m - 1) * fourth) / (m * (m + 1)), dtype=np.float64)
