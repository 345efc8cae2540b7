"""The stream: sampling units pass by in batches, and only their moments by stratum remain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.aggregate._batches import batches
from prevalence.aggregate._crossing import crossed
from prevalence.aggregate._domains import Contrast
from prevalence.aggregate._fold import Fold
from prevalence.aggregate._glance import Glance, Lazy, Values, glance
from prevalence.aggregate._groups import ROWS, grouped
from prevalence.aggregate._reading import Reading
from prevalence.aggregate._records import Outcome, Request, requested
from prevalence.aggregate._rows import records_of_rows
from prevalence.aggregate._streamed import Strata, StreamedPass
from prevalence.aggregate._units import sampling_units
from prevalence.design import Design
from prevalence.errors import DesignError
from prevalence.rows import collect, computed, numbers, require_columns
from prevalence.survey import Survey, check_design_values


def stream(
    survey: Survey,
    outcomes: Sequence[Outcome],
    tables: Sequence[Sequence[str]],
    among: str | None = None,
    *,
    margins: Iterable[str] = (),
    contrasts: Sequence[Contrast] = (),
    progress: bool = False,
) -> StreamedPass:
    """Sum outcomes by domain and keep the cross-moments of the units' totals, in memory that does not grow with their number.

    Lazy frames are read in batches of whole units and never held at once; see `prevalence.aggregate._batches`.

    Parameters
    ----------
    survey : Survey
    outcomes : sequence of Outcome
    tables : sequence of sequences of str
        Dimensions of each table.
    among : str, optional
        0/1 column that restricts every domain.
    margins : iterable of str
        Dimensions whose margin will be shown.
    contrasts : sequence of str or (str, level, level)
        The comparisons that will be asked for: a dimension for all of its levels and the margin, or two of them. ``"indicator"`` compares
        outcomes by the names of their columns.
    progress : bool
        Whether to show a bar on the error stream.

    Raises
    ------
    ColumnError, DesignError, OptionError
        As `aggregate`; and if the design is not one whose variance is all between primary units, or a contrast names what is not there.
    """
    _refuse_designs(survey.design)
    request = requested(survey, outcomes, tables, among)
    require_columns(survey.data, request.columns)
    fold, frame = Fold(request, frozenset(margins), contrasts), survey.frame
    if isinstance(frame, nw.LazyFrame) and not Values(frame).unreadable(request.numeric):
        return _lazy(frame, request, fold, progress=progress)
    return _eager(collect(survey.data, request.columns), request, fold)


def _refuse_designs(design: Design) -> None:
    within = bool(design.later_stages) and design.fpc is not None
    others = design.replicates is not None or design.two_phase is not None or design.selection != "independent"
    if others or within or design.follows_plan:
        raise DesignError(
            "Stratum moments hold the variance between primary units and no other: no replicate weights, no second phase, no "
            "later stages under a finite population correction, no systematic selection, no weights adjusted by a plan. Use keep='units'."
        )


def _eager(frame: nw.DataFrame[Any], request: Request, fold: Fold) -> StreamedPass:
    """Return the pass of a frame in memory, which is one batch."""
    design = request.survey.design
    check_design_values(frame, design)
    fold.add(records_of_rows(frame, request), crossed(frame, design.strata)[1])
    weight = numbers(frame, design.weight)
    seen = Glance(len(frame), int((weight == 0).sum()), float(weight.sum()), (), ())
    return _finished(fold, frame, design, seen)


def _lazy(frame: Lazy, request: Request, fold: Fold, *, progress: bool) -> StreamedPass:
    design, plain = request.survey.design, _between_primary_units(request)
    seen = glance(frame, request)
    reading = Reading(plain, seen)

    def make(rows: Lazy) -> Lazy:
        if not design.units:
            return rows.select(*plain.columns)
        return grouped(rows, plain, plain.dimensions, seen)

    with _bar(seen.rows, shown=progress) as advance:
        for batch in batches(frame, design, make):
            for records, labels in reading.parts(batch, fold.parts):
                fold.add(records, labels)
            advance(int(numbers(batch, ROWS).sum()) if design.units else len(batch))
    if reading.may_be_split():
        _refuse_split_units(frame, design)
    fold.sort(reading.dimensions(fold.dimensions()))
    fpc = [*design.strata, design.fpc] if design.fpc else None
    return _finished(fold, computed(_distinct(frame, fpc)) if fpc else None, design, seen)


def _between_primary_units(request: Request) -> Request:
    """Return the request with the columns of later stages and of the correction left out: they need no groups of their own."""
    design = replace(request.survey.design, later_stages=(), fpc=None)
    return replace(request, survey=replace(request.survey, design=design))


def _finished(fold: Fold, corrections: nw.DataFrame[Any] | None, design: Design, seen: Glance) -> StreamedPass:
    """Return what was folded; `corrections` holds strata and their finite population correction."""
    labels, sampled = fold.strata()
    fpc_stratum, fpc = np.zeros(0, dtype=np.int64), np.zeros(0)
    if design.fpc is not None and corrections is not None:
        code, names = crossed(corrections, design.strata)
        fpc_stratum = np.array([labels.index(name) for name in names], dtype=np.int64)[code]
        fpc = numbers(corrections, design.fpc)
    strata = Strata(labels, sampled, fpc_stratum, fpc)
    return StreamedPass(
        tables=fold.tables(),
        moments=fold.moments(),
        strata=strata,
        units=strata.units(design),
        weight=seen.weight,
        rows=seen.rows,
        weightless=seen.weightless,
    )


def _distinct(frame: Lazy, names: Sequence[str]) -> Lazy:
    """Return the combinations of columns that occur, by a group-by: `unique` numbers all rows in some engines."""
    return frame.group_by(*names).agg(nw.len().alias(ROWS)).select(*names)


def _refuse_split_units(frame: Lazy, design: Design) -> None:
    """Raise the error of `sampling_units` if a unit lies in several strata, which no batch alone can tell."""
    names = list(dict.fromkeys([*design.strata, *design.units]))
    places = _distinct(frame, names)
    several = places.group_by(*design.units).agg(nw.len().alias(ROWS)).filter(nw.col(ROWS) > 1).select(*design.units)
    split = computed(places.join(several, on=list(design.units), how="inner"))
    if len(split):
        sampling_units(split, replace(design, later_stages=(), fpc=None, lonely_psu="certainty"))


@contextmanager
def _bar(rows: int, *, shown: bool) -> Iterator[Callable[[int], None]]:
    """Give a function that counts rows on a bar, or one that does nothing."""
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Rows", total=rows)
        yield lambda passed: progress.advance(task, passed)
