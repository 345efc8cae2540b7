"""One table on a sheet of Excel: merged spanners, a head that stays in view, numbers with their formats, notes below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, isfinite
from typing import TYPE_CHECKING, Any

from prevalence.errors import OptionError, counted
from prevalence.report.formats.layout import clean, depth, group_runs, heading, spanner_runs
from prevalence.report.formats.number_formats import limit_formats, number_format, raised
from prevalence.report.formats.widths import widths
from prevalence.report.tables.grid import Cell, Column, Row, Table
from prevalence.written import SIGNIFICANT_DIGITS

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Style = Mapping[str, Any]

TITLE: Style = {"bold": True, "font_size": 13}
BACK: Style = {"font_color": "#005A8D", "underline": 1, "font_size": 9}
HEAD: Style = {"bold": True, "text_wrap": True, "valign": "bottom"}
NOTE: Style = {"font_size": 9}
FIRST_LINE = 3
"""Lines above the heads: heading, subtitle, the way back to the contents."""

MOST_INDENT = 15
"""Steps that Excel can set a label in."""

A4 = 9
"""Its number in Excel."""

LINE_HEIGHT, MOST_LINES = 15, 27
"""Points; a row of Excel is at most 409 high."""

WIDE = 110
"""Characters beyond which a sheet is printed on its side."""


class Styles:
    """The formats of a workbook, each made once; Excel bears a limited number of them."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, parts: Sequence[Style]) -> Format:
        """Return the format that joins the parts, later ones before earlier ones."""
        merged = {key: value for part in parts for key, value in part.items()}
        key = tuple(sorted(merged.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(merged)
        return self._made[key]


class Pen:
    """Writes on one new sheet: every text as a text, whatever it begins with."""

    def __init__(self, styles: Styles, name: str, *, direction: str = "ltr") -> None:
        self.styles = styles
        self.sheet: Worksheet = styles.book.add_worksheet(name)
        self.sheet.hide_gridlines(2)
        self.sheet.set_paper(A4)
        self.sheet.fit_to_pages(1, 0)
        if direction == "rtl":
            self.sheet.right_to_left()

    def text(self, line: int, place: int, text: str, *parts: Style) -> None:
        """Write a text, or the style alone where it is empty."""
        style, whole = self.styles.of(parts), clean(text)
        done = self.sheet.write_string(line, place, whole, style) if whole else self.sheet.write_blank(line, place, None, style)
        self._check(done, whole)

    def number(self, line: int, place: int, value: float, *parts: Style) -> None:
        """Write a number to 12 significant digits."""
        digits = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
        self._check(self.sheet.write_number(line, place, digits, self.styles.of(parts)), "")

    def link(self, line: int, place: int, sheet: str, text: str, *parts: Style) -> None:
        """Write a text that leads to another sheet."""
        target = "internal:'" + sheet.replace("'", "''") + "'!A1"
        self._check(self.sheet.write_url(line, place, target, self.styles.of(parts), clean(text)), text)

    def lines(self, line: int, number: int) -> None:
        """Make room for several lines of text: programs other than Excel do not do so by themselves."""
        if number > 1:
            self.sheet.set_row(line, LINE_HEIGHT * min(number, MOST_LINES))

    def across(self, line: int, places: range, text: str, *parts: Style) -> None:
        """Write a text over neighbouring cells of one line."""
        if len(places) == 1:
            self.text(line, places[0], text, *parts)
            return
        self.sheet.merge_range(line, places[0], line, places[-1], "", self.styles.of(parts))
        self.text(line, places[0], text, *parts)

    def _check(self, done: int, text: str) -> None:
        if done != 0:
            raise OptionError(
                "A sheet of Excel holds 1,048,576 rows, 16,384 columns and texts of 32,767 characters; sheet "
                f"{self.sheet.get_name()!r} has more ({counted(len(text), 'character')} in one text). Divide the table, or write it "
                "as .html."
            )


def table_sheet(styles: Styles, name: str, table: Table, *, back: str) -> None:
    """Add a sheet with one table; `back` is the sheet of contents."""
    pen = Pen(styles, name, direction=table.direction)
    columns = _places(table.columns)
    pen.text(0, 0, heading(table), TITLE)
    pen.text(1, 0, table.subtitle)
    pen.link(2, 0, back, f"← {back}", BACK)
    line = _heads(pen, table, columns)
    label = _page(pen, table, columns, line)
    for run in group_runs(table.rows):
        if run.text:
            pen.text(line, 0, run.text, {"bold": True})
            line += 1
        for row in table.rows[run.start : run.stop]:
            pen.lines(line, ceil((len(row.label) + 2 * row.indent) / label))
            _row(pen, line, row, table.columns, columns)
            line += 1
    _notes(pen, table, line + 1)


def _places(columns: Sequence[Column]) -> list[range]:
    """Return the columns of the sheet that each column of the table takes: two for an interval, after that of the labels."""
    places, start = [], 1
    for column in columns:
        stop = start + (2 if column.kind == "interval" else 1)
        places.append(range(start, stop))
        start = stop
    return places


def _heads(pen: Pen, table: Table, places: Sequence[range]) -> int:
    """Write spanners and heads; return the line below them."""
    levels = depth(table.columns)
    for level in range(levels):
        line = FIRST_LINE + level
        pen.text(line, 0, "", HEAD, _edge("top", level == 0))
        for run in spanner_runs(table.columns, level):
            over = range(places[run.start].start, places[run.stop - 1].stop)
            if run.text:
                pen.across(line, over, run.text, HEAD, {"align": "center", "bottom": 4}, _edge("top", level == 0))
            else:
                for place in over:
                    pen.text(line, place, "", HEAD, _edge("top", level == 0))
    line = FIRST_LINE + levels
    pen.text(line, 0, table.stub, HEAD, {"bottom": 1}, _edge("top", levels == 0))
    for column, over in zip(table.columns, places, strict=True):
        side = {"align": "left" if column.kind == "text" else "center" if len(over) > 1 else "right"}
        pen.across(line, over, clean(column.head) + raised(column.marks), HEAD, side, {"bottom": 1}, _edge("top", levels == 0))
    return line + 1


def _edge(side: str, there: bool) -> Style:
    return {side: 2} if there else {}


def _page(pen: Pen, table: Table, places: Sequence[range], below: int) -> float:
    """Set widths, the head that stays in view and how the sheet is printed; return the width of the labels."""
    label, *figures = widths(table, WIDE)
    pen.sheet.set_column(0, 0, label + 2)
    heads = (ceil(len(column.head) / max(width, 7)) for column, width in zip(table.columns, figures, strict=True))
    pen.lines(below - 1, max(heads, default=1))
    for over, width in zip(places, figures, strict=True):
        pen.sheet.set_column(over[0], over[-1], max(width + 2, 8) if len(over) == 1 else max(width * 0.6 + 1, 8))
    pen.sheet.freeze_panes(below, 1)
    pen.sheet.repeat_rows(FIRST_LINE, below - 1)
    if label + sum(figures) > WIDE:
        pen.sheet.set_landscape()
    return label


def _row(pen: Pen, line: int, row: Row, columns: Sequence[Column], places: Sequence[range]) -> None:
    bold: Style = {"bold": True} if row.total else {}
    indent: Style = {"indent": min(row.indent, MOST_INDENT)} if row.indent else {}
    pen.text(line, 0, clean(row.label) + raised(row.marks), bold, indent, {"text_wrap": True, "valign": "top"})
    for column, over, cell in zip(columns, places, row.cells, strict=True):
        _figure(pen, line, over, column, cell, bold)


def _figure(pen: Pen, line: int, over: range, column: Column, cell: Cell, bold: Style) -> None:
    """Write the numbers of a cell, or its text where it has none that stand alone."""
    side: Style = {"align": "left" if column.kind == "text" else "right", "valign": "top"}
    if column.kind != "text" and len(cell.values) == len(over) and all(map(isfinite, cell.values)):
        forms = (number_format(column, cell),) if len(over) == 1 else limit_formats(column, cell)
        for place, value, form in zip(over, cell.values, forms, strict=True):
            pen.number(line, place, value, side, bold, {"num_format": form})
        return
    pen.text(line, over[0], clean(cell.text) + raised(cell.marks), side, bold)


def _notes(pen: Pen, table: Table, line: int) -> None:
    for note in table.notes:
        pen.text(line, 0, f"{raised((note.mark,)) if note.raised else note.mark} {note.text}" if note.mark else note.text, NOTE)
        line += 1
