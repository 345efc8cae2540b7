"""A table as a picture, tables as pages of PDF: set by Typst, which reads them as data, in the letters of the figures."""

from __future__ import annotations

import json
import re
import unicodedata
import warnings
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import as_file, files
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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
    widths,
)
from prevalence.report.formats.progress import Step, unseen
from prevalence.report.tables.grid import Column, Row, Table

if TYPE_CHECKING:
    import typst

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
MOST_TAGGED = 40_000
"""Figures of a PDF file that bear tags for screen readers; more would make it twenty times as large."""


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
    data = _data([table], "", [{"flipped": False, "tables": [entry]}], alone=True)
    return _compiled(data, fonts, "png", dpi=float(dpi))


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
        The same tables give the same bytes. Up to 40,000 figures bear tags for screen readers.
    """
    shown = numbered(tables)
    entries = [(_is_wide(table), table) for table in shown]
    sections: list[dict[str, Any]] = []
    for wide, members in groupby(entries, key=lambda entry: entry[0]):
        sections.append({"flipped": wide, "tables": []})
        for _, table in members:
            step(table.name)
            sections[-1]["tables"].append(_entry(table, TURNED if wide else UPRIGHT))
    figures = sum(len(table.rows) * len(table.columns) for table in shown)
    return _compiled(_data(shown, title, sections), fonts, "pdf", tags=figures <= MOST_TAGGED)


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


def _data(tables: Sequence[Table], title: str, sections: list[dict[str, Any]], *, alone: bool = False) -> dict[str, Any]:
    first = tables[0] if tables else None
    return {
        "title": clean(title) or (heading(first) if first else ""),
        "titled": bool(title),
        "language": _language(first.language) if first else "en",
        "rtl": bool(first and first.direction == "rtl"),
        "contents": len(tables) > 1,
        "alone": alone,
        "sections": sections,
    }


def _entry(table: Table, page: tuple[float, int], *, alone: bool = False) -> dict[str, Any]:
    """Return a table as the template reads it, in the largest print that fits."""
    points, lines = page
    parts = panels(table, _room(table, points, SIZES[-1]), measured)
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


def _compiled(
    data: dict[str, Any], fonts: Sequence[str | Path], form: Literal["pdf", "png"], *, dpi: float | None = None, tags: bool = True
) -> bytes:
    import typst

    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    folders = tuple(str(folder) for folder in fonts)
    _warn_of_missing_letters(text, folders)
    with as_file(files("prevalence.report") / "formats") as folder:
        compiler = typst.Compiler(
            input=str(folder / "tables.typ"), root=str(folder), font_paths=_fonts(folders), sys_inputs={"data": text}
        )
        made = compiler.compile(format=form, ppi=dpi, timestamp=0, pdf_tags=tags)
    return made if isinstance(made, bytes) else b"".join(made or [])


def _font_folder() -> Path:
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"


@lru_cache(maxsize=4)
def _fonts(folders: tuple[str, ...]) -> typst.Fonts:
    """Return the fonts of the figures and those given, never the machine's: the same file everywhere."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_font_folder()), *folders])


@lru_cache(maxsize=4)
def _letters(folders: tuple[str, ...]) -> frozenset[int]:
    from matplotlib.ft2font import FT2Font

    paths = [_font_folder() / "DejaVuSans.ttf", _font_folder() / "STIXGeneral.ttf"]
    paths += [path for folder in folders for path in sorted(Path(folder).rglob("*")) if path.suffix.lower() in (".ttf", ".otf")]
    return frozenset(code for path in paths for code in FT2Font(str(path)).get_charmap())


def _warn_of_missing_letters(text: str, folders: tuple[str, ...]) -> None:
    missing = sorted({letter for letter in set(text) if ord(letter) > 0x7F and ord(letter) not in _letters(folders)})
    if missing:
        warnings.warn(
            f"Every letter must be in a font; {counted(len(missing), 'letter')} of these tables, {listed(missing)}, "
            "print as boxes. Name a folder of fonts that have them (fonts=...), or write .docx or .html.",
            PrevalenceWarning,
            stacklevel=4,
        )
