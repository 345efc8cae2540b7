"""Worlds that a reader of published tables cannot tell from the true one, found by linear programming.

The attacker's problem of cell suppression, and the search for the cells that keep a count open, after Fischetti & Salazar (2001),
Management Science 47, and Kelly, Golden & Assad (1992), Networks 22.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from prevalence.report.disclosure.knowledge import Knowledge
from prevalence.report.disclosure.people import Mask
from prevalence.totals import Columns, Floats, Ints

FAR = 1e7
"""No count of people in a sample departs further from the truth."""
TOLERANCE = 1e-6
"""Departures below this are noise of the solver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A count to protect: the signed sum of some unknowns, and how wide a reader's range of it must be."""

    places: Ints
    signs: Floats
    needed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Departures from the truth: the unknowns that differ, and by how much."""

    places: Ints
    departures: Floats

    def of(self, target: Target) -> float:
        """Return by how much a count departs."""
        signs = zip(target.places.tolist(), target.signs.tolist(), strict=True)
        return float(sum(sign * self.departures[self.places == place].sum() for place, sign in signs))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The equations and inequalities in some unknowns, all others being known."""

    places: Ints
    equal: Columns
    below: Columns
    slack: Floats
    low: Floats
    high: Floats
    target: Floats


def farthest(knowledge: Knowledge, target: Target, free: Mask, limits: tuple[Floats, Floats], *, up: bool) -> World:
    """Return the world in which a count is as large, or as small, as it can be.

    Parameters
    ----------
    knowledge : Knowledge
    target : Target
    free : bool array, shape (unknowns,)
        What may depart from the truth.
    limits : two float arrays, shape (unknowns,)
        How far, down and up.
    up : bool
    """
    part = _part(knowledge, target, free, limits)
    if not part.target.any():
        return World(places=np.zeros(0, dtype=np.int64), departures=np.zeros(0))
    departures = _solved(
        -part.target if up else part.target, (part.below, part.slack), part.equal, np.column_stack([part.low, part.high])
    )
    return _world(part.places, np.zeros(len(part.places)) if departures is None else departures)


def cheapest(
    knowledge: Knowledge, target: Target, free: Mask, limits: tuple[Floats, Floats], cost: Floats, *, worlds: int
) -> tuple[World, ...]:
    """Return worlds that set a count as far apart as is needed and that depart from the truth where it costs least.

    Parameters
    ----------
    knowledge : Knowledge
    target : Target
    free : bool array, shape (unknowns,)
    limits : two float arrays, shape (unknowns,)
    cost : float array, shape (unknowns,)
        Of one person's departure.
    worlds : {1, 2}
        One, to be set against the truth; or two, one on either side, which are harder to find.

    Returns
    -------
    tuple of World
        Empty if there are none.
    """
    part = _part(knowledge, target, free, limits)
    if not part.target.any():
        return ()
    if worlds == 2:
        return _sought(part, cost, target.needed, (1.0, -1.0))
    upward = part.target @ np.where(part.target > 0, part.high, part.low) >= target.needed
    return _sought(part, cost, target.needed, (1.0,) if upward else (-1.0,))


def _sought(part: _Part, cost: Floats, needed: float, sides: tuple[float, ...]) -> tuple[World, ...]:
    """Return one world a side (1 above, -1 below the truth) at the least cost."""
    many = len(sides)
    equal, below = (_above_and_below(matrix, many) for matrix in (part.equal, part.below))
    apart = sparse.csc_array(np.concatenate([[-side * part.target, side * part.target] for side in sides]).reshape(1, -1))
    departures = _solved(
        np.tile(cost[part.places], 2 * many),
        (sparse.csc_array(sparse.vstack([below, apart])), np.concatenate([np.tile(part.slack, many), [-needed]])),
        equal,
        np.column_stack([np.zeros(2 * many * len(part.places)), np.concatenate([part.high, -part.low] * many)]),
    )
    if departures is None:
        return ()
    parts = np.split(departures, 2 * many)
    return tuple(_world(part.places, above - under) for above, under in zip(parts[::2], parts[1::2], strict=True))


def _part(knowledge: Knowledge, target: Target, free: Mask, limits: tuple[Floats, Floats]) -> _Part:
    places = np.flatnonzero(free)
    equal, _ = _touched(knowledge.equal, places)
    below, rows = _touched(knowledge.below, places)
    wanted = np.zeros(len(free))
    wanted[target.places] = target.signs
    low, high = limits
    return _Part(
        places=places,
        equal=equal,
        below=below,
        slack=knowledge.slack[rows],
        low=np.maximum(low[places], -FAR),
        high=np.minimum(high[places], FAR),
        target=wanted[places],
    )


def _touched(matrix: Columns, places: Ints) -> tuple[Columns, Ints]:
    """Return the columns at some places and the rows that have an entry in them."""
    columns = sparse.csc_array(matrix[:, places])
    rows = np.unique(columns.indices).astype(np.int64)
    return sparse.csc_array(sparse.csr_array(columns)[rows]), rows


def _above_and_below(matrix: Columns, worlds: int) -> Columns:
    """Return a matrix over departures as one over what is above and what is below the truth in each world."""
    both = sparse.hstack([matrix, -matrix])
    return sparse.csc_array(sparse.block_diag([both] * worlds))


def _solved(cost: Floats, below: tuple[Any, Floats], equal: Any, bounds: Floats) -> Floats | None:
    """Return where the cost is least, or nothing if there is no such place. Matrices are sparse, which the types of SciPy do not know."""
    zeros = np.zeros(equal.shape[0])
    answer = linprog(cost, A_ub=below[0], b_ub=below[1], A_eq=equal, b_eq=zeros, bounds=bounds.tolist(), method="highs")
    return None if answer.x is None else np.asarray(answer.x, dtype=np.float64)


def _world(places: Ints, departures: Floats) -> World:
    there = np.abs(departures) > TOLERANCE
    return World(places=places[there], departures=departures[there])
