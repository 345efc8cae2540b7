"""Surveys before: classified as this one where the table asks for it, and the change of an indicator since then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from prevalence import baseline, classify
from prevalence.baseline.comparability import OF_DEFINITION
from prevalence.errors import DefinitionError, OptionError
from prevalence.estimates import Estimates, key_named
from prevalence.report.tables.standard.shells import ROUND
from prevalence.survey import Survey
from prevalence.totals import Ints

PREVIOUS = "previous survey"
THIS = "this survey"
SAME = "both surveys are by the same definition"
CHILD_LABOUR = "child_labour"

Before = Survey | Mapping[str, Survey] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a difference: its estimates, a row each of the difference, and the survey that they are of; empty for this one."""

    estimates: Estimates
    round: str = ""


def surveys_before(before: Before) -> dict[str, Survey]:
    """Return the surveys before by name, in the order in which they are given.

    Raises
    ------
    OptionError
        If something else than surveys is given.
    """
    found = {PREVIOUS: before} if isinstance(before, Survey) else dict(before or {})
    strange = [name for name, survey in found.items() if not name or not isinstance(survey, Survey)]
    if strange:
        raise OptionError(f"before needs a Survey, or a mapping of names to surveys; found something else as {strange[0]!r}.")
    return found


def harmonised(before: Survey, this: Survey) -> Survey:
    """Return a survey before, its child labour by the definition of this one.

    Raises
    ------
    DefinitionError
        If both are by the same definition, the definition of this survey has no name, or the data before do not allow it.
    """
    new, old = (survey.provenance.definitions.get(CHILD_LABOUR) for survey in (this, before))
    if new is None:
        raise DefinitionError(f"no definition of {CHILD_LABOUR!r} is recorded")
    unknown = new.options.get("unknown", "official")
    if old is not None and (old.name, old.version, old.options.get("unknown", "official")) == (new.name, new.version, unknown):
        raise DefinitionError(SAME)
    return classify.child_labour(before, definition=new.name, unknown=unknown)


def change_since(
    before: Survey,
    this: Survey,
    indicator: str,
    *,
    name: str,
    by: Sequence[Sequence[str]],
    margins: Sequence[str],
    among: str | None,
    samples: str,
) -> tuple[Estimates, tuple[Side, Side], str]:
    """Return the change of an indicator, the estimates of this survey and of the one before, and in what their definitions differ."""
    found = baseline.change(
        before,
        this,
        indicator,
        by=by,
        margins=list(margins),
        among=among,
        names=(name, THIS),
        samples=samples,
        force=OF_DEFINITION,
    )
    rows = rows_of(found.difference, found.table, ROUND, (THIS, name))
    new, old = (found.table.take(each) for each in rows)
    return found.difference, (Side(estimates=_single(new)), Side(estimates=_single(old), round=name)), found.comparability


def rows_of(difference: Estimates, table: Estimates, dimension: str, pair: tuple[str, str]) -> tuple[Ints, Ints]:
    """Return the rows of a table that each row of a difference sets against each other."""
    names = [key.name for key in table.keys if key.name not in ("statistic", dimension)]

    def cells(estimates: Estimates) -> list[tuple[str, ...]]:
        known = [key.texts() for name in names for key in estimates.keys if key.name == name]
        return list(zip(*known, strict=True)) if known else [()] * len(estimates)

    sides = key_named(table.keys, dimension).texts()
    places = {(side, *cell): row for row, (side, cell) in enumerate(zip(sides, cells(table), strict=True))}
    first, second = (np.array([places[level, *cell] for cell in cells(difference)], dtype=np.int64) for level in pair)
    return first, second


def _single(table: Estimates) -> Estimates:
    """Return the estimates of one round without the dimension of rounds."""
    return replace(table, keys=tuple(key for key in table.keys if key.name != ROUND))
