"""The statistical report: from a configuration to Word, HTML and PDF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from prevalence.errors import OutputError, check_option
from prevalence.job._data_files import csv_text
from prevalence.job._folder import REPORT_NAME, report_folder
from prevalence.job._masks import Shown
from prevalence.job._places import places_of
from prevalence.job.config import Plan, read_config
from prevalence.job.details import with_details
from prevalence.job.reporting.contents import content
from prevalence.job.reporting.plan import FORMATS, ReportPlan
from prevalence.job.reporting.standards import masked_together, standards, unmasked
from prevalence.job.surveys import prepare
from prevalence.job.tables import answers
from prevalence.report.document.tree import Report
from prevalence.report.document.written import ReportFiles, written
from prevalence.report.formats.progress import progress

CSV = f"{REPORT_NAME}.csv"


def report(config: str | Path, *, out: str | Path, formats: Sequence[str] = (), quiet: bool = False) -> ReportFiles:
    """Make a statistical report of the surveys that a configuration names.

    See `prevalence.report.document`, which calls it.
    """
    for form in formats:
        check_option("format", form, FORMATS)
    plan = read_config(config)
    wanted = tuple(formats) or (plan.config.report or ReportPlan()).formats
    with report_folder(out) as folder, progress(len(plan.config.surveys) + 5 + len(wanted), quiet=quiet) as step:
        made, tables = _made(plan, step)
        _write(folder / CSV, csv_text(tables).encode())
        for form in dict.fromkeys(wanted):
            step(f"Writing {form}")
            _write(folder / f"{REPORT_NAME}.{form}", written(made, form))
    return ReportFiles(
        folder=Path(out),
        files=(*(f"{REPORT_NAME}.{form}" for form in dict.fromkeys(wanted)), CSV),
        tables=tuple(part.table for part in made.tables),
        figures=tuple(figure.title for figure in made.figures),
    )


def _made(plan: Plan, step: Callable[[str], None]) -> tuple[Report, tuple[Shown, ...]]:
    asked = plan.config.report or ReportPlan()
    answered = []
    for survey in plan.config.surveys:
        step(f"Reading and estimating {survey.name}")
        answered.append(with_details(answers(prepare(plan, survey), plan.config), plan))
    step("Filling standard tables")
    added, answered = standards([plan.place(name) for name in asked.tables], answered, places_of(unmasked(answered)), plan)
    step("Looking for cells to withhold")
    tables, reasons = masked_together(answered, added, publish=plan.config.publish)
    return content(plan, answered, tables, step, list(zip(added, reasons, strict=True))), tables


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(f"{path.name} cannot be written: {error.strerror}. Choose another folder.") from error
