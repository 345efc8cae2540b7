"""`document`: a whole statistical report from a configuration, known as `prevalence.report.document`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from prevalence.job.reporting._report import report
from prevalence.report.document.written import ReportFiles


def document(config: str | Path, out: str | Path, *, formats: Sequence[str] = (), quiet: bool = False) -> ReportFiles:
    """Make a statistical report of the surveys that a configuration names, as Word, HTML and PDF.

    Parameters
    ----------
    config : path
        TOML file, the same as for ``pv.run``; its table ``[report]`` gives title, authors, language, rule, texts and templates.
    out : path
        Folder for the report. It need not exist; other files in it stay.
    formats : sequence of {"docx", "html", "pdf"}
        By default those of the configuration, or all.
    quiet : bool
        Whether to show no progress. It is shown on the terminal alone.

    Returns
    -------
    ReportFiles
        ``statistical-report.docx``, ``.html`` and ``.pdf`` with the same texts, tables and figures, and ``.csv`` with the estimates of the
        survey tables, masked together with everything else that the report shows. The same files and versions give the same bytes.

    Raises
    ------
    ConfigError
        If the configuration has faults, or a template asks for a field that there is not.
    OptionError
        If a format is unknown.
    OutputError
        If the folder cannot be written; this is found out before the work.
    PrevalenceError
        If files, profile or definition of a survey do not fit each other.

    Examples
    --------
    >>> import tempfile
    >>> document("no-such.toml", tempfile.mkdtemp())
    Traceback (most recent call last):
    prevalence.errors.ConfigError: The configuration 'no-such.toml' cannot be read: No such file or directory. Check its path.
    """
    return report(config, out=out, formats=formats, quiet=quiet)
