"""Estimates as they may be published: withheld rows keep their labels and lose their numbers, the others are rounded if asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from prevalence.errors import OptionError
from prevalence.estimates import Estimates
from prevalence.report.disclosure._withheld import withheld
from prevalence.report.disclosure.people import Mask, statistics_of
from prevalence.report.disclosure.rules import Disclosure
from prevalence.totals import Floats

FEW = "fewer than 25 observations"
DEFAULT = Disclosure()

COUNTS = ("n", "cases", "missing")
VALUES = ("estimate", "se", "ci_low", "ci_high")
DERIVED = ("cv", "deff")
"""With estimate and standard error these tell the number of observations behind them."""
OF_PEOPLE = "total"
DIGITS = 2
"""Of standard errors beside rounded numbers of people."""


@dataclass(frozen=True, slots=True)
class Published:
    """A table, why each of its rows should be withheld, and whether it is.

    Attributes
    ----------
    estimates : Estimates
    reasons : tuple of str
        One a row, empty where nothing speaks against publication.
    masked : bool
        Whether rows with a reason are withheld; if not, their flags say that they would be.
    rules : Disclosure
        What is rounded.
    """

    estimates: Estimates
    reasons: tuple[str, ...]
    masked: bool = True
    rules: Disclosure = DEFAULT

    def __post_init__(self) -> None:
        if len(self.reasons) != len(self.estimates):
            raise OptionError(
                f"reasons needs one text a row, {len(self.estimates)} in all; found {len(self.reasons)}. Make them with pv.report.withheld."
            )

    @property
    def hidden(self) -> Mask:
        """Rows whose numbers are not shown, shape (rows,)."""
        return np.array([self.masked and bool(reason) for reason in self.reasons], dtype=np.bool_)

    def columns(self) -> dict[str, Any]:
        """Return the columns of ``Estimates.columns``, rounded, numbers of withheld rows empty and the reason in their flag."""
        columns = self.estimates.columns()
        shown = ~self.hidden
        masked = {
            name: np.where(shown, self._rounded(name, values), np.nan) if isinstance(values, np.ndarray) else values
            for name, values in columns.items()
        }
        flags = [self._flag(flag, reason) for flag, reason in zip(columns["flag"], self.reasons, strict=True)]
        return {**masked, "flag": flags}

    def _flag(self, flag: str, reason: str) -> str:
        if not reason:
            return flag
        if self.masked:
            return reason
        return "; ".join([*(part for part in flag.split("; ") if part and part != FEW), f"would be {reason}"])

    def _rounded(self, name: str, values: Floats) -> Floats:
        """Return a column to the bases of the rules."""
        rules = self.rules
        if name in COUNTS:
            return to_base(values, rules.round_counts)
        if name == "population":
            return to_base(values, rules.round_people)
        if name == "weighted":
            return self._weighted(values)
        if name in DERIVED and rules.round_counts > 1:
            return np.full(len(values), np.nan)
        if name in VALUES and OF_PEOPLE in statistics_of(self.estimates):
            return _rounded_people(name, values, rules.round_people)
        if name in VALUES and self.estimates.shares and rules.decimals is not None:
            return np.asarray(np.round(values, rules.decimals + 2))
        return values

    @property
    def weighted_tells_people(self) -> bool:
        """Whether sums of normalised weights would tell the numbers of people that are rounded: each is the other times one factor."""
        numbers = self.estimates.numbers
        scaled = np.isfinite(numbers.population) & (numbers.population != numbers.weighted)
        return bool(scaled.any()) and self.rules.round_people > 1

    def _weighted(self, values: Floats) -> Floats:
        """Return sums of weights to the base of people where they are people, else to that of counts; none where they would tell people."""
        if self.weighted_tells_people:
            return np.full(len(values), np.nan)
        people = np.isfinite(self.estimates.numbers.population)
        return np.where(people, to_base(values, self.rules.round_people), to_base(values, self.rules.round_counts))

    def select(self, **levels: Any) -> Published:
        """Return the rows with the given levels, as ``Estimates.select`` does."""
        kept = np.ones(len(self.reasons), dtype=bool)
        for key in self.estimates.keys:
            if key.name in levels:
                kept &= np.isin(key.codes, key.codes_of(levels[key.name]))
        reasons = tuple(reason for reason, keep in zip(self.reasons, kept, strict=True) if keep)
        return Published(self.estimates.select(**levels), reasons, self.masked, self.rules)


def _rounded_people(name: str, values: Floats, base: int) -> Floats:
    """Return numbers of people to a base, their limits outwards, so that the interval holds what it held and is no point.

    The standard error may be far smaller than the base, to which it would be 0, and it is no number of people: it keeps two digits. Exact, it would
    tell the number, by way of the coefficient of variation.
    """
    if base == 1:
        return values
    if name == "se":
        return to_digits(values)
    if name == "ci_low":
        return np.asarray(np.floor(values / base) * base + 0.0)
    return np.asarray(np.ceil(values / base) * base + 0.0) if name == "ci_high" else to_base(values, base)


def to_digits(values: Floats) -> Floats:
    """Return values to two significant digits.

    Examples
    --------
    >>> import numpy as np
    >>> to_digits(np.array([1234.0, 0.0456, 0.0])).tolist()
    [1200.0, 0.046, 0.0]
    """
    return np.array([float(f"{value:.{DIGITS}g}") for value in values.tolist()])


def to_base(values: Floats, base: int) -> Floats:
    """Return values to the nearest multiple of a base, halves away from zero.

    Examples
    --------
    >>> import numpy as np
    >>> to_base(np.array([4.0, 5.0, 14.9, -15.0]), 10).tolist()
    [0.0, 10.0, 10.0, -20.0]
    """
    return values if base == 1 else np.asarray(np.sign(values) * np.floor(np.abs(values) / base + 0.5) * base)


def published(
    estimates: Estimates, reasons: Sequence[str] | None = None, *, publish: bool = True, rules: Disclosure | None = None
) -> Published:
    """Return a table ready to be shown.

    Parameters
    ----------
    estimates : Estimates
    reasons : sequence of str, optional
        Why rows are withheld, from `withheld`; by default worked out from this table alone.
    publish : bool
        Whether withheld rows are masked.
    rules : Disclosure, optional
        Thresholds, and what is rounded. Safety never rests on rounding: what is withheld is decided from exact counts.

    Raises
    ------
    OptionError
        If `reasons` does not fit the table.
    """
    rules = DEFAULT if rules is None else rules
    return Published(estimates, withheld([estimates], rules=rules)[0] if reasons is None else tuple(reasons), publish, rules)
