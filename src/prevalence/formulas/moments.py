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
import numpy.typing as npt

from prevalence.errors import OptionError
from prevalence.formulas import powers as higher
from prevalence.formulas.powers import ONE_DOMAIN, TWO_DOMAINS, Powers
from prevalence.totals import Floats, Ints, weighted_counts

Mask = npt.NDArray[np.bool_]

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
    powers : tuple of Powers
        Of each domain with itself, and of the other pairs; none unless asked for.
    """

    pairs: Ints
    reference: Floats
    place: Ints
    units: Floats
    mean: Floats
    cross: Floats
    powers: tuple[Powers, ...] = ()

    @property
    def stratum(self) -> Ints:
        """Stratum of each entry."""
        return self.place // len(self.pairs)

    @property
    def pair(self) -> Ints:
        """Pair of each entry."""
        return self.place % len(self.pairs)


def empty(domains: int, pairs: Ints, *, powers: bool = False) -> StratumMoments:
    """Return the moments of no units.

    Parameters
    ----------
    domains : int
    pairs : int array, shape (pairs, 2)
        Different domains whose covariance will be asked for; each domain with itself is always kept.
    powers : bool
        Whether third and fourth powers are kept, too.

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
        powers=(higher.none(ONE_DOMAIN), higher.none(TWO_DOMAINS)) if powers else (),
    )


def merge(parts: Sequence[StratumMoments]) -> StratumMoments:
    """Return the moments of all units of several parts: batches, files or machines.

    The strata of the parts are numbered alike, and their pairs are the same; no unit is in two parts.

    Raises
    ------
    OptionError
        If the parts have different pairs, or powers are kept in some of them alone.
    """
    pairs = parts[0].pairs
    if any(not np.array_equal(part.pairs, pairs) for part in parts):
        raise OptionError("Moments of different pairs of domains cannot be merged; ask for the same contrasts in every part.")
    if any(bool(part.powers) != bool(parts[0].powers) for part in parts):
        raise OptionError(
            "Moments kept for different rules of degrees of freedom cannot be merged; declare the same df_rule in every part."
        )
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
    powers = tuple(higher.merged(same) for same in zip(*(part.powers for part in parts), strict=True))
    return StratumMoments(pairs, reference, found.astype(np.int64), together, means, crossed, powers)


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
        powers=tuple(
            higher.placed(part, stratum[part.place // len(moments.pairs)] * len(moments.pairs) + part.place % len(moments.pairs))
            for part in moments.powers
        ),
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
    powers = [[_moved_powers(part, new, flipped, len(moments.pairs), count)] for part in moments.powers]
    for side in (0, 1):
        half = fresh[(old[start.pairs[fresh, side]] >= 0) & (old[start.pairs[fresh, 1 - side]] < 0)]
        which, entry = _entries_of_pairs(moments.pair, old[start.pairs[half, side]], len(moments.pairs))
        place = moments.stratum[entry] * count + half[which]
        parts.append(_half_pairs(moments, entry, place, side))
        if moments.powers:
            own = moments.powers[0]
            powers[1].append(higher.widened(own, np.searchsorted(own.place, moments.place[entry]), place, side))
    place, units, mean, cross = (np.concatenate([part[index] for part in parts], axis=-1) for index in range(4))
    reference = start.reference.copy()
    reference[domains] = moments.reference
    order = np.argsort(place)
    joined = tuple(higher.joined(of_size) for of_size in powers)
    return StratumMoments(start.pairs, reference, place[order], units[order], mean[:, order], cross[:, order], joined)


def _entries_of_pairs(pair: Ints, wanted: Ints, pairs: int) -> tuple[Ints, Ints]:
    """Return the position in `wanted` and the number of each entry of each wanted pair."""
    order = np.argsort(pair, kind="stable")
    starts = np.searchsorted(pair[order], np.arange(pairs + 1))
    sizes = np.diff(starts)[wanted]
    which = np.repeat(np.arange(len(wanted), dtype=np.int64), sizes)
    before = np.cumsum(sizes) - sizes
    return which, order[np.arange(len(which)) + (starts[wanted] - before)[which]].astype(np.int64)


def _half_pairs(moments: StratumMoments, entry: Ints, place: Ints, side: int) -> tuple[Ints, Floats, Floats, Floats]:
    """Return entries of new pairs from those of one old domain each with itself, the other side being zero."""
    mean = np.zeros((4, len(entry)))
    mean[2 * side : 2 * side + 2] = moments.mean[:2, entry]
    return place, moments.units[entry], mean, np.zeros((4, len(entry)))


def _moved_powers(part: Powers, new: Ints, flipped: Mask, before: int, count: int) -> Powers:
    """Return the powers of old pairs at the places of their new numbers."""
    stratum, pair = np.divmod(part.place, before)
    turned = higher.swapped(part, flipped[pair]) if part.size == TWO_DOMAINS else part
    return higher.placed(turned, stratum * count + new[pair])


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
        powers=tuple(
            higher.rebased(one, shift[part.pairs[one.place % len(part.pairs)]].T[: one.size // 2]) for one in part.powers
        ),
    )
