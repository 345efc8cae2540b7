"""How wide columns are: in a table by itself, and on the pages of a document, where rows of heads and parts of wide tables go with it.

A table by itself (picture, PDF, LaTeX, sheet) takes what its texts measure, and a smaller print where that is too much. A document (Word, PDF)
has one print, and its fonts may be others than those measured here: letters are counted, and room is shared out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from prevalence.report.formats.layout import GAP, Run, depth, panels, spanner_runs
from prevalence.report.tables.grid import Cell, Table

Measure = Callable[[str], float]
"""Width of a text in characters."""

WIDEST_LABEL = 40
NARROWEST_LABEL = 22
"""Characters after which a label goes on in a new line, and those that it always may have."""

LONGEST_STUB = 44
"""Characters after which a label goes on in a new line."""
SHORTEST_LABEL = 8
"""Characters that labels have at least."""
SHORTEST_STUB = 20
"""Characters that labels may be squeezed into before a page is turned."""
LONGEST_TEXT = 26
"""Characters after which any other cell does."""
LEAST_TEXT, WIDEST_TEXT = 14, 72
"""Characters that a column of texts needs, and that it takes where there is room."""
LOOSEST = 1.18
"""How much wider than their texts figures stand where there is room."""
LONGEST_WORD, MOST_LINES = 13, 4
"""Letters of a word in a head before it is broken, and lines that a head may have."""
NARROW = " .,;:[]()'\xa0\u202f"
BETWEEN = 1
"""Characters between columns on a page."""
UPRIGHT, ACROSS = 96, 148
"""Characters that a page of A4 holds beside each other, upright and turned, in the type of tables."""
MOST_COLUMNS = 60
"""Columns of a part; Word opens no table of more than 63."""


def widths(table: Table, limit: float, measure: Measure = len) -> list[float]:
    """Return how many characters each column takes of a line of `limit`, the labels first: they break where the line is short.

    A head counts by its longest word, for it may break too, and so does a spanner over all its columns; a gap follows each column.
    """
    figures = _figure_widths(table, measure)
    wanted = max([_longest_word(table.stub, measure), *(measure(row.label) + 2 * row.indent + 1 for row in table.rows)])
    room = limit - sum(figures) - GAP * (len(figures) + 1)
    return [min(wanted, WIDEST_LABEL, max(room, NARROWEST_LABEL)), *figures]


@dataclass(frozen=True, slots=True)
class Widths:
    """Widths in characters, gaps aside.

    Attributes
    ----------
    stub : int
    columns : tuple of int
        What the columns need; a column of texts, which may go on in a new line, less than its longest text.
    wanted : tuple of int
        What they would take if there is room.
    """

    stub: int
    columns: tuple[int, ...]
    wanted: tuple[int, ...]

    @property
    def whole(self) -> int:
        """Width that the table needs."""
        return self.stub + sum(self.columns) + BETWEEN * len(self.columns)


def asked(table: Table) -> Widths:
    """Return the widths that the texts of a table ask for, of columns of texts those that they need and those that they want."""
    labels = [(2 * row.indent + length(row.label) + len(row.marks)) for row in table.rows]
    stub = min(LONGEST_STUB, max([length(table.stub), *labels], default=0))
    found = [_width(table, place) for place in range(len(table.columns))]
    return Widths(max(stub + 1, SHORTEST_LABEL), tuple(need for need, _ in found), tuple(wanted for _, wanted in found))


def sizes(table: Table, room: float, letter: float) -> tuple[float, ...]:
    """Return the widths of the labels and of all columns.

    Parameters
    ----------
    table : Table
    room : float
        Width between the margins.
    letter : float
        Width of a character, in the unit of `room`. Where there is room, columns of figures get a little more; columns of texts take
        what is left. Where there is too little, labels are squeezed first.
    """
    found = asked(table)
    loose = min(room / found.whole, LOOSEST * letter) if found.wanted == found.columns else letter
    if room / found.whole < letter:
        figures = sum(found.columns) + BETWEEN * len(found.columns)
        stub = max(room - letter * figures, room * found.stub / (found.stub + 2 * figures))
        return (stub, *((room - stub) * (width + BETWEEN) / figures for width in found.columns))
    fixed = [loose * (found.stub + BETWEEN), *(loose * (width + BETWEEN) for width in found.columns)]
    missing = [letter * (wanted - need) for need, wanted in zip(found.columns, found.wanted, strict=True)]
    share = min(1.0, (room - sum(fixed)) / sum(missing)) if sum(missing) > 0 else 0.0
    return (fixed[0], *(width + max(share, 0.0) * more for width, more in zip(fixed[1:], missing, strict=True)))


def is_wide(table: Table) -> bool:
    """Return whether a table, or its widest part, needs a turned page."""
    found = asked(table)
    return found.whole - max(0, found.stub - SHORTEST_STUB) > UPRIGHT


def parts(table: Table) -> list[Table]:
    """Return a table in parts that fit a page beside their labels; most often the table itself."""
    found = asked(table)
    return panels(table, (found.stub, *found.columns), ACROSS + BETWEEN, gap=BETWEEN, most=MOST_COLUMNS)


def heads(table: Table) -> list[list[tuple[str, int, int]]]:
    """Return the rows of spanners as (text, first column, columns), the outermost first; rows without any text are left out."""
    levels = [spanner_runs(table.columns, level) for level in range(depth(table.columns))]
    return [[cell for run in runs for cell in _spanned(run)] for runs in levels if any(run.text for run in runs)]


def length(text: str) -> int:
    r"""Return how many letters wide a text is; wide letters of East Asian scripts count twice, combining marks nothing.

    Examples
    --------
    >>> length("cafe\u0301"), length("\u5bb6")
    (4, 2)
    """
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(unicodedata.combining(letter) > 0 for letter in text)


def _spanned(run: Run) -> list[tuple[str, int, int]]:
    """Return a run of columns as one cell; columns without a spanner as a cell each."""
    if run.text:
        return [(run.text, run.start, run.stop - run.start)]
    return [("", place, 1) for place in range(run.start, run.stop)]


def _width(table: Table, place: int) -> tuple[int, int]:
    """Return the width that a column needs, and the one that it would take."""
    column = table.columns[place]
    longest = max((length(row.cells[place].text) + len(row.cells[place].marks) for row in table.rows), default=0)
    # A head may break between its words; figures should not.
    head = max((length(word) + 1 for word in column.head.split()), default=0)
    spanner = max((max(map(length, text.split()), default=0) for text in column.spanners), default=0)
    whole = length(column.head) if length(column.head) < LONGEST_WORD else 0
    least = max(3, whole, min(head, LONGEST_WORD), min(spanner, LONGEST_WORD), length(column.head) // MOST_LINES + 1)
    if column.kind == "text":
        need = max(min(least, LONGEST_TEXT), min(longest, LEAST_TEXT))
        return need, max(need, min(longest, WIDEST_TEXT))
    figures = max((_figures(row.cells[place].text) + len(row.cells[place].marks) for row in table.rows), default=0)
    need = min(LONGEST_TEXT, max(least, figures))
    return need, need


def _figures(text: str) -> int:
    """Return how many figures wide a text is; marks of punctuation are about half as wide as figures."""
    narrow = sum(letter in NARROW for letter in text)
    return length(text) - narrow // 2


def _figure_widths(table: Table, measure: Measure) -> list[float]:
    made = [
        min(max([_longest_word(column.head, measure), *(measure(_whole(row.cells[place])) for row in table.rows)]), WIDEST_LABEL)
        for place, column in enumerate(table.columns)
    ]
    for run in (run for level in range(depth(table.columns)) for run in spanner_runs(table.columns, level)):
        below = made[run.start : run.stop]
        missing = min(_longest_word(run.text, measure), WIDEST_LABEL) - sum(below) - GAP * (len(below) - 1)
        made[run.start : run.stop] = [width + max(missing, 0) / len(below) for width in below]
    return made


def _whole(cell: Cell) -> str:
    return cell.text + "".join(cell.marks)


def _longest_word(text: str, measure: Measure) -> float:
    return max(map(measure, text.split()), default=0)
