"""How the weights of the rows were adjusted: the steps of a plan on arrays, and what they mean for scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.adjustments import Adjustment
from prevalence.aggregate._auxiliaries import households_of, margins_of
from prevalence.aggregate._placements import Mask
from prevalence.calibration.calibrated import Calibration
from prevalence.calibration.distances import distance
from prevalence.calibration.elements import elements_of
from prevalence.calibration.independent import independent_columns
from prevalence.calibration.residuals import residuals_after
from prevalence.calibration.steps import Step, calibrated_to_sample, declared, propensity
from prevalence.design import Design
from prevalence.formulas.adjusted import Adjusted
from prevalence.rows import Codes, Floats, indicator, numbers
from prevalence.totals import Ints, weighted_counts

UNLIMITED = np.array([-np.inf]), np.array([np.inf])


@dataclass(frozen=True, slots=True)
class Taken:
    """A step on arrays, and the covariance matrix of the totals of its fitted auxiliaries where these are estimates."""

    step: Step
    covariance: Floats | None = None


def adjusted_of_rows(frame: nw.DataFrame[Any], design: Design, unit: Codes, units: int) -> Adjusted | None:
    """Return what turns scores into scores of adjusted weights, or None where variance follows no step.

    Parameters
    ----------
    frame : eager narwhals frame
        All rows.
    design : Design
    unit : int array, shape (rows,)
        Ultimate unit of each row.
    units : int

    Raises
    ------
    DataError
        If the columns contradict the plan.
    """
    if not design.follows_plan:
        return None
    taken = [taken_step(frame, adjustment) for adjustment in design.adjustments]
    base = numbers(frame, design.adjustments[0].before)
    residuals = residuals_after(base, [one.step for one in taken], unit, units)
    fitted = [one for one in taken if one.step.regression is not None]
    every = np.zeros(len(frame), dtype=np.int64)
    return Adjusted(
        residuals=residuals,
        ones=residuals.sums(every, 1, np.ones(len(frame)))[:, 0],
        estimated=tuple((number, one.covariance) for number, one in enumerate(fitted) if one.covariance is not None),
    )


def taken_step(frame: nw.DataFrame[Any], adjustment: Adjustment) -> Taken:
    """Return one change of the weights as variance sees it."""
    before, after = numbers(frame, adjustment.before), numbers(frame, adjustment.after)
    used = before > 0
    if adjustment.effect == "given":
        return Taken(Step(np.divide(after, before, out=np.ones_like(before), where=used)))
    margins = margins_of(frame, adjustment, used)
    if adjustment.effect == "propensity":
        assert adjustment.responded is not None and adjustment.probability is not None
        responded = responses(frame, adjustment, used)
        probability = np.where(used, numbers(frame, adjustment.probability), 1.0)
        return Taken(propensity(before, responded, probability, margins))
    if adjustment.effect == "sample":
        kept = np.where(responses(frame, adjustment, used) == 1, before, 0.0)
        elements = elements_of(margins)
        found = independent_columns(elements.gram(elements.sums(kept)))
        return Taken(calibrated_to_sample(before, _fitted(kept, after, elements.take(found.kept), margins)))
    household = households_of(frame, adjustment.household, used)
    variance = None if adjustment.variance is None else model_variance(frame, adjustment.variance, used, household)
    step = declared(before, after, margins, household=household, variance=variance)
    return Taken(step, _covariance(adjustment, before, margins, household, variance))


def responses(frame: nw.DataFrame[Any], adjustment: Adjustment, used: Mask) -> Floats:
    """Return 1 for rows in use that keep a weight and 0 for all others, shape (rows,)."""
    assert adjustment.responded is not None
    return np.where(used, np.nan_to_num(indicator(frame, adjustment.responded)), 0.0)


def model_variance(frame: nw.DataFrame[Any], name: str, used: Mask, household: Ints | None) -> Floats:
    """Return the model variance of each row, members of a household having its mean, and 1 for rows that are not in use."""
    values = np.where(used, numbers(frame, name), 1.0)
    if household is None:
        return values
    return np.asarray((weighted_counts(household, values, household.max() + 1) / np.bincount(household))[household])


def _fitted(before: Floats, after: Floats, elements: Any, margins: Any) -> Calibration:
    """Return the record of a linear calibration of which only weights and auxiliaries are read."""
    none: Ints = np.zeros(0, dtype=np.int64)
    return Calibration(
        before=before,
        weight=after,
        ratio=np.ones_like(before),
        elements=elements,
        variance=None,
        margins=tuple(margins),
        distance=distance("linear", *UNLIMITED),
        kept=none,
        redundant=none,
        totals=np.zeros(0),
        achieved=np.zeros(0),
        iterations=0,
    )


def _covariance(
    adjustment: Adjustment, before: Floats, margins: Any, household: Ints | None, variance: Floats | None
) -> Floats | None:
    """Return the covariance of the totals that were fitted, those that follow from others left out."""
    if adjustment.covariance is None:
        return None
    elements = elements_of(margins, household=household)
    moment = before if variance is None else before / variance
    kept = independent_columns(elements.gram(elements.sums(moment))).kept
    return np.asarray(adjustment.covariance, dtype=np.float64)[np.ix_(kept, kept)]
