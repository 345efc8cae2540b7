"""One look over a lazy frame before it is grouped: what must not be there, and what the group-by may leave out.

Counts, sums, smallest and largest values of whole columns are the cheapest questions an engine can be asked. Only where they show a
fault is another query asked, for the words of the error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.aggregate._records import Outcome, Request
from prevalence.aggregate._sums import reference_ratio
from prevalence.errors import ColumnError, DesignError, listed
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
        if not self._schema[name].is_float():
            return self.complete(name)
        # NaN poisons sums in every engine, so it must become null before them.
        return nw.when(~nw.col(name).is_nan()).then(self.complete(name))

    def complete(self, name: str) -> nw.Expr:
        """Return a column that has a value in every row as Float64."""
        return nw.col(name) if self._schema[name] == nw.Float64 else nw.col(name).cast(nw.Float64)

    def missing(self, name: str) -> nw.Expr:
        """Return whether the column holds no value, for columns of any kind."""
        column = nw.col(name)
        return column.is_null() | column.is_nan() if self._schema[name].is_float() else column.is_null()

    def given(self, name: str) -> nw.Expr:
        """Return the number of rows that hold a value, for columns of any kind."""
        return self.number(name).count() if self._schema[name].is_float() else nw.col(name).count()

    def whole(self, name: str) -> bool:
        """Return whether the column holds whole numbers or truth values alone."""
        return self._schema[name].is_integer() or self._schema[name] == nw.Boolean

    def unreadable(self, names: Sequence[str]) -> bool:
        """Return whether a column holds anything but numbers, such as text that reads as one."""
        return not all(self._schema[name].is_numeric() or self._schema[name] == nw.Boolean for name in names)


def glance(frame: Lazy, request: Request) -> Glance:
    """Count the rows and their faults.

    Raises
    ------
    ColumnError, DesignError
        As for frames in memory, with the same counts and words; rows have no numbers in a lazy frame.
    """
    _refuse_dots(frame, request)
    return _Look(frame, request).glance()


def _refuse_dots(frame: Lazy, request: Request) -> None:
    """Raise `ColumnError` for names that DuckDB and Spark read as those of a table and its column, as R's often are."""
    dotted = [name for name in request.columns if "." in name]
    if dotted and not frame.implementation.is_polars():
        raise ColumnError(
            f"Columns that {frame.implementation.value} groups must have no dot in their names; found {listed(dotted)}. Rename them, for example "
            f"{dotted[0].replace('.', '_')!r}."
        )


@dataclass(slots=True)
class _Look:
    """The questions, asked together, and their answers.

    Attributes
    ----------
    frame : lazy narwhals frame
    request : Request
    """

    frame: Lazy
    request: Request
    _asked: dict[str, nw.Expr] = field(default_factory=dict)
    _found: dict[str, float] = field(default_factory=dict)

    def glance(self) -> Glance:
        """Return what the rows are like, having refused what must not be there."""
        self._ask()
        self._found = _answers(self.frame, self._asked)
        self._refuse_design()
        self._refuse_values()
        every = range(len(self.request.outcomes))
        return Glance(
            rows=int(self._found["rows"]),
            weightless=self._weightless(),
            weight=self._found["weight"],
            missing=tuple(int(self._found["rows"] - self._found[f"known_{index}"]) for index in every),
            references=tuple(
                reference_ratio(self._found.get(f"wy_{index}", 0.0), self._found.get(f"wx_{index}", 0.0)) for index in every
            ),
        )

    @property
    def _weight(self) -> str:
        return self.request.survey.design.weight

    @property
    def _measured(self) -> list[str]:
        names = [name for outcome in self.request.outcomes for name in (outcome.y, outcome.x) if name]
        return [name for name in dict.fromkeys(names) if name not in self.request.indicators]

    def _ask(self) -> None:
        values = Values(self.frame)
        weight = values.complete(self._weight)
        asked = {"rows": nw.len(), "weights": weight.count(), "weight": weight.sum(), "lightest": weight.min()}
        for index, (_, name) in enumerate(roles(self.request.survey.design)):
            asked[f"given_{index}"] = values.given(name)
        for index, name in enumerate(self.request.indicators):
            if values.whole(name):
                asked[f"least_{index}"], asked[f"most_{index}"] = values.complete(name).min(), values.complete(name).max()
            else:
                asked[f"wrong_{index}"] = nw.when(_wrong(values, name)).then(nw.lit(1)).count()
        for index, name in enumerate(self._measured):
            if not values.whole(name):
                asked[f"sum_{index}"] = values.number(name).sum()
        for index, outcome in enumerate(self.request.outcomes):
            asked[f"known_{index}"] = _known(values, outcome)
            if not outcome.own_square:
                asked[f"wy_{index}"], asked[f"wx_{index}"] = _weighted(values, self.request, outcome)
        self._asked = asked

    def _refuse_design(self) -> None:
        found = self._found
        if found["rows"] == 0:
            raise no_rows()
        if found["weights"] < found["rows"] or not isfinite(found["weight"]) or found["lightest"] < 0:
            raise _weight_faults(self.frame, self._weight)
        if found["weight"] == 0:
            raise only_zero_weights(self._weight)
        for index, (role, name) in enumerate(roles(self.request.survey.design)):
            if found[f"given_{index}"] < found["rows"]:
                raise incomplete(role, name, int(found["rows"] - found[f"given_{index}"]))

    def _refuse_values(self) -> None:
        found = self._found
        for index, name in enumerate(self.request.indicators):
            if found.get(f"wrong_{index}") or found.get(f"least_{index}", 0) < 0 or found.get(f"most_{index}", 0) > 1:
                raise not_an_indicator(name, *_offending(self.frame, name))
        for index, name in enumerate(self._measured):
            if not isfinite(found.get(f"sum_{index}", 0.0)):
                infinite = ~Values(self.frame).number(name).is_finite()
                raise not_finite(name, int(_answers(self.frame, {"rows": nw.when(infinite).then(nw.lit(1)).count()})["rows"]))

    def _weightless(self) -> int:
        if self._found["lightest"] > 0:
            return 0
        none = nw.when(nw.col(self._weight) == 0).then(nw.lit(1)).count()
        return int(_answers(self.frame, {"rows": none})["rows"])


def _answers(frame: Lazy, asked: dict[str, nw.Expr]) -> dict[str, float]:
    """Return the answer to each question, 0 where there is none."""
    row = frame.select(**asked).collect()
    return {name: float(row.item(0, name) or 0.0) for name in asked}


def _wrong(values: Values, name: str) -> nw.Expr:
    number = values.number(name)
    return ~((number == 0) | (number == 1))


def _known(values: Values, outcome: Outcome) -> nw.Expr:
    """Return the number of rows in which the outcome is known."""
    if outcome.x is None:
        return values.given(outcome.y)
    return nw.when(~values.missing(outcome.x)).then(values.number(outcome.y)).count()


def _weighted(values: Values, request: Request, outcome: Outcome) -> tuple[nw.Expr, nw.Expr]:
    """Return the sums of w y and w x over the rows asked for whose outcome is known."""
    w, y = values.complete(request.survey.design.weight), values.number(outcome.y)
    x = nw.lit(1.0) if outcome.x is None else values.number(outcome.x)
    known = ~values.missing(outcome.y) if outcome.x is None else ~(values.missing(outcome.y) | values.missing(outcome.x))
    if request.among is not None:
        known &= values.number(request.among) == 1
    return nw.when(known).then(w * y).sum(), nw.when(known).then(w * x).sum()


def _weight_faults(frame: Lazy, weight: str) -> DesignError:
    number = Values(frame).number(weight)
    faults = {"missing": number.is_null(), "negative": number < 0, "infinite": ~number.is_finite()}
    found = _answers(frame, {name: nw.when(fault).then(nw.lit(1)).count() for name, fault in faults.items()})
    return unusable_weights(weight, {name: int(found[name]) for name in faults})


def _offending(frame: Lazy, name: str) -> tuple[Floats, int]:
    """Return the distinct values of an indicator that are neither 0 nor 1, ascending, and the number of rows that hold one."""
    values = Values(frame)
    wrong = frame.filter(_wrong(values, name)).select(value=values.number(name))
    found = wrong.group_by("value").agg(nw.len().alias("rows")).sort("value").collect()
    return numbers(found, "value"), int(numbers(found, "rows").sum())
