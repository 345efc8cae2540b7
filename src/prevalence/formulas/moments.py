r"""Centred cross-moments of unit totals by stratum and pair of domains: what is left of the units when they are too many to keep.

A variance needs, of each stratum, the sums over its units of :math:`(y_i-\bar y)^2`, :math:`(y_i-\bar y)(x_i-\bar x)` and
:math:`(x_i-\bar x)^2`; a covariance the same across two domains. They are small whatever the number of units, and those of two
parts of a sample combine without ever squaring a raw sum.

Source: Chan, Golub & LeVeque (1983), Algorithms for computing the sample variance, The American Statistician 37(3), 242-247.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from prevalence.errors import OptionError
from prevalence.formulas.ratio import columns_of, divide
from prevalence.totals import DENSE_PLACES_PER_ROW, Columns, Floats, Ints, grouped_sums, weighted_counts

CROSSED = ((0, 2), (0, 3), (1, 2), (1, 3))
"""Which two of e, x of the first domain and e, x of the second each row of `cross` multiplies."""


@dataclass(frozen=True, slots=True)
class StratumMoments:
    """Moments of the unit totals of pairs of domains by stratum, over the units that have a member of either.

    Units without a member have totals of zero; they are added when the number of sampled units is known.

    Attributes
    ----------
    pairs : int array, shape (pairs, 2)
        Domains of each pair; the first pairs are each domain with itself, in order.
    reference : float array, shape (domains,)
        r, near the ratio of the domain: moments are those of e = y - r x and of x, so that residuals keep their digits. NaN while
        the domain has no member.
    place : int array, shape (entries,)
        Stratum x pairs + pair, ascending; entries exist where a unit has a member.
    units : float array, shape (entries,)
        Number of units with a member.
    mean : float array, shape (4, entries)
        Means over these units of e and x of the first domain, e and x of the second.
    cross : float array, shape (4, entries)
        Sums of products of their deviations from the means: e e', e x', x e', x x'.
    """

    pairs: Ints
    reference: Floats
    place: Ints
    units: Floats
    mean: Floats
    cross: Floats

    @property
    def stratum(self) -> Ints:
        """Stratum of each entry."""
        return self.place // len(self.pairs)

    @property
    def pair(self) -> Ints:
        """Pair of each entry."""
        return self.place % len(self.pairs)


def empty(domains: int, pairs: Ints) -> StratumMoments:
    """Return the moments of no units.

    Parameters
    ----------
    domains : int
    pairs : int array, shape (pairs, 2)
        Different domains whose covariance will be asked for; each domain with itself is always kept.

    Raises
    ------
    OptionError
        If a pair names a domain that is not there.
    """
    if pairs.size and not (pairs.min() >= 0 and pairs.max() < domains):
        raise OptionError(f"Pairs must name domains from 0 to {domains - 1}; found {int(pairs.min())} to {int(pairs.max())}.")
    other = np.unique(np.sort(pairs.reshape(-1, 2), axis=1), axis=0)
    own = np.repeat(np.arange(domains, dtype=np.int64), 2).reshape(-1, 2)
    every = np.concatenate([own, other[other[:, 0] != other[:, 1]]]).astype(np.int64)
    return StratumMoments(
        pairs=every,
        reference=np.full(domains, np.nan),
        place=np.zeros(0, dtype=np.int64),
        units=np.zeros(0),
        mean=np.zeros((4, 0)),
        cross=np.zeros((4, 0)),
    )


def of_units(pairs: Ints, reference: Floats, stratum: Ints, n: Columns, x: Columns, y: Columns) -> StratumMoments:
    """Return the moments of a batch of whole units.

    Parameters
    ----------
    pairs, reference : of the moments that they will be merged with
        The reference of a domain that has its first members here becomes their ratio.
    stratum : int array, shape (units,)
        Stratum of each unit; a stratum may come in many batches.
    n, x, y : sparse arrays, shape (units, domains)
        Totals of the units, in one pattern.
    """
    reference = np.where(np.isnan(reference), _first_ratio(n, x, y), reference)
    pair, unit, values = _pair_values(pairs, np.nan_to_num(reference), n, x, y)
    low = int(stratum.min()) if len(stratum) else 0
    span = int(stratum.max()) - low + 1 if len(stratum) else 0
    found, position = _grouped((stratum[unit] - low) * len(pairs) + pair, span * len(pairs))
    units = np.bincount(position, minlength=len(found)).astype(np.float64)
    mean = np.array([weighted_counts(position, value, len(found)) for value in values]) / units
    deviations = [value - average[position] for value, average in zip(values, mean, strict=True)]
    cross = np.array([weighted_counts(position, deviations[a] * deviations[b], len(found)) for a, b in CROSSED])
    return StratumMoments(pairs, reference, found + low * len(pairs), units, mean, cross)


def merge(parts: Sequence[StratumMoments]) -> StratumMoments:
    """Return the moments of all units of several parts: batches, files or machines.

    The strata of the parts are numbered alike, and their pairs are the same; no unit is in two parts.

    Raises
    ------
    OptionError
        If the parts have different pairs.
    """
    pairs = parts[0].pairs
    if any(not np.array_equal(part.pairs, pairs) for part in parts):
        raise OptionError("Moments of different pairs of domains cannot be merged; ask for the same contrasts in every part.")
    reference = parts[0].reference
    for part in parts[1:]:
        reference = np.where(np.isnan(reference), part.reference, reference)
    parts = [_rebased(part, reference) for part in parts]
    found, position = np.unique(np.concatenate([part.place for part in parts]), return_inverse=True)
    units, mean, cross = (np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in ("units", "mean", "cross"))
    together = weighted_counts(position, units, len(found))
    means = np.array([weighted_counts(position, units * value, len(found)) for value in mean]).reshape(4, -1) / together
    apart = mean - means[:, position]
    # Between the parts: the deviations of their means, once for each unit.
    between = [cross[row] + units * apart[a] * apart[b] for row, (a, b) in enumerate(CROSSED)]
    crossed = np.array([weighted_counts(position, value, len(found)) for value in between]).reshape(4, -1)
    return StratumMoments(pairs, reference, found.astype(np.int64), together, means, crossed)


def renumbered(moments: StratumMoments, stratum: Ints) -> StratumMoments:
    """Return the moments with other numbers of strata; `stratum`, shape (strata,), holds the new number of each, all different."""
    place = stratum[moments.stratum] * len(moments.pairs) + moments.pair
    order = np.argsort(place)
    return replace(
        moments,
        place=place[order],
        units=moments.units[order],
        mean=moments.mean[:, order],
        cross=moments.cross[:, order],
    )


def _first_ratio(n: Columns, x: Columns, y: Columns) -> Floats:
    """Return the ratio of each domain, 0 where it has members but no denominator, NaN where it has no members."""
    count, denominator, numerator = (weighted_counts(columns_of(n), array.data, n.shape[1]) for array in (n, x, y))
    return np.where(count > 0, np.nan_to_num(divide(numerator, denominator)), np.nan)


def _rebased(part: StratumMoments, reference: Floats) -> StratumMoments:
    """Return the moments with residuals from another reference: e - d x where d is how far it is from the old one."""
    shift = np.nan_to_num(reference - part.reference)
    if not shift.any():
        return part
    a, b = shift[part.pairs[part.pair]].T
    ea, xa, eb, xb = part.mean
    ee, ex, xe, xx = part.cross
    return StratumMoments(
        pairs=part.pairs,
        reference=reference,
        place=part.place,
        units=part.units,
        mean=np.array([ea - a * xa, xa, eb - b * xb, xb]),
        cross=np.array([ee - b * ex - a * xe + a * b * xx, ex - a * xx, xe - b * xx, xx]),
    )


def _pair_values(pairs: Ints, reference: Floats, n: Columns, x: Columns, y: Columns) -> tuple[Ints, Ints, list[Floats]]:
    """Return, of each pair and each unit with a member of either domain: the pair, the unit, and e, x, e', x'."""
    domain = columns_of(n)
    unit, e = n.indices.astype(np.int64), y.data - reference[domain] * x.data
    others = np.arange(n.shape[1], len(pairs), dtype=np.int64)
    if not len(others):
        return domain, unit, [e, x.data, e, x.data]
    (first, left), (second, right) = (_entries_of(n, pairs[others, side]) for side in (0, 1))
    places = np.concatenate([left, right]) * n.shape[0] + np.concatenate([unit[first], unit[second]])
    here, there = np.zeros(len(first)), np.zeros(len(second))
    sides = [(e[first], there), (x.data[first], there), (here, e[second]), (here, x.data[second])]
    found, _, values = grouped_sums(places, len(others) * n.shape[0], [np.concatenate(side) for side in sides])
    own = (e, x.data, e, x.data)
    return (
        np.concatenate([domain, others[found // n.shape[0]]]),
        np.concatenate([unit, found % n.shape[0]]),
        [np.concatenate(both) for both in zip(own, values, strict=True)],
    )


def _entries_of(array: Columns, columns: Ints) -> tuple[Ints, Ints]:
    """Return the stored entries of each of `columns`, and the position in `columns` that each belongs to."""
    sizes = np.diff(array.indptr).astype(np.int64)[columns]
    position = np.repeat(np.arange(len(columns), dtype=np.int64), sizes)
    before = np.cumsum(sizes) - sizes
    return np.arange(len(position), dtype=np.int64) + (array.indptr[columns] - before)[position], position


def _grouped(place: Ints, size: int) -> tuple[Ints, Ints]:
    """Return the places that occur, ascending, and the position among them of each entry; `place` runs from 0 to ``size - 1``."""
    if size > DENSE_PLACES_PER_ROW * len(place) + 1024:
        found, position = np.unique(place, return_inverse=True)
        return found, position.astype(np.int64, copy=False)
    found = np.flatnonzero(np.bincount(place, minlength=size))
    lookup = np.zeros(size, dtype=np.int64)
    lookup[found] = np.arange(len(found))
    return found, lookup[place]
