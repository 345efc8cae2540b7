"""What an attentive reader can work out of withheld counts: the narrowest range that the published sums leave.

The attacker's problem of cell suppression (Fischetti & Salazar 2001, Management Science 47): withheld counts are unknowns, published
margins are equations, and the reason given for withholding bounds each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from prevalence.report.disclosure.people import Mask
from prevalence.totals import Floats, Ints

UNBOUNDED = 3
"""Status of ``linprog`` where the target has no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """How the counts of domains add up.

    Attributes
    ----------
    relations : float array, shape (relations, domains)
        1 for the levels of a dimension, -1 for their margin, 0 elsewhere.
    counts : float array, shape (domains,)
        True counts.
    """

    relations: Floats
    counts: Floats

    def component(self, hidden: Mask, cell: int) -> tuple[Ints, Ints]:
        """Return the hidden domains and the relations that a hidden domain is linked to through hidden domains."""
        touches = self.relations[:, hidden] != 0
        places = np.flatnonzero(hidden)
        inside = places == cell
        while True:
            rows = touches[:, inside].any(axis=1)
            wider = touches[rows].any(axis=0) | inside
            if (wider == inside).all():
                return places[inside], np.flatnonzero(rows)
            inside = wider

    def width(self, hidden: Mask, cell: int, low: Floats, high: Floats) -> float:
        """Return how far apart the largest and the smallest possible count of a hidden domain are.

        Parameters
        ----------
        hidden : bool array, shape (domains,)
        cell : int
            A hidden domain.
        low, high : float arrays, shape (domains,)
            What the reasons for withholding say of each hidden count; infinity where they say nothing.
        """
        cells, rows = self.component(hidden, cell)
        if not len(rows):
            return float(high[cell] - low[cell])
        known = self.relations[np.ix_(rows, cells)]
        right = known @ self.counts[cells]
        target = (cells == cell).astype(np.float64)
        zero = np.zeros_like(known)
        bounds = list(zip(low[cells].tolist(), high[cells].tolist(), strict=True))
        # Two possible worlds at once: the first as high as can be, the second as low.
        answer = linprog(
            np.concatenate([-target, target]),
            A_eq=np.block([[known, zero], [zero, known]]),
            b_eq=np.concatenate([right, right]),
            bounds=[*bounds, *bounds],
            method="highs",
        )
        unbounded = answer.status == UNBOUNDED
        return float("inf") if unbounded else 0.0 if answer.fun is None else -float(answer.fun)
