"""The array part of the pass: records, which are rows or groups of rows, become sums by sampling unit and cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from prevalence.aggregate._placements import Mask, Placement, crossed_cells, narrowed
from prevalence.aggregate._records import Dimension, Table
from prevalence.aggregate._replicated import AdjustedReplicates
from prevalence.formulas.adjusted import Adjusted
from prevalence.rows import Codes, Floats
from prevalence.totals import (
    AuxiliarySums,
    Moments,
    ReplicateSums,
    Totals,
    Units,
    grouped_sums,
    segment_sums,
    sparse_columns,
    stored_like,
    weighted_counts,
)


@dataclass(frozen=True, slots=True)
class Squares:
    """Sums of a measured outcome for its moments about a reference; every array has shape (records,).

    Attributes
    ----------
    weight : sum of w
    ee, ex, xx : sums of w e e, w e x, w x x with e = y - reference x
    reference : float
    """

    weight: Floats
    ee: Floats
    ex: Floats
    xx: Floats
    reference: float


@dataclass(frozen=True, slots=True)
class OutcomeSums:
    """The sums of one outcome in each record, which is a row or a group of rows; every array has shape (records,).

    Attributes
    ----------
    known : bool array
        Records with a row that counts: its outcome is known, its weight above zero, it is among those asked for.
    n : float array, optional
        Rows that count; without it one a record.
    wx, wy : float arrays
        Sums of w x and w y over them; anything where there are none.
    cases : float array
        Rows with y not zero.
    missing : bool or float array
        Rows with a weight, among those asked for, whose outcome is unknown.
    squares : Squares, optional
        Of measured outcomes; those of 0/1 outcomes are the sums themselves.
    values : y and x of each row, optional
        Where records are rows; x is None where every row counts 1.
    """

    known: Mask
    n: Floats | None
    wx: Floats
    wy: Floats
    cases: Floats
    missing: Mask | Floats
    squares: Squares | None
    values: tuple[Floats, Floats | None] | None = None


@dataclass(frozen=True, slots=True)
class FullSums:
    """The sums of one outcome as full arrays.

    Attributes
    ----------
    n, x, y : float arrays, shape (cells, units)
        Rows that count, and sums of w x and w y over them.
    moments : Moments
        By cell.
    """

    n: Floats
    x: Floats
    y: Floats
    moments: Moments


@dataclass(frozen=True, slots=True)
class FullTable:
    """The full sums of every outcome over the crossed cells of one list of dimensions."""

    dimensions: tuple[Dimension, ...]
    sums: tuple[FullSums, ...]


def reference_ratio(numerator: float, denominator: float) -> float:
    """Return the ratio that squares are taken about, 0 where there is none.

    Nine digits of it: near enough to the ratio to keep squares free of cancellation, and the same number in whatever order an
    engine has added up the rows.
    """
    return 0.0 if denominator == 0 else float(f"{numerator / denominator:.9g}")


@dataclass(frozen=True, slots=True)
class Records:
    """Rows or groups of rows, placed in units and dimensions, with the sums of each outcome.

    Attributes
    ----------
    unit : int array, shape (records,)
    units : Units
    placements : mapping of dimension to Placement
    outcomes : tuple of OutcomeSums
    weight : float array, shape (records,)
        Sum of the weights of all rows; empty where groups were made without it.
    replicates : float array, shape (records, replicates), optional
        Replicate weights of the file, where records are rows.
    adjusted : Adjusted, optional
        How rows with adjusted weights get their scores.
    made : AdjustedReplicates, optional
        Replicates made of the units, whose weights were adjusted.
    """

    unit: Codes
    units: Units
    placements: Mapping[str, Placement]
    outcomes: tuple[OutcomeSums, ...]
    weight: Floats
    replicates: Floats | None = None
    adjusted: Adjusted | None = None
    made: AdjustedReplicates | None = None

    def table(self, names: Sequence[str]) -> Table:
        """Return the sums of every outcome over the crossed cells of the named dimensions."""
        placements = [self.placements[name] for name in names]
        row, cell, size = crossed_cells(placements, len(self.unit))
        totals = tuple(self._totals(row, cell, size, outcome) for outcome in self.outcomes)
        return Table(tuple(placement.dimension for placement in placements), totals)

    def full(self, names: Sequence[str]) -> FullTable:
        """Return the same sums as full arrays, for units that have members of most cells."""
        placements = [self.placements[name] for name in names]
        row, cell, size = crossed_cells(placements, len(self.unit))
        sums = tuple(self._full(row, cell, size, outcome) for outcome in self.outcomes)
        return FullTable(tuple(placement.dimension for placement in placements), sums)

    def _totals(self, row: Codes | slice, cell: Codes, size: int, outcome: OutcomeSums) -> Totals:
        missing = _missing(row, cell, size, outcome)
        row, cell = narrowed(row, cell, outcome.known[row])
        n_units = len(self.units)
        values = [outcome.wx[row], outcome.wy[row]]
        if outcome.n is not None:
            values.append(outcome.n[row])
        found, n, (wx, wy, *counts) = grouped_sums(cell * n_units + self.unit[row], n_units * size, values)
        starts = np.searchsorted(found, np.arange(size + 1) * n_units)
        by_cell = [segment_sums(wx, starts), segment_sums(wy, starts), weighted_counts(cell, outcome.cases[row], size)]
        moments = _moments(outcome.squares, row, cell, by_cell, missing)
        first = sparse_columns(counts[0] if counts else n, found, n_units, size)
        columns = [first, stored_like(first, wx), stored_like(first, wy)]
        replicates = self._replicated(row, cell, size, outcome)
        return Totals(
            units=self.units,
            n=columns[0],
            x=columns[1],
            y=columns[2],
            moments=moments,
            replicates=replicates,
            auxiliaries=self._auxiliary_sums(row, cell, size, outcome),
        )

    def _auxiliary_sums(self, row: Codes | slice, cell: Codes, size: int, outcome: OutcomeSums) -> AuxiliarySums | None:
        """Return the sums of auxiliaries times outcomes by cell."""
        if self.adjusted is None or outcome.values is None:
            return None
        y, x = outcome.values
        residuals = self.adjusted.residuals
        ones = np.ones(len(cell)) if x is None else x[row]
        return AuxiliarySums(residuals.sums(cell, size, ones, row), residuals.sums(cell, size, y[row], row))

    def _full(self, row: Codes | slice, cell: Codes, size: int, outcome: OutcomeSums) -> FullSums:
        missing = _missing(row, cell, size, outcome)
        row, cell = narrowed(row, cell, outcome.known[row])
        n_units = len(self.units)
        places = cell * n_units + self.unit[row]
        counted = np.ones(len(cell)) if outcome.n is None else outcome.n[row]
        n, x, y = (
            weighted_counts(places, values, n_units * size).reshape(size, n_units)
            for values in (counted, outcome.wx[row], outcome.wy[row])
        )
        by_cell = [x.sum(axis=1), y.sum(axis=1), weighted_counts(cell, outcome.cases[row], size)]
        return FullSums(n, x, y, _moments(outcome.squares, row, cell, by_cell, missing))

    def _replicated(self, row: Codes | slice, cell: Codes, size: int, outcome: OutcomeSums) -> ReplicateSums | None:
        """Return the sums with each replicate weight, by cell."""
        weights = self.replicates
        if outcome.values is not None and self.made is not None:
            return self.made.sums(row, cell, size, *outcome.values)
        if weights is None or outcome.values is None:
            return None
        rows = np.arange(len(self.unit), dtype=np.int64)[row]
        y, x = outcome.values

        def by_cell(values: Floats) -> Floats:
            placed = sparse.csr_array((values, (cell, rows)), shape=(size, len(self.unit)))
            return np.asarray(placed @ weights, dtype=np.float64).T

        return ReplicateSums(
            x=by_cell(np.ones(len(rows)) if x is None else x[row]),
            y=by_cell(y[row]),
            weight=weights.sum(axis=0),
            rows=weights[rows],
            cell=cell,
            members=sparse.csc_array(sparse.eye_array(size, format="csc")),
        )


def _missing(row: Codes | slice, cell: Codes, size: int, outcome: OutcomeSums) -> Floats:
    if not outcome.missing.any():
        return np.zeros(size)
    return weighted_counts(cell, outcome.missing[row].astype(np.float64, copy=False), size)


def _moments(squares: Squares | None, row: Codes | slice, cell: Codes, by_cell: Sequence[Floats], missing: Floats) -> Moments:
    wx, wy, cases = by_cell
    if squares is None:
        return Moments(weight=wx, ee=wy, ex=wy, xx=wx, reference=0.0, cases=cases, missing=missing)
    weight, ee, ex, xx = (
        weighted_counts(cell, values[row], len(missing)) for values in (squares.weight, squares.ee, squares.ex, squares.xx)
    )
    return Moments(weight=weight, ee=ee, ex=ex, xx=xx, reference=squares.reference, cases=cases, missing=missing)
