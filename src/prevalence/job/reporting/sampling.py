"""The tables of sampling errors of a report: those of an indicator as one, and one for each table of several indicators or of people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prevalence.job._masks import Shown
from prevalence.job.reporting.grids import Style, sampling_errors
from prevalence.job.reporting.several import TOPICS, named
from prevalence.job.reporting.titles import Titles
from prevalence.report import Published
from prevalence.report.tables.grid import Table


def error_tables(
    shown: Mapping[str, Shown], parts: Mapping[str, Published], titles: Titles, style: Style, *, key: str
) -> Iterator[Table]:
    """Give the sampling errors of the estimates of a survey in a country; comparisons have theirs in their intervals."""
    estimates = {name: part for name, part in parts.items() if not shown[name].table.source}
    made = [(titles.group(name), part, style) for name, part in estimates.items() if name not in TOPICS]
    if made:
        yield sampling_errors(made, name=f"errors-{key}", title=titles.of_all("errors"))
    for name in (name for name in TOPICS if name in estimates):
        one = [(titles.group(name), estimates[name], named(shown[name].table, style))]
        yield sampling_errors(one, name=f"errors-{key}-{name}", title=titles.compared(name, "errors"))
