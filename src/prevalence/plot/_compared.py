"""Estimates as differences, with what may be seen of them: a difference shows no more than its two sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from prevalence.errors import OptionError, listed
from prevalence.estimates import ALL, Estimates, Key
from prevalence.plot.shown import Shown, weak_rows
from prevalence.plot.words import statistics

MINUS = " - "


def key_of(estimates: Estimates, dimension: str, figure: str) -> Key:
    """Return a dimension of a table, or say that the figure needs it."""
    for key in estimates.keys:
        if key.name == dimension:
            return key
    raise OptionError(
        f"{figure} needs the dimension {dimension!r}; the table has {listed(estimates.dimensions, limit=8) or 'none'}. "
        f"Name it in by= when you make the table."
    )


def is_statistic(estimates: Estimates, statistic: str) -> bool:
    """Return whether the rows are of one statistic, such as ``"difference"``."""
    return statistics(estimates) == (statistic,)


def compared(
    table: Shown,
    dimension: str,
    make: Callable[[Estimates], Estimates],
    sides: Callable[[str], tuple[str, str]],
) -> Shown:
    """Return a table of differences between levels of a dimension: hidden or weak where a side of theirs is.

    Parameters
    ----------
    table : Shown
    dimension : str
    make : function of Estimates
        Such as ``lambda table: table.excess("supply_chain")``.
    sides : function of str
        The labels of both sides for the label of a difference.
    """
    made = make(table.estimates)
    before = list(zip(_rows(table.estimates), table.hidden.tolist(), table.weak.tolist(), strict=True))
    shut, thin = {row for row, hidden, _ in before if hidden}, {row for row, _, weak in before if weak}
    pairs = [[frozenset({**dict(row), dimension: side}.items()) for side in sides(dict(row)[dimension])] for row in _rows(made)]
    hidden, weak = (np.array([not marked.isdisjoint(pair) for pair in pairs], dtype=np.bool_) for marked in (shut, thin))
    return Shown(estimates=made, hidden=hidden, weak=weak | weak_rows(made))


def shortened(table: Shown, dimension: str) -> Shown:
    """Return excesses whose levels are named by their first side alone, ``"cocoa"`` for ``"cocoa - All"``."""
    keys = tuple(_shortened(key) if key.name == dimension else key for key in table.estimates.keys)
    return replace(table, estimates=replace(table.estimates, keys=keys))


def first_of(label: str) -> str:
    """Return the first side of an excess."""
    return label.removesuffix(f"{MINUS}{ALL}")


def _shortened(key: Key) -> Key:
    first = tuple(map(first_of, key.labels))
    return Key(key.name, key.codes, first, first)


def _rows(estimates: Estimates) -> list[frozenset[tuple[str, str]]]:
    """Return the labels of each row, statistic aside."""
    columns = {key.name: key.texts() for key in estimates.keys if key.name != "statistic"}
    return [frozenset(zip(columns, labels, strict=True)) for labels in zip(*columns.values(), strict=True)]
