"""Tables as a Word document: real tables with styles, counted captions, repeated heads, notes, and a list of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from prevalence.report.tables.grid import Table

if TYPE_CHECKING:
    from prevalence.report.formats.word_file import WordFile

WORDS = {
    "en": ("Table", "List of tables", "(continued)"),
    "fr": ("Tableau", "Liste des tableaux", "(suite)"),
    "es": ("Cuadro", "Lista de cuadros", "(continuación)"),
    "pt": ("Tabela", "Lista de tabelas", "(continuação)"),
}
"""The word before the number of a table, the title of their list, what the second part of a table says."""


def word(tables: Sequence[Table], *, title: str = "") -> bytes:
    """Return tables as a Word document.

    Parameters
    ----------
    tables : sequence of Table
    title : str
        Title of the document, and of it in the list of files.

    Returns
    -------
    bytes
        A file in the format of Office Open XML. Captions are counted by Word, which lists the tables; heads are repeated on each
        page; a wide table gets turned pages, and one that is wider still is cut into parts. The same tables give the same bytes.

    Examples
    --------
    >>> from prevalence.report.tables.grid import Cell, Column, Row, Table
    >>> made = Table(name="sex", title="By sex", columns=(Column(name="share", head="%"),), rows=(Row(label="Female", cells=(Cell(text="12.3"),)),))
    >>> word([made])[:2]
    b'PK'
    """
    from prevalence.report.formats.word_file import Entry, WordFile
    from prevalence.report.formats.word_text import Look

    first = tables[0] if tables else None
    file = WordFile(title=title, language=first.language if first else "en", rtl=first is not None and first.direction == "rtl")
    if title:
        file.text("Title", [(title, Look())])
    label, listed, _ = WORDS.get(file.language, WORDS["en"])
    if len(tables) > 1:
        entries = [
            Entry(f"table{place}", 0, f"{label} {place}. {table.number} {table.title}".replace("  ", " "))
            for place, table in enumerate(tables, 1)
        ]
        file.contents(listed, entries, f'TOC \\h \\z \\c "{label}"')
    _write_tables(file, tables)
    return file.saved()


def _write_tables(file: WordFile, tables: Sequence[Table]) -> None:
    from prevalence.report.formats.widths import is_wide

    label, _, continued = WORDS.get(file.language, WORDS["en"])
    for place, table in enumerate(tables, 1):
        file.rtl = table.direction == "rtl"
        file.turn(across=is_wide(table))
        file.table(table, word=label, number=str(place), bookmark=f"table{place}", continued=continued)
