"""The fit: weights that meet population totals and move as little as they can from those before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from prevalence.calibration.calibrated import Calibration, check_one_weight, check_positive, checked_weights
from prevalence.calibration.distances import Distance, Method, distance
from prevalence.calibration.elements import Elements, elements_of
from prevalence.calibration.independent import Independent, check_totals_agree, independent_columns
from prevalence.calibration.margins import Codes, Margin, check_complete, check_margins, flat_totals, shortfall
from prevalence.calibration.newton import ACCEPTED, ITERATIONS, TOLERANCE, Problem, Single, Solution, solve
from prevalence.errors import DataError, OptionError, check_option, counted, listed
from prevalence.totals import Floats

BoundsOn = Literal["ratio", "weight"]
BOUNDS_ON: tuple[BoundsOn, ...] = ("ratio", "weight")

ANY_RATIO = (0.0, 2.0)
"""Bounds of rows of weight zero, where those of a weight say nothing of its ratio."""


def calibrate(
    weight: Floats,
    margins: Sequence[Margin],
    totals: Sequence[npt.ArrayLike],
    *,
    method: Method = "linear",
    bounds: tuple[float, float] | None = None,
    bounds_on: BoundsOn = "ratio",
    household: Codes | None = None,
    variance: Floats | None = None,
    allow_negative: bool = False,
    tolerance: float = TOLERANCE,
    iterations: int = ITERATIONS,
) -> Calibration:
    r"""Return the weights nearest to `weight` that add up to population totals.

    .. math:: \sum_i w_i x_i = T, \qquad w_i = d_i\,F(x_i'\lambda / v_i)

    Parameters
    ----------
    weight : float array, shape (rows,)
        Weights before calibration, zero or greater.
    margins : sequence of Margin
    totals : sequence of arrays
        Population totals of the cells of each margin.
    method : {"linear", "raking", "logit"}
        F = 1 + u (generalised regression), exp(u) (raking), or a logistic curve between the bounds.
    bounds : (float, float), optional
        Smallest and largest ratio of new to old weight, or weight (see `bounds_on`); ``linear`` and ``raking`` are cut off there.
    bounds_on : {"ratio", "weight"}
        What the bounds limit; "weight" is R's ``bounds.const``.
    household : int array, shape (rows,), optional
        Number of each row's household, from 0: its members then keep one weight (R's ``aggregate.stage``).
    variance : float array, shape (rows,), optional
        Model variance v of each row, above zero: the larger, the less its weight moves (R's ``variance``). Members of a household
        have its mean.
    allow_negative : bool
        Whether weights below zero are returned; otherwise they are an error.
    tolerance : float
        Part of its size that a total may be missed by.
    iterations : int

    Returns
    -------
    Calibration

    Raises
    ------
    DataError
        If totals and sample do not fit each other, weights are negative or differ within a household, no weights within the bounds
        meet the totals, the iterations do not suffice (the auxiliaries missed by most are named), or a weight would turn negative.
    OptionError
        If the method or its bounds are not possible.

    Notes
    -----
    Deville & Särndal (1992), Calibration estimators in survey sampling, JASA 87:376-382. Auxiliaries that follow from others are left
    out, provided that their totals agree.

    Examples
    --------
    >>> import numpy as np
    >>> sex, area = Margin(np.array([0, 0, 1, 1]), 2, name="sex"), Margin(np.array([0, 1, 0, 1]), 2, name="area")
    >>> fitted = calibrate(np.ones(4), [sex, area], [[60, 40], [30, 70]], method="raking")
    >>> fitted.weight.round(6)
    array([18., 42., 12., 28.])
    """
    before = checked_weights(weight)
    check_margins(margins, len(before))
    check_option("bounds_on", bounds_on, BOUNDS_ON)
    households = None if household is None else np.asarray(household, dtype=np.int64)
    if households is not None:
        check_one_weight(before, households)
    on_weight = bounds is not None and bounds_on == "weight"
    parts = elements_of(margins, household=households, separate=variance is not None or on_weight)
    spread = _checked_variance(variance, len(before))
    limits = _limits(bounds, parts, before if on_weight else None)
    fit = _Fit(margins, flat_totals(margins, totals), parts, parts.sums(before), _mean(spread, parts), distance(method, *limits))
    found = _independent(fit)
    problem = _problem(fit, found)
    solution = solve(problem, tolerance, iterations)
    achieved = _achieved(fit, found, solution)
    _check_solved(fit, achieved, problem, solution, max(tolerance, ACCEPTED))
    ratio = parts.spread(solution.ratio[:, 0])
    if not allow_negative:
        check_positive(before * ratio)
    return Calibration(
        before=before,
        weight=before * ratio,
        ratio=ratio,
        elements=parts.take(found.kept),
        variance=None if spread is None else parts.spread(_mean(spread, parts)),
        margins=tuple(margins),
        distance=fit.distance,
        kept=found.kept,
        redundant=found.redundant,
        totals=fit.totals,
        achieved=achieved,
        iterations=solution.iterations,
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """What is fitted; `weight` and `variance` have shape (elements,), the latter (1,) where it is 1 for all."""

    margins: Sequence[Margin]
    totals: Floats
    elements: Elements
    weight: Floats
    variance: Floats
    distance: Distance

    @property
    def present(self) -> Floats:
        """Sum of weight times absolute amount of each auxiliary in the sample, shape (auxiliaries,)."""
        return self.elements.magnitudes(self.weight)

    @property
    def size(self) -> Floats:
        """What a missed total is measured against, shape (auxiliaries,)."""
        size = np.maximum(np.abs(self.totals), self.present)
        return np.where(size > 0, size, 1.0)


def _checked_variance(variance: Floats | None, rows: int) -> Floats | None:
    if variance is None:
        return None
    values = np.asarray(variance, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values > 0)))
    if len(values) != rows or len(wrong):
        raise DataError(
            f"variance must be a number above zero for each of {counted(rows, 'row')}; found {len(values):,}, of which {len(wrong):,} "
            f"are not: {listed(values[wrong].tolist())}. Correct them, or leave variance out."
        )
    return values


def _mean(values: Floats | None, parts: Elements) -> Floats:
    """Return the mean of `values` over the rows of each element, shape (elements,)."""
    if values is None:
        return np.ones(1)
    return parts.sums(values) / parts.sums(np.ones(parts.rows))


def _limits(bounds: tuple[float, float] | None, parts: Elements, weight: Floats | None) -> tuple[Floats, Floats]:
    """Return the bounds of the g-weight, each of shape (1,), or (elements,) where they limit the weight itself."""
    lower, upper = (-np.inf, np.inf) if bounds is None else bounds
    if np.isnan(lower) or np.isnan(upper):
        raise OptionError(f"bounds must be two numbers; found {bounds!r}. Leave them out where there is no limit.")
    if weight is None:
        return np.array([lower]), np.array([upper])
    by_element = parts.sums(weight) / parts.sums(np.ones(parts.rows))
    weighty = by_element > 0
    divisor = np.where(weighty, by_element, 1.0)
    return np.where(weighty, lower / divisor, ANY_RATIO[0]), np.where(weighty, upper / divisor, ANY_RATIO[1])


def _independent(fit: _Fit) -> Independent:
    check_complete(fit.margins, fit.totals, fit.present)
    found = independent_columns(fit.elements.gram(fit.weight / fit.variance))
    check_totals_agree(fit.margins, found, fit.totals)
    return found


def _problem(fit: _Fit, found: Independent) -> Problem:
    return Problem(
        system=Single(fit.elements.take(found.kept)),
        weight=fit.weight[:, None],
        totals=fit.totals[found.kept, None],
        distance=fit.distance,
        variance=fit.variance[:, None],
        size=fit.size[found.kept, None],
    )


def _achieved(fit: _Fit, found: Independent, solution: Solution) -> Floats:
    reached = np.zeros(len(fit.totals))
    reached[found.kept] = fit.totals[found.kept] - solution.missed[:, 0]
    reached[found.redundant] = found.coefficients @ reached[found.kept]
    return reached


def _check_solved(fit: _Fit, achieved: Floats, problem: Problem, solution: Solution, tolerance: float) -> None:
    if solution.left(problem.size)[0] <= tolerance:
        return
    missed = shortfall(fit.margins, fit.totals, achieved, fit.size)
    if solution.impossible[0]:
        raise DataError(
            f"No weights within the bounds meet all totals; at the closest approach {missed}. Widen the bounds, merge cells, or correct the totals."
        )
    raise DataError(
        f"Calibration did not converge in {counted(solution.iterations, 'iteration')}; {missed}. "
        "Merge small cells, widen the bounds, or correct the totals."
    )
