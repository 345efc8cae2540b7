"""The bound of weights with the least estimated mean squared error.

Source: Potter (1990), A study of procedures to identify and trim extreme sampling weights, Proceedings of the Section on Survey Research
Methods, American Statistical Association, 225-230.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prevalence.calibration.calibrated import checked_weights
from prevalence.calibration.margins import Codes
from prevalence.calibration.trimming import Share, trim
from prevalence.errors import DataError, OptionError
from prevalence.totals import Floats

CANDIDATES = 20
"""Bounds that are tried: as many quantiles of the weights between the median and the largest."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds that were tried.

    Attributes
    ----------
    upper : float array, shape (candidates,)
        Ascending; the last is the largest weight, which trims nothing.
    error : float array, shape (candidates, outcomes)
        Estimated mean squared error of each mean, as a part of its variance without trimming.
    best : float
        The bound with the least error averaged over outcomes.
    """

    upper: Floats
    error: Floats
    best: float


def least_error_bound(
    weight: Floats,
    outcomes: Floats,
    *,
    unit: Codes,
    stratum: Codes | None = None,
    classes: Codes | None = None,
    candidates: npt.ArrayLike | None = None,
    share: Share = "proportional",
) -> Bounds:
    r"""Return the upper bound of weights that serves means best, bias and variance taken together.

    .. math:: \widehat{MSE}(t) = (\bar y_t - \bar y)^2 - \hat V(\bar y) + 2\,\widehat{Cov}(\bar y_t, \bar y)

    The mean without trimming counts as unbiased; its covariance with the trimmed mean comes from the scores of the sampling units, drawn with
    replacement within strata, where Potter sets the correlation to 1.

    Parameters
    ----------
    weight : float array, shape (rows,)
    outcomes : float array, shape (rows, outcomes)
        Known for all rows with a weight above zero.
    unit : int array, shape (rows,)
        Sampling unit of each row, from 0.
    stratum : int array, shape (units,), optional
    classes, share
        As in `trim`.
    candidates : array, optional
        Bounds to try; the largest weight is always among them.

    Raises
    ------
    DataError
        If an outcome is not known.
    OptionError
        If a candidate is not above zero.
    """
    base = checked_weights(weight)
    values = np.where(base[:, None] > 0, np.asarray(outcomes, dtype=np.float64), 0.0)
    if not np.isfinite(values).all():
        raise DataError(
            "Outcomes that choose a bound must be known for all rows with a weight; leave out rows where one is missing."
        )
    upper = _candidates(base, candidates)
    strata = np.zeros(int(np.max(unit)) + 1, dtype=np.int64) if stratum is None else np.asarray(stratum, dtype=np.int64)
    mean, scores = _means(base, values, unit, strata)
    variance = (scores**2).sum(axis=0)
    error = np.empty((len(upper), values.shape[1]))
    for number, bound in enumerate(upper):
        trimmed_mean, trimmed = _means(trim(base, upper=bound, classes=classes, share=share).weight, values, unit, strata)
        error[number] = (trimmed_mean - mean) ** 2 - variance + 2 * (trimmed * scores).sum(axis=0)
    relative = np.divide(error, variance, out=np.ones_like(error), where=variance > 0)
    return Bounds(upper, relative, float(upper[int(np.argmin(relative.mean(axis=1)))]))


def _candidates(weight: Floats, candidates: npt.ArrayLike | None) -> Floats:
    used = weight[weight > 0]
    if candidates is None:
        return np.unique(np.quantile(used, np.linspace(0.5, 1, CANDIDATES + 1)[1:]))
    given = np.atleast_1d(np.asarray(candidates, dtype=np.float64))
    if not np.all(given > 0):
        raise OptionError(f"candidates must be weights above zero; found {given.min()!r}.")
    return np.unique(np.append(np.minimum(given, used.max()), used.max()))


def _means(weight: Floats, values: Floats, unit: Codes, stratum: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return weighted means and unit scores, centred and scaled so that their cross-products are covariances."""
    total = weight.sum()
    mean = weight @ values / total
    scores = np.zeros((len(stratum), values.shape[1]))
    np.add.at(scores, np.asarray(unit, dtype=np.int64), weight[:, None] * (values - mean) / total)
    sampled = np.bincount(stratum).astype(np.float64)
    sums = np.zeros((len(sampled), values.shape[1]))
    np.add.at(sums, stratum, scores)
    factor = np.divide(sampled, sampled - 1, out=np.zeros_like(sampled), where=sampled > 1)
    return mean, (scores - (sums / sampled[:, None])[stratum]) * np.sqrt(factor)[stratum, None]
