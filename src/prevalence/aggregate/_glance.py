"""One look over a lazy frame before it is grouped: what must not be there, and what the group-by may leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.aggregate._records import Outcome, Request
from prevalence.aggregate._sums import reference_ratio
from prevalence.errors import DesignError
from prevalence.rows import Floats, not_an_indicator, not_finite, numbers
from prevalence.survey import incomplete, no_rows, only_zero_weights, roles, unusable_weights

Lazy = nw.LazyFrame[Any]


@dataclass(frozen=True, slots=True)
class Glance:
    """What the rows are like.

    Attributes
    ----------
    rows, weightless : int
        All rows, and those of weight zero.
    weight : float
        Sum of all weights.
    missing : tuple of int
        Rows in which each outcome is missing.
    references : tuple of float
        Ratio of the weighted sums of each measured outcome, about which squares are taken; 0 for 0/1 outcomes.
    """

    rows: int
    weightless: int
    weight: float
    missing: tuple[int, ...]
    references: tuple[float, ...]


class Values:
    """Columns of numbers as expressions, by the rule of `rows`: null and NaN mean the same."""

    def __init__(self, frame: Lazy) -> None:
        self._schema = frame.collect_schema()

    def number(self, name: str) -> nw.Expr:
        """Return a column as Float64 with null for every missing value."""
        column = nw.col(name)
        if not self._schema[name].is_float():
            return column.cast(nw.Float64)
        # NaN poisons sums in every engine, so it must become null before them.
        return nw.when(~column.is_nan()).then(column.cast(nw.Float64))

    def complete(self, name: str) -> nw.Expr:
        """Return a column that has a value in every row as Float64."""
        return nw.col(name) if self._schema[name] == nw.Float64 else nw.col(name).cast(nw.Float64)

    def missing(self, name: str) -> nw.Expr:
        """Return whether the column holds no value, for columns of any kind."""
        column = nw.col(name)
        return column.is_null() | column.is_nan() if self._schema[name].is_float() else column.is_null()

    def unreadable(self, names: Sequence[str]) -> bool:
        """Return whether a column holds anything but numbers, such as text that reads as one."""
        return not all(self._schema[name].is_numeric() or self._schema[name] == nw.Boolean for name in names)


def glance(frame: Lazy, request: Request) -> Glance:
    """Count the rows and their faults in one query without keys.

    Raises
    ------
    ColumnError, DesignError
        As for frames in memory, with the same counts and words; rows have no numbers in a lazy frame.
    """
    values, weight = Values(frame), request.survey.design.weight
    measured = [
        name for outcome in request.outcomes for name in (outcome.y, outcome.x) if name and name not in request.indicators
    ]
    counts = {
        "weightless": nw.col(weight) == 0,
        "bad_weights": ~_usable(values, weight),
        **{f"absent_{index}": values.missing(name) for index, (_, name) in enumerate(roles(request.survey.design))},
        **{f"wrong_{index}": _wrong(values, name) for index, name in enumerate(request.indicators)},
        **{f"infinite_{index}": _infinite(values, name) for index, name in enumerate(measured)},
        **{f"missing_{index}": _unknown(values, outcome) for index, outcome in enumerate(request.outcomes)},
    }
    sums = {"weight": values.number(weight)}
    for index, outcome in enumerate(request.outcomes):
        if not outcome.own_square:
            sums[f"wy_{index}"], sums[f"wx_{index}"] = _weighted(values, request, outcome)
    flags = {name: nw.when(flag).then(nw.lit(1.0)) for name, flag in counts.items()}
    found = _one_row(frame, flags | sums)
    _refuse_design(frame, request, found)
    for index, name in enumerate(request.indicators):
        if found[f"wrong_{index}"]:
            raise not_an_indicator(name, *_offending(frame, values, name))
    for index, name in enumerate(measured):
        if found[f"infinite_{index}"]:
            raise not_finite(name, int(found[f"infinite_{index}"]))
    every = range(len(request.outcomes))
    return Glance(
        rows=int(found["rows"]),
        weightless=int(found["weightless"]),
        weight=found["weight"],
        missing=tuple(int(found[f"missing_{index}"]) for index in every),
        references=tuple(reference_ratio(found.get(f"wy_{index}", 0.0), found.get(f"wx_{index}", 0.0)) for index in every),
    )


def _one_row(frame: Lazy, columns: dict[str, nw.Expr]) -> dict[str, float]:
    """Return the number of rows and the sum of each column, 0 where it has no value."""
    sums = frame.select(**columns).select(nw.len().alias("rows"), *(nw.col(name).sum() for name in columns)).collect()
    return {name: float(sums.item(0, name) or 0.0) for name in sums.columns}


def _usable(values: Values, weight: str) -> nw.Expr:
    number = values.number(weight)
    return (number.is_finite() & (number >= 0)).fill_null(False)


def _wrong(values: Values, name: str) -> nw.Expr:
    number = values.number(name)
    return ~((number == 0) | (number == 1))


def _infinite(values: Values, name: str) -> nw.Expr:
    return ~values.number(name).is_finite()


def _unknown(values: Values, outcome: Outcome) -> nw.Expr:
    unknown = values.missing(outcome.y)
    return unknown if outcome.x is None else unknown | values.missing(outcome.x)


def _weighted(values: Values, request: Request, outcome: Outcome) -> tuple[nw.Expr, nw.Expr]:
    """Return w y and w x of the rows asked for whose outcome is known, null elsewhere."""
    w, y = values.number(request.survey.design.weight), values.number(outcome.y)
    x = nw.lit(1.0) if outcome.x is None else values.number(outcome.x)
    known = ~_unknown(values, outcome)
    if request.among is not None:
        known &= values.number(request.among) == 1
    return nw.when(known).then(w * y), nw.when(known).then(w * x)


def _refuse_design(frame: Lazy, request: Request, found: dict[str, float]) -> None:
    weight = request.survey.design.weight
    if found["rows"] == 0:
        raise no_rows()
    if found["bad_weights"]:
        raise _weight_faults(frame, weight)
    if found["weightless"] == found["rows"]:
        raise only_zero_weights(weight)
    for index, (role, name) in enumerate(roles(request.survey.design)):
        if found[f"absent_{index}"]:
            raise incomplete(role, name, int(found[f"absent_{index}"]))


def _weight_faults(frame: Lazy, weight: str) -> DesignError:
    number = Values(frame).number(weight)
    faults = {"missing": number.is_null(), "negative": number < 0, "infinite": ~number.is_finite()}
    found = _one_row(frame, {name: nw.when(fault).then(nw.lit(1.0)) for name, fault in faults.items()})
    return unusable_weights(weight, {name: int(found[name]) for name in faults})


def _offending(frame: Lazy, values: Values, name: str) -> tuple[Floats, int]:
    """Return the distinct values of an indicator that are neither 0 nor 1, ascending, and the number of rows that hold one."""
    wrong = frame.filter(_wrong(values, name)).select(value=values.number(name))
    found = wrong.group_by("value").agg(nw.len().alias("rows")).sort("value").collect()
    return numbers(found, "value"), int(numbers(found, "rows").sum())
