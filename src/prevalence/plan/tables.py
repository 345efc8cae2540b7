"""Tables that a plan reads: strata, areas, groups, from any frame that narwhals reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from prevalence.errors import DataError, OptionError, counted, listed
from prevalence.rows import collect, column_names, numbers, plain
from prevalence.totals import Floats


def texts(data: Any, name: str) -> tuple[str, ...]:
    """Return a column as texts.

    Raises
    ------
    DataError
        If a value is missing.
    """
    values = [plain(value) for value in collect(data, [name]).get_column(name).to_list()]
    missing = sum(value is None or value != value for value in values)
    if missing:
        raise DataError(f"Every row must have a {name!r}; it is missing in {counted(missing, 'row')}. Complete the list.")
    return tuple(str(value) for value in values)


def labels(data: Any, name: str) -> tuple[str, ...]:
    """Return a column of labels that differ.

    Raises
    ------
    DataError
        If a label is missing or repeated.
    """
    found = texts(data, name)
    if len(set(found)) < len(found):
        repeated = [label for label, count in Counter(found).items() if count > 1]
        raise DataError(
            f"Each row needs a {name!r} of its own; {len(found) - len(set(found)):,} are repeated: {listed(repeated)}. Remove or rename them."
        )
    return found


def values(data: Any, name: str, *, default: float | None = None, least: float = 0.0, most: float = np.inf) -> Floats:
    """Return a column of numbers in [least, most]; `default` where the column is absent.

    Raises
    ------
    ColumnError, OptionError
        If the column is absent and has no default, or a number is missing or out of its range.
    """
    if default is not None and name not in column_names(data):
        return np.full(len(collect(data, column_names(data)[:1])), default)
    found = numbers(collect(data, [name]), name)
    wrong = np.flatnonzero(~((found >= least) & (found <= most)))
    if len(wrong):
        raise OptionError(
            f"column {name!r} must hold numbers from {least:g} to {most:g}; {counted(len(wrong), 'row')} do not, "
            f"for example {listed(found[wrong].tolist())} in row {wrong[0] + 1}."
        )
    return found


def has(data: Any, names: Iterable[str]) -> bool:
    """Return whether the frame has all the named columns."""
    present = column_names(data)
    return all(name in present for name in names)
