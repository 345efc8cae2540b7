"""A table for print as a grid: rows in groups, columns under spanners, cells of text and number, notes below; no file format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "percent", "points", "number", "count", "interval"]
"""What a column holds: texts; percent; percentage points; other numbers; whole numbers; two limits in the unit beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A figure as it is printed and as a number.

    Attributes
    ----------
    text : str
        With parentheses, brackets and symbols, such as ``"(12.3)"``, ``"[10.8, 32.4]"``, ``"(*)"``; letters of footnotes aside.
    values : tuple of float
        The published numbers behind the text in the unit of print (percent, not shares): one, two for an interval, none where
        nothing is published. Never more than is published.
    marks : tuple of str
        Letters of the footnotes of this cell, from `Table.notes`.
    """

    text: str = ""
    values: tuple[float, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of figures.

    Attributes
    ----------
    name : str
        Unique within the table.
    head : str
        Its own head, such as ``"%"`` or ``"95% interval"``.
    spanners : tuple of str
        Heads above it that it shares with its neighbours, the outermost first. Columns of one table have the same number of them; an
        empty text is no spanner.
    kind : Kind
    decimals : int
        Of its numbers.
    marks : tuple of str
        Letters of the footnotes of its head.
    """

    name: str
    head: str
    spanners: tuple[str, ...] = ()
    kind: Kind = "number"
    decimals: int = 1
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its label, the group it stands in, and a cell for each column.

    Attributes
    ----------
    label : str
    cells : tuple of Cell
        One a column.
    group : str
        Rows of one group are neighbours; empty where there are no groups.
    indent : int
        Steps that the label is set in.
    total : bool
        Whether it is a margin, which is printed in bold.
    marks : tuple of str
        Letters of the footnotes of its label.
    """

    label: str
    cells: tuple[Cell, ...]
    group: str = ""
    indent: int = 0
    total: bool = False
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A sentence below the table; `mark` is the letter or symbol that it explains, empty for a general note."""

    text: str
    mark: str = ""

    @property
    def raised(self) -> bool:
        """Whether the mark is a letter, which stands raised; symbols such as ``( )`` stand as they do in the table."""
        return self.mark.isalnum()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table for print, made by `table` or `standard`; write it with `save`.

    Attributes
    ----------
    name : str
        Short name for files, sheets and ids: lower-case letters, digits and hyphens.
    title : str
    columns : tuple of Column
    rows : tuple of Row
    notes : tuple of Note
    number : str
        Such as ``"PR.3.3"``; empty if the document numbers its tables.
    subtitle : str
    stub : str
        Head of the column of labels.
    language : str
        Code of the language of its texts, such as ``"fr"``.
    direction : {"ltr", "rtl"}
        Direction of writing of that language.
    facts : mapping of str to str
        What stands behind it, for the notes sheet of a workbook: definition, source, design, interval, rule.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()
    number: str = ""
    subtitle: str = ""
    stub: str = ""
    language: str = "en"
    direction: Literal["ltr", "rtl"] = "ltr"
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of rows in order, none where the rows stand in no group."""
        names = dict.fromkeys(row.group for row in self.rows)
        return tuple(names) if any(names) else ()

    def _repr_html_(self) -> str:
        from prevalence.report.formats.html import html

        return html(self)
