"""Tables as an Excel workbook: contents, one sheet a table with numbers as numbers, and a sheet of what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from math import ceil

from prevalence.report.formats.layout import clean, heading, numbered, say
from prevalence.report.formats.progress import Step, unseen
from prevalence.report.formats.sheet import TITLE, Pen, Style, Styles, table_sheet
from prevalence.report.tables.grid import Table

LONGEST_NAME = 31
"""Characters of the name of a sheet in Excel."""

FORBIDDEN = re.compile(r"[\[\]:*?/\\]")

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""A text stays a text, whatever it begins with."""

DATE = datetime(2000, 1, 1)
"""Date of every workbook: the same tables give the same bytes."""

LINK: Style = {"font_color": "#005A8D", "underline": 1, "text_wrap": True, "valign": "top"}
FIRST_WIDTH, SECOND_WIDTH = 90, 60
KEY_WIDTH, TEXT_WIDTH = 24, 110
"""Characters of the columns of contents and notes."""

WRAPPED: Style = {"text_wrap": True, "valign": "top"}


def workbook(tables: Sequence[Table], *, title: str = "", step: Step = unseen) -> bytes:
    """Return tables as an Excel workbook.

    Parameters
    ----------
    tables : sequence of Table
    title : str
        Above the contents, and in the properties of the file.
    step : callable, optional
        Told the name of each table as it is begun.

    Returns
    -------
    bytes
        A sheet of contents with links; a sheet a table, named by its number or name: estimates are numbers that print as in the
        table, an interval is two columns under one head, what is withheld is its symbol; and a sheet of notes and facts. The same
        tables give the same bytes.

    Raises
    ------
    OptionError
        If a text is longer, or a table larger, than a sheet of Excel holds.

    Examples
    --------
    >>> from prevalence.report.tables.grid import Cell, Column, Row, Table
    >>> row = Row(label="Urban", cells=(Cell(text="12.3", values=(12.3,)),))
    >>> workbook([Table(name="area", title="", columns=(Column(name="share", head="%"),), rows=(row,))])[:2]
    b'PK'
    """
    import xlsxwriter

    language = tables[0].language if tables else "en"
    contents, notes = say(language, "contents"), say(language, "notes")
    names = sheet_names(tables, taken=(contents, notes))
    shown = numbered(tables)
    target = BytesIO()
    with xlsxwriter.Workbook(target, OPTIONS) as book:
        book.set_properties({"title": clean(title), "created": DATE})
        styles = Styles(book)
        _contents(styles, names[0], names[2:], shown, title)
        for name, table in zip(names[2:], shown, strict=True):
            step(table.name)
            table_sheet(styles, name, table, back=names[0])
        _notes(styles, names[1], shown)
    return target.getvalue()


def sheet_names(tables: Sequence[Table], *, taken: Sequence[str] = ()) -> list[str]:
    """Return a name for each sheet: valid in Excel, unique whatever its capital letters, those `taken` first.

    Examples
    --------
    >>> one = Table(name="area", title="", columns=(), rows=(), number="PR/3")
    >>> sheet_names([one, one])
    ['PR-3', 'PR-3 (2)']
    """
    names: list[str] = []
    used = {"history"}  # a name that Excel keeps for itself
    for wanted in (*taken, *(table.number or table.name for table in tables)):
        base = FORBIDDEN.sub("-", clean(wanted)).strip("' ") or "table"
        name, again = _cut(base, ""), 1
        while name.casefold() in used:
            again += 1
            name = _cut(base, f" ({again})")
        used.add(name.casefold())
        names.append(name)
    return names


def _cut(name: str, end: str) -> str:
    """Return a name of at most 31 units of UTF-16, which Excel counts, with its end."""
    while len((name + end).encode("utf-16-le")) > 2 * LONGEST_NAME:
        name = name[:-1]
    return name.rstrip("' ") + end if end else name.rstrip("' ")


def _contents(styles: Styles, name: str, names: Sequence[str], tables: Sequence[Table], title: str) -> None:
    pen = Pen(styles, name, direction=tables[0].direction if tables else "ltr")
    pen.sheet.set_landscape()
    pen.sheet.set_column(0, 0, FIRST_WIDTH)
    pen.sheet.set_column(1, 1, SECOND_WIDTH)
    pen.text(0, 0, title or name, TITLE)
    for line, (sheet, table) in enumerate(zip(names, tables, strict=True), 2):
        pen.lines(line, max(ceil(len(heading(table)) / FIRST_WIDTH), ceil(len(table.subtitle) / SECOND_WIDTH)))
        pen.link(line, 0, sheet, heading(table) or sheet, LINK)
        pen.text(line, 1, table.subtitle, WRAPPED)


def _notes(styles: Styles, name: str, tables: Sequence[Table]) -> None:
    pen = Pen(styles, name, direction=tables[0].direction if tables else "ltr")
    pen.sheet.set_landscape()
    pen.sheet.set_column(0, 0, KEY_WIDTH)
    pen.sheet.set_column(1, 1, TEXT_WIDTH)
    line = 0
    for table in tables:
        pen.text(line, 0, heading(table) or table.name, TITLE)
        entries = [*table.facts.items(), *((note.mark, note.text) for note in table.notes)]
        for place, (key, text) in enumerate(entries, line + 1):
            pen.lines(place, max(ceil(len(key) / KEY_WIDTH), ceil(len(text) / TEXT_WIDTH)))
            pen.text(place, 0, key, WRAPPED)
            pen.text(place, 1, text, WRAPPED)
        line += len(entries) + 2
