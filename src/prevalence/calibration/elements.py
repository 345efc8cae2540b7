"""Rows that share their g-weight summed into one element, and sums of auxiliaries over elements without a dummy column.

An auxiliary vector is written as amounts times indicator rows of the cells that occur, so that all sums of products are sums
by cell: the Gram matrix of millions of rows costs one count for each pair of amounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from prevalence.calibration.margins import Codes, Margin
from prevalence.totals import DENSE_PLACES_PER_ROW, Floats, Ints, grouped_sums, sparse_columns, weighted_counts

Rows = sparse.csr_array
Selection = slice | Ints

LARGEST_PLACE = 2**62
"""Codes of crossed margins beyond this would overflow an int64, so they are renumbered before."""

DENSE_GAIN = 50
"""How many times faster a product of dense numbers is than one of sparse numbers."""

FEW = 16
"""Up to this many auxiliaries a cell, one count for each is faster than sorting the rows."""

PORTION = 2_000_000
"""Numbers made dense at a time."""


@dataclass(frozen=True, slots=True)
class Block:
    """Auxiliaries that share an amount.

    Attributes
    ----------
    values : float array, shape (elements,), or None
        Amount of each element; None stands for 1.
    matrix : sparse array, shape (cells, columns)
        What a unit of the amount adds to each auxiliary, by cell.
    columns : int array, shape (columns,)
        Places of these auxiliaries among all.
    """

    values: Floats | None
    matrix: Rows
    columns: Ints


@dataclass(frozen=True, slots=True)
class Elements:
    """Groups of rows with the same auxiliaries: crossed cells, households, or the rows themselves.

    Attributes
    ----------
    rows : int
    place : int array, shape (rows,), or None
        Element of each row; None where each row is its own.
    cell : int array, shape (elements,), or None
        Cell of each element; None where each is its own.
    cells : int
    blocks : tuple of Block
    size : int
        Number of auxiliaries.
    """

    rows: int
    place: Ints | None
    cell: Ints | None
    cells: int
    blocks: tuple[Block, ...]
    size: int

    @property
    def count(self) -> int:
        """Number of elements."""
        return self.cells if self.cell is None else len(self.cell)

    def sums(self, values: Floats) -> Floats:
        """Return the sum over the rows of each element of `values`, shape (elements,)."""
        return values if self.place is None else weighted_counts(self.place, values, self.count)

    def spread(self, values: Floats) -> Floats:
        """Return for each row the value of its element, shape (rows,)."""
        return values if self.place is None else values[self.place]

    def predictor(self, coefficients: Floats) -> Floats:
        """Return x'b by element, shape (elements,); `coefficients` has shape (auxiliaries,)."""
        parts = []
        for block in self.blocks:
            by_cell = block.matrix @ coefficients[block.columns]
            found = by_cell if self.cell is None else by_cell[self.cell]
            parts.append(found if block.values is None else found * block.values)
        return np.asarray(np.sum(parts, axis=0) if len(parts) > 1 else parts[0], dtype=np.float64)

    def totals(self, weight: Floats) -> Floats:
        """Return the sums of weight times x over elements, shape (auxiliaries,)."""
        out = np.zeros(self.size)
        for block in self.blocks:
            out[block.columns] = block.matrix.T @ self._by_cell(weight, block.values)
        return out

    def magnitudes(self, weight: Floats) -> Floats:
        """Return the sums of weight times absolute x over elements, shape (auxiliaries,)."""
        out = np.zeros(self.size)
        for block in self.blocks:
            values = None if block.values is None else np.abs(block.values)
            out[block.columns] = abs(block.matrix).T @ self._by_cell(weight, values)
        return out

    def gram(self, weight: Floats) -> Floats:
        """Return the sums of weight x x' over elements, shape (auxiliaries, auxiliaries)."""
        out = np.zeros((self.size, self.size))
        for number, first in enumerate(self.blocks):
            scaled = weight if first.values is None else weight * first.values
            for second in self.blocks[number:]:
                by_cell = self._by_cell(scaled, second.values)
                product = _products(first.matrix, by_cell, second.matrix)
                out[np.ix_(first.columns, second.columns)] = product
                out[np.ix_(second.columns, first.columns)] = product.T
        return out

    def row_sums(self, group: Codes, size: int, weight: Floats, rows: Selection = slice(None)) -> Rows:
        """Return the sums of weight x over rows by group, sparse, shape (size, auxiliaries).

        Parameters
        ----------
        group : int array, shape (selected rows,)
            From 0 to ``size - 1``.
        weight : float array, shape (selected rows,)
        rows : slice or int array
            The rows that are selected out of all.
        """
        cell = self.cell_of_rows(rows)
        parts = []
        for block in self.blocks:
            scaled = weight if block.values is None else weight * self.spread(block.values)[rows]
            parts.append(_sums_by_group(block.matrix, cell, np.asarray(group, dtype=np.int64), size, scaled))
        order = np.argsort(np.concatenate([block.columns for block in self.blocks]), kind="stable")
        return Rows(sparse.csc_array(sparse.hstack(parts, format="csc"))[:, order])

    def cross(self, other: Elements, weight: Floats) -> Floats:
        """Return the sums over rows of weight x z', z the auxiliaries of `other`, shape (auxiliaries, auxiliaries of `other`)."""
        out = np.zeros((self.size, other.size))
        cell = self.cell_of_rows(slice(None))
        for block in self.blocks:
            scaled = weight if block.values is None else weight * self.spread(block.values)
            out[block.columns] = (block.matrix.T @ other.row_sums(cell, self.cells, scaled)).toarray()
        return out

    def matrix(self) -> Rows:
        """Return x by element, sparse, shape (elements, auxiliaries)."""
        parts = []
        for block in self.blocks:
            part = block.matrix if self.cell is None else block.matrix[self.cell]
            parts.append(part if block.values is None else part.multiply(block.values[:, None]))
        order = np.argsort(np.concatenate([block.columns for block in self.blocks]), kind="stable")
        return Rows(sparse.csc_array(sparse.hstack(parts, format="csc"))[:, order])

    def take(self, kept: Ints) -> Elements:
        """Return the same elements with the auxiliaries `kept` alone, renumbered in that order; `kept` ascends."""
        number = np.full(self.size, -1, dtype=np.int64)
        number[kept] = np.arange(len(kept))
        blocks = []
        for block in self.blocks:
            stays = np.flatnonzero(number[block.columns] >= 0)
            if len(stays):
                matrix = Rows(sparse.csc_array(block.matrix)[:, stays])
                blocks.append(Block(block.values, matrix, number[block.columns[stays]]))
        return replace(self, blocks=tuple(blocks), size=len(kept))

    def cell_of_rows(self, rows: Selection) -> Ints:
        """Return the cell of each selected row, shape (selected rows,)."""
        if self.place is None:
            return np.arange(self.rows)[rows] if self.cell is None else self.cell[rows]
        return self.place[rows] if self.cell is None else self.cell[self.place[rows]]

    def _by_cell(self, weight: Floats, values: Floats | None) -> Floats:
        scaled = weight if values is None else weight * values
        return scaled if self.cell is None else weighted_counts(self.cell, scaled, self.cells)


def _sums_by_group(matrix: Rows, cell: Ints, group: Ints, size: int, weight: Floats) -> Rows:
    """Return the sums over rows of weight times the matrix's row of their cell, by group, shape (size, columns)."""
    width = matrix.shape[1] + 1
    filled = np.diff(matrix.indptr)
    most = int(filled.max(initial=0))
    if most > FEW or size * width > DENSE_PLACES_PER_ROW * len(cell) + 1024:
        found, _, (sums,) = grouped_sums(cell * np.int64(size) + group, matrix.shape[0] * size, [weight])
        return Rows(Rows(sparse_columns(sums, found, size, matrix.shape[0])) @ matrix)
    # The entries of each cell side by side; a column that does not exist takes those of cells with fewer.
    row = np.repeat(np.arange(matrix.shape[0]), filled)
    turn = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], filled)
    column, entry = np.full((most, matrix.shape[0]), width - 1), np.zeros((most, matrix.shape[0]))
    column[turn, row], entry[turn, row] = matrix.indices, matrix.data
    out, start = np.zeros(size * width), group * width
    for columns, entries in zip(column, entry, strict=True):
        plain = np.all((entries == 1) | (columns == width - 1))
        out += weighted_counts(start + columns[cell], weight if plain else weight * entries[cell], size * width)
    return Rows(out.reshape(size, width)[:, :-1])


def _products(first: Rows, weight: Floats, second: Rows) -> Floats:
    """Return first' diag(weight) second; dense, a portion of the cells at a time, where cells have many auxiliaries."""
    shape = first.shape[1], second.shape[1]
    cells = len(weight)
    if first.nnz * second.nnz * DENSE_GAIN < cells**2 * shape[0] * shape[1]:
        return np.asarray((first.T @ Rows(second.multiply(weight[:, None]))).toarray(), dtype=np.float64)
    out, portion = np.zeros(shape), max(1, PORTION // max(shape))
    for start in range(0, cells, portion):
        part = slice(start, start + portion)
        out += first[part].toarray().T @ (second[part].toarray() * weight[part, None])
    return out


def elements_of(margins: Sequence[Margin], *, household: Codes | None = None, separate: bool = False) -> Elements:
    """Return the elements of rows and their auxiliaries.

    Parameters
    ----------
    margins : sequence of Margin
    household : int array, shape (rows,), optional
        Number of each row's household, from 0. Its members then share one g-weight: each has the mean of the members'
        auxiliaries (Lemaître & Dufour 1987).
    separate : bool
        Whether rows (or households) of equal auxiliaries may have different g-weights, since something else differs between them.
    """
    if household is not None:
        return _of_households(margins, np.asarray(household, dtype=np.int64), separate)
    place, cells = crossed([margin.code for margin in margins], [margin.size for margin in margins])
    example = np.zeros(cells, dtype=np.int64)
    example[place] = np.arange(len(place))
    codes = [np.asarray(margin.code)[example].astype(np.int64) for margin in margins]
    starts = _starts(margins)
    plain = [number for number, margin in enumerate(margins) if margin.amount is None]
    blocks = [_indicator(codes, margins, starts, plain)] if plain else []
    for number, margin in enumerate(margins):
        if margin.amount is not None:
            blocks.append(
                replace(_indicator(codes, margins, starts, [number]), values=np.asarray(margin.amount, dtype=np.float64))
            )
    alone = separate or len(plain) < len(margins)
    cell = place if alone else None
    return Elements(len(place), None if alone else place, cell, cells, tuple(blocks), int(starts[-1]))


def crossed(codes: Sequence[Codes], sizes: Sequence[int]) -> tuple[Ints, int]:
    """Return the crossed cell of each row, numbered over the cells that occur, and their number."""
    place, size = np.zeros(len(codes[0]), dtype=np.int64), 1
    for code, cells in zip(codes, sizes, strict=True):
        if size > LARGEST_PLACE // max(cells, 1):
            place, size = _renumbered(place, size)
        if cells > 1:
            place = place * cells + code
            size *= cells
    return _renumbered(place, size)


def _renumbered(place: Ints, size: int) -> tuple[Ints, int]:
    if size > DENSE_PLACES_PER_ROW * len(place) + 1024:
        found, inverse = np.unique(place, return_inverse=True)
        return inverse.astype(np.int64, copy=False), len(found)
    found = np.flatnonzero(np.bincount(place, minlength=size))
    if len(found) == size:
        return place, size
    number = np.zeros(size, dtype=np.int64)
    number[found] = np.arange(len(found))
    return number[place], len(found)


def _starts(margins: Sequence[Margin]) -> Ints:
    return np.cumsum([0, *(margin.size for margin in margins)], dtype=np.int64)


def _indicator(codes: Sequence[Ints], margins: Sequence[Margin], starts: Ints, chosen: Sequence[int]) -> Block:
    """Return the 0/1 matrix of cells by the cells of the chosen margins."""
    sizes = [margins[number].size for number in chosen]
    offsets = np.cumsum([0, *sizes])
    places = np.column_stack([codes[number] + offset for number, offset in zip(chosen, offsets, strict=False)])
    cells = len(places)
    pointers = np.arange(cells + 1) * len(chosen)
    matrix = Rows((np.ones(places.size), places.ravel(), pointers), shape=(cells, int(offsets[-1])))
    columns = np.concatenate([np.arange(starts[number], starts[number + 1]) for number in chosen])
    return Block(None, matrix, columns)


def _of_households(margins: Sequence[Margin], household: Ints, separate: bool) -> Elements:
    """Return households, or the compositions that occur among them, with the mean of their members' auxiliaries."""
    number = int(household.max()) + 1 if len(household) else 0
    members = np.maximum(np.bincount(household, minlength=number), 1).astype(np.float64)
    starts = _starts(margins)
    shared = [index for index, margin in enumerate(margins) if margin.amount is None or margin.size > 1]
    blocks, cell, cells = [], np.zeros(number, dtype=np.int64), 1
    if shared:
        matrix = _composition(margins, shared, household, members)
        kept, cell = _distinct(matrix)
        cells = len(kept)
        columns = np.concatenate([np.arange(starts[index], starts[index + 1]) for index in shared])
        blocks.append(Block(None, Rows(matrix[kept]), columns))
    for index, margin in enumerate(margins):
        if margin.amount is not None and margin.size == 1:
            mean = weighted_counts(household, np.asarray(margin.amount, dtype=np.float64), number) / members
            blocks.append(Block(mean, Rows(np.ones((cells, 1))), starts[index : index + 1]))
    if separate or len(shared) < len(margins):
        return Elements(len(household), household, cell, cells, tuple(blocks), int(starts[-1]))
    return Elements(len(household), cell[household], None, cells, tuple(blocks), int(starts[-1]))


def _composition(margins: Sequence[Margin], chosen: Sequence[int], household: Ints, members: Floats) -> Rows:
    """Return the mean auxiliaries of the members of each household, shape (households, cells of the chosen margins)."""
    offsets = np.cumsum([0, *(margins[index].size for index in chosen)])
    parts = []
    for index, offset in zip(chosen, offsets, strict=False):
        margin = margins[index]
        amount = np.ones(len(household)) if margin.amount is None else np.asarray(margin.amount, dtype=np.float64)
        parts.append((amount, household, margin.code.astype(np.int64) + offset))
    data, row, column = (np.concatenate(values) for values in zip(*parts, strict=True))
    table = sparse.coo_array((data, (row, column)), shape=(len(members), int(offsets[-1]))).tocsr()
    table.data /= np.repeat(members, np.diff(table.indptr))
    return Rows(table)


def _distinct(matrix: Rows) -> tuple[Ints, Ints]:
    """Return a household of each distinct row and the number of each household's row among them.

    Rows are told apart by a random projection, then compared in full, so that a chance equality can do no harm.
    """
    direction = np.random.default_rng(0).standard_normal(matrix.shape[1])
    _, kept, cell = np.unique(matrix @ direction, return_index=True, return_inverse=True)
    if len(kept) < matrix.shape[0] and not _same(matrix, Rows(matrix[kept[cell]])):
        every = np.arange(matrix.shape[0])
        return every, every
    return kept.astype(np.int64), cell.astype(np.int64)


def _same(first: Rows, second: Rows) -> bool:
    parts = ((first.indptr, second.indptr), (first.indices, second.indices), (first.data, second.data))
    return all(np.array_equal(one, other) for one, other in parts)
