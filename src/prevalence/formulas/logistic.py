r"""Logistic regression with weights: coefficients, average marginal effects, and the influence of each row on both.

Sources: Binder (1983), On the variances of asymptotically normal estimators from complex surveys, International Statistical Review 51,
279-292, for the score equations and the sandwich; Graubard & Korn (1999), Predictive margins with survey data, Biometrics 55, 652-659, for
averages over the sample and their variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from prevalence.errors import DataError
from prevalence.totals import Floats, Ints

MOST_STEPS = 60
CONVERGED = 1e-12
"""Of the last step against the coefficients: Newton's steps square the error, so the next one would be rounding alone."""
DEPENDENT = 1e-10
"""Below this share of the greatest singular value a column is a sum of others."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """A fitted regression.

    Attributes
    ----------
    coefficients : float array, shape (columns,)
    probability : float array, shape (rows,)
    inverse : float array, shape (columns, columns)
        Of the weighted information matrix.
    """

    coefficients: Floats
    probability: Floats
    inverse: Floats


@dataclass(frozen=True, slots=True)
class Effects:
    """Average marginal effects.

    Attributes
    ----------
    average : float array, shape (effects,)
    of_rows : float array, shape (rows, effects)
        Marginal effect in each row, of which these are the averages.
    gradient : float array, shape (effects, columns)
        Derivatives of the averages by the coefficients.
    """

    average: Floats
    of_rows: Floats
    gradient: Floats


def logistic(x: Floats, y: Floats, weight: Floats) -> Logistic:
    r"""Return the solution of :math:`\sum_i w_i x_i (y_i - p_i) = 0`, :math:`p_i = 1 / (1 + e^{-x_i'\beta})`, by Newton's method.

    Parameters
    ----------
    x : float array, shape (rows, columns)
    y : float array, shape (rows,)
        0 or 1.
    weight : float array, shape (rows,)

    Raises
    ------
    DataError
        If columns depend on each other, or separate the cases from the others, so that there is no finite solution.
    """
    weight = weight / weight.mean()
    counted = weight > 0
    singular = linalg.svdvals(x[counted] / np.maximum(np.abs(x[counted]).max(axis=0), 1e-300))
    if len(singular) < x.shape[1] or singular[-1] < DEPENDENT * singular[0]:
        raise DataError("A regression needs variables of which none is a sum of others; leave one of them out.")
    beta = np.zeros(x.shape[1])
    for _ in range(MOST_STEPS):
        p = special.expit(x @ beta)
        step = _step(x, weight * p * (1 - p), x.T @ (weight * (y - p)))
        beta = _shortened(x, y, weight, beta, step)
        if np.abs(step).max() <= CONVERGED * max(1.0, float(np.abs(beta).max())):
            p = special.expit(x @ beta)
            return Logistic(beta, p, linalg.inv(_information(x, weight * p * (1 - p))))
    raise _separated()


def _step(x: Floats, curvature: Floats, score: Floats) -> Floats:
    try:
        return np.asarray(linalg.solve(_information(x, curvature), score, assume_a="pos"))
    except (linalg.LinAlgError, ValueError) as error:
        raise _separated() from error


def _information(x: Floats, curvature: Floats) -> Floats:
    weighted: Floats = x * curvature[:, None]
    return np.asarray(weighted.T @ x)


def _shortened(x: Floats, y: Floats, weight: Floats, beta: Floats, step: Floats) -> Floats:
    """Return the next coefficients: the step is halved while it makes the likelihood worse."""
    reached = _likelihood(x, y, weight, beta)
    for halvings in range(20):
        found: Floats = beta + step / 2.0**halvings
        if _likelihood(x, y, weight, found) >= reached - CONVERGED * abs(reached):
            return found
    return beta


def _likelihood(x: Floats, y: Floats, weight: Floats, beta: Floats) -> float:
    line = x @ beta
    return float(weight @ (y * special.log_expit(line) + (1 - y) * special.log_expit(-line)))


def _separated() -> DataError:
    return DataError(
        "A logistic regression needs cases and others at every combination that it tells apart; some variables say exactly who is a case, "
        "so that their odds are infinite. Merge levels, or leave a variable out."
    )


def influence(fit: Logistic, x: Floats, y: Floats, weight: Floats) -> Floats:
    """Return the influence of each row on the coefficients, shape (rows, columns), so scaled that its weighted mean has their variance."""
    return np.asarray((x * (y - fit.probability)[:, None]) @ fit.inverse * (weight.sum() / weight.mean()))


def change_of_level(fit: Logistic, x: Floats, weight: Floats, columns: Sequence[int] | Ints, level: int) -> Effects:
    """Return the average change of the probability if everyone were at a level, and not at the reference, of a category.

    Parameters
    ----------
    fit, x, weight
        As in `logistic`.
    columns : sequence of int
        The 0/1 columns of the category; the reference has none.
    level : int
        The column of the level.
    """
    here, there = x.copy(), x.copy()
    here[:, list(columns)] = there[:, list(columns)] = 0.0
    here[:, level] = 1.0
    p, q = special.expit(here @ fit.coefficients), special.expit(there @ fit.coefficients)
    share = weight / weight.sum()
    gradient = (share * p * (1 - p)) @ here - (share * q * (1 - q)) @ there
    return Effects(np.array([share @ (p - q)]), (p - q)[:, None], gradient[None])


def slope(fit: Logistic, x: Floats, weight: Floats, column: int) -> Effects:
    """Return the average derivative of the probability by a number."""
    p = fit.probability
    share, beta = weight / weight.sum(), float(fit.coefficients[column])
    curvature = p * (1 - p)
    gradient = beta * ((share * curvature * (1 - 2 * p)) @ x)
    gradient[column] += share @ curvature
    return Effects(np.array([beta * (share @ curvature)]), (beta * curvature)[:, None], gradient[None])


def together(effects: Sequence[Effects]) -> Effects:
    """Return several effects as one."""
    return Effects(
        np.concatenate([each.average for each in effects]),
        np.concatenate([each.of_rows for each in effects], axis=1),
        np.concatenate([each.gradient for each in effects]),
    )


def influence_of_effects(effects: Effects, of_coefficients: Floats, *, sampled: bool) -> Floats:
    r"""Return the influence of each row on average effects, shape (rows, effects): that of the coefficients times the gradient.

    With `sampled`, the people over whom the average runs are a sample, too: :math:`d_i - \bar d` is added.
    """
    found = of_coefficients @ effects.gradient.T
    return np.asarray(found + (effects.of_rows - effects.average) if sampled else found)
