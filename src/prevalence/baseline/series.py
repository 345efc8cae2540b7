r"""Rates of several years: what is given, checked, and the straight line through their logarithms.

Everything here is a linear combination of ln p, so that one covariance matrix gives every standard error:
the covariance of ln p is that of p over the products of the rates (delta method).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from prevalence.checks import check_share
from prevalence.errors import OptionError, counted, listed
from prevalence.shown import Floats

Method = Literal["unicef", "wls", "two-point"]
METHODS: tuple[Method, ...] = ("unicef", "wls", "two-point")


@dataclass(frozen=True, slots=True)
class Series:
    """Estimates by year.

    Attributes
    ----------
    years, values : float arrays, shape (points,)
        Ascending years; rates or counts above zero.
    covariance : float array, shape (points, points)
        Of the values; zeros where no standard errors were given.
    """

    years: Floats
    values: Floats
    covariance: Floats

    @property
    def log_covariance(self) -> Floats:
        """Covariance of the logarithms."""
        return np.asarray(self.covariance / np.outer(self.values, self.values), dtype=np.float64)

    @property
    def se(self) -> Floats:
        """Standard errors of the values."""
        return np.asarray(np.sqrt(np.diag(self.covariance)), dtype=np.float64)

    @property
    def has_errors(self) -> bool:
        """Whether every value has a standard error above zero."""
        return bool((np.diag(self.covariance) > 0).all())

    def line(self, method: Method) -> Line:
        """Return the coefficients of slope and level of ln p by a method."""
        return _line(self, method)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through ln p as linear combinations of ln p.

    Attributes
    ----------
    slope : float array, shape (points,)
        slope @ ln p is the yearly change of ln p.
    level : float array, shape (points,)
        level @ ln p is the height of the line at `centre`.
    centre : float
    """

    slope: Floats
    level: Floats
    centre: float

    def at(self, year: float) -> Floats:
        """Return the coefficients of the line in a year, shape (points,)."""
        return self.level + (year - self.centre) * self.slope


def series_of(
    years: Sequence[float],
    values: Sequence[float],
    se: Sequence[float] | None,
    correlation: float,
    covariance: Sequence[Sequence[float]] | None,
) -> Series:
    """Return a series, checked and sorted.

    Raises
    ------
    OptionError
        If lengths differ, there are fewer than two years, a year is repeated or negative, a value is not above zero, or errors
        are negative.
    """
    when, what = np.asarray(years, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if when.ndim != 1 or when.shape != what.shape or len(when) < 2:
        raise OptionError(
            f"years and values must be as many as each other, at least two; found {np.size(when)} and {np.size(what)}."
        )
    if not (np.isfinite(when) & (when > 0)).all() or len(np.unique(when)) < len(when):
        raise OptionError(f"years must be numbers above zero, each once; found {listed(when.tolist(), limit=8)}.")
    wrong = what[~(np.isfinite(what) & (what > 0))]
    if len(wrong):
        raise OptionError(
            f"values must be above zero, for their logarithms; {counted(len(wrong), 'value is', 'values are')} not: {listed(wrong.tolist())}. "
            "A rate of 0 has no rate of reduction: use the interval of that round, or leave the year out."
        )
    matrix = _covariance(what, se, correlation, covariance)
    order = np.argsort(when)
    return Series(when[order], what[order], matrix[np.ix_(order, order)])


def _covariance(
    values: Floats, se: Sequence[float] | None, correlation: float, covariance: Sequence[Sequence[float]] | None
) -> Floats:
    points = len(values)
    if covariance is not None:
        if se is not None or correlation:
            raise OptionError("covariance holds the standard errors and correlations: leave se and correlation out.")
        matrix = np.asarray(covariance, dtype=np.float64)
        if (
            matrix.shape != (points, points)
            or not np.allclose(matrix, matrix.T)
            or not (np.linalg.eigvalsh(matrix) > -1e-12 * np.abs(matrix).max()).all()
        ):
            raise OptionError(
                f"covariance must be a symmetric matrix of {points} by {points} that has no negative variance in it."
            )
        return matrix
    if se is None:
        return np.zeros((points, points))
    errors = np.asarray(se, dtype=np.float64)
    if errors.shape != values.shape or not (np.isfinite(errors) & (errors >= 0)).all():
        raise OptionError(
            f"se must hold a number of zero or more for each of the {points} values; found {listed(np.atleast_1d(errors).tolist(), limit=8)}."
        )
    if not -1 < correlation < 1:
        raise OptionError(f"correlation must lie between -1 and 1; found {correlation!r}.")
    if correlation and points != 2:
        raise OptionError(f"correlation is of two rounds; there are {points}. Give covariance=, the matrix of all.")
    matrix = np.outer(errors, errors) * correlation
    np.fill_diagonal(matrix, errors**2)
    return matrix


def _line(series: Series, method: Method) -> Line:
    years, points = series.years, len(series.years)
    if method == "two-point":
        slope = np.zeros(points)
        slope[[0, -1]] = np.array([-1, 1]) / (years[-1] - years[0])
        level = np.zeros(points)
        level[-1] = 1
        return Line(slope, level, float(years[-1]))
    weight = np.ones(points)
    if method == "wls":
        if not series.has_errors:
            raise OptionError(
                "method 'wls' weighs by standard errors: give se above zero for every year, or take method 'unicef'."
            )
        weight = series.values**2 / np.diag(series.covariance)
    level = weight / weight.sum()
    centre = float(level @ years)
    slope = weight * (years - centre) / (weight @ (years - centre) ** 2)
    return Line(slope, level, centre)


def normal_quantile(level: float) -> float:
    """Return the two-sided normal quantile of a confidence level."""
    check_share("level", level)
    return float(special.ndtri((1 + level) / 2))
