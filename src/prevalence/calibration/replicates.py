"""Calibration redone inside every replicate, on replicates by cells: no column of replicate weights over rows is ever made.

A replicate weight is a factor of the sampling unit times the base weight times a g-weight of the element; so element weights are the product of
two matrices, and the calibration equations of all replicates are solved together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from prevalence.calibration.distances import Distance, Linear
from prevalence.calibration.elements import Elements, Rows, crossed
from prevalence.calibration.margins import SHOWN, Codes
from prevalence.calibration.newton import ACCEPTED, RIDGE, Problem, batch, solve
from prevalence.errors import DataError, counted, listed
from prevalence.totals import Floats, Ints, grouped_sums, sparse_columns

AT_ONCE = 20_000_000
"""Numbers in one work array: 160 MB; replicates are taken in as many portions as that needs."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Elements common to several calibrations taken one after the other.

    Attributes
    ----------
    place : int array, shape (rows,)
        Element of each row.
    count : int
    matrices : tuple of sparse arrays, shape (elements, auxiliaries of the calibration)
    """

    place: Ints
    count: int
    matrices: tuple[Rows, ...]


@dataclass(frozen=True, slots=True)
class Refit:
    """One calibration in all replicates.

    Attributes
    ----------
    matrix : sparse array, shape (elements, auxiliaries)
    coefficients : float array, shape (auxiliaries, replicates)
    distance : Distance
    variance : float array, shape (elements, 1) or (1, 1)
    """

    matrix: Rows
    coefficients: Floats
    distance: Distance
    variance: Floats

    def ratios(self, replicates: slice = slice(None)) -> Floats:
        """Return the g-weights of the chosen replicates, shape (elements, chosen)."""
        return self.distance.ratio(np.asarray(self.matrix @ self.coefficients[:, replicates]) / self.variance)


def joint(parts: Sequence[Elements]) -> Joint:
    """Return the elements of rows that agree in the auxiliaries of all calibrations.

    Where auxiliaries are measured, the rows (or households) themselves.
    """
    places = [np.arange(part.rows) if part.place is None else part.place for part in parts]
    place, count = crossed(places, [part.count for part in parts])
    example = np.zeros(count, dtype=np.int64)
    example[place] = np.arange(len(place))
    return Joint(place, count, tuple(Rows(part.matrix()[own[example]]) for part, own in zip(parts, places, strict=True)))


def weights_by_unit(weight: Floats, place: Ints, count: int, unit: Codes, units: int) -> Rows:
    """Return the sums of weights by sampling unit and element, sparse, shape (units, elements)."""
    found, _, (sums,) = grouped_sums(place * np.int64(units) + unit, units * count, [weight])
    return Rows(sparse_columns(sums, found, units, count))


def refit(
    matrix: Rows,
    by_unit: Rows,
    factors: Floats,
    totals: Floats,
    distance: Distance,
    *,
    earlier: Sequence[Refit] = (),
    variance: Floats | None = None,
    names: Sequence[str] = (),
) -> Refit:
    """Return a calibration redone in every replicate.

    Parameters
    ----------
    matrix : sparse array, shape (elements, auxiliaries)
        None of which follows from the others.
    by_unit : sparse array, shape (units, elements)
        Sums of the base weights.
    factors : float array, shape (units, replicates)
        Replicate weight over base weight of each unit.
    totals : float array, shape (auxiliaries,) or (auxiliaries, replicates)
        The latter where they are sums of the same sample.
    distance : Distance
    earlier : sequence of Refit
        Calibrations before this one, on the same elements.
    variance : float array, shape (elements,), optional
    names : sequence of str
        Of the auxiliaries, for messages.

    Raises
    ------
    DataError
        If a replicate has no weight for an auxiliary that has a total, or its totals cannot be met; auxiliaries and replicates are named.
    """
    spread = np.ones((1, 1)) if variance is None else np.asarray(variance, dtype=np.float64)[:, None]
    scales = variance is None and distance.quadratic and _one_cell_each(matrix)
    system = None if scales else batch(matrix)
    replicates, width = factors.shape[1], matrix.shape[1]
    portion = max(1, AT_ONCE // max(matrix.shape[0], width**2 if system else 1))
    found = [np.zeros((width, 0))]  # there may be no replicate: every stratum is taken whole
    for start in range(0, replicates, portion):
        chosen = slice(start, min(start + portion, replicates))
        weight = np.asarray(by_unit.T @ factors[:, chosen], dtype=np.float64)
        for step in earlier:
            weight *= step.ratios(chosen)
        wanted = totals[:, None] if totals.ndim == 1 else totals[:, chosen]
        present = np.asarray(abs(matrix).T @ np.abs(weight), dtype=np.float64)
        _check_present(np.broadcast_to(wanted, present.shape), present, start, names)
        if system is None:
            found.append((wanted / np.where(present > 0, present, 1.0) - 1) * np.ones_like(present))
        else:
            size = np.maximum(np.abs(wanted), present)
            problem = Problem(system, weight, wanted, distance, spread, np.where(size > 0, size, 1.0))
            solution = solve(problem)
            _check_met(np.abs(solution.missed) / problem.size, start, names)
            found.append(solution.coefficients)
    return Refit(Rows(matrix), np.hstack(found), distance, spread)


def refit_linear(
    elements: Elements,
    base: Floats,
    unit: Codes,
    factors: Floats,
    totals: Floats,
    *,
    variance: Floats | None = None,
    names: Sequence[str] = (),
) -> Refit:
    """Return a linear calibration redone in every replicate from sums by unit alone, whatever the number of elements.

    Parameters
    ----------
    elements : Elements
        With auxiliaries none of which follows from the others.
    base : float array, shape (rows,)
    unit : int array, shape (rows,)
    factors : float array, shape (units, replicates)
    totals : float array, shape (auxiliaries,)
    variance : float array, shape (elements,), optional
    names : sequence of str

    Raises
    ------
    DataError
        If a replicate has no weight for an auxiliary that has a total.
    """
    spread = np.ones(1) if variance is None else np.asarray(variance, dtype=np.float64)
    units, replicates = factors.shape
    matrix = elements.matrix()
    sums = elements.row_sums(unit, units, base)
    products = _products_by_unit(elements, matrix, base if variance is None else base / elements.spread(spread), unit, units)
    present = np.asarray(abs(sums).T @ np.abs(factors), dtype=np.float64)
    _check_present(np.broadcast_to(totals[:, None], present.shape), present, 0, names)
    missed = totals[:, None] - np.asarray(sums.T @ factors, dtype=np.float64)
    coefficients = np.empty_like(missed)
    portion = max(1, AT_ONCE // elements.size**2)
    for start in range(0, replicates, portion):
        chosen = slice(start, min(start + portion, replicates))
        gram = np.asarray(products.T @ factors[:, chosen], dtype=np.float64).T.reshape(-1, elements.size, elements.size)
        coefficients[:, chosen] = _solve_scaled(gram, missed[:, chosen])
        left = missed[:, chosen] - (gram @ coefficients[:, chosen].T[:, :, None])[:, :, 0].T
        _check_met(np.abs(left) / np.maximum(np.abs(totals[:, None]), present[:, chosen]), start, names)
    return Refit(matrix, coefficients, Linear(np.array([[-np.inf]]), np.array([[np.inf]])), spread[:, None])


def replicate_totals(sums: Rows, element: Ints, cell: Ints, cells: int, factors: Floats, refits: Sequence[Refit]) -> Floats:
    """Return the totals of cells in every replicate, shape (cells, replicates).

    Parameters
    ----------
    sums : sparse array, shape (units, places)
        Sums of base weight times an outcome by sampling unit and place, a place being an element within a cell of the table.
    element, cell : int arrays, shape (places,)
    cells : int
    factors : float array, shape (units, replicates)
    refits : sequence of Refit
        All calibrations, on the same elements.
    """
    gather = sparse.csr_array((np.ones(len(cell)), (cell, np.arange(len(cell)))), shape=(cells, len(cell)))
    replicates = factors.shape[1]
    out = np.empty((cells, replicates))
    largest = max([len(cell), *(step.matrix.shape[0] for step in refits)])
    portion = max(1, AT_ONCE // max(largest, 1))
    for start in range(0, replicates, portion):
        chosen = slice(start, min(start + portion, replicates))
        values = np.asarray(sums.T @ factors[:, chosen], dtype=np.float64)
        for step in refits:
            values *= step.ratios(chosen)[element]
        out[:, chosen] = np.asarray(gather @ values, dtype=np.float64)
    return out


def _one_cell_each(matrix: Rows) -> bool:
    """Return whether each element lies in one cell, so that its auxiliaries have no products with each other."""
    return bool(np.all(np.diff(matrix.indptr) <= 1) and np.all(matrix.data == 1))


def _check_present(totals: Floats, present: Floats, start: int, names: Sequence[str]) -> None:
    empty = np.argwhere((present == 0) & (totals != 0))
    if len(empty):
        pairs = [f"{_name(names, int(column))} in replicate {start + int(replicate)}" for column, replicate in empty[:SHOWN]]
        raise DataError(
            f"Every cell with a population must keep a weight above zero in every replicate; {counted(len(empty), 'does', 'do')} not: "
            f"{', '.join(pairs)}. Merge such cells with a neighbour, or use a method of replication that leaves no unit out."
        )


def _check_met(missed: Floats, start: int, names: Sequence[str]) -> None:
    """Raise if a total is missed; `missed`, a part of each total, has shape (auxiliaries, replicates)."""
    parts = np.where(np.isfinite(missed), missed, np.inf)
    failed = np.flatnonzero(parts.max(axis=0, initial=0.0) > ACCEPTED)
    if len(failed):
        worst = _name(names, int(np.argmax(parts[:, failed].max(axis=1))))
        raise DataError(
            f"Totals must be met in every replicate; {counted(len(failed), 'replicate does', 'replicates do')} not meet them: "
            f"{listed((failed + start).tolist())}, where {worst} is missed by most. Merge small cells, or widen the bounds."
        )


def _name(names: Sequence[str], column: int) -> str:
    return names[column] if names else f"auxiliary {column}"


def _products_by_unit(elements: Elements, matrix: Rows, weight: Floats, unit: Codes, units: int) -> Rows:
    """Return sums of weight x x' by sampling unit, sparse, shape (units, auxiliaries squared)."""
    columns = sparse.csc_array(matrix)
    parts = []
    for column in range(elements.size):
        values = elements.spread(columns[:, [column]].toarray()[:, 0])
        rows = np.flatnonzero(values)
        parts.append(elements.row_sums(np.asarray(unit)[rows], units, weight[rows] * values[rows], rows))
    return Rows(sparse.hstack(parts, format="csr"))


def _solve_scaled(gram: Floats, missed: Floats) -> Floats:
    """Return the solutions of one system a replicate, shape (auxiliaries, replicates)."""
    spread = np.sqrt(np.diagonal(gram, axis1=1, axis2=2))
    spread = np.where(spread > 0, spread, 1.0)
    scaled = gram / (spread[:, :, None] * spread[:, None, :]) + RIDGE * np.eye(gram.shape[1])
    return np.asarray((np.linalg.solve(scaled, (missed.T / spread)[:, :, None])[:, :, 0] / spread).T, dtype=np.float64)
