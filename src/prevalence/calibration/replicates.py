"""Calibration redone inside every replicate, on replicates by cells: no column of replicate weights over rows is ever made.

A replicate weight is a factor of the sampling unit times the base weight times a g-weight of the element; so element weights are the product of
two matrices, and the calibration equations of all replicates are solved together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prevalence.calibration.distances import Distance
from prevalence.calibration.elements import Rows
from prevalence.calibration.margins import SHOWN
from prevalence.calibration.newton import ACCEPTED, Problem, batch, solve
from prevalence.errors import DataError, counted, listed
from prevalence.totals import Floats

AT_ONCE = 20_000_000
"""Numbers in one work array: 160 MB; replicates are taken in as many portions as that needs."""


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
