"""What every format asks of a grid: clean texts, headings, runs of columns under one spanner and of rows in one group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby

from prevalence.report.tables.grid import Column, Row, Table

BREAKS = re.compile(r"[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
FORBIDDEN = re.compile(r"[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Control characters, overrides of the direction of writing, halves of characters: no format may print them."""

LONGEST_WORD = re.compile(r"(\S{24})(?=\S)")
BREAK = "\u200b"
"""A space without width, where a line may break."""

GAP = 2
"""Characters between two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbours that share a text: columns under one spanner, rows in one group; `stop` is the first that does not."""

    text: str
    start: int
    stop: int


def clean(text: str) -> str:
    """Return a text in one line, without characters that XML, TeX or a terminal would refuse or obey.

    Examples
    --------
    >>> clean("Cocoa" + chr(10) + "farms" + chr(7))
    'Cocoa farms'
    """
    return FORBIDDEN.sub("", BREAKS.sub(" ", text))


def breakable(text: str) -> str:
    """Return a clean text whose longest words may go on in a new line."""
    return LONGEST_WORD.sub(rf"\1{BREAK}", clean(text))


def heading(table: Table) -> str:
    """Return the number and title of a table, such as ``"PR.3.3. Child labour"``."""
    return clean(". ".join(part for part in (table.number, table.title) if part))


@lru_cache(maxsize=64)
def say(code: str, key: str) -> str:
    """Return a fixed word such as ``"contents"`` in the language of a table, in English if no catalogue is shipped for it."""
    from prevalence.report.tables.language import language, languages

    shipped = {words.code for words in languages()}
    known = next((name for name in (code, code.split("-")[0]) if name in shipped), "en")
    return language(known).say(key)


def numbered(tables: Sequence[Table]) -> list[Table]:
    """Return the tables of one document: if there are several, those without a number get their place, and each its own name."""
    if len(tables) < 2:
        return list(tables)
    seen: Counter[str] = Counter()
    shown = []
    for place, table in enumerate(tables, 1):
        seen[table.name] += 1
        name = table.name if seen[table.name] == 1 else f"{table.name}-{place}"
        shown.append(replace(table, name=name, number=table.number or str(place)))
    return shown


def depth(columns: Sequence[Column]) -> int:
    """Return how many levels of spanners stand above the heads."""
    return max((len(column.spanners) for column in columns), default=0)


def spanner_runs(columns: Sequence[Column], level: int) -> list[Run]:
    """Return the runs of columns at one level, the outermost being 0; a run never crosses an edge of the levels outside it."""
    return _runs([column.spanners[: level + 1] for column in columns])


def group_runs(rows: Sequence[Row]) -> list[Run]:
    """Return the runs of rows in one group; one run with an empty text where there are no groups."""
    return _runs([(row.group,) for row in rows])


def _runs(paths: Iterable[tuple[str, ...]]) -> list[Run]:
    runs: list[Run] = []
    for path, members in groupby(paths):
        start = runs[-1].stop if runs else 0
        runs.append(Run(text=clean(path[-1]) if path else "", start=start, stop=start + len(list(members))))
    return runs


def panels(table: Table, widths: Sequence[float], limit: float, *, gap: float = GAP, most: int | None = None) -> list[Table]:
    """Return a table that is too wide for its page as several, each with all rows; cut between outer spanners where it can be.

    Parameters
    ----------
    table : Table
    widths : sequence of float
        Of the labels and of each column.
    limit : float
        What fits beside each other, the labels among it, and a gap after each column.
    gap : float
    most : int, optional
        Columns that a part may have.

    Returns
    -------
    list of Table
        Each has the title, and the last alone the notes.
    """
    label, *figures = (width + gap for width in widths)
    edges = {run.start for run in spanner_runs(table.columns, 0)}
    cuts, used = [0], label
    for place, width in enumerate(figures):
        if place > cuts[-1] and (used + width > limit or place - cuts[-1] == most):
            cut = max((edge for edge in edges if cuts[-1] < edge <= place), default=place)
            cuts.append(cut)
            used = label + sum(figures[cut:place])
        used += width
    stops = [*cuts[1:], len(figures)]
    return [_columns_of(table, start, stop) for start, stop in zip(cuts, stops, strict=True)]


def _columns_of(table: Table, start: int, stop: int) -> Table:
    last = stop == len(table.columns)
    if start == 0 and last:
        return table
    rows = tuple(replace(row, cells=row.cells[start:stop]) for row in table.rows)
    return replace(table, columns=table.columns[start:stop], rows=rows, notes=table.notes if last else ())
