"""What the variances and covariances of a table are made of, and which rows a contrast draws on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from prevalence.design import Design
from prevalence.totals import Columns, Floats, Ints, Units


@dataclass(frozen=True, slots=True)
class Sample:
    """What variances and covariances are made of.

    Attributes
    ----------
    units : Units
    scores : sparse array, shape (units, rows)
        Effect of each sampling unit on each estimate (on its logarithm, for ratios of estimates).
    presence : sparse array, shape (units, rows)
        Above zero where the unit has a member of the domain.
    design : Design
    """

    units: Units
    scores: Columns
    presence: Columns
    design: Design

    def take(self, rows: Ints) -> Sample:
        """Return the sample as seen by the given rows."""
        return replace(self, scores=Columns(self.scores[:, rows]), presence=Columns(self.presence[:, rows]))


def first_used(used: Columns) -> Ints:
    """Return the first row that each contrast draws on, shape (contrasts,)."""
    rows = sparse.csr_array(used)
    return rows.indices[np.minimum(rows.indptr[:-1], max(rows.nnz - 1, 0))].astype(np.int64)


def thinnest_of(used: Columns, n: Floats) -> Ints:
    """Return, of the rows that each contrast draws on, the one with the fewest observations, shape (contrasts,)."""
    rows = sparse.coo_array(abs(used) > 0)
    order = np.lexsort((n[rows.col], rows.row))
    contrast, first = np.unique(rows.row[order], return_index=True)
    thinnest = np.zeros(used.shape[0], dtype=np.int64)
    thinnest[contrast] = rows.col[order][first]
    return thinnest
