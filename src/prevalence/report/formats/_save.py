"""Tables to a file, its format by the end of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from prevalence.errors import OptionError, counted, listed, suggestion
from prevalence.report.formats import html, latex, markdown, typeset, workbook
from prevalence.report.formats.progress import Step, progress
from prevalence.report.formats.word import word
from prevalence.report.tables.grid import Table
from prevalence.written import write_file

Writer = Callable[[Sequence[Table], str, Step], str | bytes]
FEW = 20
"""Tables up to which no progress is shown."""


def save(tables: Table | Sequence[Table], path: str | Path, *, title: str = "") -> Path:
    """Write one table or several to a file; the end of its name says how.

    Parameters
    ----------
    tables : Table or sequence of Table
        Those of one file, in order. Tables without a number get their place, if there are several.
    path : str or path
        ``.html`` a page that needs nothing else; ``.docx`` Word; ``.xlsx`` Excel, numbers as numbers; ``.pdf`` pages of A4; ``.png``
        a picture of one table; ``.tex`` LaTeX that compiles by itself; ``.md`` Markdown. A file of that name is replaced.
    title : str
        Title of the whole, above the contents.

    Returns
    -------
    path
        Of the file, which is written whole or not at all. The same tables give the same bytes.

    Raises
    ------
    OptionError
        If the name ends otherwise, there is no table, or a picture is asked of several.
    OutputError
        If the folder does not exist or cannot be written.

    Examples
    --------
    >>> import tempfile, prevalence as pv
    >>> from prevalence.report.tables.grid import Cell, Column, Row, Table
    >>> row = Row(label="Urban", cells=(Cell(text="12.3", values=(12.3,)),))
    >>> table = Table(name="area", title="Child labour by area", columns=(Column(name="share", head="%"),), rows=(row,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(table, f"{folder}/area.xlsx").name
    'area.xlsx'
    """
    chosen = [tables] if isinstance(tables, Table) else list(tables)
    target = Path(path)
    writer = _writer(target)
    _check(chosen, target)
    with progress(len(chosen), quiet=len(chosen) <= FEW) as step:
        return write_file(target, writer(chosen, title, step))


def _writer(target: Path) -> Writer:
    ending = target.suffix.lower()
    if ending not in WRITERS:
        raise OptionError(
            f"The name of a file of tables must end in {listed(WRITERS, limit=len(WRITERS))}; found {target.name!r}."
            f"{suggestion(ending, WRITERS)}"
        )
    return WRITERS[ending]


def _check(tables: Sequence[object], target: Path) -> None:
    if not tables:
        raise OptionError(f"A file of tables needs at least one; none was given for {target.name!r}.")
    strangers = sorted({type(table).__name__ for table in tables if not isinstance(table, Table)})
    if strangers:
        raise OptionError(f"save writes tables made by table or standard; found {listed(strangers)}. Make tables of them first.")
    if target.suffix.lower() == ".png" and len(tables) > 1:
        raise OptionError(
            f"A picture holds one table; {counted(len(tables), 'table')} were given for {target.name!r}. "
            "Save each under a name of its own, or all as .pdf."
        )


WRITERS: dict[str, Writer] = {
    ".html": lambda tables, title, step: html.page(tables, title, step=step),
    ".docx": lambda tables, title, step: word(tables, title=title),
    ".xlsx": lambda tables, title, step: workbook.workbook(tables, title=title, step=step),
    ".pdf": lambda tables, title, step: typeset.pdf(tables, title=title, step=step),
    ".png": lambda tables, title, step: typeset.png(tables[0]),
    ".tex": lambda tables, title, step: latex.latex_document(tables, title, step=step),
    ".md": lambda tables, title, step: markdown.markdown_document(tables, title, step=step),
}
