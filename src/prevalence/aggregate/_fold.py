"""Folding batches of units into what is kept of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from prevalence.aggregate._domains import Contrast, Domains, domains_of, pairs_of
from prevalence.aggregate._records import Request, Table
from prevalence.aggregate._streamed import StreamedTable, added_moments
from prevalence.aggregate._sums import Records
from prevalence.formulas.moments import StratumMoments, empty, merge, of_units
from prevalence.formulas.ratio import column_sums
from prevalence.rows import Floats
from prevalence.totals import Columns, Ints, Moments

PARTS_AT_ONCE = 32
"""Batches whose moments wait to be merged: their strata hardly overlap, so waiting costs no memory."""


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
    _cells: list[list[Moments]] = field(default_factory=list)
    _parts: list[StratumMoments] = field(default_factory=list)
    _sums: list[Floats] = field(default_factory=list)
    _strata: dict[str, int] = field(default_factory=dict)
    _sampled: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, records: Records, labels: Sequence[str]) -> None:
        """Add a batch of whole units; `labels` are those of its strata."""
        tables = [records.table(names) for names in self.request.tables]
        if not self._domains:
            self._begin(tables)
        stratum = self._number(labels)[records.units.primary.stratum]
        self._sampled = self._sampled + np.bincount(stratum, minlength=len(self._sampled))
        sums = self._joined(tables)
        start = self._parts[-1]
        self._parts.append(of_units(start.pairs, start.reference, stratum, *sums))
        if len(self._parts) > PARTS_AT_ONCE:
            self._parts = [merge(self._parts)]
        self._sums = [before + column_sums(array) for before, array in zip(self._sums, sums, strict=True)]
        for index, table in enumerate(tables):
            self._unplaced[index] = [
                rows + dimension.unplaced for rows, dimension in zip(self._unplaced[index], table.dimensions, strict=True)
            ]
            added = [totals.moments for totals in table.totals]
            before = self._cells[index]
            self._cells[index] = [added_moments(pair) for pair in zip(before, added, strict=True)] if before else added

    def tables(self) -> tuple[StreamedTable, ...]:
        """Return the sums of all tables."""
        found, start = [], 0
        for domains, unplaced, cells in zip(self._domains, self._unplaced, self._cells, strict=True):
            first = tuple(start + index * len(domains) for index in range(len(cells)))
            n, x, y = (tuple(sums[one : one + len(domains)] for one in first) for sums in self._sums)
            dimensions = tuple(replace(one, unplaced=rows) for one, rows in zip(domains.dimensions, unplaced, strict=True))
            moments = tuple(part.margins(domains.matrix) for part in cells)
            found.append(StreamedTable(replace(domains, dimensions=dimensions), first, n, x, y, moments))
            start += len(cells) * len(domains)
        return tuple(found)

    def moments(self) -> StratumMoments:
        """Return the moments of all units."""
        return merge(self._parts)

    def strata(self) -> tuple[tuple[str, ...], Ints]:
        """Return the labels of the strata and the number of units of each."""
        return tuple(self._strata), self._sampled

    def _begin(self, tables: Sequence[Table]) -> None:
        self._domains = [domains_of(table.dimensions, self.margins) for table in tables]
        size = len(self.request.outcomes) * sum(len(domains) for domains in self._domains)
        self._parts = [empty(size, pairs_of(self._domains, self.request.outcomes, self.contrasts))]
        self._sums = [np.zeros(size) for _ in range(3)]
        self._unplaced = [[0] * len(table.dimensions) for table in tables]
        self._cells = [[] for _ in tables]

    def _number(self, labels: Sequence[str]) -> Ints:
        """Return the number of each stratum in the whole stream."""
        numbers = np.array([self._strata.setdefault(label, len(self._strata)) for label in labels], dtype=np.int64)
        self._sampled = np.concatenate([self._sampled, np.zeros(len(self._strata) - len(self._sampled), dtype=np.int64)])
        return numbers

    def _joined(self, tables: Sequence[Table]) -> list[Columns]:
        """Return n, x and y of the units in the domains of all tables and outcomes, each of shape (units, domains)."""
        parts = [
            totals.margins(domains.matrix)
            for table, domains in zip(tables, self._domains, strict=True)
            for totals in table.totals
        ]
        arrays = ([part.n for part in parts], [part.x for part in parts], [part.y for part in parts])
        return [sparse.csc_array(sparse.hstack(array, format="csc")) for array in arrays]
