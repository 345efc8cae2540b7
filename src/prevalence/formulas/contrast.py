"""Contrasts of estimates that share their sampling units, so that covariance needs no formula of its own.

Source: Binder (1983), On the variances of asymptotically normal estimators from complex surveys.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse, special

from prevalence.formulas.ratio import Linear, divide
from prevalence.totals import Columns, Floats

RANK_TOLERANCE = 1e-10
"""Directions of the correlation matrix with a smaller part of its largest eigenvalue repeat the others."""


@dataclass(frozen=True, slots=True, repr=False)
class WaldTest:
    """A joint test that several contrasts are zero.

    Attributes
    ----------
    f : float
        Wald statistic over its rank, times (df - rank + 1) / df.
    rank : int
        Number of independent contrasts, the numerator degrees of freedom.
    df : float
        Denominator degrees of freedom, df - rank + 1.
    p_value : float
    """

    f: float
    rank: int
    df: float
    p_value: float

    def __repr__(self) -> str:
        return f"WaldTest: F({self.rank}, {self.df:g}) = {self.f:.4g}, p = {self.p_value:.3g}"


def linear(matrix: Columns, estimate: Floats, scores: Columns) -> Linear:
    """Return the contrasts L theta with their scores; `matrix` has shape (contrasts, domains).

    Undefined estimates with coefficient zero do not spoil a contrast.
    """
    weights = sparse.csc_array(matrix)
    undefined = (abs(weights) @ np.isnan(estimate).astype(np.float64)) > 0
    value = weights @ np.nan_to_num(estimate)
    return Linear(np.where(undefined, np.nan, value), Columns(scores @ weights.T))


def presence(matrix: Columns, counts: Columns) -> Columns:
    """Return which units have a member of any domain that a contrast uses, shape (units, contrasts)."""
    used = sparse.csc_array((abs(matrix) > 0).astype(np.float64))
    return Columns(counts @ used.T)


def log_ratio(numerator: Columns, denominator: Columns, estimate: Floats, scores: Columns) -> Linear:
    """Return ratios of estimates with the scores of their logarithms.

    Parameters
    ----------
    numerator, denominator : sparse 0/1 arrays, shape (contrasts, domains)
        Which domain stands above and below the line.
    estimate, scores : of the domains

    Returns
    -------
    Linear
        `estimate` is the ratio; `scores` are those of log(ratio), meaningless where the ratio is 0.
    """
    relative = Columns(scores.multiply(np.where(estimate != 0, divide(np.ones_like(estimate), estimate), 0.0)))
    above, below = linear(numerator, estimate, relative), linear(denominator, estimate, relative)
    return Linear(divide(above.estimate, below.estimate), Columns(above.scores - below.scores))


def directions(covariance: Floats) -> Floats:
    """Return combinations of estimates that are uncorrelated and of variance 1, shape (estimates, rank).

    Sums over them are the same whichever combinations of the estimates are asked for.

    Parameters
    ----------
    covariance : float array, shape (estimates, estimates)
        Estimates without variance are in no combination.
    """
    # On the scale of correlations, as in `wald_test`.
    spread = np.sqrt(np.diag(covariance))
    spread = np.where(spread > 0, spread, 1.0)
    values, vectors = linalg.eigh(covariance / np.outer(spread, spread))
    kept = values > values.max() * RANK_TOLERANCE
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]) / spread[:, None], dtype=np.float64)


def wald_test(estimate: Floats, covariance: Floats, df: float) -> WaldTest:
    """Return the joint F test that all of `estimate` are zero (Korn & Graubard 1990).

    Parameters
    ----------
    estimate : float array, shape (contrasts,)
    covariance : float array, shape (contrasts, contrasts)
        With a diagonal above zero.
    df : float
        Degrees of freedom of the design over the union of the domains.
    """
    # On the scale of correlations, so that the rank does not depend on the units of the contrasts.
    spread = np.sqrt(np.diag(covariance))
    values, vectors = linalg.eigh(covariance / np.outer(spread, spread))
    kept = values > values.max() * RANK_TOLERANCE
    estimate = estimate / spread
    rank = int(kept.sum())
    below = df - rank + 1
    if rank == 0 or below <= 0:
        return WaldTest(float("nan"), rank, float(below), float("nan"))
    statistic = float(((vectors[:, kept].T @ estimate) ** 2 / values[kept]).sum())
    f = statistic / rank * below / df
    return WaldTest(f, rank, float(below), float(special.fdtrc(rank, below, f)))
