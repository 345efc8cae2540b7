"""Where each row, or group of rows, stands in a dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
from scipy import sparse

from prevalence.aggregate._records import Dimension
from prevalence.errors import OptionError
from prevalence.rows import MISSING_CODE, Codes, Floats, indicator, labels_of, levels_of
from prevalence.survey import Survey

Mask = npt.NDArray[np.bool_]
Selection = Codes | slice
"""Records in use: a slice while all are, so that nothing is copied."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The stored cell of each record in one dimension; of a family, the records of each member after all records once."""

    dimension: Dimension
    cell: Codes
    members: tuple[npt.NDArray[np.int64], ...] | None


def place(frame: nw.DataFrame[Any], survey: Survey, name: str, *, rows: Floats | None = None) -> Placement:
    """Return where each record stands in a dimension.

    Parameters
    ----------
    frame : eager narwhals frame
    survey : Survey
        Says which dimensions are families, and the order and labels of levels.
    name : str
    rows : float array, shape (records,), optional
        Rows that each record stands for; without it each is a row.

    Raises
    ------
    OptionError
        If the column holds no values.
    """
    family = survey.families.get(name)
    if family is not None:
        return _place_family(frame, name, family.members, rows)
    known = survey.codebook.levels(name)
    codes, levels = levels_of(frame, name, known)
    if not levels:
        raise no_levels(name)
    return placed(name, codes, levels, known, rows, spare=bool(codes.min() == MISSING_CODE))


def no_levels(name: str) -> OptionError:
    """Return the error that a dimension has no values."""
    return OptionError(f"by={name!r} cannot make a table: the column holds no values. Choose another dimension.")


def placed(
    name: str, codes: Codes, levels: Sequence[Any], texts: Mapping[Any, str], rows: Floats | None = None, *, spare: bool = True
) -> Placement:
    """Return the placement of records with codes of levels, -1 where there is none.

    With `spare` a last stored cell holds records without a level: they are in the margin and in nothing else. It may be left out where
    every record has a level, and tables of several dimensions are then much smaller.
    """
    cells = np.column_stack([np.eye(len(levels) + spare, len(levels)), np.ones(len(levels) + spare)])
    labels = labels_of(levels, texts)
    unplaced = codes == MISSING_CODE if spare else np.zeros(0, dtype=np.bool_)
    dimension = Dimension(name, tuple(levels), labels, sparse.csc_array(cells), _counted(unplaced, rows) if spare else 0)
    return Placement(dimension, np.where(unplaced, len(levels), codes) if unplaced.any() else codes, None)


def _place_family(frame: nw.DataFrame[Any], name: str, members: Mapping[str, str], rows: Floats | None) -> Placement:
    answers = [indicator(frame, column) for column in members.values()]
    flags = [answer == 1 for answer in answers]
    unplaced = ~np.any(flags, axis=0) & np.any(np.isnan(answers), axis=0)
    size = len(members) + 1
    # Stored cell 0 holds every row once; members overlap, so the margin is that cell and not their sum.
    cells = sparse.csc_array(np.vstack([np.eye(1, size, k=len(members)), np.eye(len(members), size)]))
    dimension = Dimension(name, tuple(members), tuple(members), cells, _counted(unplaced, rows))
    return Placement(dimension, np.zeros(len(frame), dtype=np.int64), tuple(np.flatnonzero(flag) for flag in flags))


def _counted(records: Mask, rows: Floats | None) -> int:
    return int(records.sum() if rows is None else rows[records].sum())


def crossed_cells(placements: Sequence[Placement], records: int) -> tuple[Selection, Codes, int]:
    """Return the records, the crossed cell of each, and the number of cells; a record may be in several, through a family."""
    row: Selection = slice(None)
    cell, size = np.zeros(records, dtype=np.int64), 1
    for placement in placements:
        stored = placement.dimension.cells.shape[0]
        cell *= stored
        row, cell = _cross(row, cell, placement)
        size *= stored
    return row, cell, size


def _cross(row: Selection, cell: Codes, placement: Placement) -> tuple[Selection, Codes]:
    """Return the records and cells after one more dimension; a family repeats the records that are its members."""
    if placement.members is None:
        cell += placement.cell[row]  # `cell` is the caller's own
        return row, cell
    every = np.arange(len(placement.cell), dtype=np.int64)[row]
    parts = [(every, cell)]
    for index, members in enumerate(placement.members, start=1):
        chosen = np.zeros(len(placement.cell), dtype=bool)
        chosen[members] = True
        kept = chosen[row]
        parts.append((every[kept], cell[kept] + index))
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def narrowed(row: Selection, cell: Codes, kept: Mask) -> tuple[Selection, Codes]:
    """Return the kept records and their cells; nothing is copied where all are kept."""
    if kept.all():
        return row, cell
    return np.flatnonzero(kept) if isinstance(row, slice) else row[kept], cell[kept]
