"""The distribution over the levels of a category: shares of people that add up to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.aggregate import Dimension, Outcome, aggregate
from prevalence.errors import OptionError
from prevalence.estimates import Estimates, stack
from prevalence.estimators._requests import By, Margins, dimensions_with_margin, refuse_names_of_results, tables_of
from prevalence.estimators._tables import Shown, formula_of, labelled
from prevalence.formulas.ratio import column_sums, columns_of
from prevalence.survey import Survey
from prevalence.totals import Columns, Ints, Moments, Totals, crossing


def distribution(
    survey: Survey, category: str, *, by: By = None, among: str | None = None, margins: Margins = False
) -> Estimates:
    """Estimate the share of people in each level of a category, such as status in employment.

    Parameters
    ----------
    survey, by, among, margins
        As in `prevalence`.
    category : str
        Column of levels. Rows where it is missing are outside the domain and counted as `missing`.

    Returns
    -------
    Estimates
        One row a level, in the column named like the category; the shares of a domain add up to 1. Korn-Graubard intervals.

    Raises
    ------
    ColumnError, DesignError, OptionError
        As in `prevalence`.

    Notes
    -----
    Each share is the ratio of the people of a level to those with a known level (R's ``svymean(~factor, design)``).

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "ea": [1, 1, 2, 2, 3], "w": [1.0, 1.0, 2.0, 2.0, 4.0], "status": ["Employee", "Own-account", "Employee", "Family", None],
    ... })
    >>> table = pv.distribution(pv.Survey(rows, pv.Design(weight="w", psu="ea")), "status")
    >>> table.to_pandas()[["status", "estimate", "n", "cases", "missing"]]
            status  estimate    n  cases  missing
    0     Employee  0.500000  4.0    2.0      1.0
    1       Family  0.333333  4.0    1.0      1.0
    2  Own-account  0.166667  4.0    1.0      1.0
    """
    tables = tables_of(by)
    with_margin = dimensions_with_margin(margins, tables)
    if category in survey.families:
        raise OptionError(
            f"{category!r} is a family of overlapping columns, which has no distribution; give its columns to prevalence one by one."
        )
    if any(category in table for table in tables):
        raise OptionError(f"by names {category!r}, whose distribution is asked for. Leave it out of by.")
    refuse_names_of_results("category", [category])
    read = aggregate(survey, [Outcome(survey.design.weight)], [(*table, category) for table in tables], among)
    formula = formula_of(survey, "distribution", read)
    return stack(
        labelled(
            survey,
            formula,
            [
                *(Shown.of(dimension, with_margin) for dimension in table.dimensions[:-1]),
                Shown.of(table.dimensions[-1], frozenset()),
            ],
            partial(_shares, table.totals[0], _held(table.dimensions[-1])),
            category,
            kept_always=1,
        )
        for table in read.tables
    )


def _shares(counted: Totals, held: npt.NDArray[np.bool_], matrices: Sequence[Columns]) -> Totals:
    """Return the totals of shares: people of a level over people of any.

    Parameters
    ----------
    counted : Totals
        Of people, by stored cell.
    held : bool array, shape (stored cells of the category,)
        Whether a cell of the category holds people of a known level.
    matrices : sequence of sparse arrays
        One a dimension; the last is the category's.
    """
    *others, levels = matrices
    known, unknown = (Columns(np.outer(cells, np.ones(levels.shape[1]))) for cells in (held, ~held))
    of_level, of_any, of_none = (counted.margins(crossing([*others, part])) for part in (levels, known, unknown))
    moments = Moments(
        weight=of_any.moments.weight,
        ee=of_level.moments.weight,
        ex=of_level.moments.weight,
        xx=of_any.moments.weight,
        reference=0.0,
        cases=column_sums(of_level.n),
        missing=column_sums(of_none.n),
    )
    return replace(summing(of_level, of_any), moments=moments)


def _held(category: Dimension) -> npt.NDArray[np.bool_]:
    levels = category.cells[:, : len(category.levels)]
    return np.asarray(levels.sum(axis=1) > 0, dtype=np.bool_).ravel()


def summing(cells: Totals, of: Totals) -> Totals:
    """Return totals whose outcome is the people of `cells` and whose denominator is those of `of`."""
    replicates = None
    if cells.replicates is not None and of.replicates is not None:
        replicates = replace(of.replicates, y=cells.replicates.x)
    auxiliaries = None
    if cells.auxiliaries is not None and of.auxiliaries is not None:
        auxiliaries = replace(of.auxiliaries, y=cells.auxiliaries.x)
    return replace(of, y=_in_pattern(cells.x, of.x), replicates=replicates, auxiliaries=auxiliaries)


def _in_pattern(array: Columns, pattern: Columns) -> Columns:
    """Return `array` with zeros stored where only `pattern` has entries."""
    data = np.zeros(pattern.nnz)
    data[np.searchsorted(_places(pattern), _places(array))] = array.data
    return sparse.csc_array((data, pattern.indices, pattern.indptr), shape=pattern.shape)


def _places(array: Columns) -> Ints:
    return np.asarray(columns_of(array) * array.shape[0] + array.indices, dtype=np.int64)
