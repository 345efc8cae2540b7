"""Tables with several rows a person (jobs, spells, reports): read by the person's key, and joined back one row a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import narwhals.stable.v2 as nw
import pandas as pd

from prevalence.errors import ColumnError, DataError, DesignError, counted, listed
from prevalence.rows import Frame, collect, require_columns, with_arrays
from prevalence.survey import Survey


def person_rows(survey: Survey, table: Any, columns: Iterable[str], what: str) -> nw.DataFrame[Any]:
    """Return the person's key and the named columns of a long table, checked against the survey.

    Parameters
    ----------
    survey : Survey
        With `id`: the columns that name a person, which the table has too.
    table : data frame
        Of any kind that narwhals reads; lazy ones compute these columns alone.
    columns : iterable of str
    what : str
        What the table holds, for messages: ``"jobs"``.

    Raises
    ------
    DesignError
        If the survey has no `id`.
    ColumnError
        If a column is absent, or a key is of another type than in the survey.
    DataError
        If a row has no key, or that of a person who is not in the survey.
    """
    if not survey.key:
        raise DesignError(
            f"A table of {what} is joined by the person; this survey names no person. Give pv.Survey(..., id=...) the columns of its key."
        )
    require_columns(table, survey.key)
    rows = collect(table, [*survey.key, *columns])
    keys = rows.select(list(survey.key)).to_pandas()
    absent = int(keys.isna().any(axis=1).sum())
    if absent:
        raise DataError(
            f"Each row of the {what} must name a person ({', '.join(survey.key)}); {counted(absent, 'row')} do not. Complete the key, or leave them out."
        )
    strangers = _matched(keys.drop_duplicates(), survey, what)
    if len(strangers):
        shown = [row[0] if len(row) == 1 else tuple(row) for row in strangers.head(3).to_numpy().tolist()]
        more = f" and {len(strangers) - 3} more" if len(strangers) > 3 else ""
        raise DataError(
            f"The {what} must be those of persons in the survey; {counted(len(strangers), 'person')} are not in it: "
            f"{listed(shown)}{more}. Compare the columns {', '.join(survey.key)} of both."
        )
    return rows


def _matched(keys: pd.DataFrame, survey: Survey, what: str) -> pd.DataFrame:
    """Return the keys that the survey does not have."""
    known = survey.collect(survey.key).to_pandas().drop_duplicates()
    try:
        matched = keys.merge(known, on=list(survey.key), how="left", indicator="__found")
    except ValueError as error:
        types = [f"{name} is {keys[name].dtype} in the {what} and {known[name].dtype} in the survey" for name in survey.key]
        raise ColumnError(
            f"The key of a person must be of one type in both tables; {'; '.join(types)}. Cast one of them."
        ) from error
    return matched.loc[matched["__found"] == "left_only", list(survey.key)]


def joined(frame: Frame, persons: pd.DataFrame, key: tuple[str, ...]) -> Frame:
    """Return the survey's rows with the columns of `persons` beside them, missing for people whom it does not hold.

    Parameters
    ----------
    frame : narwhals frame
    persons : pandas frame, one row a person
        The key as columns, and columns of float64 whose names are not in `frame`.
    key : tuple of str
    """
    if isinstance(frame, nw.LazyFrame):
        return frame.join(_beside(frame, persons, key), on=list(key), how="left")
    aligned = collect(frame, key).to_pandas().merge(persons, on=list(key), how="left")  # in the order of the survey
    columns = [name for name in persons.columns if name not in key]
    return with_arrays(frame, {name: aligned[name].to_numpy(dtype="float64") for name in columns})


def _beside(frame: nw.LazyFrame[Any], persons: pd.DataFrame, key: tuple[str, ...]) -> nw.LazyFrame[Any]:
    """Return the table of persons as a lazy frame of the same engine, its key cast to the survey's types."""
    schema = frame.collect_schema()
    arrow = nw.from_native(persons, eager_only=True).to_arrow()
    if frame.implementation.is_duckdb():
        table = cast(nw.LazyFrame[Any], nw.from_native(_in_duckdb(frame.to_native(), arrow)))
    elif frame.implementation.is_polars():
        table = nw.from_arrow(arrow, backend="polars").lazy()
    else:
        raise ColumnError(
            f"Long tables join to pandas, Polars, PyArrow and DuckDB; the survey's rows are of {frame.implementation.name.lower()}. "
            "Collect them into one of these before."
        )
    return table.with_columns(*(nw.col(name).cast(schema[name]) for name in key))


def _in_duckdb(relation: Any, __prevalence_persons: Any) -> Any:
    """Return an Arrow table as a relation on the connection of `relation`; DuckDB finds it by the name of the argument.

    The name is one that no table of the user has: DuckDB looks among those first. Nothing is left in the database.
    """
    return relation.query("__prevalence_survey", "SELECT * FROM __prevalence_persons")
