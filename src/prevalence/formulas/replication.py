"""Replicates made from the sampling units: their factors, and the sums that they give without a units x replicates matrix.

Sources: Wolter (2007), Introduction to Variance Estimation, chapters 3-5; Rao & Wu (1988), JASA 83, 231-241; Judkins (1990),
Journal of Official Statistics 6, 223-239 (Fay's method).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.design import CREATED_METHODS, LonelyPsu, ReplicateMethod
from prevalence.errors import DesignError, check_option, counted, listed
from prevalence.formulas.hadamard import Signs, hadamard, smallest_order
from prevalence.formulas.ratio import column_sums, columns_of
from prevalence.totals import Columns, Floats, Ints, weighted_counts

Bools = npt.NDArray[np.bool_]

BLOCK = 8_000_000
"""Factors held as floating-point numbers at a time (64 MB)."""

DENSE = 0.1
"""From this share of units with a member of a domain on, a plain matrix product is faster than a sparse one."""


@dataclass(frozen=True, slots=True)
class Deletions:
    """Delete-one jackknife by its structure, a Y - b y_i + c Y_h for replicate i of stratum h: no units x replicates matrix.

    Attributes
    ----------
    scales : float array, shape (replicates,)
        scale x rscale of each replicate.
    unit : int array, shape (replicates,)
        Unit that each replicate drops, ascending.
    stratum : int array, shape (units,)
    whole, dropped, rest : float arrays, shape (strata,)
        a, b and c above.
    """

    scales: Floats
    unit: Ints
    stratum: Ints
    whole: Floats
    dropped: Floats
    rest: Floats

    def sums(self, totals: Columns) -> Floats:
        """Return the sums of each replicate from sums by unit.

        Parameters
        ----------
        totals : sparse array, shape (units, columns)

        Returns
        -------
        float array, shape (replicates, columns)
        """
        strata, columns = len(self.whole), totals.shape[1]
        column = columns_of(totals)
        place = self.stratum[totals.indices] * columns + column
        by_stratum = weighted_counts(place, totals.data, strata * columns).reshape(strata, columns)
        kept = self.whole[:, None] * column_sums(totals) + self.rest[:, None] * by_stratum
        sums: Floats = kept[self.stratum[self.unit]]
        replicate = np.full(totals.shape[0], -1, dtype=np.int64)
        replicate[self.unit] = np.arange(len(self.unit))
        row = replicate[totals.indices]
        used = row >= 0
        lost = self.dropped[self.stratum[totals.indices]] * totals.data
        sums[row[used], column[used]] -= lost[used]
        return sums


@dataclass(frozen=True, slots=True)
class Products:
    """Replicates as small whole numbers (draws of units, signs of strata) times a sparse map of the units.

    Attributes
    ----------
    scales : float array, shape (replicates,)
    base : float array, shape (units,)
        What every replicate gives to a unit.
    pattern : int8 array, shape (replicates, pieces)
        How often a unit was drawn, or which half of a stratum was taken.
    pieces : sparse array, shape (pieces, units)
        What one count or sign adds to the factor of each unit.
    """

    scales: Floats
    base: Floats
    pattern: Signs
    pieces: sparse.csr_array

    def sums(self, totals: Columns) -> Floats:
        """Return the sums of each replicate from sums by unit; shapes as in `Deletions.sums`."""
        pieces = sparse.csc_array(self.pieces @ totals)
        places = pieces.shape[0] * pieces.shape[1]
        dense = DENSE * places < pieces.nnz and places <= 4 * BLOCK
        plain = pieces.toarray() if dense else np.empty((0, 0))
        sums = np.empty((len(self.pattern), totals.shape[1]))
        step = max(1, BLOCK // max(1, self.pattern.shape[1]))
        for start in range(0, len(self.pattern), step):
            block = self.pattern[start : start + step]
            if dense:
                sums[start : start + step] = block.astype(np.float64) @ plain
            else:
                sums[start : start + step] = (pieces.T @ block.T.astype(np.float64, order="C")).T
        sums += self.base @ totals
        return sums


Factors = Deletions | Products


@dataclass(frozen=True, slots=True)
class _Strata:
    """Strata as the methods need them; `open` ones have two units or more and are not fully sampled."""

    stratum: Ints
    sampled: Ints
    fraction: Floats
    names: Sequence[object]

    @property
    def partial(self) -> Bools:
        return np.asarray(self.fraction < 1, dtype=np.bool_)

    @property
    def open(self) -> Bools:
        return np.asarray(self.partial & (self.sampled > 1), dtype=np.bool_)

    @property
    def lonely(self) -> Bools:
        return np.asarray(self.partial & (self.sampled == 1), dtype=np.bool_)

    def named(self, which: Bools) -> str:
        found = np.flatnonzero(which)
        return f"{counted(len(found), 'stratum', 'strata')}: {listed(self.names[int(place)] for place in found)}"


def factors(
    method: ReplicateMethod,
    stratum: Ints,
    sampled: Ints,
    fraction: Floats,
    *,
    lonely: LonelyPsu = "fail",
    n: int | None = None,
    fay_rho: float | None = None,
    seed: int | None = None,
    names: Sequence[object] | None = None,
) -> Factors:
    r"""Return the replicates of a design, made from its primary units.

    For totals of one stage the variance of JK1, JKn, BRR and Fay *is* that of linearisation, sampling fractions included, and the
    expectation of the bootstrap's is. Units of a fully sampled stratum are in every replicate with factor 1.

    Parameters
    ----------
    method : {"JK1", "JKn", "BRR", "Fay", "bootstrap"}
        ``JK1`` needs one stratum; ``BRR`` and ``Fay`` need two units in every stratum that is not fully sampled.
    stratum : int array, shape (units,)
    sampled : int array, shape (strata,)
        Units of each stratum.
    fraction : float array, shape (strata,)
        Sampling fraction of each stratum, 0 where none is known.
    lonely : {"fail", "certainty", "adjust", "average"}
        Strata of one unit. ``certainty``: no replicate. ``average``: no replicate, and all squares times units over units not
        lonely. ``adjust`` (JKn alone): a replicate that drops the stratum and multiplies the others by H / (H - 1).
    n, seed : int, optional
        Number and seed of bootstrap replicates. More replicates of the same seed begin with the same ones.
    fay_rho : float, optional
        0 up to but not 1; the halves get rho and 2 - rho.
    names : sequence, optional
        Labels of the strata, for messages.

    Returns
    -------
    Deletions or Products

    Raises
    ------
    DesignError
        If the units do not allow the method.
    """
    check_option("method", method, CREATED_METHODS)
    strata = _Strata(stratum, sampled, fraction, names if names is not None else range(len(sampled)))
    _check_lonely(strata, method, lonely)
    scale = _average(strata) if lonely == "average" else 1.0
    if method in ("JK1", "JKn"):
        return _jackknife(strata, method, scale, adjust=lonely == "adjust")
    if method == "bootstrap":
        return _bootstrap(strata, n, seed, scale)
    return _balanced(strata, fay_rho if method == "Fay" else 0.0, scale)


def _check_lonely(strata: _Strata, method: ReplicateMethod, lonely: LonelyPsu) -> None:
    alone = strata.lonely
    if not alone.any():
        return
    if lonely == "fail":
        raise DesignError(
            "Replicates need two units or more in every stratum that is not fully sampled; "
            f"a single one in {strata.named(alone)}. Merge the strata, or choose lonely_psu='certainty'; see docs/methods/replication."
        )
    if lonely == "adjust" and (method != "JKn" or len(strata.sampled) == 1):
        raise DesignError(
            f"lonely_psu='adjust' makes replicates for JKn in several strata alone; found method {method!r} and a single unit in "
            f"{strata.named(alone)}. Choose 'certainty' or 'average', or merge the strata."
        )
    if lonely == "average" and not strata.open.any():
        raise DesignError(
            "lonely_psu='average' takes the average of strata with two units or more; every stratum has a single one."
        )


def _average(strata: _Strata) -> float:
    """Return units over units that are not lonely, those of fully sampled strata left out."""
    usable = int(strata.sampled[strata.open].sum())
    return int(strata.sampled[strata.partial].sum()) / usable if usable else 1.0


def _jackknife(strata: _Strata, method: ReplicateMethod, scale: float, *, adjust: bool) -> Deletions:
    if method == "JK1" and len(strata.sampled) > 1:
        raise DesignError(f"JK1 needs a sample without strata; found {len(strata.sampled)} strata. Choose JKn.")
    count = strata.sampled.astype(np.float64)
    below = np.maximum(count - 1, 1)
    whole, dropped, rest = np.ones_like(count), count / below, 1 / below
    relative = (1 - strata.fraction) * below / count
    dropping = strata.open
    if adjust:
        alone, others = strata.lonely, len(count) / max(len(count) - 1, 1)
        whole[alone], dropped[alone], rest[alone], relative[alone] = others, others, 0.0, 1 / others
        dropping = dropping | alone
    unit = np.flatnonzero(dropping[strata.stratum])
    return Deletions(scale * relative[strata.stratum[unit]], unit, strata.stratum, whole, dropped, rest)


def _bootstrap(strata: _Strata, n: int | None, seed: int | None, scale: float) -> Products:
    """Draw n_h - 1 of the n_h units of each stratum with replacement, and rescale as Rao & Wu do for that number of draws."""
    if n is None or n < 2 or seed is None:
        raise DesignError(f"bootstrap needs n, above 1, and a seed, so that it can be repeated; found n={n!r} and seed={seed!r}.")
    resampled = np.flatnonzero(strata.open[strata.stratum])
    spread = np.sqrt(1 - strata.fraction[strata.stratum])
    base = np.ones(len(strata.stratum))
    base[resampled] -= spread[resampled]
    count = strata.sampled[strata.stratum[resampled]]
    added = spread[resampled] * count / (count - 1)
    pieces = _map(np.arange(len(resampled)), resampled, added, (len(resampled), len(base)))
    pattern = _draws(strata.stratum[resampled], strata.sampled, n, np.random.default_rng(seed))
    return Products(np.full(n, scale / (n - 1)), base, pattern, pieces)


def _draws(stratum: Ints, sampled: Ints, n: int, random: np.random.Generator) -> Signs:
    """Return how often each unit is drawn in each replicate, shape (n, units)."""
    order = np.argsort(stratum, kind="stable")
    first = np.flatnonzero(np.diff(stratum[order], prepend=-1))
    size = sampled[stratum[order[first]]]
    starts, choices = np.repeat(first, size - 1), np.repeat(size, size - 1)
    pattern = np.zeros((n, len(stratum)), dtype=np.int8)
    step = max(1, BLOCK // max(1, len(stratum)))
    for start in range(0, n, step):
        rows = min(step, n - start)
        drawn = order[starts + (random.random((rows, len(starts))) * choices).astype(np.int64)]
        drawn += np.arange(rows)[:, None] * len(stratum)
        counts = np.bincount(drawn.ravel(), minlength=rows * len(stratum))
        pattern[start : start + rows] = counts.reshape(rows, -1)
    return pattern


def _balanced(strata: _Strata, fay_rho: float | None, scale: float) -> Products:
    """Take a half of each stratum by the signs of a Hadamard matrix, the constant row left out: full orthogonal balance."""
    if fay_rho is None or not 0 <= fay_rho < 1:
        raise DesignError(f"fay_rho must be at least 0 and below 1; found {fay_rho!r}.")
    odd = strata.open & (strata.sampled != 2)
    if odd.any():
        raise DesignError(
            f"BRR and Fay need two units in every stratum that is not fully sampled; another number in {strata.named(odd)}. "
            "Choose JKn or bootstrap, or pair the units into strata before looking at the outcomes."
        )
    places = np.flatnonzero(strata.open)
    order = smallest_order(len(places) + 1)
    row = np.full(len(strata.sampled), -1, dtype=np.int64)
    row[places] = np.arange(len(places))
    halved = np.flatnonzero(strata.open[strata.stratum])
    pair = row[strata.stratum[halved]]
    part = (1 - fay_rho) * np.sqrt(1 - strata.fraction[strata.stratum[halved]])
    part[np.unique(pair, return_index=True)[1]] *= -1
    pieces = _map(pair, halved, part, (len(places), len(strata.stratum)))
    pattern = np.ascontiguousarray(hadamard(order)[1 : len(places) + 1].T)
    scales = np.full(order, scale / (order * (1 - fay_rho) ** 2))
    return Products(scales, np.ones(len(strata.stratum)), pattern, pieces)


def _map(row: Ints, unit: Ints, value: Floats, shape: tuple[int, int]) -> sparse.csr_array:
    return sparse.csr_array(sparse.coo_array((value, (row, unit)), shape=shape))
