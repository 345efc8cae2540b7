"""How each statistic is made from totals: the formulas in their order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from prevalence.aggregate import Pass, StreamedPass
from prevalence.design import Design
from prevalence.estimates import Numbers
from prevalence.formulas.design_effect import srs_variance_of_ratio, srs_variance_of_total
from prevalence.formulas.ratio import Linear, column_sums, divide
from prevalence.formulas.replicated import ReplicateRule
from prevalence.formulas.rules import EstimatingRule
from prevalence.formulas.variance import standard_errors
from prevalence.provenance import Provenance
from prevalence.totals import Floats, Totals

Statistic = Literal["prevalence", "total", "mean", "ratio", "distribution"]

KIND: dict[Statistic, Literal["proportion", "unbounded"]] = {
    "prevalence": "proportion",
    "distribution": "proportion",
    "total": "unbounded",
    "mean": "unbounded",
    "ratio": "unbounded",
}
"""Scale of the estimates of each statistic."""

EQUAL = 1e-9
"""Sums that differ by less, relatively, differ by rounding."""


@dataclass(frozen=True, slots=True)
class Domains:
    """The estimates of one table before they are labelled."""

    linear: Linear
    totals: Totals
    numbers: Numbers
    counted_df: Floats


@dataclass(frozen=True, slots=True)
class Formula:
    """How a statistic is made from totals."""

    statistic: Statistic
    design: Design
    read: Pass | StreamedPass
    rule: EstimatingRule
    provenance: Provenance

    def apply(self, totals: Totals, borrowed_deff: Floats | None = None) -> Domains:
        """Return estimates, standard errors and counts of the domains of `totals`."""
        linear = self._linear(totals)
        n, x = column_sums(totals.n), column_sums(totals.x)
        counted = counts_cases(totals)
        spread = self.rule.spread(linear.scores, totals.n)
        se = standard_errors(np.where(np.isnan(linear.estimate), np.nan, spread.variance), np.abs(linear.estimate))
        numbers = Numbers(
            estimate=linear.estimate,
            se=se,
            se_log=np.full(len(n), np.nan),
            deff=divide(se**2, self._srs_variance(totals, linear.estimate, x, n)),
            df=spread.df_of(se),
            n=n,
            cases=totals.moments.cases if counted else np.full(len(n), np.nan),
            missing=totals.moments.missing,
            n_psu=spread.n_psu,
            weighted=totals.moments.weight,
            population=totals.moments.weight * self._people_per_weight,
            borrowed_deff=np.full(len(n), np.nan) if borrowed_deff is None else borrowed_deff,
            census=spread.census & (se == 0),
            people=np.full(len(n), counted and self.statistic == "total"),
        )
        return Domains(linear, totals, numbers, spread.counted)

    def ranked(self, domains: Domains) -> Domains:
        """Return the domains with degrees of freedom from the rank of replicate weights, where nothing else gives them."""
        if not (isinstance(self.rule, ReplicateRule) and np.isnan(domains.numbers.df).any()):
            return domains
        df = self.rule.degrees_of_freedom(domains.totals)
        return replace(domains, numbers=replace(domains.numbers, df=df), counted_df=df)

    def _linear(self, totals: Totals) -> Linear:
        if self.statistic != "total":
            return self.rule.ratio(totals)
        if self.design.scales_to_population and self.design.population:
            weight_of_unit = self.read.weight_of_unit if isinstance(self.read, Pass) else np.zeros(0)  # a stream refuses
            return self.rule.expanded_total(totals, weight_of_unit, self.design.population)
        return self.rule.total(totals)

    def _srs_variance(self, totals: Totals, estimate: Floats, x: Floats, n: Floats) -> Floats:
        if self.statistic != "total":
            return srs_variance_of_ratio(totals.moments, estimate, x, n)
        scale = self._people_per_weight
        return scale**2 * srs_variance_of_total(totals.moments, estimate / scale, n)

    @property
    def _people_per_weight(self) -> float:
        if self.design.weight_scale == "population":
            return 1.0
        return (self.design.population or np.nan) / self.read.weight


def counts_cases(totals: Totals) -> bool:
    """Return whether all outcomes are 0 or 1, so that those that are not zero are cases.

    The weighted sum of y (y - 1) is then zero; of other whole numbers it is above zero.
    """
    moments, y = totals.moments, column_sums(totals.y)
    squares = moments.ee + 2 * moments.reference * moments.ex + moments.reference**2 * moments.xx
    return bool(np.allclose(squares, y, rtol=EQUAL, atol=EQUAL * float(np.abs(moments.weight).max(initial=0.0))))
