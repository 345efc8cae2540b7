"""The report of a check: findings by severity and small tables, each of which becomes a pandas frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from prevalence.errors import counted
from prevalence.loaders.checks import display, rows
from prevalence.loaders.checks.rows import SEVERITIES, Finding, Record, Severity

if TYPE_CHECKING:
    import pandas as pd

Row = TypeVar("Row", bound=Record)


@dataclass(frozen=True, kw_only=True)
class CheckTable(Generic[Row]):
    """A small table: a title, a note on how to read it, and rows of one kind.

    Attributes
    ----------
    title, note : str
    kind : type
        Class of the rows; its fields are the columns.
    rows : tuple of `kind`
    """

    title: str
    note: str
    kind: type[Row]
    rows: tuple[Row, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(field.name for field in fields(self.kind))

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def cells(self) -> tuple[tuple[Any, ...], ...]:
        """Return the rows as plain tuples."""
        return tuple(tuple(getattr(row, name) for name in self.columns) for row in self.rows)

    def to_pandas(self) -> pd.DataFrame:
        """Return the table as a frame, one row a row; shares lie in [0, 1], numbers that do not apply are NaN."""
        import pandas as pd

        return pd.DataFrame(list(self.cells()), columns=list(self.columns))

    def __str__(self) -> str:
        return display.table_text(self.title, self.note, self.columns, self.cells())

    def _repr_html_(self) -> str:
        return display.table_html(self.title, self.note, self.columns, self.cells())


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What a file holds, seen through a profile. It has codes and counts, and no row of the file.

    Attributes
    ----------
    name, profile : str
        Of the file or files, and of the profile.
    notes : tuple of str
        What the profile and the loader say to every user of the file.
    findings : CheckTable of Finding
        Errors first, then warnings and notes.
    files, design, changes, columns, variables, codes, missing : CheckTable
        The codebook: files; facts about the sampling design; what loading drops or changes; columns that the profile names;
        canonical variables made; codes outside the codebook; missing by item.
    results, interviewed : CheckTable
        Results of the interviews; eligible children listed against interviewed.
    ages, age_ratios, hours : CheckTable
        Digit preference in ages and hours.
    respondents, spread, groups : CheckTable
        Proxy against own answers; differences between interviewers and teams, and, if asked for, each of them.
    """

    name: str
    profile: str
    notes: tuple[str, ...]
    findings: CheckTable[Finding]
    files: CheckTable[rows.File]
    design: CheckTable[rows.DesignFact]
    changes: CheckTable[rows.Change]
    columns: CheckTable[rows.Column]
    variables: CheckTable[rows.Made]
    codes: CheckTable[rows.Outside]
    missing: CheckTable[rows.Item]
    results: CheckTable[rows.Result]
    interviewed: CheckTable[rows.Interviewed]
    ages: CheckTable[rows.AgeTest]
    age_ratios: CheckTable[rows.AgeRatio]
    hours: CheckTable[rows.Heap]
    respondents: CheckTable[rows.ProxyShare]
    spread: CheckTable[rows.GroupSpread]
    groups: CheckTable[rows.GroupShare]

    @property
    def ok(self) -> bool:
        """Whether `prevalence.load` would go through: there is no finding of severity ``error``."""
        return self.count("error") == 0

    def count(self, severity: Severity) -> int:
        """Return the number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    @property
    def tables(self) -> tuple[CheckTable[Any], ...]:
        """All tables but the findings, in the order of the report."""
        return tuple(
            value
            for field in fields(self)
            if field.name != "findings" and isinstance(value := getattr(self, field.name), CheckTable)
        )

    @property
    def headline(self) -> str:
        """One line: what was checked and how many findings of each severity there are."""
        counts = ", ".join(counted(self.count(severity), severity) for severity in SEVERITIES)
        return f"{self.name} checked against profile {self.profile!r}: {counts}."

    @property
    def _shown(self) -> tuple[CheckTable[Any], ...]:
        """Tables with rows; of the columns, those that are not plainly there: the others stand in the table of items."""
        amiss = tuple(row for row in self.columns if row.state != "found")
        note = f"{len(self.columns) - len(amiss):,} columns that the profile names are there (all: .columns); these are not."
        tables = [replace(table, note=note, rows=amiss) if table is self.columns else table for table in self.tables]
        return tuple(table for table in tables if len(table))

    def __str__(self) -> str:
        return display.report_text(self.headline, self.findings.rows, self.notes, [str(table) for table in self._shown])

    def __repr__(self) -> str:
        return f"<CheckReport: {self.headline}>"

    def _repr_html_(self) -> str:
        tables = [table._repr_html_() for table in self._shown]
        return display.report_html(self.headline, self.findings.rows, self.notes, tables)
