r"""Centred cross-moments of unit totals by stratum and pair of domains: what is left of the units when they are too many to keep.

A variance needs, of each stratum, the sums over its units of :math:`(y_i-\bar y)^2`, :math:`(y_i-\bar y)(x_i-\bar x)` and
:math:`(x_i-\bar x)^2`; a covariance the same across two domains. They are small whatever the number of units, and those of two
parts of a sample combine without ever squaring a raw sum.

Source: Chan, Golub & LeVeque (1983), Algorithms for computing the sample variance, The American Statistician 37(3), 242-247.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from prevalence.errors import OptionError
from prevalence.formulas.ratio import columns_of, divide
from prevalence.totals import DENSE_PLACES_PER_ROW, Columns, Floats, Ints, grouped_sums, weighted_counts

Mask = npt.NDArray[np.bool_]

CROSSED = ((0, 2), (0, 3), (1, 2), (1, 3))
"""Which two of e, x of the first domain and e, x of the second each row of `cross` multiplies."""


PLACES_AT_ONCE = 1_000_000
"""Pairs x units that are multiplied out at a time, some 100 MB."""


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


def of_full_units(pairs: Ints, reference: Floats, stratum: Ints, n: Floats, x: Floats, y: Floats) -> StratumMoments:
    """Return the same as `of_units` for units that have members of most domains, several times faster.

    Parameters
    ----------
    pairs, reference : as in `of_units`
    stratum : int array, shape (units,)
    n, x, y : float arrays, shape (domains, units)
    """
    if (np.diff(stratum) < 0).any():
        order = np.argsort(stratum, kind="stable")
        stratum, n, x, y = stratum[order], n[:, order], x[:, order], y[:, order]
    count = n.sum(axis=1)
    own = np.where(count > 0, np.nan_to_num(divide(y.sum(axis=1), x.sum(axis=1))), np.nan)
    reference = np.where(np.isnan(reference), own, reference)
    e, member = y - np.nan_to_num(reference)[:, None] * x, n > 0
    starts = np.flatnonzero(np.diff(stratum, prepend=-1))
    width = max(PLACES_AT_ONCE // len(stratum), 1)
    edges = np.unique(np.concatenate([np.arange(0, len(pairs), width), [len(reference), len(pairs)]]))
    runs = _Runs(stratum, starts, np.diff(starts, append=len(stratum)))
    parts = [_of_block(pairs, np.arange(low, high), runs, e, x, member) for low, high in pairwise(edges.tolist())]
    place, units, mean, cross = (np.concatenate([part[index] for part in parts], axis=-1) for index in range(4))
    order = np.argsort(place)
    return StratumMoments(pairs, reference, place[order], units[order], mean[:, order], cross[:, order])


@dataclass(frozen=True, slots=True)
class _Runs:
    """Units in the order of their strata: the stratum of each, and where each run of one stratum starts and how long it is."""

    stratum: Ints
    starts: Ints
    sizes: Ints

    def sums(self, values: Floats | Mask) -> Floats:
        """Return the sums over each run, shape (rows, runs)."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=1, dtype=np.float64))

    def apart(self, values: Floats, mean: Floats, member: Mask) -> Floats:
        """Return the deviations from the mean of the run, 0 for units that are in no mean."""
        deviations = values - np.repeat(mean, self.sizes, axis=1)
        return deviations if member.all() else deviations * member


def _of_block(pairs: Ints, block: Ints, runs: _Runs, e: Floats, x: Floats, member: Mask) -> tuple[Ints, Floats, Floats, Floats]:
    """Return place, units, mean and cross of a block of pairs, all of one domain with itself or all of two."""
    a, b = pairs[block].T
    own = bool((a == b).all())
    either = member[a] if own else member[a] | member[b]
    units = runs.sums(either)
    values = (e[a], x[a]) if own else (e[a], x[a], e[b], x[b])
    means = [runs.sums(value) / np.maximum(units, 1) for value in values]
    apart = [runs.apart(value, mean, either) for value, mean in zip(values, means, strict=True)]
    if own:
        ee, ex, xx = runs.sums(apart[0] ** 2), runs.sums(apart[0] * apart[1]), runs.sums(apart[1] ** 2)
        means, crosses = [*means, *means], [ee, ex, ex, xx]
    else:
        crosses = [runs.sums(apart[i] * apart[j]) for i, j in CROSSED]
    place = runs.stratum[runs.starts] * len(pairs) + block[:, None]
    kept = units > 0
    return place[kept], units[kept], np.array([mean[kept] for mean in means]), np.array([cross[kept] for cross in crosses])


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


def regrown(moments: StratumMoments, domains: Ints, start: StratumMoments) -> StratumMoments:
    """Return the moments among more domains, in another order.

    Parameters
    ----------
    moments : StratumMoments
    domains : int array, shape (domains,)
        New number of each domain.
    start : StratumMoments
        Without units, of the new domains and pairs: all the old ones, and others with a new domain, in which nobody has been so far.
    """
    size, count = len(start.reference), len(start.pairs)
    number = {(int(a), int(b)): pair for pair, (a, b) in enumerate(start.pairs)}
    moved = domains[moments.pairs]
    flipped = moved[:, 0] > moved[:, 1]
    new = np.array([number[(min(a, b), max(a, b))] for a, b in moved.tolist()], dtype=np.int64)
    flip = flipped[moments.pair]
    mean = np.where(flip, moments.mean[[2, 3, 0, 1]], moments.mean)
    cross = np.where(flip, moments.cross[[0, 2, 1, 3]], moments.cross)
    parts = [(moments.stratum * count + new[moments.pair], moments.units, mean, cross)]
    # A pair with a new domain: the units so far are those of the old one, and the other's totals are zero in them.
    old = np.full(size, -1, dtype=np.int64)
    old[domains] = np.arange(len(domains))
    fresh = np.setdiff1d(np.arange(count), new)
    for side in (0, 1):
        half = fresh[(old[start.pairs[fresh, side]] >= 0) & (old[start.pairs[fresh, 1 - side]] < 0)]
        parts.append(_half_pairs(moments, half, old[start.pairs[half, side]], count, side))
    place, units, mean, cross = (np.concatenate([part[index] for part in parts], axis=-1) for index in range(4))
    reference = start.reference.copy()
    reference[domains] = moments.reference
    order = np.argsort(place)
    return StratumMoments(start.pairs, reference, place[order], units[order], mean[:, order], cross[:, order])


def _half_pairs(
    moments: StratumMoments, pairs: Ints, domains: Ints, count: int, side: int
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return entries of new pairs from those of one old domain each with itself, the other side being zero."""
    order = np.argsort(moments.pair, kind="stable")
    starts = np.searchsorted(moments.pair[order], np.arange(len(moments.pairs) + 1))
    sizes = np.diff(starts)[domains]
    which = np.repeat(np.arange(len(domains), dtype=np.int64), sizes)
    before = np.cumsum(sizes) - sizes
    entry = order[np.arange(len(which)) + (starts[domains] - before)[which]]
    mean = np.zeros((4, len(entry)))
    mean[2 * side : 2 * side + 2] = moments.mean[:2, entry]
    return moments.stratum[entry] * count + pairs[which], moments.units[entry], mean, np.zeros((4, len(entry)))


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
