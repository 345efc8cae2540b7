"""The tables of sampling errors of a report: those of all shares of a survey as one, those of numbers of people as another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prevalence.job._masks import Shown
from prevalence.job.reporting.grids import Style, sampling_errors
from prevalence.job.reporting.several import named
from prevalence.job.reporting.titles import Titles
from prevalence.report import Published
from prevalence.report.tables.grid import Table


def error_tables(
    shown: Mapping[str, Shown], parts: Mapping[str, Published], titles: Titles, style: Style, *, key: str
) -> Iterator[Table]:
    """Give the sampling errors of the estimates of a survey in a country; comparisons have theirs in their intervals."""
    estimates = {name: part for name, part in parts.items() if not shown[name].table.source}
    for what, shares in (("errors", True), ("errors_of_numbers", False)):
        made = [
            (titles.group(name), part, named(shown[name].table, style))
            for name, part in estimates.items()
            if part.estimates.shares is shares
        ]
        if made:
            yield sampling_errors(made, name=f"{what}-{key}", title=titles.of_all(what))
