"""Extreme weights cut to a bound, and what was cut off shared among the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from prevalence.calibration.calibrated import checked_weights
from prevalence.calibration.margins import Codes
from prevalence.errors import DataError, OptionError, check_option, counted, listed
from prevalence.totals import Floats, weighted_counts

Share = Literal["equal", "proportional"]
SHARES: tuple[Share, ...] = ("equal", "proportional")

ROUNDS = 10_000
"""Strict trimming gains, a round, the share of weights at the bound."""

ROUNDING = 1e-14
"""Part of a bound that sharing may overshoot it by before that counts as outside; it is cut off in the end."""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Weights after trimming.

    Attributes
    ----------
    weight : float array, shape (rows,)
    cut : bool array, shape (rows,)
        Rows that were outside the bounds in any round.
    moved : float
        Sum of the weight taken from rows above the upper bound in the first round.
    rounds : int
    """

    weight: Floats
    cut: npt.NDArray[np.bool_]
    moved: float
    rounds: int


def trim(
    weight: Floats,
    *,
    upper: float | Floats = np.inf,
    lower: float | Floats = -np.inf,
    classes: Codes | None = None,
    share: Share = "equal",
    strict: bool = False,
) -> Trimmed:
    """Return weights within bounds, with the sum of each class kept.

    Parameters
    ----------
    weight : float array, shape (rows,)
        Zero or greater. Rows of weight zero stay so.
    upper, lower : float or float array, shape (rows,)
    classes : int array, shape (rows,), optional
        Classes within which the weight cut off is shared, from 0; without it all rows share.
    share : {"equal", "proportional"}
        Whether rows within the bounds get the same amount each (R's ``trimWeights``) or in proportion to their weight.
    strict : bool
        Whether to repeat until no weight is outside; otherwise sharing may push some past the bound.

    Raises
    ------
    DataError
        If a class has no row within the bounds to share with.
    OptionError
        If bounds or `share` are not possible.

    Notes
    -----
    Rows of weight zero aside, which R gives a share, equal to R's ``survey::trimWeights``.

    Examples
    --------
    >>> import numpy as np
    >>> trim(np.array([1.0, 2.0, 9.0]), upper=6).weight
    array([2.5, 3.5, 6. ])
    """
    current = checked_weights(weight)
    check_option("share", share, SHARES)
    low, high = np.broadcast_to(lower, current.shape), np.broadcast_to(upper, current.shape)
    if not np.all(low < high):
        raise OptionError(f"The lower bound of weights must be below the upper one; found {lower!r} and {upper!r}.")
    group = np.zeros(len(current), dtype=np.int64) if classes is None else np.asarray(classes, dtype=np.int64)
    used, cut, rounds = current > 0, np.zeros(len(current), dtype=np.bool_), 0
    moved = float(np.maximum(current - high, 0)[used].sum())
    outside = used & ((current < low) | (current > high))
    while outside.any() and (strict or rounds == 0):
        if rounds == ROUNDS:
            raise DataError(
                f"Strict trimming did not end in {ROUNDS:,} rounds; {counted(int(outside.sum()), 'row')} left. Widen the bounds."
            )
        current = _shared(current, np.clip(current, low, high), outside, used, group, share)
        cut, rounds = cut | outside, rounds + 1
        outside = used & ((current < low - ROUNDING * np.abs(low)) | (current > high + ROUNDING * np.abs(high)))
    return Trimmed(np.where(used, np.clip(current, low, high), 0.0) if strict else current, cut, moved, rounds)


def median_bound(weight: Floats, *, multiple: float, classes: Codes | None = None) -> Floats:
    """Return the median plus a multiple of the interquartile range of the weights above zero, by class, shape (rows,).

    Source: Chowdhury, Khare & Wolter (2007), Weight trimming in the National Immunization Survey, JSM Proceedings, which takes 6 times the range.
    Quantiles are those of R's type 7.
    """
    values = checked_weights(weight)
    group = np.zeros(len(values), dtype=np.int64) if classes is None else np.asarray(classes, dtype=np.int64)
    used = np.flatnonzero(values > 0)
    order = used[np.lexsort((values[used], group[used]))]
    count = np.bincount(group[used], minlength=int(group.max()) + 1)
    first = np.cumsum(count) - count
    low, middle, high = (_quantile(values[order], first, count, part) for part in (0.25, 0.5, 0.75))
    return np.asarray((middle + multiple * (high - low))[group], dtype=np.float64)


def _quantile(ordered: Floats, first: npt.NDArray[np.int64], count: npt.NDArray[np.int64], part: float) -> Floats:
    """Return a quantile of each run of ordered values, NaN for an empty run, shape (classes,)."""
    position = (np.maximum(count, 1) - 1) * part
    below = np.floor(position).astype(np.int64)
    last = np.maximum(first + count - 1, 0)
    start = ordered[np.minimum(first + below, last)]
    end = ordered[np.minimum(first + below + 1, last)]
    return np.where(count > 0, start + (position - below) * (end - start), np.nan)


def _shared(
    weight: Floats,
    bounded: Floats,
    outside: npt.NDArray[np.bool_],
    used: npt.NDArray[np.bool_],
    group: npt.NDArray[np.int64],
    share: str,
) -> Floats:
    """Return the bounded weights with what was cut off added to the rows within, class by class."""
    size = int(group.max()) + 1
    within = used & ~outside
    off = weighted_counts(group[outside], (weight - bounded)[outside], size)
    basis = within.astype(np.float64) if share == "equal" else np.where(within, weight, 0.0)
    receivers = weighted_counts(group, basis, size)
    stuck = np.flatnonzero((off != 0) & (receivers == 0))
    if len(stuck):
        raise DataError(
            f"Each class must have rows within the bounds to share the weight cut off; {counted(len(stuck), 'class has', 'classes have')} "
            f"none: {listed(stuck.tolist())}. Widen the bounds, or merge classes."
        )
    amount = np.divide(off, receivers, out=np.zeros(size), where=receivers > 0)
    return np.where(outside, bounded, weight + basis * amount[group])
