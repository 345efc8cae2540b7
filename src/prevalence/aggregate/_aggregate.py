"""One reading of the rows: every outcome summed by sampling unit and cell, for all tables at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.aggregate._glance import Glance, Lazy, Values, glance
from prevalence.aggregate._groups import ROWS, WEIGHT, grouped, outcomes_of_groups
from prevalence.aggregate._placements import place
from prevalence.aggregate._records import Outcome, Pass, Request, Table, requested
from prevalence.aggregate._rows import columns_of_replicates, records_of_rows
from prevalence.aggregate._sums import Records
from prevalence.aggregate._units import sampling_units
from prevalence.design import Design
from prevalence.rows import Floats, collect, computed, numbers, require_columns
from prevalence.survey import Survey, check_design_values
from prevalence.totals import weighted_counts

KEPT_FREE = 32_000_000
"""Bytes; glibc learns from blocks of up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD)."""

CELLS_WORTH_A_QUERY = 4
"""Tables share a query while the crossing of all their dimensions has at most this many times their own cells; beyond it the groups
cost more than another look over the rows."""


def aggregate(survey: Survey, outcomes: Sequence[Outcome], tables: Sequence[Sequence[str]], among: str | None = None) -> Pass:
    """Sum outcomes by sampling unit and cell for all tables in one reading of the rows.

    Frames in memory are summed row by row. Lazy frames (Polars, DuckDB, Spark, ...) are grouped by their own engine and only the groups
    are read, unless each row is a sampling unit or a column of numbers holds text: then the columns in use are collected.

    Parameters
    ----------
    survey : Survey
    outcomes : sequence of Outcome
    tables : sequence of sequences of str
        Dimensions of each table: columns, or families of overlapping columns such as ``"supply_chain"``.
    among : str, optional
        0/1 column; rows that are not 1 are outside every domain, but their units stay in the design.

    Raises
    ------
    ColumnError, DesignError
        If a column is absent or unusable, or the design contradicts the rows.
    """
    _keep_free_memory()
    request = requested(survey, outcomes, tables, among)
    require_columns(survey.data, request.columns)
    frame = survey.frame
    if isinstance(frame, nw.LazyFrame) and groupable(frame, request):
        return _by_groups(frame, request)
    if isinstance(frame, nw.DataFrame):
        return _by_rows(frame, request, checked=True)  # pandas would copy the columns that are picked
    return _by_rows(collect(survey.data, request.columns), request, checked=False)


@cache
def _keep_free_memory() -> None:
    """Give one large block back to the C library, which from then on keeps as much for the next arrays, where it asked the system anew for each table."""
    np.empty(KEPT_FREE, dtype=np.uint8)


def groupable(frame: Lazy, request: Request) -> bool:
    """Return whether the engine can group the rows: several rows a unit, one phase, no replicate columns, no adjusted weights, and numbers that are numbers."""
    design = request.survey.design
    by_row = (
        design.two_phase is not None or (design.replicates is not None and not design.replicates.created) or design.follows_plan
    )
    return bool(design.units) and not by_row and not Values(frame).unreadable(request.numeric)


def _by_rows(frame: nw.DataFrame[Any], request: Request, *, checked: bool) -> Pass:
    if not checked:
        check_design_values(frame, request.survey.design)
    records = records_of_rows(frame, request)
    return Pass(
        tables=tuple(records.table(names) for names in request.tables),
        units=records.units,
        weight=float(records.weight.sum()),
        weight_of_unit=_weight_of_unit(records, request.survey.design),
        rows=len(frame),
        weightless=int((numbers(frame, request.survey.design.weight) == 0).sum()),
        replicates=columns_of_replicates(frame, request.survey),
        adjusted=records.adjusted,
        factors=None if records.made is None else records.made.factors,
    )


def _by_groups(frame: Lazy, request: Request) -> Pass:
    seen = glance(frame, request)
    made: dict[tuple[str, ...], Table] = {}
    for tables in _queries(frame, request):
        names = tuple(dict.fromkeys(name for table in tables for name in table))
        groups = computed(grouped(frame, request, names, seen))
        records = records_of_groups(groups, request, names, seen)
        made |= {table: records.table(table) for table in tables}
    return Pass(
        tables=tuple(made[table] for table in request.tables),
        units=records.units,
        weight=seen.weight,
        weight_of_unit=_weight_of_unit(records, request.survey.design),
        rows=seen.rows,
        weightless=seen.weightless,
    )


def _weight_of_unit(records: Records, design: Design) -> Floats:
    """Return the sum of the weights of each unit where totals need it, else nothing."""
    if not design.scales_to_population:
        return np.zeros(0)
    return weighted_counts(records.unit, records.weight, len(records.units))


def records_of_groups(groups: nw.DataFrame[Any], request: Request, dimensions: Sequence[str], seen: Glance) -> Records:
    """Return every group as a record."""
    unit, units = sampling_units(groups, request.survey.design)
    rows = numbers(groups, ROWS)
    placements = {name: place(groups, request.survey, name, rows=rows) for name in dimensions}
    weight = numbers(groups, WEIGHT) if WEIGHT in groups.columns else np.zeros(0)
    return Records(unit, units, placements, outcomes_of_groups(groups, request, seen), weight)


def _queries(frame: Lazy, request: Request) -> list[list[tuple[str, ...]]]:
    """Return which tables share a query, those with most cells first.

    One query for all tables would group by the crossing of all their dimensions, which has far more groups than the tables
    need; one query a table would read the rows as often as there are tables.
    """
    if len(request.tables) == 1:
        return [list(request.tables)]
    cells = _cells(frame, request)

    def size(names: Sequence[str]) -> int:
        return prod(cells[name] for name in dict.fromkeys(names))

    queries: list[list[tuple[str, ...]]] = []
    for table in sorted(dict.fromkeys(request.tables), key=size, reverse=True):
        for query in queries:
            together = [*query, table]
            if size([name for one in together for name in one]) <= CELLS_WORTH_A_QUERY * sum(size(one) for one in together):
                query.append(table)
                break
        else:
            queries.append([table])
    return queries


def _cells(frame: Lazy, request: Request) -> dict[str, int]:
    """Return the number of values of each dimension, of a family the number of combinations that its flags can make."""
    plain = [name for name in request.dimensions if not request.flags(name)]
    found = {name: 2 ** len(request.flags(name)) for name in request.dimensions}
    if plain:
        counts = computed(frame.select(nw.col(name).n_unique() for name in plain))
        found |= {name: int(counts.item(0, name)) for name in plain}
    return found
