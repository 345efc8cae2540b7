"""Rows by the values of a column: a flag of those that hold one of several values."""

from __future__ import annotations

from collections.abc import Iterable

import narwhals.stable.v2 as nw

from prevalence.classify.answers import distinct, never
from prevalence.errors import ColumnError, counted, listed
from prevalence.rows import Frame


def among(column: str, values: Iterable[object]) -> nw.Expr:
    """Return a flag of the rows whose value is one of `values`; it is never missing."""
    wanted = list(values)
    return nw.col(column).is_in(wanted).fill_null(value=False) if wanted else never(column)


def texts(frame: Frame, column: str, example: str) -> list[str]:
    """Return the distinct names in a column of text, sorted; blanks say nothing.

    Raises
    ------
    ColumnError
        If the column holds numbers.
    """
    values = distinct(frame, column)
    numbers = [value for value in values if not isinstance(value, str)]
    if numbers:
        raise ColumnError(
            f"column {column!r} must hold {example}; found {counted(len(numbers), 'value')} that "
            f"{'is' if len(numbers) == 1 else 'are'} no text, for example {listed(numbers)}. Label the codes in the profile."
        )
    return sorted(str(value) for value in values if str(value).strip())
