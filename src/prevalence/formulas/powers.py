r"""Sums of products of two, three and four deviations of unit totals: what the spread of a variance needs of units that are not kept.

A score is a linear combination of a few totals, so the powers of scores follow from the products of totals, whatever its coefficients
turn out to be. Sums of two parts of a sample combine about their common mean, never by raw powers.

Source: Pébay (2008), Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments, Sandia report
SAND2008-6212, section 3.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, combinations_with_replacement, product
from math import factorial, prod

import numpy as np
import numpy.typing as npt

from prevalence.totals import Floats, Ints, weighted_counts

ONE_DOMAIN, TWO_DOMAINS = 2, 4
"""Totals of a domain with itself, e and x, and of a pair of domains: e and x of either."""

ORDERS = (2, 3, 4)

MONOMIALS = {
    size: tuple(which for order in ORDERS for which in combinations_with_replacement(range(size), order))
    for size in (ONE_DOMAIN, TWO_DOMAINS)
}
"""Which totals each row of `Powers.sums` multiplies: 12 products of two totals, 65 of four."""

ROWS = {size: {which: row for row, which in enumerate(monomials)} for size, monomials in MONOMIALS.items()}


@dataclass(frozen=True, slots=True)
class Powers:
    """Sums of products of the deviations of unit totals from their means, by stratum and pair of domains.

    Attributes
    ----------
    place : int array, shape (entries,)
        Stratum x pairs + pair, ascending; entries exist where a unit has a member.
    units : float array, shape (entries,)
        Number of units with a member.
    mean : float array, shape (totals, entries)
        Of two totals, or of four.
    sums : float array, shape (products, entries)
        One row for each of `MONOMIALS`.
    """

    place: Ints
    units: Floats
    mean: Floats
    sums: Floats

    @property
    def size(self) -> int:
        """Number of totals."""
        return len(self.mean)


def none(size: int) -> Powers:
    """Return the sums of no units; `size` is the number of totals."""
    return Powers(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros((size, 0)), np.zeros((len(MONOMIALS[size]), 0)))


def products(deviations: Sequence[Floats], summed: Callable[[Floats], Floats]) -> Floats:
    """Return the sums of the products of deviations, shape (products, ...).

    Parameters
    ----------
    deviations : sequence of float arrays
        One a total.
    summed : callable
        Gives the sums over the units of each entry.
    """
    size = len(deviations)
    pairs = {_row(size, which): deviations[which[0]] * deviations[which[1]] for which in MONOMIALS[size] if len(which) == 2}
    found = []
    for which in MONOMIALS[size]:
        first, rest = pairs[_row(size, which[:2])], which[2:]
        if len(rest) == 2:
            found.append(summed(first * pairs[_row(size, rest)]))
        else:
            found.append(summed(first * deviations[rest[0]] if rest else first))
    return np.array(found)


def merged(parts: Sequence[Powers]) -> Powers:
    """Return the sums of all units of several parts, about their common means."""
    size = parts[0].size
    units, mean, sums = (np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in ("units", "mean", "sums"))
    place, position = np.unique(np.concatenate([part.place for part in parts]), return_inverse=True)
    together = weighted_counts(position, units, len(place))
    means = np.array([weighted_counts(position, units * value, len(place)) for value in mean]).reshape(size, -1) / together
    several = len(place) < len(position)
    moved = _moved(sums, units, mean - means[:, position]) if several else sums
    added = [weighted_counts(position, row, len(place)) for row in moved]
    return Powers(place.astype(np.int64), together, means, np.array(added).reshape(len(sums), -1))


def rebased(part: Powers, shift: Floats) -> Powers:
    """Return the sums with e - d x in place of e.

    Parameters
    ----------
    part : Powers
    shift : float array, shape (domains of the pair, entries)
        d of each domain.
    """
    mean = part.mean.copy()
    mean[0::2] -= shift * mean[1::2]
    found = []
    for which in MONOMIALS[part.size]:
        ways = [((total, None), (total + 1, -shift[total // 2])) if total % 2 == 0 else ((total, None),) for total in which]
        terms = [
            prod((factor for _, factor in way if factor is not None), start=part.sums[_row(part.size, [one for one, _ in way])])
            for way in product(*ways)
        ]
        found.append(np.sum(terms, axis=0))
    return replace(part, mean=mean, sums=np.array(found))


def placed(part: Powers, place: Ints) -> Powers:
    """Return the sums at other places, all different."""
    order = np.argsort(place)
    return Powers(place[order], part.units[order], part.mean[:, order], part.sums[:, order])


def swapped(part: Powers, flip: npt.NDArray[np.bool_]) -> Powers:
    """Return the sums of pairs of domains with the two of each in turn where `flip` says so, shape (entries,)."""
    turned = (2, 3, 0, 1)
    rows = [_row(TWO_DOMAINS, [turned[total] for total in which]) for which in MONOMIALS[TWO_DOMAINS]]
    return replace(part, mean=np.where(flip, part.mean[list(turned)], part.mean), sums=np.where(flip, part.sums[rows], part.sums))


def widened(part: Powers, entries: Ints, place: Ints, side: int) -> Powers:
    """Return the sums of pairs of a domain with one in which nobody is.

    Parameters
    ----------
    part : Powers
        Of domains with themselves.
    entries : int array, shape (new entries,)
        Which of its entries each new one is.
    place : int array, shape (new entries,)
    side : {0, 1}
        Of the domain in its new pair.
    """
    mean = np.zeros((TWO_DOMAINS, len(entries)))
    mean[2 * side : 2 * side + 2] = part.mean[:, entries]
    sums = np.zeros((len(MONOMIALS[TWO_DOMAINS]), len(entries)))
    rows = [_row(TWO_DOMAINS, [total + 2 * side for total in which]) for which in MONOMIALS[ONE_DOMAIN]]
    sums[rows] = part.sums[:, entries]
    return Powers(place, part.units[entries], mean, sums)


def joined(parts: Sequence[Powers]) -> Powers:
    """Return the sums of parts that share no place."""
    names = ("place", "units", "mean", "sums")
    whole = Powers(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))
    return placed(whole, whole.place)


def of_scores(part: Powers, entries: Ints, coefficients: Floats, sampled: Ints, centred: Floats) -> tuple[Floats, Floats]:
    """Return the sums over all sampled units of the second and fourth powers of scores about their means, shapes (scores,).

    Parameters
    ----------
    part : Powers
    entries : int array, shape (scores,)
        The entry that each score is a combination of.
    coefficients : float array, shape (totals, scores)
    sampled : int array, shape (scores,)
        Units of the stratum; those without a member have scores of zero.
    centred : float array, shape (scores,)
        1 where powers are taken about the mean over all units, 0 where about zero.
    """
    square, cube, fourth = np.zeros((len(ORDERS), len(entries)))
    by_order = dict(zip(ORDERS, (square, cube, fourth), strict=True))
    for row, which in enumerate(MONOMIALS[part.size]):
        times = factorial(len(which)) // prod(factorial(count) for count in Counter(which).values())
        by_order[len(which)] += times * prod((coefficients[total] for total in which), start=part.sums[row, entries])
    units = part.units[entries]
    mean = (coefficients * part.mean[:, entries]).sum(axis=0)
    centre = mean * units / sampled * centred
    shift = mean - centre
    outside = sampled - units
    return (
        square + units * shift**2 + outside * centre**2,
        fourth + 4 * cube * shift + 6 * square * shift**2 + units * shift**4 + outside * centre**4,
    )


def _moved(sums: Floats, units: Floats, shift: Floats) -> Floats:
    """Return the sums of products of deviations that are all larger by `shift`, shape (totals, entries)."""
    size = len(shift)
    found = []
    for which in MONOMIALS[size]:
        total = units * prod(shift[one] for one in which)
        for order in range(2, len(which) + 1):
            for kept in combinations(range(len(which)), order):
                factors = (shift[which[index]] for index in range(len(which)) if index not in kept)
                total = total + prod(factors, start=sums[_row(size, [which[index] for index in kept])])
        found.append(total)
    return np.array(found)


def _row(size: int, totals: Sequence[int]) -> int:
    return ROWS[size][tuple(sorted(totals))]
