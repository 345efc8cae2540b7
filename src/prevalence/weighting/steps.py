"""What every step does: read the weights it starts from, write the new ones beside them, and enter itself in the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from prevalence.adjustments import Adjustment, PlanStep
from prevalence.errors import ColumnError
from prevalence.provenance import Count, Variable
from prevalence.rows import Floats, computed, numbers, with_arrays
from prevalence.survey import Survey


@dataclass(frozen=True, slots=True)
class Start:
    """A survey whose rows are in memory, and the weights that a step starts from.

    Attributes
    ----------
    survey : Survey
    frame : eager narwhals frame
    weight : float array, shape (rows,)
    """

    survey: Survey
    frame: nw.DataFrame[Any]
    weight: Floats

    @property
    def column(self) -> str:
        """Name of the column of these weights."""
        return self.survey.design.weight


def start(survey: Survey) -> Start:
    """Return the rows in memory (a lazy frame is computed, for a step needs all rows at once) with their weights."""
    found = survey.frame
    frame = computed(found) if isinstance(found, nw.LazyFrame) else found
    held = survey if frame is found else replace(survey, data=frame.to_native())
    return Start(held, frame, numbers(frame, survey.design.weight))


def new_column(survey: Survey, wanted: str | None, default: str) -> str:
    """Return the name of a column to make: as wanted, or a default with a number where it is taken.

    Raises
    ------
    ColumnError
        If the wanted name is taken.
    """
    present = set(survey.columns)
    if wanted is not None:
        if wanted in present:
            raise ColumnError(
                f"A step must not overwrite a column; {wanted!r} is in the data. Choose another name with column=..., or drop it."
            )
        return wanted
    names = [default, *(f"{default}_{number}" for number in range(2, len(present) + 3))]
    return next(name for name in names if name not in present)


def finished(
    begun: Start,
    name: str,
    columns: Mapping[str, npt.NDArray[Any]],
    *,
    labels: Mapping[str, str],
    weight: str,
    parameters: Mapping[str, Any],
    adjustments: Sequence[Adjustment] = (),
    counts: Sequence[Count] = (),
    notes: Sequence[str] = (),
    population_scale: bool = False,
) -> Survey:
    """Return the survey with new columns, new weights and a plan that has grown by the step.

    Parameters
    ----------
    begun : Start
    name : str
        Function that took the step.
    columns : mapping of name to array, shape (rows,)
        What is added, numbers or texts with None; the last weights among them.
    labels : mapping of name to text
        What each new column means.
    weight : str
        Column of the new weights.
    parameters : mapping
        As the function takes them, without those left at their defaults.
    adjustments, counts, notes
        As in `PlanStep`; counts and notes go to the provenance, too.
    population_scale : bool
        Whether the new weights add up to a population, whatever those before did.
    """
    survey = begun.survey
    given = {key: value for key, value in parameters.items() if value is not None and value != ()}
    step = PlanStep(
        name=name,
        weight=weight,
        parameters=given,
        counts=tuple(counts),
        notes=tuple(notes),
        adjustments=tuple(adjustments),
    )
    design = replace(survey.design, weight=weight, plan=(*survey.design.plan, step))
    if population_scale:
        design = replace(design, weight_scale="population", population=None)
    variables = {key: Variable(label=text) for key, text in labels.items()}
    return replace(
        survey,
        data=with_arrays(begun.frame, columns).to_native(),
        design=design,
        codebook=survey.codebook.with_variables(variables),
        provenance=survey.provenance.add(counts=tuple(counts), notes=tuple(notes)),
    )


def kish_effect(weight: Floats) -> float:
    """Return n times the sum of squares over the squared sum of the weights above zero: Kish's effect of unequal weights.

    Source: Kish (1965), Survey Sampling, section 11.7; 1 plus the squared coefficient of variation.
    """
    used = weight[weight > 0]
    total = used.sum()
    return float(len(used) * (used**2).sum() / total**2) if len(used) else float(np.nan)
