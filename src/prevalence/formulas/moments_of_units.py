"""Moments of batches of whole units: from sparse totals, or faster from full ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from prevalence.formulas import powers as higher
from prevalence.formulas.moments import CROSSED, Mask, StratumMoments
from prevalence.formulas.powers import ONE_DOMAIN, TWO_DOMAINS, Powers
from prevalence.formulas.ratio import columns_of, divide
from prevalence.totals import Columns, Floats, Ints, grouped_sums, occurring, weighted_counts

PLACES_AT_ONCE = 100_000
"""Pairs x units that are multiplied out at a time: some 10 MB, which a processor holds in its cache."""


def of_units(start: StratumMoments, stratum: Ints, n: Columns, x: Columns, y: Columns) -> StratumMoments:
    """Return the moments of a batch of whole units.

    Parameters
    ----------
    start : StratumMoments
        Those that they will be merged with. The reference of a domain that has its first members here becomes their ratio.
    stratum : int array, shape (units,)
        Stratum of each unit; a stratum may come in many batches.
    n, x, y : sparse arrays, shape (units, domains)
        Totals of the units, in one pattern.
    """
    pairs = start.pairs
    reference = np.where(np.isnan(start.reference), _first_ratio(n, x, y), start.reference)
    pair, unit, values = _pair_values(pairs, np.nan_to_num(reference), n, x, y)
    low = int(stratum.min()) if len(stratum) else 0
    span = int(stratum.max()) - low + 1 if len(stratum) else 0
    found, position = occurring((stratum[unit] - low) * len(pairs) + pair, span * len(pairs))
    units = np.bincount(position, minlength=len(found)).astype(np.float64)
    mean = np.array([weighted_counts(position, value, len(found)) for value in values]) / units
    deviations = [value - average[position] for value, average in zip(values, mean, strict=True)]
    cross = np.array([weighted_counts(position, deviations[a] * deviations[b], len(found)) for a, b in CROSSED])
    place = found + low * len(pairs)
    powers: tuple[Powers, ...] = ()
    if start.powers:
        own = found % len(pairs) < len(reference)
        # Values of domains with themselves come first.
        sides = ((ONE_DOMAIN, own, slice(0, n.nnz)), (TWO_DOMAINS, ~own, slice(n.nnz, None)))
        powers = tuple(
            Powers(place[which], units[which], mean[:size, which], _powers(deviations[:size], position, which, part))
            for size, which, part in sides
        )
    return StratumMoments(pairs, reference, place, units, mean, cross, powers)


def _powers(deviations: Sequence[Floats], position: Ints, which: Mask, part: slice) -> Floats:
    """Return the sums of products of a stretch of deviations at the entries that `which` picks."""
    place = (np.cumsum(which) - 1)[position[part]]
    size = int(which.sum())
    return higher.products([value[part] for value in deviations], lambda values: weighted_counts(place, values, size))


def of_full_units(start: StratumMoments, stratum: Ints, n: Floats, x: Floats, y: Floats) -> StratumMoments:
    """Return the same as `of_units` for units that have members of most domains, several times faster.

    Parameters
    ----------
    start : StratumMoments
        As in `of_units`.
    stratum : int array, shape (units,)
    n, x, y : float arrays, shape (domains, units)
    """
    if (np.diff(stratum) < 0).any():
        order = np.argsort(stratum, kind="stable")
        stratum, n, x, y = stratum[order], n[:, order], x[:, order], y[:, order]
    count = n.sum(axis=1)
    own = np.where(count > 0, np.nan_to_num(divide(y.sum(axis=1), x.sum(axis=1))), np.nan)
    pairs, reference = start.pairs, np.where(np.isnan(start.reference), own, start.reference)
    e, member = y - np.nan_to_num(reference)[:, None] * x, n > 0
    starts = np.flatnonzero(np.diff(stratum, prepend=-1))
    width = max(PLACES_AT_ONCE // len(stratum), 1)
    edges = np.unique(np.concatenate([np.arange(0, len(pairs), width), [len(reference), len(pairs)]]))
    runs = _Runs(stratum, starts, np.diff(starts, append=len(stratum)))
    blocks = [np.arange(low, high) for low, high in pairwise(edges.tolist())]
    parts = [_of_block(pairs, block, runs, e, x, member, powers=bool(start.powers)) for block in blocks]
    place, units, mean, cross = (np.concatenate([part[index] for part in parts], axis=-1) for index in range(4))
    order = np.argsort(place)
    powers = tuple(
        higher.joined([one, *(part[4] for part in parts if part[4] is not None and part[4].size == one.size)])
        for one in (higher.none(before.size) for before in start.powers)
    )
    return StratumMoments(pairs, reference, place[order], units[order], mean[:, order], cross[:, order], powers)


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


def _of_block(
    pairs: Ints, block: Ints, runs: _Runs, e: Floats, x: Floats, member: Mask, *, powers: bool
) -> tuple[Ints, Floats, Floats, Floats, Powers | None]:
    """Return place, units, mean, cross and powers of a block of pairs, all of one domain with itself or all of two."""
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
    mean = np.array([one[kept] for one in means])
    of_powers = None
    if powers:
        sums = higher.products(apart, runs.sums)[:, kept]
        of_powers = Powers(place[kept], units[kept], mean[: len(apart)], sums)
    return place[kept], units[kept], mean, np.array([cross[kept] for cross in crosses]), of_powers


def _first_ratio(n: Columns, x: Columns, y: Columns) -> Floats:
    """Return the ratio of each domain, 0 where it has members but no denominator, NaN where it has no members."""
    count, denominator, numerator = (weighted_counts(columns_of(n), array.data, n.shape[1]) for array in (n, x, y))
    return np.where(count > 0, np.nan_to_num(divide(numerator, denominator)), np.nan)


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
