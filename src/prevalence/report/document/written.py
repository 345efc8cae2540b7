"""A report in the format that is asked for; each writer is loaded when it is needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prevalence.errors import check_option
from prevalence.report.document.tree import Report
from prevalence.report.tables.grid import Table

FORMATS = ("docx", "html", "pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFiles:
    """What was written.

    Attributes
    ----------
    folder : Path
    files : tuple of str
        Names of the files in it.
    tables : tuple of Table
        All tables of the report, as printed.
    figures : tuple of str
        Titles of its figures.
    """

    folder: Path
    files: tuple[str, ...]
    tables: tuple[Table, ...]
    figures: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Report: {len(self.tables)} tables and {len(self.figures)} figures in {', '.join(self.files)}"


def written(report: Report, form: str) -> bytes:
    """Return a report as the bytes of a file.

    Parameters
    ----------
    report : Report
    form : {"docx", "html", "pdf"}

    Raises
    ------
    OptionError
        If the format is unknown.
    """
    check_option("format", form, FORMATS)
    if form == "docx":
        from prevalence.report.document.as_word import as_word

        return as_word(report)
    if form == "html":
        from prevalence.report.document.as_html import as_html

        return as_html(report).encode()
    from prevalence.report.document.as_pdf import as_pdf

    return as_pdf(report)
