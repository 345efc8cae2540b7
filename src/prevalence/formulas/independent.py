"""Estimates of samples that were drawn independently, and of samples of which only the covariance matrix is left.

Sources: Welch (1947), Biometrika 34, 28-35, and Satterthwaite (1946) for degrees of freedom of a sum of variances.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from prevalence.formulas.contrast import directions
from prevalence.formulas.imputation import Imputed
from prevalence.formulas.products import cross_products
from prevalence.formulas.ratio import columns_of, divide
from prevalence.formulas.rules import Rule, Spread
from prevalence.totals import Columns, Floats

KEPT = 1e-14
"""Directions of a covariance matrix with a smaller part of its largest eigenvalue are rounding noise."""


@dataclass(frozen=True, slots=True)
class Independent:
    """Scores of several samples, one below the other; variances add.

    Attributes
    ----------
    rules : tuple of Rule
        One a sample.
    pieces, units : tuples of int
        Rows of scores and of presence of each sample.
    """

    rules: tuple[Rule, ...]
    pieces: tuple[int, ...]
    units: tuple[int, ...]

    @property
    def undefined(self) -> str:
        """Return the reason of the first sample."""
        return self.rules[0].undefined

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        r"""Return sums of variances, with degrees of freedom :math:`(\sum V)^2 / \sum V^2 / \nu`."""
        parts = [_of_touched(rule.spread(own, there), there) for rule, own, there in self._blocks(scores, presence)]
        variances = [part.variance for part in parts]
        return Spread(
            variance=np.sum(variances, axis=0),
            df=_welch(variances, [part.df for part in parts]),
            counted=_welch(variances, [part.counted for part in parts]),
            n_psu=np.sum([part.n_psu for part in parts], axis=0),
            census=np.logical_and.reduce([part.census for part in parts]),
        )

    def covariance(self, scores: Columns, presence: Columns) -> Floats:
        """Return the sum of the covariance matrices of the samples."""
        total = np.zeros((scores.shape[1], scores.shape[1]))
        for rule, own, there in self._blocks(scores, presence):
            touched = np.flatnonzero(_members(there) > 0)
            total[np.ix_(touched, touched)] += rule.covariance(Columns(own[:, touched]), Columns(there[:, touched]))
        return total

    def joint_df(self, scores: Columns, presence: Columns, union: Columns) -> float:
        r"""Return the degrees of freedom of all estimates together, the same whichever combinations of them are asked for.

        .. math:: \nu = \frac{q (q + 1)}{\sum_i (\mathrm{tr}\,(V_i V^{-1})^2 + (\mathrm{tr}\,V_i V^{-1})^2) / \nu_i}

        Parameters
        ----------
        scores, presence : sparse arrays
            Of the estimates, q of which do not follow from others.
        union : sparse array, shape (units, 1)
            Presence in any of their domains.

        Notes
        -----
        Krishnamoorthy & Yu (2004), Statistics & Probability Letters 66, 161-169, for any number of samples; of one estimate it is Welch's.
        """
        freed = directions(self.covariance(scores, presence))
        lost = 0.0
        blocks = zip(self._blocks(scores, presence), self._blocks(scores, union), strict=True)
        for (rule, own, there), (_, _, together) in blocks:
            touched = np.flatnonzero(_members(there) > 0)
            if not len(touched):
                continue
            own, there = Columns(own[:, touched]), Columns(there[:, touched])
            part = freed[touched].T @ rule.covariance(own, there) @ freed[touched]
            if not part.any():
                continue
            if isinstance(rule, Imputed):
                degrees = rule.joint_df(own, there, together)
            else:
                degrees = float(rule.spread(Columns(own[:, [0]]), together).counted[0])
            lost += float(np.trace(part @ part) + np.trace(part) ** 2) / degrees if degrees != 0 else float("inf")
        rank = freed.shape[1]
        return rank * (rank + 1) / lost if lost > 0 else float("nan")

    def _blocks(self, scores: Columns, presence: Columns) -> Iterator[tuple[Rule, Columns, Columns]]:
        ends, bounds = np.cumsum(self.pieces), np.cumsum(self.units)
        for rule, end, size, bound, units in zip(self.rules, ends, self.pieces, bounds, self.units, strict=True):
            yield rule, Columns(scores[end - size : end]), Columns(presence[bound - units : bound])


@dataclass(frozen=True, slots=True)
class Recorded:
    """Scores whose sums of products are the covariance matrix of estimates that were written down.

    `presence` has one row an estimate of the record: above zero where a contrast draws on it.

    Attributes
    ----------
    df, n_psu : float arrays, shape (estimates of the record,)
    """

    df: Floats
    n_psu: Floats

    @property
    def undefined(self) -> str:
        """Return the one reason of this rule."""
        return "the record has no standard error"

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        """Return sums of squares, with the fewest degrees of freedom and the most units of the estimates that are drawn on."""
        used = presence.toarray() != 0
        none = ~used.any(axis=0)
        df = np.where(used, self.df[:, None], np.inf).min(axis=0)
        return Spread(
            variance=np.asarray(scores.power(2).sum(axis=0), dtype=np.float64).ravel(),
            df=np.where(none, 0.0, df),
            counted=np.where(none, 0.0, df),
            n_psu=np.where(used, self.n_psu[:, None], 0.0).max(axis=0),
            census=np.zeros(len(df), dtype=np.bool_),
        )

    def covariance(self, scores: Columns, presence: Columns) -> Floats:
        """Return sums of products."""
        return cross_products(scores)


def factor(covariance: Floats) -> Columns:
    """Return scores whose sums of products are a covariance matrix, shape (directions, estimates).

    Rows and columns that are not finite become NaN scores of their own.
    """
    known = np.flatnonzero(np.isfinite(np.diag(covariance)))
    spread = np.sqrt(np.maximum(np.diag(covariance)[known], 0.0))
    scale = np.where(spread > 0, spread, 1.0)
    values, vectors = linalg.eigh(covariance[np.ix_(known, known)] / np.outer(scale, scale))
    kept = values > KEPT * max(float(values.max(initial=0.0)), 1.0)
    rows = np.zeros((int(kept.sum()) + 1, len(covariance)))
    rows[:-1, known] = (vectors[:, kept] * np.sqrt(values[kept])).T * scale
    rows[-1] = np.where(np.isfinite(np.diag(covariance)), 0.0, np.nan)
    return sparse.csc_array(rows)


def block_diagonal(parts: Sequence[Columns]) -> Columns:
    """Return sparse arrays one below the other, the columns of each its own; stored zeros stay."""
    return sparse.csc_array(sparse.block_diag(list(parts), format="csc"))


def _welch(variances: Sequence[Floats], df: Sequence[Floats]) -> Floats:
    r"""Return :math:`(\sum V)^2 / \sum V^2/\nu`; all degrees of freedom together where there is no variance."""
    total = np.sum(variances, axis=0)
    lost = np.sum([np.where(own == 0, 0.0, divide(own**2, degrees)) for own, degrees in zip(variances, df, strict=True)], axis=0)
    return np.where(total > 0, divide(total**2, lost), np.sum(df, axis=0))


def _members(presence: Columns) -> Floats:
    """Return how many units have a member of each domain; a stored zero is none."""
    column = columns_of(presence)[presence.data != 0]
    return np.bincount(column, minlength=presence.shape[1]).astype(np.float64)


def _of_touched(part: Spread, presence: Columns) -> Spread:
    """Return what a sample adds: nothing to estimates that do not draw on it."""
    touched = _members(presence) > 0
    return Spread(
        variance=np.where(touched, part.variance, 0.0),
        df=np.where(touched, part.df, 0.0),
        counted=np.where(touched, part.counted, 0.0),
        n_psu=np.where(touched, part.n_psu, 0.0),
        census=part.census | ~touched,
    )
