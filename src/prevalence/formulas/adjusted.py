"""Scores after the weights were adjusted: residuals from the regressions of all steps, and what estimated totals add.

Source: see `prevalence.calibration.steps`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from prevalence.calibration.residuals import Residuals
from prevalence.formulas.ratio import Linear, divide
from prevalence.totals import AuxiliarySums, Columns, Floats, Totals


@dataclass(frozen=True, slots=True)
class Adjusted:
    """How scores with the last weights become scores of a sample whose weights were adjusted.

    Attributes
    ----------
    residuals : Residuals
    ones : float array, shape (auxiliaries,)
        Sums of the auxiliaries over all rows with the weights of the regressions.
    estimated : tuple of (int, float array)
        Steps whose totals are estimates, and the covariance matrix of the totals of their fitted auxiliaries.
    """

    residuals: Residuals
    ones: Floats
    estimated: tuple[tuple[int, Floats], ...] = ()

    def ratio(self, linear: Linear, totals: Totals) -> Linear:
        """Return Y / X with residual scores."""
        sums, size = _sums(totals), np.asarray(totals.x.sum(axis=0), dtype=np.float64).ravel()
        return self._adjusted(linear, divide(sums.y - np.nan_to_num(linear.estimate) * sums.x, size))

    def total(self, linear: Linear, totals: Totals) -> Linear:
        """Return Y with residual scores."""
        return self._adjusted(linear, _sums(totals).y)

    def expanded_total(self, linear: Linear, totals: Totals, weights: float, population: float) -> Linear:
        """Return N times the share of Y in all weights with residual scores; `weights` is the sum of all weights."""
        share = np.nan_to_num(linear.estimate) / population
        return self._adjusted(linear, (_sums(totals).y - self.ones[:, None] * share) * (population / weights))

    def _adjusted(self, linear: Linear, sums: Floats) -> Linear:
        coefficients = self.residuals.coefficients(np.nan_to_num(sums))
        within = self.residuals.scores(linear.scores, coefficients)
        outside = [Columns(self.residuals.outside(step, matrix, coefficients)) for step, matrix in self.estimated]
        stacked = Columns(sparse.vstack([within, *outside], format="csc")) if outside else within
        return Linear(linear.estimate, stacked, linear.lost)


def _sums(totals: Totals) -> AuxiliarySums:
    if totals.auxiliaries is None:
        raise ValueError("totals of adjusted weights need the sums of auxiliaries times outcomes")
    return totals.auxiliaries
