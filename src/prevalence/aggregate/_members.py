"""The rows behind a table, for what no sum can tell, such as the order of their values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.aggregate._placements import crossed_cells, narrowed
from prevalence.aggregate._records import Outcome, requested
from prevalence.aggregate._rows import records_of_rows
from prevalence.rows import Floats, collect, numbers
from prevalence.survey import Survey
from prevalence.totals import Ints


@dataclass(frozen=True, slots=True)
class Entries:
    """Which rows with a known value are in which stored cells of a table; a row may be in several, through a family.

    Attributes
    ----------
    row, cell : int arrays, shape (entries,)
    """

    row: Ints
    cell: Ints


@dataclass(frozen=True, slots=True)
class Members:
    """Values of one variable row by row, in the units and cells of the pass.

    Attributes
    ----------
    unit : int array, shape (rows,)
        Ultimate unit of each row.
    value, weight : float arrays, shape (rows,)
        NaN where the value is missing.
    replicates : float array, shape (rows, replicates), optional
        Replicate weights that came with the file.
    tables : tuple of Entries
        One for each list of dimensions asked for.
    """

    unit: Ints
    value: Floats
    weight: Floats
    replicates: Floats | None
    tables: tuple[Entries, ...]


def members(survey: Survey, variable: str, tables: Sequence[Sequence[str]], among: str | None = None) -> Members:
    """Return the rows that `aggregate` sums, for one variable; a lazy frame computes the columns in use.

    Parameters
    ----------
    survey, tables, among : as in `aggregate`
    variable : str

    Raises
    ------
    ColumnError, DesignError
        As in `aggregate`.
    """
    request = requested(survey, [Outcome(variable)], tables, among)
    frame = collect(survey.data, request.columns)
    records = records_of_rows(frame, request)
    known = records.outcomes[0].known
    found = []
    for table in request.tables:
        row, cell, _ = crossed_cells([records.placements[name] for name in table], len(records.unit))
        row, cell = narrowed(row, cell, known[row])
        found.append(Entries(np.arange(len(records.unit), dtype=np.int64)[row], cell))
    return Members(records.unit, numbers(frame, variable), records.weight, records.replicates, tuple(found))
