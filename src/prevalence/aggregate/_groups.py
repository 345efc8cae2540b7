"""Lazy frames: the engine groups the rows by design and dimensions, and every group is a record.

Only the groups reach this process. The keys are the columns of the design but for the weight, the dimensions and the flags of
families; rows outside the domain stay in their group with nothing to add, so that no sampling unit is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
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
    columns = {WEIGHT: values.complete(request.survey.design.weight)}
    for index, outcome in enumerate(request.outcomes):
        columns |= _Terms(values, request, seen, index, outcome).columns()
    sums = [nw.col(name).sum() for name in columns]
    return frame.select(*keys, **columns).group_by(keys).agg(nw.len().alias(ROWS), *sums)


@dataclass(frozen=True, slots=True)
class _Terms:
    """What each row adds to the sums of one outcome."""

    values: Values
    request: Request
    seen: Glance
    index: int
    outcome: Outcome

    def columns(self) -> dict[str, nw.Expr]:
        """Return one expression a sum; sums that are the number of rows, or zero, are left out."""
        w, y = self._weight(), self._number(self.outcome.y)
        known, missing = self._known(), self._missing()
        wx = w if self.outcome.x is None else w * self._number(self.outcome.x)
        cases = y if self.outcome.binary else nw.when(y != 0).then(nw.lit(1.0))
        terms = {"wx": _where(known, wx), "wy": _where(known, w * y), "cases": _where(known, cases)}
        if known is not None:
            terms["n"] = nw.when(known).then(nw.lit(1.0))
        if missing is not None:
            terms["missing"] = nw.when(missing).then(nw.lit(1.0))
        if not self.outcome.own_square:
            terms |= {name: _where(known, term) for name, term in self._squares(w, y).items()}
        return {column(self.index, name): term for name, term in terms.items()}

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
        conditions = []
        if self.seen.weightless:
            conditions.append(self._weight() > 0)
        if self.request.among is not None:
            conditions.append((self.values.number(self.request.among) == 1).fill_null(False))
        return _all(conditions)

    def _known(self) -> nw.Expr | None:
        inside = self._inside()
        conditions = [] if inside is None else [inside]
        if self.seen.missing[self.index]:
            conditions += [~self.values.missing(name) for name in (self.outcome.y, self.outcome.x) if name]
        return _all(conditions)

    def _missing(self) -> nw.Expr | None:
        inside = self._inside()
        conditions = [] if inside is None else [inside]
        if self.outcome.unknown is not None:
            return _all([*conditions, self.values.number(self.outcome.unknown) == 1])
        if not self.seen.missing[self.index]:
            return None
        unknown = self.values.missing(self.outcome.y)
        return _all([*conditions, unknown if self.outcome.x is None else unknown | self.values.missing(self.outcome.x)])


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
        known=n > 0, n=n, wx=wx, wy=wy, cases=summed("cases", rows), missing=summed("missing", 0 * rows), squares=squares
    )


def _where(condition: nw.Expr | None, term: nw.Expr) -> nw.Expr:
    return term if condition is None else nw.when(condition).then(term)


def _all(conditions: Sequence[nw.Expr]) -> nw.Expr | None:
    return reduce(and_, conditions) if conditions else None
