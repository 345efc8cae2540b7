"""Weighted quantiles of every domain at once, by each definition that R's ``svyquantile`` names.

Sources: Hyndman & Fan (1996), Sample quantiles in statistical packages, The American Statistician 50, 361-365, with cumulative weights
in the place of ranks (Lumley, R ``survey``, vignette "Quantile rules"); Shah & Vaish (2006), Proceedings of the ASA Section on
Survey Research Methods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from prevalence.totals import Floats, Ints

QuantileRule = Literal["math", "school", "shahvaish", "hf1", "hf2", "hf3", "hf4", "hf5", "hf6", "hf7", "hf8", "hf9"]
QUANTILE_RULES: tuple[QuantileRule, ...] = (
    "math",
    "school",
    "shahvaish",
    "hf1",
    "hf2",
    "hf3",
    "hf4",
    "hf5",
    "hf6",
    "hf7",
    "hf8",
    "hf9",
)

EQUAL = 1e-12
"""Two sums of weights that differ by less than this part of the domain's total are the same sum, added in another order."""

INTERPOLATED: dict[str, tuple[float, float]] = {
    "hf4": (0.0, 0.0),
    "hf5": (1 / 2, 0.0),
    "hf6": (0.0, 1.0),
    "hf7": (1.0, -1.0),
    "hf8": (1 / 3, 1 / 3),
    "hf9": (3 / 8, 1 / 4),
}
"""Continuous definitions: value k stands at C_k - a w_k on a scale that ends at W + b w_last. With weights of 1 these are the plotting positions
k - a over n + b of Hyndman & Fan, where a + b of type 8 is 2/3 and so on."""

FREE_OF_TIES = ("math", "hf1", "school", "hf2")
"""Definitions in which equal values may stand in any order."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The members of each domain in ascending order of their values.

    Equal values stand in order of their weights, so that no definition depends on the order of the rows.

    Attributes
    ----------
    entry : int array, shape (members,)
        Place of each member among the entries it was made from.
    value, weight : float arrays, shape (members,)
    cumulative : float array, shape (members,)
        Sum of the weights of the domain up to and including each member.
    start : int array, shape (domains + 1,)
        Where the members of each domain begin.
    """

    entry: Ints
    value: Floats
    weight: Floats
    cumulative: Floats
    start: Ints

    @property
    def size(self) -> Ints:
        """Members of each domain, shape (domains,)."""
        return np.diff(self.start)

    @property
    def total(self) -> Floats:
        """Sum of the weights of each domain, shape (domains,)."""
        return np.where(self.size > 0, _taken(self.cumulative, self.start[1:] - 1), 0.0)


def ordered(domain: Ints, value: Floats, weight: Floats, domains: int) -> Ordered:
    """Sort the members of each domain by value.

    Parameters
    ----------
    domain : int array, shape (entries,)
        From 0 to ``domains - 1``. A row in several domains (a margin, overlapping chains) has an entry in each.
    value : float array, shape (entries,)
        Without NaN.
    weight : float array, shape (entries,)
        Entries of weight zero are no members.
    domains : int
    """
    member = np.flatnonzero(weight > 0)
    order = member[_ascending(domain[member], value[member], weight[member], domains)]
    return _summed(order, domain[order], value[order], weight[order], domains)


def reweighted(ordering: Ordered, weights: Floats, rule: QuantileRule = "math") -> Ordered:
    """Return the same values with other weights: domain d with column r of `weights` becomes domain ``r x domains + d``.

    Parameters
    ----------
    ordering : Ordered
        Under the weights of the full sample.
    weights : float array, shape (entries, replicates)
        Replicate weights of the entries that `ordering` was made from.
    rule : str
        The definition that will be asked for; most need equal values in order of the replicate's own weights.
    """
    domains, replicates = len(ordering.size), weights.shape[1]
    weight = weights[ordering.entry].T.ravel()
    of_member = np.repeat(np.arange(domains), ordering.size)
    domain = (of_member + domains * np.arange(replicates)[:, None]).ravel()
    entry, value = np.tile(ordering.entry, replicates), np.tile(ordering.value, replicates)
    kept = np.flatnonzero(weight > 0)
    if rule not in FREE_OF_TIES:
        kept = kept[_ascending(domain[kept], value[kept], weight[kept], domains * replicates)]
    return _summed(entry[kept], domain[kept], value[kept], weight[kept], domains * replicates)


def quantiles(ordering: Ordered, probability: Floats, rule: QuantileRule = "math") -> Floats:
    r"""Return the quantiles of each domain.

    .. math:: Q(p) = \inf\{x : F(x) \ge p\}, \quad F(x) = \sum_{x_k \le x} w_k / W

    Parameters
    ----------
    ordering : Ordered
    probability : float array, shape (domains, k)
        Between 0 and 1, of each domain its own.
    rule : str
        With :math:`C_k` the cumulative weights. `math`, `hf1`: the inverse above. `school`, `hf2`: the mean of the two values between which
        :math:`F` is p exactly. `hf3`: the value whose :math:`F` is nearest, of two the one of even rank. `hf4` to `hf9`:
        linear between :math:`(C_k - a w_k)/(W + b w_{last})`. `shahvaish`: the last value with :math:`(C_k + (\bar w - w_k)/2)/(W + \bar w) \le p`.

    Returns
    -------
    float array, shape (domains, k)
        NaN where the domain has no members or the probability is NaN. Never beyond the smallest and largest member.
    """
    if rule in INTERPOLATED:
        found = _interpolated(ordering, probability, *INTERPOLATED[rule])
    elif rule == "shahvaish":
        found = _last_reached(ordering, probability)
    elif rule == "hf3":
        found = _nearest(ordering, probability)
    else:
        found = _inverse(ordering, probability, halfway=rule in ("school", "hf2"))
    return np.where(np.isnan(probability) | (ordering.size == 0)[:, None], np.nan, found)


def replicate_quantiles(ordering: Ordered, weights: Floats, probability: Floats, rule: QuantileRule = "math") -> Floats:
    """Return the quantiles under each column of replicate weights; one that leaves a domain empty gives NaN, to be counted.

    Parameters
    ----------
    ordering, weights, rule : as in `reweighted`
        Memory is some ten times that of `weights`: give replicates in blocks where they are many.
    probability : float array, shape (domains, k)

    Returns
    -------
    float array, shape (replicates, domains, k)
    """
    replicates = weights.shape[1]
    flat = quantiles(reweighted(ordering, weights, rule), np.tile(probability, (replicates, 1)), rule)
    return flat.reshape(replicates, *probability.shape)


def _inverse(ordering: Ordered, probability: Floats, *, halfway: bool) -> Floats:
    target = probability * ordering.total[:, None]
    reached, exact = _count_reached(ordering, ordering.cumulative, target)
    last, following = _value_at(ordering, reached - 1), _value_at(ordering, reached)
    return np.where(exact, (last + following) / 2 if halfway else last, following)


def _nearest(ordering: Ordered, probability: Floats) -> Floats:
    """Return the value whose cumulative weight is nearest: half of the next weight parts it from the next value."""
    target = probability * ordering.total[:, None]
    reached, exact = _count_reached(ordering, ordering.cumulative - ordering.weight / 2, target)
    return _value_at(ordering, reached - 1 - (exact & (reached % 2 == 1)))


def _last_reached(ordering: Ordered, probability: Floats) -> Floats:
    mean = ordering.total / np.maximum(ordering.size, 1)
    target = probability * (ordering.total + mean)[:, None] - mean[:, None] / 2
    reached, _ = _count_reached(ordering, ordering.cumulative - ordering.weight / 2, target)
    return _value_at(ordering, reached - 1)


def _interpolated(ordering: Ordered, probability: Floats, before: float, beyond: float) -> Floats:
    nodes = ordering.cumulative - before * ordering.weight
    target = probability * (ordering.total + beyond * _taken(ordering.weight, ordering.start[1:] - 1))[:, None]
    reached, _ = _count_reached(ordering, nodes, target)
    left, right = _place(ordering, reached - 1), _place(ordering, reached)
    width = _taken(nodes, right) - _taken(nodes, left)
    part = np.clip((target - _taken(nodes, left)) / np.where(width > 0, width, 1.0), 0.0, 1.0)
    low, high = _taken(ordering.value, left), _taken(ordering.value, right)
    return np.where(part > 0, low + (high - low) * part, low)


def _count_reached(ordering: Ordered, nodes: Floats, target: Floats) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return how many nodes of each domain are at most the target, and whether the last of them equals it, shapes (domains, k)."""
    slack = EQUAL * ordering.total[:, None]
    low = np.broadcast_to(ordering.start[:-1, None], target.shape).copy()
    high = np.broadcast_to(ordering.start[1:, None], target.shape).copy()
    # Bisection of all domains together: as many steps as the largest has binary digits.
    while (open_ := low < high).any():
        middle = (low + high) // 2
        reached = _taken(nodes, middle) <= target + slack
        low, high = np.where(open_ & reached, middle + 1, low), np.where(open_ & ~reached, middle, high)
    count = low - ordering.start[:-1, None]
    exact = (count > 0) & (_taken(nodes, low - 1) >= target - slack)
    return count, np.asarray(exact, dtype=np.bool_)


def _place(ordering: Ordered, rank: Ints) -> Ints:
    """Return where the member of a rank from 0 stands, ranks beyond the ends being the ends."""
    inside = np.clip(rank, 0, np.maximum(ordering.size - 1, 0)[:, None])
    return np.asarray(ordering.start[:-1, None] + inside, dtype=np.int64)


def _value_at(ordering: Ordered, rank: Ints) -> Floats:
    return _taken(ordering.value, _place(ordering, rank))


def _taken(values: Floats, places: Ints) -> Floats:
    """Return values at places; places of empty domains may lie outside, and hold anything."""
    if not len(values):
        return np.full(places.shape, np.nan)
    return values[np.clip(places, 0, len(values) - 1)]


def _ascending(domain: Ints, value: Floats, weight: Floats, domains: int) -> Ints:
    """Return the order by domain, then value, then weight: one sort a key, the last on short integers where they hold the domains."""
    order = np.argsort(weight)
    order = order[np.argsort(value[order], kind="stable")]
    short = domain[order].astype(np.int16 if domains <= np.iinfo(np.int16).max else np.int64)
    return np.asarray(order[np.argsort(short, kind="stable")], dtype=np.int64)


def _summed(entry: Ints, domain: Ints, value: Floats, weight: Floats, domains: int) -> Ordered:
    start = np.concatenate([[0], np.cumsum(np.bincount(domain, minlength=domains))]).astype(np.int64)
    return Ordered(entry, value, weight, _running_sums(weight, domain, start), start)


def _running_sums(weight: Floats, domain: Ints, start: Ints) -> Floats:
    """Return the running sums of each domain, of full accuracy however many rows stand before it.

    What each addition rounds off (Knuth 1969, section 4.2.2) is summed beside it.
    """
    if not len(weight):
        return weight
    high = np.cumsum(weight)
    previous = np.concatenate([[0.0], high[:-1]])
    added = high - previous
    low = np.cumsum((previous - (high - added)) + (weight - added))
    before = start[domain] - 1
    base_high, base_low = (np.where(before >= 0, part[before], 0.0) for part in (high, low))
    return np.asarray((high - base_high) + (low - base_low), dtype=np.float64)
