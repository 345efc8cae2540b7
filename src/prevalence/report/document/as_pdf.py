"""A report as PDF: a fixed template of Typst reads the content as data, so that no text of it is ever markup."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from prevalence.errors import OutputError
from prevalence.report.document.pages import turned
from prevalence.report.document.tree import Block, Bullets, Figure, Heading, Paragraph, Report, Runs, TablePart
from prevalence.report.formats.layout import clean
from prevalence.report.formats.page_layout import heads, panels, sizes
from prevalence.report.tables.grid import Note, Table

TEMPLATE = Path(__file__).with_name("report.typ")
CONTENT = "content.json"
ROOM = {False: 168 / 25.4 * 72, True: 255 / 25.4 * 72}
"""Width between the margins of upright and turned pages, points."""
LETTER = 4.85
"""Width of a figure in the type of tables, points."""
STANDARD: Literal["ua-1"] = "ua-1"
"""PDF/UA-1: tagged, with words for figures, so that it can be read aloud (ISO 14289-1)."""


def as_pdf(report: Report) -> bytes:
    """Return a report as the bytes of a PDF file; the same report gives the same bytes on every machine.

    Raises
    ------
    OutputError
        If the content cannot be set.
    """
    import typst

    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes(TEMPLATE.read_bytes())
        for figure in report.figures:
            (folder / f"figure{figure.number}.svg").write_bytes(figure.svg)
        (folder / CONTENT).write_text(json.dumps(_content(report), ensure_ascii=False), encoding="utf-8")
        try:
            made = typst.compile(
                str(folder / "report.typ"),
                root=str(folder),
                font_paths=[str(_fonts())],
                ignore_system_fonts=True,
                format="pdf",
                pdf_standards=STANDARD,
            )
        except typst.TypstError as error:
            raise OutputError(f"The report cannot be set as PDF: {error.message}. Write it as Word or HTML.") from error
    return bytes(made)


def _fonts() -> Path:
    """Return the folder of the fonts that matplotlib brings with it, so that text and figures share them."""
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / "fonts" / "ttf"


def _content(report: Report) -> dict[str, Any]:
    across = turned(report.blocks)
    words = report.words
    return {
        "title": clean(report.title),
        "subtitle": clean(report.subtitle),
        "authors": [clean(author) for author in report.authors],
        "notice": clean(report.notice),
        "language": report.language.split("-")[0],
        "direction": report.direction,
        "words": {name: clean(getattr(words, name)) for name in type(words).__slots__},
        "blocks": [{**_block(block, across=turn), "across": turn} for block, turn in zip(report.blocks, across, strict=True)],
    }


def _block(block: Block, *, across: bool) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "level": block.level, "number": block.number, "text": clean(block.text)}
    if isinstance(block, Paragraph):
        return {"kind": block.kind, "runs": _runs(block.runs)}
    if isinstance(block, Bullets):
        return {"kind": "list", "ordered": block.ordered, "items": [_runs(item) for item in block.items]}
    if isinstance(block, Figure):
        return {
            "kind": "figure",
            "file": f"figure{block.number}.svg",
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
        "parts": [_part(panel, across=across) for panel in panels(part.table)],
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
