"""Rows of a table as the points of a figure: one series a sex, one place a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL, Estimates, Key
from prevalence.plot.looks import Look, look_of
from prevalence.plot.shown import Mask, Shown
from prevalence.plot.words import in_percent
from prevalence.totals import Floats

SEX = "sex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The points of one sex.

    Attributes
    ----------
    name : str
        Level of sex; ``""`` where the table has none.
    look : Look
    estimate, low, high : float arrays, shape (levels,)
        On the scale of the axis; NaN where a number does not exist or is withheld.
    weak : bool array, shape (levels,)
    missing : tuple of str
        Why a point is not drawn; empty where it is, or where the table has no such row.
    """

    name: str
    look: Look
    estimate: Floats
    low: Floats
    high: Floats
    weak: Mask
    missing: tuple[str, ...]

    @property
    def bounded(self) -> Mask:
        """Points that have an interval, shape (levels,)."""
        return np.isfinite(self.low) & np.isfinite(self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What a figure shows: the levels of one dimension, the margin last, and a series a sex."""

    dimension: str
    levels: tuple[str, ...]
    series: tuple[Series, ...]

    def missing_at(self, place: int) -> dict[str, list[str]]:
        """Return the reasons why points of a level are not drawn, each with the series that it concerns."""
        reasons: dict[str, list[str]] = {}
        for series in self.series:
            if series.missing[place]:
                reasons.setdefault(series.missing[place], []).append(series.name)
        return reasons


def grid(table: Shown, *, along: str | None = None, across: str = SEX, margin: bool = True) -> Grid:
    """Return the points of a table.

    Parameters
    ----------
    table : Shown
        Rows by one dimension and, if wanted, sex.
    along : str, optional
        The dimension; default: the one beside sex that has several levels.
    across : str
        The dimension that makes the series.
    margin : bool
        Whether "All" is one of the levels.

    Levels without any observation are left out.

    Raises
    ------
    OptionError
        If the table has several dimensions beside `across`, or no observations.
    """
    estimates = table.estimates
    key = _dimension(estimates, along, across)
    there = {int(code) for code in key.codes[estimates.numbers.n != 0]}
    codes = [code for code in range(len(key.levels)) if code in there and (margin or key.labels[code] != ALL)]
    if not codes:
        raise OptionError("A figure needs at least one row with observations; found none. Look at table.to_pandas().")
    groups = next((other for other in estimates.keys if other.name == across and other.name != key.name), None)
    named = _groups(groups, len(estimates))
    points = _Points.of(table)
    series = [points.series(name, rows, key, codes, position) for position, (name, rows) in enumerate(named.items())]
    return Grid(dimension=key.name, levels=tuple(key.labels[code] for code in codes), series=tuple(series))


def _dimension(estimates: Estimates, along: str | None, across: str) -> Key:
    several = [key for key in estimates.keys if key.name not in (across, "statistic") and len(np.unique(key.codes)) > 1]
    if along is not None:
        several = [key for key in several if key.name == along] + [key for key in several if key.name != along]
        if not any(key.name == along for key in estimates.keys):
            raise OptionError(
                f"This figure needs the dimension {along!r}; the table has {listed(estimates.dimensions, limit=8)}. Name it in by=."
            )
    if len(several) > 1:
        names = [key.name for key in several]
        raise OptionError(
            f"A figure shows one dimension beside {across}; this table has {listed(names, limit=8)}. "
            f"Choose a level of the others: table.select({names[-1]}=...)."
        )
    if several:
        return several[0]
    wanted = along or (SEX if SEX in estimates.dimensions and across == SEX else "indicator")
    return next((key for key in estimates.keys if key.name == wanted), estimates.keys[0])


def _groups(key: Key | None, rows: int) -> dict[str, Mask]:
    if key is None:
        return {"": np.ones(rows, dtype=bool)}
    return {label: key.codes == code for code, label in enumerate(key.labels) if (key.codes == code).any()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Points:
    """The rows of a table on the scale of the axis."""

    estimate: Floats
    low: Floats
    high: Floats
    weak: Mask
    missing: tuple[str, ...]

    @classmethod
    def of(cls, table: Shown) -> _Points:
        estimates = table.estimates
        scale, bounds, drawn = 100.0 if in_percent(estimates) else 1.0, estimates.limits, table.drawn
        values = (np.where(drawn, scale * array, np.nan) for array in (estimates.numbers.estimate, bounds.low, bounds.high))
        estimate, low, high = values
        return cls(estimate=estimate, low=low, high=high, weak=table.weak & drawn, missing=table.missing)

    def series(self, name: str, rows: Mask, key: Key, codes: Sequence[int], position: int) -> Series:
        """Return one row a level, nothing where the table has none."""
        found = [np.flatnonzero(rows & (key.codes == code))[:1] for code in codes]
        places = [int(place[0]) if len(place) else None for place in found]

        def numbers(array: Floats) -> Floats:
            return np.array([np.nan if place is None else array[place] for place in places], dtype=np.float64)

        return Series(
            name=name,
            look=look_of(name, position),
            estimate=numbers(self.estimate),
            low=numbers(self.low),
            high=numbers(self.high),
            weak=np.array([place is not None and bool(self.weak[place]) for place in places], dtype=np.bool_),
            missing=tuple("" if place is None else self.missing[place] for place in places),
        )
