"""Keys of two tables as comparable codes: 1, 1.0, "1" and "01" are one key; a missing key matches nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from prevalence.errors import DataError, counted
from prevalence.rows import MISSING_CODE, Codes, collect, plain

WHOLE = re.compile(r"\+?(-?)0*(\d+)(?:\.0*)?")
SHOWN_ROWS = 3


def pandas_of(data: Any, names: Sequence[str]) -> pd.DataFrame:
    """Return the named columns of any frame as pandas, with rows numbered from 0."""
    frame: nw.DataFrame[Any] = collect(data, names)
    return frame.to_pandas().reset_index(drop=True)


def key_codes(tables: Sequence[tuple[pd.DataFrame, Sequence[str]]]) -> tuple[Codes, ...]:
    """Return one array a table with the code of each row's key, the same code for the same key in all tables.

    Parameters
    ----------
    tables : sequence of (frame, names of its key columns, in the same order in all)

    Returns
    -------
    tuple of int64 arrays, one a row
        -1 where a part of the key is missing.
    """
    sizes = [len(frame) for frame, _ in tables]
    joint = np.zeros(sum(sizes), dtype=np.int64)
    for parts in zip(*([frame[name] for name in names] for frame, names in tables), strict=True):
        codes, distinct = pd.factorize(np.concatenate([_comparable(part) for part in parts]), use_na_sentinel=True)
        combined = joint * max(1, len(distinct)) + codes
        combined[(codes < 0) | (joint < 0)] = MISSING_CODE
        # Numbered anew each time, so that the product of many parts cannot overflow.
        joint = pd.factorize(combined)[0].astype(np.int64)
        joint[combined < 0] = MISSING_CODE
    return tuple(np.split(joint, np.cumsum(sizes)[:-1]))


def _comparable(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.object_]]:
    """Return a column of keys as text, None where missing; whole numbers as digits without leading zeros."""
    codes, distinct = pd.factorize(column, use_na_sentinel=True)
    texts = np.array([*map(key_text, distinct), None], dtype=object)
    return texts[codes]


def key_text(value: object) -> str | None:
    """Return 7, 7.0, "7" and "007" as one text; other text keeps its case, long numbers keep all digits, blanks are None.

    Examples
    --------
    >>> key_text(7.0), key_text(" 007"), key_text("A7"), key_text(" ")
    ('7', '7', 'A7', None)
    """
    text = str(plain(value)).strip()
    whole = WHOLE.fullmatch(text)
    return f"{whole[1]}{whole[2]}" if whole else text or None


def positions(wanted: Codes, held: Codes) -> Codes:
    """Return, for each wanted key, the row that holds it; -1 where none does. Held keys that are wanted must be unique."""
    lookup = np.full(max(int(held.max(initial=MISSING_CODE)), int(wanted.max(initial=MISSING_CODE))) + 2, MISSING_CODE)
    known = held >= 0
    lookup[held[known]] = np.flatnonzero(known)
    return lookup[wanted]  # the last place belongs to -1


def require_unique(codes: Codes, what: str, names: Sequence[str]) -> None:
    """Raise `DataError` if a key stands in several rows; row numbers are named, keys are not."""
    known = pd.Series(codes[codes >= 0])
    rows = np.flatnonzero(codes >= 0)
    repeated = known.duplicated(keep=False).to_numpy()
    if repeated.any():
        first = [str(row + 1) for row in rows[repeated][:SHOWN_ROWS]]
        raise DataError(
            f"Each key ({', '.join(names)}) must stand in one row of {what}; {counted(int(repeated.sum()), 'row')} share theirs "
            f"(the first: rows {', '.join(first)}, counting from 1). Remove the duplicates, or name the columns that tell them apart."
        )
