"""The columns that weights were fitted to, as codes and amounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.adjustments import Adjustment, Auxiliary
from prevalence.aggregate._crossing import crossed
from prevalence.aggregate._placements import Mask
from prevalence.calibration.margins import Margin
from prevalence.errors import DataError, counted, listed
from prevalence.rows import MISSING_CODE, Codes, Floats, levels_of, numbers, plain
from prevalence.totals import Ints

LARGEST_LOOKUP = 50_000_000
"""Combinations of levels beyond this are too many for a table of all."""


def margins_of(frame: nw.DataFrame[Any], adjustment: Adjustment, used: Mask) -> list[Margin]:
    """Return the auxiliaries of an adjustment as the array core takes them.

    Parameters
    ----------
    frame : eager narwhals frame
    adjustment : Adjustment
    used : bool array, shape (rows,)
        Rows with a weight before; the others may lack an auxiliary, and count for nothing.

    Raises
    ------
    DataError
        If a row in use lacks an auxiliary, or has a level that is no cell.
    """
    household = households_of(frame, adjustment.household, used)
    return [_margin(frame, auxiliary, used, household) for auxiliary in adjustment.auxiliaries]


def households_of(frame: nw.DataFrame[Any], names: Sequence[str], used: Mask) -> Ints | None:
    """Return the number of each row's household, or None without columns; a row without weight is alone, for it shares none."""
    if not names:
        return None
    code, labels = crossed(frame, names)
    found = np.where(used, code, len(labels) + np.arange(len(frame)))
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def cells_of(frame: nw.DataFrame[Any], auxiliary: Auxiliary, used: Mask) -> Codes:
    """Return the cell of each row of a classification, 0 for rows that are not in use.

    Raises
    ------
    DataError
        If a row in use has a missing level, or a combination of levels that is no cell.
    """
    if not auxiliary.columns:
        return np.zeros(len(frame), dtype=np.int64)
    place, size, texts = np.zeros(len(frame), dtype=np.int64), 1, []
    for name in auxiliary.columns:
        codes, levels = levels_of(frame, name)
        _check_known(name, codes, used, auxiliary)
        texts.append([text_of(level) for level in levels])
        place, size = place * len(levels) + np.maximum(codes, 0), size * len(levels)
    if size > LARGEST_LOOKUP:
        raise DataError(f"A margin may cross at most {LARGEST_LOOKUP:,} combinations of levels; {auxiliary.name!r} has {size:,}.")
    lookup = np.full(size, MISSING_CODE, dtype=np.int64)
    codes_of_text = [{text: code for code, text in enumerate(found)} for found in texts]
    for number, cell in enumerate(auxiliary.cells):
        parts = [codes.get(text) for codes, text in zip(codes_of_text, cell, strict=True)]
        if None not in parts:
            lookup[_place([part for part in parts if part is not None], texts)] = number
    found = lookup[place]
    _check_cells(found, place, used, auxiliary, texts)
    return np.where(found < 0, 0, found)


def text_of(level: Any) -> str:
    """Return a level as it is written in a plan."""
    return str(plain(level))


def _place(parts: Sequence[int], texts: Sequence[Sequence[str]]) -> int:
    place = 0
    for part, found in zip(parts, texts, strict=True):
        place = place * len(found) + part
    return place


def _check_known(name: str, codes: Codes, used: Mask, auxiliary: Auxiliary) -> None:
    missing = used & (codes == MISSING_CODE)
    if missing.any():
        raise DataError(
            f"Every row with a weight must have a level of each margin; {name!r} of margin {auxiliary.name!r} is missing in "
            f"{counted(int(missing.sum()), 'row')}, at {listed(np.flatnonzero(missing).tolist())}. Impute it, or give such rows a level of their own."
        )


def _check_cells(found: Codes, place: Codes, used: Mask, auxiliary: Auxiliary, texts: Sequence[Sequence[str]]) -> None:
    outside = used & (found < 0)
    if not outside.any():
        return
    shape = tuple(len(part) for part in texts)
    cells = np.unique(place[outside])
    named = [
        " x ".join(part[index] for part, index in zip(texts, np.unravel_index(cell, shape), strict=True)) for cell in cells[:4]
    ]
    more = f" and {len(cells) - 3} more" if len(cells) > 3 else ""
    raise DataError(
        f"Every level in the sample must be in the margin; margin {auxiliary.name!r} lacks {', '.join(map(repr, named[:3]))}{more}, "
        f"found in {counted(int(outside.sum()), 'row')} with a weight. Give its population, merge it with another level, or give its rows weight zero."
    )


def _margin(frame: nw.DataFrame[Any], auxiliary: Auxiliary, used: Mask, household: Ints | None) -> Margin:
    amount = None
    if auxiliary.amount is not None:
        amount = _amounts(frame, auxiliary.amount, used)
    elif auxiliary.per_household and household is not None:
        amount = np.where(used, 1 / np.bincount(household)[household], 0.0)
    elif not auxiliary.columns:
        amount = np.ones(len(frame))
    labels = () if not auxiliary.columns else auxiliary.labels
    return Margin(cells_of(frame, auxiliary, used), len(auxiliary.cells), amount, auxiliary.name, labels)


def _amounts(frame: nw.DataFrame[Any], name: str, used: Mask) -> Floats:
    values = numbers(frame, name)
    unknown = used & ~np.isfinite(values)
    if unknown.any():
        raise DataError(
            f"Every row with a weight must have each auxiliary; {name!r} is missing or infinite in "
            f"{counted(int(unknown.sum()), 'row')}, at {listed(np.flatnonzero(unknown).tolist())}. Impute it, or calibrate to something known for all."
        )
    return np.where(used, values, 0.0)
