"""A table as a real table of Word: merged spanners, head rows that repeat, rows that are not broken over pages."""

from __future__ import annotations

from docx.oxml import OxmlElement

from prevalence.report.formats.layout import clean
from prevalence.report.formats.widths import heads, sizes
from prevalence.report.formats.word_text import Element, Look, child, marks, paragraph, run, style_id
from prevalence.report.tables.grid import Cell, Row, Table

TEXT, HEAD, STYLE = "Table text", "Table head", "Table Prevalence"
HELD_TOGETHER = 24
"""Rows up to which a table is kept on one page."""
INDENT = 160
"""Twentieths of a point that a step of a label is set in."""
LETTER = 98
"""Width of a figure in the type of tables, twentieths of a point."""
RULE, SHADE = "8A8A8A", "EEF2F6"


def table_element(table: Table, *, room: int) -> Element:
    """Return a table as an element of Word.

    Parameters
    ----------
    table : Table
    room : int
        Width between the margins, twentieths of a point.
    """
    widths = [int(size) for size in sizes(table, room, LETTER)]
    made = OxmlElement("w:tbl")
    properties = child(made, "w:tblPr")
    child(properties, "w:tblStyle", val=style_id(STYLE))
    if table.direction == "rtl":
        child(properties, "w:bidiVisual")
    child(properties, "w:tblW", w=str(sum(widths)), type="dxa")
    child(properties, "w:tblLayout", type="fixed")
    child(properties, "w:tblLook", val="0020", firstRow="1", noHBand="1", noVBand="1")
    child(properties, "w:tblCaption", val=clean(table.title))
    grid = child(made, "w:tblGrid")
    for size in widths:
        child(grid, "w:gridCol", w=str(size))
    _head_rows(made, table, widths)
    _body_rows(made, table, widths)
    return made


def _head_rows(made: Element, table: Table, widths: list[int]) -> None:
    rtl = table.direction == "rtl"
    above = heads(table)
    look = Look(bold=True, rtl=rtl)
    for level, spanners in enumerate(above):
        row = _row(made, head=True)
        _paragraph(
            _cell(row, widths[0], merge="restart" if level == 0 else "continue"), HEAD, table.stub if level == 0 else "", look
        )
        for text, first, number in spanners:
            cell = _cell(row, sum(widths[first + 1 : first + 1 + number]), span=number, rule=bool(text))
            _paragraph(cell, HEAD, text, look, align="center")
    row = _row(made, head=True)
    cell = _cell(row, widths[0], merge="continue" if above else "", rule=True)
    _paragraph(cell, HEAD, "" if above else table.stub, look)
    for column, size in zip(table.columns, widths[1:], strict=True):
        align = "" if column.kind == "text" else "right"
        written = _paragraph(_cell(row, size, rule=True), HEAD, column.head, look, align=align)
        marks(written, column.marks, look)


def _body_rows(made: Element, table: Table, widths: list[int]) -> None:
    rtl = table.direction == "rtl"
    together = len(table.rows) + len(table.groups) <= HELD_TOGETHER
    group = ""
    for number, row in enumerate(table.rows):
        if row.group and row.group != group:
            cell = _cell(_row(made), sum(widths), span=len(widths), shade=True)
            _paragraph(cell, TEXT, row.group, Look(bold=True, rtl=rtl), keep_next=True)
        group = row.group
        # The last rows stay with the notes, the first with the head.
        near = number == len(table.rows) - 1 and bool(table.notes)
        _body_row(made, table, row, widths, keep_next=near or (together and number < len(table.rows) - 1))


def _body_row(made: Element, table: Table, row: Row, widths: list[int], *, keep_next: bool) -> None:
    look = Look(bold=row.total, rtl=table.direction == "rtl")
    written = _row(made)
    steps = row.indent + (1 if table.groups and row.group else 0)
    # Texts of several lines begin beside each other; a figure stands at the last line of its label.
    side = "top" if any(column.kind == "text" for column in table.columns) else "bottom"
    label = _paragraph(_cell(written, widths[0], side=side), TEXT, row.label, look, keep_next=keep_next, indent=INDENT * steps)
    marks(label, row.marks, look)
    # Figures keep their own direction, or the limits of an interval would change places.
    figures = Look(bold=row.total)
    for column, cell, size in zip(table.columns, row.cells, widths[1:], strict=True):
        text = column.kind == "text"
        _body_cell(
            _cell(written, size, side=side), cell, look if text else figures, align="" if text else "right", keep_next=keep_next
        )


def _body_cell(parent: Element, cell: Cell, look: Look, *, align: str, keep_next: bool) -> None:
    marks(_paragraph(parent, TEXT, cell.text, look, align=align, keep_next=keep_next), cell.marks, look)


def _row(made: Element, *, head: bool = False) -> Element:
    row = child(made, "w:tr")
    properties = child(row, "w:trPr")
    child(properties, "w:cantSplit")
    if head:
        child(properties, "w:tblHeader")
    return row


def _cell(
    row: Element, width: int, *, span: int = 1, merge: str = "", rule: bool = False, shade: bool = False, side: str = "bottom"
) -> Element:
    """Append a cell; `rule` draws a line below it, `merge` joins it with the cell above or below, `side` is where texts stand in it."""
    cell = child(row, "w:tc")
    properties = child(cell, "w:tcPr")
    child(properties, "w:tcW", w=str(width), type="dxa")
    if span > 1:
        child(properties, "w:gridSpan", val=str(span))
    if merge:
        child(properties, "w:vMerge", val=merge)
    if rule:
        child(child(properties, "w:tcBorders"), "w:bottom", val="single", sz="6", space="0", color=RULE)
    if shade:
        child(properties, "w:shd", val="clear", color="auto", fill=SHADE)
    child(properties, "w:vAlign", val=side)
    return cell


def _paragraph(
    cell: Element, style: str, text: str, look: Look, *, align: str = "", keep_next: bool = False, indent: int = 0
) -> Element:
    made = paragraph(style, rtl=look.rtl, keep_next=keep_next or style == HEAD, align=align, indent=indent)
    if text:
        run(made, text, look)
    cell.append(made)
    return made
