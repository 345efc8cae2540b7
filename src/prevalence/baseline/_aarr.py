"""``pv.baseline.aarr`` and ``pv.baseline.required_rate``: the yearly rate of reduction, observed and needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.baseline.series import METHODS, Method, Series, normal_quantile, series_of
from prevalence.checks import check_above, check_share
from prevalence.errors import OptionError, check_option
from prevalence.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Aarr(Shown):
    """Average annual rate of reduction; above zero is a decline.

    Attributes
    ----------
    aarr : float
        1 - exp(slope).
    se : float
        Sampling standard error; NaN where no standard errors were given.
    low, high : float
        Limits from `se` on the scale of the slope.
    se_residual : float
        Standard error from the scatter of the points about the line, as a regression prints it; NaN with fewer than three points.
        It and `se` answer different questions: how well a constant rate fits, and how well the surveys measured.
    slope : float
        Yearly change of ln p.
    first_year, last_year : float
    points : int
    method : str
    level : float
    """

    aarr: float
    se: float
    low: float
    high: float
    se_residual: float
    slope: float
    first_year: float
    last_year: float
    points: int
    method: str
    level: float


def aarr(
    years: Sequence[float],
    values: Sequence[float],
    *,
    se: Sequence[float] | None = None,
    correlation: float = 0.0,
    covariance: Sequence[Sequence[float]] | None = None,
    method: Method = "unicef",
    level: float = 0.95,
) -> Aarr:
    r"""Return the average annual rate of reduction of a rate or a count.

    .. math:: \mathrm{AARR} = 1 - e^{b}, \qquad b = \text{slope of } \ln p \text{ on year}

    Parameters
    ----------
    years, values : sequences of float
        At least two; values above zero.
    se : sequence of float, optional
        Standard errors of the values.
    correlation : float
        Of the errors of two rounds that share sampling units.
    covariance : matrix, optional
        In place of `se` and `correlation`, for several rounds.
    method : {"unicef", "wls", "two-point"}
        Least squares over all points (UNICEF); the same weighted by p squared over V; or first and last point alone.
    level : float
        Of the limits.

    Returns
    -------
    Aarr

    Raises
    ------
    OptionError
        If years or values cannot be used, or ``wls`` has no standard errors.

    Notes
    -----
    Declare period, surveys and population projections with every AARR. Source: UNICEF, How to calculate average annual rate of
    reduction (AARR) of underweight prevalence (Technical Note, 2007), on data.unicef.org.

    Examples
    --------
    >>> import prevalence as pv
    >>> found = pv.baseline.aarr([2000, 2006, 2011, 2016, 2021], [0.30, 0.27, 0.235, 0.21, 0.19])
    >>> round(found.aarr, 6)
    0.022118
    """
    check_option("method", method, METHODS)
    return aarr_of(series_of(years, values, se, correlation, covariance), method, level)


def aarr_of(series: Series, method: Method, level: float) -> Aarr:
    """Return the rate of reduction of a checked series."""
    line = series.line(method)
    slope = float(line.slope @ np.log(series.values))
    error = math.sqrt(float(line.slope @ series.log_covariance @ line.slope)) if series.has_errors else math.nan
    z = normal_quantile(level)
    return Aarr(
        aarr=-math.expm1(slope),
        se=math.exp(slope) * error,
        low=-math.expm1(slope + z * error),
        high=-math.expm1(slope - z * error),
        se_residual=math.exp(slope) * _residual_error(series, method),
        slope=slope,
        first_year=float(series.years[0]),
        last_year=float(series.years[-1]),
        points=len(series.years),
        method=method,
        level=level,
    )


def _residual_error(series: Series, method: Method) -> float:
    """Return the standard error of the slope that the residuals give."""
    points = len(series.years)
    if points < 3 or method == "two-point":
        return math.nan
    line, logs = series.line(method), np.log(series.values)
    fitted = np.array([float(line.at(year) @ logs) for year in series.years.tolist()])
    weight = np.ones(points) if method == "unicef" else series.values**2 / np.diag(series.covariance)
    spread = float(weight @ (series.years - line.centre) ** 2)
    return math.sqrt(float(weight @ (logs - fitted) ** 2) / (points - 2) / spread)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Required(Shown):
    """What it takes to reach a target.

    Attributes
    ----------
    aarr : float
        Yearly rate of reduction needed.
    points_a_year : float
        Fall a year on a straight path.
    now, target : float
        `target` is what the path ends at: `ending` where the goal is to end the practice.
    years : float
    ending : float
        Threshold that stands for "ended"; NaN where the target is above zero.
    """

    aarr: float
    points_a_year: float
    now: float
    target: float
    years: float
    ending: float


def required_rate(now: float, target: float, *, years: float, ending: float | None = None) -> Required:
    r"""Return the yearly rate of reduction that leads from a value to a target.

    .. math:: \mathrm{RARR} = 1 - (q / p)^{1/T}

    Parameters
    ----------
    now, target : float
        Both rates, or both counts.
    years : float
        Years left.
    ending : float, optional
        For a target of 0, which no geometric path reaches: the value from which on the practice counts as ended, such as 0.01 or
        0.005. It is kept in the result; there is no default.

    Raises
    ------
    OptionError
        If years are not above zero, the target is not below the value, or it is 0 and `ending` is not given.

    Examples
    --------
    >>> import prevalence as pv
    >>> round(pv.baseline.required_rate(0.18, 0.05, years=8).aarr, 4)
    0.148
    """
    check_above("now", now, 0)
    check_above("years", years, 0)
    end = end_of(target, ending)
    if end >= now:
        raise OptionError(f"target must be below the value of today, {now:g}; found {end:g}, which is reached already.")
    return Required(
        aarr=1 - (end / now) ** (1 / years),
        points_a_year=(now - target) / years,
        now=now,
        target=end,
        years=years,
        ending=math.nan if ending is None else ending,
    )


def end_of(target: float, ending: float | None) -> float:
    """Return what a geometric path ends at.

    Raises
    ------
    OptionError
        If the target is negative, or 0 without a threshold, or has a threshold without being 0.
    """
    check_above("target", target, 0, equal=True)
    if target > 0:
        if ending is not None:
            raise OptionError(f"ending stands for a target of 0; the target is {target:g}. Leave ending out.")
        return target
    if ending is None:
        raise OptionError(
            "A target of 0 is reached by no constant rate of reduction. Say from which value on it counts as ended: ending=0.01, for example."
        )
    check_above("ending", ending, 0)
    return ending


def rate_for_number(reduction: float, *, base_rate: float, base_population: float, population: float) -> float:
    """Return the rate at which a number of people has fallen by a share, given how the population grows.

    A number that is to fall by 70 % asks for a rate that falls by more where the population grows.

    Parameters
    ----------
    reduction : float
        Share by which the number is to fall.
    base_rate, base_population : float
    population : float
        Of the target year.

    Examples
    --------
    >>> import prevalence as pv
    >>> round(pv.baseline.rate_for_number(0.70, base_rate=0.30, base_population=3_000_000, population=4_000_000), 4)
    0.0675
    """
    check_share("reduction", reduction, one=True)
    check_share("base_rate", base_rate, one=True)
    check_above("base_population", base_population, 0)
    check_above("population", population, 0)
    return (1 - reduction) * base_rate * base_population / population
