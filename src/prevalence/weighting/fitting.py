"""What the calibrating steps share: auxiliaries on arrays, the entry in the plan, and what variance does not carry."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from prevalence.adjustments import Adjustment, Auxiliary
from prevalence.aggregate import households_of, margins_of
from prevalence.calibration.calibrated import Calibration
from prevalence.calibration.margins import Margin
from prevalence.errors import DataError, OptionError, PrevalenceWarning, counted, listed
from prevalence.provenance import Count
from prevalence.rows import require_columns
from prevalence.survey import Survey
from prevalence.totals import Floats, Ints
from prevalence.weighting.steps import Start, finished, kish_effect

ESTIMATED = "The totals of {name} are estimates and their covariance is not given: standard errors leave their uncertainty out."
IN_REPLICATES = (
    "The totals of {name} are estimates; replicates take them as known, so standard errors leave their uncertainty out."
)


def arrays(begun: Start, adjustment: Adjustment) -> tuple[list[Margin], list[Floats], Ints | None]:
    """Return margins, their totals and households on arrays."""
    used = begun.weight > 0
    totals = [np.asarray(auxiliary.totals, dtype=np.float64) for auxiliary in adjustment.auxiliaries]
    return margins_of(begun.frame, adjustment, used), totals, households_of(begun.frame, adjustment.household, used)


def measured_totals(survey: Survey, totals: Mapping[str, float] | None) -> tuple[Auxiliary, ...]:
    """Return the auxiliaries of measured columns with known totals."""
    found = dict(totals or {})
    require_columns(survey.data, found)
    wrong = [name for name, total in found.items() if not np.isfinite(total)]
    if wrong:
        raise DataError(f"Totals of measured variables must be finite numbers; those of {listed(wrong)} are not. Correct them.")
    return tuple(Auxiliary(name=name, totals=(float(total),), amount=name) for name, total in found.items())


def read_covariance(auxiliaries: Sequence[Auxiliary], covariance: Any) -> tuple[tuple[float, ...], ...] | None:
    """Return the covariance matrix of totals as plain numbers, one row a cell of all margins, then a measured variable.

    Raises
    ------
    OptionError
        If its shape does not fit.
    """
    if covariance is None:
        return None
    matrix = np.asarray(covariance, dtype=np.float64)
    size = sum(len(auxiliary.cells) for auxiliary in auxiliaries)
    if matrix.shape != (size, size) or not np.isfinite(matrix).all():
        raise OptionError(
            f"covariance must be a matrix of finite numbers with a row and a column for each of {counted(size, 'total')}, in the order in which they are "
            f"given; found shape {matrix.shape}."
        )
    return tuple(tuple(row) for row in matrix.tolist())


def notes_on_totals(survey: Survey, name: str, *, estimated: bool, covariance: Any) -> tuple[str, ...]:
    """Return what the reader must know of totals that are estimates, having warned of it."""
    if not estimated and covariance is None:
        return ()
    said = IN_REPLICATES if survey.design.replicates is not None else ESTIMATED if covariance is None else ""
    if not said:
        return ()
    warnings.warn(said.format(name=name), PrevalenceWarning, stacklevel=4)
    return (said.format(name=name),)


def calibrated_survey(
    begun: Start,
    name: str,
    adjustment: Adjustment,
    fitted: Calibration,
    parameters: Mapping[str, Any],
    notes: Sequence[str] = (),
) -> Survey:
    """Return the survey with calibrated weights."""
    rows = int((begun.weight > 0).sum())
    cells = sum(len(auxiliary.cells) for auxiliary in adjustment.auxiliaries)
    counts = (Count(step=name, rows=rows, reason=f"weights fitted to {counted(cells, 'total')}"),)
    people = any(auxiliary.columns and not auxiliary.per_household for auxiliary in adjustment.auxiliaries)
    effect = kish_effect(fitted.weight)
    return finished(
        begun,
        name,
        {adjustment.after: fitted.weight},
        labels={adjustment.after: f"Weight after {name} (Kish effect {effect:.3f})"},
        weight=adjustment.after,
        parameters=parameters,
        adjustments=(adjustment,),
        counts=counts,
        notes=notes,
        population_scale=people,
    )
