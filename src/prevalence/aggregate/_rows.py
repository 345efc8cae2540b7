"""Frames in memory: every row is a record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.aggregate._adjusted import adjusted_of_rows
from prevalence.aggregate._phases import Drawn, drawn
from prevalence.aggregate._placements import Mask, Placement, place
from prevalence.aggregate._records import Outcome, ReplicateColumns, Request
from prevalence.aggregate._refitted import adjusted_columns, made_replicates
from prevalence.aggregate._sums import OutcomeSums, Records, Squares, reference_ratio
from prevalence.errors import DesignError, counted, listed
from prevalence.rows import Floats, indicator, not_finite, numbers
from prevalence.survey import Survey

WORTH_THREADS = 500_000
"""Fewer rows than these are placed before threads have started."""


def records_of_rows(frame: nw.DataFrame[Any], request: Request) -> Records:
    """Return every row as a record.

    Raises
    ------
    ColumnError, DesignError, OptionError
        If a column is unusable, or the design contradicts the rows.
    """
    design = request.survey.design
    sample, placements = _placed(frame, request)
    inside = sample.inside & inside_rows(frame, request, sample.weight)
    replicates = replicate_weights(frame, request.survey, sample.weight)
    by_replicates = design.replicates is not None
    return Records(
        unit=sample.unit,
        units=sample.units,
        placements=placements,
        outcomes=outcomes_of_rows(frame, request, sample.weight, inside),
        weight=sample.weight,
        replicates=replicates,
        adjusted=None if by_replicates else adjusted_of_rows(frame, design, sample.unit, len(sample.units)),
        made=made_replicates(frame, design, sample.unit, sample.units) if by_replicates and replicates is None else None,
    )


def _placed(frame: nw.DataFrame[Any], request: Request) -> tuple[Drawn, dict[str, Placement]]:
    """Return where each row stands in the sample and in every dimension, of many rows side by side: telling the texts of a column apart takes longer than all else."""
    names = request.dimensions
    if len(frame) < WORTH_THREADS:
        return drawn(frame, request.survey.design), {name: place(frame, request.survey, name) for name in names}
    with ThreadPoolExecutor() as threads:
        sample = threads.submit(drawn, frame, request.survey.design)
        placements = threads.map(lambda name: place(frame, request.survey, name), names)
        return sample.result(), dict(zip(names, placements, strict=True))


def inside_rows(frame: nw.DataFrame[Any], request: Request, weight: Floats) -> Mask:
    """Return which rows have a weight and are among those asked for."""
    inside = weight > 0
    if request.among is not None:
        inside &= indicator(frame, request.among) == 1
    return inside


def replicate_weights(frame: nw.DataFrame[Any], survey: Survey, weight: Floats) -> Floats | None:
    """Return the file's replicate weights, shape (rows, replicates), or None where the design names none.

    Raises
    ------
    DesignError
        If one is missing, negative or infinite.
    """
    if not survey.replicate_columns:
        return None
    found = np.column_stack([numbers(frame, name) for name in survey.replicate_columns])
    unusable = ~(np.isfinite(found) & (found >= 0))
    if unusable.any():
        names = [survey.replicate_columns[index] for index in np.flatnonzero(unusable.any(axis=0)).tolist()]
        raise DesignError(
            f"Replicate weights must be numbers of zero or more; {counted(len(names), 'column')} hold others: {listed(names)}, in "
            f"{counted(int(unusable.any(axis=1).sum()), 'row')}. Correct them, or give rows that were not interviewed 0."
        )
    replicates = survey.design.replicates
    if survey.design.adjustments:
        return adjusted_columns(frame, survey.design, found)
    return found if replicates is not None and replicates.combined else found * weight[:, None]


def columns_of_replicates(frame: nw.DataFrame[Any], survey: Survey) -> ReplicateColumns | None:
    """Return what the file's replicate weights look like beside the weights that they came with, or None without such columns."""
    if not survey.replicate_columns:
        return None
    weight = survey.design.adjustments[0].before if survey.design.adjustments else survey.design.weight
    means = [float(numbers(frame, name).mean()) for name in survey.replicate_columns]
    return ReplicateColumns(len(means), float(numbers(frame, weight).mean()), float(np.mean(means)))


def outcomes_of_rows(frame: nw.DataFrame[Any], request: Request, weight: Floats, inside: Mask) -> tuple[OutcomeSums, ...]:
    """Return the sums of each outcome, which are products of the row's weight and values."""
    return tuple(_sums(frame, outcome, weight, inside) for outcome in request.outcomes)


def _sums(frame: nw.DataFrame[Any], outcome: Outcome, weight: Floats, inside: Mask) -> OutcomeSums:
    y = indicator(frame, outcome.y) if outcome.binary else _finite(frame, outcome.y)
    x = None if outcome.x is None else _finite(frame, outcome.x)
    known = ~np.isnan(y) if x is None else ~(np.isnan(y) | np.isnan(x))
    unknown = ~known if outcome.unknown is None else indicator(frame, outcome.unknown) == 1
    known &= inside
    wx, wy = (weight if x is None else weight * x), weight * y
    return OutcomeSums(
        known=known,
        n=None,
        wx=wx,
        wy=wy,
        cases=y if outcome.binary else (y != 0).astype(np.float64),
        missing=unknown & inside,
        squares=None if outcome.own_square else _squares(weight, y, x, wx, wy, known),
        values=(y, x),
    )


def _squares(weight: Floats, y: Floats, x: Floats | None, wx: Floats, wy: Floats, known: Mask) -> Squares:
    reference = reference_ratio(float(wy.sum(where=known)), float(wx.sum(where=known)))
    e = y - reference * (1.0 if x is None else x)
    we = weight * e
    return Squares(weight, we * e, we if x is None else we * x, weight if x is None else wx * x, reference)


def _finite(frame: nw.DataFrame[Any], name: str) -> Floats:
    values = numbers(frame, name)
    infinite = np.isinf(values)
    if infinite.any():
        raise not_finite(name, int(infinite.sum()))
    return values
