"""Sums of replicates that are made of the units and adjusted in each: units by elements, never rows by replicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from prevalence.formulas.replication import Factors
from prevalence.rows import Codes, Floats
from prevalence.totals import Columns, Ints, ReplicateSums, grouped_sums, occurring, sparse_columns

AT_ONCE = 20_000_000
"""Numbers in one work array: 160 MB."""


@dataclass(frozen=True, slots=True)
class AdjustedReplicates:
    """Replicates of weights that were adjusted: factor of the unit times base weight times ratio of the element.

    Attributes
    ----------
    factors : Factors
    unit : int array, shape (rows,)
        Primary unit of each row.
    units : int
    base : float array, shape (rows,)
        Weights before the first step.
    element : int array, shape (rows,)
        Rows of one element have the same ratios.
    ratio : float array, shape (elements, replicates)
        Weight after the last step over weight before the first.
    """

    factors: Factors
    unit: Codes
    units: int
    base: Floats
    element: Ints
    ratio: Floats

    def sums(self, row: Codes | slice, cell: Codes, size: int, y: Floats, x: Floats | None) -> ReplicateSums:
        """Return the sums of the selected rows by cell in every replicate; arguments as of `Records`."""
        rows = np.arange(len(self.unit), dtype=np.int64)[row]
        base, elements = self.base[rows], len(self.ratio)
        found, place = occurring(cell * elements + self.element[rows], size * elements)
        unit = self.unit[rows]
        values = [base * y[rows], base if x is None else base * x[rows]]
        entries, _, sums = grouped_sums(place * self.units + unit, self.units * len(found), values)
        of_cell, of_element = found // elements, found % elements
        parts = [self._by_cell(sparse_columns(part, entries, self.units, len(found)), of_cell, of_element, size) for part in sums]
        replicates = self.ratio.shape[1]
        return ReplicateSums(
            x=parts[1],
            y=parts[0],
            weight=self._all_weights(),
            rows=np.zeros((0, replicates)),
            cell=np.zeros(0, dtype=np.int64),
            members=sparse.csc_array((0, size)),
        )

    def _by_cell(self, sums: Columns, cell: Ints, element: Ints, size: int) -> Floats:
        """Return the sums of each cell, shape (replicates, cells), from those of units by places."""
        replicates = self.ratio.shape[1]
        out = np.zeros((replicates, size))
        portion = max(1, AT_ONCE // max(replicates, 1))
        for start in range(0, len(cell), portion):
            chosen = slice(start, min(start + portion, len(cell)))
            values = self.factors.sums(sparse.csc_array(sums[:, chosen])) * self.ratio[element[chosen]].T
            gather = sparse.csr_array(
                (np.ones(values.shape[1]), (np.arange(values.shape[1]), cell[chosen])), shape=(values.shape[1], size)
            )
            out += np.asarray(values @ gather, dtype=np.float64)
        return out

    def _all_weights(self) -> Floats:
        elements = len(self.ratio)
        entries, _, (sums,) = grouped_sums(self.element * self.units + self.unit, self.units * elements, [self.base])
        every = np.zeros(elements, dtype=np.int64)
        return self._by_cell(sparse_columns(sums, entries, self.units, elements), every, np.arange(elements), 1)[:, 0]
