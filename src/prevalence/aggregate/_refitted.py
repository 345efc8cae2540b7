"""The steps of a plan taken again in every replicate, on elements: groups of rows that every step treats alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from scipy import sparse

from prevalence.adjustments import Adjustment
from prevalence.aggregate._adjusted import model_variance, responses
from prevalence.aggregate._auxiliaries import households_of, margins_of
from prevalence.aggregate._replicated import AdjustedReplicates
from prevalence.calibration.distances import Distance, distance
from prevalence.calibration.elements import Elements, Rows, crossed, elements_of
from prevalence.calibration.independent import independent_columns
from prevalence.calibration.margins import described
from prevalence.calibration.replicates import refit
from prevalence.design import Design
from prevalence.errors import DataError, counted
from prevalence.formulas.replication import Factors, factors
from prevalence.rows import Codes, Floats, numbers
from prevalence.totals import Ints, Units, grouped_sums, sparse_columns


def factors_of(design: Design, units: Units) -> Factors:
    """Return the replicates that a design makes of its primary units."""
    replicates, primary = design.replicates, units.primary
    assert replicates is not None
    return factors(
        replicates.method,
        primary.stratum,
        primary.sampled,
        primary.fraction,
        lonely=design.lonely_psu,
        n=replicates.n,
        fay_rho=replicates.fay_rho,
        seed=replicates.seed,
    )


def made_replicates(frame: nw.DataFrame[Any], design: Design, unit: Codes, units: Units) -> AdjustedReplicates | None:
    """Return replicates of the units with every step of the plan taken again, or None where there is no step to take."""
    if not design.follows_plan:
        return None
    made, base = factors_of(design, units), numbers(frame, design.adjustments[0].before)
    parts = _Parts.of(frame, design)
    primary, count = units.primary.unit[unit], len(units.primary.stratum)
    entries, _, (sums,) = grouped_sums(parts.element * count + primary, count * parts.count, [base])
    weight = made.sums(sparse_columns(sums, entries, count, parts.count)).T
    return AdjustedReplicates(made, primary, count, base, parts.element, parts.ratios(weight))


def adjusted_columns(frame: nw.DataFrame[Any], design: Design, columns: Floats) -> Floats:
    """Return the file's replicate weights after every step of the plan, shape (rows, replicates)."""
    base = numbers(frame, design.adjustments[0].before)
    assert design.replicates is not None
    weights = columns if design.replicates.combined else columns * base[:, None]
    parts = _Parts.of(frame, design)
    rows = len(base)
    gather = sparse.csr_array((np.ones(rows), (parts.element, np.arange(rows))), shape=(parts.count, rows))
    return np.asarray(weights * parts.ratios(np.asarray(gather @ weights))[parts.element], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Logistic:
    """Probabilities of response as a function of the linear predictor; the likelihood equations have the form of a calibration."""

    @property
    def quadratic(self) -> bool:
        """Never."""
        return False

    @property
    def longest(self) -> float:
        """A change of the odds by many powers of ten."""
        return 30.0

    def ratio(self, u: Floats) -> Floats:
        """Return 1 / (1 + exp(-u))."""
        return np.asarray(1 / (1 + np.exp(-np.clip(u, -700, 700))), dtype=np.float64)

    def slope(self, u: Floats) -> Floats:
        """Return p (1 - p)."""
        part = self.ratio(u)
        return part * (1 - part)

    def integral(self, u: Floats) -> Floats:
        """Return log(1 + exp(u))."""
        return np.asarray(np.logaddexp(0, u), dtype=np.float64)

    def extremes(self, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Return 0 and 1."""
        return np.zeros(shape), np.ones(shape)


@dataclass(frozen=True, slots=True)
class _Part:
    """One step, by row until it is taken on elements.

    Attributes
    ----------
    adjustment : Adjustment
    elements : Elements, optional
        With auxiliaries none of which follows from the others.
    names : tuple of str
        Of the auxiliaries.
    totals : float array, shape (auxiliaries,)
    given : float array, shape (rows,)
        The ratio, or whether the row responded.
    variance, before : float arrays, shape (rows,)
    """

    adjustment: Adjustment
    elements: Elements | None
    names: tuple[str, ...]
    totals: Floats
    given: Floats
    variance: Floats
    before: Floats

    @property
    def keys(self) -> list[tuple[Ints, int]]:
        """What rows of one element must share."""
        found = [_codes(self.given)]
        if self.elements is not None:
            place = self.elements.place
            found.append((np.arange(self.elements.rows), self.elements.rows) if place is None else (place, self.elements.count))
        if self.adjustment.variance is not None:
            found.append(_codes(self.variance))
        if self.adjustment.bounds_on == "weight":
            found.append(_codes(self.before))
        return found


@dataclass(frozen=True, slots=True)
class _Parts:
    """All steps and the elements of the rows.

    Attributes
    ----------
    parts : tuple of _Part
    element : int array, shape (rows,)
    count : int
    example : int array, shape (elements,)
        A row of each element.
    """

    parts: tuple[_Part, ...]
    element: Ints
    count: int
    example: Ints

    @classmethod
    def of(cls, frame: nw.DataFrame[Any], design: Design) -> _Parts:
        parts = tuple(_part(frame, adjustment) for adjustment in design.adjustments)
        keys = [key for part in parts for key in part.keys]
        element, count = crossed([place for place, _ in keys], [size for _, size in keys])
        example = np.zeros(count, dtype=np.int64)
        example[element] = np.arange(len(element))
        return cls(parts, element, count, example)

    def ratios(self, weight: Floats) -> Floats:
        """Return last over first weight of each element, from the first weights, both of shape (elements, replicates)."""
        found = np.ones_like(weight)
        for part in self.parts:
            ratio = self._ratio(part, weight * found)
            found *= ratio
        return found

    def _ratio(self, part: _Part, weight: Floats) -> Floats:
        given = part.given[self.example][:, None]
        if part.elements is None:
            return given
        place = self.example if part.elements.place is None else part.elements.place[self.example]
        matrix = Rows(part.elements.matrix()[place])
        if part.adjustment.effect == "sample":
            return _of_classes(matrix, weight, given, part.names)
        whole = Rows(sparse.eye_array(self.count, format="csr"))
        if part.adjustment.effect == "propensity":
            totals = np.asarray(matrix.T @ (weight * given), dtype=np.float64)
            return given / refit(matrix, whole, weight, totals, Logistic(), names=part.names).ratios()
        spread = part.variance[self.example] if part.adjustment.variance is not None else None
        limits = _distance(part.adjustment, part.before[self.example])
        return refit(matrix, whole, weight, part.totals, limits, variance=spread, names=part.names).ratios()


def _part(frame: nw.DataFrame[Any], adjustment: Adjustment) -> _Part:
    before = numbers(frame, adjustment.before)
    used, ones = before > 0, np.ones_like(before)
    if adjustment.effect == "given":
        ratio = np.divide(numbers(frame, adjustment.after), before, out=ones, where=used)
        return _Part(adjustment, None, (), np.zeros(0), ratio, ones, before)
    margins = margins_of(frame, adjustment, used)
    household = households_of(frame, adjustment.household, used)
    part = _Part(adjustment, None, (), np.zeros(0), ones, ones, before)
    if adjustment.variance is not None:
        part = replace(part, variance=model_variance(frame, adjustment.variance, used, household))
    if adjustment.responded is not None:
        part = replace(part, given=responses(frame, adjustment, used))
    elements = elements_of(margins, household=household, separate=adjustment.variance is not None)
    fitted = before * part.given if adjustment.effect == "sample" else before / part.variance
    kept = independent_columns(elements.gram(elements.sums(fitted))).kept
    totals = np.array([total for auxiliary in adjustment.auxiliaries for total in auxiliary.totals])
    return replace(
        part,
        elements=elements.take(kept),
        names=tuple(described(margins, kept)),
        totals=totals[kept] if len(totals) else np.zeros(0),
    )


def _of_classes(matrix: Rows, weight: Floats, responded: Floats, names: Sequence[str]) -> Floats:
    """Return the ratio of all weights to those of respondents in each class, 0 for non-respondents."""
    every = np.asarray(matrix.T @ weight, dtype=np.float64)
    kept = np.asarray(matrix.T @ (weight * responded), dtype=np.float64)
    empty = np.argwhere((kept <= 0) & (every > 0))
    if len(empty):
        raise DataError(
            f"Every class must keep a respondent in every replicate; {counted(len(empty), 'class does', 'classes do')} not, such as "
            f"{names[int(empty[0][0])]} in replicate {int(empty[0][1])}. Collapse the classes further."
        )
    return np.asarray(responded * (matrix @ np.divide(every, kept, out=np.ones_like(every), where=kept > 0)), dtype=np.float64)


def _distance(adjustment: Adjustment, before: Floats) -> Distance:
    """Return the distance of a calibration; bounds of the weight itself are bounds of its ratio to the weight before."""
    lower, upper = adjustment.limits
    if adjustment.bounds is None or adjustment.bounds_on == "ratio":
        return distance(adjustment.method, np.array([lower]), np.array([upper]))
    divisor = np.where(before > 0, before, 1.0)
    limits = np.where(before > 0, lower / divisor, 0.0), np.where(before > 0, upper / divisor, 2.0)
    return distance(adjustment.method, *limits)


def _codes(values: Floats) -> tuple[Ints, int]:
    found, code = np.unique(values, return_inverse=True)
    return code.astype(np.int64), len(found)
