"""The numbers of a table of estimates, their intervals, and the words for those that cannot be had."""

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
    proportion,
    wald,
)
from prevalence.totals import Floats, Ints

Kind = Literal["proportion", "unbounded", "log"]
"""Scale of the estimates: a share of people, a mean, total or difference, or a positive ratio of two estimates."""

FEW_OBSERVATIONS = 25
"""Below this many unweighted observations MICS and DHS do not print a figure (Iraq MICS 2018, table footnotes)."""


NO_ERROR = "standard error not estimable"

EFFECTIVE_CASES = 10
"""Below this many cases (or people who are none) over the design effect, intervals of the coverage study held as little as 82 %."""

FEW_CASES = 5
"""Below this many cases the ILO withholds a figure (its microdata code); an interval is then a rough guide at best."""


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
    population : weighted denominator
    borrowed_deff : design effect of the nearest margin, at least 1, for intervals at 0 and 1; NaN where no margin has one
    census : whether every unit of the strata that the domain touches was sampled
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
    population: Floats
    borrowed_deff: Floats
    census: npt.NDArray[np.bool_]
    given: Given | None = None

    def take(self, rows: Ints) -> Numbers:
        """Return the numbers of the given rows."""
        given = None if self.given is None else self.given.take(rows)
        return Numbers(**{name: getattr(self, name)[rows] for name in COLUMNS}, given=given)

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


def default_method(kind: Kind) -> str:
    """Return the recommended interval: Korn-Graubard for proportions, t on the log scale for ratios, t otherwise."""
    return {"proportion": RECOMMENDED, "unbounded": "wald", "log": "log"}[kind]


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
    check_option("method", interval.method, (default_method(kind),))
    if kind == "log":
        return log_wald(numbers.estimate, numbers.se_log, numbers.df, interval.level)
    return wald(numbers.estimate, numbers.se, numbers.df, interval.level)


def flags(numbers: Numbers, kind: Kind, undefined: str, caveats: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the words that go with each number: what cannot be had and why, and what is thin.

    Parameters
    ----------
    numbers : Numbers
    kind : {"proportion", "unbounded", "log"}
    undefined : str
        Why a variance may be undefined under the rule of the design.
    caveats : sequence of str
        Further words for each row, none or one a row. Where they say why there is no standard error, nothing else does.
    """
    said: list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.str_] | str]] = []
    empty = ~np.isfinite(numbers.estimate)
    there = ~empty
    said.append((empty & (numbers.n == 0), "no observations"))
    said.append((empty & (numbers.n > 0), "not estimable: nothing to divide by"))
    # Why a given interval lacks a standard error is known to what gave it.
    explained = np.array([NO_ERROR in text for text in caveats] or np.zeros(len(there)), dtype=np.bool_)
    unknown = there & ~np.isfinite(numbers.se) & (numbers.given is None)
    no_error = unknown & ~explained
    zero, negative = (kind == "log") & (numbers.estimate == 0), (kind == "log") & (numbers.estimate < 0)
    said.append((no_error & zero, f"{NO_ERROR}: a ratio of zero has no logarithm"))
    said.append((no_error & negative, f"{NO_ERROR}: a negative ratio has no logarithm"))
    said.append((no_error & ~zero & ~negative, f"{NO_ERROR}: {undefined}"))
    said.append((there & numbers.census, "every unit was sampled: no sampling error"))
    no_df = there & ~unknown & ~numbers.census & (numbers.df <= 0)
    said.append((no_df, "interval not estimable: no degrees of freedom"))
    usable = there & ~unknown & ~no_df & ~numbers.census
    if kind == "proportion":
        said += _borrowed(numbers, usable & numbers.shares().degenerate, usable & numbers.shares().single)
    else:
        said.append((usable & (numbers.se == 0), "interval not estimable: no variation between sampling units"))
    said.append((usable & (numbers.df < 1), "less than one degree of freedom: the interval says next to nothing"))
    said.append((there & (numbers.n < FEW_OBSERVATIONS), f"fewer than {FEW_OBSERVATIONS} observations"))
    if kind == "proportion":
        few = there & (numbers.cases > 0) & (numbers.cases < FEW_CASES)
        said.append((few, f"fewer than {FEW_CASES} cases: the interval is a rough guide"))
        rarer = np.minimum(numbers.cases, numbers.n - numbers.cases)
        thin = (
            usable
            & ~few
            & (numbers.n >= FEW_OBSERVATIONS)
            & (rarer > 0)
            & (rarer < EFFECTIVE_CASES * np.maximum(np.nan_to_num(numbers.deff, nan=1.0), 1))
        )
        said.append((thin, f"fewer than {EFFECTIVE_CASES} effective cases: the interval may be too short"))
    words: list[list[str]] = [[] for _ in numbers.estimate]
    for rows, text in said:
        for row in np.flatnonzero(rows):
            words[row].append(text if isinstance(text, str) else str(text[row]))
    for parts, caveat in zip(words, caveats or ("",) * len(words), strict=True):
        parts += [caveat] if caveat else []
    return tuple("; ".join(parts) for parts in words)


def _borrowed(
    numbers: Numbers, degenerate: npt.NDArray[np.bool_], single: npt.NDArray[np.bool_]
) -> list[tuple[npt.NDArray[np.bool_], npt.NDArray[np.str_] | str]]:
    how = np.array(
        [
            "exact interval as under simple random sampling: no margin has a design effect"
            if np.isnan(deff)
            else f"exact interval with design effect {deff:.2f} (the margin's, at least 1)"
            for deff in numbers.borrowed_deff
        ],
        dtype=np.str_,
    )
    reasons = {
        "no cases": degenerate & (numbers.estimate <= 0),
        "all are cases": degenerate & (numbers.estimate >= 1),
        "no variation between sampling units": degenerate & (numbers.estimate > 0) & (numbers.estimate < 1),
        "one observation": single,
    }
    return [(rows, np.char.add(f"{reason}; ", how)) for reason, rows in reasons.items()]
