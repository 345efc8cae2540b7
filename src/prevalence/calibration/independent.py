"""Auxiliaries that repeat others: found, left out, and their totals held against those of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from prevalence.calibration.margins import CONSISTENT, Margin, described
from prevalence.errors import DataError, listed
from prevalence.totals import Floats, Ints

RANK_TOLERANCE = 1e-11
"""A column of which less than this part of its square is its own repeats the others; sums of millions of rows leave 1e-13."""

USED = 1e-6
"""Smallest coefficient, beside a total, that a message counts as a part of a combination."""


@dataclass(frozen=True, slots=True)
class Independent:
    """A largest set of auxiliaries none of which follows from the others.

    Attributes
    ----------
    kept, redundant : int arrays
        Ascending places among the auxiliaries.
    coefficients : float array, shape (redundant, kept)
        Redundant auxiliaries as combinations of the kept ones.
    """

    kept: Ints
    redundant: Ints
    coefficients: Floats


def independent_columns(gram: Floats) -> Independent:
    """Return which auxiliaries determine the others, by a Cholesky factor with pivoting of their correlations.

    Parameters
    ----------
    gram : float array, shape (auxiliaries, auxiliaries)
        Sum of weight x x'.
    """
    size = np.sqrt(np.diag(gram))
    present = np.flatnonzero(size > 0)
    scaled = gram[np.ix_(present, present)] / np.outer(size[present], size[present])
    if not len(present):
        return Independent(present, np.arange(len(gram)), np.zeros((len(gram), 0)))
    _, pivots, rank, _ = lapack.dpstrf(scaled, lower=1, tol=RANK_TOLERANCE)
    chosen = np.sort(pivots[:rank] - 1)
    kept = present[chosen]
    redundant = np.setdiff1d(np.arange(len(gram)), kept)
    coefficients = np.zeros((len(redundant), len(kept)))
    repeats = np.isin(redundant, present)
    if repeats.any():
        others = np.setdiff1d(np.arange(len(present)), chosen)
        solved = linalg.solve(scaled[np.ix_(chosen, chosen)], scaled[np.ix_(chosen, others)], assume_a="pos")
        coefficients[repeats] = solved.T * np.outer(size[present[others]], 1 / size[kept])
    return Independent(kept, redundant, coefficients)


def check_totals_agree(margins: Sequence[Margin], found: Independent, totals: Floats) -> None:
    """Raise unless the total of each redundant auxiliary is what the totals of the others make it.

    Raises
    ------
    DataError
        If totals contradict each other, such as those of districts and of the region that they lie in.
    """
    implied = found.coefficients @ totals[found.kept]
    size = np.abs(found.coefficients) @ np.abs(totals[found.kept]) + np.abs(totals[found.redundant])
    wrong = np.flatnonzero(np.abs(implied - totals[found.redundant]) > CONSISTENT * size)
    if not len(wrong):
        return
    first = int(wrong[0])
    column = int(found.redundant[first])
    parts = np.flatnonzero(np.abs(found.coefficients[first]) * np.abs(totals[found.kept]) > USED * size[first])
    raise DataError(
        f"Totals of auxiliaries that follow from each other must agree; {described(margins, [column])[0]} has the total "
        f"{totals[column]:,.10g}, but {listed(described(margins, found.kept[parts]))} together imply {implied[first]:,.10g}. "
        "Correct the totals, or leave one of these auxiliaries out."
    )
