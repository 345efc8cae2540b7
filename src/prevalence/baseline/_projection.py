"""``pv.baseline.projection``: the path of a constant rate of reduction, with its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.baseline.series import METHODS, Method, Series, normal_quantile, series_of
from prevalence.checks import check_above
from prevalence.errors import OptionError, check_option
from prevalence.shown import Floats, Shown


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Projection(Shown):
    """A path of constant rate of reduction, one row a year.

    Attributes
    ----------
    year, value, low, high : float arrays
        Limits from sampling error alone, on the log scale, given that the rate stays constant; plus `drift` where it was given.
    se_log : float array
        Standard error of the logarithm.
    method : str
    level, drift : float
    """

    year: Floats
    value: Floats
    low: Floats
    high: Floats
    se_log: Floats
    method: str
    level: float
    drift: float


def projection(
    years: Sequence[float],
    values: Sequence[float],
    *,
    at: Sequence[float],
    se: Sequence[float] | None = None,
    correlation: float = 0.0,
    covariance: Sequence[Sequence[float]] | None = None,
    method: Method = "two-point",
    level: float = 0.95,
    drift: float = 0.0,
) -> Projection:
    r"""Return where a constant rate of reduction leads.

    With two rounds and :math:`k = (t - t_2)/(t_2 - t_1)`

    .. math:: \ln p(t) = -k \ln p_1 + (1 + k) \ln p_2, \qquad V = k^2 cv_1^2 + (1 + k)^2 cv_2^2 - 2 k (1 + k) C / (p_1 p_2)

    Parameters
    ----------
    years, values, se, correlation, covariance
        See `aarr`.
    at : sequence of float
        Years of the path.
    method : {"two-point", "unicef", "wls"}
        Through the first and last point, or along the line of the regression.
    level : float
    drift : float
        Variance of ln p that is added for each year after the last round, for a rate that does not stay constant.

    Raises
    ------
    OptionError
        If a number is out of its range.

    Examples
    --------
    >>> import prevalence as pv
    >>> found = pv.baseline.projection([2014, 2022], [0.22, 0.18], se=[0.012, 0.011], at=[2030])
    >>> [round(float(x[0]), 4) for x in (found.value, found.low, found.high)]
    [0.1473, 0.1133, 0.1914]
    """
    check_option("method", method, METHODS)
    check_above("drift", drift, 0, equal=True)
    when = np.asarray(at, dtype=np.float64)
    if when.ndim != 1 or not len(when) or not (np.isfinite(when) & (when > 0)).all():
        raise OptionError(f"at must hold years above zero; found {list(at)!r}.")
    return projected(series_of(years, values, se, correlation, covariance), when, method, level, drift)


def projected(series: Series, when: Floats, method: Method, level: float, drift: float) -> Projection:
    """Return the path of a checked series."""
    line = series.line(method)
    rows = np.array([line.at(year) for year in when.tolist()])
    logs = rows @ np.log(series.values)
    later = np.maximum(when - series.years[-1], 0.0)
    variance = np.einsum("ij,jk,ik->i", rows, series.log_covariance, rows) + drift * later
    se = np.sqrt(np.maximum(variance, 0.0)) if series.has_errors or drift else np.full(len(when), math.nan)
    half = normal_quantile(level) * se
    return Projection(
        year=when,
        value=np.exp(logs),
        low=np.exp(logs - half),
        high=np.exp(logs + half),
        se_log=se,
        method=method,
        level=level,
        drift=drift,
    )
