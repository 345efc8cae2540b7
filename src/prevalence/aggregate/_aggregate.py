"""One reading of the rows: every outcome summed by sampling unit and cell, for all tables at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.aggregate._units import sampling_units
from prevalence.errors import ColumnError, OptionError, counted
from prevalence.rows import MISSING_CODE, Codes, Floats, indicator, levels_of, numbers
from prevalence.survey import Survey, check_design_values
from prevalence.totals import (
    Columns,
    Moments,
    Totals,
    Units,
    grouped_sums,
    sparse_columns,
    weighted_counts,
)

Mask = npt.NDArray[np.bool_]
Selection = Codes | slice
"""Rows in use: a slice while all are, so that nothing is copied."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is summed.

    Attributes
    ----------
    y : str
        Column of the outcome.
    x : str, optional
        Column of the denominator; without it every row with a known outcome counts 1.
    binary : bool
        Whether y must be 0, 1 or missing.
    unknown : str, optional
        0/1 column that marks rows whose answer is unknown; without it these are the rows where y (or x) is missing.
    """

    y: str
    x: str | None = None
    binary: bool = False
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Dimension:
    """How the stored cells of one dimension become its levels and the margin.

    Attributes
    ----------
    name : str
    levels : tuple
        Values of the levels in display order.
    labels : tuple of str
        Their texts.
    cells : sparse 0/1 array, shape (stored cells, levels + 1)
        The last column is the margin over all rows.
    unplaced : int
        Rows without a level, or of which a family does not know whether they are in one: they are in the margin alone.
    """

    name: str
    levels: tuple[Any, ...]
    labels: tuple[str, ...]
    cells: Columns
    unplaced: int


@dataclass(frozen=True, slots=True)
class Table:
    """The sums of every outcome over the crossed cells of one list of dimensions."""

    dimensions: tuple[Dimension, ...]
    totals: tuple[Totals, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """What one reading of the rows gives.

    Attributes
    ----------
    tables : tuple of Table
    units : Units
    weight_of_unit : float array, shape (units,)
        Sum of the weights of all rows.
    rows, weightless : int
        Rows read, and those of weight zero.
    """

    tables: tuple[Table, ...]
    units: Units
    weight_of_unit: Floats
    rows: int
    weightless: int


def aggregate(survey: Survey, outcomes: Sequence[Outcome], tables: Sequence[Sequence[str]], among: str | None = None) -> Pass:
    """Sum outcomes by sampling unit and cell for all tables in one reading of the rows.

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
    frame = survey.collect(_needed(survey, outcomes, tables, among))
    if not isinstance(survey.frame, nw.DataFrame):
        check_design_values(frame, survey.design)
    unit, units = sampling_units(frame, survey.design)
    weight = numbers(frame, survey.design.weight)
    rows = _Rows(unit=unit, units=units, weight=weight, inside=_inside(frame, weight, among))
    names = tuple(dict.fromkeys(name for table in tables for name in table))
    placed = {name: _place(frame, survey, name) for name in names}
    values = [_values(frame, outcome) for outcome in outcomes]
    return Pass(
        tables=tuple(_table(rows, [placed[name] for name in table], values) for table in tables),
        units=units,
        weight_of_unit=weighted_counts(unit, weight, len(units)),
        rows=len(frame),
        weightless=int((weight == 0).sum()),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    unit: Codes
    units: Units
    weight: Floats
    inside: Mask


@dataclass(frozen=True, slots=True)
class _Placement:
    """The stored cell of each row in one dimension; of a family, the rows of each member after all rows once."""

    dimension: Dimension
    cell: Codes
    members: tuple[npt.NDArray[np.int64], ...] | None


@dataclass(frozen=True, slots=True)
class _Values:
    y: Floats
    x: Floats | None
    known: Mask
    unknown: Mask
    binary: bool


def _needed(survey: Survey, outcomes: Sequence[Outcome], tables: Sequence[Sequence[str]], among: str | None) -> list[str]:
    columns = [*survey.design.columns, *([among] if among else [])]
    for outcome in outcomes:
        columns += [name for name in (outcome.y, outcome.x, outcome.unknown) if name]
    for name in (name for table in tables for name in table):
        family = survey.families.get(name)
        columns += list(family.members.values()) if family else [name]
    return columns


def _inside(frame: nw.DataFrame[Any], weight: Floats, among: str | None) -> Mask:
    inside = weight > 0
    return inside if among is None else inside & (indicator(frame, among) == 1)


def _place(frame: nw.DataFrame[Any], survey: Survey, name: str) -> _Placement:
    family = survey.families.get(name)
    if family is not None:
        return _place_family(frame, name, family.members)
    known = survey.codebook.levels(name)
    codes, levels = levels_of(frame, name, known)
    if not levels:
        raise OptionError(f"by={name!r} cannot make a table: the column holds no values. Choose another dimension.")
    unplaced = codes == MISSING_CODE
    size = len(levels) + 1
    # The last stored cell holds rows without a level: they are in the margin and in nothing else.
    cells = sparse.csc_array(np.column_stack([np.eye(size, len(levels)), np.ones(size)]))
    labels = tuple(known.get(level, str(level)) for level in levels)
    dimension = Dimension(name, levels, labels, cells, int(unplaced.sum()))
    return _Placement(dimension, np.where(unplaced, len(levels), codes), None)


def _place_family(frame: nw.DataFrame[Any], name: str, members: Mapping[str, str]) -> _Placement:
    answers = [indicator(frame, column) for column in members.values()]
    flags = [answer == 1 for answer in answers]
    unplaced = ~np.any(flags, axis=0) & np.any(np.isnan(answers), axis=0)
    size = len(members) + 1
    # Stored cell 0 holds every row once; members overlap, so the margin is that cell and not their sum.
    cells = sparse.csc_array(np.vstack([np.eye(1, size, k=len(members)), np.eye(len(members), size)]))
    dimension = Dimension(name, tuple(members), tuple(members), cells, int(unplaced.sum()))
    return _Placement(dimension, np.zeros(len(frame), dtype=np.int64), tuple(np.flatnonzero(flag) for flag in flags))


def _values(frame: nw.DataFrame[Any], outcome: Outcome) -> _Values:
    y = indicator(frame, outcome.y) if outcome.binary else numbers(frame, outcome.y)
    x = None if outcome.x is None else numbers(frame, outcome.x)
    for name, values in ((outcome.y, y), (outcome.x, x)):
        if values is not None and np.isinf(values).any():
            raise ColumnError(
                f"column {name!r} must hold finite numbers; {counted(int(np.isinf(values).sum()), 'row')} hold an infinite one. "
                "Correct them, or make them missing."
            )
    known = ~np.isnan(y) if x is None else ~(np.isnan(y) | np.isnan(x))
    unknown = ~known if outcome.unknown is None else indicator(frame, outcome.unknown) == 1
    return _Values(y, x, known, unknown, outcome.binary)


def _table(rows: _Rows, placements: Sequence[_Placement], values: Sequence[_Values]) -> Table:
    row: Selection = slice(None)
    cell, size = np.zeros(len(rows.unit), dtype=np.int64), 1
    for placement in placements:
        stored = placement.dimension.cells.shape[0]
        row, cell = _cross(row, cell * stored, placement)
        size *= stored
    row, cell = _narrowed(row, cell, rows.inside[row])
    totals = tuple(_sum(rows, row, cell, size, value) for value in values)
    return Table(tuple(placement.dimension for placement in placements), totals)


def _cross(row: Selection, cell: Codes, placement: _Placement) -> tuple[Selection, Codes]:
    """Return the rows and cells after one more dimension; a family repeats the rows that are its members."""
    if placement.members is None:
        return row, cell + placement.cell[row]
    every = np.arange(len(placement.cell), dtype=np.int64)[row]
    parts = [(every, cell)]
    for index, members in enumerate(placement.members, start=1):
        chosen = np.zeros(len(placement.cell), dtype=bool)
        chosen[members] = True
        kept = chosen[row]
        parts.append((every[kept], cell[kept] + index))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _narrowed(row: Selection, cell: Codes, kept: Mask) -> tuple[Selection, Codes]:
    """Return the kept rows and their cells; nothing is copied where all are kept."""
    if kept.all():
        return row, cell
    return np.flatnonzero(kept) if isinstance(row, slice) else row[kept], cell[kept]


def _sum(rows: _Rows, row: Selection, cell: Codes, size: int, value: _Values) -> Totals:
    missing = np.bincount(cell[value.unknown[row]], minlength=size).astype(np.float64)
    row, cell = _narrowed(row, cell, value.known[row])
    n_units = len(rows.units)
    weight, y = rows.weight[row], value.y[row]
    places = cell * n_units + rows.unit[row]
    wx = weight if value.x is None else weight * value.x[row]
    cases = y if value.binary else (y != 0).astype(np.float64)
    found, n, (wx, wy, cases) = grouped_sums(places, n_units * size, [wx, weight * y, cases])
    by_cell = [weighted_counts(found // n_units, sums, size) for sums in (wx, wy, cases)]
    if value.binary and value.x is None:
        moments = _binary_moments(*by_cell, missing=missing)
    else:
        x = np.ones_like(weight) if value.x is None else value.x[row]
        moments = _moments(cell, weight, y, x, cases=by_cell[2], missing=missing)
    columns = [sparse_columns(sums, found, n_units, size) for sums in (n, wx, wy)]
    return Totals(units=rows.units, n=columns[0], x=columns[1], y=columns[2], moments=moments)


def _binary_moments(weight: Floats, cases_weight: Floats, cases: Floats, *, missing: Floats) -> Moments:
    """Return the moments of 0/1 outcomes, whose squares are themselves: no further look at the rows."""
    return Moments(weight=weight, ee=cases_weight, ex=cases_weight, xx=weight, reference=0.0, cases=cases, missing=missing)


def _moments(cell: Codes, weight: Floats, y: Floats, x: Floats, *, cases: Floats, missing: Floats) -> Moments:
    def by_cell(values: Floats) -> Floats:
        return weighted_counts(cell, values, len(missing))

    denominator = float((weight * x).sum())
    reference = 0.0 if denominator == 0 else float((weight * y).sum()) / denominator
    residual = y - reference * x
    return Moments(
        weight=by_cell(weight),
        ee=by_cell(weight * residual**2),
        ex=by_cell(weight * residual * x),
        xx=by_cell(weight * x**2),
        reference=reference,
        cases=cases,
        missing=missing,
    )
