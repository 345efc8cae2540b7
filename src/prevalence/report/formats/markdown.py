"""A table as Markdown: a pipe table, spanners joined into the heads, notes below it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from prevalence.report.formats.layout import clean, group_runs, heading, numbered
from prevalence.report.formats.progress import Step, unseen
from prevalence.report.tables.grid import Column, Note, Row, Table

INLINE = re.compile(r"([\\`*_{}<>|~$&#!@]|\](?=[\[(:])|(?<=[hps]):(?=//)|(?<=www)\.)")
"""What begins code, emphasis, HTML, a cell, a formula, an entity, a mention, a link or an address that links itself."""

START = re.compile(r"^([-+=\[]|\d+(?=[.)]))")
"""What makes a line a list, a heading or the address of a link."""

STEP = "\u2003"
"""A space that readers of Markdown keep at the start of a cell."""


def markdown(table: Table) -> str:
    r"""Return a table as GitHub's Markdown; texts from data print as they are, whatever they hold.

    Examples
    --------
    >>> from prevalence.report.tables.grid import Cell, Column, Row, Table
    >>> row = Row(label="Urban", cells=(Cell(text="12.3", values=(12.3,)),))
    >>> made = markdown(Table(name="area", title="", columns=(Column(name="share", head="%"),), rows=(row,), stub="Area"))
    >>> print(made.strip())
    | Area | % |
    | :-- | --: |
    | Urban | 12.3 |
    """
    return "\n\n".join(part for part in (f"**{_line(heading(table))}**" if heading(table) else "", _body(table)) if part) + "\n"


def markdown_document(tables: Sequence[Table], title: str = "", *, step: Step = unseen) -> str:
    """Return tables as one Markdown file, each under a heading."""
    parts = [f"# {_line(title)}"] if title else []
    for table in numbered(tables):
        step(table.name)
        parts += [f"## {_line(heading(table))}"] if heading(table) else []
        parts.append(_body(table))
    return "\n\n".join(parts) + "\n"


def _body(table: Table) -> str:
    parts = [_line(table.subtitle), "\n".join(_lines(table)), *map(_note, table.notes)]
    return "\n\n".join(part for part in parts if part)


def _lines(table: Table) -> list[str]:
    heads = [
        _marked(" · ".join(text for text in (*column.spanners, column.head) if text), column.marks) for column in table.columns
    ]
    lines = [_row([_inline(table.stub), *heads]), _row([":--", *map(_side, table.columns)])]
    for run in group_runs(table.rows):
        if run.text:
            lines.append(_row([f"**{_inline(run.text)}**", *[""] * len(table.columns)]))
        lines += [_figures(row) for row in table.rows[run.start : run.stop]]
    return lines


def _figures(row: Row) -> str:
    texts = [_bold(_marked(cell.text, cell.marks), row.total) for cell in row.cells]
    return _row([STEP * row.indent + _bold(_marked(row.label, row.marks), row.total), *texts])


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _side(column: Column) -> str:
    return ":--" if column.kind == "text" else "--:"


def _bold(text: str, bold: bool) -> str:
    return f"**{text}**" if bold and text else text


def _marked(text: str, marks: Iterable[str]) -> str:
    letters = ",".join(map(_inline, marks))
    return f"{_inline(text)}<sup>{letters}</sup>" if letters else _inline(text)


def _note(note: Note) -> str:
    if not note.mark:
        return _line(note.text)
    return f"{f'<sup>{_inline(note.mark)}</sup>' if note.raised else _inline(note.mark)} {_inline(note.text)}"


def _inline(text: str) -> str:
    return INLINE.sub(r"\\\1", clean(text).strip(" "))


def _line(text: str) -> str:
    """Return a text that stands at the start of a line."""
    return START.sub(lambda start: f"{start[0]}\\" if start[0].isdigit() else f"\\{start[0]}", _inline(text))
