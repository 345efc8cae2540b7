"""Values for unknown answers: from donors of the same class, or from a logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
from scipy import special

from prevalence.adjustments import Adjustment
from prevalence.aggregate import margins_of, sampling_units
from prevalence.calibration.elements import elements_of
from prevalence.calibration.independent import independent_columns
from prevalence.design import Design
from prevalence.rows import Floats
from prevalence.totals import Ints
from prevalence.weighting.classes import classes_of
from prevalence.weighting.response_model import fitted_coefficients, predictors_of

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Donors:
    """Rows to fill in and rows to take values from.

    Attributes
    ----------
    frame : eager narwhals frame
    design : Design
    weight : float array, shape (rows,)
    donor : bool array, shape (rows,)
        Rows in scope in which all indicators are known.
    values : float array, shape (rows, indicators)
    unknown : bool array, shape (rows, indicators)
        To be filled in.
    """

    frame: nw.DataFrame[Any]
    design: Design
    weight: Floats
    donor: Bools
    values: Floats
    unknown: Bools


def from_donors(taken: Donors, classes: Sequence[str], random: np.random.Generator) -> Floats:
    """Return one imputation by the approximate Bayesian bootstrap, shape (rows, indicators).

    Donors of a class are drawn with replacement, then each row takes one of the drawn with probability proportional to weight. A class without
    donors gives up its last column.
    """
    filled: Floats = taken.values.copy()
    open_: Bools = np.asarray(taken.unknown.any(axis=1))
    for length in range(len(classes), -1, -1):
        if not open_.any():
            break
        code = classes_of(taken.frame, classes[:length], open_ | taken.donor).code
        chosen = _drawn(code, taken.donor, taken.weight, open_, random)
        found = np.flatnonzero(open_)[chosen >= 0]
        source = chosen[chosen >= 0]
        for place in range(filled.shape[1]):
            wanted = taken.unknown[found, place]
            filled[found[wanted], place] = taken.values[source[wanted], place]
        open_[found] = False
    return filled


def _drawn(code: Ints, donor: Bools, weight: Floats, wanting: Bools, random: np.random.Generator) -> Ints:
    """Return the donor row of each wanting row, -1 where its class has none."""
    donors = np.flatnonzero(donor)
    donors = donors[np.argsort(code[donors], kind="stable")]
    size = int(code.max()) + 1
    count = np.bincount(code[donors], minlength=size)
    first = np.cumsum(count) - count
    again = donors[first[code[donors]] + (random.random(len(donors)) * count[code[donors]]).astype(np.int64)]
    cumulative = np.concatenate([[0.0], np.cumsum(weight[again])])
    of = code[np.flatnonzero(wanting)]
    low, high = cumulative[first[of]], cumulative[first[of] + count[of]]
    target = low + random.random(len(of)) * (high - low)
    place = np.clip(
        np.searchsorted(cumulative, target, side="right") - 1, first[of], np.maximum(first[of] + count[of] - 1, first[of])
    )
    usable = count[of] > 0
    return np.where(usable, again[np.minimum(place, len(again) - 1)], -1).astype(np.int64)


def from_model(
    taken: Donors, predictors: Sequence[str], categorical: Sequence[str], random: np.random.Generator, times: int
) -> list[Floats]:
    """Return imputations drawn from logistic regressions, one array of shape (rows, indicators) each.

    Coefficients are drawn from a normal distribution with the sandwich covariance between primary units.
    """
    used = taken.donor | taken.unknown.any(axis=1)
    model = predictors_of(taken.frame, predictors, used, categorical)
    plain = Adjustment(before="", after="", effect="propensity", auxiliaries=model)
    elements = elements_of(margins_of(taken.frame, plain, used))
    fitted_weight = np.where(taken.donor, taken.weight, 0.0)
    part = elements.take(independent_columns(elements.gram(elements.sums(fitted_weight))).kept)
    place = np.arange(part.rows) if part.place is None else part.place
    matrix = np.asarray(part.matrix().toarray(), dtype=np.float64)[place]
    unit, units = sampling_units(taken.frame, taken.design)
    primary = units.primary.unit[unit]
    filled = [taken.values.copy() for _ in range(times)]
    for column in range(taken.values.shape[1]):
        y = np.nan_to_num(taken.values[:, column])
        mean, spread = _coefficients(matrix, y, fitted_weight, primary, len(units.primary.stratum))
        wanted = taken.unknown[:, column]
        for one in filled:
            drawn = mean + spread @ random.standard_normal(len(mean))
            probability = special.expit(matrix[wanted] @ drawn)
            one[wanted, column] = (random.random(int(wanted.sum())) < probability).astype(np.float64)
    return filled


def _coefficients(matrix: Floats, y: Floats, weight: Floats, unit: Ints, units: int) -> tuple[Floats, Floats]:
    """Return fitted coefficients and a square root of their sandwich covariance."""
    used = weight > 0
    mean = fitted_coefficients(matrix[used], y[used], weight[used])
    probability = special.expit(matrix @ mean)
    bread = np.linalg.inv((matrix * (weight * probability * (1 - probability))[:, None]).T @ matrix)
    scores = np.zeros((units, matrix.shape[1]))
    np.add.at(scores, unit, matrix * (weight * (y - probability))[:, None])
    covariance = bread @ (scores.T @ scores) @ bread * units / max(units - 1, 1)
    values, vectors = np.linalg.eigh(covariance)
    return mean, np.asarray(vectors * np.sqrt(np.maximum(values, 0)), dtype=np.float64)
