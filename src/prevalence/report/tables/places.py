"""Which estimate stands where: the dimensions down and across a table, and the rows and columns that their levels make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.errors import OptionError, listed, suggestion
from prevalence.estimates import ALL, Estimates, Key

SEX = "sex"
INDICATOR = "indicator"
STATISTIC = "statistic"

Levels = tuple[str, ...]
"""One level a dimension."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """The dimensions down and across, in their order.

    Attributes
    ----------
    down, across : tuple of str
    """

    down: tuple[str, ...]
    across: tuple[str, ...]


def dimensions(tables: Sequence[Estimates], rows: str | Sequence[str] | None, columns: str | Sequence[str] | None) -> Dimensions:
    """Return where the dimensions stand; by default sex across, and down all others that have several levels.

    Raises
    ------
    OptionError
        If a name is unknown, or stands twice.
    """
    known = list(dict.fromkeys(key.name for table in tables for key in table.keys))
    down, across = (None if given is None else _checked(given, known) for given in (rows, columns))
    if across is None:
        across = (SEX,) if SEX in known and SEX not in (down or ()) else ()
    if down is None:
        candidates = [name for name in known if name not in across]
        down = tuple(name for name in candidates if _varies(tables[0], name)) or tuple(candidates[:1])
    twice = [name for name in dict.fromkeys((*down, *across)) if (*down, *across).count(name) > 1]
    if twice:
        raise OptionError(f"A dimension stands either in rows or in columns, once; found {listed(twice)} twice.")
    return Dimensions(down=down or (INDICATOR,), across=across)


def placed(table: Estimates, sides: Dimensions) -> dict[tuple[Levels, Levels], int]:
    """Return the number of the estimate at each row and column.

    Raises
    ------
    OptionError
        If several estimates would stand in one cell.
    """
    rows, columns = (
        list(zip(*(_key(table, name).texts() for name in names), strict=True)) for names in (sides.down, sides.across)
    )
    found: dict[tuple[Levels, Levels], int] = {}
    for number, place in enumerate(zip(rows, columns or [()] * len(rows), strict=True)):
        if place in found:
            left = [key.name for key in table.keys if key.name not in (*sides.down, *sides.across) and _varies(table, key.name)]
            raise OptionError(
                f"Each cell of a table holds one estimate; {listed(place[0] + place[1], limit=9)} has several, "
                f"which differ in {listed(left, limit=9)}. Put it into rows or columns, or choose one level with select()."
            )
        found[place] = number
    return found


def in_order(table: Estimates, names: Sequence[str]) -> list[Levels]:
    """Return the combinations of levels that a table has, in the order of the levels."""
    if not names:
        return [()]
    keys = [_key(table, name) for name in names]
    codes = np.unique(np.column_stack([key.codes for key in keys]), axis=0)
    return [tuple(key.labels[code] for key, code in zip(keys, row, strict=True)) for row in codes.tolist()]


def one_by_one(rows: Sequence[Levels]) -> bool:
    """Return whether several dimensions stand one below the other: no row crosses two of them."""
    crossed = [[place for place, level in enumerate(row) if level != ALL] for row in rows]
    return all(len(places) <= 1 for places in crossed) and len({place for places in crossed for place in places}) > 1


def statistics_of(table: Estimates) -> list[str]:
    """Return the statistics of a table."""
    return list(dict.fromkeys(_key(table, STATISTIC).texts()))


def _key(table: Estimates, name: str) -> Key:
    """Return a key; a dimension that a table lacks is "All" there."""
    return next((key for key in table.keys if key.name == name), Key.constant(name, ALL, len(table)))


def _varies(table: Estimates, name: str) -> bool:
    return len(np.unique(_key(table, name).codes)) > 1


def _checked(given: str | Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    names = tuple(filter(None, [given])) if isinstance(given, str) else tuple(given)
    for name in names:
        if name not in known:
            raise OptionError(f"This table has no dimension {name!r}; it has {listed(known, limit=12)}.{suggestion(name, known)}")
    return names
