"""Base weights: one over the probability of selection, stage by stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.errors import DataError, OptionError, counted, listed
from prevalence.provenance import Count
from prevalence.rows import MISSING_CODE, Floats, levels_of, require_columns
from prevalence.survey import Survey
from prevalence.totals import Ints
from prevalence.weighting.draws import Draw
from prevalence.weighting.steps import finished, new_column, start

EQUAL = 1e-9
"""Probabilities of the rows of a unit that differ by no more than this part are one, written with fewer digits."""


def base(survey: Survey, *, draws: Sequence[Draw], column: str | None = None) -> Survey:
    """Make base weights: one over the product of the probabilities of selection at each stage.

    Parameters
    ----------
    survey : Survey
        Raw selection data. A design names a weight: declare it with a column of ones, which this step replaces. The plan must be empty.
    draws : sequence of Draw
        Stages from the first: areas, households, the person, the second phase.
    column : str, optional
        Name of the new weight; by default ``weight_base``.

    Returns
    -------
    Survey

    Raises
    ------
    ColumnError
        If a column is absent.
    DataError
        If a probability is missing, not above 0 or above 1, or differs within a unit.
    OptionError
        If there is no draw, or the plan has steps already.

    Notes
    -----
    Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, section 4.3.

    Examples
    --------
    Two areas drawn with probability proportional to size, 2 of the households listed in each, one of the children in each household:

    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "ea": [1, 1, 2, 2], "size": [50, 50, 100, 100], "listed": [60, 60, 90, 90], "hh": [1, 2, 1, 2], "eligible": [1, 3, 2, 1],
    ... }).assign(one=1.0)
    >>> survey = pv.Survey(rows, pv.Design(weight="one", psu="ea"))
    >>> stages = [
    ...     pv.weighting.Draw(unit="ea", drawn=2, size="size", of=1000),
    ...     pv.weighting.Draw(unit="hh", drawn=2, of="listed"),
    ...     pv.weighting.Draw(drawn=1, of="eligible"),
    ... ]
    >>> pv.weighting.weights(pv.weighting.base(survey, draws=stages)).tolist()
    [300.0, 900.0, 450.0, 225.0]
    """
    if not draws:
        raise OptionError("base needs at least one stage: draws=[pv.weighting.Draw(probability='p')].")
    if survey.design.plan:
        raise OptionError(
            f"base is the first step of a plan; this one has {listed([step.name for step in survey.design.plan])}. Start from the raw file."
        )
    if survey.design.replicates is not None and not survey.design.replicates.created:
        raise OptionError(
            "Replicate weights of a file belong to its own weight. Leave base out, or leave replicates out of the design."
        )
    begun = start(survey)
    require_columns(survey.data, [name for draw in draws for name in draw.columns])
    product, unit = np.ones(len(begun.frame)), np.zeros(len(begun.frame), dtype=np.int64)
    for number, draw in enumerate(draws, start=1):
        found = draw.probabilities(begun.frame, str(number))
        if draw.unit:
            unit = _within(begun.frame, unit, draw, number)
            _check_consistent(found, unit, draw, number)
        product *= found
    after = new_column(begun.survey, column, "weight_base")
    return finished(
        begun,
        "base",
        {after: 1 / product},
        labels={after: "Base weight: one over the probability of selection"},
        weight=after,
        parameters={"draws": [_written(draw) for draw in draws], "column": column},
        counts=(
            Count(
                step="base",
                rows=len(product),
                reason=f"weighted by the inverse of their probability over {counted(len(draws), 'stage')}",
            ),
        ),
    )


def _within(frame: nw.DataFrame[Any], above: Ints, draw: Draw, number: int) -> Ints:
    """Return the number of each row's unit, its labels nested in the unit above."""
    found = above
    for name in draw.unit:
        codes, levels = levels_of(frame, name)
        missing = codes == MISSING_CODE
        if missing.any():
            raise DataError(
                f"Every row must lie in a unit of each stage; {name!r} of stage {number} is missing in {counted(int(missing.sum()), 'row')}. Complete it."
            )
        found = np.unique(found * len(levels) + codes, return_inverse=True)[1].astype(np.int64)
    return found


def _check_consistent(probability: Floats, unit: Ints, draw: Draw, number: int) -> None:
    example = np.zeros(int(unit.max()) + 1)
    example[unit] = probability
    varying = np.unique(unit[~np.isclose(probability, example[unit], rtol=EQUAL, atol=0)])
    if len(varying):
        pairs = np.unique(probability[unit == varying[0]])[:3]
        raise DataError(
            f"All rows of a unit must have one probability; at stage {number} {counted(len(varying), 'unit')} of {' x '.join(draw.unit)} have several, "
            f"such as {listed(pairs.tolist())}. Correct the selection data, or name the unit that was drawn."
        )


def _written(draw: Draw) -> dict[str, Any]:
    """Return a draw as a plan holds it."""
    return {
        key: list(value) if isinstance(value, tuple) else value for key, value in asdict(draw).items() if value not in (None, ())
    }
