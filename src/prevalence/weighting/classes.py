"""Adjustment classes: crossings of columns, small ones collapsed into their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from prevalence.aggregate import text_of
from prevalence.errors import DataError, counted
from prevalence.rows import MISSING_CODE, Floats, levels_of
from prevalence.totals import Ints, weighted_counts
from prevalence.weighting.margins import CROSS


@dataclass(frozen=True, slots=True)
class Classes:
    """The class of each row.

    Attributes
    ----------
    code : int array, shape (rows,)
        0 for rows that are not in use.
    levels : tuple of tuples of str
        Level of each column, one tuple a class, in order.
    """

    code: Ints
    levels: tuple[tuple[str, ...], ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """Text of each class."""
        return tuple(CROSS.join(level) or "all" for level in self.levels)


@dataclass(frozen=True, slots=True)
class Collapsed:
    """Classes after collapsing.

    Attributes
    ----------
    classes : Classes
        A merged class is labelled by all of its parts.
    merged : tuple of str
        What was merged into what, in words.
    """

    classes: Classes
    merged: tuple[str, ...]


def classes_of(frame: nw.DataFrame[Any], names: Sequence[str], used: npt.NDArray[np.bool_]) -> Classes:
    """Return the crossings of columns that occur among the rows in use.

    Raises
    ------
    DataError
        If a row in use has no level.
    """
    place, texts = np.zeros(len(frame), dtype=np.int64), []
    for name in names:
        codes, levels = levels_of(frame, name)
        missing = used & (codes == MISSING_CODE)
        if missing.any():
            raise DataError(
                f"Every row with a weight must lie in a class; {name!r} is missing in {counted(int(missing.sum()), 'row')}. "
                "Take classes from the sample list, or give such rows a level of their own."
            )
        place = place * len(levels) + np.maximum(codes, 0)
        texts.append([text_of(level) for level in levels])
    present, found = np.unique(place[used], return_inverse=True)
    code = np.zeros(len(frame), dtype=np.int64)
    code[used] = found
    shape = tuple(len(part) for part in texts)
    levels_of_class = [
        tuple(part[index] for part, index in zip(texts, np.unravel_index(cell, shape), strict=True)) if shape else ()
        for cell in present
    ]
    return Classes(code, tuple(levels_of_class))


def collapsed(classes: Classes, weight: Floats, responded: Floats, *, min_respondents: int, max_factor: float) -> Collapsed:
    """Merge classes with few respondents, or a large factor, with the neighbour that shares most leading levels.

    Of two such neighbours the one with the nearer response rate is taken. The smallest class goes first, until none is too small.

    Parameters
    ----------
    classes : Classes
    weight : float array, shape (rows,)
        0 for rows that are not in use.
    responded : float array, shape (rows,)
        1 or 0.
    min_respondents : int
    max_factor : float
        Of all weight over that of respondents.
    """
    size = len(classes.levels)
    used = (weight > 0).astype(np.float64)
    groups = [_Group((number,), *sums) for number, sums in enumerate(_sums(classes.code, size, weight, responded, used))]
    merged = []
    while len(groups) > 1:
        poor = [place for place, group in enumerate(groups) if group.poor(min_respondents, max_factor)]
        if not poor:
            break
        place = min(poor, key=lambda index: (groups[index].respondents, index))
        other = _neighbour(groups, place, classes.levels)
        first, second = sorted((place, other))
        reason = f"{groups[place].respondents:.0f} respondents, factor {groups[place].factor:.3g}"
        merged.append(f"{_label(groups[place], classes)} ({reason}) with {_label(groups[other], classes)}")
        groups[first : second + 1] = [groups[first].joined(groups[second])]
    number = np.zeros(size, dtype=np.int64)
    for place, group in enumerate(groups):
        number[list(group.parts)] = place
    labels = tuple((_label(group, classes),) for group in groups)
    return Collapsed(Classes(np.where(weight > 0, number[classes.code], 0), labels), tuple(merged))


@dataclass(frozen=True, slots=True)
class _Group:
    """Classes that are one by now, and the sums over their rows."""

    parts: tuple[int, ...]
    weight: float
    responding: float
    respondents: float

    @property
    def factor(self) -> float:
        return self.weight / self.responding if self.responding > 0 else float("inf")

    def poor(self, min_respondents: int, max_factor: float) -> bool:
        return self.respondents < max(min_respondents, 1) or self.factor > max_factor

    def joined(self, other: _Group) -> _Group:
        return _Group(
            self.parts + other.parts,
            self.weight + other.weight,
            self.responding + other.responding,
            self.respondents + other.respondents,
        )


def _sums(code: Ints, size: int, weight: Floats, responded: Floats, used: Floats) -> list[tuple[float, float, float]]:
    sums = [weighted_counts(code, values, size).tolist() for values in (weight, weight * responded, used * responded)]
    return list(zip(*sums, strict=True))


def _neighbour(groups: Sequence[_Group], place: int, levels: Sequence[tuple[str, ...]]) -> int:
    """Return the group before or after that shares more leading levels, then the one with the nearer response rate."""
    own = groups[place]

    def distance(other: int) -> tuple[int, float]:
        near = groups[other].parts[-1] if other < place else groups[other].parts[0]
        edge = own.parts[0] if other < place else own.parts[-1]
        return -_shared(levels[near], levels[edge]), abs(1 / groups[other].factor - 1 / own.factor)

    return min([other for other in (place - 1, place + 1) if 0 <= other < len(groups)], key=distance)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for first, second in zip(one, other, strict=True):
        if first != second:
            break
        count += 1
    return count


def _label(group: _Group, classes: Classes) -> str:
    return " + ".join(classes.labels[part] for part in group.parts)
