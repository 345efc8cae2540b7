"""Published figures of child labour and forced labour: read as printed, with where they were read and whether they were checked."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from prevalence.errors import OptionError, listed, suggestion

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("topic", "year", "population", "measure", "group", "value", "unit", "status", "source")


def published(
    topic: str | Sequence[str] | None = None,
    *,
    year: str | int | Sequence[str | int] | None = None,
    measure: str | Sequence[str] | None = None,
    group: str | Sequence[str] | None = None,
    verified: bool | None = None,
) -> pd.DataFrame:
    """Return published figures, to stand as context beside estimates of one's own.

    Parameters
    ----------
    topic, measure, group : str or sequence of str, optional
        As in the columns; `topics` lists the topics.
    year : str, int or sequence, optional
        As printed: 2024, ``"2018/19"``.
    verified : bool, optional
        Keep the rows of that status alone; default: both.

    Returns
    -------
    pandas.DataFrame
        ``topic, year, population, measure, group, value, unit, status, source``; `value` as a number, in the unit beside it (percent, per
        thousand, million, thousand). ``unverified`` rows are to be checked in the source before they are quoted; sources marked
        "secondary" were read in place of the original.

    Raises
    ------
    OptionError
        If a filter names something that the figures do not have.

    Notes
    -----
    Context, not a check: global estimates, national surveys and cocoa surveys differ in definition, age, reference period and
    universe. Back series are revised in every round, so compare inside one report.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.reference.published("childlab_global", year=2024, group="total", measure="child labour")[["value", "unit"]].head(2).values.tolist()
    [[137.6, 'million'], [7.8, 'percent']]
    """
    import pandas as pd

    frame = pd.DataFrame(list(_rows()), columns=list(COLUMNS))
    for column, wanted in (("topic", topic), ("year", year), ("measure", measure), ("group", group)):
        if wanted is not None:
            frame = frame[frame[column].isin(_known(column, wanted))]
    if verified is not None:
        frame = frame[(frame["status"] == "verified") == verified]
    return frame.assign(value=frame["value"].astype(float)).reset_index(drop=True)


def topics() -> tuple[str, ...]:
    """Return the topics of the published figures.

    Examples
    --------
    >>> import prevalence as pv
    >>> pv.reference.topics()
    ('childlab_global', 'forced_labour_global', 'cocoa_norc', 'tanzania_ncls_2014')
    """
    return tuple(dict.fromkeys(row["topic"] for row in _rows()))


def _known(column: str, wanted: str | int | Sequence[str | int]) -> list[str]:
    values = [str(value) for value in ((wanted,) if isinstance(wanted, str | int) else wanted)]
    known = list(dict.fromkeys(row[column] for row in _rows()))
    for value in values:
        if value not in known:
            raise OptionError(
                f"{column} must be one of the published figures; found {value!r}.{suggestion(value, known)} "
                f"Known are {listed(known, limit=12)}."
            )
    return values


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = files("prevalence.reference").joinpath("data", "published_figures.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
