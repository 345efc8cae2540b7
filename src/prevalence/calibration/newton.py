"""Newton's method for calibration equations, for one set of weights or for all replicates at once.

The coefficients maximise a concave function whose gradient is what the totals are missed by, so each step is shortened until that
function has grown: convergence does not depend on the start (Deville & Särndal 1992, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.calibration.distances import Distance
from prevalence.calibration.elements import Elements, Rows
from prevalence.totals import Floats

TOLERANCE = 1e-12
"""What totals may be missed by, as a part of the sum of weight times absolute amount: a few roundings."""

ACCEPTED = 1e-9
"""What is accepted where rounding stops the approach before the tolerance."""

ITERATIONS = 100

HALVINGS = 50

SUFFICIENT = 1e-4
"""Part of the growth promised by the slope that a step must bring (Armijo)."""

ROUNDING = 1e-13
"""Part of the sums of the concave function below which its growth is rounding."""

RIDGE = 1e-14
"""Added to a Hessian of unit diagonal: keeps it invertible where bounds have taken all slope from an auxiliary."""


class System(Protocol):
    """Auxiliaries of elements, as what Newton's method asks of them; the last dimension is that of replicates."""

    def predictor(self, coefficients: Floats) -> Floats:
        """Return x'b, shape (elements, replicates), of coefficients of shape (auxiliaries, replicates)."""

    def totals(self, weight: Floats) -> Floats:
        """Return sums of weight x, shape (auxiliaries, replicates), of weights of shape (elements, replicates)."""

    def gram(self, weight: Floats) -> Floats:
        """Return sums of weight x x', shape (replicates, auxiliaries, auxiliaries)."""


@dataclass(frozen=True, slots=True)
class Single:
    """The auxiliaries of elements for one set of weights."""

    elements: Elements

    def predictor(self, coefficients: Floats) -> Floats:
        """Return x'b, shape (elements, 1)."""
        return self.elements.predictor(coefficients[:, 0])[:, None]

    def totals(self, weight: Floats) -> Floats:
        """Return sums of weight x, shape (auxiliaries, 1)."""
        return self.elements.totals(weight[:, 0])[:, None]

    def gram(self, weight: Floats) -> Floats:
        """Return sums of weight x x', shape (1, auxiliaries, auxiliaries)."""
        return self.elements.gram(weight[:, 0])[None]


@dataclass(frozen=True, slots=True)
class Batch:
    """The auxiliaries of elements for many sets of weights.

    Attributes
    ----------
    matrix : sparse array, shape (elements, auxiliaries)
    products : sparse array, shape (elements, auxiliaries squared)
        Products of auxiliaries.
    """

    matrix: Rows
    products: Rows

    def predictor(self, coefficients: Floats) -> Floats:
        """Return x'b, shape (elements, replicates)."""
        return np.asarray(self.matrix @ coefficients, dtype=np.float64)

    def totals(self, weight: Floats) -> Floats:
        """Return sums of weight x, shape (auxiliaries, replicates)."""
        return np.asarray(self.matrix.T @ weight, dtype=np.float64)

    def gram(self, weight: Floats) -> Floats:
        """Return sums of weight x x', shape (replicates, auxiliaries, auxiliaries)."""
        size = self.matrix.shape[1]
        return np.asarray(self.products.T @ weight, dtype=np.float64).T.reshape(-1, size, size)


def batch(matrix: Rows) -> Batch:
    """Return the system of many sets of weights from auxiliaries of shape (elements, auxiliaries)."""
    columns = sparse.csc_array(matrix)
    products = [columns.multiply(columns[:, [column]]) for column in range(columns.shape[1])]
    return Batch(Rows(matrix), Rows(sparse.hstack(products, format="csr")))


@dataclass(frozen=True, slots=True)
class Problem:
    """Calibration equations.

    Attributes
    ----------
    system : System
    weight : float array, shape (elements, replicates)
    totals : float array, shape (auxiliaries, 1)
    distance : Distance
    variance : float array, shape (elements, 1) or (1, 1)
        What the predictor is divided by: the larger, the less a weight moves.
    size : float array, shape (auxiliaries, replicates)
        What a missed total is measured against, above zero.
    """

    system: System
    weight: Floats
    totals: Floats
    distance: Distance
    variance: Floats
    size: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """Where Newton's method ended.

    Attributes
    ----------
    coefficients : float array, shape (auxiliaries, replicates)
    predictor, ratio : float arrays, shape (elements, replicates)
        x'b / variance, and the g-weight there.
    missed : float array, shape (auxiliaries, replicates)
        Totals asked for minus totals reached.
    impossible : bool array, shape (replicates,)
        Whether it is proven that no g-weights within the bounds meet the totals.
    iterations : int
    """

    coefficients: Floats
    predictor: Floats
    ratio: Floats
    missed: Floats
    impossible: npt.NDArray[np.bool_]
    iterations: int = 0

    def left(self, size: Floats) -> Floats:
        """Return the largest miss of each replicate as a part of `size`, shape (replicates,)."""
        with np.errstate(invalid="ignore"):
            left = np.max(np.abs(self.missed) / size, axis=0, initial=0.0)
        return np.where(np.isfinite(left), left, np.inf)


def solve(problem: Problem, tolerance: float = TOLERANCE, iterations: int = ITERATIONS) -> Solution:
    """Return the solution of calibration equations, or the closest approach; the caller judges what is missed.

    Parameters
    ----------
    problem : Problem
    tolerance : float
        Stop when no total is missed by more than this part of its size.
    iterations : int
    """
    solution = best = _at(problem, np.zeros(problem.size.shape), np.zeros(problem.weight.shape))
    left = least = solution.left(problem.size)
    for iteration in range(1, iterations + 1):
        active = (left > tolerance) & ~best.impossible
        if not active.any():
            break
        solution = _shortened(problem, solution, _newton_step(problem, solution) * active)
        before, left = left, solution.left(problem.size)
        impossible = best.impossible | ((left > ACCEPTED) & _impossible(problem, solution))
        best = replace(_better(solution, best, left <= least), impossible=impossible, iterations=iteration)
        least = np.minimum(left, least)
        if np.all((left <= tolerance) | impossible | ((left <= ACCEPTED) & (left > before / 2))):
            break
    return best


def _better(new: Solution, old: Solution, better: npt.NDArray[np.bool_]) -> Solution:
    """Return the new approach where it is the better one, replicate by replicate."""
    if better.all():
        return new
    return replace(
        old,
        coefficients=np.where(better, new.coefficients, old.coefficients),
        predictor=np.where(better, new.predictor, old.predictor),
        ratio=np.where(better, new.ratio, old.ratio),
        missed=np.where(better, new.missed, old.missed),
    )


def _impossible(problem: Problem, solution: Solution) -> npt.NDArray[np.bool_]:
    """Return whether the coefficients prove that no g-weights within the bounds meet the totals, shape (replicates,).

    For any b, b'T is at most the sum of weight x'b g with each g at the bound that makes it largest.
    """
    lower, upper = problem.distance.extremes(solution.predictor.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = problem.weight * solution.predictor * problem.variance
        highest = np.where(scaled == 0, 0.0, scaled * np.where(scaled > 0, upper, lower)).sum(axis=0)
        wanted = (solution.coefficients * problem.totals).sum(axis=0)
        rounding = ACCEPTED * np.abs(solution.coefficients * problem.size).sum(axis=0)
        return np.asarray(wanted > highest + rounding, dtype=np.bool_)


def _at(problem: Problem, coefficients: Floats, predictor: Floats) -> Solution:
    with np.errstate(over="ignore", invalid="ignore"):
        ratio = problem.distance.ratio(predictor)
        missed = problem.totals - problem.system.totals(problem.weight * ratio)
    return Solution(coefficients, predictor, ratio, missed, np.zeros(ratio.shape[1], dtype=np.bool_))


def _newton_step(problem: Problem, solution: Solution) -> Floats:
    slope = problem.distance.slope(solution.predictor)
    hessian = problem.system.gram(problem.weight * slope / problem.variance)
    spread = np.sqrt(np.diagonal(hessian, axis1=1, axis2=2))
    # Where bounds have taken all slope, the size of the auxiliary stands in, so that a step has a sensible length.
    spread = np.where(spread > 0, spread, np.sqrt(problem.size.T))
    scaled = hessian / (spread[:, :, None] * spread[:, None, :])
    scaled += RIDGE * np.eye(scaled.shape[1])
    step = np.linalg.solve(scaled, (solution.missed.T / spread)[:, :, None])[:, :, 0] / spread
    return np.asarray(step.T, dtype=np.float64)


def _shortened(problem: Problem, start: Solution, step: Floats) -> Solution:
    """Return the end of the step, halved until the concave function has grown enough, replicate by replicate."""
    direction = problem.system.predictor(step) / problem.variance
    if problem.distance.quadratic:
        return _at(problem, start.coefficients + step, start.predictor + direction)
    length = 1 / np.maximum(1.0, np.abs(direction).max(axis=0) / problem.distance.longest)
    value, magnitude = _concave(problem, start)
    promised = (step * start.missed).sum(axis=0)
    for _ in range(HALVINGS):
        end = _at(problem, start.coefficients + length * step, start.predictor + length * direction)
        reached, _ = _concave(problem, end)
        with np.errstate(invalid="ignore"):
            short = ~(reached - value >= SUFFICIENT * length * promised - ROUNDING * magnitude)
        if not short.any():
            break
        length = np.where(short, length / 2, length)
    return end


def _concave(problem: Problem, solution: Solution) -> tuple[Floats, Floats]:
    """Return b'T - sum of weight variance integral of F, and the size of its terms, each of shape (replicates,)."""
    with np.errstate(over="ignore", invalid="ignore"):
        linear = solution.coefficients * problem.totals
        terms = problem.weight * problem.variance * problem.distance.integral(solution.predictor)
        value = linear.sum(axis=0) - terms.sum(axis=0)
    return value, np.abs(linear).sum(axis=0) + np.abs(terms).sum(axis=0)
