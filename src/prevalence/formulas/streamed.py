"""The rule of estimates that keep no units: variances and covariances from stratum moments.

The pieces of the sample are the domains themselves, so that the scores of the estimates are the columns of a unit matrix and those of a
contrast its coefficients. Only the pairs of domains that were asked for beforehand have a covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from prevalence.design import DfRule
from prevalence.errors import OptionError, counted
from prevalence.formulas import variance as variances
from prevalence.formulas.moments import StratumMoments
from prevalence.formulas.occupancy import Occupancy, degrees_of_freedom
from prevalence.formulas.ratio import columns_of, divide
from prevalence.formulas.rules import Spread
from prevalence.formulas.variance import Lonely
from prevalence.totals import Columns, Floats, Ints, StageUnits


def strata_alone(sampled: Ints, fraction: Floats) -> StageUnits:
    """Return the first stage of a sample whose strata are known and whose units are not.

    Parameters
    ----------
    sampled : int array, shape (strata,)
    fraction : float array, shape (strata,)
    """
    none = np.zeros(0, dtype=np.int64)
    return StageUnits(unit=none, stratum=none, sampled=sampled, fraction=fraction, multiplier=np.ones(len(sampled)))


@dataclass(frozen=True, slots=True)
class Slopes:
    r"""How the scores of estimates follow from unit totals: :math:`z_i = a\, e_i + b\, x_i`.

    Attributes
    ----------
    e, x : float arrays, shape (domains,)
        a and b.
    """

    e: Floats
    x: Floats

    @classmethod
    def of_ratios(cls, ratio: Floats, denominator: Floats, reference: Floats) -> Slopes:
        """Return those of ratios R = Y / X, where z = (y - R x) / X."""
        inverse = np.nan_to_num(divide(np.ones_like(denominator), denominator))
        return cls(inverse, np.nan_to_num((reference - ratio) * inverse))

    @classmethod
    def of_totals(cls, reference: Floats) -> Slopes:
        """Return those of totals Y, where z = y."""
        return cls(np.ones_like(reference), np.nan_to_num(reference))


@dataclass(frozen=True, slots=True)
class Streamed:
    """Taylor linearisation from stratum moments; a rule as `formulas.rules.Rule` describes it.

    The pieces of the sample, rows of `scores` and `presence`, are the domains of `moments`.

    Attributes
    ----------
    moments : StratumMoments
    strata : StageUnits
        The first stage, of which the strata alone are known.
    slopes : Slopes
    lonely : Lonely
    df_rule : {"occupied", "own", "domain-strata", "design"}
    """

    moments: StratumMoments
    strata: StageUnits
    slopes: Slopes
    lonely: Lonely
    df_rule: DfRule

    @property
    def undefined(self) -> str:
        """Return the one reason of this rule."""
        return "every stratum touched has a single sampling unit"

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        """Return variances and degrees of freedom of estimates, or of contrasts whose pairs were asked for beforehand.

        Of a contrast of more than two domains the occupied units are those of the pair that has most, so that degrees of freedom
        are never too many.

        Raises
        ------
        OptionError
            If a contrast needs a covariance that was not asked for.
        """
        occupied = self.occupancy(presence)
        alone = variances._alone(occupied, self.strata, self.lonely)
        usual, raw = self._by_stratum()
        pair, estimate, product = self._products(scores)
        weights = sparse.csc_array((product, (pair, estimate)), shape=(usual.shape[1], scores.shape[1]))
        variance = np.asarray(usual.sum(axis=0) @ weights, dtype=np.float64).ravel()
        if alone.any():
            instead = -usual if self.lonely.rule == "average" else raw - usual
            variance += ((instead @ weights).toarray() * alone).sum(axis=0)
        touched = occupied.touched
        return Spread(
            variance=np.maximum(variance, 0) * variances._average_inflation(occupied, self.strata, self.lonely.rule, alone),
            df=degrees_of_freedom(occupied, self.strata, self.df_rule),
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
        inflation = np.sqrt(variances._average_inflation(occupied, self.strata, self.lonely.rule, none_alone))
        kept = self.covariances()
        used = sparse.csr_array(abs(scores)).sum(axis=1) > 0
        known = np.eye(len(used), dtype=np.bool_)
        known[tuple(self.moments.pairs.T)] = known[tuple(self.moments.pairs[:, ::-1].T)] = True
        self._refuse(int((np.outer(used, used) & ~known).sum()) // 2 if scores.shape[1] > 1 else 0)
        matrix = np.asarray((scores.T @ (kept @ scores)).toarray(), dtype=np.float64) * np.outer(inflation, inflation)
        np.fill_diagonal(matrix, self.spread(scores, presence).variance)
        return np.asarray((matrix + matrix.T) / 2, dtype=np.float64)

    def covariances(self) -> Columns:
        """Return the covariances of the domains' estimates, a sparse symmetric (domains, domains) array of the pairs that were asked for."""
        usual, _ = self._by_stratum()
        of_pair = np.asarray(usual.sum(axis=0), dtype=np.float64).ravel()
        size = len(self.moments.reference)
        a, b = self.moments.pairs.T
        off = np.arange(len(of_pair)) >= size
        rows, columns = np.concatenate([a, b[off]]), np.concatenate([b, a[off]])
        return sparse.csc_array((np.concatenate([of_pair, of_pair[off]]), (rows, columns)), shape=(size, size))

    def occupancy(self, presence: Columns) -> Occupancy:
        """Return the units with a member of any domain of each estimate by stratum; see `spread`."""
        pair, estimate, _ = self._products(presence)
        moments, strata = self.moments, len(self.strata.sampled)
        shape = (strata, len(moments.pairs))
        counts = sparse.csc_array((moments.units, (moments.stratum, moments.pair)), shape=shape)[:, pair]
        found = np.zeros((strata, presence.shape[1]), dtype=np.int64)
        np.maximum.at(found, (counts.indices, estimate[columns_of(counts)]), counts.data.astype(np.int64))
        return Occupancy(found)

    def _by_stratum(self) -> tuple[Columns, Columns]:
        """Return what each stratum adds to the covariance of each pair by the usual rule, and with scores about zero.

        Units without a member are a part of the stratum with means and deviations of zero, merged as any other part.
        """
        moments = self.moments
        factor, centred = variances._stratum_factors(self.strata, self.lonely.rule)
        (ae, be), (ax, bx) = (slope[moments.pairs[moments.pair]].T for slope in (self.slopes.e, self.slopes.x))
        ee, ex, xe, xx = moments.cross
        within = ae * be * ee + ae * bx * ex + ax * be * xe + ax * bx * xx
        means = (ae * moments.mean[0] + ax * moments.mean[1]) * (be * moments.mean[2] + bx * moments.mean[3])
        sampled = self.strata.sampled[moments.stratum]
        raw = within + moments.units * means
        usual = np.where(centred[moments.stratum] > 0, within + moments.units * (sampled - moments.units) / sampled * means, raw)
        shape = (len(factor), len(moments.pairs))
        places = (moments.stratum, moments.pair)
        return (
            sparse.csc_array((usual * factor[moments.stratum], places), shape=shape),
            sparse.csc_array((raw * factor[moments.stratum], places), shape=shape),
        )

    def _products(self, scores: Columns) -> tuple[Ints, Ints, Floats]:
        """Return the pairs that the square of each column needs, the column, and the coefficient of the pair in it."""
        sizes = np.diff(scores.indptr).astype(np.int64)
        column = columns_of(scores)
        one = np.repeat(np.arange(scores.nnz, dtype=np.int64), sizes[column])
        before = np.cumsum(sizes[column]) - sizes[column]
        other = np.arange(len(one), dtype=np.int64) - before[one] + scores.indptr[column[one]]
        a, b = scores.indices[one].astype(np.int64), scores.indices[other].astype(np.int64)
        product = scores.data[one] * scores.data[other] * np.where(a < b, 2.0, 1.0)
        kept = (a <= b) & (product != 0)
        return self._pair(a[kept], b[kept]), column[one][kept], product[kept]

    def _pair(self, a: Ints, b: Ints) -> Ints:
        """Return the number of each pair of domains a <= b among those of the moments."""
        size = len(self.moments.reference)
        keys = self.moments.pairs[:, 0] * size + self.moments.pairs[:, 1]
        order = np.argsort(keys)
        place = np.minimum(np.searchsorted(keys[order], a * size + b), len(keys) - 1)
        found = order[place].astype(np.int64)
        self._refuse(int((keys[found] != a * size + b).sum()))
        return found

    def _refuse(self, absent: int) -> None:
        if absent:
            raise OptionError(
                f"{counted(absent, 'pair')} of estimates that this comparison draws on has no covariance: stratum moments keep "
                "the pairs asked for when the data were read. Name the comparison in contrasts=, or keep='units'."
            )
