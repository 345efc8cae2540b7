"""Sums of an outcome by sampling unit and cell, and the margins of them.

Index arithmetic only: nothing here knows what was summed, what a cell is called or how a variance is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Columns = sparse.csc_array

DENSE_PLACES_PER_ROW = 4
"""Up to this many places a row, counting into a full table is faster than sorting the rows."""

LOOKUP_PLACES_PER_ROW = 8
"""Up to this many places a row, marking those that occur is faster than sorting the rows."""

FIRST_ROWS = 65_536
"""Where all places occur in so many rows, the others need no look."""


@dataclass(frozen=True, slots=True)
class StageUnits:
    """What one stage of selection drew: its units, their strata, and how large a part of each stratum they are.

    Attributes
    ----------
    unit : int array, shape (ultimate units,)
        Unit of this stage that each ultimate unit lies in.
    stratum : int array, shape (units of this stage,)
        Stratum of each unit. From the second stage on every unit above is a stratum of its own, or several.
    sampled : int array, shape (strata,)
        Number of sampled units of each stratum.
    fraction : float array, shape (strata,)
        Sampling fraction; 0 where no finite population correction was given.
    multiplier : float array, shape (strata,)
        Product of the sampling fractions of the stages above, 1 at the first: the part of this stage's variance that is not in theirs.
    """

    unit: Ints
    stratum: Ints
    sampled: Ints
    fraction: Floats
    multiplier: Floats

    @property
    def lonely(self) -> npt.NDArray[np.bool_]:
        """Strata with a single sampled unit that is not the whole stratum, shape (strata,)."""
        return np.asarray((self.sampled == 1) & (self.fraction < 1) & (self.multiplier > 0), dtype=np.bool_)

    def sums(self, array: Columns) -> Columns:
        """Return sums over the ultimate units of each unit of this stage, shape (units, columns)."""
        if len(self.unit) == len(self.stratum):
            return array  # Ultimate units are numbered in the order of every stage, so one each means the same ones.
        size = (len(self.stratum), len(self.unit))
        grouped = sparse.csc_array((np.ones(len(self.unit)), (self.unit, np.arange(len(self.unit)))), shape=size) @ array
        ordered = sparse.csc_array(grouped)
        ordered.sort_indices()
        return ordered


@dataclass(frozen=True, slots=True)
class SecondPhase:
    """What a second phase drew of the ultimate units of a first.

    Attributes
    ----------
    stage : StageUnits
        Its units and strata.
    drawn : bool array, shape (ultimate units,)
    """

    stage: StageUnits
    drawn: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Units:
    """The sampling units of all rows of a file, members of a domain or not.

    Attributes
    ----------
    stages : tuple of StageUnits
        From primary to ultimate units. Stages whose variance is all in the stages above are left out.
    sequence : int array, shape (primary units,), optional
        Position in the order of selection; units of a stratum are drawn in this order.
    probability : float array, shape (primary units,), optional
        Probability of selection, where it varies within strata.
    second : SecondPhase, optional
        A sample of these units.
    """

    stages: tuple[StageUnits, ...]
    sequence: Ints | None = None
    probability: Floats | None = None
    second: SecondPhase | None = None

    def __len__(self) -> int:
        return len(self.primary.unit)

    @property
    def primary(self) -> StageUnits:
        """The first stage."""
        return self.stages[0]

    @classmethod
    def of_one_stage(cls, stratum: Ints, sampled: Ints, fraction: Floats) -> Units:
        """Return the units of a sample in which every row of a primary unit was taken."""
        every = np.arange(len(stratum), dtype=np.int64)
        return cls((StageUnits(every, stratum, sampled, fraction, np.ones(len(sampled))),))


@dataclass(frozen=True, slots=True)
class ReplicateSums:
    """Sums with each replicate weight: of the file, or made of the units and adjusted.

    Attributes
    ----------
    x, y : float arrays, shape (replicates, cells)
        Sums of w x and w y over the rows with a known outcome.
    weight : float array, shape (replicates,)
        Sum of the weights of all rows.
    rows : float array, shape (rows, replicates)
        The replicate weights themselves, whose rank gives degrees of freedom; none where the units do.
    cell : int array, shape (rows,)
        Stored cell of each row, -1 where its outcome is unknown.
    members : sparse 0/1 array, shape (stored cells, cells)
        Stored cells of each cell, which is a union of them.
    """

    x: Floats
    y: Floats
    weight: Floats
    rows: Floats
    cell: Ints
    members: Columns

    def margins(self, matrix: Columns) -> ReplicateSums:
        """Return the sums of domains that are unions of cells; `matrix` has shape (cells, domains)."""
        x, y = (np.asarray(sums @ matrix, dtype=np.float64) for sums in (self.x, self.y))
        return replace(self, x=x, y=y, members=Columns(self.members @ matrix))


@dataclass(frozen=True, slots=True)
class AuxiliarySums:
    """Sums of auxiliaries times x and y by cell, with the weights of the regressions that adjusted the weights.

    Attributes
    ----------
    x, y : float arrays, shape (auxiliaries, cells)
        The auxiliaries of all steps stand one after the other.
    """

    x: Floats
    y: Floats

    def margins(self, matrix: Columns) -> AuxiliarySums:
        """Return the sums of domains that are unions of cells; `matrix` has shape (cells, domains)."""
        x, y = (np.asarray(sums @ matrix, dtype=np.float64) for sums in (self.x, self.y))
        return AuxiliarySums(x, y)


@dataclass(frozen=True, slots=True)
class Totals:
    """Weighted sums of an outcome y and its denominator x, sparse by unit and cell.

    Attributes
    ----------
    units : Units
    n : sparse array, shape (units, cells)
        Rows with a known outcome and a weight above zero. Its pattern says which units have a member of which cell.
    x, y : sparse arrays, shape (units, cells)
        Sums of w x and w y over those rows, in the pattern of `n`.
    moments : Moments
        What design effects and counts need, by cell alone.
    replicates : ReplicateSums, optional
        Where the design names columns of replicate weights, or replicates are made of adjusted weights.
    auxiliaries : AuxiliarySums, optional
        Where the weights were adjusted.
    """

    units: Units
    n: Columns
    x: Columns
    y: Columns
    moments: Moments
    replicates: ReplicateSums | None = None
    auxiliaries: AuxiliarySums | None = None

    def margins(self, matrix: Columns) -> Totals:
        """Return the totals of domains that are unions of cells.

        Parameters
        ----------
        matrix : sparse 0/1 array, shape (cells, domains)
        """
        picked = _picked(matrix)
        if picked is not None:
            return self if _picks_all(matrix) else self._take(picked, matrix)
        n_units = self.n.shape[0]
        entry, domain = _spread(self.n, matrix)
        places = domain * n_units + self.n.indices[entry]
        sums = [array.data[entry] for array in (self.n, self.x, self.y)]
        found, _, sums = grouped_sums(places, n_units * matrix.shape[1], sums)
        n = sparse_columns(sums[0], found, n_units, matrix.shape[1])
        replicates = None if self.replicates is None else self.replicates.margins(matrix)
        return Totals(
            units=self.units,
            n=n,
            x=stored_like(n, sums[1]),
            y=stored_like(n, sums[2]),
            moments=self.moments.margins(matrix),
            replicates=replicates,
            auxiliaries=None if self.auxiliaries is None else self.auxiliaries.margins(matrix),
        )

    def _take(self, cells: Ints, matrix: Columns) -> Totals:
        """Return the totals of domains that are one cell each."""
        replicates = None if self.replicates is None else self.replicates.margins(matrix)
        auxiliaries = None if self.auxiliaries is None else self.auxiliaries.margins(matrix)
        n, x, y = (Columns(array[:, cells]) for array in (self.n, self.x, self.y))
        moments = self.moments.margins(matrix)
        return replace(self, n=n, x=x, y=y, moments=moments, replicates=replicates, auxiliaries=auxiliaries)


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over the rows of each cell, without regard to units; every array has shape (cells,).

    Attributes
    ----------
    weight : sum of w
    ee, ex, xx : sums of w e e, w e x, w x x with e = y - reference x
        The reference, near the ratio of all rows, keeps the sums free of cancellation.
    reference : float
    cases : unweighted rows with y not zero
    missing : unweighted rows whose outcome is unknown
    """

    weight: Floats
    ee: Floats
    ex: Floats
    xx: Floats
    reference: float
    cases: Floats
    missing: Floats

    def margins(self, matrix: Columns) -> Moments:
        """Return the moments of domains that are unions of cells; `matrix` has shape (cells, domains)."""
        weight, ee, ex, xx, cases, missing = (
            np.asarray(array @ matrix, dtype=np.float64)
            for array in (self.weight, self.ee, self.ex, self.xx, self.cases, self.missing)
        )
        return Moments(weight=weight, ee=ee, ex=ex, xx=xx, reference=self.reference, cases=cases, missing=missing)


def grouped_sums(places: Ints, size: int, values: Sequence[Floats]) -> tuple[Ints, Floats, list[Floats]]:
    """Return the places that occur, ascending, how often each does, and the sum of each of `values` at each of them.

    Parameters
    ----------
    places : int array, shape (rows,)
        From 0 to ``size - 1``.
    size : int
    values : sequence of float arrays, shape (rows,)
    """
    if size <= len(places):
        counted = np.bincount(places, minlength=size)
        found = np.flatnonzero(counted)
        return found, counted[found].astype(np.float64), [weighted_counts(places, value, size)[found] for value in values]
    found, place = occurring(places, size)
    counts = np.bincount(place, minlength=len(found)).astype(np.float64)
    return found, counts, [weighted_counts(place, value, len(found)) for value in values]


def occurring(places: Ints, size: int) -> tuple[Ints, Ints]:
    """Return the places that occur, ascending, and the position of each row's place among them.

    Parameters
    ----------
    places : int array, shape (rows,)
        From 0 to ``size - 1``.
    size : int
    """
    if size > LOOKUP_PLACES_PER_ROW * len(places) + 1024:
        found, position = np.unique(places, return_inverse=True)
        return found, position.astype(np.int64, copy=False)
    occurs = np.zeros(size, dtype=np.bool_)
    occurs[places[:FIRST_ROWS]] = True
    if not occurs.all():
        occurs[places[FIRST_ROWS:]] = True
    found = np.flatnonzero(occurs)
    if len(found) == size:
        return found, places
    lookup = np.empty(size, dtype=np.int32)  # read where it is written alone
    lookup[found] = np.arange(len(found), dtype=np.int32)
    return found, lookup[places].astype(np.int64)


def segment_sums(values: Floats, starts: npt.NDArray[np.signedinteger]) -> Floats:
    """Return the sums of consecutive parts of `values`; an empty part has sum 0.

    Parameters
    ----------
    values : float array, shape (entries,)
    starts : int array, shape (parts + 1,)
        Where each part begins, and the end of the last.
    """
    sums = np.zeros(len(starts) - 1)
    filled = np.flatnonzero(np.diff(starts))
    if len(filled):
        sums[filled] = np.add.reduceat(values[: starts[-1]], starts[filled])
    return sums


def weighted_counts(places: Ints, values: Floats, size: int) -> Floats:
    """Return the sum of `values` at each place from 0 to ``size - 1``, added in the order of the rows."""
    return np.bincount(places, weights=values, minlength=size).astype(np.float64, copy=False)


def sparse_columns(values: Floats, places: Ints, n_units: int, n_columns: int) -> Columns:
    """Return a (units, columns) array from values at ascending places ``column * n_units + unit``; zeros stay stored."""
    starts = np.searchsorted(places, np.arange(n_columns + 1) * n_units)
    unit = places - np.repeat(np.arange(n_columns, dtype=np.int64) * n_units, np.diff(starts))
    return sparse.csc_array((values, unit, starts), shape=(n_units, n_columns))


def stored_like(array: Columns, values: Floats) -> Columns:
    """Return an array of other values at the same places."""
    return sparse.csc_array((values, array.indices, array.indptr), shape=array.shape)


def crossing(matrices: Sequence[Columns]) -> Columns:
    """Return the (cells, domains) matrix of crossed dimensions, the last varying fastest."""
    crossed = sparse.csc_array(np.ones((1, 1)))
    if all(_picks_all(matrix) for matrix in matrices):
        return sparse.csc_array(sparse.eye_array(prod(matrix.shape[0] for matrix in matrices), format="csc"))
    for matrix in matrices:
        crossed = sparse.csc_array(sparse.kron(crossed, matrix, format="csc"))
    return crossed


def _picks_all(matrix: Columns) -> bool:
    """Return whether the domains are the cells, in their order."""
    picked = _picked(matrix)
    return picked is not None and np.array_equal(picked, np.arange(matrix.shape[0]))


def _picked(matrix: Columns) -> Ints | None:
    """Return the cell of each domain if every domain is one cell, else None."""
    if matrix.nnz != matrix.shape[1] or (np.diff(matrix.indptr) != 1).any():
        return None
    return matrix.indices.astype(np.int64)


def _spread(array: Columns, matrix: Columns) -> tuple[Ints, Ints]:
    """Return, for each stored entry and each domain that its cell belongs to, the entry and the domain."""
    rows = sparse.csr_array(matrix)
    memberships = np.diff(rows.indptr).astype(np.int64)
    cell = np.repeat(np.arange(array.shape[1], dtype=np.int64), np.diff(array.indptr))
    times = memberships[cell]
    entry = np.repeat(np.arange(len(cell), dtype=np.int64), times)
    first = np.cumsum(times) - times
    within = np.arange(len(entry), dtype=np.int64) - first[entry]
    return entry, rows.indices[rows.indptr[cell[entry]] + within].astype(np.int64)
