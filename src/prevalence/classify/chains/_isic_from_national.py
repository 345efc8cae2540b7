"""Industries of a national classification through a correspondence table of the user's own."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.classify.answers import distinct, tally
from prevalence.classify.chains.industry import isic_codes
from prevalence.classify.revision import code_text
from prevalence.classify.values import among
from prevalence.errors import DataError, LoadError, counted, listed
from prevalence.provenance import Count, Variable
from prevalence.rows import collect, require_columns, with_columns
from prevalence.survey import Survey

TABLE = ("national_code", "isic_rev4")
STEP = "classify isic_from_national"


def isic_from_national(
    survey: Survey, table: Mapping[str, str] | str | Path | Any, *, column: str = "isic_national", into: str = "isic"
) -> Survey:
    """Add ISIC Rev.4 codes to industries that are coded in a national classification.

    Parameters
    ----------
    survey : Survey
        With `column`, text or numbers as the file has them.
    table : mapping, path of a CSV file, or data frame
        ``{national_code: isic_rev4}``, or columns of these two names. Several national codes may lead to one class, never one to several.
    column, into : str
        Where the national codes stand, and the column to write. A column of that name is replaced.

    Returns
    -------
    Survey
        With `into` as text, null where the table lacks the code; such rows are counted with examples.

    Raises
    ------
    ColumnError
        If a column is absent from the data or the table.
    DataError
        If a national code leads to two classes, a class cannot be ISIC Rev.4, or no code of the data is in the table.
    LoadError
        If the file cannot be read.

    Examples
    --------
    >>> import pandas as pd, prevalence as pv
    >>> data = pd.DataFrame({"w": 1.0, "isic_national": ["A12", "M07", "Z99"]})
    >>> survey = pv.classify.isic_from_national(pv.Survey(data, pv.Design(weight="w")), {"A12": "0127", "M07": "0729"})
    >>> survey.data["isic"].tolist()[:2], survey.provenance.counts[0].rows
    (['0127', '0729'], 1)
    """
    require_columns(survey.data, [column])
    known = _read(table)
    values = distinct(survey.frame, column)
    absent = [value for value in values if code_text(value) not in known]
    if values and len(absent) == len(values):
        raise DataError(
            f"the table must hold the codes of column {column!r}; it holds none of {counted(len(values), 'code')}, "
            f"for example {listed(sorted(absent, key=str))}. Check its column 'national_code'."
        )
    made = nw.lit(None, dtype=nw.String)
    for code in sorted(set(known.values())):
        made = (
            nw.when(among(column, [value for value in values if known.get(code_text(value)) == code]))
            .then(nw.lit(code))
            .otherwise(made)
        )
    reason = f"{column}: not in the correspondence table, so null ({listed(sorted(absent, key=str))})"
    rows = tally(survey.frame, {reason: among(column, absent)})[reason]
    return survey.grown(
        with_columns(survey.frame, {into: made}),
        codebook=survey.codebook.with_variables(
            {into: Variable(label="Industry (ISIC Rev.4, from the national classification)")}
        ),
        provenance=survey.provenance.add(
            counts=(Count(step=STEP, rows=rows, reason=reason),) if rows else (),
            notes=(f"{into}: ISIC Rev.4 from {column!r} by a correspondence table of the user's own, {len(known)} codes.",),
        ),
    )


def _read(table: Mapping[str, str] | str | Path | Any) -> dict[str, str]:
    """Return national code -> ISIC Rev.4 class, checked."""
    pairs: dict[str, set[object]] = {}
    for national, isic in _pairs(table):
        pairs.setdefault(code_text(national), set()).add(isic)
    twice = [national for national, classes in pairs.items() if len(classes) > 1]
    if twice:
        raise DataError(
            f"a national code must lead to one class of ISIC Rev.4; found {counted(len(twice), 'code')} with several: {listed(twice)}. "
            "Choose one, or give the division that they share."
        )
    codes = isic_codes({isic for classes in pairs.values() for isic in classes}, column="isic_rev4", revision="isic4")
    return {national: codes[next(iter(classes))] for national, classes in pairs.items()}


def _pairs(table: Mapping[str, str] | str | Path | Any) -> Iterable[tuple[object, object]]:
    if isinstance(table, Mapping):
        return list(table.items())
    if isinstance(table, str | Path):
        return _csv(Path(table))
    frame = collect(table, TABLE)
    return [(national, isic) for national, isic in frame.rows() if national is not None and isic is not None]


def _csv(path: Path) -> list[tuple[object, object]]:
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise LoadError(
            f"A correspondence table must be a readable UTF-8 CSV file; {path.name!r} is not. Check the path."
        ) from error
    if not rows or not set(TABLE) <= set(rows[0]):
        raise LoadError(
            f"A correspondence table must have rows and the columns {listed(TABLE)}; {path.name!r} has not. Add them."
        )
    return [(row["national_code"], row["isic_rev4"]) for row in rows]
