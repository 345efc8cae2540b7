"""The record of calibrated weights, and what must hold of weights before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from prevalence.calibration.distances import Distance
from prevalence.calibration.elements import Elements
from prevalence.calibration.margins import Margin
from prevalence.errors import DataError, counted, listed
from prevalence.totals import Floats, Ints

SAME_WEIGHT = 1e-9
"""Weights of household members that differ by no more than this part are one weight, written with fewer digits."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights that meet their totals.

    Attributes
    ----------
    before, weight, ratio : float arrays, shape (rows,)
        Weights before and after, and after over before: the g-weight.
    elements : Elements
        The auxiliaries that were fitted, redundant ones left out.
    variance : float array, shape (rows,), or None
        Model variance of each row; None stands for 1.
    margins : tuple of Margin
    distance : Distance
        Of the g-weights, with their bounds.
    kept, redundant : int arrays
        Places among all cells of all margins of the fitted auxiliaries, and of those that follow from them or have no rows.
    totals, achieved : float arrays, shape (auxiliaries,)
        What was asked for, and sums of the new weights.
    iterations : int
    """

    before: Floats
    weight: Floats
    ratio: Floats
    elements: Elements
    variance: Floats | None
    margins: tuple[Margin, ...]
    distance: Distance
    kept: Ints
    redundant: Ints
    totals: Floats
    achieved: Floats
    iterations: int


def checked_weights(weight: Floats) -> Floats:
    """Return weights as floats.

    Raises
    ------
    DataError
        If one is missing, infinite or negative, or none is above zero.
    """
    values = np.asarray(weight, dtype=np.float64)
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        raise DataError(
            f"Weights before calibration must be known and zero or greater; {counted(len(wrong), 'row is', 'rows are')} not: "
            f"{listed(values[wrong].tolist())}. Correct them, or adjust for non-response first."
        )
    if not (values > 0).any():
        raise DataError(f"Calibration needs rows with a weight above zero; none of {counted(len(values), 'row')} has one.")
    return values


def check_one_weight(weight: Floats, household: Ints) -> None:
    """Raise unless the members of each household have one weight."""
    if len(household) != len(weight) or (len(household) and household.min() < 0):
        raise DataError(
            f"household must number the household of each of {counted(len(weight), 'row')} from 0; found {len(household):,}."
        )
    example = np.zeros(int(household.max()) + 1 if len(household) else 0)
    example[household] = weight
    differing = np.unique(household[~np.isclose(weight, example[household], rtol=SAME_WEIGHT, atol=0)])
    if len(differing):
        raise DataError(
            f"All members of a household must have one weight before it is calibrated as a whole; "
            f"{counted(len(differing), 'household has', 'households have')} several: {listed(differing.tolist())}. "
            "Give the members their mean weight, or calibrate persons."
        )


def check_positive(weight: Floats) -> None:
    """Raise if a calibrated weight is below zero."""
    negative = np.flatnonzero(weight < 0)
    if len(negative):
        raise DataError(
            f"Weights must stay zero or greater; {counted(len(negative), 'row', 'rows')} would get a negative one, the lowest "
            f"{weight.min():.6g}, at {listed(negative.tolist())}. Give bounds, or choose method='raking' or 'logit'."
        )
