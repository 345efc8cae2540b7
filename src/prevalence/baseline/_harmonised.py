"""``pv.baseline.harmonised``: the change between two rounds under every definition that both of them can be measured by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from prevalence.baseline._change import change
from prevalence.baseline.change_table import Change
from prevalence.classify import compare, compare_columns
from prevalence.errors import DefinitionError, counted, listed
from prevalence.estimators._requests import By, Margins
from prevalence.formulas.significance import Adjustment
from prevalence.survey import Survey


def harmonised(
    old: Survey,
    new: Survey,
    definitions: Sequence[str] | None = None,
    *,
    by: By = None,
    margins: Margins = True,
    among: str | None = None,
    unknown: str = "official",
    names: Sequence[str] | None = None,
    samples: str = "auto",
    adjust: Adjustment | None = None,
    force: Sequence[str] = (),
    level: float = 0.95,
) -> Change:
    """Recompute child labour in both rounds under every definition that is feasible in both, and return the change once a definition.

    Parameters
    ----------
    old, new : Survey
        With the canonical columns that ``pv.classify.child_labour`` reads.
    definitions : sequence of str, optional
        By default all shipped definitions that the data of both rounds allow.
    by, margins, among, names, samples, adjust, force, level
        As in `change`.
    unknown : {"official", "exclude", "as_no", "bounds"}
        What unknown answers count as; see ``pv.classify.compare``.

    Returns
    -------
    Change
        The column ``indicator`` names the definition: ``child_labour_sdg_8_7_1``. The rows are of the same children, so they are
        correlated; `Change.difference` knows how. The notes say which definitions one of the rounds lacks, and why.

    Raises
    ------
    DefinitionError
        If no definition is feasible in both rounds, or one that was named is not.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> first = pd.DataFrame({
    ...     "w": 1.0, "ea": [1, 1, 2, 2, 3, 3], "age": [9, 13, 16, 8, 14, 17], "economic_activity": [1, 1, 0, 0, 1, 1],
    ...     "economic_hours": [3, 14, None, None, 5, 43], "chores": [0, 0, 1, 1, 1, 0], "chore_hours": [None, None, 9, 21, 30, None],
    ... })
    >>> second = first.assign(ea=first["ea"] + 10, economic_hours=[None, 14, None, None, 5, 40])
    >>> design = pv.Design(weight="w", psu="ea")
    >>> found = pv.baseline.harmonised(pv.Survey(first, design), pv.Survey(second, design), ["sdg-8.7.1", "mics6"])
    >>> found.to_pandas()[["indicator", "old", "new"]].round(3)
                    indicator    old    new
    0  child_labour_sdg_8_7_1  0.500  0.167
    1      child_labour_mics6  0.833  0.500
    """
    compared = [compare(survey, definitions, unknown=unknown) for survey in (old, new)]
    columns = [compare_columns(survey) for survey in compared]
    feasible = [column for column in columns[0] if column in columns[1]]
    if not feasible:
        raise DefinitionError(
            f"No definition is feasible in both rounds: the old one allows {listed(columns[0], limit=12)}, the new one "
            f"{listed(columns[1], limit=12)}. Bring answers of both to the canonical columns that one definition needs."
        )
    found = change(
        compared[0],
        compared[1],
        feasible,
        by=by,
        margins=margins,
        among=among,
        names=names,
        samples=samples,
        adjust=adjust,
        force=force,
        level=level,
    )
    return replace(found, notes=(*found.notes, *_notes(compared, columns)))


def _notes(surveys: Sequence[Survey], columns: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return which definitions one round alone allows, and what was said of those that it lacks."""
    alone: Mapping[str, Any] = {
        "old": [column for column in columns[0] if column not in columns[1]],
        "new": [column for column in columns[1] if column not in columns[0]],
    }
    notes = [
        f"{counted(len(found), 'definition')} of the {which} round alone: {listed(found, limit=12)}"
        for which, found in alone.items()
        if found
    ]
    for which, survey in zip(("old", "new"), surveys, strict=True):
        notes += [
            f"{which} round: {note}" for note in survey.provenance.notes if note.startswith("compare:") and note not in notes
        ]
    return tuple(dict.fromkeys(notes))
