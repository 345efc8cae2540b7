"""A report as PDF: a fixed template of Typst reads the content as data, so that no text of it is ever markup."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from prevalence.report.document.pages import turned
from prevalence.report.document.tree import Block, Bullets, Figure, Heading, Paragraph, Report, Runs, TablePart
from prevalence.report.formats.layout import clean
from prevalence.report.formats.pdf.setting import Part, Setting, figures, in_parts
from prevalence.report.formats.widths import heads, parts, sizes
from prevalence.report.tables.grid import Note, Table

TEMPLATE = Path(__file__).with_name("report.typ")
ROOM = {False: 168 / 25.4 * 72, True: 255 / 25.4 * 72}
"""Width between the margins of upright and turned pages, points."""
LETTER = 4.85
"""Width of a figure in the type of tables, points."""
TEXT = 50
"""What a text or drawing weighs where figures of tables are counted."""
STANDARD: tuple[Literal["ua-1"], ...] = ("ua-1",)
"""PDF/UA-1: tagged, with words for figures, so that it can be read aloud (ISO 14289-1)."""


def as_pdf(report: Report) -> bytes:
    """Return a report as the bytes of a PDF file; the same report gives the same bytes on every machine.

    A long report is set in parts that begin new pages, so that memory does not grow with it.

    Raises
    ------
    OutputError
        If the content cannot be set.
    """
    with TemporaryDirectory() as name:
        template = Path(name) / TEMPLATE.name
        template.write_bytes(TEMPLATE.read_bytes())
        for figure in report.figures:
            (template.parent / _file(figure)).write_bytes(figure.svg)
        return Setting(template=template, standards=STANDARD).pdf(_content(report), _parts(report.blocks))


def _content(report: Report) -> dict[str, Any]:
    words = report.words
    return {
        "title": clean(report.title),
        "subtitle": clean(report.subtitle),
        "authors": [clean(author) for author in report.authors],
        "notice": clean(report.notice),
        "language": report.language.split("-")[0],
        "direction": report.direction,
        "words": {name: clean(getattr(words, name)) for name in type(words).__slots__},
    }


def _parts(blocks: Sequence[Block]) -> list[Part]:
    across = turned(blocks)
    runs = in_parts(
        [_weight(block) for block in blocks], [_may_begin(*pair) for pair in zip([None, *blocks], blocks, strict=False)]
    )
    return [_set_together(blocks[run], across[run], blocks[: run.start]) for run in runs]


def _set_together(blocks: Sequence[Block], across: Sequence[bool], before: Sequence[Block]) -> Part:
    """Return blocks that are set together; tables and figures are counted from those before."""

    def body() -> dict[str, Any]:
        return {
            "tables": sum(isinstance(block, TablePart) for block in before),
            "figures": sum(isinstance(block, Figure) for block in before),
            "blocks": [{**_block(block, across=turn), "across": turn} for block, turn in zip(blocks, across, strict=True)],
        }

    entries = [_entry(block) for block in blocks if isinstance(block, Heading | Figure | TablePart)]
    levels = [block.level for block in blocks if isinstance(block, Heading)]
    return Part(entries=entries, body=body, leads=levels[0] - 1 if levels else 0)


def _may_begin(before: Block | None, block: Block) -> bool:
    """Return whether a part may begin with a block: nothing is torn from its heading, nor a text from its table."""
    if isinstance(block, Heading):
        return not isinstance(before, Heading)
    return isinstance(block, TablePart) and isinstance(before, TablePart)


def _weight(block: Block) -> int:
    return figures(block.table) if isinstance(block, TablePart) else TEXT


def _entry(block: Heading | Figure | TablePart) -> dict[str, Any]:
    if isinstance(block, Heading):
        return _heading(block)
    return {"kind": "figure" if isinstance(block, Figure) else "table", "title": clean(block.title)}


def _heading(block: Heading) -> dict[str, Any]:
    return {"kind": "heading", "level": block.level, "number": block.number, "text": clean(block.text)}


def _file(figure: Figure) -> str:
    return f"figure{figure.number}.svg"


def _block(block: Block, *, across: bool) -> dict[str, Any]:
    if isinstance(block, Heading):
        return _heading(block)
    if isinstance(block, Paragraph):
        return {"kind": block.kind, "runs": _runs(block.runs)}
    if isinstance(block, Bullets):
        return {"kind": "list", "ordered": block.ordered, "items": [_runs(item) for item in block.items]}
    if isinstance(block, Figure):
        return {
            "kind": "figure",
            "file": _file(block),
            "title": clean(block.title),
            "note": clean(block.note),
            "alternative": clean(block.alternative),
        }
    return _table(block, across=across)


def _runs(runs: Runs) -> list[list[Any]]:
    return [[clean(run.text), run.strong, run.emphasis, run.code] for run in runs]


def _table(part: TablePart, *, across: bool) -> dict[str, Any]:
    return {
        "kind": "table",
        "title": clean(part.title),
        "subtitle": clean(part.table.subtitle),
        "notes": [_note(note) for note in part.table.notes],
        "rtl": part.table.direction == "rtl",
        "parts": [_part(panel, across=across) for panel in parts(part.table)],
    }


def _note(note: Note) -> list[str]:
    return [clean(note.mark), clean(note.text)]


def _part(table: Table, *, across: bool) -> dict[str, Any]:
    return {
        "sizes": sizes(table, ROOM[across], LETTER),
        "stub": clean(table.stub),
        "spanners": [[[clean(text), number] for text, _, number in row] for row in heads(table)],
        "heads": [[clean(column.head), _raised(column.marks)] for column in table.columns],
        "text": [column.kind == "text" for column in table.columns],
        "grouped": bool(table.groups),
        "rows": [
            {
                "group": clean(row.group),
                "label": [clean(row.label), _raised(row.marks)],
                "indent": row.indent,
                "total": row.total,
                "cells": [[clean(cell.text), _raised(cell.marks)] for cell in row.cells],
            }
            for row in table.rows
        ],
    }


def _raised(marks: Sequence[str]) -> str:
    return ",".join(clean(mark) for mark in marks)
