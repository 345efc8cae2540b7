"""What weights are calibrated to: cells of margins and measured amounts, as codes, with what makes a total impossible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from prevalence.errors import DataError, counted, listed
from prevalence.totals import Floats, Ints

Codes = npt.NDArray[np.integer[Any]]

CONSISTENT = 1e-8
"""Totals that should be equal may differ by this part of themselves: below it lies the rounding of sums, above it a mistake."""

SHOWN = 3
"""Examples that a message gives."""


@dataclass(frozen=True, slots=True)
class Margin:
    """Auxiliaries of which each row has one: the cell of a classification, or an amount within a cell.

    Attributes
    ----------
    code : int array, shape (rows,)
        Cell of each row, from 0 to ``size - 1``.
    size : int
        Number of cells.
    amount : float array, shape (rows,), optional
        What a row adds to its cell; without it every row adds 1. An amount of 0 leaves a row out; 1 / members counts households by
        rows of persons; with one cell it is a measured auxiliary, such as income.
    name : str
    labels : tuple of str
        Names of the cells; name and labels serve messages alone.
    """

    code: Codes
    size: int
    amount: Floats | None = None
    name: str = ""
    labels: tuple[str, ...] = ()


def measured(values: Floats, name: str = "") -> Margin:
    """Return the auxiliary whose total over all rows is known, such as income; `values` has shape (rows,)."""
    return Margin(np.zeros(len(values), dtype=np.int8), 1, np.asarray(values, dtype=np.float64), name)


def described(margins: Sequence[Margin], columns: Ints | Sequence[int]) -> list[str]:
    """Return the margin and cell of auxiliaries, in words; `columns` counts the cells of all margins through."""
    starts = np.cumsum([0, *(margin.size for margin in margins)])
    return [_named(margins, int(which), int(column - starts[which])) for column, which in _owners(columns, starts)]


def check_margins(margins: Sequence[Margin], rows: int) -> None:
    """Raise unless every row has a cell of each margin and a finite amount.

    Raises
    ------
    DataError
        If there is no margin, lengths differ, a code is outside its margin, or an amount is missing or infinite.
    """
    if not margins:
        raise DataError("Calibration needs at least one margin or measured auxiliary; found none. Give margins and their totals.")
    for number, margin in enumerate(margins):
        title = _title(margins, number)
        if len(margin.code) != rows or (margin.amount is not None and len(margin.amount) != rows):
            raise DataError(f"{title} must have one value a row, {counted(rows, 'row')}; found {len(margin.code):,}.")
        outside = np.flatnonzero((margin.code < 0) | (margin.code >= margin.size))
        if len(outside):
            raise DataError(
                f"{title} must give every row one of its {counted(margin.size, 'cell')}; {counted(len(outside), 'row has', 'rows have')} "
                f"none, at {listed(outside.tolist())}. Give them a cell of their own with its total, or any cell and an amount of 0."
            )
        unknown = np.flatnonzero(~np.isfinite(margin.amount)) if margin.amount is not None else outside
        if len(unknown):
            raise DataError(
                f"{title} must be known for every row; {counted(len(unknown), 'row lacks', 'rows lack')} it, at "
                f"{listed(unknown.tolist())}. Impute it, or calibrate to something known for all."
            )


def flat_totals(margins: Sequence[Margin], totals: Sequence[npt.ArrayLike]) -> Floats:
    """Return the population totals of all margins one after the other, shape (auxiliaries,).

    Raises
    ------
    DataError
        If their number does not fit, one is not a finite number, a count is negative, or margins of the same rows add up to different
        totals.
    """
    arrays = [np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in totals]
    if [len(values) for values in arrays] != [margin.size for margin in margins]:
        raise DataError(
            f"Each margin needs one total a cell, {[margin.size for margin in margins]}; found {[len(values) for values in arrays]}."
        )
    flat = np.concatenate(arrays) if arrays else np.zeros(0)
    counts = np.concatenate([np.full(margin.size, margin.amount is None) for margin in margins])
    wrong = np.flatnonzero(~np.isfinite(flat) | (counts & (flat < 0)))
    if len(wrong):
        raise DataError(
            f"Population totals must be finite, and counts not negative; {counted(len(wrong), 'is', 'are')} not: "
            f"{_valued(margins, wrong, flat[wrong])}. Correct the margins."
        )
    _check_sums(margins, [(number, values.sum()) for number, values in enumerate(arrays) if margins[number].amount is None])
    return flat


def check_complete(margins: Sequence[Margin], totals: Floats, present: Floats) -> None:
    """Raise where a cell has a population and no rows, or rows and no population.

    Parameters
    ----------
    margins : sequence of Margin
    totals : float array, shape (auxiliaries,)
    present : float array, shape (auxiliaries,)
        Sum of weight times absolute amount in the sample.
    """
    empty = np.flatnonzero((present == 0) & (totals != 0))
    if len(empty):
        raise DataError(
            f"Every cell with a population must occur in the sample with a weight above zero; {counted(len(empty), 'does', 'do')} "
            f"not: {_valued(margins, empty, totals[empty])}. Merge such cells with a neighbour, in the rows and in the totals."
        )
    counts = np.concatenate([np.full(margin.size, margin.amount is None) for margin in margins])
    unknown = np.flatnonzero((totals == 0) & (present > 0) & counts)
    if len(unknown):
        raise DataError(
            f"Every cell in the sample must have a population above zero; {counted(len(unknown), 'has', 'have')} none: "
            f"{listed(described(margins, unknown))}. Give its total, merge it with a neighbour, or give its rows weight zero."
        )


def shortfall(margins: Sequence[Margin], totals: Floats, achieved: Floats, size: Floats) -> str:
    """Return the auxiliaries missed by most, each with what it asks for and gets; `size` is what a miss is measured against."""
    missed = np.abs(totals - achieved) / size
    worst = np.argsort(-missed, kind="stable")[:SHOWN]
    worst = worst[missed[worst] >= missed[worst[0]] * CONSISTENT]
    named = zip(described(margins, worst), totals[worst], achieved[worst], strict=True)
    return "; ".join(f"{name} asks for {asked:,.10g} and gets {found:,.10g}" for name, asked, found in named)


def _owners(columns: Ints | Sequence[int], starts: Ints) -> list[tuple[int, int]]:
    where = np.asarray(columns, dtype=np.int64)
    return list(zip(where.tolist(), (np.searchsorted(starts, where, side="right") - 1).tolist(), strict=True))


def _named(margins: Sequence[Margin], number: int, cell: int) -> str:
    margin = margins[number]
    if margin.size == 1 and margin.amount is not None:
        return _title(margins, number)
    return (
        f"{_title(margins, number)}, cell {margin.labels[cell]!r}" if margin.labels else f"{_title(margins, number)}, cell {cell}"
    )


def _title(margins: Sequence[Margin], number: int) -> str:
    margin = margins[number]
    kind = "auxiliary" if margin.size == 1 and margin.amount is not None else "margin"
    return f"{kind} {margin.name!r}" if margin.name else f"{kind} {number}"


def _valued(margins: Sequence[Margin], columns: Ints, values: Floats) -> str:
    shown = [f"{name} ({value:,.10g})" for name, value in zip(described(margins, columns[:SHOWN]), values, strict=False)]
    more = len(columns) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _check_sums(margins: Sequence[Margin], sums: Sequence[tuple[int, float]]) -> None:
    for number, total in sums[1:]:
        first, expected = sums[0]
        if abs(total - expected) > CONSISTENT * max(abs(total), abs(expected)):
            raise DataError(
                f"Margins of the same rows must add up to the same total; {_title(margins, first)} adds up to {expected:,.10g} and "
                f"{_title(margins, number)} to {total:,.10g}. Correct the totals, or scale all margins to one of them."
            )
