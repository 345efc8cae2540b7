"""``pv.baseline.round_series``: one cell of several records as a series of years, with the covariance of its rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from prevalence.baseline._baseline import Baseline, read
from prevalence.baseline._change import compare_pair
from prevalence.errors import OptionError, check_option, counted, listed
from prevalence.estimates import ALL
from prevalence.shown import Floats, Shown

OF = ("rate", "number")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RoundSeries(Shown):
    """A rate or a number by year: what `progress`, `aarr` and `projection` take.

    Attributes
    ----------
    years, values, se : float arrays
        Ascending years.
    covariance : float array, shape (rounds, rounds)
    cell, of, samples : str
    """

    years: Floats
    values: Floats
    se: Floats
    covariance: Floats = field(repr=False)
    cell: str
    of: str
    samples: str


def round_series(
    records: Sequence[Baseline | str | Path],
    *,
    cell: Mapping[str, Any] | None = None,
    of: str = "rate",
    samples: str = "auto",
    correlation: float | None = None,
    force: Sequence[str] = (),
) -> RoundSeries:
    """Return one cell of several baseline records as a series.

    Parameters
    ----------
    records : sequence of Baseline or paths
        Two or more, of different base years.
    cell : mapping of dimension to level, optional
        By default everyone in scope.
    of : {"rate", "number"}
    samples, correlation, force
        As in `change`; for every pair of rounds.

    Raises
    ------
    DefinitionError, OptionError
        As `change`; or if the cell is not one, withheld or without a standard error in a record.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({"ea": [1, 1, 2, 2, 3, 3], "w": 10.0, "child_labour": [0, 1, 0, 0, 1, 1]})
    >>> made = [
    ...     pv.baseline.create(pv.Survey(data, pv.Design(weight="w", psu="ea")), "child_labour", definition="sdg-8.7.1",
    ...                        universe="all children 5-17", reference_period="week", base_year=year)
    ...     for year, data in {2016: rows, 2021: rows.assign(ea=rows["ea"] + 10, child_labour=[0, 1, 0, 0, 0, 1])}.items()
    ... ]
    >>> found = pv.baseline.round_series(made)
    >>> found.years.tolist(), found.values.round(3).tolist()
    ([2016.0, 2021.0], [0.5, 0.333])
    >>> pv.baseline.progress(found.years, found.values, covariance=found.covariance, target=0.2).progress_class
    'substantial'
    """
    check_option("of", of, OF)
    read_all = [read(each) if isinstance(each, str | Path) else each for each in records]
    if len(read_all) < 2 or len({each.year for each in read_all}) < len(read_all):
        raise OptionError(
            f"A series needs two or more records of different base years; found {listed([each.year for each in read_all], limit=8)}."
        )
    ordered = sorted(read_all, key=lambda each: each.year)
    cells = [_cell(each, cell) for each in ordered]
    covariance = np.zeros((len(ordered), len(ordered)))
    said = ""
    for first in range(len(ordered)):
        for second in range(first + 1, len(ordered)):
            matrix, said = compare_pair(ordered[first], ordered[second], cells[first], of, samples, correlation, force)
            covariance[first, second] = covariance[second, first] = matrix[0, 1]
    values, errors = _values(ordered, cells, of)
    np.fill_diagonal(covariance, errors**2)
    told = ", ".join(f"{name} {level}" for name, level in cells[0].items() if level != ALL) or "everyone in scope"
    years = np.array([each.year for each in ordered])
    return RoundSeries(years=years, values=values, se=errors, covariance=covariance, cell=told, of=of, samples=said)


def _cell(baseline: Baseline, asked: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the levels of the cell in every dimension of the record."""
    names = baseline.record.dimensions
    unknown = [name for name in asked or {} if name not in names]
    if unknown:
        raise OptionError(
            f"The record of {baseline.year:g} has no dimension {unknown[0]!r}; it has {listed(names, limit=8) or 'none'}."
        )
    wanted = {name: str((asked or {}).get(name, ALL)) for name in names}
    there = [each for each in baseline.record.cells if each.levels == wanted]
    if not there:
        raise OptionError(
            f"The record of {baseline.year:g} has no cell {wanted!r}; it has {counted(len(baseline.record.cells), 'cell')}. "
            "Name the level of every dimension whose margin it lacks."
        )
    if there[0].withheld or there[0].rate.estimate is None:
        raise OptionError(
            f"The cell {wanted!r} has no rate in the record of {baseline.year:g}: {there[0].withheld or there[0].flag}."
        )
    return wanted


def _values(records: Sequence[Baseline], cells: Sequence[Mapping[str, str]], of: str) -> tuple[Floats, Floats]:
    figures = []
    for baseline, wanted in zip(records, cells, strict=True):
        found = next(each for each in baseline.record.cells if each.levels == wanted)
        figure = found.rate if of == "rate" else found.number
        if figure is None or figure.estimate is None or figure.se is None:
            raise OptionError(f"The record of {baseline.year:g} has no {of} with a standard error in the cell {wanted!r}.")
        figures.append((figure.estimate, figure.se))
    values = np.array(figures, dtype=np.float64)
    return values[:, 0], values[:, 1]
