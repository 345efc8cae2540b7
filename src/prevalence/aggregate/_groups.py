"""Lazy frames: the engine groups the rows by design and dimensions, and every group is a record.

Only the groups reach this process. The keys are the columns of the design but for the weight, the dimensions and the flags of
families; rows outside the domain stay in their group with nothing to add, so that no sampling unit is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw

from prevalence.aggregate._glance import Glance, Lazy, Values
from prevalence.aggregate._records import Outcome, Request
from prevalence.aggregate._sums import OutcomeSums, Squares
from prevalence.rows import Floats, numbers

PREFIX = "_prevalence_"
"""Of the columns of sums, which stand beside the keys' own names."""

ROWS, WEIGHT = f"{PREFIX}rows", f"{PREFIX}weight"


def grouped(frame: Lazy, request: Request, dimensions: Sequence[str], seen: Glance) -> Lazy:
    """Return one row a group: its keys, its number of rows, and the sums of each outcome.

    Parameters
    ----------
    frame : lazy narwhals frame
    request : Request
    dimensions : sequence of str
        Those that the groups must tell apart.
    seen : Glance
        What it did not find (missing answers, zero weights) costs no condition here.
    """
    values = Values(frame)
    keys = list(dict.fromkeys([*request.design_keys, *request.keys(dimensions)]))
    design = request.survey.design
    columns = {WEIGHT: values.complete(design.weight)} if design.scales_to_population else {}
    found = [nw.len().alias(ROWS), *(nw.col(name).sum() for name in columns)]
    for index, outcome in enumerate(request.outcomes):
        terms = _Terms(values, request, seen, index, outcome)
        columns |= terms.added() | terms.counted()
        found += [nw.col(name).sum() for name in terms.added()] + [nw.col(name).count() for name in terms.counted()]
        if terms.some_unknown:
            # The denominator is null where the outcome does not count, and nowhere else.
            found.append(nw.col(column(index, "wx")).count().alias(column(index, "n")))
    return frame.select(*keys, **columns).group_by(keys).agg(*found)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What each row adds to the sums of one outcome: null where it does not count."""

    values: Values
    request: Request
    seen: Glance
    index: int
    outcome: Outcome

    @property
    def some_unknown(self) -> bool:
        """Whether some row may not count."""
        return self._known() is not None

    def added(self) -> dict[str, nw.Expr]:
        """Return the terms of each sum; sums that are others, or zero, are left out."""
        w, y = self._weight(), self._number(self.outcome.y)
        wx = w if self.outcome.x is None else w * self._number(self.outcome.x)
        terms = {"wy": w * y}
        if self.outcome.binary:
            terms["cases"] = y
        if not self.outcome.own_square:
            terms |= self._squares(w, y)
        # A term with a missing y is null of itself; a condition would only cost time.
        known = None if self._inside() is None and self.outcome.x is None else self._known()
        terms = {"wx": _where(self._known(), wx)} | {name: _where(known, term) for name, term in terms.items()}
        return {column(self.index, name): term for name, term in terms.items()}

    def counted(self) -> dict[str, nw.Expr]:
        """Return flags of the rows of each count, null elsewhere; counts that follow from others are left out."""
        flags = {}
        if not self.outcome.binary:
            flags["cases"] = _both(self._known(), self._number(self.outcome.y) != 0)
        if (missing := self._missing()) is not None:
            flags["missing"] = missing
        return {column(self.index, name): nw.when(flag).then(nw.lit(1)) for name, flag in flags.items()}

    def _squares(self, w: nw.Expr, y: nw.Expr) -> dict[str, nw.Expr]:
        reference = self.seen.references[self.index]
        if self.outcome.x is None:
            e = y - reference
            return {"ee": w * e * e, "ex": w * e}
        x = self._number(self.outcome.x)
        e = y - x * reference
        return {"weight": w, "ee": w * e * e, "ex": w * e * x, "xx": w * x * x}

    def _weight(self) -> nw.Expr:
        return self.values.complete(self.request.survey.design.weight)

    def _number(self, name: str) -> nw.Expr:
        return self.values.number(name) if self.seen.missing[self.index] else self.values.complete(name)

    def _inside(self) -> nw.Expr | None:
        """Return whether a row has a weight and is among those asked for, nothing where all are."""
        inside = self._weight() > 0 if self.seen.weightless else None
        if self.request.among is None:
            return inside
        return _both(inside, (self.values.number(self.request.among) == 1).fill_null(False))

    def _known(self) -> nw.Expr | None:
        """Return whether a row counts, nothing where all do."""
        return _both(self._inside(), ~self._empty()) if self.seen.missing[self.index] else self._inside()

    def _missing(self) -> nw.Expr | None:
        """Return whether a row is inside and unknown, nothing where that is all rows but those that count."""
        if self.outcome.unknown is not None:
            return _both(self._inside(), self.values.number(self.outcome.unknown) == 1)
        return None if self._inside() is None else _both(self._inside(), self._empty())

    def _empty(self) -> nw.Expr:
        missing = self.values.missing(self.outcome.y)
        return missing if self.outcome.x is None else missing | self.values.missing(self.outcome.x)


def column(index: int, name: str) -> str:
    """Return the name of a column of sums of an outcome."""
    return f"{PREFIX}{index}_{name}"


def outcomes_of_groups(groups: nw.DataFrame[Any], request: Request, seen: Glance) -> tuple[OutcomeSums, ...]:
    """Return the sums of each outcome as the engine has made them."""
    rows = numbers(groups, ROWS)
    return tuple(_sums(groups, rows, index, outcome, seen) for index, outcome in enumerate(request.outcomes))


def _sums(groups: nw.DataFrame[Any], rows: Floats, index: int, outcome: Outcome, seen: Glance) -> OutcomeSums:
    def summed(name: str, otherwise: Floats) -> Floats:
        wanted = column(index, name)
        return numbers(groups, wanted) if wanted in groups.columns else otherwise

    n = summed("n", rows)
    wx, wy = summed("wx", rows), summed("wy", rows)
    squares = None
    if not outcome.own_square:
        weight = summed("weight", wx)
        squares = Squares(weight, summed("ee", rows), summed("ex", rows), summed("xx", weight), seen.references[index])
    return OutcomeSums(
        known=n > 0, n=n, wx=wx, wy=wy, cases=summed("cases", rows), missing=summed("missing", rows - n), squares=squares
    )


def _where(condition: nw.Expr | None, term: nw.Expr) -> nw.Expr:
    return term if condition is None else nw.when(condition).then(term)


def _both(one: nw.Expr | None, other: nw.Expr) -> nw.Expr:
    return other if one is None else one & other
