"""The label columns of a table of estimates, as integer codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from prevalence.errors import OptionError, listed, suggestion
from prevalence.totals import Ints

ALL = "All"
"""Level of a margin: everyone in scope, whatever the dimension says of them."""

LARGEST_CODE = 2**62


@dataclass(frozen=True, slots=True)
class Key:
    """One label column.

    Attributes
    ----------
    name : str
        ``"indicator"``, ``"statistic"`` or a dimension.
    codes : int array, shape (rows,)
        Position of each row's level.
    levels : tuple
        Values of the levels.
    labels : tuple of str
        Their texts for display.
    """

    name: str
    codes: Ints
    levels: tuple[Any, ...]
    labels: tuple[str, ...]

    @classmethod
    def constant(cls, name: str, level: str, rows: int) -> Key:
        """Return a column that holds one level."""
        return cls(name, np.zeros(rows, dtype=np.int64), (level,), (level,))

    def texts(self) -> list[str]:
        """Return the label of each row."""
        return [self.labels[code] for code in self.codes]

    def code_of(self, level: Any) -> int:
        """Return the code of a level given as value or label.

        Raises
        ------
        OptionError
            If there is no such level; the message suggests one.
        """
        for known in (self.levels, self.labels):
            if level in known:
                return known.index(level)
        raise OptionError(
            f"{self.name!r} has no level {level!r}; its levels are {listed(self.labels, limit=12)}."
            f"{suggestion(str(level), self.labels)}"
        )

    def codes_of(self, levels: Any) -> list[int]:
        """Return the codes of one level or of several."""
        several = isinstance(levels, Iterable) and not isinstance(levels, str)
        return [self.code_of(level) for level in (levels if several else [levels])]

    def take(self, rows: Ints) -> Key:
        """Return the column of the given rows."""
        return Key(self.name, self.codes[rows], self.levels, self.labels)


def key_named(keys: Sequence[Key], name: str) -> Key:
    """Return the key of that name, or raise `OptionError` with a suggestion."""
    for key in keys:
        if key.name == name:
            return key
    names = [key.name for key in keys]
    raise OptionError(f"This table has no dimension {name!r}; it has {listed(names, limit=12)}.{suggestion(name, names)}")


def combination(keys: Sequence[Key]) -> Ints:
    """Return one number a row that is the same where all labels are the same, in the order of the labels."""
    code = np.zeros(len(keys[0].codes), dtype=np.int64) if keys else np.zeros(0, dtype=np.int64)
    size = 1
    for key in keys:
        levels = max(len(key.levels), 1)
        if size > LARGEST_CODE // levels:  # tables of many dimensions: beyond it different labels would get one number
            found, code = np.unique(code, return_inverse=True)
            size = max(len(found), 1)
        code, size = code * levels + key.codes, size * levels
    return code


def matched(keys: Sequence[Key], dimension: str, a: int, b: int) -> tuple[Ints, Ints]:
    """Return the rows at code `a` and the rows at code `b` of a dimension that agree in all other labels."""
    key = key_named(keys, dimension)
    others = combination([other for other in keys if other.name != dimension])
    if not len(others):
        others = np.zeros(len(key.codes), dtype=np.int64)
    rows_a, rows_b = np.flatnonzero(key.codes == a), np.flatnonzero(key.codes == b)
    _, in_a, in_b = np.intersect1d(others[rows_a], others[rows_b], return_indices=True)
    return rows_a[in_a], rows_b[in_b]


def joined(tables: Sequence[Sequence[Key]]) -> tuple[Key, ...]:
    """Return the keys of tables set one below the other; a dimension that a table lacks is `ALL` in its rows."""
    names = list(dict.fromkeys(key.name for keys in tables for key in keys))
    return tuple(_joined_column(name, tables) for name in names)


def _joined_column(name: str, tables: Sequence[Sequence[Key]]) -> Key:
    labels: dict[Any, str] = {}
    parts = []
    for keys in tables:
        rows = len(keys[0].codes)
        key = next((key for key in keys if key.name == name), Key.constant(name, ALL, rows))
        labels |= {level: label for level, label in zip(key.levels, key.labels, strict=True) if level not in labels}
        parts.append(key)
    # The margin stays the last level, wherever it came in.
    if ALL in labels:
        labels[ALL] = labels.pop(ALL)
    position = {level: index for index, level in enumerate(labels)}
    codes = [np.array([position[level] for level in key.levels], dtype=np.int64)[key.codes] for key in parts]
    return Key(name, np.concatenate(codes), tuple(labels), tuple(labels.values()))
