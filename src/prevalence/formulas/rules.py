"""How scores become variances: one rule a kind of design, all with the same two questions.

A rule is made once from the design and the units of all rows. Estimates keep it beside their scores, so that any contrast of
them is answered by the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from prevalence.design import DfRule
from prevalence.formulas import ratio as ratios
from prevalence.formulas import variance
from prevalence.formulas.adjusted import Adjusted
from prevalence.formulas.occupancy import Occupancy, degrees_of_freedom, fully_sampled, occupancy
from prevalence.formulas.products import cross_products
from prevalence.formulas.ratio import Linear
from prevalence.formulas.satterthwaite import satterthwaite
from prevalence.formulas.selection import SelectionForm
from prevalence.formulas.variance import Lonely
from prevalence.totals import Columns, Floats, Totals, Units


@dataclass(frozen=True, slots=True)
class Spread:
    """What a rule says of each estimate; every array has shape (domains,).

    Attributes
    ----------
    variance : float array
    df : float array
        Degrees of freedom; NaN where only the estimates that a contrast is made of have them.
    counted : float array
        Degrees of freedom by counting units alone: of joint tests, and where there is no variance to read any from.
    n_psu : float array
        Primary units with a member of the domain; NaN where units are not known.
    census : bool array
        Whether every unit of every stage was sampled in the strata that the domain touches.
    """

    variance: Floats
    df: Floats
    counted: Floats
    n_psu: Floats
    census: npt.NDArray[np.bool_]

    def df_of(self, se: Floats) -> Floats:
        """Return the degrees of freedom of estimates whose standard errors, rounding noise set to 0, are `se`."""
        return np.where(se == 0, self.counted, self.df)


class Rule(Protocol):
    """What estimates ask of their design.

    `scores` and `presence` are sparse, one row a piece of the sample (a unit, a replicate), one column an estimate.
    """

    @property
    def undefined(self) -> str:
        """Return why a variance may be undefined, in words."""

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        """Return variances and what goes with them."""

    def covariance(self, scores: Columns, presence: Columns) -> Floats:
        """Return the covariance matrix, shape (domains, domains)."""


class EstimatingRule(Rule, Protocol):
    """A rule that makes estimates with scores from totals, too."""

    def ratio(self, totals: Totals) -> Linear:
        """Return Y / X by domain with scores."""

    def total(self, totals: Totals) -> Linear:
        """Return Y by domain with scores."""

    def expanded_total(self, totals: Totals, weight_of_unit: Floats, population: float) -> Linear:
        """Return the totals of domains when weights are normalised; see `formulas.ratio.expanded_total`."""


@dataclass(frozen=True, slots=True)
class Linearised:
    """Taylor linearisation: squares of the scores about their stratum means, stage by stage.

    Attributes
    ----------
    units : Units
    lonely : Lonely
    df_rule : {"satterthwaite", "occupied", "own", "domain-strata", "design"}
    selection : SelectionForm, optional
        Of the first stage, for samples drawn systematically or with unequal probabilities.
    adjusted : Adjusted, optional
        Where weights were adjusted. Scores may then have rows below those of the units, of totals that are estimates: their
        products add to the covariance as they are.
    """

    units: Units
    lonely: Lonely
    df_rule: DfRule
    selection: SelectionForm | None = None
    adjusted: Adjusted | None = None

    @property
    def undefined(self) -> str:
        """Return the one reason of this rule: the average over no strata, or a form that may be below zero."""
        if self.selection is not None:
            return "the unbiased variance of Horvitz and Thompson is below zero; choose selection='hartley-rao'"
        return "every stratum touched has a single sampling unit"

    def ratio(self, totals: Totals) -> Linear:
        """Return Y / X with the first-order effect of each unit."""
        linear = ratios.ratio(totals)
        return linear if self.adjusted is None else self.adjusted.ratio(linear, totals)

    def total(self, totals: Totals) -> Linear:
        """Return Y with the sums of each unit."""
        linear = ratios.total(totals)
        return linear if self.adjusted is None else self.adjusted.total(linear, totals)

    def expanded_total(self, totals: Totals, weight_of_unit: Floats, population: float) -> Linear:
        """Return N times the share of Y in all weights."""
        linear = ratios.expanded_total(totals, weight_of_unit, population)
        if self.adjusted is None:
            return linear
        return self.adjusted.expanded_total(linear, totals, float(weight_of_unit.sum()), population)

    def spread(self, scores: Columns, presence: Columns) -> Spread:
        """Return the sum of the variances of all stages, and degrees of freedom by the rule of the design."""
        primary = self.units.primary
        scores, outside = self._parted(scores)
        occupied = occupancy(primary.sums(presence), primary)
        counted = degrees_of_freedom(occupied, primary, self.df_rule)
        total, df = self._of_first_stage(primary.sums(scores), occupied, counted)
        for stage in self.units.stages[1:]:
            of_stage = occupancy(stage.sums(presence), stage)
            total = total + variance.variances(stage.sums(scores), of_stage, stage, self.lonely)
        if outside is not None:
            total = total + np.asarray(outside.power(2).sum(axis=0), dtype=np.float64).ravel()
        return Spread(
            variance=np.where(total < 0, np.nan, total),
            df=df,
            counted=counted,
            n_psu=occupied.units.sum(axis=0).astype(np.float64),
            census=fully_sampled(presence, self.units),
        )

    def covariance(self, scores: Columns, presence: Columns) -> Floats:
        """Return the sum of the covariance matrices of all stages."""
        primary, stages = self.units.primary, self.units.stages
        scores, outside = self._parted(scores)
        if self.selection is not None:
            sums, stages = primary.sums(scores), stages[1:]
            total = self.selection.covariance(sums)
        else:
            total = np.zeros((scores.shape[1], scores.shape[1]))
        for stage in stages:
            of_stage = occupancy(stage.sums(presence), stage)
            total += variance.covariance(stage.sums(scores), of_stage, stage, self.lonely)
        if outside is not None:
            total = total + cross_products(outside)
        np.fill_diagonal(total, np.where(np.diag(total) < 0, np.nan, np.diag(total)))
        return total

    def _parted(self, scores: Columns) -> tuple[Columns, Columns | None]:
        """Return the scores of the units, and those of totals from outside the sample."""
        units = len(self.units)
        if scores.shape[0] == units:
            return scores, None
        return Columns(scores[:units]), Columns(scores[units:])

    def _of_first_stage(self, sums: Columns, occupied: Occupancy, counted: Floats) -> tuple[Floats, Floats]:
        """Return what the first stage adds to the variances, and the degrees of freedom, which are its own."""
        if self.selection is not None:
            return self.selection.variances(sums), counted
        primary, reads_scores = self.units.primary, self.df_rule == "satterthwaite"
        parts = variance.about_means(sums, occupied, primary, self.lonely, fourth=reads_scores)
        return parts.variances(), satterthwaite(parts, occupied, primary, counted) if reads_scores else counted
