"""Rows of a table as the points of a figure: one series a sex, one place a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL, Estimates, Key
from prevalence.plot.words import in_percent
from prevalence.totals import Floats

SEX = "sex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a series is drawn; marker and line tell the series apart where colours cannot be seen."""

    colour: str
    marker: str
    face: str
    line: str


# Okabe & Ito (2008), Color Universal Design.
LOOKS = {
    "Female": Look(colour="#D55E00", marker="o", face="#D55E00", line="-"),
    "Male": Look(colour="#0072B2", marker="s", face="white", line="--"),
    ALL: Look(colour="#000000", marker="D", face="#000000", line=":"),
}
FURTHER = (
    Look(colour="#009E73", marker="^", face="#009E73", line="-."),
    Look(colour="#CC79A7", marker="v", face="white", line="-"),
    Look(colour="#56B4E9", marker="P", face="#56B4E9", line="--"),
)


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
    """

    name: str
    look: Look
    estimate: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """What a figure shows: the levels of one dimension, the margin last, and a series a sex."""

    dimension: str
    levels: tuple[str, ...]
    series: tuple[Series, ...]


def grid(estimates: Estimates, hidden: Sequence[bool] | None, *, along: str | None = None, margin: bool = True) -> Grid:
    """Return the points of a table.

    Parameters
    ----------
    estimates : Estimates
        Rows by one dimension and, if wanted, sex.
    hidden : sequence of bool, optional
        Rows that are not to be seen.
    along : str, optional
        The dimension; default: the one beside sex that has several levels.
    margin : bool
        Whether "All" is one of the levels.

    Levels without any observation are left out.

    Raises
    ------
    OptionError
        If the table has several dimensions beside sex, or `hidden` does not fit it.
    """
    shown = np.ones(len(estimates), dtype=bool) if hidden is None else ~np.asarray(hidden, dtype=bool)
    if len(shown) != len(estimates):
        raise OptionError(f"hidden needs one value a row: {len(estimates)}; found {len(shown)}.")
    key = _dimension(estimates, along)
    there = {int(code) for code in key.codes[estimates.numbers.n != 0]}
    codes = [code for code in range(len(key.levels)) if code in there and (margin or key.labels[code] != ALL)]
    sexes = next((other for other in estimates.keys if other.name == SEX and other.name != key.name), None)
    groups = _groups(sexes, len(estimates))
    scale = 100.0 if in_percent(estimates) else 1.0
    bounds = estimates.limits
    values = [np.where(shown, scale * array, np.nan) for array in (estimates.numbers.estimate, bounds.low, bounds.high)]
    series = [_series(name, rows, key, codes, values, position) for position, (name, rows) in enumerate(groups.items())]
    return Grid(dimension=key.name, levels=tuple(key.labels[code] for code in codes), series=tuple(series))


def _dimension(estimates: Estimates, along: str | None) -> Key:
    several = [key for key in estimates.keys if key.name not in (SEX, "statistic") and len(np.unique(key.codes)) > 1]
    if along is not None:
        several = [key for key in several if key.name == along] + [key for key in several if key.name != along]
        if not any(key.name == along for key in estimates.keys):
            raise OptionError(
                f"This figure needs the dimension {along!r}; the table has {listed(estimates.dimensions, limit=8)}. Name it in by=."
            )
    if len(several) > 1:
        names = [key.name for key in several]
        raise OptionError(
            f"A figure shows one dimension beside sex; this table has {listed(names, limit=8)}. "
            f"Choose a level of the others: table.select({names[-1]}=...)."
        )
    if several:
        return several[0]
    return next(key for key in estimates.keys if key.name == (along or SEX if SEX in estimates.dimensions else "indicator"))


def _groups(sexes: Key | None, rows: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    if sexes is None:
        return {"": np.ones(rows, dtype=bool)}
    return {label: sexes.codes == code for code, label in enumerate(sexes.labels) if (sexes.codes == code).any()}


def _series(
    name: str,
    rows: np.ndarray[tuple[int], np.dtype[np.bool_]],
    key: Key,
    codes: Sequence[int],
    values: Sequence[Floats],
    position: int,
) -> Series:
    places = [np.flatnonzero(rows & (key.codes == code))[:1] for code in codes]
    estimate, low, high = (np.array([array[place[0]] if len(place) else np.nan for place in places]) for array in values)
    look = LOOKS.get(name or ALL, FURTHER[position % len(FURTHER)])
    return Series(name=name, look=look, estimate=estimate, low=low, high=high)
