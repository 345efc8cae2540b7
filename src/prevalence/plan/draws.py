"""Selection on arrays: systematic and random draws within strata, with equal probabilities or in proportion to size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.totals import Floats, Ints

EDGE = 1e-9
"""A unit as long as the interval, but for this part of it, is certain: rounding must not decide."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Units drawn, in the order in which they stand.

    Attributes
    ----------
    row : int array, shape (drawn,)
        Positions of the units drawn.
    probability : float array, shape (drawn,)
        Inclusion probability.
    start : float array, shape (strata,)
        Random start of each stratum, between 0 and 1.
    """

    row: Ints
    probability: Floats
    start: Floats


def probabilities(stratum: Ints, size: Floats, n: Ints) -> Floats:
    """Return inclusion probabilities proportional to size, 1 for units that are as long as the interval or longer.

    Parameters
    ----------
    stratum : int array, shape (units,)
    size : float array, shape (units,)
    n : int array, shape (strata,)
        Units to draw, no more than there are of size above 0.
    """
    certain = np.zeros(len(size), dtype=np.bool_)
    while True:
        left = np.where(certain, 0.0, size)
        total = np.bincount(stratum, weights=left, minlength=len(n))
        wanted = n - np.bincount(stratum, weights=certain, minlength=len(n))
        expected = np.divide(left * wanted[stratum], total[stratum], out=np.zeros(len(size)), where=total[stratum] > 0)
        more = expected >= 1 - EDGE
        if not more.any():
            return np.where(certain, 1.0, expected)
        certain |= more


def systematic(stratum: Ints, probability: Floats, order: Ints, start: Floats) -> Ints:
    """Return the units hit by equidistant points on the line on which each is as long as its probability.

    Parameters
    ----------
    stratum : int array, shape (units,)
    probability : float array, shape (units,)
        At most 1, so that no unit is hit twice; they add up to a whole number in each stratum.
    order : int array, shape (units,)
        Positions of the units in the order of the list, stratum by stratum.
    start : float array, shape (strata,)
        Between 0 and 1.
    """
    along, home = probability[order], stratum[order]
    end = np.cumsum(along)
    first = np.searchsorted(home, np.arange(len(start)))
    before = np.concatenate([[0.0], end])[first]
    # Units that are certain end on a whole number; the noise of the sum must not move them over it.
    within = np.round(end - before[home], 9)
    points = np.ceil(within - start[home])
    earlier = np.ceil(np.concatenate([[0.0], within[:-1]]) - start[home])
    starts_anew = np.concatenate([[True], home[1:] != home[:-1]]) if len(home) else np.zeros(0, dtype=np.bool_)
    earlier = np.where(starts_anew, 0.0, earlier)
    return np.sort(order[points > earlier])


def at_random(stratum: Ints, n: Ints, key: Floats) -> Ints:
    """Return the n units of each stratum with the smallest random key: a simple random sample without replacement."""
    order = np.lexsort((key, stratum))
    first = np.searchsorted(stratum[order], np.arange(len(n)))
    place = np.arange(len(order)) - first[stratum[order]]
    return np.sort(order[place < n[stratum[order]]])


def draw(
    rng: np.random.Generator,
    stratum: Ints,
    size: Floats,
    n: Ints,
    *,
    order: Ints,
    random: bool,
) -> Drawn:
    """Draw n units of each stratum."""
    probability = probabilities(stratum, size, n)
    start = rng.random(len(n))
    row = at_random(stratum, n, rng.random(len(size))) if random else systematic(stratum, probability, order, start)
    return Drawn(row, probability[row], start)
