"""A table as a picture, tables as pages of PDF: set by Typst, which reads them as data, in the letters of the figures."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Any

from prevalence.errors import OptionError, PrevalenceWarning, counted, listed
from prevalence.report.formats.layout import (
    GAP,
    Run,
    breakable,
    clean,
    depth,
    group_runs,
    heading,
    numbered,
    panels,
    spanner_runs,
)
from prevalence.report.formats.pdf.setting import Part, Setting, figures, font_folder, in_parts
from prevalence.report.formats.progress import Step, unseen
from prevalence.report.formats.widths import widths
from prevalence.report.tables.grid import Column, Row, Table

UPRIGHT, TURNED = (482, 33), (728, 22)
"""A4 with margins of 20 mm: points beside each other, and lines of a table that is kept on one page."""

SIZES = (8.5, 8.0, 7.5, 7.0, 6.5)
"""Points of print, the largest that fits is taken."""

EM, BOLD_EM = 0.61, 0.67
"""Width of a character over the size of print, in DejaVu Sans."""

LINE = 48.0
"""Length of a line of notes below a picture of a narrow table, over the size of print."""

INSET = 0.75
"""Space left and right of a figure, over the size of print."""

KNOWN_WIDTHS = re.compile(r"[\u0000-\u052f]*")
"""Latin, Greek and Cyrillic: letters whose widths `measured` knows well enough to say that a label has one line."""

MOST_PIXELS = 200_000_000


def png(table: Table, *, dpi: float = 200, fonts: Sequence[str | Path] = ()) -> bytes:
    r"""Return a table as a picture, as wide as it needs to be.

    Parameters
    ----------
    table : Table
    dpi : float
        Dots an inch; letters are 8.5 points high.
    fonts : sequence of path, optional
        Folders with fonts for scripts that DejaVu Sans does not have, such as Amharic, Bengali or Khmer.

    Returns
    -------
    bytes
        A PNG file; the same table gives the same bytes.

    Raises
    ------
    OptionError
        If the picture would have more than 200 million dots.

    Examples
    --------
    >>> from prevalence.report.tables.grid import Cell, Column, Row, Table
    >>> row = Row(label="Urban", cells=(Cell(text="12.3", values=(12.3,)),))
    >>> png(Table(name="area", title="", columns=(Column(name="share", head="%"),), rows=(row,)))[:4]
    b'\x89PNG'
    """
    entry = _entry(table, (float("inf"), 0), alone=True)
    pixels = sum(entry["panels"][0]["widths"]) * (len(table.rows) + depth(table.columns) + 4) * 1.8 * (SIZES[0] * dpi / 72) ** 2
    if not 10 <= dpi <= 2400 or pixels > MOST_PIXELS:
        raise OptionError(
            f"dpi must be 10 to 2400 and give a picture of up to {MOST_PIXELS:,} dots; {dpi} dots an inch for "
            f"{counted(len(table.columns), 'column')} and {counted(len(table.rows), 'row')} give about {pixels:,.0f}. "
            "Choose a lower dpi, or write the table as .pdf or .html."
        )
    content = _content([table], "") | {"mode": "alone", "sections": [{"flipped": False, "tables": [entry]}]}
    return _setting([table], "", fonts).picture(content, float(dpi))


def pdf(tables: Sequence[Table], *, title: str = "", fonts: Sequence[str | Path] = (), step: Step = unseen) -> bytes:
    """Return tables as a PDF file of A4 pages, with contents where there are several.

    Heads come again on every page; pages are turned for wide tables, and a table that is wider still is set in parts.

    Parameters
    ----------
    tables : sequence of Table
    title : str
    fonts : sequence of path, optional
        Folders with fonts for scripts that DejaVu Sans does not have.
    step : callable, optional
        Told the name of each table as it is begun.

    Returns
    -------
    bytes
        The same tables give the same bytes; figures bear tags for screen readers. Many tables are set in parts, which begin new pages, so
        that memory does not grow with them.
    """
    shown = numbered(tables)
    parts = [_part(shown[run], step) for run in in_parts([figures(table) for table in shown], [True] * len(shown))]
    return _setting(shown, title, fonts).pdf(_content(shown, title), parts)


def _part(tables: Sequence[Table], step: Step) -> Part:
    """Return tables that are set together, upright and turned ones on pages of their own."""

    def body() -> dict[str, Any]:
        sections: list[dict[str, Any]] = []
        for wide, members in groupby(tables, key=_is_wide):
            sections.append({"flipped": wide, "tables": []})
            for table in members:
                step(table.name)
                sections[-1]["tables"].append(_entry(table, TURNED if wide else UPRIGHT))
        return {"sections": sections}

    return Part(entries=[{"heading": breakable(heading(table))} for table in tables if heading(table)], body=body)


def measured(text: str) -> float:
    """Return the width of a text in DejaVu Sans, in characters of middling width.

    Examples
    --------
    >>> measured("ill") < measured("mum")
    True
    """
    return sum(map(_character_width, text))


@lru_cache(maxsize=4096)
def _character_width(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0.0
    if character in " .,:;|!'()[]ijlftrI-/":
        return 0.65
    if character in "mwMW%@" or unicodedata.east_asian_width(character) in "WF":
        return 1.65
    return 1.2 if character.isupper() else 1.05


def _is_wide(table: Table) -> bool:
    limit = _room(table, UPRIGHT[0], SIZES[-1])
    return sum(width + GAP for width in widths(table, limit, measured)) > limit


def _room(table: Table, points: float, size: float) -> float:
    """Return how many characters of one size a line of so many points holds."""
    return points / size / _em(table)


def _em(table: Table) -> float:
    return BOLD_EM if any(row.total for row in table.rows) else EM


def _content(tables: Sequence[Table], title: str) -> dict[str, Any]:
    first = tables[0] if tables else None
    return {
        "title": clean(title) or (heading(first) if first else ""),
        "titled": bool(title),
        "language": _language(first.language) if first else "en",
        "rtl": bool(first and first.direction == "rtl"),
        "contents": len(tables) > 1,
    }


def _entry(table: Table, page: tuple[float, int], *, alone: bool = False) -> dict[str, Any]:
    """Return a table as the template reads it, in the largest print that fits."""
    points, lines = page
    parts = panels(table, widths(table, _room(table, points, SIZES[-1]), measured), _room(table, points, SIZES[-1]))
    size = next((size for size in SIZES if all(_fits(part, points, size) for part in parts)), SIZES[-1])
    shown = [_panel(part, size, _room(table, points, size)) for part in parts]
    for place, part in enumerate(shown, 1):
        part |= {"part": f"({place}/{len(shown)})", "long": not alone and part["lines"] + len(table.notes) > lines}
    return {
        "language": _language(table.language),
        "rtl": table.direction == "rtl",
        "alone": alone,
        "width": min(
            LINE, max(map(measured, (heading(table), table.subtitle, *(note.text for note in table.notes)))) * BOLD_EM + 1
        ),
        "panels": shown,
        "notes": [{"mark": clean(note.mark), "raised": note.raised, "text": breakable(note.text)} for note in table.notes],
    }


def _fits(table: Table, points: float, size: float) -> bool:
    limit = _room(table, points, size)
    return sum(width + GAP for width in widths(table, limit, measured)) <= limit


def _panel(table: Table, size: float, limit: float) -> dict[str, Any]:
    label, *figures = widths(table, limit, measured)
    groups = group_runs(table.rows)
    lines = [ceil((measured(row.label) + 2 * row.indent + 1) / label) for row in table.rows]
    return {
        "heading": breakable(heading(table)),
        "subtitle": breakable(table.subtitle),
        "stub": breakable(table.stub),
        "size": size,
        "rtl": table.direction == "rtl",
        "widths": [round(width * _em(table) + INSET, 3) for width in (label, *figures)],
        "columns": [_head(column) for column in table.columns],
        "spanners": [
            [{"text": breakable(run.text), "span": run.stop - run.start} for run in spanner_runs(table.columns, level)]
            for level in range(depth(table.columns))
        ],
        "groups": [_group(table, run, label) for run in groups],
        "regrouped": all(run.text for run in groups),
        "lines": sum(lines) + len(groups) + 2 * depth(table.columns),
    }


def _head(column: Column) -> dict[str, Any]:
    return {"head": breakable(column.head), "marks": clean(",".join(column.marks)), "text": column.kind == "text"}


def _group(table: Table, run: Run, label: float) -> dict[str, Any]:
    """Return the rows of a group; `label` is the width of their labels in characters."""
    surely = 0.0 if any(column.kind == "text" for column in table.columns) else label - 0.99
    return {"text": breakable(run.text), "rows": [_row(row, surely) for row in table.rows[run.start : run.stop]]}


def _row(row: Row, surely: float) -> dict[str, Any]:
    return {
        "label": breakable(row.label),
        "marks": clean(",".join(row.marks)),
        "indent": row.indent,
        "total": row.total,
        "tight": measured(row.label) + 2 * row.indent + len(row.marks) <= surely and bool(KNOWN_WIDTHS.fullmatch(row.label)),
        "cells": [(breakable(cell.text), clean(",".join(cell.marks))) for cell in row.cells],
    }


def _language(code: str) -> str:
    """Return the code of a language without its country, which is what Typst asks for."""
    language = code.replace("_", "-").split("-")[0].lower()
    return language if re.fullmatch("[a-z]{2,3}", language) else "en"


def _setting(tables: Sequence[Table], title: str, fonts: Sequence[str | Path]) -> Setting:
    folders = tuple(str(folder) for folder in fonts)
    _warn_of_missing_letters((title, *_texts(tables)), folders)
    return Setting(template=Path(__file__).with_name("tables.typ"), fonts=folders)


@lru_cache(maxsize=4)
def _letters(folders: tuple[str, ...]) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    paths = [font_folder() / "DejaVuSans.ttf", font_folder() / "STIXGeneral.ttf"]
    paths += [path for folder in folders for path in sorted(Path(folder).rglob("*")) if path.suffix.lower() in (".ttf", ".otf")]
    return frozenset(code for path in paths for code in FT2Font(str(path)).get_charmap())


def _warn_of_missing_letters(texts: Iterable[str], folders: tuple[str, ...]) -> None:
    used = set().union(*map(clean, texts))
    missing = sorted(letter for letter in used if ord(letter) > 0x7F and ord(letter) not in _letters(folders))
    if missing:
        warnings.warn(
            f"Every letter must be in a font; {counted(len(missing), 'letter')} of these tables, {listed(missing)}, "
            "print as boxes. Name a folder of fonts that have them (fonts=...), or write .docx or .html.",
            PrevalenceWarning,
            stacklevel=4,
        )


def _texts(tables: Sequence[Table]) -> Iterator[str]:
    for table in tables:
        yield from (heading(table), table.subtitle, table.stub, *(note.mark + note.text for note in table.notes))
        for column in table.columns:
            yield from (column.head, *column.spanners, *column.marks)
        for row in table.rows:
            yield from (row.label, row.group, *row.marks, *("".join((cell.text, *cell.marks)) for cell in row.cells))
