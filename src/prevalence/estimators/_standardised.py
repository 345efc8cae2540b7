"""Prevalence standardised by age, sex or any other columns to a population of a given composition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.errors import OptionError, listed
from prevalence.estimates import Estimates
from prevalence.estimators._requests import By, Margins, dimensions_with_margin, tables_of
from prevalence.estimators._statistics import prevalence
from prevalence.rows import as_frame, numbers, plain, require_columns
from prevalence.survey import Survey

POPULATION = "population"


def standardised(
    survey: Survey,
    indicator: str | Sequence[str],
    *,
    standard: Any,
    by: By = None,
    among: str | None = None,
    margins: Margins = False,
) -> Estimates:
    """Estimate the prevalence that groups would have if all had the composition of a standard population.

    Parameters
    ----------
    survey, indicator, by, among, margins
        As in `prevalence`; `by` must not name a column of the standard.
    standard : data frame, path of a CSV, or mapping
        One row a combination of levels: columns named like those of the survey (``age_group``, ``sex``) and ``population``. A mapping
        gives one column: ``{"age_group": {"5-11": 7e6, "12-14": 3e6}}``.

    Returns
    -------
    Estimates
        Like those of `prevalence`; Korn-Graubard intervals. `Estimates.difference` gives the standardised gap with its covariance.

    Raises
    ------
    ColumnError, DesignError, OptionError
        As in `prevalence`, or if the levels of standard and survey differ.

    Notes
    -----
    Direct standardisation: the mean of the rates by level, weighted with the standard's known shares (Rothman, Greenland & Lash 2008, chapter 3).
    The variance is that of a linear combination of domain rates, covariances included.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> rows = pd.DataFrame({
    ...     "ea": [1, 1, 2, 2, 3, 3], "w": [1.0] * 6, "age_group": ["5-11", "12-14"] * 3, "child_labour": [0, 1, 1, 1, 0, 0],
    ... })
    >>> survey = pv.Survey(rows, pv.Design(weight="w", psu="ea"))
    >>> pv.standardised(survey, "child_labour", standard={"age_group": {"5-11": 3, "12-14": 1}}).to_pandas()["estimate"].round(4).item()
    0.4167
    """
    over, people = _read(standard)
    tables = tables_of(by)
    named = [name for table in tables for name in table if name in over]
    if named:
        raise OptionError(f"by names {named[0]!r}, which the standard averages over. Leave it out of one of them.")
    with_margin = dimensions_with_margin(margins, tables)
    crossed = [[*table, *over] for table in tables]
    found = prevalence(survey, indicator, by=crossed, among=among, margins=sorted(with_margin))
    return found.standardised(over, people)


def _read(standard: Any) -> tuple[tuple[str, ...], dict[Any, float]]:
    """Return the columns of the standard and its population by combination of levels."""
    if isinstance(standard, Mapping):
        if len(standard) != 1:
            raise OptionError(
                f"A mapping gives the standard population of one column, {{'age_group': {{level: people}}}}; found {listed(standard)}. "
                "Give several columns as a data frame with the column 'population'."
            )
        ((name, people),) = standard.items()
        return (name,), {(level,): float(count) for level, count in people.items()}
    if isinstance(standard, str | Path):
        import pandas as pd

        standard = pd.read_csv(standard)
    require_columns(standard, [POPULATION])
    lazy = as_frame(standard)
    frame = lazy.collect() if isinstance(lazy, nw.LazyFrame) else lazy
    names = tuple(name for name in frame.columns if name != POPULATION)
    levels = [tuple(plain(value) for value in row) for row in frame.select(names).rows()]
    if not names or len(set(levels)) < len(levels):
        raise OptionError(
            "A standard population needs columns of levels beside 'population', and each combination of levels once."
        )
    return names, dict(zip(levels, numbers(frame, POPULATION).tolist(), strict=True))
