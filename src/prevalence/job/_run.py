"""The main job: from a configuration to a folder of tables, figures and the account of how they were made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prevalence.errors import OutputError
from prevalence.job._data_files import csv_text, json_text
from prevalence.job._document import document
from prevalence.job._figures import drawings
from prevalence.job._folder import RECORD, results_folder
from prevalence.job._log import log_text
from prevalence.job._masks import Shown, masked
from prevalence.job._places import places_of
from prevalence.job.config import Plan, read_config
from prevalence.job.details import with_details
from prevalence.job.records import files_of, records
from prevalence.job.surveys import prepare
from prevalence.job.tables import answers
from prevalence.report import Published
from prevalence.report.formats.progress import progress

CSV, REPORT, LOG, FIGURES = "estimates.csv", "report.html", "log.txt", "figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a run wrote.

    Attributes
    ----------
    folder : Path
    files : tuple of str
        Names of the files in it.
    tables : mapping of (survey, table) to Published
        Every table with the reasons why rows are withheld: ``results.tables["children", "chain_by_sex"].estimates``.
    """

    folder: Path
    files: tuple[str, ...]
    tables: Mapping[tuple[str, str], Published]

    def __repr__(self) -> str:
        return f"Results: {len(self.tables)} tables in {len(self.files)} files in {self.folder.name!r}"


def run(config: str | Path, *, out: str | Path, quiet: bool = False) -> Results:
    """Make a baseline: read the surveys of a configuration, estimate, and write tables, figures and report.

    Parameters
    ----------
    config : path
        TOML file; see ``data/sample/baseline.toml``.
    out : path
        Folder for the results. It need not exist; other files in it stay.
    quiet : bool
        Whether to show no progress. It is shown on the terminal alone.

    Returns
    -------
    Results
        The folder holds ``estimates.csv`` (all tables, tidy), ``baseline.json`` (with definitions and provenance), ``report.html``,
        ``log.txt``, ``figures`` and, where a survey has ``[surveys.record]``, a baseline record with its page in ``records``. The same files and versions give the same bytes.

    Raises
    ------
    ConfigError
        If the configuration has faults; all are listed.
    OutputError
        If the folder cannot be written; this is found out before the work.
    PrevalenceError
        If files, profile or definition of a survey do not fit each other.

    Examples
    --------
    >>> import pathlib, tempfile, prevalence as pv
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> pv.run("no-such.toml", out=folder)
    Traceback (most recent call last):
    prevalence.errors.ConfigError: The configuration 'no-such.toml' cannot be read: No such file or directory. Check its path.
    """
    plan = read_config(config)
    with results_folder(out) as folder, progress(len(plan.config.surveys) + 3, quiet=quiet) as step:
        tables = _write_all(plan, folder, step)
        files = tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))
    return Results(
        folder=Path(out), files=files, tables={(shown.table.plan.name, shown.table.id): shown.published for shown in tables}
    )


def _write_all(plan: Plan, folder: Path, step: Callable[[str], None]) -> tuple[Shown, ...]:
    config = plan.config
    answered = []
    for survey in config.surveys:
        step(f"Reading and estimating {survey.name}")
        answered.append(with_details(answers(prepare(plan, survey), config), plan))
    step("Looking for cells to withhold")
    tables = masked(answered, publish=config.publish)
    places = places_of(tables)
    step("Drawing figures")
    drawn = drawings(tables, places)
    figures = {f"{FIGURES}/{figure.name}.{form}": getattr(figure, form) for figure in drawn for form in ("svg", "png")}
    step("Writing tables, records and report")
    digest = hashlib.sha256(plan.text.encode()).hexdigest()
    kept = files_of(records(answered, tables, places, config, digest))
    names = sorted([CSV, RECORD, REPORT, LOG, *figures, *kept])
    texts = {
        CSV: csv_text(tables),
        RECORD: json_text(config, answered, tables, names),
        REPORT: document(config, answered, tables, drawn, places),
        LOG: log_text(config, answered, tables),
    }
    _write(folder, figures | kept | {name: text.encode() for name, text in texts.items()})
    return tables


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
    except OSError as error:
        raise OutputError(f"Results cannot be written: {error.strerror}. Choose another folder.") from error
