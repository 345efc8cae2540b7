"""Population totals as users have them (a CSV, a frame, a dictionary) become auxiliaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.adjustments import Auxiliary
from prevalence.aggregate import text_of
from prevalence.checks import as_names
from prevalence.errors import DataError, OptionError, counted, listed
from prevalence.rows import as_frame, computed, numbers, require_columns
from prevalence.survey import Survey

POPULATION = "population"
LONG = ("margin", "level", POPULATION)
CROSS = " x "
"""Between the columns of a crossed margin, and the levels of its cells, where a name must hold them all."""

Cells = Mapping[tuple[str, ...], float]


def read_margins(survey: Survey, margins: Any, *, per_household: bool = False) -> tuple[Auxiliary, ...]:
    """Return margins with their population totals.

    Parameters
    ----------
    survey : Survey
        Has the columns.
    margins : path, data frame, mapping, or sequence of these
        A CSV or frame with the columns ``margin``, ``level`` and ``population`` holds several margins; one with columns of levels and
        ``population`` holds one, which crosses them. A mapping gives {column: {level: population}}, crossed margins as
        {(column, column): {(level, level): population}}.
    per_household : bool
        Whether the populations count households.

    Raises
    ------
    ColumnError
        If a margin is no column of the survey.
    DataError
        If a cell is given twice or its population is no number.
    OptionError
        If `margins` is none of these.
    """
    found: dict[tuple[str, ...], Cells] = {}
    for columns, cells in _each(survey, margins):
        if columns in found:
            raise DataError(f"Each margin must be given once; {CROSS.join(columns)!r} is given twice. Leave one out.")
        found[columns] = cells
    if not found:
        raise OptionError(f"margins must hold at least one margin; found {margins!r}. Give a CSV, a frame or a dictionary.")
    require_columns(survey.data, [name for columns in found for name in columns])
    return tuple(
        Auxiliary(
            name=CROSS.join(columns),
            columns=columns,
            cells=tuple(cells),
            totals=tuple(cells.values()),
            per_household=per_household,
        )
        for columns, cells in found.items()
    )


def written_margins(auxiliaries: Sequence[Auxiliary]) -> list[dict[str, Any]]:
    """Return margins as a plan holds them: names, cells and populations, which `read_margins` reads again."""
    return [
        {"columns": list(one.columns), "cells": [list(cell) for cell in one.cells], "population": list(one.totals)}
        for one in auxiliaries
    ]


def _each(survey: Survey, margins: Any) -> Iterator[tuple[tuple[str, ...], Cells]]:
    if isinstance(margins, Mapping):
        yield from _of_mapping(margins)
    elif isinstance(margins, str | Path):
        import pandas as pd

        # Text, so that codes such as 01 stay as they are written.
        yield from _of_frame(survey, pd.read_csv(margins, dtype=str, keep_default_na=False))
    elif isinstance(margins, Sequence):
        for part in margins:
            yield from _each(survey, part)
    elif margins is not None:
        yield from _of_frame(survey, margins)


def _of_mapping(margins: Mapping[Any, Any]) -> Iterator[tuple[tuple[str, ...], Cells]]:
    if set(margins) == {"columns", "cells", POPULATION}:
        cells = [tuple(str(part) for part in cell) for cell in margins["cells"]]
        yield tuple(margins["columns"]), _cells(margins["columns"], cells, margins[POPULATION])
        return
    for key, populations in margins.items():
        columns = as_names(key)
        if not isinstance(populations, Mapping):
            raise OptionError(
                f"A mapping of margins holds {{column: {{level: population}}}}; found {populations!r} for {key!r}. "
                "Totals of measured variables go to totals={column: total}."
            )
        levels = [tuple(map(text_of, level)) if isinstance(level, tuple) else (text_of(level),) for level in populations]
        yield columns, _cells(columns, levels, list(populations.values()))


def _of_frame(survey: Survey, margins: Any) -> Iterator[tuple[tuple[str, ...], Cells]]:
    lazy = as_frame(margins)
    frame = computed(lazy) if isinstance(lazy, nw.LazyFrame) else lazy
    require_columns(margins, [POPULATION])
    population = numbers(frame, POPULATION).tolist()
    if set(frame.columns) == set(LONG):
        yield from _of_long(survey, frame, population)
        return
    names = tuple(name for name in frame.columns if name != POPULATION)
    levels = [tuple(map(text_of, row)) for row in frame.select(list(names)).rows()]
    yield names, _cells(names, levels, population)


def _of_long(survey: Survey, frame: nw.DataFrame[Any], population: list[float]) -> Iterator[tuple[tuple[str, ...], Cells]]:
    margins = [text_of(value) for value in frame.get_column("margin").to_list()]
    levels = [text_of(value) for value in frame.get_column("level").to_list()]
    for name in dict.fromkeys(margins):
        columns = (name,) if name in survey.columns else tuple(name.split(CROSS))
        chosen = [index for index, margin in enumerate(margins) if margin == name]
        cells = [(levels[index],) if len(columns) == 1 else tuple(levels[index].split(CROSS)) for index in chosen]
        yield columns, _cells(columns, cells, [population[index] for index in chosen])


def _cells(columns: Sequence[str], levels: Sequence[tuple[str, ...]], population: Sequence[Any]) -> Cells:
    """Return the population of each cell, having checked that each is given once and is a number."""
    name = CROSS.join(columns)
    unfit = [level for level in levels if len(level) != len(columns)]
    if unfit:
        raise DataError(
            f"Each cell of margin {name!r} needs {counted(len(columns), 'level')}; {counted(len(unfit), 'cell has', 'cells have')} another "
            f"number: {listed(unfit)}. Separate crossed levels by {CROSS!r}."
        )
    repeated = [CROSS.join(level) for level, times in Counter(levels).items() if times > 1]
    if repeated:
        raise DataError(f"Each cell of margin {name!r} must be given once; {listed(repeated)} are given more often. Add them up.")
    totals = np.asarray(population, dtype=np.float64)
    wrong = [
        CROSS.join(level) for level, total in zip(levels, totals.tolist(), strict=True) if not (np.isfinite(total) and total > 0)
    ]
    if wrong:
        raise DataError(
            f"Populations must be numbers above zero; margin {name!r} has {counted(len(wrong), 'cell')} with another: {listed(wrong)}. "
            "Correct them, or merge cells without a population with a neighbour."
        )
    return dict(zip(levels, totals.tolist(), strict=True))
