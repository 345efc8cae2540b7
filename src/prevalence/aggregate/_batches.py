"""Batches of whole sampling units from a lazy frame, each small enough to be held in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from prevalence.aggregate._glance import Lazy
from prevalence.aggregate._groups import ROWS
from prevalence.design import Design
from prevalence.rows import codes_of, computed, numbers

GROUPS_AT_ONCE = 400_000
"""Groups of a batch: some 100 MB while they are folded."""

ROWS_AT_ONCE = 8_000_000
"""Rows that one query groups, at most, unless a single key has more."""

ROWS_AT_FIRST = 400_000
"""Rows of the first query, which shows how many of them make a group."""

AHEAD = 2
"""Batches that are computed while one is in use."""

KEYS_AT_ONCE = 1_000_000
"""Strata or units that a plan lists."""

ROWS_LOOKED_AT = 50_000
"""Rows at the beginning that show whether a file is in order."""

Make = Callable[[Lazy], Lazy]
"""Turns rows into what a batch holds: their groups, or the columns in use."""


def batches(frame: Lazy, design: Design, make: Make) -> Iterator[nw.DataFrame[Any]]:
    """Return batches that together hold every unit once, the next one computed while the last is in use.

    Where the strata (or units) of a file stand in order, each batch is a query over a range of them, which reads its part of the file and no
    other. DuckDB sorts files that are in no order, on disk if need be; other engines read them once a batch.

    Parameters
    ----------
    frame : lazy narwhals frame
    design : Design
    make : function of a lazy frame
        Applied to the rows of each batch, or to all.
    """
    return _ahead(_batches(frame, design, make))


def _batches(frame: Lazy, design: Design, make: Make) -> Iterator[nw.DataFrame[Any]]:
    sorts = frame.implementation.is_duckdb()
    if sorts and not design.units:
        return _read(make(frame))
    plan = _plan(frame, design)
    if sorts and not (plan.fits and _in_order(frame, plan.keys)):
        keys = list(_unit_keys(design))
        return _closed(_read(make(frame).sort(keys)), keys)
    return _by_range(frame, plan, make)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Values of the leading columns of the design in ascending order, and the rows of each.

    Attributes
    ----------
    keys : tuple of str
    values : list of tuples
    rows : list of int
    fits : bool
        Whether the list is complete and no value has more rows than a batch should.
    """

    keys: tuple[str, ...]
    values: list[tuple[Any, ...]]
    rows: list[int]
    fits: bool


def _plan(frame: Lazy, design: Design) -> _Plan:
    """Return the plan by strata, or by units where a stratum is too large; without either, one batch."""
    plan = _Plan((), [()], [0], fits=False)
    for keys in dict.fromkeys([design.strata, _unit_keys(design)]):
        if not keys:
            continue
        values = [_comparable(frame, name).alias(name) for name in keys]
        counts = frame.select(*values).group_by(keys).agg(nw.len().alias(ROWS)).sort(keys).head(KEYS_AT_ONCE + 1)
        found = computed(counts)
        if len(found) > KEYS_AT_ONCE:
            break
        rows = [int(value) for value in numbers(found, ROWS)]
        plan = _Plan(keys, found.select(*keys).rows(), rows, fits=max(rows) <= ROWS_AT_ONCE)
        if plan.fits:
            break
    return plan


def _unit_keys(design: Design) -> tuple[str, ...]:
    """Return the columns of strata and units, each once: units may be crossed with their strata."""
    return tuple(dict.fromkeys((*design.strata, *design.units)))


def _comparable(frame: Lazy, name: str) -> nw.Expr:
    """Return a column whose order is the same in every engine: text, where it is not numbers."""
    dtype = frame.collect_schema()[name]
    return nw.col(name) if dtype.is_numeric() or dtype == nw.String else nw.col(name).cast(nw.String)


def _in_order(frame: Lazy, keys: Sequence[str]) -> bool:
    """Return whether equal keys stand together at the beginning of the file."""
    head = computed(frame.select(*keys).head(ROWS_LOOKED_AT))
    codes = np.column_stack([codes_of(head, name) for name in keys])
    runs = 1 + int((np.diff(codes, axis=0) != 0).any(axis=1).sum())
    return runs == len(np.unique(codes, axis=0))


def _by_range(frame: Lazy, plan: _Plan, make: Make) -> Iterator[nw.DataFrame[Any]]:
    """Return one batch a range of keys; its size follows from how many groups the rows before have made."""
    start, wanted = 0, ROWS_AT_FIRST
    read = groups = 0
    while start < len(plan.rows):
        end = start + max(int(np.searchsorted(np.cumsum(plan.rows[start:]), wanted, side="right")), 1)
        batch = computed(
            make(frame.filter(_between(frame, plan.keys, plan.values[start], plan.values[end - 1])) if plan.keys else frame)
        )
        yield batch
        read, groups = read + sum(plan.rows[start:end]), groups + len(batch)
        wanted = min(ROWS_AT_ONCE, GROUPS_AT_ONCE * read // max(groups, 1))
        start = end


def _between(frame: Lazy, keys: Sequence[str], low: Sequence[Any], high: Sequence[Any]) -> nw.Expr:
    """Return whether the keys of a row lie between two combinations, both included."""
    columns = [_comparable(frame, name) for name in keys]
    # The first condition alone follows from the others; engines skip parts of files by it.
    first = (columns[0] >= nw.lit(low[0])) & (columns[0] <= nw.lit(high[0]))
    return first & _beyond(columns, low, above=True) & _beyond(columns, high, above=False)


def _beyond(columns: Sequence[nw.Expr], limit: Sequence[Any], *, above: bool) -> nw.Expr:
    """Return whether a combination is the limit or comes after it (before it, unless `above`)."""
    cases = []
    for index, column in enumerate(columns):
        equal = [before == nw.lit(value) for before, value in zip(columns[:index], limit, strict=False)]
        value = nw.lit(limit[index])
        if index == len(columns) - 1:
            cases.append(reduce(and_, [*equal, column >= value if above else column <= value]))
        else:
            cases.append(reduce(and_, [*equal, column > value if above else column < value]))
    return reduce(or_, cases)


def _read(frame: Lazy) -> Iterator[nw.DataFrame[Any]]:
    """Return the rows of a DuckDB query as they come."""
    relation = frame.to_native()
    reader = relation.to_arrow_reader if hasattr(relation, "to_arrow_reader") else relation.fetch_record_batch
    import pyarrow as pa

    for batch in reader(GROUPS_AT_ONCE):
        yield nw.from_native(pa.table(batch), eager_only=True)


def _closed(parts: Iterator[nw.DataFrame[Any]], keys: Sequence[str]) -> Iterator[nw.DataFrame[Any]]:
    """Return batches that end where a unit ends, from rows in the order of units."""
    open_rows: nw.DataFrame[Any] | None = None
    for part in parts:
        rows = part if open_rows is None else nw.concat([open_rows, part])
        codes = np.column_stack([codes_of(rows, name) for name in keys])
        ends = np.flatnonzero((codes != codes[-1]).any(axis=1))
        last = int(ends[-1]) + 1 if len(ends) else 0
        if last:
            yield rows[:last]
        open_rows = rows[last:]
    if open_rows is not None and len(open_rows):
        yield open_rows


def _ahead(parts: Iterator[nw.DataFrame[Any]]) -> Iterator[nw.DataFrame[Any]]:
    """Return the same batches, the next ones computed while one is in use."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        coming = deque(worker.submit(next, parts, None) for _ in range(AHEAD))
        while (batch := coming.popleft().result()) is not None:
            coming.append(worker.submit(next, parts, None))
            yield batch
