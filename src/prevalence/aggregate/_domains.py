"""The domains of tables whose units are not kept, settled beforehand, and the pairs of them that will be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from prevalence.aggregate._records import Dimension, Outcome
from prevalence.errors import OptionError, listed, suggestion
from prevalence.estimates import ALL
from prevalence.rows import plain
from prevalence.totals import Columns, Ints, crossing

Contrast = str | tuple[str, Any, Any]
"""A dimension, all of whose levels are compared with each other and with the margin, or a dimension and two levels."""


@dataclass(frozen=True, slots=True)
class Domains:
    """The domains of one table: its cells, the margins asked for, and the margins of its last dimensions.

    Those last margins, down to everyone, lend a design effect to shares of 0 and 1.

    Attributes
    ----------
    dimensions : tuple of Dimension
    codes : int array, shape (domains, dimensions)
        Position of the level, or the number of levels for the margin.
    matrix : sparse 0/1 array, shape (cells, domains)
    """

    dimensions: tuple[Dimension, ...]
    codes: Ints
    matrix: Columns

    def __len__(self) -> int:
        return len(self.codes)

    def find(self, codes: Ints) -> Ints:
        """Return the domain of each row of `codes`, -1 where there is none."""
        sizes = np.array([len(dimension.levels) + 1 for dimension in self.dimensions], dtype=np.int64)
        keys, wanted = (_raveled(part, sizes) for part in (self.codes, codes))
        order = np.argsort(keys)
        place = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)]
        return np.where(keys[place] == wanted, place, -1).astype(np.int64)

    def moved(self, others: Domains) -> tuple[Ints, Ints]:
        """Return the place of each domain, and of each cell, among those of the same dimensions with more levels or other orders."""
        codes, cells = self.codes.copy(), []
        for index, (old, new) in enumerate(zip(self.dimensions, others.dimensions, strict=True)):
            levels = np.array([new.levels.index(level) for level in old.levels] + [len(new.levels)], dtype=np.int64)
            codes[:, index] = levels[codes[:, index]]
            # Families keep their members; a plain dimension stores its levels and, last, the rows without one.
            cells.append(levels if old.levels != new.levels else np.arange(old.cells.shape[0], dtype=np.int64))
        sizes = np.array([dimension.cells.shape[0] for dimension in others.dimensions], dtype=np.int64)
        return others.find(codes), _raveled(_products(cells), sizes)

    def picked(self, matrices: Sequence[Columns]) -> Ints:
        """Return the domains that one matrix a dimension, each of columns of its cell matrix, picks; the last varies fastest.

        Raises
        ------
        OptionError
            If a margin was not asked for when the data were read.
        """
        positions = [_positions(dimension.cells, matrix) for dimension, matrix in zip(self.dimensions, matrices, strict=True)]
        found = self.find(_products(positions))
        if (found < 0).any():
            raise OptionError("Stratum moments keep the margins asked for when the data were read; name this one in margins=.")
        return found

    def compared(self, contrast: Contrast) -> Ints:
        """Return the pairs of domains that differ in one dimension as the contrast says, shape (pairs, 2)."""
        name = contrast if isinstance(contrast, str) else contrast[0]
        index = [dimension.name for dimension in self.dimensions].index(name)
        every = len(self.dimensions[index].levels) + 1
        if isinstance(contrast, str):
            levels = [(one, other) for one in range(every) for other in range(one + 1, every)]
        else:
            levels = [(_level(self.dimensions[index], contrast[1]), _level(self.dimensions[index], contrast[2]))]
        pairs = [np.zeros((0, 2), dtype=np.int64)]
        for one, other in levels:
            first = np.flatnonzero(self.codes[:, index] == one)
            codes = self.codes[first].copy()
            codes[:, index] = other
            second = self.find(codes)
            pairs.append(np.column_stack([first, second])[second >= 0])
        return np.concatenate(pairs)


def domains_of(dimensions: Sequence[Dimension], margins: frozenset[str]) -> Domains:
    """Return the domains of a table that shows the margins of the named dimensions."""
    shown = [np.arange(len(dimension.levels) + (dimension.name in margins), dtype=np.int64) for dimension in dimensions]
    last = [np.array([len(dimension.levels)]) for dimension in dimensions]
    chain = [[*shown[:kept], *last[kept:]] for kept in reversed(range(len(dimensions) + 1))]
    codes = np.concatenate([_products(positions) for positions in chain])
    matrices = [
        crossing([dimension.cells[:, columns] for dimension, columns in zip(dimensions, positions, strict=True)])
        for positions in chain
    ]
    _, first = np.unique(codes, axis=0, return_index=True) if codes.shape[1] else (None, np.zeros(1, dtype=np.int64))
    kept = np.sort(first)
    return Domains(tuple(dimensions), codes[kept], sparse.csc_array(sparse.hstack(matrices, format="csc")[:, kept]))


def pairs_of(domains: Sequence[Domains], outcomes: Sequence[Outcome], contrasts: Sequence[Contrast]) -> Ints:
    """Return the pairs that all contrasts need among the domains of every table and outcome, numbered table by table.

    Parameters
    ----------
    domains : sequence of Domains
        Of each table.
    outcomes : sequence of Outcome
        Each has all domains of a table; the dimension ``"indicator"`` compares them by the names of their columns.
    contrasts : sequence of Contrast

    Raises
    ------
    OptionError
        If no table has the dimension, or the dimension has not the level.
    """
    found = [np.zeros((0, 2), dtype=np.int64)]
    for contrast in contrasts:
        name = contrast if isinstance(contrast, str) else contrast[0]
        known = {"indicator", *(dimension.name for table in domains for dimension in table.dimensions)}
        if name not in known:
            raise OptionError(f"contrasts names {name!r}, which is no dimension of by.{suggestion(name, known)}")
        start = 0
        for table in domains:
            size = len(table)
            if name == "indicator":
                own = np.arange(size, dtype=np.int64)
                found += [
                    np.column_stack([start + a * size + own, start + b * size + own]) for a, b in _indicators(outcomes, contrast)
                ]
            elif any(dimension.name == name for dimension in table.dimensions):
                pairs = table.compared(contrast)
                found += [start + index * size + pairs for index in range(len(outcomes))]
            start += size * len(outcomes)
    pairs = np.concatenate(found).astype(np.int64)
    if len(domains) == 1:
        return pairs
    # One below the other, tables show the first of equal rows: a level of one table is then compared with the margin of another.
    first = _first_alike(domains, len(outcomes))
    one, other = pairs.T
    return np.concatenate([pairs, first[pairs], np.column_stack([first[one], other]), np.column_stack([one, first[other]])])


def _first_alike(domains: Sequence[Domains], outcomes: int) -> Ints:
    """Return, for the domains of every table and outcome, the first that holds the same people."""
    known: dict[tuple[int, frozenset[tuple[str, int]]], int] = {}
    found: list[int] = []
    for table in domains:
        names, sizes = [one.name for one in table.dimensions], [len(one.levels) for one in table.dimensions]
        people = [
            frozenset((name, code) for name, code, size in zip(names, codes, sizes, strict=True) if code < size)
            for codes in table.codes.tolist()
        ]
        for outcome in range(outcomes):
            for who in people:
                found.append(known.setdefault((outcome, who), len(found)))
    return np.array(found, dtype=np.int64)


def _indicators(outcomes: Sequence[Outcome], contrast: Contrast) -> list[tuple[int, int]]:
    if isinstance(contrast, str):
        return [(one, other) for one in range(len(outcomes)) for other in range(one + 1, len(outcomes))]
    names = [outcome.y for outcome in outcomes]
    for name in contrast[1:]:
        if name not in names:
            raise OptionError(f"contrasts names the indicator {name!r}, which is not asked for.{suggestion(str(name), names)}")
    return [(names.index(contrast[1]), names.index(contrast[2]))]


def _level(dimension: Dimension, level: Any) -> int:
    """Return the position of a level given as value or label, the number of levels for the margin."""
    for known in (dimension.levels, dimension.labels):
        if plain(level) in known:
            return list(known).index(plain(level))
    if level == ALL:
        return len(dimension.levels)
    raise OptionError(
        f"{dimension.name!r} has no level {level!r}; it has {listed([*dimension.labels, ALL], limit=8)}."
        f"{suggestion(str(level), dimension.labels)}"
    )


def _positions(cells: Columns, matrix: Columns) -> Ints:
    """Return which column of the cell matrix each column of `matrix` is."""
    same = (cells.toarray()[:, :, None] == matrix.toarray()[:, None, :]).all(axis=0)
    return np.asarray(same.argmax(axis=0), dtype=np.int64)


def _products(positions: Sequence[Ints]) -> Ints:
    """Return all combinations, the last varying fastest, shape (combinations, dimensions)."""
    if not positions:
        return np.zeros((1, 0), dtype=np.int64)
    return np.stack(np.meshgrid(*positions, indexing="ij"), axis=-1).reshape(-1, len(positions)).astype(np.int64)


def _raveled(codes: Ints, sizes: Ints) -> Ints:
    keys = np.zeros(len(codes), dtype=np.int64)
    for column, size in enumerate(sizes.tolist()):
        keys = keys * size + codes[:, column]
    return keys
