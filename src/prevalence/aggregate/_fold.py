"""Folding batches of units into what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np
from scipy import sparse

from prevalence.aggregate._domains import Contrast, Domains, domains_of, pairs_of
from prevalence.aggregate._records import Dimension, Request
from prevalence.aggregate._streamed import StreamedTable, added_moments
from prevalence.aggregate._sums import Records
from prevalence.formulas.moments import StratumMoments, empty, merge, regrown
from prevalence.formulas.moments_of_units import of_full_units, of_units
from prevalence.formulas.ratio import column_sums
from prevalence.rows import Floats
from prevalence.totals import Ints, Moments

PARTS_AT_ONCE = 32
"""Batches whose moments wait to be merged: their strata hardly overlap, so waiting costs no memory."""

PLACES_A_RECORD = 32
"""Up to this many places of units x cells for each record, full arrays are faster than sparse ones, which sort."""

PLACES_AT_ONCE = 1_500_000
"""Units x cells of full arrays, some 150 MB with all that is made of them."""

RECORDS_AT_ONCE = 100_000
"""Records of sparse arrays, as much."""


@dataclass(slots=True)
class Fold:
    """What is kept of the units that have passed by.

    Attributes
    ----------
    request : Request
    margins : set of str
        Dimensions that show their margin.
    contrasts : sequence of Contrast
    """

    request: Request
    margins: frozenset[str]
    contrasts: Sequence[Contrast]
    _domains: list[Domains] = field(default_factory=list)
    _unplaced: list[list[int]] = field(default_factory=list)
    _cells: list[list[Moments | None]] = field(default_factory=list)
    _parts: list[StratumMoments] = field(default_factory=list)
    _sums: list[Floats] = field(default_factory=list)
    _strata: dict[str, int] = field(default_factory=dict)
    _sampled: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, records: Records, labels: Sequence[str]) -> None:
        """Add a batch of whole units; `labels` are those of its strata."""
        self._make_room({name: placement.dimension for name, placement in records.placements.items()})
        stratum = self._number(labels)[records.units.primary.stratum]
        self._sampled = self._sampled + np.bincount(stratum, minlength=len(self._sampled))
        full = self.full(len(stratum), len(records.unit))
        part = self._full(records, stratum) if full else self._sparse(records, stratum)
        self._parts.append(part)
        if len(self._parts) > PARTS_AT_ONCE:
            self._parts = [merge(self._parts)]
        for unplaced, names in zip(self._unplaced, self.request.tables, strict=True):
            for index, name in enumerate(names):
                unplaced[index] += records.placements[name].dimension.unplaced

    def full(self, units: int, records: int) -> bool:
        """Return whether so many records of so many units are folded as full arrays."""
        return self.cells * units <= PLACES_A_RECORD * records

    def parts(self, units: int, records: int) -> int:
        """Return the number of parts that a batch is folded in."""
        if self.full(units, records):
            return max(-(-self.cells * units // PLACES_AT_ONCE), 1)
        return max(-(-records // RECORDS_AT_ONCE), 1)

    @property
    def cells(self) -> int:
        """Stored cells of all tables, 0 before the first batch."""
        return sum(domains.matrix.shape[0] for domains in self._domains)

    def _full(self, records: Records, stratum: Ints) -> StratumMoments:
        """Return the moments of units that have members of most cells."""
        tables = [records.full(names) for names in self.request.tables]
        sums = [
            np.concatenate(
                [
                    domains.matrix.T @ getattr(of_outcome, name)
                    for table, domains in zip(tables, self._domains, strict=True)
                    for of_outcome in table.sums
                ]
            )
            for name in ("n", "x", "y")
        ]
        self._count([array.sum(axis=1) for array in sums], [[one.moments for one in table.sums] for table in tables])
        return of_full_units(self._parts[-1], stratum, *sums)

    def _sparse(self, records: Records, stratum: Ints) -> StratumMoments:
        """Return the moments of units that have members of few cells."""
        tables = [records.table(names) for names in self.request.tables]
        parts = [
            totals.margins(domains.matrix)
            for table, domains in zip(tables, self._domains, strict=True)
            for totals in table.totals
        ]
        arrays = ([part.n for part in parts], [part.x for part in parts], [part.y for part in parts])
        sums = [sparse.csc_array(sparse.hstack(array, format="csc")) for array in arrays]
        self._count([column_sums(array) for array in sums], [[totals.moments for totals in table.totals] for table in tables])
        return of_units(self._parts[-1], stratum, *sums)

    def _count(self, sums: Sequence[Floats], moments: Sequence[Sequence[Moments]]) -> None:
        """Add the sums of a batch by domain and its moments by cell."""
        self._sums = [before + added for before, added in zip(self._sums, sums, strict=True)]
        self._cells = [
            [one if before is None else added_moments([before, one]) for before, one in zip(kept, added, strict=True)]
            for kept, added in zip(self._cells, moments, strict=True)
        ]

    def dimensions(self) -> dict[str, Dimension]:
        """Return the dimensions of all tables as they are so far."""
        return {one.name: one for domains in self._domains for one in domains.dimensions}

    def sort(self, dimensions: Mapping[str, Dimension]) -> None:
        """Put the levels into the order of `dimensions`, which have no others."""
        self._make_room(dimensions)

    def tables(self) -> tuple[StreamedTable, ...]:
        """Return the sums of all tables."""
        found, start = [], 0
        for domains, unplaced, cells in zip(self._domains, self._unplaced, self._cells, strict=True):
            first = tuple(start + index * len(domains) for index in range(len(cells)))
            n, x, y = (tuple(sums[one : one + len(domains)] for one in first) for sums in self._sums)
            dimensions = tuple(replace(one, unplaced=rows) for one, rows in zip(domains.dimensions, unplaced, strict=True))
            moments = tuple(part.margins(domains.matrix) for part in cells if part is not None)
            found.append(StreamedTable(replace(domains, dimensions=dimensions), first, n, x, y, moments))
            start += len(cells) * len(domains)
        return tuple(found)

    def moments(self) -> StratumMoments:
        """Return the moments of all units."""
        return merge(self._parts)

    def strata(self) -> tuple[tuple[str, ...], Ints]:
        """Return the labels of the strata and the number of units of each."""
        return tuple(self._strata), self._sampled

    def _make_room(self, dimensions: Mapping[str, Dimension]) -> None:
        """Make room for the levels of `dimensions`, which are those of before and perhaps others, in their order."""
        tables = [[dimensions[name] for name in names] for names in self.request.tables]
        if self._domains and all(
            [one.levels for one in table] == [one.levels for one in domains.dimensions]
            for table, domains in zip(tables, self._domains, strict=True)
        ):
            return
        before, self._domains = self._domains, [domains_of(table, self.margins) for table in tables]
        outcomes = self.request.outcomes
        size = len(outcomes) * sum(len(domains) for domains in self._domains)
        powers = self.request.survey.design.df_rule == "satterthwaite"
        start = empty(size, pairs_of(self._domains, outcomes, self.contrasts), powers=powers)
        if not before:
            self._parts, self._sums = [start], [np.zeros(size) for _ in range(3)]
            self._unplaced = [[0] * len(table) for table in tables]
            self._cells = [[None] * len(outcomes) for _ in tables]
            return
        moves = [old.moved(new) for old, new in zip(before, self._domains, strict=True)]
        first = np.cumsum([0, *(len(outcomes) * len(domains) for domains in self._domains)])
        domains_moved = np.concatenate(
            [
                first[index] + outcome * len(self._domains[index]) + moved
                for index, (moved, _) in enumerate(moves)
                for outcome in range(len(outcomes))
            ]
        ).astype(np.int64)
        self._parts = [regrown(merge(self._parts), domains_moved, start)]
        self._sums = [_spread_out(sums, domains_moved, size) for sums in self._sums]
        self._cells = [
            [None if one is None else _moved_moments(one, cells, new.matrix.shape[0]) for one in kept]
            for kept, (_, cells), new in zip(self._cells, moves, self._domains, strict=True)
        ]

    def _number(self, labels: Sequence[str]) -> Ints:
        """Return the number of each stratum in the whole stream."""
        numbers = np.array([self._strata.setdefault(label, len(self._strata)) for label in labels], dtype=np.int64)
        self._sampled = np.concatenate([self._sampled, np.zeros(len(self._strata) - len(self._sampled), dtype=np.int64)])
        return numbers


def _spread_out(values: Floats, places: Ints, size: int) -> Floats:
    """Return an array of `size` with the values at their places and zeros elsewhere."""
    found = np.zeros(size)
    found[places] = values
    return found


def _moved_moments(moments: Moments, cells: Ints, size: int) -> Moments:
    names = [one.name for one in fields(Moments) if one.name != "reference"]
    return Moments(reference=moments.reference, **{name: _spread_out(getattr(moments, name), cells, size) for name in names})
