"""The rule of estimates that keep no units: variances and covariances from stratum moments.

The pieces of the sample are the two totals of each domain, its residual e and its denominator x. The scores of an estimate are
the coefficients of these two, and those of a contrast follow from them as from any scores. Only the pairs of domains that were asked
for beforehand have a covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.design import DfRule
from prevalence.errors import OptionError, counted
from prevalence.formulas import powers, variance
from prevalence.formulas import ratio as ratios
from prevalence.formulas.moments import StratumMoments
from prevalence.formulas.occupancy import Occupancy, degrees_of_freedom
from prevalence.formulas.powers import Powers
from prevalence.formulas.ratio import Linear, columns_of, divide
from prevalence.formulas.rules import Spread
from prevalence.formulas.satterthwaite import satterthwaite
from prevalence.formulas.variance import Lonely
from prevalence.totals import Columns, Floats, Ints, StageUnits, Totals, stored_like


def strata_alone(sampled: Ints, fraction: Floats) -> StageUnits:
    """Return the first stage of a sample whose strata are known and whose units are not.

    Parameters
    ----------
    sampled : int array, shape (strata,)
    fraction : float array, shape (strata,)
    """
    none = np.zeros(0, dtype=np.int64)
    return StageUnits(unit=none, stratum=none, sampled=sampled, fraction=fraction, multiplier=np.ones(len(sampled)))


CANCELLED = 1e-13
"""A variance below this part of the products it is the difference of is rounding noise of units that do not differ."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """Taylor linearisation from stratum moments; an `EstimatingRule` as `formulas.rules` describes it.

    Rows of `scores` are e of each domain, then x of each domain; rows of `presence` are domains.

    Attributes
    ----------
    moments : StratumMoments
    strata : StageUnits
        The first stage, of which the strata alone are known.
    lonely : Lonely
    df_rule : {"satterthwaite", "occupied", "own", "domain-strata", "design"}
    """

    moments: StratumMoments
    strata: StageUnits
    lonely: Lonely
    df_rule: DfRule

    @property
    def undefined(self) -> str:
        """Return the one reason of this rule."""
        return "every stratum touched has a single sampling unit"

    def ratio(self, totals: Totals) -> Linear:
        """Return R = Y / X with z = (y - R x) / X; `totals` has one row for each domain of the moments."""
        denominator = ratios.column_sums(totals.x)
        estimate = divide(ratios.column_sums(totals.y), denominator)
        inverse = divide(np.ones_like(denominator), denominator)
        return Linear(estimate, self._scores(totals, inverse, (self._references(totals) - estimate) * inverse))

    def total(self, totals: Totals) -> Linear:
        """Return Y with z = y; empty domains are NaN."""
        empty = ratios.column_sums(totals.n) == 0
        estimate = np.where(empty, np.nan, ratios.column_sums(totals.y))
        return Linear(estimate, self._scores(totals, np.ones_like(estimate), self._references(totals)))

    def expanded_total(self, totals: Totals, weight_of_unit: Floats, population: float) -> Linear:
        """Refuse: the share of a domain in all weights needs the weights of every unit.

        Raises
        ------
        OptionError
        """
        raise OptionError("Totals from normalised weights need the weights of every sampling unit. Use keep='units'.")

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        """Return variances and degrees of freedom of estimates, or of contrasts whose pairs were asked for beforehand.

        Of a contrast of more than two domains the occupied units are those of the pair that has most, so that degrees of freedom by
        a count are never too many; those by ``satterthwaite`` take its scores as normal within strata.

        Raises
        ------
        OptionError
            If a contrast needs a covariance that was not asked for, or ``satterthwaite`` powers that were not kept.
        """
        occupied = self.occupancy(presence)
        alone = variance.lonely_in_domain(occupied, self.strata, self.lonely)
        usual, raw = self._by_stratum()
        products = self._products(scores)
        of_strata = sparse.csc_array(usual @ products)
        found = np.asarray(usual.sum(axis=0) @ products, dtype=np.float64).ravel()
        if alone.any():
            instead = sparse.csc_array(((-usual if self.lonely.rule == "average" else raw - usual) @ products).multiply(alone))
            of_strata = sparse.csc_array(of_strata + instead)
            found += np.asarray(instead.sum(axis=0), dtype=np.float64).ravel()
        terms = sparse.csc_array(abs(usual) @ abs(products))
        size = np.asarray(terms.sum(axis=0), dtype=np.float64).ravel()
        found = np.where(found <= CANCELLED * size, 0.0, found)
        touched = occupied.touched
        by_count = degrees_of_freedom(occupied, self.strata, self.df_rule)
        df = by_count
        if self.df_rule == "satterthwaite":
            # What rounding leaves of a stratum without spread has no fourth power that fits it.
            noise = abs(of_strata.data) <= CANCELLED * _looked_up(
                terms, of_strata.indices.astype(np.int64), columns_of(of_strata)
            )
            parts = self._about_means(scores, presence, stored_like(of_strata, np.where(noise, 0.0, of_strata.data)), alone)
            df = satterthwaite(parts, occupied, self.strata, by_count)
        return Spread(
            variance=found * variance.average_inflation(occupied, self.strata, self.lonely.rule, alone),
            df=df,
            counted=by_count,
            n_psu=occupied.units.sum(axis=0).astype(np.float64),
            census=np.asarray(touched.any(axis=0) & ~touched[self.strata.fraction < 1].any(axis=0), dtype=np.bool_),
        )

    def covariance(self, scores: Columns, presence: Columns) -> Floats:
        """Return the covariance matrix of estimates or contrasts, shape (estimates, estimates).

        Raises
        ------
        OptionError
            If it needs a covariance that was not asked for.
        """
        occupied = self.occupancy(presence)
        none_alone = np.zeros_like(occupied.touched)
        inflation = np.sqrt(variance.average_inflation(occupied, self.strata, self.lonely.rule, none_alone))
        if scores.shape[1] > 1:
            used = np.flatnonzero(sparse.csr_array(abs(presence)).sum(axis=1))
            first, second = np.triu_indices(len(used))
            self._pair(used[first], used[second])
        matrix = self.covariances(scores).toarray() * np.outer(inflation, inflation)
        np.fill_diagonal(matrix, self.spread(scores, presence).variance)
        return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)

    def covariances(self, scores: Columns) -> Columns:
        """Return a sparse symmetric (estimates, estimates) array: covariances of the pairs asked for, 0 for others."""
        usual, _ = self._by_stratum()
        values = np.asarray(usual.sum(axis=0), dtype=np.float64).ravel()
        size = len(self.moments.reference)
        a, b = self.moments.pairs.T
        rows, columns = np.concatenate([a, a, a + size, a + size]), np.concatenate([b, b + size, b, b + size])
        other = np.tile(a != b, 4)
        places = (np.concatenate([rows, columns[other]]), np.concatenate([columns, rows[other]]))
        matrix = sparse.csc_array((np.concatenate([values, values[other]]), places), shape=(2 * size, 2 * size))
        return sparse.csc_array(scores.T @ (matrix @ scores))

    def occupancy(self, presence: Columns) -> Occupancy:
        """Return the units with a member of any domain of each estimate by stratum; see `spread`."""
        one, other, estimate, _ = _squared(presence)
        pair, strata = self._pair(one, other), len(self.strata.sampled)
        shape = (strata, len(self.moments.pairs))
        counts = sparse.csc_array((self.moments.units, (self.moments.stratum, self.moments.pair)), shape=shape)[:, pair]
        found = np.zeros((strata, presence.shape[1]), dtype=np.int64)
        np.maximum.at(found, (counts.indices, estimate[columns_of(counts)]), counts.data.astype(np.int64))
        return Occupancy(found)

    def _references(self, totals: Totals) -> Floats:
        """Return the reference of the domain of each column."""
        return np.nan_to_num(self.moments.reference[totals.n.indices])

    def _scores(self, totals: Totals, e: Floats, x: Floats) -> Columns:
        """Return the coefficients of e and x of the domain of each column; 0 where the estimate is not defined."""
        size, domain = len(self.moments.reference), totals.n.indices
        values = np.nan_to_num(np.column_stack([e, x])).ravel()
        rows = np.column_stack([domain, domain + size]).ravel()
        return sparse.csc_array((values, rows, 2 * np.arange(len(domain) + 1)), shape=(2 * size, len(domain)))

    def _by_stratum(self) -> tuple[Columns, Columns]:
        """Return what each stratum adds to e e', e x', x e' and x x' of each pair by the usual rule, and with totals about zero.

        Units without a member are a part of the stratum with means and deviations of zero, merged as any other part.

        Returns
        -------
        usual, raw : sparse arrays, shape (strata, 4 x pairs)
        """
        moments, stratum = self.moments, self.moments.stratum
        factor, centred = variance.stratum_factors(self.strata, self.lonely.rule)
        sampled, pairs = self.strata.sampled[stratum], len(moments.pairs)
        means = moments.mean[[0, 0, 1, 1]] * moments.mean[[2, 3, 2, 3]] * moments.units
        raw = moments.cross + means
        usual = np.where(centred[stratum] > 0, moments.cross + means * (sampled - moments.units) / sampled, raw)
        places = (np.tile(stratum, 4), np.concatenate([kind * pairs + moments.pair for kind in range(4)]))
        shape = (len(factor), 4 * pairs)
        return (
            sparse.csc_array(((usual * factor[stratum]).ravel(), places), shape=shape),
            sparse.csc_array(((raw * factor[stratum]).ravel(), places), shape=shape),
        )

    def _about_means(
        self, scores: Columns, presence: Columns, of_strata: Columns, alone: npt.NDArray[np.bool_]
    ) -> variance.AboutMeans:
        """Return what each stratum adds to the variances, with the powers of the scores of estimates that draw on one or two domains."""
        domain, stratum = columns_of(of_strata), of_strata.indices.astype(np.int64)
        square, fourth = np.zeros(of_strata.nnz), np.zeros(of_strata.nnz)
        unknown = np.ones(of_strata.nnz, dtype=np.bool_)
        _, centred = variance.stratum_factors(self.strata, self.lonely.rule)
        drawn_on = _drawn_on(presence)
        for part in self._kept_powers():
            known = np.flatnonzero((drawn_on.count[domain] == part.size // 2) & ~alone[stratum, domain])
            pair = self._pair(*drawn_on.domains[:, domain[known]])
            entry = np.searchsorted(part.place, stratum[known] * len(self.moments.pairs) + pair)
            coefficients = self._coefficients(scores, domain[known], pair, part.size)
            sampled = self.strata.sampled[stratum[known]]
            about = powers.of_scores(part, entry, coefficients, sampled, centred[stratum[known]])
            square[known], fourth[known], unknown[known] = *about, False
        square[of_strata.data == 0] = 0
        one = np.ones(scores.shape[1])
        return variance.AboutMeans(domain, stratum, of_strata.data, square, fourth, unknown, one)

    def _kept_powers(self) -> tuple[Powers, ...]:
        if not self.moments.powers:
            raise OptionError(
                "df_rule='satterthwaite' needs moments that hold the powers of unit totals; these were read for another rule. Read the rows again."
            )
        return self.moments.powers

    def _coefficients(self, scores: Columns, estimate: Ints, pair: Ints, size: int) -> Floats:
        """Return the coefficients of the totals of the domains of a pair in estimates, shape (totals, estimates)."""
        domains = self.moments.pairs[pair].T[: size // 2]
        rows = np.array(
            [domains[0], domains[0] + len(self.moments.reference), domains[-1], domains[-1] + len(self.moments.reference)]
        )
        return _looked_up(scores, rows[:size], estimate)

    def _products(self, scores: Columns) -> Columns:
        """Return the coefficients of the products of each pair in the square of each column, shape (4 x pairs, estimates)."""
        size = len(self.moments.reference)
        one, other, estimate, product = _squared(scores)
        a, b = one % size, other % size
        kept = (a <= b) & (product != 0)
        kind = 2 * (one // size) + other // size
        rows = (kind[kept] * len(self.moments.pairs)) + self._pair(a[kept], b[kept])
        values = product[kept] * np.where(a < b, 2.0, 1.0)[kept]
        return sparse.csc_array((values, (rows, estimate[kept])), shape=(4 * len(self.moments.pairs), scores.shape[1]))

    def _pair(self, one: Ints, other: Ints) -> Ints:
        """Return the number of each pair of domains among those of the moments."""
        size = len(self.moments.reference)
        keys = self.moments.pairs[:, 0] * size + self.moments.pairs[:, 1]
        order = np.argsort(keys)
        wanted = np.minimum(one, other) * size + np.maximum(one, other)
        found = order[np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)].astype(np.int64)
        absent = len(np.unique(wanted[keys[found] != wanted]))
        if absent:
            raise OptionError(
                "Stratum moments keep the covariances asked for when the data were read; this comparison draws on "
                f"{counted(absent, 'pair')} of estimates without one. Name the comparison in contrasts=, or keep='units'."
            )
        return found


@dataclass(frozen=True, slots=True)
class _DrawnOn:
    """How many domains each estimate draws on, and the first and last of them, shapes (estimates,) and (2, estimates)."""

    count: Ints
    domains: Ints


def _drawn_on(presence: Columns) -> _DrawnOn:
    shown = sparse.csc_array(presence)
    shown.sort_indices()
    count = np.diff(shown.indptr).astype(np.int64)
    first = np.minimum(shown.indptr[:-1], max(shown.nnz - 1, 0))
    last = np.maximum(shown.indptr[1:] - 1, 0)
    rows = shown.indices.astype(np.int64) if shown.nnz else np.zeros(1, dtype=np.int64)
    return _DrawnOn(count, np.array([rows[first], rows[last]]))


def _looked_up(array: Columns, rows: Ints, columns: Ints) -> Floats:
    """Return the values at the given rows, shape (k, n), of the given columns, shape (n,); 0 where none is stored."""
    stored = sparse.csc_array(array)
    stored.sort_indices()
    keys = columns_of(stored) * array.shape[0] + stored.indices
    wanted = columns * array.shape[0] + rows
    found = np.minimum(np.searchsorted(keys, wanted), max(len(keys) - 1, 0))
    return np.where(keys[found] == wanted, stored.data[found], 0.0) if len(keys) else np.zeros(wanted.shape)


def _squared(array: Columns) -> tuple[Ints, Ints, Ints, Floats]:
    """Return all ordered pairs of stored entries of each column: their rows, the column, and the product of the two."""
    sizes = np.diff(array.indptr).astype(np.int64)
    column = columns_of(array)
    one = np.repeat(np.arange(array.nnz, dtype=np.int64), sizes[column])
    before = np.cumsum(sizes[column]) - sizes[column]
    other = np.arange(len(one), dtype=np.int64) - before[one] + array.indptr[column[one]]
    rows = array.indices.astype(np.int64)
    return rows[one], rows[other], column[one], array.data[one] * array.data[other]
