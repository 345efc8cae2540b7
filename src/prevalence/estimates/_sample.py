"""What the variances and covariances of a table are made of, and which rows a contrast draws on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from prevalence.design import Design
from prevalence.formulas import contrast as contrasts
from prevalence.formulas.imputation import Imputed
from prevalence.formulas.independent import Independent
from prevalence.formulas.rules import Rule, Spread
from prevalence.totals import Columns, Floats, Ints


@dataclass(frozen=True, slots=True)
class Sample:
    """What variances and covariances are made of.

    Attributes
    ----------
    rule : Rule
        How scores become variances; one object for all tables of one reading of the data.
    scores : sparse array, shape (pieces of the sample, rows)
        Effect of each sampling unit, or deviation of each replicate, on each estimate (on its logarithm, for ratios of estimates).
    presence : sparse array, shape (units, rows)
        Above zero where the unit has a member of the domain.
    design : Design
    """

    rule: Rule
    scores: Columns
    presence: Columns
    design: Design

    def spread(self) -> Spread:
        """Return variance, degrees of freedom and occupied units of each row."""
        return self.rule.spread(self.scores, self.presence)

    def covariance(self) -> Floats:
        """Return the covariance matrix of all rows."""
        return self.rule.covariance(self.scores, self.presence)

    def joint_df(self) -> Floats:
        """Return the degrees of freedom of all rows together, by a count of units over the union of their domains, shape (1,)."""
        every = Columns(np.ones((1, self.scores.shape[1])))
        union = self.contrasted(every, Columns(self.scores @ every.T))
        if isinstance(self.rule, Imputed | Independent):
            return np.array([self.rule.joint_df(self.scores, self.presence, union.presence)])
        return union.spread().counted

    def take(self, rows: Ints) -> Sample:
        """Return the sample as seen by the given rows."""
        return replace(self, scores=Columns(self.scores[:, rows]), presence=Columns(self.presence[:, rows]))

    def contrasted(self, used: Columns, scores: Columns) -> Sample:
        """Return the sample as seen by contrasts with the given scores; `used`, (contrasts, rows), says which rows they draw on."""
        return replace(self, scores=scores, presence=contrasts.presence(used, self.presence))


def inherited(df: Floats, used: Columns, of_rows: Floats) -> Floats:
    """Return degrees of freedom of contrasts, where the rule has none those of the row they draw on that has most.

    Parameters
    ----------
    df : float array, shape (contrasts,)
    used : sparse array, shape (contrasts, rows)
    of_rows : float array, shape (rows,)
    """
    if not np.isnan(df).any():
        return df
    largest = sparse.csr_array(abs(used) > 0).multiply(of_rows[None, :]).max(axis=1)
    return np.where(np.isnan(df), np.asarray(largest.todense(), dtype=np.float64).ravel(), df)


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
