"""Weights scaled to the population of cells: of one classification at once, of several margins in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from prevalence.calibration.calibrated import Calibration, checked_weights
from prevalence.calibration.distances import distance
from prevalence.calibration.elements import Rows, elements_of
from prevalence.calibration.independent import check_totals_agree, independent_columns
from prevalence.calibration.margins import Margin, check_complete, check_margins, flat_totals, shortfall
from prevalence.errors import DataError, counted
from prevalence.totals import Floats, Ints, weighted_counts

ROUND_TOLERANCE = 1e-12
"""Part of a total that it may be missed by after a round over all margins."""

ROUNDS = 1000
"""Proportional fitting gains a constant factor a round; where cells are thin the factor is near 1."""

ANY = np.array([-np.inf]), np.array([np.inf])
"""No bounds."""


def post_stratify(weight: Floats, margin: Margin, totals: npt.ArrayLike, *, partial: bool = False) -> Calibration:
    """Return the weights scaled to the population of each cell of one classification.

    Parameters
    ----------
    weight : float array, shape (rows,)
        Zero or greater.
    margin : Margin
        Without amounts.
    totals : array, shape (cells,)
    partial : bool
        Whether cells with a population but without rows are left out (R's ``partial``); otherwise they are an error.

    Returns
    -------
    Calibration

    Raises
    ------
    DataError
        If totals and sample do not fit each other, or weights are missing or negative.

    Notes
    -----
    Holt & Smith (1979), Post stratification, JRSS A 142:33-46; R's ``survey::postStratify``.

    Examples
    --------
    >>> import numpy as np
    >>> post_stratify(np.array([1.0, 1.0, 2.0]), Margin(np.array([0, 0, 1]), 2), [10.0, 6.0]).weight
    array([5., 5., 6.])
    """
    before = checked_weights(weight)
    _check_counts([margin])
    check_margins([margin], len(before))
    wanted = flat_totals([margin], [totals])
    sums = weighted_counts(np.asarray(margin.code, dtype=np.int64), before, margin.size)
    check_complete([margin], np.where(sums == 0, 0.0, wanted) if partial else wanted, sums)
    factor = np.divide(wanted, sums, out=np.ones(margin.size), where=sums > 0)
    kept = np.flatnonzero(sums > 0)
    ratio = factor[margin.code]
    return Calibration(
        before=before,
        weight=before * ratio,
        ratio=ratio,
        elements=elements_of([margin]).take(kept),
        variance=None,
        margins=(margin,),
        distance=distance("linear", *ANY),
        kept=kept,
        redundant=np.flatnonzero(sums == 0),
        totals=wanted,
        achieved=sums * factor,
        iterations=0,
    )


def rake(
    weight: Floats,
    margins: Sequence[Margin],
    totals: Sequence[npt.ArrayLike],
    *,
    tolerance: float = ROUND_TOLERANCE,
    rounds: int = ROUNDS,
) -> Calibration:
    """Return the weights scaled to one margin after the other, over and over: iterative proportional fitting.

    The same weights as ``calibrate(method="raking")``, which needs far fewer passes where convergence is slow.

    Parameters
    ----------
    weight : float array, shape (rows,)
        Zero or greater.
    margins : sequence of Margin
        Without amounts.
    totals : sequence of arrays
        Population totals of the cells of each margin.
    tolerance : float
        Part of a total that it may be missed by.
    rounds : int

    Returns
    -------
    Calibration

    Raises
    ------
    DataError
        If totals and sample do not fit each other, or the rounds do not suffice: the cells missed by most are named.

    Notes
    -----
    Deming & Stephan (1940), Annals of Mathematical Statistics 11:427-444. R's ``survey::rake`` stops after 10 rounds by default, whether
    or not the margins are met.
    """
    before = checked_weights(weight)
    _check_counts(margins)
    check_margins(margins, len(before))
    wanted = flat_totals(margins, totals)
    parts = elements_of(margins)
    summed = parts.sums(before)
    check_complete(margins, wanted, parts.totals(summed))
    found = independent_columns(parts.gram(summed))
    check_totals_agree(margins, found, wanted)
    codes = parts.blocks[0].matrix.indices.reshape(parts.cells, len(margins)).T.astype(np.int64)
    fitted = scaled_in_turn(codes, [margin.size for margin in margins], wanted, summed[:, None], tolerance, rounds)
    achieved = parts.totals(summed * fitted.ratio[:, 0])
    if fitted.left[0] > tolerance:
        raise DataError(
            f"Raking did not converge in {counted(fitted.rounds, 'round')}; {shortfall(margins, wanted, achieved, np.where(wanted > 0, wanted, 1.0))}. "
            "Merge small cells, correct the totals, or use calibrate(method='raking'), which says whether they can be met."
        )
    ratio = parts.spread(fitted.ratio[:, 0])
    return Calibration(
        before=before,
        weight=before * ratio,
        ratio=ratio,
        elements=parts.take(found.kept),
        variance=None,
        margins=tuple(margins),
        distance=distance("raking", *ANY),
        kept=found.kept,
        redundant=found.redundant,
        totals=wanted,
        achieved=achieved,
        iterations=fitted.rounds,
    )


@dataclass(frozen=True, slots=True)
class Proportional:
    """What proportional fitting ends with.

    Attributes
    ----------
    ratio : float array, shape (elements, replicates)
        g-weights.
    left : float array, shape (replicates,)
        Largest part of a total that it is missed by.
    rounds : int
    """

    ratio: Floats
    left: Floats
    rounds: int


def scaled_in_turn(
    codes: Ints, sizes: Sequence[int], totals: Floats, weight: Floats, tolerance: float, rounds: int
) -> Proportional:
    """Scale weights to each margin in turn until all are met, for all replicates at once.

    Parameters
    ----------
    codes : int array, shape (margins, elements)
        Place of the cell of each element among all cells of all margins.
    sizes : sequence of int
        Cells of each margin.
    totals : float array, shape (auxiliaries,)
        A total of 0, or a cell without weight, leaves its elements as they are.
    weight : float array, shape (elements, replicates)
    tolerance : float
    rounds : int
    """
    starts = np.cumsum([0, *sizes])
    spots = [_indicator(code - start, size) for code, start, size in zip(codes, starts, sizes, strict=False)]
    wanted = [totals[start : start + size, None] for start, size in zip(starts, sizes, strict=False)]
    fitted = weight.copy()
    done, left = 0, np.full(weight.shape[1], np.inf)
    while done < rounds and not np.all(left <= tolerance):
        for spot, code, start, total in zip(spots, codes, starts, wanted, strict=False):
            fitted *= _factors(spot.T @ fitted, total)[code - start]
        misses = [_missed(spot.T @ fitted, total) for spot, total in zip(spots, wanted, strict=True)]
        done, left = done + 1, np.max(misses, axis=0)
    ratio = np.divide(fitted, weight, out=np.ones_like(fitted), where=weight != 0)
    return Proportional(ratio, left, done)


def _check_counts(margins: Sequence[Margin]) -> None:
    if any(margin.amount is not None for margin in margins):
        raise DataError("Scaling cells needs margins that count rows; found one with amounts. Use calibrate for amounts.")


def _indicator(code: Ints, size: int) -> Rows:
    return Rows((np.ones(len(code)), code, np.arange(len(code) + 1)), shape=(len(code), size))


def _factors(sums: Floats, totals: Floats) -> Floats:
    """Return totals over sums, 1 where either is 0, shape (cells, replicates)."""
    return np.divide(totals, sums, out=np.ones_like(sums), where=(sums != 0) & (totals != 0))


def _missed(sums: Floats, totals: Floats) -> Floats:
    """Return the largest part by which the sums of a margin miss their totals, shape (replicates,)."""
    return np.asarray(np.max(np.abs(_factors(sums, totals) - 1), axis=0, initial=0.0), dtype=np.float64)
