"""Variance from replicates: the rule whose scores are deviations of replicate estimates.

Source: Wolter (2007), Introduction to Variance Estimation, chapters 3-5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from prevalence.design import DfRule
from prevalence.formulas import deviation
from prevalence.formulas.occupancy import degrees_of_freedom, fully_sampled, occupancy
from prevalence.formulas.products import cross_products
from prevalence.formulas.rank import replicate_df
from prevalence.formulas.ratio import Linear, column_sums
from prevalence.formulas.replication import Factors
from prevalence.formulas.rules import Spread
from prevalence.totals import Columns, Floats, Totals, Units


@dataclass(frozen=True, slots=True)
class ReplicateRule:
    """Sums of squares of scaled deviations.

    Attributes
    ----------
    units : Units
    df_rule : {"satterthwaite", "occupied", "own", "domain-strata", "design"}
    scales : float array, shape (replicates,)
        scale x rscale of each replicate.
    mse : bool
        Whether deviations are taken from the full-sample estimate.
    factors : Factors, optional
        Of replicates made from the units; without them the totals hold the sums of the file's replicate weights.
    known_units : bool
        Whether the file names its sampling units.
    df : float, optional
        Degrees of freedom that the file's documentation gives.
    """

    units: Units
    df_rule: DfRule
    scales: Floats
    mse: bool = False
    factors: Factors | None = None
    known_units: bool = True
    df: float | None = None

    @property
    def undefined(self) -> str:
        """Return the one reason of this rule."""
        return "fewer than two replicates have a member"

    def ratio(self, totals: Totals) -> Linear:
        """Return Y / X with the deviations of its replicates."""
        y, x = self._sums(totals)
        full_y, full_x = column_sums(totals.y), column_sums(totals.x)
        return _linear(deviation.ratio(y, x, full_y, full_x, self.scales, mse=self.mse))

    def total(self, totals: Totals) -> Linear:
        """Return Y with the deviations of its replicates; empty domains are NaN."""
        found = deviation.total(self._sums(totals)[0], column_sums(totals.y), self.scales, mse=self.mse)
        linear = _linear(found)
        return Linear(np.where(column_sums(totals.n) == 0, np.nan, linear.estimate), linear.scores, linear.lost)

    def expanded_total(self, totals: Totals, weight_of_unit: Floats, population: float) -> Linear:
        """Return N times the share of Y in all weights, replicate by replicate."""
        shape = (len(self.scales), totals.y.shape[1])
        if totals.replicates is None:
            weights = self._replicated(Columns(weight_of_unit[:, None]))
        else:
            weights = totals.replicates.weight[:, None]
        full = np.full(shape[1], weight_of_unit.sum())
        sums = self._sums(totals)[0]
        found = deviation.ratio(
            sums * population,
            np.broadcast_to(weights, shape),
            column_sums(totals.y) * population,
            full,
            self.scales,
            mse=self.mse,
        )
        linear = _linear(found)
        return Linear(np.where(column_sums(totals.n) == 0, np.nan, linear.estimate), linear.scores, linear.lost)

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        """Return sums of squares, and degrees of freedom by the rule of the design where units are known."""
        domains = scores.shape[1]
        variance = np.asarray(scores.power(2).sum(axis=0), dtype=np.float64).ravel()
        df, n_psu = np.full(domains, np.nan), np.full(domains, np.nan)
        census = np.zeros(domains, dtype=np.bool_)
        if self.known_units:
            primary = self.units.primary
            occupied = occupancy(primary.sums(presence), primary)
            df = degrees_of_freedom(occupied, primary, self.df_rule)
            n_psu = occupied.units.sum(axis=0).astype(np.float64)
            census = fully_sampled(presence, self.units)
        if self.df is not None:
            df = np.full(domains, self.df)
        return Spread(variance=variance, df=df, counted=df, n_psu=n_psu, census=census)

    def covariance(self, scores: Columns, presence: Columns) -> Floats:
        """Return the sums of products of deviations."""
        return cross_products(scores)

    def degrees_of_freedom(self, totals: Totals) -> Floats:
        """Return the rank of each domain's replicate weights less 1, shape (domains,)."""
        assert totals.replicates is not None
        return replicate_df(totals.replicates.rows, totals.replicates.cell, totals.replicates.members)

    def _sums(self, totals: Totals) -> tuple[Floats, Floats]:
        """Return the sums of y and of x of each replicate, shapes (replicates, domains)."""
        if totals.replicates is not None:
            return totals.replicates.y, totals.replicates.x
        return self._replicated(totals.y), self._replicated(totals.x)

    def _replicated(self, totals: Columns) -> Floats:
        assert self.factors is not None
        return self.factors.sums(self.units.primary.sums(totals))


def _linear(found: deviation.Replicated) -> Linear:
    """Return the deviations as a sparse array without looking for zeros in it."""
    replicates, domains = found.scores.shape
    indices = np.tile(np.arange(replicates, dtype=np.int64), domains)
    starts = np.arange(domains + 1, dtype=np.int64) * replicates
    scores = sparse.csc_array((found.scores.ravel(order="F"), indices, starts), shape=(replicates, domains))
    return Linear(found.estimate, scores, found.lost)
