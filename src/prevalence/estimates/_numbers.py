"""The numbers of a table of estimates, and their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from prevalence.errors import OptionError, check_option
from prevalence.formulas.interval import (
    PROPORTION_METHODS,
    RECOMMENDED,
    Limits,
    ProportionMethod,
    Proportions,
    log_wald,
    none_found,
    proportion,
    wald,
)
from prevalence.formulas.ratio import divide
from prevalence.totals import Floats, Ints

Kind = Literal["proportion", "unbounded", "log"]
"""Scale of the estimates: a share of people, a mean, total or difference, or a positive ratio of two estimates."""

COMPARED = ("difference", "excess", "contrast")
"""Statistics that may be negative whatever they compare."""

LOG_OF_PEOPLE = "log-people"
"""Default of a table that has both numbers of people and others: `log` for the former, `wald` for the latter."""

UNBOUNDED_METHODS = ("wald", "log", LOG_OF_PEOPLE)
"""Limits of means, totals and ratios: t, and t on the log scale, which only positive numbers have (`check_positive`)."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Interval:
    """How the limits were made: method and confidence level."""

    method: str
    level: float


@dataclass(frozen=True, slots=True)
class Given:
    """Limits that were found from the rows and cannot be found again from the numbers, such as those of quantiles.

    Attributes
    ----------
    low, high : float arrays, shape (rows,)
    method, level : of the interval
    """

    low: Floats
    high: Floats
    method: str
    level: float

    def take(self, rows: Ints) -> Given:
        """Return the limits of the given rows."""
        return replace(self, low=self.low[rows], high=self.high[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """One array a column, each of shape (rows,); NaN where a number does not exist.

    Attributes
    ----------
    estimate, se : the estimate and its standard error; for ratios of estimates `se_log` is that of the logarithm
    deff : design effect against simple random sampling with replacement
    df : degrees of freedom
    n, cases, missing : unweighted rows of the denominator, of the numerator, and with an unknown outcome
    n_psu : sampling units with a member of the domain
    weighted : sum of the weights of the denominator, on the scale of the weights: of normalised ones about n
    population : number of people in the denominator, NaN where the weights do not say it
    borrowed_deff : design effect of the nearest margin, at least 1, for intervals at 0 and 1; NaN where no margin has one
    census : whether every unit of the strata that the domain touches was sampled
    people : whether the estimate is a number of people: the total of an indicator
    given : limits, where they were found from the rows
    """

    estimate: Floats
    se: Floats
    se_log: Floats
    deff: Floats
    df: Floats
    n: Floats
    cases: Floats
    missing: Floats
    n_psu: Floats
    weighted: Floats
    population: Floats
    borrowed_deff: Floats
    census: Mask
    people: Mask
    given: Given | None = None

    def take(self, rows: Ints) -> Numbers:
        """Return the numbers of the given rows."""
        given = None if self.given is None else self.given.take(rows)
        return Numbers(**{name: getattr(self, name)[rows] for name in COLUMNS}, given=given)

    @property
    def none_found(self) -> Mask:
        """Whether the estimate is a number of people of whom the sample has observations and no case."""
        return np.asarray(self.people & (self.estimate == 0) & (self.n > 0), dtype=np.bool_)

    def on_log_scale(self, method: str) -> Mask:
        """Return whether the method has limits on the log scale for each row, shape (rows,)."""
        return self.people if method == LOG_OF_PEOPLE else np.full(len(self.people), method == "log")

    def shares(self) -> Proportions:
        """Return what the interval of a proportion needs."""
        borrowed = np.where(np.isnan(self.borrowed_deff), 1.0, self.borrowed_deff)
        return Proportions(self.estimate, self.se, self.df, self.n, borrowed)


COLUMNS = tuple(field.name for field in fields(Numbers) if field.name != "given")


def concatenated(parts: list[Numbers]) -> Numbers:
    """Return the numbers of tables set one below the other."""
    limits = [part.given for part in parts if part.given is not None]
    given = None
    if len(limits) == len(parts):
        low, high = (np.concatenate([getattr(part, side) for part in limits]) for side in ("low", "high"))
        given = replace(limits[0], low=low, high=high)
    return Numbers(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS}, given=given)


def default_method(kind: Kind, people: Mask) -> str:
    """Return the recommended interval of a table, as the coverage study found it (docs/methods/coverage.md).

    Korn-Graubard for proportions; t on the log scale for numbers of people and for ratios of estimates; t for all others.

    Parameters
    ----------
    kind : {"proportion", "unbounded", "log"}
    people : bool array, shape (rows,)
        Which rows are numbers of people.
    """
    if kind == "unbounded" and people.any():
        return "log" if people.all() else LOG_OF_PEOPLE
    return {"proportion": RECOMMENDED, "unbounded": "wald", "log": "log"}[kind]


def joint_interval(intervals: Sequence[Interval], kind: Kind, people: Mask) -> Interval:
    """Return the interval of tables set one below the other: the one they share, else the recommended one of the whole."""
    first = intervals[0]
    same = all(each.method == first.method for each in intervals) and first.method != LOG_OF_PEOPLE
    return first if same else replace(first, method=default_method(kind, people))


def check_positive(numbers: Numbers, *statistics: Sequence[str]) -> None:
    """Raise where a logarithm makes no sense: of comparisons, and of negative numbers.

    Parameters
    ----------
    numbers : Numbers
    *statistics : sequence of str
        Names of the statistics of the rows.

    Raises
    ------
    OptionError
    """
    compared = sorted(set(COMPARED) & {text for texts in statistics for text in texts})
    below = numbers.estimate[numbers.estimate < 0]
    if compared or len(below):
        found = f"{compared[0]!r}" if compared else f"{len(below)} below 0, such as {below[0]:g}"
        raise OptionError(
            f"Limits on the log scale are for totals, means and ratios that cannot be negative; found {found}. Ask for 'wald'."
        )


def limits(numbers: Numbers, kind: Kind, interval: Interval) -> Limits:
    """Return the confidence limits; where every unit was sampled they are the estimate itself.

    Raises
    ------
    OptionError
        If the method does not suit the scale of the estimates, or the level is not between 0 and 1.
    """
    if not 0 < interval.level < 1:
        raise OptionError(f"level must lie between 0 and 1, such as 0.95; found {interval.level!r}.")
    if numbers.given is not None:
        return _given_limits(numbers.given, interval)
    found = _sampled_limits(numbers, kind, interval)
    low, high = (np.where(numbers.census, numbers.estimate, limit) for limit in (found.low, found.high))
    return Limits(low, high)


def _given_limits(given: Given, interval: Interval) -> Limits:
    if (given.method, given.level) != (interval.method, interval.level):
        raise OptionError(
            f"Intervals of quantiles are found from the rows: these are {given.method!r} at level {given.level:g}. "
            "Ask for others with pv.quantile(..., interval=..., level=...)."
        )
    return Limits(given.low, given.high)


def _sampled_limits(numbers: Numbers, kind: Kind, interval: Interval) -> Limits:
    if kind == "proportion":
        check_option("method", interval.method, PROPORTION_METHODS)
        method: ProportionMethod = next(name for name in PROPORTION_METHODS if name == interval.method)
        return proportion(method, numbers.shares(), interval.level)
    check_option("method", interval.method, ("log",) if kind == "log" else UNBOUNDED_METHODS)
    found = wald(numbers.estimate, numbers.se, numbers.df, interval.level)
    on_log_scale = numbers.on_log_scale(interval.method)
    if on_log_scale.any():
        positive = np.where(numbers.estimate > 0, numbers.estimate, np.nan)
        se_log = numbers.se_log if kind == "log" else divide(numbers.se, positive)
        logged = log_wald(numbers.estimate, se_log, numbers.df, interval.level)
        found = Limits(*(np.where(on_log_scale, *sides) for sides in ((logged.low, found.low), (logged.high, found.high))))
    nobody = np.flatnonzero(numbers.none_found)
    if len(nobody):
        of = numbers.take(nobody)
        exact = none_found(of.population, of.shares(), interval.level)
        found.low[nobody], found.high[nobody] = exact.low, exact.high
    return found
