"""Scores replaced by residuals, after any number of changes of the weights, from sums that one pass can carry.

Only the regression coefficients know of domains; what they multiply is summed over all rows once, by sampling unit. So the residual score of a
unit is its sum of w z minus U B, with U of units by auxiliaries and B of auxiliaries by domains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from prevalence.calibration.elements import Elements, Rows, Selection
from prevalence.calibration.margins import Codes
from prevalence.calibration.steps import Regression, Step
from prevalence.errors import DataError
from prevalence.totals import Columns, Floats, Ints

NEGATIVE = 1e-8
"""Part of the largest eigenvalue of a covariance matrix below which a negative one is rounding."""


@dataclass(frozen=True, slots=True)
class Regressors:
    """The auxiliaries of one step and the weights with which outcomes are summed against them.

    Attributes
    ----------
    elements : Elements
    carried : float array, shape (rows,)
        m of the step times the ratios of all later steps.
    """

    elements: Elements
    carried: Floats


@dataclass(frozen=True, slots=True)
class Residuals:
    """What turns scores into residual scores; the auxiliaries of all steps stand one after the other.

    Attributes
    ----------
    by_unit : sparse array, shape (units, auxiliaries)
        U: sums over all rows of weight before times a x.
    system : float array, shape (auxiliaries, auxiliaries)
        Sums of products of the auxiliaries of each step with its own and with those of later steps: block-triangular.
    steps : tuple of Regressors
    """

    by_unit: Rows
    system: Floats
    steps: tuple[Regressors, ...]

    @property
    def starts(self) -> Ints:
        """First auxiliary of each step, and the number of all, shape (steps + 1,)."""
        return np.cumsum([0, *(step.elements.size for step in self.steps)], dtype=np.int64)

    def sums(self, cell: Codes, size: int, values: Floats, rows: Selection = slice(None)) -> Floats:
        """Return the sums by cell of x times `values`, with the weights of the regressions, shape (auxiliaries, size).

        Parameters
        ----------
        cell : int array, shape (selected rows,)
            Cell of the table, from 0 to ``size - 1``.
        size : int
        values : float array, shape (selected rows,)
            Outcome y, or denominator x of a ratio.
        rows : slice or int array
            Which of all rows are selected.
        """
        parts = [step.elements.row_sums(cell, size, step.carried[rows] * values, rows).T.toarray() for step in self.steps]
        return np.concatenate([np.zeros((0, size)), *parts])

    def coefficients(self, sums: Floats) -> Floats:
        """Return B from the sums of x times a linearised variable, both of shape (auxiliaries, domains).

        For ratios R = Y / X by domain the sums are ``(sums of y - R * sums of x) / X``; margins of cells add up before that.
        """
        scale = np.sqrt(np.diag(self.system))
        scaled = self.system / np.outer(scale, scale)
        return np.asarray(np.linalg.solve(scaled, sums / scale[:, None]) / scale[:, None], dtype=np.float64)

    def scores(self, scores: Columns, coefficients: Floats) -> Columns:
        """Return residual scores from scores with the last weights, both of shape (units, domains), and from B."""
        return Columns(scores.toarray() - self.by_unit @ coefficients)

    def outside(self, step: int, covariance: Floats, coefficients: Floats) -> Floats:
        """Return the scores that estimated totals add, shape (auxiliaries of the step, domains).

        Their cross-products are B'V B, which adds to the covariance of the estimates.

        Parameters
        ----------
        step : int
            Among the steps with auxiliaries.
        covariance : float array, shape (auxiliaries of the step, auxiliaries of the step)
            V: of the estimated totals of the auxiliaries that were fitted.
        coefficients : float array, shape (auxiliaries, domains)
            B.

        Raises
        ------
        DataError
            If `covariance` is no covariance matrix.
        """
        own = coefficients[self.starts[step] : self.starts[step + 1]]
        if covariance.shape != (len(own), len(own)):
            raise DataError(
                f"The covariance of estimated totals must have a row and a column for each of {len(own)} fitted auxiliaries; found "
                f"{covariance.shape}. Leave out those that follow from others (`Calibration.redundant`)."
            )
        values, vectors = np.linalg.eigh(covariance)
        if values.min(initial=0.0) < -NEGATIVE * values.max(initial=0.0):
            raise DataError(
                f"The covariance of estimated totals must have no negative variance in any direction; the least is {values.min():.6g}. "
                "Take the whole matrix from one survey, unrounded."
            )
        return np.asarray(np.sqrt(np.maximum(values, 0))[:, None] * (vectors.T @ own), dtype=np.float64)


def residuals_after(base: Floats, steps: Sequence[Step], unit: Codes, units: int) -> Residuals:
    """Return what turns scores into residual scores after steps taken one after the other.

    Parameters
    ----------
    base : float array, shape (rows,)
        Weights before the first step, of all rows.
    steps : sequence of Step
        In the order in which they were taken.
    unit : int array, shape (rows,)
        Sampling unit of each row, from 0 to ``units - 1``.
    units : int
    """
    by_unit, weight = [], np.asarray(base, dtype=np.float64)
    for step in steps:
        if step.regression is not None:
            by_unit.append(step.regression.elements.row_sums(unit, units, weight * step.regression.effect))
        weight = weight * step.ratio
    lines = [_line(step.regression, steps[number + 1 :]) for number, step in enumerate(steps) if step.regression is not None]
    width = sum(part.shape[1] for part in by_unit)
    system = [np.zeros((0, width))]
    system += [np.hstack([np.zeros((len(line), width - line.shape[1])), line]) for line, _ in lines]
    regressors = tuple(found for _, found in lines)
    joined = Rows(sparse.hstack(by_unit, format="csr")) if by_unit else Rows((units, 0))
    return Residuals(joined, np.concatenate(system), regressors)


def _line(first: Regression, later: Sequence[Step]) -> tuple[Floats, Regressors]:
    """Return the products of a step's auxiliaries with its own and those of later steps, and what outcomes are summed with."""
    carried, products = first.moment, [first.elements.gram(first.elements.sums(first.square))]
    for step in later:
        if step.regression is not None:
            products.append(first.elements.cross(step.regression.elements, carried * step.regression.effect))
        carried = carried * step.ratio
    return np.hstack(products), Regressors(first.elements, carried)
